//! Work that is ended from outside: by a handle that another thread holds, or by a deadline.

use livetemplate_core::{
    Application, Cancel, Code, DataFlags, Error, Function, Page, PageOptions, Template, Value, Wire,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// Takes longer than anybody would wait.
const ENDLESS: &str = "<p>{{range 1000000000000000}}{{end}}</p>";

fn endless() -> Template {
    Template::builder().source("t", ENDLESS).max_steps(u64::MAX).build().unwrap()
}

fn text(value: &str) -> Value {
    Value::from(value)
}

fn code<T>(result: Result<T, Error>) -> Code {
    result.err().expect("an error").code()
}

/// A page of `<p>{{.}}</p>` that shows `old`, and its application.
fn page() -> (Application, Page) {
    let app = Application::new().unwrap();
    let template = Template::new("t", "<p>{{.}}</p>").unwrap();
    let page = app.new_page(&template, text("old")).unwrap();
    (app, page)
}

#[test]
fn what_is_cancelled_does_not_start() {
    let cancel = Cancel::new();
    let template = Template::new("t", "static {{define `u`}}{{end}}").unwrap();
    let under = template.with_cancel(&cancel);
    assert_eq!(under.render(&Value::Null).unwrap(), b"static ");
    assert!(!cancel.is_cancelled());
    cancel.cancel();
    assert!(cancel.is_cancelled());
    let error = under.render(&Value::Null).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Cancelled, "the call was cancelled"));
    assert_eq!(code(under.render_json(b"1", DataFlags::default())), Code::Cancelled);
    assert_eq!(code(under.lookup("u").unwrap().render(&Value::Null)), Code::Cancelled);
    assert_eq!(template.render(&Value::Null).unwrap(), b"static ");

    let (app, page) = page();
    assert_eq!(code(app.new_page(&under, Value::Null)), Code::Cancelled);
    assert_eq!(app.page_count(), 1);
    let under = page.with_cancel(&cancel);
    assert_eq!(code(under.update(text("new"))), Code::Cancelled);
    assert_eq!(code(under.update_json(b"1", DataFlags::default())), Code::Cancelled);
    assert_eq!(code(under.patch(&Value::from(Vec::new()))), Code::Cancelled);
    assert_eq!(code(under.patch_json(b"[]", DataFlags::default())), Code::Cancelled);
    assert_eq!(code(under.render()), Code::Cancelled);
    assert!(page.data().unwrap().same(&text("old")));
    assert!(!page.update(text("new")).unwrap().is_empty());
}

#[test]
fn another_thread_ends_a_render() {
    let cancel = Cancel::new();
    let template = endless().with_cancel(&cancel);
    thread::scope(|scope| {
        let render = scope.spawn(|| template.render(&Value::Null));
        thread::sleep(Duration::from_millis(20));
        cancel.cancel();
        let error = render.join().unwrap().unwrap_err();
        assert_eq!((error.code(), error.template(), error.line()), (Code::Cancelled, Some("t"), Some(1)));
        assert!(error.message().starts_with("template: t:1:"), "{error}");
    });
}

