//! `lvt_template_builder` and `lvt_template`.

use crate::bytes::{bytes, lvt_buffer, lvt_str, text};
use crate::cancel::lvt_cancel;
use crate::error::{lvt_error, lvt_status};
use crate::guard::{fallible, infallible};
use crate::handle::{Out, free, get, handle, into_handle, require, require_mut};
use crate::value::{data_flags, json_text, lvt_value};
use livetemplate_core::{Code, Dependency, Error, MissingKey, Numbers, Result, Template, TemplateBuilder};

/// Collects the sources and options of a template set.
pub struct lvt_template_builder {
    _private: [u8; 0],
}
handle!(lvt_template_builder is Builder of TemplateBuilder);

/// An immutable set of templates with one entry.
pub struct lvt_template {
    _private: [u8; 0],
}
handle!(lvt_template is Shared of Template);

/// How numbers compare and print.
#[repr(C)]
pub enum lvt_numbers {
    /// A number compares with any other; for data from JSON, which does not carry Go's static types. The default.
    Adaptive = 1,
    /// Exactly Go: mixed comparisons are errors.
    Strict = 2,
}

/// What a missing map key gives.
#[repr(C)]
pub enum lvt_missing_key {
    /// No value. The default.
    Default = 1,
    /// The zero value.
    Zero = 2,
    /// An error.
    Error = 3,
}

fn unknown(parameter: &str, number: i32) -> Error {
    Error::new(Code::InvalidArgument, format!("{parameter}: {number} is not one of its numbers"))
}

/// Changes a builder in place with one of its by-value setters.
fn change(
    builder: &mut TemplateBuilder,
    setter: impl FnOnce(TemplateBuilder) -> TemplateBuilder,
) -> Result<()> {
    *builder = setter(std::mem::take(builder));
    Ok(())
}

/// An empty builder, to be freed with lvt_template_builder_free.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_template_builder_new() -> *mut lvt_template_builder {
    infallible(|| Some(into_handle(Template::builder())))
}

/// Adds a source under a name. The first one is the entry unless another is named. A name may come twice; the later
/// definition wins, as in Go.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone; the bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_add_source(
    builder: *mut lvt_template_builder,
    name: *const u8,
    name_len: usize,
    source: *const u8,
    source_len: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let builder = require_mut(builder, "builder")?;
            let name = text(name, name_len, "name")?;
            let source = bytes(source, source_len, "source")?;
            change(builder, |b| b.source(name, source))
        })
    }
}

/// Names the template to execute.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone; the bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_entry(
    builder: *mut lvt_template_builder,
    name: *const u8,
    name_len: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let builder = require_mut(builder, "builder")?;
            let name = text(name, name_len, "name")?;
            change(builder, |b| b.entry(name))
        })
    }
}

/// Sets the action delimiters; an empty one is Go's default, `{{` or `}}`.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone; the bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_delims(
    builder: *mut lvt_template_builder,
    left: *const u8,
    left_len: usize,
    right: *const u8,
    right_len: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let builder = require_mut(builder, "builder")?;
            let left = text(left, left_len, "left")?;
            let right = text(right, right_len, "right")?;
            change(builder, |b| b.delims(left, right))
        })
    }
}

/// Sets how numbers compare and print; `numbers` is one of lvt_numbers.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_numbers(
    builder: *mut lvt_template_builder,
    numbers: i32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    const ADAPTIVE: i32 = lvt_numbers::Adaptive as i32;
    const STRICT: i32 = lvt_numbers::Strict as i32;
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let builder = require_mut(builder, "builder")?;
            let numbers = match numbers {
                ADAPTIVE => Numbers::Adaptive,
                STRICT => Numbers::Strict,
                _ => return Err(unknown("numbers", numbers)),
            };
            change(builder, |b| b.numbers(numbers))
        })
    }
}

/// The sources are in the syntax of the Rust crate `upon` in place of Go's: every value is escaped for HTML text and quoted
/// attributes. Such a template is rendered as a whole, and its pages are compared by their HTML. It has no delimiters and
/// functions of its own: with such, lvt_template_builder_build fails with LVT_ERR_INVALID_ARGUMENT.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_upon(
    builder: *mut lvt_template_builder,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || change(require_mut(builder, "builder")?, |b| b.upon())) }
}

/// Sets what a missing map key gives; `missing_key` is one of lvt_missing_key.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_missing_key(
    builder: *mut lvt_template_builder,
    missing_key: i32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    const DEFAULT: i32 = lvt_missing_key::Default as i32;
    const ZERO: i32 = lvt_missing_key::Zero as i32;
    const ERROR: i32 = lvt_missing_key::Error as i32;
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let builder = require_mut(builder, "builder")?;
            let missing_key = match missing_key {
                DEFAULT => MissingKey::Default,
                ZERO => MissingKey::Zero,
                ERROR => MissingKey::Error,
                _ => return Err(unknown("missing_key", missing_key)),
            };
            change(builder, |b| b.missing_key(missing_key))
        })
    }
}

