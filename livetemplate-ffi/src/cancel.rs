//! `lvt_cancel`.

use crate::guard::infallible;
use crate::handle::{free, get, handle, into_handle};
use livetemplate_core::Cancel;
use std::time::Duration;

/// Ends work from outside: lvt_template_with_cancel and lvt_page_with_cancel say which. Any thread may use it at any time; what
/// is cancelled stays so.
///
/// Work under it fails with LVT_ERR_CANCELLED or LVT_ERR_DEADLINE_EXCEEDED at its next look at the handle: before it starts, at
/// every action and iteration and after every call of the host's functions, and before a page takes on new data. What lies
/// between is not interrupted: a function of the host's, one value on its way through the escapers or the JSON reader, or the
/// compiling of a template at its first use.
pub struct lvt_cancel {
    _private: [u8; 0],
}
handle!(lvt_cancel is Shared of Cancel);

/// A handle that ends nothing until lvt_cancel_cancel is called, to be freed with lvt_cancel_free.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_cancel_new() -> *mut lvt_cancel {
    infallible(|| Some(into_handle(Cancel::new())))
}

/// The same with a deadline: `timeout_ms` milliseconds from now, by the machine's monotonic clock.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_cancel_new_after_ms(timeout_ms: u64) -> *mut lvt_cancel {
    infallible(|| Some(into_handle(Cancel::after(Duration::from_millis(timeout_ms)))))
}

/// Ends all work under the handle, now and later, with LVT_ERR_CANCELLED. Cancelling twice is fine, and NULL too.
///
/// # Safety
/// `cancel` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_cancel_cancel(cancel: *const lvt_cancel) {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        unsafe { get(cancel) }?.cancel();
        Some(())
    });
}

/// Whether the handle was cancelled or its deadline has passed. A function of the host's that takes long may ask.
///
/// # Safety
/// `cancel` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_cancel_is_cancelled(cancel: *const lvt_cancel) -> bool {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(cancel) }?.is_cancelled()))
}

/// Frees a handle. Templates and pages that are under it stay so, and then only its deadline can end their work. NULL is fine.
///
/// # Safety
/// `cancel` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_cancel_free(cancel: *mut lvt_cancel) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(cancel) });
}
