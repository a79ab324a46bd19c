//! The format `operations` of our own client: changes of elements as JSON.

use super::control::{self, texts as texts_of};
use super::edits::Edit;
use super::elements::ElementChange;
use super::hashes::{self, Answer};
use super::html::Written;
use super::rows::{Beside, Content, RowChange};
use super::tree::string;
use std::collections::HashMap;

/// The message with this number that makes the changes.
pub(crate) fn encode(changes: &[ElementChange], region: &str, seq: u64) -> Vec<u8> {
    let mut out = start(seq);
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

fn start(seq: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(b"{\"seq\":");
    number(seq, &mut out);
    out.extend_from_slice(b",\"operations\":[");
    out
}

/// The answer to a client that has fragments with these hashes: what it needs of the others.
pub(crate) fn handshake(
    written: &Written,
    region: &str,
    versions: &HashMap<String, String>,
    seq: u64,
) -> Vec<u8> {
    let whole = || control::resync(seq, &written.html, Some(&hashes::versions(written, region)));
    let Some(answers) = hashes::compare(written, region, versions) else { return whole() };
    let mut out = start(seq);
    for (i, answer) in answers.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        match answer {
            Answer::Has(id) => open(id.unwrap_or(region), "noop", &mut out),
            Answer::Replace { id, html, hash: of } => {
                open(id, "replace", &mut out);
                member("html", html, &mut out);
                hash(Some(of), &mut out);
            }
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    let is_noop = answers.iter().all(|answer| matches!(answer, Answer::Has(_)));
    if is_noop || out.len() <= written.html.len() {
        return out;
    }
    let whole = whole();
    if out.len() <= whole.len() { out } else { whole }
}

/// How long these are in a message.
pub(crate) fn len(changes: &[ElementChange]) -> usize {
    let mut out = Vec::new();
    for change in changes {
        operation(change, "", &mut out);
    }
    // With a comma after each.
    out.len() + changes.len()
}

fn operation(change: &ElementChange, region: &str, out: &mut Vec<u8>) {
    match change {
        ElementChange::Row(change) => row(change, out),
        ElementChange::Update { id, edit, hash: of } => {
            open(id, "update", out);
            update(edit, out);
            hash(of.as_deref(), out);
            out.push(b'}');
        }
        ElementChange::Region { content } => replace(region, content, out),
    }
}

fn row(change: &RowChange, out: &mut Vec<u8>) {
    match change {
        RowChange::Replace { id, content, .. } => return replace(id, content, out),
        RowChange::Insert { ids, place, content } => {
            open(ids.first().map_or("", |id| id), action_of(place), out);
            target(place, out);
            html(content, out);
            space(place.space(), out);
        }
        RowChange::Move { id, place, space: with, .. } => {
            open(id, action_of(place), out);
            target(place, out);
            space(*with, out);
        }
        RowChange::Remove { id, space: with } => {
            open(id, "remove", out);
            space(*with, out);
        }
    }
    out.push(b'}');
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
    hash(content.hash.as_deref(), out);
}

fn hash(hash: Option<&str>, out: &mut Vec<u8>) {
    if let Some(hash) = hash {
        member("content_hash", hash.as_bytes(), out);
    }
}

/// The members that say what is set.
fn update(edit: &Edit, out: &mut Vec<u8>) {
    let named = |name: &'static str| {
        let of_name = edit.attributes.iter().filter(move |(_, attribute, _)| attribute == name);
        of_name.map(|(path, _, value)| (&**path, &**value))
    };
    let texts = edit.texts.iter().map(|(path, text)| (&**path, &**text));
    group("content", &[("text_nodes", texts.collect())], out);
    let mut others: Vec<&str> = Vec::new();
    let is_other = |name: &str| !matches!(name, "class" | "style");
    for (path, name, _) in &edit.attributes {
        if is_other(name) && !others.contains(&&**path) {
            others.push(path);
        }
    }
    if !others.is_empty() {
        out.extend_from_slice(b",\"structure\":{\"attributes\":{");
        for (i, path) in others.into_iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            string(path.as_bytes(), out);
            out.push(b':');
            let here = edit.attributes.iter().filter(|(at, name, _)| at == path && is_other(name));
            texts_of(here.map(|(_, name, value)| (&**name, &**value)), out);
        }
        out.extend_from_slice(b"}}");
    }
    let styling = [("classes", named("class").collect()), ("inline_styles", named("style").collect())];
    group("styling", &styling, out);
}

/// A member with those of its members that are not empty, by path.
fn group(name: &str, members: &[(&str, Vec<(&str, &str)>)], out: &mut Vec<u8>) {
    let mut is_first = true;
    for (member, values) in members.iter().filter(|(_, values)| !values.is_empty()) {
        if is_first {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":{");
        } else {
            out.push(b',');
        }
        is_first = false;
        string(member.as_bytes(), out);
        out.push(b':');
        texts_of(values.iter().copied(), out);
    }
    if !is_first {
        out.push(b'}');
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

fn action_of(place: &Beside) -> &'static str {
    if place.is_after { "insertAfter" } else { "insertBefore" }
}
