//! The public face of a template set.

use crate::error::Result;
use crate::value::{DataFlags, Value};
use std::sync::Arc;

/// How numbers compare and print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// A number compares numerically with any other; `%d` takes an integral float, `%f` an integer. For JSON, JavaScript
    /// and Python, which do not carry Go's static types.
    #[default]
    Adaptive,
    /// Exactly Go: mixed comparisons are errors.
    Strict,
}

/// What a missing map key gives (Go's `missingkey` option).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value: prints nothing in HTML (Go prints `<no value>` only in text/template).
    #[default]
    Default,
    /// The zero value of the map's element type.
    Zero,
    /// An error.
    Error,
}

/// An immutable set of templates with one entry. Cloning shares it; any number of threads may use it.
#[derive(Clone, Debug)]
pub struct Template {
    inner: Arc<()>,
}

/// Collects sources and options and builds a [`Template`].
#[derive(Clone, Debug, Default)]
pub struct TemplateBuilder {
    sources: Vec<(String, Vec<u8>)>,
    entry: Option<String>,
    delims: Option<(String, String)>,
    numbers: Numbers,
    missing_key: MissingKey,
}

impl TemplateBuilder {
    /// Adds a source under a name. A name may come twice; the later definition wins as in Go.
    #[must_use]
    pub fn source(mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        self.sources.push((name.into(), text.into()));
        self
    }

    /// The template to execute; the first source's by default.
    #[must_use]
    pub fn entry(mut self, name: impl Into<String>) -> Self {
        self.entry = Some(name.into());
        self
    }

    /// The action delimiters; an empty one is Go's default.
    #[must_use]
    pub fn delims(mut self, left: impl Into<String>, right: impl Into<String>) -> Self {
        self.delims = Some((left.into(), right.into()));
        self
    }

    /// How numbers compare and print.
    #[must_use]
    pub fn numbers(mut self, numbers: Numbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// What a missing map key gives.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// Parses all sources.
    ///
    /// # Errors
    /// `TemplateParse` with the place, in Go's wording; `TemplateNotFound` when the entry is not defined. Escaping errors
    /// come, as in Go, from the first use of the entry.
    pub fn build(self) -> Result<Template> {
        unimplemented!()
    }
}

impl Template {
    /// A template from one source. `name` may be empty.
    pub fn new(name: &str, source: impl Into<Vec<u8>>) -> Result<Template> {
        Template::builder().source(name, source).build()
    }

    /// Starts a builder.
    pub fn builder() -> TemplateBuilder {
        TemplateBuilder::default()
    }

    /// Name of the entry.
    pub fn name(&self) -> &str {
        unimplemented!()
    }

    /// The HTML of `data`: the bytes Go's `html/template` writes.
    ///
    /// # Errors
    /// `TemplateEscape` when the template cannot be escaped safely, `TemplateExec` when execution fails.
    pub fn render(&self, data: &Value) -> Result<Vec<u8>> {
        let _ = (&self.inner, data);
        unimplemented!()
    }

    /// The HTML of data given as JSON text.
    pub fn render_json(&self, text: &[u8], flags: DataFlags) -> Result<Vec<u8>> {
        self.render(&Value::from_json(text, flags)?)
    }
}
