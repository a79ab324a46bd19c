//! Errors of the engine as JavaScript `Error`s.

use crate::host::Thrown;
use crate::task::{Answer, Work};
use livetemplate_core::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::{
    AsyncTask, JsObjectValue, JsValue, Object, Property, PropertyAttributes, ToNapiValue, Unknown,
};
use std::error::Error as _;

/// `error` as the JavaScript error to throw: `Error` with `name`, `code`, `details`, `template`, `line` and `column`, and
/// with `cause` when a function failed.
pub fn to_js(env: &Env, error: &Error) -> napi::Error {
    build(env, error).unwrap_or_else(|failure| failure)
}

fn build(env: &Env, error: &Error) -> napi::Result<napi::Error> {
    let mut object = env.create_error(napi::Error::from_reason(error.message()))?;
    hide(&mut object, "name", env.create_string(error.code().name())?.to_unknown())?;
    if let Some(cause) = cause(env, error)? {
        hide(&mut object, "cause", cause)?;
    }
    object.set_named_property("code", error.code() as i32)?;
    object.set_named_property("details", error.details())?;
    if let Some(template) = error.template() {
        object.set_named_property("template", template)?;
    }
    if let (Some(line), Some(column)) = (error.line(), error.column()) {
        object.set_named_property("line", line)?;
        object.set_named_property("column", column)?;
    }
    // Without coercion: the host's own `toString` of a cause must not run here.
    Ok(napi::Error::from_unknown_without_coercion(object.to_unknown()))
}

/// What a function failed with: what JavaScript code threw, or an error of ours about its result.
fn cause<'env>(env: &'env Env, error: &Error) -> napi::Result<Option<Unknown<'env>>> {
    let Some(source) = error.source() else { return Ok(None) };
    if let Some(thrown) = source.downcast_ref::<Thrown>() {
        return thrown.value(env).map(Some);
    }
    source.downcast_ref::<Error>().map(|error| to_js(env, error).into_unknown(env)).transpose()
}

/// Sets a property like the `name` of a built-in error: readable, not listed.
fn hide(object: &mut Object, name: &str, value: Unknown) -> napi::Result<()> {
    let property = Property::new()
        .with_utf8_name(name)?
        .with_value(&value)
        .with_property_attributes(PropertyAttributes::Writable | PropertyAttributes::Configurable);
    object.define_properties(&[property])
}

/// What can go wrong while JavaScript values are read.
pub enum Failure {
    /// An error of ours.
    Engine(Error),
    /// The host's own code threw (a getter, a proxy), or Node.js refused a call: goes on as it is.
    Host(napi::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Engine(error)
    }
}

impl From<napi::Error> for Failure {
    fn from(error: napi::Error) -> Failure {
        Failure::Host(error)
    }
}

impl Failure {
    /// A promise that is rejected with an error of ours; what the host's own code threw is thrown.
    pub fn into_promise<T: Answer>(self) -> napi::Result<AsyncTask<Work<T>>> {
        match self {
            Failure::Engine(error) => Ok(Work::done(Err(error))),
            Failure::Host(error) => Err(error),
        }
    }

    /// The error to throw.
    pub fn into_js(self, env: &Env) -> napi::Error {
        match self {
            Failure::Engine(error) => to_js(env, &error),
            Failure::Host(error) => error,
        }
    }
}

/// Result of reading JavaScript values.
pub type Read<T> = std::result::Result<T, Failure>;

/// Turns either kind of failure into the error to throw.
pub trait OrThrow<T> {
    /// The value, or the JavaScript error.
    fn or_throw(self, env: &Env) -> napi::Result<T>;
}

impl<T> OrThrow<T> for Read<T> {
    fn or_throw(self, env: &Env) -> napi::Result<T> {
        self.map_err(|failure| failure.into_js(env))
    }
}

impl<T> OrThrow<T> for Result<T> {
    fn or_throw(self, env: &Env) -> napi::Result<T> {
        self.map_err(|error| to_js(env, &error))
    }
}
