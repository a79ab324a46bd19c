//! JavaScript values as data of the engine.
//!
//! - `undefined` and `null` are null; a hole in an array too.
//! - A number that is integral and at most 2^53−1 in size is an integer, any other a float. `-0` is the integer 0, as it
//!   is in JSON text that JavaScript writes.
//! - A `BigInt` is an integer and must fit 64 bits.
//! - Lone surrogates in strings become U+FFFD.
//! - `Uint8Array` (so `Buffer`) is bytes, `Date` a time in UTC.
//! - An object is plain when its prototype is null or the root of its realm (`Object.prototype`); its own enumerable
//!   properties count, symbols do not.
//! - Any other object, and a function, stays what it is: a host object.

use crate::args;
use crate::error::{Failure, Read};
use crate::host;
use crate::trusted;
use livetemplate_core::value::{Key, Map, Text, Time};
use livetemplate_core::{Code, Error, Value};
use napi::bindgen_prelude::{
    BigInt, FromNapiValue, Function, JsObjectValue, JsValue, Object, Uint8ArraySlice, Unknown,
};
use napi::{Env, JsDate, JsString, ValueType};
use std::fmt::Write;

/// How deep data may be nested, as everywhere in the engine.
const MAX_DEPTH: usize = 128;

/// Integers beyond this size are floats in JavaScript.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// Reads `value`; `root` names it in messages.
pub fn read(env: &Env, value: Unknown, root: &'static str) -> Read<Value> {
    Reader { env, root, path: Vec::new() }.value(value)
}

/// One step from a container to a part of it.
enum Step {
    Name(String),
    Index(u32),
}

struct Reader<'env> {
    env: &'env Env,
    root: &'static str,
    path: Vec<Step>,
}

