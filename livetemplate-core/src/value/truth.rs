//! Truth in the sense of Go's `if`.

use super::Value;

impl Value {
    /// Whether `{{if}}` takes the value as true: not nil, false, zero or empty. Structs and times are always true.
    pub fn is_true(&self) -> bool {
        match self {
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
        }
    }
}
