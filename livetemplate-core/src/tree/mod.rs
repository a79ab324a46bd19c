//! From escaped templates to HTML and render trees.

mod dependencies;
pub(crate) mod elements;
pub(crate) mod markup;
pub(crate) mod node;
pub(crate) mod program;
pub(crate) mod reads;
pub(crate) mod retained;
pub(crate) mod run;
pub(crate) mod set;

pub use dependencies::{Dependency, DependencyKind};
pub use set::{Template, TemplateBuilder};
