//! JSON text in and out.

use super::{Content, Key, List, MAX_DEPTH, Map, Text, Time, Value, number};
use crate::error::{Code, Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::sync::Arc;

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
    fn any(self) -> bool {
        self.times || self.trusted
    }
}

/// The tag of each kind of trusted text.
const CONTENT_TAGS: [(&str, Content); 7] = [
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

    /// Appends the value as JSON text, tagged as `flags` allow, so that `from_json` with the same flags reads it back.
    ///
    /// What has no tag is written as `json.Marshal` would: times and trusted text as strings, bytes as base64, records as
    /// objects, integer and bool keys as strings. Floats keep a fraction or an exponent.
    ///
    /// # Errors
    /// `InvalidData` for a float that is not finite.
    pub fn write_json(&self, flags: DataFlags, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let written = Writer { flags, out }.value(self);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    /// Appends what Go's `json.Marshal` makes of the value (`<`, `>`, `&`, U+2028 and U+2029 escaped), for JavaScript
    /// contexts. The error is Go's text; what was appended before it stays.
    pub(crate) fn marshal_json(&self, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Value::Int(i) => number::append_int(out, *i),
            Value::Uint(u) => number::append_uint(out, *u),
            Value::Float(f) if f.is_finite() => append_json_float(out, *f),
            Value::Float(f) => {
                let mut message = b"json: unsupported value: ".to_vec();
                number::append_float(&mut message, *f, b'g', None);
                return Err(String::from_utf8_lossy(&message).into_owned());
            }
            Value::String(s) | Value::Trusted(_, s) => append_string(out, s.as_bytes(), Quoting::Html),
            Value::Bytes(b) => append_base64(out, b.as_bytes()),
            Value::List(items) => {
                out.push(b'[');
                for (i, item) in items.as_slice().iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.marshal_json(out)?;
                }
                out.push(b']');
            }
            Value::Map(map) => {
                let mut member = Members::new(out, Quoting::Html);
                for (name, value) in named(map) {
                    member.name(name.as_bytes());
                    value.marshal_json(member.out)?;
                }
                member.end();
            }
            Value::Record(record) => {
                let mut member = Members::new(out, Quoting::Html);
                for (name, value) in &record.fields {
                    member.name(name.as_bytes());
                    value.marshal_json(member.out)?;
                }
                member.end();
            }
            Value::Time(time) => {
                time.check_json().map_err(|why| {
                    format!("json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: {why}")
                })?;
                out.push(b'"');
                time.append_rfc3339(out);
                out.push(b'"');
            }
        }
        Ok(())
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
            && let [(Key::String(name), _)] = map.entries()
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
        Value::List(List(items)) => {
            Arc::make_mut(items).iter_mut().try_for_each(|item| untag(item, flags, depth + 1))
        }
        Value::Map(Map(entries)) => {
            Arc::make_mut(entries).iter_mut().try_for_each(|(_, member)| untag(member, flags, depth + 1))
        }
        _ => Ok(()),
    }
}

/// What a tag stands for; `None` for a plain object.
fn typed(map: &Map, flags: DataFlags) -> Option<Value> {
    match map.entries() {
        [(Key::String(name), Value::String(text))] => typed_text(name.as_bytes(), text, flags),
        _ => None,
    }
}

/// What the tag `name` makes of a string.
fn typed_text(name: &[u8], text: &Text, flags: DataFlags) -> Option<Value> {
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
    match map.entries() {
        [(Key::String(name), Value::Map(inner))] if name.as_bytes() == b"$map" => Some(inner.clone()),
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

/// Writes values with tags.
struct Writer<'a> {
    flags: DataFlags,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(b) => self.out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Value::Int(i) => number::append_int(self.out, *i),
            Value::Uint(u) => number::append_uint(self.out, *u),
            Value::Float(f) if f.is_finite() => {
                let start = self.out.len();
                append_json_float(self.out, *f);
                if !self.out[start..].iter().any(|b| matches!(b, b'.' | b'e')) {
                    self.out.extend_from_slice(b".0");
                }
            }
            Value::Float(f) => {
                return Err(Error::new(Code::InvalidData, format!("{f} has no form in JSON")));
            }
            Value::String(s) => self.string(s.as_bytes()),
            Value::Bytes(b) => {
                self.tagged("$bytes", self.flags.trusted, |out| append_base64(out, b.as_bytes()))
            }
            Value::Trusted(content, s) => {
                let tag = CONTENT_TAGS.iter().find(|(_, c)| c == content).map_or("$html", |(tag, _)| tag);
                self.tagged(tag, self.flags.trusted, |out| append_string(out, s.as_bytes(), Quoting::Plain));
            }
            Value::Time(time) => {
                let time = time.with_whole_minutes();
                self.tagged("$time", self.flags.times, |out| {
                    out.push(b'"');
                    time.append_rfc3339(out);
                    out.push(b'"');
                });
            }
            Value::List(items) => {
                self.out.push(b'[');
                for (i, item) in items.as_slice().iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.value(item)?;
                }
                self.out.push(b']');
            }
            Value::Map(map) => self.object(named(map))?,
            Value::Record(record) => {
                self.object(record.fields.iter().map(|(name, value)| (Name::Str(name), value)))?;
            }
        }
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) {
        append_string(self.out, bytes, Quoting::Plain);
    }

    fn tagged(&mut self, tag: &str, on: bool, content: impl FnOnce(&mut Vec<u8>)) {
        if on {
            self.out.extend_from_slice(b"{\"");
            self.out.extend_from_slice(tag.as_bytes());
            self.out.extend_from_slice(b"\":");
        }
        content(self.out);
        if on {
            self.out.push(b'}');
        }
    }

    fn object<'v>(&mut self, mut members: impl Iterator<Item = (Name<'v>, &'v Value)>) -> Result<()> {
        let first = members.next();
        let second = members.next();
        let wrap = second.is_none()
            && first.as_ref().is_some_and(|(name, value)| self.looks_like_tag(name.as_bytes(), value));
        if wrap {
            self.out.extend_from_slice(b"{\"$map\":");
        }
        self.out.push(b'{');
        let mut separator: &[u8] = b"";
        for (name, value) in first.into_iter().chain(second).chain(members) {
            self.out.extend_from_slice(separator);
            separator = b",";
            self.string(name.as_bytes());
            self.out.push(b':');
            self.value(value)?;
        }
        self.out.push(b'}');
        if wrap {
            self.out.push(b'}');
        }
        Ok(())
    }

    /// Whether a plain object with this one member would be read as a tag.
    fn looks_like_tag(&self, name: &[u8], value: &Value) -> bool {
        if !self.flags.any() || name.first() != Some(&b'$') {
            return false;
        }
        if name == b"$map" {
            return match value {
                Value::Map(_) | Value::Record(_) => true,
                Value::Time(_) => self.flags.times,
                Value::Bytes(_) | Value::Trusted(..) => self.flags.trusted,
                _ => false,
            };
        }
        // What has no tag of its own is written as a string and can look like one too.
        let written = match value {
            Value::String(text) => text.clone(),
            Value::Trusted(_, text) if !self.flags.trusted => text.clone(),
            Value::Time(time) if !self.flags.times => time.to_rfc3339().into(),
            _ => return false,
        };
        typed_text(name, &written, self.flags).is_some()
    }
}

