//! Host objects in templates and pages.

use livetemplate_core::value::{Iteration, Member, Record};
use livetemplate_core::{Code, DataFlags, Function, FunctionError, Object, Template, Value};
use std::error::Error as _;
use std::sync::Arc;

fn render(source: &str, data: impl Into<Value>) -> Result<String, livetemplate_core::Error> {
    let html = Template::new("t", source)?.render(&data.into())?;
    Ok(String::from_utf8(html).unwrap())
}

fn text(value: &Value) -> String {
    value.as_text().map(|text| text.to_str_lossy().into_owned()).unwrap_or_default()
}

/// An object with fields, methods, items and a text, and no data.
struct User(&'static str);

impl Object for User {
    fn type_name(&self) -> &str {
        "app.User"
    }

    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        let user = self.0;
        let greet = move |args: &[Value]| Ok(format!("{}, {user}!", text(&args[0])).into());
        let join = |args: &[Value]| Ok(args.iter().map(text).collect::<Vec<_>>().join("-").into());
        Ok(match name {
            "Name" => Some(Member::Field(self.0.into())),
            "Broken" => return Err("no <luck>".into()),
            "Greet" => Some(Member::Method(Function::new(greet).arity(1, Some(1)))),
            "Join" => Some(Member::Method(Function::new(join).arity(1, None))),
            "Fail" => Some(Member::Method(Function::new(|_| Err("no <luck>".into())).arity(0, Some(0)))),
            _ => None,
        })
    }

    fn index(&self, key: &Value) -> Result<Option<Value>, FunctionError> {
        match key {
            Value::Int(i) if *i < 3 => Ok(Some(Value::Int(i * 10))),
            _ => Err("no such <item>".into()),
        }
    }

    fn length(&self) -> Result<Option<usize>, FunctionError> {
        Ok(Some(3))
    }

    fn iterate(&self) -> Result<Option<Iteration<'_>>, FunctionError> {
        let keys = ["a", "b"];
        Ok(Some(Iteration::Map(Box::new(keys.into_iter().map(|k| Ok((k.into(), Value::from(self.0))))))))
    }

    fn text(&self) -> Result<Option<livetemplate_core::value::Text>, FunctionError> {
        Ok(Some(format!("<{}>", self.0).into()))
    }
}

#[test]
fn an_object_answers_what_templates_ask() {
    let data = || Value::map([("U", Value::from(Arc::new(User("Ann"))))]);
    for (source, want) in [
        ("{{.U.Name}}", "Ann"),
        ("{{.U}}", "&lt;Ann&gt;"),
        ("{{.U.Greet \"Hi\"}}{{\"Yo\" | .U.Greet}}", "Hi, Ann!Yo, Ann!"),
        ("{{.U.Join 1 \"a\" \"b\"}}", "-a-b"),
        (
            "{{index .U 2}} {{len .U}} {{printf \"%s %T %q\" .U .U .U}}",
            "20 3 &lt;Ann&gt; app.User &#34;&lt;Ann&gt;&#34;",
        ),
        ("{{range $k, $v := .U}}{{$k}}{{$v}}{{end}}", "aAnnbAnn"),
        ("{{if .U}}a{{end}}{{with .U}}{{.Name}}{{end}}", "aAnn"),
        ("<script>{{.U}}</script>", "<script>\"\\u003cAnn\\u003e\"</script>"),
        ("{{eq .U .U}}", "true"),
        ("{{.}}", "map[U:&lt;Ann&gt;]"),
    ] {
        assert_eq!(render(source, data()).unwrap(), want, "{source}");
    }
    for (source, want) in [
        ("{{.U.X}}", "1:4: executing \"t\" at <.U.X>: can't evaluate field X in type interface {}"),
        ("{{.U.Greet}}", "1:4: executing \"t\" at <.U.Greet>: wrong number of args for Greet: want 1 got 0"),
        (
            "{{.U.Join}}",
            "1:4: executing \"t\" at <.U.Join>: wrong number of args for Join: want at least 1 got 0",
        ),
        (
            "{{.U.Name 1}}",
            "1:4: executing \"t\" at <.U.Name>: Name has arguments but cannot be invoked as function",
        ),
        ("{{.U.Fail}}", "1:4: executing \"t\" at <.U.Fail>: error calling Fail: no <luck>"),
        ("{{.U.Broken}}", "1:4: executing \"t\" at <.U.Broken>: no <luck>"),
        ("{{index .U 5}}", "1:2: executing \"t\" at <index .U 5>: error calling index: no such <item>"),
        (
            "{{call .U}}",
            "1:2: executing \"t\" at <call .U>: error calling call: non-function .U of type app.User",
        ),
    ] {
        let error = render(source, data()).unwrap_err();
        assert_eq!(error.code(), Code::TemplateExec);
        assert_eq!(error.message(), format!("template: t:{want}"), "{source}");
        let has_source = error.message().contains("luck") || error.message().contains("<item>");
        assert_eq!(error.source().is_some(), has_source, "{source}");
    }
}

