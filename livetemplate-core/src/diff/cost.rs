//! What patches cost to send.
//!
//! In bytes, about: what every wire format sends of them, with the same small price in each for what names a place, an item or
//! an operation. Texts count as they are, before a format escapes them.

#[cfg(test)]
use super::patch::Patch;
use super::patch::{Change, Changes, RangePatch, RangeStep};
use crate::tree::node::{Dynamic, Item, RangeTree};
use crate::tree::program::{BlockId, Program};
use std::sync::Arc;

/// An operation on an item, or an item: what goes with its key and its contents.
const OPERATION: usize = 10;

/// A place in a block or an item: what goes with its contents.
const PLACE: usize = 7;

/// A key in a list of keys: what goes with it.
const LISTED: usize = 3;

#[cfg(test)]
impl Patch {
    pub fn cost(&self, program: &Program) -> usize {
        changes_cost(program, &self.changes)
    }

    /// Whether its owner sends the full state in its place: the HTML of all that is shown has this length.
    pub fn gives_way(&self, program: &Program, html_len: usize) -> bool {
        self.cost(program) > html_len
    }
}

fn changes_cost(program: &Program, changes: &Changes) -> usize {
    changes.iter().map(|(_, change)| PLACE + change_cost(program, change)).sum()
}

fn change_cost(program: &Program, change: &Change) -> usize {
    stacker::maybe_grow(64 << 10, 1 << 20, || match change {
        Change::Text(text) => text.as_bytes().len(),
        Change::Replace(dynamic) => full_cost(program, dynamic),
        Change::Block(changes) | Change::Otherwise(changes) => changes_cost(program, changes),
        Change::Range(patch) => patch.cost(program),
        Change::Refill(range) => refill_cost(program, range),
    })
}

impl RangePatch {
    pub fn cost(&self, program: &Program) -> usize {
        let mut cost = 0;
        let (mut in_order, mut by_row) = (Some(0), 0);
        for step in &self.steps {
            let mut listed = |id: &str| in_order = in_order.map(|cost| cost + LISTED + id.len());
            match step {
                RangeStep::Run { .. } => in_order = None,
                RangeStep::Keep(id, changes) => {
                    listed(id);
                    if !changes.is_empty() {
                        cost += OPERATION + id.len() + changes_cost(program, changes);
                    }
                }
                RangeStep::Remove(id) => cost += OPERATION + id.len(),
                RangeStep::Take(_) => {}
                RangeStep::Place(item, changes) => {
                    listed(&item.id);
                    by_row += OPERATION + item.id.len() + item_cost(program, item);
                    if let (Some(cost), false) = (&mut in_order, changes.is_empty()) {
                        *cost += OPERATION + item.id.len() + changes_cost(program, changes);
                    }
                }
                RangeStep::Insert(item) => {
                    listed(&item.id);
                    cost += item_cost(program, item);
                }
            }
        }
        // Items move when all keys are named in their order, or are removed and sent again.
        cost + in_order.map_or(by_row, |in_order| in_order.min(by_row))
    }

    /// Whether it costs more than to send all items instead. `new` are the new items that are known; of others only how many
    /// they are counts, so that the answer may be yes where it costs less.
    pub fn costs_more(&self, program: &Program, new: &[Arc<Item>]) -> bool {
        if self.removed().next().is_none() && self.moved().next().is_none() {
            // New items are sent either way, and changes of an item are a part of it.
            return false;
        }
        let runs = self.steps.iter().map(|step| match step {
            RangeStep::Run { len, .. } => *len,
            _ => 0,
        });
        let unknown = runs.sum::<usize>() * OPERATION;
        let cost = self.cost(program);
        // Most often the number of the items is enough to tell.
        cost > unknown + new.len() * OPERATION && cost > unknown + items_cost(program, new)
    }
}

/// What it takes to send something that is not there yet.
fn full_cost(program: &Program, dynamic: &Dynamic) -> usize {
    stacker::maybe_grow(64 << 10, 1 << 20, || match dynamic {
        Dynamic::Empty => 0,
        Dynamic::Text(text) => text.as_bytes().len(),
        Dynamic::Block(tree) => statics_cost(program, tree.block) + children_cost(program, &tree.children),
        Dynamic::Range(range) => statics_cost(program, range.body) + refill_cost(program, range),
    })
}

fn refill_cost(program: &Program, range: &RangeTree) -> usize {
    items_cost(program, &range.items)
        + range.otherwise.as_ref().map_or(0, |otherwise| full_cost(program, otherwise))
}

fn items_cost(program: &Program, items: &[Arc<Item>]) -> usize {
    items.iter().map(|item| item_cost(program, item)).sum()
}

fn item_cost(program: &Program, item: &Item) -> usize {
    OPERATION + item.id.len() + children_cost(program, &item.children)
}

fn children_cost(program: &Program, children: &[Dynamic]) -> usize {
    children.iter().map(|child| PLACE + full_cost(program, child)).sum()
}

fn statics_cost(program: &Program, block: BlockId) -> usize {
    program.block(block).statics.iter().map(|text| text.len()).sum()
}
