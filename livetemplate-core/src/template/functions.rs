//! The predefined functions of Go templates, and `default`.

use crate::error::{Failure, FunctionError};
use crate::value::{
    self, Key, Map, Number, Real, Value, lossy, sprint, sprint_shown, sprintf, sprintf_within, sprintln,
};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// What a function call needs beside its arguments.
pub(crate) struct Env {
    /// Numbers compare and print adaptively (see `Numbers`).
    pub adaptive: bool,
    /// How many bytes of text `printf` may make; some more is an error of its caller's.
    pub most: usize,
}

/// An argument of a call.
pub(crate) struct Argument<'a> {
    /// Its value; `Null` when it is missing.
    pub value: &'a Value,
    /// How Go holds it.
    pub form: Form,
    /// As it is written, where the function's signature wants that; `None` for the value of the command before in a
    /// pipeline.
    pub text: Option<&'a str>,
}

/// How Go holds an argument: some error texts depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// With its own type.
    Own,
    /// In an `interface {}`, as elements of lists and maps are until a pipeline ends.
    Interface,
    /// Not at all: a missing map key, the constant `nil`, or a nil that has gone through a pipeline.
    Missing,
}

/// A predefined function. `and` and `or` evaluate their arguments lazily, so execution does their work; here they are
/// functions like any other, for checks of existence and argument counts.
///
/// The error's text is what Go puts after `error calling NAME: `.
pub(crate) type Builtin = fn(&Env, &[Argument<'_>]) -> Result<Value, Failure>;

/// A predefined function and the arguments it takes.
pub(crate) struct Signature {
    /// The function. It is called with `min` to `max` arguments only.
    pub call: Builtin,
    /// Fewest arguments.
    pub min: usize,
    /// Most arguments; `None` when variadic.
    pub max: Option<usize>,
    /// The first argument must be a string. Go checks that when it evaluates the argument, so it is for execution to
    /// report; all other arguments are of any type.
    pub string_first: bool,
    /// Its errors show how its arguments are written.
    pub wants_text: bool,
    /// Its result is text that it makes, which counts as output.
    pub makes_text: bool,
    /// In Go its result has a type of its own; otherwise it is what a container or an argument held, an `interface {}`.
    pub typed: bool,
}

/// The predefined function of that name.
pub(crate) fn builtin(name: &str) -> Option<Signature> {
    let plain = |call, min, max| Signature {
        call,
        min,
        max,
        string_first: false,
        wants_text: false,
        makes_text: false,
        typed: true,
    };
    let untyped = |call, min| Signature { typed: false, ..plain(call, min, None) };
    let maker = |call, min| Signature { makes_text: true, ..plain(call, min, None) };
    let any = |call: Builtin, min, max| Some(plain(call, min, max));
    match name {
        "and" => Some(untyped(and, 1)),
        "or" => Some(untyped(or, 1)),
        "not" => any(not, 1, Some(1)),
        "len" => any(len, 1, Some(1)),
        "index" => Some(untyped(index, 1)),
        "slice" => Some(maker(slice, 1)),
        "call" => Some(Signature { wants_text: true, ..untyped(call, 1) }),
        "eq" => any(eq, 1, None),
        "ne" => any(ne, 2, Some(2)),
        "lt" => any(lt, 2, Some(2)),
        "le" => any(le, 2, Some(2)),
        "gt" => any(gt, 2, Some(2)),
        "ge" => any(ge, 2, Some(2)),
        "print" => Some(maker(|_, args| text(|out| sprint(&values(args), out)), 0)),
        "println" => Some(maker(|_, args| text(|out| sprintln(&values(args), out)), 0)),
        "printf" => Some(Signature { string_first: true, ..maker(printf, 1) }),
        "html" => Some(maker(|_, args| escaped(args, escape_html), 0)),
        "js" => Some(maker(|_, args| escaped(args, escape_js), 0)),
        "urlquery" => Some(maker(|_, args| escaped(args, escape_query), 0)),
        "default" => Some(untyped(default, 1)),
        _ => None,
    }
}

fn values(args: &[Argument<'_>]) -> Vec<Value> {
    args.iter().map(|arg| arg.value.clone()).collect()
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> Result<(), FunctionError>) -> Result<Value, Failure> {
    let mut out = Vec::new();
    write(&mut out)?;
    Ok(Value::String(out.into()))
}

fn escaped(args: &[Argument<'_>], escape: fn(&[u8], &mut Vec<u8>)) -> Result<Value, Failure> {
    let printed = printed(args)?;
    text(|out| {
        escape(&printed, out);
        Ok(())
    })
}

/// `fmt.Sprintf` where the result is a message.
fn message(format: &str, args: &[Value]) -> String {
    let mut out = Vec::new();
    // What an object without text leaves out is no matter here.
    _ = sprintf(format.as_bytes(), args, false, &mut out);
    lossy(&out).into_owned()
}

// Truth and choice

fn not(_: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(Value::Bool(chosen(args, true)?.is_none()))
}

fn and(_: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(chosen(args, false)?.or(args.last()).map_or(Value::Null, |arg| arg.value.clone()))
}

/// The first argument whose truth is `wanted`.
fn chosen<'b, 'a>(args: &'b [Argument<'a>], wanted: bool) -> Result<Option<&'b Argument<'a>>, Failure> {
    for arg in args {
        if arg.value.truth()? == wanted {
            return Ok(Some(arg));
        }
    }
    Ok(None)
}

fn or(_: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(chosen(args, true)?.or(args.last()).map_or(Value::Null, |arg| arg.value.clone()))
}

/// `default D V`: V when it is true, else D. `default D` alone is D.
fn default(_: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    match args {
        [_, value] if value.value.truth()? => Ok(value.value.clone()),
        [fallback] | [fallback, _] => Ok(fallback.value.clone()),
        _ => Err(format!("default: want 1 or 2 arguments, got {}", args.len()).into()),
    }
}

/// Of data only a host object can be a function.
fn call(_: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let Some(first) = args.first().filter(|arg| !matches!(arg.value, Value::Null)) else {
        return Err("call of nil".into());
    };
    let function = match first.value {
        Value::Host(object) => object.callable(),
        _ => None,
    };
    let kind = first.value.type_name();
    let name = match (first.text, first.value) {
        // A pipeline in parentheses shows without them.
        (Some(text), _) => Cow::Borrowed(text),
        (None, Value::String(text) | Value::Trusted(_, text)) => text.to_str_lossy(),
        (None, _) => Cow::Owned(format!("<{kind} Value>")),
    };
    let Some(function) = function else {
        return Err(format!("non-function {name} of type {kind}").into());
    };
    let (min, max) = function.limits();
    let given = args.len() - 1;
    if given < min || max.is_some_and(|max| given > max) {
        let head = format!("wrong number of args for {name}: got {given} want");
        return Err(match max {
            None => format!("{head} at least {min}"),
            Some(max) if max == min => format!("{head} {min}"),
            Some(max) => format!("{head} {min} to {max}"),
        }
        .into());
    }
    Ok(function.call(&values(&args[1..]))?)
}

// Collections

fn len(_: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let Some(arg) = args.first() else {
        return Err("len of nil pointer".into());
    };
    let answered = match arg.value {
        Value::Host(object) => object.length()?,
        _ => None,
    };
    let length = match arg.value.plain() {
        _ if answered.is_some() => answered.unwrap_or_default(),
        Value::String(text) | Value::Bytes(text) | Value::Trusted(_, text) => text.as_bytes().len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Null if arg.form == Form::Missing => {
            return Err("reflect: call of reflect.Value.Type on zero Value".into());
        }
        Value::Null => return Err("len of nil pointer".into()),
        _ => return Err(format!("len of type {}", arg.value.type_name()).into()),
    };
    Ok(Value::Int(length as i64))
}

fn index(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let Some((first, indexes)) = args.split_first() else {
        return Err("index of untyped nil".into());
    };
    if matches!(first.value, Value::Null) {
        return Err("index of untyped nil".into());
    }
    let mut item = Cow::Borrowed(first.value);
    for at in indexes {
        if let Value::Host(object) = &*item
            && let Some(found) = object.index(at.value)?
        {
            item = Cow::Owned(found);
            continue;
        }
        let next = match item.plain() {
            Value::Null => return Err("index of nil pointer".into()),
            Value::List(list) => {
                let at = position(env, at.value, list.len())?;
                list.get(at).cloned().ok_or("reflect: slice index out of range")?
            }
            Value::Bytes(text) => {
                let at = position(env, at.value, text.as_bytes().len())?;
                byte_at(text, at).ok_or("reflect: slice index out of range")?
            }
            Value::String(text) | Value::Trusted(_, text) => {
                let at = position(env, at.value, text.as_bytes().len())?;
                byte_at(text, at).ok_or("reflect: string index out of range")?
            }
            Value::Map(map) => entry(env, map, at.value)?,
            _ => return Err(format!("can't index item of type {}", item.type_name()).into()),
        };
        item = Cow::Owned(next);
    }
    Ok(item.into_owned())
}

fn byte_at(text: &value::Text, at: usize) -> Option<Value> {
    text.as_bytes().get(at).map(|&b| Number::byte(b).into())
}

/// An index into something of `length`. Equal to the length it is accepted, as in Go: it is the end of a slice.
fn position(env: &Env, index: &Value, length: usize) -> Result<usize, Failure> {
    let Some(number) = integer(env, index) else {
        return Err(match index {
            Value::Null => "cannot index slice/array with nil".into(),
            other => format!("cannot index slice/array with type {}", other.type_name()).into(),
        });
    };
    match usize::try_from(number) {
        Ok(at) if at <= length => Ok(at),
        _ => Err(format!("index out of range: {number}").into()),
    }
}

/// The integer that a value is, as Go converts it to an `int`: large unsigned ones become negative.
fn integer(env: &Env, value: &Value) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match value.plain().as_real()? {
        Real::Int(i) => Some(i),
        Real::Uint(u) => Some(u as i64),
        Real::Float(f) => {
            (env.adaptive && f.trunc() == f && (-LIMIT..LIMIT).contains(&f)).then_some(f as i64)
        }
    }
}

/// The kinds of key a map has. A map without entries is one with strings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Bool,
    Int,
    String,
    Any,
}

impl Keys {
    fn of(map: &Map) -> Keys {
        // Keys of one kind stand together.
        match (map.keys().first(), map.keys().last()) {
            (Some(Key::Bool(_)), Some(Key::Bool(_))) => Keys::Bool,
            (Some(Key::Int(_)), Some(Key::Int(_))) => Keys::Int,
            (None, _) | (Some(Key::String(_)), _) => Keys::String,
            _ => Keys::Any,
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Keys::Bool => "bool",
            Keys::Int => "int",
            Keys::String => "string",
            Keys::Any => "interface {}",
        }
    }
}

/// The value under a key; `Null` when there is none.
fn entry(env: &Env, map: &Map, key: &Value) -> Result<Value, Failure> {
    let keys = Keys::of(map);
    let given = key;
    let key = given.plain();
    let number = match keys {
        // In an interface a key is found by its type too.
        Keys::Any if matches!(key, Value::Number(_)) => None,
        Keys::Any if !env.adaptive && !matches!(key, Value::Int(_)) => None,
        Keys::Int | Keys::Any => integer(env, key),
        Keys::Bool | Keys::String => None,
    };
    let key = match (keys, key) {
        _ if number.is_some() => Key::Int(number.unwrap_or_default()),
        (Keys::String | Keys::Any, Value::String(text)) => {
            return Ok(map.get_str(text.as_bytes()).cloned().unwrap_or(Value::Null));
        }
        (Keys::Bool | Keys::Any, Value::Bool(b)) => Key::Bool(*b),
        (Keys::Any, Value::List(_) | Value::Map(_) | Value::Bytes(_)) => {
            return Err(format!("runtime error: hash of unhashable type {}", given.type_name()).into());
        }
        (Keys::Any, _) => return Ok(Value::Null),
        (_, Value::Null) => {
            return Err(format!("value is nil; should be of type {}", keys.type_name()).into());
        }
        _ => {
            return Err(
                format!("value has type {}; should be {}", given.type_name(), keys.type_name()).into()
            );
        }
    };
    Ok(map.get(&key).cloned().unwrap_or(Value::Null))
}

fn slice(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let Some((first, indexes)) = args.split_first() else {
        return Err("slice of untyped nil".into());
    };
    if matches!(first.value, Value::Null) {
        return Err("slice of untyped nil".into());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()).into());
    }
    let sliced = first.value.plain();
    let length = match sliced {
        Value::String(_) | Value::Trusted(..) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Value::String(text) | Value::Trusted(_, text) | Value::Bytes(text) => text.as_bytes().len(),
        Value::List(list) => list.len(),
        _ => return Err(format!("can't slice item of type {}", first.value.type_name()).into()),
    };
    let mut bounds = [0, length, length];
    for (bound, at) in bounds.iter_mut().zip(indexes) {
        // Go looks into an interface for `index` but not here; only an exact engine can mean that.
        if at.form == Form::Interface && (!env.adaptive || matches!(at.value, Value::Null)) {
            return Err("cannot index slice/array with type interface {}".into());
        }
        *bound = position(env, at.value, length)?;
    }
    let [low, high, capacity] = bounds;
    for (low, high) in [(low, high), (high, capacity)] {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}").into());
        }
    }
    let part = |text: &value::Text| value::Text::from(text.as_bytes().get(low..high).unwrap_or_default());
    Ok(match sliced {
        Value::Bytes(text) => Value::Bytes(part(text)),
        Value::String(text) => Value::String(part(text)),
        Value::Trusted(content, text) => Value::Trusted(*content, part(text)),
        Value::List(list) => Value::List(list.range(low..high).cloned().collect()),
        _ => Value::Null,
    })
}

