//! What a page knows of what its browser was told.

use crate::cancel::Cancel;
use crate::diff::{self, IdCounter, Patch, Reason};
use crate::error::{Code, Error, Result};
use crate::htmldiff::Document;
use crate::memory::{COUNTS, Memory};
use crate::template::exec::ExecOptions;
use crate::tree::node::Tree;
use crate::tree::retained::BlockState;
use crate::tree::run;
use crate::tree::run::view::{View, ViewBuffer};
use crate::tree::set::PageProgram;
use crate::value::{Value, VolatileCall};
use crate::wire::walk::Side;
use std::cell::RefCell;
use std::sync::Arc;

/// What was told of some data.
pub(super) struct Shown {
    kept: Kept,
    /// Length of the page's HTML in bytes.
    pub html_len: usize,
}

enum Kept {
    /// All of it: what host objects show cannot be found again from the data.
    Tree(Arc<Tree>),
    /// What the data does not tell.
    State(Arc<BlockState>),
}

/// How a page's program runs.
#[derive(Clone, Copy)]
pub(super) struct Execution<'e> {
    pub page: &'e PageProgram,
    pub options: ExecOptions,
    pub cancel: Option<&'e Cancel>,
}

impl Execution<'_> {
    pub fn build(&self, data: &Value) -> Result<(Tree, usize)> {
        run::build(&self.page.program, self.options, self.cancel, data)
    }
}

impl Shown {
    /// `has_objects`: whether host objects may be in the data.
    pub fn new(page: &PageProgram, tree: Tree, has_objects: bool) -> Shown {
        let html_len = tree.root.html_len(&page.program);
        let kept = if has_objects {
            Kept::Tree(Arc::new(tree))
        } else {
            Kept::State(Arc::new(BlockState::of_tree(page, &tree)))
        };
        Shown { kept, html_len }
    }

    /// What is shown of HTML that the host rendered.
    pub fn of(document: &Document) -> Shown {
        Shown { kept: Kept::Tree(document.tree.clone()), html_len: document.html_len }
    }

    /// Adds what it holds.
    pub fn measure(self: &Arc<Shown>, memory: &mut Memory) {
        if memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<Shown>()) {
            match &self.kept {
                Kept::Tree(tree) => tree.measure(memory),
                Kept::State(state) => state.measure(memory),
            }
        }
    }

    /// The tree of the data that was shown.
    ///
    /// # Errors
    /// `Reentrant` when a function asks for it that was called to find it.
    pub fn tree(&self, execution: Execution<'_>, data: &Value) -> Result<Arc<Tree>> {
        match &self.kept {
            Kept::Tree(tree) => Ok(tree.clone()),
            Kept::State(state) => {
                let _showing = Showing::begin(self)?;
                let Execution { page, options, cancel } = execution;
                Ok(Arc::new(run::rebuild(page, options, cancel, data, state)?))
            }
        }
    }

    /// Does what may evaluate again what was shown.
    ///
    /// # Errors
    /// What `work` says; `Reentrant` when a function asks for it that was called to find what was shown.
    pub fn showing<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _showing = Showing::begin(self)?;
        work()
    }

    /// What was shown of the data, to look into.
    pub fn side<'a, 's>(
        &self,
        execution: Execution<'a>,
        data: &'a Value,
        buffer: &'s mut ViewBuffer,
    ) -> Result<Side<'a, 's>> {
        let Execution { page, options, cancel } = execution;
        let view = View::new(page, options, cancel, data, buffer)?;
        let root = match &self.kept {
            Kept::Tree(tree) => view.root_of(tree),
            Kept::State(state) => view.root(data, state),
        };
        Ok(Side { view, root })
    }

    /// What leads from `old`, the data that was shown, to `new`. Also gives the number of dynamics evaluated.
    pub fn update(
        &self,
        execution: Execution<'_>,
        (old, new): (&Value, &Value),
        has_objects: bool,
        ids: &mut IdCounter,
    ) -> Result<(Patch, Shown, usize)> {
        let Execution { page, options, cancel } = execution;
        if let (Kept::State(state), false) = (&self.kept, has_objects) {
            let _showing = Showing::begin(self)?;
            let mut new_ids = ids.clone();
            let updated = run::update(page, options, cancel, (old, new), state, &mut new_ids);
            // What fails is run again as a whole below, for the error that a first render would give.
            if let Ok(updated) = updated {
                let html_len = self.html_len.saturating_add_signed(updated.growth);
                if html_len <= options.limits.output {
                    *ids = new_ids;
                    let shown = Shown { kept: Kept::State(updated.state), html_len };
                    return Ok((updated.patch, shown, updated.evaluated));
                }
            }
        }
        let (mut tree, evaluated) = execution.build(new)?;
        let mut patch = match self.tree(execution, old) {
            Ok(old) => diff::diff(&page.program, &old, &mut tree, ids),
            // A function that showed the old data does so no longer.
            Err(_) => diff::replace(&mut tree, ids),
        };
        let has_objects = has_objects || matches!(self.kept, Kept::Tree(_));
        if has_objects {
            patch.reasons.add(Reason::Objects);
        }
        let shown = Shown::new(page, tree, has_objects);
        Ok((patch, shown, evaluated))
    }
}

thread_local! {
    /// What this thread finds again from its data, and in how many calls of volatile functions it began with that. A function
    /// called for that which asks for the same would never end. Volatile ones are not called for it, and may ask.
    static SHOWING: RefCell<Vec<(*const Shown, usize)>> = const { RefCell::new(Vec::new()) };
}

/// An entry in [`SHOWING`]: the last one.
struct Showing;

impl Showing {
    fn begin(shown: &Shown) -> Result<Showing> {
        SHOWING.with_borrow_mut(|showing| {
            let entry = (std::ptr::from_ref(shown), VolatileCall::depth());
            if showing.contains(&entry) {
                let message = "a function that is declared pure renders the page that called it";
                return Err(Error::new(Code::Reentrant, message));
            }
            showing.push(entry);
            Ok(Showing)
        })
    }
}

impl Drop for Showing {
    fn drop(&mut self) {
        SHOWING.with_borrow_mut(Vec::pop);
    }
}
