//! What leads from one state of a page to another.

use super::reason::Reasons;
use crate::tree::node::{Dynamic, Item, RangeTree};
use crate::tree::program::BlockId;
use crate::value::Text;
use std::sync::Arc;

/// The changed children of a block, by index, ascending.
pub(crate) type Changes = Vec<(u32, Change)>;

/// What a page's dynamics must become.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Patch {
    /// The changed dynamics of the entry's block.
    pub changes: Changes,
    /// Why parts are replaced that could have been changed.
    pub reasons: Reasons,
}

#[cfg(test)]
impl Patch {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// One changed dynamic.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) enum Change {
    /// A value's new text.
    Text(Text),
    /// Something else than before stands here.
    Replace(Dynamic),
    /// The same block with changed children.
    Block(Changes),
    /// The same range with changed items.
    Range(RangePatch),
    /// The range's new state as a whole: no item of before is left, or to say which are would take more.
    Refill(Arc<RangeTree>),
    /// The range stays empty and its `else` block changed.
    Otherwise(Changes),
}

/// The way from one non-empty list of items to another: a script that goes over both lists at once.
///
/// Every step stands for a part of the old list, of the new one, or of both: those of the old list, one after another, are the
/// old list, and those of the new one are the new list. What is of both stays where it is.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct RangePatch {
    /// The block of every item.
    pub body: BlockId,
    pub steps: Vec<RangeStep>,
}

/// One step of a [`RangePatch`].
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) enum RangeStep {
    /// In both lists: neighbours that stay as they are, of which nothing more is known than how many they are. Another step
    /// than this one follows.
    Run {
        /// Never 0.
        len: usize,
        /// The id of the last one, except before a [`RangeStep::Keep`] and at the end.
        last: Option<Arc<str>>,
    },
    /// In both lists: one item, with what changes in it.
    Keep(Arc<str>, Changes),
    /// In the old list: an item that goes.
    Remove(Arc<str>),
    /// In the old list: an item that goes to where its [`RangeStep::Place`] is.
    Take(Arc<str>),
    /// In the new list: an item that moves here, as it becomes, and what changes in it.
    Place(Arc<Item>, Changes),
    /// In the new list: a new item.
    Insert(Arc<Item>),
}

impl RangeStep {
    /// How many items of the new list it stands for.
    pub fn new_len(&self) -> usize {
        match self {
            RangeStep::Run { len, .. } => *len,
            RangeStep::Keep(..) | RangeStep::Place(..) | RangeStep::Insert(_) => 1,
            RangeStep::Remove(_) | RangeStep::Take(_) => 0,
        }
    }
}

impl RangePatch {
    /// Ids of the items that go, in the old order.
    pub fn removed(&self) -> impl Iterator<Item = &Arc<str>> {
        self.steps.iter().filter_map(|step| match step {
            RangeStep::Remove(id) => Some(id),
            _ => None,
        })
    }

    /// The items that change in place or as they move, in the new order.
    pub fn updated(&self) -> impl Iterator<Item = (&Arc<str>, &Changes)> {
        let all = self.steps.iter().filter_map(|step| match step {
            RangeStep::Keep(id, changes) => Some((id, changes)),
            RangeStep::Place(item, changes) => Some((&item.id, changes)),
            _ => None,
        });
        all.filter(|(_, changes)| !changes.is_empty())
    }

    /// The items that move, in the new order.
    pub fn moved(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.steps.iter().filter_map(|step| match step {
            RangeStep::Place(item, _) => Some(item),
            _ => None,
        })
    }

    /// The new items, in their order.
    pub fn inserted(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.steps.iter().filter_map(|step| match step {
            RangeStep::Insert(item) => Some(item),
            _ => None,
        })
    }

    /// Ids of all items in the new order; `None` when not all are known.
    pub fn order(&self) -> Option<Vec<&Arc<str>>> {
        let mut order = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            match step {
                RangeStep::Run { .. } => return None,
                RangeStep::Keep(id, _) => order.push(id),
                RangeStep::Place(item, _) | RangeStep::Insert(item) => order.push(&item.id),
                RangeStep::Remove(_) | RangeStep::Take(_) => {}
            }
        }
        Some(order)
    }

    /// Whether it leaves all items as they are.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| match step {
            RangeStep::Run { .. } => true,
            RangeStep::Keep(_, changes) => changes.is_empty(),
            _ => false,
        })
    }
}

impl Drop for Patch {
    /// Changes nest as deeply as the tree, so they are taken apart one by one.
    fn drop(&mut self) {
        let mut open = vec![std::mem::take(&mut self.changes)];
        while let Some(changes) = open.pop() {
            for (_, change) in changes {
                match change {
                    Change::Block(inner) | Change::Otherwise(inner) => open.push(inner),
                    Change::Range(range) => {
                        open.extend(range.steps.into_iter().filter_map(|step| match step {
                            RangeStep::Keep(_, inner) | RangeStep::Place(_, inner) => Some(inner),
                            _ => None,
                        }))
                    }
                    Change::Text(_) | Change::Replace(_) | Change::Refill(_) => {}
                }
            }
        }
    }
}
