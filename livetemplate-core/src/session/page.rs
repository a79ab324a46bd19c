//! A page: one browser session's data and what its browser was told.

use super::application::Shared;
use super::encode::{Encoded, Step, Told};
use super::shown::{Execution, Shown};
use super::update::{Meta, Update, UpdateStats, message};
use super::updating::UpdateLock;
use crate::cancel::Cancel;
use crate::diff::{self, IdCounter};
use crate::error::{Code, Error, Result};
use crate::htmldiff::Document;
use crate::memory::{COUNTS, Memory};
use crate::template::Limits;
use crate::template::exec::ExecOptions;
use crate::tree::node::Tree;
use crate::tree::run::field_key;
use crate::tree::set::PageProgram;
use crate::tree::{Analysis, Template};
use crate::value::{DataFlags, Patch, Value};
use crate::wire::fragments::Splits;
use crate::wire::html::HtmlWriter;
use crate::wire::tree::Encoder;
use crate::wire::{Family, Wire};
use parking_lot::{Mutex, RwLock};
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// One browser session's page. Cloning shares it; dropping it never closes the page. Any number of threads may use it: updates
/// run one after another, reads never wait for an update's work.
///
/// During an update the host's functions and objects may read the page, and read and update others. A change of the page
/// itself is `Reentrant`, and so is a change of a page whose own update waits, directly or through others, for one that this
/// thread has under way: of two pages whose functions update each other, one update fails in place of both waiting for
/// ever. A function must not wait for another thread that changes its page. A function that is declared pure is called again to
/// render what the page showed, so it cannot render the page itself: that is `Reentrant` too.
#[derive(Clone)]
pub struct Page {
    inner: Arc<Inner>,
    /// What ends the work of this handle.
    cancel: Option<Cancel>,
}

/// Options of a new page.
#[derive(Clone, Debug, Default)]
pub struct PageOptions {
    wire: Wire,
}

impl PageOptions {
    /// The wire format of its updates. `tree` by default.
    #[must_use]
    pub fn wire(mut self, wire: Wire) -> Self {
        self.wire = wire;
        self
    }
}

pub(super) struct Inner {
    pub id: String,
    token: String,
    wire: Wire,
    /// `None` when the host renders the page's HTML.
    template: Option<Template>,
    app: Weak<Shared>,
    closed: AtomicBool,
    /// Time of the last access, in milliseconds since the Unix epoch.
    accessed: AtomicU64,
    /// Held for the whole of an update.
    updating: Arc<UpdateLock>,
    state: RwLock<Arc<State>>,
    /// What was told of fragments' texts, if anything.
    splits: Mutex<Option<Arc<Splits>>>,
}

#[derive(Clone)]
struct State {
    /// The data that the browser was told of.
    data: Value,
    shown: Arc<Shown>,
    /// What the HTML was that the host rendered, in a page of such.
    document: Option<Document>,
    /// Newer data that was set aside for the next update.
    pending: Option<Value>,
    ids: IdCounter,
    /// How many messages brought clients here since the page was made.
    seq: u64,
}

impl State {
    fn newest(&self) -> &Value {
        self.pending.as_ref().unwrap_or(&self.data)
    }
}

/// What a new page shows.
pub(super) enum Content<'c> {
    Template(&'c Template, Value),
    Html(&'c [u8]),
}

impl Content<'_> {
    /// The page's first state.
    fn show(self) -> Result<State> {
        let mut ids = IdCounter::default();
        let (data, shown, document) = match self {
            Content::Template(template, data) if template.is_upon() => {
                let html = template.render(&data)?;
                let document = Document::new(&html, &template.options().limits, &mut ids)?;
                (data, Shown::of(&document), Some(document))
            }
            Content::Template(template, data) => {
                template.check_cancel()?;
                let page = template.page_program()?;
                let execution = Execution { page, options: template.options(), cancel: template.cancel() };
                let (mut tree, _) = execution.build(&data)?;
                diff::identify(&mut tree, &mut ids);
                let shown = Shown::new(page, tree, data.holds_object());
                (data, shown, None)
            }
            Content::Html(html) => {
                let document = Document::new(html, &Limits::default(), &mut ids)?;
                (Value::Null, Shown::of(&document), Some(document))
            }
        };
        Ok(State { data, shown: Arc::new(shown), document, pending: None, ids, seq: 0 })
    }
}

