//! Places that data alone does not decide: evaluated at every update, and shown again as they were.

use livetemplate_core::{Application, Function, Page, Template, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A page whose function `next` counts its calls, and the counter.
fn page(app: &Application, source: &str, data: &str) -> (Page, Arc<AtomicI64>) {
    let calls = Arc::new(AtomicI64::new(0));
    let count = calls.clone();
    let next = Function::new(move |_| Ok(Value::Int(count.fetch_add(1, Ordering::Relaxed) + 1)));
    let template = Template::builder().source("t", source).function("next", next).build().unwrap();
    (app.new_page(&template, Value::from_json(data.as_bytes(), Default::default()).unwrap()).unwrap(), calls)
}

fn update(page: &Page, data: &str) -> (String, usize) {
    let update = page.update_json(data.as_bytes(), Default::default()).unwrap();
    (String::from_utf8(update.payload().to_vec()).unwrap(), update.stats().slots_evaluated)
}

fn region(page: &Page) -> String {
    let html = String::from_utf8(page.render().unwrap()).unwrap();
    let (_, region) = html.split_once('>').unwrap();
    region.strip_suffix("</div>").unwrap().to_owned()
}

const ROWS: &str = r#"{"n":1,"rows":[{"id":"a","v":1},{"id":"b","v":2},{"id":"c","v":3},{"id":"d","v":4}]}"#;

#[test]
fn a_volatile_slot_is_evaluated_at_every_update_and_alone() {
    let app = Application::new().unwrap();
    let (page, calls) = page(&app, "<p>{{.n}}</p><i>{{next}}</i>{{range .rows}}<b>{{.v}}</b>{{end}}", ROWS);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(update(&page, ROWS), (r#"{"tree":{"1":"2"}}"#.into(), 1));
    // Shown as the browser was told, without another call.
    assert!(region(&page).starts_with("<p>1</p><i>2</i><b>1</b>"));
    let tree = String::from_utf8(page.tree(None, &[]).unwrap()).unwrap();
    assert!(tree.contains(r#""0":"1","1":"2","#), "{tree}");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    let (payload, evaluated) = update(&page, &ROWS.replace("3}", "9}"));
    assert_eq!(payload, r#"{"tree":{"1":"3","2":[["u","c",{"0":"9"}]]}}"#);
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert!(evaluated <= 1 + 4, "{evaluated}");
}

#[test]
fn a_volatile_condition_is_kept_as_it_was_shown() {
    let app = Application::new().unwrap();
    let source =
        "{{if next}}<p>{{.n}}</p>{{range .rows}}<b>{{.v}}</b>{{end}}{{end}}{{$x := next}}<i>{{$x}}</i>";
    let (page, calls) = page(&app, source, ROWS);
    assert_eq!(region(&page), "<p>1</p><b>1</b><b>2</b><b>3</b><b>4</b><i>2</i>");
    let (payload, _) = update(&page, &ROWS.replace("4}", "5}"));
    assert_eq!(payload, r#"{"tree":{"0":{"1":[["u","d",{"0":"5"}]]},"1":"4"}}"#);
    assert_eq!(region(&page), "<p>1</p><b>1</b><b>2</b><b>3</b><b>5</b><i>4</i>");
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[test]
fn a_volatile_slot_in_a_template_that_is_called() {
    let app = Application::new().unwrap();
    let source = r#"{{define "t2"}}<i>{{.v}} {{next}}</i>{{end}}{{with .rows}}{{template "t2" index . 0}}{{end}}<p>{{.n}}</p>"#;
    let (page, _) = page(&app, source, ROWS);
    assert_eq!(region(&page), "<i>1 1</i><p>1</p>");
    assert_eq!(update(&page, ROWS).0, r#"{"tree":{"0":{"0":{"1":"2"}}}}"#);
    assert_eq!(update(&page, r#"{"n":2,"rows":[]}"#).0, r#"{"tree":{"0":"","1":"2"}}"#);
    assert_eq!(region(&page), "<p>2</p>");
    update(&page, ROWS);
    assert_eq!(region(&page), "<i>1 3</i><p>1</p>");
}

#[test]
fn an_assigned_variable_carries_what_others_found() {
    let app = Application::new().unwrap();
    let source = "{{$last := 0}}{{range .rows}}<b>{{.v}}{{$last}}</b>{{$last = .v}}{{end}}<i>{{$last}}</i><p>{{.n}}</p>\
        {{if .n}}{{$last = .n}}{{end}}<u>{{$last}}</u>";
    let (page, _) = page(&app, source, ROWS);
    assert_eq!(region(&page), "<b>10</b><b>21</b><b>32</b><b>43</b><i>4</i><p>1</p><u>1</u>");
    update(&page, &ROWS.replace("2}", "7}"));
    assert_eq!(region(&page), "<b>10</b><b>71</b><b>37</b><b>43</b><i>4</i><p>1</p><u>1</u>");
    assert_eq!(
        update(&page, &ROWS.replace("\"n\":1", "\"n\":6").replace("2}", "7}")).0,
        r#"{"tree":{"2":"6","4":"6"}}"#
    );
    update(&page, &ROWS.replace("\"n\":1", "\"n\":0"));
    assert_eq!(region(&page), "<b>10</b><b>21</b><b>32</b><b>43</b><i>4</i><p>0</p><u>4</u>");
}

#[test]
fn break_and_continue_let_one_item_decide_on_others() {
    let app = Application::new().unwrap();
    let source = "<p>{{.n}}</p>{{range .rows}}{{if eq .v 3}}{{break}}{{end}}<b>{{.v}}</b>{{if eq .v 2}}{{continue}}{{end}}<i>!</i>{{end}}";
    let (page, _) = page(&app, source, ROWS);
    assert_eq!(region(&page), "<p>1</p><b>1</b><i>!</i><b>2</b>");
    update(&page, &ROWS.replace("3}", "5}"));
    assert_eq!(region(&page), "<p>1</p><b>1</b><i>!</i><b>2</b><b>5</b><i>!</i><b>4</b><i>!</i>");
    let (payload, evaluated) = update(&page, &ROWS.replace("3}", "5}").replace("\"n\":1", "\"n\":2"));
    assert_eq!(payload, r#"{"tree":{"0":"2"}}"#);
    assert!(evaluated > 4);
}

#[test]
fn the_figures_of_an_update_say_why_places_were_evaluated() {
    let app = Application::new().unwrap();
    let source = "<p>{{.n}}</p>{{next}}{{if .n}}{{next}}{{end}}{{$x := 1}}{{if .n}}{{$x = 2}}{{end}}{{range .rows}}{{break}}{{end}}";
    let (page, _) = page(&app, source, ROWS);
    let reasons = |data: Value| -> Vec<_> {
        let stats = page.update(data).unwrap().stats();
        stats.reasons.iter().map(|(reason, count)| (reason.as_str(), count)).collect()
    };
    let data = page.data().unwrap();
    assert_eq!(reasons(data.clone()), [("volatile", 2), ("assigned", 1), ("ends", 1)]);
    struct Host;
    impl livetemplate_core::Object for Host {
        fn type_name(&self) -> &str {
            "Host"
        }
    }
    assert_eq!(reasons(Value::map([("n", Value::Int(1)), ("o", Arc::new(Host).into())])), [("objects", 1)]);
}
