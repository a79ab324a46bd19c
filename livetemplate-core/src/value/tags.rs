//! The tags of typed values in JSON.

use super::json::too_deep;
use super::{Content, Key, MAX_DEPTH, Map, Text, Time, Value};
use crate::error::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Which tags JSON text may carry. Both are off by default.
///
/// A tag is an object with exactly one member and a valid value; everything else stays a plain object. With either flag
/// on, `{"$map": {…}}` is the plain object inside, whatever it looks like: that is how a plain object that looks like
/// a tag is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataFlags {
    /// `{"$time": "<RFC 3339>"}` is a time.
    pub times: bool,
    /// `$html`, `$attr`, `$js`, `$jsstr`, `$css`, `$url`, `$srcset`, `$bytes` are typed values. Only for JSON that the
    /// host wrote itself: never for JSON with user data in it.
    pub trusted: bool,
}

impl DataFlags {
    /// Whether any tag is read and written.
    pub(super) fn any(self) -> bool {
        self.times || self.trusted
    }
}

/// The tag of each kind of trusted text.
pub(super) const CONTENT_TAGS: [(&str, Content); 7] = [
    ("$html", Content::Html),
    ("$attr", Content::HtmlAttr),
    ("$js", Content::Js),
    ("$jsstr", Content::JsStr),
    ("$css", Content::Css),
    ("$url", Content::Url),
    ("$srcset", Content::Srcset),
];

/// Turns tags into what they stand for, from the outside in, and checks the depth of what results.
pub(super) fn untag(value: &mut Value, flags: DataFlags, depth: usize) -> Result<()> {
    if let Value::Map(map) = value {
        if let Some(typed) = typed(map, flags) {
            *value = typed;
            return Ok(());
        }
        if let Some(inner) = wrapped(map) {
            *value = Value::Map(inner);
        }
    }
    if matches!(value, Value::Map(_) | Value::List(_)) && depth >= MAX_DEPTH {
        return Err(too_deep());
    }
    match value {
        Value::List(items) => {
            let mut indexes = 0..items.len();
            indexes.try_for_each(|i| items.get_mut(i).map_or(Ok(()), |item| untag(item, flags, depth + 1)))
        }
        Value::Map(map) => map.values_mut().iter_mut().try_for_each(|member| untag(member, flags, depth + 1)),
        _ => Ok(()),
    }
}

/// What a tag stands for; `None` for a plain object.
fn typed(map: &Map, flags: DataFlags) -> Option<Value> {
    match (map.keys(), map.values()) {
        ([Key::String(name)], [Value::String(text)]) => typed_text(name.as_bytes(), text, flags),
        _ => None,
    }
}

/// What the tag `name` makes of a string.
pub(super) fn typed_text(name: &[u8], text: &Text, flags: DataFlags) -> Option<Value> {
    if name == b"$time" && flags.times {
        return Time::parse_rfc3339(std::str::from_utf8(text.as_bytes()).ok()?).map(Value::Time);
    }
    if !flags.trusted {
        return None;
    }
    if name == b"$bytes" {
        return STANDARD.decode(text.as_bytes()).ok().map(|bytes| Value::Bytes(bytes.into()));
    }
    let (_, content) = CONTENT_TAGS.iter().find(|(tag, _)| tag.as_bytes() == name)?;
    Some(Value::Trusted(*content, text.clone()))
}

/// The plain object in `{"$map": {…}}`.
fn wrapped(map: &Map) -> Option<Map> {
    match (map.keys(), map.values()) {
        ([Key::String(name)], [Value::Map(inner)]) if name.as_bytes() == b"$map" => Some(inner.clone()),
        _ => None,
    }
}
