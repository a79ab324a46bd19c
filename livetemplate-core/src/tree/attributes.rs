//! In the value of which attribute each step of a program stands.
//!
//! A value may be cut by branches and calls, and a template may be called in the values of several attributes. So each block
//! has a set of attributes that it may start in, found along the order of the output.

use super::program::{Block, BlockId, Program, Step};
use crate::escape::MarkKind;
use std::collections::HashMap;

/// Number of an attribute's name; 0 is no attribute.
type Name = u32;

/// More attributes of one place are not told apart: those with the smallest numbers stay.
const MOST: usize = 64;

/// Which attributes a place may stand in: sorted, without repetition, at most [`MOST`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names(Vec<Name>);

impl Names {
    fn only(name: Name) -> Names {
        Names(vec![name])
    }

    /// Adds names, and says whether there were new ones.
    fn add(&mut self, more: &Names) -> bool {
        let before = self.0.clone();
        self.0.extend(&more.0);
        self.0.sort_unstable();
        self.0.dedup();
        self.0.truncate(MOST);
        self.0 != before
    }
}

/// How a block leaves the attribute it starts in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Exit {
    /// It may end where it started.
    same: bool,
    /// Where else it may end.
    others: Names,
}

impl Exit {
    /// Where it ends when it starts in `from`.
    fn after(&self, from: &Names) -> Names {
        let mut names = self.others.clone();
        if self.same {
            names.add(from);
        }
        names
    }

    fn then(&mut self, next: &Exit) {
        self.others = next.after(&self.others);
        self.same &= next.same;
    }

    fn or(&mut self, other: &Exit) {
        self.same |= other.same;
        self.others.add(&other.others);
    }
}

/// What one part of a block does.
enum Part {
    /// From here on the output is in that attribute.
    In(Name),
    Step(usize),
}

/// The attributes of all steps.
pub(super) struct Attributes {
    names: Vec<String>,
    of: HashMap<(BlockId, usize), Names>,
}

impl Attributes {
    pub fn of(program: &Program) -> Attributes {
        let mut names = Interned { names: vec![String::new()], numbers: HashMap::new() };
        let parts: Vec<Vec<Part>> =
            (0..program.blocks.len() as BlockId).map(|block| parts(program, block, &mut names)).collect();
        let mut walk = Walk { program, parts, exits: vec![Exit::default(); program.blocks.len()] };
        walk.settle();
        Attributes { names: names.names, of: walk.places() }
    }

    /// The names of the attributes in whose values the step stands, in lower case. A part that actions write is `{{}}`.
    pub fn at(&self, block: BlockId, step: usize) -> impl Iterator<Item = &str> {
        let names = self.of.get(&(block, step)).map_or(&[][..], |names| &names.0);
        names.iter().filter(|name| **name != 0).map(|name| &*self.names[*name as usize])
    }
}

struct Interned {
    names: Vec<String>,
    numbers: HashMap<String, Name>,
}

impl Interned {
    fn number(&mut self, name: String) -> Name {
        let next = self.names.len() as Name;
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        })
    }
}

/// The parts of a block, in the order of its output.
fn parts(program: &Program, id: BlockId, names: &mut Interned) -> Vec<Part> {
    let block = program.block(id);
    let mut marks = program.marks[id as usize].marks.iter().peekable();
    let mut parts = Vec::new();
    // The name of the attribute that comes next, and the start of one that an action goes on with.
    let mut name = String::new();
    let mut text = 0;
    let mut texts = |text: u32, parts: &mut Vec<Part>| {
        while let Some(mark) = marks.next_if(|mark| mark.text == text) {
            match &mark.kind {
                MarkKind::Attr(written) if !written.is_empty() => name = written.to_string(),
                // It goes on in an action, or an action wrote it just before its value.
                MarkKind::Attr(_) => {
                    let is_value = marks.peek().is_some_and(|next| matches!(next.kind, MarkKind::AttrValue));
                    if !is_value {
                        name = format!("{}{{{{}}}}", rest_of_text(block, text, mark.at));
                    } else if !name.ends_with("{{}}") {
                        name = "{{}}".into();
                    }
                }
                MarkKind::AttrValue => parts.push(Part::In(names.number(name.clone()))),
                MarkKind::StartTag(_)
                | MarkKind::StartTagEnd { .. }
                | MarkKind::EndTag(_)
                | MarkKind::EndTagEnd
                | MarkKind::AttrValueEnd => {
                    name.clear();
                    parts.push(Part::In(0));
                }
            }
        }
    };
    for (index, step) in block.steps.iter().enumerate() {
        if step.is_dynamic() {
            texts(text, &mut parts);
            text += 1;
        }
        parts.push(Part::Step(index));
    }
    texts(text, &mut parts);
    parts
}

