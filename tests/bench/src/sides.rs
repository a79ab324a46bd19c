//! Sides that are measured by turns.

use crate::{Outcome, allocations};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// What one side takes for one operation.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Side {
    pub ns: f64,
    /// Where they can be counted.
    pub allocations: Option<u64>,
}

impl Side {
    /// What as many operations take.
    pub fn times(self, operations: usize) -> Side {
        let operations = operations as u64;
        Side { ns: self.ns * operations as f64, allocations: self.allocations.map(|n| n * operations) }
    }

    /// What one of as many operations takes.
    pub fn over(self, operations: u64) -> Side {
        Side { ns: self.ns / operations as f64, allocations: self.allocations.map(|n| n / operations) }
    }
}

/// What one operation took.
#[derive(Clone, Copy, Default)]
pub struct Spent {
    pub time: Duration,
    pub allocations: u64,
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Spent) {
        self.time += other.time;
        self.allocations += other.allocations;
    }
}

/// A side: measures one round of about that length.
pub type Round<'a> = Box<dyn FnMut(Duration) -> Outcome<Side> + 'a>;

/// Runs the sides alternately, so that a busy moment of the machine hits all, and gives the median of each.
pub fn by_turns(rounds: usize, round: Duration, mut sides: Vec<Round<'_>>) -> Outcome<Vec<Side>> {
    let mut measured = vec![Vec::new(); sides.len()];
    for _ in 0..rounds {
        for (side, measured) in sides.iter_mut().zip(&mut measured) {
            measured.push(side(round)?);
        }
    }
    measured.into_iter().map(median).collect()
}

fn median(mut sides: Vec<Side>) -> Outcome<Side> {
    sides.sort_by(|a, b| a.ns.total_cmp(&b.ns));
    Ok(sides.get(sides.len() / 2).copied().ok_or("no rounds")?)
}

/// A side in this process. The operation says itself what it took, so that what it does to start over is off the clock.
pub fn side<'a>(mut operation: impl FnMut() -> Outcome<Spent> + 'a) -> Round<'a> {
    Box::new(move |round| {
        let (start, mut operations, mut time, mut allocations) = (Instant::now(), 0_u32, Duration::ZERO, 0);
        while start.elapsed() < round {
            let spent = operation()?;
            time += spent.time;
            // The last one's: the first may make what is then reused.
            allocations = spent.allocations;
            operations += 1;
        }
        Ok(Side { ns: time.as_nanos() as f64 / f64::from(operations), allocations: Some(allocations) })
    })
}

/// What `operation` takes.
pub fn clock<T>(operation: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Spent)> {
    let start = Instant::now();
    let (result, allocations) = allocations::of(operation);
    let time = start.elapsed();
    Ok((result?, Spent { time, allocations }))
}
