//! The format `fragments`, applied by a client that knows texts, literal texts and values.

mod texts;

use livetemplate_core::{Page, Strategy, Update, Wire};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use texts::{FLAGS, Fixture, PAGES, Random, element_len, mixed, random_data, read, utf16_offset};

fn fixture(source: &str, data: &Value) -> Fixture {
    texts::fixture(Wire::Fragments, source, data)
}

/// The client: the content of the live region, the literal texts by fingerprint, and the values of fragments it was told in parts.
struct Client {
    html: String,
    seq: u64,
    statics: HashMap<String, Vec<String>>,
    held: HashMap<String, (String, Vec<String>)>,
    strategies: BTreeMap<&'static str, usize>,
}

impl Client {
    fn new(page: &Page) -> Client {
        let mut client = Client {
            html: String::new(),
            seq: 0,
            statics: HashMap::new(),
            held: HashMap::new(),
            strategies: BTreeMap::new(),
        };
        client.resync(page);
        client
    }

    fn resync(&mut self, page: &Page) {
        let message = read(&page.resync().unwrap());
        self.html = message["html"].as_str().unwrap().to_owned();
        self.seq = message["seq"].as_u64().unwrap();
        self.held.clear();
    }

    fn apply(&mut self, update: &Update) {
        if update.is_empty() {
            assert!(update.fragments().is_empty());
            return;
        }
        let message = read(update.payload());
        self.seq += 1;
        assert_eq!(message["seq"].as_u64(), Some(self.seq));
        let sent = message["fragments"].as_array().unwrap();
        assert_eq!(sent.len(), update.fragments().len());
        for (sent, fragment) in sent.iter().zip(update.fragments()) {
            let expected = json!({
                "id": fragment.id,
                "strategy": fragment.strategy.as_str(),
                "action": fragment.action,
                "data": serde_json::from_str::<Value>(&fragment.data).unwrap(),
            });
            assert_eq!(*sent, expected);
            let mut told = Vec::new();
            fragment.to_value().write_json(Default::default(), &mut told).unwrap();
            let mut all = expected;
            all["reason"] = json!(fragment.reason);
            all["expected_reduction"] = json!(fragment.strategy.expected_reduction());
            all["reduction"] = json!(fragment.reduction);
            assert_eq!(read(&told), all);
            assert!(!fragment.reason.is_empty());
            assert!((0.0..=1.0).contains(&fragment.reduction));
            *self.strategies.entry(fragment.strategy.as_str()).or_default() += 1;
            self.fragment(sent);
        }
        assert_eq!(update.stats().strategy, update.fragments().iter().map(|f| f.strategy).max());
    }

    /// Where the element of a fragment starts.
    fn start(&self, id: &str) -> Option<usize> {
        let at = self.html.find(&format!(" data-fragment-id=\"{id}\""))?;
        self.html[..at].rfind('<')
    }

    fn fragment(&mut self, fragment: &Value) {
        let id = fragment["id"].as_str().unwrap();
        let data = &fragment["data"];
        let Some(start) = self.start(id) else {
            self.html = data["content"].as_str().unwrap().to_owned();
            self.held.clear();
            return;
        };
        let end = start + element_len(&self.html[start..]);
        match fragment["strategy"].as_str().unwrap() {
            "static_dynamic" => {
                let fingerprint = data["fingerprint"].as_str().unwrap();
                if let Some(statics) = data["statics"].as_array() {
                    let statics = statics.iter().map(|text| text.as_str().unwrap().to_owned()).collect();
                    self.statics.insert(fingerprint.to_owned(), statics);
                }
                let statics = &self.statics[fingerprint];
                let held = self.held.get(id).filter(|(held, _)| held == fingerprint);
                let values: Vec<String> = (0..statics.len() - 1)
                    .map(|slot| match data["dynamics"][slot.to_string()].as_str() {
                        Some(value) => value.to_owned(),
                        None => held.expect("a client that holds it").1[slot].clone(),
                    })
                    .collect();
                let mut text = statics[0].clone();
                for (value, after) in values.iter().zip(&statics[1..]) {
                    text.push_str(value);
                    text.push_str(after);
                }
                self.html.replace_range(start..end, &text);
                self.held.insert(id.to_owned(), (fingerprint.to_owned(), values));
            }
            "markers" => {
                self.held.remove(id);
                for patch in data["patches"].as_array().unwrap().iter().rev() {
                    let at = |units: u64| start + utf16_offset(&self.html[start..], units as usize);
                    let position = patch["position"].as_u64().unwrap();
                    let part = at(position)..at(position + patch["length"].as_u64().unwrap());
                    self.html.replace_range(part, patch["new_value"].as_str().unwrap());
                }
            }
            "replacement" => {
                let content = data["content"].as_str().unwrap();
                self.held.retain(|id, _| !content.contains(id));
                self.html.replace_range(start..end, content);
            }
            "granular" => {
                let action = fragment["action"].as_str().unwrap();
                if let Some(content) = data["content"].as_str() {
                    self.held.retain(|id, _| !content.contains(id));
                }
                self.row(action, data, start, end);
            }
            other => panic!("{other}"),
        }
    }

