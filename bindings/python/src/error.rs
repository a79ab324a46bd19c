//! Exceptions: one class per code, below one class per group, below `livetemplate.Error`.

use livetemplate_core::error::catch_panic;
use livetemplate_core::{Code, Error, Group};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use std::error::Error as _;
use std::ffi::CString;

use crate::function::Raised;

/// The classes, made once per interpreter from the core's table.
struct Classes {
    /// `Error` itself.
    base: Py<PyType>,
    /// Groups, each after the one it is part of.
    groups: Vec<(Group, Py<PyType>)>,
    /// One per code, in the order of `Code::ALL`.
    codes: Vec<(Code, Py<PyType>)>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

fn classes(py: Python<'_>) -> PyResult<&'static Classes> {
    CLASSES.get_or_try_init(py, || {
        let dict = PyDict::new(py);
        // Defaults on the class, so that every instance has the attributes however it was made (also by unpickling).
        dict.set_item("code", 0)?;
        for name in ["details", "template", "line", "column"] {
            dict.set_item(name, py.None())?;
        }
        let exception = py.get_type::<PyException>();
        let base = class(py, "Error", "Base class of everything the engine raises.", &exception, dict)?;
        let mut groups: Vec<(Group, Py<PyType>)> = Vec::new();
        let mut codes = Vec::new();
        for &code in Code::ALL {
            let doc = format!("Errors {}xx.", code as i32 / 100);
            let at = group_class(py, &mut groups, &base, code.group(), &doc)?;
            let dict = PyDict::new(py);
            dict.set_item("code", code as i32)?;
            codes.push((code, class(py, code.name(), code.doc().trim(), groups[at].1.bind(py), dict)?));
        }
        Ok(Classes { base, groups, codes })
    })
}

/// Where the class of `group` stands in `groups`. It is made, after the class it is part of, when it is not there yet.
fn group_class(
    py: Python<'_>,
    groups: &mut Vec<(Group, Py<PyType>)>,
    base: &Py<PyType>,
    group: Group,
    doc: &str,
) -> PyResult<usize> {
    if let Some(at) = groups.iter().position(|(g, _)| *g == group) {
        return Ok(at);
    }
    let parent = match group.parent() {
        Some(parent) => {
            let at = group_class(py, groups, base, parent, doc)?;
            &groups[at].1
        }
        None => base,
    };
    let made = class(py, group.class(), doc, parent.bind(py), PyDict::new(py))?;
    groups.push((group, made));
    Ok(groups.len() - 1)
}

fn class(
    py: Python<'_>,
    name: &str,
    doc: &str,
    base: &Bound<'_, PyType>,
    dict: Bound<'_, PyDict>,
) -> PyResult<Py<PyType>> {
    let name = CString::new(format!("livetemplate.{name}"))?;
    let doc = CString::new(doc)?;
    // `new_type` of pyo3 0.30 lets its reference go before it uses the dict, so one is kept here.
    let made = PyErr::new_type(py, &name, Some(&doc), Some(base), Some(dict.clone().into_any().unbind()));
    drop(dict);
    made
}

/// All exception classes by name, the base first.
pub(crate) fn classes_by_name(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let classes = classes(py)?;
    let dict = PyDict::new(py);
    dict.set_item("Error", &classes.base)?;
    for (group, class) in &classes.groups {
        dict.set_item(group.class(), class)?;
    }
    for (code, class) in &classes.codes {
        dict.set_item(code.name(), class)?;
    }
    Ok(dict)
}

/// The Python exception of an engine error.
pub(crate) fn to_py(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failed| failed)
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let raised = error.source().and_then(|source| source.downcast_ref::<Raised>());
    let cause = raised.map(|raised| raised.exception(py));
    // What is no `Exception` (`KeyboardInterrupt`, `SystemExit`) is not for those who handle template errors.
    if let Some(interrupt) = cause.as_ref().filter(|cause| !cause.is_instance_of::<PyException>(py)) {
        return Ok(interrupt.clone_ref(py));
    }
    let classes = classes(py)?;
    let class =
        classes.codes.iter().find(|(code, _)| *code == error.code()).map_or(&classes.base, |(_, c)| c);
    let instance = class.bind(py).call1((error.message(),))?;
    instance.setattr("details", error.details())?;
    if let Some(template) = error.template() {
        instance.setattr("template", template)?;
    }
    if let Some(line) = error.line() {
        instance.setattr("line", line)?;
        instance.setattr("column", error.column())?;
    }
    let made = PyErr::from_value(instance);
    if cause.is_some() {
        made.set_cause(py, cause);
    }
    Ok(made)
}

/// The exception of a code with a message.
pub(crate) fn raise(py: Python<'_>, code: Code, message: impl Into<String>) -> PyErr {
    to_py(py, &Error::new(code, message))
}

/// Runs engine work without the interpreter: other Python threads go on meanwhile.
///
/// A panic becomes the exception `Panic`, which ordinary handlers catch; pyo3's own `PanicException` passes by
/// `except Exception`.
pub(crate) fn engine<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> livetemplate_core::Result<T> + Send,
) -> PyResult<T> {
    py.detach(|| catch_panic(work)).map_err(|error| to_py(py, &error))
}
