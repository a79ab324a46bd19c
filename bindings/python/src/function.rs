//! Python callables as functions of templates.

use livetemplate_core::{Code, Function, FunctionError, TemplateBuilder, Value};
use parking_lot::Mutex;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use std::fmt;
use std::sync::Arc;

use crate::error::raise;
use crate::input;
use crate::output;
use crate::text::string;

/// An exception that Python code raised; its text is that of `str(exception)`, or its class where that is empty or fails.
#[derive(Debug)]
pub(crate) struct Raised {
    exception: PyErr,
    text: String,
}

impl Raised {
    pub(crate) fn new(py: Python<'_>, exception: PyErr) -> Raised {
        let text = exception.value(py).str().and_then(|text| string(&text)).unwrap_or_default();
        let text = if text.is_empty() { class_name(&exception.get_type(py)) } else { text };
        Raised { exception, text }
    }

    /// The very exception.
    pub(crate) fn exception(&self, py: Python<'_>) -> PyErr {
        self.exception.clone_ref(py)
    }
}

fn class_name(class: &Bound<'_, PyType>) -> String {
    class.name().map_or_else(|_| "exception".into(), |name| name.to_string_lossy().into_owned())
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Raised {}

/// A callable with what is known about it.
#[pyclass(frozen, module = "livetemplate", name = "Function")]
pub(crate) struct PyFunction {
    callable: Py<PyAny>,
    /// Whether its result depends on its arguments alone.
    #[pyo3(get)]
    pure: bool,
}

#[pymethods]
impl PyFunction {
    #[new]
    #[pyo3(signature = (callable, *, pure))]
    fn new(callable: Bound<'_, PyAny>, pure: bool) -> PyResult<PyFunction> {
        if callable.is_callable() {
            return Ok(PyFunction { callable: callable.unbind(), pure });
        }
        Err(raise(callable.py(), Code::InvalidArgument, "callable: not callable"))
    }

    /// The callable itself.
    #[getter]
    fn callable(&self, py: Python<'_>) -> Py<PyAny> {
        self.callable.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let pure = if self.pure { "True" } else { "False" };
        Ok(format!("livetemplate.Function({}, pure={pure})", self.callable.bind(py).repr()?))
    }

    // There is no `__clear__`: as with tuples, something else in a cycle with it can be cleared.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.callable)
    }
}

/// The place that holds a registered callable, shared by the engine, which calls it, and the templates of Python, which
/// tell the garbage collector of it. It is empty once that has collected the template.
#[derive(Clone)]
pub(crate) struct Callable(Arc<Mutex<Option<Py<PyAny>>>>);

impl Callable {
    fn get(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let callable = self.0.lock().as_ref().map(|callable| callable.clone_ref(py));
        callable.ok_or_else(|| raise(py, Code::Internal, "the template was collected"))
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody holds the lock: it is taken under the interpreter alone, and never while Python code runs.
        self.0.try_lock().map_or(Ok(()), |callable| visit.call(&*callable))
    }

    pub(crate) fn clear(&self) {
        let callable = self.0.lock().take();
        // Dropping it may run Python code, which must not find the lock taken.
        drop(callable);
    }
}

/// Registers the functions of a dict of callables by name, and gives the places that hold them.
pub(crate) fn register(
    mut builder: TemplateBuilder,
    functions: &Bound<'_, PyDict>,
) -> PyResult<(TemplateBuilder, Vec<Callable>)> {
    let py = functions.py();
    let mut held = Vec::with_capacity(functions.len());
    for (name, given) in functions.iter() {
        let Ok(name) = name.cast::<PyString>() else {
            return Err(raise(py, Code::InvalidArgument, "functions: a name is not a str"));
        };
        let name = string(name)?;
        let (callable, pure) = match given.cast::<PyFunction>() {
            Ok(declared) => (declared.get().callable.bind(py).clone(), Some(declared.get().pure)),
            Err(_) => (given, None),
        };
        if !callable.is_callable() {
            let message = format!("functions: {name} is not callable");
            return Err(raise(py, Code::InvalidArgument, message));
        }
        let (min, max) = arity(&callable).unwrap_or((0, None));
        let callable = Callable(Arc::new(Mutex::new(Some(callable.unbind()))));
        held.push(callable.clone());
        let mut function = Function::new(move |args| {
            // The engine works without the interpreter; it is taken again for the call alone.
            Python::attach(|py| {
                let result = callable.get(py).and_then(|callable| call(callable.bind(py), args));
                result.map_err(|exception| FunctionError::from(Raised::new(py, exception)))
            })
        });
        if let Some(pure) = pure {
            function = function.pure(pure);
        }
        builder = builder.function(name, function.arity(min, max));
    }
    Ok((builder, held))
}

/// Calls a callable with the engine's values.
pub(crate) fn call(callable: &Bound<'_, PyAny>, args: &[Value]) -> PyResult<Value> {
    let py = callable.py();
    let args = args.iter().map(|arg| output::object(py, arg)).collect::<PyResult<Vec<_>>>()?;
    input::value("result", &callable.call1(PyTuple::new(py, args)?)?)
}

/// How many positional arguments a callable takes; an error where Python does not know.
fn arity(callable: &Bound<'_, PyAny>) -> PyResult<(usize, Option<usize>)> {
    const POSITIONAL_OR_KEYWORD: u8 = 1;
    const VAR_POSITIONAL: u8 = 2;
    let inspect = callable.py().import("inspect")?;
    let empty = inspect.getattr("Parameter")?.getattr("empty")?;
    let parameters = inspect.call_method1("signature", (callable,))?.getattr("parameters")?;
    let (mut min, mut max) = (0, Some(0));
    for parameter in parameters.call_method0("values")?.try_iter()? {
        let parameter = parameter?;
        match parameter.getattr("kind")?.extract()? {
            VAR_POSITIONAL => max = None,
            0..=POSITIONAL_OR_KEYWORD => {
                min += usize::from(parameter.getattr("default")?.is(&empty));
                max = max.map(|max| max + 1);
            }
            _ => {}
        }
    }
    Ok((min, max))
}
