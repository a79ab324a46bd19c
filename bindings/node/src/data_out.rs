//! Data of the engine as JavaScript values: what `data_in` reads, given back.
//!
//! - An integer beyond 2^53−1 is a `BigInt`, bytes are a `Buffer`, a time is a `Date` (to the millisecond).
//! - Numbers of Go's other types become these too; a complex number is refused.
//! - A map whose keys are all strings is a plain object, any other a `Map`. A record is a plain object.
//! - A host object is the very object.

use crate::error::to_js;
use crate::object::JsObject;
use crate::trusted;
use livetemplate_core::value::{Key, Map, Real, Time};
use livetemplate_core::{Code, Error, Value};
use napi::Env;
use napi::bindgen_prelude::{
    BigInt, BufferSlice, Function, JsObjectValue, JsValue, Null, Object, Property, PropertyAttributes,
    ToNapiValue, Unknown,
};

const MAX_SAFE: u64 = 9_007_199_254_740_991;

/// `value` as a JavaScript value.
pub fn write<'env>(env: &'env Env, value: &Value) -> napi::Result<Unknown<'env>> {
    Ok(match value {
        Value::Null => Null.into_unknown(env)?,
        Value::Bool(b) => b.into_unknown(env)?,
        Value::Int(i) => write_integer(env, *i < 0, i.unsigned_abs())?,
        Value::Float(f) => f.into_unknown(env)?,
        Value::Number(number) => match number.real() {
            Real::Int(i) => write_integer(env, i < 0, i.unsigned_abs())?,
            Real::Uint(u) => write_integer(env, false, u)?,
            Real::Float(f) => f.into_unknown(env)?,
        },
        Value::Complex64(..) | Value::Complex128(..) => {
            return Err(to_js(env, &Error::new(Code::InvalidData, "JavaScript has no complex numbers")));
        }
        Value::String(s) => env.create_string(s.to_str_lossy())?.to_unknown(),
        Value::Bytes(bytes) => BufferSlice::copy_from(env, bytes.as_bytes())?.to_unknown(),
        Value::List(list) => {
            let mut array = env.create_array(0)?;
            for item in list {
                array.insert(write(env, item)?)?;
            }
            array.to_unknown()
        }
        Value::Map(map) => write_map(env, map)?,
        Value::Record(record) => {
            let mut object = Object::new(env)?;
            for (name, value) in &record.fields {
                define(env, &mut object, name, write(env, value)?)?;
            }
            object.to_unknown()
        }
        Value::Time(time) => env.create_date(milliseconds(time))?.to_unknown(),
        Value::Trusted(content, text) => trusted::write(env, *content, text)?,
        Value::Host(object) => match object.downcast_ref::<JsObject>() {
            Some(object) => object.kept().value(env)?,
            None => return Err(to_js(env, &Error::new(Code::Internal, "an object of another host"))),
        },
    })
}

fn write_integer<'env>(env: &'env Env, negative: bool, size: u64) -> napi::Result<Unknown<'env>> {
    if size > MAX_SAFE {
        return BigInt { sign_bit: negative, words: vec![size] }.into_unknown(env);
    }
    let size = size as f64;
    if negative { -size } else { size }.into_unknown(env)
}

fn write_map<'env>(env: &'env Env, map: &Map) -> napi::Result<Unknown<'env>> {
    if map.keys().iter().all(|key| matches!(key, Key::String(_))) {
        let mut object = Object::new(env)?;
        for (key, value) in map.entries() {
            if let Key::String(name) = key {
                define(env, &mut object, &name.to_str_lossy(), write(env, value)?)?;
            }
        }
        return Ok(object.to_unknown());
    }
    let mut pairs = env.create_array(0)?;
    for (key, value) in map.entries() {
        let key = match key {
            Key::Bool(b) => Value::Bool(*b),
            Key::Int(i) => Value::Int(*i),
            Key::String(s) => Value::String(s.clone()),
        };
        let mut pair = env.create_array(0)?;
        pair.insert(write(env, &key)?)?;
        pair.insert(write(env, value)?)?;
        pairs.insert(pair)?;
    }
    let class: Function<Unknown, Unknown> = env.get_global()?.get_named_property_unchecked("Map")?;
    class.new_instance(pairs.into_unknown(env)?)
}

/// Makes `name` an own property, also when it is `__proto__`, which assigning would take for the prototype.
fn define(env: &Env, object: &mut Object, name: &str, value: Unknown) -> napi::Result<()> {
    if name != "__proto__" {
        return object.set_property(env.create_string(name)?, value);
    }
    let attributes =
        PropertyAttributes::Writable | PropertyAttributes::Enumerable | PropertyAttributes::Configurable;
    let property =
        Property::new().with_utf8_name(name)?.with_value(&value).with_property_attributes(attributes);
    object.define_properties(&[property])
}

fn milliseconds(time: &Time) -> f64 {
    time.seconds() as f64 * 1000.0 + f64::from(time.nanos() / 1_000_000)
}
