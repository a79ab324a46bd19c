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
fn turbo_streams_address_the_smallest_element() {
    let page = page(Wire::Turbo, ORDERS, &orders());
    let sent: Vec<String> = STEPS.iter().map(|step| patch(&page, step)).collect();
    assert_eq!(
        sent[1],
        r#"<turbo-stream action="replace" target="st"><template><p id="st" class="warn">Status of the order list</p></template></turbo-stream>"#
    );
    assert_eq!(sent[3], r#"<turbo-stream action="remove" target="r50"></turbo-stream>"#);
    assert_eq!(sent[6], r#"<turbo-stream action="remove" target="panel"></turbo-stream>"#);
}

#[test]
fn htmx_swaps_table_rows_in_a_template() {
    let page = page(Wire::Htmx, ORDERS, &orders());
    let sent: Vec<String> = STEPS.iter().map(|step| patch(&page, step)).collect();
    assert_eq!(sent[0], r#"<h1 hx-swap-oob="true" id="h">Hello Alice</h1>"#);
    assert_eq!(
        sent[2],
        r##"<template><tbody hx-swap-oob="afterend:#r100"><tr id="r101" data-key="r101"><td>Item 101</td><td>3</td><td><button name="del" value="101">Delete</button></td></tr></tbody></template>"##
    );
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
