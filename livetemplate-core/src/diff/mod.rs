//! From two render trees of one page to the patch between them.

mod keyed;
mod patch;

pub(crate) use self::keyed::{ItemsDiff, Run, diff_items};
pub(crate) use self::patch::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::tree::node::{BlockTree, Dynamic, Item, RangeTree, Tree};
use std::sync::Arc;

/// Numbers items without a key as they first appear on a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdCounter(u64);

impl IdCounter {
    fn next(&mut self) -> Arc<str> {
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
pub(crate) fn identify_one(dynamic: &mut Dynamic, ids: &mut IdCounter) {
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

/// The patch that leads from `old` to `new`.
///
/// Items of `new` without a key get their ids here: those of the old items they match, or new ones. Parts that are equal
/// are taken over from `old`, so that the two trees share them.
pub(crate) fn diff(old: &Tree, new: &mut Tree, ids: &mut IdCounter) -> Patch {
    let changes = match Arc::get_mut(&mut new.root) {
        Some(root) => diff_children(&old.root.children, &mut root.children, ids),
        None => Vec::new(),
    };
    Patch { changes }
}

/// The patch that puts all of `new` in the place of whatever was shown.
pub(crate) fn replace(new: &mut Tree, ids: &mut IdCounter) -> Patch {
    identify(new, ids);
    let replaced = |(index, dynamic): (usize, &Dynamic)| (index as u32, Change::Replace(dynamic.clone()));
    Patch { changes: new.root.children.iter().enumerate().map(replaced).collect() }
}

fn diff_children(old: &[Dynamic], new: &mut [Dynamic], ids: &mut IdCounter) -> Changes {
    let mut changes = Vec::new();
    for (index, (old, new)) in old.iter().zip(new).enumerate() {
        match diff_dynamic(old, new, ids) {
            Some(change) => changes.push((index as u32, change)),
            None => *new = old.clone(),
        }
    }
    changes
}

pub(crate) fn diff_dynamic(old: &Dynamic, new: &mut Dynamic, ids: &mut IdCounter) -> Option<Change> {
    stacker::maybe_grow(128 << 10, 2 << 20, || match (old, &mut *new) {
        (Dynamic::Empty, Dynamic::Empty) => None,
        (Dynamic::Text(a), Dynamic::Text(b)) => (a != b).then(|| Change::Text(b.clone())),
        (Dynamic::Block(a), Dynamic::Block(b)) if a.block == b.block => {
            let changes = diff_block(a, b, ids);
            (!changes.is_empty()).then_some(Change::Block(changes))
        }
        (Dynamic::Range(a), Dynamic::Range(b)) => diff_range(a, b, ids),
        _ => {
            identify_one(new, ids);
            Some(Change::Replace(new.clone()))
        }
    })
}

fn diff_block(old: &Arc<BlockTree>, new: &mut Arc<BlockTree>, ids: &mut IdCounter) -> Changes {
    Arc::get_mut(new).map_or_else(Vec::new, |new| diff_children(&old.children, &mut new.children, ids))
}

fn diff_range(old: &Arc<RangeTree>, shared: &mut Arc<RangeTree>, ids: &mut IdCounter) -> Option<Change> {
    let new = Arc::get_mut(shared)?;
    match (old.items.is_empty(), new.items.is_empty()) {
        (true, true) => {
            let (Some(Dynamic::Block(a)), Some(Dynamic::Block(b))) = (&old.otherwise, &mut new.otherwise)
            else {
                return None;
            };
            let changes = diff_block(a, b, ids);
            (!changes.is_empty()).then_some(Change::Otherwise(new.body, changes))
        }
        (false, false) => match diff_items(new.body, &old.items, &mut new.items, &[], ids) {
            ItemsDiff::Equal => None,
            ItemsDiff::Patch(patch) => Some(Change::Range(patch)),
            ItemsDiff::NoneKept | ItemsDiff::RunMoved => Some(refill(shared, ids)),
        },
        _ => Some(refill(shared, ids)),
    }
}

fn refill(range: &mut Arc<RangeTree>, ids: &mut IdCounter) -> Change {
    if let Some(range) = Arc::get_mut(range) {
        identify_range(range, ids);
    }
    Change::Refill(range.clone())
}
