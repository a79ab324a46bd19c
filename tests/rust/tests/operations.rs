//! The format `operations`, applied by a small client that edits the page as text: after every update its text is that of the
//! page, to the last white space.

mod applier;

use applier::{Client, plain};
use livetemplate_core::{Application, DataFlags, Page, PageOptions, Template, Update, Value as Data, Wire};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A page and a client that follows it.
struct Session {
    /// Closes its pages when it goes.
    _app: Application,
    page: Page,
    client: Client,
}

impl Session {
    fn new(source: &str, data: &Value) -> Session {
        let template = Template::new("page", source).unwrap();
        let app = Application::new().unwrap();
        let options = PageOptions::default().wire(Wire::Operations);
        let data = data.to_string();
        let page =
            app.new_page_json_with(&template, data.as_bytes(), DataFlags::default(), &options).unwrap();
        let client = Client::new(&text(page.render().unwrap()));
        Session { _app: app, page, client }
    }

    /// Applies an update and compares. Gives its operations.
    fn follow(&mut self, update: &Update) -> Vec<Value> {
        let message = text(update.payload().to_vec());
        let before = self.client.text.clone();
        let operations = if message.is_empty() {
            Vec::new()
        } else {
            let message: Value = serde_json::from_str(&message).unwrap();
            self.client.seq += 1;
            assert_eq!(message["seq"], self.client.seq);
            message["operations"].as_array().unwrap().clone()
        };
        for operation in &operations {
            self.client.apply(operation);
        }
        let rendered = Client::new(&text(self.page.render().unwrap())).text;
        assert_eq!(plain(&self.client.text), plain(&rendered), "from {before}\nby {message}");
        operations
    }

    fn update(&mut self, data: &Value) -> Vec<Value> {
        let update = self.page.update_json(data.to_string().as_bytes(), DataFlags::default()).unwrap();
        self.follow(&update)
    }

