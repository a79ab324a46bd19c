//! The engine through its C API, called as a C program calls it.

use livetemplate::bytes::{lvt_buffer, lvt_buffer_free};
use livetemplate::template::{
    lvt_template, lvt_template_builder_add_source, lvt_template_builder_build, lvt_template_builder_free,
    lvt_template_builder_new, lvt_template_free, lvt_template_render_json,
};
use std::ptr::null_mut;

/// A template held by its C handle.
pub struct Template(*mut lvt_template);

impl Template {
    /// The template of one source.
    pub fn new(source: &[u8]) -> Result<Template, String> {
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
        if added == 0 && built == 0 {
            Ok(Template(template))
        } else {
            Err(format!("status {added}, {built}"))
        }
    }

    /// Renders JSON text, hands the HTML to `see` and frees it.
    pub fn render_json<T>(&self, json: &[u8], see: impl FnOnce(&[u8]) -> T) -> Result<T, String> {
        let mut html = lvt_buffer { data: null_mut(), len: 0, cap: 0 };
        // SAFETY: the handle is alive until drop; text and output are alive during the call.
        let status = unsafe {
            lvt_template_render_json(self.0, json.as_ptr(), json.len(), 0, &raw mut html, null_mut())
        };
        if status != 0 {
            return Err(format!("status {status}"));
        }
        // SAFETY: the call succeeded, so the buffer has that many bytes, which live until it is freed.
        let seen = see(unsafe { std::slice::from_raw_parts(html.data, html.len) });
        // SAFETY: the buffer is from the call above and freed once.
        unsafe { lvt_buffer_free(&raw mut html) };
        Ok(seen)
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        // SAFETY: the handle is alive and freed once.
        unsafe { lvt_template_free(self.0) };
    }
}
