//! JSON text in, and the tags of typed values.

use super::{Content, Key, MAX_DEPTH, Map, Text, Time, Value};
use crate::error::{Code, Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

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

impl Value {
    /// Reads JSON text.
    ///
    /// A literal without fraction and exponent is an integer if it fits 64 bits; any other number is a float. Of repeated
    /// names the last wins. Bytes that are not UTF-8 and lone surrogate escapes become U+FFFD, as in Go.
    ///
    /// # Errors
    /// `InvalidJson` with line and column (in bytes) in the message; `DepthExceeded` beyond 128 levels.
    pub fn from_json(text: &[u8], flags: DataFlags) -> Result<Value> {
        let first = read(text, flags);
        // Two things need the text rewritten, and both are rare: what serde_json refuses and Go does not, and the integer
        // literal `-0`, which it takes for a float.
        let suspect = match &first {
            Ok((_, negative_zero)) => *negative_zero,
            Err(error) => error.code() == Code::InvalidJson,
        };
        if suspect && let Some(repaired) = repair(text) {
            return read(&repaired, flags).map(|(value, _)| value);
        }
        first.map(|(value, _)| value)
    }
}

/// Reads the text as it stands. The flag beside the value tells that a negative zero was met.
fn read(text: &[u8], flags: DataFlags) -> Result<(Value, bool)> {
    let mut reader = Reader {
        // Each level of data may stand in one `$map`.
        limit: if flags.any() { 2 * MAX_DEPTH } else { MAX_DEPTH },
        tags: flags.any(),
        tag_seen: false,
        deepest: 0,
        negative_zero: false,
        keys: [const { None }; KEY_SLOTS],
    };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = Seed { reader: &mut reader, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    let mut value = match value {
        Ok(value) => value,
        Err(_) if reader.deepest > reader.limit => return Err(too_deep()),
        Err(error) => return Err(Error::new(Code::InvalidJson, format!("invalid JSON: {error}"))),
    };
    if reader.tag_seen || reader.deepest > MAX_DEPTH {
        untag(&mut value, flags, 0)?;
    }
    Ok((value, reader.negative_zero))
}

pub(super) fn too_deep() -> Error {
    Error::new(Code::DepthExceeded, format!("data is nested more than {MAX_DEPTH} levels deep"))
}

const KEY_SLOTS: usize = 64;

/// What one reading of a text keeps beside the values.
struct Reader {
    limit: usize,
    tags: bool,
    /// An object with one member whose name starts with `$` was read.
    tag_seen: bool,
    deepest: usize,
    negative_zero: bool,
    /// Names seen last, so that the objects of a list share theirs.
    keys: [Option<Text>; KEY_SLOTS],
}

impl Reader {
    fn key(&mut self, name: &str) -> Text {
        let bytes = name.as_bytes();
        let mut hash = bytes.len();
        for at in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            hash = hash.wrapping_mul(31).wrapping_add(usize::from(bytes.get(at).copied().unwrap_or(0)));
        }
        let slot = &mut self.keys[hash % KEY_SLOTS];
        match slot {
            Some(known) if known.as_bytes() == bytes => known.clone(),
            _ => slot.insert(Text::from(name)).clone(),
        }
    }

    fn enter<E: serde::de::Error>(&mut self, depth: usize) -> Result<usize, E> {
        let depth = depth + 1;
        self.deepest = self.deepest.max(depth);
        if depth > self.limit { Err(E::custom("nested too deeply")) } else { Ok(depth) }
    }
}

/// Reads one value standing at `depth`.
struct Seed<'a> {
    reader: &'a mut Reader,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, i: i64) -> Result<Value, E> {
        Ok(Value::Int(i))
    }

    fn visit_u64<E>(self, u: u64) -> Result<Value, E> {
        Ok(u.into())
    }

    fn visit_f64<E>(self, f: f64) -> Result<Value, E> {
        self.reader.negative_zero |= f == 0.0 && f.is_sign_negative();
        Ok(Value::Float(f))
    }

    fn visit_str<E>(self, s: &str) -> Result<Value, E> {
        Ok(Value::String(s.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = self.reader.enter::<A::Error>(self.depth)?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Seed { reader: self.reader, depth })? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = self.reader.enter::<A::Error>(self.depth)?;
        let mut entries = Vec::new();
        while let Some(name) = access.next_key_seed(NameSeed(self.reader))? {
            let value = access.next_value_seed(Seed { reader: self.reader, depth })?;
            entries.push((Key::String(name), value));
        }
        let map = Map::from(entries);
        if self.reader.tags
            && let [Key::String(name)] = map.keys()
            && name.as_bytes().first() == Some(&b'$')
        {
            self.reader.tag_seen = true;
        }
        Ok(Value::Map(map))
    }
}

/// Reads the name of a member.
struct NameSeed<'a>(&'a mut Reader);

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Text;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Text, E> {
        Ok(self.0.key(name))
    }
}

/// Turns tags into what they stand for, from the outside in, and checks the depth of what results.
fn untag(value: &mut Value, flags: DataFlags, depth: usize) -> Result<()> {
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

/// The text with U+FFFD for bad bytes and lone surrogate escapes in its strings and `0` for `-0`; `None` if it has none
/// of these.
fn repair(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut changed = false;
    let mut in_string = false;
    let mut i = 0;
    while let Some(&byte) = text.get(i) {
        let mut taken = 1;
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => match (escaped_unit(text, i), escaped_unit(text, i + 6)) {
                (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => taken = 12,
                (Some(0xD800..0xE000), _) => {
                    out.extend_from_slice(b"\\ufffd");
                    changed = true;
                    i += 6;
                    continue;
                }
                _ => taken = 2,
            },
            0x80.. if in_string => {
                let run = text[i..].iter().position(u8::is_ascii).unwrap_or(text.len() - i);
                for chunk in text[i..i + run].utf8_chunks() {
                    out.extend_from_slice(chunk.valid().as_bytes());
                    changed |= !chunk.invalid().is_empty();
                    chunk.invalid().iter().for_each(|_| out.extend_from_slice("\u{FFFD}".as_bytes()));
                }
                i += run;
                continue;
            }
            b'-' if !in_string
                && text.get(i + 1) == Some(&b'0')
                && !matches!(text.get(i + 2), Some(b'0'..=b'9' | b'.' | b'e' | b'E'))
                && !matches!(out.last(), Some(b'e' | b'E')) =>
            {
                out.push(b' ');
                changed = true;
                i += 1;
                continue;
            }
            _ => {}
        }
        let end = text.len().min(i + taken);
        out.extend_from_slice(&text[i..end]);
        i = end;
    }
    changed.then_some(out)
}

/// The code unit of an escape `\uXXXX` that starts at `at`.
fn escaped_unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}
