//! The public face of a template set.

use super::analysis::{Analysis, analyze};
use super::dependencies::{Dependency, dependencies};
use super::elements::Elements;
use super::markup::{self, Layout};
use super::program::Program;
use super::reads::Reads;
use super::run;
use super::support::Support;
use super::texts::Texts;
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::escape;
use crate::template::ast::TemplateSet;
use crate::template::exec::ExecOptions;
use crate::template::host::Functions;
use crate::template::literal::quote;
use crate::template::upon::Upon;
use crate::template::{MissingKey, Numbers, functions, parser};
use crate::value::{DataFlags, Function, Value};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// An immutable set of templates with one entry. Cloning shares it; any number of threads may use it.
#[derive(Clone)]
pub struct Template {
    set: Arc<Set>,
    /// Index into [`Set::entries`].
    entry: usize,
    /// What ends the work of this handle.
    cancel: Option<Cancel>,
}

/// What executing from one template of a set needs. It does not point back to the set, so nothing keeps itself alive.
struct Entry {
    name: Arc<str>,
    /// Made at the first use, as Go escapes at the first execution: an unused template with an escaping error harms nobody.
    program: OnceLock<Result<Arc<Program>>>,
    /// Made for the first page.
    page_program: OnceLock<Result<PageProgram>>,
    analysis: OnceLock<Result<Arc<Analysis>>>,
    /// Length of the last render, so that the next one allocates once.
    last_len: AtomicUsize,
}

/// What the pages of one template share.
pub(crate) struct PageProgram {
    pub program: Arc<Program>,
    pub layout: Layout,
    pub reads: Reads,
    pub elements: Elements,
    pub support: Support,
    texts: OnceLock<Texts>,
}

impl PageProgram {
    pub fn new(program: Arc<Program>, layout: Layout) -> PageProgram {
        let reads = Reads::of(&program);
        let elements = Elements::of(&program);
        let support = Support::of(&program);
        PageProgram { program, layout, reads, elements, support, texts: OnceLock::new() }
    }

    /// What the texts of its fragments may hold. Made when it is first asked for.
    pub fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| Texts::of(&self.program, &self.reads, &self.elements, &self.support))
    }
}

struct Set {
    templates: TemplateSet,
    functions: Functions,
    /// The templates, where they are not Go's; then `templates` has none.
    upon: Option<Upon>,
    /// One for each template, sorted by name.
    entries: Box<[Entry]>,
    options: ExecOptions,
}

/// Collects sources and options and builds a [`Template`].
#[derive(Clone, Debug, Default)]
pub struct TemplateBuilder {
    sources: Vec<(String, Vec<u8>)>,
    entry: Option<String>,
    delims: (String, String),
    functions: Functions,
    upon: bool,
    options: ExecOptions,
}

impl TemplateBuilder {
    /// Adds a source under a name. A name may come twice; the later definition wins as in Go.
    #[must_use]
    pub fn source(mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        self.sources.push((name.into(), text.into()));
        self
    }

    /// The template to execute; the first source's by default.
    #[must_use]
    pub fn entry(mut self, name: impl Into<String>) -> Self {
        self.entry = Some(name.into());
        self
    }

    /// The sources are in the syntax of the [`upon`](https://docs.rs/upon) crate, not in Go's. See [`Template::upon`].
    #[must_use]
    pub fn upon(mut self) -> Self {
        self.upon = true;
        self
    }

    /// The action delimiters; an empty one is Go's default.
    #[must_use]
    pub fn delims(mut self, left: impl Into<String>, right: impl Into<String>) -> Self {
        self.delims = (left.into(), right.into());
        self
    }

    /// Registers a function under a name, a Go identifier that does not start with `_html_template_`. It takes the place of
    /// one of the same name, a predefined one included: as in Go, a function named `html` or `urlquery` that ends a
    /// pipeline then does the escaping that the predefined one would do, and its result is written as it is.
    #[must_use]
    pub fn function(mut self, name: impl Into<String>, function: Function) -> Self {
        self.functions.insert(name.into(), function);
        self
    }

    /// How numbers compare and print.
    #[must_use]
    pub fn numbers(mut self, numbers: Numbers) -> Self {
        self.options.numbers = numbers;
        self
    }

