//! Applications, pages and tokens through the public API.

use livetemplate_core::session::Clock;
use livetemplate_core::{Application, Code, DataFlags, Error, Page, Template, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const HOUR: u64 = 3600;

#[derive(Debug, Default)]
struct TestClock(AtomicU64);

impl TestClock {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        Duration::from_secs(1_700_000_000 + self.0.load(Ordering::Relaxed))
    }
}

fn template() -> Template {
    Template::new("page", "<body><p>{{.name}}</p>{{range .items}}<i>{{.}}</i>{{end}}</body>").unwrap()
}

fn data(text: &str) -> Value {
    Value::from_json(text.as_bytes(), DataFlags::default()).unwrap()
}

fn app(id: &str) -> (Application, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let app = Application::builder().id(id).signing_key(KEY).clock(clock.clone()).build().unwrap();
    (app, clock)
}

fn page(app: &Application) -> Page {
    app.new_page(&template(), data(r#"{"name":"Ann","items":[1,2]}"#)).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

#[test]
fn a_token_finds_its_page_again_and_again() {
    let (app, _) = app("one");
    let page = page(&app);
    for _ in 0..3 {
        assert_eq!(app.get_page(page.token()).unwrap().id(), page.id());
    }
    assert_eq!(page.id().len(), 32);
}

#[test]
fn pages_do_not_share_state() {
    let (app, _) = app("one");
    let (a, b) = (page(&app), page(&app));
    assert_ne!(a.id(), b.id());
    a.update(data(r#"{"name":"changed"}"#)).unwrap();
    assert!(String::from_utf8(b.render().unwrap()).unwrap().contains("Ann"));
}

#[test]
fn a_foreign_token_is_refused_whatever_its_signature() {
    let (app, _) = app("one");
    let other = Application::builder().id("two").signing_key(KEY).build().unwrap();
    let unrelated = Application::builder().id("three").build().unwrap();
    assert_eq!(code(app.get_page(page(&other).token())), Code::InvalidApplication);
    assert_eq!(code(app.get_page(page(&unrelated).token())), Code::InvalidApplication);
}

#[test]
fn a_forged_token_is_refused() {
    let (app, _) = app("one");
    let page = page(&app);
    let impostor = Application::builder().id("one").build().unwrap();
    let other_key = impostor.new_page(&template(), data("{}")).unwrap();
    assert_eq!(code(app.get_page(other_key.token())), Code::TokenSignature);

    let token = page.token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    assert_eq!(code(app.get_page(&format!("{message}.{flipped}{}", &signature[1..]))), Code::TokenSignature);
    assert_eq!(code(app.get_page(&format!("{message}."))), Code::TokenSignature);
    // The claims of one token under the signature of another.
    let second = self::page(&app);
    let claims = second.token().split('.').nth(1).unwrap();
    let swapped = format!("{}.{claims}.{signature}", token.split('.').next().unwrap());
    assert_eq!(code(app.get_page(&swapped)), Code::TokenSignature);
}

#[test]
fn what_is_no_token_is_malformed() {
    let (app, _) = app("one");
    let claims = page(&app).token().split('.').nth(1).unwrap().to_owned();
    // {"alg":"none"}, {"alg":"HS512"}
    let none = format!("eyJhbGciOiJub25lIn0.{claims}.");
    let other = format!("eyJhbGciOiJIUzUxMiJ9.{claims}.AAAA");
    let long = "a".repeat(100_000);
    for token in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "\u{1f980}.\u{1f980}.x", &none, &other, &long] {
        assert_eq!(code(app.get_page(token)), Code::TokenMalformed, "{token:.40}");
    }
}

#[test]
fn tokens_and_pages_expire() {
    let (app, clock) = app("one");
    let page = page(&app);
    clock.advance(HOUR - 1);
    app.get_page(page.token()).unwrap();
    clock.advance(HOUR - 1);
    page.render().unwrap();
    clock.advance(HOUR);
    assert_eq!(code(page.render()), Code::PageClosed);
    assert_eq!(code(app.get_page(page.token())), Code::PageNotFound);
    clock.advance(24 * HOUR);
    assert_eq!(code(app.get_page(page.token())), Code::TokenExpired);
    assert_eq!(app.page_count(), 0);
}

#[test]
fn a_clock_that_jumps_back_expires_nothing() {
    let clock = Arc::new(TestClock(AtomicU64::new(10 * HOUR)));
    let app = Application::builder().clock(clock.clone()).build().unwrap();
    let page = page(&app);
    clock.0.store(0, Ordering::Relaxed);
    page.render().unwrap();
    app.get_page(page.token()).unwrap();
}

#[test]
fn cleanup_drops_expired_pages() {
    let (app, clock) = app("one");
    let _old = page(&app);
    clock.advance(HOUR / 2);
    let young = page(&app);
    clock.advance(HOUR / 2);
    assert_eq!(app.cleanup().unwrap(), 1);
    assert_eq!(app.page_count(), 1);
    young.render().unwrap();
}

#[test]
fn a_closed_page_answers_page_closed() {
    let (app, _) = app("one");
    let page = page(&app);
    let other_handle = app.get_page(page.token()).unwrap();
    page.close();
    page.close();
    assert_eq!(code(other_handle.render()), Code::PageClosed);
    assert_eq!(code(other_handle.tree(None, &[])), Code::PageClosed);
    assert_eq!(code(other_handle.update(data("{}"))), Code::PageClosed);
    assert_eq!(code(other_handle.patch(&data("[]"))), Code::PageClosed);
    assert_eq!(code(other_handle.set_data(data("{}"))), Code::PageClosed);
    assert_eq!(code(other_handle.data()), Code::PageClosed);
    assert_eq!(code(app.get_page(page.token())), Code::PageNotFound);
    assert_eq!(app.page_count(), 0);
}

#[test]
fn dropping_a_handle_closes_nothing() {
    let (app, _) = app("one");
    let token = page(&app).token().to_owned();
    app.get_page(&token).unwrap().render().unwrap();
}

#[test]
fn a_closed_application_closes_its_pages() {
    let (app, _) = app("one");
    let page = page(&app);
    app.close();
    app.close();
    assert_eq!(code(page.render()), Code::PageClosed);
    assert_eq!(code(app.new_page(&template(), data("{}"))), Code::ApplicationClosed);
    assert_eq!(code(app.get_page(page.token())), Code::ApplicationClosed);
    assert_eq!(code(app.cleanup()), Code::ApplicationClosed);

    let (second, _) = self::app("two");
    let page = self::page(&second);
    drop(second);
    assert_eq!(code(page.render()), Code::PageClosed);
}

#[test]
fn the_page_limit_holds_and_expired_pages_make_room() {
    let clock = Arc::new(TestClock::default());
    let app = Application::builder().max_pages(2).clock(clock.clone()).build().unwrap();
    let first = page(&app);
    page(&app);
    assert_eq!(code(app.new_page(&template(), data("{}"))), Code::MaxPagesExceeded);
    first.close();
    page(&app);
    clock.advance(HOUR);
    page(&app);
    assert_eq!(app.page_count(), 1);
}

#[test]
fn the_signing_key_is_never_printed() {
    let builder = Application::builder().id("one").signing_key(*b"secretsecretsecretsecretsecret!!");
    let printed = format!("{builder:?}");
    assert!(!printed.contains("secret") && !printed.contains("115, 101"), "{printed}");
    let app = builder.build().unwrap();
    assert!(!format!("{app:?}").contains("secret"));
}

#[test]
fn bad_options_are_refused() {
    assert_eq!(code(Application::builder().signing_key(&KEY[1..]).build()), Code::InvalidKey);
    assert_eq!(code(Application::builder().id("").build()), Code::InvalidArgument);
    assert_eq!(code(Application::builder().max_pages(0).build()), Code::InvalidArgument);
    assert_eq!(code(Application::builder().page_ttl(Duration::ZERO).build()), Code::InvalidArgument);
}

#[test]
fn a_failed_update_leaves_the_page_as_it_was() {
    let (app, _) = app("one");
    let page = page(&app);
    let before = page.render().unwrap();
    let flags = DataFlags::default();
    assert_eq!(code(page.update_json(b"{\"name\":", flags)), Code::InvalidJson);
    assert_eq!(code(page.patch_json(br#"[{"op":"remove","path":"/nothing"}]"#, flags)), Code::InvalidPatch);
    assert_eq!(code(page.patch_json(b"3", flags)), Code::InvalidPatch);
    // A number cannot be ranged over with a string in its place.
    assert_eq!(code(page.update(data(r#"{"items":"text"}"#))), Code::TemplateExec);
    assert_eq!(page.render().unwrap(), before);
    assert!(page.patch_json(b"[]", flags).unwrap().is_empty());
}

#[test]
fn data_set_aside_reaches_the_browser_with_the_next_update() {
    let (app, _) = app("one");
    let page = page(&app);
    let told = page.tree(None, &[]).unwrap();
    page.set_data(data(r#"{"name":"Bob","items":[1,2]}"#)).unwrap();
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<p>Bob</p>"));
    assert_eq!(page.tree(None, &[]).unwrap(), told);
    let update = page.patch(&data("[]")).unwrap();
    assert_eq!(update.payload(), br#"{"tree":{"0":"Bob"}}"#);
    assert!(page.patch(&data("[]")).unwrap().is_empty());
}

#[test]
fn replies_and_full_trees_carry_the_outcome_of_an_action() {
    let (app, _) = app("one");
    let page = page(&app);
    let update = page.patch(&data(r#"{"name":"Bob"}"#)).unwrap();
    assert_eq!(update.payload(), br#"{"tree":{"0":"Bob"}}"#);
    assert_eq!(
        update.reply(Some("rename"), &[]),
        br#"{"tree":{"0":"Bob"},"meta":{"success":true,"errors":{},"action":"rename"}}"#
    );
    let nothing = page.patch(&data("[]")).unwrap();
    assert_eq!(
        nothing.reply(Some("rename"), &[("name", "is \"taken\"")]),
        br#"{"tree":{},"meta":{"success":false,"errors":{"name":"is \"taken\""},"action":"rename"}}"#
    );
    let full = String::from_utf8(page.tree(Some("load"), &[]).unwrap()).unwrap();
    assert!(full.starts_with(r#"{"tree":{"s":["<p>","</p>",""],"0":"Bob","1":{"d":["#), "{full}");
    assert!(full.ends_with(r#","meta":{"success":true,"errors":{},"action":"load"}}"#), "{full}");
}

#[test]
fn a_slot_outside_the_live_region_is_counted_and_never_sent() {
    let app = Application::new().unwrap();
    let template = Template::new("t", "<title>{{.a}}</title><body class=\"{{.a}}\">{{.b}}</body>").unwrap();
    let page = app.new_page(&template, data(r#"{"a":1,"b":2}"#)).unwrap();
    let update = page.patch(&data(r#"{"a":5}"#)).unwrap();
    assert!(update.is_empty());
    assert_eq!(update.stats().outside, 2);
    assert_eq!(
        String::from_utf8(page.render().unwrap()).unwrap(),
        format!("<title>5</title><body class=\"5\"><div data-lvt-id=\"{}\">2</div></body>", page.id())
    );
}

#[test]
fn a_body_tag_in_a_condition_is_an_error_of_the_page_only() {
    let app = Application::new().unwrap();
    for source in [
        "{{if .a}}<body>{{else}}<body>{{end}}x</body>",
        "<body>{{range .l}}</body>{{end}}",
        "<body {{if .a}}>{{else}}class=x>{{end}}</body>",
    ] {
        let template = Template::new("t", source).unwrap();
        template.render(&data(r#"{"a":true,"l":[]}"#)).unwrap();
        assert_eq!(code(app.new_page(&template, data(r#"{"a":true,"l":[]}"#))), Code::LiveRegion, "{source}");
    }
}

#[test]
fn updates_from_many_threads_follow_one_another() {
    let (app, _) = app("one");
    let page = app.new_page(&template(), data(r#"{"name":"","items":[]}"#)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let page = page.clone();
            scope.spawn(move || {
                for n in 0..50 {
                    let patch = format!(r#"[{{"op":"add","path":"/items/-","value":"{thread}-{n}"}}]"#);
                    page.patch(&data(&patch)).unwrap();
                    page.render().unwrap();
                }
            });
        }
    });
    let html = String::from_utf8(page.render().unwrap()).unwrap();
    assert_eq!(html.matches("<i>").count(), 200);
}

#[test]
fn templates_that_call_themselves_deeply_render_update_and_drop() {
    let source = r#"{{define "r"}}{{if .}}<b>{{slice . 0 1}}</b>{{template "r" (slice . 1)}}{{end}}{{end}}{{template "r" .}}"#;
    let template = Template::new("t", source).unwrap();
    let app = Application::new().unwrap();
    let page = app.new_page(&template, Value::from("a".repeat(20_000))).unwrap();
    let update = page.update(Value::from("a".repeat(19_999) + "b")).unwrap();
    assert!(!update.is_empty());
    assert!(page.render().unwrap().ends_with(b"<b>b</b></div>"));
    page.update(Value::from("")).unwrap();
}
