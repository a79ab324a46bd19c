//! Which constructs of a template value patches support: those that change values and leave the structure of the HTML as it is.
//!
//! `docs/analysis.md` has the rules with examples.

use super::program::{BlockId, Condition, Program, Range, Step};
use std::fmt;

/// Why value patches do not support a construct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unsupported {
    /// A branch of a condition has elements.
    Elements,
    /// A branch of a condition has no literal text.
    NoText,
    /// The items of a range have no fixed structure.
    Items,
    /// `break` or `continue` in a range.
    Ends,
    /// A template calls itself.
    Recursion,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsupported::Elements => "dynamic conditional affects HTML structure: a branch has elements",
            Unsupported::NoText => "dynamic conditional: a branch has no literal text",
            Unsupported::Items => {
                "range over items without a fixed structure: a construct in it is not supported"
            }
            Unsupported::Ends => {
                "dynamic range iteration: `break` or `continue` lets the data choose what is shown"
            }
            Unsupported::Recursion => "recursive template: its structure follows the data",
        })
    }
}

/// What a block can write, with what it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Contents {
    /// Tags of elements.
    tags: bool,
    /// Literal text other than white space.
    text: bool,
    /// Values.
    values: bool,
}

impl std::ops::BitOr for Contents {
    type Output = Contents;

    fn bitor(self, other: Contents) -> Contents {
        Contents {
            tags: self.tags | other.tags,
            text: self.text | other.text,
            values: self.values | other.values,
        }
    }
}

/// Whether value patches support a condition, by what its branches can write (without `else` there is one branch): none has the
/// tag of an element, there is literal text, and no branch shows values without any.
fn condition(branches: &[Contents]) -> Option<Unsupported> {
    if branches.iter().any(|branch| branch.tags) {
        return Some(Unsupported::Elements);
    }
    let bare = branches.iter().any(|branch| branch.values && !branch.text);
    (bare || !branches.iter().any(|branch| branch.text)).then_some(Unsupported::NoText)
}

/// Whether value patches support a range: what its items can show is the same structure for each. How many there are does not
/// matter here; each update of a page decides by that, and by the keys, how to send them.
fn range(items_end_early: bool, body_is_supported: bool) -> Option<Unsupported> {
    match (items_end_early, body_is_supported) {
        (true, _) => Some(Unsupported::Ends),
        (false, false) => Some(Unsupported::Items),
        (false, true) => None,
    }
}

/// For each step of a program whether value patches support it.
#[derive(Debug)]
pub(crate) struct Support {
    /// By block and step.
    own: Vec<Vec<Option<Unsupported>>>,
    contents: Vec<Contents>,
    /// By block: whether everything in it and in what it runs is supported.
    blocks: Vec<bool>,
}

impl Support {
    pub fn of(program: &Program) -> Support {
        let contents = contents(program);
        let groups = groups_of_calls(program);
        let mut own = Vec::with_capacity(program.blocks.len());
        for (template, blocks) in program.blocks_of_templates() {
            let reason = |step: &Step| match step {
                Step::Condition(Condition { with: false, .. }) => {
                    let branches: Vec<_> = step.blocks().map(|block| contents[block as usize]).collect();
                    condition(&branches)
                }
                Step::Call(call) if groups[call.template as usize] == groups[template] => {
                    Some(Unsupported::Recursion)
                }
                _ => None,
            };
            own.extend(program.blocks[blocks].iter().map(|block| block.steps.iter().map(reason).collect()));
        }
        let mut support = Support { own, contents, blocks: vec![true; program.blocks.len()] };
        support.settle(program);
        support
    }

    /// Why the construct is not supported, apart from what stands in it.
    pub fn reason(&self, block: BlockId, step: usize) -> Option<Unsupported> {
        self.own[block as usize][step]
    }

    /// Whether the step, and all that it runs, is supported: then it can be updated by its values.
    pub fn supports_values(&self, program: &Program, block: BlockId, step: usize) -> bool {
        self.reason(block, step).is_none() && self.inner(program, &program.block(block).steps[step])
    }

    /// Whether the block, or what it runs, writes elements.
    pub fn writes_elements(&self, block: BlockId) -> bool {
        self.contents[block as usize].tags
    }

    fn inner(&self, program: &Program, step: &Step) -> bool {
        step.runs(program).all(|block| self.blocks[block as usize])
    }

    /// Finds what ranges and blocks run.
    fn settle(&mut self, program: &Program) {
        let order = program.blocks_inner_first();
        let mut changed = true;
        while changed {
            changed = false;
            for &id in &order {
                let block = program.block(id);
                for (index, step) in block.steps.iter().enumerate() {
                    if let Step::Range(Range { body, .. }) = step {
                        let ends_early = program.block(*body).may_end;
                        self.own[id as usize][index] = range(ends_early, self.blocks[*body as usize]);
                    }
                }
                let supported = (0..block.steps.len()).all(|step| self.supports_values(program, id, step));
                changed |= std::mem::replace(&mut self.blocks[id as usize], supported) != supported;
            }
        }
    }
}

/// What each block can write.
fn contents(program: &Program) -> Vec<Contents> {
    let order = program.blocks_inner_first();
    let mut contents = vec![Contents::default(); program.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for id in order.iter().map(|id| *id as usize) {
            let block = &program.blocks[id];
            let text = block.statics.iter().any(|text| !text.trim_ascii().is_empty());
            let values = block.steps.iter().any(|step| matches!(step, Step::Slot(_)));
            let own = Contents { tags: program.marks[id].has_tags(), text, values };
            let inner = block.steps.iter().flat_map(|step| step.runs(program));
            let all = inner.fold(own, |all, block| all | contents[block as usize]);
            changed |= std::mem::replace(&mut contents[id], all) != all;
        }
    }
    contents
}

/// For each template the number of its group: templates that call each other in a circle are one group.
fn groups_of_calls(program: &Program) -> Vec<usize> {
    let count = program.templates.len();
    let (mut calls, mut callers) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (template, blocks) in program.blocks_of_templates() {
        for step in program.blocks[blocks].iter().flat_map(|block| &block.steps) {
            if let Step::Call(call) = step {
                calls[template].push(call.template as usize);
                callers[call.template as usize].push(template);
            }
        }
    }
    // Templates in the order in which going through their calls ends, then back along the calls from the last one.
    let mut order = Vec::with_capacity(count);
    let mut seen = vec![false; count];
    for start in 0..count {
        let mut path = vec![(start, 0)];
        while let Some((template, next)) = path.pop() {
            if next == 0 && std::mem::replace(&mut seen[template], true) {
                continue;
            }
            match calls[template].get(next) {
                Some(&callee) => path.extend([(template, next + 1), (callee, 0)]),
                None => order.push(template),
            }
        }
    }
    let mut groups = vec![usize::MAX; count];
    for start in order.into_iter().rev() {
        let mut open = vec![start];
        while let Some(template) = open.pop() {
            if groups[template] == usize::MAX {
                groups[template] = start;
                open.extend(&callers[template]);
            }
        }
    }
    groups
}
