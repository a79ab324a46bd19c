//! Go templates: source to syntax tree, and execution.

pub mod ast;
pub(crate) mod functions;
mod lexer;
mod literal;
pub(crate) mod parser;
mod set;
mod unicode;

pub use set::{MissingKey, Numbers, Template, TemplateBuilder};

#[cfg(test)]
mod tests;
