//! What the formats that address elements send.

use livetemplate_core::{Application, DataFlags, Page, PageOptions, Template, Wire};

const ORDERS: &str = r#"<h1 id="h">Hello {{.Name}}</h1><p id="st" class="{{.Class}}">Status of the order list</p><table id="t"><tbody id="rows">{{range .Rows}}<tr id="{{.Key}}" data-key="{{.Key}}"><td>{{.Label}}</td><td>{{.Qty}}</td><td><button name="del" value="{{.N}}">Delete</button></td></tr>{{end}}</tbody></table>{{if .Open}}<div id="panel"><b>Panel of {{.Owner}}</b></div>{{end}}"#;

fn page(wire: Wire, source: &str, data: &str) -> Page {
    let template = Template::new("page", source).unwrap();
    let app = Application::new().unwrap();
    let page = app
        .new_page_json_with(
            &template,
            data.as_bytes(),
            DataFlags::default(),
            &PageOptions::default().wire(wire),
        )
        .unwrap();
    std::mem::forget(app);
    page
}

fn patch(page: &Page, patch: &str) -> String {
    let update = page.patch_json(patch.as_bytes(), DataFlags::default()).unwrap();
    String::from_utf8(update.payload().to_vec()).unwrap()
}

fn orders() -> String {
    let row = |i: usize| format!(r#"{{"Key":"r{i}","Label":"Item {i}","Qty":{},"N":{i}}}"#, i % 7);
    let rows: Vec<String> = (1..=100).map(row).collect();
    format!(r#"{{"Name":"World","Class":"ok","Owner":"Bob","Open":false,"Rows":[{}]}}"#, rows.join(","))
}

const STEPS: [&str; 7] = [
    r#"[{"op":"replace","path":"/Name","value":"Alice"}]"#,
    r#"[{"op":"replace","path":"/Class","value":"warn"}]"#,
    r#"[{"op":"add","path":"/Rows/-","value":{"Key":"r101","Label":"Item 101","Qty":3,"N":101}}]"#,
    r#"[{"op":"remove","path":"/Rows/49"}]"#,
    r#"[{"op":"move","from":"/Rows/9","path":"/Rows/88"},{"op":"move","from":"/Rows/87","path":"/Rows/9"}]"#,
    r#"[{"op":"replace","path":"/Open","value":true}]"#,
    r#"[{"op":"replace","path":"/Open","value":false}]"#,
];

#[test]
fn no_part_of_a_text_is_a_placeholder_to_the_client_of_tree() {
    for (text, parts) in
        [("{{x}}", r#"["{","{x}}"]"#), ("{{{{x}}", r#"["{{{","{x}}"]"#), ("{{}}}}", r#"["{","{}}}}"]"#)]
    {
        let page = page(Wire::Tree, "<p>{{.}}</p>", &format!("{text:?}"));
        assert_eq!(
            String::from_utf8(page.tree(None, &[]).unwrap()).unwrap(),
            format!(r#"{{"tree":{{"s":["<p>","</p>"],"0":{parts}}}}}"#)
        );
    }
}

#[test]
fn turbo_streams_address_the_smallest_element() {
    let page = page(Wire::Turbo, ORDERS, &orders());
    let sent: Vec<String> = STEPS.iter().map(|step| patch(&page, step)).collect();
    assert_eq!(
        sent[1],
        r#"<turbo-stream action="replace" target="st"><template><p id="st" class="warn">Status of the order list</p></template></turbo-stream>"#
    );
    // Where the tag stays as it is, only what is in it is sent.
    assert_eq!(
        sent[0],
        r#"<turbo-stream action="update" target="h"><template>Hello Alice</template></turbo-stream>"#
    );
    assert_eq!(sent[3], r#"<turbo-stream action="remove" target="r50"></turbo-stream>"#);
    assert_eq!(sent[6], r#"<turbo-stream action="remove" target="panel"></turbo-stream>"#);
}

#[test]
fn htmx_swaps_elements_out_of_band() {
    let page = page(Wire::Htmx, ORDERS, &orders());
    let sent: Vec<String> = STEPS.iter().map(|step| patch(&page, step)).collect();
    assert_eq!(sent[0], r#"<h1 hx-swap-oob="true" id="h">Hello Alice</h1>"#);
    assert_eq!(
        sent[2],
        r##"<tbody hx-swap-oob="afterend:#r100"><tr id="r101" data-key="r101"><td>Item 101</td><td>3</td><td><button name="del" value="101">Delete</button></td></tr></tbody>"##
    );
}

#[test]
fn htmx_gets_each_kind_of_table_parts_in_a_template_of_its_own() {
    let table = r#"<table><tbody>{{range .L}}<tr id="{{.key}}"><td>{{.T}}</td></tr>{{end}}</tbody></table><p id="p">{{.P}}</p>"#;
    let page =
        page(Wire::Htmx, table, r#"{"P":1,"L":[{"key":"a","T":1},{"key":"b","T":2},{"key":"c","T":3}]}"#);
    // Rows alone: what stands for one that goes is a part of a table as well.
    assert_eq!(
        patch(
            &page,
            r#"[{"op":"remove","path":"/L/0"},{"op":"add","path":"/L/0","value":{"key":"d","T":4}}]"#
        ),
        r##"<tbody id="a" hx-swap-oob="delete"></tbody><tbody hx-swap-oob="beforebegin:#b"><tr id="d"><td>4</td></tr></tbody>"##
    );
    let all = r#"[{"op":"replace","path":"/L/0/T","value":5},{"op":"remove","path":"/L/1"},
        {"op":"add","path":"/L/1","value":{"key":"e","T":6}},{"op":"replace","path":"/P","value":2}]"#;
    assert_eq!(
        patch(&page, all),
        concat!(
            r##"<i id="b" hx-swap-oob="delete"></i>"##,
            r##"<template><tr hx-swap-oob="true" id="d"><td>5</td></tr></template>"##,
            r##"<template><tbody hx-swap-oob="afterend:#d"><tr id="e"><td>6</td></tr></tbody></template>"##,
            r##"<p hx-swap-oob="true" id="p">2</p>"##
        )
    );
}

#[test]
fn htmx_does_not_take_a_title_in_the_page_for_that_of_the_document() {
    let page = page(Wire::Htmx, r#"<title id="t">{{.T}}</title><p id="p">{{.P}}</p>"#, r#"{"T":1,"P":1}"#);
    assert_eq!(
        patch(&page, r#"{"T":2,"P":2}"#),
        r#"<template><title hx-swap-oob="true" id="t">2</title></template><p hx-swap-oob="true" id="p">2</p>"#
    );
    assert_eq!(
        patch(&page, r#"{"T":3}"#),
        r#"<template><title hx-swap-oob="true" id="t">3</title></template>"#
    );
}

#[test]
fn an_element_that_gets_another_id_is_found_by_its_old_one() {
    let source = r#"<b id="{{.K}}">{{.T}}</b>"#;
    let htmx = page(Wire::Htmx, source, r#"{"K":"1 a","T":1}"#);
    let change = r#"[{"op":"replace","path":"/K","value":"b"}]"#;
    assert_eq!(patch(&htmx, change), r##"<b hx-swap-oob="outerHTML:#\31 \ a" id="b">1</b>"##);
    let turbo = page(Wire::Turbo, source, r#"{"K":"1 a","T":1}"#);
    let stream =
        r#"<turbo-stream action="replace" target="1 a"><template><b id="b">1</b></template></turbo-stream>"#;
    assert_eq!(patch(&turbo, change), stream);
}

#[test]
fn the_live_region_of_htmx_has_a_name_that_no_end_tag_closes() {
    let page = page(Wire::Htmx, r#"<body id="b">{{.}}<i>x</i></div></body>"#, r#""a""#);
    let update = page.update_json(br#""b""#, DataFlags::default()).unwrap();
    let sent = r#"<lvt-region id="b" hx-swap-oob="innerHTML">b<i>x</i></div></lvt-region>"#;
    assert_eq!(update.payload(), sent.as_bytes());
}

#[test]
fn a_branch_without_an_id_is_removed_by_the_one_that_it_was_given() {
    for (wire, start) in [(Wire::Turbo, "target=\""), (Wire::Operations, "\"fragment_id\":\"")] {
        let source = "<hr>{{if .On}}<div class=x><b>{{.T}}</b></div>{{end}}";
        let page = page(wire, source, r#"{"On":true,"T":1}"#);
        let html = String::from_utf8(page.render().unwrap()).unwrap();
        let sent = patch(&page, r#"[{"op":"replace","path":"/On","value":false}]"#);
        let id = sent.split_once(start).unwrap().1.split('"').next().unwrap();
        assert!(html.contains(&format!("<div id=\"{id}\" class=x>")), "{sent} {html}");
    }
}

#[test]
fn a_row_that_moves_and_gets_another_id_goes_from_its_old_place() {
    let source =
        r#"{{range .}}{{if .On}}<i id="{{.key}}-on">1</i>{{else}}<b id="{{.key}}">0</b>{{end}}{{end}}"#;
    let data = r#"[{"key":"a","On":false},{"key":"b","On":false}]"#;
    let change = r#"[{"op":"move","from":"/0","path":"/1"},{"op":"replace","path":"/1/On","value":true}]"#;
    // A library removes an element of the same id, but not one of another.
    assert_eq!(
        patch(&page(Wire::Turbo, source, data), change),
        concat!(
            r#"<turbo-stream action="remove" target="a"></turbo-stream>"#,
            r#"<turbo-stream action="after" target="b"><template><i id="a-on">1</i></template></turbo-stream>"#
        )
    );
    assert_eq!(
        patch(&page(Wire::Htmx, source, data), change),
        r##"<i id="a" hx-swap-oob="delete"></i><div hx-swap-oob="afterend:#b"><i id="a-on">1</i></div>"##
    );
}

#[test]
fn what_a_template_would_drop_is_parsed_as_in_a_body() {
    // An end tag `</p>` without a start makes an element in a body, but not at the start of a `<template>`.
    let region = page(Wire::Turbo, "<body id=b>x</p><tr>{{.}}</body>", "1");
    let sent =
        r#"<turbo-stream action="update" target="b"><template><body>x</p><tr>2</template></turbo-stream>"#;
    assert_eq!(patch(&region, r#"[{"op":"replace","path":"","value":2}]"#), sent);
    let rows = page(
        Wire::Turbo,
        r#"<table><tbody id=t>{{range .}}<tr id="r"><td>{{.}}</tr>{{end}}</tbody></table>"#,
        "[]",
    );
    let sent = r#"<turbo-stream action="update" target="t"><template><tr id="r"><td>2</tr></template></turbo-stream>"#;
    assert_eq!(patch(&rows, r#"[{"op":"add","path":"/-","value":2}]"#), sent);
}

#[test]
fn operations_move_rows_without_their_html() {
    let page = page(Wire::Operations, ORDERS, &orders());
    let sent: Vec<String> = STEPS.iter().map(|step| patch(&page, step)).collect();
    assert_eq!(
        sent[4],
        r#"{"seq":5,"operations":[{"fragment_id":"r90","action":"insertAfter","target_id":"r9"},{"fragment_id":"r10","action":"insertAfter","target_id":"r89"}]}"#
    );
}

#[test]
fn replies_of_our_own_client_carry_the_update() {
    let page = page(Wire::Operations, "<p id=a>{{.}}</p>", "1");
    let update = page.update_json(b"2", DataFlags::default()).unwrap();
    let payload = String::from_utf8(update.payload().to_vec()).unwrap();
    let reply = String::from_utf8(update.reply(Some("save"), &[("name", "too \"short\"")])).unwrap();
    let start =
        r#"{"type":"reply","success":false,"errors":{"name":"too \"short\""},"action":"save","update":"#;
    assert_eq!(reply, format!("{start}{payload}}}"));
    let nothing = page.update_json(b"2", DataFlags::default()).unwrap();
    assert_eq!(nothing.reply(None, &[]), br#"{"type":"reply","success":true,"errors":{}}"#);
}
