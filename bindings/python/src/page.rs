//! The classes `Page`, `Update` and `UpdateStats`, and the function `compress`.

use livetemplate_core::value::DataFlags;
use livetemplate_core::{Code, Fragment, HtmlChange, HtmlPattern, Strategy, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::cancel::Cancel;
use crate::error::{engine, raise};
use crate::input::{self, field_errors, pairs};
use crate::output;
use crate::text::{source, string, to_str};

/// One browser session's page. Any number of threads may use it.
///
/// A handle: the page lives on when it is dropped, until ``close()``, its time to live, or the end of the application.
#[pyclass(frozen, module = "livetemplate", name = "Page")]
pub(crate) struct Page {
    pub(crate) inner: livetemplate_core::Page,
}

#[pymethods]
impl Page {
    /// The page's id: 32 hex digits.
    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    /// The page's token, for a cookie. Minted once; ``Application.get_page`` finds the page by it.
    #[getter]
    fn token(&self) -> &str {
        self.inner.token()
    }

    /// The name of the page's wire format.
    #[getter]
    fn wire(&self) -> &'static str {
        self.inner.wire().name()
    }

    /// The same page under a cancel handle, which ends the updates, patches and renders asked for through what this gives. An
    /// update that was ended leaves the page as it was.
    fn with_cancel(&self, cancel: &Cancel) -> Page {
        Page { inner: self.inner.with_cancel(&cancel.inner) }
    }

    /// The whole HTML, with what the wire format needs to address it: in ``tree`` ``<div data-lvt-id="…">`` around the live region.
    fn render<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(to_str(py, engine(py, || self.inner.render())?))
    }

    /// The full message ``{"tree":…}`` as JSON text, with ``meta`` when an action is named.
    #[pyo3(signature = (action = None, errors = None))]
    fn tree<'py>(
        &self,
        py: Python<'py>,
        action: Option<&Bound<'py, PyString>>,
        errors: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyString>> {
        let (action, errors) = (action.map(string).transpose()?, field_errors(errors)?);
        Ok(to_str(py, engine(py, || self.inner.tree(action.as_deref(), &pairs(&errors)))?))
    }

    /// What brings a client to what the page shows from any state: the first message of a connection, and the answer to a loss.
    fn resync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &engine(py, || self.inner.resync())?))
    }

    /// Takes a control message of our own client and gives the answer; no bytes when there is none to give.
    fn receive<'py>(&self, py: Python<'py>, message: &Bound<'_, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let message = source("message", message)?;
        Ok(PyBytes::new(py, &engine(py, || self.inner.receive(&message))?))
    }

    /// Brings the page to ``data`` and gives what its browser needs for that. On an error the page is unchanged.
    fn update(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Update> {
        let data = input::value("data", data)?;
        Ok(Update { inner: engine(py, || self.inner.update(data))? })
    }

    /// ``update`` with data as JSON text.
    #[pyo3(signature = (text, *, times = false, trusted = false))]
    fn update_json(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        times: bool,
        trusted: bool,
    ) -> PyResult<Update> {
        let text = source("text", text)?;
        Ok(Update { inner: engine(py, || self.inner.update_json(&text, DataFlags { times, trusted }))? })
    }

    /// Brings a page whose HTML the host renders to new HTML. On an error the page is unchanged.
    fn update_html(&self, py: Python<'_>, html: &Bound<'_, PyAny>) -> PyResult<Update> {
        let html = source("html", html)?;
        Ok(Update { inner: engine(py, || self.inner.update_html(&html))? })
    }

    /// Applies a patch to the page's data: a list is a JSON Patch, a dict a JSON merge patch.
    fn patch(&self, py: Python<'_>, patch: &Bound<'_, PyAny>) -> PyResult<Update> {
        let patch = input::value("patch", patch)?;
        Ok(Update { inner: engine(py, || self.inner.patch(&patch))? })
    }

    /// ``patch`` with the patch as JSON text.
    #[pyo3(signature = (text, *, times = false, trusted = false))]
    fn patch_json(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        times: bool,
        trusted: bool,
    ) -> PyResult<Update> {
        let text = source("text", text)?;
        Ok(Update { inner: engine(py, || self.inner.patch_json(&text, DataFlags { times, trusted }))? })
    }

    /// Sets data aside: ``data()`` and ``render()`` show it at once, the browser gets it with the next update.
    fn set_data(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let data = input::value("data", data)?;
        engine(py, || self.inner.set_data(data))
    }

    /// What can be told of the page's template: ``Template.analysis``.
    fn analysis<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let analysis = engine(py, || self.inner.analysis())?;
        output::object(py, &analysis.to_value())
    }

    /// The page's current data, as new Python objects; objects that are no data of Go's kinds are the same.
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let data = engine(py, || self.inner.data())?;
        output::object(py, &data)
    }

    /// Closes the page: every later call on it, through any handle, raises ``PageClosed``. Closing twice is fine.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        engine(py, || {
            self.inner.close();
            Ok(())
        })
    }

    fn __repr__(&self) -> String {
        format!("<livetemplate.Page {:?}>", self.inner.id())
    }
}

