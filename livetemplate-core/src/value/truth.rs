//! Truth in the sense of Go's `if`.

use super::Value;
use crate::error::FunctionError;

impl Value {
    /// Whether `{{if}}` takes the value as true: not nil, false, zero or empty. Structs and times are always true.
    ///
    /// # Errors
    /// What a host object fails with.
    pub(crate) fn truth(&self) -> Result<bool, FunctionError> {
        Ok(match self {
            Value::Null => false,
            Value::Bool(b) => *b,
            Value::Int(i) => *i != 0,
            Value::Float(f) => *f != 0.0,
            Value::Number(number) => !number.real().is_zero(),
            Value::Complex64(re, im) => *re != 0.0 || *im != 0.0,
            Value::Complex128(re, im) => *re != 0.0 || *im != 0.0,
            Value::String(text) | Value::Bytes(text) | Value::Trusted(_, text) => !text.as_bytes().is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Record(_) | Value::Time(_) => true,
            Value::Host(object) => match (object.truth()?, object.data()) {
                (Some(truth), _) => truth,
                (None, Some(data)) => data.truth()?,
                (None, None) => object.length()? != Some(0),
            },
        })
    }
}