    /// How many bytes all sources may have together; 64 MiB by default. Beyond: `SizeExceeded` from [`TemplateBuilder::build`].
    #[must_use]
    pub fn max_source(mut self, bytes: usize) -> Self {
        self.options.limits.source = bytes;
        self
    }

    /// How deeply `if`, `with`, `range`, `define` and `block` may nest in a source; 200,000 by default. Beyond: `DepthExceeded`
    /// from [`TemplateBuilder::build`]. (Parentheses nest up to 10,000 deep, with Go's error.)
    #[must_use]
    pub fn max_nesting(mut self, depth: usize) -> Self {
        self.options.limits.nesting = depth;
        self
    }

    /// How many bytes a JSON text may have that a template or its pages are given; 64 MiB by default. Beyond: `SizeExceeded`.
    /// (It may nest up to 128 levels deep.)
    #[must_use]
    pub fn max_json(mut self, bytes: usize) -> Self {
        self.options.limits.json = bytes;
        self
    }

    /// How many steps (actions and iterations) one execution may take; 10^9 by default. Beyond: `StepsExceeded`.
    #[must_use]
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.options.limits.steps = steps;
        self
    }

    /// How deeply templates may call each other; 100,000 by default, as in Go. Beyond: `TemplateExec` with Go's text.
    #[must_use]
    pub fn max_call_depth(mut self, depth: u32) -> Self {
        self.options.limits.call_depth = depth;
        self
    }

    /// How many bytes one execution may write; 256 MiB by default. Text that functions make counts as well, also where it is
    /// not shown, and in a page some bytes for each item of a range. Beyond: `OutputExceeded`.
    #[must_use]
    pub fn max_output(mut self, bytes: usize) -> Self {
        self.options.limits.output = bytes;
        self
    }

    /// What a missing map key gives.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.options.missing_key = missing_key;
        self
    }

    /// Parses all sources.
    ///
    /// # Errors
    /// `TemplateParse` with the place, in Go's wording; `TemplateNotFound` when the entry is not defined; `InvalidArgument`
    /// without a source, or for a function's name that no template can call; a limit. Escaping errors
    /// come, as in Go, from the first use of the entry.
    pub fn build(self) -> Result<Template> {
        let Some((first, _)) = self.sources.first() else {
            return Err(Error::new(Code::InvalidArgument, "a template needs at least one source"));
        };
        let entry = self.entry.as_deref().unwrap_or(first);
        let delims = (
            if self.delims.0.is_empty() { "{{" } else { &self.delims.0 },
            if self.delims.1.is_empty() { "}}" } else { &self.delims.1 },
        );
        self.functions.check()?;
        let known = |name: &str| self.functions.get(name).is_some() || functions::builtin(name).is_some();
        let limits = self.options.limits;
        let size = self.sources.iter().fold(0usize, |size, (_, text)| size.saturating_add(text.len()));
        if size > limits.source {
            let message = format!("the sources have {size} bytes and exceed the limit of {}", limits.source);
            return Err(Error::new(Code::SizeExceeded, message).at(entry, 0, 0));
        }
        let mut templates = TemplateSet::default();
        let upon = if self.upon {
            if delims != ("{{", "}}") || !self.functions.is_empty() {
                let message = "templates in upon's syntax have no delimiters and functions of their own";
                return Err(Error::new(Code::InvalidArgument, message));
            }
            Some(Upon::new(&self.sources)?)
        } else {
            for (name, text) in &self.sources {
                parser::parse(&mut templates, name, text, delims, &known, limits.nesting)?;
            }
            None
        };
        let mut names: Vec<Arc<str>> = match &upon {
            Some(_) => self.sources.iter().map(|(name, _)| name.as_str().into()).collect(),
            None => templates.templates.keys().cloned().collect(),
        };
        names.sort();
        names.dedup();
        let entries = names.into_iter().map(Entry::new).collect();
        let set =
            Arc::new(Set { templates, functions: self.functions, upon, entries, options: self.options });
        Template::entry(&set, entry).ok_or_else(|| undefined(entry))
    }
}

fn undefined(name: &str) -> Error {
    let message = format!("html/template: {} is undefined", quote(name.as_bytes()));
    Error::new(Code::TemplateNotFound, message).at(name, 0, 0)
}

