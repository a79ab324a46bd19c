//! Functions that the host registers with a template builder.

use crate::bytes::{lvt_str, text};
use crate::error::{lvt_error, lvt_status};
use crate::guard::fallible;
use crate::handle::{borrowed, null, require_mut, take};
use crate::template::lvt_template_builder;
use crate::value::lvt_value;
use livetemplate_core::{
    Argument, ArgumentError, Code, Error, Function, FunctionError, Result, TypedFunction, Value,
};
use std::ffi::c_void;

/// The body of a function: `args` are borrowed for the call. It writes a new value to `*result` (left NULL it is the null
/// value) and returns LVT_OK; or it returns any other status, and may write to `*error` what a failed call of this library
/// gave it or what lvt_error_new made. The library frees both. It must return: no exception, no longjmp.
pub type lvt_function_body = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        args: *const *const lvt_value,
        args_len: usize,
        result: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// An argument of a call, as a typed function gets it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvt_argument {
    /// Its value, borrowed; NULL for a constant, and where there is no value: a missing map key, a field of one, or a nil
    /// that has gone through a pipeline.
    pub value: *const lvt_value,
    /// Whether the value is what an `interface {}` holds, as elements of lists and maps do; the null value is then a nil one.
    pub in_interface: bool,
    /// A constant as it is written: `1e3`, `'a'`, `"text"`, `true`, `nil`. What it is depends on the parameter's type.
    pub constant: lvt_str,
}

/// The body of a function whose parameters have types of the host's, which it checks as Go checks those of a function. Like
/// lvt_function_body; and an argument that it does not take is refused with what lvt_error_new_argument gives. When
/// `complete` is false it only checks these arguments, the first of a call, and does nothing else: the evaluation of the
/// next one has failed, and what is wrong with one before it comes first.
pub type lvt_typed_function_body = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        args: *const lvt_argument,
        args_len: usize,
        complete: bool,
        result: *mut *mut lvt_value,
        error: *mut *mut lvt_error,
    ) -> lvt_status,
>;

/// What is called once when the library needs `user_data` no more, on any thread. It may be NULL.
pub type lvt_drop = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A function that templates call. It may be called from many threads at once. During an update of a page it runs under that
/// page's lock: reading the page works, and so does using other pages; changing the page returns LVT_ERR_REENTRANT, and so
/// does changing a page whose own update waits, directly or through others, for one that this thread has under way. It must
/// not wait for another thread that changes the page.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvt_function {
    /// The body.
    pub function: lvt_function_body,
    /// Handed to the body with each call.
    pub user_data: *mut c_void,
    /// Called once with `user_data` at the end.
    pub drop: lvt_drop,
    /// Must be NULL.
    pub reserved: *mut c_void,
}

/// As lvt_function, with parameters that have types.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct lvt_typed_function {
    /// The body.
    pub function: lvt_typed_function_body,
    /// Handed to the body with each call.
    pub user_data: *mut c_void,
    /// Called once with `user_data` at the end.
    pub drop: lvt_drop,
    /// Must be NULL.
    pub reserved: *mut c_void,
}

/// Flags of a function; 0 means pure when called with arguments, and volatile without. For what a page showed, updates and
/// lvt_page_render may call a pure function again, with the old arguments; it cannot render that page itself.
#[repr(C)]
pub enum lvt_function_flags {
    /// The result depends on the arguments alone.
    Pure = 1,
    /// The result may differ from call to call.
    Volatile = 2,
    /// The result has a static type of its own and is not what Go calls an `interface {}`; it shows in error texts only. May
    /// be combined with one of the others by `|`.
    TypedResult = 4,
}

/// The host's pointer, and what to do with it at the end.
pub(crate) struct UserData {
    pub pointer: *mut c_void,
    pub drop: lvt_drop,
}