    fn patch(&mut self, patch: Value) -> Vec<Value> {
        let update = self.page.patch_json(patch.to_string().as_bytes(), DataFlags::default()).unwrap();
        self.follow(&update)
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn rows(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({"Key": key, "T": format!("row {key}"), "C": "c"})).collect()
}

/// The first operation without its hash.
fn only(mut operations: Vec<Value>) -> Value {
    assert_eq!(operations.len(), 1, "{operations:?}");
    let mut operation = operations.remove(0);
    operation.as_object_mut().unwrap().remove("content_hash");
    operation
}

/// `.` is `A`, `B`, `C`: texts; `On`, `Off`; `Rows` and `More` with `Key`, `T`, `C`, `On` and `Sub`, rows again.
const TEMPLATES: &[&str] = &[
    "<h1 id=h>Hello {{.A}}</h1><p class=\"{{.B}}\" title='{{.C}}' style=\"color: red\">{{.A}}, {{.C}}!</p>",
    "<ul>{{range .Rows}}<li data-key=\"{{.Key}}\">{{.T}}</li>{{end}}</ul>",
    "<ul>\n{{range .Rows}}\n  <li data-key=\"{{.Key}}\" class=\"{{.C}}\">{{.T}}</li>\n{{end}}\n</ul>",
    "<ul id=l class=\"{{.B}}\"> {{range .Rows}} <li id=\"x{{.Key}}\"><b>{{.T}}</b> <i>x</i><i class=\"{{.C}}\">{{.T}}-{{.C}}</i>{{if .On}}!{{end}}</li>{{end}}end</ul>",
    "<table>\n{{range .Rows}}\n<tr data-key=\"{{.Key}}\"><td>{{.T}}</td><td>{{.C}}</td></tr>\n{{end}}\n</table>",
    "<table>{{if .On}} <tr><td>{{.A}}</td></tr> {{end}}<tbody>{{range .Rows}}<tr id=\"{{.Key}}\"><td>{{.T}}</td></tr>{{end}}</tbody></table>",
    "<div>{{.A}}{{range .Rows}} <p id=\"{{.Key}}\">{{.T}}</p>{{else}}none of {{.B}}{{end}} tail {{.C}}</div>",
    "<div>{{range .Rows}}<p id=\"p{{.Key}}\" class=\"{{$.A}}\">{{.T}}</p>\n{{end}}{{range .More}}<q id=\"q{{.Key}}\">{{.T}}</q>{{end}}</div>",
    "{{range .Rows}}<section data-key=\"{{.Key}}\"><h2 title=\"{{.C}}\">{{.T}}</h2><ul>{{range .Sub}}\n<li data-key=\"{{.Key}}\">{{.T}}</li>{{end}}</ul></section>{{end}}",
    "<main>{{if .On}}<p>{{.A}}</p>{{else if .Off}}<div id=other>{{.B}}</div>{{end}}\n<hr>\n {{if .Off}}\n<em>{{.C}}</em> {{end}}</main>",
    "<main><hr id=r> {{if .On}} <p><b>{{.A}}</b></p>\n{{end}} {{with .B}}<s>{{.}}</s>{{end}}<i>{{.C}}</i></main>",
    "{{define \"row\"}}\n <li data-key=\"{{.Key}}\" class=\"a {{if .On}}on{{end}} {{.C}}\">{{.T}}</li>{{end}}<ol>{{range .Rows}} {{template \"row\" .}} {{end}}</ol>",
    "{{define \"node\"}}<div data-key=\"{{.Key}}\"><b>{{.T}}</b>{{range .Sub}}{{template \"node\" .}}{{end}}</div>{{end}}{{range .Rows}}{{template \"node\" .}}{{end}}",
    "<!doctype html><html><head><title>{{.A}}</title></head><body class=x>{{.A}}<p id=\"{{.B}}\">{{.C}}</p></body></html>",
    "<p id=\"{{.A}}\">{{.B}}</p><div>{{.C}}<span>{{.B}}</span></div><textarea>{{.A}}</textarea><script>var x = {{.B}};</script>",
    "<p title=\"&copy;{{.A}}&amp;\">&nbsp;{{.B}} &amp; {{.C}}&lt</p><input value=\"{{.A}}\"><a href=\"/{{.B}}?q={{.C}}\" onclick=\"f({{.A}})\">x</a>",
    "<ul>{{range .Rows}} {{if .On}}<li class=\"{{.C}}\">{{.T}}</li>{{else}}\n<li><b>{{.T}}</b></li> {{end}}{{end}}</ul>",
    "<pre>{{range .Rows}}\n<b id=\"{{.Key}}\">{{.T}}</b>{{end}}</pre><div data-x=\"{{.A}}\">{{range .More}}{{.T}}, {{end}}</div>",
];

/// A small generator of numbers, the same ones for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn text(&mut self) -> Value {
        const TEXTS: &[&str] = &["", "one", "two & <b>", "it's \"three\"", "a\tb", "é+😀", "x y"];
        json!(TEXTS[self.below(TEXTS.len() as u64) as usize])
    }

    fn rows(&mut self, depth: u32, counter: &mut u32) -> Value {
        (0..self.below(5)).map(|_| self.row(depth, counter)).collect()
    }

    fn row(&mut self, depth: u32, counter: &mut u32) -> Value {
        *counter += 1;
        let sub = if depth < 2 { self.rows(depth + 1, counter) } else { json!([]) };
        json!({"Key": format!("k{counter}"), "T": self.text(), "C": self.text(), "On": self.below(2) == 0, "Sub": sub})
    }

    fn change_rows(&mut self, rows: &mut Value, depth: u32, counter: &mut u32) {
        let rows = rows.as_array_mut().unwrap();
        for _ in 0..1 + self.below(3) {
            let len = rows.len() as u64;
            let at = |random: &mut Random| random.below(len) as usize;
            match self.below(7) {
                0 => {
                    let to = self.below(len + 1) as usize;
                    rows.insert(to, self.row(depth, counter));
                }
                _ if rows.is_empty() => {}
                1 => drop(rows.remove(at(self))),
                2 => {
                    let row = rows.remove(at(self));
                    let to = self.below(len) as usize;
                    rows.insert(to, row);
                }
                3 => rows.rotate_left(at(self)),
                4 => rows[at(self)]["T"] = self.text(),
                5 => rows[at(self)]["On"] = json!(self.below(2) == 0),
                _ if depth < 2 => {
                    let at = at(self);
                    self.change_rows(&mut rows[at]["Sub"], depth + 1, counter);
                }
                _ => rows[at(self)]["C"] = self.text(),
            }
        }
    }
}

