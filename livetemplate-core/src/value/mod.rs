//! Data as templates see it.
//!
//! A [`Value`] is cheap to clone (shared parts are behind `Arc`) and immutable once shared. Text is bytes, as in Go:
//! what is not UTF-8 keeps its bytes until a context says otherwise.

use crate::memory::{COUNTS, Memory};
use std::sync::Arc;

mod equal;
mod function;
mod json;
mod json_out;
mod list;
mod map;
mod number;
mod object;
mod patch;
mod print;
mod printable;
mod printf;
mod quote;
mod reconcile;
mod tags;
mod text;
mod time;
mod truth;
mod typed;

/// Deepest nesting of lists and maps in data that comes from outside.
pub(crate) const MAX_DEPTH: usize = 128;

pub(crate) use function::VolatileCall;
pub use function::{Argument, ArgumentError, Function, TypedFunction};
pub(crate) use list::{Difference, differences};
pub use list::{Iter, List};
pub use map::{Entries, Key, Map, Shapes};
pub use object::{Iteration, Member, Object};
pub(crate) use patch::Patch;
pub(crate) use print::{sprint, sprint_shown, sprintln};
pub(crate) use printable::is_printable;
pub(crate) use printf::{sprintf, sprintf_within};
pub(crate) use quote::append_quoted;
pub use tags::DataFlags;
pub use text::Text;
pub(crate) use text::lossy;
pub use time::Time;
pub use typed::{Number, NumberType, Real};

/// One piece of data. 24 bytes; cloning never copies a list, map or text.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Go's `nil`, JSON's `null`.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer (Go's `int`).
    Int(i64),
    /// A floating point number (Go's `float64`).
    Float(f64),
    /// A number of another type of Go's.
    Number(Number),
    /// Go's `complex64`: its real and its imaginary part.
    Complex64(f32, f32),
    /// Go's `complex128`: its real and its imaginary part.
    Complex128(f64, f64),
    /// Text.
    String(Text),
    /// Bytes (Go's `[]byte`).
    Bytes(Text),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
    /// A struct: fields in declaration order.
    Record(Arc<Record>),
    /// A point in time.
    Time(Time),
    /// Text that the host vouches for; it skips the escaping of its kind of place.
    Trusted(Content, Text),
    /// A value that the host keeps.
    Host(Arc<dyn Object>),
}

/// What trusted text may be used as (Go's `template.HTML`, `template.URL`, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// An HTML fragment.
    Html,
    /// A name="value" pair inside a start tag.
    HtmlAttr,
    /// A JavaScript expression.
    Js,
    /// Characters between JavaScript quotes.
    JsStr,
    /// CSS: a stylesheet, rule, declaration or value.
    Css,
    /// A URL or URL substring.
    Url,
    /// A srcset attribute's value.
    Srcset,
}

/// A struct value.
#[derive(Clone, Debug)]
pub struct Record {
    /// The type's name as Go prints it, for example `main.User`.
    pub type_name: Arc<str>,
    /// Fields in declaration order.
    pub fields: Vec<(Arc<str>, Value)>,
}

impl Record {
    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(n, _)| &**n == name).map(|(_, v)| v)
    }

    fn measure(self: &Arc<Record>, memory: &mut Memory) {
        let name = |name: &Arc<str>, memory: &mut Memory| {
            memory.add_shared(name.as_ptr().addr(), COUNTS + name.len());
        };
        if memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<Record>()) {
            name(&self.type_name, memory);
            memory.add(self.fields.capacity() * size_of::<(Arc<str>, Value)>());
            for (field, value) in &self.fields {
                name(field, memory);
                value.measure(memory);
            }
        }
    }
}

impl Value {
    /// A map with string keys; of repeated keys the last wins.
    pub fn map<K: Into<Text>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(entries.into_iter().map(|(key, value)| (Key::String(key.into()), value)).collect())
    }

    /// Adds what the value holds, without host objects.
    pub(crate) fn measure(&self, memory: &mut Memory) {
        match self {
            Value::String(text) | Value::Bytes(text) | Value::Trusted(_, text) => text.measure(memory),
            Value::List(list) => list.measure(memory, &|item, memory| item.measure(memory)),
            Value::Map(map) => map.measure(memory),
            Value::Record(record) => record.measure(memory),
            _ => {}
        }
    }

    /// Whether a host object is in it.
    pub(crate) fn holds_object(&self) -> bool {
        match self {
            Value::Host(_) => true,
            Value::List(list) => list.iter().any(Value::holds_object),
            Value::Map(map) => map.values().iter().any(Value::holds_object),
            Value::Record(record) => record.fields.iter().any(|(_, value)| value.holds_object()),
            _ => false,
        }
    }

    /// The bytes of a string or of trusted text.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Value::String(text) | Value::Trusted(_, text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::String(s.into())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::String(s.into())
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Value {
        Value::Int(i)
    }
}

impl From<u64> for Value {
    /// An integer; one above [`i64::MAX`] is a `uint64`.
    fn from(u: u64) -> Value {
        i64::try_from(u).map_or_else(|_| Number::wide(NumberType::Uint64, u).into(), Value::Int)
    }
}

impl From<f64> for Value {
    fn from(f: f64) -> Value {
        Value::Float(f)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Value {
        Value::String(text)
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Value {
        Value::Time(time)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(map)
    }
}

impl<T: Object + 'static> From<Arc<T>> for Value {
    fn from(object: Arc<T>) -> Value {
        Value::Host(object)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items.into())
    }
}

#[cfg(test)]
mod tests;
