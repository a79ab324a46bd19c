//! Which paths the places of a template read.

use livetemplate_core::{Function, Template, Value};

/// Lines of `kind action: paths`, with `!` and the reason where a place is always evaluated.
fn dependencies(source: &str) -> Vec<String> {
    let template = Template::builder()
        .source("t", source)
        .function("now", Function::new(|_| Ok(Value::Null)))
        .function("pure", Function::new(|args| Ok(args[0].clone())))
        .build()
        .unwrap();
    let line = |d: livetemplate_core::Dependency| {
        let always = d.always.map(|why| format!(" ! {why}")).unwrap_or_default();
        format!("{} {}: {}{always}", d.kind.as_str(), d.action, d.paths.join(" "))
    };
    template.dependencies().unwrap().into_iter().map(line).collect()
}

#[test]
fn paths_go_through_blocks_variables_and_calls() {
    assert_eq!(
        dependencies(
            "{{.a.b}}{{$.c}}{{$x := .d}}{{with .e}}{{.f}}{{$x.g}}{{$.h}}{{end}}\
             {{range $i, $r := .rows}}{{$i}}{{$r.n}}{{.m}}{{else}}{{.none}}{{end}}{{if and .p (not .q)}}{{.}}{{end}}\
             {{pure .z | printf .y}}"
        ),
        [
            "slot .a.b: .a.b",
            "slot $.c: .c",
            "condition .e: .e",
            "slot .f: .e.f",
            "slot $x.g: .d.g",
            "slot $.h: .h",
            "range $i, $r := .rows: .rows",
            "slot $i: .rows",
            "slot $r.n: .rows[].n",
            "slot .m: .rows[].m",
            "slot .none: .none",
            "condition and .p (not .q): .p .q",
            "slot .: .",
            "slot pure .z | printf .y: .y .z",
        ]
    );
}

#[test]
fn a_template_that_calls_itself_reads_any_part() {
    assert_eq!(
        dependencies(
            r#"{{define "n"}}{{.name}}{{range .c}}{{template "n" .}}{{end}}{{template "e"}}{{end}}{{define "e"}}{{template "e"}}{{.}}{{end}}{{template "n" .root}}"#
        ),
        [
            "slot .name: .root.**.name .root.name",
            "range .c: .root.**.c .root.c",
            r#"call {{template "n" .}}: .root.**.c[] .root.c[]"#,
            r#"call {{template "e"}}: "#,
            r#"call {{template "e"}}: "#,
            "slot .: ",
            r#"call {{template "n" .root}}: .root"#,
        ]
    );
}

#[test]
fn what_is_always_evaluated_says_why() {
    let calls = r#" ! it calls "now", which may give another result each time"#;
    let assigned = " ! a variable that is assigned a new value carries what one place finds to others";
    let ends = " ! `break` or `continue` lets one item decide on others";
    assert_eq!(
        dependencies(
            "{{now}}{{if now}}{{.a}}{{end}}{{if .b}}{{now}}{{end}}{{range .c}}{{now}}{{end}}{{$t := now}}{{$t}}\
             {{$l := .d}}{{range .e}}{{$l = .f}}{{end}}{{$l}}{{range .g}}{{if .h}}{{break}}{{end}}{{end}}"
        ),
        [
            format!("slot now: {calls}"),
            format!("condition now: {calls}"),
            "slot .a: .a".into(),
            "condition .b: .b".into(),
            format!("slot now: {calls}"),
            format!("range .c: .c{calls}"),
            format!("slot now: {calls}"),
            format!("slot $t: {calls}"),
            format!("range .e: .e{assigned}"),
            format!("slot $l: .d .e[].f{assigned}"),
            format!("range .g: .g{ends}"),
            format!("condition .h: .g[].h{ends}"),
        ]
    );
}

#[test]
fn many_calls_end() {
    // Each template calls the next with two parts of its dot: more and more paths.
    let mut source = String::new();
    for i in 0..30 {
        source += &format!(
            "{{{{define `t{i}`}}}}{{{{template `t{}` .a}}}}{{{{template `t{}` .b}}}}{{{{end}}}}",
            i + 1,
            i + 1
        );
    }
    source += "{{define `t30`}}{{.x}}{{end}}{{template `t0` .}}";
    let all = dependencies(&source);
    let last = all.iter().find(|line| line.starts_with("slot .x: ")).unwrap();
    assert!(last.starts_with("slot .x: .**") && last.split(' ').count() <= 2 + 64, "{last}");
}