    fn row(&mut self, action: &str, data: &Value, start: usize, end: usize) {
        assert_eq!(data["operation"], action);
        let space = |side: usize| data["space"][side].as_u64().unwrap_or(0) as usize;
        if action == "remove" {
            assert_eq!(self.html[start - space(0)..start].trim(), "");
            assert_eq!(self.html[end..end + space(1)].trim(), "");
            self.html.replace_range(start - space(0)..end + space(1), "");
            return;
        }
        assert_eq!(action, "insert");
        let is_after = data["position"] == 1;
        let Some(moved) = data["selector"].as_str() else {
            let at = if is_after { end + space(1) } else { start - space(0) };
            self.html.insert_str(at, data["content"].as_str().unwrap());
            return;
        };
        // With as much white space on both sides.
        let from = self.start(moved).unwrap();
        let row = from - space(0)..from + element_len(&self.html[from..]) + space(1);
        let text = self.html[row.clone()].to_owned();
        let at = if is_after { end + space(1) } else { start - space(0) };
        assert!(at <= row.start || row.end <= at);
        self.html.replace_range(row.clone(), "");
        self.html.insert_str(if at <= row.start { at } else { at - row.len() }, &text);
    }

    fn check(&self, page: &Fixture, step: &str) {
        // `resync` is for clients: it makes the page say all again.
        let rendered = String::from_utf8(page.page.render().unwrap()).unwrap();
        assert!(rendered.contains(&self.html), "{step}\n{}\n{rendered}", self.html);
    }
}

#[test]
fn a_client_of_fragments_shows_what_the_engine_would_send() {
    let mut strategies: BTreeMap<&str, usize> = BTreeMap::new();
    let more = [
        "<ul>{{range .Rows}}<li data-key=\"{{.id}}\">A long text that all rows have: {{.Name}}</li>{{end}}</ul>",
        "<ul class=\"{{.A}}\">\n<li>first of all</li><li>second</li>{{range .Rows}}<li data-key=\"{{.id}}\">A long text that all rows have: {{.Name}}</li>\n{{end}}</ul>",
        "<table><tbody>{{range .Rows}}<tr data-key=\"{{.id}}\"><td>A long text that all rows have: {{.Name}}</td></tr>{{end}}<tr><td>last</td></tr></tbody></table>",
    ];
    for (number, source) in PAGES.iter().chain(&more).enumerate() {
        let source = &source.replace('~', texts::FILLER);
        let mut random = Random(number as u64 + 1);
        let mut data = random_data(&mut random);
        let fixture = fixture(source, &data);
        let mut client = Client::new(&fixture.page);
        for step in 0..150 {
            let other = random_data(&mut random);
            let next = if step % 10 == 9 { other } else { mixed(&mut random, &data, &other) };
            if step % 40 == 39 {
                client = Client { strategies: client.strategies, ..Client::new(&fixture.page) };
            }
            let update = fixture.update(&next);
            let payload = String::from_utf8_lossy(update.payload());
            let title = format!("page {number}, step {step}: {data} → {next}\n{payload}");
            client.apply(&update);
            client.check(&fixture, &title);
            data = next;
        }
        for (strategy, count) in client.strategies {
            *strategies.entry(strategy).or_default() += count;
        }
    }
    for strategy in ["static_dynamic", "markers", "replacement"] {
        assert!(strategies.get(strategy).is_some_and(|count| *count > 50), "{strategies:?}");
    }
}

