//! Arguments from JavaScript, checked. Every complaint is `InvalidArgument` and names the argument.

use crate::error::{Failure, Read};
use livetemplate_core::{Code, DataFlags, Error};
use napi::bindgen_prelude::{
    FromNapiValue, JsObjectValue, JsValue, KeyCollectionMode, KeyConversion, KeyFilter, Object,
    Uint8ArraySlice, Unknown,
};
use napi::{JsString, ValueType};
use std::time::Duration;

/// `InvalidArgument` with this message.
pub fn invalid(message: impl Into<String>) -> Failure {
    Error::new(Code::InvalidArgument, message).into()
}

/// A string.
pub fn string(value: &Unknown, what: &str) -> Read<String> {
    if value.get_type()? != ValueType::String {
        return Err(invalid(format!("{what} must be a string")));
    }
    Ok(JsString::from_unknown(*value)?.into_utf8()?.into_owned()?)
}

/// A string or a `Uint8Array`, as bytes.
pub fn bytes(value: &Unknown, what: &str) -> Read<Vec<u8>> {
    if value.get_type()? == ValueType::String {
        return Ok(string(value, what)?.into_bytes());
    }
    if value.get_type()? == ValueType::Object
        && value.is_typedarray()?
        && let Ok(bytes) = Uint8ArraySlice::from_unknown(*value)
    {
        return Ok(bytes.to_vec());
    }
    Err(invalid(format!("{what} must be a string or a Uint8Array")))
}

/// A whole number from 0.
pub fn count(value: &Unknown, what: &str) -> Read<usize> {
    let number = number(value, what)?;
    if number.fract() != 0.0 {
        return Err(invalid(format!("{what} must be a whole number")));
    }
    Ok(number as usize)
}

fn number(value: &Unknown, what: &str) -> Read<f64> {
    if value.get_type()? == ValueType::Number {
        let number = f64::from_unknown(*value)?;
        if (0.0..=9_007_199_254_740_991.0).contains(&number) {
            return Ok(number);
        }
    }
    Err(invalid(format!("{what} must be a number from 0 to 2^53-1")))
}

/// The items of an array.
pub fn array<'env>(value: &Unknown<'env>, what: &str) -> Read<Vec<Unknown<'env>>> {
    if value.get_type()? != ValueType::Object || !value.is_array()? {
        return Err(invalid(format!("{what} must be an array")));
    }
    let array = Object::from_unknown(*value)?;
    let mut items = Vec::new();
    for index in 0..array.get_array_length()? {
        items.push(array.get_element(index)?);
    }
    Ok(items)
}

/// The own enumerable properties of an object; none when it is `undefined` or `null`.
pub fn properties<'env>(value: &Unknown<'env>, what: &str) -> Read<Vec<(String, Unknown<'env>)>> {
    match value.get_type()? {
        ValueType::Undefined | ValueType::Null => return Ok(Vec::new()),
        ValueType::Object if !value.is_array()? => {}
        _ => return Err(invalid(format!("{what} must be an object"))),
    }
    let object = Object::from_unknown(*value)?;
    let mut properties = Vec::new();
    for name in names(&object)? {
        properties.push((name.into_utf8()?.into_owned()?, object.get_property(name)?));
    }
    Ok(properties)
}

/// The names of an object's own enumerable properties, without symbols.
pub fn names<'env>(object: &Object<'env>) -> napi::Result<Vec<JsString<'env>>> {
    let all = object.get_all_property_names(
        KeyCollectionMode::OwnOnly,
        KeyFilter::Enumerable,
        KeyConversion::NumbersToStrings,
    )?;
    let mut names = Vec::new();
    for index in 0..all.get_array_length()? {
        let name: Unknown = all.get_element(index)?;
        if name.get_type()? == ValueType::String {
            names.push(JsString::from_unknown(name)?);
        }
    }
    Ok(names)
}

/// An object of options, each asked for by name; what nobody asked for is refused by [`Options::end`], so that a
/// misspelt option is never silently ignored.
pub struct Options<'env>(Vec<(String, Unknown<'env>)>);

impl<'env> Options<'env> {
    /// Reads the object. An option that is `undefined` counts as missing.
    pub fn new(value: &Unknown<'env>) -> Read<Options<'env>> {
        let mut options = properties(value, "options")?;
        let mut failure = None;
        options.retain(|(_, value)| match value.get_type() {
            Ok(kind) => kind != ValueType::Undefined,
            Err(error) => {
                failure = Some(error);
                false
            }
        });
        failure.map_or(Ok(Options(options)), |error| Err(error.into()))
    }

    /// Takes the option `name`.
    pub fn take(&mut self, name: &str) -> Option<Unknown<'env>> {
        let index = self.0.iter().position(|(n, _)| n == name)?;
        Some(self.0.swap_remove(index).1)
    }

    /// Takes a string.
    pub fn string(&mut self, name: &str) -> Read<Option<String>> {
        self.take(name).map(|value| string(&value, name)).transpose()
    }

    /// Takes a boolean.
    pub fn boolean(&mut self, name: &str) -> Read<Option<bool>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        if value.get_type()? != ValueType::Boolean {
            return Err(invalid(format!("{name} must be a boolean")));
        }
        Ok(Some(bool::from_unknown(value)?))
    }

    /// Takes a boolean; false when missing.
    pub fn flag(&mut self, name: &str) -> Read<bool> {
        Ok(self.boolean(name)?.unwrap_or(false))
    }

    /// Takes a whole number from 0.
    pub fn count(&mut self, name: &str) -> Read<Option<usize>> {
        self.take(name).map(|value| count(&value, name)).transpose()
    }

    /// Takes a number of milliseconds.
    pub fn milliseconds(&mut self, name: &str) -> Read<Option<Duration>> {
        let number = self.take(name).map(|value| number(&value, name)).transpose()?;
        Ok(number.map(|ms| Duration::from_secs_f64(ms / 1000.0)))
    }

    /// Refuses what is left.
    pub fn end(self) -> Read<()> {
        match self.0.first() {
            Some((name, _)) => Err(invalid(format!("unknown option {name:?}"))),
            None => Ok(()),
        }
    }
}

/// `times` and `trusted`.
pub fn flags(options: &mut Options) -> Read<DataFlags> {
    Ok(DataFlags { times: options.flag("times")?, trusted: options.flag("trusted")? })
}

/// The `meta` part of an answer.
pub struct Answer {
    action: Option<String>,
    errors: Vec<(String, String)>,
}

impl Answer {
    /// Reads `{action, errors}`; `errors` is an object of texts by field.
    pub fn new(value: &Unknown) -> Read<Answer> {
        let mut options = Options::new(value)?;
        let action = options.string("action")?;
        let mut errors = Vec::new();
        if let Some(value) = options.take("errors") {
            for (field, text) in properties(&value, "errors")? {
                errors.push((field, string(&text, "a text in errors")?));
            }
        }
        options.end()?;
        Ok(Answer { action, errors })
    }

    /// The name of the action.
    pub fn action(&self) -> Option<&str> {
        self.action.as_deref()
    }

    /// The errors by field, as the engine takes them.
    pub fn errors(&self) -> Vec<(&str, &str)> {
        self.errors.iter().map(|(field, text)| (field.as_str(), text.as_str())).collect()
    }
}
