//! JSON Patch (RFC 6902), JSON Pointer (RFC 6901) and JSON merge patch (RFC 7396) on values.
//!
//! Members of an object are entries of a map or fields of a record. A record's fields can be replaced, but none can be
//! added or removed. In a map with integer or bool keys a name that reads as such a key is that key.

use super::json::{read_operations, too_deep};
use super::{DataFlags, Key, MAX_DEPTH, Map, Record, Value, lossy};
use crate::error::{Code, Error, Result};
use std::borrow::{Borrow, Cow};
use std::collections::HashMap;
use std::sync::Arc;

/// What the copies of one patch may add, in bytes as if nothing were shared: `copy` doubles data at no cost of memory,
/// but not of what is rendered from it.
const MOST_COPIED: usize = 64 << 20;

/// A patch as it was given.
pub(crate) enum Patch<'p> {
    Operations(Vec<Operation<'p>>),
    Value(Cow<'p, Value>),
}

/// One operation of a JSON Patch.
#[derive(Default)]
pub(crate) struct Operation<'p> {
    pub op: Member<'p>,
    pub path: Member<'p>,
    pub from: Member<'p>,
    pub value: Option<Value>,
}

/// What an operation has under a name.
#[derive(Clone, Copy, Default)]
pub(crate) enum Member<'p> {
    #[default]
    Missing,
    Text(&'p [u8]),
    Other,
}

impl<'p> Patch<'p> {
    /// Reads a patch in JSON text.
    ///
    /// # Errors
    /// As [`Value::from_json`].
    pub fn read(text: &'p [u8], flags: DataFlags) -> Result<Patch<'p>> {
        match read_operations(text, flags) {
            Some(operations) => Ok(Patch::Operations(operations)),
            None => Ok(Patch::Value(Cow::Owned(Value::from_json(text, flags)?))),
        }
    }

    /// Whether a host object is in it.
    pub fn holds_object(&self) -> bool {
        match self {
            // They come from JSON.
            Patch::Operations(_) => false,
            Patch::Value(value) => value.holds_object(),
        }
    }
}

impl Value {
    /// The value after `patch`: an array is a JSON Patch, an object a merge patch. The receiver is untouched; equal
    /// parts are shared.
    ///
    /// Removing the whole value leaves null. `test` compares numbers by their value.
    ///
    /// # Errors
    /// `InvalidPatch` when the patch is malformed or does not apply; for a JSON Patch the message names the operation,
    /// counted from 0, and its path. `DepthExceeded` when the result is nested more than 128 levels deep.
    pub fn patched(&self, patch: &Value) -> Result<Value> {
        self.patched_by(&Patch::Value(Cow::Borrowed(patch)))
    }

