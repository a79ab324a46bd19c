//! Input that is made to hurt: an error or the right output, and never a crash, a hang or a full memory. Nothing is timed here:
//! the sizes are such that work out of proportion to them would not end.

use livetemplate_core::{Application, Code, Error, Template, Value};

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
