//! The pass and the escapers against what real Go made of the same input (`testdata`).

use super::*;
use crate::template::parser;
use crate::value::{Content, DataFlags, Value};
use crate::{Code, Template};
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(serde::Deserialize)]
struct Case {
    source: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    templates: BTreeMap<String, String>,
}

fn parse(source: &[u8]) -> TemplateSet {
    let mut set = TemplateSet::default();
    let functions = |name: &str| {
        let known = "and default eq ge gt html index le len lt ne not or print printf urlquery";
        known.split(' ').any(|known| known == name)
    };
    parser::parse(&mut set, "t", source, ("", ""), &functions, 200_000)
        .unwrap_or_else(|e| panic!("{:?}: {e}", String::from_utf8_lossy(source)));
    set
}

/// Prints escaped nodes as Go prints its edited tree.
fn print(set: &Escaped, nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text { text, .. } => out.push_str(&String::from_utf8_lossy(text)),
            Node::Slot { pipe, commands, escapers, .. } => {
                if escapers.is_empty() {
                    write!(out, "{{{{{pipe}}}}}").unwrap();
                    continue;
                }
                let mut parts: Vec<String> = pipe.cmds[..*commands].iter().map(ToString::to_string).collect();
                parts.extend(escapers.iter().map(|e| print_escaper(*e, pipe)));
                write!(out, "{{{{{}}}}}", parts.join(" | ")).unwrap();
            }
            Node::If(b) => print_branch(set, "if", b, out),
            Node::With(b) => print_branch(set, "with", b, out),
            Node::Range(b) => print_branch(set, "range", b, out),
            Node::Call { template, pipe, .. } => {
                write!(out, "{{{{template {:?}", set.templates[*template].name).unwrap();
                if let Some(pipe) = pipe {
                    write!(out, " {pipe}").unwrap();
                }
                out.push_str("}}");
            }
            Node::Break => out.push_str("{{break}}"),
            Node::Continue => out.push_str("{{continue}}"),
        }
    }
}

fn print_branch(set: &Escaped, name: &str, branch: &Branch, out: &mut String) {
    write!(out, "{{{{{name} {}}}}}", branch.pipe).unwrap();
    print(set, &branch.list, out);
    if let Some(list) = &branch.else_list {
        out.push_str("{{else}}");
        print(set, list, out);
    }
    out.push_str("{{end}}");
}

fn print_escaper(escaper: Escaper, pipe: &Pipe) -> String {
    let name = match escaper {
        Escaper::EvalArgs => {
            let args = pipe.cmds[0].args[1..].iter();
            return args.fold("_eval_args_".to_owned(), |out, arg| format!("{out} {arg}"));
        }
        Escaper::PredefinedHtml => return "html".to_owned(),
        Escaper::PredefinedUrlquery => return "urlquery".to_owned(),
        Escaper::Attr => "attrescaper",
        Escaper::Comment => "commentescaper",
        Escaper::Css => "cssescaper",
        Escaper::CssValueFilter => "cssvaluefilter",
        Escaper::HtmlNameFilter => "htmlnamefilter",
        Escaper::Html => "htmlescaper",
        Escaper::JsRegexp => "jsregexpescaper",
        Escaper::JsStr => "jsstrescaper",
        Escaper::JsTmplLit => "jstmpllitescaper",
        Escaper::JsVal => "jsvalescaper",
        Escaper::Nospace => "nospaceescaper",
        Escaper::Rcdata => "rcdataescaper",
        Escaper::Srcset => "srcsetescaper",
        Escaper::Url => "urlescaper",
        Escaper::UrlFilter => "urlfilter",
        Escaper::UrlNormalizer => "urlnormalizer",
    };
    format!("_html_template_{name}")
}

