//! What the tests of formats with texts of fragments share: pages, random data, and how a client finds its way in texts.

#![allow(dead_code, reason = "each test uses a part of it")]

use livetemplate_core::session::Clock;
use livetemplate_core::{Application, DataFlags, Page, PageOptions, Template, Update, Wire};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A page in its application.
pub struct Fixture {
    _app: Application,
    pub page: Page,
}

pub const FLAGS: DataFlags = DataFlags { trusted: true, times: false };

#[derive(Debug)]
pub struct Noon;

impl Clock for Noon {
    fn now(&self) -> Duration {
        Duration::from_millis(1_763_726_400_123)
    }
}

pub fn fixture(wire: Wire, source: &str, data: &Value) -> Fixture {
    let template = Template::new("page", source).unwrap();
    let app = Application::builder().clock(Arc::new(Noon)).build().unwrap();
    let options = PageOptions::default().wire(wire);
    let page = app.new_page_json_with(&template, data.to_string().as_bytes(), FLAGS, &options).unwrap();
    Fixture { _app: app, page }
}

impl Fixture {
    pub fn update(&self, data: &Value) -> Update {
        self.page.update_json(data.to_string().as_bytes(), FLAGS).unwrap()
    }
}

pub fn read(message: &[u8]) -> Value {
    serde_json::from_slice(message).unwrap()
}

/// The offset of a place that is so many UTF-16 units away.
pub fn utf16_offset(text: &str, units: usize) -> usize {
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
pub fn element_len(html: &str) -> usize {
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
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

pub const TEXTS: &[&str] = &[
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
pub const TRUSTED: &[&str] =
    &["", "plain", "<i>x</i>", "<ul><li>a<li>b</ul>", "<p title=\"</p>\">q</p>", "a<br>b"];

pub fn random_data(random: &mut Random) -> Value {
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
pub fn mixed(random: &mut Random, before: &Value, other: &Value) -> Value {
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
pub const FILLER: &str =
    " Lorem ipsum 😀 dolor sit amet, consectetur &amp; adipiscing &eacute; elit, sed do eiusmod tempor ";

pub const PAGES: &[&str] = &[
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
