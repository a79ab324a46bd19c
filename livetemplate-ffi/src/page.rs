//! `lvt_page`.

use crate::application::lvt_application;
use crate::bytes::{action_name, bytes, field_errors, lvt_buffer, lvt_field_error, lvt_str};
use crate::cancel::lvt_cancel;
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, free, get, handle, into_handle, require};
use crate::page_options::{given, lvt_page_options};
use crate::template::lvt_template;
use crate::update::lvt_update;
use crate::value::{data_flags, json_text, lvt_value};
use livetemplate_core::Page;

/// One browser session's page. Several handles may stand for the same page.
pub struct lvt_page {
    _private: [u8; 0],
}
handle!(lvt_page is Shared of Page);

/// Makes a page of a template that shows `data`. `options` may be NULL for all defaults and stays the caller's.
///
/// Fails with any template error, LVT_ERR_MAX_PAGES_EXCEEDED when so many pages are open and none of them has expired, or
/// LVT_ERR_APPLICATION_CLOSED.
///
/// # Safety
/// The handles are NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_new(
    application: *const lvt_application,
    tmpl: *const lvt_template,
    data: *const lvt_value,
    options: *const lvt_page_options,
    page: *mut *mut lvt_page,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(page, "page")?;
            let application = require(application, "application")?;
            let template = require(tmpl, "tmpl")?;
            let data = require(data, "data")?.clone();
            out.set(into_handle(application.new_page_with(template, data, &given(options))?))
        })
    }
}

/// lvt_page_new with data as JSON text; `flags` is 0 or some of lvt_data.
///
/// # Safety
/// The handles are NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_new_json(
    application: *const lvt_application,
    tmpl: *const lvt_template,
    json: *const u8,
    json_len: usize,
    flags: i32,
    options: *const lvt_page_options,
    page: *mut *mut lvt_page,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(page, "page")?;
            let application = require(application, "application")?;
            let template = require(tmpl, "tmpl")?;
            let json = bytes(json, json_len, "json")?;
            let page = application.new_page_json_with(template, json, data_flags(flags)?, &given(options))?;
            out.set(into_handle(page))
        })
    }
}

/// Makes a page whose HTML the host renders itself, with any template engine; lvt_page_update_html tells it of new HTML. Calls
/// that take or give data fail on it with LVT_ERR_PAGE_KIND. Bytes that are not UTF-8 become U+FFFD. `options` may be NULL for all
/// defaults and stays the caller's.
///
/// The HTML is parsed as browsers do, and the page shows what was parsed. The live region is the content of `<body>`. Elements of a
/// list are found again by `data-key`, `data-lvt-key`, `lvt-key` or `id`, others by what they are.
///
/// Fails with LVT_ERR_SIZE_EXCEEDED over 64 MiB, LVT_ERR_DEPTH_EXCEEDED for elements more than 512 deep, LVT_ERR_LIVE_REGION for a
/// `<frameset>`, LVT_ERR_INVALID_DATA for HTML that is another each time it is parsed, LVT_ERR_MAX_PAGES_EXCEEDED, or
/// LVT_ERR_APPLICATION_CLOSED.
///
/// # Safety
/// The handles are NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_new_from_html(
    application: *const lvt_application,
    html: *const u8,
    html_len: usize,
    options: *const lvt_page_options,
    page: *mut *mut lvt_page,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(page, "page")?;
            let application = require(application, "application")?;
            let html = bytes(html, html_len, "html")?;
            out.set(into_handle(application.new_page_from_html(html, &given(options))?))
        })
    }
}

/// The page's id: 32 hex digits. Works after the page is closed too.
///
/// # Safety
/// `page` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_id(page: *const lvt_page) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(page) }?.id().as_bytes())))
}

/// The page's token for lvt_application_get_page, minted once when the page was made. It is a secret of the browser
/// session. Works after the page is closed too.
///
/// # Safety
/// `page` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_token(page: *const lvt_page) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(page) }?.token().as_bytes())))
}

/// The name of the page's wire format. It lives as long as the library. Works after the page is closed too.
///
/// # Safety
/// `page` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_wire(page: *const lvt_page) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(page) }?.wire().name().as_bytes())))
}

/// The whole HTML of the page's newest data, with what the page's wire format needs to address it: in `tree` `<div
/// data-lvt-id="…">` around the region that updates reach.
///
/// # Safety
/// `page` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_render(
    page: *const lvt_page,
    html: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(html, "html")?;
            out.set(require(page, "page")?.render()?.into())
        })
    }
}

/// The full message `{"tree":…}` of what the browser was told last, the first one on every connection; with `meta` when
/// there is an action (`action_len` is not 0) or an error.
///
/// # Safety
/// `page` is NULL or alive; the bytes and the errors with their texts are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_tree(
    page: *const lvt_page,
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
            let page = require(page, "page")?;
            let action = action_name(action, action_len)?;
            out.set(page.tree(action, &field_errors(errors, errors_len)?)?.into())
        })
    }
}

/// What brings a client to what the page shows from any state, in the page's wire format: the first message of a connection, and
/// the answer to a loss. In `tree` it is lvt_page_tree without an action.
///
/// # Safety
/// `page` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_resync(
    page: *const lvt_page,
    message: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(message, "message")?;
            out.set(require(page, "page")?.resync()?.into())
        })
    }
}