// Comparison

/// What values are compared by. Values of different kinds do not compare, numbers under the adaptive rules excepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    /// Signed and unsigned integers.
    Int,
    Float,
    Complex,
    String,
    /// Lists, maps, structs and nothing.
    Other,
}

fn kind(value: &Value) -> Kind {
    match value.plain() {
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) => Kind::Int,
        Value::Float(_) => Kind::Float,
        Value::Number(number) => match number.real() {
            Real::Int(_) | Real::Uint(_) => Kind::Int,
            Real::Float(_) => Kind::Float,
        },
        Value::Complex64(..) | Value::Complex128(..) => Kind::Complex,
        Value::String(_) | Value::Trusted(..) => Kind::String,
        Value::Null
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Record(_)
        | Value::Time(_)
        | Value::Host(_) => Kind::Other,
    }
}

fn comparable(env: &Env, a: &Value, b: &Value) -> bool {
    let number = |kind| matches!(kind, Kind::Int | Kind::Float);
    kind(a) == kind(b) || env.adaptive && number(kind(a)) && number(kind(b))
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}

/// The order of two numbers or two strings; `None` when there is none, as with NaN.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a.plain(), b.plain()) {
        (Value::String(a) | Value::Trusted(_, a), Value::String(b) | Value::Trusted(_, b)) => Some(a.cmp(b)),
        _ => a.plain().as_real()?.order(b.plain().as_real()?),
    }
}

