//! Patches that follow one another as one.

use super::apply::{apply_item, apply_one};
use super::patch::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::tree::node::{Dynamic, Item, RangeTree};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The patch that does what `first` and then `second` do: `apply(apply(tree, first), second)` is the same as `apply(tree,
/// compose(first, second))`.
pub(crate) fn compose(mut first: Patch, mut second: Patch) -> Patch {
    let changes = compose_all(std::mem::take(&mut first.changes), std::mem::take(&mut second.changes));
    Patch { changes, reasons: first.reasons.and(second.reasons) }
}

fn compose_all(first: Changes, second: Changes) -> Changes {
    let mut changes = Changes::with_capacity(first.len().max(second.len()));
    let mut second = second.into_iter().peekable();
    for (index, change) in first {
        while let Some(other) = second.next_if(|(at, _)| *at < index) {
            changes.push(other);
        }
        let change = match second.next_if(|(at, _)| *at == index) {
            Some((_, then)) => compose_one(change, then),
            None => Some(change),
        };
        changes.extend(change.map(|change| (index, change)));
    }
    changes.extend(second);
    changes
}

/// `None` when nothing is left to do.
fn compose_one(first: Change, second: Change) -> Option<Change> {
    stacker::maybe_grow(64 << 10, 1 << 20, || match (first, second) {
        (_, second @ (Change::Text(_) | Change::Replace(_))) => Some(second),
        // What comes with its static text keeps it, and what comes whole stays whole.
        (Change::Replace(old), second) => Some(Change::Replace(apply_one(&old, &second))),
        (Change::Refill(old), second) => match apply_one(&Dynamic::Range(old), &second) {
            Dynamic::Range(range) => Some(Change::Refill(range)),
            other => Some(Change::Replace(other)),
        },
        (_, second @ Change::Refill(_)) => Some(second),
        (Change::Block(first), Change::Block(second)) => {
            let changes = compose_all(first, second);
            (!changes.is_empty()).then_some(Change::Block(changes))
        }
        (Change::Otherwise(first), Change::Otherwise(second)) => {
            let changes = compose_all(first, second);
            (!changes.is_empty()).then_some(Change::Otherwise(changes))
        }
        (Change::Range(first), Change::Range(second)) => compose_ranges(first, second),
        _ => unreachable!("the second patch follows another one"),
    })
}

fn compose_ranges(first: RangePatch, second: RangePatch) -> Option<Change> {
    let body = first.body;
    let mut joined = Joined::default();
    let (mut first, mut second) = (first.steps.into_iter(), second.steps.into_iter());
    let (mut a, mut b) = (first.next(), second.next());
    // Both scripts go over the list between them: the new one of the first, the old one of the second.
    loop {
        (a, b) = match (a, b) {
            (None, None) => break,
            (Some(step @ (RangeStep::Remove(_) | RangeStep::Take(_))), b) => {
                joined.push(step);
                (first.next(), b)
            }
            (a, Some(step @ (RangeStep::Place(..) | RangeStep::Insert(_)))) => {
                joined.push(step);
                (a, second.next())
            }
            (Some(a), Some(b)) => {
                let (a, b) = joined.pair(a, b);
                (a.or_else(|| first.next()), b.or_else(|| second.next()))
            }
            _ => unreachable!("the second patch follows another one"),
        };
    }
    let patch = RangePatch { body, steps: joined.settled() };
    if patch.is_empty() {
        return None;
    }
    let keeps_none = !patch
        .steps
        .iter()
        .any(|step| matches!(step, RangeStep::Run { .. } | RangeStep::Keep(..) | RangeStep::Place(..)));
    Some(if keeps_none {
        // Whether keys are repeated cannot be told from ids.
        let items = patch.inserted().cloned().collect();
        Change::Refill(Arc::new(RangeTree { body, items, repeated: true, otherwise: None }))
    } else {
        Change::Range(patch)
    })
}

/// Two scripts becoming one.
#[derive(Default)]
struct Joined {
    steps: Vec<RangeStep>,
    /// Items that the second script moves: what the first one changed in them, `None` when it brought them.
    moved: HashMap<Arc<str>, Option<Changes>>,
    /// Items that the first script moves and the second one removes.
    gone: HashSet<Arc<str>>,
}

impl Joined {
    /// Adds a step; neighbouring runs become one.
    fn push(&mut self, step: RangeStep) {
        match (self.steps.last_mut(), step) {
            (Some(RangeStep::Run { len, last }), RangeStep::Run { len: more, last: new_last }) => {
                *len += more;
                *last = new_last;
            }
            (_, step) => self.steps.push(step),
        }
    }

    /// Joins what the first script puts into the list between with what the second one does with it. Gives back what is left
    /// of a run that goes on.
    fn pair(&mut self, a: RangeStep, b: RangeStep) -> (Option<RangeStep>, Option<RangeStep>) {
        use RangeStep::{Insert, Keep, Place, Remove, Run, Take};
        match (a, b) {
            (Run { len: a, last: last_a }, Run { len: b, last: last_b }) => {
                let (len, rest_a, rest_b) = (a.min(b), a.saturating_sub(b), b.saturating_sub(a));
                // A run is named by the script that it ends in.
                let (last, left_a, left_b) = match (rest_a, rest_b) {
                    (0, 0) => (last_a.or(last_b), None, None),
                    (0, _) => (last_a, None, Some(Run { len: rest_b, last: last_b })),
                    _ => (last_b, Some(Run { len: rest_a, last: last_a }), None),
                };
                self.push(Run { len, last });
                (left_a, left_b)
            }
            (Run { len, last }, b) => {
                self.push(b);
                ((len > 1).then(|| Run { len: len - 1, last }), None)
            }
            (a, Run { len, last }) => {
                self.push(a);
                (None, (len > 1).then(|| Run { len: len - 1, last }))
            }
            (a, b) => {
                match (a, b) {
                    (Keep(id, first), Keep(_, second)) => self.push(Keep(id, compose_all(first, second))),
                    (Insert(item), Keep(_, second)) => self.push(Insert(apply_item(&item, &second))),
                    (Place(item, first), Keep(_, second)) => {
                        let item: Arc<Item> = apply_item(&item, &second);
                        self.push(Place(item, compose_all(first, second)));
                    }
                    (Keep(..), Remove(id)) => self.push(Remove(id)),
                    (Insert(_), Remove(_)) => {}
                    (Place(..), Remove(id)) => drop(self.gone.insert(id)),
                    (Keep(_, first), Take(id)) => {
                        self.moved.insert(id.clone(), Some(first));
                        self.push(Take(id));
                    }
                    (Insert(_), Take(id)) => drop(self.moved.insert(id, None)),
                    (Place(_, first), Take(id)) => drop(self.moved.insert(id, Some(first))),
                    _ => unreachable!("the steps are of the list between"),
                }
                (None, None)
            }
        }
    }

    /// The script, now that it is known what becomes of the items that move.
    fn settled(mut self) -> Vec<RangeStep> {
        let settle = |step| match step {
            RangeStep::Take(id) if self.gone.contains(&id) => RangeStep::Remove(id),
            RangeStep::Place(item, changes) => match self.moved.remove(&item.id) {
                None => RangeStep::Place(item, changes),
                Some(None) => RangeStep::Insert(item),
                Some(Some(first)) => RangeStep::Place(item, compose_all(first, changes)),
            },
            step => step,
        };
        self.steps.into_iter().map(settle).collect()
    }
}
