//! Trees and errors against what real Go makes of the same sources (`testdata/parse.txt`, written by `testdata/main.go`).

use super::super::ast::*;
use super::super::literal::unquote;
use super::super::parser::parse;
use crate::error::{Code, Error};
use std::fmt::Write;

/// Stands for the predefined functions.
fn function(name: &str) -> bool {
    const NAMES: &str =
        "and or not len index slice call html js print printf println urlquery eq ge gt le lt ne default";
    NAMES.split(' ').any(|n| n == name)
}

fn parsed(text: &[u8]) -> Result<TemplateSet, Error> {
    let mut set = TemplateSet::default();
    parse(&mut set, "main", text, ("", ""), &function, 200_000)?;
    Ok(set)
}

/// As Go's `%+q` prints bytes.
fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(out, "\\{c}").unwrap(),
                ' '..='~' => out.push(c),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0b' => out.push_str("\\v"),
                c if u32::from(c) < 0x80 => write!(out, "\\x{:02x}", u32::from(c)).unwrap(),
                c if u32::from(c) < 0x10000 => write!(out, "\\u{:04x}", u32::from(c)).unwrap(),
                c => write!(out, "\\U{:08x}", u32::from(c)).unwrap(),
            }
        }
        for b in chunk.invalid() {
            write!(out, "\\x{b:02x}").unwrap();
        }
    }
    out.push('"');
    out
}

fn dump_list(list: &List) -> String {
    format!("[{}]", list.nodes.iter().map(dump_node).collect::<Vec<_>>().join(" "))
}

fn dump_node(node: &Node) -> String {
    let branch = |kind: &str, b: &Branch| {
        let other = b.else_list.as_ref().map_or("-".into(), dump_list);
        format!("({kind} {} {} {} {} {other})", b.pos, b.line, dump_pipe(&b.pipe), dump_list(&b.list))
    };
    match node {
        Node::Text { pos, text } => format!("(text {pos} {})", quoted(text.as_bytes())),
        Node::Action { pos, line, pipe } => format!("(action {pos} {line} {})", dump_pipe(pipe)),
        Node::If(b) => branch("if", b),
        Node::With(b) => branch("with", b),
        Node::Range(b) => branch("range", b),
        Node::Template { pos, line, name, pipe } => {
            let pipe = pipe.as_ref().map_or("-".into(), |p| dump_pipe(p));
            format!("(template {pos} {line} {} {pipe})", quoted(name.as_bytes()))
        }
        Node::Break { pos, line } => format!("(break {pos} {line})"),
        Node::Continue { pos, line } => format!("(continue {pos} {line})"),
    }
}

fn dump_pipe(pipe: &Pipe) -> String {
    let mut out = format!("(pipe {} {} {}", pipe.pos, pipe.line, pipe.is_assign);
    for (name, pos) in &pipe.decl {
        write!(out, " {name}@{pos}").unwrap();
    }
    for command in &pipe.cmds {
        write!(out, " (cmd {}", command.pos).unwrap();
        for arg in &command.args {
            write!(out, " {}", dump_arg(arg)).unwrap();
        }
        out.push(')');
    }
    out + ")"
}

fn dump_arg(arg: &Arg) -> String {
    let pos = arg.pos;
    match &arg.kind {
        ArgKind::Dot => format!("(dot {pos})"),
        ArgKind::Nil => format!("(nil {pos})"),
        ArgKind::Bool(value) => format!("({value} {pos})"),
        ArgKind::Number(n) => {
            let mut out = format!("(number {pos} {}", quoted(n.text.as_bytes()));
            if let Some(value) = n.int {
                write!(out, " int={value}").unwrap();
            }
            if let Some(value) = n.uint {
                write!(out, " uint={value}").unwrap();
            }
            if let Some(value) = n.float {
                write!(out, " float={:016x}", value.to_bits()).unwrap();
            }
            if let Some((re, im)) = n.complex {
                write!(out, " complex={:016x},{:016x}", re.to_bits(), im.to_bits()).unwrap();
            }
            out + ")"
        }
        ArgKind::String { value, quoted: text } => {
            format!("(string {pos} {} {})", quoted(value.as_bytes()), quoted(text.as_bytes()))
        }
        ArgKind::Identifier(name) => format!("(ident {pos} {name})"),
        ArgKind::Field(names) => format!("(field {pos} {})", names.join(".")),
        ArgKind::Variable(names) => format!("(variable {pos} {})", names.join(".")),
        ArgKind::Chain(inner, names) => format!("(chain {pos} {} {})", dump_arg(inner), names.join(".")),
        ArgKind::Pipe(pipe) => dump_pipe(pipe),
    }
}

