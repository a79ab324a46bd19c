use super::{BlockElements, Elements};
use crate::tree::Template;
use crate::tree::set::PageProgram;

/// The names of a block's fragments, in order.
fn names(block: &BlockElements) -> Vec<&str> {
    block.fragments.iter().map(|fragment| &*fragment.name).collect()
}

/// Runs `test` with what was compiled of a source whose templates all execute.
fn with<T>(source: &str, test: impl FnOnce(&PageProgram) -> T) -> T {
    let template = Template::new("page", source).unwrap();
    test(template.page_program().unwrap())
}

/// The fragments of the page's own block.
fn fragments(source: &str) -> String {
    with(source, |page| names(page.elements.block(page.program.entry().root)).join(" "))
}

#[test]
fn an_element_is_a_fragment_when_a_parser_builds_it_as_it_is_written() {
    let cases = [
        // Plain ones, void ones, without end tag.
        ("<div><b>x</b></div>", "div b"),
        ("<div><br><input value={{.}}></div>", "div br input"),
        ("<DIV>x</Div>", "div"),
        ("<div>x", ""),
        ("<ul><li>a<li>b</ul>", "ul"),
        // A parser ignores the end tag of a `span` while a `li` is open in it.
        ("<span><i>x</i><li></span>", ""),
        ("<div><span>{{if .A}}<li>x{{end}}</span></div>", ""),
        ("<ul>{{range .A}}<li>x{{end}}</ul>", "ul"),
        ("<ul><li>a</li><li>b</li></ul>", "ul li li"),
        // A `p` ends where a block starts.
        ("<p>a<b>x</b></p>", "p b"),
        ("<p>a<div>x</div></p>", ""),
        ("<div><p>a<ul><li>x</li></ul></div>", "div"),
        ("<p>{{if .A}}<div>x</div>{{end}}</p>", ""),
        ("<section><p>{{if .A}}<b>x</b>{{end}}</p></section>", "section p"),
        // Elements that may not be in their kind.
        ("<a href=x><b>x</b></a>", "a b"),
        ("<div><a href=x><i><a href=y>x</a></i></a></div>", "div"),
        ("<form><div><form>x</form></div></form>", ""),
        ("<button><span><button>x</button></span></button>", ""),
        ("<h1><span>x</span></h1>", "h1 span"),
        ("<ul><li>a<li>b</li></li></ul>", "ul li"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "ul li ul li"),
        // Formatting elements that do not end reach into what follows.
        ("<div><b>x</div><p>y</p>", ""),
        ("<div>x</i></div>", ""),
        ("<p>a</p></div>", ""),
        // Tables.
        ("<table><tbody><tr><td>x</td></tr></tbody></table>", "table tbody tr td"),
        ("<table><tr><td>x</td></tr></table>", "table tr td"),
        ("<section><table>x<tr><td>x</td></tr></table></section>", "section tr td"),
        ("<table><tr>{{.}}<td>x</td></tr></table>", "td"),
        ("<table><tr><form><td>x</td></form></tr></table>", ""),
        ("<div><td>x</td></div>", "div"),
        ("<table><colgroup><col></colgroup></table>", "table colgroup col"),
        // What is no part of the document, or in another namespace.
        ("<div><svg><circle r=1 /></svg></div>", "div svg"),
        ("<div><math><mi>x</mi></math></div>", "div math"),
        ("<div><template><p>{{.}}</p></template></div>", "div template"),
        ("<div><noscript><p>x</p></noscript></div>", "div noscript"),
        ("<div><script type=text/template><p>{{.}}</p></script></div>", "div script"),
        ("<select><option>a</option><option>b</option></select>", "select option option"),
        ("<select><div>x</div></select>", ""),
        // Tags that go on in other blocks, and ids that are not known.
        ("<div {{if .A}}class=\"x\"{{end}}>x</div>", "div"),
        ("<div {{if .A}}id=\"x\"{{end}}><b>x</b></div>", "b"),
        ("<div id=a id=b><b>x</b></div>", "b"),
        ("{{if .A}}<div>{{end}}<b>x</b>{{if .A}}</div>{{end}}", "b"),
        ("<table>{{range .L}}<tr>{{.}}</tr>{{end}}</table>", ""),
        ("<div><table>{{range .L}}<tr><td>{{.}}</td></tr>{{end}}</table></div>", "div table"),
        ("<p><b><div>x</div></b></p>", ""),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(source, want)| {
            let found = fragments(source);
            (found != *want).then(|| format!("{source}: {found}, not {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_called_template_holds_counts_where_it_is_called() {
    let block = "{{define \"t\"}}<div>x</div>{{end}}";
    assert_eq!(fragments(&format!("{block}<p>{{{{template \"t\" .}}}}</p>")), "");
    assert_eq!(fragments(&format!("{block}<section>{{{{template \"t\" .}}}}</section>")), "section");
    // Where it stands counts for what it holds, at every call.
    with(
        "{{define \"t\"}}<a href=x>x</a>{{end}}<div>{{template \"t\" .}}</div><a href=y>{{template \"t\" .}}</a>",
        |page| {
            let all: Vec<String> =
                page.program.templates.iter().map(|t| names(page.elements.block(t.root)).join(" ")).collect();
            assert_eq!(all, ["div", ""]);
        },
    );
    // A template that calls itself.
    let tree = "{{define \"t\"}}<ul><li>{{.T}}{{range .L}}{{template \"t\" .}}{{end}}</li></ul>{{end}}<main>{{template \"t\" .}}</main>";
    with(tree, |page| {
        let all: Vec<String> =
            page.program.templates.iter().map(|t| names(page.elements.block(t.root)).join(" ")).collect();
        assert_eq!(all, ["main", "ul li"]);
    });
}

/// The elements of the body of the first range.
fn row(source: &str) -> Option<(u32, u32, bool)> {
    with(source, |page| {
        let is_range = |id: &usize| {
            let steps = &page.program.blocks[*id].steps;
            steps.iter().any(|step| matches!(step, crate::tree::program::Step::Range(_)))
        };
        let outer = (0..page.program.blocks.len()).find(is_range).unwrap();
        let body = page.program.blocks[outer].steps.iter().flat_map(|step| step.blocks()).next().unwrap();
        let elements: &Elements = &page.elements;
        let row = elements.block(body).row.as_ref()?;
        Some((row.space.0, row.space.1, row.leads))
    })
}

#[test]
fn an_item_is_a_row_when_it_has_one_root() {
    assert_eq!(row("<ul>{{range .}}<li>{{.}}</li>{{end}}</ul>"), Some((0, 0, false)));
    // A parser makes one line break of two characters.
    assert_eq!(row("<ul>{{range .}}\r\n <li>{{.}}</li>\n{{end}}</ul>"), Some((2, 1, false)));
    assert_eq!(row("<table>{{range .}} <tr><td>{{.}}</td></tr>{{end}}</table>"), Some((1, 0, true)));
    assert_eq!(row("<pre>{{range .}}\n<b>{{.}}</b>{{end}}</pre>"), Some((1, 0, true)));
    assert_eq!(
        row("{{define \"r\"}} <li>{{.}}</li>{{end}}<ul>{{range .}} {{template \"r\" .}}{{end}}</ul>"),
        Some((2, 0, false))
    );
    for source in [
        "<div>{{range .}}<b>{{.}}</b><i>x</i>{{end}}</div>",
        "<div>{{range .}}<b>{{.}}</b>,{{end}}</div>",
        "<div>{{range .}}{{.}}<b>x</b>{{end}}</div>",
        "<div>{{range .}}{{if .}}<b>x</b>{{end}}<b>x</b>{{end}}</div>",
        "<div>{{range .}}text{{end}}</div>",
    ] {
        assert_eq!(row(source), None, "{source}");
    }
}

#[test]
fn a_dynamic_belongs_to_the_smallest_fragment_around_it() {
    let source = "<div><p class={{.A}}>x{{.B}}<b>y</b></p>{{.C}}</div>{{.D}}";
    with(source, |page| {
        let block = page.elements.block(page.program.entry().root);
        let names: Vec<Option<&str>> =
            block.around.iter().map(|at| at.map(|at| &*block.fragments[at as usize].name)).collect();
        assert_eq!(names, [Some("p"), Some("p"), Some("div"), None]);
    });
}