impl Inner {
    pub(super) fn new(
        id: String,
        token: String,
        content: Content<'_>,
        options: &PageOptions,
        app: &Arc<Shared>,
    ) -> Result<Inner> {
        let template = match content {
            Content::Template(template, _) => Some(template.without_cancel()),
            Content::Html(_) => None,
        };
        Ok(Inner {
            id,
            token,
            wire: options.wire,
            template,
            app: Arc::downgrade(app),
            closed: AtomicBool::new(false),
            accessed: AtomicU64::new(app.now_millis()),
            updating: Arc::default(),
            state: RwLock::new(Arc::new(content.show()?)),
            splits: Mutex::default(),
        })
    }

    fn template(&self) -> Result<&Template> {
        let error = || Error::new(Code::PageKind, "the page has no data: its host renders its HTML");
        self.template.as_ref().ok_or_else(error)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn expired(&self, now_millis: u64, ttl: Duration) -> bool {
        let idle = now_millis.saturating_sub(self.accessed.load(Ordering::Relaxed));
        Duration::from_millis(idle) >= ttl
    }

    /// Counts as an access and refuses a page that is closed, expired or without its application.
    pub(super) fn touch(&self) -> Result<()> {
        let app = self.app.upgrade();
        if let (Some(app), false) = (&app, self.closed.load(Ordering::Acquire)) {
            let now = app.now_millis();
            if !self.expired(now, app.page_ttl) {
                self.accessed.fetch_max(now, Ordering::Relaxed);
                return Ok(());
            }
            app.remove(&self.id);
            self.close();
        }
        Err(Error::new(Code::PageClosed, "the page is closed"))
    }

    fn now_millis(&self) -> Result<u64> {
        let app = self.app.upgrade();
        app.map(|app| app.now_millis()).ok_or_else(|| Error::new(Code::PageClosed, "the page is closed"))
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(Code::PageClosed, "the page is closed"));
        }
        Ok(())
    }

    /// Replaces the state. The old one goes after the lock: dropping it may run the host's code.
    fn commit(&self, state: State) {
        let state = Arc::new(state);
        let old = std::mem::replace(&mut *self.state.write(), state);
        drop(old);
    }

    fn state(&self) -> Arc<State> {
        self.state.read().clone()
    }
}

impl Page {
    pub(super) fn new(inner: Arc<Inner>) -> Page {
        Page { inner, cancel: None }
    }

    /// Another handle to the same page, whose work `cancel` ends: updates, patches and renders, also while they wait for an
    /// update of another thread. An update that was ended leaves the page as it was.
    #[must_use]
    pub fn with_cancel(&self, cancel: &Cancel) -> Page {
        Page { inner: self.inner.clone(), cancel: Some(cancel.clone()) }
    }

    /// The page's id: 32 hex digits.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The page's token, minted once when the page was made.
    pub fn token(&self) -> &str {
        &self.inner.token
    }

    /// The wire format of its updates.
    pub fn wire(&self) -> Wire {
        self.inner.wire
    }

    /// The template it was made of; `None` when its host renders its HTML.
    pub fn template(&self) -> Option<&Template> {
        self.inner.template.as_ref()
    }

    /// What can be told of the page's template: [`Template::analysis`].
    ///
    /// # Errors
    /// `PageClosed`; `PageKind` when its host renders its HTML.
    pub fn analysis(&self) -> Result<Arc<Analysis>> {
        self.inner.touch()?;
        self.inner.template()?.analysis()
    }

