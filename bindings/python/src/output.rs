//! The engine's values to Python data.

use livetemplate_core::value::{Content, Key, Real, Time};
use livetemplate_core::{Code, Value};
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyComplex, PyDateTime, PyDelta, PyDict, PyList, PyString, PyTzInfo};

use crate::error::raise;
use crate::input::{CONTENTS, trusted_types};
use crate::object::Host;

/// A Python object of the engine's value: maps and records become dicts, times aware datetimes, trusted text its type;
/// an object is the very one.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(flag) => flag.into_bound_py_any(py),
        Value::Int(number) => number.into_bound_py_any(py),
        Value::Float(number) => number.into_bound_py_any(py),
        Value::Number(number) => match number.real() {
            Real::Int(number) => number.into_bound_py_any(py),
            Real::Uint(number) => number.into_bound_py_any(py),
            Real::Float(number) => number.into_bound_py_any(py),
        },
        Value::Complex64(re, im) => Ok(PyComplex::from_doubles(py, (*re).into(), (*im).into()).into_any()),
        Value::Complex128(re, im) => Ok(PyComplex::from_doubles(py, *re, *im).into_any()),
        Value::String(text) => Ok(PyString::new(py, &text.to_str_lossy()).into_any()),
        Value::Bytes(bytes) => Ok(PyBytes::new(py, bytes.as_bytes()).into_any()),
        Value::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(object(py, item)?)?;
            }
            Ok(list.into_any())
        }
        Value::Map(map) => {
            let dict = PyDict::new(py);
            for (key, item) in map.entries() {
                let item = object(py, item)?;
                match key {
                    Key::Bool(key) => dict.set_item(key, item)?,
                    Key::Int(key) => dict.set_item(key, item)?,
                    Key::String(key) => dict.set_item(key.to_str_lossy(), item)?,
                }
            }
            Ok(dict.into_any())
        }
        Value::Record(record) => {
            let dict = PyDict::new(py);
            for (name, item) in &record.fields {
                dict.set_item(&**name, object(py, item)?)?;
            }
            Ok(dict.into_any())
        }
        Value::Time(time) => datetime(py, time),
        Value::Trusted(content, text) => trusted(py, *content, &text.to_str_lossy()),
        Value::Host(object) => match object.downcast_ref::<Host>() {
            Some(host) => Ok(host.object(py)),
            None => Err(raise(py, Code::Internal, "an object that is none of Python")),
        },
    }
}

fn trusted<'py>(py: Python<'py>, content: Content, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let classes = CONTENTS.iter().zip(trusted_types(py)?);
    let class = classes.into_iter().find(|((_, c), _)| *c == content).map(|(_, class)| class.bind(py));
    match class {
        Some(class) => class.call1((text,)),
        None => Err(raise(py, Code::Internal, "trusted content without a Python type")),
    }
}

/// An aware datetime; digits below a microsecond are cut off.
fn datetime<'py>(py: Python<'py>, time: &Time) -> PyResult<Bound<'py, PyAny>> {
    let made = (|| {
        let zone = if time.offset() == 0 {
            PyTzInfo::utc(py)?.to_owned()
        } else {
            PyTzInfo::fixed_offset(py, PyDelta::new(py, 0, time.offset(), 0, true)?)?
        };
        let local = time.seconds().saturating_add(i64::from(time.offset()));
        // Years 1 to 9999 lie within these days; Python refuses the others.
        let days = i32::try_from(local.div_euclid(86_400)).unwrap_or(i32::MAX);
        let seconds = i32::try_from(local.rem_euclid(86_400)).unwrap_or(0);
        let micros = i32::try_from(time.nanos() / 1000).unwrap_or(0);
        let epoch = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&zone))?;
        epoch.call_method1("__add__", (PyDelta::new(py, days, seconds, micros, true)?,))
    })();
    made.map_err(|_: PyErr| {
        raise(py, Code::InvalidData, "a time lies outside what Python's datetime can say")
    })
}
