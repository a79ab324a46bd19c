//! What pages hold in memory, held against what the allocator was asked for. Those that take long run by `make soak`.

use livetemplate_core::{Application, DataFlags, Page, Template, Value};
use std::fmt::Write;
use std::time::{Duration, Instant};

#[path = "../../bench/src/allocations.rs"]
#[expect(dead_code, reason = "the benchmark counts allocations as well")]
mod allocations;

const FLAGS: DataFlags = DataFlags { times: true, trusted: false };

const ROWS: &str = r#"<body><h1>{{.Title}}</h1><table>{{range .Rows}}
<tr id="{{.ID}}"><td>{{.Name}}</td><td>{{.Price}}</td><td>{{.Stock}}</td><td>{{.Note}}</td></tr>{{end}}</table></body>"#;

fn row(id: usize) -> String {
    let (price, stock, shelf) = (id % 50, id % 97, id % 13);
    format!(
        r#"{{"ID":"r{id}","Name":"Washers, steel {id}","Price":{price}.25,"Stock":{stock},"Note":"shelf {shelf}"}}"#
    )
}

fn rows(count: usize) -> String {
    let rows: Vec<_> = (0..count).map(row).collect();
    format!(r#"{{"Title":"Stock","Rows":[{}]}}"#, rows.join(","))
}

fn application() -> Application {
    Application::builder().id("memory").max_pages(200_000).build().unwrap()
}

fn rows_template() -> Template {
    Template::new("rows", ROWS).unwrap()
}

/// The template and the data of the dashboard.
fn dashboard() -> (Template, String) {
    let vector = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/dashboard");
        std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
    };
    (Template::new("dashboard", vector("dashboard.html")).unwrap(), vector("data.json"))
}

/// A page, and the bytes that it holds by what the allocator says. What a first page makes once is there before.
fn page(app: &Application, template: &Template, data: &str) -> (Page, i64) {
    app.new_page_json(template, data.as_bytes(), FLAGS).unwrap().close();
    allocations::held_by(|| app.new_page_json(template, data.as_bytes(), FLAGS).unwrap())
}

/// The bytes that data holds.
fn size_of_data(text: &str) -> i64 {
    let (value, held) = allocations::held_by(|| Value::from_json(text.as_bytes(), FLAGS).unwrap());
    drop(value);
    held
}

/// How far the page's own account is from what the allocator says.
fn assert_accounted(page: &Page, held: i64) {
    let used = page.memory_usage() as i64;
    assert!(
        (used - held).abs() * 10 <= held,
        "{used} bytes by the page's account, {held} by the allocator's"
    );
}

