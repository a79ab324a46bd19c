//! Python objects that templates use as they are: attributes, methods, items and text are asked of the object.

use livetemplate_core::value::{Iteration, Key, List, Member, Record, Text};
use livetemplate_core::{Code, DataFlags, Function, FunctionError, Object, Value};
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyIterator, PyModule, PyString, PyTuple, PyType};
use std::sync::{Arc, OnceLock};

use crate::error::{raise, to_py};
use crate::function::{Raised, call};
use crate::input::{self, MAX_DEPTH};
use crate::output;
use crate::text::utf8;

/// A Python object in data. Its type decides what it offers: a `__str__` that an object was given itself does not count,
/// as in Python.
pub(crate) struct Host {
    object: Py<PyAny>,
    /// The items of a named tuple, which is a list whose items have names.
    items: Option<Value>,
    type_name: OnceLock<String>,
}

impl Host {
    /// The value of an object that is not data of Go's kinds; `None` for what is no data at all: a class, a module.
    pub(crate) fn value(object: &Bound<'_, PyAny>) -> Option<Value> {
        let refused = object.is_instance_of::<PyType>() || object.is_instance_of::<PyModule>();
        (!refused).then(|| Host::with(object, None))
    }

    /// The value of a named tuple.
    pub(crate) fn tuple(object: &Bound<'_, PyAny>, items: List) -> Value {
        Host::with(object, Some(Value::List(items)))
    }

    fn with(object: &Bound<'_, PyAny>, items: Option<Value>) -> Value {
        Value::from(Arc::new(Host { object: object.clone().unbind(), items, type_name: OnceLock::new() }))
    }

    /// The very object.
    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.object.bind(py).clone()
    }

    /// Asks the object, under the interpreter. An exception is the source of the engine's error.
    fn ask<T>(&self, question: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, FunctionError> {
        Python::attach(|py| {
            question(self.object.bind(py)).map_err(|exception| Raised::new(py, exception).into())
        })
    }
}

impl Object for Host {
    fn type_name(&self) -> &str {
        if let Some(name) = self.type_name.get() {
            return name;
        }
        // Asked before the lock is taken: who waits for that may have the interpreter.
        let name = self.ask(|object| Ok(object.get_type().fully_qualified_name()?.to_string()));
        self.type_name.get_or_init(|| name.unwrap_or_else(|_| "object".into()))
    }

    fn data(&self) -> Option<&Value> {
        self.items.as_ref()
    }

    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        self.ask(|object| match attribute(object, name)? {
            Some(found) if is_routine(&found)? => Ok(Some(Member::Method(function(found.unbind())))),
            Some(found) => input::value(name, &found).map(|value| Some(Member::Field(value))),
            None => Ok(None),
        })
    }

    fn callable(&self) -> Option<Function> {
        Python::attach(|py| {
            let object = self.object.bind(py);
            object.is_callable().then(|| function(object.clone().unbind()))
        })
    }

    fn index(&self, key: &Value) -> Result<Option<Value>, FunctionError> {
        if self.items.is_some() {
            return Ok(None);
        }
        self.ask(|object| {
            if provider(&object.get_type(), "__getitem__")?.is_none() {
                return Ok(None);
            }
            let key = output::object(object.py(), key)?;
            input::value("item", &object.get_item(key)?).map(Some)
        })
    }

    fn length(&self) -> Result<Option<usize>, FunctionError> {
        self.ask(|object| match provider(&object.get_type(), "__len__")? {
            Some(_) => object.len().map(Some),
            None => Ok(None),
        })
    }

    fn iterate(&self) -> Result<Option<Iteration<'_>>, FunctionError> {
        if self.items.is_some() {
            return Ok(None);
        }
        let iterator = self.ask(|object| match provider(&object.get_type(), "__iter__")? {
            Some(_) => object.try_iter().map(|iterator| Some(iterator.unbind())),
            None => Ok(None),
        })?;
        Ok(iterator.map(|iterator| Iteration::List(Box::new(Items(iterator)))))
    }

    fn truth(&self) -> Result<Option<bool>, FunctionError> {
        self.ask(|object| match provider(&object.get_type(), "__bool__")? {
            Some(_) => object.is_truthy().map(Some),
            None => Ok(None),
        })
    }

    fn text(&self) -> Result<Option<Text>, FunctionError> {
        let named = self.items.is_some();
        self.ask(|object| if has_text(object, named)? { utf8(&object.str()?).map(Some) } else { Ok(None) })
    }

    fn json(&self, _whole: bool) -> Result<Option<Text>, FunctionError> {
        if self.items.is_some() {
            return Ok(None);
        }
        self.ask(|object| {
            let mut out = Vec::new();
            let written = plain(object, 0)?.write_json(DataFlags::default(), &mut out);
            written.map_err(|error| to_py(object.py(), &error))?;
            Ok(Some(Text::from(out.as_slice())))
        })
    }
}

/// The items of an iterator, each taken under the interpreter.
struct Items(Py<PyIterator>);

impl Iterator for Items {
    type Item = Result<Value, FunctionError>;