    /// The whole HTML of the newest data, with what the wire format needs to address it: in `tree`, `<div data-lvt-id="…">`
    /// around the live region; in the others, attributes of elements (`docs/wire.md`).
    ///
    /// # Errors
    /// `PageClosed`; template errors when data was set aside that the template cannot show.
    pub fn render(&self) -> Result<Vec<u8>> {
        self.inner.touch()?;
        self.check_cancel()?;
        let state = self.inner.state();
        if let (Some(old), Some(template), Some(data)) =
            (&state.document, &self.inner.template, &state.pending)
        {
            let html = self.rendered(template, data)?;
            let new = old.update(&html, &template.options().limits, &mut state.ids.clone())?.1;
            return Ok(self.html(&new.page, &new.tree));
        }
        let execution = self.execution(&state)?;
        let tree = match &state.pending {
            None => state.shown.tree(execution, &state.data)?,
            Some(data) => Arc::new(execution.build(data)?.0),
        };
        Ok(self.html(execution.page, &tree))
    }

    /// The HTML of a tree, with what the wire format needs.
    fn html(&self, page: &PageProgram, tree: &Tree) -> Vec<u8> {
        match self.inner.wire.family() {
            Family::Tree => {
                let mut out = Vec::new();
                let open = format!("<div data-lvt-id=\"{}\">", self.inner.id);
                tree.write_page(&page.program, &page.layout, &open, "</div>", &mut out);
                out
            }
            Family::Elements(wire) => HtmlWriter::new(page, wire).page(tree),
            Family::Texts(wire) => HtmlWriter::new(page, wire).page(tree),
        }
    }

    /// The full `tree` message of what the browser was told last: `{"tree":…}`, with `meta` when an action is named or errors
    /// are given. It is the first message on every connection.
    ///
    /// # Errors
    /// `PageClosed`.
    pub fn tree(&self, action: Option<&str>, errors: &[(&str, &str)]) -> Result<Vec<u8>> {
        self.inner.touch()?;
        let state = self.inner.state();
        let execution = self.execution(&state)?;
        let shown = state.shown.tree(execution, &state.data)?;
        let mut tree = Vec::new();
        Encoder { program: &execution.page.program, layout: &execution.page.layout }.tree(&shown, &mut tree);
        let meta = Meta { action, errors };
        Ok(message(&tree, (action.is_some() || !errors.is_empty()).then_some(&meta)))
    }

    /// What brings a client to what the page shows from any state: the first message of a connection, and the answer to a loss.
    /// In `tree` it is [`Page::tree`] without an action.
    ///
    /// # Errors
    /// `PageClosed`.
    pub fn resync(&self) -> Result<Vec<u8>> {
        match self.inner.wire.family() {
            Family::Tree => self.tree(None, &[]),
            Family::Elements(wire) => self.told(|page, tree, seq| wire.resync(page, tree, seq)),
            Family::Texts(wire) => {
                // It may be for a client that was told nothing yet.
                self.forget();
                self.told(|page, tree, seq| wire.resync(page, tree, seq))
            }
        }
    }

    /// Gives what clients were told, and the number of the last message.
    pub(super) fn told<T>(&self, work: impl FnOnce(&PageProgram, &Tree, u64) -> T) -> Result<T> {
        self.inner.touch()?;
        let state = self.inner.state();
        let execution = self.execution(&state)?;
        let tree = state.shown.tree(execution, &state.data)?;
        Ok(work(execution.page, &tree, state.seq))
    }

    /// Says again all that clients may have been told of fragments.
    pub(super) fn forget(&self) {
        *self.inner.splits.lock() = None;
    }

    /// The number of the last message.
    pub(super) fn seq(&self) -> Result<u64> {
        self.inner.touch()?;
        Ok(self.inner.state().seq)
    }

