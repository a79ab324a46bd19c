//! Truth in the sense of Go's `if`.

use super::Value;

impl Value {
    /// Whether `{{if}}` takes the value as true.
    pub fn is_true(&self) -> bool {
        unimplemented!()
    }
}