/// The name of a member as JSON has it.
pub(super) enum Name<'a> {
    Text(&'a Text),
    Str(&'a str),
    Made(String),
}

impl<'a> Name<'a> {
    pub(super) fn of(key: &'a Key) -> Name<'a> {
        match key {
            Key::Bool(b) => Name::Str(if *b { "true" } else { "false" }),
            Key::Int(i) => Name::Made(itoa::Buffer::new().format(*i).to_owned()),
            Key::String(text) => Name::Text(text),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Name::Text(text) => text.as_bytes(),
            Name::Str(s) => s.as_bytes(),
            Name::Made(s) => s.as_bytes(),
        }
    }
}

/// The members of a map in the order of their names as strings.
fn named(map: &Map) -> impl Iterator<Item = (Name<'_>, &Value)> {
    let entries = map.entries();
    let sorted = match entries.first() {
        // Strings stand last, so a first key that is a string means that all are, and they are in order.
        None | Some((Key::String(_), _)) => Vec::new(),
        Some(_) => {
            let mut members: Vec<_> = entries.iter().map(|(key, value)| (Name::of(key), value)).collect();
            members.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            members
        }
    };
    let in_order = if sorted.is_empty() { entries } else { &[] };
    sorted.into_iter().chain(in_order.iter().map(|(key, value)| (Name::of(key), value)))
}

/// Writes the braces, names and separators of an object.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    quoting: Quoting,
    empty: bool,
}

impl<'a> Members<'a> {
    fn new(out: &'a mut Vec<u8>, quoting: Quoting) -> Self {
        out.push(b'{');
        Members { out, quoting, empty: true }
    }

    fn name(&mut self, name: &[u8]) {
        if !std::mem::replace(&mut self.empty, false) {
            self.out.push(b',');
        }
        append_string(self.out, name, self.quoting);
        self.out.push(b':');
    }

    fn end(self) {
        self.out.push(b'}');
    }
}

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// Escapes what JSON demands; bad bytes become the character U+FFFD.
    Plain,
    /// As `json.Marshal`: also `<`, `>`, `&`, U+2028, U+2029, and bad bytes become `\ufffd`.
    Html,
}

fn append_string(out: &mut Vec<u8>, bytes: &[u8], quoting: Quoting) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid().as_bytes();
        let mut done = 0;
        for (i, &byte) in valid.iter().enumerate() {
            let html = quoting == Quoting::Html;
            match byte {
                b'"' | b'\\' | 0..0x20 => {}
                b'<' | b'>' | b'&' if html => {}
                // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
                0xE2 if html && matches!(valid.get(i + 1..i + 3), Some([0x80, 0xA8 | 0xA9])) => {}
                _ => continue,
            }
            out.extend_from_slice(&valid[done..i]);
            done = i + 1;
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                0x08 => out.extend_from_slice(b"\\b"),
                0x0C => out.extend_from_slice(b"\\f"),
                0xE2 => {
                    out.extend_from_slice(if valid[i + 2] == 0xA8 { b"\\u2028" } else { b"\\u2029" });
                    done = i + 3;
                }
                _ => {
                    out.extend_from_slice(b"\\u00");
                    out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                }
            }
        }
        out.extend_from_slice(&valid[done..]);
        for _ in chunk.invalid() {
            out.extend_from_slice(if quoting == Quoting::Html { b"\\ufffd" } else { "\u{FFFD}".as_bytes() });
        }
    }
    out.push(b'"');
}

fn append_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
}

/// A float as encoding/json writes it: like ECMAScript, `%f` for exponents from -6 to 20 and `%e` beyond.
fn append_json_float(out: &mut Vec<u8>, f: f64) {
    let size = f.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        number::append_float(out, f, b'f', None);
        return;
    }
    number::append_float(out, f, b'e', None);
    // `e-09` is written `e-9`.
    if let [.., b'e', b'-', b'0', last] = out[..] {
        out.truncate(out.len() - 2);
        out.push(last);
    }
}