    /// Sends messages that change nothing of what the page shows. `work` gets the number of the first and the time, and says how many
    /// messages it sends.
    pub(super) fn tell(
        &self,
        work: impl FnOnce(&PageProgram, &Tree, u64, u64) -> (Vec<u8>, u64),
    ) -> Result<Vec<u8>> {
        let _updating = self.inner.updating.begin(self.cancel.as_ref())?;
        let millis = self.inner.now_millis()?;
        let (sent, count) = self.told(|page, tree, seq| work(page, tree, seq + 1, millis))?;
        if count > 0 {
            let state = State::clone(&self.inner.state());
            let state = State { seq: state.seq + count, ..state };
            self.inner.commit(state);
        }
        Ok(sent)
    }

    /// Brings the page to `data` and gives what its browser needs for that.
    ///
    /// # Errors
    /// `PageClosed`; `PageKind` when its host renders its HTML; `Reentrant`; template errors and limits; `Cancelled` and `DeadlineExceeded` under a cancel handle. On an error the page
    /// is unchanged.
    pub fn update(&self, data: Value) -> Result<Update> {
        let has_objects = data.holds_object();
        self.update_with(has_objects, |state| Ok(data.reconciled(&state.data, &field_key)))
    }

    /// [`Page::update`] with data as JSON text.
    ///
    /// # Errors
    /// As [`Page::update`]; `InvalidJson`, `DepthExceeded` and `SizeExceeded` for the text.
    pub fn update_json(&self, text: &[u8], flags: DataFlags) -> Result<Update> {
        let (state, data) = self.reread(text, flags)?;
        self.update_with(false, |now| Ok(as_of(now, &state, data)))
    }

    /// Applies a patch to the newest data: a list is a JSON Patch (RFC 6902), a map a JSON merge patch (RFC 7396).
    ///
    /// # Errors
    /// `InvalidPatch`; else as [`Page::update`].
    pub fn patch(&self, patch: &Value) -> Result<Update> {
        self.patch_by(&Patch::Value(Cow::Borrowed(patch)))
    }

    /// [`Page::patch`] with the patch as JSON text.
    ///
    /// # Errors
    /// As [`Page::patch`]; `InvalidJson`, `DepthExceeded` and `SizeExceeded` for the text.
    pub fn patch_json(&self, text: &[u8], flags: DataFlags) -> Result<Update> {
        self.check_json(text)?;
        self.patch_by(&Patch::read(text, flags)?)
    }

    fn patch_by(&self, patch: &Patch<'_>) -> Result<Update> {
        self.update_with(patch.holds_object(), |state| state.newest().patched_by(patch))
    }

    fn check_json(&self, text: &[u8]) -> Result<()> {
        self.inner.template()?.options().limits.check_json(text)
    }

    /// Reads data, with what is as the browser was told of taken from there.
    fn reread(&self, text: &[u8], flags: DataFlags) -> Result<(Arc<State>, Value)> {
        self.check_json(text)?;
        let state = self.inner.state();
        let data = state.data.reread(text, flags, &field_key)?;
        Ok((state, data))
    }

    fn check_cancel(&self) -> Result<()> {
        self.cancel.as_ref().map_or(Ok(()), Cancel::check)
    }

    fn execution<'e>(&'e self, state: &'e State) -> Result<Execution<'e>> {
        if let Some(document) = &state.document {
            return Ok(self.execution_of(&document.page, ExecOptions::default()));
        }
        let template = self.inner.template()?;
        Ok(self.execution_of(template.page_program()?, template.options()))
    }

    fn execution_of<'e>(&'e self, page: &'e PageProgram, options: ExecOptions) -> Execution<'e> {
        Execution { page, options, cancel: self.cancel.as_ref() }
    }

