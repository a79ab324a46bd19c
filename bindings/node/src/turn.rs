//! The order of calls on one page.
//!
//! Each update leads from the state before it, so updates that are not awaited must still run in the order in which
//! they were asked for. A call takes a [`Turn`] on the JavaScript thread and waits for it where it works: on a worker, or
//! right there with [`Queue::run`]. What calls JavaScript always works right there, so no worker ever needs the
//! JavaScript thread. That cannot deadlock: Node.js's workers take work in the order it was queued, so whoever has an
//! earlier turn already runs, and while a turn runs on the JavaScript thread none is given to a worker.

use parking_lot::{Condvar, Mutex};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};

/// The queue of one page, shared by all handles of it.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: BTreeSet<u64>,
    /// Whether the first turn runs on the JavaScript thread.
    here: bool,
}

/// A place in the queue. Dropping it lets the next one go.
pub struct Turn {
    queue: Arc<Queue>,
    number: u64,
}

impl Queue {
    /// Takes the next place.
    pub fn turn(self: &Arc<Queue>) -> Turn {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number);
        Turn { queue: Arc::clone(self), number }
    }

    /// Runs `work` on the JavaScript thread, after all earlier turns. From inside such work, which may call JavaScript,
    /// it runs at once: the engine knows what of it is allowed.
    pub fn run<T>(self: &Arc<Queue>, work: impl FnOnce() -> T) -> T {
        if self.runs_here() {
            return work();
        }
        let turn = self.turn();
        turn.wait();
        self.state.lock().here = true;
        let result = work();
        self.state.lock().here = false;
        drop(turn);
        result
    }

    /// Whether the caller was called by work of this queue on the JavaScript thread.
    pub fn runs_here(&self) -> bool {
        self.state.lock().here
    }
}

impl Turn {
    /// Waits until all earlier turns are over.
    pub fn wait(&self) {
        let mut state = self.queue.state.lock();
        while state.waiting.first() != Some(&self.number) {
            self.queue.changed.wait(&mut state);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.state.lock().waiting.remove(&self.number);
        self.queue.changed.notify_all();
    }
}

/// The queues of an application's pages, by page id, for as long as a handle of the page lives.
#[derive(Default)]
pub struct Queues {
    queues: Mutex<(HashMap<String, Weak<Queue>>, usize)>,
}

impl Queues {
    /// The queue of the page `id`.
    pub fn of(&self, id: &str) -> Arc<Queue> {
        let (queues, limit) = &mut *self.queues.lock();
        if let Some(queue) = queues.get(id).and_then(Weak::upgrade) {
            return queue;
        }
        // Entries of handles that are gone are swept when the table has doubled.
        if queues.len() >= *limit {
            queues.retain(|_, queue| queue.strong_count() > 0);
            *limit = (queues.len() * 2).max(64);
        }
        let queue = Arc::new(Queue::default());
        queues.insert(id.to_owned(), Arc::downgrade(&queue));
        queue
    }
}
