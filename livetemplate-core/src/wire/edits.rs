//! Texts and attribute values that are set by themselves, where that is all that changes in an element.

use crate::error::Result;
use crate::escape::entity::unescape;
use crate::tree::elements::{BlockElements, Value};
use crate::tree::node::Dynamic;
use crate::tree::program::{KeyPart, Program, Step};

/// What is set in an element, as plain text, by the paths of elements from there: indices of child elements, joined by dots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edit {
    pub texts: Vec<(String, String)>,
    /// Path, attribute and value.
    pub attributes: Vec<(String, String, String)>,
}

/// What sets the values of these dynamics, seen from a fragment of their block that holds them; `None` when something else changes
/// or no path leads there. `shown` gives what a dynamic shows.
pub(crate) fn edit(
    program: &Program,
    elements: &BlockElements,
    steps: &[Step],
    fragment: u32,
    dynamics: &[u32],
    mut shown: impl FnMut(u32) -> Result<Dynamic>,
) -> Result<Option<Edit>> {
    let mut edit = Edit::default();
    let mut done: Vec<&Value> = Vec::new();
    for dynamic in dynamics {
        let Some(value) = &elements.values[*dynamic as usize] else { return Ok(None) };
        let is_same = |other: &&Value| other.fragment == value.fragment && other.attribute == value.attribute;
        if done.iter().any(is_same) {
            continue;
        }
        done.push(value);
        let Some(path) = path(elements, fragment, value.fragment) else { return Ok(None) };
        let mut html = Vec::new();
        for part in &*value.parts {
            match part {
                KeyPart::Static(text) => html.extend_from_slice(text),
                KeyPart::Dynamic(index) => shown(*index)?.write_html(program, &mut html),
            }
        }
        let Some(text) = plain(&html) else { return Ok(None) };
        match &value.attribute {
            None => edit.texts.push((path, text)),
            Some(name) => edit.attributes.push((path, name.to_string(), text)),
        }
    }
    // Trusted HTML brings elements that the paths do not count.
    let has_paths = done.iter().any(|value| value.fragment != fragment);
    if has_paths {
        let all = steps.iter().filter(|step| step.is_dynamic()).zip(0..);
        let here = elements.fragments[fragment as usize].dynamics();
        for (step, index) in all.filter(|(_, index)| here.contains(index)) {
            if step.is_text() {
                let mut html = Vec::new();
                shown(index)?.write_html(program, &mut html);
                if html.contains(&b'<') {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(edit))
}

/// The path from one fragment to another inside it.
fn path(elements: &BlockElements, from: u32, to: u32) -> Option<String> {
    let mut indices = Vec::new();
    let mut at = to;
    while at != from {
        let fragment = &elements.fragments[at as usize];
        indices.push(fragment.nth?.to_string());
        at = fragment.parent?;
    }
    indices.reverse();
    Some(indices.join("."))
}

/// The text for which a parser takes this, in an element or an attribute; `None` when it is more than text, or not surely the same
/// in both.
fn plain(html: &[u8]) -> Option<String> {
    if html.iter().any(|byte| matches!(byte, b'<' | 0)) {
        return None;
    }
    let html = String::from_utf8_lossy(html).replace("\r\n", "\n").replace('\r', "\n");
    if !html.match_indices('&').all(|(at, _)| is_clear(&html[at..])) {
        return None;
    }
    Some(String::from_utf8_lossy(&unescape(html.as_bytes())).into_owned())
}

/// Whether an ampersand surely stands for itself or starts a character reference with a semicolon.
fn is_clear(text: &str) -> bool {
    let rest = &text[1..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(rest.len());
    let name = &rest[..end];
    if name.is_empty() {
        return true;
    }
    if !rest[end..].starts_with(';') {
        return false;
    }
    let Some(number) = name.strip_prefix('#') else {
        let reference = &text.as_bytes()[..end + 2];
        return !unescape(reference).ends_with(b";") || name == "semi";
    };
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    number
        .is_ok_and(|number| char::from_u32(number).is_some_and(|c| !c.is_control() || c == '\n' || c == '\t'))
}
