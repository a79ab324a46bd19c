//! The targets.

use crate::Input;
use livetemplate_core::{
    Application, Code, DataFlags, Error, Group, Page, PageOptions, Template, Value, Wire,
};
use serde::de::IgnoredAny;

/// A fuzz target: any bytes in, a panic when a promise is broken.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 5] =
    [("parse", parse), ("escape", escape), ("execute", execute), ("json", json), ("html", html)];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(n, _)| *n == name).map(|(_, target)| *target)
}

/// Sources either parse or fail with an ordinary error.
fn parse(bytes: &[u8]) {
    let input = Input::read(bytes);
    // The last one's errors too: a source that fails ends the building.
    for i in 0..input.sources.len() {
        let one = Input { sources: vec![input.sources[i]], ..Input::read(&bytes[..1]) };
        if let Err(error) = one.builder().build() {
            ordinary(&error);
        }
    }
}

/// A set that parses escapes from every entry, or fails with an ordinary error, and always in the same way.
fn escape(bytes: &[u8]) {
    let input = Input::read(bytes);
    let Ok(template) = input.builder().build() else { return };
    let names = input.sources.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned());
    for name in names.chain(["t", "u", "a", "b"].map(String::from)) {
        let Ok(entry) = template.lookup(&name) else { continue };
        let first = entry.render(&Value::Null).inspect_err(ordinary);
        let again = input.builder().entry(name).build().and_then(|entry| entry.render(&Value::Null));
        assert_eq!(outcome(&first), outcome(&again), "two escapes differ");
    }
}

/// Every state of a page renders as the template does, or fails as it does.
fn execute(bytes: &[u8]) {
    let input = Input::read(bytes);
    let Ok(template) = input.builder().build() else { return };
    let data = input.data.iter().filter_map(|text| Value::from_json(text, input.options.flags).ok());
    let mut states = data.collect::<Vec<_>>().into_iter();
    let first = states.next().unwrap_or(Value::Null);
    let rendered = template.render(&first).inspect_err(ordinary);

    let app = Application::builder()
        .signing_key(*b"a key of thirty-two bytes, fixed")
        .build()
        .expect("an application");
    let page = match app.new_page(&template, first) {
        Err(error) if error.code() == Code::LiveRegion => return,
        page => page.inspect_err(ordinary),
    };
    let (page, mut html) = match (page, rendered) {
        (Ok(page), Ok(html)) => (page, html),
        (Err(a), Err(b)) => return same_error(&a, &b),
        (page, html) => return unequal_limits(page.err().or(html.err())),
    };
    check(&page, &html);
    for data in states {
        step(&template, &page, &mut html, Ok(data.clone()), || page.update(data));
    }
    for text in &input.patches {
        let Ok(patch) = Value::from_json(text, input.options.flags) else { continue };
        let data = page.data().expect("data").patched(&patch);
        step(&template, &page, &mut html, data, || page.patch(&patch));
    }
    let nothing = page.patch(&Value::from(Vec::new())).expect("an empty patch");
    assert!(nothing.is_empty(), "an empty patch gave {:?}", String::from_utf8_lossy(nothing.payload()));
}

/// One update, which leads to `data` or fails as it does; `html` is what the template gave for the page's state.
fn step(
    template: &Template,
    page: &Page,
    html: &mut Vec<u8>,
    data: Result<Value, Error>,
    update: impl FnOnce() -> Result<livetemplate_core::Update, Error>,
) {
    let rendered = data.and_then(|data| template.render(&data));
    match (update().inspect_err(ordinary), rendered) {
        (Ok(update), Ok(rendered)) => {
            if !update.is_empty() {
                is_json(update.payload());
            }
            is_json(&update.reply(Some("save"), &[("name", "is \"empty\"")]));
            *html = rendered;
        }
        (Err(a), Err(b)) => same_error(&a, &b),
        (update, rendered) => unequal_limits(update.err().or(rendered.err())),
    }
    check(page, html);
}

fn check(page: &Page, html: &[u8]) {
    is_json(&page.tree(None, &[]).expect("a tree"));
    let shown = page.render().expect("a page");
    assert!(
        is_wrapped(&shown, html, &format!("<div data-lvt-id=\"{}\">", page.id()), "</div>"),
        "the page shows {:?}\nthe template {:?}",
        String::from_utf8_lossy(&shown),
        String::from_utf8_lossy(html),
    );
}

/// Whether `page` is `html` with one `open` and, after it, one `close` put in.
fn is_wrapped(page: &[u8], html: &[u8], open: &str, close: &str) -> bool {
    let Some(start) = page.windows(open.len()).position(|w| w == open.as_bytes()) else { return false };
    let bare = [&page[..start], &page[start + open.len()..]].concat();
    if bare.len() != html.len() + close.len() {
        return false;
    }
    let same = bare.iter().zip(html).take_while(|(a, b)| a == b).count();
    let tail = bare.iter().rev().zip(html.iter().rev()).take_while(|(a, b)| a == b).count();
    (start.max(html.len() - tail)..=same).any(|at| bare[at..].starts_with(close.as_bytes()))
}

