//! Options of a template set.

/// What one execution may use. Beyond a limit it fails and names the limit; a page keeps its last good state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub steps: u64,
    pub call_depth: u32,
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 1_000_000_000, call_depth: 100_000, output: 256 << 20 }
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