fn eq(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let Some((first, others @ [_, ..])) = args.split_first() else {
        return Err("missing argument for comparison".into());
    };
    for other in others {
        if equal(env, first.value, other.value)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn ne(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let (a, b) = pair(args);
    Ok(Value::Bool(!equal(env, a, b)?))
}

/// The two arguments of a comparison.
fn pair<'a>(args: &[Argument<'a>]) -> (&'a Value, &'a Value) {
    match args {
        [a, b] => (a.value, b.value),
        _ => (&Value::Null, &Value::Null),
    }
}

fn equal(env: &Env, a: &Value, b: &Value) -> Result<bool, Failure> {
    let is_nil = |value: &Value| matches!(value.plain(), Value::Null);
    if matches!(a, Value::Null) || matches!(b, Value::Null) {
        return Ok(is_nil(a) && is_nil(b));
    }
    if !comparable(env, a, b) {
        return Err(incompatible(a, b).into());
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) && is_nil(b));
    }
    match (a.plain(), b.plain()) {
        (Value::Bool(a), Value::Bool(b)) => return Ok(a == b),
        _ if kind(a) == Kind::Complex => return Ok(a.plain().as_complex() == b.plain().as_complex()),
        _ if kind(a) != Kind::Other => return Ok(order(a, b) == Some(Ordering::Equal)),
        (Value::List(_) | Value::Bytes(_), Value::List(_) | Value::Bytes(_))
        | (Value::Map(_), Value::Map(_))
        | (Value::Record(_) | Value::Time(_), Value::Record(_) | Value::Time(_)) => {}
        _ if matches!((a, b), (Value::Host(_), Value::Host(_))) => {}
        _ => {
            let args = [a.clone(), type_of(a), type_of(b), b.clone()];
            return Err(message("non-comparable types %s: %v, %s: %v", &args).into());
        }
    }
    if !has_equality(b) {
        return Err(message("non-comparable type %s: %v", &[b.clone(), type_of(b)]).into());
    }
    Ok(identical(a, b))
}

