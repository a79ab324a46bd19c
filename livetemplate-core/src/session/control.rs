//! Control messages of our own client.

use super::page::Page;
use super::update::joined;
use crate::error::{Code, Error, Result};
use crate::template::Limits;
use crate::value::{DataFlags, Key, Map, Value};
use crate::wire::fragments::Splits;
use crate::wire::text::drift::{Drift, drifted};
use crate::wire::{Family, Sending, Wire, control};
use std::collections::HashMap;

/// The version of the protocol.
const VERSION: &str = "1.0";

/// What a client says or asks.
enum Request {
    /// The client lost its place.
    Resync,
    /// The client has applied all up to a message. Texts that it keeps, by fragment, have these checksums.
    Ack { seq: u64, checksums: Vec<(String, u32)> },
    /// The client has content of an earlier connection, with these hashes by fragment.
    Handshake { versions: HashMap<String, String> },
}

impl Page {
    /// Takes a control message of our own client (`docs/wire.md`) and gives the answer: no bytes when there is none to give. A message
    /// that is malformed, of another version of the protocol or of another page is answered with one of type `error`, and changes
    /// nothing. Only the answer to an `ack` can change what the page has told: like a payload it has the next number, and goes to all
    /// clients of the page.
    ///
    /// # Errors
    /// `PageClosed`; `InvalidArgument` in formats of other clients, which have no control messages; `Reentrant`.
    pub fn receive(&self, message: &[u8]) -> Result<Vec<u8>> {
        if matches!(self.wire(), Wire::Tree | Wire::Turbo | Wire::Htmx) {
            let message = format!("there are no control messages in the format {}", self.wire().name());
            return Err(Error::new(Code::InvalidArgument, message));
        }
        let _ = self.seq()?;
        match Limits::default().check_json(message).and_then(|()| read(message)) {
            Ok(Request::Resync) => self.resync(),
            Ok(Request::Handshake { versions }) => match self.wire().family() {
                Family::Elements(wire) => {
                    self.told(|page, tree, seq| wire.handshake(page, tree, &versions, seq))
                }
                Family::Tree | Family::Texts(_) => self.resync(),
            },
            Ok(Request::Ack { seq, checksums }) => self.acknowledged(seq, &checksums),
            Err(error) => Ok(refusal(&error)),
        }
    }

    fn acknowledged(&self, seq: u64, checksums: &[(String, u32)]) -> Result<Vec<u8>> {
        let told = self.seq()?;
        if seq > told {
            let text = format!("message {seq} is of another page: this one has sent {told}");
            return Ok(refusal(&invalid(text)));
        }
        let Family::Texts(wire) = self.wire().family() else { return Ok(Vec::new()) };
        // A page that is further on has other texts.
        if seq < told || checksums.is_empty() {
            return Ok(Vec::new());
        }
        self.tell(|page, tree, next, millis| {
            if next != seq + 1 {
                return (Vec::new(), 0);
            }
            match drifted(page, wire, tree, checksums) {
                Drift::None => (Vec::new(), 0),
                Drift::Fragments(changes) => {
                    // How long the page is matters for figures only, which nobody asks for here.
                    let sending = Sending { seq: next, millis, full: 0 };
                    let (messages, _) = wire.messages(&changes, &mut Splits::default(), sending);
                    self.forget();
                    let count = messages.len() as u64;
                    (joined(messages).0, count)
                }
                Drift::Page => (wire.resync(page, tree, seq), 0),
            }
        })
    }
}

/// The answer to a message that is not acceptable.
fn refusal(error: &Error) -> Vec<u8> {
    control::error(error.code().name(), &error.to_string())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidArgument, message)
}

fn read(message: &[u8]) -> Result<Request> {
    let Value::Map(message) = Value::from_json(message, DataFlags::default())? else {
        return Err(invalid("a control message is a JSON object"));
    };
    if let Some(version) = message.get_str(b"version")
        && text(version) != Some(VERSION)
    {
        return Err(invalid(format!("the version of the control message is not {VERSION}")));
    }
    match message.get_str(b"type").and_then(text) {
        Some("resync_request") => seq(&message).map(|_| Request::Resync),
        Some("ack") => {
            Ok(Request::Ack { seq: seq(&message)?, checksums: members(&message, "checksums", checksum)? })
        }
        Some("cache_handshake") => {
            let versions = members(&message, "fragment_versions", |text| Some(text.to_owned()))?;
            Ok(Request::Handshake { versions: versions.into_iter().collect() })
        }
        Some(other) => Err(invalid(format!("the type {other:?} of the control message is unknown"))),
        None => Err(invalid("the control message has no type")),
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => std::str::from_utf8(text.as_bytes()).ok(),
        _ => None,
    }
}

fn seq(message: &Map) -> Result<u64> {
    match message.get_str(b"seq") {
        Some(Value::Int(seq)) if *seq >= 0 => Ok(*seq as u64),
        _ => Err(invalid("seq is not the number of a message")),
    }
}

fn checksum(digits: &str) -> Option<u32> {
    (digits.len() == 8 && !digits.starts_with('+')).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// A member that has a text for each of some fragments; it may be missing.
fn members<T>(message: &Map, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<(String, T)>> {
    let members = match message.get_str(name.as_bytes()) {
        None => return Ok(Vec::new()),
        Some(Value::Map(members)) => members,
        Some(_) => return Err(invalid(format!("{name} is no object"))),
    };
    let read = |(id, value): (&Key, &Value)| {
        let Key::String(id) = id else { return Err(invalid("a fragment has no name")) };
        let value = text(value).and_then(&read);
        let value = value.ok_or_else(|| invalid(format!("{name} has a member that is not of its form")))?;
        Ok((String::from_utf8_lossy(id.as_bytes()).into_owned(), value))
    };
    members.entries().map(read).collect()
}