impl Entry {
    fn new(name: Arc<str>) -> Entry {
        Entry {
            name,
            program: OnceLock::new(),
            page_program: OnceLock::new(),
            analysis: OnceLock::new(),
            last_len: AtomicUsize::new(0),
        }
    }
}

impl Template {
    /// A template from one source. `name` may be empty.
    ///
    /// # Errors
    /// As [`TemplateBuilder::build`].
    pub fn new(name: &str, source: impl Into<Vec<u8>>) -> Result<Template> {
        Template::builder().source(name, source).build()
    }

    /// A template in the syntax of the [`upon`](https://docs.rs/upon) crate (`{{ user.name }}`, `{% if … %}`, `{% for … in … %}`). All
    /// values are escaped for HTML text and quoted attributes, but for HTML that the data has as trusted. `name` may be empty.
    ///
    /// It is rendered as a whole and its HTML is compared; it has no [`Template::dependencies`] and no [`Template::analysis`]. There is
    /// no limit of steps: what a template may loop over is what the data has.
    ///
    /// # Errors
    /// `TemplateParse` with the place; `SizeExceeded`.
    pub fn upon(name: &str, source: impl Into<Vec<u8>>) -> Result<Template> {
        Template::builder().source(name, source).upon().build()
    }

    /// Starts a builder.
    pub fn builder() -> TemplateBuilder {
        TemplateBuilder::default()
    }

    /// Name of the entry.
    pub fn name(&self) -> &str {
        &self.own().name
    }

