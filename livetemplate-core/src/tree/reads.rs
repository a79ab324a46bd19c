//! What every step of a program reads, and whether the data there decides what it shows.

use super::program::{Block, BlockId, Program, SlotValue, Step};
use crate::diff::Reason;
use crate::template::expr::{
    FieldName, Function, FunctionKind, Operand, OperandKind, Pipeline, Target, VarSlot,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Dot,
    Variable(VarSlot),
}

/// A path into the data: what stands at its end is read, with all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub root: Root,
    pub fields: Box<[Arc<str>]>,
}

/// Why what a step shows cannot be told from the data at its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Opaque {
    /// It calls this function, which may give another result each time.
    Volatile(Arc<str>),
    /// It assigns a new value to a variable, or reads one that is assigned: it carries what one place found to others.
    Assigned,
    /// `break` or `continue` let one item decide on others.
    Ends,
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opaque::Volatile(name) => write!(f, "it calls {name:?}, which may give another result each time"),
            Opaque::Assigned => {
                f.write_str("a variable that is assigned a new value carries what one place finds to others")
            }
            Opaque::Ends => f.write_str("`break` or `continue` lets one item decide on others"),
        }
    }
}

impl Opaque {
    pub fn reason(&self) -> Reason {
        match self {
            Opaque::Volatile(_) => Reason::Volatile,
            Opaque::Assigned => Reason::Assigned,
            Opaque::Ends => Reason::Ends,
        }
    }
}

/// What is known of one step before it runs.
#[derive(Debug, Default)]
pub(crate) struct StepReads {
    /// All that the step reads: its pipeline, and what blocks in it read from outside of them.
    pub all: Vec<Read>,
    /// What the body of a range reads besides its items.
    pub outside: Vec<Read>,
    /// Whether the body of a range reads the variable that counts its items.
    pub index: bool,
    /// Whether a range may run in it, or what is opaque: then a page keeps something of it.
    pub is_kept: bool,
    /// Why it is evaluated at every update; the page keeps what it showed.
    pub opaque: Option<Opaque>,
    /// Why something in it is, although it is not itself.
    pub holds_opaque: Option<Opaque>,
}

/// What the steps of a program read: for each block its steps.
#[derive(Debug)]
pub(crate) struct Reads(Vec<Vec<StepReads>>);

impl Reads {
    pub fn of(program: &Program) -> Reads {
        let mut reads = Reads(Vec::with_capacity(program.blocks.len()));
        for (_, blocks) in program.blocks_of_templates() {
            let mut tainted = HashMap::new();
            loop {
                reads.0.truncate(blocks.start);
                let before = tainted.len();
                reads.template(program, blocks.clone(), &mut tainted);
                if tainted.len() == before {
                    break;
                }
            }
        }
        reads.settle(program);
        reads
    }

    /// The steps of a block.
    pub fn block(&self, id: BlockId) -> &[StepReads] {
        &self.0[id as usize]
    }

    /// Adds the steps of one template. `tainted` are the variables that hold what data does not tell, and why; more are found.
    fn template(
        &mut self,
        program: &Program,
        blocks: std::ops::Range<usize>,
        tainted: &mut HashMap<VarSlot, Opaque>,
    ) {
        // Of each block. Blocks stand after those inside them.
        let mut outside = vec![Vec::new(); blocks.start];
        let mut assigning = vec![false; blocks.start];
        for block in &program.blocks[blocks] {
            let mut step_of = |step| {
                let (outside, assigning) = (&outside[..], &assigning[..]);
                let mut finder = Finder { program, outside, assigning, tainted, opaque: None };
                let reads = finder.step(step);
                StepReads { opaque: finder.opaque, ..reads }
            };
            let steps: Vec<StepReads> = block.steps.iter().map(&mut step_of).collect();
            outside.push(outside_of(block, &steps));
            assigning.push(block.steps.iter().any(|step| assigns(step, &assigning)));
            self.0.push(steps);
        }
    }

