//! The program of an escaped template set: blocks of shared static text with dynamic places between.

use super::markup::{self, BlockMarks};
use crate::escape::{self, Escaped, Escaper, State};
use crate::template::ast::{ArgKind, List, Pipe, Source, Tree};
use crate::template::expr::{CallDisplay, Code, Compiler, Operand, OwnEscaper, Pipeline, SiteId};
use crate::template::host::Functions;
use std::sync::Arc;

/// Index into [`Program::blocks`].
pub(crate) type BlockId = u32;

/// A compiled template set with one entry.
#[derive(Debug)]
pub(crate) struct Program {
    pub blocks: Vec<Block>,
    /// One per derived template; 0 is the entry.
    pub templates: Vec<TemplateCode>,
    /// The markup in each block's static text.
    pub marks: Vec<BlockMarks>,
}

#[derive(Debug)]
pub(crate) struct TemplateCode {
    pub code: Code,
    pub root: BlockId,
}

/// A run of output: `statics[0] dynamic0 statics[1] dynamic1 … statics[n]`.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub statics: Vec<Arc<[u8]>>,
    pub steps: Vec<Step>,
    /// The steps that are dynamics, and those that set variables.
    dynamics: Vec<u32>,
    sets: Vec<u32>,
    /// Where `data-key=` and `data-lvt-key=` stand in its static text, as places inside of the names.
    pub key_attributes: Vec<(u32, u32)>,
    /// Whether running it may end the iteration of the range around it.
    pub may_end: bool,
}

/// What executing a block does between its static texts.
#[derive(Debug)]
pub(crate) enum Step {
    /// A value.
    Slot(Slot),
    /// `if` or `with`.
    Condition(Condition),
    Range(Range),
    Call(Call),
    /// The rest of a block after a place that may have ended the iteration.
    Rest(BlockId),
    /// Sets variables; writes nothing and is no dynamic.
    Set(Pipeline),
    /// Ends the range; always the last step.
    Break,
    /// Ends the iteration; always the last step.
    Continue,
    /// A place whose content only a tree has: the program is of a page that the host renders, and never runs.
    Given(Given),
}

/// What stands in a place of a page that the host renders. All of it is HTML that was parsed and written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// All of an attribute's value, all of an element's content, or something in it that is no element.
    Text,
    /// Attributes, items, or a block.
    Inner,
}

impl Step {
    /// Whether the step stands between two statics (otherwise it only has an effect).
    pub fn is_dynamic(&self) -> bool {
        !matches!(self, Step::Set(_) | Step::Break | Step::Continue)
    }

    /// Whether it shows text, which only trusted HTML makes more than that.
    pub fn is_text(&self) -> bool {
        matches!(self, Step::Slot(_) | Step::Given(Given::Text))
    }

    /// The blocks the step may run in the same template.
    pub fn blocks(&self) -> impl Iterator<Item = BlockId> {
        let (a, b) = match self {
            Step::Condition(c) => (Some(c.then), c.otherwise),
            Step::Range(r) => (Some(r.body), r.otherwise),
            Step::Rest(block) => (Some(*block), None),
            _ => (None, None),
        };
        a.into_iter().chain(b)
    }

    /// The blocks the step may run, in whatever template.
    pub fn runs(&self, program: &Program) -> impl Iterator<Item = BlockId> {
        let callee = match self {
            Step::Call(call) => Some(program.templates[call.template as usize].root),
            _ => None,
        };
        self.blocks().chain(callee)
    }
}

impl Block {
    pub fn new(statics: Vec<Arc<[u8]>>, steps: Vec<Step>, may_end: bool) -> Block {
        let key_attributes = key_attributes(&statics);
        let numbers = |is_wanted: fn(&Step) -> bool| {
            let steps = steps.iter().zip(0..).filter(|(step, _)| is_wanted(step));
            steps.map(|(_, number)| number).collect()
        };
        let (dynamics, sets) = (numbers(Step::is_dynamic), numbers(|step| matches!(step, Step::Set(_))));
        Block { statics, steps, dynamics, sets, key_attributes, may_end }
    }