#[test]
fn a_page_knows_what_it_holds() {
    let app = application();
    let (template, data) = dashboard();
    let (board, held) = page(&app, &template, &data);
    assert_accounted(&board, held);
    let template = rows_template();
    for count in [0, 1, 10, 1000] {
        let (page, held) = page(&app, &template, &rows(count));
        assert_accounted(&page, held);
        let ((), grown) = allocations::held_by(|| {
            for id in 0..100 {
                let patch = format!(r#"[{{"op":"add","path":"/Rows/0","value":{}}}]"#, row(5000 + id));
                page.patch_json(patch.as_bytes(), FLAGS).unwrap();
            }
            page.set_data_json(rows(50).as_bytes(), FLAGS).unwrap();
        });
        assert_accounted(&page, held + grown);
    }
    // Lists without keys, in lists, and places that are evaluated again whatever changes.
    let source =
        "<body>{{$n := 0}}{{range .a}}<p>{{range .b}}{{.}} {{end}}{{$n = len .b}}</p>{{end}}{{$n}}</body>";
    let template = Template::new("nested", source).unwrap();
    let items = r#"{"b":["some text","more of it"]},"#.repeat(200);
    let (nested, held) = page(&app, &template, &format!(r#"{{"a":[{}{{"b":[]}}]}}"#, items));
    assert_accounted(&nested, held);
}

#[test]
fn what_is_kept_beyond_the_data_is_small() {
    let app = application();
    let (template, data) = dashboard();
    let (_board, held) = page(&app, &template, &data);
    let beyond = held - size_of_data(&data);
    println!("an idle page of the dashboard: {held} bytes, {beyond} beyond its data");
    assert!(beyond <= 4096, "{beyond} bytes beyond the data");
    let template = rows_template();
    let beyond = |count: usize| page(&app, &template, &rows(count)).1 - size_of_data(&rows(count));
    let per_row = (beyond(10_000) - beyond(1_000)) as f64 / 9_000.0;
    println!("a row: {per_row:.1} bytes beyond its data");
    assert!(per_row <= 48.0, "{per_row} bytes per row beyond the data");
}

/// Bytes that the page holds more after many updates than after a few.
fn growth(page: &Page, count: usize, update: impl Fn(&Page, usize)) -> i64 {
    (0..200).for_each(|step| update(page, step));
    allocations::held_by(|| (0..count).for_each(|step| update(page, step))).1
}

fn change_cell(page: &Page, step: usize) {
    let patch =
        format!(r#"[{{"op":"replace","path":"/Rows/{}/Stock","value":{}}}]"#, step % 100, step % 7 + 10);
    assert!(!page.patch_json(patch.as_bytes(), FLAGS).unwrap().is_empty());
}

#[test]
fn updates_leave_nothing_behind() {
    let app = application();
    let (page, held) = page(&app, &rows_template(), &rows(100));
    let grown = growth(&page, 5000, |page, step| {
        let patch =
            format!(r#"[{{"op":"replace","path":"/Rows/{}/Stock","value":{}}}]"#, step % 100, step % 77 + 10);
        page.patch_json(patch.as_bytes(), FLAGS).unwrap();
    });
    assert!(grown.abs() < 1024, "{grown} bytes after cells changed by patch");
    let grown = growth(&page, 1000, |page, step| {
        let text = rows(100).replace("steel 50", &format!("of copper and steel, number {}", step % 90 + 10));
        page.update_json(text.as_bytes(), FLAGS).unwrap();
    });
    assert!(grown.abs() < 1024, "{grown} bytes after cells changed by full data");
    let grown = growth(&page, 1000, |page, step| {
        let patch = format!(
            r#"[{{"op":"remove","path":"/Rows/{}"}},{{"op":"add","path":"/Rows/{}","value":{}}}]"#,
            step % 100,
            step * 7 % 100,
            row(1000 + step % 500)
        );
        page.patch_json(patch.as_bytes(), FLAGS).unwrap();
    });
    assert!(grown.abs() < held / 5, "{grown} bytes after rows came and went, of {held}");
}

#[test]
fn appended_rows_hold_what_rows_hold() {
    let app = application();
    let template = rows_template();
    let count = 10_000;
    let (grown, held) = allocations::held_by(|| {
        let page = app.new_page_json(&template, rows(0).as_bytes(), FLAGS).unwrap();
        for id in 0..count {
            let patch = format!(r#"[{{"op":"add","path":"/Rows/-","value":{}}}]"#, row(id));
            page.patch_json(patch.as_bytes(), FLAGS).unwrap();
        }
        page
    });
    assert_accounted(&grown, held);
    let (_fresh, at_once) = page(&app, &template, &rows(count));
    println!("{count} appends: {held} bytes; the same page made at once: {at_once}");
    assert!(held * 10 < at_once * 11, "{held} bytes, {at_once} for the same data at once");
}

#[test]
#[ignore = "takes long: make soak"]
fn a_thousand_updates_a_second_for_a_minute() {
    let app = application();
    let (page, held) = page(&app, &rows_template(), &rows(1000));
    let (start, mut updates, mut busy) = (Instant::now(), 0_usize, Duration::ZERO);
    let ((), grown) = allocations::held_by(|| {
        while start.elapsed() < Duration::from_secs(60) {
            let begin = Instant::now();
            change_cell(&page, updates);
            busy += begin.elapsed();
            updates += 1;
            std::thread::sleep(
                (start + Duration::from_millis(updates as u64)).saturating_duration_since(Instant::now()),
            );
        }
    });
    let each = busy / u32::try_from(updates).unwrap();
    println!("{updates} updates in a minute, {each:?} each; of {held} bytes {grown:+}");
    assert!(updates > 55_000 && grown.abs() < 1024, "{updates} updates, {grown} bytes");
}

#[test]
#[ignore = "takes long: make soak"]
fn fifty_thousand_rows_on_one_page() {
    let app = application();
    let (page, held) = page(&app, &rows_template(), &rows(50_000));
    let data = size_of_data(&rows(50_000));
    let per_row = (held - data) / 50_000;
    println!("50,000 rows: {held} bytes, {data} of them data, {per_row} bytes per row beyond it");
    assert_accounted(&page, held);
    let grown = growth(&page, 10_000, change_cell);
    assert!(grown.abs() < 1024, "{grown} bytes");
}

#[test]
#[ignore = "takes long: make soak"]
fn a_hundred_thousand_pages_in_one_process() {
    let app = application();
    let (template, data) = dashboard();
    let count = 100_000;
    let (first, _) = page(&app, &template, &data);
    let start = Instant::now();
    let (pages, held) = allocations::held_by(|| {
        (0..count - 1)
            .map(|_| app.new_page_json(&template, data.as_bytes(), FLAGS).unwrap())
            .collect::<Vec<_>>()
    });
    let (each, taken) = (held / count, start.elapsed());
    let mut text = String::new();
    _ = write!(text, "{count} pages of the dashboard in {taken:?}: {each} bytes each, ");
    _ = write!(text, "{} of them data, {} by the page's account", size_of_data(&data), first.memory_usage());
    println!("{text}");
    assert!(each - size_of_data(&data) <= 4096, "{text}");
    assert_eq!(app.page_count(), usize::try_from(count).unwrap());
    assert!(pages.iter().all(|page| page.memory_usage() > 0));
}
