//! Counts the allocations of this process and the bytes they hold, thread by thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator with a count of what it was asked for and of what is held.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

/// How many allocations `operation` makes on this thread; growing one counts as one more.
pub fn of<T>(operation: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNT.get();
    let result = operation();
    (result, COUNT.get() - before)
}

/// How many bytes more are held after `operation` than before, while its result lives, as this thread's allocations and frees
/// tell.
pub fn held_by<T>(operation: impl FnOnce() -> T) -> (T, i64) {
    let before = HELD.get();
    let result = operation();
    (result, HELD.get() - before)
}

fn count() {
    // A thread that ends may allocate when its locals are gone.
    _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

fn hold(bytes: i64) {
    _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

/// What a block of `size` bytes takes in glibc on 64 bits: a header of eight bytes, multiples of 16, at least 32.
fn taken(size: usize) -> i64 {
    ((size + 8).next_multiple_of(16)).max(32) as i64
}

// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        hold(taken(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        hold(taken(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        hold(taken(size) - taken(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        hold(-taken(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }
}