#[test]
fn rows_that_come_go_and_move_are_where_they_belong() {
    let lists = [
        "<ul>{{range .}}<li data-key=\"{{.id}}\">A text of a row: {{.V}}</li>{{end}}</ul>",
        "<ul>\n  <li>head</li>\n  {{range .}}<li data-key=\"{{.id}}\">A text of a row: {{.V}}</li>\n{{end}}</ul>",
        "<table><tbody>{{range .}}<tr data-key=\"{{.id}}\"><td>A text of a row: {{.V}}</td></tr>{{end}}<tr><td>last</td></tr></tbody></table>",
        "<ul>{{range .}} <li data-key=\"{{.id}}\">A text of a row: {{.V}}</li>{{end}}</ul>",
        "<div>{{range .}}<b>{{.V}}</b>{{end}}{{range .}}<i data-key=\"{{.id}}\">A text of a row: {{.V}}</i>{{end}}</div>",
    ];
    let mut granular = 0;
    for (number, source) in lists.iter().enumerate() {
        let mut random = Random(number as u64 + 77);
        let mut rows: Vec<(usize, usize)> = (0..30).map(|key| (key, 0)).collect();
        let data = |rows: &[(usize, usize)]| {
            json!(rows.iter().map(|(id, v)| json!({"id": format!("k{id}"), "V": v})).collect::<Vec<_>>())
        };
        let page = fixture(source, &data(&rows));
        let mut client = Client::new(&page.page);
        let mut next = 30;
        for step in 0..150 {
            for _ in 0..=random.below(3) {
                let at = random.below(rows.len());
                match random.below(5) {
                    0 if rows.len() > 20 => drop(rows.remove(at)),
                    1 | 2 => {
                        next += 1;
                        let at = [0, rows.len(), at][random.below(3)];
                        rows.insert(at, (next, step));
                    }
                    3 => {
                        let row = rows.remove(at);
                        rows.insert(random.below(rows.len() + 1), row);
                    }
                    _ => rows[at].1 = step,
                }
            }
            let update = page.update(&data(&rows));
            client.apply(&update);
            client.check(
                &page,
                &format!("list {number}, step {step}\n{}", String::from_utf8_lossy(update.payload())),
            );
        }
        granular += client.strategies.get("granular").copied().unwrap_or_default();
    }
    assert!(granular > 300, "{granular}");
}

fn patched(page: &Fixture, change: &Value) -> Update {
    page.page.patch_json(change.to_string().as_bytes(), FLAGS).unwrap()
}