    /// Finds what the steps hold: in blocks inside them and in the templates they call.
    fn settle(&mut self, program: &Program) {
        let order = program.blocks_inner_first();
        let mut changed = true;
        while changed {
            changed = false;
            for id in order.iter().map(|id| *id as usize) {
                for (index, step) in program.blocks[id].steps.iter().enumerate() {
                    let inner = || step.runs(program).flat_map(|block| self.block(block));
                    let opaque = inner().find_map(|step| step.opaque.clone().or(step.holds_opaque.clone()));
                    let is_kept = matches!(step, Step::Range(_)) || inner().any(|step| step.is_kept);
                    let reads = &mut self.0[id][index];
                    let is_kept = is_kept || reads.opaque.is_some() || opaque.is_some();
                    if is_kept != reads.is_kept || opaque.is_some() && reads.holds_opaque.is_none() {
                        changed = true;
                        reads.is_kept = is_kept;
                        reads.holds_opaque = opaque;
                        if matches!(step, Step::Range(_)) && reads.opaque.is_none() {
                            // Items are compared by their data.
                            reads.opaque = reads.holds_opaque.clone();
                        }
                    }
                }
            }
        }
    }
}

/// What a pipeline reads.
pub(super) fn of_pipeline(program: &Program, pipe: &Pipeline) -> Vec<Read> {
    let mut reads = Vec::new();
    let mut finder =
        Finder { program, outside: &[], assigning: &[], tainted: &mut HashMap::new(), opaque: None };
    finder.pipeline(pipe, &mut reads);
    reads
}

/// What a block's steps read that the block does not set itself.
fn outside_of(block: &Block, steps: &[StepReads]) -> Vec<Read> {
    let mut declared = Vec::new();
    let mut outside = Vec::new();
    for (step, reads) in block.steps.iter().zip(steps) {
        add(&mut outside, reads.all.iter().filter(|read| !is_of(read, &declared)));
        if let Step::Set(pipe) = step {
            declared.extend(slots(pipe));
        }
    }
    outside
}

fn slots(pipe: &Pipeline) -> impl Iterator<Item = VarSlot> {
    pipe.targets.iter().filter_map(|target| match target {
        Target::Slot(slot) => Some(*slot),
        Target::Undefined(_) => None,
    })
}

fn is_of(read: &Read, declared: &[VarSlot]) -> bool {
    matches!(read.root, Root::Variable(slot) if declared.contains(&slot))
}

fn add<'r>(reads: &mut Vec<Read>, more: impl Iterator<Item = &'r Read>) {
    for read in more {
        if !reads.contains(read) {
            reads.push(read.clone());
        }
    }
}

struct Finder<'f> {
    program: &'f Program,
    /// What the blocks before this one read from outside of them.
    outside: &'f [Vec<Read>],
    /// Whether something in them is assigned to a variable.
    assigning: &'f [bool],
    tainted: &'f mut HashMap<VarSlot, Opaque>,
    opaque: Option<Opaque>,
}

