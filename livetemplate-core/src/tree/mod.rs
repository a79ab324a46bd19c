//! From escaped templates to HTML and render trees.

mod analysis;
mod attributes;
mod dependencies;
pub(crate) mod elements;
pub(crate) mod markup;
pub(crate) mod node;
mod places;
pub(crate) mod program;
pub(crate) mod reads;
pub(crate) mod retained;
pub(crate) mod run;
pub(crate) mod set;
pub(crate) mod support;
pub(crate) mod texts;
mod unprotected;

pub use analysis::{
    Analysis, AnalysisWarning, Complexity, Construct, ConstructKind, FragmentAnalysis, FragmentId,
    Interpolation, UpdateMode,
};
pub use dependencies::{Dependency, DependencyKind};
pub use set::{Template, TemplateBuilder};