#[test]
fn the_change_decides_the_strategy() {
    let filler = texts::FILLER.repeat(3);
    let source = format!(
        "<main><p title=\"{{{{.T}}}}\">{filler}{{{{.A}}}} and {{{{.B}}}}</p><ul class=\"{{{{.C}}}}\">{{{{range .R}}}}<li data-key=\"{{{{.}}}}\">A row with a long text: {{{{.}}}}</li>{{{{end}}}}</ul></main>"
    );
    let rows: Vec<String> = (0..20).map(|i| format!("r{i}")).collect();
    let page = fixture(&source, &json!({"T": "t", "A": "a", "B": "b", "C": "c", "R": rows}));
    let mut client = Client::new(&page.page);
    let mut send = |change: Value| {
        let update = patched(&page, &change);
        client.apply(&update);
        client.check(&page, &change.to_string());
        update.fragments().to_vec()
    };
    let data =
        |fragment: &livetemplate_core::Fragment| serde_json::from_str::<Value>(&fragment.data).unwrap();

    let [first] = &send(json!({"A": "x"}))[..] else { panic!() };
    assert_eq!((first.strategy, first.action), (Strategy::StaticDynamic, "update"));
    assert_eq!(data(first)["statics"].as_array().unwrap().len(), 5);
    assert_eq!(data(first)["dynamics"].as_object().unwrap().len(), 4);
    let [second] = &send(json!({"B": "y"}))[..] else { panic!() };
    assert_eq!(data(second), json!({"fingerprint": data(first)["fingerprint"], "dynamics": {"3": "y"}}));
    assert!(second.reduction > 0.85 && second.strategy.expected_reduction() == 0.85);

    let [markers] = &send(json!({"T": "u", "A": "z"}))[..] else { panic!() };
    assert_eq!((markers.strategy, markers.action), (Strategy::Markers, "update"));
    assert_eq!(data(markers)["patches"].as_array().unwrap().len(), 2);
    // The client does not hold the values any more, but it knows the literal text.
    let [third] = &send(json!({"B": "w"}))[..] else { panic!() };
    assert_eq!(data(third)["statics"], Value::Null);
    assert_eq!(data(third)["dynamics"].as_object().unwrap().len(), 4);

    let mut less = rows.clone();
    less.remove(3);
    less.push("new".to_owned());
    let granular = send(json!({"R": less}));
    let actions: Vec<_> = granular.iter().map(|f| (f.strategy.as_str(), f.action)).collect();
    assert_eq!(actions, [("granular", "remove"), ("granular", "insert")]);
    assert_eq!(data(&granular[0]), json!({"operation": "remove"}));
    assert_eq!(data(&granular[1])["position"], 1);
    less.insert(0, "zero".to_owned());
    let [insert] = &send(json!({"R": less}))[..] else { panic!() };
    assert_eq!((insert.action, &data(insert)["position"]), ("insert", &Value::Null));
    let last = less.pop().unwrap();
    less.insert(0, last);
    let [moved] = &send(json!({"R": less}))[..] else { panic!() };
    assert_eq!((moved.action, &data(moved)["content"]), ("insert", &Value::Null));
    assert!(data(moved)["selector"].is_string());

    less.pop();
    let [mixed] = &send(json!({"R": less, "C": "d"}))[..] else { panic!() };
    assert_eq!((mixed.strategy, mixed.action), (Strategy::Replacement, "replace"));
    assert!(send(json!({})).is_empty());

    // A new client is told all again.
    page.page.resync().unwrap();
    let [again] = &send(json!({"B": "v"}))[..] else { panic!() };
    assert!(data(again)["statics"].is_array());
}

#[test]
fn text_that_comes_before_an_element_is_no_attribute() {
    let filler = texts::FILLER.repeat(3);
    let page = fixture(
        &format!("<p>{filler}{{{{if .A}}}}more{{{{end}}}}<br>{{{{.B}}}}</p>"),
        &json!({"A": 0, "B": "b"}),
    );
    let mut client = Client::new(&page.page);
    for a in [1, 0] {
        let update = patched(&page, &json!({"A": a}));
        client.apply(&update);
        client.check(&page, "a text comes and goes");
        let strategies: Vec<_> = update.fragments().iter().map(|fragment| fragment.strategy).collect();
        assert_eq!(strategies, [Strategy::StaticDynamic]);
    }
}

/// What an update does: `+` for elements that come, `>` for one that moves, `-` for one that goes, `v` for one that changes.
fn operations(update: &Update) -> String {
    let of = |fragment: &livetemplate_core::Fragment| {
        let data: Value = serde_json::from_str(&fragment.data).unwrap();
        match fragment.strategy {
            Strategy::Granular if fragment.action == "remove" => "-",
            Strategy::Granular if data["selector"].is_string() => ">",
            Strategy::Granular => "+",
            _ => "v",
        }
    };
    update.fragments().iter().map(of).collect()
}