    /// The step that is this dynamic, and its number among the steps.
    pub fn dynamic(&self, index: u32) -> Option<(usize, &Step)> {
        let number = *self.dynamics.get(index as usize)? as usize;
        Some((number, &self.steps[number]))
    }

    /// The steps that set variables, and their numbers among all.
    pub fn sets(&self) -> impl Iterator<Item = (usize, &Pipeline)> {
        self.sets.iter().filter_map(|number| match &self.steps[*number as usize] {
            Step::Set(pipe) => Some((*number as usize, pipe)),
            _ => None,
        })
    }
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub site: SiteId,
    pub value: SlotValue,
    pub escapers: Box<[Escaper]>,
    /// The state of the output in which it stands; for reports.
    pub state: State,
}

impl Slot {
    /// All escapers by Go's names, in the order in which they are applied.
    pub fn escaper_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if let SlotValue::Own(own) = &self.value {
            names.extend(own.before.iter().map(|escaper| escaper.name()));
            names.push(own.escaper.name);
        }
        names.extend(self.escapers.iter().map(|escaper| escaper.name()));
        names
    }
}

#[derive(Debug)]
pub(crate) enum SlotValue {
    Pipeline(Pipeline),
    /// `{{html .X .Y}}`: the arguments of an escaper that the pass took over.
    Arguments(Box<[Operand]>),
    /// What the host's own function makes of another slot's values.
    Own(Box<Own>),
}

/// A function of the host's among a slot's escapers: it gets the values, or what the escapers before it make of them.
#[derive(Debug)]
pub(crate) struct Own {
    pub values: SlotValue,
    pub before: Box<[Escaper]>,
    pub escaper: OwnEscaper,
}

#[derive(Debug)]
pub(crate) struct Condition {
    pub site: SiteId,
    pub pipe: Pipeline,
    /// `with`: dot becomes the value.
    pub with: bool,
    pub then: BlockId,
    pub otherwise: Option<BlockId>,
}

#[derive(Debug)]
pub(crate) struct Range {
    pub site: SiteId,
    pub pipe: Pipeline,
    pub body: BlockId,
    pub otherwise: Option<BlockId>,
    /// Where an item's key stands in its markup, if its only root element has one.
    pub key: Option<KeyPath>,
}

/// The parts of an attribute value that make an item's key.
#[derive(Debug)]
pub(crate) struct KeyPath {
    /// Dynamics to follow from the item to the block that holds the attribute (through calls).
    pub calls: Vec<u32>,
    pub parts: Vec<KeyPart>,
}

#[derive(Clone, Debug)]
pub(crate) enum KeyPart {
    Static(Box<[u8]>),
    Dynamic(u32),
}

#[derive(Debug)]
pub(crate) struct Call {
    pub site: SiteId,
    pub template: u32,
    pub pipe: Option<Pipeline>,
}

impl Program {
    pub fn compile(escaped: &Escaped, functions: &Functions) -> Program {
        let mut program = Program { blocks: Vec::new(), templates: Vec::new(), marks: Vec::new() };
        for derived in &escaped.templates {
            let compiler = Compiler::new(derived.name.clone(), derived.tree.clone(), functions);
            let mut builder = Builder { program: &mut program, compiler, escaped };
            let root = builder.block(&derived.root);
            let code = builder.compiler.finish();
            program.templates.push(TemplateCode { code, root });
        }
        // Keys follow calls, so every template must be there first.
        for block in 0..program.blocks.len() {
            for step in 0..program.blocks[block].steps.len() {
                if let Step::Range(range) = &program.blocks[block].steps[step] {
                    let key = markup::key_path(&program, range.body);
                    if let Step::Range(range) = &mut program.blocks[block].steps[step] {
                        range.key = key;
                    }
                }
            }
        }
        program
    }

