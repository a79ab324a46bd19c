//! The format `patches`, applied by a client that knows nothing but texts.

mod schema;

use livetemplate_core::session::Clock;
use livetemplate_core::{
    Application, DataFlags, Page, PageOptions, Reason, Template, Update, Wire, compress,
};
use schema::Schema;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

/// A page in its application.
struct Fixture {
    _app: Application,
    page: Page,
}

const FLAGS: DataFlags = DataFlags { trusted: true, times: false };

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Duration {
        Duration::from_millis(1_763_726_400_123)
    }
}

fn fixture(source: &str, data: &Value) -> Fixture {
    let template = Template::new("page", source).unwrap();
    let app = Application::builder().clock(Arc::new(Noon)).build().unwrap();
    let options = PageOptions::default().wire(Wire::Patches);
    let page = app.new_page_json_with(&template, data.to_string().as_bytes(), FLAGS, &options).unwrap();
    Fixture { _app: app, page }
}

impl Fixture {
    fn update(&self, data: &Value) -> Update {
        self.page.update_json(data.to_string().as_bytes(), FLAGS).unwrap()
    }
}

fn read(message: &[u8]) -> Value {
    serde_json::from_slice(message).unwrap()
}

/// The one message of an update.
fn sent(update: &Update) -> Value {
    let message = read(update.payload());
    assert!(message.is_object(), "several messages");
    message
}

/// The client: the content of the live region as the engine sent it, with the fragments' texts in it.
struct Client {
    html: String,
    seq: u64,
    parts: HashMap<String, Vec<Value>>,
    updates: Schema,
    controls: Schema,
    actions: HashMap<String, usize>,
}

impl Client {
    fn new(page: &Page) -> Client {
        let mut client = Client {
            html: String::new(),
            seq: 0,
            parts: HashMap::new(),
            updates: Schema::read("update-message-1.0.json"),
            controls: Schema::read("control-message-1.0.json"),
            actions: HashMap::new(),
        };
        client.resync(&page.resync().unwrap());
        client
    }

    fn resync(&mut self, message: &[u8]) {
        let message = read(message);
        self.controls.check(&message).unwrap();
        assert_eq!(message["type"], "resync");
        self.html = message["html"].as_str().unwrap().to_owned();
        self.seq = message["seq"].as_u64().unwrap();
    }

    fn apply(&mut self, update: &Update) {
        for message in update.messages() {
            assert!(message.len() <= 256 << 10, "{}", message.len());
            self.message(&read(message));
        }
        assert!(self.parts.is_empty());
    }

