//! `lvt_value`: making values. Reading them is in [`crate::value_read`].

use crate::bytes::{array, bytes, lvt_buffer, text};
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, free, get, handle, into_handle, require};
use livetemplate_core::value::{Content, Key, Number, NumberType, Real, Record, Time};
use livetemplate_core::{Code, DataFlags, Error, Result, Value};
use std::sync::Arc;

/// A piece of data: immutable, cheap to clone, free of cycles. Lists, maps and records share the values they are made of,
/// so those may be freed at once.
pub struct lvt_value {
    _private: [u8; 0],
}
handle!(lvt_value is Shared of Value);

/// What a value is; lvt_value_kind returns 0 for NULL.
#[repr(C)]
pub enum lvt_kind {
    /// Go's nil, JSON's null.
    Null = 1,
    /// A boolean.
    Bool = 2,
    /// An integer of a signed type of Go's, which fits 64 bits.
    I64 = 3,
    /// An integer of an unsigned type of Go's.
    U64 = 4,
    /// A floating point number, Go's float64 or float32.
    F64 = 5,
    /// Text: any bytes, usually UTF-8.
    String = 6,
    /// Bytes (Go's []byte).
    Bytes = 7,
    /// A list.
    List = 8,
    /// A map, sorted by key: bools, then integers by value, then strings by bytes.
    Map = 9,
    /// A struct: fields in the order of declaration.
    Record = 10,
    /// A point in time with its offset from UTC.
    Time = 11,
    /// Text that the host vouches for; it skips the escaping of its kind of place.
    Trusted = 12,
    /// A complex number.
    Complex = 13,
    /// An object or a function of the host's: lvt_value_new_host, lvt_value_new_function.
    Host = 14,
}

/// Go's number types. Zero is none of them.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum lvt_number_type {
    /// int: what lvt_value_new_i64 makes.
    Int = 1,
    /// int8.
    Int8 = 2,
    /// int16.
    Int16 = 3,
    /// int32.
    Int32 = 4,
    /// int64.
    Int64 = 5,
    /// uint.
    Uint = 6,
    /// uint8.
    Uint8 = 7,
    /// uint16.
    Uint16 = 8,
    /// uint32.
    Uint32 = 9,
    /// uint64.
    Uint64 = 10,
    /// uintptr.
    Uintptr = 11,
    /// float32.
    Float32 = 12,
    /// float64: what lvt_value_new_f64 makes.
    Float64 = 13,
    /// complex64.
    Complex64 = 14,
    /// complex128.
    Complex128 = 15,
    /// time.Month: an integer, January is 1, that prints as its name.
    Month = 16,
    /// time.Weekday: an integer, Sunday is 0, that prints as its name.
    Weekday = 17,
    /// time.Duration: an integer of nanoseconds that prints as 1m30s.
    Duration = 18,
}

/// What trusted text may be used as (Go's template.HTML, template.URL, …).
#[repr(C)]
pub enum lvt_content {
    /// An HTML fragment.
    Html = 1,
    /// A name="value" pair inside a start tag.
    HtmlAttr = 2,
    /// A JavaScript expression.
    Js = 3,
    /// Characters between JavaScript quotes.
    JsStr = 4,
    /// CSS: a stylesheet, rule, declaration or value.
    Css = 5,
    /// A URL or URL substring.
    Url = 6,
    /// The value of a srcset attribute.
    Srcset = 7,
}

/// Flags for JSON text, to be combined with `|`; 0 is none.
#[repr(C)]
pub enum lvt_data {
    /// `{"$time": "<RFC 3339>"}` is a time. Harmless, whoever wrote the JSON.
    Time = 1,
    /// `$html`, `$attr`, `$js`, `$jsstr`, `$css`, `$url`, `$srcset` (a string each) and `$bytes` (base64) are typed
    /// values. Only for JSON that the host wrote itself: never for JSON with user data in it.
    Trusted = 2,
}

/// How deep lists, maps and records may be nested, as everywhere in the engine.
const MAX_DEPTH: usize = 128;
/// How many values one value may contain, parts that are shared counted each time. It only stops values that double by
/// sharing; whatever was built item by item is far below.
const MAX_NODES: usize = 100_000_000;

