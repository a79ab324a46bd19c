//! What identifies a row: its key on the wire, whatever the data holds.

use livetemplate_core::value::{Key, Map};
use livetemplate_core::{Application, DataFlags, Page, Template, Value};

fn page(source: &str, data: Value) -> Page {
    let app = Application::new().unwrap();
    let page = app.new_page(&Template::new("page", source).unwrap(), data).unwrap();
    // The page must outlive this function, and it ends with its application.
    std::mem::forget(app);
    page
}

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), DataFlags::default()).unwrap()
}

/// The keys of the rows of the page's only range, in order.
fn keys(page: &Page) -> Vec<String> {
    let tree = String::from_utf8(page.tree(None, &[]).unwrap()).unwrap();
    tree.split(r#""_k":""#).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn rows(source: &str, items: &str) -> Vec<String> {
    keys(&page(source, json(&format!(r#"{{"items":[{items}]}}"#))))
}

const BY_FIELD: &str = "{{range .items}}<p>{{.}}</p>{{end}}";

#[test]
fn equal_keys_get_numbers_that_no_key_has() {
    let items = r#"{"id":"a"},{"id":"a~2"},{"id":"a"},{"id":"a"},{"id":"a~2"}"#;
    assert_eq!(rows(BY_FIELD, items), ["a", "a~2", "a~3", "a~4", "a~2~2"]);
}

#[test]
fn keys_never_meet_the_ids_that_the_page_makes_up() {
    let items = r#"{"x":1},{"id":"~1"},{"id":"~"},{"x":2}"#;
    assert_eq!(rows(BY_FIELD, items), ["~1", "~~1", "~~", "~2"]);
}

#[test]
fn a_key_is_a_string_or_an_integer() {
    let items = r#"{"id":7},{"id":"7"},{"ID":"","key":"k"},{"id":true},{"id":1.5},{"id":[1]},{"id":null}"#;
    assert_eq!(rows(BY_FIELD, items), ["7", "7~2", "k", "~1", "~2", "~3", "~4"]);
}

#[test]
fn map_keys_are_keys_of_any_kind() {
    let map = |key| Value::Map(Map::from_iter([(key, Value::from("x"))]));
    let of = |key| keys(&page("{{range .}}<p>{{.}}</p>{{end}}", map(key)));
    assert_eq!(of(Key::Bool(true)), ["true"]);
    assert_eq!(of(Key::Int(-3)), ["-3"]);
    assert_eq!(of(Key::String("s".into())), ["s"]);
    assert_eq!(of(Key::String("".into())), ["~1"]);
}

#[test]
fn the_attribute_of_the_only_root_element_wins() {
    let keyed =
        |row: &str| rows(&format!("{{{{range .items}}}}{row}{{{{end}}}}"), r#"{"id":"field","a":"x&y"}"#);
    assert_eq!(keyed(r#"<li data-key="{{.a}}">r</li>"#), ["x&amp;y"]);
    assert_eq!(keyed(r#" <li id=n-{{.a}} class="c"> r </li> "#), ["n-x&amp;y"]);
    assert_eq!(keyed(r#"<li DATA-KEY='{{.a}}'><b id="{{.id}}"></b></li>"#), ["x&amp;y"]);
    assert_eq!(keyed(r#"<br id="{{.a}}">"#), ["x&amp;y"]);
    // No root element, two of them, one that may not be there, or an attribute that says the same for every row.
    for row in [
        r#"text <li id="{{.a}}"></li>"#,
        r#"<li id="{{.a}}"></li><li></li>"#,
        r#"{{if .a}}<li id="{{.a}}"></li>{{end}}"#,
        r#"<li id="same"></li>"#,
        r#"<li><b id="{{.a}}"></b></li>"#,
    ] {
        assert_eq!(keyed(row), ["field"], "{row}");
    }
}

#[test]
fn many_equal_keys_cost_no_more_than_others() {
    // With a search from 2 for each of them this would take minutes.
    let items = vec![r#"{"id":"same"}"#; 30_000].join(",");
    let rows = rows("{{range .items}}{{.id}}{{end}}", &items);
    assert_eq!(rows.len(), 30_000);
    assert_eq!(rows[29_999], "same~30000");
}

#[test]
fn ids_of_a_list_that_stands_where_nothing_stood_are_kept() {
    let app = Application::new().unwrap();
    let source = "{{if .B}}{{if .T}}{{range .C}}<u>{{.}}</u>{{end}}{{end}}{{end}}";
    let page =
        app.new_page(&Template::new("t", source).unwrap(), json(r#"{"B":true,"C":[1],"T":null}"#)).unwrap();
    page.update(json(r#"{"B":true,"C":[1],"T":"x"}"#)).unwrap();
    let tree = String::from_utf8(page.tree(None, &[]).unwrap()).unwrap();
    assert!(tree.contains(r#""_k":"~1""#), "{tree}");
}

#[test]
fn a_key_that_becomes_another_items_id_is_noticed() {
    let list = r#"[{"ID":"k","T":"a"},{"ID":"k~2","T":"b"},{"ID":"x"},{"ID":"y"},{"ID":"z"},{"ID":"w"}]"#;
    let nested = "{{range .}}<u>{{range .L}}<i>{{.T}}</i>{{end}}</u>{{end}}";
    for (source, data, path, operations) in [
        ("{{range .}}<i>{{.T}}</i>{{end}}", list.to_owned(), "", r#"[["r","k~2"],["u","k",{"0":"b"}]]"#),
        (
            nested,
            format!(r#"[{{"ID":"o","L":{list}}},{{"ID":"p","L":[]}}]"#),
            "/0/L",
            r#"[["u","o",{"0":[["r","k~2"],["u","k",{"0":"b"}]]}]]"#,
        ),
    ] {
        let page = page(source, json(&data));
        let patch = |text: &str| {
            let update = page.patch_json(text.as_bytes(), DataFlags::default()).unwrap();
            String::from_utf8(update.payload().to_vec()).unwrap()
        };
        assert_eq!(patch(&format!(r#"[{{"op":"replace","path":"{path}/1/ID","value":"k"}}]"#)), "");
        let update = patch(&format!(r#"[{{"op":"remove","path":"{path}/0"}}]"#));
        assert_eq!(update, format!(r#"{{"tree":{{"0":{operations}}}}}"#));
    }
}
