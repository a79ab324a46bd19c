//! A client of the format `operations` that edits the live region's HTML as text. Its pages are written so that a parser builds
//! them as they stand there.

use serde_json::Value;
use std::collections::HashMap;

pub struct Client {
    /// The content of the live region.
    pub text: String,
    pub region: String,
    pub seq: u64,
    /// The hashes that it was told.
    pub versions: HashMap<String, String>,
}

/// An element in a text.
struct Element {
    attributes: Vec<(String, std::ops::Range<usize>)>,
    id: Option<String>,
    start: usize,
    open_end: usize,
    close: usize,
    end: usize,
    parent: Option<usize>,
}

const VOID: &[&str] = &["br", "hr", "input"];

/// The elements of a text, in the order of their starts.
fn elements(text: &str) -> Vec<Element> {
    let (mut found, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|next| at + next) {
        if text[start..].starts_with("</") {
            let end = start + text[start..].find('>').unwrap() + 1;
            let closed = open.pop().unwrap();
            (found[closed].close, found[closed].end) = (start, end);
            at = end;
            continue;
        }
        if text[start..].starts_with("<!") {
            at = start + 2;
            continue;
        }
        let bytes = text.as_bytes();
        let is_end = |b: u8| b.is_ascii_whitespace() || b == b'>';
        let mut i = start + 1;
        while !is_end(bytes[i]) {
            i += 1;
        }
        let name = &text[start + 1..i];
        let (mut attributes, mut id) = (Vec::new(), None);
        loop {
            while bytes[i].is_ascii_whitespace() {
                i += 1;
            }
            if bytes[i] == b'>' {
                break;
            }
            let from = i;
            while !is_end(bytes[i]) && bytes[i] != b'=' {
                i += 1;
            }
            let attribute = text[from..i].to_owned();
            let mut value = i..i;
            if bytes[i] == b'=' {
                i += 1;
                let quote = bytes[i];
                if matches!(quote, b'"' | b'\'') {
                    let end = i + 1 + text[i + 1..].find(quote as char).unwrap();
                    value = i + 1..end;
                    i = end + 1;
                } else {
                    let from = i;
                    while !is_end(bytes[i]) {
                        i += 1;
                    }
                    value = from..i;
                }
            }
            if attribute == "id" {
                id = Some(plain(&text[value.clone()]));
            }
            attributes.push((attribute, value));
        }
        let open_end = i + 1;
        let parent = open.last().copied();
        found.push(Element { attributes, id, start, open_end, close: open_end, end: open_end, parent });
        if !VOID.contains(&name) {
            open.push(found.len() - 1);
        }
        at = open_end;
        if matches!(name, "script" | "textarea") {
            at += text[at..].find(&format!("</{name}")).unwrap();
        }
    }
    assert!(open.is_empty(), "{text}");
    found
}