/// Sets how many bytes all sources may have together; 64 MiB by default. Beyond: LVT_ERR_SIZE_EXCEEDED from
/// lvt_template_builder_build.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_max_source(
    builder: *mut lvt_template_builder,
    max_source: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || change(require_mut(builder, "builder")?, |b| b.max_source(max_source))) }
}

/// Sets how deeply `if`, `with`, `range`, `define` and `block` may nest in a source; 200,000 by default. Beyond:
/// LVT_ERR_DEPTH_EXCEEDED from lvt_template_builder_build. (Parentheses nest up to 10,000 deep, with Go's error.)
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_max_nesting(
    builder: *mut lvt_template_builder,
    max_nesting: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || change(require_mut(builder, "builder")?, |b| b.max_nesting(max_nesting))) }
}

/// Sets how many bytes a JSON text may have that a template or its pages are given; 64 MiB by default. Beyond:
/// LVT_ERR_SIZE_EXCEEDED. (It may nest up to 128 levels deep.)
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_max_json(
    builder: *mut lvt_template_builder,
    max_json: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || change(require_mut(builder, "builder")?, |b| b.max_json(max_json))) }
}

/// Sets how many steps (actions and iterations) one execution may take; 10^9 by default. Beyond: LVT_ERR_STEPS_EXCEEDED.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_max_steps(
    builder: *mut lvt_template_builder,
    max_steps: u64,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || change(require_mut(builder, "builder")?, |b| b.max_steps(max_steps))) }
}

/// Sets how deeply templates may call each other; 100,000 by default, as in Go. Beyond: LVT_ERR_TEMPLATE_EXEC with Go's text.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_max_call_depth(
    builder: *mut lvt_template_builder,
    max_call_depth: u32,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || change(require_mut(builder, "builder")?, |b| b.max_call_depth(max_call_depth)))
    }
}

/// Sets how many bytes one execution may write; 256 MiB by default. Text that functions make counts as well, also where it is
/// not shown, and in a page some bytes for each item of a range. Beyond: LVT_ERR_OUTPUT_EXCEEDED.
///
/// # Safety
/// `builder` is NULL or alive and used by this thread alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_set_max_output(
    builder: *mut lvt_template_builder,
    max_output: usize,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe { fallible(error, || change(require_mut(builder, "builder")?, |b| b.max_output(max_output))) }
}

/// Parses all sources. The builder stays the caller's and may build again.
///
/// Fails with LVT_ERR_TEMPLATE_PARSE, whose error has the place in Go's wording, or LVT_ERR_TEMPLATE_NOT_FOUND. Errors of
/// escaping come, as in Go, from the first use of the template.
///
/// # Safety
/// `builder` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_build(
    builder: *const lvt_template_builder,
    tmpl: *mut *mut lvt_template,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(tmpl, "tmpl")?;
            out.set(into_handle(require(builder, "builder")?.clone().build()?))
        })
    }
}

/// Frees a builder. NULL is fine.
///
/// # Safety
/// `builder` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_builder_free(builder: *mut lvt_template_builder) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(builder) });
}

/// Name of the entry.
///
/// # Safety
/// `tmpl` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_name(tmpl: *const lvt_template) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(tmpl) }?.name().as_bytes())))
}

/// How many templates the set has.
///
/// # Safety
/// `tmpl` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_len(tmpl: *const lvt_template) -> usize {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(unsafe { get(tmpl) }?.names().len()))
}

/// Name of template `index` of the set; the names are sorted. Empty past the end.
///
/// # Safety
/// `tmpl` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_name_at(tmpl: *const lvt_template, index: usize) -> lvt_str {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(lvt_str::new(unsafe { get(tmpl) }?.names().nth(index)?.as_bytes())))
}

/// Another template of the same set as entry, to be freed on its own. It is cheap: what an entry needs is made at its first
/// use and kept in the set.
///
/// Fails with LVT_ERR_TEMPLATE_NOT_FOUND.
///
/// # Safety
/// `tmpl` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_lookup(
    tmpl: *const lvt_template,
    name: *const u8,
    name_len: usize,
    found: *mut *mut lvt_template,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(found, "found")?;
            out.set(into_handle(require(tmpl, "tmpl")?.lookup(text(name, name_len, "name")?)?))
        })
    }
}