/// What an update did, and the message that tells the browser.
#[pyclass(frozen, module = "livetemplate", name = "Update")]
pub(crate) struct Update {
    inner: livetemplate_core::Update,
}

#[pymethods]
impl Update {
    /// Whether the browser needs nothing.
    #[getter]
    fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The push, in the page's wire format; no bytes when the update is empty.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.payload())
    }

    /// The messages of the payload one by one, to be sent in their order.
    #[getter]
    fn messages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.inner.messages().map(|message| PyBytes::new(py, message)))
    }

    /// What the payload says of each fragment, in its order: in the format ``fragments``, in others nothing.
    #[getter]
    fn fragments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        dicts(py, self.inner.fragments().iter().map(Fragment::to_value))
    }

    /// What changed in the live region, for a page whose HTML is compared; of other pages nothing.
    #[getter]
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        dicts(py, self.inner.changes().iter().map(HtmlChange::to_value))
    }

    /// What kind of update ``changes`` make together.
    #[getter]
    fn html_pattern(&self) -> &'static str {
        HtmlPattern::of(self.inner.changes()).as_str()
    }

    /// The answer to an action: the payload with ``meta``, also when nothing changed.
    ///
    /// ``errors`` maps fields to texts; without any, ``success`` is true.
    #[pyo3(signature = (action = None, errors = None))]
    fn reply<'py>(
        &self,
        py: Python<'py>,
        action: Option<&Bound<'py, PyString>>,
        errors: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (action, errors) = (action.map(string).transpose()?, field_errors(errors)?);
        let reply = engine(py, || Ok(self.inner.reply(action.as_deref(), &pairs(&errors))))?;
        Ok(PyBytes::new(py, &reply))
    }

    /// What the update cost.
    #[getter]
    fn stats(&self) -> UpdateStats {
        UpdateStats { inner: self.inner.stats() }
    }

    fn __repr__(&self) -> String {
        let stats = self.inner.stats();
        format!("<livetemplate.Update {} bytes of {}>", stats.bytes, stats.full_render_bytes)
    }
}

/// The values, which are maps, as Python objects.
fn dicts(py: Python<'_>, values: impl Iterator<Item = Value>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for value in values {
        list.append(output::object(py, &value)?)?;
    }
    Ok(list)
}

/// A message compressed with gzip, where it is longer than ``threshold`` bytes and gets shorter by that; else ``None``.
#[pyfunction]
pub(crate) fn compress<'py>(
    py: Python<'py>,
    message: &Bound<'_, PyAny>,
    threshold: i64,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let message = source("message", message)?;
    let refuse =
        |_| raise(py, Code::InvalidArgument, format!("threshold: 0 or more expected, not {threshold}"));
    let threshold = usize::try_from(threshold).map_err(refuse)?;
    let compressed = engine(py, || Ok(livetemplate_core::compress(&message, threshold)))?;
    Ok(compressed.map(|bytes| PyBytes::new(py, &bytes)))
}

/// Figures of one update.
#[pyclass(frozen, module = "livetemplate", name = "UpdateStats")]
pub(crate) struct UpdateStats {
    inner: livetemplate_core::UpdateStats,
}

#[pymethods]
impl UpdateStats {
    /// Length of the payload.
    #[getter]
    fn bytes(&self) -> usize {
        self.inner.bytes
    }

    /// Length of the page's full HTML after the update.
    #[getter]
    fn full_render_bytes(&self) -> usize {
        self.inner.full_render_bytes
    }

    /// The share of the full render that was saved, from 0 to 1.
    #[getter]
    fn reduction(&self) -> f64 {
        self.inner.reduction()
    }

    /// Slots, conditions, ranges and calls evaluated.
    #[getter]
    fn slots_evaluated(&self) -> usize {
        self.inner.slots_evaluated
    }

    /// Changed slots outside the live region, which no update can reach.
    #[getter]
    fn outside(&self) -> usize {
        self.inner.outside
    }

    /// In the format ``fragments`` the strategy that sends most of those that were taken.
    #[getter]
    fn strategy(&self) -> Option<&'static str> {
        self.inner.strategy.map(Strategy::as_str)
    }

    /// Why parts of the page were sent that had not changed, or evaluated although nothing changed that they read; each with how
    /// often that came up.
    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let reasons = PyDict::new(py);
        for (reason, count) in self.inner.reasons.iter() {
            reasons.set_item(reason.as_str(), count)?;
        }
        Ok(reasons)
    }

    fn __repr__(&self) -> String {
        let s = &self.inner;
        format!(
            "<livetemplate.UpdateStats bytes={} full_render_bytes={} reduction={:.3} slots_evaluated={} outside={}>",
            s.bytes,
            s.full_render_bytes,
            s.reduction(),
            s.slots_evaluated,
            s.outside
        )
    }
}
