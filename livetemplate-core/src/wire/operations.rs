//! The format `operations` of our own client: changes of elements as JSON.

use super::elements::{Beside, Content, ElementChange};
use super::tree::string;

/// The message with this number that makes the changes.
pub(crate) fn encode(changes: &[ElementChange], region: &str, seq: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(b"{\"seq\":");
    number(seq, &mut out);
    out.extend_from_slice(b",\"operations\":[");
    let empty = out.len();
    for change in changes {
        if out.len() > empty {
            out.push(b',');
        }
        operation(change, region, &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

fn operation(change: &ElementChange, region: &str, out: &mut Vec<u8>) {
    match change {
        ElementChange::Replace { id, content } => replace(id, content, out),
        ElementChange::Insert { ids, place, content } => {
            open(ids.first().map_or("", |id| id), place.action(), out);
            target(place, out);
            html(content, out);
            space(place.space(), out);
            out.push(b'}');
        }
        ElementChange::Move { id, place, content, is_changed, space: with } => {
            open(id, place.action(), out);
            target(place, out);
            space(*with, out);
            out.push(b'}');
            if *is_changed {
                out.push(b',');
                replace(id, content, out);
            }
        }
        ElementChange::Remove { id, space: with } => {
            open(id, "remove", out);
            space(*with, out);
            out.push(b'}');
        }
        ElementChange::Region { content } => replace(region, content, out),
    }
}

fn replace(id: &str, content: &Content, out: &mut Vec<u8>) {
    open(id, "replace", out);
    html(content, out);
    out.push(b'}');
}

fn open(id: &str, action: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"fragment_id\":");
    string(id.as_bytes(), out);
    member("action", action.as_bytes(), out);
}

fn member(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    string(value, out);
}

fn target(place: &Beside, out: &mut Vec<u8>) {
    member("target_id", place.id.as_bytes(), out);
}

fn html(content: &Content, out: &mut Vec<u8>) {
    member("html", &content.html, out);
    if let Some(hash) = &content.hash {
        member("content_hash", hash.as_bytes(), out);
    }
}

fn space((before, after): (u32, u32), out: &mut Vec<u8>) {
    if (before, after) != (0, 0) {
        out.extend_from_slice(b",\"space\":[");
        number(before.into(), out);
        out.push(b',');
        number(after.into(), out);
        out.push(b']');
    }
}

fn number(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

impl Beside {
    fn action(&self) -> &'static str {
        if self.is_after { "insertAfter" } else { "insertBefore" }
    }

    /// The white space between the element and the place, on the side where it is.
    fn space(&self) -> (u32, u32) {
        if self.is_after { (0, self.gap) } else { (self.gap, 0) }
    }
}
