//! Go templates: source to syntax tree, and evaluation of pipelines.

pub mod ast;
pub(crate) mod exec;
pub(crate) mod expr;
pub(crate) mod functions;
pub(crate) mod host;
mod lexer;
pub(crate) mod literal;
mod options;
pub(crate) mod parser;
mod unicode;
pub(crate) mod upon;

pub(crate) use options::Limits;
pub use options::{MissingKey, Numbers};

#[cfg(test)]
mod tests;
