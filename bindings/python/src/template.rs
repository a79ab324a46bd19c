//! The class `Template`.

use livetemplate_core::TemplateBuilder;
use livetemplate_core::value::DataFlags;
use livetemplate_core::{Code, MissingKey, Numbers};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::dependency::Dependency;
use crate::error::{engine, raise};
use crate::function::{Callable, register};
use crate::input;
use crate::output;
use crate::text::{source, to_str};

/// A Go html/template: an immutable set of templates with one entry. Any number of threads may use it.
#[pyclass(frozen, module = "livetemplate", name = "Template")]
pub(crate) struct Template {
    pub(crate) inner: livetemplate_core::Template,
    /// The functions it was made with.
    callables: Arc<[Callable]>,
}

impl Template {
    /// A handle for work without the interpreter that may keep one, as a page does.
    ///
    /// Made here and nowhere else, because the garbage collector asks how many handles there are: see `__traverse__`.
    pub(crate) fn handle(&self, _py: Python<'_>) -> livetemplate_core::Template {
        self.inner.clone()
    }
}

/// The options that all constructors share, as given.
struct Options<'a> {
    functions: Option<Bound<'a, PyDict>>,
    delims: Option<(String, String)>,
    missing_key: &'a str,
    numbers: &'a str,
    max_source: Option<usize>,
    max_nesting: Option<usize>,
    max_json: Option<usize>,
    max_steps: Option<u64>,
    max_call_depth: Option<u32>,
    max_output: Option<usize>,
}

impl Options<'_> {
    fn apply(
        self,
        py: Python<'_>,
        mut builder: TemplateBuilder,
    ) -> PyResult<(TemplateBuilder, Vec<Callable>)> {
        if let Some((left, right)) = self.delims {
            builder = builder.delims(left, right);
        }
        let missing_key = match self.missing_key {
            "default" => MissingKey::Default,
            "zero" => MissingKey::Zero,
            "error" => MissingKey::Error,
            other => return Err(unknown(py, "missing_key", "'default', 'zero' or 'error'", other)),
        };
        let numbers = match self.numbers {
            "adaptive" => Numbers::Adaptive,
            "strict" => Numbers::Strict,
            other => return Err(unknown(py, "numbers", "'adaptive' or 'strict'", other)),
        };
        if let Some(bytes) = self.max_source {
            builder = builder.max_source(bytes);
        }
        if let Some(depth) = self.max_nesting {
            builder = builder.max_nesting(depth);
        }
        if let Some(bytes) = self.max_json {
            builder = builder.max_json(bytes);
        }
        if let Some(steps) = self.max_steps {
            builder = builder.max_steps(steps);
        }
        if let Some(depth) = self.max_call_depth {
            builder = builder.max_call_depth(depth);
        }
        if let Some(bytes) = self.max_output {
            builder = builder.max_output(bytes);
        }
        builder = builder.missing_key(missing_key).numbers(numbers);
        match self.functions {
            Some(functions) => register(builder, &functions),
            None => Ok((builder, Vec::new())),
        }
    }
}

fn unknown(py: Python<'_>, name: &str, expected: &str, given: &str) -> PyErr {
    raise(py, Code::InvalidArgument, format!("{name}: {expected} expected, not {given:?}"))
}

fn build(
    py: Python<'_>,
    sources: Vec<(String, Vec<u8>)>,
    entry: Option<String>,
    options: Options<'_>,
) -> PyResult<Template> {
    if sources.is_empty() {
        return Err(raise(py, Code::InvalidArgument, "a template needs at least one source"));
    }
    let mut builder = livetemplate_core::Template::builder();
    for (name, text) in sources {
        builder = builder.source(name, text);
    }
    if let Some(entry) = entry {
        builder = builder.entry(entry);
    }
    let (builder, callables) = options.apply(py, builder)?;
    Ok(Template { inner: engine(py, || builder.build())?, callables: callables.into() })
}

/// Reads files; each source is named by its file's base name, as Go's `ParseFiles` does.
fn read(py: Python<'_>, paths: &[PathBuf]) -> PyResult<Vec<(String, Vec<u8>)>> {
    let read = |path: &PathBuf| -> PyResult<(String, Vec<u8>)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Through Python's own open: its OSError names the file.
        let file = py.import("io")?.call_method1("open", (path, "rb"))?;
        let text = file.call_method0("read");
        file.call_method0("close")?;
        Ok((name, source("file", &text?)?))
    };
    paths.iter().map(read).collect()
}