/// The rest of a static text in lower case.
fn rest_of_text(block: &Block, text: u32, at: u32) -> String {
    let text = block.statics.get(text as usize).and_then(|text| text.get(at as usize..)).unwrap_or_default();
    String::from_utf8_lossy(text).to_ascii_lowercase()
}

struct Walk<'p> {
    program: &'p Program,
    parts: Vec<Vec<Part>>,
    exits: Vec<Exit>,
}

impl Walk<'_> {
    /// Finds how each block ends.
    fn settle(&mut self) {
        let order = self.program.blocks_inner_first();
        let mut changed = true;
        while changed {
            changed = false;
            for block in order.iter().map(|block| *block as usize) {
                let mut exit = Exit { same: true, others: Names::default() };
                for part in &self.parts[block] {
                    exit.then(&match part {
                        Part::In(name) => Exit { same: false, others: Names::only(*name) },
                        Part::Step(step) => self.step(&self.program.blocks[block].steps[*step]),
                    });
                }
                changed |= exit != self.exits[block];
                self.exits[block] = exit;
            }
        }
    }

    /// How a step ends.
    fn step(&self, step: &Step) -> Exit {
        let exit = |block: BlockId| &self.exits[block as usize];
        match step {
            Step::Condition(condition) => {
                let mut either = Exit { same: condition.otherwise.is_none(), others: Names::default() };
                step.blocks().for_each(|block| either.or(exit(block)));
                either
            }
            Step::Range(_) => {
                let mut any = Exit { same: true, others: Names::default() };
                step.blocks().for_each(|block| any.or(exit(block)));
                any
            }
            Step::Call(call) => exit(self.program.templates[call.template as usize].root).clone(),
            Step::Rest(block) => exit(*block).clone(),
            Step::Slot(_) | Step::Set(_) | Step::Break | Step::Continue | Step::Given(_) => {
                Exit { same: true, others: Names::default() }
            }
        }
    }

    /// Where each step stands.
    fn places(&self) -> HashMap<(BlockId, usize), Names> {
        let program = self.program;
        let mut starts: HashMap<BlockId, Names> = HashMap::new();
        let mut places: HashMap<(BlockId, usize), Names> = HashMap::new();
        let mut open = vec![program.entry().root];
        starts.insert(program.entry().root, Names::only(0));
        while let Some(block) = open.pop() {
            let mut now = starts[&block].clone();
            for part in &self.parts[block as usize] {
                let index = match part {
                    Part::In(name) => {
                        now = Names::only(*name);
                        continue;
                    }
                    Part::Step(index) => *index,
                };
                let step = &program.block(block).steps[index];
                let exit = self.step(step);
                // The next item starts where one ended.
                let start = if let Step::Range(_) = step { exit.after(&now) } else { now.clone() };
                for inner in step.runs(program) {
                    let is_first = !starts.contains_key(&inner);
                    if starts.entry(inner).or_default().add(&start) || is_first {
                        open.push(inner);
                    }
                }
                places.entry((block, index)).or_default().add(&now);
                now = exit.after(&now);
            }
        }
        places
    }
}
