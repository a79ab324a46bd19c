//! The class `Dependency`.

use pyo3::prelude::*;

/// What one place of a template reads: a slot, a condition, a range or a call.
#[pyclass(frozen, eq, module = "livetemplate", name = "Dependency")]
#[derive(PartialEq, Eq)]
pub(crate) struct Dependency {
    inner: livetemplate_core::Dependency,
}

impl From<livetemplate_core::Dependency> for Dependency {
    fn from(inner: livetemplate_core::Dependency) -> Dependency {
        Dependency { inner }
    }
}

#[pymethods]
impl Dependency {
    /// Name of the source.
    #[getter]
    fn template(&self) -> &str {
        &self.inner.template
    }

    /// Its line there, from 1.
    #[getter]
    fn line(&self) -> u32 {
        self.inner.line
    }

    /// Its column there, in bytes from 0, as in errors.
    #[getter]
    fn column(&self) -> u32 {
        self.inner.column
    }

    /// ``"slot"``, ``"condition"`` (``if``, ``with``), ``"range"`` or ``"call"`` (``template``, ``block``).
    #[getter]
    fn kind(&self) -> &'static str {
        self.inner.kind.as_str()
    }

    /// Its pipeline, or the whole call, as Go prints it in an error.
    #[getter]
    fn action(&self) -> &str {
        &self.inner.action
    }

    /// Paths from the whole data, ``.``, in alphabetical order.
    #[getter]
    fn paths(&self) -> Vec<&str> {
        self.inner.paths.iter().map(String::as_str).collect()
    }

    /// Why every update evaluates the place, whatever changed; ``None`` where only a change at one of its paths leads to that.
    #[getter]
    fn always(&self) -> Option<&str> {
        self.inner.always.as_deref()
    }

    fn __repr__(&self) -> String {
        let d = &self.inner;
        format!(
            "<livetemplate.Dependency {}:{}:{} {} {:?}>",
            d.template,
            d.line,
            d.column,
            d.kind.as_str(),
            d.action
        )
    }
}
