//! Python data to the engine's values, without JSON between.

use livetemplate_core::value::{Content, Key, Shapes, Text, Time};
use livetemplate_core::{Code, Value};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyComplexMethods, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyDict,
    PyFloat, PyInt, PyList, PyString, PyTimeAccess, PyTuple, PyType,
};
use std::fmt::Write as _;

use crate::error::{raise, to_py};
use crate::object::{Host, provider};
use crate::text::{string, utf8};

/// Containers inside each other: the engine's own limit, checked here because a Python structure may contain itself.
pub(crate) const MAX_DEPTH: usize = 128;

/// The engine's value of a Python object. `root` names the argument in error messages.
pub(crate) fn value(root: &str, object: &Bound<'_, PyAny>) -> PyResult<Value> {
    Reader::default().read(object, 0).map_err(|failure| failure.into_py(object.py(), root))
}

/// Why a value was refused, and the way to it, innermost step first.
struct Failure {
    cause: Cause,
    path: Vec<Step>,
}

enum Cause {
    Refused(Code, String),
    /// An exception that Python code called by the conversion raised.
    Raised(PyErr),
}

enum Step {
    Index(usize),
    Key(Key),
}

impl From<PyErr> for Box<Failure> {
    fn from(error: PyErr) -> Box<Failure> {
        Box::new(Failure { cause: Cause::Raised(error), path: Vec::new() })
    }
}

impl Failure {
    fn new(code: Code, message: impl Into<String>) -> Box<Failure> {
        Box::new(Failure { cause: Cause::Refused(code, message.into()), path: Vec::new() })
    }

    fn into_py(self, py: Python<'_>, root: &str) -> PyErr {
        let (code, message) = match self.cause {
            Cause::Raised(error) => return error,
            Cause::Refused(code, message) => (code, message),
        };
        let mut path = String::from(root);
        for step in self.path.iter().rev() {
            // Writing to a String cannot fail.
            let _ = match step {
                Step::Index(index) => write!(path, "[{index}]"),
                Step::Key(Key::Int(key)) => write!(path, "[{key}]"),
                Step::Key(Key::Bool(key)) => write!(path, "[{}]", if *key { "True" } else { "False" }),
                Step::Key(Key::String(key)) => {
                    let key = key.to_str_lossy();
                    if is_name(&key) { write!(path, ".{key}") } else { write!(path, "[{key:?}]") }
                }
            };
        }
        // A structure that contains itself has a path of 128 steps: its start says enough.
        if path.chars().count() > 120 {
            path = path.chars().take(119).chain(['…']).collect();
        }
        raise(py, code, format!("{path}: {message}"))
    }
}

