//! Out-of-band swaps, for htmx 2 as it is.

use super::elements::ElementChange;
use super::html::{attribute_value, name};
use super::rows::RowChange;

/// The message that makes the changes.
///
/// What htmx parses stands in a `<template>`, whose first tag decides which others the parser takes: parts of tables of one kind
/// may stand there. In a message of several kinds, each kind of them stands in a template of its own, which htmx swaps after
/// all that is outside. So does a `title`: outside, htmx takes it for the document's and swaps nothing.
pub(crate) fn encode(changes: &[ElementChange], region: &str) -> Vec<u8> {
    let mut kinds: Vec<&str> = changes.iter().filter_map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let only = if let [kind] = kinds[..] { Some(kind).filter(|kind| *kind != TITLE) } else { None };
    let removed = only.filter(|kind| *kind != BODY).unwrap_or("i");
    let mut out = Vec::new();
    let mut inside = BODY;
    for change in changes {
        let kind = kind(change).filter(|_| only.is_none()).unwrap_or(BODY);
        if kind != inside {
            leave(inside, &mut out);
            if kind != BODY {
                out.extend_from_slice(b"<template>");
            }
            inside = kind;
        }
        swap(change, region, if kind == BODY { removed } else { kind }, &mut out);
    }
    leave(inside, &mut out);
    out
}

/// What may stand anywhere.
const BODY: &str = "div";

const TITLE: &str = "title";

fn leave(kind: &str, out: &mut Vec<u8>) {
    if kind != BODY {
        out.extend_from_slice(b"</template>");
    }
}

/// An element that stands for those that a parser takes beside what is sent for the change; `None` where that may be any.
fn kind(change: &ElementChange) -> Option<&'static str> {
    let tag = match change {
        ElementChange::Row(RowChange::Replace { content, .. }) => match name(&content.html) {
            name if name.eq_ignore_ascii_case(TITLE.as_bytes()) => return Some(TITLE),
            name => name.to_ascii_lowercase(),
        },
        ElementChange::Row(
            RowChange::Insert { content, .. } | RowChange::Move { content: Some(content), .. },
        ) => wrapper(&content.html).as_bytes().to_vec(),
        ElementChange::Region { .. } => return Some(BODY),
        _ => return None,
    };
    Some(match &tag[..] {
        b"tr" => "tr",
        b"td" | b"th" => "td",
        b"tbody" | b"thead" | b"tfoot" | b"caption" | b"colgroup" => "tbody",
        b"col" => "col",
        _ => BODY,
    })
}

/// `removed` is the name of the elements that stand for those that go.
fn swap(change: &ElementChange, region: &str, removed: &str, out: &mut Vec<u8>) {
    match change {
        ElementChange::Row(change) => row(change, removed, out),
        // Not of this format.
        ElementChange::Update { .. } => {}
        ElementChange::Region { content } => {
            // A name that no template has, so that no end tag in the content closes it.
            out.extend_from_slice(b"<lvt-region id=\"");
            attribute_value(region, out);
            out.extend_from_slice(b"\" hx-swap-oob=\"innerHTML\">");
            out.extend_from_slice(&content.html);
            out.extend_from_slice(b"</lvt-region>");
        }
    }
}

fn row(change: &RowChange, removed: &str, out: &mut Vec<u8>) {
    match change {
        RowChange::Replace { id, content, is_renamed } => {
            let html = &content.html;
            let (start, rest) = html.split_at(1 + name(html).len());
            out.extend_from_slice(start);
            if *is_renamed {
                out.extend_from_slice(b" hx-swap-oob=\"outerHTML:#");
                attribute_value(&identifier(id), out);
                out.push(b'"');
            } else {
                out.extend_from_slice(b" hx-swap-oob=\"true\"");
            }
            out.extend_from_slice(rest);
        }
        RowChange::Insert { place, content, .. } => {
            insert(&place.id, place.is_after, &content.html, out);
        }
        RowChange::Move { id, place, content: Some(content), .. } => {
            remove(id, removed, out);
            insert(&place.id, place.is_after, &content.html, out);
        }
        // Not of this format.
        RowChange::Move { content: None, .. } => {}
        RowChange::Remove { id, .. } => remove(id, removed, out),
    }
}

fn remove(id: &str, tag: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(tag.as_bytes());
    out.extend_from_slice(b" id=\"");
    attribute_value(id, out);
    out.extend_from_slice(b"\" hx-swap-oob=\"delete\"></");
    out.extend_from_slice(tag.as_bytes());
    out.push(b'>');
}

fn insert(target: &str, is_after: bool, html: &[u8], out: &mut Vec<u8>) {
    let wrapper = wrapper(html).as_bytes();
    out.push(b'<');
    out.extend_from_slice(wrapper);
    out.extend_from_slice(b" hx-swap-oob=\"");
    out.extend_from_slice(if is_after { b"afterend:#" } else { b"beforebegin:#" });
    attribute_value(&identifier(target), out);
    out.extend_from_slice(b"\">");
    out.extend_from_slice(html);
    out.extend_from_slice(b"</");
    out.extend_from_slice(wrapper);
    out.push(b'>');
}

/// An element that may hold the first one.
fn wrapper(html: &[u8]) -> &'static str {
    match &name(html).to_ascii_lowercase()[..] {
        b"tr" => "tbody",
        b"td" | b"th" => "tr",
        b"tbody" | b"thead" | b"tfoot" | b"caption" | b"colgroup" => "table",
        b"col" => "colgroup",
        _ => "div",
    }
}

/// The id as a CSS identifier: as `CSS.escape` writes it (CSSOM, section 2.1).
fn identifier(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for (at, c) in id.chars().enumerate() {
        let leads = at == 0 || at == 1 && id.starts_with('-');
        match c {
            '\0' => out.push('\u{fffd}'),
            '\u{1}'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\{:x} ", c as u32)),
            '0'..='9' if leads => out.push_str(&format!("\\{:x} ", c as u32)),
            '-' if id.len() == 1 => out.push_str("\\-"),
            '-' | '_' | '0'..='9' | 'a'..='z' | 'A'..='Z' => out.push(c),
            c if c as u32 >= 0x80 => out.push(c),
            c => {
                out.push('\\');
                out.push(c);
            }
        }
    }
    out
}
