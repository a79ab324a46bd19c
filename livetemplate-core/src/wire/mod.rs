//! Placeholder module head.