/// The text with its character references decoded.
pub fn plain(text: &str) -> String {
    let names = [
        ("#34", "\""),
        ("#39", "'"),
        ("#43", "+"),
        ("lt", "<"),
        ("gt", ">"),
        ("quot", "\""),
        ("nbsp", "\u{a0}"),
    ];
    let names = names.iter().chain(&[("copy", "\u{a9}"), ("#96", "`"), ("amp", "&")]);
    names.fold(text.replace("\r\n", "\n"), |text, (name, c)| text.replace(&format!("&{name};"), c))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

impl Client {
    /// With a whole page.
    pub fn new(page: &str) -> Client {
        let all = elements(page);
        let root = all
            .iter()
            .find(|e| {
                e.attributes
                    .iter()
                    .any(|(name, value)| name == "data-lvt-wire" && &page[value.clone()] == "operations")
            })
            .unwrap();
        Client {
            text: page[root.open_end..root.close].replace("\r\n", "\n"),
            region: root.id.clone().unwrap(),
            seq: 0,
            versions: HashMap::new(),
        }
    }

    /// Takes a resync.
    pub fn resync(&mut self, message: &Value) {
        self.text = message["html"].as_str().unwrap().replace("\r\n", "\n");
        self.seq = message["seq"].as_u64().unwrap();
        let versions = message["versions"].as_object().unwrap().iter();
        self.versions = versions.map(|(id, hash)| (id.clone(), hash.as_str().unwrap().to_owned())).collect();
    }

    fn find(&self, id: &str) -> Element {
        let mut all = elements(&self.text).into_iter().filter(|e| e.id.as_deref() == Some(id));
        all.next().unwrap_or_else(|| panic!("no {id} in {}", self.text))
    }

    fn take(&mut self, id: &str, space: &Value) -> String {
        let element = self.find(id);
        let (start, end) = (element.start - units(&space[0]), element.end + units(&space[1]));
        assert!(self.text[start..element.start].trim().is_empty(), "{} {id} {space}", self.text);
        assert!(self.text[element.end..end].trim().is_empty(), "{} {id} {space}", self.text);
        let taken = self.text[start..end].to_owned();
        self.text.replace_range(start..end, "");
        taken
    }

    fn put(&mut self, operation: &Value, html: &str) {
        let (target, space) = (self.find(operation["target_id"].as_str().unwrap()), &operation["space"]);
        let (at, between) = if operation["action"] == "insertAfter" {
            let at = target.end + units(&space[1]);
            (at, target.end..at)
        } else {
            let at = target.start - units(&space[0]);
            (at, at..target.start)
        };
        assert!(self.text[between].trim().is_empty(), "{} {operation}", self.text);
        self.text.insert_str(at, html);
    }

    pub fn apply(&mut self, operation: &Value) {
        let id = operation["fragment_id"].as_str().unwrap();
        let html = operation["html"].as_str().map(|html| html.replace("\r\n", "\n"));
        self.forget(operation, id);
        match (operation["action"].as_str().unwrap(), html) {
            ("replace", Some(html)) if id == self.region => self.text = html,
            ("replace", Some(html)) => {
                let element = self.find(id);
                self.text.replace_range(element.start..element.end, &html);
            }
            ("insertBefore" | "insertAfter", Some(html)) => self.put(operation, &html),
            ("insertBefore" | "insertAfter", None) => {
                let row = self.take(id, &operation["space"]);
                self.put(operation, &row);
            }
            ("remove", None) => drop(self.take(id, &operation["space"])),
            ("append", Some(html)) => {
                let element = self.find(id);
                self.text.insert_str(element.close, &html);
            }
            ("update", None) => self.set(operation, id),
            ("noop", None) => {}
            _ => panic!("{operation}"),
        }
        if let Some(hash) = operation["content_hash"].as_str() {
            self.versions.insert(id.to_owned(), hash.to_owned());
        }
    }

    fn set(&mut self, operation: &Value, id: &str) {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        for (path, text) in members(&operation["content"]["text_nodes"]) {
            let element = self.follow(id, &path);
            let old = &self.text[element.open_end..element.close];
            assert!(!old.contains('<'), "{old}");
            self.text.replace_range(element.open_end..element.close, &escaped(text.as_str().unwrap()));
        }
        let styling = &operation["styling"];
        let mut attributes = Vec::new();
        for (path, values) in members(&operation["structure"]["attributes"]) {
            attributes.extend(members(&values).into_iter().map(|(name, value)| (path.clone(), name, value)));
        }
        let class =
            members(&styling["classes"]).into_iter().map(|(path, value)| (path, "class".to_owned(), value));
        attributes.extend(class);
        let style = members(&styling["inline_styles"]).into_iter();
        attributes.extend(style.map(|(path, value)| (path, "style".to_owned(), value)));
        for (path, name, value) in attributes {
            let element = self.follow(id, &path);
            let (_, at) = element.attributes.iter().find(|(other, _)| *other == name).unwrap();
            self.text.replace_range(at.clone(), &escaped(value.as_str().unwrap()));
        }
    }

    fn follow(&self, id: &str, path: &str) -> Element {
        let mut all = elements(&self.text);
        let mut at = all.iter().position(|e| e.id.as_deref() == Some(id)).unwrap();
        for index in path.split('.').filter(|index| !index.is_empty()) {
            let mut children = (0..all.len()).filter(|child| all[*child].parent == Some(at));
            at = children.nth(index.parse().unwrap()).unwrap();
        }
        all.swap_remove(at)
    }

    /// Forgets the hashes of what the operation changes.
    fn forget(&mut self, operation: &Value, id: &str) {
        let action = operation["action"].as_str().unwrap();
        let has_hash = operation["content_hash"].is_string();
        if id == self.region {
            match action {
                "noop" => {}
                _ => self.versions.clear(),
            }
            return;
        }
        let is_new = action.starts_with("insert") && operation["html"].is_string();
        if matches!(action, "replace" | "remove") {
            let element = self.find(id);
            for inside in elements(&self.text[element.start..element.end]) {
                inside.id.and_then(|id| self.versions.remove(&id));
            }
        }
        if action == "append" || action == "update" && !has_hash {
            self.versions.remove(id);
        }
        let is_kept = matches!(action, "update" | "noop" | "append") || action == "replace" && has_hash;
        let changed = [(!is_new).then_some(id), operation["target_id"].as_str()];
        for id in changed.into_iter().flatten().filter(|_| !is_kept) {
            let all = elements(&self.text);
            let mut at = all.iter().position(|e| e.id.as_deref() == Some(id)).unwrap();
            let around = loop {
                let Some(parent) = all[at].parent else { break self.region.clone() };
                at = parent;
                if let Some(id) = all[at].id.as_ref().filter(|id| self.versions.contains_key(*id)) {
                    break id.clone();
                }
            };
            self.versions.remove(&around);
        }
    }
}

fn units(value: &Value) -> usize {
    value.as_u64().unwrap_or(0) as usize
}