/// Random data for a template, and what it becomes step by step.
fn journey(number: usize, seed: u64, steps: usize) -> Vec<Value> {
    let mut random = Random(seed * 1000 + number as u64);
    let mut counter = 0;
    let mut data = json!({"A": "a", "B": "b", "C": "c", "On": true, "Off": false});
    data["Rows"] = random.rows(0, &mut counter);
    data["More"] = random.rows(2, &mut counter);
    let mut all = vec![data.clone()];
    for _ in 0..steps {
        match random.below(6) {
            0 => data[["A", "B", "C"][random.below(3) as usize]] = random.text(),
            1 => data["On"] = json!(random.below(2) == 0),
            2 => data["Off"] = json!(random.below(2) == 0),
            3 => random.change_rows(&mut data["More"], 2, &mut counter),
            _ => random.change_rows(&mut data["Rows"], 0, &mut counter),
        }
        all.push(data.clone());
    }
    all
}

/// How often each action occurs, an `update` apart from its parts.
fn count(operations: &[Value], counts: &mut HashMap<String, usize>) {
    for operation in operations {
        let form = if operation["html"].is_string() { "" } else { " without html" };
        let name = format!("{}{form}", operation["action"].as_str().unwrap());
        *counts.entry(name).or_default() += 1;
    }
}

#[test]
fn after_every_update_the_client_has_the_page() {
    let mut counts = HashMap::new();
    for (number, source) in TEMPLATES.iter().enumerate() {
        for seed in 0..4 {
            let states = journey(number, seed, 60);
            let mut session = Session::new(source, &states[0]);
            for data in &states[1..] {
                count(&session.update(data), &mut counts);
            }
        }
    }
    // All that there is has been met.
    let names =
        ["replace", "insertAfter", "insertBefore", "insertAfter without html", "insertBefore without html"];
    for name in names.iter().chain(&["remove without html", "update without html"]) {
        assert!(counts.get(*name).is_some_and(|count| *count > 20), "{name}: {counts:?}");
    }
}

/// What the page answers to a client with these hashes.
fn handshake(page: &Page, versions: &HashMap<String, String>) -> Value {
    let message = json!({
        "type": "cache_handshake", "client_version": "1.0", "supported_optimizations": ["content", "structural", "styling"],
        "max_cache_size": 1000, "fragment_versions": versions,
    });
    serde_json::from_slice(&page.receive(message.to_string().as_bytes()).unwrap()).unwrap()
}

impl Session {
    /// Brings the client to the page by a resync.
    fn resync(&mut self) {
        let resync: Value = serde_json::from_slice(&self.page.resync().unwrap()).unwrap();
        self.client.resync(&resync);
    }
}

#[test]
fn a_client_that_comes_back_is_sent_what_it_lacks() {
    let mut counts = HashMap::new();
    for (number, source) in TEMPLATES.iter().enumerate() {
        for seed in 10..13 {
            let states = journey(number, seed, 80);
            let mut session = Session::new(source, &states[0]);
            session.resync();
            // Some updates arrive, then some are lost.
            for (step, data) in states[1..].iter().enumerate() {
                if step % 8 < 5 {
                    session.update(data);
                    continue;
                }
                session.page.update_json(data.to_string().as_bytes(), DataFlags::default()).unwrap();
                if step % 8 < 7 {
                    continue;
                }
                let answer = handshake(&session.page, &session.client.versions);
                session.client.seq = answer["seq"].as_u64().unwrap();
                if answer["type"] == "resync" {
                    session.client.resync(&answer);
                    *counts.entry("resync".to_owned()).or_default() += 1;
                }
                let operations = answer["operations"].as_array().cloned().unwrap_or_default();
                count(&operations, &mut counts);
                for operation in &operations {
                    session.client.apply(operation);
                }
                let rendered = Client::new(&text(session.page.render().unwrap())).text;
                assert_eq!(plain(&session.client.text), plain(&rendered), "{source}\n{answer}");
            }
        }
    }
    for name in ["noop without html", "replace", "resync"] {
        assert!(counts.get(name).is_some_and(|count| *count > 20), "{name}: {counts:?}");
    }
}

