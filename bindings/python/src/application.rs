//! The class `Application`.

use livetemplate_core::{Code, PageOptions, Wire};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::{engine, raise};
use crate::input;
use crate::page::Page;
use crate::template::Template;
use crate::text::{source, string};

/// An isolated set of pages with its own keys and limits. Any number of threads may use it.
///
/// A context manager: leaving it closes the application and all its pages.
#[pyclass(frozen, module = "livetemplate", name = "Application")]
pub(crate) struct Application {
    inner: livetemplate_core::Application,
}

#[pymethods]
impl Application {
    #[new]
    #[pyo3(signature = (*, id = None, signing_key = None, max_pages = None, page_ttl = None, token_ttl = None))]
    fn new(
        py: Python<'_>,
        id: Option<String>,
        signing_key: Option<Vec<u8>>,
        max_pages: Option<i64>,
        page_ttl: Option<f64>,
        token_ttl: Option<f64>,
    ) -> PyResult<Application> {
        let mut builder = livetemplate_core::Application::builder();
        if let Some(id) = id {
            builder = builder.id(id);
        }
        if let Some(key) = signing_key {
            builder = builder.signing_key(key);
        }
        if let Some(given) = max_pages {
            let refuse =
                |_| raise(py, Code::InvalidArgument, format!("max_pages: 0 or more expected, not {given}"));
            builder = builder.max_pages(usize::try_from(given).map_err(refuse)?);
        }
        if let Some(ttl) = page_ttl {
            builder = builder.page_ttl(input::seconds(py, "page_ttl", ttl)?);
        }
        if let Some(ttl) = token_ttl {
            builder = builder.token_ttl(input::seconds(py, "token_ttl", ttl)?);
        }
        Ok(Application { inner: engine(py, || builder.build())? })
    }

    /// The application's id, which its tokens carry.
    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    /// Number of open pages.
    #[getter]
    fn page_count(&self) -> usize {
        self.inner.page_count()
    }

    /// Makes a page of ``template`` showing ``data``, whose updates are of the format ``wire``.
    #[pyo3(signature = (template, data, *, wire = "tree"))]
    fn new_page(
        &self,
        py: Python<'_>,
        template: &Template,
        data: &Bound<'_, PyAny>,
        wire: &str,
    ) -> PyResult<Page> {
        let data = input::value("data", data)?;
        let template = template.handle(py);
        let page = engine(py, || {
            let options = PageOptions::default().wire(Wire::from_name(wire)?);
            self.inner.new_page_with(&template, data, &options)
        })?;
        Ok(Page { inner: page })
    }

    /// Makes a page whose HTML the host renders itself, with any template engine. ``page.update_html`` tells it of new HTML.
    #[pyo3(signature = (html, *, wire = "tree"))]
    fn new_page_from_html(&self, py: Python<'_>, html: &Bound<'_, PyAny>, wire: &str) -> PyResult<Page> {
        let html = source("html", html)?;
        let page = engine(py, || {
            let options = PageOptions::default().wire(Wire::from_name(wire)?);
            self.inner.new_page_from_html(&html, &options)
        })?;
        Ok(Page { inner: page })
    }

    /// The page a token names.
    fn get_page(&self, py: Python<'_>, token: &Bound<'_, PyString>) -> PyResult<Page> {
        // Servers decode the bytes of a cookie with surrogates for bad ones: those are a bad token, no bad argument.
        let token = string(token)?;
        let page = engine(py, || self.inner.get_page(&token))?;
        Ok(Page { inner: page })
    }

    /// Drops pages whose time is over and says how many.
    fn cleanup(&self, py: Python<'_>) -> PyResult<usize> {
        engine(py, || self.inner.cleanup())
    }

    /// Closes the application and all its pages. Closing twice is fine.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        engine(py, || {
            self.inner.close();
            Ok(())
        })
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("<livetemplate.Application {:?}>", self.inner.id())
    }
}