    /// A program that never runs: the first block is the entry's.
    pub fn of_blocks(blocks: Vec<Block>, marks: Vec<BlockMarks>) -> Program {
        let name: Arc<str> = "".into();
        let source = Arc::new(Source { name: name.clone(), text: Arc::default() });
        let tree = Arc::new(Tree { name: name.clone(), source, root: List::default() });
        // One variable, which is always there: the data.
        let code = Code { name, tree, sites: Vec::new(), frame: 1 };
        Program { blocks, templates: vec![TemplateCode { code, root: 0 }], marks }
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id as usize]
    }

    /// Each template with its blocks: they stand together, its root last.
    pub fn blocks_of_templates(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
        let mut first = 0;
        self.templates.iter().enumerate().map(move |(index, template)| {
            // Every block of a program of HTML belongs to its one template.
            let is_last = index + 1 == self.templates.len();
            let blocks = first..if is_last { self.blocks.len() } else { template.root as usize + 1 };
            first = blocks.end;
            (index, blocks)
        })
    }

    /// The template in which a block stands.
    pub fn template_of(&self, block: BlockId) -> usize {
        self.templates.partition_point(|template| template.root < block).min(self.templates.len() - 1)
    }

    /// All blocks, those that a block runs before it as far as templates do not call each other in a circle.
    pub fn blocks_inner_first(&self) -> Vec<BlockId> {
        let templates: Vec<_> = self.blocks_of_templates().collect();
        templates.into_iter().rev().flat_map(|(_, blocks)| blocks).map(|block| block as BlockId).collect()
    }

    pub fn entry(&self) -> &TemplateCode {
        &self.templates[0]
    }
}

fn key_attributes(statics: &[Arc<[u8]>]) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    for (text, at) in statics.iter().zip(0..) {
        let places = |name| memchr::memmem::find_iter(text, name).map(move |place| (at, place as u32 + 4));
        found.extend(places("data-key=").chain(places("data-lvt-key=")));
    }
    found.sort_unstable();
    found
}

struct Builder<'p> {
    program: &'p mut Program,
    compiler: Compiler<'p>,
    escaped: &'p Escaped,
}

/// A block under construction.
#[derive(Default)]
struct Draft {
    block: Block,
    marks: BlockMarks,
    text: Vec<u8>,
}

impl Draft {
    fn push(&mut self, step: Step) {
        if step.is_dynamic() {
            self.block.statics.push(std::mem::take(&mut self.text).into());
        }
        self.block.steps.push(step);
    }
}

