//! Matching the items of two states of a range.

use super::{Changes, Differ, RangePatch, RangeStep, identify_item};
use crate::tree::node::Item;
use crate::tree::program::BlockId;
use std::collections::HashMap;
use std::sync::Arc;

/// Neighbours that stay as they are and stay together, of which nothing more is known.
#[derive(Debug)]
pub(crate) struct Run {
    /// Index in the old items that are known, before which they stand.
    pub old: usize,
    /// Index in the new items that are known, before which they stand.
    pub new: usize,
    /// How many they are; never 0.
    pub len: usize,
}

/// What [`Differ::items`] finds.
pub(crate) enum ItemsDiff {
    Equal,
    /// No old item is among the new ones; the new ones are as they were.
    NoneKept,
    Patch(RangePatch),
    /// To leave most items where they are, one of the runs would have to move. The new items are as they were.
    RunMoved,
    /// To send all items may cost less.
    CostsMore,
}

impl Differ<'_> {
    /// The patch between two lists of items that are not empty. What stands in `runs` is in neither of them.
    pub fn items(
        &mut self,
        body: BlockId,
        old: &[Arc<Item>],
        new: &mut [Arc<Item>],
        runs: &[Run],
    ) -> ItemsDiff {
        match_unkeyed(old, new);
        let matches = match_by_id(old, new);
        if runs.is_empty() && matches.iter().all(Option::is_none) {
            return ItemsDiff::NoneKept;
        }
        let Some(stays) = staying(&matches, runs) else { return ItemsDiff::RunMoved };

        let mut kept = vec![false; old.len()];
        let mut changes: Vec<Changes> = Vec::with_capacity(new.len());
        for (item, from) in new.iter_mut().zip(&matches) {
            let mut inner_changes = Changes::new();
            match (*from, Arc::get_mut(item)) {
                (Some(from), Some(inner)) => {
                    kept[from] = true;
                    inner_changes = self.children(&old[from].children, &mut inner.children);
                }
                (None, Some(inner)) => identify_item(inner, self.ids),
                (_, None) => {}
            }
            changes.push(inner_changes);
        }

        let mut steps = Vec::with_capacity(new.len() + runs.len());
        let leave = |steps: &mut Vec<RangeStep>, from: usize, to: usize| {
            steps.extend((from..to).map(|at| match kept[at] {
                true => RangeStep::Take(old[at].id.clone()),
                false => RangeStep::Remove(old[at].id.clone()),
            }));
        };
        let mut runs = runs.iter().peekable();
        // How far the script has come in the old items.
        let mut done = 0;
        for at in 0..=new.len() {
            while let Some(run) = runs.next_if(|run| run.new == at) {
                leave(&mut steps, done, run.old);
                done = run.old;
                steps.push(RangeStep::Run { len: run.len, last: None });
            }
            let Some(item) = new.get(at) else { break };
            let changes = std::mem::take(&mut changes[at]);
            match matches[at] {
                None => steps.push(RangeStep::Insert(item.clone())),
                Some(from) if stays[at] => {
                    leave(&mut steps, done, from);
                    done = from + 1;
                    steps.push(RangeStep::Keep(item.id.clone(), changes));
                }
                Some(_) => steps.push(RangeStep::Place(item.clone(), changes)),
            }
        }
        leave(&mut steps, done, old.len());
        let patch = RangePatch { body, steps };
        if patch.is_empty() {
            ItemsDiff::Equal
        } else if patch.costs_more(self.program, new) {
            ItemsDiff::CostsMore
        } else {
            ItemsDiff::Patch(patch)
        }
    }
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

/// Marks the matched items that need not move, runs counting as so many items. `None` when a run would have to move.
fn staying(matches: &[Option<usize>], runs: &[Run]) -> Option<Vec<bool>> {
    if runs.is_empty() {
        let elements: Vec<_> = matches.iter().map(|from| (*from, 1)).collect();
        return Some(heaviest_increasing(&elements));
    }
    // Items and runs in the new order, with their places among the items and runs of the old one.
    let mut elements = Vec::with_capacity(matches.len() + runs.len());
    let mut is_run = Vec::with_capacity(elements.capacity());
    let mut next_run = runs.iter().enumerate().peekable();
    for at in 0..=matches.len() {
        while let Some((number, run)) = next_run.next_if(|(_, run)| run.new == at) {
            elements.push((Some(run.old + number), run.len));
            is_run.push(true);
        }
        if let Some(from) = matches.get(at) {
            let place = |from: usize| from + runs.partition_point(|run| run.old <= from);
            elements.push((from.map(place), 1));
            is_run.push(false);
        }
    }
    let stays = heaviest_increasing(&elements);
    let all_runs = stays.iter().zip(&is_run).all(|(stays, is_run)| *stays || !is_run);
    all_runs.then(|| stays.into_iter().zip(is_run).filter(|(_, is_run)| !is_run).map(|(s, _)| s).collect())
}

/// Marks a heaviest subsequence of the elements (old place, weight) whose old places ascend. (Fredman 1975 with weights: the
/// best ends are kept in a Fenwick tree over the old places; O(n log n).)
fn heaviest_increasing(elements: &[(Option<usize>, usize)]) -> Vec<bool> {
    let places = elements.iter().filter_map(|(from, _)| *from).max().map_or(0, |most| most + 1);
    // `best[k]`: weight and last element of the heaviest subsequence whose last place lies in the k-th part of the tree.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; places + 1];
    let mut before: Vec<Option<usize>> = vec![None; elements.len()];
    let mut heaviest: Option<(usize, usize)> = None;
    for (element, (from, weight)) in elements.iter().enumerate() {
        let Some(from) = *from else { continue };
        let mut found: Option<(usize, usize)> = None;
        let mut at = from;
        while at > 0 {
            if best[at].is_some_and(|(w, _)| found.is_none_or(|(most, _)| w > most)) {
                found = best[at];
            }
            at &= at - 1;
        }
        before[element] = found.map(|(_, last)| last);
        let total = found.map_or(0, |(w, _)| w) + weight;
        let mut at = from + 1;
        while at <= places {
            if best[at].is_none_or(|(w, _)| total > w) {
                best[at] = Some((total, element));
            }
            at += at & at.wrapping_neg();
        }
        if heaviest.is_none_or(|(w, _)| total > w) {
            heaviest = Some((total, element));
        }
    }
    let mut stays = vec![false; elements.len()];
    let mut element = heaviest.map(|(_, last)| last);
    while let Some(at) = element {
        stays[at] = true;
        element = before[at];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::heaviest_increasing;

    #[test]
    fn keeps_a_longest_ascending_run() {
        let stays = |matches: &[Option<usize>]| {
            heaviest_increasing(&matches.iter().map(|from| (*from, 1)).collect::<Vec<_>>())
        };
        let count = |matches: &[Option<usize>]| stays(matches).iter().filter(|s| **s).count();
        assert_eq!(stays(&[Some(2), Some(0), Some(1)]), [false, true, true]);
        assert_eq!(count(&[Some(3), None, Some(0), Some(4), Some(1), Some(2)]), 3);
        assert_eq!(count(&[None, None]), 0);
    }

    #[test]
    fn a_heavy_element_outweighs_many() {
        assert_eq!(heaviest_increasing(&[(Some(3), 5), (Some(0), 1), (Some(1), 1)]), [true, false, false]);
        assert_eq!(heaviest_increasing(&[(Some(0), 1), (Some(2), 9), (Some(1), 1)]), [true, true, false]);
    }
}