/// The flags of a `_json` call.
pub(crate) fn data_flags(flags: i32) -> Result<DataFlags> {
    const TIME: i32 = lvt_data::Time as i32;
    const TRUSTED: i32 = lvt_data::Trusted as i32;
    if flags & !(TIME | TRUSTED) != 0 {
        return Err(Error::new(Code::InvalidArgument, format!("flags: {flags} has unknown bits")));
    }
    Ok(DataFlags { times: flags & TIME != 0, trusted: flags & TRUSTED != 0 })
}

/// A report as JSON text.
pub(crate) fn json_text(report: &Value) -> Result<lvt_buffer> {
    let mut text = Vec::new();
    report.write_json(DataFlags::default(), &mut text)?;
    Ok(text.into())
}

/// The number of a content type.
pub(crate) fn content_number(content: Content) -> i32 {
    let number = match content {
        Content::Html => lvt_content::Html,
        Content::HtmlAttr => lvt_content::HtmlAttr,
        Content::Js => lvt_content::Js,
        Content::JsStr => lvt_content::JsStr,
        Content::Css => lvt_content::Css,
        Content::Url => lvt_content::Url,
        Content::Srcset => lvt_content::Srcset,
    };
    number as i32
}

/// The types that [`Number`] has, with their numbers.
const NUMBER_TYPES: [(lvt_number_type, NumberType); 14] = [
    (lvt_number_type::Int8, NumberType::Int8),
    (lvt_number_type::Int16, NumberType::Int16),
    (lvt_number_type::Int32, NumberType::Int32),
    (lvt_number_type::Int64, NumberType::Int64),
    (lvt_number_type::Uint, NumberType::Uint),
    (lvt_number_type::Uint8, NumberType::Uint8),
    (lvt_number_type::Uint16, NumberType::Uint16),
    (lvt_number_type::Uint32, NumberType::Uint32),
    (lvt_number_type::Uint64, NumberType::Uint64),
    (lvt_number_type::Uintptr, NumberType::Uintptr),
    (lvt_number_type::Float32, NumberType::Float32),
    (lvt_number_type::Month, NumberType::Month),
    (lvt_number_type::Weekday, NumberType::Weekday),
    (lvt_number_type::Duration, NumberType::Duration),
];

/// The number of a value's number type; `None` if it is no number.
pub(crate) fn number_type(value: &Value) -> Option<i32> {
    let number_type = match value {
        Value::Int(_) => lvt_number_type::Int,
        Value::Float(_) => lvt_number_type::Float64,
        Value::Complex64(..) => lvt_number_type::Complex64,
        Value::Complex128(..) => lvt_number_type::Complex128,
        Value::Number(number) => {
            NUMBER_TYPES.into_iter().find(|(_, kind)| *kind == number.number_type()).map(|(n, _)| n)?
        }
        _ => return None,
    };
    Some(number_type as i32)
}

/// The content type of a number.
fn content(number: i32) -> Result<Content> {
    use Content::{Css, Html, HtmlAttr, Js, JsStr, Srcset, Url};
    [Html, HtmlAttr, Js, JsStr, Css, Url, Srcset]
        .into_iter()
        .find(|c| content_number(*c) == number)
        .ok_or_else(|| {
            Error::new(Code::InvalidArgument, format!("content: {number} is not one of its numbers"))
        })
}

/// Refuses a container whose items are nested too deeply or double without end, before anything has to walk it.
pub(crate) fn check_size(container: &Value) -> Result<()> {
    fn walk(value: &Value, depth: usize, nodes: &mut usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::new(
                Code::DepthExceeded,
                format!("data is nested more than {MAX_DEPTH} levels deep"),
            ));
        }
        let count = |nodes: &mut usize, n: usize| {
            *nodes += n;
            if *nodes > MAX_NODES {
                return Err(Error::new(Code::InvalidData, format!("data has more than {MAX_NODES} parts")));
            }
            Ok(())
        };
        match value {
            Value::List(list) => {
                count(nodes, list.len())?;
                list.iter().try_for_each(|item| walk(item, depth + 1, nodes))
            }
            Value::Map(map) => {
                count(nodes, map.len())?;
                map.values().iter().try_for_each(|item| walk(item, depth + 1, nodes))
            }
            Value::Record(record) => {
                count(nodes, record.fields.len())?;
                record.fields.iter().try_for_each(|(_, item)| walk(item, depth + 1, nodes))
            }
            Value::Host(object) => object.data().map_or(Ok(()), |data| walk(data, depth + 1, nodes)),
            _ => Ok(()),
        }
    }
    walk(container, 0, &mut 0)
}