    /// `has_objects`: whether `data` may bring host objects that were not there.
    fn update_with(
        &self,
        has_objects: bool,
        data: impl FnOnce(&Arc<State>) -> Result<Value>,
    ) -> Result<Update> {
        let _updating = self.inner.updating.begin(self.cancel.as_ref())?;
        self.inner.touch()?;
        let state = self.inner.state();
        let template = self.inner.template()?;
        if let Some(document) = &state.document {
            let data = data(&state)?;
            let html = self.rendered(template, &data)?;
            return self.show(&state, document, &html, data, &template.options().limits);
        }
        let execution = self.execution(&state)?;
        let data = data(&state)?;
        let has_objects = has_objects || state.pending.as_ref().is_some_and(Value::holds_object);
        let mut ids = state.ids.clone();
        let (patch, shown, evaluated) =
            state.shown.update(execution, (&state.data, &data), has_objects, &mut ids)?;

        let shown = Arc::new(shown);
        let next = State { data, shown, document: None, pending: None, ids, seq: state.seq };
        self.finish(execution, &state, next, &patch, evaluated)
    }

    /// Brings the page to other HTML of its host's, and gives what its browser needs for that. See
    /// [`Application::new_page_from_html`](crate::Application::new_page_from_html).
    ///
    /// # Errors
    /// `PageClosed`; `PageKind` when it was made of a template; `SizeExceeded`, `DepthExceeded`, `OutputExceeded`, `LiveRegion` and
    /// `InvalidData` for the HTML; `Cancelled` and `DeadlineExceeded` under a cancel handle. On an error the page is unchanged.
    pub fn update_html(&self, html: &[u8]) -> Result<Update> {
        let _updating = self.inner.updating.begin(self.cancel.as_ref())?;
        self.inner.touch()?;
        self.check_cancel()?;
        let state = self.inner.state();
        match (&state.document, &self.inner.template) {
            (Some(document), None) => self.show(&state, document, html, Value::Null, &Limits::default()),
            _ => Err(Error::new(Code::PageKind, "the page shows data in a template, and takes no HTML")),
        }
    }

    /// The HTML of data in a template that is known by its HTML only.
    fn rendered(&self, template: &Template, data: &Value) -> Result<Vec<u8>> {
        match &self.cancel {
            Some(cancel) => template.with_cancel(cancel).render(data),
            None => template.render(data),
        }
    }

    /// Brings the page to other HTML.
    fn show(
        &self,
        state: &State,
        old: &Document,
        html: &[u8],
        data: Value,
        limits: &Limits,
    ) -> Result<Update> {
        let mut ids = state.ids.clone();
        let (patch, document) = old.update(html, limits, &mut ids)?;
        let shown = Arc::new(Shown::of(&document));
        let evaluated = document.places();
        let page = document.page.clone();
        let execution = self.execution_of(&page, ExecOptions::default());
        let changes = document.changes(&patch);
        let document = Some(document);
        let next = State { data, shown, document, pending: None, ids, seq: state.seq };
        Ok(self.finish(execution, state, next, &patch, evaluated)?.with_changes(changes))
    }

    /// Tells of a patch, and commits what it leads to.
    fn finish(
        &self,
        execution: Execution<'_>,
        state: &State,
        mut next: State,
        patch: &diff::Patch,
        evaluated: usize,
    ) -> Result<Update> {
        let step = Step {
            execution,
            old: Told { data: &state.data, shown: &state.shown },
            new: Told { data: &next.data, shown: &next.shown },
            patch,
            seq: state.seq + 1,
            millis: self.inner.now_millis()?,
        };
        let told = self.inner.splits.lock().clone();
        let mut splits = told.clone();
        let Encoded { messages, outside, reasons, fragments } = step.encode(self.inner.wire, &mut splits)?;
        let stats = UpdateStats {
            full_render_bytes: next.shown.html_len,
            slots_evaluated: evaluated,
            outside,
            reasons: patch.reasons.and(reasons),
            ..UpdateStats::default()
        };
        // A function of the host's may have closed the page meanwhile.
        self.inner.check_open()?;
        self.check_cancel()?;
        next.seq += messages.len() as u64;
        let mut now_told = self.inner.splits.lock();
        // A resync meanwhile is for a client that knows nothing of what was told before.
        if now_told.as_ref().map(Arc::as_ptr) == told.as_ref().map(Arc::as_ptr) {
            *now_told = splits;
        }
        drop(now_told);
        self.inner.commit(next);
        Ok(Update::new(self.inner.wire, messages, stats).with_fragments(fragments))
    }