#[test]
fn a_deadline_ends_renders_and_new_pages() {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = asked.clone();
    let cancel = Cancel::when(move || counter.fetch_add(1, Ordering::Relaxed) >= 100);
    let error = endless().with_cancel(&cancel).render(&Value::Null).unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(error.message().ends_with(": the deadline of the call has passed"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 101);

    let app = Application::new().unwrap();
    let after = |millis| endless().with_cancel(&Cancel::after(Duration::from_millis(millis)));
    assert_eq!(code(app.new_page(&after(20), Value::Null)), Code::DeadlineExceeded);
    assert_eq!(code(after(0).render(&Value::Null)), Code::DeadlineExceeded);
    let late = Template::new("t", "x").unwrap().with_cancel(&Cancel::after(Duration::MAX));
    assert_eq!(late.render(&Value::Null).unwrap(), b"x");
}

#[test]
fn a_page_that_was_made_under_a_handle_is_not_under_it() {
    let cancel = Cancel::new();
    let template = Template::new("t", "<p>{{.}}</p>").unwrap().with_cancel(&cancel);
    let page = Application::new().unwrap();
    let page = (page.new_page(&template, text("old")).unwrap(), page);
    cancel.cancel();
    assert!(!page.0.update(text("new")).unwrap().is_empty());
}

#[test]
fn an_update_that_is_ended_changes_nothing() {
    let cancel = Cancel::new();
    let shared = cancel.clone();
    // The data says how far the update comes before it is ended.
    let stop = Function::new(move |args| {
        if args[0].same(&text("stop")) {
            shared.cancel();
        }
        Ok(args[0].clone())
    });
    let source = "<p>{{range .}}{{stop .}}{{end}}</p>";
    let template = Template::builder().source("t", source).function("stop", stop).build().unwrap();
    let list = |items: &[&str]| Value::from(items.iter().map(|i| text(i)).collect::<Vec<_>>());
    let app = Application::new().unwrap();
    let page = app.new_page(&template, list(&["a", "b"])).unwrap();
    let under = page.with_cancel(&cancel);
    assert!(!under.update(list(&["a", "c"])).unwrap().is_empty());
    let before = page.render().unwrap();
    // After the function that was under way when the handle was cancelled, and also when it was the last thing to do.
    for items in [&["a", "stop", "b"][..], &["a", "stop"]] {
        assert_eq!(code(under.update(list(items))), Code::Cancelled);
        assert_eq!(page.render().unwrap(), before);
    }
    let patch = Value::from_json(br#"[{"op":"add","path":"/0","value":"x"}]"#, DataFlags::default()).unwrap();
    assert_eq!(code(under.patch(&patch)), Code::Cancelled);
    assert!(!page.patch(&patch).unwrap().is_empty());
    assert_ne!(page.render().unwrap(), before);
}

#[test]
fn an_update_that_is_ended_while_its_message_is_made_changes_nothing() {
    // Ends what is under way at its so many-th call.
    let ending: Arc<Mutex<(u32, Cancel)>> = Arc::new(Mutex::new((u32::MAX, Cancel::new())));
    let shared = ending.clone();
    let same = Function::new(move |args| {
        let mut ending = shared.lock().unwrap();
        ending.0 = ending.0.wrapping_sub(1);
        if ending.0 == 0 {
            ending.1.cancel();
        }
        Ok(args[0].clone())
    })
    .pure(true);
    let source = "<section title=\"{{same .A}}\"><p>{{same .A}} and {{same .B}}</p>{{if .A}}<b>{{same .A}}</b>{{end}}</section>";
    let template = Template::builder().source("t", source).function("same", same).build().unwrap();
    let data =
        |a: &str| Value::from_json(format!("{{\"A\":{a:?},\"B\":\"b\"}}").as_bytes(), DataFlags::default());
    let app = Application::new().unwrap();
    for wire in Wire::ALL {
        let page =
            app.new_page_with(&template, data("").unwrap(), &PageOptions::default().wire(*wire)).unwrap();
        let before = page.render().unwrap();
        let ended = (1..).find(|nth| {
            let cancel = Cancel::new();
            *ending.lock().unwrap() = (*nth, cancel.clone());
            let result = page.with_cancel(&cancel).update(data("new").unwrap());
            ending.lock().unwrap().0 = u32::MAX;
            if result.is_ok() {
                return true;
            }
            assert_eq!(code(result), Code::Cancelled, "{wire:?}, call {nth}");
            assert_eq!(page.render().unwrap(), before, "{wire:?}, call {nth}");
            false
        });
        // Formats that address elements look at more than what changed.
        assert!(ended.unwrap() > if *wire == Wire::Tree { 3 } else { 6 }, "{wire:?}: {ended:?}");
        assert_ne!(page.render().unwrap(), before);
    }
}

#[test]
fn an_update_that_waits_for_another_can_be_ended() {
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let may_go_on = parking(may_go_on);
    let wait = Function::new(move |args| {
        if args[0].same(&text("wait")) {
            inside.send(()).unwrap();
            may_go_on();
        }
        Ok(Value::Null)
    })
    // Else the old data, when it is compared with new, would wait again.
    .pure(false);
    let template =
        Template::builder().source("t", "<p>{{wait .}}{{.}}</p>").function("wait", wait).build().unwrap();
    let app = Application::new().unwrap();
    let page = app.new_page(&template, text("old")).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| page.update(text("wait")));
        is_inside.recv().unwrap();
        let asked = AtomicU32::new(0);
        let over = Cancel::when(move || asked.fetch_add(1, Ordering::Relaxed) >= 3);
        assert_eq!(code(page.with_cancel(&over).update(text("new"))), Code::DeadlineExceeded);
        go_on.send(()).unwrap();
        assert!(!first.join().unwrap().unwrap().is_empty());
    });
    assert!(page.data().unwrap().same(&text("wait")));
    assert!(!page.with_cancel(&Cancel::new()).update(text("new")).unwrap().is_empty());
}

/// Waits for a message, from any thread.
fn parking(receiver: mpsc::Receiver<()>) -> impl Fn() + Send + Sync {
    let receiver = Mutex::new(receiver);
    move || receiver.lock().unwrap().recv().unwrap()
}
