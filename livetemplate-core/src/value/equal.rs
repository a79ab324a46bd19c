//! Equality of values.

use super::Value;
use super::json_out::Name;
use super::patch::member;
use std::cmp::Ordering;
use std::sync::Arc;

impl Value {
    /// Whether both are one and the same. Lists, maps and records that are two may have the same content all the same.
    pub(crate) fn is(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::List(a), Value::List(b)) => a.is(b),
            (Value::Map(a), Value::Map(b)) => a.is(b),
            (Value::Record(a), Value::Record(b)) => Arc::ptr_eq(a, b),
            _ => self.same(other),
        }
    }

    /// Whether both are of the same kind and have the same content, so that nothing rendered from them can differ.
    ///
    /// `1` and `1.0` differ, so do numbers of different types, and a record and a map; floats are compared by their bits (`0.0`
    /// and `-0.0` differ, a NaN equals itself), times with their offset. Shared parts are equal without being looked at; host
    /// objects are equal only if they are one.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Complex64(a, b), Value::Complex64(c, d)) => {
                (a.to_bits(), b.to_bits()) == (c.to_bits(), d.to_bits())
            }
            (Value::Complex128(a, b), Value::Complex128(c, d)) => {
                (a.to_bits(), b.to_bits()) == (c.to_bits(), d.to_bits())
            }
            (Value::String(a), Value::String(b)) | (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Trusted(kind_a, a), Value::Trusted(kind_b, b)) => kind_a == kind_b && a == b,
            (Value::Time(a), Value::Time(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                a.is(b) || a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                let shared = a.identity().0 == b.identity().0;
                let same = |(a, b): (&Value, &Value)| a.same(b);
                shared || a.has_keys_of(b) && a.values().iter().zip(b.values()).all(same)
            }
            (Value::Record(a), Value::Record(b)) => {
                Arc::ptr_eq(a, b)
                    || a.type_name == b.type_name
                        && a.fields.len() == b.fields.len()
                        && a.fields
                            .iter()
                            .zip(&b.fields)
                            .all(|((name_a, a), (name_b, b))| name_a == name_b && a.same(b))
            }
            (Value::Host(a), Value::Host(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Equality of JSON Patch's `test`: numbers by their value, objects (maps and records alike) by their members in any
    /// order, everything else by kind and content.
    pub(super) fn equals_json(&self, other: &Value) -> bool {
        use Value::{List, Map, Record};
        if let (Some(a), Some(b)) = (self.as_real(), other.as_real()) {
            return a.order(b) == Some(Ordering::Equal);
        }
        match (self, other) {
            (List(a), List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals_json(b)),
            (Map(_) | Record(_), Map(b)) => {
                self.member_count() == b.len()
                    && b.entries().all(|(key, b)| {
                        member(self, Name::of(key).as_bytes()).is_some_and(|a| a.equals_json(b))
                    })
            }
            (Map(_) | Record(_), Record(b)) => {
                self.member_count() == b.fields.len()
                    && b.fields
                        .iter()
                        .all(|(name, b)| member(self, name.as_bytes()).is_some_and(|a| a.equals_json(b)))
            }
            _ => self.same(other),
        }
    }

    fn member_count(&self) -> usize {
        match self {
            Value::Map(map) => map.len(),
            Value::Record(record) => record.fields.len(),
            _ => 0,
        }
    }
}