    fn message(&mut self, message: &Value) {
        self.updates.check(message).unwrap();
        self.seq += 1;
        assert_eq!(message["seq"].as_u64(), Some(self.seq));
        let updates = message["updates"].as_array().unwrap();
        let ids: HashSet<&str> =
            updates.iter().map(|update| update["fragment_id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), updates.len(), "a fragment twice: {message}");
        for update in updates {
            let mut update = update.clone();
            if let Some(chunk) = update.get("chunk").cloned() {
                assert_eq!(updates.len(), 1);
                let parts = self.parts.entry(chunk["id"].as_str().unwrap().to_owned()).or_default();
                parts.push(update["data"].clone());
                assert_eq!(chunk["seq"], parts.len());
                if chunk["total"] != parts.len() {
                    continue;
                }
                let parts = self.parts.remove(chunk["id"].as_str().unwrap()).unwrap();
                update["data"] = match &parts[0] {
                    Value::String(_) => {
                        parts.iter().map(|part| part.as_str().unwrap()).collect::<String>().into()
                    }
                    _ => parts
                        .iter()
                        .flat_map(|part| part.as_array().unwrap().clone())
                        .collect::<Vec<_>>()
                        .into(),
                };
            }
            *self.actions.entry(update["action"].as_str().unwrap().to_owned()).or_default() += 1;
            self.update(&update);
        }
    }

    fn update(&mut self, update: &Value) {
        let id = update["fragment_id"].as_str().unwrap();
        let annotation = format!(" data-fragment-id=\"{id}\"");
        let data = &update["data"];
        let Some(at) = self.html.find(&annotation) else {
            // The live region itself.
            self.html = data.as_str().unwrap_or_else(|| panic!("no {id} in {}", self.html)).to_owned();
            return;
        };
        assert!(!self.html[at + 1..].contains(&annotation), "{id} twice");
        let start = self.html[..at].rfind('<').unwrap();
        match data {
            Value::String(html) => {
                let end = start + element_len(&self.html[start..]);
                assert!(html.contains(&annotation), "{html}");
                self.html.replace_range(start..end, html);
            }
            Value::Array(values) => {
                assert!(!values.is_empty());
                let mut values: Vec<&Value> = values.iter().collect();
                values.sort_by_key(|value| value["position"].as_u64());
                for value in values.iter().rev() {
                    let at = |units: u64| start + utf16_offset(&self.html[start..], units as usize);
                    let position = value["position"].as_u64().unwrap();
                    let part = at(position)..at(position + value["length"].as_u64().unwrap());
                    assert!(!self.html[part.clone()].contains('<'));
                    assert!(!value["data_path"].as_str().unwrap().is_empty());
                    self.html.replace_range(part, value["new_value"].as_str().unwrap());
                }
            }
            other => panic!("{other}"),
        }
    }

    /// It shows what the engine would send now.
    fn check(&self, page: &Page, step: &str) {
        let fresh = read(&page.resync().unwrap());
        assert_eq!(self.html, fresh["html"].as_str().unwrap(), "{step}");
        assert_eq!(fresh["seq"].as_u64(), Some(self.seq), "{step}");
    }
}

/// The offset of a place that is so many UTF-16 units away.
fn utf16_offset(text: &str, units: usize) -> usize {
    let mut left = units;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.checked_sub(character.len_utf16()).expect("a place within a surrogate pair");
    }
    assert_eq!(left, 0);
    text.len()
}

/// Length of the element that the text begins with.
fn element_len(html: &str) -> usize {
    const VOID: [&str; 4] = ["br", "img", "input", "hr"];
    let (mut at, mut open) = (0, Vec::new());
    loop {
        at += html[at..].find('<').unwrap();
        let name: String =
            html[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        let mut quote = None;
        for (i, byte) in html.bytes().enumerate().skip(at) {
            match (byte, quote) {
                (b'"' | b'\'', None) => quote = Some(byte),
                (_, Some(open)) if byte == open => quote = None,
                (b'>', None) => {
                    at = i + 1;
                    break;
                }
                _ => {}
            }
        }
        if let Some(name) = name.strip_prefix('/') {
            // Elements inside may have no end tag.
            open.truncate(open.iter().rposition(|open| open == name).unwrap());
        } else if !VOID.contains(&name.as_str()) {
            open.push(name.clone());
        }
        if open.is_empty() {
            return at;
        }
        if matches!(name.as_str(), "script" | "style" | "textarea") {
            at += html[at..].find(&format!("</{name}")).unwrap();
        }
    }
}

/// Small numbers that look like chance.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const TEXTS: &[&str] = &[
    "",
    "a",
    "Alice",
    "😀",
    "a😀b𝄞",
    "é",
    "<b>bold</b>",
    "\"quoted\" & 'single'",
    "a > b",
    "x=y`z",
    "日本語",
    " spaces  and\ttabs ",
    "line\nline",
    "&amp;",
    "javascript:alert(1)",
    "</div>",
    "{{.}}",
    "42",
    "-7.5",
    "true",
];
const TRUSTED: &[&str] =
    &["", "plain", "<i>x</i>", "<ul><li>a<li>b</ul>", "<p title=\"</p>\">q</p>", "a<br>b"];

fn random_data(random: &mut Random) -> Value {
    fn text(random: &mut Random) -> Value {
        match random.below(6) {
            0 => json!(random.below(100)),
            1 => json!(random.below(2) == 0),
            _ => json!(random.pick(TEXTS)),
        }
    }
    let rows = |random: &mut Random| {
        let mut keys: Vec<usize> = (0..8).filter(|_| random.below(2) == 0).collect();
        if random.below(5) == 0 {
            keys.reverse();
        }
        let row = |random: &mut Random, key: usize| {
            let tags: Vec<Value> = (0..random.below(3)).map(|_| text(random)).collect();
            let subs: Vec<Value> =
                (0..random.below(3)).map(|k| json!({"id": format!("s{k}"), "T": text(random)})).collect();
            json!({"id": format!("k{key}"), "Name": text(random), "On": random.below(2) == 0, "Tags": tags, "Subs": subs})
        };
        keys.into_iter().map(|key| row(random, key)).collect::<Vec<_>>()
    };
    json!({
        "A": text(random), "B": text(random), "C": text(random), "N": random.below(4),
        "On": random.below(2) == 0, "Off": random.below(4) == 0,
        "Html": {"$html": random.pick(TRUSTED)},
        "Sub": {"X": text(random), "Y": text(random)},
        "Rows": rows(random),
        "Texts": (0..random.below(4)).map(|_| text(random)).collect::<Vec<_>>(),
    })
}

/// `before` with some of its members as they are in `other`.
fn mixed(random: &mut Random, before: &Value, other: &Value) -> Value {
    match (before, other) {
        (Value::Object(a), Value::Object(b)) if !a.contains_key("$html") => {
            let mut all = a.clone();
            for (name, value) in &mut all {
                if let (Some(new), 0) = (b.get(name), random.below(3)) {
                    *value = if random.below(3) == 0 { new.clone() } else { mixed(random, value, new) };
                }
            }
            all.into()
        }
        (Value::Array(a), Value::Array(b)) if random.below(2) == 0 => {
            // The same rows with other contents.
            let mut all = a.clone();
            for (value, new) in all.iter_mut().zip(b) {
                let key = value.get("id").cloned();
                if random.below(2) == 0 {
                    *value = mixed(random, value, new);
                }
                if let (Some(key), Some(object)) = (key, value.as_object_mut()) {
                    object.insert("id".into(), key);
                }
            }
            all.into()
        }
        _ => other.clone(),
    }
}

/// Stands for `~`: where a fragment is long, new values are shorter than to send it again.
const FILLER: &str =
    " Lorem ipsum 😀 dolor sit amet, consectetur &amp; adipiscing &eacute; elit, sed do eiusmod tempor ";

const PAGES: &[&str] = &[
    // Texts, attributes with and without quotes, entities in literal text.
    r#"<h1 class="a {{.A}}" title='{{.B}}' data-x={{.C}}>&lt;😀~{{.A}} &amp; {{.B}}</h1><p>{{.C}}~</p>"#,
    // Conditions in attributes and in text.
    r#"<div class="{{if .On}}on{{else}}off{{end}} {{.A}}"><b {{if .Off}}hidden{{end}}>{{if .On}}~yes {{.B}}{{else}}no{{end}}</b><input value="{{.C}}" {{if .On}}checked{{end}}></div>"#,
    // Elements that come and go.
    r#"<section><h2>{{.A}}</h2>{{if .On}}<p id="x">{{.B}}</p>{{end}}<i>{{.C}}</i>{{with .Sub}}<u>{{.X}}</u>{{end}}</section>"#,
    // Rows, with nested rows and texts.
    r#"<table><tbody class="{{.A}}">{{range .Rows}}<tr data-key="{{.id}}" class="{{if .On}}on{{else}}off{{end}}"><td>~{{.Name}}</td><td>{{range .Tags}}{{.}}, {{end}}</td></tr>{{end}}</tbody></table>"#,
    r#"<ul>{{range .Rows}}<li data-key="{{.id}}"><b>{{.Name}}</b><ol>{{range .Subs}}<li data-key="{{.id}}">~{{.T}}</li>{{end}}</ol></li>{{end}}</ul>"#,
    r#"<ul>{{range .Rows}}{{if .On}}<li class="on">~{{.Name}}</li>{{else}}<li>~off {{.Name}}</li>{{end}}{{end}}</ul>"#,
    // Items without a root element.
    r#"<div>~{{.N}}: {{range .Texts}}[{{.}}] {{else}}none{{end}}</div><p>~{{range .Rows}}{{.Name}}<br>{{end}}</p>"#,
    // Templates, also around rows.
    r#"{{define "row"}}<li>~{{.Name}} {{template "tags" .Tags}}</li>{{end}}{{define "tags"}}({{range .}}{{.}} {{end}}){{end}}<ul>{{range .Rows}}{{template "row" .}}{{end}}</ul><p>{{template "tags" .Texts}}</p>"#,
    // A whole document.
    r#"<!doctype html><html><head><title>{{.A}}</title></head><body class="x"><main><h1>{{.A}}</h1><p>~{{.B}}</p></main></body></html>"#,
    // No element at all.
    "{{.A}} and {{.B}}",
    // Trusted markup beside values.
    r#"<div title="{{.C}}">{{.Html}}<p>{{.A}}</p></div><p>{{.Html}} ~ {{.B}}</p><li class="{{.A}}">{{.Html}}</li>"#,
    // Other contexts.
    r#"<script>/* ~ */ let a = {{.A}}, b = "{{.B}}";</script><style>p { width: {{.N}}px }</style><a href="/x?q={{.A}}" onclick="f({{.B}})" style="color: {{.C}}">{{.C}}</a><textarea>~{{.A}}</textarea>"#,
];

#[test]
fn a_client_of_texts_shows_what_the_engine_would_send() {
    let mut actions: HashMap<String, usize> = HashMap::new();
    for (number, source) in PAGES.iter().enumerate() {
        let source = &source.replace('~', FILLER);
        let mut random = Random(number as u64 + 1);
        let mut data = random_data(&mut random);
        let fixture = fixture(source, &data);
        let mut client = Client::new(&fixture.page);
        for step in 0..150 {
            let other = random_data(&mut random);
            let next = if step % 10 == 9 { other } else { mixed(&mut random, &data, &other) };
            let update = fixture.update(&next);
            let title = format!(
                "page {number}, step {step}: {data} → {next}\n{:?}",
                String::from_utf8_lossy(update.payload())
            );
            client.apply(&update);
            client.check(&fixture.page, &title);
            data = next;
        }
        for (action, count) in client.actions {
            *actions.entry(action).or_default() += count;
        }
    }
    assert!(actions["value_updates"] > 500, "{actions:?}");
    assert!(actions["replace"] > 500, "{actions:?}");
}

#[test]
fn schemas_refuse_what_is_not_a_message() {
    let fixture = fixture("<p>{{.}}</p>", &json!("a"));
    let good = sent(&fixture.update(&json!("b")));
    let updates = Schema::read("update-message-1.0.json");
    updates.check(&good).unwrap();
    for (pointer, value) in [
        ("/version", json!("1.1")),
        ("/seq", json!(-1)),
        ("/seq", json!("1")),
        ("/timestamp", json!("today")),
        ("/updates", json!([])),
        ("/updates/0/action", json!("remove")),
        ("/updates/0/action", json!("value_updates")),
        ("/updates/0/data", json!(7)),
        ("/updates/0/fragment_id", json!("")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(updates.check(&bad).is_err(), "{bad}");
    }
    let mut bad = good.clone();
    bad["more"] = json!(1);
    assert!(updates.check(&bad).is_err());
}

/// A message as in the golden file; `LIVETEMPLATE_BLESS=1` writes the file.
fn golden(name: &str, messages: &str) {
    let path = livetemplate_tests::root().join("tests/rust/golden").join(name);
    if std::env::var_os("LIVETEMPLATE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, messages).unwrap();
    }
    assert_eq!(messages, std::fs::read_to_string(&path).unwrap());
}

#[test]
fn envelopes_are_as_in_the_golden_file() {
    let source = r#"<h1>{{.Title}}</h1><main class="page {{if .On}}on{{else}}off{{end}}"><p>Hello <b class="name">{{.User.Name}}</b>, it is a long text so that values are shorter than it.</p><p title="{{.User.Name}}">You have {{.N}} new and {{.M}} old messages; {{if .On}}you are here{{else}}you are away{{end}}. 😀 {{.User.Name}} &amp; you. The rest of this paragraph makes it so long that three or four new values in it are shorter than to send all of it again, which is what the client gets otherwise. It has nothing else to say, but it goes on for a while: one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve. So.</p><script>const state = {{.User}}, more = "A long script, which is not sent again for a new value in it.";</script><ul>{{range .Rows}}<li data-key="{{.id}}">A row that is long enough: {{.Text}}</li>{{end}}</ul>{{if .Error}}<em>{{.Error}}</em>{{end}}</main>"#;
    let data = json!({
        "Title": "a", "On": false, "User": {"Name": "Al"}, "N": 1, "M": 2, "Error": "",
        "Rows": [{"id": 1, "Text": "one"}, {"id": 2, "Text": "two"}],
    });
    let fixture = fixture(source, &data);
    let mut client = Client::new(&fixture.page);
    let mut all = String::new();
    for change in [
        json!({"Title": "b"}),
        json!({"On": true}),
        json!({"User": {"Name": "Bob & <i>😀</i>"}}),
        json!({"User": {"Name": "true"}, "N": 20, "M": -3.5}),
        json!({"Rows": [{"id": 1, "Text": "ONE"}, {"id": 2, "Text": "\"2\""}]}),
        json!({"Rows": [{"id": 2, "Text": "\"2\""}]}),
        json!({"Error": "lost"}),
        json!({"Unknown": 1}),
    ] {
        let update = fixture.page.patch_json(change.to_string().as_bytes(), FLAGS).unwrap();
        client.apply(&update);
        client.check(&fixture.page, &change.to_string());
        writeln!(all, "{change}\n{}\n", String::from_utf8_lossy(update.payload())).unwrap();
    }
    golden("patches.txt", &all);
}

#[test]
fn a_construct_that_values_cannot_be_put_into_is_sent_with_its_fragment() {
    let filler = FILLER.repeat(3);
    let source = format!("<p>{filler}{{{{if .A}}}}{{{{.A}}}}{{{{end}}}}{{{{.B}}}}</p>");
    let fixture = fixture(&source, &json!({"A": "", "B": "b"}));
    let update = fixture.update(&json!({"A": "", "B": "c"}));
    assert_eq!(sent(&update)["updates"][0]["action"], "replace");
    assert_eq!(update.stats().reasons.count(Reason::Unsupported), 1);
}

fn count_of(message: &[u8], text: &str) -> usize {
    std::str::from_utf8(message).unwrap().matches(text).count()
}

#[test]
fn beyond_the_caps_fragments_are_sent() {
    let numbers = |count: usize, first: usize| (first..first + count).collect::<Vec<_>>();
    // In one fragment.
    let one = fixture("<p>{{range .}}[{{.}}]{{end}}</p>", &json!(numbers(1001, 0)));
    let mut client = Client::new(&one.page);
    let update = one.update(&json!(numbers(1001, 10_000)));
    assert_eq!(update.stats().reasons.count(Reason::Values), 1);
    assert_eq!(sent(&update)["updates"][0]["action"], "replace");
    client.apply(&update);
    client.check(&one.page, "one fragment");

    // In a message: the fragments after are sent, and as they are many, what is around them.
    let row = |key: usize, value: usize| json!({"id": key, "V": value});
    let rows = |count: usize, value: usize| (0..count).map(|key| row(key, value)).collect::<Vec<_>>();
    let source = format!(
        "<main><ul>{{{{range .}}}}<li data-key=\"{{{{.id}}}}\">{FILLER}{{{{.V}}}}</li>{{{{end}}}}</ul></main>"
    );
    let list = fixture(&source, &json!(rows(5051, 1)));
    let mut client = Client::new(&list.page);
    for (count, value, replaced) in [(5000, 2, 0), (5050, 3, 0), (5051, 4, 1)] {
        let mut data = rows(count, value);
        data.extend((count..5051).map(|key| row(key, 1)));
        let update = list.update(&json!(data));
        let reasons = update.stats().reasons;
        assert_eq!(reasons.count(Reason::AllValues), count - 5000);
        assert_eq!(reasons.count(Reason::Replaced), replaced, "{count}");
        let values: usize = update.messages().map(|message| count_of(message, "\"position\"")).sum();
        assert_eq!(values, if replaced > 0 { 0 } else { 5000 });
        if replaced > 0 {
            let first = read(update.messages().next().unwrap());
            client.seq = first["seq"].as_u64().unwrap() - 1;
            client.apply(&update);
            client.check(&list.page, "a message");
        }
    }

    // Fragments that are sent: the smallest one around them.
    let cell = "<div>{{range .B}}<p data-key=\"{{.id}}\">{{if .V}}<b>{{.V}}</b>{{end}}</p>{{end}}</div>";
    let source = format!(
        "<main><section>{{{{range .A}}}}<i>{{{{.V}}}}</i>{{{{end}}}}</section>{cell}<h1>{{{{.T}}}}</h1></main>"
    );
    let data = |value: usize, title: &str, count: usize| json!({"A": [{"V": 1}], "B": rows(count, value), "T": title});
    for (count, sent_as) in [(50, 50 + 1), (51, 1 + 1)] {
        let page = fixture(&source, &data(0, "a", count));
        let mut client = Client::new(&page.page);
        let update = page.update(&data(7, "b", count));
        client.apply(&update);
        client.check(&page.page, "replaced");
        assert_eq!(sent(&update)["updates"].as_array().unwrap().len(), sent_as, "{count}");
        assert_eq!(update.stats().reasons.count(Reason::Replaced), usize::from(count > 50));
    }
}

#[test]
fn long_updates_go_in_parts() {
    let page = fixture(
        "<main>{{range .R}}<p>{{.}}</p>{{end}}<textarea>{{.T}}</textarea></main>",
        &json!({"T": "", "R": []}),
    );
    let mut client = Client::new(&page.page);
    // Two UTF-16 units, four bytes, and characters that JSON escapes.
    for text in [
        "😀".repeat(200_000),
        format!("a{}", "😀".repeat(100_000)),
        "\u{1}\"\\".repeat(100_000),
        String::new(),
    ] {
        let update = page.update(&json!({"T": text, "R": []}));
        client.apply(&update);
        client.check(&page.page, "a long text");
        assert_eq!(update.messages().count() > 1, !text.is_empty() && text.len() > 1, "{}", text.len());
    }
    // An update of many fragments that is too long for one message is several of them.
    let rows = |value: &str| (0..400).map(|id| json!({"id": id, "V": value})).collect::<Vec<_>>();
    let list = fixture("<ul>{{range .}}<li data-key=\"{{.id}}\">{{.V}}</li>{{end}}</ul>", &json!(rows("a")));
    let mut client = Client::new(&list.page);
    let update = list.update(&json!(rows(&"b".repeat(1000))));
    client.apply(&update);
    client.check(&list.page, "many fragments");
    assert!(update.messages().count() > 1);
    let all = read(update.payload());
    let each: Vec<Value> = update.messages().map(read).collect();
    assert_eq!(all, Value::from(each));
    let reply = read(&update.reply(Some("save"), &[]));
    client.controls.check(&reply).unwrap();
    assert_eq!(reply["update"], all);
}

#[test]
fn compressed_messages_are_the_messages() {
    let page = fixture("<p>{{.}}</p>", &json!(""));
    let short = page.update(&json!("a"));
    assert_eq!(compress(short.payload(), 1024), None);
    let long = page.update(&json!("a".repeat(5000)));
    let compressed = compress(long.payload(), 1024).unwrap();
    assert!(compressed.len() < long.payload().len());
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, long.payload());
}

fn crc32(text: &str) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    format!("{:08x}", crc.sum())
}

