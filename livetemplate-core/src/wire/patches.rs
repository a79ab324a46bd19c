//! The format `patches`: the envelope of version 1.0, `livetemplate-core/schema/update-message-1.0.json`.

use super::text::{MAX_REPLACED, NewValue, NewValues, TextChange, TextChangeKind, utf16_len};
use super::tree::string;
use crate::value::Time;

/// The most bytes of a message.
const MAX_MESSAGE: usize = 256 << 10;

/// Parts of long texts are cut at multiples of about so many bytes.
const SLICE: usize = 1 << 10;

/// The messages that make the changes: more than one where one would be too long. `seq` is the number of the first, `millis` the time
/// since the Unix epoch.
pub(crate) fn encode(changes: &[TextChange<'_>], seq: u64, millis: u64) -> Vec<Vec<u8>> {
    let mut envelopes = Envelopes { seq, time: timestamp(millis), messages: Vec::new(), open: Vec::new() };
    let mut replaced = changes.iter().filter(|change| !change.is_values()).count();
    for change in changes {
        let data = match &change.kind {
            TextChangeKind::Values(new) => {
                let values = Data::values(new);
                match new.is_whole.then(|| Data::text(new.new.as_bytes())) {
                    Some(whole) if replaced < MAX_REPLACED && whole.len() < values.len() => {
                        replaced += 1;
                        whole
                    }
                    _ => values,
                }
            }
            TextChangeKind::Replace(html) | TextChangeKind::Region(html) => Data::text(html),
            // The format has no operations on rows.
            TextChangeKind::Row { .. } => continue,
        };
        envelopes.update(&change.id, &data);
    }
    envelopes.flush();
    envelopes.messages
}

/// The member `data` of an update, as JSON text.
enum Data {
    /// One for each new value.
    Values(Vec<Vec<u8>>),
    /// The new text in parts, without the quotes.
    Text(Vec<Vec<u8>>),
}

impl Data {
    fn values(new: &NewValues<'_>) -> Data {
        // How far the text was gone through, in bytes and in UTF-16 units.
        let (mut bytes, mut units) = (0, 0);
        let mut to_units = |to: usize| {
            units += utf16_len(&new.old[bytes..to]);
            bytes = to;
            units
        };
        let item = |value: &NewValue<'_>| {
            let position = to_units(value.old.start);
            let length = to_units(value.old.end) - position;
            let text = &new.new[value.new.clone()];
            let mut out = Vec::with_capacity(text.len() + value.path.len() + 64);
            number(b"{\"position\":", position as u64, &mut out);
            number(b",\"length\":", length as u64, &mut out);
            out.extend_from_slice(b",\"new_value\":");
            string(text.as_bytes(), &mut out);
            if let Some(kind) = value_type(value, text) {
                out.extend_from_slice(b",\"value_type\":\"");
                out.extend_from_slice(kind.as_bytes());
                out.push(b'"');
            }
            out.extend_from_slice(b",\"data_path\":");
            string(value.path.as_bytes(), &mut out);
            out.push(b'}');
            out
        };
        Data::Values(new.values.iter().map(item).collect())
    }

    fn text(html: &[u8]) -> Data {
        let html = String::from_utf8_lossy(html);
        let (mut parts, mut rest) = (Vec::new(), &*html);
        while !rest.is_empty() {
            // At the end of a character, which is never in the midst of a surrogate pair.
            let (slice, behind) = rest.split_at(rest.ceil_char_boundary(SLICE));
            let mut part = Vec::with_capacity(slice.len() + slice.len() / 8 + 2);
            string(slice.as_bytes(), &mut part);
            parts.push(part[1..part.len() - 1].to_vec());
            rest = behind;
        }
        Data::Text(parts)
    }

    fn parts(&self) -> &[Vec<u8>] {
        match self {
            Data::Values(parts) | Data::Text(parts) => parts,
        }
    }

    /// Length of the JSON text.
    fn len(&self) -> usize {
        let commas = match self {
            Data::Values(items) => items.len().saturating_sub(1),
            Data::Text(_) => 0,
        };
        2 + commas + self.parts().iter().map(Vec::len).sum::<usize>()
    }

    fn action(&self) -> &'static [u8] {
        match self {
            Data::Values(_) => b"value_updates",
            Data::Text(_) => b"replace",
        }
    }

    /// Appends some of the parts.
    fn write(&self, parts: &[Vec<u8>], out: &mut Vec<u8>) {
        match self {
            Data::Values(_) => {
                out.push(b'[');
                for (i, part) in parts.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(part);
                }
                out.push(b']');
            }
            Data::Text(_) => {
                out.push(b'"');
                parts.iter().for_each(|part| out.extend_from_slice(part));
                out.push(b'"');
            }
        }
    }
}

