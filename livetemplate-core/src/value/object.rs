//! Values that the host keeps: what templates want to know of them is asked of the host.

use super::{Function, Text, Value};
use crate::error::FunctionError;
use std::any::Any;
use std::fmt;

/// A value of the host's that templates use without its being converted: one with methods, with attributes, with text
/// of its own, or of any length.
///
/// Everything but the type's name has a default: "not answered". What an object does not answer is taken from its
/// [`data`](Object::data), where it has any; a Go value with methods is an object whose data is the value's fields.
///
/// Objects are used by any number of threads at once. Their methods are called while a template executes, and only
/// where it needs them; during a page's update they may read that page and use others, as a
/// [`Function`](crate::Function) may. An error becomes a template error that has it as its source and ends with its
/// text. A panic is not caught here; the page keeps its state.
///
/// Two objects are the same data only if they are one (`Arc::ptr_eq`); the engine never takes an object's answer for
/// what it answers next time.
pub trait Object: Any + Send + Sync {
    /// The type as `%T` prints it and as error texts name it, for example `main.User` or `*main.User`.
    fn type_name(&self) -> &str;

    /// The plain data under it: always the same. `Null` is a nil pointer.
    fn data(&self) -> Option<&Value> {
        None
    }

    /// The field or method `name`; `None` is that there is none. The fields of a record under it ([`Object::data`]) are
    /// read there, without asking.
    ///
    /// A field of a nil pointer is Go's error for that, whatever value comes with it.
    ///
    /// # Errors
    /// The field cannot be read; the template error has just this text.
    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        _ = name;
        Ok(None)
    }

    /// The function it is, for `call`; `None` is that it is none.
    fn callable(&self) -> Option<Function> {
        None
    }

    /// What `index` finds under a key or number. `None` is that it cannot be indexed; an entry that is not there is
    /// [`Value::Null`] (as in a Go map) or an error (as in a Go slice).
    ///
    /// # Errors
    /// `error calling index: …`.
    fn index(&self, key: &Value) -> Result<Option<Value>, FunctionError> {
        _ = key;
        Ok(None)
    }

    /// What `len` says; `None` is that it has no length.
    ///
    /// # Errors
    /// `error calling len: …`.
    fn length(&self) -> Result<Option<usize>, FunctionError> {
        Ok(None)
    }

    /// What `range` goes over; `None` is that it cannot be gone over. It need not end: the limit of steps ends it.
    ///
    /// # Errors
    /// The template error has just this text.
    fn iterate(&self) -> Result<Option<Iteration<'_>>, FunctionError> {
        Ok(None)
    }

    /// Whether `if` takes it as true. Not answered, that is its data's truth, else whether its length is not 0, else true.
    ///
    /// # Errors
    /// In a condition the template error has just this text.
    fn truth(&self) -> Result<Option<bool>, FunctionError> {
        Ok(None)
    }

    /// The text it is shown as (in Go its `Error` or `String`): in the page, by `print`, and by `printf` under `%v`, `%s`,
    /// `%q`, `%x` and `%X`. It is escaped like any other text.
    ///
    /// # Errors
    /// It has no text now; the slot or the call fails.
    fn text(&self) -> Result<Option<Text>, FunctionError> {
        Ok(None)
    }

    /// Its JSON text, for JavaScript. `whole` is whether it is all of a slot's value or a part of it: Go shows a
    /// `fmt.Stringer` that is no `json.Marshaler` as its string in the first case and as its fields in the second.
    ///
    /// Not answered, the whole is its [`text`](Object::text) as a string, else its data; a part is its data.
    ///
    /// What is not JSON is an error; `<`, `>` and `&` are escaped on the way out.
    ///
    /// # Errors
    /// As in Go, the page gets `null` and a comment with the text.
    fn json(&self, whole: bool) -> Result<Option<Text>, FunctionError> {
        _ = whole;
        Ok(None)
    }
}

impl dyn Object {
    /// The object as what it is: how a host knows its own again when it comes back as an argument.
    pub fn downcast_ref<T: Object>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

impl fmt::Debug for dyn Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.type_name())
    }
}

/// What stands under a name in an object.
#[derive(Clone, Debug)]
pub enum Member {
    /// A field with this value.
    Field(Value),
    /// A method. Go's [texts](Function::typed_result) want `typed_result(true)` for all but those that give an `interface {}`.
    Method(Function),
}

/// What `range` goes over. An error on the way ends the execution; its text is the template error's.
pub enum Iteration<'a> {
    /// Items, numbered from 0: a list or a channel.
    List(Box<dyn Iterator<Item = Result<Value, FunctionError>> + 'a>),
    /// Keys with their values, in the order in which they come.
    Map(Box<dyn Iterator<Item = Result<(Value, Value), FunctionError>> + 'a>),
    /// Values without a number, as Go's `iter.Seq`: only one variable can be declared.
    Seq(Box<dyn Iterator<Item = Result<Value, FunctionError>> + 'a>),
    /// Pairs as Go's `iter.Seq2`: with one variable, and for dot, it is the first of a pair that counts.
    Seq2(Box<dyn Iterator<Item = Result<(Value, Value), FunctionError>> + 'a>),
}

impl fmt::Debug for Iteration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Iteration::List(_) => "List",
            Iteration::Map(_) => "Map",
            Iteration::Seq(_) => "Seq",
            Iteration::Seq2(_) => "Seq2",
        })
    }
}

impl Value {
    /// The value itself, or the record under a host object: its fields are read there.
    pub(crate) fn plain_record(&self) -> &Value {
        match self {
            Value::Host(object) => {
                object.data().filter(|data| matches!(data, Value::Record(_))).unwrap_or(self)
            }
            value => value,
        }
    }

    /// The value itself, or the data under a host object; an object without any stays what it is.
    pub(crate) fn plain(&self) -> &Value {
        let mut value = self;
        while let Value::Host(object) = value
            && let Some(data) = object.data()
        {
            value = data;
        }
        value
    }
}
