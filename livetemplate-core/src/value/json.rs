//! JSON text in and out.

use super::Value;
use crate::error::Result;

/// Which tags JSON text may carry. Both are off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataFlags {
    /// `{"$time": "<RFC 3339>"}` is a time.
    pub times: bool,
    /// `$html`, `$attr`, `$js`, `$jsstr`, `$css`, `$url`, `$srcset`, `$bytes` are typed values. Only for JSON that the
    /// host wrote itself: never for JSON with user data in it.
    pub trusted: bool,
}

impl Value {
    /// Reads JSON text.
    pub fn from_json(text: &[u8], flags: DataFlags) -> Result<Value> {
        let _ = (text, flags);
        unimplemented!()
    }

    /// Appends the value as JSON text, tagged as `flags` allow, so that `from_json` with the same flags reads it back.
    pub fn write_json(&self, flags: DataFlags, out: &mut Vec<u8>) -> Result<()> {
        let _ = (flags, out);
        unimplemented!()
    }

    /// Appends what Go's `json.Marshal` makes of the value (`<`, `>`, `&`, U+2028 and U+2029 escaped), for JavaScript contexts.
    pub(crate) fn marshal_json(&self, out: &mut Vec<u8>) -> Result<(), String> {
        let _ = out;
        unimplemented!()
    }
}