    fn next(&mut self) -> Option<Self::Item> {
        Python::attach(|py| {
            let item = self.0.bind(py).clone().next()?.and_then(|item| input::value("item", &item));
            Some(item.map_err(|exception| Raised::new(py, exception).into()))
        })
    }
}

/// The class that gives the objects of `class` what is named, if any does but `object`: the first in the order of
/// resolution whose own dictionary has the name, unless it has `None` there. An object's own attributes do not count,
/// nor those of a metaclass.
pub(crate) fn provider<'py>(class: &Bound<'py, PyType>, name: &str) -> PyResult<Option<Bound<'py, PyType>>> {
    for class in class.mro() {
        let own = class.getattr("__dict__")?;
        if own.contains(name)? {
            let root = class.is(class.py().get_type::<PyAny>());
            let offered = !root && !own.get_item(name)?.is_none();
            return if offered { Ok(Some(class.cast_into()?)) } else { Ok(None) };
        }
    }
    Ok(None)
}

/// Whether the class is one of Python's own: `dict`, `str`, that of generators, of functions.
fn is_builtin(class: &Bound<'_, PyType>) -> PyResult<bool> {
    Ok(class.module()? == "builtins")
}

/// The attribute of that name, if templates may have it: without a leading `_`, and not what a built-in type offers, its
/// insides (`gi_frame`) and what changes it among that.
fn attribute<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    if name.starts_with('_') {
        return Ok(None);
    }
    let class = provider(&object.get_type(), name)?;
    if let Some(class) = &class
        && is_builtin(class)?
    {
        return Ok(None);
    }
    match object.getattr(name) {
        Ok(found) => Ok(Some(found)),
        // Of what the class has, a property for example, it is a mistake to be told; any other name is not there.
        Err(error) if class.is_none() && error.is_instance_of::<PyAttributeError>(object.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it is a function or a method, written in Python or not.
fn is_routine(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static ROUTINES: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();
    let py = object.py();
    let routines = ROUTINES.get_or_try_init(py, || {
        let types = py.import("types")?;
        let names = ["FunctionType", "MethodType", "BuiltinMethodType", "MethodWrapperType"];
        let routines = names.iter().map(|name| types.getattr(*name)).collect::<PyResult<Vec<_>>>()?;
        PyTuple::new(py, routines).map(Bound::unbind)
    })?;
    object.is_instance(routines.bind(py))
}

fn function(callable: Py<PyAny>) -> Function {
    Function::new(move |args| {
        Python::attach(|py| {
            let result = call(callable.bind(py), args);
            result.map_err(|exception| Raised::new(py, exception).into())
        })
    })
}

/// Whether the type has text for its objects: a `__str__`, or a `__repr__`; but not the one that all `named` tuples have,
/// nor those of built-in types, which show addresses.
fn has_text(object: &Bound<'_, PyAny>, named: bool) -> PyResult<bool> {
    let class = object.get_type();
    if provider(&class, "__str__")?.is_some() {
        return Ok(true);
    }
    provider(&class, "__repr__")?.map_or(Ok(false), |class| Ok(!named && !is_builtin(&class)?))
}

/// What JavaScript gets of an object: the fields of a dataclass, else the text of a type with `__str__`.
fn plain(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    let py = object.py();
    if depth >= MAX_DEPTH {
        let message = format!("data is nested more than {MAX_DEPTH} deep");
        return Err(raise(py, Code::DepthExceeded, message));
    }
    let class = object.get_type();
    if provider(&class, "__dataclass_fields__")?.is_some() {
        let mut fields = Vec::new();
        for field in py.import("dataclasses")?.call_method1("fields", (object,))?.try_iter()? {
            let name = field?.getattr("name")?.cast_into::<PyString>()?;
            let text = name.to_string_lossy();
            if !text.starts_with('_') {
                let value = input::value(&text, &object.getattr(&name)?)?;
                fields.push((Arc::from(&*text), without_objects(&value, py, depth + 1)?));
            }
        }
        let type_name = class.fully_qualified_name()?.to_string().into();
        return Ok(Value::Record(Arc::new(Record { type_name, fields })));
    }
    if provider(&class, "__str__")?.is_some() {
        return Ok(Value::String(utf8(&object.str()?)?));
    }
    let kind = class.fully_qualified_name()?;
    Err(raise(py, Code::InvalidData, format!("object of type {kind} has no JSON form")))
}

/// The value with plain data in the place of the objects in it.
fn without_objects(value: &Value, py: Python<'_>, depth: usize) -> PyResult<Value> {
    Ok(match value {
        Value::Host(object) => match object.downcast_ref::<Host>() {
            Some(Host { items: Some(items), .. }) => without_objects(items, py, depth)?,
            Some(host) => plain(host.object.bind(py), depth)?,
            None => value.clone(),
        },
        Value::List(items) => {
            let items = items.iter().map(|item| without_objects(item, py, depth + 1));
            Value::List(items.collect::<PyResult<Vec<_>>>()?.into())
        }
        Value::Map(map) => {
            let plain =
                |(key, item): (&Key, &Value)| Ok((key.clone(), without_objects(item, py, depth + 1)?));
            Value::Map(map.entries().map(plain).collect::<PyResult<Vec<_>>>()?.into())
        }
        _ => value.clone(),
    })
}
