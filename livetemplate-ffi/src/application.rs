//! `lvt_application`.

use crate::bytes::{bytes, lvt_str};
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, free, get, handle, into_handle, require};
use crate::options::lvt_application_options;
use crate::page::lvt_page;
use livetemplate_core::{Application, Code, Error};

/// An isolated set of pages with its own keys and limits.
pub struct lvt_application {
    _private: [u8; 0],
}
handle!(lvt_application is Shared of Application);

/// Makes an application; `options` may be NULL for all defaults and stays the caller's.
///
/// Fails with LVT_ERR_INVALID_KEY when the signing key is shorter than 32 bytes, LVT_ERR_INVALID_ARGUMENT for an id of 0 or
/// more than 128 bytes or a limit of 0.
///
/// # Safety
/// `options` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_new(
    options: *const lvt_application_options,
    application: *mut *mut lvt_application,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(application, "application")?;
            let builder = get(options).map_or_else(Application::builder, |options| options.builder());
            out.set(into_handle(builder.build()?))
        })
    }
}

/// The application's id.
///
/// # Safety
/// `application` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_id(application: *const lvt_application) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(application) }?.id().as_bytes())))
}

/// The page that a token names. May be called as often as one likes with one token.
///
/// Fails, in this order of checks, with LVT_ERR_TOKEN_MALFORMED, LVT_ERR_INVALID_APPLICATION (a token of another
/// application), LVT_ERR_TOKEN_SIGNATURE, LVT_ERR_TOKEN_EXPIRED, LVT_ERR_TOKEN_USE, LVT_ERR_PAGE_NOT_FOUND (it was closed
/// or has expired). Show all of them to a browser as 401. The token may be any bytes that came from outside. With an
/// application that was closed: LVT_ERR_APPLICATION_CLOSED.
///
/// # Safety
/// `application` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_get_page(
    application: *const lvt_application,
    token: *const u8,
    token_len: usize,
    page: *mut *mut lvt_page,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(page, "page")?;
            let application = require(application, "application")?;
            // A token comes from a browser: bad bytes in it are the browser's fault, not the caller's.
            let token = std::str::from_utf8(bytes(token, token_len, "token")?)
                .map_err(|_| Error::new(Code::TokenMalformed, "the token is not UTF-8"))?;
            out.set(into_handle(application.get_page(token)?))
        })
    }
}

/// Drops pages whose time is over; `removed` may be NULL or receives how many there were.
///
/// # Safety
/// `application` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_cleanup(
    application: *const lvt_application,
    removed: *mut usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = if removed.is_null() { None } else { Some(Out::take(removed, "removed")?) };
            let count = require(application, "application")?.cleanup()?;
            out.map_or(Ok(()), |out| out.set(count))
        })
    }
}

/// Number of open pages.
///
/// # Safety
/// `application` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_page_count(application: *const lvt_application) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(application) }?.page_count()))
}

/// Closes the application and all its pages, without waiting for updates that are under way: those fail with
/// LVT_ERR_PAGE_CLOSED at their end, unless they are past it. A callback may call it. Closing twice is fine, and NULL too.
///
/// # Safety
/// `application` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_close(application: *const lvt_application) {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        unsafe { get(application) }?.close();
        Some(())
    });
}

/// Ends an application and frees it: its pages are closed, their handles may be freed before or after. NULL is fine.
///
/// # Safety
/// `application` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_application_free(application: *mut lvt_application) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(application) });
}
