//! What data structures hold in memory.

use std::collections::HashSet;

/// Adds up blocks of memory; one with many holders counts once.
#[derive(Default)]
pub(crate) struct Memory {
    bytes: usize,
    /// Addresses of the blocks that have been counted and may be met again.
    shared: HashSet<usize>,
}

/// The two counts in front of what an `Arc` holds.
pub(crate) const COUNTS: usize = 2 * size_of::<usize>();

impl Memory {
    /// All that was added, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a block with one holder. A block of no bytes is none.
    pub fn add(&mut self, size: usize) {
        if size > 0 {
            // What glibc takes on 64 bits: a header of eight bytes, multiples of 16, at least 32. Other allocators differ little.
            self.bytes += (size + 8).next_multiple_of(16).max(32);
        }
    }

    /// Adds a block that may have more holders. False if it was added before, and so was all that it holds.
    pub fn add_shared(&mut self, address: usize, size: usize) -> bool {
        let first = self.shared.insert(address);
        if first {
            self.add(size);
        }
        first
    }
}
