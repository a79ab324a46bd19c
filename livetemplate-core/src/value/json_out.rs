//! JSON text out: data with tags, and what Go's `json.Marshal` makes of it.

use super::number::FloatSize;
use super::tags::{CONTENT_TAGS, typed_text};
use super::{DataFlags, Key, Map, Object, Real, Text, Value, number};
use crate::error::{Code, Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

impl Value {
    /// Appends the value as JSON text, tagged as `flags` allow, so that `from_json` with the same flags reads it back.
    ///
    /// What has no tag is written as `json.Marshal` would: times and trusted text as strings, bytes as base64, records as
    /// objects, integer and bool keys as strings, numbers of Go's other types without their type. Floats keep a fraction or
    /// an exponent. A host object is written as its JSON form or else its data, and never read back as more than plain data.
    ///
    /// # Errors
    /// `InvalidData` for a float that is not finite, for a complex number, for a time that RFC 3339 cannot express, and for a
    /// host object that has neither a JSON form nor data or fails to give it; `out` is unchanged then.
    pub fn write_json(&self, flags: DataFlags, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let written = Writer { out, flags, go: false }.value(self);
        written.map_err(|why| {
            out.truncate(start);
            Error::new(Code::InvalidData, why)
        })
    }

    /// Appends what Go's `json.Marshal` makes of the value (`<`, `>`, `&`, U+2028 and U+2029 escaped), for JavaScript
    /// contexts. The error is Go's text; what was appended before it stays.
    pub(crate) fn marshal_json(&self, out: &mut Vec<u8>) -> Result<(), String> {
        let mut writer = Writer { out, flags: DataFlags::default(), go: true };
        match self {
            Value::Host(object) => writer.whole_object(&**object),
            value => writer.value(value),
        }
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    flags: DataFlags,
    /// Exactly as Go writes it, or as data that is read back.
    go: bool,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(b) => self.out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Value::Int(i) => number::append_int(self.out, *i),
            Value::Float(f) => self.float(*f, FloatSize::Double)?,
            Value::Number(number) => match number.real() {
                Real::Int(i) => number::append_int(self.out, i),
                Real::Uint(u) => number::append_uint(self.out, u),
                Real::Float(f) => self.float(f, FloatSize::Single)?,
            },
            Value::Complex64(..) | Value::Complex128(..) => {
                return Err(format!("json: unsupported type: {}", value.type_name()));
            }
            Value::String(s) => self.string(s.as_bytes()),
            Value::Bytes(b) => self.tagged("$bytes", self.flags.trusted, |writer| {
                writer.out.push(b'"');
                writer.out.extend_from_slice(STANDARD.encode(b.as_bytes()).as_bytes());
                writer.out.push(b'"');
            }),
            Value::Trusted(content, s) => {
                let tag = CONTENT_TAGS.iter().find(|(_, c)| c == content).map_or("$html", |(tag, _)| tag);
                self.tagged(tag, self.flags.trusted, |writer| writer.string(s.as_bytes()));
            }
            Value::Time(time) => {
                time.check_json().map_err(|why| {
                    format!("json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: {why}")
                })?;
                let time = if self.go { *time } else { time.with_whole_minutes() };
                self.tagged("$time", self.flags.times, |writer| {
                    writer.out.push(b'"');
                    time.append_rfc3339(writer.out);
                    writer.out.push(b'"');
                });
            }
            Value::List(items) => {
                self.out.push(b'[');
                for (i, item) in items.iter().enumerate() {
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
            Value::Host(object) => match (object.json(false).map_err(|e| e.to_string())?, object.data()) {
                (Some(json), _) => self.text_of(&**object, json.as_bytes())?,
                (None, Some(data)) => self.value(data)?,
                (None, None) => return Err(format!("json: unsupported type: {}", object.type_name())),
            },
        }
        Ok(())
    }

    /// A host object that is all there is to write.
    fn whole_object(&mut self, object: &dyn Object) -> Result<(), String> {
        if let Some(json) = object.json(true).map_err(|error| error.to_string())? {
            return self.text_of(object, json.as_bytes());
        }
        if let Some(text) = object.text().map_err(|error| error.to_string())? {
            self.string(text.as_bytes());
            return Ok(());
        }
        match object.data() {
            Some(Value::Host(inner)) => self.whole_object(&**inner),
            Some(data) => self.value(data),
            None => Err(format!("json: unsupported type: {}", object.type_name())),
        }
    }

    /// JSON text that a host object gave: for Go as it is, without the white space; as data read and written again, so that
    /// nothing in it can pass for a tag.
    fn text_of(&mut self, object: &dyn Object, json: &[u8]) -> Result<(), String> {
        let read = Value::from_json(json, DataFlags::default()).map_err(|error| {
            format!("json: error calling MarshalJSON for type {}: {error}", object.type_name())
        })?;
        if !self.go {
            return self.value(&read);
        }
        self.compact(json);
        Ok(())
    }

    /// Appends valid JSON without white space between its parts, and with what HTML or JavaScript could misread escaped.
    fn compact(&mut self, json: &[u8]) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let (mut rest, mut in_string, mut escaped) = (json, false, false);
        while let [byte, after @ ..] = rest {
            rest = after;
            match (byte, after) {
                (b' ' | b'\t' | b'\n' | b'\r', _) if !in_string => {}
                (b'<' | b'>' | b'&', _) => {
                    let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                    self.out.extend_from_slice(b"\\u00");
                    self.out.extend_from_slice(&digits);
                }
                (0xE2, [0x80, last @ (0xA8 | 0xA9), after @ ..]) => {
                    self.out.extend_from_slice(if *last == 0xA8 { b"\\u2028" } else { b"\\u2029" });
                    rest = after;
                }
                _ => self.out.push(*byte),
            }
            in_string ^= *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
        }
    }

    /// A float as encoding/json writes it: like ECMAScript, `%f` for exponents from -6 to 20 and `%e` beyond.
    fn float(&mut self, f: f64, size: FloatSize) -> Result<(), String> {
        if !f.is_finite() {
            let mut message = b"json: unsupported value: ".to_vec();
            number::append_float(&mut message, f, size, b'g', None);
            return Err(super::lossy(&message).into_owned());
        }
        let plain = match size {
            // Go compares in the number's own precision.
            FloatSize::Single => (1e-6..1e21).contains(&(f.abs() as f32)),
            FloatSize::Double => (1e-6..1e21).contains(&f.abs()),
        };
        if f == 0.0 || plain {
            number::append_float(self.out, f, size, b'f', None);
            // Data must stay a float.
            if !self.go && f.trunc() == f {
                self.out.extend_from_slice(b".0");
            }
            return Ok(());
        }
        number::append_float(self.out, f, size, b'e', None);
        // `e-09` is written `e-9`.
        if let [.., b'e', b'-', b'0', last] = self.out[..] {
            self.out.truncate(self.out.len() - 2);
            self.out.push(last);
        }
        Ok(())
    }

    fn tagged(&mut self, tag: &str, on: bool, content: impl FnOnce(&mut Self)) {
        if on {
            self.out.extend_from_slice(b"{\"");
            self.out.extend_from_slice(tag.as_bytes());
            self.out.extend_from_slice(b"\":");
        }
        content(self);
        if on {
            self.out.push(b'}');
        }
    }

    /// A string. Go's form also escapes `<`, `>`, `&`, U+2028 and U+2029, and writes `\ufffd` for bad bytes.
    fn string(&mut self, bytes: &[u8]) {
        let (go, out) = (self.go, &mut *self.out);
        const HEX: &[u8; 16] = b"0123456789abcdef";
        out.push(b'"');
        for chunk in bytes.utf8_chunks() {
            let valid = chunk.valid().as_bytes();
            let mut done = 0;
            for (i, &byte) in valid.iter().enumerate() {
                match byte {
                    b'"' | b'\\' | 0..0x20 => {}
                    b'<' | b'>' | b'&' if go => {}
                    // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
                    0xE2 if go && matches!(valid.get(i + 1..i + 3), Some([0x80, 0xA8 | 0xA9])) => {}
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
                out.extend_from_slice(if go { b"\\ufffd" } else { "\u{FFFD}".as_bytes() });
            }
        }
        out.push(b'"');
    }

    fn object<'v>(&mut self, mut members: impl Iterator<Item = (Name<'v>, &'v Value)>) -> Result<(), String> {
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
    let sorted = match map.keys().first() {
        // Strings stand last, so a first key that is a string means that all are, and they are in order.
        None | Some(Key::String(_)) => Vec::new(),
        Some(_) => {
            let mut members: Vec<_> = map.entries().map(|(key, value)| (Name::of(key), value)).collect();
            members.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            members
        }
    };
    let in_order = if sorted.is_empty() { map.len() } else { 0 };
    sorted.into_iter().chain(map.entries().take(in_order).map(|(key, value)| (Name::of(key), value)))
}
