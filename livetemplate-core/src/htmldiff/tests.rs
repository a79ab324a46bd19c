use super::dom::Dom;
use super::{Document, HtmlChange, HtmlPattern, parse, write};
use crate::diff::{self, IdCounter, Patch};
use crate::error::Code;
use crate::template::Limits;
use crate::tree::node::Tree;
use crate::wire::tree::Encoder;

fn limits() -> Limits {
    Limits::default()
}

/// The HTML of a tree.
fn html(document: &Document, tree: &Tree) -> String {
    let mut out = Vec::new();
    tree.write_page(&document.page.program, &document.page.layout, "", "", &mut out);
    String::from_utf8(out).expect("HTML is UTF-8")
}

/// The HTML of a document without the order of its attributes, and without the id of `<body>`, which stays what it was first.
fn sorted(mut dom: Dom) -> String {
    dom.sort_attributes();
    write::document(&dom)
}

/// A page that goes from one HTML to the next, and is checked at each step.
struct Journey {
    document: Document,
    ids: IdCounter,
}

impl Journey {
    fn new(source: &[u8]) -> Journey {
        let mut ids = IdCounter::default();
        let document = Document::new(source, &limits(), &mut ids).expect("a document");
        let journey = Journey { document, ids };
        journey.check(source);
        journey
    }

    /// The page is what was parsed, and a parser makes it of itself again.
    fn check(&self, source: &[u8]) {
        let shown = self.shown();
        let again = parse::parse_once(&shown).expect("a document");
        assert_eq!(write::document(&again), shown, "of {:?}", String::from_utf8_lossy(source));
        let parsed = parse::parse(source, &limits()).expect("a document");
        assert_eq!(sorted(again), sorted(parsed), "of {:?}", String::from_utf8_lossy(source));
        assert_eq!(self.document.html_len, shown.len());
    }

    fn update(&mut self, source: &[u8]) -> Patch {
        let (patch, document) = self.document.update(source, &limits(), &mut self.ids).expect("an update");
        let applied = diff::apply(&self.document.tree, &patch);
        assert_eq!(html(&document, &applied), html(&document, &document.tree));
        assert_eq!(html(&document, &self.document.tree), self.shown(), "the new program has the old blocks");
        self.document = document;
        self.check(source);
        patch
    }

    fn shown(&self) -> String {
        html(&self.document, &self.document.tree)
    }
}