fn type_of(value: &Value) -> Value {
    Value::from(&*value.type_name())
}

/// Whether Go's `==` is defined for values of this type.
fn has_equality(value: &Value) -> bool {
    match value.plain() {
        Value::List(_) | Value::Map(_) | Value::Bytes(_) => false,
        Value::Record(record) => record.fields.iter().all(|(_, field)| has_equality(field)),
        _ => true,
    }
}

/// Go's `==` on two values in interfaces: same type, same value. Host objects without data are equal when they are one.
fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Host(a), Value::Host(b)) if Arc::ptr_eq(a, b) => true,
        (Value::Host(a), Value::Host(b)) => {
            a.type_name() == b.type_name() && a.data().zip(b.data()).is_some_and(|(a, b)| identical(a, b))
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a.number_type() == b.number_type() && a.real() == b.real(),
        (Value::Complex64(..), Value::Complex64(..)) | (Value::Complex128(..), Value::Complex128(..)) => {
            a.as_complex() == b.as_complex()
        }
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Trusted(c, a), Value::Trusted(d, b)) => c == d && a == b,
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::Record(a), Value::Record(b)) => {
            a.type_name == b.type_name
                && a.fields.len() == b.fields.len()
                && a.fields.iter().zip(&b.fields).all(|((n, a), (m, b))| n == m && identical(a, b))
        }
        _ => false,
    }
}

