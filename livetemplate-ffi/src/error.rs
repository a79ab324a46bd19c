//! `lvt_error` and the names of status numbers.

use crate::bytes::lvt_str;
use crate::codes;
use crate::guard::infallible;
use crate::handle::{free, get, handle};
use livetemplate_core::Error;
use std::ffi::c_char;

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