    /// [`Value::patched`] by a patch that may have been read from text.
    pub(crate) fn patched_by(&self, patch: &Patch<'_>) -> Result<Value> {
        let mut result = self.clone();
        let patch = match patch {
            Patch::Operations(operations) => {
                apply_operations(&mut result, operations.iter().map(Ok))?;
                return Ok(result);
            }
            Patch::Value(patch) => patch.plain(),
        };
        match patch {
            Value::List(operations) => apply_operations(&mut result, operations.iter().map(Operation::of))?,
            Value::Map(_) => {
                if Measure::default().of(patch).depth > MAX_DEPTH {
                    return Err(too_deep());
                }
                merge(&mut result, patch).map_err(|why| invalid(format!("merge patch: {why}")))?;
            }
            _ => return Err(invalid("a patch is an array (JSON Patch) or an object (merge patch)".into())),
        }
        Ok(result)
    }
}

impl<'p> Operation<'p> {
    fn of(value: &'p Value) -> Result<Operation<'p>, Failure> {
        if !matches!(value.plain(), Value::Map(_) | Value::Record(_)) {
            return Err("an operation is an object".into());
        }
        let text = |name: &str| match member(value, name.as_bytes()) {
            Some(Value::String(text)) => Member::Text(text.as_bytes()),
            Some(_) => Member::Other,
            None => Member::Missing,
        };
        let operand = member(value, b"value").cloned();
        Ok(Operation { op: text("op"), path: text("path"), from: text("from"), value: operand })
    }
}

impl<'p> Member<'p> {
    fn text(self, name: &str) -> Result<&'p [u8], Failure> {
        match self {
            Member::Text(text) => Ok(text),
            Member::Other => Err(format!("member {name:?} is not a string").into()),
            Member::Missing => Err(format!("member {name:?} is missing").into()),
        }
    }
}

fn invalid(message: String) -> Error {
    Error::new(Code::InvalidPatch, message)
}

/// Why an operation fails.
enum Failure {
    Invalid(Cow<'static, str>),
    TooDeep,
}

impl From<&'static str> for Failure {
    fn from(why: &'static str) -> Failure {
        Failure::Invalid(why.into())
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Failure {
        Failure::Invalid(why.into())
    }
}

fn apply_operations<'p, O: Borrow<Operation<'p>>>(
    root: &mut Value,
    operations: impl Iterator<Item = Result<O, Failure>>,
) -> Result<()> {
    let mut copied = 0;
    for (index, operation) in operations.enumerate() {
        let (why, place) = match operation {
            Ok(operation) => match apply(root, operation.borrow(), &mut copied) {
                Ok(()) => continue,
                Err(why) => (why, operation.borrow().place()),
            },
            Err(why) => (why, String::new()),
        };
        return Err(match why {
            Failure::TooDeep => too_deep(),
            Failure::Invalid(why) => invalid(format!("patch operation {index}{place}: {why}")),
        });
    }
    Ok(())
}

impl Operation<'_> {
    /// Its name and path for a message.
    fn place(&self) -> String {
        match (self.op, self.path) {
            (Member::Text(op), Member::Text(path)) => format!(" ({} {:?})", lossy(op), lossy(path)),
            _ => String::new(),
        }
    }
}

/// Applies one operation.
fn apply(root: &mut Value, operation: &Operation<'_>, copied: &mut usize) -> Result<(), Failure> {
    let value = || operation.value.as_ref().ok_or(Failure::from("member \"value\" is missing"));
    let op = operation.op.text("op")?;
    let path = pointer(operation.path.text("path")?)?;
    match op {
        b"add" => {
            let value = value()?;
            check_depth(&path, Measure::default().of(value).depth)?;
            add(root, &path, value.clone())
        }
        b"remove" => remove(root, &path).map(drop),
        b"replace" => {
            let value = value()?;
            check_depth(&path, Measure::default().of(value).depth)?;
            *find_mut(root, &path)? = value.clone();
            Ok(())
        }
        b"move" => {
            let from = pointer(operation.from.text("from")?)?;
            if path.starts_with(&from) {
                find(root, &from)?;
                return if path.len() == from.len() {
                    Ok(())
                } else {
                    Err("a value cannot move into itself".into())
                };
            }
            let value = remove(root, &from)?;
            check_depth(&path, Measure::default().of(&value).depth)?;
            add(root, &path, value)
        }
        b"copy" => {
            let from = pointer(operation.from.text("from")?)?;
            let value = find(root, &from)?.clone();
            let size = Measure::default().of(&value);
            check_depth(&path, size.depth)?;
            *copied = copied.saturating_add(size.bytes);
            if *copied > MOST_COPIED {
                return Err(format!("the copies are larger than {MOST_COPIED} bytes").into());
            }
            add(root, &path, value)
        }
        b"test" => {
            if find(root, &path)?.equals_json(value()?) {
                Ok(())
            } else {
                Err("the value is another".into())
            }
        }
        _ => Err("no such operation".into()),
    }
}

/// A part of a pointer, unescaped.
type Token<'p> = Cow<'p, [u8]>;

fn check_depth(path: &[Token<'_>], depth: usize) -> Result<(), Failure> {
    if depth > 0 && path.len() + depth > MAX_DEPTH { Err(Failure::TooDeep) } else { Ok(()) }
}

/// Depth and size of a value.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Levels of lists, maps and records.
    depth: usize,
    /// Bytes as if nothing were shared.
    bytes: usize,
}

/// Measures values; a part that occurs many times is visited once.
#[derive(Default)]
struct Measure(HashMap<usize, Size>);

impl Measure {
    fn of(&mut self, value: &Value) -> Size {
        let value = value.plain();
        let (address, shared) = match value {
            // A list's inside may be shared where the list itself is not.
            Value::List(items) => (items.address(), true),
            Value::Map(map) => map.identity(),
            Value::Record(record) => (Arc::as_ptr(record).addr(), Arc::strong_count(record) > 1),
            Value::String(text) | Value::Bytes(text) | Value::Trusted(_, text) => {
                return Size { depth: 0, bytes: size_of::<Value>() + text.as_bytes().len() };
            }
            _ => return Size { depth: 0, bytes: size_of::<Value>() },
        };
        if shared && let Some(known) = self.0.get(&address) {
            return *known;
        }
        let mut size = Size { depth: 0, bytes: size_of::<Value>() };
        let mut include = |inner: Size| {
            size.depth = size.depth.max(inner.depth);
            size.bytes = size.bytes.saturating_add(inner.bytes);
        };
        match value {
            Value::List(items) => items.iter().for_each(|item| include(self.of(item))),
            Value::Map(map) => map.values().iter().for_each(|item| include(self.of(item))),
            Value::Record(record) => record.fields.iter().for_each(|(_, item)| include(self.of(item))),
            _ => {}
        }
        size.depth += 1;
        if shared {
            self.0.insert(address, size);
        }
        size
    }
}

/// Takes a JSON Pointer apart.
fn pointer(text: &[u8]) -> Result<Vec<Token<'_>>, Failure> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = text.strip_prefix(b"/") else { return Err("a pointer starts with \"/\"".into()) };
    rest.split(|byte| *byte == b'/').map(unescape).collect()
}

