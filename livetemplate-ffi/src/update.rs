//! `lvt_update`.

use crate::bytes::{action_name, field_errors, lvt_buffer, lvt_field_error, lvt_str};
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, free, get, handle, require};
use livetemplate_core::{Reason, Update};

/// What an update did, and the message that tells the browser.
pub struct lvt_update {
    _private: [u8; 0],
}
handle!(lvt_update is Shared of Update);

/// Whether the browser needs nothing.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_is_empty(update: *const lvt_update) -> bool {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(update) }?.is_empty()))
}

/// The push to the browser, in the page's wire format and in UTF-8; no bytes when the update is empty.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_payload(update: *const lvt_update) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(update) }?.payload())))
}

/// The answer to the browser that acted: the payload with `meta`, also when nothing changed. `action_len` 0 is no action;
/// without errors the answer says success.
///
/// # Safety
/// `update` is NULL or alive; the bytes and the errors with their texts are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_reply(
    update: *const lvt_update,
    action: *const u8,
    action_len: usize,
    errors: *const lvt_field_error,
    errors_len: usize,
    message: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(message, "message")?;
            let update = require(update, "update")?;
            let action = action_name(action, action_len)?;
            out.set(update.reply(action, &field_errors(errors, errors_len)?).into())
        })
    }
}

/// Length of the payload in bytes.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_bytes(update: *const lvt_update) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(update) }?.stats().bytes))
}

/// Length in bytes of the page's full HTML after the update.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_full_render_bytes(update: *const lvt_update) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(update) }?.stats().full_render_bytes))
}

/// The share of the full render that was saved, from 0 to 1.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_reduction(update: *const lvt_update) -> f64 {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(update) }?.stats().reduction()))
}

/// How many slots, conditions, ranges and calls were evaluated.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_slots_evaluated(update: *const lvt_update) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(update) }?.stats().slots_evaluated))
}

/// How many slots changed where no update can reach them (title, head, attributes of body).
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_outside(update: *const lvt_update) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(update) }?.stats().outside))
}

/// Name of reason `index` for which parts of the page were sent that had not changed, or evaluated although nothing changed that
/// they read. Empty past the end: an update that did what changed asks for has none.
///
/// - `cost`: all items of a list were sent, because the operations that lead to them would take more.
/// - `lost`: the whole page was sent, because what it had shown could not be found again.
/// - `volatile`: a place was evaluated that calls a volatile function.
/// - `assigned`: a place was evaluated that assigns a variable, or reads one that is assigned.
/// - `ends`: a range was evaluated whose items decide on others by `break` or `continue`.
/// - `objects`: the whole page was evaluated, because there are host objects in its data.
///
/// lvt_template_dependencies says which places every update evaluates.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_reason_at(update: *const lvt_update, index: usize) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { reason_at(update, index) }?.0.as_str().as_bytes())))
}

/// How often reason `index` came up; 0 past the end.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_reason_count(update: *const lvt_update, index: usize) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { reason_at(update, index) }?.1))
}

/// The reason, with how often it came up.
///
/// # Safety
/// `update` is NULL or alive.
unsafe fn reason_at(update: *const lvt_update, index: usize) -> Option<(Reason, usize)> {
    // SAFETY: valid as the caller promised.
    unsafe { get(update) }?.stats().reasons.iter().nth(index)
}

/// Frees an update. NULL is fine.
///
/// # Safety
/// `update` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_free(update: *mut lvt_update) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(update) });
}
