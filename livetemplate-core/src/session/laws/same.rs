//! Whether trees are the same, and whether patches are what they should be.

use crate::diff::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::tree::node::{Dynamic, Item, RangeTree, Tree};
use std::collections::HashSet;
use std::sync::Arc;

type Result = std::result::Result<(), String>;

/// Which ids of items are compared.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Ids {
    All,
    /// Those that come from the items themselves.
    Keys,
}

pub(super) fn same(a: &Tree, b: &Tree, ids: Ids) -> Result {
    if a.root.block != b.root.block {
        return Err("another root".into());
    }
    same_all(&a.root.children, &b.root.children, ids)
}

fn same_all(a: &[Dynamic], b: &[Dynamic], ids: Ids) -> Result {
    if a.len() != b.len() {
        return Err(format!("{} children, {}", a.len(), b.len()));
    }
    let mut all = a.iter().zip(b).enumerate();
    all.try_for_each(|(at, (a, b))| same_one(a, b, ids).map_err(|why| format!("{at}: {why}")))
}

fn same_one(a: &Dynamic, b: &Dynamic, ids: Ids) -> Result {
    match (a, b) {
        (Dynamic::Empty, Dynamic::Empty) => Ok(()),
        (Dynamic::Text(a), Dynamic::Text(b)) if a == b => Ok(()),
        (Dynamic::Block(a), Dynamic::Block(b)) if a.block == b.block && a.holds_range == b.holds_range => {
            same_all(&a.children, &b.children, ids)
        }
        (Dynamic::Range(a), Dynamic::Range(b)) if a.body == b.body && a.items.len() == b.items.len() => {
            for (a, b) in a.items.iter().zip(&b.items) {
                same_item(a, b, ids)?;
            }
            match (&a.otherwise, &b.otherwise) {
                (None, None) => Ok(()),
                (Some(a), Some(b)) => same_one(a, b, ids),
                _ => Err("else".into()),
            }
        }
        _ => Err(format!("{a:?} and {b:?}")),
    }
}

fn same_item(a: &Arc<Item>, b: &Arc<Item>, ids: Ids) -> Result {
    if a.keyed != b.keyed || a.id != b.id && (a.keyed || ids == Ids::All) {
        return Err(format!("id {} and {}", a.id, b.id));
    }
    same_all(&a.children, &b.children, ids).map_err(|why| format!("{}: {why}", a.id))
}

/// Whether the patch from one tree to another is in the form that every owner of patches relies on.
pub(super) fn check_patch(old: &Tree, new: &Tree, patch: &Patch) -> Result {
    check_all(&old.root.children, &new.root.children, &patch.changes)
}

fn check_all(old: &[Dynamic], new: &[Dynamic], changes: &Changes) -> Result {
    if !changes.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err(format!("the changes have no order: {changes:?}"));
    }
    changes.iter().try_for_each(|(at, change)| check_one(&old[*at as usize], &new[*at as usize], change))
}

fn check_one(old: &Dynamic, new: &Dynamic, change: &Change) -> Result {
    match (old, new, change) {
        (
            Dynamic::Text(_) | Dynamic::Block(_) | Dynamic::Range(_) | Dynamic::Empty,
            _,
            Change::Replace(all),
        ) => same_one(all, new, Ids::All),
        (_, Dynamic::Text(_), Change::Text(_)) => Ok(()),
        (Dynamic::Block(old), Dynamic::Block(new), Change::Block(inner)) if !inner.is_empty() => {
            check_all(&old.children, &new.children, inner)
        }
        (Dynamic::Range(_), Dynamic::Range(_), Change::Refill(all)) => {
            same_one(&Dynamic::Range(all.clone()), new, Ids::All)
        }
        (Dynamic::Range(old), Dynamic::Range(new), Change::Otherwise(inner)) if !inner.is_empty() => {
            match (&old.otherwise, &new.otherwise) {
                (Some(Dynamic::Block(old)), Some(Dynamic::Block(new))) => {
                    check_all(&old.children, &new.children, inner)
                }
                _ => Err("a change of an else that is not there".into()),
            }
        }
        (Dynamic::Range(old), Dynamic::Range(new), Change::Range(patch)) => check_range(old, new, patch),
        _ => Err(format!("{change:?} of {old:?}")),
    }
}

fn check_range(old: &RangeTree, new: &RangeTree, patch: &RangePatch) -> Result {
    if patch.is_empty() || old.items.is_empty() || new.items.is_empty() {
        return Err(format!("not between two lists: {patch:?}"));
    }
    let (mut from, mut to) = (old.items.iter(), new.items.iter());
    let (mut taken, mut placed, mut stays) = (HashSet::new(), HashSet::new(), false);
    let wrong = |step: &RangeStep| Err(format!("{step:?} in {patch:?}"));
    for (at, step) in patch.steps.iter().enumerate() {
        let next = patch.steps.get(at + 1);
        match step {
            RangeStep::Run { len, last } => {
                let (a, b) = (from.nth(len - 1), to.nth(len - 1));
                let (Some(a), Some(b)) = (a, b) else { return wrong(step) };
                let is_named = match next {
                    None | Some(RangeStep::Keep(..)) => true,
                    Some(RangeStep::Run { .. }) => false,
                    Some(_) => last.is_some(),
                };
                if !is_named || a.id != b.id || last.as_ref().is_some_and(|last| *last != a.id) {
                    return wrong(step);
                }
                stays = true;
            }
            RangeStep::Keep(id, changes) => {
                let (Some(a), Some(b)) = (from.next(), to.next()) else { return wrong(step) };
                if a.id != *id || b.id != *id {
                    return wrong(step);
                }
                check_all(&a.children, &b.children, changes)?;
                stays = true;
            }
            RangeStep::Remove(id) if from.next().is_some_and(|item| item.id == *id) => {}
            RangeStep::Take(id) if from.next().is_some_and(|item| item.id == *id) => {
                taken.insert(id.clone());
            }
            RangeStep::Place(item, _) | RangeStep::Insert(item) => {
                let Some(b) = to.next() else { return wrong(step) };
                same_item(item, b, Ids::All)?;
                if let RangeStep::Place(item, changes) = step {
                    placed.insert(item.id.clone());
                    let Some(a) = old.items.iter().find(|a| a.id == item.id) else { return wrong(step) };
                    check_all(&a.children, &b.children, changes)?;
                    stays = true;
                }
            }
            _ => return wrong(step),
        }
    }
    if from.next().is_some() || to.next().is_some() || taken != placed || !stays {
        return Err(format!("it does not go over both lists: {patch:?}"));
    }
    Ok(())
}
