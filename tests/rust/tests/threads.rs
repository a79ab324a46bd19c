//! Eight threads that render, make pages and update them while functions and objects call back.

use livetemplate_core::value::{Iteration, Member, Text};
use livetemplate_core::{Application, Code, Error, Function, FunctionError, Object, Page, Template, Value};
use std::error::Error as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, OnceLock, mpsc};
use std::time::Duration;

const THREADS: i64 = 8;

/// Fails, and does not hang, when threads wait for each other for ever.
fn in_time(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    match is_done.recv_timeout(Duration::from_secs(300)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("a deadlock"),
        _ => worker.join().unwrap(),
    }
}

/// The code of what a template error was caused by.
fn cause(error: &Error) -> Option<Code> {
    error.source().and_then(|source| source.downcast_ref::<Error>()).map(Error::code)
}

fn shows(page: &Page, want: &str) -> bool {
    String::from_utf8(page.render().unwrap()).unwrap().contains(want)
}

/// An object whose answers come from the page that shows it and from pages of its own.
struct Counter {
    app: Application,
    page: OnceLock<Page>,
    asked: Arc<AtomicUsize>,
}

impl Counter {
    /// Reads the page under update, is refused a change of it, and uses another page.
    fn reenter(&self, n: i64) -> Result<Value, FunctionError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some(page) = self.page.get() {
            page.render()?;
            page.tree(None, &[])?;
            page.data()?;
            match page.update(Value::Null) {
                Err(error) if error.code() == Code::Reentrant => {}
                other => return Err(format!("{other:?}").into()),
            }
            self.app.get_page(page.token())?;
        }
        let other = self.app.new_page(&Template::new("o", "<p>{{.}}</p>")?, 0i64.into())?;
        other.update(n.into())?;
        let seen = shows(&other, &format!("<p>{n}</p>"));
        other.close();
        Ok(seen.into())
    }
}

impl Object for Counter {
    fn type_name(&self) -> &str {
        "test.Counter"
    }

    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        Ok(match name {
            "Name" => Some(Member::Field(self.reenter(1)?)),
            "Double" => Some(Member::Method(
                Function::new(|args| match args {
                    [Value::Int(i)] => Ok(Value::Int(2 * i)),
                    _ => Err("not an int".into()),
                })
                .arity(1, Some(1)),
            )),
            _ => None,
        })
    }

    fn iterate(&self) -> Result<Option<Iteration<'_>>, FunctionError> {
        Ok(Some(Iteration::List(Box::new((0..3).map(|i| self.reenter(i))))))
    }

    fn text(&self) -> Result<Option<Text>, FunctionError> {
        self.reenter(2)?;
        Ok(Some("<counter>".into()))
    }

    fn json(&self, _: bool) -> Result<Option<Text>, FunctionError> {
        self.reenter(3)?;
        Ok(Some("[1, 2]".into()))
    }
}

#[test]
fn objects_and_functions_come_back_from_eight_threads() {
    in_time(|| {
        let app = Application::new().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let source = "<p>{{.n}} {{double .n}} {{.c.Double .n}} {{.c.Name}} {{.c}} {{range .c}}{{.}} {{end}}<script>f({{.c}})</script></p>";
        let double = Function::new(|args| match args {
            [Value::Int(i)] => Ok(Value::Int(2 * i)),
            _ => Err("not an int".into()),
        });
        let template = Template::builder().source("t", source).function("double", double).build().unwrap();
        let html = |n: i64| {
            format!(
                "<p>{n} {d} {d} true &lt;counter&gt; true true true <script>f([1,2])</script></p>",
                d = 2 * n
            )
        };
        let counter =
            |page: OnceLock<Page>| Arc::new(Counter { app: app.clone(), page, asked: asked.clone() });
        let data = |n: i64, c: &Arc<Counter>| Value::map([("n", Value::Int(n)), ("c", c.clone().into())]);
        let shared = counter(OnceLock::new());
        let page = app.new_page(&template, data(-1, &shared)).unwrap();
        assert!(shared.page.set(page.clone()).is_ok());
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (app, template, page, shared) = (&app, &template, &page, &shared);
                let (html, counter, data) = (&html, &counter, &data);
                scope.spawn(move || {
                    // A page of this thread's own, beside the one that all of them update.
                    let own = counter(OnceLock::new());
                    let mine = app.new_page(template, data(-1, &own)).unwrap();
                    assert!(own.page.set(mine.clone()).is_ok());
                    for i in 0..10 {
                        let n = thread * 100 + i;
                        page.update(data(n, shared)).unwrap();
                        mine.update(data(n, &own)).unwrap();
                        assert!(shows(&mine, &html(n)));
                        let free = counter(OnceLock::new());
                        let rendered = template.render(&data(n, &free)).unwrap();
                        assert_eq!(String::from_utf8(rendered).unwrap(), html(n));
                    }
                    mine.close();
                });
            }
        });
        page.update(data(7, &shared)).unwrap();
        assert!(shows(&page, &html(7)));
        assert_eq!(app.page_count(), 1);
        assert!(asked.load(Ordering::Relaxed) > 1000);
        page.close();
    });
}

