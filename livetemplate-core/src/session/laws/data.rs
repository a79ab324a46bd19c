//! Random data of a shape, and random changes of it.

use super::random::Random;
use super::template::{Items, Shape};
use crate::value::{Key, Value};

const TEXTS: [&str; 10] = [
    "",
    "a",
    "b",
    "c",
    "<i>",
    "{{x}}",
    "ü&\"",
    "two words",
    "0",
    "a longer text that fits in no small place",
];

/// How deep data may nest.
const DEEPEST: usize = 5;

pub(super) struct Draw<'d> {
    pub random: &'d mut Random,
    pub shapes: &'d [Shape],
    /// How long lists get.
    pub size: usize,
}

impl Draw<'_> {
    pub fn root(&mut self) -> Value {
        self.record(0, None, 0)
    }

    fn text(&mut self) -> Value {
        match self.random.below(40) {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => Value::Float(1.5),
            3 => Value::from(vec![Value::from("in a list")]),
            4..12 => Value::Int(self.random.below(4) as i64),
            _ => Value::from(self.random.pick(&TEXTS)),
        }
    }

    fn record(&mut self, shape: usize, key: Option<(&str, Value)>, depth: usize) -> Value {
        let Shape { texts, flags, records, lists } = &self.shapes[shape];
        let mut fields: Vec<(String, Value)> = Vec::new();
        fields.extend(key.map(|(name, value)| (name.to_owned(), value)));
        for at in 0..*texts {
            fields.push((format!("t{at}"), self.text()));
        }
        for at in 0..*flags {
            fields.push((format!("f{at}"), Value::Bool(self.random.one_in(2))));
        }
        for (at, inner) in records.iter().enumerate() {
            fields.push((format!("r{at}"), self.maybe_record(*inner, depth)));
        }
        for (at, (kind, inner)) in lists.iter().enumerate() {
            fields.push((format!("l{at}"), self.list(*kind, *inner, depth)));
        }
        Value::map(fields)
    }

    fn maybe_record(&mut self, shape: usize, depth: usize) -> Value {
        if depth >= DEEPEST || self.random.one_in(4) {
            return Value::Null;
        }
        self.record(shape, None, depth + 1)
    }

    fn list(&mut self, kind: Items, shape: usize, depth: usize) -> Value {
        let most = if depth >= DEEPEST {
            0
        } else if depth > 0 {
            3
        } else if self.random.one_in(4) {
            4 * self.size
        } else {
            self.size
        };
        let len = self.random.below(most + 1);
        match kind {
            Items::Count => Value::Int(len as i64),
            Items::Map => {
                Value::map((0..len).map(|at| (format!("m{at}"), self.record(shape, None, depth + 1))))
            }
            _ => {
                let mut items = Vec::new();
                for at in 0..len {
                    items.push(self.item(kind, shape, at, depth));
                }
                Value::from(items)
            }
        }
    }

    fn item(&mut self, kind: Items, shape: usize, number: usize, depth: usize) -> Value {
        let key = Value::from(format!("n{number}"));
        match kind {
            Items::Texts => self.text(),
            Items::Keyed => self.record(shape, Some(("id", key)), depth + 1),
            Items::ByAttribute => self.record(shape, Some(("k", key)), depth + 1),
            Items::Repeated => {
                let key = self.repeated_key();
                self.record(shape, Some(("id", key)), depth + 1)
            }
            Items::Keyless | Items::Map | Items::Count => self.record(shape, None, depth + 1),
        }
    }

    fn repeated_key(&mut self) -> Value {
        Value::from(self.random.pick(&["a", "b", "c", "d", "e", "a~2", "a~3"]))
    }

    /// A JSON Patch of a few operations.
    pub fn change(&mut self, data: &Value) -> Change {
        let mut change = Change { data: data.clone(), done: Vec::new() };
        for _ in 0..=self.random.pick(&[0, 0, 0, 1, 2, 5]) {
            self.change_record(&mut change, String::new(), 0, 0);
        }
        change
    }

    fn change_record(&mut self, change: &mut Change, path: String, shape: usize, depth: usize) {
        let Shape { texts, flags, records, lists } = &self.shapes[shape];
        let (records_at, lists_at) = (texts + flags, texts + flags + records.len());
        // Lists are where most can happen.
        let choice = match self.random.below(lists_at + 3 * lists.len()) {
            choice if choice >= lists_at => lists_at + (choice - lists_at) / 3,
            choice => choice,
        };
        if choice < *texts {
            let value = self.text();
            change.set(&format!("{path}/t{choice}"), value);
        } else if choice < records_at {
            let value = Value::Bool(self.random.one_in(2));
            change.set(&format!("{path}/f{}", choice - texts), value);
        } else if choice < lists_at {
            let at = choice - records_at;
            let path = format!("{path}/r{at}");
            match change.at(&path) {
                Some(Value::Map(_)) if !self.random.one_in(4) => {
                    self.change_record(change, path, records[at], depth + 1);
                }
                _ => {
                    let value = self.maybe_record(records[at], depth);
                    change.set(&path, value);
                }
            }
        } else if let Some((kind, inner)) = lists.get(choice - lists_at) {
            let path = format!("{path}/l{}", choice - lists_at);
            self.change_list(change, path, *kind, *inner, depth);
        }
    }

    fn change_list(&mut self, change: &mut Change, path: String, kind: Items, shape: usize, depth: usize) {
        let list = match change.at(&path) {
            Some(Value::List(list)) if !list.is_empty() && kind != Items::Map && !self.random.one_in(20) => {
                list.clone()
            }
            Some(Value::Map(map)) if !map.is_empty() && kind == Items::Map && !self.random.one_in(20) => {
                let Key::String(key) = &map.keys()[self.random.below(map.len())] else { return };
                let path = format!("{path}/{}", key.to_str_lossy());
                match self.random.below(4) {
                    0 => change.remove(&path),
                    1 => {
                        let at = path.len() - key.as_bytes().len();
                        let path = format!("{}m{}", &path[..at], self.random.below(20));
                        let value = self.record(shape, None, depth + 1);
                        change.set(&path, value);
                    }
                    _ => self.change_record(change, path, shape, depth + 1),
                }
                return;
            }
            _ => {
                let value = if self.random.one_in(6) {
                    change.done.push("data: type change");
                    let map = Value::map([("m1", self.record(shape, None, depth + 1))]);
                    self.random_of(vec![Value::Null, map, Value::Int(3), Value::from("no list")])
                } else {
                    self.list(kind, shape, depth)
                };
                return change.set(&path, value);
            }
        };
        let len = list.len();
        let (at, to) = (self.random.below(len), self.random.below(len));
        let item = format!("{path}/{at}");
        match self.random.below(17) {
            16 if matches!(kind, Items::Keyed | Items::Repeated) => {
                change.done.push("data: another key");
                let key = match kind {
                    Items::Repeated => self.repeated_key(),
                    _ => Value::from(format!("n{}", self.random.below(60))),
                };
                change.set(&format!("{item}/id"), key);
            }
            0..5 if kind != Items::Texts => self.change_record(change, item, shape, depth + 1),
            0..5 => {
                let value = self.text();
                change.set(&item, value);
            }
            5..8 if len < 60 => {
                change.done.push("data: insert");
                let end = format!("{path}/-");
                let place = if self.random.one_in(2) { &end } else { &item };
                for _ in 0..=self.random.pick(&[0, 0, 2]) {
                    let number = self.random.below(60);
                    let number = match change.at(&path) {
                        Some(Value::List(list)) => unused(list, number),
                        _ => number,
                    };
                    let value = self.item(kind, shape, number, depth);
                    change.insert(place, value);
                }
            }
            5..8 => change.remove(&item),
            8 | 9 => {
                change.done.push("data: remove");
                change.remove(&item);
            }
            10 | 11 => {
                change.done.push("data: move");
                let new = format!("{path}/{to}");
                change.move_to(&item, &new);
                if kind != Items::Texts && self.random.one_in(2) {
                    change.done.push("data: move with an edit");
                    self.change_record(change, new, shape, depth + 1);
                }
            }
            12 => {
                change.done.push("data: shuffle");
                let mut items: Vec<Value> = list.iter().cloned().collect();
                for at in (1..items.len()).rev() {
                    items.swap(at, self.random.below(at + 1));
                }
                change.set(&path, Value::from(items));
            }
            13 => {
                change.done.push("data: only few stay");
                let few: Vec<Value> = list.iter().filter(|_| self.random.one_in(6)).cloned().collect();
                change.set(&path, Value::from(few));
            }
            14 => {
                change.done.push("data: all change");
                for at in 0..len.min(20) {
                    match kind {
                        Items::Texts => {
                            let value = self.text();
                            change.set(&format!("{path}/{at}"), value);
                        }
                        _ => self.change_record(change, format!("{path}/{at}"), shape, depth + 1),
                    }
                }
            }
            _ => {
                let value = self.list(kind, shape, depth);
                change.set(&path, value);
            }
        }
    }

    fn random_of(&mut self, mut values: Vec<Value>) -> Value {
        values.swap_remove(self.random.below(values.len()))
    }
}