/// The lines Go's dump has for the result of parsing a source.
fn dump(result: &Result<TemplateSet, Error>) -> String {
    match result {
        Err(error) => format!("error {}\n", quoted(error.message().as_bytes())),
        Ok(set) => set
            .templates
            .iter()
            .map(|(name, tree)| {
                let text = quoted(tree.root.to_string().as_bytes());
                format!("tree {} {} {text}\n", quoted(name.as_bytes()), dump_list(&tree.root))
            })
            .collect(),
    }
}

/// Compares every case of a dump; returns their number.
fn compare(text: &str) -> usize {
    let mut lines = text.lines().peekable();
    let (mut delims, mut count, mut failures) = (("".to_owned(), "".to_owned()), 0, Vec::new());
    let string = |s: &str| String::from_utf8(unquote(s.as_bytes()).unwrap()).unwrap();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("delims ") {
            let (left, right) = rest.split_once("\" \"").unwrap();
            delims = (string(&format!("{left}\"")), string(&format!("\"{right}")));
            continue;
        }
        let source = unquote(line.strip_prefix("source ").unwrap().as_bytes()).unwrap();
        let mut want = String::new();
        while let Some(line) = lines.next_if(|l| l.starts_with("tree ") || l.starts_with("error ")) {
            want += line;
            want.push('\n');
        }
        let mut set = TemplateSet::default();
        let result =
            parse(&mut set, "main", &source, (&delims.0, &delims.1), &function, 200_000).map(|()| set);
        let got = dump(&result);
        if got != want {
            failures.push(format!("{line}\n  go   {want}  ours {got}"));
        }
        delims = Default::default();
        count += 1;
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    count
}

#[test]
fn trees_and_errors_are_those_of_go() {
    assert!(compare(include_str!("../testdata/parse.txt")) > 2000);
}

#[test]
fn errors_carry_their_place() {
    let error = parsed(b"a\n{{if .X}}\n  {{nosuch 1}}").unwrap_err();
    assert_eq!(error.message(), r#"template: main:3: function "nosuch" not defined"#);
    assert_eq!(error.code(), Code::TemplateParse);
    assert_eq!((error.template(), error.line(), error.column()), (Some("main"), Some(3), Some(4)));
    let error = parsed("é{{ \"a".as_bytes()).unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(1), Some(5)), "bytes, not characters");
}

/// The body of each template after parsing the sources, each under its name.
fn bodies(sources: &[(&str, &str)]) -> Result<Vec<(String, String)>, Error> {
    let mut set = TemplateSet::default();
    for (name, text) in sources {
        parse(&mut set, name, text.as_bytes(), ("", ""), &function, 200_000)?;
    }
    Ok(set.templates.iter().map(|(name, tree)| (name.to_string(), tree.root.to_string())).collect())
}

#[test]
fn a_later_source_replaces_unless_it_is_empty() {
    let both = [("a", "{{define `x`}}1{{end}}one"), ("b", "{{define `x`}}2{{end}}")];
    let want = [("a", "one"), ("b", ""), ("x", "2")].map(|(n, t)| (n.to_owned(), t.to_owned()));
    assert_eq!(bodies(&both).unwrap(), want);
    let empty = [both[0], ("b", "{{define `x`}} \n{{/* c */}}{{end}}"), ("a", "\t")];
    let want = [("a", "one"), ("b", ""), ("x", "1")].map(|(n, t)| (n.to_owned(), t.to_owned()));
    assert_eq!(bodies(&empty).unwrap(), want);
}

