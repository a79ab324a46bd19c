//! Input that is made to hurt: an error or the right output, and never a crash, a hang or a full memory. Nothing is timed here:
//! the sizes are such that work out of proportion to them would not end.

use livetemplate_core::{Application, Code, DataFlags, Error, Function, Template, Value};

fn template(source: impl Into<Vec<u8>>) -> Template {
    Template::new("t", source).unwrap()
}

/// What a page of the template shows, without its mark.
fn page_of(template: &Template, data: Value, next: Value) -> Result<String, Error> {
    let app = Application::new().unwrap();
    let page = app.new_page(template, data)?;
    page.update(next)?;
    let html = String::from_utf8(page.render()?).unwrap();
    Ok(html.replace(&format!("<div data-lvt-id=\"{}\">", page.id()), "").replace("</div>", ""))
}

/// `n` templates named by number, each `body` around a call of the next; the last is `last`.
fn chain(n: usize, body: (&str, &str), last: &str) -> String {
    let mut source = "{{template \"0\" .}}".to_owned();
    for i in 0..n {
        let (before, after) = body;
        source +=
            &format!("{{{{define \"{i}\"}}}}{before}{{{{template \"{}\" .}}}}{after}{{{{end}}}}", i + 1);
    }
    source + &format!("{{{{define \"{n}\"}}}}{last}{{{{end}}}}")
}

#[test]
fn templates_that_call_each_other_in_a_long_chain() {
    let t = template(chain(30_000, ("<p>", "</p>"), "{{.}}"));
    let html = format!("{}<&>{}", "<p>".repeat(30_000), "</p>".repeat(30_000)).replace("<&>", "&lt;&amp;");
    assert!(t.render(&Value::from("<&")).unwrap() == html.as_bytes());
    assert!(page_of(&t, Value::from("x"), Value::from("<&")).unwrap() == html);
}

#[test]
fn templates_that_double_on_the_way_to_the_body() {
    // Calls the next twice, 100 levels deep: what they show has no end, what stands in it can be found out.
    let twice = chain(50, ("", "{{template \"50\" .}}"), "<body>{{.}}</body>");
    assert_eq!(page_of(&template(twice), Value::Null, Value::Null).err().map(|e| e.code()), None);
    let mut source = "{{template \"0\"}}".to_owned();
    for i in 0..60 {
        let next = i + 1;
        source += &format!(
            "{{{{define \"{i}\"}}}}{{{{template \"{next}\"}}}}{{{{template \"{next}\"}}}}{{{{end}}}}"
        );
    }
    source += "{{define \"60\"}}<body></body>{{end}}";
    let t = Template::builder().source("t", source).max_steps(1000).build().unwrap();
    assert_eq!(page_of(&t, Value::Null, Value::Null).unwrap_err().code(), Code::StepsExceeded);
    // Deeper than any page is.
    let deep = template(chain(70, ("", ""), "<body>{{.}}</body>"));
    assert_eq!(deep.render(&Value::from("1")).unwrap(), b"<body>1</body>");
    assert_eq!(page_of(&deep, Value::Null, Value::Null).unwrap_err().code(), Code::LiveRegion);
}

const DEEP: usize = 10_000;

#[test]
fn deeply_nested_actions_of_each_kind() {
    let around = |open: &str, close: &str| format!("{}x{}", open.repeat(DEEP), close.repeat(DEEP));
    for (name, source) in [
        ("if", around("{{if .}}", "{{end}}")),
        ("else if", format!("{{{{if false}}}}{}{{{{else}}}}x{{{{end}}}}", "{{else if not .}}".repeat(DEEP))),
        ("with", around("{{with .}}", "{{end}}")),
        (
            "else with",
            format!("{{{{with false}}}}{}{{{{else}}}}x{{{{end}}}}", "{{else with not .}}".repeat(DEEP)),
        ),
        ("range", around("{{range 1}}", "{{end}}")),
        ("range of a break", around("{{range 1}}", "{{break}}{{end}}")),
        ("else", around("{{if not .}}{{else}}", "{{end}}")),
        ("parentheses", format!("{{{{if {}true{}}}}}x{{{{end}}}}", "(".repeat(9_999), ")".repeat(9_999))),
        ("calls", format!("{{{{if {}true{}}}}}x{{{{end}}}}", "(print ".repeat(9_999), ")".repeat(9_999))),
        ("template", chain(DEEP, ("", ""), "x")),
        (
            "block",
            (0..DEEP).map(|i| format!("{{{{block \"{i}\" .}}}}")).collect::<String>()
                + "x"
                + &"{{end}}".repeat(DEEP),
        ),
    ] {
        let t = template(source);
        assert_eq!(t.render(&Value::from(true)).unwrap(), b"x", "{name}");
        assert_eq!(page_of(&t, Value::from(true), Value::from("other")).unwrap(), "x", "{name}");
    }
    let source = format!("{{{{{}1{}}}}}", "(".repeat(10_001), ")".repeat(10_001));
    let error = Template::new("t", source).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::TemplateParse, "template: t:1: max expression depth exceeded")
    );
}

#[test]
fn endless_templates() {
    let depth = "exceeded maximum template depth (100000)";
    let error = template("{{define \"r\"}}{{template \"r\"}}{{end}}{{template \"r\"}}")
        .render(&Value::Null)
        .unwrap_err();
    assert_eq!(error.code(), Code::TemplateExec);
    assert!(error.message().ends_with(depth), "{error}");
    let steps = |source: &str| Template::builder().source("t", source).max_steps(100_000).build().unwrap();
    for source in [
        "{{range 1000000000000}}{{end}}",
        "{{range 1000000000000}}{{continue}}{{end}}",
        "{{range 1000000}}{{range 1000000}}{{end}}{{end}}",
        "{{define \"r\"}}{{range 10}}{{template \"r\"}}{{end}}{{end}}{{template \"r\"}}",
    ] {
        assert_eq!(steps(source).render(&Value::Null).unwrap_err().code(), Code::StepsExceeded, "{source}");
        let error = page_of(&steps(source), Value::Null, Value::Null).unwrap_err();
        assert_eq!(error.code(), Code::StepsExceeded, "{source}");
    }
}

