//! What an update sends: no more than it must, always the same, and all of a list where that is less.

use livetemplate_core::{Application, DataFlags, Function, Page, Reason, Template, Update, Value};
use std::sync::atomic::{AtomicBool, Ordering};

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), DataFlags::default()).unwrap()
}

fn rows(ids: impl IntoIterator<Item = u32>) -> Value {
    let row =
        |id: u32| Value::map([("id", Value::Int(id.into())), ("text", Value::from(format!("row {id}")))]);
    Value::map([("rows", Value::from(ids.into_iter().map(row).collect::<Vec<_>>()))])
}

/// A page in its application.
fn page(template: &Template, data: Value) -> (Application, Page) {
    let app = Application::new().unwrap();
    let page = app.new_page(template, data).unwrap();
    (app, page)
}

fn list() -> Template {
    Template::new("list", "<ul>{{range .rows}}<li>{{.text}}</li>{{end}}</ul>").unwrap()
}

fn update(old: Value, new: Value) -> Update {
    page(&list(), old).1.update(new).unwrap()
}

fn payload(update: &Update) -> String {
    String::from_utf8(update.payload().to_vec()).unwrap()
}

#[test]
fn neighbours_go_in_one_operation() {
    let inserted = payload(&update(rows([1, 2, 6]), rows([1, 2, 3, 4, 5, 6])));
    assert_eq!(inserted.matches(r#"["i","2",["#).count(), 1, "{inserted}");
    assert_eq!(inserted.matches(r#"["i""#).count(), 1, "{inserted}");
    let appended = payload(&update(rows([1]), rows([1, 2, 3])));
    assert_eq!(appended.matches(r#"["a","#).count(), 1, "{appended}");
}

#[test]
fn the_same_data_twice_sends_nothing() {
    let (_app, page) = page(&list(), rows(0..5));
    assert!(!page.update(rows([3, 1, 9])).unwrap().is_empty());
    for _ in 0..2 {
        assert!(page.update(rows([3, 1, 9])).unwrap().is_empty());
        assert!(page.patch(&json("[]")).unwrap().is_empty());
    }
}

#[test]
fn an_update_is_always_the_same() {
    let change = || payload(&update(rows(0..40), rows((0..60).rev().filter(|id| id % 3 != 0))));
    let first = change();
    for _ in 0..5 {
        assert_eq!(change(), first);
    }
}

#[test]
fn all_items_are_sent_where_operations_take_more() {
    let few = update(rows(0..200), rows([7, 150]));
    assert_eq!(few.stats().reasons.iter().collect::<Vec<_>>(), [(Reason::Cost, 1)]);
    assert_eq!(payload(&few), r#"{"tree":{"0":{"d":[{"_k":"7","0":"row 7"},{"_k":"150","0":"row 150"}]}}}"#);

    let one_less = update(rows(0..200), rows((0..200).filter(|id| *id != 7)));
    assert_eq!(payload(&one_less), r#"{"tree":{"0":[["r","7"]]}}"#);
    assert_eq!(one_less.stats().reasons.iter().count(), 0);

    // Without an item that stays there is nothing that could be left out.
    assert_eq!(update(rows([1]), rows([2])).stats().reasons.iter().count(), 0);
}

#[test]
fn a_page_that_cannot_be_found_again_is_sent_as_a_whole() {
    static REFUSES: AtomicBool = AtomicBool::new(false);
    let shown = |args: &[Value]| {
        if REFUSES.load(Ordering::Relaxed) && args[0].same(&Value::from("old")) {
            return Err("gone".into());
        }
        Ok(args[0].clone())
    };
    let source = "<p>{{shown .a}}</p><p>{{.b}}</p>";
    let template = Template::builder().source("page", source).function("shown", Function::new(shown));
    let (_app, page) = page(&template.build().unwrap(), json(r#"{"a":"old","b":"same"}"#));
    REFUSES.store(true, Ordering::Relaxed);
    let update = page.update(json(r#"{"a":"new","b":"same"}"#)).unwrap();
    assert_eq!(payload(&update), r#"{"tree":{"0":"new","1":"same"}}"#);
    assert_eq!(update.stats().reasons.count(Reason::Lost), 1);
}

#[test]
fn blocks_say_that_they_hold_a_range_in_a_place_that_is_always_evaluated() {
    let source = "<p>{{with .a}}{{range .rows}}{{if .end}}{{break}}{{end}}<i>{{.text}}</i>{{end}}{{end}}</p>";
    let template = Template::new("page", source).unwrap();
    let (_app, page) = page(&template, json(r#"{"a":{"rows":[{"text":"x"}]}}"#));
    let tree = || String::from_utf8(page.tree(None, &[]).unwrap()).unwrap();
    assert_eq!(tree().matches(r#""s":["",""],"d":null"#).count(), 1, "{}", tree());
    page.update(json(r#"{"a":{"rows":[{"text":"y"}]}}"#)).unwrap();
    assert_eq!(tree().matches(r#""s":["",""],"d":null"#).count(), 1, "{}", tree());
}