fn unescape(token: &[u8]) -> Result<Token<'_>, Failure> {
    if memchr::memchr(b'~', token).is_none() {
        return Ok(token.into());
    }
    let mut out = Vec::with_capacity(token.len());
    let mut bytes = token.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'~' => match bytes.next() {
                Some(b'0') => b'~',
                Some(b'1') => b'/',
                _ => return Err("in a pointer \"~\" stands before \"0\" or \"1\"".into()),
            },
            byte => *byte,
        });
    }
    Ok(out.into())
}

const NO_MEMBER: &str = "there is no such member";
const NO_ITEM: &str = "there is no such item";
const NO_CONTAINER: &str = "the value above is neither a list nor an object";
const FIXED: &str = "a record has a fixed set of fields";

/// The index that a token names in a list of `len` items, the place after the last one included.
fn list_index(digits: &[u8], len: usize) -> Result<usize, Failure> {
    if digits == b"-" {
        return Ok(len);
    }
    let plain = digits == b"0" || digits.first().is_some_and(|first| *first != b'0');
    if !plain || !digits.iter().all(u8::is_ascii_digit) {
        return Err("a list index is a number without leading zeros".into());
    }
    let index = digits
        .iter()
        .try_fold(0_usize, |index, digit| index.checked_mul(10)?.checked_add(usize::from(digit - b'0')));
    index.filter(|index| *index <= len).ok_or(NO_ITEM.into())
}

/// The key that `name` stands for in a map.
fn key_of(map: &Map, name: &[u8]) -> Key {
    let string = || Key::String(name.into());
    match map.keys().first() {
        Some(Key::Bool(_) | Key::Int(_)) if map.get_str(name).is_none() => match name {
            b"true" => Key::Bool(true),
            b"false" => Key::Bool(false),
            _ => {
                let number = std::str::from_utf8(name).ok().and_then(|name| name.parse::<i64>().ok());
                // Only the usual spelling: not `+1`, not `01`.
                match number {
                    Some(i) if itoa::Buffer::new().format(i).as_bytes() == name => Key::Int(i),
                    _ => string(),
                }
            }
        },
        _ => string(),
    }
}

/// The member of that name, of a map or a record.
pub(super) fn member<'v>(object: &'v Value, name: &[u8]) -> Option<&'v Value> {
    match object.plain() {
        Value::Map(map) => map.get_str(name).or_else(|| map.get(&key_of(map, name))),
        Value::Record(record) => {
            record.fields.iter().find(|(field, _)| field.as_bytes() == name).map(|(_, value)| value)
        }
        _ => None,
    }
}

fn position(map: &Map, name: &[u8]) -> Result<usize, (usize, Key)> {
    let key = key_of(map, name);
    map.find(&key).map_err(|at| (at, key))
}

fn field_position(record: &Record, name: &[u8]) -> Option<usize> {
    record.fields.iter().position(|(field, _)| field.as_bytes() == name)
}

