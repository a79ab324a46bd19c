//! livetemplate: pages that update themselves.
//!
//! A template (Go's html/template) renders data to HTML, byte for byte as Go does. An application keeps pages, one per
//! browser session; given new data, a page answers with the smallest update that brings the browser up to date.
//!
//! The rules that hold for every function:
//!
//! - Parameters: the object, inputs, outputs, and `lvt_error **error` last where a call can fail.
//! - Results: a call that can fail returns `lvt_status`, LVT_OK (0) or one of LVT_ERR_…. Outputs are zeroed first and
//!   written only on LVT_OK. `error` may be NULL; otherwise `*error` is NULL after success and a new lvt_error after a
//!   failure, to be freed with lvt_error_free.
//! - Ownership: what a `_new`, `_build`, `_clone` or an output parameter gives belongs to the caller, who frees it with
//!   the `_free` function of its type. Only `_free` takes ownership: an object handed to any other function stays the
//!   caller's. Every `_free` accepts NULL. A `const` pointer that a function returns, and every lvt_str, is borrowed: it
//!   lives as long as the object it was read from.
//! - Threads: an object behind a `const` pointer may be used from many threads at once. Applications, pages, templates,
//!   updates, cancel handles, errors and values always are; only the builders (lvt_application_options, lvt_page_options,
//!   lvt_template_builder) are changed by their setters, by one thread at a time. `_free` needs that no other thread is using the object.
//! - Bytes: inputs are a pointer and a length; the pointer may be NULL when the length is 0. Names and tokens are UTF-8.
//!   Sources and data may be any bytes, zero bytes included. Nothing is terminated by a zero byte, except the
//!   `const char *` results of lvt_version, lvt_status_name and lvt_error_name.
//! - NULL: a missing object, a NULL output or an unknown enum number is LVT_ERR_INVALID_ARGUMENT; functions that cannot
//!   fail return 0, false, NULL or an empty lvt_str.
//! - Pages: freeing a page's handle never closes the page. lvt_page_close does, the end of its time to live, and closing or
//!   freeing its application. After that, calls on its handles return LVT_ERR_PAGE_CLOSED.
//! - Functions and objects of the host's (lvt_function, lvt_object) may be called on any thread, while a page is locked for its own update, and by
//!   several threads at once. `drop` is called exactly once, on any thread.
//! - Panics: a defect of the engine is caught and returned as LVT_ERR_PANIC; everything else lives on.
//! - Data: each call that takes data has two forms, with an lvt_value and, named `_json`, with JSON text.
#![allow(non_camel_case_types)]

pub mod abi;
pub mod application;
pub mod bytes;
pub mod cancel;
pub mod codes;
pub mod compress;
pub mod error;
pub mod function;
mod guard;
mod handle;
pub mod object;
pub mod options;
pub mod page;
pub mod page_options;
pub mod template;
pub mod update;
pub mod value;
pub mod value_read;
pub mod version;
