//! Hashes of what fragments show, by which a client says what it has.

use super::html::{Span, Written};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::fmt::Write;

/// How many fragments of a page a client is told the hashes of with a resync.
const MAX_VERSIONS: usize = 1000;

/// Where the fragments stand in one another.
struct Nesting<'w> {
    written: &'w Written,
    /// For each the first in the list that is not in it.
    after: Vec<usize>,
}

impl<'w> Nesting<'w> {
    fn of(written: &'w Written) -> Nesting<'w> {
        let spans = &written.spans;
        let mut after = vec![spans.len(); spans.len()];
        let mut open: Vec<usize> = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            while let Some(&around) = open.last().filter(|around| spans[**around].end <= span.start) {
                after[around] = at;
                open.pop();
            }
            open.push(at);
        }
        Nesting { written, after }
    }

    /// The fragments directly in this one; in the live region for `None`.
    fn inside(&self, fragment: Option<usize>) -> impl Iterator<Item = usize> {
        let (first, end) = fragment.map_or((0, self.after.len()), |at| (at + 1, self.after[at]));
        std::iter::successors(Some(first), |at| self.after.get(*at).copied()).take_while(move |at| *at < end)
    }

    /// The hash of a fragment's own text, in which fragments count by their ids; that of the live region for `None`.
    fn hash(&self, fragment: Option<usize>) -> String {
        let Written { html, spans } = self.written;
        let (start, end) = fragment.map_or((0, html.len()), |at| (spans[at].start, spans[at].end));
        let mut hash = Sha256::new();
        let mut from = start;
        for Span { id, start, end } in self.inside(fragment).map(|at| &spans[at]) {
            hash.update(&html[from..*start]);
            // So that no text looks like a fragment.
            hash.update([0]);
            hash.update((id.len() as u64).to_be_bytes());
            hash.update(id);
            from = *end;
        }
        hash.update(&html[from..end]);
        let mut text = String::with_capacity(32);
        for byte in &hash.finalize()[..16] {
            // Writing to a string never fails.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// The hash of the first fragment that was written.
pub(crate) fn of_fragment(written: &Written) -> String {
    Nesting::of(written).hash(Some(0))
}

/// The hash of the live region, of its content.
pub(crate) fn of_region(written: &Written) -> String {
    Nesting::of(written).hash(None)
}

/// Hashes by fragment, of the outer ones first. Where too many stand in one, it has none, nor have they.
pub(crate) fn versions(written: &Written, region: &str) -> Vec<(String, String)> {
    let nesting = Nesting::of(written);
    let mut versions = Vec::new();
    let mut left = MAX_VERSIONS;
    let mut open = VecDeque::from([None]);
    while let Some(fragment) = open.pop_front() {
        let inside = nesting.inside(fragment).take(left + 1).count();
        if inside > left {
            continue;
        }
        left -= inside;
        open.extend(nesting.inside(fragment).map(Some));
        let id = fragment.map_or(region, |at| &written.spans[at].id);
        versions.push((id.to_owned(), nesting.hash(fragment)));
    }
    versions
}

/// What a client is told of a fragment that it may have.
pub(crate) enum Answer<'w> {
    /// It has the fragment and all that is in it; for `None` the whole page.
    Has(Option<&'w str>),
    Replace {
        id: &'w str,
        html: &'w [u8],
        hash: String,
    },
}

/// The answers to a client that has the fragments with these hashes: for the outermost that are as it has them or are not. `None`
/// when it needs the whole page.
pub(crate) fn compare<'w>(
    written: &'w Written,
    region: &str,
    versions: &HashMap<String, String>,
) -> Option<Vec<Answer<'w>>> {
    let nesting = Nesting::of(written);
    let has = |id: &str, hash: &str| versions.get(id).is_some_and(|version| version == hash);
    if !has(region, &nesting.hash(None)) {
        return None;
    }
    let spans = &written.spans;
    let hashes: Vec<String> = (0..spans.len()).map(|at| nesting.hash(Some(at))).collect();
    let is_own: Vec<bool> = spans.iter().zip(&hashes).map(|(span, hash)| has(&span.id, hash)).collect();
    let mut is_whole = is_own.clone();
    for at in (0..spans.len()).rev() {
        is_whole[at] &= nesting.inside(Some(at)).all(|inner| is_whole[inner]);
    }
    if is_whole.iter().all(|is| *is) {
        return Some(vec![Answer::Has(None)]);
    }
    let mut answers = Vec::new();
    let mut at = 0;
    while at < spans.len() {
        let Span { id, start, end } = &spans[at];
        if is_whole[at] {
            answers.push(Answer::Has(Some(id)));
        } else if !is_own[at] {
            answers.push(Answer::Replace { id, html: &written.html[*start..*end], hash: hashes[at].clone() });
        } else {
            at += 1;
            continue;
        }
        at = nesting.after[at];
    }
    Some(answers)
}
