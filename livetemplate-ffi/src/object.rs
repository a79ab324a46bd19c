//! Values that the host keeps: objects and functions.

use crate::bytes::text;
use crate::error::{lvt_error, lvt_status};
use crate::function::{
    UserData, asking, calling, lvt_drop, lvt_function, lvt_typed_function, typed, untyped,
};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, borrowed, get, into_handle, null, take};
use crate::value::{check_size, lvt_value};
use livetemplate_core::value::{Iteration, Member, Text};
use livetemplate_core::{Code, Error, Function, FunctionError, Object, Result, Value};
use std::ffi::c_void;

/// Finds the field or method `name` (UTF-8): writes a new value to `*result`, or leaves it NULL when there is none. A method
/// is a value of lvt_value_new_function or lvt_value_new_typed_function, and `*is_method` is then set to true (it is false
/// before). The fields of a record in the object's data are read there, without asking.
pub type lvt_object_member = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        name: *const u8,
        name_len: usize,
        is_method: *mut bool,
        result: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// Finds what `index` shows under a borrowed key or number: a new value, or NULL when the object cannot be indexed. An entry
/// that is not there is the null value or an error.
pub type lvt_object_index = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        key: *const lvt_value,
        result: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// Writes the length to `*length`, or leaves it at SIZE_MAX when there is none.
pub type lvt_object_length = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        length: *mut usize,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// Starts an iteration: sets `*kind` to one of lvt_iteration, and `*iterator` to what `next` and `end` get; or leaves
/// `*kind` 0 when the object cannot be gone over. Iterations may run side by side, on many threads.
pub type lvt_object_iterate = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        kind: *mut i32,
        iterator: *mut *mut c_void,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// Gives the next item: a new value in `*item`, and for LVT_ITERATION_MAP and LVT_ITERATION_SEQ2 one in `*key`; or leaves
/// `*item` NULL at the end. It need not end.
pub type lvt_object_next = Option<
    unsafe extern "C" fn(
        iterator: *mut c_void,
        key: *mut *mut lvt_value,
        item: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// Says whether `if` takes the object as true: `*truth` is 1 or 0, or left -1, and then it is its data's truth, else
/// whether its length is not 0, else true.
pub type lvt_object_truth = Option<
    unsafe extern "C" fn(user_data: *mut c_void, truth: *mut i32, error: *mut *mut lvt_error) -> lvt_status,
>;

/// Gives the text that the object is shown as (in Go its Error or String): a new string in `*result`, or NULL when it has
/// none. It is escaped like any other text.
pub type lvt_object_text = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        result: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// Gives the object's JSON text, for JavaScript: a new string in `*result`, or NULL when it has none. `whole` is whether it is
/// all of a place's value, or a part of it. Without an answer the whole is its text as a string, else its data; a part
/// is its data. When it fails, the page gets `null` and a comment with the error's message, as in Go.
pub type lvt_object_json = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        whole: bool,
        result: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// An object that templates use without its being converted. Every callback may be NULL; what none answers is taken from
/// the object's data. All of them may be called from many threads at once, under the rules of lvt_function: outputs are
/// zero before (or as said), new values and errors become the library's, a status other than LVT_OK is a failure. What a
/// template asks while it executes is asked each time anew.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvt_object {
    /// Fields and methods.
    pub member: lvt_object_member,
    /// The function `index`.
    pub index: lvt_object_index,
    /// The function `len`.
    pub length: lvt_object_length,
    /// The action `range`; it needs `next`.
    pub iterate: lvt_object_iterate,
    /// The items of an iteration.
    pub next: lvt_object_next,
    /// Called once with the iterator of each iteration that was started.
    pub end: lvt_drop,
    /// Conditions.
    pub truth: lvt_object_truth,
    /// Printing.
    pub text: lvt_object_text,
    /// JavaScript.
    pub json: lvt_object_json,
    /// Handed to the callbacks.
    pub user_data: *mut c_void,
    /// Called once with `user_data` at the end.
    pub drop: lvt_drop,
    /// Must be NULL.
    pub reserved: *mut c_void,
}

/// What an iteration goes over.
#[repr(C)]
pub enum lvt_iteration {
    /// Items, numbered from 0.
    List = 1,
    /// Keys with their values, in the order in which they come.
    Map = 2,
    /// Items without a number, as Go's iter.Seq: only one variable can be declared.
    Seq = 3,
    /// Pairs as Go's iter.Seq2: with one variable, and for dot, it is the first of a pair that counts.
    Seq2 = 4,
}

/// An object of the host's.
struct Host {
    type_name: Box<str>,
    data: Option<Value>,
    callbacks: Callbacks,
    user_data: UserData,
}

