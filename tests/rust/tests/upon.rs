//! Templates in upon's syntax.

use livetemplate_core::value::{Content, DataFlags};
use livetemplate_core::{Application, Cancel, Code, Error, HtmlChange, Template, Value};

fn data(json: &str) -> Value {
    Value::from_json(json.as_bytes(), DataFlags { times: true, trusted: true }).unwrap()
}

fn render(source: &str, json: &str) -> Result<String, Error> {
    Template::upon("page", source)?.render(&data(json)).map(|html| String::from_utf8(html).unwrap())
}

#[test]
fn values_are_escaped() {
    let shown = |source, json| render(source, json).unwrap();
    assert_eq!(
        shown("<p title=\"{{ a }}\">{{ b.c }}", r#"{"a":"\"'<&","b":{"c":"<b>"}}"#),
        "<p title=\"&#34;&#39;&lt;&amp;\">&lt;b&gt;"
    );
    assert_eq!(
        shown(
            "{% for x in l %}[{{ x }}]{% endfor %}{% if t %}yes{% endif %}{{ n }}",
            r#"{"l":[1,2.5,true],"t":true,"n":null}"#
        ),
        "[1][2.5][true]yes"
    );
    assert_eq!(shown("{{ h }}{{ u }}", r#"{"h":{"$html":"<b>"},"u":{"$url":"<u>"}}"#), "<b>&lt;u&gt;");
    assert_eq!(shown("{{ t }}", r#"{"t":{"$time":"2026-11-21T12:00:00Z"}}"#), "2026-11-21T12:00:00Z");
    // Data cannot vouch for itself.
    let forged = render("{{ h }}", r#"{"h":{"\u0000html":"<script>"}}"#).unwrap_err();
    assert_eq!(forged.code(), Code::TemplateExec);
    let trusted = Value::Trusted(Content::Html, "<i>".into());
    assert!(matches!(trusted, Value::Trusted(..)));
}

#[test]
fn errors_have_their_place() {
    let error = render("a\n  {{ x", "{}").unwrap_err();
    assert_eq!((error.code(), error.template(), error.line()), (Code::TemplateParse, Some("page"), Some(2)));
    assert!(error.message().starts_with("template: page:2:"), "{error}");
    assert!(error.details().contains("{{ x"), "{}", error.details());
    let error = render("a\n\n {{ x.y }}", r#"{"x":{}}"#).unwrap_err();
    let place = (error.code(), error.template(), error.line(), error.column());
    assert_eq!(place, (Code::TemplateExec, Some("page"), Some(3), Some(5)), "{error:#}");
    assert_eq!(render("{% include \"other\" %}", "{}").unwrap_err().code(), Code::TemplateExec);
    assert_eq!(Template::upon("p", b"\xff".to_vec()).unwrap_err().code(), Code::TemplateParse);
    let template = Template::upon("p", "{{ a }}").unwrap();
    assert_eq!(template.dependencies().unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(template.analysis().unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn limits_end_it() {
    let builder = Template::builder().source("p", "{% for a in l %}{{ a }}{% endfor %}").upon();
    let template = builder.max_output(10).build().unwrap();
    assert_eq!(template.render(&data(r#"{"l":["12345","12345"]}"#)).unwrap(), b"1234512345");
    let error = template.render(&data(r#"{"l":["12345","123456"]}"#)).unwrap_err();
    assert_eq!(error.code(), Code::OutputExceeded);
    let cancel = Cancel::new();
    cancel.cancel();
    let error = template.with_cancel(&cancel).render(&data(r#"{"l":["1"]}"#)).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    let around = Template::builder().source("a", "{% include \"a\" %}").upon().build().unwrap();
    assert_eq!(around.render(&data("{}")).unwrap_err().code(), Code::TemplateExec);
}

#[test]
fn a_page_updates_by_its_html() {
    let template = Template::builder()
        .source(
            "page",
            "<h1>{{ name }}</h1><ul>{% for row in rows %}{% include \"row\" with row %}{% endfor %}</ul>",
        )
        .source("row", "<li id=\"r{{ id }}\">{{ text }}</li>")
        .upon()
        .build()
        .unwrap();
    let app = Application::new().unwrap();
    let page = app
        .new_page(&template, data(r#"{"name":"<A>","rows":[{"id":1,"text":"a"},{"id":2,"text":"b"}]}"#))
        .unwrap();
    let update = page.update(data(r#"{"name":"<B>","rows":[{"id":2,"text":"x"}]}"#)).unwrap();
    assert_eq!(
        String::from_utf8_lossy(update.payload()),
        r#"{"tree":{"0":{"0":"&lt;B&gt;","1":[["r","r1"],["u","r2",{"2":"x"}]]}}}"#
    );
    let kinds: Vec<&str> = update.changes().iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(kinds, ["text", "removed", "text"]);
    let mut told = Vec::new();
    let values: Vec<Value> = update.changes().iter().map(HtmlChange::to_value).collect();
    Value::from(values).write_json(DataFlags::default(), &mut told).unwrap();
    assert_eq!(
        String::from_utf8(told).unwrap(),
        r#"[{"element":"h1","key":null,"kind":"text"},{"element":"li","key":"r1","kind":"removed"},{"element":"li","key":"r2","kind":"text"}]"#
    );
    let update = page.patch(&data(r#"[{"op":"add","path":"/rows/-","value":{"id":3,"text":"c"}}]"#)).unwrap();
    assert_eq!(
        String::from_utf8_lossy(update.payload()),
        r#"{"tree":{"0":{"1":[["a",{"_k":"r3","0":"r3","1":"","2":"c"}]]}}}"#
    );
    // Data set aside is rendered at once and told with the next update.
    page.set_data(data(r#"{"name":"C","rows":[]}"#)).unwrap();
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<h1>C</h1><ul></ul>"));
    let update = page.patch(&data("[]")).unwrap();
    assert_eq!(String::from_utf8_lossy(update.payload()), r#"{"tree":{"0":{"0":"C","1":{"d":[]}}}}"#);
    assert_eq!(page.update_html(b"x").unwrap_err().code(), Code::PageKind);
    let error = page.update(data(r#"{"rows":[]}"#)).unwrap_err();
    assert_eq!(error.code(), Code::TemplateExec);
    assert!(String::from_utf8(page.render().unwrap()).unwrap().contains("<h1>C</h1>"));
}