/// The map key that an integer is, without its type. A type whose numbers print as names cannot go.
fn integer_key(value: &Value) -> Option<Key> {
    let named = [NumberType::Month, NumberType::Weekday, NumberType::Duration];
    if let Value::Number(number) = value
        && named.contains(&number.number_type())
    {
        return None;
    }
    let integer = value.as_real().and_then(Real::integer)?;
    i64::try_from(integer).ok().map(Key::Int)
}

/// The values behind an array of handles.
///
/// # Safety
/// `items` is NULL or points to `len` handles that are NULL or alive.
unsafe fn values(items: *const *const lvt_value, len: usize, parameter: &str) -> Result<Vec<Value>> {
    // SAFETY: valid as the caller promised.
    unsafe {
        let items = array(items, len, parameter)?;
        items.iter().map(|item| Ok(require(*item, parameter)?.clone())).collect()
    }
}

/// The null value.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_value_new_null() -> *mut lvt_value {
    infallible(|| Some(into_handle(Value::Null)))
}

/// A boolean.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_value_new_bool(value: bool) -> *mut lvt_value {
    infallible(|| Some(into_handle(Value::Bool(value))))
}

/// An integer, Go's int.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_value_new_i64(value: i64) -> *mut lvt_value {
    infallible(|| Some(into_handle(Value::Int(value))))
}

/// An integer: an int, of kind LVT_KIND_I64, if it fits 64 signed bits, else a uint64.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_value_new_u64(value: u64) -> *mut lvt_value {
    infallible(|| Some(into_handle(Value::from(value))))
}

/// A floating point number, Go's float64.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_value_new_f64(value: f64) -> *mut lvt_value {
    infallible(|| Some(into_handle(Value::Float(value))))
}

/// A real number of any of Go's types. `bits` is, for an integer, the number itself (a signed one in two's complement of 64
/// bits), for a float those of the float. LVT_ERR_INVALID_ARGUMENT if the type has no such number or is not one of
/// lvt_number_type or complex.
///
/// # Safety
/// The outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_number(
    number_type: i32,
    bits: u64,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    const INT: i32 = lvt_number_type::Int as i32;
    const FLOAT64: i32 = lvt_number_type::Float64 as i32;
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let refuse = |why| Error::new(Code::InvalidArgument, format!("{why}: {number_type}, {bits}"));
            let number = match number_type {
                INT => Value::Int(bits as i64),
                FLOAT64 => Value::Float(f64::from_bits(bits)),
                _ => {
                    let kind = NUMBER_TYPES
                        .into_iter()
                        .find(|(n, _)| *n as i32 == number_type)
                        .ok_or_else(|| refuse("not a type of real numbers"))?
                        .1;
                    Number::new(kind, bits).ok_or_else(|| refuse("not a number of the type"))?.into()
                }
            };
            out.set(into_handle(number))
        })
    }
}

/// A complex number of type LVT_NUMBER_TYPE_COMPLEX64, which rounds the parts to float32, or LVT_NUMBER_TYPE_COMPLEX128.
///
/// # Safety
/// The outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_complex(
    number_type: i32,
    real: f64,
    imaginary: f64,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    const SINGLE: i32 = lvt_number_type::Complex64 as i32;
    const DOUBLE: i32 = lvt_number_type::Complex128 as i32;
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let number = match number_type {
                SINGLE => Value::Complex64(real as f32, imaginary as f32),
                DOUBLE => Value::Complex128(real, imaginary),
                _ => {
                    let message = format!("not a type of complex numbers: {number_type}");
                    return Err(Error::new(Code::InvalidArgument, message));
                }
            };
            out.set(into_handle(number))
        })
    }
}

/// Text: any bytes, which are copied.
///
/// # Safety
/// The bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_string(
    data: *const u8,
    len: usize,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            out.set(into_handle(Value::String(bytes(data, len, "data")?.into())))
        })
    }
}