    /// The names of all templates of the set, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.set.entries.iter().map(|entry| &*entry.name)
    }

    /// Another template of the same set as entry. It is cheap: what an entry needs is made at its first use and kept in the set.
    ///
    /// Entries are escaped independently: what was executed before never matters. (In Go an entry that was executed as part of another
    /// is not checked again, and one that calls an entry which failed panics.)
    ///
    /// # Errors
    /// `TemplateNotFound`, in Go's wording.
    pub fn lookup(&self, name: &str) -> Result<Template> {
        let found = Template::entry(&self.set, name).ok_or_else(|| undefined(name))?;
        Ok(Template { cancel: self.cancel.clone(), ..found })
    }

    /// Another handle to the same template, whose work `cancel` ends: its renders, and the making of pages with it. The pages
    /// themselves are not under it; see [`Page::with_cancel`](crate::Page::with_cancel).
    #[must_use]
    pub fn with_cancel(&self, cancel: &Cancel) -> Template {
        Template { cancel: Some(cancel.clone()), ..self.clone() }
    }

    /// The same template without its cancel handle.
    pub(crate) fn without_cancel(&self) -> Template {
        Template { cancel: None, ..self.clone() }
    }

    pub(crate) fn cancel(&self) -> Option<&Cancel> {
        self.cancel.as_ref()
    }

    pub(crate) fn check_cancel(&self) -> Result<()> {
        self.cancel().map_or(Ok(()), Cancel::check)
    }

    /// Whether the set has another handle: a clone, another entry, or a page. A host's garbage collector asks, to see whether
    /// the set's functions end with this one.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.set) > 1
    }

    fn entry(set: &Arc<Set>, name: &str) -> Option<Template> {
        let entry = set.entries.binary_search_by(|entry| (*entry.name).cmp(name)).ok()?;
        Some(Template { set: set.clone(), entry, cancel: None })
    }

    /// Whether the host registered functions for the set, used or not.
    pub fn has_functions(&self) -> bool {
        !self.set.functions.is_empty()
    }

    /// Whether it is in upon's syntax.
    pub(crate) fn is_upon(&self) -> bool {
        self.set.upon.is_some()
    }

    fn own(&self) -> &Entry {
        &self.set.entries[self.entry]
    }

    pub(crate) fn options(&self) -> ExecOptions {
        self.set.options
    }

    pub(crate) fn program(&self) -> Result<&Arc<Program>> {
        let program = self.own().program.get_or_init(|| {
            if self.is_upon() {
                let message = "a template in upon's syntax is known by the HTML that it renders only";
                return Err(Error::new(Code::InvalidArgument, message));
            }
            let escaped = escape::escape(&self.set.templates, self.name())?;
            Ok(Arc::new(Program::compile(&escaped, &self.set.functions)))
        });
        program.as_ref().map_err(Clone::clone)
    }

    pub(crate) fn page_program(&self) -> Result<&PageProgram> {
        let page_program = self.own().page_program.get_or_init(|| {
            let program = self.program()?.clone();
            let layout = markup::layout(&program)?;
            Ok(PageProgram::new(program, layout))
        });
        page_program.as_ref().map_err(Clone::clone)
    }

    /// Which paths of the data each slot, condition, range and call reads that is reached from this template, and which of them
    /// every update evaluates, with the reason.
    ///
    /// # Errors
    /// `TemplateEscape`; `LiveRegion`.
    pub fn dependencies(&self) -> Result<Vec<Dependency>> {
        let page = self.page_program()?;
        Ok(dependencies(&page.program, &page.reads))
    }

    /// How pages of this template update, which of its constructs stand in the way of small updates, how each value is escaped, and
    /// where Go's escaping does not protect. It is made at the first call and kept with the template.
    ///
    /// # Errors
    /// `TemplateEscape`; `LiveRegion`.
    pub fn analysis(&self) -> Result<Arc<Analysis>> {
        let analysis = self.own().analysis.get_or_init(|| {
            let page = self.page_program()?;
            Ok(Arc::new(analyze(&self.set.templates, page)))
        });
        analysis.clone()
    }

    /// The HTML of `data`: the bytes Go's `html/template` writes.
    ///
    /// # Errors
    /// `TemplateEscape` when the template cannot be escaped safely, `TemplateExec` when execution fails; a limit;
    /// `Cancelled` and `DeadlineExceeded` under a cancel handle.
    pub fn render(&self, data: &Value) -> Result<Vec<u8>> {
        self.check_cancel()?;
        if let Some(upon) = &self.set.upon {
            return upon.render(self.name(), data, &self.options().limits, self.cancel());
        }
        let last = self.own().last_len.load(Ordering::Relaxed);
        let mut out = Vec::with_capacity(last + last / 8);
        run::render(self.program()?, self.options(), self.cancel(), data, &mut out)?;
        self.own().last_len.store(out.len(), Ordering::Relaxed);
        Ok(out)
    }

    /// The HTML of data given as JSON text.
    ///
    /// # Errors
    /// As [`Template::render`]; `InvalidJson`, `DepthExceeded` and `SizeExceeded` for the text.
    pub fn render_json(&self, text: &[u8], flags: DataFlags) -> Result<Vec<u8>> {
        self.options().limits.check_json(text)?;
        self.render(&Value::from_json_whole(text, flags)?)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"{{define "b"}}<b>{{.}}</b>{{end}}{{define "open"}}<a href="{{.}}{{end}}{{template "open" .}}">{{template "b" .}}</a>"#;

    #[test]
    fn an_entry_is_escaped_once_for_the_whole_set() {
        let a = Template::new("a", SOURCE).unwrap();
        let b = a.lookup("b").unwrap();
        let program = b.program().unwrap();
        assert!(Arc::ptr_eq(program, a.lookup("b").unwrap().lookup("b").unwrap().program().unwrap()));
        assert!(!Arc::ptr_eq(program, a.program().unwrap()));
    }

    #[test]
    fn a_set_ends_with_its_last_template() {
        let a = Template::new("a", SOURCE).unwrap();
        let b = a.lookup("b").unwrap();
        let set = Arc::downgrade(&a.set);
        b.render(&Value::Null).unwrap();
        b.page_program().unwrap();
        a.page_program().unwrap();
        drop(a);
        assert!(set.upgrade().is_some());
        drop(b);
        assert!(set.upgrade().is_none());
    }

    #[test]
    fn entries_are_found_by_name_and_fail_alone() {
        let a = Template::new("a", SOURCE).unwrap();
        assert_eq!(a.names().collect::<Vec<_>>(), ["a", "b", "open"]);
        let error = a.lookup("gone").unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::TemplateNotFound, r#"html/template: "gone" is undefined"#)
        );
        // Before and after the execution of what calls it.
        for _ in 0..2 {
            let open = a.lookup("open").unwrap();
            assert_eq!(open.name(), "open");
            assert_eq!(open.render(&Value::Null).unwrap_err().code(), Code::TemplateEscape);
            assert_eq!(a.render(&Value::from("x")).unwrap(), br#"<a href="x"><b>x</b></a>"#);
        }
    }
}