impl Client {
    /// The text of the fragment that starts with this.
    fn text(&self, start: &str) -> (String, String) {
        let at = self.html.find(start).unwrap();
        let text = &self.html[at..at + element_len(&self.html[at..])];
        let id = text.split("data-fragment-id=\"").nth(1).unwrap().split('"').next().unwrap();
        (id.to_owned(), text.to_owned())
    }
}

fn receive(page: &Page, message: &Value) -> Value {
    let answer = page.receive(message.to_string().as_bytes()).unwrap();
    if answer.is_empty() { Value::Null } else { read(&answer) }
}

#[test]
fn a_fragment_that_drifted_is_sent_again() {
    let page = fixture(
        "<main><p>{{.A}}</p><section class=\"{{.B}}\"><i>{{.C}}</i></section></main>",
        &json!({"A": "a", "B": "b", "C": "c"}),
    );
    let mut client = Client::new(&page.page);
    let (p, text) = client.text("<p");
    let (section, whole) = client.text("<section");
    let tag = &whole[..=whole.find('>').unwrap()];
    let ack = |seq: u64, sums: &[(&str, String)]| {
        let sums: HashMap<&str, &String> = sums.iter().map(|(id, sum)| (*id, sum)).collect();
        let ack = json!({"type": "ack", "seq": seq, "checksums": sums});
        Schema::read("control-message-1.0.json").check(&ack).unwrap();
        receive(&page.page, &ack)
    };
    assert_eq!(ack(0, &[]), Value::Null);
    assert_eq!(ack(0, &[(&p, crc32(&text)), (&section, crc32(tag))]), Value::Null);
    assert_eq!(ack(0, &[(&section, crc32(&whole))]), Value::Null);

    client.html = client.html.replace(">a</p>", ">drifted</p>");
    let answer = ack(0, &[(&p, crc32("else")), (&section, crc32(tag))]);
    assert_eq!(answer["updates"].as_array().unwrap().len(), 1);
    client.message(&answer);
    client.check(&page.page, "after a drift");
    // Not compared: the page is further on.
    assert_eq!(ack(0, &[(&p, crc32("else"))]), Value::Null);
    // A fragment that there is not.
    let answer = ack(1, &[("f-0000000000000000", crc32(""))]);
    assert_eq!(answer["type"], "resync");
    // The fragment around it is enough.
    let (i, _) = client.text("<i");
    let answer = ack(1, &[(&i, crc32("else")), (&section, crc32("else"))]);
    assert_eq!(answer["updates"].as_array().unwrap().len(), 1);
    assert_eq!(answer["updates"][0]["fragment_id"], section);
    client.message(&answer);
    client.check(&page.page, "after a drift of two");
    client.apply(&page.update(&json!({"A": "x", "B": "y", "C": "z"})));
    client.check(&page.page, "after an update");
}