/// Pages in a ring. The function of page i, asked with a true argument, runs `before` and updates page i + 1 without
/// asking on; its result is whether that was refused.
fn ring(app: &Application, count: usize, before: impl Fn() + Send + Sync + 'static) -> Vec<Page> {
    let before = Arc::new(before);
    let pages: Arc<OnceLock<Vec<Page>>> = Arc::default();
    let made = (0..count).map(|i| {
        let (pages, before) = (pages.clone(), before.clone());
        let next = Function::new(move |args| {
            let (Some(pages), [Value::Bool(true)]) = (pages.get(), args) else { return Ok("-".into()) };
            before();
            match pages[(i + 1) % count].update(Value::map([("ask", Value::Bool(false))])) {
                Ok(_) => Ok("updated".into()),
                Err(error) if error.code() == Code::Reentrant => Ok("refused".into()),
                Err(error) => Err(error.into()),
            }
        })
        // What it gives depends on the other page.
        .pure(false);
        let template = Template::builder().source("t", "<p>{{next .ask}}</p>").function("next", next);
        app.new_page(&template.build().unwrap(), Value::map([("ask", Value::Bool(false))])).unwrap()
    });
    let made: Vec<Page> = made.collect();
    assert!(pages.set(made.clone()).is_ok());
    made
}

fn ask() -> Value {
    Value::map([("ask", Value::Bool(true))])
}

#[test]
fn of_pages_that_update_each_other_in_a_circle_one_is_refused() {
    for count in [2, 3, 8] {
        in_time(move || {
            let app = Application::new().unwrap();
            let all = Barrier::new(count);
            let pages = ring(&app, count, move || {
                all.wait();
            });
            let updated: Vec<bool> = std::thread::scope(|scope| {
                let threads: Vec<_> =
                    pages.iter().map(|page| scope.spawn(|| page.update(ask()).unwrap())).collect();
                let payloads = threads.into_iter().map(|thread| thread.join().unwrap().payload().to_vec());
                payloads.map(|payload| String::from_utf8(payload).unwrap().contains("updated")).collect()
            });
            // All were inside at once: the last to ask would have closed the circle.
            assert_eq!(updated.iter().filter(|updated| !**updated).count(), 1, "{count} pages");
            app.close();
        });
    }
}

#[test]
fn a_refused_page_is_the_cause_of_the_error() {
    let app = Application::new().unwrap();
    let own: Arc<OnceLock<Page>> = Arc::default();
    let known = own.clone();
    let update = Function::new(move |_| match known.get() {
        Some(page) => Ok(page.update(Value::Null).map(|_| Value::Null)?),
        None => Ok(Value::Null),
    });
    let template = Template::builder().source("t", "<p>{{update}}</p>").function("update", update);
    let page = app.new_page(&template.build().unwrap(), Value::Null).unwrap();
    assert!(own.set(page.clone()).is_ok());
    assert_eq!(cause(&page.update(Value::Null).unwrap_err()), Some(Code::Reentrant));
}

#[test]
fn a_ring_of_pages_never_stops() {
    in_time(|| {
        let app = Application::new().unwrap();
        let pages = ring(&app, 4, || {});
        std::thread::scope(|scope| {
            for thread in 0..THREADS as usize {
                let pages = &pages;
                scope.spawn(move || {
                    for i in 0..50 {
                        pages[(thread + i) % pages.len()].update(ask()).unwrap();
                    }
                });
            }
        });
        for page in &pages {
            page.update(ask()).unwrap();
            assert!(shows(page, "<p>updated</p>"));
        }
        app.close();
    });
}

#[test]
fn pages_whose_functions_close_each_other_are_closed() {
    in_time(|| {
        let app = Application::new().unwrap();
        let both = Arc::new(Barrier::new(2));
        let pages: Arc<OnceLock<Vec<Page>>> = Arc::default();
        let made: Vec<Page> = (0..2)
            .map(|i| {
                let (pages, both) = (pages.clone(), both.clone());
                let close = Function::new(move |_| {
                    if let Some(pages) = pages.get() {
                        both.wait();
                        pages[1 - i].close();
                    }
                    Ok(Value::Null)
                });
                let template = Template::builder().source("t", "<p>{{close}}</p>").function("close", close);
                app.new_page(&template.build().unwrap(), Value::Null).unwrap()
            })
            .collect();
        assert!(pages.set(made.clone()).is_ok());
        std::thread::scope(|scope| {
            let updates: Vec<_> = made.iter().map(|page| scope.spawn(|| page.update(Value::Null))).collect();
            let ends: Vec<_> = updates.into_iter().map(|thread| thread.join().unwrap().map(drop)).collect();
            assert!(ends.iter().flat_map(|end| end.as_ref().err()).all(|e| e.code() == Code::PageClosed));
            assert!(ends.iter().any(Result::is_err));
        });
        assert_eq!(app.page_count(), 0);
        for page in &made {
            assert_eq!(page.update(Value::Null).unwrap_err().code(), Code::PageClosed);
        }
    });
}

#[test]
fn an_application_closes_under_an_update() {
    in_time(|| {
        let app = Application::new().unwrap();
        let inner = app.clone();
        let armed = Arc::new(AtomicUsize::new(0));
        let is_armed = armed.clone();
        let close = Function::new(move |_| {
            if is_armed.load(Ordering::Relaxed) == 1 {
                inner.close();
            }
            Ok(Value::Null)
        });
        let template = Template::builder().source("t", "<p>{{close}}</p>").function("close", close);
        let page = app.new_page(&template.build().unwrap(), Value::Null).unwrap();
        armed.store(1, Ordering::Relaxed);
        assert_eq!(page.update(Value::Null).unwrap_err().code(), Code::PageClosed);
        assert_eq!(app.page_count(), 0);
    });
}
