//! What `template.analysis()` tells.

use livetemplate_core::{Analysis, Application, Code, Construct, Function, Template, UpdateMode, Value};
use std::sync::Arc;

fn analysis(source: &str) -> Arc<Analysis> {
    let template = Template::builder()
        .source("t", source)
        .function("shout", Function::new(|args| Ok(args[0].clone())))
        .build()
        .unwrap_or_else(|e| panic!("{source}: {e}"));
    template.analysis().unwrap_or_else(|e| panic!("{source}: {e}"))
}

/// `value_patch` or `fragment_replace`, and the percentage.
fn mode(source: &str) -> (&'static str, f64) {
    let analysis = analysis(source);
    assert!(!analysis.recommendations.is_empty());
    assert_eq!(analysis.unsupported, analysis.reasons.len(), "{source}");
    assert_eq!(analysis.unsupported, analysis.constructs.iter().filter(|c| !c.supported).count(), "{source}");
    (analysis.mode.as_str(), analysis.support_percentage)
}

const PATCH: &str = "value_patch";
const REPLACE: &str = "fragment_replace";

/// Every example of the requirements (ANA-*, C-24 to C-29) and of the texts that they come from.
#[test]
fn the_mode_of_every_example() {
    for (source, want) in [
        // Nothing at all, and nothing that could change.
        ("", PATCH),
        ("<p>text</p>", PATCH),
        // Values.
        ("{{.Name}}", PATCH),
        ("<div>{{.Name}}</div>", PATCH),
        ("Hello {{.Name}}!", PATCH),
        ("<div>{{.Name}} is {{.Age}} years old</div>", PATCH),
        ("{{.User.Profile.Name}}", PATCH),
        ("{{.Metrics.Revenue.Monthly}}", PATCH),
        ("{{.Counter}}, {{.Status}}", PATCH),
        (r#"{{.Price | printf "%.2f"}}"#, PATCH),
        (r#"{{len .Items}} {{printf "%s" .Name}}"#, PATCH),
        ("<p>{{- .Name -}}</p>", PATCH),
        ("{{/* a comment */}}{{.Name}}", PATCH),
        ("{{$x := .Name}}{{$x}}", PATCH),
        (r#"{{.Message | default "none"}}"#, PATCH),
        ("{{shout .Name}}", PATCH),
        (r#"<p class="{{.Class}}" {{if .Done}}hidden{{end}}>{{.Name}}</p>"#, PATCH),
        // Conditionals.
        ("{{if .Show}}Hello {{.Name}}{{end}}", PATCH),
        ("{{if .Flag}}text{{end}}", PATCH),
        ("{{if gt .Count 0}}many{{end}}", PATCH),
        ("{{if and .A .B}}both{{end}}", PATCH),
        ("{{if .ShowCompleted}}Hide Completed{{else}}Show All{{end}}", PATCH),
        (r#"{{if eq .P "high"}}High{{else if eq .P "low"}}Low{{end}}"#, PATCH),
        (r#"<p class="item {{if .Completed}}completed{{end}}">x</p>"#, PATCH),
        (r#"<p style="color: {{if .Overdue}}#f44{{else}}#666{{end}};">x</p>"#, PATCH),
        ("<script>{{if .Debug}}log('<b>');{{end}}</script>", PATCH),
        ("{{if .Dynamic}}{{.Content}}{{end}}", REPLACE),
        ("{{if .Errors.Email}}{{.Errors.Email}}{{end}}", REPLACE),
        ("<p>{{if .Show}}{{.Message}}{{end}}</p>", REPLACE),
        ("{{if .Show}} {{.Message}}\n{{end}}", REPLACE),
        ("{{if .Show}}Message: {{.Message}}{{else}}{{.Other}}{{end}}", REPLACE),
        ("{{if .Show}}<div>{{.Content}}</div>{{else}}<span>Hidden</span>{{end}}", REPLACE),
        (
            "{{if .ShowDetails}}\n  <div>Details: {{.Details}}</div>\n{{else}}\n  <div>No details</div>\n{{end}}",
            REPLACE,
        ),
        ("{{if .Show}}<br>{{end}}", REPLACE),
        ("<p {{if .Show}}class=a>{{else}}>{{end}}x</p>", REPLACE),
        (r#"{{define "row"}}<li>x</li>{{end}}{{if .Show}}{{template "row"}}{{end}}"#, REPLACE),
        (r#"{{define "text"}}Hello {{.}}{{end}}{{if .Show}}{{template "text" .Name}}{{end}}"#, PATCH),
        // With.
        ("{{with .User}}<b>{{.Name}}</b>{{end}}", PATCH),
        ("{{with .User}}{{.Name}}{{else}}nobody{{end}}", PATCH),
        ("{{with .User}}{{if .Admin}}<b>admin</b>{{end}}{{end}}", REPLACE),
        // Ranges.
        ("{{range .Items}}<li>{{.Name}}</li>{{end}}", PATCH),
        ("{{range .Items}}{{.Name}}{{end}}", PATCH),
        ("{{range $i, $v := .Items}}{{$i}}: {{$v}}{{end}}", PATCH),
        (r#"{{range .Items}}<li data-key="{{.ID}}">{{.Name}}</li>{{else}}<p>none</p>{{end}}"#, PATCH),
        // A map is gone through in the order of its keys.
        ("{{range $key, $stat := .Statistics}}<p>{{$key}}{{$stat}}</p>{{end}}", PATCH),
        ("{{range .Items}}<li>{{if .Done}}done{{end}}</li>{{end}}", PATCH),
        ("{{range .Items}}<li>{{if .Done}}<b>done</b>{{end}}</li>{{end}}", REPLACE),
        ("{{range .Items}}{{if .Done}}<li>{{.Name}}</li>{{end}}{{end}}", REPLACE),
        ("{{range .Items}}{{if .Last}}last{{break}}{{end}}x{{end}}", REPLACE),
        ("{{range .Items}}{{if .Skip}}skipped{{continue}}{{end}}x{{end}}", REPLACE),
        // Templates.
        (r#"{{block "name" .}}<p>{{.Name}}</p>{{end}}"#, PATCH),
        (r#"{{define "a"}}<b>{{.}}</b>{{end}}{{template "a" .Name}}"#, PATCH),
        (
            r#"{{define "n"}}<li>{{.Name}}{{range .C}}{{template "n" .}}{{end}}</li>{{end}}{{template "n" .}}"#,
            REPLACE,
        ),
        (
            r#"{{define "a"}}{{with .}}{{template "b" .x}}{{end}}{{end}}{{define "b"}}{{with .}}{{template "a" .x}}{{end}}{{end}}{{template "a" .}}"#,
            REPLACE,
        ),
    ] {
        let (got, percentage) = mode(source);
        assert_eq!(got, want, "{source}");
        assert_eq!(percentage == 100.0, want == PATCH, "{source}: {percentage}");
    }
}

#[test]
fn a_dynamic_template_name_is_no_template_of_go() {
    let error = Template::new("t", "{{template .TemplateName .}}").unwrap_err();
    assert_eq!(error.code(), Code::TemplateParse);
}

fn shown(constructs: &[Construct]) -> Vec<String> {
    let line = |c: &Construct| {
        let why = c.reason.as_deref().map(|why| format!(" ! {why}")).unwrap_or_default();
        format!("{}:{}:{} {} {}{why}", c.template, c.line, c.column, c.kind.as_str(), c.action)
    };
    constructs.iter().map(line).collect()
}

#[test]
fn what_is_not_supported_is_named_with_place_and_reason() {
    let got = analysis(
        "<ul>{{range .Rows}}\n<li>{{if .Done}}<b>{{.Name}}</b>{{end}}{{$n := .N}}</li>{{end}}</ul>\n{{with .X}}{{.}}{{end}}",
    );
    let want = [
        "t:1:12 range .Rows ! range over items without a fixed structure: a construct in it is not supported",
        "t:2:9 if .Done ! dynamic conditional affects HTML structure: a branch has elements",
        "t:2:21 interpolation .Name",
        "t:2:41 variable $n := .N",
        "t:3:7 with .X",
        "t:3:13 interpolation .",
    ];
    assert_eq!(shown(&got.constructs), want);
    // <ul>, \n<li>, <b>, </b>, </li>, </ul>\n
    assert_eq!((got.supported, got.unsupported), (4 + 6, 2));
    assert_eq!(got.support_percentage, 1000.0 / 12.0);
    assert_eq!((got.mode, got.expected_reduction), (UpdateMode::FragmentReplace, 0.60));
    assert_eq!(
        got.reasons,
        [
            "t:1:12: .Rows: range over items without a fixed structure: a construct in it is not supported",
            "t:2:9: .Done: dynamic conditional affects HTML structure: a branch has elements",
        ]
    );
    assert_eq!(
        got.recommendations,
        [
            "Template contains dynamic structure - using fragment replacement (60% bandwidth reduction)",
            "t:1:12: .Rows: give the only root element of each item a `data-key`, unless the items have a field `ID` or `Key`, so that \
             rows are inserted, moved and removed on their own",
            "t:2:9: .Done: keep the elements and let the condition choose an attribute, such as `hidden` or a class",
        ]
    );

    let got = analysis("{{.A}}");
    assert_eq!((got.mode, got.expected_reduction), (UpdateMode::ValuePatch, 0.85));
    assert_eq!(got.recommendations, ["Template supports value patching (85% bandwidth reduction)"]);
    assert_eq!(got.reasons, [""; 0]);
}

#[test]
fn a_template_that_is_called_twice_counts_once() {
    let got = analysis(
        r#"{{define "v"}}{{if .}}{{.}}{{end}}{{end}}<p title="{{template "v" .A}}">{{template "v" .B}}</p>"#,
    );
    let want = [
        "t:1:19 if . ! dynamic conditional: a branch has no literal text",
        "t:1:24 interpolation .",
        r#"t:1:62 call {{template "v$htmltemplate_stateAttr_delimDoubleQuote" .A}}"#,
        r#"t:1:83 call {{template "v" .B}}"#,
    ];
    assert_eq!(shown(&got.constructs), want);
    assert_eq!((got.supported, got.unsupported), (3 + 3, 1));
    let contexts: Vec<_> = got
        .interpolations
        .iter()
        .map(|i| (i.context, i.attributes.join(" "), i.escapers.join(" ")))
        .collect();
    assert_eq!(
        contexts,
        [
            ("stateAttr", "title".into(), "_html_template_attrescaper".into()),
            ("stateText", String::new(), "_html_template_htmlescaper".into()),
        ]
    );
}

/// The contexts of the interpolations in the order of the source: state, attributes, escapers without their prefix.
fn contexts(source: &str) -> Vec<String> {
    let line = |i: &livetemplate_core::Interpolation| {
        let escapers: Vec<_> = i.escapers.iter().map(|e| e.trim_start_matches("_html_template_")).collect();
        format!("{} [{}] {}", i.context, i.attributes.join(" "), escapers.join(" "))
    };
    analysis(source).interpolations.iter().map(line).collect()
}

#[test]
fn each_interpolation_tells_its_context_and_escapers() {
    for (source, want) in [
        ("<p>{{.}}", "stateText [] htmlescaper"),
        ("<title>{{.}}</title>", "stateRCDATA [] rcdataescaper"),
        ("<p {{.}}>", "stateAttrName [] htmlnamefilter"),
        (r#"<p TITLE="{{.}}">"#, "stateAttr [title] attrescaper"),
        ("<p title={{.}}>", "stateAttr [title] nospaceescaper"),
        (r#"<a href="{{.}}">"#, "stateURL [href] urlfilter urlnormalizer attrescaper"),
        (r#"<a href="/x?y={{.}}">"#, "stateURL [href] urlescaper attrescaper"),
        (r#"<img srcset="{{.}}">"#, "stateSrcset [srcset] srcsetescaper attrescaper"),
        (r#"<a onclick="f({{.}})">"#, "stateJS [onclick] jsvalescaper attrescaper"),
        (r#"<p style="color: {{.}}">"#, "stateCSS [style] cssvaluefilter attrescaper"),
        ("<script>var x = {{.}}</script>", "stateJS [] jsvalescaper"),
        ("<script>var x = '{{.}}'</script>", "stateJSSqStr [] jsstrescaper"),
        ("<style>p { color: {{.}} }</style>", "stateCSS [] cssvaluefilter"),
        ("{{. | html}}", "stateText [] html"),
        (
            r#"<meta http-equiv=refresh content="0; url={{.}}">"#,
            "stateMetaContentURL [content] urlfilter attrescaper",
        ),
        (r#"<p title="a {{if .}}{{.}}{{else}}b{{end}}">"#, "stateAttr [title] attrescaper"),
        (
            r#"{{define "a"}}<p title="{{end}}{{define "b"}}">{{end}}{{template "a"}}{{.}}{{template "b"}}"#,
            "stateAttr [title] attrescaper",
        ),
        (r#"{{if .}}<p title="{{else}}<p alt="{{end}}{{.}}">"#, "stateAttr [title alt] attrescaper"),
        (r#"<p data-{{.X}}="{{.}}">"#, "stateAttrName [] htmlnamefilter, stateAttr [data-{{}}] attrescaper"),
        (r#"<p {{.X}}="{{.}}">"#, "stateAttrName [] htmlnamefilter, stateAttr [{{}}] attrescaper"),
    ] {
        assert_eq!(contexts(source).join(", "), want, "{source}");
    }
}

/// The reasons of the warnings.
fn warned(source: &str) -> String {
    analysis(source).warnings.iter().map(|w| w.reason.clone()).collect::<Vec<_>>().join("; ")
}

#[test]
fn warnings_where_escaping_does_not_protect() {
    for (attribute, want) in [
        ("hx-on:click", "hx-on:click is code to htmx"),
        ("hx-on::after-request", "hx-on::after-request is code to htmx"),
        ("HX-ON-CLICK", "hx-on-click is code to htmx"),
        ("data-hx-on:click", "data-hx-on:click is code to htmx"),
        ("hx-on", "hx-on is code to htmx"),
        ("hx-vars", "hx-vars is code to htmx"),
        ("hx-vals", "hx-vals is plain text to Go"),
        ("hx-headers", "hx-headers is plain text to Go"),
        ("hx-request", "hx-request is plain text to Go"),
        ("hx-trigger", "hx-trigger is plain text to Go"),
        ("hx-get", "hx-get is plain text to Go and a URL to htmx"),
        ("hx-post", "hx-post is plain text to Go and a URL to htmx"),
        ("hx-put", "hx-put is plain text to Go and a URL to htmx"),
        ("hx-patch", "hx-patch is plain text to Go and a URL to htmx"),
        ("hx-delete", "hx-delete is plain text to Go and a URL to htmx"),
        ("sse-connect", "sse-connect is plain text to Go and a URL to htmx"),
        ("x-data", "x-data is code to Alpine"),
        ("x-on:click", "x-on:click is code to Alpine"),
        // A URL to Go, which lets `x=1` through.
        ("x-bind:href", "x-bind:href is code to Alpine"),
        ("@click", "@click is code to Alpine and Vue"),
        (":class", ":class is code to Alpine and Vue"),
        ("v-html", "v-html is code to Vue"),
        ("_", "_ is code to hyperscript"),
        ("lvt-mounted", "lvt-mounted is code to @livetemplate/client"),
        ("lvt-updated", "lvt-updated is code to @livetemplate/client"),
        ("lvt-destroyed", "lvt-destroyed is code to @livetemplate/client"),
        ("srcdoc", "srcdoc is plain text to Go and a document to the browser"),
    ] {
        let got = warned(&format!(r#"<p {attribute}="{{{{.X}}}}">"#));
        assert!(got.starts_with(want), "{attribute}: {got}");
    }
    for safe in [
        // Go knows these, or they are what they look like.
        r#"<a href="{{.X}}" title="{{.X}}" onclick="f({{.X}})" data-key="{{.X}}" data-url="{{.X}}" hx-target="{{.X}}">"#,
        // JavaScript to Go as well.
        r#"<p :onclick="f({{.X}})" @x:onclick="f({{.X}})">"#,
        // Nothing that the data chooses as a text.
        r#"<p x-data="{n: {{len .X}}, b: {{not .X}}, c: {{eq .X 1}}, s: {{"text"}}, on: {{if .X}}true{{else}}false{{end}}}">"#,
        r#"<p x-data="{}">{{.X}}</p>"#,
    ] {
        assert_eq!(warned(safe), "", "{safe}");
    }
}

#[test]
fn warnings_follow_branches_and_calls() {
    for source in [
        r#"<p x-data="{{if .A}}{{with .B}}{{.}}{{end}}{{end}}">"#,
        r#"<p x-data="{{range .A}}{{.}}, {{end}}">"#,
        r#"{{define "v"}}{{.}}{{end}}<p title="{{template "v" .A}}" x-data="{{template "v" .A}}">{{template "v" .B}}"#,
        r#"{{define "open"}}<p x-data="{{end}}{{template "open"}}{{.}}">"#,
        r#"<p x-{{.Name}}="{{.Code}}">"#,
    ] {
        assert!(warned(source).starts_with("x-"), "{source}: {}", warned(source));
        assert_eq!(analysis(source).warnings.len(), 1, "{source}");
    }
    // A template that is called in a harmless attribute does not bring another's to what follows.
    let source =
        r#"{{define "v"}}{{.}}{{end}}<p x-data="{{template "v" 1}}" title="{{template "v" .A}}{{.B}}">"#;
    let warnings = &analysis(source).warnings;
    assert_eq!(warnings.iter().map(|w| &*w.action).collect::<Vec<_>>(), ["."]);
}

#[test]
fn what_is_outside_the_live_region_is_named() {
    let got = analysis(
        r#"{{define "head"}}{{if .Dark}}dark{{end}}{{end}}<title>{{.Title}}</title>{{template "head" .}}<body class="{{.Class}}">{{.Name}}</body>{{range .Foot}}x{{end}}"#,
    );
    let want = [
        "t:1:22 if .Dark",
        "t:1:56 interpolation .Title",
        "t:1:108 interpolation .Class",
        "t:1:142 range .Foot",
    ];
    assert_eq!(shown(&got.outside), want);
    assert!(analysis("<title>{{.Title}}</title>").outside.is_empty());
}

#[test]
fn the_hash_is_of_names_and_trees() {
    let hash = |source: &str| analysis(source).hash.clone();
    // printf '1:t,18:<p>{{.Name | len}},' | sha256sum
    let want = "813c7223390c9c85fd81a5cde72c81446155796174f12fb0e3074eaede846f71";
    assert_eq!(hash("<p>{{.Name|len}}"), want);
    assert_eq!(hash("<p>{{- /* */ -}}{{ .Name | len }}"), want);
    assert_ne!(hash("<p>{{.Name}}"), want);
    assert_ne!(hash(r#"<p>{{.Name|len}}{{define "unused"}}{{end}}"#), want);
    let other = Template::new("other", "<p>{{.Name|len}}").unwrap();
    assert_ne!(other.analysis().unwrap().hash, want);
}

#[test]
fn it_is_made_once_and_kept_with_the_template() {
    let template =
        Template::new("t", r#"{{define "a"}}{{if .}}{{.}}{{end}}{{end}}<p>{{.Name}}</p>"#).unwrap();
    let first = template.analysis().unwrap();
    assert!(Arc::ptr_eq(&first, &template.lookup("t").unwrap().analysis().unwrap()));
    let page = Application::new().unwrap().new_page(&template, Value::Null).unwrap();
    assert_eq!(page.analysis().unwrap_err().code(), Code::PageClosed);
    let app = Application::new().unwrap();
    let page = app.new_page(&template, Value::Null).unwrap();
    assert!(Arc::ptr_eq(&first, &page.analysis().unwrap()));
    page.close();
    assert_eq!(page.analysis().unwrap_err().code(), Code::PageClosed);
    // Another entry has its own constructs and the set's hash.
    let a = template.lookup("a").unwrap().analysis().unwrap();
    assert_eq!((first.mode, a.mode), (UpdateMode::ValuePatch, UpdateMode::FragmentReplace));
    assert_eq!(first.hash, a.hash);
}

#[test]
fn a_template_without_pages_has_no_analysis() {
    let error = |source: &str| Template::new("t", source).unwrap().analysis().unwrap_err().code();
    assert_eq!(error("<a href='{{if .}}{{end}}{{define `a`}}{{end}}"), Code::TemplateEscape);
    assert_eq!(error("{{if .}}<body>{{end}}"), Code::LiveRegion);
}

/// The fragments: place, element, kind of id, what they read, size, complexity, and whether they take value updates.
fn fragments(source: &str) -> Vec<String> {
    let line = |f: &livetemplate_core::FragmentAnalysis| {
        let item = if f.in_range { " item" } else { "" };
        let id = f.id.literal().map(|id| format!("={id}")).unwrap_or_default();
        let takes = if f.value_updates { "values" } else { "replace" };
        format!(
            "{}:{} {}{item} {}{id} [{}] {} {} {takes}",
            f.line,
            f.column,
            f.element,
            f.id.as_str(),
            f.paths.join(" "),
            f.estimated_size,
            f.complexity.as_str()
        )
    };
    analysis(source).fragments.iter().map(line).collect()
}

#[test]
fn fragments_have_what_belongs_to_them() {
    assert_eq!(
        fragments(
            r#"<h1 id="h&amp;1" class="{{.C}}">Hi {{.Name}}</h1>
<section>{{/* */}}
  <ul title="{{.T}}">{{range .Rows}}<li id="r{{.ID}}">{{.N}}{{if .D}}done{{end}}</li>{{else}}{{.None}}{{end}}</ul>
  <!-- gone --><p>{{if .A}}<i>{{.B}}</i>{{else}}none{{end}}</p>
  {{range .Plain}}{{.X}}, {{end}}
</section>"#
        ),
        [
            "1:0 div made [] 118 simple replace",
            "1:0 h1 literal=h&1 [.C .Name] 34 simple values",
            "2:0 section made [.Plain .Plain[].X] 83 complex replace",
            "3:2 ul made [.None .Rows .T] 38 complex replace",
            "3:36 li item dynamic [.Rows[].D .Rows[].ID .Rows[].N] 20 moderate values",
            "4:15 p made [.A] 14 complex replace",
            "4:27 i made [.B] 7 simple values",
        ]
    );
    // Around other fragments its own start tag can change.
    assert_eq!(
        fragments(r#"<div class="{{.C}}"><b>{{.X}}</b></div>"#)[1..],
        ["1:0 div made [.C] 27 simple values", "1:20 b made [.X] 7 simple values"]
    );
    // What no fragment is around belongs to the live region.
    assert_eq!(fragments("{{.A}}{{if .B}}text{{end}}"), ["1:2 div made [.A .B] 4 moderate values"]);
}

#[test]
fn fragments_follow_calls_and_the_live_region() {
    assert_eq!(
        fragments(
            r#"{{define "n"}}<li>{{.name}}<ul>{{range .c}}{{template "n" .}}{{end}}</ul></li>{{end}}<title>{{.Title}}</title>
<body id="b" class="{{.Class}}"><p>{{template "x" .}}</p>{{with .Root}}{{template "n" .}}{{end}}</body>{{define "x"}}{{.Text}}{{end}}
<p>{{.After}}</p>"#
        ),
        [
            "2:0 body literal=b [.Root] 25 moderate replace",
            "1:14 li item made [.Root.**.c .Root.**.name .Root.c .Root.name] 18 complex replace",
            "1:27 ul made [.Root.**.c .Root.c] 9 complex replace",
            "2:32 p made [.Text] 7 moderate values",
        ]
    );
    // A range in a range whose items are no elements.
    assert_eq!(
        fragments("<p>{{range .A}}{{range .B}}{{.}},{{end}}{{end}}</p>")[1],
        "1:0 p made [.A .A[].B .A[].B[]] 8 very_complex values"
    );
}
