//! Turbo Streams, for Turbo 8 as it is.

use super::elements::ElementChange;
use super::html::attribute_value;

/// The message that makes the changes.
pub(crate) fn encode(changes: &[ElementChange], region: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        match change {
            ElementChange::Replace { id, content, .. } => match content.inner.clone() {
                Some(inner) => stream("update", id, &content.html[inner], &mut out),
                None => stream("replace", id, &content.html, &mut out),
            },
            // Not of this format.
            ElementChange::Update { .. } | ElementChange::Move { content: None, .. } => {}
            ElementChange::Insert { place, content, .. }
            | ElementChange::Move { place, content: Some(content), .. } => {
                let action = if place.is_after { "after" } else { "before" };
                stream(action, &place.id, &content.html, &mut out);
            }
            ElementChange::Remove { id, .. } => {
                open("remove", id, &mut out);
                out.extend_from_slice(b"</turbo-stream>");
            }
            ElementChange::Region { content } => stream("update", region, &content.html, &mut out),
        }
    }
    out
}

fn open(action: &str, target: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<turbo-stream action=\"");
    out.extend_from_slice(action.as_bytes());
    out.extend_from_slice(b"\" target=\"");
    attribute_value(target, out);
    out.extend_from_slice(b"\">");
}

fn stream(action: &str, target: &str, html: &[u8], out: &mut Vec<u8>) {
    open(action, target, out);
    out.extend_from_slice(b"<template>");
    out.extend_from_slice(html);
    out.extend_from_slice(b"</template></turbo-stream>");
}
