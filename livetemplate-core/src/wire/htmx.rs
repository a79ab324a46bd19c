//! Out-of-band swaps, for htmx 2 as it is.

use super::elements::ElementChange;
use super::html::attribute_value;

/// The message that makes the changes.
pub(crate) fn encode(changes: &[ElementChange], region: &str) -> Vec<u8> {
    let mut out = Vec::new();
    // What htmx parses outside of a template loses parts of tables, and what is in one is swapped last.
    let in_template = changes.iter().any(|change| match change {
        ElementChange::Replace { content, .. }
        | ElementChange::Insert { content, .. }
        | ElementChange::Move { content, .. } => wrapper(&content.html) != "div",
        ElementChange::Remove { .. } | ElementChange::Region { .. } => false,
    });
    if in_template {
        out.extend_from_slice(b"<template>");
    }
    for change in changes {
        match change {
            ElementChange::Replace { content, .. } => {
                let html = &content.html;
                let (start, rest) = html.split_at(1 + name(html).len());
                out.extend_from_slice(start);
                out.extend_from_slice(b" hx-swap-oob=\"true\"");
                out.extend_from_slice(rest);
            }
            ElementChange::Insert { place, content, .. } => {
                insert(&place.id, place.is_after, &content.html, &mut out)
            }
            ElementChange::Move { id, place, content, .. } => {
                remove(id, &mut out);
                insert(&place.id, place.is_after, &content.html, &mut out);
            }
            ElementChange::Remove { id, .. } => remove(id, &mut out),
            ElementChange::Region { content } => {
                out.extend_from_slice(b"<div id=\"");
                attribute_value(region, &mut out);
                out.extend_from_slice(b"\" hx-swap-oob=\"innerHTML\">");
                out.extend_from_slice(&content.html);
                out.extend_from_slice(b"</div>");
            }
        }
    }
    if in_template {
        out.extend_from_slice(b"</template>");
    }
    out
}

fn remove(id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<i id=\"");
    attribute_value(id, out);
    out.extend_from_slice(b"\" hx-swap-oob=\"delete\"></i>");
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

/// The name of the first element.
fn name(html: &[u8]) -> &[u8] {
    let html = html.trim_ascii_start();
    let name = html.strip_prefix(b"<").unwrap_or_default();
    let end = name.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    &name[..end.unwrap_or(name.len())]
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