/// Bytes (Go's []byte), which are copied.
///
/// # Safety
/// The bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_bytes(
    data: *const u8,
    len: usize,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            out.set(into_handle(Value::Bytes(bytes(data, len, "data")?.into())))
        })
    }
}

/// Text that the host vouches for, as one of lvt_content; it skips the escaping of its kind of place.
///
/// # Safety
/// The bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_trusted(
    content_type: i32,
    data: *const u8,
    len: usize,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let content = content(content_type)?;
            out.set(into_handle(Value::Trusted(content, bytes(data, len, "data")?.into())))
        })
    }
}

/// A point in time: seconds since the Unix epoch, nanoseconds from 0 to 999,999,999, offset from UTC in seconds.
///
/// # Safety
/// The outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_time(
    seconds: i64,
    nanoseconds: u32,
    offset: i32,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            if nanoseconds > 999_999_999 {
                return Err(Error::new(Code::InvalidArgument, "nanoseconds are out of range"));
            }
            out.set(into_handle(Value::Time(Time::new(seconds, nanoseconds, offset))))
        })
    }
}

/// A list of `len` items.
///
/// # Safety
/// `items` points to `len` handles that are NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_list(
    items: *const *const lvt_value,
    len: usize,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let list = Value::List(values(items, len, "items")?.into());
            check_size(&list)?;
            out.set(into_handle(list))
        })
    }
}

/// A map of `len` entries: `keys[i]`, a string, I64 or bool, leads to `items[i]`. Of equal keys the last wins.
///
/// # Safety
/// `keys` and `items` point to `len` handles each that are NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_map(
    keys: *const *const lvt_value,
    items: *const *const lvt_value,
    len: usize,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let keys = values(keys, len, "keys")?.into_iter().map(|key| match key {
                Value::Bool(b) => Ok(Key::Bool(b)),
                Value::String(s) => Ok(Key::String(s)),
                other => integer_key(&other).ok_or_else(|| {
                    Error::new(Code::InvalidArgument, "a map key is neither a string, an I64 nor a bool")
                }),
            });
            let keys = keys.collect::<Result<Vec<Key>>>()?;
            let map = Value::Map(keys.into_iter().zip(values(items, len, "items")?).collect());
            check_size(&map)?;
            out.set(into_handle(map))
        })
    }
}

/// A struct of `len` fields in order: `names[i]`, a string in UTF-8, is the name of `items[i]`. `type_name` is what Go
/// prints for its type, for example "main.User".
///
/// # Safety
/// `names` and `items` point to `len` handles each that are NULL or alive; the bytes are readable; the outputs are NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_record(
    type_name: *const u8,
    type_name_len: usize,
    names: *const *const lvt_value,
    items: *const *const lvt_value,
    len: usize,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let type_name = text(type_name, type_name_len, "type_name")?;
            let names = array(names, len, "names")?.iter().map(|name| match require(*name, "names")? {
                Value::String(s) => std::str::from_utf8(s.as_bytes())
                    .map(Arc::<str>::from)
                    .map_err(|_| Error::new(Code::InvalidArgument, "a field name is not UTF-8")),
                _ => Err(Error::new(Code::InvalidArgument, "a field name is not a string")),
            });
            let names = names.collect::<Result<Vec<Arc<str>>>>()?;
            let fields = names.into_iter().zip(values(items, len, "items")?).collect();
            let record = Value::Record(Arc::new(Record { type_name: type_name.into(), fields }));
            check_size(&record)?;
            out.set(into_handle(record))
        })
    }
}

/// A value read from JSON text; `flags` is 0 or some of lvt_data. Fails with LVT_ERR_INVALID_JSON.
///
/// # Safety
/// The bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_json(
    json: *const u8,
    json_len: usize,
    flags: i32,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value")?;
            let json = bytes(json, json_len, "json")?;
            out.set(into_handle(Value::from_json(json, data_flags(flags)?)?))
        })
    }
}

/// Another handle to the same value, to be freed on its own. NULL for NULL.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_clone(value: *const lvt_value) -> *mut lvt_value {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(into_handle(unsafe { get(value) }?.clone())))
}

/// Frees a value. NULL is fine.
///
/// # Safety
/// `value` is NULL or an owned handle that was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_free(value: *mut lvt_value) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(value) });
}