#[test]
fn a_failed_source_leaves_the_set_alone() {
    let mut set = parsed(b"{{define `x`}}1{{end}}").unwrap();
    let result = parse(
        &mut set,
        "more",
        b"{{define `x`}}2{{end}}{{define `y`}}3{{end}}{{",
        ("", ""),
        &function,
        200_000,
    );
    assert!(result.is_err());
    assert_eq!(set.templates.keys().map(|k| &**k).collect::<Vec<_>>(), ["main", "x"]);
    assert_eq!(set.templates["x"].root.to_string(), "1");
}

#[test]
fn break_and_continue_are_words_when_functions_have_those_names() {
    let mut set = TemplateSet::default();
    let functions = |name: &str| name == "break" || function(name);
    parse(&mut set, "main", b"{{break 1}}", ("", ""), &functions, 200_000).unwrap();
    assert_eq!(set.templates["main"].root.to_string(), "{{break 1}}");
    let error = parse(&mut set, "main", b"{{continue 1}}", ("", ""), &functions, 200_000).unwrap_err();
    assert_eq!(error.message(), r#"template: main:1: unexpected "1" in {{continue}}"#);
}

#[test]
fn deep_sources_need_no_deep_stack() {
    const DEPTH: usize = 100_000;
    let nested = format!("{}x{}", "{{if 1}}".repeat(DEPTH), "{{end}}".repeat(DEPTH));
    let set = parsed(nested.as_bytes()).unwrap();
    assert_eq!(set.templates["main"].root.to_string(), nested);
    drop(set);
    let chain = format!("{{{{if 1}}}}{}{{{{end}}}}", "{{else if 1}}".repeat(DEPTH));
    assert_eq!(
        parsed(chain.as_bytes()).unwrap().templates["main"].root.to_string().len(),
        chain.len() + DEPTH * 10
    );
    for open in ["{{if 1}}", "{{with 1}}", "{{range .}}", "{{block `b` .}}", "{{if 1}}{{else}}"] {
        let error = parsed(open.repeat(DEPTH).as_bytes()).unwrap_err();
        assert_eq!(error.message(), "template: main:1: unexpected EOF");
        let error = parsed(open.repeat(250_000).as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::DepthExceeded, "{error}");
    }
}

#[test]
fn parentheses_nest_as_deep_as_in_go() {
    let nested = |depth: usize| format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth));
    let set = parsed(nested(10_000).as_bytes()).unwrap();
    assert_eq!(set.templates["main"].root.to_string(), nested(10_000));
    drop(set);
    let error = parsed(nested(10_001).as_bytes()).unwrap_err();
    assert_eq!(error.message(), "template: main:1: max expression depth exceeded");
    assert_eq!(error.column(), Some(10_002));
    // The fields of an operand do not nest.
    let fields = format!("{{{{(1){}}}}}", ".A".repeat(100_000));
    assert_eq!(parsed(fields.as_bytes()).unwrap().templates["main"].root.to_string(), fields);
}

/// Through escaping, execution and dropping too.
#[test]
fn deep_templates_render() {
    const DEPTH: usize = 100_000;
    let render =
        |source: String| crate::Template::new("t", source).unwrap().render(&crate::Value::Null).unwrap();
    assert_eq!(render(format!("{}x{}", "{{if 1}}".repeat(DEPTH), "{{end}}".repeat(DEPTH))), b"x");
    assert_eq!(
        render(format!("{{{{if 0}}}}{}{{{{else}}}}x{{{{end}}}}", "{{else if 0}}".repeat(DEPTH))),
        b"x"
    );
    assert_eq!(render(format!("{{{{{}1{}}}}}", "(".repeat(10_000), ")".repeat(10_000))), b"1");
}
