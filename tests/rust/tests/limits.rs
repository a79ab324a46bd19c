//! What a template may use: beyond a limit there is an error that names it, never a full memory or an endless run.

use livetemplate_core::{Application, Code, DataFlags, Error, Template, TemplateBuilder, Value};

fn template(source: &str) -> TemplateBuilder {
    Template::builder().source("t", source)
}

fn render(builder: TemplateBuilder, data: &Value) -> Result<String, Error> {
    builder.build().unwrap().render(data).map(|html| String::from_utf8(html).unwrap())
}

/// Code and what the message ends with.
fn refused(builder: TemplateBuilder, data: &Value) -> (Code, String) {
    let error = render(builder, data).unwrap_err();
    let place = error.message().rfind(">: ").unwrap();
    assert_eq!(error.template(), Some("t"));
    (error.code(), error.message()[place + 3..].to_owned())
}

#[test]
fn source() {
    let built = |most| template("<p>{{.}}</p>").source("u", "12345").max_source(most).build();
    assert!(built(17).is_ok());
    let error = built(16).unwrap_err();
    let text = "the sources have 17 bytes and exceed the limit of 16";
    assert_eq!((error.code(), error.message()), (Code::SizeExceeded, text));
    assert_eq!(Template::new("t", vec![b'x'; 100 << 20]).unwrap_err().code(), Code::SizeExceeded);
}

#[test]
fn nesting() {
    let built = |most| template("{{if .}}{{range .}}{{end}}{{else if .}}{{end}}").max_nesting(most).build();
    assert!(built(2).is_ok());
    let error = built(1).unwrap_err();
    assert_eq!((error.code(), error.line()), (Code::DepthExceeded, Some(1)));
    assert!(error.message().ends_with("control structures exceed the nesting limit of 1"), "{error}");
}

#[test]
fn json() {
    let (flags, at_most, beyond) = (DataFlags::default(), b"[1]", b"[1 ]");
    let t = template("{{.}}").max_json(3).build().unwrap();
    let text = "the JSON text has 4 bytes and exceeds the limit of 3";
    assert_eq!(t.render_json(at_most, flags).unwrap(), b"[1]");
    let error = t.render_json(beyond, flags).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::SizeExceeded, text));
    let app = Application::new().unwrap();
    assert_eq!(app.new_page_json(&t, beyond, flags).unwrap_err().code(), Code::SizeExceeded);
    let page = app.new_page_json(&t, at_most, flags).unwrap();
    assert_eq!(page.update_json(beyond, flags).unwrap_err().code(), Code::SizeExceeded);
    assert_eq!(page.patch_json(b"[  ]", flags).unwrap_err().code(), Code::SizeExceeded);
    assert_eq!(page.set_data_json(beyond, flags).unwrap_err().code(), Code::SizeExceeded);
    page.set_data_json(b"[2]", flags).unwrap();
    assert!(!page.patch_json(b"[ ]", flags).unwrap().is_empty());
    // Depth is the same for all.
    let nested = |n: usize| ["[".repeat(n), "]".repeat(n)].concat();
    let t = template("{{.}}").build().unwrap();
    assert_eq!(t.render_json(nested(128).as_bytes(), flags).unwrap(), nested(128).as_bytes());
    let error = t.render_json(nested(129).as_bytes(), flags).unwrap_err();
    let text = "data is nested more than 128 levels deep";
    assert_eq!((error.code(), error.message()), (Code::DepthExceeded, text));
}

#[test]
fn steps() {
    let source = "{{range 10}}{{.}}{{end}}";
    // One for the range, two for each iteration.
    assert_eq!(render(template(source).max_steps(21), &Value::Null).unwrap(), "0123456789");
    let error = (Code::StepsExceeded, "exceeded the limit of 20 execution steps".to_owned());
    assert_eq!(refused(template(source).max_steps(20), &Value::Null), error);
    // Iterations without an action count.
    let endless = template("{{range 1000000000000000}}{{end}}").max_steps(1000);
    assert_eq!(refused(endless, &Value::Null).0, Code::StepsExceeded);
}

