//! What the places of a template read.

use napi_derive::napi;

/// What one place of a template reads: a slot, a condition, a range or a call.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Dependency {
    /// Name of the source.
    pub template: String,
    /// Its line there, from 1.
    pub line: u32,
    /// Its column there, in bytes from 0, as in errors.
    pub column: u32,
    /// What it is: a condition is `if` or `with`, a call `template` or `block`.
    #[napi(ts_type = "'slot' | 'condition' | 'range' | 'call'")]
    pub kind: String,
    /// Its pipeline, or the whole call, as Go prints it in an error.
    pub action: String,
    /// Paths from the whole data, `.`, in alphabetical order: a field is `.name`, `[]` stands for any item of a list or map, and
    /// `.**` for any way further into the data, where a template calls itself. Conditions around the place and what is inside it
    /// do not count.
    pub paths: Vec<String>,
    /// Why every update evaluates the place, whatever changed; null where only a change at one of its paths leads to that.
    pub always: Option<String>,
}

impl From<livetemplate_core::Dependency> for Dependency {
    fn from(inner: livetemplate_core::Dependency) -> Dependency {
        Dependency {
            template: inner.template,
            line: inner.line,
            column: inner.column,
            kind: inner.kind.as_str().to_owned(),
            action: inner.action,
            paths: inner.paths,
            always: inner.always,
        }
    }
}
