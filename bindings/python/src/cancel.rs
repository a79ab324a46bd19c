//! The class `Cancel`.

use pyo3::prelude::*;
use std::time::Instant;

use crate::input;

/// Ends work from another thread, or after a time. Any thread may use it.
#[pyclass(frozen, module = "livetemplate", name = "Cancel")]
pub(crate) struct Cancel {
    pub(crate) inner: livetemplate_core::Cancel,
}

#[pymethods]
impl Cancel {
    #[new]
    #[pyo3(signature = (*, timeout = None))]
    fn new(py: Python<'_>, timeout: Option<f64>) -> PyResult<Cancel> {
        let timeout = timeout.map(|timeout| input::seconds(py, "timeout", timeout)).transpose()?;
        // A time that the clock cannot name never comes.
        let inner = match timeout.and_then(|timeout| Instant::now().checked_add(timeout)) {
            Some(deadline) => livetemplate_core::Cancel::when(move || Instant::now() >= deadline),
            None => livetemplate_core::Cancel::new(),
        };
        Ok(Cancel { inner })
    }

    /// Ends all work under this handle, now and later, with ``Cancelled``.
    fn cancel(&self) {
        self.inner.cancel();
    }

    /// Whether ``cancel()`` was called or the time is over.
    #[getter]
    fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    fn __repr__(&self) -> String {
        let state = if self.inner.is_cancelled() { " cancelled" } else { "" };
        format!("<livetemplate.Cancel{state}>")
    }
}