/// The update between two pages in the format `tree`.
fn message(from: &str, to: &str) -> String {
    let mut journey = Journey::new(from.as_bytes());
    let patch = journey.update(to.as_bytes());
    let mut out = Vec::new();
    let page = &journey.document.page;
    Encoder { program: &page.program, layout: &page.layout }.patch(&patch, &mut out);
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn page(body: &str) -> String {
    format!("<!DOCTYPE html><html><head><title>T</title></head><body>{body}</body></html>")
}

fn shown(source: &str) -> String {
    Journey::new(source.as_bytes()).shown()
}

/// The content of the body of what is shown.
fn body(source: &str) -> String {
    let shown = shown(source);
    let start = shown.find("<body>").expect("a body") + "<body>".len();
    shown[start..shown.rfind("</body>").expect("its end")].to_owned()
}

#[test]
fn texts_and_attributes_change_alone() {
    let of =
        |class: &str, name: &str| page(&format!("<h1 class=\"{class}\">Hello <b>{name}</b></h1>\n<p>x</p>"));
    assert_eq!(message(&of("a", "World"), &of("a", "Alice")), r#"{"0":{"2":"Alice"}}"#);
    assert_eq!(message(&of("a", "World"), &of("b", "World")), r#"{"0":{"0":"b"}}"#);
    assert_eq!(message(&of("a", "World"), &of("a", "World")), "{}");
    assert_eq!(message(&of("a", "x"), &of("a", "&lt;i>\"&")), r#"{"0":{"2":"&lt;i&gt;\"&amp;"}}"#);
}

fn rows(rows: &[(u32, &str)]) -> String {
    let row = |(id, text): &(u32, &str)| format!("\n<tr data-key=\"r{id}\"><td>{text}</td><td></td></tr>");
    page(&format!("<table><tbody>{}\n</tbody></table>", rows.iter().map(row).collect::<String>()))
}

#[test]
fn rows_come_go_and_move_by_their_keys() {
    let all = [(1, "a"), (2, "b"), (3, "c")];
    let to = |new: &[(u32, &str)]| message(&rows(&all), &rows(new));
    assert_eq!(to(&[(1, "a"), (2, "x"), (3, "c")]), r#"{"0":{"0":[["u","r2",{"3":"x"}]]}}"#);
    assert_eq!(to(&[(1, "a"), (3, "c")]), r#"{"0":{"0":[["r","r2"]]}}"#);
    assert_eq!(to(&[(3, "c"), (1, "a"), (2, "b")]), r#"{"0":{"0":[["o",["r3","r1","r2"]]]}}"#);
    let added = r#"{"0":{"0":[["a",{"_k":"r4","1":"r4","2":"","3":"d","4":""}]]}}"#;
    assert_eq!(to(&[(1, "a"), (2, "b"), (3, "c"), (4, "d")]), added);
    assert_eq!(to(&[]), r#"{"0":{"0":{"d":[]}}}"#);
    // Rows keep their shape, so they can come without their tags.
    assert_eq!(
        message(&rows(&[]), &rows(&all[..1])),
        r#"{"0":{"0":{"d":[{"_k":"r1","1":"r1","2":"","3":"a","4":""}],"s":["\n<tr data","-key=\"","\"","><td>","</td><td>","</td></tr>"],"else":""}}}"#
    );
}

#[test]
fn a_row_may_get_an_attribute_that_no_row_had() {
    let row = |class: &str| {
        let rows = (0..3).map(|i| {
            let class = if i == 1 { class } else { "" };
            format!("<li id=\"r{i}\"{class}><input name=\"n{i}\">text</li>")
        });
        page(&format!("<ul>{}</ul>", rows.collect::<String>()))
    };
    let update = message(&row(""), &row(" class=\"danger\""));
    assert_eq!(update, r#"{"0":{"0":[["u","r1",{"1":" class=\"danger\""}]]}}"#);
    let checked = row("").replace("name=\"n2\"", "name=\"n2\" checked");
    assert_eq!(message(&row(""), &checked), r#"{"0":{"0":[["u","r2",{"3":" checked=\"\""}]]}}"#);
}

#[test]
fn what_has_no_key_is_matched_by_what_it_is() {
    let list = |items: &str| {
        let items: String = items.chars().map(|letter| format!("<li>{letter}</li>")).collect();
        page(&format!("<ul>{items}</ul>"))
    };
    assert_eq!(message(&list("abcd"), &list("abd")), r#"{"0":{"0":[["r","~3"]]}}"#);
    assert_eq!(message(&list("abcd"), &list("abxd")), r#"{"0":{"0":[["u","~3",{"1":"x"}]]}}"#);
    let first = message(&list("abcd"), &list("xabcd"));
    assert_eq!(first, r#"{"0":{"0":[["p",{"_k":"~5","0":"","1":"x"}]]}}"#);
}

/// So long that the content of what it is in is a list.
const LONG: &str = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et \
    dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo \
    consequat. Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur \
    sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum. Sed ut perspiciatis \
    unde omnis iste natus error sit voluptatem accusantium doloremque laudantium.";

#[test]
fn a_long_page_changes_where_it_changed() {
    let of = |flash: &str, name: &str| {
        page(&format!(
            "<header><h1>Shop</h1></header>\n{flash}<main><p>{LONG}</p>\n<p>{name}</p></main>\n<footer>2026</footer>"
        ))
    };
    let flash = "<div class=\"flash\">Saved</div>\n";
    assert_eq!(
        message(&of("", "a"), &of(flash, "a")),
        r#"{"0":{"0":[["i","~1",{"_k":"~6","0":{"s":["\n<div class=\"","\"",">","</div>"],"0":"flash","1":"","2":"Saved"}}]]}}"#
    );
    let gone = message(&of(flash, "a"), &of("", "b"));
    assert_eq!(gone, r#"{"0":{"0":[["r","~2"],["u","~3",{"0":{"1":[["u","~6",{"2":"b"}]]}}]]}}"#);
}

#[test]
fn the_head_stands_outside() {
    let from = "<!DOCTYPE html><title>a</title><body class=\"x\"><p>t</p>";
    let to = "<!DOCTYPE html><title>b</title><body class=\"y\"><p>t</p>";
    let mut journey = Journey::new(from.as_bytes());
    let patch = journey.update(to.as_bytes());
    let page = &journey.document.page;
    let mut out = Vec::new();
    let counts = Encoder { program: &page.program, layout: &page.layout }.patch(&patch, &mut out);
    assert_eq!((counts, &out[..]), ((0, 2), &b"{}"[..]));
    let expected =
        "<!DOCTYPE html><html><head><title>b</title></head><body class=\"y\"><p>t</p></body></html>";
    assert_eq!(journey.shown(), expected);
}

#[test]
fn documents_are_completed_and_kept() {
    assert_eq!(shown(""), "<html><head></head><body></body></html>");
    assert_eq!(body("a<p>b<p>c"), "a<p>b</p><p>c</p>");
    assert_eq!(body("<body>\n  <p>b</p>\n</body>\n"), "\n  <p>b</p>\n\n");
    assert_eq!(body("<table><tr><td>1</table>"), "<table><tbody><tr><td>1</td></tr></tbody></table>");
    assert_eq!(
        shown(
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x.dtd\"><!--a--><body>b</body><!--c--></html><!--d-->"
        ),
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x.dtd\"><!--a--><html><head></head><body>b</body><!--c--></html><!--d-->"
    );
}

#[test]
fn the_id_of_the_body_stays() {
    let mut journey = Journey::new(b"<body id=a class=b>x");
    assert_eq!(journey.shown(), "<html><head></head><body id=\"a\" class=\"b\">x</body></html>");
    let (_, document) =
        journey.document.update(b"<body id=c class=d>x", &limits(), &mut journey.ids).expect("an update");
    assert_eq!(
        html(&document, &document.tree),
        "<html><head></head><body id=\"a\" class=\"d\">x</body></html>"
    );
}

#[test]
fn text_is_escaped_for_its_place() {
    assert_eq!(
        body("<body><script>if (a < b && c) x = \"</p>\"</script>"),
        "<script>if (a < b && c) x = \"</p>\"</script>"
    );
    assert_eq!(
        body("<body><script><!--<script>1</script>--></script>"),
        "<script><!--<script>1</script>--></script>"
    );
    assert_eq!(body("<textarea>\n\n<b>&amp;</textarea>"), "<textarea>\n\n&lt;b&gt;&amp;</textarea>");
    assert_eq!(body("<body><noscript><p>a&amp;</noscript>"), "<noscript><p>a&amp;</noscript>");
    assert_eq!(body("<body><template><tr><td>1</template>"), "<template><tr><td>1</td></tr></template>");
    assert_eq!(body("<p a='\"&lt;'>&lt;&nbsp;</p>"), "<p a=\"&quot;&lt;\">&lt;\u{a0}</p>");
    assert_eq!(body("a&#13;b<p c='&#13;'>"), "a&#13;b<p c=\"&#13;\"></p>");
    assert_eq!(body("<pre>\n\na</pre><pre>\n\n<b>x</b></pre>"), "<pre>\n\na</pre><pre>\n\n<b>x</b></pre>");
    assert_eq!(
        body(
            "<svg viewbox='0' xlink:href='#a'><foreignobject><p>x</p></foreignobject></svg><math><mi>y</math>"
        ),
        "<svg viewBox=\"0\" xlink:href=\"#a\"><foreignObject><p>x</p></foreignObject></svg><math><mi>y</mi></math>"
    );
    assert_eq!(body("<svg><style>a > b</style></svg>"), "<svg><style>a &gt; b</style></svg>");
    assert_eq!(body("a\0b\u{feff}"), "ab\u{feff}");
    assert_eq!(
        Journey::new(b"<p>\xff\xe4").shown(),
        "<html><head></head><body><p>\u{fffd}\u{fffd}</p></body></html>"
    );
}

#[test]
fn what_no_html_can_say_becomes_something_that_stays() {
    // The check of every journey is that it stays; here is what becomes of it.
    assert_eq!(body("<a>1<p>2<a>3"), "<a>1</a><p><a>2</a><a>3</a></p>");
    assert_eq!(body("<table>x<tr>y"), "xy<table><tbody><tr></tr></tbody></table>");
    assert_eq!(body("<b><p>x</b>y"), "<b></b><p><b>x</b>y</p>");
    assert_eq!(body("<p>a<plaintext><b>x</p>"), "<p>a</p><pre>&lt;b&gt;x&lt;/p&gt;</pre>");
    let nested = body("<form id=a><table><form id=b></table></form><form id=c>");
    assert!(nested.starts_with("<form id=\"a\"><table>"), "{nested}");
}

#[test]
fn limits_are_errors() {
    let error = |source: &[u8]| {
        let error = Document::new(source, &limits(), &mut IdCounter::default()).err().expect("an error");
        assert!(!error.message().is_empty());
        error.code()
    };
    assert_eq!(error("<div>".repeat(100_000).as_bytes()), Code::DepthExceeded);
    assert_eq!(error("<b>".repeat(600).as_bytes()), Code::DepthExceeded);
    assert_eq!(error(b"<frameset><frame src=a></frameset>"), Code::LiveRegion);
    assert_eq!(error(&vec![b' '; (64 << 20) + 1]), Code::SizeExceeded);
    let attributes: String = (0..22_000).map(|i| format!("a{i} ")).collect();
    assert_eq!(error(format!("<p {attributes}>").as_bytes()), Code::SizeExceeded);
    let formatting: String = (0..500).map(|i| format!("<b id={i}>")).collect();
    assert_eq!(error(format!("<p>{formatting}{}", "<p>x".repeat(200_000)).as_bytes()), Code::SizeExceeded);
    // As deep as it may be.
    let deep = format!("{}x{}", "<div>".repeat(509), "</div>".repeat(509));
    let mut journey = Journey::new(deep.as_bytes());
    journey.update(deep.replace('x', "y").as_bytes());
    let long = page(&format!("<p>{}</p>", LONG.repeat(20_000)));
    let mut journey = Journey::new(long.as_bytes());
    journey.update(long.replacen("Lorem", "lorem", 1).as_bytes());
}

#[test]
fn shapes_that_are_no_longer_shown_go() {
    let of = |n: usize| {
        let tags: Vec<&str> =
            (0..7).map(|bit| if n >> bit & 1 == 1 { "<i></i>" } else { "<b></b>" }).collect();
        page(&format!("<p>{}</p>", tags.concat()))
    };
    let mut journey = Journey::new(of(0).as_bytes());
    for n in 1..128 {
        journey.update(of(n).as_bytes());
        assert!(journey.document.page.program.blocks.len() <= 68, "{n}");
    }
}

/// What changed between two pages, and what kind of update it is.
fn changes(from: &str, to: &str) -> (Vec<String>, HtmlPattern) {
    let mut journey = Journey::new(from.as_bytes());
    let patch = journey.update(to.as_bytes());
    let changes = journey.document.changes(&patch);
    let text = |change: &HtmlChange| {
        let key = change.key.as_ref().map_or(String::new(), |key| format!(" of {key}"));
        format!("{} {}{key}", change.kind.as_str(), change.element)
    };
    (changes.iter().map(text).collect(), HtmlPattern::of(&changes))
}

#[test]
fn changes_are_told_in_elements() {
    let of = |from: &str, to: &str| changes(&page(from), &page(to));
    let list = |changes: &[&str]| changes.iter().map(|change| (*change).to_owned()).collect::<Vec<_>>();
    assert_eq!(of("<p>a</p>", "<p>a</p>"), (list(&[]), HtmlPattern::Nothing));
    assert_eq!(of("<p><b>a</b>x</p>", "<p><b>b</b>x</p>"), (list(&["text b"]), HtmlPattern::Text));
    assert_eq!(
        of("<p class=a>x</p>", "<p class=b>y</p>"),
        (list(&["attribute p", "text p"]), HtmlPattern::Simple)
    );
    assert_eq!(of("<p>a</p>", "<h1>a</h1>"), (list(&["changed body"]), HtmlPattern::Rewrite));
    let rows = |all: &str| {
        let row = |key: char| format!("<tr data-key={key}><td>{}", key.to_ascii_lowercase());
        format!("<table><tbody>{}</table>", all.chars().map(row).collect::<String>())
    };
    assert_eq!(
        of(&rows("abc"), &rows("cxb")),
        (list(&["removed tr of a", "added tr of x", "moved tr of b"]), HtmlPattern::Simple)
    );
    let (found, pattern) = of(&rows("ab"), &rows("a").replace("<td>a", "<td>z"));
    assert_eq!((found, pattern), (list(&["text td of a", "removed tr of b"]), HtmlPattern::Simple));
    // The head is outside.
    assert_eq!(changes("<title>a</title>x", "<title>b</title>x"), (list(&[]), HtmlPattern::Nothing));
}

mod random {
    use super::*;

    /// The same numbers for the same seed.
    pub struct Random(u64);

    impl Random {
        fn below(&mut self, most: usize) -> usize {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) as usize % most
        }

        fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
            of[self.below(of.len())]
        }
    }

    const TAGS: &[&str] = &[
        "div",
        "p",
        "span",
        "b",
        "a",
        "ul",
        "li",
        "table",
        "tbody",
        "tr",
        "td",
        "form",
        "input",
        "select",
        "option",
        "textarea",
        "pre",
        "script",
        "style",
        "svg",
        "circle",
        "foreignObject",
        "template",
        "button",
        "h1",
        "br",
        "nobr",
        "noscript",
        "math",
        "mi",
        "details",
        "title",
        "section",
        "i",
        "dl",
        "dt",
        "image",
        "plaintext",
        "xmp",
        "body",
    ];
    const TEXTS: &[&str] = &[
        "a", "b c", " ", "\n  ", "\n", "&amp;", "<", "\u{a0}", "é", "{{x}}", "&#13;", "--", "\n\nx", "]]>",
        "'\"",
    ];
    const ATTRIBUTES: &[&str] = &[
        " id=i1",
        " id=i2",
        " data-key=k1",
        " data-key='k2'",
        " class=a",
        " class='b \"c\"'",
        " checked",
        " style",
        " hidden",
        " href=\"?a&amp;b\"",
        " data-lvt-key=~1",
        " type=hidden",
        " encoding=text/html",
        " xlink:href=x",
        " a<b",
        " =x",
    ];

    /// Random HTML, as a list of tags and texts, most of which fit.
    pub fn source(random: &mut Random) -> Vec<String> {
        let mut parts = Vec::new();
        if random.below(2) == 0 {
            parts.push("<!DOCTYPE html>".to_owned());
        }
        let most = 4 + random.below(30);
        element(random, &mut parts, 5, most);
        parts
    }

    fn element(random: &mut Random, parts: &mut Vec<String>, depth: usize, most: usize) {
        for _ in 0..random.below(5) + 1 {
            if parts.len() > most {
                return;
            }
            match random.below(5) {
                0 => parts.push(random.one(TEXTS).to_owned()),
                1 if random.below(3) == 0 => parts.push("<!--c-->".to_owned()),
                _ if depth > 0 => {
                    let tag = random.one(TAGS);
                    let mut start = format!("<{tag}");
                    (0..random.below(3)).for_each(|_| start.push_str(random.one(ATTRIBUTES)));
                    parts.push(start + ">");
                    if random.below(20) == 0 {
                        parts.push(LONG.to_owned());
                    }
                    element(random, parts, depth - 1, most);
                    if random.below(12) > 0 {
                        parts.push(format!("</{tag}>"));
                    }
                }
                _ => {}
            }
        }
    }

    /// Changes some parts.
    pub fn edit(random: &mut Random, parts: &mut Vec<String>) {
        for _ in 0..random.below(3) + 1 {
            if parts.is_empty() {
                return parts.extend(source(random));
            }
            let at = random.below(parts.len());
            let to = (at + random.below(6) + 1).min(parts.len());
            match random.below(7) {
                0 => drop(parts.drain(at..to)),
                1 => parts.insert(at, random.one(TEXTS).to_owned()),
                2 => {
                    let more = source(random);
                    parts.splice(at..at, more);
                }
                3 => {
                    let again: Vec<String> = parts[at..to].to_vec();
                    let there = random.below(parts.len());
                    parts.splice(there..there, again);
                }
                4 => {
                    let moved: Vec<String> = parts.drain(at..to).collect();
                    let there = random.below(parts.len() + 1);
                    parts.splice(there..there, moved);
                }
                5 if parts[at].ends_with('>') && !parts[at].starts_with("</") => {
                    let attribute = random.one(ATTRIBUTES);
                    let end = parts[at].len() - 1;
                    parts[at].insert_str(end, attribute);
                }
                _ => {
                    let text = parts[at].clone();
                    let cut = text.floor_char_boundary(random.below(text.len() + 1));
                    parts[at] = format!("{}{}", &text[..cut], random.one(TEXTS));
                }
            }
        }
        parts.truncate(120);
    }

    #[test]
    fn every_step_leads_to_the_new_page() {
        let steps = std::env::var("STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(3000);
        let mut random = Random(std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1));
        let mut done = 0;
        while done < steps {
            let mut parts = source(&mut random);
            let mut journey = Journey::new(parts.concat().as_bytes());
            for _ in 0..random.below(8) + 1 {
                edit(&mut random, &mut parts);
                journey.update(parts.concat().as_bytes());
                done += 1;
            }
        }
    }
}