    /// Sets data aside: `data` and `render` show it at once, the browser gets it with the next `update` or `patch`.
    ///
    /// # Errors
    /// `PageClosed`; `PageKind` when its host renders its HTML; `Reentrant`.
    pub fn set_data(&self, data: Value) -> Result<()> {
        self.set_with(|state| data.reconciled(&state.data, &field_key))
    }

    fn set_with(&self, data: impl FnOnce(&Arc<State>) -> Value) -> Result<()> {
        let _updating = self.inner.updating.begin(self.cancel.as_ref())?;
        self.inner.touch()?;
        self.inner.template()?;
        let state = self.inner.state();
        let pending = Some(data(&state));
        self.inner.commit(State { pending, ..State::clone(&state) });
        Ok(())
    }

    /// [`Page::set_data`] with data as JSON text.
    ///
    /// # Errors
    /// As [`Page::set_data`]; `InvalidJson`, `DepthExceeded` and `SizeExceeded` for the text.
    pub fn set_data_json(&self, text: &[u8], flags: DataFlags) -> Result<()> {
        let (state, data) = self.reread(text, flags)?;
        self.set_with(|now| as_of(now, &state, data))
    }

    /// The page's newest data, with the very host objects that it was given.
    ///
    /// # Errors
    /// `PageClosed`; `PageKind` when its host renders its HTML.
    pub fn data(&self) -> Result<Value> {
        self.inner.touch()?;
        self.inner.template()?;
        Ok(self.inner.state().newest().clone())
    }

    /// How many bytes of memory the page holds: its data, in which shared parts count once, what it keeps of what it showed, its id
    /// and its token; by the sizes of what was allocated. The template and host objects are not counted. It goes through all of the
    /// data.
    pub fn memory_usage(&self) -> usize {
        let Inner { id, token, .. } = &*self.inner;
        let state = self.inner.state();
        let mut memory = Memory::default();
        memory.add(COUNTS + size_of::<Inner>());
        memory.add(COUNTS + size_of::<UpdateLock>());
        memory.add(COUNTS + size_of::<State>());
        // The application's registry has another copy of the id.
        [id, id, token].iter().for_each(|text| memory.add(text.capacity()));
        memory.add(size_of::<(String, Arc<Inner>)>());
        state.data.measure(&mut memory);
        state.shown.measure(&mut memory);
        if let Some(splits) = &*self.inner.splits.lock() {
            memory.add(COUNTS + size_of::<Splits>());
            splits.measure(&mut memory);
        }
        if let Some(document) = &state.document {
            document.measure(&mut memory);
        }
        if let Some(pending) = &state.pending {
            pending.measure(&mut memory);
        }
        memory.bytes()
    }

    /// Closes the page: every later call on it, through any handle, is `PageClosed`. Closing twice is fine.
    pub fn close(&self) {
        // After an update of another thread, so that nothing succeeds once this has returned. One that cannot end before this
        // does, because a function in it closes the page or waits for this thread, fails when it comes to its end.
        let _updating = self.inner.updating.begin(None);
        if let Some(app) = self.inner.app.upgrade() {
            app.remove(&self.inner.id);
        }
        self.inner.close();
    }
}

/// Data that was read beside `before`, for the state that the page has by now.
fn as_of(now: &Arc<State>, before: &Arc<State>, data: Value) -> Value {
    if Arc::ptr_eq(now, before) { data } else { data.reconciled(&now.data, &field_key) }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("id", &self.inner.id).finish_non_exhaustive()
    }
}