/// Messages, and the updates of the one that is not finished.
struct Envelopes {
    seq: u64,
    time: String,
    messages: Vec<Vec<u8>>,
    open: Vec<u8>,
}

impl Envelopes {
    /// Length of a message without its updates, at most.
    const FRAME: usize = 128;

    fn update(&mut self, id: &str, data: &Data) {
        let len = data.len() + id.len() + Self::FRAME;
        if self.open.len() + len > MAX_MESSAGE {
            self.flush();
        }
        if len > MAX_MESSAGE {
            return self.chunks(id, data);
        }
        if !self.open.is_empty() {
            self.open.push(b',');
        }
        self.begin(id, data);
        data.write(data.parts(), &mut self.open);
        self.open.push(b'}');
    }

    fn begin(&mut self, id: &str, data: &Data) {
        self.open.extend_from_slice(b"{\"fragment_id\":");
        string(id.as_bytes(), &mut self.open);
        self.open.extend_from_slice(b",\"action\":\"");
        self.open.extend_from_slice(data.action());
        self.open.extend_from_slice(b"\",\"data\":");
    }

    /// An update in parts, each in a message of its own.
    fn chunks(&mut self, id: &str, data: &Data) {
        let budget = MAX_MESSAGE - 2 * Self::FRAME - id.len();
        let parts = data.parts();
        let (mut chunks, mut from, mut len) = (Vec::new(), 0, 0);
        for (at, part) in parts.iter().enumerate() {
            if len + part.len() + 1 > budget && at > from {
                chunks.push(&parts[from..at]);
                (from, len) = (at, 0);
            }
            len += part.len() + 1;
        }
        chunks.push(&parts[from..]);
        let first = self.seq;
        for (chunk, number) in chunks.iter().zip(1..) {
            self.begin(id, data);
            data.write(chunk, &mut self.open);
            self::number(b",\"chunk\":{\"seq\":", number, &mut self.open);
            self::number(b",\"total\":", chunks.len() as u64, &mut self.open);
            self::number(b",\"id\":\"c", first, &mut self.open);
            self.open.extend_from_slice(b"\"}}");
            self.flush();
        }
    }

    /// Finishes the message.
    fn flush(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let mut message = Vec::with_capacity(self.open.len() + Self::FRAME);
        number(b"{\"version\":\"1.0\",\"seq\":", self.seq, &mut message);
        message.extend_from_slice(b",\"timestamp\":\"");
        message.extend_from_slice(self.time.as_bytes());
        message.extend_from_slice(b"\",\"updates\":[");
        message.append(&mut self.open);
        message.extend_from_slice(b"]}");
        self.messages.push(message);
        self.seq += 1;
    }
}

fn number(before: &[u8], number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(before);
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// What the new text reads as, if that is not a string.
fn value_type(value: &NewValue<'_>, text: &str) -> Option<&'static str> {
    let is_number = || {
        text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || b"-.e".contains(&byte))
            && text.parse::<f64>().is_ok()
    };
    match text {
        _ if value.is_json => Some("json"),
        "true" | "false" => Some("bool"),
        _ if is_number() => Some("number"),
        _ => None,
    }
}

/// RFC 3339 with milliseconds, in UTC.
fn timestamp(millis: u64) -> String {
    let seconds = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
    let time = Time::new(seconds, (millis % 1000) as u32 * 1_000_000, 0);
    let mut out = Vec::new();
    time.append_format(b"2006-01-02T15:04:05.000Z", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