fn is_name(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

type Converted<T = Value> = Result<T, Box<Failure>>;

/// One conversion. The rows of a table have the same key objects, so that their texts are made once.
#[derive(Default)]
struct Reader<'py> {
    /// Keys seen, by address, each with its object, so that the address stays taken.
    keys: Vec<Option<(Bound<'py, PyString>, Text)>>,
    shapes: Shapes,
    /// Memory for the members of a dict.
    names: Vec<Text>,
    values: Vec<Value>,
}

/// Number of keys that a conversion remembers: those of wide rows.
const KEYS: usize = 128;

impl<'py> Reader<'py> {
    fn read(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> Converted {
        // The types nearly all data has, by identity; then their subclasses and the rest.
        if let Some(value) = scalar(object)? {
            return Ok(value);
        }
        if let Ok(dict) = object.cast_exact::<PyDict>() {
            return self.map(dict, depth);
        }
        if let Ok(items) = object.cast_exact::<PyList>() {
            return self.list(items.iter(), items.len(), depth);
        }
        self.other(object, depth)
    }

    fn other(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> Converted {
        if let Some(content) = trusted(object)? {
            return Ok(content);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Value::String(utf8(text)?));
        }
        if let Ok(number) = object.cast::<PyInt>() {
            return integer(number);
        }
        if let Ok(number) = object.cast::<PyFloat>() {
            return Ok(Value::Float(number.value()));
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return self.map(dict, depth);
        }
        if let Ok(items) = object.cast::<PyList>() {
            return self.list(items.iter(), items.len(), depth);
        }
        if let Ok(items) = object.cast::<PyTuple>() {
            let list = self.list(items.iter(), items.len(), depth)?;
            return match list {
                Value::List(items) if provider(&object.get_type(), "_fields")?.is_some() => {
                    Ok(Host::tuple(object, items))
                }
                list => Ok(list),
            };
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Value::Bytes(bytes.as_bytes().into()));
        }
        if let Ok(moment) = object.cast::<PyDateTime>() {
            return time(moment);
        }
        if let Ok(number) = object.cast::<PyComplex>() {
            return Ok(Value::Complex128(number.real(), number.imag()));
        }
        if object.is_instance(MAPPING.import(object.py(), "collections.abc", "Mapping")?)? {
            // Its members alone are offered, as those of a dict: not what changes it.
            let dict = PyDict::new(object.py());
            dict.call_method1("update", (object,))?;
            return self.map(&dict, depth);
        }
        if let Some(object) = Host::value(object) {
            return Ok(object);
        }
        let kind = object.get_type().fully_qualified_name()?;
        Err(Failure::new(Code::InvalidData, format!("cannot use object of type {kind}")))
    }

    fn list(
        &mut self,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        len: usize,
        depth: usize,
    ) -> Converted {
        check(depth)?;
        let mut out = Vec::with_capacity(len);
        for (index, item) in items.enumerate() {
            match self.read(&item, depth + 1) {
                Ok(item) => out.push(item),
                Err(failure) => return Err(step(failure, Step::Index(index))),
            }
        }
        Ok(Value::List(out.into()))
    }

    fn map(&mut self, dict: &Bound<'py, PyDict>, depth: usize) -> Converted {
        check(depth)?;
        // Taken for the time being: a dict inside this one takes others.
        let (mut names, mut values) = (std::mem::take(&mut self.names), std::mem::take(&mut self.values));
        names.clear();
        values.clear();
        let made = self
            .members(dict, depth, &mut names, &mut values)
            .map(|named| if named { Some(Value::Map(self.shapes.map(&names, &mut values))) } else { None });
        (self.names, self.values) = (names, values);
        match made? {
            Some(map) => Ok(map),
            None => self.map_of_any_keys(dict, depth),
        }
    }

    /// Reads the members of a dict; false for one with keys that are not of type `str` itself.
    fn members(
        &mut self,
        dict: &Bound<'py, PyDict>,
        depth: usize,
        names: &mut Vec<Text>,
        values: &mut Vec<Value>,
    ) -> Converted<bool> {
        // What is no scalar is converted when the walk is over: that may run Python code (`__html__`) which changes the dict.
        let mut rest = Vec::new();
        for (key, item) in dict.iter() {
            let Ok(key) = key.cast_exact::<PyString>() else { return Ok(false) };
            names.push(self.name(key)?);
            match scalar(&item) {
                Ok(Some(item)) => values.push(item),
                Ok(None) => {
                    rest.push((values.len(), item));
                    values.push(Value::Null);
                }
                Err(failure) => {
                    return Err(step(failure, Step::Key(Key::String(names.swap_remove(values.len())))));
                }
            }
        }
        for (at, item) in rest {
            match self.read(&item, depth + 1) {
                Ok(item) => values[at] = item,
                Err(failure) => return Err(step(failure, Step::Key(Key::String(names.swap_remove(at))))),
            }
        }
        Ok(true)
    }

    fn map_of_any_keys(&mut self, dict: &Bound<'py, PyDict>, depth: usize) -> Converted {
        let items: Vec<_> = dict.iter().collect();
        let mut out = Vec::with_capacity(items.len());
        for (key, item) in items {
            let key = map_key(&key)?;
            match self.read(&item, depth + 1) {
                Ok(item) => out.push((key, item)),
                Err(failure) => return Err(step(failure, Step::Key(key))),
            }
        }
        Ok(Value::Map(out.into()))
    }

    fn name(&mut self, key: &Bound<'py, PyString>) -> PyResult<Text> {
        if self.keys.is_empty() {
            self.keys.resize_with(KEYS, || None);
        }
        // Objects lie at multiples of 16 bytes.
        let slot = &mut self.keys[(key.as_ptr().addr() >> 4) % KEYS];
        match slot {
            Some((seen, name)) if seen.is(key) => Ok(name.clone()),
            _ => {
                let name: Text = utf8(key)?;
                *slot = Some((key.clone(), name.clone()));
                Ok(name)
            }
        }
    }
}

/// The value of an object whose type is one of those without parts; conversion runs no Python code.
#[inline]
fn scalar(object: &Bound<'_, PyAny>) -> Converted<Option<Value>> {
    if let Ok(text) = object.cast_exact::<PyString>() {
        return Ok(Some(Value::String(utf8(text)?)));
    }
    if let Ok(number) = object.cast_exact::<PyInt>() {
        return integer(number).map(Some);
    }
    if let Ok(number) = object.cast_exact::<PyFloat>() {
        return Ok(Some(Value::Float(number.value())));
    }
    if object.is_none() {
        return Ok(Some(Value::Null));
    }
    if let Ok(flag) = object.cast_exact::<PyBool>() {
        return Ok(Some(Value::Bool(flag.is_true())));
    }
    Ok(None)
}

fn integer(number: &Bound<'_, PyInt>) -> Converted {
    if let Ok(small) = number.extract::<i64>() {
        return Ok(Value::Int(small));
    }
    match number.extract::<u64>() {
        Ok(large) => Ok(Value::from(large)),
        Err(_) => Err(Failure::new(Code::InvalidData, "integer does not fit 64 bits")),
    }
}

fn map_key(key: &Bound<'_, PyAny>) -> Converted<Key> {
    if let Ok(text) = key.cast::<PyString>() {
        return Ok(Key::String(utf8(text)?));
    }
    if let Ok(flag) = key.cast::<PyBool>() {
        return Ok(Key::Bool(flag.is_true()));
    }
    if let Ok(number) = key.cast::<PyInt>() {
        return match number.extract() {
            Ok(number) => Ok(Key::Int(number)),
            Err(_) => Err(Failure::new(Code::InvalidData, "integer key does not fit 64 signed bits")),
        };
    }
    let kind = key.get_type().fully_qualified_name()?;
    Err(Failure::new(Code::InvalidData, format!("cannot use key of type {kind}")))
}

fn check(depth: usize) -> Converted<()> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    Err(Failure::new(Code::DepthExceeded, format!("data is nested more than {MAX_DEPTH} deep")))
}