/// Which paths of the data each slot, condition, range and call reads that is reached from this template, and which of them
/// every update evaluates: JSON text, a list of objects in the order of the sources. Their members:
///
/// - `template`, `line` (from 1), `column` (in bytes, from 0): the place, as in errors.
/// - `kind`: `slot`, `condition`, `range` or `call`.
/// - `action`: its pipeline, or the whole call, as Go prints it in an error.
/// - `paths`: a list of texts. A path starts at the whole data, `.`; a field is `.name`, `[]` stands for any item of a list or
///   map, and `.**` for any way further into the data, where a template calls itself. Conditions around the place and what is
///   inside it do not count.
/// - `always`: null, or a text that says why every update evaluates the place.
///
/// Fails with LVT_ERR_TEMPLATE_ESCAPE when the template cannot be escaped safely, or LVT_ERR_LIVE_REGION.
///
/// # Safety
/// `tmpl` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_dependencies(
    tmpl: *const lvt_template,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            let dependencies = require(tmpl, "tmpl")?.dependencies()?;
            out.set(json_text(&dependencies.iter().map(Dependency::to_value).collect::<Vec<_>>().into())?)
        })
    }
}

/// What can be told of the template before it is rendered, as JSON text: an object. It is made once and kept with the template.
/// docs/analysis.md has the rules. Its members:
///
/// - `mode`: `value_patch` when value patches support all constructs, else `fragment_replace`. `expected_reduction`: 0.85 or 0.6.
/// - `supported`, `unsupported`: how many constructs they support, runs of literal text included; `support_percentage`.
/// - `reasons`: a text for each construct that is not supported. `recommendations`: never empty; the mode comes first.
/// - `hash`: SHA-256 in hex over the names and syntax trees of the set.
/// - `constructs`: `kind` (`interpolation`, `variable`, `if`, `with`, `range`, `call`), `supported`, and `reason` or null.
/// - `fragments`: what updates address, the live region first: `element`, `id_kind` (`literal`, `dynamic`, `made`), `id` or null,
///   `in_range`, `paths`, `estimated_size`, `complexity` (`simple`, `moderate`, `complex`, `very_complex`), `value_updates`.
/// - `interpolations`: how each value is escaped: `context`, `attributes`, `escapers`, by Go's names.
/// - `warnings`: where Go's escaping does not protect: `attribute`, `reason`.
/// - `outside`: the constructs outside the live region, which cannot be updated.
///
/// The last five are lists of objects in the order of the sources, each with its place (`template`, `line` from 1, `column` in bytes
/// from 0) and, but for fragments, its `action`.
///
/// Fails with LVT_ERR_TEMPLATE_ESCAPE when the template cannot be escaped safely, or LVT_ERR_LIVE_REGION.
///
/// # Safety
/// `tmpl` is NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_analysis(
    tmpl: *const lvt_template,
    json: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(json, "json")?;
            out.set(json_text(&require(tmpl, "tmpl")?.analysis()?.to_value())?)
        })
    }
}

/// The HTML of `data`: the bytes Go's html/template writes.
///
/// Fails with LVT_ERR_TEMPLATE_ESCAPE when the template cannot be escaped safely, LVT_ERR_TEMPLATE_EXEC when execution
/// fails, or a limit (7xx).
///
/// # Safety
/// `tmpl` and `data` are NULL or alive; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_render(
    tmpl: *const lvt_template,
    data: *const lvt_value,
    html: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(html, "html")?;
            let template = require(tmpl, "tmpl")?;
            out.set(template.render(require(data, "data")?)?.into())
        })
    }
}

/// lvt_template_render with data as JSON text; `flags` is 0 or some of lvt_data.
///
/// # Safety
/// `tmpl` is NULL or alive; the bytes are readable; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_render_json(
    tmpl: *const lvt_template,
    json: *const u8,
    json_len: usize,
    flags: i32,
    html: *mut lvt_buffer,
    error: *mut *mut lvt_error,
) -> lvt_status {
    // SAFETY: valid as the caller promised.
    unsafe {
        fallible(error, || {
            let out = Out::take(html, "html")?;
            let template = require(tmpl, "tmpl")?;
            let json = bytes(json, json_len, "json")?;
            out.set(template.render_json(json, data_flags(flags)?)?.into())
        })
    }
}

/// Another handle to the same template, to be freed on its own. NULL for NULL.
///
/// # Safety
/// `tmpl` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_clone(tmpl: *const lvt_template) -> *mut lvt_template {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(into_handle(unsafe { get(tmpl) }?.clone())))
}

/// Another handle to the same template, to be freed on its own, whose work `cancel` ends: its renders, and the making of pages
/// with it. The pages themselves are not under it. The cancel handle stays the caller's and may be freed at any time. NULL if
/// one of both is NULL.
///
/// # Safety
/// The handles are NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_with_cancel(
    tmpl: *const lvt_template,
    cancel: *const lvt_cancel,
) -> *mut lvt_template {
    // SAFETY: valid as the caller promised.
    infallible(|| Some(into_handle(unsafe { get(tmpl)?.with_cancel(get(cancel)?) })))
}

/// Frees a template handle. Pages made of it live on. NULL is fine.
///
/// # Safety
/// `tmpl` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lvt_template_free(tmpl: *mut lvt_template) {
    // SAFETY: owned as the caller promised.
    infallible(|| unsafe { free(tmpl) });
}
