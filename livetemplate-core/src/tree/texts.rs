//! What the texts of fragments may hold: which of them new values can be put into.
//!
//! The text of a fragment is its outer HTML. One that has other fragments in it has only its start tag, so that a change in it
//! never concerns the text of another.

use super::dependencies::first_paths;
use super::elements::{Elements, Fragment};
use super::program::{BlockId, Given, Program, Step};
use super::reads::Reads;
use super::support::Support;
use crate::escape::Escaper;
use std::collections::HashMap;

/// What is known of the dynamics of a program.
#[derive(Debug)]
pub(crate) struct Texts {
    blocks: Vec<Vec<Facts>>,
    paths: HashMap<(BlockId, u32), String>,
}

/// What a dynamic may show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Facts {
    /// Ranges whose items are fragments.
    rows: bool,
    /// Any fragments.
    fragments: bool,
    is_supported: bool,
    is_json: bool,
}

impl Texts {
    pub fn of(program: &Program, reads: &Reads, elements: &Elements, support: &Support) -> Texts {
        let blocks = program.blocks.iter().map(|block| vec![Facts::default(); block.statics.len() - 1]);
        let mut texts = Texts { blocks: blocks.collect(), paths: first_paths(program, reads) };
        while texts.grow(program, elements) {}
        for (id, block) in program.blocks.iter().enumerate() {
            let steps = block.steps.iter().enumerate().filter(|(_, step)| step.is_dynamic());
            for ((index, step), facts) in steps.zip(&mut texts.blocks[id]) {
                facts.is_supported = support.supports_values(program, id as BlockId, index);
                facts.is_json = matches!(step, Step::Slot(slot) if slot.escapers.contains(&Escaper::JsVal));
            }
        }
        texts
    }

    /// Adds what dynamics show of what the blocks in them do. Whether anything came to it.
    fn grow(&mut self, program: &Program, elements: &Elements) -> bool {
        let mut has_grown = false;
        for id in program.blocks_inner_first() {
            let dynamics = program.block(id).steps.iter().filter(|step| step.is_dynamic());
            for (step, at) in dynamics.zip(0..) {
                let mut facts = self.blocks[id as usize][at];
                // What stands there only a tree knows.
                let is_any = matches!(step, Step::Given(Given::Inner));
                (facts.rows, facts.fragments) = (facts.rows || is_any, facts.fragments || is_any);
                for inner in step.runs(program) {
                    let is_body = matches!(step, Step::Range(range) if range.body == inner);
                    let own = elements.block(inner);
                    // Each item of a wrapper may be a row.
                    facts.rows |= is_body && (own.row.is_some() || elements.is_wrapper(program, inner));
                    facts.fragments |= facts.rows || !is_body && own.fragments.iter().any(|f| f.is_used);
                    for known in &self.blocks[inner as usize] {
                        facts.rows |= known.rows;
                        facts.fragments |= known.rows || !is_body && known.fragments;
                    }
                }
                has_grown |= facts != self.blocks[id as usize][at];
                self.blocks[id as usize][at] = facts;
            }
        }
        has_grown
    }

    /// Whether fragments may stand in what the dynamic shows; in a row those are rows only.
    pub fn holds_fragments(&self, block: BlockId, dynamic: u32, in_row: bool) -> bool {
        let facts = &self.blocks[block as usize][dynamic as usize];
        if in_row { facts.rows } else { facts.fragments }
    }

    /// Whether no other fragment stands in this one.
    pub fn is_leaf(&self, elements: &Elements, block: BlockId, at: u32, in_row: bool) -> bool {
        let fragments = &elements.block(block).fragments;
        let fragment = &fragments[at as usize];
        let is_inside = |other: &Fragment| other.start > fragment.start && other.start < fragment.end;
        (in_row || !fragments.iter().any(|other| other.is_used && is_inside(other)))
            && !fragment.dynamics().any(|dynamic| self.holds_fragments(block, dynamic, in_row))
    }

    /// Whether only constructs stand there that new values can be put into.
    pub fn supports_values(&self, block: BlockId, dynamics: std::ops::Range<u32>) -> bool {
        let dynamics = dynamics.start as usize..dynamics.end as usize;
        self.blocks[block as usize][dynamics].iter().all(|facts| facts.is_supported)
    }

    /// Whether the dynamic is a value in a script.
    pub fn is_json(&self, block: BlockId, dynamic: u32) -> bool {
        self.blocks[block as usize][dynamic as usize].is_json
    }

    /// The data path that the dynamic reads first, `.` where there is none.
    pub fn path(&self, block: BlockId, dynamic: u32) -> &str {
        self.paths.get(&(block, dynamic)).map_or(".", String::as_str)
    }
}
