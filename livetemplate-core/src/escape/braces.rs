//! The counts of open braces in template literals, shared as Go shares them.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

/// For each `${` that is open in nested template literals, how many `{` are open inside it.
///
/// Go keeps these counts in a slice of its context. Copies of a context share the slice's array, and what a later text
/// counts shows in them as long as the array is the same: whether Go takes a template can hang on it. So this is such a
/// slice, with Go's rules for when an array is left for a larger one.
#[derive(Clone, Debug, Default)]
pub(super) struct Braces {
    /// `None` is Go's nil slice, which only differs from an empty one in the names of derived templates.
    array: Option<Rc<[Cell<i32>]>>,
    len: usize,
}

impl Braces {
    fn counts(&self) -> &[Cell<i32>] {
        self.array.as_deref().map_or(&[], |array| &array[..self.len])
    }

    /// Whether no `${` was ever open.
    pub(super) fn is_nil(&self) -> bool {
        self.array.is_none()
    }

    /// Whether no `${` is open.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `${`.
    pub(super) fn open_literal(&mut self) {
        let capacity = self.array.as_ref().map_or(0, |array| array.len());
        if self.len == capacity {
            let grown = grown(capacity);
            let counts = self.counts().iter().cloned();
            self.array = Some(counts.chain(std::iter::repeat_n(Cell::new(0), grown - self.len)).collect());
        }
        self.len += 1;
        if let Some(count) = self.counts().last() {
            count.set(0);
        }
    }

    /// `{`.
    pub(super) fn open(&mut self) {
        if let Some(count) = self.counts().last() {
            count.set(count.get() + 1);
        }
    }

    /// `}`; whether it closes the innermost `${`.
    pub(super) fn close(&mut self) -> bool {
        let Some(count) = self.counts().last() else { return false };
        count.set(count.get() - 1);
        let closes = count.get() < 0;
        self.len -= usize::from(closes);
        closes
    }

    /// The same counts, shared with nothing (Go's `slices.Clone`).
    pub(super) fn detached(&self) -> Braces {
        let array = self.array.as_ref().map(|_| {
            let unused = rounded(self.len) - self.len;
            self.counts().iter().cloned().chain(std::iter::repeat_n(Cell::new(0), unused)).collect()
        });
        Braces { array, len: self.len }
    }
}

impl PartialEq for Braces {
    fn eq(&self, other: &Braces) -> bool {
        self.counts() == other.counts()
    }
}

impl fmt::Display for Braces {
    /// As Go prints a `[]int`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, count) in self.counts().iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { " " }, count.get())?;
        }
        f.write_str("]")
    }
}

/// The capacity of a full slice after Go appended one `int`.
fn grown(capacity: usize) -> usize {
    rounded(if capacity < 256 { (2 * capacity).max(1) } else { capacity + (capacity + 3 * 256) / 4 })
}

/// The capacity of the memory that Go gives for `n` `int`s: its size classes, which are exact up to 128.
fn rounded(n: usize) -> usize {
    n.next_multiple_of(match n {
        0..=4 => 1,
        5..=32 => 2,
        33..=64 => 4,
        65..=96 => 8,
        _ => 16,
    })
}