fn find<'v>(root: &'v Value, path: &[Token<'_>]) -> Result<&'v Value, Failure> {
    path.iter().try_fold(root, |value, token| match value.plain() {
        Value::List(items) => items.get(list_index(token, items.len())?).ok_or(NO_ITEM.into()),
        Value::Map(_) | Value::Record(_) => member(value, token).ok_or(NO_MEMBER.into()),
        _ => Err(NO_CONTAINER.into()),
    })
}

/// A host object gives way to the data under it, which is what can be changed.
fn lay_open(value: &mut Value) -> &mut Value {
    if let Value::Host(_) = value {
        *value = value.plain().clone();
    }
    value
}

/// The value at `path`, everything above it no longer shared.
fn find_mut<'v>(root: &'v mut Value, path: &[Token<'_>]) -> Result<&'v mut Value, Failure> {
    path.iter().try_fold(root, |value, token| match lay_open(value) {
        Value::List(items) => {
            let index = list_index(token, items.len())?;
            items.get_mut(index).ok_or(NO_ITEM.into())
        }
        Value::Map(map) => {
            let index = position(map, token).map_err(|_| NO_MEMBER)?;
            Ok(&mut map.values_mut()[index])
        }
        Value::Record(record) => {
            let index = field_position(record, token).ok_or(NO_MEMBER)?;
            Ok(&mut Arc::make_mut(record).fields[index].1)
        }
        _ => Err(NO_CONTAINER.into()),
    })
}

fn add(root: &mut Value, path: &[Token<'_>], value: Value) -> Result<(), Failure> {
    let Some((token, above)) = path.split_last() else {
        *root = value;
        return Ok(());
    };
    match lay_open(find_mut(root, above)?) {
        Value::List(items) => {
            let index = list_index(token, items.len())?;
            items.insert_like(index, value);
        }
        Value::Map(map) => match position(map, token) {
            Ok(index) => map.values_mut()[index] = value,
            Err((index, key)) => map.insert(index, key, value),
        },
        Value::Record(record) => {
            let index = field_position(record, token).ok_or(FIXED)?;
            Arc::make_mut(record).fields[index].1 = value;
        }
        _ => return Err(NO_CONTAINER.into()),
    }
    Ok(())
}

fn remove(root: &mut Value, path: &[Token<'_>]) -> Result<Value, Failure> {
    let Some((token, above)) = path.split_last() else {
        return Ok(std::mem::replace(root, Value::Null));
    };
    match lay_open(find_mut(root, above)?) {
        Value::List(items) => {
            let index = list_index(token, items.len())?;
            items.remove(index).ok_or(NO_ITEM.into())
        }
        Value::Map(map) => {
            let index = position(map, token).map_err(|_| NO_MEMBER)?;
            Ok(map.remove(index))
        }
        Value::Record(record) => match field_position(record, token) {
            Some(_) => Err(FIXED.into()),
            None => Err(NO_MEMBER.into()),
        },
        _ => Err(NO_CONTAINER.into()),
    }
}

/// Applies a merge patch. Null removes an entry of a map and sets a record's field to null.
fn merge(target: &mut Value, patch: &Value) -> Result<(), &'static str> {
    let Value::Map(patch) = patch.plain() else {
        *target = patch.clone();
        return Ok(());
    };
    match lay_open(target) {
        Value::Record(record) => {
            for (key, change) in patch.entries() {
                let Key::String(name) = key else { return Err(FIXED) };
                let index = field_position(record, name.as_bytes()).ok_or(FIXED)?;
                merge(&mut Arc::make_mut(record).fields[index].1, change)?;
            }
        }
        Value::Map(map) => merge_maps(map, patch)?,
        _ => {
            let mut map = Map::from(Vec::new());
            merge_maps(&mut map, patch)?;
            *target = Value::Map(map);
        }
    }
    Ok(())
}

fn merge_maps(map: &mut Map, patch: &Map) -> Result<(), &'static str> {
    let mut added = Vec::new();
    let mut removed = Vec::new();
    for (key, change) in patch.entries() {
        let at = match key {
            Key::String(name) => position(map, name.as_bytes()),
            key => map.find(key).map_err(|at| (at, key.clone())),
        };
        match (at, change) {
            (Ok(index), Value::Null) => removed.push(index),
            (Ok(index), _) => merge(&mut map.values_mut()[index], change)?,
            (Err(_), Value::Null) => {}
            (Err((_, key)), _) => {
                let mut value = Value::Null;
                merge(&mut value, change)?;
                added.push((key, value));
            }
        }
    }
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    // Names are in order, but the keys they stand for may not be.
    removed.sort_unstable();
    let kept = map.entries().enumerate().filter(|(i, _)| removed.binary_search(i).is_err());
    *map = kept.map(|(_, (key, value))| (key.clone(), value.clone())).chain(added).collect();
    Ok(())
}
