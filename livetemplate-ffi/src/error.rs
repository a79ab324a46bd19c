//! `lvt_error` and the names of status numbers.

use crate::bytes::{bytes, lvt_str};
use crate::codes;
use crate::function::{UserData, lvt_drop};
use crate::guard::infallible;
use crate::handle::{borrowed, free, get, handle, into_handle};
use livetemplate_core::{ArgumentError, Code, Error};
use std::ffi::{c_char, c_void};
use std::fmt;

/// What a call that can fail returns: LVT_OK or one of LVT_ERR_… (see lvt_code).
pub type lvt_status = i32;

/// An error: a code, a message, and for templates the place.
pub struct lvt_error {
    _private: [u8; 0],
}
handle!(lvt_error is Shared of Error);

/// The error's code, the same number that the failed call returned. LVT_OK for NULL.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_code(error: *const lvt_error) -> lvt_status {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(error) }?.code() as lvt_status))
}

/// The CamelCase name of the error's code, for example "PageClosed"; terminated by zero and valid for ever.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_name(error: *const lvt_error) -> *const c_char {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(codes::name(unsafe { get(error) }?.code() as lvt_status).as_ptr()))
}

/// The message: one line of UTF-8, in Go's wording for template errors.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_message(error: *const lvt_error) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(error) }?.message().as_bytes())))
}

/// The long form: the message and, for a template error with a place, the line of the source under it with a caret at the
/// column. Lines are divided by newlines; there is none at the end.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_details(error: *const lvt_error) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(error) }?.details().as_bytes())))
}

/// Name of the template the error is in; `data` is NULL when the error has no place.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_template(error: *const lvt_error) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(error) }?.template()?.as_bytes())))
}

/// Line in the template, from 1; 0 when unknown.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_line(error: *const lvt_error) -> u32 {
    // SAFETY: valid as the caller promised.
    infallible(|| unsafe { get(error) }?.line())
}

/// Column in the line, in bytes from 0. It means something only when lvt_error_line is not 0.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_column(error: *const lvt_error) -> u32 {
    // SAFETY: valid as the caller promised.
    infallible(|| unsafe { get(error) }?.column())
}

/// What a host's error carries for the host.
struct HostData(UserData);

impl fmt::Debug for HostData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostData").field(&self.0.pointer).finish()
    }
}

impl fmt::Display for HostData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data of the host's")
    }
}

impl std::error::Error for HostData {}

/// An error for a function of the host's to fail with: LVT_ERR_TEMPLATE_EXEC with this message, in which bytes that are not
/// UTF-8 are replaced. `user_data` stays with it, and is given to `drop` (which may be NULL) once, at the end. NULL only when
/// the message cannot be read.
///
/// # Safety
/// The bytes are readable; `drop` takes `user_data` on any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_new(
    message: *const u8,
    message_len: usize,
    user_data: *mut c_void,
    drop: lvt_drop,
) -> *mut lvt_error {
    infallible(|| {
        let data = HostData(UserData { pointer: user_data, drop });
        // SAFETY: valid as the caller promised.
        let message = unsafe { bytes(message, message_len, "message") }.ok()?;
        let error = Error::new(Code::TemplateExec, String::from_utf8_lossy(message));
        Some(into_handle(error.caused_by(data)))
    })
}

/// An error for a typed function to refuse argument `index` with, or, if that is SIZE_MAX, the call as a whole. The template
/// error is `message` at that place, without `error calling …`. NULL only when the message cannot be read.
///
/// # Safety
/// The bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_new_argument(
    index: usize,
    message: *const u8,
    message_len: usize,
) -> *mut lvt_error {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        let message = unsafe { bytes(message, message_len, "message") }.ok()?;
        let message = String::from_utf8_lossy(message).into_owned();
        let index = (index != usize::MAX).then_some(index);
        let refused = ArgumentError { index, message: message.clone() };
        Some(into_handle(Error::new(Code::TemplateExec, message).caused_by(refused)))
    })
}

/// The error that a function of the host's failed with, where that is why a template failed; else NULL.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_source(error: *const lvt_error) -> *const lvt_error {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(borrowed(std::error::Error::source(unsafe { get(error) }?)?.downcast_ref::<Error>()?)))
}

/// The `user_data` that lvt_error_new made the error, or one among its sources, with; else NULL.
///
/// # Safety
/// `error` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_user_data(error: *const lvt_error) -> *mut c_void {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        let error: &dyn std::error::Error = unsafe { get(error) }?;
        let mut sources = std::iter::successors(Some(error), |error| error.source());
        sources.find_map(|error| Some(error.downcast_ref::<HostData>()?.0.pointer))
    })
}

/// Frees an error. NULL is fine.
///
/// # Safety
/// `error` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_error_free(error: *mut lvt_error) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(error) });
}

/// The CamelCase name of a status number: "OK", "PageClosed", …, or "Unknown"; terminated by zero and valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_status_name(status: i32) -> *const c_char {
    infallible(|| Some(codes::name(status).as_ptr()))
}
