//! The Node.js addon: classes over `livetemplate-core`, and the conversion of data.
//!
//! Nothing here decides anything about templates, pages or updates. Every call into the engine goes through
//! [`host::guard`], so that a panic is an `Error` in JavaScript and the process lives on.
//!
//! Arguments are taken as `Unknown` and checked in [`args`], so that a wrong one is `InvalidArgument` (101) like every
//! other error of this package, not a code of the binding library.

mod analysis;
mod application;
mod args;
mod call;
mod data_in;
mod data_out;
mod dependency;
mod error;
mod files;
mod function;
mod host;
mod object;
mod page;
mod task;
mod template;
mod trusted;
mod turn;
mod update;

use livetemplate_core::Code;
use napi::bindgen_prelude::{JsObjectValue, Object};
use napi_derive::napi;

/// Version of this package.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of Go whose `html/template` this engine reproduces.
#[napi]
pub const GO_PROFILE: &str = livetemplate_core::GO_PROFILE;

/// Exports `codes`: the number of every error, by name.
#[napi(module_exports)]
fn export_codes(mut exports: Object, env: napi::Env) -> napi::Result<()> {
    let mut codes = Object::new(&env)?;
    for &code in Code::ALL {
        codes.set(code.name(), code as i32)?;
    }
    codes.freeze()?;
    exports.set_named_property("codes", codes)
}