#[test]
fn a_client_that_has_all_is_told_so_in_few_bytes() {
    let keys: Vec<String> = (0..300).map(|i| format!("k{i}")).collect();
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    let source = "<h1 id=h>{{.A}}</h1><ul id=l>{{range .Rows}}<li id=\"{{.Key}}\">{{.T}}</li>{{end}}</ul>";
    let mut session = Session::new(source, &json!({"A": "a", "Rows": rows(&keys)}));
    session.resync();
    let region = session.client.region.clone();
    let noop = json!({"seq": 0, "operations": [{"fragment_id": region, "action": "noop"}]});
    assert_eq!(handshake(&session.page, &session.client.versions), noop);
    // What changed alone is sent, beside what did not.
    session.patch(json!([{"op": "replace", "path": "/Rows/3/T", "value": "four"}]));
    let lost = session
        .page
        .patch_json(br#"[{"op":"replace","path":"/A","value":"b"}]"#, DataFlags::default())
        .unwrap();
    assert!(!lost.is_empty());
    let answer = handshake(&session.page, &session.client.versions);
    assert_eq!(answer["seq"], 2);
    let actions: Vec<(&str, &str)> = answer["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| (operation["fragment_id"].as_str().unwrap(), operation["action"].as_str().unwrap()))
        .collect();
    assert_eq!(actions, [("h", "replace"), ("l", "noop")]);
    // One that has nothing gets the page.
    assert_eq!(handshake(&session.page, &HashMap::new())["type"], "resync");
}

#[test]
fn after_every_update_of_its_html_the_client_has_the_page() {
    for (number, source) in TEMPLATES.iter().enumerate() {
        let template = Template::new("page", *source).unwrap();
        let html = |data: &Value| {
            template.render(&Data::from_json(data.to_string().as_bytes(), DataFlags::default()).unwrap())
        };
        let states = journey(number, 7, 60);
        let app = Application::new().unwrap();
        let options = PageOptions::default().wire(Wire::Operations);
        let page = app.new_page_from_html(&html(&states[0]).unwrap(), &options).unwrap();
        let client = Client::new(&text(page.render().unwrap()));
        let mut session = Session { _app: app, page, client };
        for data in &states[1..] {
            let update = session.page.update_html(&html(data).unwrap()).unwrap();
            session.follow(&update);
        }
    }
}

#[test]
fn what_is_sent_is_the_shortest_form() {
    let source = concat!(
        "<h1 id=h>Hello {{.A}}</h1><p id=p class=\"{{.B}}\" title=\"{{.C}}\">A paragraph that is long enough</p>",
        "<ul id=l class=\"{{.D}}\">{{range .Rows}} <li id=\"{{.Key}}\" class=\"{{.C}}\"><b>{{.T}}</b></li>{{end}}</ul>"
    );
    let keys = ["a", "b", "c", "d"];
    let mut session =
        Session::new(source, &json!({"A": "a", "B": "b", "C": "c", "D": "d", "Rows": rows(&keys)}));
    let set = |path: &str, value: &str| json!([{"op": "replace", "path": path, "value": value}]);
    let cases = [
        // A short element is sent as it is.
        (
            set("/A", "<x>"),
            json!({"fragment_id": "h", "action": "replace", "html": "<h1 id=h>Hello &lt;x&gt;</h1>"}),
        ),
        (
            set("/B", "x & y"),
            json!({"fragment_id": "p", "action": "update", "styling": {"classes": {"": "x & y"}}}),
        ),
        (
            set("/C", "\"q\""),
            json!({"fragment_id": "p", "action": "update", "structure": {"attributes": {"": {"title": "\"q\""}}}}),
        ),
        // A list is not sent for its tag.
        (set("/D", "e"), json!({"fragment_id": "l", "action": "update", "styling": {"classes": {"": "e"}}})),
        (
            set("/Rows/1/T", "two"),
            json!({"fragment_id": "b", "action": "update", "content": {"text_nodes": {"0": "two"}}}),
        ),
        (
            json!([{"op": "move", "from": "/Rows/0", "path": "/Rows/3"}]),
            json!({"fragment_id": "a", "action": "insertAfter", "target_id": "d", "space": [1, 0]}),
        ),
        (
            json!([{"op": "remove", "path": "/Rows/1"}]),
            json!({"fragment_id": "c", "action": "remove", "space": [1, 0]}),
        ),
        (
            json!([{"op": "add", "path": "/Rows/0", "value": {"Key": "n", "T": "t", "C": "c"}}]),
            json!({
                "fragment_id": "n", "action": "insertBefore", "target_id": "b", "space": [1, 0],
                "html": " <li id=\"n\" class=\"c\"><b>t</b></li>",
            }),
        ),
    ];
    for (patch, operation) in cases {
        assert_eq!(only(session.patch(patch)), operation);
    }
    // Nothing to say.
    assert!(session.patch(set("/A", "<x>")).is_empty());
}

#[test]
fn values_that_are_more_than_text_come_with_their_element() {
    let source = "<p id=a>{{.A}}</p><p id=b title=\"&copy{{.B}}\">x</p><p id=c>&copy{{.C}}</p><textarea id=d>{{.D}}</textarea>";
    let template = Template::new("page", source).unwrap();
    let app = Application::new().unwrap();
    let options = PageOptions::default().wire(Wire::Operations);
    let trusted = DataFlags { trusted: true, ..DataFlags::default() };
    let long = "x".repeat(200);
    let data = json!({"A": {"$html": "<b>x</b>"}, "B": "b", "C": "c", "D": &long});
    let page = app.new_page_json_with(&template, data.to_string().as_bytes(), trusted, &options).unwrap();
    for (name, value) in
        [("A", json!({"$html": "<i>y</i>"})), ("B", json!("e")), ("C", json!("t")), ("D", json!("z"))]
    {
        let patch = json!([{"op": "replace", "path": format!("/{name}"), "value": value}]).to_string();
        let update = page.patch_json(patch.as_bytes(), trusted).unwrap();
        let message: Value = serde_json::from_slice(update.payload()).unwrap();
        assert_eq!(message["operations"][0]["action"], "replace", "{message}");
    }
}

#[test]
fn a_row_of_many_moves_in_few_bytes() {
    let keys: Vec<String> = (0..10_000).map(|i| format!("k{i}")).collect();
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    let source = "<table>{{range .Rows}}\n<tr data-key=\"{{.Key}}\"><td>{{.T}}</td></tr>\n{{end}}</table>";
    let template = Template::new("page", source).unwrap();
    let app = Application::new().unwrap();
    let options = PageOptions::default().wire(Wire::Operations);
    let data = json!({"Rows": rows(&keys)}).to_string();
    let page = app.new_page_json_with(&template, data.as_bytes(), DataFlags::default(), &options).unwrap();
    for patch in [
        r#"[{"op":"move","from":"/Rows/9000","path":"/Rows/10"}]"#,
        r#"[{"op":"replace","path":"/Rows/5/T","value":"x"}]"#,
        r#"[{"op":"remove","path":"/Rows/77"}]"#,
    ] {
        let update = page.patch_json(patch.as_bytes(), DataFlags::default()).unwrap();
        assert!(update.payload().len() <= 200, "{}", text(update.payload().to_vec()));
    }
}