/// Random bytes, the same each time.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn random_bytes_as_template_and_data() {
    for seed in 0..2000 {
        let bytes = noise(seed, 1 + seed as usize % 300);
        // Bytes with actions between them, so that they come to the parser of actions and to every escaper.
        let mut mixed = Vec::new();
        for (i, part) in bytes.chunks(7).enumerate() {
            mixed.extend_from_slice(
                [&b"{{.}}"[..], b"<a href='{{.}}", b"<script>{{", b"}}", b"<p style=", b"`${"][i % 6],
            );
            mixed.extend_from_slice(part);
        }
        for source in [bytes.clone(), mixed] {
            let built = Template::new("t", source);
            let rendered = built.and_then(|t| t.render(&Value::from("\"'<&\0")));
            if let Err(error) = rendered {
                assert!(matches!(error.code(), Code::TemplateParse | Code::TemplateEscape), "{error:?}");
            }
        }
        let t = template("{{.}}<a href='{{.}}' title={{.}} style='{{.}}'><script>{{.}}</script>");
        if let Err(error) = t.render_json(&bytes, DataFlags { times: true, trusted: true }) {
            assert_eq!(error.code(), Code::InvalidJson);
        }
    }
}

/// Each escaper on a text of 256 kB: at work out of proportion to its length none of them would end. The texts are of what the
/// escaper has to look at closely.
#[test]
fn long_texts_in_every_context() {
    let contexts = [
        "{{.}}",
        "<p title='{{.}}'>",
        "<p title={{.}}>",
        "<textarea>{{.}}</textarea>",
        "<a href='{{.}}'>",
        "<a href='/?q={{.}}'>",
        "<img srcset='{{.}}'>",
        "<script>{{.}}</script>",
        "<script>'{{.}}'</script>",
        "<script>`{{.}}`</script>",
        "<script>/{{.}}/</script>",
        "<p onclick='{{.}}'>",
        "<style>p{color:{{.}}}</style>",
        "<style>p{content:'{{.}}'}</style>",
        "<p style='background:url({{.}})'>",
        "<{{.}}>",
        "<!--{{.}}-->",
    ];
    for part in ["<", "a b,", "&lt;", "\\'", "\u{2028}", "</script"] {
        let text = Value::from(part.repeat((1 << 18) / part.len()).as_str());
        for source in contexts {
            let t = Template::builder().source("t", source).max_output(64 << 20).build().unwrap();
            assert!(t.render(&text).unwrap().len() < 64 << 20, "{source}");
        }
    }
}

#[test]
fn results_are_bounded() {
    let data = Value::from_json(br#"{"a":[[]],"l":[1]}"#, DataFlags::default()).unwrap();
    let app = Application::new().unwrap();
    let t = Template::builder().source("t", "<p>{{.a}}</p>").max_output(1 << 20).build().unwrap();
    let page = app.new_page(&t, data).unwrap();
    let before = page.render().unwrap();
    let copy = |from: &str, to: &str| format!("{{\"op\":\"copy\",\"from\":\"{from}\",\"path\":\"{to}\"}},");
    // Doubles, and nests, with every operation.
    for operation in [copy("/a", "/a/-"), copy("/a", "/a/0/0")] {
        let patch = format!("[{}{{\"op\":\"test\",\"path\":\"/l\",\"value\":[1]}}]", operation.repeat(200));
        let error = page.patch_json(patch.as_bytes(), DataFlags::default()).unwrap_err();
        assert!(matches!(error.code(), Code::DepthExceeded | Code::InvalidPatch), "{error:?}");
        assert_eq!(page.render().unwrap(), before);
    }
    for source in [
        "{{index .l 9223372036854775807}}",
        "{{index .l -1}}",
        "{{slice .l 9223372036854775807}}",
        "{{slice .l 1 0}}",
        "{{slice \"abc\" 1 9223372036854775807}}",
        "{{index .l 18446744073709551615}}",
    ] {
        let error = template(source).render(&page.data().unwrap()).unwrap_err();
        assert_eq!(error.code(), Code::TemplateExec, "{source}");
    }
}

#[test]
fn functions_that_fail_panic_and_come_back() {
    let inner = template("<b>{{.}}</b>");
    let t = Template::builder()
        .source("t", "{{if eq . 1}}{{fails}}{{else if eq . 2}}{{panics}}{{else}}{{renders .}}{{end}}")
        .function("fails", Function::new(|_| Err("no".into())))
        .function("panics", Function::new(|_| panic!("a function's own panic")))
        .function(
            "renders",
            Function::new(move |args| Ok(Value::from(&*String::from_utf8(inner.render(&args[0])?)?))),
        )
        .build()
        .unwrap();
    let app = Application::new().unwrap();
    let page = app.new_page(&t, Value::Int(3)).unwrap();
    let error = page.update(Value::Int(1)).unwrap_err();
    assert_eq!(error.message(), "template: t:1:15: executing \"t\" at <fails>: error calling fails: no");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| page.update(Value::Int(2))));
    assert!(panicked.is_err());
    assert!(page.data().unwrap().same(&Value::Int(3)));
    assert!(!page.update(Value::Int(4)).unwrap().is_empty());
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("&lt;b&gt;4&lt;/b&gt;"));
}