impl Builder<'_> {
    /// Compiles a list in a scope of its own.
    fn block(&mut self, nodes: &[escape::Node]) -> BlockId {
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            let scope = self.compiler.enter();
            let id = self.open_block(nodes);
            self.compiler.leave(scope);
            id
        })
    }

    /// Compiles a list in the scope around it.
    fn open_block(&mut self, nodes: &[escape::Node]) -> BlockId {
        let mut draft = Draft::default();
        for (i, node) in nodes.iter().enumerate() {
            if let escape::Node::Text { text, marks } = node {
                let at = draft.block.statics.len() as u32;
                draft.marks.add(at, draft.text.len() as u32, marks);
                draft.text.extend_from_slice(text);
                continue;
            }
            let step = self.step(node);
            let ends = matches!(step, Step::Break | Step::Continue);
            let may_end = match &step {
                // Its body's `break` and `continue` are its own.
                Step::Range(range) => range.otherwise.is_some_and(|b| self.program.block(b).may_end),
                other => other.blocks().any(|b| self.program.block(b).may_end),
            };
            draft.block.may_end |= ends || may_end;
            draft.push(step);
            if ends {
                // Nothing after it is ever written.
                break;
            }
            if may_end && i + 1 < nodes.len() {
                let rest = self.open_block(&nodes[i + 1..]);
                draft.push(Step::Rest(rest));
                break;
            }
        }
        draft.block.statics.push(draft.text.into());
        let Block { statics, steps, may_end, .. } = draft.block;
        self.program.blocks.push(Block::new(statics, steps, may_end));
        self.program.marks.push(draft.marks);
        (self.program.blocks.len() - 1) as BlockId
    }

    fn step(&mut self, node: &escape::Node) -> Step {
        match node {
            escape::Node::Text { .. } | escape::Node::Break => Step::Break,
            escape::Node::Continue => Step::Continue,
            escape::Node::Slot { pipe, commands, escapers, state, .. } => {
                let site = self.compiler.pipe_site(pipe);
                if !pipe.decl.is_empty() {
                    return Step::Set(self.compiler.pipeline(pipe));
                }
                let value = match pipe.cmds.last() {
                    Some(command) if *commands == 0 => SlotValue::Arguments(self.compiler.arguments(command)),
                    _ => {
                        let mut pipeline = self.compiler.pipeline_of(pipe, *commands);
                        if is_refused(pipe) {
                            pipeline.site =
                                self.compiler.text_site(pipe.pos, escaped(pipe, *commands, escapers));
                        }
                        SlotValue::Pipeline(pipeline)
                    }
                };
                Step::Slot(self.slot(site, value, escapers, pipe, *state))
            }
            escape::Node::If(branch) => self.condition(branch, false),
            escape::Node::With(branch) => self.condition(branch, true),
            escape::Node::Range(branch) => {
                let scope = self.compiler.enter();
                let site = self.compiler.pipe_site(&branch.pipe);
                let pipe = self.compiler.pipeline(&branch.pipe);
                let body = self.block(&branch.list);
                let otherwise = branch.else_list.as_ref().map(|list| self.block(list));
                self.compiler.leave(scope);
                Step::Range(Range { site, pipe, body, otherwise, key: None })
            }
            escape::Node::Call { pos, template, pipe } => {
                let name = self.escaped.templates.get(*template).map_or("", |t| &t.name);
                let display = CallDisplay { name, pipe: pipe.as_deref() };
                let site = self.compiler.call_site(*pos, &display);
                let pipe = pipe.as_ref().map(|p| self.compiler.pipeline(p));
                Step::Call(Call { site, template: *template as u32, pipe })
            }
        }
    }

    fn slot(
        &mut self,
        site: SiteId,
        value: SlotValue,
        escapers: &[Escaper],
        pipe: &Pipe,
        state: State,
    ) -> Slot {
        let own = escapers.iter().enumerate().find_map(|(at, escaper)| {
            let name = match escaper {
                Escaper::PredefinedHtml => "html",
                Escaper::PredefinedUrlquery => "urlquery",
                _ => return None,
            };
            Some((at, self.compiler.own_escaper(name, pipe)?))
        });
        let Some((at, escaper)) = own else { return Slot { site, value, escapers: escapers.into(), state } };
        let own = Own { values: value, before: escapers[..at].into(), escaper };
        Slot { site, value: SlotValue::Own(Box::new(own)), escapers: escapers[at + 1..].into(), state }
    }

    fn condition(&mut self, branch: &escape::Branch, with: bool) -> Step {
        let scope = self.compiler.enter();
        let site = self.compiler.pipe_site(&branch.pipe);
        let pipe = self.compiler.pipeline(&branch.pipe);
        let then = self.block(&branch.list);
        let otherwise = branch.else_list.as_ref().map(|list| self.block(list));
        self.compiler.leave(scope);
        Step::Condition(Condition { site, pipe, with, then, otherwise })
    }
}

/// Whether the pipeline starts with one in parentheses that is given arguments. Go's error then names all of the pipeline.
fn is_refused(pipe: &Pipe) -> bool {
    pipe.cmds.first().is_some_and(|c| {
        c.args.len() > 1 && c.args.first().is_some_and(|first| matches!(first.kind, ArgKind::Pipe(_)))
    })
}

/// The pipeline as it stands in Go's escaped tree.
fn escaped(pipe: &Pipe, commands: usize, escapers: &[Escaper]) -> String {
    let commands = pipe.cmds.iter().take(commands).map(ToString::to_string);
    let words: Vec<String> = commands.chain(escapers.iter().map(|e| e.name().to_owned())).collect();
    words.join(" | ")
}
