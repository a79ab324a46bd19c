//! Matching the items of two states of a range.

use super::{Changes, IdCounter, Placed, RangePatch, diff_children, identify_item};
use crate::tree::node::Item;
use crate::tree::program::BlockId;
use std::collections::HashMap;
use std::sync::Arc;

/// What [`diff_items`] finds.
pub(super) enum ItemsDiff {
    Equal,
    /// No old item is among the new ones; the new ones are as they were.
    NoneKept,
    Patch(RangePatch),
}

/// The patch between two lists of items that are not empty.
pub(super) fn diff_items(
    body: BlockId,
    old: &[Arc<Item>],
    new: &mut [Arc<Item>],
    ids: &mut IdCounter,
) -> ItemsDiff {
    match_unkeyed(old, new);
    let matches = match_by_id(old, new);
    if matches.iter().all(Option::is_none) {
        return ItemsDiff::NoneKept;
    }

    let mut updated = Vec::new();
    let mut kept = vec![false; old.len()];
    for (item, from) in new.iter_mut().zip(&matches) {
        let Some(inner) = Arc::get_mut(item) else { continue };
        match *from {
            None => identify_item(inner, ids),
            Some(from) => {
                kept[from] = true;
                let changes: Changes = diff_children(&old[from].children, &mut inner.children, ids);
                if !changes.is_empty() {
                    updated.push((inner.id.clone(), changes));
                } else if old[from].data.same(&inner.data) {
                    *item = old[from].clone();
                }
            }
        }
    }
    let removed: Vec<_> =
        old.iter().zip(&kept).filter(|(_, kept)| !**kept).map(|(item, _)| item.id.clone()).collect();
    let stays = longest_increasing(&matches);
    let placed: Vec<_> = (0..new.len())
        .filter(|i| !stays[*i])
        .map(|index| Placed { index, moved: matches[index].is_some() })
        .collect();
    if removed.is_empty() && updated.is_empty() && placed.is_empty() {
        return ItemsDiff::Equal;
    }
    ItemsDiff::Patch(RangePatch { body, removed, updated, placed, order: new.to_vec() })
}

/// Gives items without a key the ids of the old ones they match: by equal data at both ends, then in order.
fn match_unkeyed(old: &[Arc<Item>], new: &mut [Arc<Item>]) {
    let old: Vec<&Arc<Item>> = old.iter().filter(|i| !i.keyed).collect();
    let mut new: Vec<&mut Arc<Item>> = new.iter_mut().filter(|i| !i.keyed).collect();
    if old.is_empty() || new.is_empty() {
        return;
    }
    let most = old.len().min(new.len());
    let prefix = (0..most).take_while(|&i| old[i].data.same(&new[i].data)).count();
    let suffix = (0..most - prefix)
        .take_while(|&i| old[old.len() - 1 - i].data.same(&new[new.len() - 1 - i].data))
        .count();
    // In the middle the shorter list decides how many are matched in order.
    let middle = (old.len() - prefix - suffix).min(new.len() - prefix - suffix);
    let take = |new: &mut Arc<Item>, from: &Arc<Item>| {
        if let Some(item) = Arc::get_mut(new) {
            item.id = from.id.clone();
        }
    };
    for i in 0..prefix + middle {
        take(new[i], old[i]);
    }
    let (old_len, new_len) = (old.len(), new.len());
    for i in 1..=suffix {
        take(new[new_len - i], old[old_len - i]);
    }
}

/// For each new item the index of the old item with its id. A new item without an id matches nothing.
fn match_by_id(old: &[Arc<Item>], new: &[Arc<Item>]) -> Vec<Option<usize>> {
    let most = old.len().min(new.len());
    let equal = |a: &Arc<Item>, b: &Arc<Item>| a.id == b.id && !b.id.is_empty();
    let prefix = (0..most).take_while(|&i| equal(&old[i], &new[i])).count();
    let suffix =
        (0..most - prefix).take_while(|&i| equal(&old[old.len() - 1 - i], &new[new.len() - 1 - i])).count();
    let middle = prefix..old.len() - suffix;
    let by_id: HashMap<&str, usize> = middle.map(|i| (&*old[i].id, i)).collect();
    let shift = old.len() as isize - new.len() as isize;
    (0..new.len())
        .map(|i| {
            if i < prefix {
                Some(i)
            } else if i >= new.len() - suffix {
                Some((i as isize + shift) as usize)
            } else {
                by_id.get(&*new[i].id).copied()
            }
        })
        .collect()
}

/// Marks a longest subsequence of the matched items whose old indexes ascend: these need not move. (Fredman 1975,
/// O(n log n).)
fn longest_increasing(matches: &[Option<usize>]) -> Vec<bool> {
    // `tails[k]` is the position whose old index is the smallest end of an ascending run of length k + 1.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; matches.len()];
    for (position, from) in matches.iter().enumerate() {
        let Some(from) = *from else { continue };
        let k = tails.partition_point(|&tail| matches[tail].is_some_and(|t| t < from));
        before[position] = k.checked_sub(1).map(|k| tails[k]);
        if k == tails.len() {
            tails.push(position);
        } else {
            tails[k] = position;
        }
    }
    let mut stays = vec![false; matches.len()];
    let mut position = tails.last().copied();
    while let Some(p) = position {
        stays[p] = true;
        position = before[p];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::longest_increasing;

    #[test]
    fn keeps_a_longest_ascending_run() {
        let count = |m: &[Option<usize>]| longest_increasing(m).iter().filter(|s| **s).count();
        assert_eq!(longest_increasing(&[Some(2), Some(0), Some(1)]), [false, true, true]);
        assert_eq!(count(&[Some(3), None, Some(0), Some(4), Some(1), Some(2)]), 3);
        assert_eq!(count(&[None, None]), 0);
    }
}