/// The callbacks alone; of the pointers in them only `user_data` counts, and [`UserData`] has it.
struct Callbacks(lvt_object);

// SAFETY: the contract says that callbacks run on any thread, many at once; the pointers beside them are not used.
unsafe impl Send for Callbacks {}
// SAFETY: as above.
unsafe impl Sync for Callbacks {}

impl Host {
    /// Calls one of the host's functions that give a value.
    fn ask(
        &self,
        call: impl FnOnce(*mut c_void, *mut *mut lvt_value, *mut *mut lvt_error) -> lvt_status,
    ) -> Result<Option<Value>, FunctionError> {
        asking(|result, error| call(self.user_data.pointer, result, error))
    }

    /// As [`Host::ask`], where the value must be text.
    fn ask_text(
        &self,
        what: &str,
        call: impl FnOnce(*mut c_void, *mut *mut lvt_value, *mut *mut lvt_error) -> lvt_status,
    ) -> Result<Option<Text>, FunctionError> {
        match self.ask(call)? {
            None => Ok(None),
            Some(Value::String(text) | Value::Bytes(text) | Value::Trusted(_, text)) => Ok(Some(text)),
            Some(_) => {
                Err(Error::new(Code::InvalidArgument, format!("{what}: the result is not text")).into())
            }
        }
    }
}

impl Object for Host {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn data(&self) -> Option<&Value> {
        self.data.as_ref()
    }

    fn member(&self, name: &str) -> Result<Option<Member>, FunctionError> {
        let Some(member) = self.callbacks.0.member else { return Ok(None) };
        let mut is_method = false;
        let found = self.ask(|data, result, error| {
            // SAFETY: the host promised that its function follows the contract; the name lives until it returns.
            unsafe { member(data, name.as_ptr(), name.len(), &mut is_method, result, error) }
        })?;
        let Some(found) = found else { return Ok(None) };
        if !is_method {
            return Ok(Some(Member::Field(found)));
        }
        let method = match &found {
            Value::Host(object) => object.callable(),
            _ => None,
        };
        let refused =
            || Error::new(Code::InvalidArgument, format!("member: the method {name} is no function"));
        Ok(Some(Member::Method(method.ok_or_else(refused)?)))
    }

    fn index(&self, key: &Value) -> Result<Option<Value>, FunctionError> {
        let Some(index) = self.callbacks.0.index else { return Ok(None) };
        // SAFETY: as above, for the key.
        self.ask(|data, result, error| unsafe { index(data, borrowed(key), result, error) })
    }

    fn length(&self) -> Result<Option<usize>, FunctionError> {
        let Some(length) = self.callbacks.0.length else { return Ok(None) };
        let mut result = usize::MAX;
        // SAFETY: as above; the output is a local.
        calling(|error| unsafe { length(self.user_data.pointer, &mut result, error) })?;
        Ok((result != usize::MAX).then_some(result))
    }

    fn iterate(&self) -> Result<Option<Iteration<'_>>, FunctionError> {
        let Some(iterate) = self.callbacks.0.iterate else { return Ok(None) };
        let (mut kind, mut pointer) = (0, std::ptr::null_mut());
        // SAFETY: as above; the outputs are locals.
        calling(|error| unsafe { iterate(self.user_data.pointer, &mut kind, &mut pointer, error) })?;
        if kind == 0 {
            return Ok(None);
        }
        // From here on `end` is called.
        let items = Items { host: self, iterator: UserData { pointer, drop: self.callbacks.0.end } };
        const LIST: i32 = lvt_iteration::List as i32;
        const MAP: i32 = lvt_iteration::Map as i32;
        const SEQ: i32 = lvt_iteration::Seq as i32;
        const SEQ2: i32 = lvt_iteration::Seq2 as i32;
        Ok(Some(match kind {
            LIST => Iteration::List(Box::new(items.map(|entry| Ok(entry?.1)))),
            SEQ => Iteration::Seq(Box::new(items.map(|entry| Ok(entry?.1)))),
            MAP => Iteration::Map(Box::new(items)),
            SEQ2 => Iteration::Seq2(Box::new(items)),
            _ => {
                let text = format!("iterate: {kind} is not one of lvt_iteration");
                return Err(Error::new(Code::InvalidArgument, text).into());
            }
        }))
    }

    fn truth(&self) -> Result<Option<bool>, FunctionError> {
        let Some(truth) = self.callbacks.0.truth else { return Ok(None) };
        let mut result = -1;
        // SAFETY: as above; the output is a local.
        calling(|error| unsafe { truth(self.user_data.pointer, &mut result, error) })?;
        Ok((result >= 0).then_some(result != 0))
    }

    fn text(&self) -> Result<Option<Text>, FunctionError> {
        let Some(text) = self.callbacks.0.text else { return Ok(None) };
        // SAFETY: as above.
        self.ask_text("text", |data, result, error| unsafe { text(data, result, error) })
    }

    fn json(&self, whole: bool) -> Result<Option<Text>, FunctionError> {
        let Some(json) = self.callbacks.0.json else { return Ok(None) };
        // SAFETY: as above.
        self.ask_text("json", |data, result, error| unsafe { json(data, whole, result, error) })
    }
}

