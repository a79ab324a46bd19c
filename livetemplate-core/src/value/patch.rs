//! JSON Patch (RFC 6902) and JSON merge patch (RFC 7396) on values.

use super::Value;
use crate::error::Result;

impl Value {
    /// The value after `patch`: an array is a JSON Patch, an object a merge patch. The receiver is untouched; equal
    /// parts are shared.
    pub fn patched(&self, patch: &Value) -> Result<Value> {
        let _ = patch;
        unimplemented!()
    }
}