// SAFETY: the contract says that the library may use the pointer, and drop it, on any thread.
unsafe impl Send for UserData {}
// SAFETY: as above; many threads at once included.
unsafe impl Sync for UserData {}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            // SAFETY: the host promised that its function takes its pointer; this is the only call of it.
            unsafe { drop(self.pointer) };
        }
    }
}

/// Makes a call of the host's, which gets the place for its error.
pub(crate) fn calling(call: impl FnOnce(*mut *mut lvt_error) -> lvt_status) -> Result<(), FunctionError> {
    let mut error = std::ptr::null_mut();
    let status = call(&mut error);
    // SAFETY: by the contract what the function wrote is now the library's.
    let error = unsafe { take(error) };
    if status == 0 {
        return Ok(());
    }
    let named = || {
        let code = Code::from_number(status);
        Error::new(code.unwrap_or(Code::TemplateExec), code.map_or("Unknown", Code::name))
    };
    let error = error.unwrap_or_else(named);
    match std::error::Error::source(&error).and_then(|source| source.downcast_ref::<ArgumentError>()) {
        Some(refused) => Err(refused.clone().into()),
        None => Err(error.into()),
    }
}

/// As [`calling`], for a call that also gets the place for a value.
pub(crate) fn asking(
    call: impl FnOnce(*mut *mut lvt_value, *mut *mut lvt_error) -> lvt_status,
) -> Result<Option<Value>, FunctionError> {
    let mut result = std::ptr::null_mut();
    let called = calling(|error| call(&mut result, error));
    // SAFETY: by the contract what the function wrote is now the library's, also when it failed.
    let result = unsafe { take(result) };
    called.map(|()| result)
}

/// A function of the host's. It is dropped at once if something about it is wrong.
///
/// # Safety
/// `function` is NULL or readable, and its members do what they promise.
pub(crate) unsafe fn untyped(
    function: *const lvt_function,
    arity: (usize, usize),
    flags: i32,
) -> Result<Function> {
    // SAFETY: valid as the caller promised.
    let function = unsafe { function.as_ref() }.ok_or_else(|| null("function"))?;
    let user_data = UserData { pointer: function.user_data, drop: function.drop };
    let body = function.function.filter(|_| function.reserved.is_null()).ok_or_else(incomplete)?;
    let made = Function::new(move |args| {
        // All of it goes into the closure, which drops it.
        let user_data = &user_data;
        let args: Vec<*const lvt_value> = args.iter().map(borrowed).collect();
        // SAFETY: the host promised that its function follows the contract; the arguments live until it returns.
        let call =
            |result, error| unsafe { body(user_data.pointer, args.as_ptr(), args.len(), result, error) };
        Ok(asking(call)?.unwrap_or(Value::Null))
    });
    checked(made, arity, flags)
}

/// As [`untyped`], for a function whose parameters have types.
///
/// # Safety
/// As for [`untyped`].
pub(crate) unsafe fn typed(
    function: *const lvt_typed_function,
    arity: (usize, usize),
    flags: i32,
) -> Result<Function> {
    // SAFETY: valid as the caller promised.
    let function = unsafe { function.as_ref() }.ok_or_else(|| null("function"))?;
    let user_data = UserData { pointer: function.user_data, drop: function.drop };
    let body = Some(function.function.filter(|_| function.reserved.is_null()).ok_or_else(incomplete)?);
    checked(Function::typed(Typed { body, user_data }), arity, flags)
}

fn incomplete() -> Error {
    Error::new(Code::InvalidArgument, "function: it has no body, or its reserved member is not NULL")
}

/// A typed function of the host's.
struct Typed {
    body: lvt_typed_function_body,
    user_data: UserData,
}

