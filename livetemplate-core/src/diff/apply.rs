//! What a patch makes of a tree: the reference for every client.

use super::patch::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::tree::node::{BlockTree, Dynamic, Item, RangeTree, Tree};
use std::collections::HashMap;
use std::sync::Arc;

/// The tree that the patch leads to from `tree`, which is the one that the patch was made for.
pub(crate) fn apply(tree: &Tree, patch: &Patch) -> Tree {
    Tree { root: Arc::new(apply_block(&tree.root, &patch.changes)) }
}

fn apply_block(block: &BlockTree, changes: &Changes) -> BlockTree {
    BlockTree::new(block.block, apply_all(&block.children, changes))
}

fn apply_all(children: &[Dynamic], changes: &Changes) -> Vec<Dynamic> {
    let mut children = children.to_vec();
    for (index, change) in changes {
        let child = &mut children[*index as usize];
        *child = apply_one(child, change);
    }
    children
}

pub(super) fn apply_one(dynamic: &Dynamic, change: &Change) -> Dynamic {
    stacker::maybe_grow(64 << 10, 1 << 20, || match (dynamic, change) {
        (_, Change::Text(text)) => Dynamic::Text(text.clone()),
        (_, Change::Replace(new)) => new.clone(),
        (_, Change::Refill(range)) => Dynamic::Range(range.clone()),
        (Dynamic::Block(old), Change::Block(changes)) => Dynamic::Block(Arc::new(apply_block(old, changes))),
        (Dynamic::Range(old), Change::Range(patch)) => Dynamic::Range(Arc::new(apply_range(old, patch))),
        (Dynamic::Range(old), Change::Otherwise(changes)) => {
            let otherwise = old.otherwise.as_ref().map(|otherwise| match otherwise {
                Dynamic::Block(block) => Dynamic::Block(Arc::new(apply_block(block, changes))),
                other => other.clone(),
            });
            let items = old.items.clone();
            Dynamic::Range(Arc::new(RangeTree { body: old.body, items, repeated: old.repeated, otherwise }))
        }
        _ => unreachable!("the patch was made for another tree"),
    })
}

fn apply_range(old: &RangeTree, patch: &RangePatch) -> RangeTree {
    let mut taken: HashMap<&str, &Arc<Item>> = HashMap::new();
    let mut rest = old.items.iter();
    for step in &patch.steps {
        match step {
            RangeStep::Run { len, .. } => drop(rest.nth(len - 1)),
            RangeStep::Keep(..) | RangeStep::Remove(_) => drop(rest.next()),
            RangeStep::Take(id) => taken.extend(rest.next().map(|item| (&**id, item))),
            RangeStep::Place(..) | RangeStep::Insert(_) => {}
        }
    }
    assert!(rest.next().is_none(), "the script goes over all old items");

    let mut items = Vec::with_capacity(old.items.len());
    let mut rest = old.items.iter();
    for step in &patch.steps {
        match step {
            RangeStep::Run { len, .. } => items.extend(rest.by_ref().take(*len).cloned()),
            RangeStep::Keep(id, changes) => items.extend(rest.next().map(|item| {
                assert_eq!(item.id, *id, "the script names the items");
                apply_item(item, changes)
            })),
            RangeStep::Remove(id) | RangeStep::Take(id) => {
                assert_eq!(rest.next().map(|item| &item.id), Some(id), "the script names the items");
            }
            RangeStep::Place(item, changes) => items.push(apply_item(taken[&*item.id], changes)),
            RangeStep::Insert(item) => items.push(item.clone()),
        }
    }
    // Whether keys are repeated cannot be told from ids.
    RangeTree { body: old.body, items, repeated: true, otherwise: None }
}

/// The item with changed children. Its data stays as it was: a patch does not know it.
pub(super) fn apply_item(item: &Arc<Item>, changes: &Changes) -> Arc<Item> {
    if changes.is_empty() {
        return item.clone();
    }
    let children = apply_all(&item.children, changes);
    Arc::new(Item { id: item.id.clone(), keyed: item.keyed, data: item.data.clone(), children })
}
