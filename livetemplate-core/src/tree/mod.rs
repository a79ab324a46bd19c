//! From escaped templates to HTML and render trees.

pub(crate) mod markup;
pub(crate) mod node;
pub(crate) mod program;
pub(crate) mod reads;
pub(crate) mod retained;
pub(crate) mod run;
pub(crate) mod set;

pub use set::{Template, TemplateBuilder};
