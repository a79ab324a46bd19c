//! `lvt_value`: reading values.

use crate::bytes::{bytes, lvt_buffer, lvt_str};
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, borrowed, get, into_handle, require};
use crate::value::{content_number, data_flags, lvt_kind, lvt_value, number_type};
use livetemplate_core::value::{Key, Real};
use livetemplate_core::{Code, Error, Value};

/// The error for a value of another kind.
fn other_kind(wanted: &str) -> Error {
    Error::new(Code::InvalidArgument, format!("the value is not {wanted}"))
}

/// The value's kind, one of lvt_kind; 0 for NULL.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_kind(value: *const lvt_value) -> i32 {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        let kind = match unsafe { get(value) }? {
            Value::Null => lvt_kind::Null,
            Value::Bool(_) => lvt_kind::Bool,
            Value::Int(_) => lvt_kind::I64,
            Value::Float(_) => lvt_kind::F64,
            Value::Number(number) => match number.real() {
                Real::Int(_) => lvt_kind::I64,
                Real::Uint(_) => lvt_kind::U64,
                Real::Float(_) => lvt_kind::F64,
            },
            Value::Complex64(..) | Value::Complex128(..) => lvt_kind::Complex,
            Value::String(_) => lvt_kind::String,
            Value::Bytes(_) => lvt_kind::Bytes,
            Value::List(_) => lvt_kind::List,
            Value::Map(_) => lvt_kind::Map,
            Value::Record(_) => lvt_kind::Record,
            Value::Time(_) => lvt_kind::Time,
            Value::Trusted(..) => lvt_kind::Trusted,
            Value::Host(_) => lvt_kind::Host,
        };
        Some(kind as i32)
    })
}

/// The type of a number, one of lvt_number_type; 0 for any other value and for NULL.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_number_type(value: *const lvt_value) -> i32 {
    // SAFETY: valid as the caller promised.
    infallible(|| number_type(unsafe { get(value) }?))
}

/// Reads a boolean.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_bool(
    value: *const lvt_value,
    result: *mut bool,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(result, "result")?;
            match require(value, "value")? {
                Value::Bool(b) => out.set(*b),
                _ => Err(other_kind("a bool")),
            }
        })
    }
}

/// Reads an integer of kind LVT_KIND_I64.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_i64(
    value: *const lvt_value,
    result: *mut i64,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(result, "result")?;
            match require(value, "value")?.as_real() {
                Some(Real::Int(i)) => out.set(i),
                _ => Err(other_kind("an I64")),
            }
        })
    }
}

/// Reads an integer that is not negative, of kind LVT_KIND_U64 or LVT_KIND_I64.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_u64(
    value: *const lvt_value,
    result: *mut u64,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(result, "result")?;
            let integer = require(value, "value")?.as_real().and_then(Real::integer);
            match integer.map(u64::try_from) {
                Some(Ok(u)) => out.set(u),
                _ => Err(other_kind("a U64")),
            }
        })
    }
}

/// Reads a number of kind LVT_KIND_F64.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_f64(
    value: *const lvt_value,
    result: *mut f64,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(result, "result")?;
            match require(value, "value")?.as_real() {
                Some(Real::Float(f)) => out.set(f),
                _ => Err(other_kind("an F64")),
            }
        })
    }
}

/// Reads the real and the imaginary part of a number of kind LVT_KIND_COMPLEX.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_complex(
    value: *const lvt_value,
    real: *mut f64,
    imaginary: *mut f64,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let real = Out::take(real, "real");
            let imaginary = Out::take(imaginary, "imaginary");
            let (real, imaginary) = (real?, imaginary?);
            let Some((re, im)) = require(value, "value")?.as_complex() else {
                return Err(other_kind("a complex number"));
            };
            real.set(re)?;
            imaginary.set(im)
        })
    }
}

/// Reads the bytes of a string, of bytes or of trusted text, borrowed from the value.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_text(
    value: *const lvt_value,
    result: *mut lvt_str,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(result, "result")?;
            match require(value, "value")? {
                Value::String(t) | Value::Bytes(t) | Value::Trusted(_, t) => {
                    out.set(lvt_str::new(t.as_bytes()))
                }
                _ => Err(other_kind("text")),
            }
        })
    }
}