#[test]
fn branches_and_rows_come_beside_their_neighbours() {
    let text = texts::FILLER.repeat(3);
    let at_top = format!("<h1>{{{{.T}}}}</h1>\n{{{{if .A}}}}\n<p>a {{{{.T}}}}</p>\n{{{{end}}}}<p>{text}</p>");
    let behind = format!("<p>{text}</p>\n<h1>{{{{.T}}}}</h1> {{{{if .A}}}}<p>a {{{{.T}}}}</p>{{{{end}}}}");
    let in_turn = format!(
        "<h1>{{{{.T}}}}</h1>{{{{if .A}}}}<p>{{{{.T}}}}</p>{{{{else}}}}<i>no</i>{{{{end}}}}<p>{text}</p>"
    );
    let in_a_call = format!(
        "<main><p>{text}</p><h1>{{{{.T}}}}</h1>{{{{template \"x\" .}}}}</main>{{{{define \"x\"}}}}<hr>{{{{if .A}}}}<p>{{{{.T}}}}</p>{{{{end}}}}{{{{end}}}}"
    );
    let two = format!(
        "<p>{text}</p><h1>{{{{.T}}}}</h1>{{{{if .A}}}}<p>a {{{{.T}}}}</p>{{{{end}}}}{{{{if .B}}}}<p>b</p>{{{{end}}}}<hr>"
    );
    let by_its_neighbour = format!(
        "<ul>{{{{range .R}}}}<li data-key=\"{{{{.}}}}\">{{{{.}}}} {text}</li>{{{{end}}}}</ul>{{{{if .A}}}}<p>{{{{.T}}}}</p>{{{{end}}}}"
    );
    let data = json!({"T": "t", "A": false, "B": false, "R": ["a", "b"]});
    let cases: &[(&str, &[(Value, &str)])] = &[
        (&at_top, &[(json!({"A": true}), "+"), (json!({"T": "u"}), "vv"), (json!({"A": false}), "-")]),
        (&behind, &[(json!({"A": true}), "+"), (json!({"A": false, "T": "x"}), "v-")]),
        (&in_turn, &[(json!({"A": true}), "v"), (json!({"T": "u"}), "vv"), (json!({"A": false}), "v")]),
        (&in_a_call, &[(json!({"A": true}), "+"), (json!({"A": false}), "-")]),
        (
            &two,
            &[
                (json!({"A": true, "B": true}), "++"),
                (json!({"A": false}), "-"),
                (json!({"A": true, "B": false}), "+-"),
            ],
        ),
        (
            &by_its_neighbour,
            &[
                (json!({"A": true, "R": ["b", "a"]}), ">+"),
                (json!({"A": false, "R": ["b", "a", "c"]}), "+-"),
                (json!({"R": ["c", "b"]}), "->"),
            ],
        ),
    ];
    for (source, steps) in cases {
        let page = fixture(source, &data);
        let mut client = Client::new(&page.page);
        for (change, expected) in *steps {
            let update = patched(&page, change);
            let payload = String::from_utf8_lossy(update.payload());
            assert_eq!(operations(&update), *expected, "{source}\n{change}\n{payload}");
            // What stays is not sent.
            let rows = change["R"].as_array().map_or(0, |rows| rows.len() / 3);
            assert_eq!(payload.matches(&text).count(), rows, "{source}\n{change}\n{payload}");
            client.apply(&update);
            client.check(&page, &format!("{source}\n{change}"));
        }
    }
}

#[test]
fn what_the_client_holds_stays_known_while_elements_come_and_go() {
    let source = format!(
        "<h1>{} {{{{.T}}}}</h1><p>{{{{.U}}}}</p>{{{{if .A}}}}<b>{} {{{{.T}}}}</b>{{{{end}}}}<hr>",
        texts::FILLER,
        texts::FILLER
    );
    let page = fixture(&source, &json!({"T": "t", "U": "u", "A": true}));
    let mut client = Client::new(&page.page);
    let mut dynamics = |change: Value| -> Vec<usize> {
        let update = patched(&page, &change);
        client.apply(&update);
        client.check(&page, &change.to_string());
        let sent = update.fragments().iter().map(|f| serde_json::from_str::<Value>(&f.data).unwrap());
        sent.map(|data| data["dynamics"].as_object().map_or(0, |dynamics| dynamics.len())).collect()
    };
    assert_eq!(dynamics(json!({"T": "v"})), [2, 2]);
    assert_eq!(dynamics(json!({"T": "w"})), [1, 1]);
    assert_eq!(dynamics(json!({"A": false})), [0]);
    assert_eq!(dynamics(json!({"T": "x"})), [1]);
    assert_eq!(dynamics(json!({"A": true})), [0]);
    // The branch came anew.
    assert_eq!(dynamics(json!({"T": "y"})), [1, 2]);
}
