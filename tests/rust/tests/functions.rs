//! Functions registered by the host: the table written by real Go, errors, re-entry and threads.

use livetemplate_core::value::Content;
use livetemplate_core::{
    Application, Argument, ArgumentError, Code, DataFlags, Error, Function, FunctionError, Page, Template,
    TemplateBuilder, TypedFunction, Value,
};
use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), DataFlags::default()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_text().map(|text| text.to_str_lossy().into_owned()).unwrap_or_default()
}

/// The first argument of a function that cannot be called without one.
fn first(args: &[Value]) -> Result<Value, FunctionError> {
    Ok(args[0].clone())
}

fn mark(args: &[Value]) -> Result<Value, FunctionError> {
    let parts = args.iter().map(|arg| match arg {
        Value::String(_) => text(arg),
        Value::Null => "0".into(),
        _ => "#".into(),
    });
    Ok(Value::from(format!("<{}>", parts.collect::<String>())))
}

fn fail(_: &[Value]) -> Result<Value, FunctionError> {
    Err("no <luck>".into())
}

/// The functions of a set in `tests/functions/main.go`.
fn register(mut builder: TemplateBuilder, set: &str) -> TemplateBuilder {
    let plain = [
        ("echo", Function::new(first).arity(1, Some(1))),
        ("pair", Function::new(|args| Ok(Value::from(args.to_vec()))).arity(2, Some(2))),
        ("count", Function::new(|args| Ok(Value::Int(args.len() as i64))).arity(1, None)),
        ("zero", Function::new(|_| Ok("z".into())).arity(0, Some(0))),
        ("nothing", Function::new(|_| Ok(Value::Null))),
        (
            "trust",
            Function::new(|args| Ok(Value::Trusted(Content::Html, text(&args[0]).into()))).arity(1, Some(1)),
        ),
        ("record", Function::new(|_| Ok(json(r#"{"a":1,"n":null}"#))).arity(0, Some(0))),
        ("fail", Function::new(fail)),
        ("mark", Function::new(mark)),
    ];
    for (name, function) in plain {
        builder = builder.function(name, function);
    }
    let own = match set {
        "plain" => return builder,
        "own" => Function::new(mark),
        "html-null" => Function::new(|_| Ok(Value::Null)),
        "html-float" => Function::new(|_| Ok(1.5.into())),
        "html-list" => Function::new(|_| Ok(vec![Value::Null, "<".into()].into())),
        "html-trust" => Function::new(|_| Ok(Value::Trusted(Content::Html, "<h>".into()))),
        "html-fail" => Function::new(fail),
        "html-zero" => Function::new(|_| Ok("z".into())).arity(0, Some(0)),
        other => panic!("no set {other}"),
    };
    let names: &[&str] = match set {
        "own" => &[
            "html", "urlquery", "js", "and", "or", "not", "print", "len", "index", "eq", "call", "default",
            "break", "continue",
        ],
        _ => &["html", "urlquery"],
    };
    for name in names {
        builder = builder.function(*name, own.clone());
    }
    builder
}

#[test]
fn results_and_errors_are_those_of_go() {
    let data = json(r#"{"X":"<x>","N":null,"I":3,"F":1.5,"L":[1,"<"],"M":{"k":"v"}}"#);
    let (mut count, mut failures) = (0, Vec::new());
    for line in include_str!("../../functions/table.jsonl").lines() {
        let Value::Map(case) = json(line) else { panic!("{line}") };
        let member = |name: &str| case.get_str(name.as_bytes()).map(text);
        let source = member("source").unwrap();
        let builder = Template::builder().source("t", source.as_str());
        let result = register(builder, &member("set").unwrap()).build().and_then(|t| t.render(&data));
        let got = result.map(|html| String::from_utf8(html).unwrap()).map_err(|error| error.to_string());
        let want = member("error").map_or_else(|| Ok(member("output").unwrap()), Err);
        count += 1;
        if got != want {
            failures.push(format!("{source}\n  go   {want:?}\n  ours {got:?}"));
        }
    }
    assert!(count > 170);
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

#[derive(Debug, PartialEq)]
struct Refused(u32);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused {}", self.0)
    }
}

impl std::error::Error for Refused {}

#[test]
fn an_error_carries_the_hosts_error_and_the_place() {
    let function = Function::new(|_| Err(Refused(7).into()));
    let template =
        Template::builder().source("page", "<p>\n{{refuse .}}").function("refuse", function).build().unwrap();
    let error = template.render(&Value::Int(1)).unwrap_err();
    assert_eq!(error.code(), Code::TemplateExec);
    assert_eq!(
        error.message(),
        r#"template: page:2:2: executing "page" at <refuse .>: error calling refuse: refused 7"#
    );
    assert_eq!((error.template(), error.line(), error.column()), (Some("page"), Some(2), Some(2)));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Refused(7)));
    assert!(Template::new("x", "{{len .}}").unwrap().render(&Value::Int(1)).unwrap_err().source().is_none());
}

#[test]
fn names_are_go_identifiers() {
    let build = |name: &str| {
        Template::builder().source("t", "").function(name, Function::new(first)).build().map(|_| ())
    };
    for name in ["a", "_", "é", "x1", "日本", "if", "default"] {
        build(name).unwrap();
    }
    for name in ["", "1a", "a-b", "a.b", "a b", "²", "\u{301}", "_html_template_htmlescaper", "_eval_args_"]
    {
        assert_eq!(build(name).unwrap_err().code(), Code::InvalidArgument, "{name}");
    }
}

#[test]
fn an_optional_argument_is_named_in_the_error() {
    let template = Template::builder()
        .source("t", "{{f 1 2 3}}")
        .function("f", Function::new(first).arity(1, Some(2)))
        .build()
        .unwrap();
    let error = template.render(&Value::Null).unwrap_err();
    assert!(error.message().ends_with("wrong number of args for f: want 1 to 2 got 3"), "{error}");
}

#[test]
fn a_call_without_arguments_is_not_pure_unless_declared() {
    let function = Function::new(first);
    assert!(function.is_pure(1) && !function.is_pure(0));
    assert!(function.clone().pure(true).is_pure(0));
    assert!(!function.pure(false).is_pure(1));
}

/// A page whose template calls `hook`, which is set once the page is there.
type Hook = Arc<OnceLock<Box<dyn Fn() -> Result<Value, FunctionError> + Send + Sync>>>;

fn hooked(app: &Application, source: &str) -> (Page, Hook) {
    let hook = Hook::default();
    let called = hook.clone();
    let function = Function::new(move |_| called.get().map_or(Ok(Value::Null), |hook| hook()));
    let template = Template::builder().source("t", source).function("hook", function).build().unwrap();
    (app.new_page(&template, json(r#"{"n":1}"#)).unwrap(), hook)
}

fn set(hook: &Hook, f: impl Fn() -> Result<Value, FunctionError> + Send + Sync + 'static) {
    assert!(hook.set(Box::new(f)).is_ok());
}

#[test]
fn a_function_may_read_its_page_but_not_change_it() {
    let app = Application::new().unwrap();
    let (page, hook) = hooked(&app, "<p>{{.n}}{{hook}}</p>");
    let (inner, inner_app) = (page.clone(), app.clone());
    set(&hook, move || {
        let code = |result: Result<(), Error>| assert_eq!(result.unwrap_err().code(), Code::Reentrant);
        code(inner.update(Value::Null).map(drop));
        code(inner.update_json(b"{}", DataFlags::default()).map(drop));
        code(inner.patch(&json("[]")).map(drop));
        code(inner.set_data(Value::Null));
        assert_eq!(inner.data()?.as_text(), None);
        assert!(inner_app.get_page(inner.token()).is_ok());
        let other = inner_app.new_page(&Template::new("o", "<p>{{.}}</p>")?, 5i64.into())?;
        other.update(6i64.into())?;
        other.close();
        assert_eq!(inner_app.page_count(), 1);
        let tree = String::from_utf8(inner.tree(None, &[])?)?;
        assert!(tree.contains(r#""0":"1""#), "{tree}");
        Ok(String::from_utf8(inner.render()?)?.contains("<p>1</p>").into())
    });
    let update = page.update(json(r#"{"n":2}"#)).unwrap();
    assert!(String::from_utf8_lossy(update.payload()).contains("true"));
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<p>2true</p>"));
}

#[test]
fn a_refused_change_is_what_the_template_fails_with() {
    let app = Application::new().unwrap();
    let (page, hook) = hooked(&app, "<p>{{.n}}{{hook}}</p>");
    let inner = page.clone();
    set(&hook, move || Ok(inner.update(Value::Null).map(|_| Value::Null)?));
    let error = page.update(json(r#"{"n":2}"#)).unwrap_err();
    assert_eq!(error.code(), Code::TemplateExec);
    let source = error.source().and_then(|source| source.downcast_ref::<Error>()).unwrap();
    assert_eq!(source.code(), Code::Reentrant);
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<p>1</p>"));
}

#[test]
fn a_page_closed_by_its_function_is_closed() {
    let app = Application::new().unwrap();
    let (page, hook) = hooked(&app, "<p>{{.n}}{{hook}}</p>");
    let inner = page.clone();
    set(&hook, move || {
        inner.close();
        Ok(Value::Null)
    });
    assert_eq!(page.update(json(r#"{"n":2}"#)).unwrap_err().code(), Code::PageClosed);
    assert_eq!(app.page_count(), 0);
}

#[test]
fn a_panic_leaves_the_page_as_it_was() {
    let app = Application::new().unwrap();
    let (page, hook) = hooked(&app, "<p>{{.n}}{{if eq .n 2}}{{hook}}{{end}}</p>");
    set(&hook, || panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(|| page.update(json(r#"{"n":2}"#)))).is_err());
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<p>1</p>"));
    assert!(page.update(json(r#"{"n":3}"#)).unwrap().payload().len() > 2);
}

#[test]
fn another_thread_waits_for_the_update() {
    let app = Application::new().unwrap();
    let (page, hook) = hooked(&app, "<p>{{.n}}{{if eq .n 2}}{{hook}}{{end}}</p>");
    let (entered, is_entered) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let may_go_on = Mutex::new(may_go_on);
    set(&hook, move || {
        entered.send(())?;
        Ok(may_go_on.lock().unwrap().recv_timeout(Duration::from_secs(20)).is_ok().into())
    });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| page.update(json(r#"{"n":2}"#)).map(drop));
        is_entered.recv().unwrap();
        let second = scope.spawn(|| page.update(json(r#"{"n":3}"#)).map(drop));
        // Reading does not wait.
        assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<p>1</p>"));
        assert!(!second.is_finished());
        go_on.send(()).unwrap();
        first.join().unwrap().unwrap();
        second.join().unwrap().unwrap();
    });
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<p>3</p>"));
}

#[test]
fn a_function_goes_with_its_template_and_may_use_the_application_then() {
    struct Last(Application, Arc<AtomicUsize>);
    impl Drop for Last {
        fn drop(&mut self) {
            // Would wait for ever if pages were dropped under the lock of their registry.
            self.1.fetch_add(1 + self.0.page_count(), Ordering::Relaxed);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let app = Application::new().unwrap();
    let last = Last(app.clone(), drops.clone());
    let function = Function::new(move |_| Ok(Value::Bool(last.0.page_count() > 0)));
    let template = Template::builder().source("t", "<p>{{f}}</p>").function("f", function).build().unwrap();
    let page = app.new_page(&template, Value::Null).unwrap();
    drop(template);
    drop(page);
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    app.close();
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn threads_call_functions_that_come_back() {
    let app = Application::new().unwrap();
    let inner = app.clone();
    let token = Arc::new(OnceLock::<String>::new());
    let known = token.clone();
    let function = Function::new(move |args| {
        let Some(token) = known.get() else { return Ok("new".into()) };
        let page = inner.get_page(token)?;
        page.render()?;
        page.tree(None, &[])?;
        let refused = page.update(Value::Null).is_err();
        let own = inner.new_page(&Template::new("o", "{{.}}")?, args[0].clone())?;
        own.update(Value::Null)?;
        own.close();
        Ok(refused.into())
    })
    // It renders its page.
    .pure(false);
    let template =
        Template::builder().source("t", "<p>{{.}}{{f .}}</p>").function("f", function).build().unwrap();
    let page = app.new_page(&template, Value::Int(-1)).unwrap();
    token.set(page.token().to_owned()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8i64 {
            let page = &page;
            scope.spawn(move || {
                for i in 0..30 {
                    page.update(Value::Int(thread * 100 + i)).unwrap();
                    assert!(page.render().unwrap().ends_with(b"true</p></div>"));
                }
            });
        }
    });
    assert_eq!(app.page_count(), 1);
}

#[test]
fn a_volatile_function_renders_its_page_and_is_called_once() {
    let app = Application::new().unwrap();
    let (page, hook) = hooked(&app, "<p>{{.n}}{{hook}}</p>");
    let inner = page.clone();
    let calls = AtomicUsize::new(0);
    set(&hook, move || {
        // An error here is not passed on: it must not be there.
        let shown = inner.render().map(|html| String::from_utf8_lossy(&html).contains("<p>1</p>"));
        Ok(format!(" {:?} {}", shown.ok(), calls.fetch_add(1, Ordering::Relaxed)).into())
    });
    let update = page.update(json(r#"{"n":2}"#)).unwrap();
    assert_eq!(String::from_utf8_lossy(update.payload()), r#"{"tree":{"0":"2","1":" Some(true) 0"}}"#);
}

#[test]
fn a_pure_function_cannot_render_its_page() {
    let page = Arc::new(OnceLock::<Page>::new());
    let known = page.clone();
    let function = Function::new(move |_| {
        let Some(page) = known.get() else { return Ok("new".into()) };
        let refused = page.render().unwrap_err();
        let refused = refused.source().and_then(|e| e.downcast_ref::<Error>()).unwrap_or(&refused);
        Ok(format!("{:?}", refused.code()).into())
    });
    let template =
        Template::builder().source("t", "<p>{{.}} {{f .}}</p>").function("f", function).build().unwrap();
    let app = Application::new().unwrap();
    assert!(page.set(app.new_page(&template, Value::Int(1)).unwrap()).is_ok());
    let page = page.get().unwrap();
    let html = |n| format!("<div data-lvt-id=\"{}\"><p>{n} Reentrant</p></div>", page.id());
    assert_eq!(String::from_utf8(page.render().unwrap()).unwrap(), html(1));
    assert!(!page.update(Value::Int(2)).unwrap().is_empty());
    assert_eq!(String::from_utf8(page.render().unwrap()).unwrap(), html(2));
}

/// A function of two parameters that take what is not a string, with the text of how it sees its arguments as its result.
struct NoStrings;

impl NoStrings {
    fn refused(args: &[Argument<'_>]) -> Option<ArgumentError> {
        let text = |arg: &Argument<'_>| {
            matches!(arg, Argument::Constant(text) if text.starts_with('"'))
                || matches!(arg, Argument::Value(Value::String(_)) | Argument::Interface(Value::String(_)))
        };
        let index = args.iter().position(text)?;
        Some(ArgumentError { index: Some(index), message: format!("argument {index} is a string") })
    }
}

impl TypedFunction for NoStrings {
    fn check(&self, args: &[Argument<'_>]) -> Result<(), ArgumentError> {
        Self::refused(args).map_or(Ok(()), Err)
    }

    fn call(&self, args: &[Argument<'_>]) -> Result<Value, FunctionError> {
        match (Self::refused(args), args) {
            (Some(refused), _) => Err(refused.into()),
            (None, [Argument::Constant("0"), ..]) => Err(Refused(0).into()),
            (None, [Argument::Constant("1"), ..]) => {
                Err(ArgumentError { index: None, message: "not today".into() }.into())
            }
            _ => Ok(format!("{args:?}").into()),
        }
    }
}

#[test]
fn a_typed_function_refuses_arguments_at_their_places() {
    let render = |source: &str| {
        let function = Function::typed(NoStrings).arity(2, Some(2));
        let template = Template::builder().source("t", source).function("f", function).build().unwrap();
        let data = json(r#"{"I":3,"S":"x","N":null}"#);
        template.render(&data).map(|html| String::from_utf8(html).unwrap()).map_err(|error| error.to_string())
    };
    let at = |place: &str, message: &str| {
        let (column, node) = place.split_once(' ').unwrap();
        Err(format!(r#"template: t:1:{column}: executing "t" at <{node}>: {message}"#))
    };
    let seen = |text: &str| Ok(text.to_owned());
    // Constants as they are written, what is missing, and a nil that has a type.
    assert_eq!(render("{{f 1e3 'a'}}"), seen("[Constant(&#34;1e3&#34;), Constant(&#34;&#39;a&#39;&#34;)]"));
    assert_eq!(render("{{f nil true}}"), seen("[Constant(&#34;nil&#34;), Constant(&#34;true&#34;)]"));
    assert_eq!(render("{{f .Gone .N}}"), seen("[Missing, Interface(Null)]"));
    assert_eq!(render("{{(3) | f (.N)}}"), seen("[Missing, Value(Int(3))]"));
    // What is wrong with an argument stands at its place, and comes before the evaluation of the next.
    assert_eq!(render(r#"{{f .I "x"}}"#), at(r#"7 "x""#, "argument 1 is a string"));
    assert_eq!(render("{{f .S (index .I 1)}}"), at("4 .S", "argument 0 is a string"));
    assert_eq!(
        render("{{f .I (index .I 1)}}"),
        at("8 index .I 1", "error calling index: can't index item of type int")
    );
    assert_eq!(render("{{.S | f .I}}"), at("9 .I", "argument 1 is a string"));
    // The call as a whole, and the function's own error.
    assert_eq!(render("{{f 1 2}}"), at("2 f", "not today"));
    assert_eq!(render("{{f 0 2}}"), at("2 f 0 2", "error calling f: refused 0"));
}