/// Takes a control message of our own client (docs/wire.md) and gives the answer: no bytes when there is none to give. A message that
/// is malformed, of another version of the protocol or of another page is answered with one of type `error`, and changes nothing. Only
/// the answer to an `ack` can change what the page has told: like a payload it has the next number, and goes to all clients of the
/// page; in `patches` it may be a JSON array of messages.
///
/// Fails with LVT_ERR_INVALID_ARGUMENT in formats of other clients (`tree`, `turbo`, `htmx`), which have no control messages.
///
/// # Safety
/// `page` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_receive(
    page: *const lvt_page,
    message: *const u8,
    message_len: usize,
    answer: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(answer, "answer")?;
            let page = require(page, "page")?;
            out.set(page.receive(bytes(message, message_len, "message")?)?.into())
        })
    }
}

/// Brings the page to complete new data and gives what its browser needs for that. On an error the page is unchanged.
///
/// # Safety
/// The handles are NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_update(
    page: *const lvt_page,
    data: *const lvt_value,
    update: *mut *mut lvt_update,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(update, "update")?;
            let page = require(page, "page")?;
            out.set(into_handle(page.update(require(data, "data")?.clone())?))
        })
    }
}

/// lvt_page_update with data as JSON text; `flags` is 0 or some of lvt_data.
///
/// # Safety
/// `page` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_update_json(
    page: *const lvt_page,
    json: *const u8,
    json_len: usize,
    flags: i32,
    update: *mut *mut lvt_update,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(update, "update")?;
            let page = require(page, "page")?;
            let json = bytes(json, json_len, "json")?;
            out.set(into_handle(page.update_json(json, data_flags(flags)?)?))
        })
    }
}

/// Brings a page whose HTML the host renders to new HTML, and gives what its browser needs for that. Fails as
/// lvt_page_new_from_html, and with LVT_ERR_PAGE_KIND for a page with a template. On an error the page is unchanged.
///
/// # Safety
/// `page` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_update_html(
    page: *const lvt_page,
    html: *const u8,
    html_len: usize,
    update: *mut *mut lvt_update,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(update, "update")?;
            let page = require(page, "page")?;
            out.set(into_handle(page.update_html(bytes(html, html_len, "html")?)?))
        })
    }
}

/// Applies a patch to the page's data: a list is a JSON Patch (RFC 6902), a map a JSON merge patch (RFC 7396), anything
/// else LVT_ERR_INVALID_PATCH. On an error the page is unchanged.
///
/// # Safety
/// The handles are NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_patch(
    page: *const lvt_page,
    patch: *const lvt_value,
    update: *mut *mut lvt_update,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(update, "update")?;
            let page = require(page, "page")?;
            out.set(into_handle(page.patch(require(patch, "patch")?)?))
        })
    }
}

/// lvt_page_patch with the patch as JSON text; `flags` is 0 or some of lvt_data.
///
/// # Safety
/// `page` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_patch_json(
    page: *const lvt_page,
    json: *const u8,
    json_len: usize,
    flags: i32,
    update: *mut *mut lvt_update,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(update, "update")?;
            let page = require(page, "page")?;
            let json = bytes(json, json_len, "json")?;
            out.set(into_handle(page.patch_json(json, data_flags(flags)?)?))
        })
    }
}

/// Sets data aside: lvt_page_data and lvt_page_render show it at once, the browser gets it with the next update or patch.
///
/// # Safety
/// The handles are NULL or alive; `error` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_set_data(
    page: *const lvt_page,
    data: *const lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || require(page, "page")?.set_data(require(data, "data")?.clone())) }
}

/// lvt_page_set_data with data as JSON text; `flags` is 0 or some of lvt_data.
///
/// # Safety
/// `page` is NULL or alive; the bytes are readable; `error` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_set_data_json(
    page: *const lvt_page,
    json: *const u8,
    json_len: usize,
    flags: i32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let page = require(page, "page")?;
            page.set_data_json(bytes(json, json_len, "json")?, data_flags(flags)?)
        })
    }
}

/// What can be told of the page's template: lvt_template_analysis.
///
/// # Safety
/// `page` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_analysis(
    page: *const lvt_page,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            out.set(json_text(&require(page, "page")?.analysis()?.to_value())?)
        })
    }
}

/// The page's current data, to be freed with lvt_value_free.
///
/// # Safety
/// `page` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_data(
    page: *const lvt_page,
    data: *mut *mut lvt_value,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(data, "data")?;
            out.set(into_handle(require(page, "page")?.data()?))
        })
    }
}

/// The page's current data as JSON text, tagged as `flags` (0 or some of lvt_data) allow.
///
/// # Safety
/// `page` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_data_json(
    page: *const lvt_page,
    flags: i32,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            let page = require(page, "page")?;
            let flags = data_flags(flags)?;
            let mut text = Vec::new();
            page.data()?.write_json(flags, &mut text)?;
            out.set(text.into())
        })
    }
}

/// Another handle to the same page, to be freed on its own, whose work `cancel` ends: updates, patches and renders, also while
/// they wait for an update of another thread. An update that was ended leaves the page as it was. The cancel handle stays the
/// caller's and may be freed at any time. NULL if one of both is NULL.
///
/// # Safety
/// The handles are NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_with_cancel(
    page: *const lvt_page,
    cancel: *const lvt_cancel,
) -> *mut lvt_page {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(into_handle(unsafe { get(page)?.with_cancel(get(cancel)?) })))
}

/// Closes the page: every later call on it, through any handle, returns LVT_ERR_PAGE_CLOSED. Closing twice is fine, and
/// NULL too.
///
/// # Safety
/// `page` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_close(page: *const lvt_page) {
    infallible(|| {
        // SAFETY: valid as the caller promised.
        unsafe { get(page) }?.close();
        Some(())
    });
}

/// Frees a page handle; the page lives on until it is closed or its time is over. NULL is fine.
///
/// # Safety
/// `page` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_page_free(page: *mut lvt_page) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(page) });
}