/// A number that no item's key has.
fn unused(list: &crate::value::List, from: usize) -> usize {
    let taken = |number: usize| {
        let key = Value::from(format!("n{number}"));
        list.iter().any(|item| match item {
            Value::Map(map) => {
                [b"id".as_slice(), b"k"].iter().any(|name| map.get_str(name).is_some_and(|k| k.same(&key)))
            }
            _ => false,
        })
    };
    (from..).find(|number| !taken(*number)).unwrap_or(from)
}

/// Data on its way to other data.
pub(super) struct Change {
    pub data: Value,
    /// What was done.
    pub done: Vec<&'static str>,
}

impl Change {
    fn at(&self, path: &str) -> Option<&Value> {
        path.split('/').skip(1).try_fold(&self.data, |value, name| match value {
            Value::Map(map) => map.get_str(name.as_bytes()),
            Value::List(list) => list.get(name.parse().ok()?),
            _ => None,
        })
    }

    fn set(&mut self, path: &str, value: Value) {
        let op = if self.at(path).is_some() { "replace" } else { "add" };
        self.apply(op, path, vec![("value", value)]);
    }

    fn insert(&mut self, path: &str, value: Value) {
        self.apply("add", path, vec![("value", value)]);
    }

    fn remove(&mut self, path: &str) {
        self.apply("remove", path, Vec::new());
    }

    fn move_to(&mut self, from: &str, path: &str) {
        self.apply("move", path, vec![("from", Value::from(from))]);
    }

    /// What does not fit the data any more, because of a change before, is left out.
    fn apply(&mut self, op: &str, path: &str, mut members: Vec<(&str, Value)>) {
        members.extend([("op", Value::from(op)), ("path", Value::from(path))]);
        if let Ok(data) = self.data.patched(&Value::from(vec![Value::map(members)])) {
            self.data = data;
        }
    }
}

/// The same data with nothing shared.
pub(super) fn copy(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::from(list.iter().map(copy).collect::<Vec<_>>()),
        Value::Map(map) => Value::Map(map.entries().map(|(key, value)| (key.clone(), copy(value))).collect()),
        Value::String(text) => Value::from(text.to_str_lossy().into_owned()),
        other => other.clone(),
    }
}
