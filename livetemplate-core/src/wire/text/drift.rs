//! Fragments whose text the client has otherwise than the engine.

use super::{MAX_REPLACED, TextChange, TextChangeKind, scan};
use crate::tree::node::Tree;
use crate::tree::set::PageProgram;
use crate::wire::TextWire;
use crate::wire::html::{Annotations, HtmlWriter};
use flate2::Crc;

/// What a client has otherwise.
pub(crate) enum Drift {
    None,
    /// These fragments become what they should be.
    Fragments(Vec<TextChange<'static>>),
    /// More than can be said of single fragments.
    Page,
}

/// Compares a client's checksums of fragments with what the tree shows.
pub(crate) fn drifted(page: &PageProgram, wire: TextWire, tree: &Tree, checksums: &[(String, u32)]) -> Drift {
    let html = HtmlWriter::new(page, wire).region(tree).html;
    let html = String::from_utf8_lossy(&html);
    let mut found = Vec::new();
    for (id, sum) in checksums {
        let annotation = Annotations::from(wire).annotation(id);
        let at = memchr::memmem::find(html.as_bytes(), annotation.as_bytes());
        let Some(start) = at.and_then(|at| html[..at].rfind('<')) else { return Drift::Page };
        let text = &html[start..];
        let Some(tag) = scan::start_tag(text.as_bytes()) else { return Drift::Page };
        // A client may keep the start tag alone.
        if crc32(&text[..tag]) == *sum {
            continue;
        }
        let Some(ends) = scan::element(text.as_bytes(), |_| {}) else { return Drift::Page };
        if crc32(&text[..ends.element]) != *sum {
            found.push((start..start + ends.element, id));
        }
    }
    if found.len() > MAX_REPLACED {
        return Drift::Page;
    }
    found.sort_by_key(|(part, _)| part.start);
    let (mut changes, mut end) = (Vec::new(), 0);
    for (part, id) in found {
        if part.start >= end {
            end = part.end;
            let kind = TextChangeKind::Replace(html[part].as_bytes().to_vec());
            changes.push(TextChange { id: id.clone(), kind });
        }
    }
    if changes.is_empty() { Drift::None } else { Drift::Fragments(changes) }
}

fn crc32(text: &str) -> u32 {
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}
