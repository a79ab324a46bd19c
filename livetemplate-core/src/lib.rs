//! livetemplate: pages that update themselves, as an engine that web servers embed.
//!
//! A [`Template`] is a Go `html/template`; it renders data to HTML byte for byte as Go does. An [`Application`] keeps
//! [`Page`]s, one per browser session; given new data, a page answers with the smallest [`Update`] that brings the
//! browser up to date.
#![forbid(unsafe_code)]

mod cancel;
pub mod diff;
pub mod error;
pub mod escape;
mod hex;
mod htmldiff;
mod memory;
pub mod session;
pub mod template;
pub mod tree;
pub mod value;
pub mod wire;

pub use cancel::Cancel;
pub use diff::{Reason, Reasons};
pub use error::{Code, Error, FunctionError, Group, Result};
pub use htmldiff::{HtmlChange, HtmlChangeKind, HtmlPattern};
pub use session::{Application, ApplicationBuilder, Page, PageOptions, Update, UpdateStats};
pub use template::{MissingKey, Numbers};
pub use tree::{
    Analysis, AnalysisWarning, Complexity, Construct, ConstructKind, Dependency, DependencyKind,
    FragmentAnalysis, FragmentId, Interpolation, Template, TemplateBuilder, UpdateMode,
};
pub use value::{Argument, ArgumentError, DataFlags, Function, Object, TypedFunction, Value};
pub use wire::{Fragment, Strategy, Wire, compress};

/// The version of Go whose `html/template` this engine reproduces.
pub const GO_PROFILE: &str = "go1.26.8";