impl Typed {
    fn run(&self, args: &[Argument<'_>], complete: bool) -> Result<Value, FunctionError> {
        const NONE: lvt_argument =
            lvt_argument { value: std::ptr::null(), in_interface: false, constant: lvt_str::EMPTY };
        let Some(body) = self.body else { return Ok(Value::Null) };
        let args: Vec<lvt_argument> = args
            .iter()
            .map(|arg| match arg {
                Argument::Missing => lvt_argument { ..NONE },
                Argument::Constant(text) => lvt_argument { constant: lvt_str::new(text.as_bytes()), ..NONE },
                Argument::Value(value) => lvt_argument { value: borrowed(*value), ..NONE },
                Argument::Interface(value) => {
                    lvt_argument { value: borrowed(*value), in_interface: true, ..NONE }
                }
            })
            .collect();
        // SAFETY: as for an untyped function.
        let call = |result, error| unsafe {
            body(self.user_data.pointer, args.as_ptr(), args.len(), complete, result, error)
        };
        Ok(asking(call)?.unwrap_or(Value::Null))
    }
}

impl TypedFunction for Typed {
    fn check(&self, args: &[Argument<'_>]) -> Result<(), ArgumentError> {
        match self.run(args, false) {
            Err(error) => error.downcast::<ArgumentError>().map_or(Ok(()), |refused| Err(*refused)),
            Ok(_) => Ok(()),
        }
    }

    fn call(&self, args: &[Argument<'_>]) -> Result<Value, FunctionError> {
        self.run(args, true)
    }
}

/// Registers a function that templates call by `name`, a Go identifier; lvt_template_builder_build refuses any other. It takes
/// the place of one of the same name, a predefined one included. A call with fewer than `min_args` or more than `max_args`
/// (SIZE_MAX: no limit) arguments is an error and does not reach it. `flags` is 0 or one of lvt_function_flags.
///
/// The struct is copied. Its `drop` is called exactly once, when the last builder, template and page that use the function
/// are gone, or at once if this call fails.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone; the bytes are readable; `function` is NULL or readable, and its
/// members do what they promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_add_function(
    builder: *mut lvt_template_builder,
    name: *const u8,
    name_len: usize,
    function: *const lvt_function,
    min_args: usize,
    max_args: usize,
    flags: i32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let made = untyped(function, (min_args, max_args), flags)?;
            let builder = require_mut(builder, "builder")?;
            let name = text(name, name_len, "name")?;
            *builder = std::mem::take(builder).function(name, made);
            Ok(())
        })
    }
}

/// Registers a typed function; as lvt_template_builder_add_function, but that calls do without the conversion of a missing
/// argument to the null value, and of a constant to the value it has where no type is known.
///
/// # Safety
/// As for lvt_template_builder_add_function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_add_typed_function(
    builder: *mut lvt_template_builder,
    name: *const u8,
    name_len: usize,
    function: *const lvt_typed_function,
    min_args: usize,
    max_args: usize,
    flags: i32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let made = typed(function, (min_args, max_args), flags)?;
            let builder = require_mut(builder, "builder")?;
            let name = text(name, name_len, "name")?;
            *builder = std::mem::take(builder).function(name, made);
            Ok(())
        })
    }
}

/// The function with its arguments and flags, if everything about them is right.
fn checked(made: Function, (min_args, max_args): (usize, usize), flags: i32) -> Result<Function> {
    const PURE: i32 = lvt_function_flags::Pure as i32;
    const VOLATILE: i32 = lvt_function_flags::Volatile as i32;
    const TYPED_RESULT: i32 = lvt_function_flags::TypedResult as i32;
    let invalid = |message: &str| Err(Error::new(Code::InvalidArgument, message));
    if min_args > max_args {
        return invalid("min_args is larger than max_args");
    }
    let made = made
        .arity(min_args, (max_args != usize::MAX).then_some(max_args))
        .typed_result(flags & TYPED_RESULT != 0);
    match flags & !TYPED_RESULT {
        0 => Ok(made),
        PURE => Ok(made.pure(true)),
        VOLATILE => Ok(made.pure(false)),
        _ => invalid("flags: unknown bits, or both of pure and volatile"),
    }
}
