//! From a patch to the messages of a page's format.

use super::shown::{Execution, Shown};
use super::update::push;
use crate::diff::{Patch, Reason, Reasons};
use crate::error::{Code, Error, Result};
use crate::tree::node::Tree;
use crate::tree::run::view::ViewBuffer;
use crate::value::Value;
use crate::wire::elements;
use crate::wire::fragments::Splits;
use crate::wire::text::{self, TextChanges};
use crate::wire::tree::Encoder;
use crate::wire::walk::Side;
use crate::wire::{ElementWire, Family, Fragment, Sending, TextWire, Wire};
use std::sync::Arc;

/// What an update sends.
#[derive(Default)]
pub(super) struct Encoded {
    pub messages: Vec<Vec<u8>>,
    /// How many dynamics outside the live region changed.
    pub outside: usize,
    /// Why parts are sent as a whole.
    pub reasons: Reasons,
    /// In the format that has such.
    pub fragments: Vec<Fragment>,
}

/// A page's data, and what was shown of it.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub data: &'a Value,
    pub shown: &'a Shown,
}

/// What leads from one state to another.
pub(super) struct Step<'a> {
    pub execution: Execution<'a>,
    pub old: Told<'a>,
    pub new: Told<'a>,
    pub patch: &'a Patch,
    /// The number of its first message.
    pub seq: u64,
    /// Time since the Unix epoch.
    pub millis: u64,
}

impl<'a> Step<'a> {
    /// What the format sends for it.
    pub fn encode(&self, wire: Wire, splits: &mut Option<Arc<Splits>>) -> Result<Encoded> {
        if self.patch.changes.is_empty() {
            return Ok(Encoded::default());
        }
        match wire.family() {
            Family::Tree => Ok(self.tree()),
            Family::Elements(wire) => self.elements(wire),
            Family::Texts(wire) => self.texts(wire, splits),
        }
    }

    fn tree(&self) -> Encoded {
        let page = self.execution.page;
        let encoder = Encoder { program: &page.program, layout: &page.layout };
        let (message, (inside, outside)) = push(|out| encoder.patch(self.patch, out));
        let messages = if inside > 0 { vec![message] } else { Vec::new() };
        Encoded { messages, outside, ..Encoded::default() }
    }

    /// Looks into both states.
    fn sides<T>(&self, work: impl for<'s> FnOnce(Side<'a, 's>, Side<'a, 's>) -> Result<T>) -> Result<T> {
        let (mut before, mut after) = (ViewBuffer::default(), ViewBuffer::default());
        self.old.shown.showing(|| {
            let before = self.old.shown.side(self.execution, self.old.data, &mut before)?;
            let after = self.new.shown.side(self.execution, self.new.data, &mut after)?;
            work(before, after)
        })
    }

    /// All that is shown now, where what is new of it could not be found.
    fn all(&self, error: Error) -> Result<Arc<Tree>> {
        match error.code() {
            Code::Cancelled | Code::DeadlineExceeded => Err(error),
            // A function that showed the old data does so no longer.
            _ => self.new.shown.tree(self.execution, self.new.data),
        }
    }

    fn elements(&self, wire: ElementWire) -> Result<Encoded> {
        let page = self.execution.page;
        let found = self.sides(|before, after| elements::encode(page, wire, before, after, self.patch));
        let (changes, outside, reasons) = match found {
            Ok((changes, outside)) => (changes, outside, Reasons::default()),
            Err(error) => {
                let tree = self.all(error)?;
                (vec![elements::region(page, wire, &tree)], 0, Reason::Lost.into())
            }
        };
        let messages =
            if changes.is_empty() { Vec::new() } else { vec![wire.message(page, &changes, self.seq)] };
        Ok(Encoded { messages, outside, reasons, ..Encoded::default() })
    }

    fn texts(&self, wire: TextWire, splits: &mut Option<Arc<Splits>>) -> Result<Encoded> {
        let page = self.execution.page;
        let found = self.sides(|before, after| text::changes(page, wire, before, after, self.patch));
        let TextChanges { changes, outside, reasons } = match found {
            Ok(found) => found,
            Err(error) => {
                let tree = self.all(error)?;
                let changes = vec![text::region(page, wire, &tree)];
                TextChanges { changes, outside: 0, reasons: Reason::Lost.into() }
            }
        };
        let sending = Sending { seq: self.seq, millis: self.millis, full: self.new.shown.html_len };
        let (messages, fragments) =
            wire.messages(&changes, Arc::make_mut(splits.get_or_insert_default()), sending);
        Ok(Encoded { messages, outside, reasons, fragments })
    }
}