/// Reads a point in time, as lvt_value_new_time takes it.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_as_time(
    value: *const lvt_value,
    seconds: *mut i64,
    nanoseconds: *mut u32,
    offset: *mut i32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let seconds = Out::take(seconds, "seconds");
            let nanoseconds = Out::take(nanoseconds, "nanoseconds");
            let offset = Out::take(offset, "offset");
            let (seconds, nanoseconds, offset) = (seconds?, nanoseconds?, offset?);
            let Value::Time(time) = require(value, "value")? else {
                return Err(other_kind("a time"));
            };
            seconds.set(time.seconds())?;
            nanoseconds.set(time.nanos())?;
            offset.set(time.offset())
        })
    }
}

/// What trusted text is trusted as, one of lvt_content; 0 for any other value and for NULL.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_content(value: *const lvt_value) -> i32 {
    // SAFETY: valid as the caller promised.
    infallible(|| match unsafe { get(value) }? {
        Value::Trusted(content, _) => Some(content_number(*content)),
        _ => None,
    })
}

/// Number of items of a list, entries of a map or fields of a record; 0 for any other value.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_len(value: *const lvt_value) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| match unsafe { get(value) }? {
        Value::List(list) => Some(list.len()),
        Value::Map(map) => Some(map.len()),
        Value::Record(record) => Some(record.fields.len()),
        _ => None,
    })
}

/// The item of a list, the value of a map's entry or of a record's field at `index`, borrowed; NULL when there is none.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_item(value: *const lvt_value, index: usize) -> *const lvt_value {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        let item = match unsafe { get(value) }? {
            Value::List(list) => list.get(index)?,
            Value::Map(map) => map.values().get(index)?,
            Value::Record(record) => &record.fields.get(index)?.1,
            _ => return None,
        };
        Some(borrowed(item))
    })
}

/// The key of a map's entry or the name of a record's field at `index`, as a new value to be freed with lvt_value_free;
/// NULL when there is none.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_key(value: *const lvt_value, index: usize) -> *mut lvt_value {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        let key = match unsafe { get(value) }? {
            Value::Map(map) => match map.keys().get(index)? {
                Key::Bool(b) => Value::Bool(*b),
                Key::Int(i) => Value::Int(*i),
                Key::String(s) => Value::String(s.clone()),
            },
            Value::Record(record) => Value::from(&*record.fields.get(index)?.0),
            _ => return None,
        };
        Some(into_handle(key))
    })
}

/// The value under a string key of a map or in a field of a record, borrowed; NULL when there is none.
///
/// # Safety
/// `value` is NULL or alive; the bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_get(
    value: *const lvt_value,
    name: *const u8,
    name_len: usize,
) -> *const lvt_value {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        let (value, name) = unsafe { (get(value)?, bytes(name, name_len, "name").ok()?) };
        let found = match value {
            Value::Map(map) => map.get_str(name)?,
            Value::Record(record) => record.get(std::str::from_utf8(name).ok()?)?,
            _ => return None,
        };
        Some(borrowed(found))
    })
}

/// The type name of a record or of an object of the host's; `data` is NULL for any other value.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_type_name(value: *const lvt_value) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| match unsafe { get(value) }? {
        Value::Record(record) => Some(lvt_str::new(record.type_name.as_bytes())),
        Value::Host(object) => Some(lvt_str::new(object.type_name().as_bytes())),
        _ => None,
    })
}

/// Writes the value as JSON text, tagged as `flags` (0 or some of lvt_data) allow, so that lvt_value_new_json with the
/// same flags reads it back.
///
/// # Safety
/// `value` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_to_json(
    value: *const lvt_value,
    flags: i32,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            let value = require(value, "value")?;
            let mut text = Vec::new();
            value.write_json(data_flags(flags)?, &mut text)?;
            out.set(text.into())
        })
    }
}