impl Finder<'_> {
    fn step(&mut self, step: &Step) -> StepReads {
        let mut reads = StepReads::default();
        match step {
            Step::Slot(slot) => self.slot_value(&slot.value, &mut reads.all),
            Step::Set(pipe) => {
                self.pipeline(pipe, &mut reads.all);
                if let Some(why) = &self.opaque {
                    taint(self.tainted, pipe, why);
                }
            }
            Step::Condition(condition) => {
                self.pipeline(&condition.pipe, &mut reads.all);
                let declared: Vec<_> = slots(&condition.pipe).collect();
                // The value of a `with` is dot in its block, but not in what stands for an empty one.
                self.inner(condition.then, &declared, !condition.with, &mut reads.all);
                if let Some(otherwise) = condition.otherwise {
                    self.inner(otherwise, &declared, true, &mut reads.all);
                }
            }
            Step::Range(range) => {
                let declared: Vec<_> = slots(&range.pipe).collect();
                self.inner(range.body, &declared, false, &mut reads.outside);
                reads.index = match &declared[..] {
                    [index, _] => {
                        let body = &self.outside[range.body as usize];
                        body.iter().any(|read| read.root == Root::Variable(*index))
                    }
                    _ => false,
                };
                self.pipeline(&range.pipe, &mut reads.all);
                add(&mut reads.all, reads.outside.iter());
                if let Some(otherwise) = range.otherwise {
                    self.inner(otherwise, &declared, true, &mut reads.all);
                }
            }
            Step::Call(call) => {
                if let Some(pipe) = &call.pipe {
                    self.pipeline(pipe, &mut reads.all);
                }
            }
            Step::Rest(_) | Step::Break | Step::Continue => self.because(|| Opaque::Ends),
            Step::Given(_) => {}
        }
        reads
    }

    fn because(&mut self, why: impl FnOnce() -> Opaque) {
        self.opaque.get_or_insert_with(why);
    }

    /// What a block reads from outside of the step it is in.
    fn inner(&mut self, block: BlockId, declared: &[VarSlot], same_dot: bool, reads: &mut Vec<Read>) {
        let outside = self.outside[block as usize].iter();
        add(reads, outside.filter(|read| !is_of(read, declared) && (same_dot || read.root != Root::Dot)));
        if self.assigning[block as usize] {
            self.because(|| Opaque::Assigned);
        }
        if self.program.block(block).may_end {
            self.because(|| Opaque::Ends);
        }
    }

    fn slot_value(&mut self, value: &SlotValue, reads: &mut Vec<Read>) {
        match value {
            SlotValue::Pipeline(pipe) => self.pipeline(pipe, reads),
            SlotValue::Arguments(operands) => self.operands(operands, reads),
            SlotValue::Own(own) => {
                if !own.escaper.function.is_pure(1) {
                    self.because(|| Opaque::Volatile(own.escaper.name.into()));
                }
                self.slot_value(&own.values, reads);
            }
        }
    }

    fn pipeline(&mut self, pipe: &Pipeline, reads: &mut Vec<Read>) {
        if pipe.assigns {
            self.because(|| Opaque::Assigned);
            taint(self.tainted, pipe, &Opaque::Assigned);
        }
        for (i, command) in pipe.commands.iter().enumerate() {
            let [first, args @ ..] = &command.words[..] else { continue };
            match &first.kind {
                OperandKind::Function(function) => {
                    self.call(function, args.len() + usize::from(i > 0));
                    self.operands(args, reads);
                }
                _ => self.operands(&command.words, reads),
            }
        }
    }

    fn call(&mut self, function: &Function, args: usize) {
        if let FunctionKind::Host(host) = &function.kind
            && !host.is_pure(args)
        {
            self.because(|| Opaque::Volatile(function.name.clone()));
        }
    }

    fn operands(&mut self, operands: &[Operand], reads: &mut Vec<Read>) {
        for operand in operands {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.operand(operand, reads));
        }
    }

    fn operand(&mut self, operand: &Operand, reads: &mut Vec<Read>) {
        let path = |fields: &[FieldName]| fields.iter().map(|field| field.name.clone()).collect();
        let read = match &operand.kind {
            OperandKind::Dot => Read { root: Root::Dot, fields: Box::default() },
            OperandKind::Field(fields) => Read { root: Root::Dot, fields: path(fields) },
            OperandKind::Variable(slot, fields) => {
                if let Some(why) = self.tainted.get(slot).cloned() {
                    self.because(|| why);
                }
                Read { root: Root::Variable(*slot), fields: path(fields) }
            }
            OperandKind::Chain(inner, _) => return self.operand(inner, reads),
            OperandKind::Pipe(pipe) => return self.pipeline(pipe, reads),
            // Elsewhere than in the first place it is called without arguments.
            OperandKind::Function(function) => return self.call(function, 0),
            OperandKind::Nil
            | OperandKind::Constant(_)
            | OperandKind::BadConstant(_)
            | OperandKind::UndefinedVariable(_) => return,
        };
        add(reads, std::iter::once(&read));
    }
}

fn taint(tainted: &mut HashMap<VarSlot, Opaque>, pipe: &Pipeline, why: &Opaque) {
    for slot in slots(pipe) {
        tainted.entry(slot).or_insert_with(|| why.clone());
    }
}

/// Whether a step assigns a new value to a variable, itself or in a block inside it.
fn assigns(step: &Step, assigning: &[bool]) -> bool {
    let own = match step {
        Step::Set(pipe) => pipe.assigns,
        Step::Condition(condition) => condition.pipe.assigns,
        Step::Range(range) => range.pipe.assigns,
        Step::Slot(_) | Step::Call(_) | Step::Rest(_) | Step::Break | Step::Continue | Step::Given(_) => {
            false
        }
    };
    own || step.blocks().any(|block| assigning[block as usize])
}
