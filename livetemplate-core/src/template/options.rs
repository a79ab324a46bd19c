//! Options of a template set.

use crate::error::{Code, Error, Result};

/// What a template set may be and take, and what one execution of it may use. Beyond a limit there is an error that names it;
/// a page keeps its last good state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of all sources.
    pub source: usize,
    /// Depth of `if`, `with`, `range`, `define` and `block` in a source.
    pub nesting: usize,
    /// Bytes of one JSON text.
    pub json: usize,
    pub steps: u64,
    pub call_depth: u32,
    pub output: usize,
}

impl Limits {
    /// For what a page showed already. Each update was within its limits; all of it at once may not be, and must not fail now.
    pub fn of_shown(self) -> Limits {
        Limits { steps: u64::MAX, output: usize::MAX, ..self }
    }

    /// Refuses JSON text that is too large.
    pub fn check_json(&self, text: &[u8]) -> Result<()> {
        if text.len() <= self.json {
            return Ok(());
        }
        let message =
            format!("the JSON text has {} bytes and exceeds the limit of {}", text.len(), self.json);
        Err(Error::new(Code::SizeExceeded, message))
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            source: 64 << 20,
            nesting: 200_000,
            json: 64 << 20,
            steps: 1_000_000_000,
            call_depth: 100_000,
            output: 256 << 20,
        }
    }
}

/// How numbers compare and print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// A number compares numerically with any other; `%d` takes an integral float, `%f` an integer. For JSON, JavaScript
    /// and Python, which do not carry Go's static types.
    #[default]
    Adaptive,
    /// Exactly Go: mixed comparisons are errors.
    Strict,
}

/// What a missing map key gives (Go's `missingkey` option).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value: prints nothing, and a field of it is no value again.
    #[default]
    Default,
    /// The zero value of the map's element type: nil for data of mixed types.
    Zero,
    /// An error.
    Error,
}
