//! Time and randomness, given from outside so that every lifetime can be tested without sleeping.

use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::hex::hex;
use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Time since the Unix epoch.
    fn now(&self) -> Duration;
}

/// Makes random bytes.
pub trait Random: Debug + Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// `Internal` when the source fails.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}

/// The machine's clock.
#[derive(Debug)]
pub(super) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

impl Cancel {
    /// A handle whose deadline is `timeout` from now, by the machine's monotonic clock.
    #[must_use]
    pub fn after(timeout: Duration) -> Cancel {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => Cancel::when(move || Instant::now() >= deadline),
            None => Cancel::new(),
        }
    }
}

/// The operating system's generator, asked every time: a forked server would repeat a seeded one.
#[derive(Debug)]
pub(super) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|e| {
            Error::new(Code::Internal, format!("the operating system gave no random bytes: {e}"))
        })
    }
}

/// 128 random bits as 32 hex digits.
pub(super) fn random_id(random: &dyn Random) -> Result<String> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(hex(&bytes))
}
