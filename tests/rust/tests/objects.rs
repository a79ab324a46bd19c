//! Host objects in templates and pages.

use livetemplate_core::value::{Iteration, Member, Record, Text};
use livetemplate_core::{Code, DataFlags, Function, FunctionError, Object, Template, Value};
use std::error::Error as _;
use std::sync::Arc;

type Answer<T> = Result<Option<T>, FunctionError>;

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

    fn text(&self) -> Result<Option<Text>, FunctionError> {
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
        ("{{if .N}}a{{else}}b{{end}}{{.N}}{{eq .N nil}}", "b&lt;nil&gt;true"),
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

/// An object that answers as a Go value of `tests/objects/main.go` does.
#[derive(Default)]
struct GoValue {
    type_name: &'static str,
    data: Option<Value>,
    members: Vec<(&'static str, Member)>,
    text: Option<String>,
    /// Its JSON form as the whole of a slot's value, and as a part of one.
    json: [Option<Result<&'static str, &'static str>>; 2],
    function: Option<Function>,
    /// Items of an `iter.Seq`, or of an `iter.Seq2`.
    seq: Option<Vec<Value>>,
    seq2: Option<Vec<(Value, Value)>>,
}

impl Object for GoValue {
    fn type_name(&self) -> &str {
        self.type_name
    }
    fn data(&self) -> Option<&Value> {
        self.data.as_ref()
    }
    fn member(&self, name: &str) -> Answer<Member> {
        Ok(self.members.iter().find(|(n, _)| *n == name).map(|(_, member)| member.clone()))
    }
    fn callable(&self) -> Option<Function> {
        self.function.clone()
    }
    fn iterate(&self) -> Answer<Iteration<'_>> {
        let seq = self.seq.as_ref().map(|items| Iteration::Seq(Box::new(items.iter().cloned().map(Ok))));
        let seq2 = self.seq2.as_ref().map(|items| Iteration::Seq2(Box::new(items.iter().cloned().map(Ok))));
        Ok(seq.or(seq2))
    }
    fn text(&self) -> Answer<Text> {
        Ok(self.text.as_deref().map(Text::from))
    }
    fn json(&self, whole: bool) -> Answer<Text> {
        let form = self.json[usize::from(!whole)];
        form.map(|form| form.map(Text::from).map_err(FunctionError::from)).transpose()
    }
}

fn record(type_name: &str, fields: &[(&str, Value)]) -> Option<Value> {
    let fields = fields.iter().map(|(name, value)| (Arc::from(*name), value.clone())).collect();
    Some(Value::Record(Arc::new(Record { type_name: type_name.into(), fields })))
}

fn object(value: GoValue) -> Value {
    Value::from(Arc::new(value))
}

fn method(
    args: usize,
    call: impl Fn(&[Value]) -> Result<Value, FunctionError> + Send + Sync + 'static,
) -> Member {
    Member::Method(Function::new(call).arity(args, Some(args)).typed_result(true))
}

/// A `main.User`, or a pointer to one.
fn user(type_name: &'static str, name: &'static str, age: i64) -> Value {
    let nil = ["Name", "Age", "Boss"].map(|field| (field, Member::Field(Value::Null)));
    let boss = GoValue {
        type_name: "*main.User",
        data: Some(Value::Null),
        members: nil.to_vec(),
        json: [Some(Ok("null")); 2],
        ..GoValue::default()
    };
    let sum = move |args: &[Value]| {
        Ok(args
            .iter()
            .fold(age, |sum, arg| sum + arg.as_real().and_then(|r| r.integer()).unwrap() as i64)
            .into())
    };
    let untyped = |value: Value| Member::Method(Function::new(move |_| Ok(value.clone())).arity(0, Some(0)));
    object(GoValue {
        type_name,
        data: record("main.User", &[("Name", name.into()), ("Age", age.into()), ("Boss", object(boss))]),
        members: vec![
            ("Greet", method(1, move |args| Ok(format!("{}, {name}!", text(&args[0])).into()))),
            ("Older", method(0, move |_| Ok(user("main.User", name, age + 1)))),
            ("Sum", Member::Method(Function::new(sum).typed_result(true))),
            ("Any", untyped(age.into())),
            ("Nil", untyped(Value::Null)),
            ("Fail", method(0, |_| Err("no <luck>".into()))),
        ],
        ..GoValue::default()
    })
}

/// The data of `tests/objects/main.go`.
fn go_data() -> Value {
    const MONEY: &str = "{ \"c\" : 150, \"s\": \"<a & b>\u{2028} \\\" x\" , \"f\": 1.50 }";
    const MONEY_3: &str = "{\"c\":3,\"s\":\"<a & b>\u{2028} \\\" x\",\"f\":1.50}";
    let fields = |type_name, value: i64| record(type_name, &[("A", value.into())]);
    let title = |text: &str| {
        object(GoValue {
            type_name: "main.Title",
            data: Some(text.into()),
            text: Some(format!("<{text}>")),
            ..GoValue::default()
        })
    };
    let both = |a| {
        let json = [Some(Ok("\"string\"")), None];
        object(GoValue {
            type_name: "main.Both",
            data: fields("main.Both", a),
            text: Some("error".into()),
            json,
            ..GoValue::default()
        })
    };
    let money = |cents: i64, form| {
        object(GoValue {
            type_name: "main.Money",
            data: record("main.Money", &[("Cents", cents.into())]),
            text: Some(format!("${cents}")),
            json: [Some(Ok(form)); 2],
            ..GoValue::default()
        })
    };
    let code = |a| {
        let json = [Some(Ok("\"<code>\"")); 2];
        object(GoValue { type_name: "main.Code", data: fields("main.Code", a), json, ..GoValue::default() })
    };
    let bad = "json: error calling MarshalJSON for type main.Bad: no */ <ScRipt> </script> <!-- luck";
    let tagged = record("main.Tagged", &[("First", "a".into()), ("Hidden", "b".into())]);
    let names = ["x", "<y>"];
    let joined = method(1, move |args| Ok(names.join(&text(&args[0])).into()));
    let function = |type_name, function: Function| {
        object(GoValue { type_name, function: Some(function), ..GoValue::default() })
    };
    let concat = |args: &[Value]| Ok(args.iter().map(text).collect::<String>().into());
    let variadic = |args: &[Value]| {
        Ok((text(&args[0]) + &args[1..].iter().map(text).collect::<Vec<_>>().join("+")).into())
    };
    let none = match user("main.User", "", 0) {
        Value::Host(user) => match user.data() {
            Some(Value::Record(record)) => record.get("Boss").unwrap().clone(),
            _ => unreachable!(),
        },
        _ => unreachable!(),
    };
    Value::map([
        ("U", user("main.User", "<Bob>", 30)),
        ("Title", title("t&")),
        ("Word", object(GoValue { type_name: "main.Word", data: Some("w<".into()), ..GoValue::default() })),
        (
            "Level",
            object(GoValue {
                type_name: "main.Level",
                data: Some(3i64.into()),
                text: Some("level <3>".into()),
                json: [Some(Ok("3")); 2],
                ..GoValue::default()
            }),
        ),
        ("Both", both(1)),
        ("Money", money(150, MONEY)),
        ("Code", code(1)),
        (
            "Bad",
            object(GoValue {
                type_name: "main.Bad",
                data: fields("main.Bad", 1),
                json: [Some(Err(bad)); 2],
                ..GoValue::default()
            }),
        ),
        (
            "Wrong",
            object(GoValue {
                type_name: "main.Wrong",
                data: fields("main.Wrong", 1),
                json: [Some(Ok("{")); 2],
                ..GoValue::default()
            }),
        ),
        (
            "Tagged",
            object(GoValue {
                type_name: "main.Tagged",
                data: tagged,
                json: [Some(Ok("{\"first\":\"a\"}")); 2],
                ..GoValue::default()
            }),
        ),
        (
            "Names",
            object(GoValue {
                type_name: "main.Names",
                data: Some(names.map(Value::from).to_vec().into()),
                members: vec![("Joined", joined)],
                ..GoValue::default()
            }),
        ),
        (
            "Dict",
            object(GoValue {
                type_name: "main.Dict",
                data: Some(Value::map([("Size", Value::Int(7)), ("k", Value::Int(1))])),
                members: vec![("Size", method(0, |_| Ok(Value::Int(2))))],
                ..GoValue::default()
            }),
        ),
        ("P", user("*main.User", "Ann", 40)),
        ("None", none),
        ("F", function("func(string, string) string", Function::new(concat).arity(2, Some(2)))),
        ("V", function("func(string, ...string) string", Function::new(variadic).arity(1, None))),
        (
            "E",
            function("func() (string, error)", Function::new(|_| Err("no <luck>".into())).arity(0, Some(0))),
        ),
        ("Seq", object(GoValue { seq: Some(vec!["a".into(), "<b>".into()]), ..GoValue::default() })),
        (
            "Seq2",
            object(GoValue {
                seq2: Some(vec![("a".into(), 1i64.into()), ("b".into(), 2i64.into())]),
                ..GoValue::default()
            }),
        ),
        ("Empty", object(GoValue { seq: Some(Vec::new()), ..GoValue::default() })),
        ("List", vec![title("a"), both(2), money(3, MONEY_3), code(4)].into()),
        ("N", Value::Int(1)),
        ("S", "w<".into()),
    ])
}

#[test]
fn objects_are_used_as_go_uses_values_with_methods() {
    let data = go_data();
    let (mut count, mut failures) = (0, Vec::new());
    for line in include_str!("../../objects/table.jsonl").lines() {
        let Value::Map(case) = Value::from_json(line.as_bytes(), DataFlags::default()).unwrap() else {
            panic!("{line}");
        };
        let member = |name: &str| case.get_str(name.as_bytes()).map(text);
        let source = member("source").unwrap();
        let got = render(&source, data.clone()).map_err(|error| error.to_string());
        let want = member("error").map_or_else(|| Ok(member("output").unwrap()), Err);
        count += 1;
        if got != want {
            failures.push(format!("{source}\n  go   {want:?}\n  ours {got:?}"));
        }
    }
    assert!(count >= 140);
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

/// An object of endless length.
struct Endless;

impl Object for Endless {
    fn type_name(&self) -> &str {
        "app.Endless"
    }
    fn iterate(&self) -> Answer<Iteration<'_>> {
        Ok(Some(Iteration::List(Box::new(std::iter::repeat_with(|| Ok(Value::Int(1)))))))
    }
}

#[test]
fn the_limit_of_steps_ends_an_iteration_without_end() {
    let data = Value::map([("E", Value::from(Arc::new(Endless)))]);
    let template = |source: &str| Template::builder().source("t", source).max_steps(10_000).build().unwrap();
    for source in ["{{range .E}}{{end}}", "{{range $x := .E}}{{$x}}{{continue}}{{end}}"] {
        assert_eq!(template(source).render(&data).unwrap_err().code(), Code::StepsExceeded, "{source}");
    }
    assert_eq!(template("{{range .E}}{{.}}{{break}}{{end}}").render(&data).unwrap(), b"1");
}
