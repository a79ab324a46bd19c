//! The format `patches`, applied by a client that knows nothing but texts.

mod schema;
mod texts;

use livetemplate_core::{Page, Reason, Update, Wire, compress};
use schema::Schema;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::io::Read;
use texts::{FILLER, FLAGS, Fixture, PAGES, Random, element_len, mixed, random_data, read, utf16_offset};

fn fixture(source: &str, data: &Value) -> Fixture {
    texts::fixture(Wire::Patches, source, data)
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
                // A branch may become another, which has an id of its own.
                assert!(html.contains(" data-fragment-id=\""), "{html}");
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
