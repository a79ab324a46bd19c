//! Writing documents: the HTML standard's serialisation (section 13.3), with what it lacks to be parsed to the same again.

use super::dom::{DOCUMENT, Dom, Element, Kind, NodeId};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName, expanded_name, local_name, ns};

/// Appends text for content.
pub(super) fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        // It comes from `&#13;` only; written as it is, the parser would take it for a line's end.
        b'\r' => Some("&#13;"),
        _ => None,
    });
}

/// Appends text for an attribute's value between double quotes.
pub(super) fn escape_value(text: &str, out: &mut String) {
    escape(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'"' => Some("&quot;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#13;"),
        _ => None,
    });
}

fn escape(text: &str, out: &mut String, reference: impl Fn(u8) -> Option<&'static str>) {
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(reference) = reference(byte) {
            out.push_str(&text[clean..at]);
            out.push_str(reference);
            clean = at + 1;
        }
    }
    out.push_str(&text[clean..]);
}

/// The name of an attribute as it is written.
pub(super) fn attribute_name(name: &QualName) -> String {
    let local = &name.local;
    match name.ns {
        ns!(xml) => format!("xml:{local}"),
        ns!(xlink) => format!("xlink:{local}"),
        ns!(xmlns) if **local != *"xmlns" => format!("xmlns:{local}"),
        _ => local.to_string(),
    }
}

/// Appends ` name="value"`.
pub(super) fn attribute(attribute: &Attribute, out: &mut String) {
    out.push(' ');
    out.push_str(&attribute_name(&attribute.name));
    out.push_str("=\"");
    escape_value(&attribute.value, out);
    out.push('"');
}

/// Whether an element has neither content nor an end tag.
pub(super) fn is_void(element: &Element) -> bool {
    matches!(
        element.name.expanded(),
        expanded_name!(html "area")
            | expanded_name!(html "base")
            | expanded_name!(html "basefont")
            | expanded_name!(html "bgsound")
            | expanded_name!(html "br")
            | expanded_name!(html "col")
            | expanded_name!(html "embed")
            | expanded_name!(html "frame")
            | expanded_name!(html "hr")
            | expanded_name!(html "img")
            | expanded_name!(html "input")
            | expanded_name!(html "keygen")
            | expanded_name!(html "link")
            | expanded_name!(html "meta")
            | expanded_name!(html "param")
            | expanded_name!(html "source")
            | expanded_name!(html "track")
            | expanded_name!(html "wbr")
    )
}

/// Whether the text in an element is written as it is.
fn is_raw(element: &Element) -> bool {
    matches!(
        element.name.expanded(),
        expanded_name!(html "style")
            | expanded_name!(html "script")
            | expanded_name!(html "xmp")
            | expanded_name!(html "iframe")
            | expanded_name!(html "noembed")
            | expanded_name!(html "noframes")
            | expanded_name!(html "noscript")
    )
}

/// Whether parsers leave out a line's end directly after the start tag.
fn swallows_newline(element: &Element) -> bool {
    matches!(
        element.name.expanded(),
        expanded_name!(html "pre") | expanded_name!(html "listing") | expanded_name!(html "textarea")
    )
}

/// Appends a text node that stands in `parent`.
pub(super) fn text(dom: &Dom, parent: NodeId, node: NodeId, text: &str, out: &mut String) {
    let Some(element) = dom.element(parent) else { return escape_text(text, out) };
    if is_raw(element) {
        return out.push_str(text);
    }
    if text.starts_with('\n') && swallows_newline(element) && dom.children(parent).next() == Some(node) {
        out.push('\n');
    }
    escape_text(text, out);
}

/// Appends a node that stands in `parent`.
pub(super) fn node(dom: &Dom, parent: NodeId, node: NodeId, out: &mut String) {
    match dom.kind(node) {
        Kind::Root => {}
        Kind::Doctype { name, public_id, system_id } => doctype(name, public_id, system_id, out),
        Kind::Text(content) => text(dom, parent, node, content, out),
        Kind::Comment(text) => {
            out.push_str("<!--");
            out.push_str(text);
            out.push_str("-->");
        }
        Kind::Element(element) => {
            start_tag(element, out);
            if !is_void(element) {
                stacker::maybe_grow(32 << 10, 1 << 20, || children(dom, node, out));
                end_tag(element, out);
            }
        }
    }
}

/// Appends all that stands in a node.
pub(super) fn children(dom: &Dom, parent: NodeId, out: &mut String) {
    dom.children(parent).for_each(|child| node(dom, parent, child, out));
}

/// Appends an element's start tag.
pub(super) fn start_tag(element: &Element, out: &mut String) {
    out.push('<');
    out.push_str(&element.name.local);
    element.attributes.iter().for_each(|own| attribute(own, out));
    out.push('>');
}

/// Appends an element's end tag.
pub(super) fn end_tag(element: &Element, out: &mut String) {
    out.push_str("</");
    out.push_str(&element.name.local);
    out.push('>');
}

/// With its identifiers, which the standard's serialisation leaves out: they decide how a page is laid out.
fn doctype(name: &StrTendril, public_id: &StrTendril, system_id: &StrTendril, out: &mut String) {
    let quoted = |text: &str| if text.contains('"') { format!(" '{text}'") } else { format!(" \"{text}\"") };
    out.push_str("<!DOCTYPE ");
    out.push_str(name);
    if !public_id.is_empty() {
        out.push_str(" PUBLIC");
        out.push_str(&quoted(public_id));
    }
    if !system_id.is_empty() {
        if public_id.is_empty() {
            out.push_str(" SYSTEM");
        }
        out.push_str(&quoted(system_id));
    }
    out.push('>');
}

/// All of a document.
pub(super) fn document(dom: &Dom) -> String {
    let mut out = String::new();
    children(dom, DOCUMENT, &mut out);
    out
}
