use super::*;

/// The key of the items that have an `ID`.
fn key(item: &Value) -> Option<String> {
    match item {
        Value::Map(map) => map.get_str(b"ID").map(|id| format!("{id:?}")),
        _ => None,
    }
}

/// Reads `text` beside `old`: the outcome must be that of reading it alone.
fn reread(old: &Value, text: &[u8], flags: DataFlags) -> Option<Value> {
    let shown = String::from_utf8_lossy(text);
    match (Value::from_json(text, flags), old.reread(text, flags, &key)) {
        (Ok(alone), Ok(value)) => {
            assert!(value.same(&alone), "{shown}\n beside {old:?}\n gave {value:?}");
            Some(value)
        }
        (Err(alone), Err(error)) => {
            assert_eq!((error.code(), error.message()), (alone.code(), alone.message()), "{shown}");
            None
        }
        (alone, value) => panic!("{shown}\n beside {old:?}\n gave {value:?}, alone {alone:?}"),
    }
}

const TAGGED: DataFlags = DataFlags { times: true, trusted: true };

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), DataFlags::default()).unwrap()
}

/// JSON before it is written.
#[derive(Clone)]
enum Json {
    /// As it is written.
    Plain(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % most
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn plain(&mut self) -> Json {
        let text = match self.below(4) {
            0 => format!("{}", self.below(1000)),
            1 => format!(
                "\"{}\"",
                "a longer text, of words ".repeat(self.below(3)) + &"x".repeat(self.below(12))
            ),
            _ => self
                .one(&[
                    "null",
                    "true",
                    "false",
                    "0",
                    "-0",
                    "-7",
                    "1.5",
                    "0.10",
                    "1e3",
                    "-0.0",
                    "2.50e-1",
                    "1.0",
                    "18446744073709551615",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "12345678901234567.5",
                    "123456789012345678901234567890",
                    "\"\"",
                    "\"é, ü\"",
                    "\"\\u00e9\"",
                    "\"a\\\"b\"",
                    "\"back\\\\slash\"",
                    "\"\\ud800\"",
                    "\"\\n\"",
                    "\"seven77\"",
                    "\"eight888\"",
                    "{\"$time\":\"2024-01-02T03:04:05Z\"}",
                    "{\"$html\":\"<b>\"}",
                    "{\"$map\":{\"$html\":\"x\"}}",
                    "{\"\\u0024html\":\"<i>\"}",
                    "{\"$html\":1}",
                ])
                .into(),
        };
        Json::Plain(text)
    }

    fn json(&mut self, depth: usize) -> Json {
        match self.below(if depth > 3 { 1 } else { 4 }) {
            1 => Json::List((0..self.below(8)).map(|_| self.json(depth + 1)).collect()),
            2 => Json::Object((0..self.below(5)).map(|_| (self.name(), self.json(depth + 1))).collect()),
            3 => self.rows(),
            _ => self.plain(),
        }
    }

    fn name(&mut self) -> String {
        self.one(&["a", "b", "name", "longer name", "\\u0061", "é", "q\\\"", "", "$html"]).into()
    }

    fn rows(&mut self) -> Json {
        let count = self.below(60);
        Json::List((0..count).map(|_| self.row()).collect())
    }

    fn row(&mut self) -> Json {
        let names = ["ID", "Name", "Stock", "Note"];
        let id = self.below(200);
        let mut row: Vec<_> = names.iter().map(|name| (name.to_string(), self.plain())).collect();
        row[0].1 = Json::Plain(format!("\"r{id}\""));
        Json::Object(row)
    }

    /// A few changes.
    fn change(&mut self, json: &mut Json) {
        match json {
            Json::List(items) if self.below(3) == 0 => match self.below(4) {
                0 => items.insert(self.below(items.len() + 1), self.row()),
                1 if !items.is_empty() => drop(items.remove(self.below(items.len()))),
                2 if !items.is_empty() => {
                    let item = items.remove(self.below(items.len()));
                    items.insert(self.below(items.len() + 1), item);
                }
                _ if items.len() > 12 => {
                    let from = self.below(items.len() - 11);
                    items.drain(from..from + 11);
                }
                _ => items.clear(),
            },
            Json::Object(members) if self.below(4) == 0 => match self.below(4) {
                0 => members.insert(self.below(members.len() + 1), (self.name(), self.plain())),
                1 if !members.is_empty() => drop(members.remove(self.below(members.len()))),
                2 if !members.is_empty() => {
                    // Of repeated names the last counts.
                    let (name, _) = self.one(members);
                    members.push((name, self.plain()));
                }
                _ => members.reverse(),
            },
            Json::List(items) if !items.is_empty() => {
                let at = self.below(items.len());
                self.change(&mut items[at]);
            }
            Json::Object(members) if !members.is_empty() => {
                let at = self.below(members.len());
                self.change(&mut members[at].1);
            }
            other => *other = self.json(3),
        }
    }

    fn write(&mut self, json: &Json, out: &mut String) {
        let space = |random: &mut Random, out: &mut String| {
            if random.below(5) == 0 {
                out.push_str(random.one(&[" ", "\n", "\t\r\n  "]));
            }
        };
        space(self, out);
        match json {
            Json::Plain(text) => out.push_str(text),
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    self.write(item, out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (i, (name, member)) in members.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    space(self, out);
                    out.push_str(&format!("\"{name}\""));
                    space(self, out);
                    out.push(':');
                    self.write(member, out);
                }
                out.push('}');
            }
        }
        space(self, out);
    }

