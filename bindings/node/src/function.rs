//! JavaScript functions as functions of templates.

use crate::args::{self, Options, invalid};
use crate::error::Read;
use crate::host::Kept;
use livetemplate_core::{Function, TemplateBuilder};
use napi::bindgen_prelude::Unknown;
use napi::{Env, ValueType};

/// Registers the functions of an object by name: each a function, or `{call, pure, minArgs, maxArgs}`.
pub fn register(env: &Env, mut builder: TemplateBuilder, functions: &Unknown) -> Read<TemplateBuilder> {
    for (name, value) in args::properties(functions, "functions")? {
        let function = read(env, &name, value)?;
        builder = builder.function(name, function);
    }
    Ok(builder)
}

fn read(env: &Env, name: &str, value: Unknown) -> Read<Function> {
    let wrong = || invalid(format!("functions.{name} must be a function, or an object with one as call"));
    if value.get_type()? == ValueType::Function {
        return call(env, value);
    }
    if value.get_type()? != ValueType::Object {
        return Err(wrong());
    }
    let mut options = Options::new(&value)?;
    let callee = options.take("call").ok_or_else(wrong)?;
    if callee.get_type()? != ValueType::Function {
        return Err(wrong());
    }
    let mut function = call(env, callee)?;
    if let Some(pure) = options.boolean("pure")? {
        function = function.pure(pure);
    }
    let min = options.count("minArgs")?.unwrap_or(0);
    let max = options.count("maxArgs")?;
    if max.is_some_and(|max| max < min) {
        return Err(invalid(format!("functions.{name}: maxArgs is less than minArgs")));
    }
    options.end()?;
    Ok(function.arity(min, max))
}

fn call(env: &Env, callee: Unknown) -> Read<Function> {
    let kept = Kept::new(env, callee)?;
    Ok(Function::new(move |args| kept.call(args)))
}
