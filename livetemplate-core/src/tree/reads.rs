//! What every step of a program reads, and whether that alone decides what it shows.

use super::program::{Block, BlockId, Program, Slot, SlotValue, Step};
use crate::template::expr::{FieldName, FunctionKind, Operand, OperandKind, Pipeline, Target, VarSlot};
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

/// What is known of one step before it runs.
#[derive(Debug, Default)]
pub(crate) struct StepReads {
    /// All that the step reads: its pipeline, and what blocks in it read from outside of them.
    pub all: Vec<Read>,
    /// What the body of a range reads besides its items.
    pub outside: Vec<Read>,
    /// Whether the body of a range reads the variable that counts its items.
    pub index: bool,
    /// Whether a range may run in it.
    pub holds_range: bool,
}

/// What the steps of a program read.
#[derive(Debug)]
pub(crate) struct Reads {
    /// For each block its steps.
    pub blocks: Vec<Vec<StepReads>>,
    /// Whether the data that is read alone decides what is shown, item by item.
    ///
    /// Not so where a function gives another result each time, where a variable is assigned a new value (it carries what
    /// one place found to others) and where `break` or `continue` let one place decide on others.
    pub decides: bool,
}

impl Reads {
    pub fn of(program: &Program) -> Reads {
        let holds_range = holding_ranges(program);
        let mut reads = Reads { blocks: Vec::with_capacity(program.blocks.len()), decides: true };
        // What each block reads from outside of it. Blocks stand after those inside them.
        let mut outside: Vec<Vec<Read>> = Vec::with_capacity(program.blocks.len());
        for (id, block) in program.blocks.iter().enumerate() {
            let mut finder = Finder { blocks: &outside, decides: &mut reads.decides };
            let steps: Vec<StepReads> = block.steps.iter().map(|step| finder.step(step)).collect();
            outside.push(outside_of(block, &steps));
            reads.blocks.push(steps);
            let ranges = block.steps.iter().map(|step| step_holds_range(program, &holds_range, step));
            for (step, holds) in reads.blocks[id].iter_mut().zip(ranges) {
                step.holds_range = holds;
            }
        }
        reads
    }
}

/// For each block whether a range may run in it.
fn holding_ranges(program: &Program) -> Vec<bool> {
    let mut found = vec![false; program.blocks.len()];
    // Blocks stand after those inside them, so one round settles everything but calls of later templates.
    loop {
        let mut changed = false;
        for (id, block) in program.blocks.iter().enumerate() {
            if !found[id] && block.steps.iter().any(|step| step_holds_range(program, &found, step)) {
                found[id] = true;
                changed = true;
            }
        }
        if !changed {
            return found;
        }
    }
}

fn step_holds_range(program: &Program, found: &[bool], step: &Step) -> bool {
    match step {
        Step::Range(_) => true,
        Step::Call(call) => found[program.templates[call.template as usize].root as usize],
        other => other.blocks().any(|block| found[block as usize]),
    }
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
    blocks: &'f [Vec<Read>],
    decides: &'f mut bool,
}

impl Finder<'_> {
    fn step(&mut self, step: &Step) -> StepReads {
        let mut reads = StepReads::default();
        match step {
            Step::Slot(slot) => self.slot(slot, &mut reads.all),
            Step::Set(pipe) => self.pipeline(pipe, &mut reads.all),
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
                        let body = &self.blocks[range.body as usize];
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
            Step::Rest(_) | Step::Break | Step::Continue => *self.decides = false,
        }
        reads
    }

    /// What a block reads from outside of the step it is in.
    fn inner(&mut self, block: BlockId, declared: &[VarSlot], same_dot: bool, reads: &mut Vec<Read>) {
        let outside = self.blocks[block as usize].iter();
        add(reads, outside.filter(|read| !is_of(read, declared) && (same_dot || read.root != Root::Dot)));
    }

    fn slot(&mut self, slot: &Slot, reads: &mut Vec<Read>) {
        self.slot_value(&slot.value, reads);
    }

    fn slot_value(&mut self, value: &SlotValue, reads: &mut Vec<Read>) {
        match value {
            SlotValue::Pipeline(pipe) => self.pipeline(pipe, reads),
            SlotValue::Arguments(operands) => self.operands(operands, reads),
            SlotValue::Own(own) => {
                *self.decides &= own.escaper.function.is_pure(1);
                self.slot_value(&own.values, reads);
            }
        }
    }

    fn pipeline(&mut self, pipe: &Pipeline, reads: &mut Vec<Read>) {
        *self.decides &= !pipe.assigns;
        for (i, command) in pipe.commands.iter().enumerate() {
            let [first, args @ ..] = &command.words[..] else { continue };
            match &first.kind {
                OperandKind::Function(function) => {
                    if let FunctionKind::Host(host) = &function.kind {
                        *self.decides &= host.is_pure(args.len() + usize::from(i > 0));
                    }
                    self.operands(args, reads);
                }
                _ => self.operands(&command.words, reads),
            }
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
            OperandKind::Variable(slot, fields) => Read { root: Root::Variable(*slot), fields: path(fields) },
            OperandKind::Chain(inner, _) => return self.operand(inner, reads),
            OperandKind::Pipe(pipe) => return self.pipeline(pipe, reads),
            // Elsewhere than in the first place it is called without arguments.
            OperandKind::Function(function) => {
                if let FunctionKind::Host(host) = &function.kind {
                    *self.decides &= host.is_pure(0);
                }
                return;
            }
            OperandKind::Nil
            | OperandKind::Constant(_)
            | OperandKind::BadConstant(_)
            | OperandKind::UndefinedVariable(_) => return,
        };
        add(reads, std::iter::once(&read));
    }
}
