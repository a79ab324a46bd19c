//! Random templates, and the shape of the data that each wants.

use super::random::Random;
use std::fmt::Write;

/// What a place of a template expects dot to be: a map with these fields.
#[derive(Default)]
pub(super) struct Shape {
    /// How many of `t0`, `t1` …: texts.
    pub texts: usize,
    /// How many of `f0`, `f1` …: true or false.
    pub flags: usize,
    /// Of `r0`, `r1` …: maps.
    pub records: Vec<usize>,
    /// Of `l0`, `l1` …: what ranges go over.
    pub lists: Vec<(Items, usize)>,
}

/// What a range goes over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Items {
    /// A list of maps with an `id`, each with its own.
    Keyed,
    /// The same, where some have the same `id`.
    Repeated,
    /// A list of maps whose `k` is their element's `data-key`.
    ByAttribute,
    /// A list of maps without a key.
    Keyless,
    /// A list of texts.
    Texts,
    /// A map of maps.
    Map,
    /// A number.
    Count,
}

/// A template's source, and the shapes of its data: the first is the root's.
pub(super) struct Drawn {
    pub source: String,
    pub shapes: Vec<Shape>,
}

pub(super) fn draw(random: &mut Random, size: usize) -> Drawn {
    let opaque = random.one_in(6);
    let mut writer =
        Writer { random, shapes: vec![Shape::default()], defines: Vec::new(), opaque, budget: 3 * size + 3 };
    let mut body = String::from("<div>");
    let mut variables = Vec::new();
    while writer.budget > 0 {
        writer.node(&mut body, &Scope { shape: 0, depth: 0, in_range: false }, &mut variables);
    }
    body.push_str("</div>");
    let mut source = String::new();
    for (name, (_, define)) in writer.defines.iter().enumerate() {
        let _ = write!(source, "{{{{define \"d{name}\"}}}}{define}{{{{end}}}}");
    }
    source.push_str(&body);
    Drawn { source, shapes: writer.shapes }
}

struct Scope {
    shape: usize,
    depth: usize,
    in_range: bool,
}

struct Writer<'r> {
    random: &'r mut Random,
    shapes: Vec<Shape>,
    /// Shape and body of the templates `d0`, `d1` ….
    defines: Vec<(usize, String)>,
    /// Whether places may decide on others.
    opaque: bool,
    /// How many nodes may still be written.
    budget: usize,
}

