//! Turbo Streams, for Turbo 8 as it is.

use super::elements::ElementChange;
use super::html::{attribute_value, name};
use super::rows::RowChange;

/// The message that makes the changes.
pub(crate) fn encode(changes: &[ElementChange], region: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        match change {
            ElementChange::Row(change) => row(change, &mut out),
            // Not of this format.
            ElementChange::Update { .. } => {}
            ElementChange::Region { content } => {
                // This start tag makes nothing there, but what comes then is parsed as it is in a body.
                let html = &content.html;
                let start = if starts_misplaced(html, b"<body") { &b"<body>"[..] } else { b"" };
                stream("update", region, &[start, html].concat(), &mut out);
            }
        }
    }
    out
}

fn row(change: &RowChange, out: &mut Vec<u8>) {
    match change {
        RowChange::Replace { id, content, .. } => match content.inner.clone() {
            Some(inner) if !starts_misplaced(&content.html[inner.clone()], &content.html) => {
                stream("update", id, &content.html[inner], out);
            }
            _ => stream("replace", id, &content.html, out),
        },
        RowChange::Insert { place, content, .. } | RowChange::Move { place, content: Some(content), .. } => {
            let action = if place.is_after { "after" } else { "before" };
            stream(action, &place.id, &content.html, out);
        }
        // Not of this format.
        RowChange::Move { content: None, .. } => {}
        RowChange::Remove { id, .. } => {
            open("remove", id, out);
            out.extend_from_slice(b"</turbo-stream>");
        }
    }
}

/// Whether the first tag of an element's content makes something else at the start of a `<template>`: an end tag makes nothing there,
/// and a part of a table, which is ignored in a body, stays.
fn starts_misplaced(content: &[u8], element: &[u8]) -> bool {
    let mut rest = content;
    let tag = loop {
        let Some(at) = rest.iter().position(|byte| *byte == b'<') else { return false };
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix(b"<!--") {
            let Some(end) = comment.windows(3).position(|bytes| bytes == b"-->") else { return false };
            rest = &comment[end..];
        } else if matches!(rest.get(1), Some(next) if next.is_ascii_alphabetic() || *next == b'/') {
            break rest;
        } else {
            rest = &rest[1..];
        }
    };
    tag.starts_with(b"</")
        || is_part_of_table(tag)
            && !is_part_of_table(element)
            && !name(element).eq_ignore_ascii_case(b"table")
}

fn is_part_of_table(tag: &[u8]) -> bool {
    let parts: [&[u8]; 9] =
        [b"tr", b"td", b"th", b"tbody", b"thead", b"tfoot", b"caption", b"colgroup", b"col"];
    parts.iter().any(|part| name(tag).eq_ignore_ascii_case(part))
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
