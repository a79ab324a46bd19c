//! Python callables as functions of templates.

use livetemplate_core::{Code, Function, FunctionError, TemplateBuilder, Value};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::fmt;

use crate::error::raise;
use crate::input;
use crate::output;
use crate::text::string;

/// An exception that a function raised; its text is that of `str(exception)`.
#[derive(Debug)]
pub(crate) struct Raised {
    exception: PyErr,
    text: String,
}

impl Raised {
    fn new(py: Python<'_>, exception: PyErr) -> Raised {
        let text = exception.value(py).str().and_then(|text| string(&text)).unwrap_or_default();
        let text = if text.is_empty() { exception.to_string() } else { text };
        Raised { exception, text }
    }

    /// The very exception.
    pub(crate) fn exception(&self, py: Python<'_>) -> PyErr {
        self.exception.clone_ref(py)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Raised {}

/// Registers the functions of a dict of callables by name.
pub(crate) fn register(
    mut builder: TemplateBuilder,
    functions: &Bound<'_, PyDict>,
) -> PyResult<TemplateBuilder> {
    let py = functions.py();
    for (name, callable) in functions.iter() {
        let Ok(name) = name.cast::<PyString>() else {
            return Err(raise(py, Code::InvalidArgument, "functions: a name is not a str"));
        };
        let name = string(name)?;
        if !callable.is_callable() {
            let message = format!("functions: {name} is not callable");
            return Err(raise(py, Code::InvalidArgument, message));
        }
        let (min, max) = arity(&callable).unwrap_or((0, None));
        let callable = callable.unbind();
        let function = Function::new(move |args| {
            // The engine works without the interpreter; it is taken again for the call alone.
            Python::attach(|py| {
                call(callable.bind(py), args)
                    .map_err(|exception| FunctionError::from(Raised::new(py, exception)))
            })
        });
        builder = builder.function(name, function.arity(min, max));
    }
    Ok(builder)
}

fn call(callable: &Bound<'_, PyAny>, args: &[Value]) -> PyResult<Value> {
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