#[test]
fn call_depth() {
    let source = r#"{{define "r"}}({{template "r"}}{{end}}{{template "r"}}"#;
    let error = (Code::TemplateExec, "exceeded maximum template depth (5)".to_owned());
    assert_eq!(refused(template(source).max_call_depth(5), &Value::Null), error);
    let error = (Code::TemplateExec, "exceeded maximum template depth (100000)".to_owned());
    assert_eq!(refused(template(source), &Value::Null), error);
    let flat = r#"{{define "a"}}a{{end}}{{template "a"}}{{template "a"}}"#;
    assert_eq!(render(template(flat).max_call_depth(1), &Value::Null).unwrap(), "aa");
}

#[test]
fn output() {
    let error = (Code::OutputExceeded, "exceeded the limit of 1000 output bytes".to_owned());
    let text = |n| Value::from("x".repeat(n).as_str());
    assert_eq!(render(template("{{.}}").max_output(1000), &text(1000)).unwrap().len(), 1000);
    assert_eq!(refused(template("{{.}}").max_output(1000), &text(1001)), error);
    assert_eq!(refused(template("{{.}}{{.}}").max_output(1000), &text(501)), error);
    // Literal text in a range that has no other step.
    assert_eq!(refused(template("{{range 1000000000}}x{{end}}").max_output(1000), &Value::Null), error);
}

#[test]
fn text_that_functions_make_is_output() {
    let error = (Code::OutputExceeded, format!("exceeded the limit of {} output bytes", 1 << 20));
    for source in [
        // Doubles with every iteration, and shows nothing.
        r#"{{$x := "ab"}}{{range 100}}{{$x = print $x $x}}{{end}}"#,
        r#"{{$x := "ab"}}{{range 100}}{{$x = printf "%s%s" $x $x}}{{end}}"#,
        r#"{{$x := "<"}}{{range 100}}{{$x = js $x}}{{end}}"#,
        // Copies, each kept by its call.
        r#"{{define "r"}}{{template "r" (print . "x")}}{{end}}{{template "r" (printf "%100000d" 1)}}"#,
        r#"{{define "r"}}{{template "r" (slice . 0 50000)}}{{end}}{{template "r" (printf "%100000d" 1)}}"#,
        r#"{{$x := printf "%1000000d%1000000d" 1 2}}"#,
        r#"{{printf "%.1000000f" 1.5 | printf "%1000000s%[1]s"}}"#,
    ] {
        assert_eq!(refused(template(source).max_output(1 << 20), &Value::Null), error, "{source}");
    }
    // A format from the data that asks for a terabyte; the default limit holds.
    let format = Value::from("%1000000[1]d".repeat(1_000_000).as_str());
    assert_eq!(refused(template("{{$x := printf . 1}}"), &format).0, Code::OutputExceeded);
}

#[test]
fn items_of_a_page_that_show_nothing() {
    let app = Application::new().unwrap();
    let template = template("{{range 1000000000}}{{end}}").max_output(1 << 20).build().unwrap();
    let error = app.new_page(&template, Value::Null).err().unwrap();
    assert_eq!(error.code(), Code::OutputExceeded);
}

#[test]
fn a_page_keeps_its_state() {
    let app = Application::new().unwrap();
    let template = template("<p>{{.}}</p>").max_output(20).build().unwrap();
    let page = app.new_page(&template, Value::from("old")).unwrap();
    let before = page.render().unwrap();
    let error = page.update(Value::from("a text that is too long")).err().unwrap();
    assert_eq!(error.code(), Code::OutputExceeded);
    assert_eq!(page.render().unwrap(), before);
    assert!(!page.update(Value::from("new")).unwrap().is_empty());
}

#[test]
fn what_small_updates_made_can_be_shown() {
    let t = template("{{range .}}<i>{{.}}</i>{{end}}").max_steps(50).build().unwrap();
    let app = Application::new().unwrap();
    let flags = DataFlags::default();
    let items = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    let page = app.new_page_json(&t, items(20).as_bytes(), flags).unwrap();
    for _ in 0..10 {
        page.patch_json(br#"[{"op":"add","path":"/-","value":2}]"#, flags).unwrap();
    }
    let html = page.render().unwrap();
    assert!(page.tree(None, &[]).unwrap().len() > 30);
    // All of it is still too much for one update, and less is not.
    assert_eq!(
        page.update_json(items(40).replace('1', "5").as_bytes(), flags).unwrap_err().code(),
        Code::StepsExceeded
    );
    assert_eq!(page.render().unwrap(), html);
    assert!(!page.update_json(b"[3,4]", flags).unwrap().is_empty());
    assert!(page.render().unwrap().ends_with(b"<i>3</i><i>4</i></div>"));
}