/// How our pass differs from Go's; `None` if it does not.
fn difference(case: &Case) -> Option<String> {
    let set = parse(case.source.as_bytes());
    match escape(&set, "t") {
        Err(e) if e.message() == case.error => None,
        Err(e) => Some(format!("error {e:?}\n  want {:?} {:?}", case.error, case.templates)),
        Ok(_) if !case.error.is_empty() => Some(format!("no error\n  want {:?}", case.error)),
        Ok(escaped) => escaped.templates.iter().find_map(|t| {
            let mut got = String::new();
            print(&escaped, &t.root, &mut got);
            let want = case.templates.get(&*t.name);
            (want != Some(&got)).then(|| format!("{} is {got:?}\n  want {want:?}", t.name))
        }),
    }
}

fn check_contexts(cases: &str) {
    let mut failures = String::new();
    let mut count = 0;
    for line in cases.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        if let Some(difference) = difference(&case) {
            count += 1;
            if count < 30 {
                writeln!(failures, "{}\n  {difference}", case.source).unwrap();
            }
        }
    }
    assert!(count == 0, "{count} templates differ\n{failures}");
}

#[test]
fn contexts_are_those_of_go() {
    check_contexts(include_str!("testdata/contexts.jsonl"));
}

#[derive(serde::Deserialize)]
struct Values {
    source: String,
    /// Kind, value, output; the latter two with a character for each byte.
    cases: Vec<(String, String, String)>,
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

fn value(kind: &str, text: &str) -> Value {
    let content = match kind {
        "string" => return Value::String(bytes(text).into()),
        "html" => Content::Html,
        "attr" => Content::HtmlAttr,
        "js" => Content::Js,
        "jsstr" => Content::JsStr,
        "css" => Content::Css,
        "url" => Content::Url,
        "srcset" => Content::Srcset,
        _ => match text {
            "nan" => return Value::Float(f64::NAN),
            "inf" => return Value::Float(f64::NEG_INFINITY),
            "bytes" => return Value::Bytes(b"a<\xff".as_slice().into()),
            json => return Value::from_json(json.as_bytes(), DataFlags::default()).unwrap(),
        },
    };
    Value::Trusted(content, bytes(text).into())
}

fn check_values(lines: &str) {
    let (mut failures, mut count, mut total) = (String::new(), 0, 0);
    for line in lines.lines() {
        let values: Values = serde_json::from_str(line).unwrap();
        let template = Template::new("t", values.source.as_bytes()).unwrap();
        for (kind, text, want) in &values.cases {
            total += 1;
            let got = template.render(&value(kind, text)).unwrap();
            if got != bytes(want) {
                count += 1;
                if count < 30 {
                    let got: String = got.iter().map(|b| char::from(*b)).collect();
                    writeln!(failures, "{} {kind} {text:?}\n  is   {got:?}\n  want {want:?}", values.source)
                        .unwrap();
                }
            }
        }
    }
    assert!(count == 0, "{count} of {total} values differ\n{failures}");
    assert!(total > 0);
}

#[test]
fn values_are_escaped_as_go_does() {
    check_values(include_str!("testdata/values.jsonl"));
}

/// The entry's texts with its marks in brackets; what is not text is `…`, bodies of branches are in parentheses.
fn marked(source: &str) -> String {
    fn print(nodes: &[Node], out: &mut String) {
        for node in nodes {
            match node {
                Node::Text { text, marks } => {
                    let mut done = 0;
                    for mark in marks {
                        out.push_str(std::str::from_utf8(&text[done..mark.at as usize]).unwrap());
                        done = mark.at as usize;
                        match &mark.kind {
                            MarkKind::StartTag(name) => write!(out, "[<{name}]").unwrap(),
                            MarkKind::StartTagEnd { self_closing: false } => out.push_str("[>]"),
                            MarkKind::StartTagEnd { self_closing: true } => out.push_str("[/>]"),
                            MarkKind::EndTag(name) => write!(out, "[</{name}]").unwrap(),
                            MarkKind::EndTagEnd => out.push_str("[>>]"),
                            MarkKind::Attr(name) => write!(out, "[{name}=]").unwrap(),
                            MarkKind::AttrValue => out.push_str("[«]"),
                            MarkKind::AttrValueEnd => out.push_str("[»]"),
                        }
                    }
                    out.push_str(std::str::from_utf8(&text[done..]).unwrap());
                }
                Node::If(b) | Node::With(b) | Node::Range(b) => {
                    out.push('(');
                    print(&b.list, out);
                    if let Some(list) = &b.else_list {
                        out.push('|');
                        print(list, out);
                    }
                    out.push(')');
                }
                Node::Slot { .. } | Node::Call { .. } | Node::Break | Node::Continue => out.push('…'),
            }
        }
    }
    let escaped = escape(&parse(source.as_bytes()), "t").unwrap();
    let mut out = String::new();
    print(&escaped.templates[0].root, &mut out);
    out
}

#[test]
fn markup_is_marked_where_it_stands_in_the_output() {
    let cases = [
        ("a<P>b</P >c", "a[<p]<P>[>]b[</p]</P >[>>]c"),
        // Offsets are of the output: comments are gone, stray `<` are longer.
        ("<!-- <x> -->1 < 2<b>", "1 &lt; 2[<b]<b>[>]"),
        ("<!DOCTYPE html><html>", "<!DOCTYPE html>[<html]<html>[>]"),
        (
            "<p id=\"a\" Class='b' c=d e>",
            "[<p]<p [id=]id=\"[«]a[»]\" [class=]Class='[«]b[»]' [c=]c=[«]d[»] [e=]e>[>]",
        ),
        ("<p id=a{{.}}b>", "[<p]<p [id=]id=[«]a…b[»]>[>]"),
        ("<p id={{.}}>", "[<p]<p [id=]id=[«]…[»]>[>]"),
        ("<p id = \n'{{.}}-{{.}}'>", "[<p]<p [id=]id = \n'[«]…-…[»]'>[>]"),
        ("<p id={{if .}}{{.}}{{else}}b{{end}}>", "[<p]<p [id=]id=([«]…|[«]b)[»]>[>]"),
        ("<p {{if .}}id=\"a\"{{end}}>", "[<p]<p ([id=]id=\"[«]a[»]\")>[>]"),
        // A name is given only when it is known: it may go on.
        ("<p id{{.}}=\"a\">", "[<p]<p [=]id…=\"[=][«]a[»]\">[>]"),
        ("<p id {{.}}=\"a\">", "[<p]<p [id=]id …=\"[=][«]a[»]\">[>]"),
        ("<p {{.}}={{.}}>", "[<p]<p …=[=][«]…[»]>[>]"),
        ("<p id {{if .}}class{{end}}=a>", "[<p]<p [id=]id ([=]class)=[=][«]a[»]>[>]"),
        // Void and self-closing elements.
        (
            "<br><br/><br /><a href=/>",
            "[<br]<br>[>][<br]<br/>[/>][<br]<br />[/>][<a]<a [href=]href=[«]/[»]>[>]",
        ),
        ("<a b=\"c\"/><a b/>", "[<a]<a [b=]b=\"[«]c[»]\"/>[/>][<a]<a [b=]b/>[/>]"),
        ("<a/id=x>", "[<a]<a/[id=]id=[«]x[»]>[>]"),
        // What looks like markup in special elements is none, but for their own end.
        (
            "<script>'<b>'; x</b</script><i>",
            "[<script]<script>[>]'<b>'; x</b[</script]</script>[>>][<i]<i>[>]",
        ),
        ("<title><b></title >", "[<title]<title>[>]&lt;b>[</title]</title >[>>]"),
        ("<style>a{} /* </b> */</style>", "[<style]<style>[>]a{}  [</style]</style>[>>]"),
        // The space for a comment that ends with the element is not written.
        ("<style>/*{{.}}</style><b>", "[<style]<style>[>]…[</style]</style>[>>][<b]<b>[>]"),
        ("<a onclick=\"f('</b>')\">", "[<a]<a [onclick=]onclick=\"[«]f('</b>')[»]\">[>]"),
        // Tags that branches cut.
        ("<body{{if .}} class=a {{end}}>", "[<body]<body( [class=]class=[«]a[»] )>[>]"),
        ("{{if .}}<ul>{{end}}x{{if .}}</ul>{{end}}", "([<ul]<ul>[>])x([</ul]</ul>[>>])"),
        ("</p id=x>", "[</p]</p id=x>[>>]"),
        ("<svg:a-b x:y=1>", "[<svg:a-b]<svg:a-b [x:y=]x:y=[«]1[»]>[>]"),
    ];
    for (source, want) in cases {
        assert_eq!(marked(source), want, "{source}");
    }
}

#[test]
fn errors_say_where() {
    let cases = [
        ("\n {{template \"x\"}}", "html/template:t:2:12: no such template \"x\"", Some(2), Some(12)),
        ("\n{{range .}}<a{{end}}", "html/template:t:2: on range loop re-entry: ", Some(2), Some(0)),
        ("\n<a =", "html/template:t: expected space, attr name, or end of tag, but got \"=\"", None, None),
        (
            "\n<a href={{$x := 1}}",
            "html/template:t: ends in a non-text context: {stateBeforeValue ",
            None,
            None,
        ),
    ];
    for (source, message, line, column) in cases {
        let e = escape(&parse(source.as_bytes()), "t").unwrap_err();
        assert_eq!(e.code(), Code::TemplateEscape);
        assert!(e.message().starts_with(message), "{e}");
        assert_eq!((e.template(), e.line(), e.column()), (Some("t"), line, column), "{e}");
    }
    assert_eq!(escape(&parse(b""), "x").unwrap_err().code(), Code::TemplateNotFound);
}

/// Without remembered rounds the work doubles at each level, and this does not end.
#[test]
fn deeply_nested_ranges_are_escaped() {
    let source = format!("<script>{}x{}</script>", "{{range .}}".repeat(500), "{{end}}".repeat(500));
    assert!(escape(&parse(source.as_bytes()), "t").is_ok());
}

/// A search to the end of the text at each step would take minutes here.
#[test]
fn unfinished_scripts_of_many_steps_are_errors() {
    for part in ["</", "\"a\"", "/**/", "`${", "<script>"] {
        let source = format!("<script>{}", part.repeat(100_000));
        assert_eq!(escape(&parse(source.as_bytes()), "t").unwrap_err().code(), Code::TemplateEscape);
    }
}

/// Go derives templates without end here, or takes time that doubles with each level.
#[test]
fn endless_derivation_is_an_error() {
    for source in [
        "<script>`{{template \"x\"}}`</script>{{define \"x\"}}${ `{{template \"x\"}}` }{{end}}",
        "<script>`${ {{template \"t\"}}",
        "<script>`${ `${ }{{template \"t\"}}{{template \"t\"}}",
        "<script>`${a`${a}}{{template \"t\"}}t}</script>'",
    ] {
        let e = escape(&parse(source.as_bytes()), "t").unwrap_err();
        assert_eq!(e.code(), Code::DepthExceeded, "{source}");
    }
    // Each level doubles what the one inside it takes.
    let ranges = format!("{}{{{{template \"x\"}}}}{}", "{{range .}}".repeat(60), "{{end}}".repeat(60));
    let source = format!("<script>`${{ {ranges} }}`</script>{{{{define \"x\"}}}}{{{{end}}}}");
    assert_eq!(escape(&parse(source.as_bytes()), "t").unwrap_err().code(), Code::DepthExceeded);
}

/// Quadratic work over the templates called so far would take minutes.
#[test]
fn long_chains_of_templates_are_escaped() {
    let mut source = "{{template \"0\"}}".to_owned();
    for i in 0..30_000 {
        source += &format!("{{{{define \"{i}\"}}}}{{{{template \"{}\"}}}}{{{{end}}}}", i + 1);
    }
    source += "{{define \"30000\"}}{{.}}{{end}}";
    assert_eq!(escape(&parse(source.as_bytes()), "t").unwrap().templates.len(), 30_002);
}