fn step(mut failure: Box<Failure>, step: Step) -> Box<Failure> {
    failure.path.push(step);
    failure
}

/// A `datetime` as the point in time it names; one without a zone is taken as UTC.
fn time(moment: &Bound<'_, PyDateTime>) -> Converted {
    let days = days_from_civil(moment.get_year(), moment.get_month(), moment.get_day());
    let clock = i64::from(moment.get_hour()) * 3600 + i64::from(moment.get_minute()) * 60;
    let local = days * 86_400 + clock + i64::from(moment.get_second());
    let offset = moment.call_method0("utcoffset")?;
    let (offset, offset_micros) = match offset.cast::<PyDelta>() {
        Ok(delta) => (delta.get_days() * 86_400 + delta.get_seconds(), delta.get_microseconds()),
        Err(_) => (0, 0),
    };
    let micros = i64::from(moment.get_microsecond()) - i64::from(offset_micros);
    let seconds = local - i64::from(offset) + micros.div_euclid(1_000_000);
    let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1000).unwrap_or(0);
    Ok(Value::Time(Time::new(seconds, nanos, offset)))
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, year 1 or later.
fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let (year, month) = (i64::from(year), usize::from(month));
    const BEFORE: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let past = year - 1;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let in_year = BEFORE.get(month).copied().unwrap_or(0) + i64::from(leap && month > 2) + i64::from(day) - 1;
    past * 365 + past / 4 - past / 100 + past / 400 + in_year - 719_162
}

/// The class of all that is a mapping.
static MAPPING: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The package's trusted types, in the order of [`CONTENTS`].
static TRUSTED: PyOnceLock<Vec<Py<PyType>>> = PyOnceLock::new();

/// Trusted content by the name of its Python type.
pub(crate) const CONTENTS: [(&str, Content); 7] = [
    ("HTML", Content::Html),
    ("HTMLAttr", Content::HtmlAttr),
    ("JS", Content::Js),
    ("JSStr", Content::JsStr),
    ("CSS", Content::Css),
    ("URL", Content::Url),
    ("Srcset", Content::Srcset),
];

/// The Python types of trusted content, in the order of [`CONTENTS`].
pub(crate) fn trusted_types(py: Python<'_>) -> PyResult<&'static [Py<PyType>]> {
    let types = TRUSTED.get_or_try_init(py, || {
        let module = py.import("livetemplate._content")?;
        let types =
            CONTENTS.iter().map(|(name, _)| Ok(module.getattr(*name)?.cast_into::<PyType>()?.unbind()));
        types.collect::<PyResult<Vec<_>>>()
    })?;
    Ok(types)
}

/// The value as trusted content, if its type says that it is.
fn trusted(object: &Bound<'_, PyAny>) -> Converted<Option<Value>> {
    let py = object.py();
    if let Ok(text) = object.cast::<PyString>() {
        for ((_, content), class) in CONTENTS.iter().zip(trusted_types(py)?) {
            if object.is_instance(class.bind(py))? {
                return Ok(Some(Value::Trusted(*content, utf8(text)?)));
            }
        }
    }
    let class = object.get_type();
    if provider(&class, "__html__")?.is_none() {
        return Ok(None);
    }
    let html = class.getattr("__html__")?.call1((object,))?;
    match html.cast::<PyString>() {
        Ok(html) => Ok(Some(Value::Trusted(Content::Html, utf8(html)?))),
        Err(_) => Err(Failure::new(Code::InvalidData, "__html__ did not return a string")),
    }
}

/// Field errors for an action's answer: `{field: text}`.
pub(crate) fn field_errors(errors: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<(String, String)>> {
    let Some(errors) = errors else { return Ok(Vec::new()) };
    let text = |object: &Bound<'_, PyAny>| string(object.cast::<PyString>()?);
    errors.iter().map(|(field, message)| Ok((text(&field)?, text(&message)?))).collect()
}

/// Borrowed form of [`field_errors`], as the engine takes them.
pub(crate) fn pairs(errors: &[(String, String)]) -> Vec<(&str, &str)> {
    errors.iter().map(|(field, message)| (field.as_str(), message.as_str())).collect()
}

/// A duration in seconds given as a Python number.
pub(crate) fn seconds(py: Python<'_>, name: &str, value: f64) -> PyResult<std::time::Duration> {
    std::time::Duration::try_from_secs_f64(value).map_err(|_| {
        let message = format!("{name}: seconds expected, 0 or more, not {value}");
        to_py(py, &livetemplate_core::Error::new(Code::InvalidArgument, message))
    })
}
