//! From two render trees of one page to the patch between them.

// Whoever has a patch sends it as it is, so far.
#[cfg(test)]
mod apply;
#[cfg(test)]
mod compose;
mod cost;
mod keyed;
mod patch;
mod reason;

pub(crate) use self::keyed::{ItemsDiff, Run};
pub(crate) use self::patch::{Change, Changes, Patch, RangePatch, RangeStep};
pub use self::reason::{Reason, Reasons};
#[cfg(test)]
pub(crate) use self::{apply::apply, compose::compose};
use crate::tree::node::{BlockTree, Dynamic, Item, RangeTree, Tree};
use crate::tree::program::Program;
use std::sync::Arc;

/// Numbers items without a key as they first appear on a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdCounter(u64);

impl IdCounter {
    pub fn next(&mut self) -> Arc<str> {
        self.0 += 1;
        format!("~{}", self.0).into()
    }
}

/// Gives ids to all items of a page's first tree that have no key.
pub(crate) fn identify(tree: &mut Tree, ids: &mut IdCounter) {
    if let Some(root) = Arc::get_mut(&mut tree.root) {
        identify_all(&mut root.children, ids);
    }
}

fn identify_all(dynamics: &mut [Dynamic], ids: &mut IdCounter) {
    for dynamic in dynamics {
        identify_one(dynamic, ids);
    }
}

/// The tree was just built, so nothing else shares its parts yet and `get_mut` always succeeds.
fn identify_one(dynamic: &mut Dynamic, ids: &mut IdCounter) {
    stacker::maybe_grow(64 << 10, 1 << 20, || match dynamic {
        Dynamic::Empty | Dynamic::Text(_) => {}
        Dynamic::Block(block) => {
            if let Some(block) = Arc::get_mut(block) {
                identify_all(&mut block.children, ids);
            }
        }
        Dynamic::Range(range) => {
            if let Some(range) = Arc::get_mut(range) {
                identify_range(range, ids);
            }
        }
    });
}

fn identify_range(range: &mut RangeTree, ids: &mut IdCounter) {
    for item in &mut range.items {
        if let Some(item) = Arc::get_mut(item) {
            identify_item(item, ids);
        }
    }
    if let Some(otherwise) = &mut range.otherwise {
        identify_one(otherwise, ids);
    }
}

fn identify_item(item: &mut Item, ids: &mut IdCounter) {
    if !item.keyed {
        item.id = ids.next();
    }
    identify_all(&mut item.children, ids);
}

/// The patch that puts all of `new` in the place of whatever was shown.
pub(crate) fn replace(new: &mut Tree, ids: &mut IdCounter) -> Patch {
    identify(new, ids);
    let replaced = |(index, dynamic): (usize, &Dynamic)| (index as u32, Change::Replace(dynamic.clone()));
    let changes = new.root.children.iter().enumerate().map(replaced).collect();
    Patch { changes, reasons: Reasons::from(Reason::Lost) }
}

/// The patch that leads from `old` to `new`.
///
/// Items of `new` without a key get their ids here: those of the old items they match, or new ones.
pub(crate) fn diff(program: &Program, old: &Tree, new: &mut Tree, ids: &mut IdCounter) -> Patch {
    let mut differ = Differ::new(program, ids);
    let changes = match Arc::get_mut(&mut new.root) {
        Some(root) => differ.children(&old.root.children, &mut root.children),
        None => Vec::new(),
    };
    Patch { changes, reasons: differ.reasons }
}

/// Finds what differs between parts of two trees.
pub(crate) struct Differ<'d> {
    program: &'d Program,
    ids: &'d mut IdCounter,
    /// Why parts are replaced that could have been changed.
    pub reasons: Reasons,
}

impl<'d> Differ<'d> {
    pub fn new(program: &'d Program, ids: &'d mut IdCounter) -> Differ<'d> {
        Differ { program, ids, reasons: Reasons::default() }
    }

    fn children(&mut self, old: &[Dynamic], new: &mut [Dynamic]) -> Changes {
        let mut changes = Vec::new();
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            changes.extend(self.dynamic(old, new).map(|change| (index as u32, change)));
        }
        changes
    }

    pub fn dynamic(&mut self, old: &Dynamic, new: &mut Dynamic) -> Option<Change> {
        stacker::maybe_grow(128 << 10, 2 << 20, || match (old, &mut *new) {
            (Dynamic::Empty, Dynamic::Empty) => None,
            (Dynamic::Text(a), Dynamic::Text(b)) => (a != b).then(|| Change::Text(b.clone())),
            (Dynamic::Block(a), Dynamic::Block(b)) if a.block == b.block => {
                let changes = self.block(a, b);
                (!changes.is_empty()).then_some(Change::Block(changes))
            }
            // Only of HTML that the host renders do the items of one range become others.
            (Dynamic::Range(a), Dynamic::Range(b)) if a.body == b.body => self.range(a, b),
            _ => {
                identify_one(new, self.ids);
                Some(Change::Replace(new.clone()))
            }
        })
    }

    fn block(&mut self, old: &Arc<BlockTree>, new: &mut Arc<BlockTree>) -> Changes {
        Arc::get_mut(new).map_or_else(Vec::new, |new| self.children(&old.children, &mut new.children))
    }

    fn range(&mut self, old: &Arc<RangeTree>, shared: &mut Arc<RangeTree>) -> Option<Change> {
        let new = Arc::get_mut(shared)?;
        match (old.items.is_empty(), new.items.is_empty()) {
            (true, true) => {
                let (Some(Dynamic::Block(a)), Some(Dynamic::Block(b))) = (&old.otherwise, &mut new.otherwise)
                else {
                    return None;
                };
                let changes = self.block(a, b);
                (!changes.is_empty()).then_some(Change::Otherwise(changes))
            }
            (false, false) => match self.items(new.body, &old.items, &mut new.items, &[]) {
                ItemsDiff::Equal => None,
                ItemsDiff::Patch(patch) => Some(Change::Range(patch)),
                ItemsDiff::CostsMore => {
                    self.reasons.add(Reason::Cost);
                    Some(Change::Refill(shared.clone()))
                }
                ItemsDiff::NoneKept | ItemsDiff::RunMoved => Some(self.refill(shared)),
            },
            _ => Some(self.refill(shared)),
        }
    }

    /// Gives ids to all items of a range of which none was there before.
    pub fn refill(&mut self, range: &mut Arc<RangeTree>) -> Change {
        if let Some(range) = Arc::get_mut(range) {
            identify_range(range, self.ids);
        }
        Change::Refill(range.clone())
    }
}