impl Reader<'_> {
    fn value(&mut self, value: Unknown) -> Read<Value> {
        Ok(match value.get_type()? {
            ValueType::Undefined | ValueType::Null => Value::Null,
            ValueType::Boolean => Value::Bool(bool::from_unknown(value)?),
            ValueType::Number => number(f64::from_unknown(value)?),
            ValueType::BigInt => self.bigint(&BigInt::from_unknown(value)?)?,
            ValueType::String => Value::String(text(value)?),
            ValueType::Object => return self.object(value),
            ValueType::Function => Value::Host(host::object(self.env, value)?),
            ValueType::Symbol => return Err(self.refuse("a symbol")),
            _ => return Err(self.refuse("a value of this kind")),
        })
    }

    fn bigint(&self, number: &BigInt) -> Read<Value> {
        let (signed, size) = match number.words.as_slice() {
            [] => (false, 0),
            [word] => (number.sign_bit, *word),
            _ => return Err(self.refuse("a BigInt of more than 64 bits")),
        };
        if !signed {
            return Ok(Value::from(size));
        }
        0i64.checked_sub_unsigned(size)
            .map(Value::Int)
            .ok_or_else(|| self.refuse("a BigInt of more than 64 bits"))
    }

    fn object(&mut self, value: Unknown) -> Read<Value> {
        if self.path.len() >= MAX_DEPTH {
            let message =
                format!("{} is nested more than {MAX_DEPTH} levels deep, or contains itself", self.root);
            return Err(Error::new(Code::DepthExceeded, message).into());
        }
        let object = Object::from_unknown(value)?;
        if value.is_array()? {
            return self.list(&object);
        }
        if is_plain(&object)? {
            return self.map(&object);
        }
        if value.is_date()? {
            return self.date(JsDate::from_unknown(value)?.value_of()?);
        }
        if value.is_typedarray()? {
            return match Uint8ArraySlice::from_unknown(value) {
                Ok(bytes) => Ok(Value::Bytes(Text::from(&*bytes))),
                Err(_) => Err(self.refuse("a typed array other than Uint8Array")),
            };
        }
        if let Some(trusted) = trusted::read(self.env, &value)? {
            return trusted.ok_or_else(|| self.refuse("an object that only looks like trusted text"));
        }
        if value.is_promise()? {
            return Err(self.refuse("a Promise, which a template does not wait for"));
        }
        match self.tag(value)?.as_str() {
            "Map" => self.entries(value),
            _ => Ok(Value::Host(host::object(self.env, value)?)),
        }
    }

    fn list(&mut self, array: &Object) -> Read<Value> {
        let length = array.get_array_length()?;
        // The length may be a claim (`new Array(4e9)`): memory grows with what is read.
        let mut items = Vec::new();
        for index in 0..length {
            let item = self.part(Step::Index(index), || Ok(array.get_element::<Unknown>(index)?))?;
            items.push(item);
        }
        Ok(Value::from(items))
    }

    fn map(&mut self, object: &Object) -> Read<Value> {
        let names = args::names(object)?;
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            let key = name.into_utf8()?.into_owned()?;
            let value =
                self.part(Step::Name(key.clone()), || Ok(object.get_property::<_, Unknown>(name)?))?;
            entries.push((Key::String(key.into()), value));
        }
        Ok(Value::Map(entries.into_iter().collect::<Map>()))
    }

    /// The entries of a `Map`.
    fn entries(&mut self, map: Unknown) -> Read<Value> {
        let global = self.env.get_global()?;
        let array: Object = global.get_named_property_unchecked("Array")?;
        let from: Function<Unknown, Unknown> = array.get_named_property_unchecked("from")?;
        let pairs = from.apply(array, map)?;
        if !pairs.is_array()? {
            return Err(self.refuse("a value of class Map"));
        }
        let pairs = Object::from_unknown(pairs)?;
        let count = pairs.get_array_length()?;
        let mut entries = Vec::new();
        for index in 0..count {
            let pair: Unknown = pairs.get_element(index)?;
            if !pair.is_array()? {
                return Err(self.refuse("a value of class Map"));
            }
            let pair = Object::from_unknown(pair)?;
            let key = self.key(pair.get_element::<Unknown>(0)?)?;
            let name = match &key {
                Key::Bool(b) => b.to_string(),
                Key::Int(i) => i.to_string(),
                Key::String(s) => s.to_str_lossy().into_owned(),
            };
            let value = self.part(Step::Name(name), || Ok(pair.get_element::<Unknown>(1)?))?;
            entries.push((key, value));
        }
        Ok(Value::Map(entries.into_iter().collect::<Map>()))
    }

    fn key(&self, key: Unknown) -> Read<Key> {
        let value = match key.get_type()? {
            ValueType::Boolean => Value::Bool(bool::from_unknown(key)?),
            ValueType::Number => number(f64::from_unknown(key)?),
            ValueType::BigInt => self.bigint(&BigInt::from_unknown(key)?)?,
            ValueType::String => Value::String(text(key)?),
            _ => Value::Null,
        };
        match value {
            Value::Bool(b) => Ok(Key::Bool(b)),
            Value::Int(i) => Ok(Key::Int(i)),
            Value::String(s) => Ok(Key::String(s)),
            _ => Err(self.refuse("a Map key other than a string, an integer of 64 bits or a boolean")),
        }
    }

    fn date(&self, milliseconds: f64) -> Read<Value> {
        if !milliseconds.is_finite() {
            return Err(self.refuse("an invalid Date"));
        }
        // A Date is integral and within ±8.64e15 milliseconds.
        let milliseconds = milliseconds as i64;
        let nanos = milliseconds.rem_euclid(1000) as u32 * 1_000_000;
        Ok(Value::Time(Time::new(milliseconds.div_euclid(1000), nanos, 0)))
    }

    /// Reads a part of a container, with `step` on the path. The handles made for it are given back at once, so that
    /// large data does not pile them up.
    fn part<'v>(&mut self, step: Step, get: impl FnOnce() -> Read<Unknown<'v>>) -> Read<Value> {
        self.path.push(step);
        let mut result = None;
        let env = *self.env;
        env.run_in_scope(|| {
            result = Some(get().and_then(|value| self.value(value)));
            Ok(())
        })?;
        self.path.pop();
        result.unwrap_or(Ok(Value::Null))
    }

    /// What `Object.prototype.toString` calls the value, without brackets.
    fn tag(&self, value: Unknown) -> Read<String> {
        let global = self.env.get_global()?;
        let object: Object = global.get_named_property_unchecked("Object")?;
        let prototype: Object = object.get_named_property_unchecked("prototype")?;
        let to_string: Function<(), JsString> = prototype.get_named_property_unchecked("toString")?;
        let tag = to_string.apply(value, ())?.into_utf8()?.into_owned()?;
        Ok(tag.strip_prefix("[object ").and_then(|t| t.strip_suffix(']')).unwrap_or("Object").to_owned())
    }

    fn refuse(&self, what: &str) -> Failure {
        let mut message = self.root.to_owned();
        for step in &self.path {
            // Writing to a String cannot fail.
            let _ = match step {
                Step::Index(index) => write!(message, "[{index}]"),
                Step::Name(name) if is_identifier(name) => write!(message, ".{name}"),
                Step::Name(name) => write!(message, "[{name:?}]"),
            };
        }
        message.push_str(": cannot use ");
        message.push_str(what);
        Error::new(Code::InvalidData, message).into()
    }
}

fn number(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() <= MAX_SAFE { Value::Int(n as i64) } else { Value::Float(n) }
}

fn text(value: Unknown) -> napi::Result<Text> {
    Ok(Text::from(JsString::from_unknown(value)?.into_utf8()?.into_owned()?))
}

/// Whether the prototype is null, or has none itself: `Object.prototype` of this realm or another.
fn is_plain(object: &Object) -> napi::Result<bool> {
    let prototype = object.get_prototype()?;
    if prototype.get_type()? != ValueType::Object {
        return Ok(true);
    }
    let root = Object::from_unknown(prototype)?.get_prototype()?;
    Ok(root.get_type()? == ValueType::Null)
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}
