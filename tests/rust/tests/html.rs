//! Pages whose HTML the host renders.

use livetemplate_core::{Application, Code, DataFlags, Page, PageOptions, Template, Value, Wire};

fn page(html: &str, wire: Wire) -> Page {
    let app = Application::new().unwrap();
    let page = app.new_page_from_html(html.as_bytes(), &PageOptions::default().wire(wire)).unwrap();
    // The application ends with its last handle.
    std::mem::forget(app);
    page
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

const FIRST: &str = "<!DOCTYPE html><title>Shop</title><h1>Hello</h1>\n<ul><li id=a>1<li id=b>2</ul>";
const SECOND: &str = "<!DOCTYPE html><title>Shop!</title><h1>Hello</h1>\n<ul><li id=b>2<li id=c>3</ul>";

#[test]
fn a_page_shows_what_was_parsed_and_tells_what_changed() {
    let page = page(FIRST, Wire::Tree);
    let rendered = |title: &str, list: &str| {
        let id = page.id();
        format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><div data-lvt-id=\"{id}\"><h1>Hello</h1>\n\
             <ul>{list}</ul></div></body></html>"
        )
    };
    let list = "<li id=\"a\">1</li><li id=\"b\">2</li>";
    assert_eq!(text(page.render().unwrap()), rendered("Shop", list));
    let update = page.update_html(SECOND.as_bytes()).unwrap();
    let payload = r#"{"tree":{"0":{"1":[["r","a"],["a",{"_k":"c","0":"c","1":"","2":"3"}]]}}}"#;
    assert_eq!(text(update.payload().to_vec()), payload);
    assert_eq!(update.stats().outside, 1);
    let list = "<li id=\"b\">2</li><li id=\"c\">3</li>";
    assert_eq!(text(page.render().unwrap()), rendered("Shop!", list));
    let same = page.update_html(SECOND.as_bytes()).unwrap();
    assert!(same.is_empty());
    assert_eq!(
        text(same.reply(Some("save"), &[])),
        r#"{"tree":{},"meta":{"success":true,"errors":{},"action":"save"}}"#
    );
    assert!(text(page.tree(None, &[]).unwrap()).starts_with(r#"{"tree":{"s":["",""],"0":{"s":["<h1>","#));
}

#[test]
fn each_kind_of_page_has_its_own_updates() {
    let code = |result: Result<(), livetemplate_core::Error>| result.expect_err("an error").code();
    let page = page(FIRST, Wire::Tree);
    assert_eq!(code(page.update(Value::Null).map(drop)), Code::PageKind);
    assert_eq!(code(page.update_json(b"{}", DataFlags::default()).map(drop)), Code::PageKind);
    assert_eq!(code(page.patch(&Value::from(Vec::new())).map(drop)), Code::PageKind);
    assert_eq!(code(page.patch_json(b"[]", DataFlags::default()).map(drop)), Code::PageKind);
    assert_eq!(code(page.set_data(Value::Null)), Code::PageKind);
    assert_eq!(code(page.set_data_json(b"{}", DataFlags::default())), Code::PageKind);
    assert_eq!(code(page.data().map(drop)), Code::PageKind);
    assert_eq!(code(page.analysis().map(drop)), Code::PageKind);
    assert!(page.template().is_none());

    let app = Application::new().unwrap();
    let of_template = app.new_page(&Template::new("t", "x").unwrap(), Value::Null).unwrap();
    assert_eq!(code(of_template.update_html(b"x").map(drop)), Code::PageKind);
    of_template.close();
    assert_eq!(code(of_template.update_html(b"x").map(drop)), Code::PageClosed);
}

#[test]
fn a_page_stays_as_it_was_after_html_that_is_refused() {
    let page = page(FIRST, Wire::Tree);
    let before = page.render().unwrap();
    for (html, code) in [
        ("<div>".repeat(100_000), Code::DepthExceeded),
        ("<frameset></frameset>".to_owned(), Code::LiveRegion),
        (format!("<p {}>", (0..22_000).map(|i| format!("a{i} ")).collect::<String>()), Code::SizeExceeded),
    ] {
        assert_eq!(page.update_html(html.as_bytes()).unwrap_err().code(), code);
        assert_eq!(page.render().unwrap(), before);
    }
    assert!(page.update_html(FIRST.as_bytes()).unwrap().is_empty());
    // Nothing, and bytes that are no text, are pages.
    assert!(!page.update_html(b"").unwrap().is_empty());
    assert!(!page.update_html(b"\0\xff\xfe<p>\x80").unwrap().is_empty());
    assert!(text(page.render().unwrap()).contains("\u{fffd}"));
}

#[test]
fn every_format_tells_of_changes() {
    let long = "Lorem ipsum dolor sit amet. ".repeat(40);
    let of = |flash: &str, rows: &[u32], class: &str| {
        let rows: String =
            rows.iter().map(|id| format!("<tr id=r{id}><td>{id}</td><td class={class}>x")).collect();
        format!(
            "<!DOCTYPE html><h1 id=h>{class}</h1>{flash}<p>{long}</p><table><tbody id=rows>{rows}</table>"
        )
    };
    let states = [
        of("", &[1, 2, 3], "a"),
        of("", &[1, 2, 3], "b"),
        of("<div>Saved</div>", &[1, 2, 3], "b"),
        of("<div>Saved</div>", &[3, 1, 4, 2], "b"),
        of("", &[], "b"),
        of("", &[7], "a"),
    ];
    for wire in Wire::ALL {
        let page = page(&states[0], *wire);
        for state in &states[1..] {
            assert!(!page.update_html(state.as_bytes()).unwrap().is_empty(), "{}", wire.name());
            assert!(page.update_html(state.as_bytes()).unwrap().is_empty(), "{}", wire.name());
            assert!(text(page.render().unwrap()).contains("Lorem"));
            assert!(!page.resync().unwrap().is_empty());
        }
    }
}

#[test]
fn memory_is_counted() {
    let small = page(FIRST, Wire::Tree);
    let rows: String = (0..1000).map(|i| format!("<tr data-key={i}><td>{i}<td>x")).collect();
    let large = page(&format!("<table>{rows}</table>"), Wire::Tree);
    let (small, large) = (small.memory_usage(), large.memory_usage());
    assert!(small > 1000 && large > small + 100_000 && large < small + 1_000_000, "{small} {large}");
}
