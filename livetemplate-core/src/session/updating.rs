//! The lock under which a page is updated.
//!
//! The host's functions run under it and may update other pages. Two pages whose functions update each other from two
//! threads would wait for each other for ever; so a thread that waits while it holds such a lock says so, and the one whose
//! wait would close a circle is refused instead.

use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use parking_lot::{Mutex, MutexGuard};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often an update that waits for another looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(5);

/// A page's lock, held for the whole of an update, so that updates follow one another.
#[derive(Default)]
pub(super) struct UpdateLock {
    mutex: Mutex<()>,
    /// The number of the thread that holds it; 0 for none.
    owner: AtomicU64,
}

/// Holds the lock.
pub(super) struct Updating<'a> {
    lock: &'a UpdateLock,
    _guard: MutexGuard<'a, ()>,
}

thread_local! {
    /// This thread's number, from 1.
    static ME: u64 = {
        static LAST: AtomicU64 = AtomicU64::new(0);
        LAST.fetch_add(1, Ordering::Relaxed) + 1
    };
    /// How many of these locks this thread holds.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// What threads that hold a lock wait for. Whoever adds itself looks for a circle first, so that there is never one: its own
/// wait would be the last part.
static WAITS: Mutex<BTreeMap<u64, Arc<UpdateLock>>> = Mutex::new(BTreeMap::new());

impl UpdateLock {
    /// Waits for an update that is under way, or until `cancel` ends the waiting.
    ///
    /// # Errors
    /// `Reentrant` when that is an update of this thread, or of one that waits for this thread; `Cancelled` and
    /// `DeadlineExceeded`.
    pub fn begin(self: &Arc<UpdateLock>, cancel: Option<&Cancel>) -> Result<Updating<'_>> {
        let me = ME.with(|me| *me);
        let refused = |why| Err(Error::new(Code::Reentrant, why));
        if self.owner.load(Ordering::Relaxed) == me {
            return refused("the page is being updated by the caller of this function");
        }
        if HELD.get() == 0 {
            return self.hold(me, cancel);
        }
        let mut waits = WAITS.lock();
        if self.waits_for(me, &waits) {
            return refused("the page is being updated by a thread that waits for an update of this thread");
        }
        waits.insert(me, self.clone());
        drop(waits);
        let _waiting = Waiting(me);
        self.hold(me, cancel)
    }

    /// Whether its owner waits, through any number of others, for a lock of the thread `me`.
    fn waits_for(&self, me: u64, waits: &BTreeMap<u64, Arc<UpdateLock>>) -> bool {
        let mut lock = self;
        // A thread that has just got what it waited for may still be there, waiting for itself.
        for _ in 0..=waits.len() {
            let owner = lock.owner.load(Ordering::Relaxed);
            if owner == me {
                return true;
            }
            match waits.get(&owner) {
                Some(next) => lock = next,
                None => return false,
            }
        }
        false
    }

    fn hold(&self, me: u64, cancel: Option<&Cancel>) -> Result<Updating<'_>> {
        let guard = match cancel {
            None => self.mutex.lock(),
            Some(cancel) => loop {
                cancel.check()?;
                if let Some(guard) = self.mutex.try_lock_for(LOOK) {
                    break guard;
                }
            },
        };
        self.owner.store(me, Ordering::Relaxed);
        HELD.set(HELD.get() + 1);
        Ok(Updating { lock: self, _guard: guard })
    }
}

/// A thread's entry in [`WAITS`].
struct Waiting(u64);

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITS.lock().remove(&self.0);
    }
}

impl Drop for Updating<'_> {
    fn drop(&mut self) {
        // Before the guard goes.
        self.lock.owner.store(0, Ordering::Relaxed);
        HELD.set(HELD.get() - 1);
    }
}