impl Writer<'_> {
    fn body(&mut self, out: &mut String, scope: &Scope, variables: &[usize]) {
        let mut variables = variables.to_vec();
        for _ in 0..=self.random.below(3) {
            self.node(out, scope, &mut variables);
        }
    }

    /// `variables` are the numbers of those that stand for texts.
    fn node(&mut self, out: &mut String, scope: &Scope, variables: &mut Vec<usize>) {
        let deep = scope.depth >= 3 || self.budget == 0;
        self.budget = self.budget.saturating_sub(1);
        let choice = self.random.below(if deep { 9 } else { 22 });
        let inner = Scope { depth: scope.depth + 1, ..*scope };
        let _ = match choice {
            0..3 => write!(out, "<p>{{{{.t{}}}}}</p>", self.text(scope.shape)),
            3 => write!(out, "<p title=\"{{{{.t{}}}}}\">x</p>", self.text(scope.shape)),
            4 => write!(out, "<i{{{{if .f{}}}}} class=\"on\"{{{{end}}}}></i>", self.flag(scope.shape)),
            5 => {
                let text = self.text(scope.shape);
                variables.push(out.len());
                write!(out, "{{{{$v{} := .t{text}}}}}", out.len())
            }
            6 => match self.random.pick(&[None, variables.last().copied()]) {
                Some(name) => write!(out, "<u>{{{{$v{name}}}}}</u>"),
                None => write!(out, "<u>{{{{$.t{}}}}}</u>", self.text(0)),
            },
            7 if self.opaque => match (variables.last(), scope.in_range) {
                (Some(name), false) => write!(out, "{{{{$v{name} = .t{}}}}}", self.text(scope.shape)),
                (_, true) => {
                    let word = self.random.pick(&["break", "continue"]);
                    write!(out, "{{{{if .f{}}}}}{{{{{word}}}}}{{{{end}}}}", self.flag(scope.shape))
                }
                _ => Ok(()),
            },
            7 | 8 => write!(out, "<b>static</b>"),
            9..12 => {
                let _ = write!(out, "{{{{if .f{}}}}}", self.flag(scope.shape));
                self.body(out, &inner, variables);
                if self.random.one_in(3) {
                    let _ = write!(out, "{{{{else if .f{}}}}}", self.flag(scope.shape));
                    self.body(out, &inner, variables);
                }
                self.otherwise(out, &inner, variables)
            }
            12 | 13 => {
                let record = self.record(scope.shape, None);
                let _ = write!(out, "{{{{with .r{record}}}}}");
                let shape = self.shapes[scope.shape].records[record];
                self.body(out, &Scope { shape, ..inner }, variables);
                self.otherwise(out, &inner, variables)
            }
            14 | 15 => self.call(out, scope),
            _ => self.range(out, &inner, variables),
        };
    }

    fn otherwise(&mut self, out: &mut String, scope: &Scope, variables: &[usize]) -> std::fmt::Result {
        if self.random.one_in(2) {
            out.push_str("{{else}}");
            self.body(out, scope, variables);
        }
        write!(out, "{{{{end}}}}")
    }

    fn call(&mut self, out: &mut String, scope: &Scope) -> std::fmt::Result {
        if self.defines.len() < 3 && (self.defines.is_empty() || self.random.one_in(2)) {
            let shape = self.shapes.len();
            self.shapes.push(Shape::default());
            self.defines.push((shape, String::new()));
            let name = self.defines.len() - 1;
            let mut define = String::new();
            self.body(&mut define, &Scope { shape, depth: scope.depth + 1, in_range: false }, &[]);
            if self.random.one_in(3) {
                // A tree.
                let children = self.shapes[shape].lists.len();
                self.shapes[shape].lists.push((Items::Keyed, shape));
                let _ = write!(
                    define,
                    "<ul>{{{{range .l{children}}}}}<li>{{{{template \"d{name}\" .}}}}</li>{{{{end}}}}</ul>"
                );
            }
            self.defines[name].1 = define;
        }
        let name = self.random.below(self.defines.len());
        let record = self.record(scope.shape, Some(self.defines[name].0));
        write!(out, "{{{{with .r{record}}}}}{{{{template \"d{name}\" .}}}}{{{{end}}}}")
    }

    fn range(&mut self, out: &mut String, scope: &Scope, variables: &[usize]) -> std::fmt::Result {
        use Items::{ByAttribute, Count, Keyed, Keyless, Map, Repeated, Texts};
        let kinds =
            [Keyed, Keyed, Keyed, Repeated, ByAttribute, ByAttribute, Keyless, Keyless, Texts, Map, Count];
        let kind = self.random.pick(&kinds);
        let list = self.shapes[scope.shape].lists.len();
        let shape = self.shapes.len();
        self.shapes.push(Shape::default());
        self.shapes[scope.shape].lists.push((kind, shape));
        let (named, counted) = (self.random.one_in(3), self.random.one_in(4));
        let _ = match (named, counted) {
            (_, true) if kind != Count => write!(out, "{{{{range $i{shape}, $x{shape} := .l{list}}}}}"),
            (true, _) => write!(out, "{{{{range $x{shape} := .l{list}}}}}"),
            _ => write!(out, "{{{{range .l{list}}}}}"),
        };
        let inner = Scope { shape, depth: scope.depth, in_range: true };
        match kind {
            Texts | Count => out.push_str("<i>{{.}}</i>"),
            ByAttribute => {
                out.push_str("<li data-key=\"{{.k}}\">");
                self.body(out, &inner, variables);
                out.push_str("</li>");
            }
            _ => self.body(out, &inner, variables),
        }
        if counted && kind != Count && self.random.one_in(2) {
            let _ = write!(out, "{{{{$i{shape}}}}}");
        }
        self.otherwise(out, scope, variables)
    }

    fn text(&mut self, shape: usize) -> usize {
        let at = self.random.below(4);
        let texts = &mut self.shapes[shape].texts;
        *texts = (*texts).max(at + 1);
        at
    }

    fn flag(&mut self, shape: usize) -> usize {
        let at = self.random.below(3);
        let flags = &mut self.shapes[shape].flags;
        *flags = (*flags).max(at + 1);
        at
    }

    /// A field for a map of the wanted shape, or of one of its own.
    fn record(&mut self, shape: usize, wanted: Option<usize>) -> usize {
        let inner = wanted.unwrap_or(self.shapes.len());
        if wanted.is_none() {
            self.shapes.push(Shape::default());
        }
        self.shapes[shape].records.push(inner);
        self.shapes[shape].records.len() - 1
    }
}
