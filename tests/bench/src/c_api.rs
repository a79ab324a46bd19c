//! The engine through its C API, called as a C program calls it.

use crate::Outcome;
use livetemplate::application::{lvt_application, lvt_application_free, lvt_application_new};
use livetemplate::bytes::{lvt_buffer, lvt_buffer_free};
use livetemplate::page::{lvt_page, lvt_page_free, lvt_page_new_json, lvt_page_update_json};
use livetemplate::template::{
    lvt_template, lvt_template_builder_add_source, lvt_template_builder_build, lvt_template_builder_free,
    lvt_template_builder_new, lvt_template_free, lvt_template_render_json,
};
use livetemplate::update::{lvt_update_free, lvt_update_payload};
use std::ptr::{null, null_mut};

/// A template held by its C handle.
pub struct Template(*mut lvt_template);

impl Template {
    /// The template of one source.
    pub fn new(source: &[u8]) -> Outcome<Template> {
        let name = b"rows.html";
        let builder = lvt_template_builder_new();
        let mut template = null_mut();
        // SAFETY: the builder is this function's own; names, sources and outputs are alive during the calls.
        let (added, built) = unsafe {
            let added = lvt_template_builder_add_source(
                builder,
                name.as_ptr(),
                name.len(),
                source.as_ptr(),
                source.len(),
                null_mut(),
            );
            let built = lvt_template_builder_build(builder, &raw mut template, null_mut());
            lvt_template_builder_free(builder);
            (added, built)
        };
        // Failed calls leave NULL, which may be freed.
        let template = Template(template);
        check(added)?;
        check(built)?;
        Ok(template)
    }

    /// Renders JSON text, hands the HTML to `see` and frees it.
    pub fn render_json<T>(&self, json: &[u8], see: impl FnOnce(&[u8]) -> T) -> Outcome<T> {
        let mut html = lvt_buffer { data: null_mut(), len: 0, cap: 0 };
        // SAFETY: the handle is alive until drop; text and output are alive during the call.
        let status = unsafe {
            lvt_template_render_json(self.0, json.as_ptr(), json.len(), 0, &raw mut html, null_mut())
        };
        check(status)?;
        // SAFETY: the call succeeded, so the buffer has that many bytes, which live until it is freed.
        let seen = see(unsafe { std::slice::from_raw_parts(html.data, html.len) });
        // SAFETY: the buffer is from the call above and freed once.
        unsafe { lvt_buffer_free(&raw mut html) };
        Ok(seen)
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        // SAFETY: the handle is alive or NULL, and freed once.
        unsafe { lvt_template_free(self.0) };
    }
}

/// A page held by its C handle, in an application of its own.
pub struct Page {
    application: *mut lvt_application,
    page: *mut lvt_page,
}

impl Page {
    /// A page that shows JSON text.
    pub fn new(template: &Template, json: &[u8]) -> Outcome<Page> {
        let mut made = Page { application: null_mut(), page: null_mut() };
        // SAFETY: options and errors may be NULL; the output is alive during the call.
        check(unsafe { lvt_application_new(null(), &raw mut made.application, null_mut()) })?;
        // SAFETY: the handles are alive; text and output are alive during the call.
        check(unsafe {
            lvt_page_new_json(
                made.application,
                template.0,
                json.as_ptr(),
                json.len(),
                0,
                null(),
                &raw mut made.page,
                null_mut(),
            )
        })?;
        Ok(made)
    }

    /// Brings the page to JSON text and gives the length of the update.
    pub fn update_json(&self, json: &[u8]) -> Outcome<usize> {
        let mut update = null_mut();
        // SAFETY: the handle is alive until drop; text and output are alive during the call.
        check(unsafe {
            lvt_page_update_json(self.page, json.as_ptr(), json.len(), 0, &raw mut update, null_mut())
        })?;
        // SAFETY: the call succeeded, so the update is alive; it is freed once.
        unsafe {
            let bytes = lvt_update_payload(update).len;
            lvt_update_free(update);
            Ok(bytes)
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: the handles are alive or NULL, and freed once.
        unsafe {
            lvt_page_free(self.page);
            lvt_application_free(self.application);
        }
    }
}

fn check(status: i32) -> Outcome<()> {
    if status == 0 { Ok(()) } else { Err(format!("the C API gives status {status}").into()) }
}
