//! Go templates: source to syntax tree, and execution.

pub mod ast;
pub(crate) mod functions;
mod lexer;
pub(crate) mod parser;
mod set;

pub use set::{MissingKey, Numbers, Template, TemplateBuilder};
