//! `lvt_page_options`.

use crate::bytes::text;
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{free, get, handle, into_handle, require_mut};
use livetemplate_core::{PageOptions, Wire};

/// Options of a new page; what is not set has its default.
pub struct lvt_page_options {
    _private: [u8; 0],
}
handle!(lvt_page_options is Builder of PageOptions);

/// The options behind a handle, all defaults for NULL.
///
/// # Safety
/// `options` is NULL or alive, and nothing changes it meanwhile.
pub(crate) unsafe fn given(options: *const lvt_page_options) -> PageOptions {
    // SAFETY: passed on to the caller.
    unsafe { get(options) }.cloned().unwrap_or_default()
}

/// Options with all defaults, to be freed with lvt_page_options_free.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_page_options_new() -> *mut lvt_page_options {
    infallible(|| Some(into_handle(PageOptions::default())))
}

/// Sets the wire format of the page's updates by its name, `tree` by default. A name that no format has is
/// LVT_ERR_INVALID_ARGUMENT.
///
/// # Safety
/// `options` is NULL or alive and used by this thread alone; the bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_options_set_wire(
    options: *mut lvt_page_options,
    wire: *const u8,
    wire_len: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let options = require_mut(options, "options")?;
            *options = options.clone().wire(Wire::from_name(text(wire, wire_len, "wire")?)?);
            Ok(())
        })
    }
}

/// Frees options. Pages made with them live on. NULL is fine.
///
/// # Safety
/// `options` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_options_free(options: *mut lvt_page_options) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(options) });
}