/// A page of any HTML is what a parser makes of it again, whatever HTML it showed before, or there is an ordinary error. The
/// input is the sections themselves: one state of the page after another.
fn html(bytes: &[u8]) {
    let app = Application::builder()
        .signing_key(*b"a key of thirty-two bytes, fixed")
        .build()
        .expect("an application");
    let wires = [Wire::Tree, Wire::Turbo, Wire::Operations];
    let mut states = bytes.split(|byte| *byte == 0xFF);
    let first = states.next().unwrap_or_default();
    let pages: Vec<Page> = wires
        .iter()
        .filter_map(|wire| {
            let page = app.new_page_from_html(first, &PageOptions::default().wire(*wire));
            page.inspect_err(ordinary).ok()
        })
        .collect();
    pages.iter().for_each(stays);
    for state in states {
        for page in &pages {
            match page.update_html(state) {
                Ok(update) if page.wire() == Wire::Tree && !update.is_empty() => is_json(update.payload()),
                Ok(_) => {}
                Err(error) => ordinary(&error),
            }
            stays(page);
        }
        for page in &pages {
            let is_update = page.update_html(state).is_ok_and(|update| !update.is_empty());
            assert!(!is_update, "the same HTML is an update");
        }
    }
}

/// What a page shows is, when it is parsed, what the page shows.
fn stays(page: &Page) {
    let shown = page.render().expect("a page");
    if page.wire() != Wire::Tree {
        return;
    }
    is_json(&page.tree(None, &[]).expect("a tree"));
    let shown = String::from_utf8(shown).expect("HTML is UTF-8");
    let bare = shown.replacen(&format!("<div data-lvt-id=\"{}\">", page.id()), "", 1);
    let mut ends = bare.match_indices("</div></body>");
    // Scripts and comments may have the same text.
    let (Some((end, _)), None) = (ends.next(), ends.next()) else { return };
    let bare = format!("{}{}", &bare[..end], &bare[end + "</div>".len()..]);
    let update = page.update_html(bare.as_bytes()).expect("its own HTML");
    assert!(
        update.is_empty() && update.stats().outside == 0,
        "the page shows {shown:?}\nand its own HTML is the update {:?}",
        String::from_utf8_lossy(update.payload()),
    );
}

/// JSON text comes back from its own writing, also after patches.
fn json(bytes: &[u8]) {
    let input = Input::read(bytes);
    for byte in 0..4 {
        let flags = DataFlags { times: byte & 1 != 0, trusted: byte & 2 != 0 };
        let read = |text: &&[u8]| Value::from_json(text, flags).inspect_err(ordinary).ok();
        let patches: Vec<Value> = input.patches.iter().filter_map(read).collect();
        for mut value in input.data.iter().filter_map(read) {
            round_trip(&value, flags);
            for patch in &patches {
                round_trip(patch, flags);
                match value.patched(patch) {
                    Ok(next) => {
                        round_trip(&next, flags);
                        value = next;
                    }
                    Err(error) => ordinary(&error),
                }
            }
        }
    }
}

fn round_trip(value: &Value, flags: DataFlags) {
    let mut text = Vec::new();
    value.write_json(flags, &mut text).expect("data from JSON can be written");
    is_json(&text);
    let again = Value::from_json(&text, flags).expect("what was written can be read");
    assert!(value.same(&again), "{value:?} was written as {:?}", String::from_utf8_lossy(&text));
}

fn is_json(text: &[u8]) {
    let text = std::str::from_utf8(text).expect("JSON is UTF-8");
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        panic!("{error} in {text:?}");
    }
}

fn ordinary(error: &Error) {
    assert_ne!(error.code().group(), Group::Internal, "{error:?}");
    assert!(!error.message().is_empty(), "an error without a message");
}

fn outcome(result: &Result<Vec<u8>, Error>) -> (Option<&[u8]>, Option<String>) {
    (result.as_ref().ok().map(Vec::as_slice), result.as_ref().err().map(|e| format!("{e:?}")))
}

/// A page and its template must fail alike, unless one of them met a limit before.
fn same_error(a: &Error, b: &Error) {
    if a.code().group() != Group::Limit && b.code().group() != Group::Limit {
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "a page and its template fail differently");
    }
}

/// Where only one of both fails, it can only be for a limit.
fn unequal_limits(error: Option<Error>) {
    let error = error.expect("one of both failed");
    assert_eq!(error.code().group(), Group::Limit, "only one of page and template fails: {error:?}");
}