/// An iteration that the host was asked to start.
struct Items<'a> {
    host: &'a Host,
    iterator: UserData,
}

impl Iterator for Items<'_> {
    type Item = Result<(Value, Value), FunctionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.host.callbacks.0.next?;
        let mut key = std::ptr::null_mut();
        // SAFETY: as above; the outputs are locals.
        let item = asking(|item, error| unsafe { next(self.iterator.pointer, &mut key, item, error) });
        // SAFETY: by the contract what the function wrote is now the library's, also when it failed.
        let key = unsafe { take(key) };
        item.map(|item| Some((key.unwrap_or(Value::Null), item?))).transpose()
    }
}

/// A function as a value.
struct Callable {
    type_name: Box<str>,
    function: Function,
}

impl Object for Callable {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn callable(&self) -> Option<Function> {
        Some(self.function.clone())
    }
}

fn host(object: impl Object) -> *mut lvt_value {
    into_handle(Value::Host(std::sync::Arc::new(object)))
}

/// An object of the host's. `type_name` (UTF-8) is what Go prints for its type, for example "*main.User". `data` is the plain
/// data under it, or NULL; the null value is a nil pointer. It is shared, not copied.
///
/// The struct is copied. Its `drop` is called exactly once, when the last value and page that hold the object are gone,
/// or at once if this call fails.
///
/// # Safety
/// The bytes are readable; `data` is NULL or alive; `object` is NULL or readable, and its members do what they promise; the
/// outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_host(
    type_name: *const u8,
    type_name_len: usize,
    data: *const lvt_value,
    object: *const lvt_object,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let object = *object.as_ref().ok_or_else(|| null("object"))?;
            let user_data = UserData { pointer: object.user_data, drop: object.drop };
            let out = Out::take(value, "value")?;
            let type_name = text(type_name, type_name_len, "type_name")?.into();
            if !object.reserved.is_null() || object.iterate.is_some() != object.next.is_some() {
                let message =
                    "object: its reserved member is not NULL, or it has only one of iterate and next";
                return Err(Error::new(Code::InvalidArgument, message));
            }
            let data = get(data).cloned();
            if let Some(data) = &data {
                check_size(data)?;
            }
            out.set(host(Host { type_name, data, callbacks: Callbacks(object), user_data }))
        })
    }
}

/// A function as a value: what the predefined function `call` calls, and what lvt_object_member gives for a method.
/// `type_name` (UTF-8) is what Go prints for its type, for example "func() string". Arguments, flags and `drop` as for
/// lvt_template_builder_add_function.
///
/// # Safety
/// The bytes are readable; `function` is NULL or readable, and its members do what they promise; the outputs are NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_function(
    type_name: *const u8,
    type_name_len: usize,
    function: *const lvt_function,
    min_args: usize,
    max_args: usize,
    flags: i32,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value");
            let function = untyped(function, (min_args, max_args), flags)?;
            let type_name = text(type_name, type_name_len, "type_name")?.into();
            out?.set(host(Callable { type_name, function }))
        })
    }
}

/// lvt_value_new_function with parameters that have types, as lvt_template_builder_add_typed_function.
///
/// # Safety
/// As for lvt_value_new_function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_new_typed_function(
    type_name: *const u8,
    type_name_len: usize,
    function: *const lvt_typed_function,
    min_args: usize,
    max_args: usize,
    flags: i32,
    value: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(value, "value");
            let function = typed(function, (min_args, max_args), flags)?;
            let type_name = text(type_name, type_name_len, "type_name")?.into();
            out?.set(host(Callable { type_name, function }))
        })
    }
}

/// The `user_data` of an object of lvt_value_new_host; NULL for any other value. It lives as long as the value.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_user_data(value: *const lvt_value) -> *mut c_void {
    // SAFETY: valid as the caller promised.
    infallible(|| match unsafe { get(value) }? {
        Value::Host(object) => Some(object.downcast_ref::<Host>()?.user_data.pointer),
        _ => None,
    })
}

/// The data under an object of the host's, borrowed; NULL when there is none and for any other value.
///
/// # Safety
/// `value` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_value_data(value: *const lvt_value) -> *const lvt_value {
    // SAFETY: valid as the caller promised.
    infallible(|| match unsafe { get(value) }? {
        Value::Host(object) => object.data().map(borrowed),
        _ => None,
    })
}
