//! `lvt_update`.

use crate::bytes::{action_name, field_errors, lvt_buffer, lvt_field_error, lvt_str};
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, free, get, handle, require};
use crate::value::json_text;
use livetemplate_core::{Fragment, HtmlChange, HtmlPattern, Reason, Update};

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

/// The push to the browser, in the page's wire format and in UTF-8; no bytes when the update is empty. In `patches` a long update is
/// several messages: the payload is then a JSON array of them.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_payload(update: *const lvt_update) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(update) }?.payload())))
}

/// Message `index` of the payload, for a transport that limits their length: in `patches` none is over 256 KiB. They must be sent in
/// their order. Empty past the end; in the other formats there is one at most.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_message_at(update: *const lvt_update, index: usize) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(update) }?.messages().nth(index)?)))
}

/// What the payload says of each fragment, in its order: JSON text, a list of objects. In the format `fragments`; in others it is
/// empty. Their members:
///
/// - `id`: the value of the element's `data-fragment-id`.
/// - `strategy`: `static_dynamic`, `markers`, `granular` or `replacement`, and `reason`: a text that says why this one.
/// - `action`: `update`, `insert`, `remove` or `replace`, and `data`: an object with what the client needs for it.
/// - `expected_reduction`, `reduction`: the share of the page's full render that the strategy is expected to save at least, and that
///   was saved, from 0 to 1.
///
/// # Safety
/// `update` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_fragments(
    update: *const lvt_update,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            let fragments = require(update, "update")?.fragments();
            out.set(json_text(&fragments.iter().map(Fragment::to_value).collect::<Vec<_>>().into())?)
        })
    }
}

/// What changed in the live region of a page whose HTML is compared (one that its host renders, or with a template in upon's syntax):
/// JSON text, a list of objects in the order of the page. Of other pages it is empty. Their members:
///
/// - `kind`: `text`, `attribute`, `added`, `removed`, `changed` or `moved`.
/// - `element`: the name of the element that it happened to, or in whose content or attributes; empty where it is not known.
/// - `key`: the key of the list's item that it is or stands in, or null.
///
/// # Safety
/// `update` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_changes(
    update: *const lvt_update,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            let changes = require(update, "update")?.changes();
            out.set(json_text(&changes.iter().map(HtmlChange::to_value).collect::<Vec<_>>().into())?)
        })
    }
}

/// What kind of update the changes of lvt_update_changes make together: `nothing`, `text`, `simple` (a few attributes and elements)
/// or `rewrite`. It lives as long as the library.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_html_pattern(update: *const lvt_update) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(HtmlPattern::of(unsafe { get(update) }?.changes()).as_str().as_bytes())))
}

/// The answer to the browser that acted. `action_len` 0 is no action; without errors the answer says success. In `tree` it is the
/// payload with `meta`, also when nothing changed; in `turbo` and `htmx` the payload alone; in the others a control message with the
/// payload in it.
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

/// In the format `fragments`: the strategy that sends most of those that were taken, as lvt_update_fragments names them. Empty when
/// the update is, and in other formats. It lives as long as the library.
///
/// # Safety
/// `update` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_update_strategy(update: *const lvt_update) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(update) }?.stats().strategy?.as_str().as_bytes())))
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
/// - `unsupported`, `values`, `all_values`, `replaced`: a fragment was sent as a whole, because new values cannot be put into a
///   construct in it, because it or the message would have more of them than they may, or because more fragments in it would have
///   been sent than may be in one message.
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
