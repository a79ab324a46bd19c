//! Which paths of the data each place of a template reads.

use super::places::{Place, Places};
use super::program::{BlockId, Program, Slot, Step};
use super::reads::{self, Opaque, Read, Reads, Root, StepReads};
use crate::template::expr::{Pipeline, SiteId, Target, VarSlot};
use crate::value::Value;
use std::collections::{BTreeSet, HashMap};

/// What one place of a template reads: a slot, a condition, a range or a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// Name of the source.
    pub template: String,
    /// Its line there, from 1.
    pub line: u32,
    /// Its column there, in bytes from 0, as in errors.
    pub column: u32,
    /// What it is.
    pub kind: DependencyKind,
    /// Its pipeline, or the whole call, as Go prints it in an error.
    pub action: String,
    /// Paths from the whole data, `.`: a field is `.name`, `[]` stands for any item of a list or map, and `.**` for any way
    /// further into the data, where a template calls itself. In alphabetical order. Without conditions around the place and
    /// without what is inside it: an `if` reads what it asks for.
    pub paths: Vec<String>,
    /// Why every update evaluates the place, whatever changed; `None` where only a change at one of its paths leads to that.
    pub always: Option<String>,
}

/// What reads data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DependencyKind {
    /// A value in the output.
    Slot,
    /// `if` or `with`.
    Condition,
    /// `range`.
    Range,
    /// `template` or `block`.
    Call,
}

impl DependencyKind {
    /// `slot`, `condition`, `range` or `call`.
    pub fn as_str(self) -> &'static str {
        match self {
            DependencyKind::Slot => "slot",
            DependencyKind::Condition => "condition",
            DependencyKind::Range => "range",
            DependencyKind::Call => "call",
        }
    }
}

impl Dependency {
    /// As a map with the fields' names as keys.
    pub fn to_value(&self) -> Value {
        let texts =
            |texts: &[String]| texts.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>();
        Value::map([
            ("template", Value::from(self.template.as_str())),
            ("line", Value::Int(self.line.into())),
            ("column", Value::Int(self.column.into())),
            ("kind", Value::from(self.kind.as_str())),
            ("action", Value::from(self.action.as_str())),
            ("paths", Value::from(texts(&self.paths))),
            ("always", self.always.as_deref().map_or(Value::Null, Value::from)),
        ])
    }
}

/// A set of paths; the empty one is the whole data.
type Paths = BTreeSet<String>;

/// More sources of one template's dot than these are taken as any part of the data.
const MOST_DOTS: usize = 64;

/// The paths that the places which are reached from the entry read, by template and site.
pub(super) fn paths(program: &Program, reads: &Reads) -> HashMap<(usize, SiteId), Vec<String>> {
    Finder::run(program, reads).found.into_iter().map(|(at, found)| (at, found.paths())).collect()
}

/// The dependencies of all places that are reached from the entry: in the order of the templates, in each as in its source.
pub(super) fn dependencies(program: &Program, reads: &Reads) -> Vec<Dependency> {
    let mut found: Vec<_> = Finder::run(program, reads).found.into_iter().collect();
    found.sort_unstable_by_key(|(at, _)| *at);
    let places = Places::of(program);
    let mut all: Vec<Dependency> = Vec::with_capacity(found.len());
    for ((template, site), found) in found {
        let Place { template: source, line, column } = places.at(template, places.pos(template, site));
        all.push(Dependency {
            template: source,
            line,
            column,
            kind: found.kind,
            action: places.action(template, site),
            always: found.always.clone(),
            paths: found.paths(),
        });
    }
    all.sort_by(|a, b| (&a.template, a.line, a.column).cmp(&(&b.template, b.line, b.column)));
    all
}

/// For each dynamic that is reached from the entry, by its block, the path that it reads first: as in [`Dependency`] without the
/// dot it begins with; `.` where it reads all, or nothing.
pub(super) fn first_paths(program: &Program, reads: &Reads) -> HashMap<(BlockId, u32), String> {
    let first = Finder::run(program, reads).first.into_iter();
    let name = |path: Option<String>| path.filter(|path| !path.is_empty()).unwrap_or_else(|| ".".into());
    first
        .map(|(at, paths)| (at, name(paths.first().map(|path| path.trim_start_matches('.').into()))))
        .collect()
}

struct Finder<'p> {
    program: &'p Program,
    reads: &'p Reads,
    /// For each template what dot may be when it is called.
    dots: Vec<Paths>,
    reached: Vec<bool>,
    /// Templates to look at, again where their dot became more.
    open: Vec<usize>,
    /// By template and site.
    found: HashMap<(usize, SiteId), Found>,
    /// What dynamics read first.
    first: HashMap<(BlockId, u32), Paths>,
}

struct Found {
    kind: DependencyKind,
    paths: Paths,
    always: Option<String>,
}

impl Found {
    fn paths(self) -> Vec<String> {
        self.paths.into_iter().map(|path| if path.is_empty() { ".".into() } else { path }).collect()
    }
}