#[pymethods]
#[allow(clippy::too_many_arguments, reason = "they are the keyword arguments of Python's constructors")]
impl Template {
    #[new]
    #[pyo3(signature = (source, name = "", *, functions = None, delims = None, missing_key = "default", numbers = "adaptive", max_source = None, max_nesting = None, max_json = None, max_steps = None, max_call_depth = None, max_output = None))]
    fn new(
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        name: &str,
        functions: Option<Bound<'_, PyDict>>,
        delims: Option<(String, String)>,
        missing_key: &str,
        numbers: &str,
        max_source: Option<usize>,
        max_nesting: Option<usize>,
        max_json: Option<usize>,
        max_steps: Option<u64>,
        max_call_depth: Option<u32>,
        max_output: Option<usize>,
    ) -> PyResult<Template> {
        let sources = vec![(name.to_owned(), crate::text::source("source", source)?)];
        build(
            py,
            sources,
            None,
            Options {
                functions,
                delims,
                missing_key,
                numbers,
                max_source,
                max_nesting,
                max_json,
                max_steps,
                max_call_depth,
                max_output,
            },
        )
    }

    /// A template in the syntax of the Rust crate ``upon`` in place of Go's. Every value is escaped for HTML.
    #[staticmethod]
    #[pyo3(signature = (source, name = "", *, max_source = None, max_output = None))]
    fn upon(
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        name: &str,
        max_source: Option<usize>,
        max_output: Option<usize>,
    ) -> PyResult<Template> {
        let text = crate::text::source("source", source)?;
        let mut builder = livetemplate_core::Template::builder().source(name, text).upon();
        if let Some(bytes) = max_source {
            builder = builder.max_source(bytes);
        }
        if let Some(bytes) = max_output {
            builder = builder.max_output(bytes);
        }
        Ok(Template { inner: engine(py, || builder.build())?, callables: Vec::new().into() })
    }

    /// A template from named sources, the first being the entry unless ``entry`` names another.
    ///
    /// A name may come twice; the later definition wins, as in Go.
    #[staticmethod]
    #[pyo3(signature = (sources, *, entry = None, functions = None, delims = None, missing_key = "default", numbers = "adaptive", max_source = None, max_nesting = None, max_json = None, max_steps = None, max_call_depth = None, max_output = None))]
    fn from_sources(
        py: Python<'_>,
        sources: Vec<(String, Bound<'_, PyAny>)>,
        entry: Option<String>,
        functions: Option<Bound<'_, PyDict>>,
        delims: Option<(String, String)>,
        missing_key: &str,
        numbers: &str,
        max_source: Option<usize>,
        max_nesting: Option<usize>,
        max_json: Option<usize>,
        max_steps: Option<u64>,
        max_call_depth: Option<u32>,
        max_output: Option<usize>,
    ) -> PyResult<Template> {
        let sources = sources.iter().map(|(name, text)| Ok((name.clone(), source(name, text)?)));
        build(
            py,
            sources.collect::<PyResult<_>>()?,
            entry,
            Options {
                functions,
                delims,
                missing_key,
                numbers,
                max_source,
                max_nesting,
                max_json,
                max_steps,
                max_call_depth,
                max_output,
            },
        )
    }

    /// A template from files, named by their base names, as Go's ``ParseFiles``.
    #[staticmethod]
    #[pyo3(signature = (*paths, entry = None, functions = None, delims = None, missing_key = "default", numbers = "adaptive", max_source = None, max_nesting = None, max_json = None, max_steps = None, max_call_depth = None, max_output = None))]
    fn from_files(
        py: Python<'_>,
        paths: Vec<PathBuf>,
        entry: Option<String>,
        functions: Option<Bound<'_, PyDict>>,
        delims: Option<(String, String)>,
        missing_key: &str,
        numbers: &str,
        max_source: Option<usize>,
        max_nesting: Option<usize>,
        max_json: Option<usize>,
        max_steps: Option<u64>,
        max_call_depth: Option<u32>,
        max_output: Option<usize>,
    ) -> PyResult<Template> {
        build(
            py,
            read(py, &paths)?,
            entry,
            Options {
                functions,
                delims,
                missing_key,
                numbers,
                max_source,
                max_nesting,
                max_json,
                max_steps,
                max_call_depth,
                max_output,
            },
        )
    }

    /// A template from the files that match a pattern of Python's ``glob``, sorted by path.
    #[staticmethod]
    #[pyo3(signature = (pattern, *, entry = None, functions = None, delims = None, missing_key = "default", numbers = "adaptive", max_source = None, max_nesting = None, max_json = None, max_steps = None, max_call_depth = None, max_output = None))]
    fn from_glob(
        py: Python<'_>,
        pattern: PathBuf,
        entry: Option<String>,
        functions: Option<Bound<'_, PyDict>>,
        delims: Option<(String, String)>,
        missing_key: &str,
        numbers: &str,
        max_source: Option<usize>,
        max_nesting: Option<usize>,
        max_json: Option<usize>,
        max_steps: Option<u64>,
        max_call_depth: Option<u32>,
        max_output: Option<usize>,
    ) -> PyResult<Template> {
        let found = py.import("glob")?.call_method1("glob", (pattern.as_os_str(),))?;
        let mut paths: Vec<PathBuf> = found.extract()?;
        if paths.is_empty() {
            let message = format!("pattern matches no files: {:?}", pattern.display().to_string());
            return Err(raise(py, Code::InvalidArgument, message));
        }
        paths.sort();
        build(
            py,
            read(py, &paths)?,
            entry,
            Options {
                functions,
                delims,
                missing_key,
                numbers,
                max_source,
                max_nesting,
                max_json,
                max_steps,
                max_call_depth,
                max_output,
            },
        )
    }

    /// Name of the entry.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// The names of all templates of the set, sorted.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.inner.names().collect()
    }