#[test]
fn control_messages_that_are_none_change_nothing() {
    let page = fixture("<p>{{.}}</p>", &json!("a"));
    page.update(&json!("b"));
    let controls = Schema::read("control-message-1.0.json");
    let before = page.page.resync().unwrap();
    let refused = [
        ("", "InvalidJson"),
        ("{\"type\":\"ack\",", "InvalidJson"),
        ("[]", "InvalidArgument"),
        ("\u{1}", "InvalidJson"),
        ("{}", "InvalidArgument"),
        ("{\"type\":7}", "InvalidArgument"),
        ("{\"type\":\"resync\",\"seq\":1,\"html\":\"x\"}", "InvalidArgument"),
        ("{\"type\":\"resync_request\"}", "InvalidArgument"),
        ("{\"type\":\"resync_request\",\"seq\":-1}", "InvalidArgument"),
        ("{\"type\":\"resync_request\",\"seq\":1,\"version\":\"2.0\"}", "InvalidArgument"),
        ("{\"type\":\"ack\",\"seq\":1.5}", "InvalidArgument"),
        ("{\"type\":\"ack\",\"seq\":9}", "InvalidArgument"),
        ("{\"type\":\"ack\",\"seq\":1,\"checksums\":[]}", "InvalidArgument"),
        ("{\"type\":\"ack\",\"seq\":1,\"checksums\":{\"a\":\"xyz\"}}", "InvalidArgument"),
        ("{\"type\":\"ack\",\"seq\":1,\"checksums\":{\"a\":\"+1234567\"}}", "InvalidArgument"),
    ];
    for (message, code) in refused {
        let answer = read(&page.page.receive(message.as_bytes()).unwrap());
        controls.check(&answer).unwrap();
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{message}");
        assert_eq!(page.page.resync().unwrap(), before);
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(&page.page.receive(deep.as_bytes()).unwrap())["type"], "error");
    for seq in [0, 1, 1000] {
        let request = json!({"type": "resync_request", "seq": seq, "version": "1.0"});
        controls.check(&request).unwrap();
        assert_eq!(receive(&page.page, &request), read(&before));
    }
    page.page.close();
    assert!(page.page.receive(b"{}").is_err());
}
