//! From escaped templates to HTML and render trees.

pub(crate) mod markup;
pub(crate) mod node;
pub(crate) mod program;
pub(crate) mod run;
mod set;

pub use set::{Template, TemplateBuilder};