/// A record with a text of its own.
struct Named(Value);

impl Object for Named {
    fn type_name(&self) -> &str {
        "app.Named"
    }
    fn data(&self) -> Option<&Value> {
        Some(&self.0)
    }
}

#[test]
fn what_an_object_does_not_answer_is_its_datas() {
    let record = Record {
        type_name: "app.Named".into(),
        fields: vec![("A".into(), 1i64.into()), ("B".into(), "<".into())],
    };
    let named = |value: Value| Value::from(Arc::new(Named(value)));
    let data = Value::map([
        ("R", named(Value::Record(Arc::new(record)))),
        ("L", named(vec!["a".into(), "b".into()].into())),
        ("M", named(Value::map([("k", Value::Int(7))]))),
        ("S", named("<s>".into())),
        ("I", named(4i64.into())),
        ("N", named(Value::Null)),
    ]);
    for (source, want) in [
        ("{{.R.A}}{{.R.B}} {{.R}} {{printf \"%+v\" .R}}", "1&lt; {1 &lt;} {A:1 B:&lt;}"),
        ("{{range $i, $x := .L}}{{$i}}{{$x}}{{end}}{{len .L}}{{index .L 1}}{{slice .L 1}}", "0a1b2b[b]"),
        ("{{.M.k}}{{index .M \"k\"}}{{range $k, $v := .M}}{{$k}}{{$v}}{{end}}", "77k7"),
        (
            "{{.S}}{{eq .S \"<s>\"}}{{len .S}}{{print .S .S}}{{printf \"%d\" .S}}",
            "&lt;s&gt;true3&lt;s&gt;&lt;s&gt;%!d(app.Named=&lt;s&gt;)",
        ),
        ("{{.I}}{{lt .I 5}}{{range .I}}x{{end}}{{index \"abcdef\" .I}}", "4truexxxx101"),
        ("{{if .N}}a{{else}}b{{end}}{{.N}}{{range .N}}x{{end}}{{eq .N nil}}", "b&lt;nil&gt;true"),
        (
            "<script>{{.R}}{{.L}}{{.S}}</script>",
            "<script>{\"A\":1,\"B\":\"\\u003c\"}[\"a\",\"b\"]\"\\u003cs\\u003e\"</script>",
        ),
    ] {
        assert_eq!(render(source, data.clone()).unwrap(), want, "{source}");
    }
    let mut json = Vec::new();
    data.write_json(DataFlags::default(), &mut json).unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        r#"{"I":4,"L":["a","b"],"M":{"k":7},"N":null,"R":{"A":1,"B":"<"},"S":"<s>"}"#
    );
}

/// An object that is its data with a method.
struct Counted(Value);

impl Object for Counted {
    fn type_name(&self) -> &str {
        "app.Counted"
    }

    fn data(&self) -> Option<&Value> {
        Some(&self.0)
    }

    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        let two = || Member::Method(Function::new(|_| Ok(2i64.into())).arity(0, Some(0)));
        Ok((name == "Two").then(two))
    }
}

#[test]
fn a_patch_into_an_object_leaves_its_data() {
    let plain = |text: &str| Value::from_json(text.as_bytes(), DataFlags::default()).unwrap();
    let inner = Counted(plain(r#"{"n":1,"list":[1,2]}"#));
    let data = Value::map([
        ("a", Value::from(Arc::new(inner))),
        ("b", Value::from(Arc::new(Counted(plain("[1]"))))),
    ]);
    assert_eq!(render("{{.a.Two}}", data.clone()).unwrap(), "2");
    let shown = |data: &Value| render("{{.a.n}} {{.a.list}} {{.b}}", data.clone()).unwrap();
    for (patch, want) in [
        (r#"[{"op":"replace","path":"/a/n","value":7}]"#, "7 [1 2] [1]"),
        (r#"[{"op":"add","path":"/a/list/-","value":3},{"op":"remove","path":"/b/0"}]"#, "1 [1 2 3] []"),
        (
            r#"[{"op":"copy","from":"/a/list/1","path":"/a/n"},{"op":"test","path":"/b/0","value":1}]"#,
            "2 [1 2] [1]",
        ),
        (r#"{"a":{"n":8}}"#, "8 [1 2] [1]"),
    ] {
        let patched = data.patched(&plain(patch)).unwrap();
        assert_eq!(shown(&patched), want, "{patch}");
        assert!(render("{{.a.Two}}", patched).unwrap_or_default().is_empty(), "{patch}");
    }
    let patch = Value::from(Arc::new(Counted(plain(r#"[{"op":"remove","path":"/b"}]"#))));
    assert_eq!(shown(&data.patched(&patch).unwrap()), "1 [1 2] ");
}