    /// Another template of the same set as entry; ``TemplateNotFound`` when there is none of that name.
    fn lookup(&self, py: Python<'_>, name: &str) -> PyResult<Template> {
        let set = self.handle(py);
        Ok(Template { inner: engine(py, || set.lookup(name))?, callables: self.callables.clone() })
    }

    /// The same template under a cancel handle, which ends its renders and the making of pages with it. The pages themselves
    /// are not under it.
    fn with_cancel(&self, cancel: &Cancel) -> Template {
        Template { inner: self.inner.with_cancel(&cancel.inner), callables: self.callables.clone() }
    }

    /// Which paths of the data each slot, condition, range and call reads that is reached from this template, in the order of
    /// the sources, and which of them every update evaluates, with the reason.
    fn dependencies(&self, py: Python<'_>) -> PyResult<Vec<Dependency>> {
        let all = engine(py, || self.inner.dependencies())?;
        Ok(all.into_iter().map(Dependency::from).collect())
    }

    /// How pages of this template update, which of its constructs stand in the way of small updates, how each value is escaped,
    /// and where Go's escaping does not protect.
    fn analysis<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let analysis = engine(py, || self.inner.analysis())?;
        output::object(py, &analysis.to_value())
    }

    /// The HTML of ``data``: what Go's html/template writes, byte for byte.
    fn render<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        let data = input::value("data", data)?;
        let html = engine(py, || {
            let html = self.inner.render(&data);
            drop(data);
            html
        })?;
        Ok(to_str(py, html))
    }

    /// The HTML of data given as JSON text.
    #[pyo3(signature = (text, *, times = false, trusted = false))]
    fn render_json<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        times: bool,
        trusted: bool,
    ) -> PyResult<Bound<'py, PyString>> {
        let text = source("text", text)?;
        let html = engine(py, || self.inner.render_json(&text, DataFlags { times, trusted }))?;
        Ok(to_str(py, html))
    }

    fn __repr__(&self) -> String {
        format!("<livetemplate.Template {:?}>", self.inner.name())
    }

    /// Shows the garbage collector the functions, so that one which refers to its template can be collected with it.
    ///
    /// Only while this is the one handle of the set: another one, a page's above all, needs them whatever happens here.
    /// That cannot turn false while the collector walks: handles come from `handle`, under the interpreter.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if self.inner.is_shared() {
            return Ok(());
        }
        self.callables.iter().try_for_each(|callable| callable.traverse(&visit))
    }

    fn __clear__(&self) {
        self.callables.iter().for_each(Callable::clear);
    }
}
