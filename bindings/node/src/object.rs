//! JavaScript objects with a class of their own, and functions, as host objects of the engine.
//!
//! What an object offers is decided in `host.js`. An object belongs to the thread it is from; whatever may ask it runs there.

use crate::host::Kept;
use livetemplate_core::value::{Iteration, Member, Text};
use livetemplate_core::{Code, DataFlags, Error, Function, FunctionError, Object, Value};
use std::cell::Cell;
use std::sync::{Arc, OnceLock};

/// How deep objects may be nested in JSON, as data anywhere.
const MAX_DEPTH: usize = 128;

thread_local! {
    /// How deep the object stands that is being written as JSON.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A JavaScript object or function.
pub struct JsObject {
    kept: Arc<Kept>,
    is_function: bool,
    type_name: OnceLock<String>,
}

impl JsObject {
    /// The object kept as `kept`.
    pub fn new(kept: Kept, is_function: bool) -> JsObject {
        JsObject { kept: Arc::new(kept), is_function, type_name: OnceLock::new() }
    }

    /// The JavaScript value.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }
}

impl Object for JsObject {
    fn type_name(&self) -> &str {
        self.type_name.get_or_init(|| match self.kept.ask("typeName", "", &[]).map(|answer| answer.value()) {
            Ok(Value::String(name)) => name.to_str_lossy().into_owned(),
            _ => "object".to_owned(),
        })
    }

    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        let answer = self.kept.ask("member", name, &[])?;
        Ok(match answer.number {
            0 => None,
            1 => Some(Member::Field(answer.value())),
            _ => {
                let (kept, name) = (self.kept.clone(), name.to_owned());
                let method = move |args: &[Value]| Ok(kept.ask("invoke", &name, args)?.value());
                Some(Member::Method(Function::new(method).pure(false)))
            }
        })
    }

    fn callable(&self) -> Option<Function> {
        let kept = self.kept.clone();
        self.is_function.then(|| Function::new(move |args| kept.call(args)))
    }

    fn index(&self, key: &Value) -> Result<Option<Value>, FunctionError> {
        let name = match key {
            Value::String(name) => name.to_str_lossy().into_owned(),
            Value::Int(number) => number.to_string(),
            _ => return Ok(None),
        };
        Ok(if self.is_function { None } else { Some(self.kept.ask("index", &name, &[])?.value()) })
    }

    fn length(&self) -> Result<Option<usize>, FunctionError> {
        Ok(usize::try_from(self.kept.ask("length", "", &[])?.number).ok())
    }

    fn iterate(&self) -> Result<Option<Iteration<'_>>, FunctionError> {
        let iterator = self.kept.another(self.kept.ask("iterator", "", &[])?.number);
        Ok(iterator.map(|iterator| Iteration::List(Box::new(Items { iterator, has_ended: false }))))
    }

    fn text(&self) -> Result<Option<Text>, FunctionError> {
        match self.kept.ask("text", "", &[])?.value() {
            Value::String(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    fn json(&self, _whole: bool) -> Result<Option<Text>, FunctionError> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            let message = format!("json: nested more than {MAX_DEPTH} levels deep, or contains itself");
            return Err(Error::new(Code::DepthExceeded, message).into());
        }
        let answer = self.kept.ask("json", "", &[])?;
        if answer.number < 0 {
            return Err("json: unsupported type: func".into());
        }
        DEPTH.set(depth + 1);
        let mut json = Vec::new();
        let written = answer.value().write_json(DataFlags::default(), &mut json);
        DEPTH.set(depth);
        written?;
        Ok(Some(Text::from(json)))
    }
}

/// What an iterator gives.
struct Items {
    iterator: Kept,
    has_ended: bool,
}

impl Iterator for Items {
    type Item = Result<Value, FunctionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        match self.iterator.ask("next", "", &[]) {
            Ok(answer) if answer.number == 1 => Some(Ok(answer.value())),
            Ok(_) => {
                self.has_ended = true;
                None
            }
            Err(error) => {
                self.has_ended = true;
                Some(Err(error))
            }
        }
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if !self.has_ended {
            // As at the end of a `for … of`. The execution goes on its own way, whatever the iterator says to that.
            let _ = self.iterator.ask("close", "", &[]);
        }
    }
}

/// Whether there are host objects in `value`.
pub fn is_in(value: &Value) -> bool {
    match value {
        Value::Host(_) => true,
        Value::List(list) => list.iter().any(is_in),
        Value::Map(map) => map.values().iter().any(is_in),
        Value::Record(record) => record.fields.iter().any(|(_, value)| is_in(value)),
        _ => false,
    }
}