impl<'p> Finder<'p> {
    /// Goes through all that is reached from the entry.
    fn run(program: &'p Program, reads: &'p Reads) -> Finder<'p> {
        let mut finder = Finder {
            program,
            reads,
            dots: vec![Paths::new(); program.templates.len()],
            reached: vec![false; program.templates.len()],
            open: Vec::new(),
            found: HashMap::new(),
            first: HashMap::new(),
        };
        finder.call(0, Paths::from([String::new()]));
        while let Some(template) = finder.open.pop() {
            let dot = finder.dots[template].clone();
            let root = program.templates[template].root;
            let mut variables = HashMap::from([(0, dot.clone())]);
            finder.block(template, root, &dot, &mut variables);
        }
        finder
    }

    fn block(
        &mut self,
        template: usize,
        block: BlockId,
        dot: &Paths,
        variables: &mut HashMap<VarSlot, Paths>,
    ) {
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            let program = self.program;
            let steps = program.block(block).steps.iter().zip(self.reads.block(block));
            let mut dynamics = 0;
            for (step, known) in steps {
                if step.is_dynamic() {
                    let first = known.all.get(..1).unwrap_or_default();
                    let paths = resolve(first, dot, variables);
                    self.first.entry((block, dynamics)).or_default().extend(paths);
                    dynamics += 1;
                }
                self.step(template, step, known, dot, variables);
            }
        });
    }

    fn step(
        &mut self,
        template: usize,
        step: &Step,
        known: &StepReads,
        dot: &Paths,
        variables: &mut HashMap<VarSlot, Paths>,
    ) {
        match step {
            Step::Slot(Slot { site, .. }) => {
                let paths = resolve(&known.all, dot, variables);
                self.add((template, *site), DependencyKind::Slot, paths, known);
            }
            Step::Set(pipe) => {
                let value = self.value(pipe, dot, variables);
                declare(pipe, &value, &value, variables);
            }
            Step::Condition(condition) => {
                let value = self.value(&condition.pipe, dot, variables);
                self.add((template, condition.site), DependencyKind::Condition, value.clone(), known);
                declare(&condition.pipe, &value, &value, variables);
                let inner = if condition.with { &value } else { dot };
                self.block(template, condition.then, inner, variables);
                if let Some(otherwise) = condition.otherwise {
                    self.block(template, otherwise, dot, variables);
                }
            }
            Step::Range(range) => {
                let list = self.value(&range.pipe, dot, variables);
                self.add((template, range.site), DependencyKind::Range, list.clone(), known);
                let items: Paths = list.iter().map(|path| format!("{path}[]")).collect();
                declare(&range.pipe, &list, &items, variables);
                self.block(template, range.body, &items, variables);
                if let Some(otherwise) = range.otherwise {
                    self.block(template, otherwise, dot, variables);
                }
            }
            Step::Call(call) => {
                let paths = resolve(&known.all, dot, variables);
                self.add((template, call.site), DependencyKind::Call, paths.clone(), known);
                self.call(call.template as usize, paths);
            }
            Step::Rest(block) => self.block(template, *block, dot, variables),
            Step::Break | Step::Continue | Step::Given(_) => {}
        }
    }

    /// What a pipeline reads, which is also where its value may come from.
    fn value(&self, pipe: &Pipeline, dot: &Paths, variables: &HashMap<VarSlot, Paths>) -> Paths {
        resolve(&reads::of_pipeline(self.program, pipe), dot, variables)
    }

    fn add(&mut self, at: (usize, SiteId), kind: DependencyKind, paths: Paths, known: &StepReads) {
        let always = || known.opaque.as_ref().map(Opaque::to_string);
        let found =
            self.found.entry(at).or_insert_with(|| Found { kind, paths: Paths::new(), always: always() });
        found.paths.extend(paths);
    }

    /// Takes note of a call with a dot of these paths.
    fn call(&mut self, template: usize, dot: Paths) {
        let dots = &mut self.dots[template];
        if dots.contains(ANY) {
            return;
        }
        let before = dots.clone();
        let is_first = !std::mem::replace(&mut self.reached[template], true);
        for path in dot {
            let shorter =
                before.iter().find(|known| path.len() > known.len() && path.starts_with(known.as_str()));
            match shorter {
                // A template that calls itself with a part of its dot.
                Some(known) if known.ends_with(ANY) => {}
                Some(known) => drop(dots.insert(format!("{known}{ANY}"))),
                None => drop(dots.insert(path)),
            }
        }
        if dots.len() > MOST_DOTS {
            *dots = Paths::from([ANY.to_owned()]);
        }
        if (is_first || *dots != before) && !self.open.contains(&template) {
            self.open.push(template);
        }
    }
}

const ANY: &str = ".**";

/// The paths from the whole data to what is read.
fn resolve(reads: &[Read], dot: &Paths, variables: &HashMap<VarSlot, Paths>) -> Paths {
    let mut paths = Paths::new();
    for read in reads {
        let roots = match read.root {
            Root::Dot => Some(dot),
            Root::Variable(slot) => variables.get(&slot),
        };
        let fields: String = read.fields.iter().flat_map(|field| [".", field]).collect();
        paths.extend(roots.into_iter().flatten().map(|root| format!("{root}{fields}")));
    }
    paths
}

/// Gives a pipeline's variables their values: with two of them the first is the index in `list`.
fn declare(pipe: &Pipeline, list: &Paths, items: &Paths, variables: &mut HashMap<VarSlot, Paths>) {
    let count = pipe.targets.len();
    for (i, target) in pipe.targets.iter().enumerate() {
        let Target::Slot(slot) = target else { continue };
        let paths = if i + 1 == count { items } else { list };
        let variable = variables.entry(*slot).or_default();
        if !pipe.assigns {
            variable.clear();
        }
        variable.extend(paths.iter().cloned());
    }
}
