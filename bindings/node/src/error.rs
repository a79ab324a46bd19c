//! Errors of the engine as JavaScript `Error`s.

pub use livetemplate_core::error::catch_panic as guard;
use livetemplate_core::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::{JsObjectValue, JsValue, Property, PropertyAttributes};

/// `error` as the JavaScript error to throw: `Error` with `name`, `code`, `details`, `template`, `line` and `column`.
pub fn to_js(env: &Env, error: &Error) -> napi::Error {
    build(env, error).unwrap_or_else(|failure| failure)
}

fn build(env: &Env, error: &Error) -> napi::Result<napi::Error> {
    let mut object = env.create_error(napi::Error::from_reason(error.message()))?;
    // Like the `name` of a built-in error: readable, not listed.
    let name = Property::new()
        .with_utf8_name("name")?
        .with_napi_value(env, error.code().name())?
        .with_property_attributes(PropertyAttributes::Writable | PropertyAttributes::Configurable);
    object.define_properties(&[name])?;
    object.set_named_property("code", error.code() as i32)?;
    object.set_named_property("details", error.details())?;
    if let Some(template) = error.template() {
        object.set_named_property("template", template)?;
    }
    if let (Some(line), Some(column)) = (error.line(), error.column()) {
        object.set_named_property("line", line)?;
        object.set_named_property("column", column)?;
    }
    Ok(napi::Error::from(object.to_unknown()))
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