/// The order of two arguments that must have one.
fn ordered(env: &Env, args: &[Argument<'_>]) -> Result<Option<Ordering>, Failure> {
    const UNORDERED: &str = "invalid type for comparison";
    let (a, b) = pair(args);
    if kind(a) == Kind::Other || kind(b) == Kind::Other {
        return Err(UNORDERED.into());
    }
    if !comparable(env, a, b) {
        return Err(incompatible(a, b).into());
    }
    if matches!(kind(a), Kind::Bool | Kind::Complex) {
        return Err(UNORDERED.into());
    }
    Ok(order(a, b))
}

fn lt(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(Value::Bool(ordered(env, args)? == Some(Ordering::Less)))
}

fn le(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(Value::Bool(matches!(ordered(env, args)?, Some(Ordering::Less | Ordering::Equal))))
}

// In Go the two below are the negations of the two above, which shows with NaN.

fn gt(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(Value::Bool(!matches!(ordered(env, args)?, Some(Ordering::Less | Ordering::Equal))))
}

fn ge(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    Ok(Value::Bool(ordered(env, args)? != Some(Ordering::Less)))
}

// Printing and escaping

fn printf(env: &Env, args: &[Argument<'_>]) -> Result<Value, Failure> {
    let Some((Argument { value: Value::String(format), .. }, args)) = args.split_first() else {
        return Err("the format is not a string".into());
    };
    text(|out| sprintf_within(env.most, format.as_bytes(), &values(args), env.adaptive, out))
}

/// The arguments as the predefined escapers take them: a string as it is, anything else as `print` shows it.
fn printed<'a>(args: &[Argument<'a>]) -> Result<Cow<'a, [u8]>, Failure> {
    if let [Argument { value: Value::String(text), .. }] = args {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let shown = |arg: &Argument<'_>| match arg.value {
        Value::Null => Value::from("<no value>"),
        value => value.clone(),
    };
    let mut out = Vec::new();
    sprint_shown(&args.iter().map(shown).collect::<Vec<_>>(), &mut out)?;
    Ok(Cow::Owned(out))
}

/// `html` of text/template; in an html/template pipeline the contextual escaper takes its place.
fn escape_html(text: &[u8], out: &mut Vec<u8>) {
    for &b in text {
        match b {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b => out.push(b),
        }
    }
}

/// `js` of text/template: for text inside a JavaScript string.
fn escape_js(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.extend_from_slice(b"\\\\"),
                '\'' => out.extend_from_slice(b"\\'"),
                '"' => out.extend_from_slice(b"\\\""),
                '<' | '>' | '&' | '=' | '\0'..' ' => {
                    out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes());
                }
                c if c.is_ascii() || value::is_printable(c) => {
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                c => out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes()),
            }
        }
        // Bytes that are not UTF-8 go through as they are.
        out.extend_from_slice(chunk.invalid());
    }
}

/// `urlquery`: for a part of a URL's query.
fn escape_query(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &b in text {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(b),
            b' ' => out.push(b'+'),
            b => out.extend_from_slice(&[b'%', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]),
        }
    }
}