    fn text(&mut self, json: &Json) -> String {
        let mut out = String::new();
        self.write(json, &mut out);
        out
    }
}

#[test]
fn reading_beside_other_data_is_reading() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..500 {
        let flags = if round % 2 == 0 { DataFlags::default() } else { TAGGED };
        let mut before = random.json(0);
        let mut old = Value::from_json(random.text(&before).as_bytes(), flags).unwrap();
        for _ in 0..4 {
            let again = random.text(&before);
            assert!(reread(&old, again.as_bytes(), flags).unwrap().is(&old), "{again}");
            for _ in 0..=random.below(3) {
                random.change(&mut before);
            }
            let text = random.text(&before).into_bytes();
            // Texts that are cut off, or have a byte changed or too many.
            let mut broken = text.clone();
            let at = random.below(broken.len().max(1));
            match random.below(3) {
                0 => broken.truncate(at),
                1 => broken.insert(at, random.one(b"\"\\,:{}[]0e.-nt \x01\xff")),
                _ if at < broken.len() => broken[at] = random.one(b"\"\\,:{}[]0e.-nt \x01\xff"),
                _ => {}
            }
            reread(&old, &broken, flags);
            // Other data altogether, and data of other flags.
            let other = random.json(0);
            reread(&old, random.text(&other).as_bytes(), flags);
            reread(&old, &text, if flags.times { DataFlags::default() } else { TAGGED });
            old = reread(&old, &text, flags).unwrap();
        }
    }
}

#[test]
fn bytes_of_the_host_that_json_cannot_have() {
    let old =
        Value::map([("a", Value::String(b"\xff"[..].into())), ("b", "q\"".into()), ("c\"", 1_i64.into())]);
    for text in [
        &b"{\"a\":\"\xff\",\"b\":\"q\"\",\"c\"\":1}"[..],
        b"{\"a\":\"\xff\"}",
        b"{\"b\":\"q\\\"\",\"c\\\"\":1}",
    ] {
        reread(&old, text, DataFlags::default());
    }
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [127, 128, 129, 255, 256, 257] {
        for flags in [DataFlags::default(), TAGGED] {
            reread(&json(&deep(128)), deep(levels).as_bytes(), flags);
            reread(&Value::Null, format!("{},", deep(levels)).as_bytes(), flags);
        }
    }
}

fn rows(ids: impl IntoIterator<Item = usize>) -> String {
    let rows: Vec<_> =
        ids.into_iter().map(|id| format!("{{\"ID\":\"r{id}\",\"Name\":\"name of {id}\"}}")).collect();
    format!("{{\"Rows\":[{}]}}", rows.join(", "))
}

fn items(value: &Value) -> &List {
    match value {
        Value::Map(map) => match map.get_str(b"Rows") {
            Some(Value::List(list)) => list,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn items_that_stand_elsewhere_are_the_old_ones() {
    let old = json(&rows(0..1000));
    let shared = |text: &str| {
        let new = old.reread(text.as_bytes(), DataFlags::default(), &key).unwrap();
        let known: std::collections::HashSet<_> = items(&old).iter().map(address).collect();
        items(&new).iter().filter(|item| known.contains(&address(item))).count()
    };
    assert_eq!(shared(&rows((0..1000).filter(|id| *id != 500))), 999);
    assert_eq!(shared(&rows((0..1000).filter(|id| !(500..600).contains(id)))), 900);
    assert_eq!(shared(&rows((0..500).chain([5000]).chain(500..1000))), 1000);
    assert_eq!(shared(&rows((0..1000).chain(5000..5100))), 1000);
    assert_eq!(shared(&rows((1..1000).chain([0]))), 1000);
    assert_eq!(shared(&rows((0..1000).map(|id| if id == 7 { 5000 } else { id }))), 999);
    // All in another order: only the first few are not looked for.
    assert!(shared(&rows((0..1000).rev())) > 980);
}

fn address(item: &Value) -> usize {
    match item {
        Value::Map(map) => map.identity().0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_did_not_change_is_not_copied() {
    let old = json(&rows(0..1000));
    let text = rows(0..1000).replace("name of 500", "new name");
    let new = old.reread(text.as_bytes(), DataFlags::default(), &key).unwrap();
    let different: Vec<_> = items(&old)
        .iter()
        .zip(items(&new))
        .enumerate()
        .filter(|(_, (a, b))| !a.is(b))
        .map(|(at, _)| at)
        .collect();
    assert_eq!(different, [500]);
    let (Some(Value::Map(a)), Some(Value::Map(b))) = (items(&old).get(500), items(&new).get(500)) else {
        panic!()
    };
    assert!(std::ptr::eq(a.keys(), b.keys()));
}
