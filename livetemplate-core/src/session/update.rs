//! What an update did, and the messages that tell the browser.

use crate::diff::Reasons;
use crate::htmldiff::HtmlChange;
use crate::wire::{Fragment, Strategy, Wire, control};
use std::ops::Range;
use std::sync::Arc;

/// What an update did, and the message that tells the browser.
#[derive(Clone, Debug)]
pub struct Update {
    wire: Wire,
    payload: Vec<u8>,
    /// The messages in the payload, where there are several.
    parts: Vec<Range<usize>>,
    stats: UpdateStats,
    changes: Arc<[HtmlChange]>,
    fragments: Arc<[Fragment]>,
}

/// Figures of one update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateStats {
    /// Length of the payload.
    pub bytes: usize,
    /// Length of the page's full HTML after the update.
    pub full_render_bytes: usize,
    /// Slots, conditions, ranges and calls evaluated.
    pub slots_evaluated: usize,
    /// Changed slots outside the live region, which no update can reach.
    pub outside: usize,
    /// Why parts of the page were sent that had not changed, or evaluated although nothing changed that they read;
    /// [`Template::dependencies`](crate::Template::dependencies) says which places every update evaluates.
    pub reasons: Reasons,
    /// In the format `fragments`: the strategy that sends most of those that were taken.
    pub strategy: Option<Strategy>,
}

impl UpdateStats {
    /// The share of the full render that was saved, from 0 to 1.
    pub fn reduction(&self) -> f64 {
        if self.full_render_bytes == 0 {
            return 0.0;
        }
        (1.0 - self.bytes as f64 / self.full_render_bytes as f64).max(0.0)
    }
}

impl Update {
    /// An update that sends these messages; none when nothing in the live region changed.
    pub(super) fn new(wire: Wire, messages: Vec<Vec<u8>>, mut stats: UpdateStats) -> Update {
        let (payload, parts) = joined(messages);
        stats.bytes = payload.len();
        Update { wire, payload, parts, stats, changes: Arc::default(), fragments: Arc::default() }
    }

    /// The same update with the fragments it sends.
    pub(super) fn with_fragments(mut self, fragments: Vec<Fragment>) -> Update {
        self.stats.strategy = fragments.iter().map(|fragment| fragment.strategy).max();
        self.fragments = fragments.into();
        self
    }

    /// The same update with what it changes in HTML.
    pub(super) fn with_changes(mut self, changes: Vec<HtmlChange>) -> Update {
        self.changes = changes.into();
        self
    }

    /// Whether the browser needs nothing.
    pub fn is_empty(&self) -> bool {
        self.payload.is_empty()
    }

    /// The message that brings a client from the state before to the page's, in the page's format; no bytes when the update is
    /// empty. In `patches` a long update is several messages: the payload is then a JSON array of them.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The messages of the payload one by one, for a transport that limits their length: in `patches` none is over 256 KiB. They must
    /// be sent in their order. In the other formats there is one at most.
    pub fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let whole = (self.parts.is_empty() && !self.is_empty()).then_some(&self.payload[..]);
        whole.into_iter().chain(self.parts.iter().map(|part| &self.payload[part.clone()]))
    }

    /// What the payload says of each fragment, in its order: in the format `fragments`, in others nothing.
    pub fn fragments(&self) -> &[Fragment] {
        &self.fragments
    }

    /// The answer to an action: `errors` are (field, text) pairs; with none `success` is true. In `tree` it is the payload with
    /// `meta`, also when nothing changed; in `turbo` and `htmx` the payload alone; in the others a control message with the payload
    /// in it.
    pub fn reply(&self, action: Option<&str>, errors: &[(&str, &str)]) -> Vec<u8> {
        match self.wire {
            Wire::Tree => {
                let tree =
                    self.payload.strip_prefix(OPEN).and_then(|p| p.strip_suffix(b"}")).unwrap_or(b"{}");
                message(tree, Some(&Meta { action, errors }))
            }
            Wire::Turbo | Wire::Htmx => self.payload.clone(),
            Wire::Fragments | Wire::Patches | Wire::Operations => {
                control::reply(action, errors, &self.payload)
            }
        }
    }

    /// What changed in the live region, for a page whose HTML is compared: one that its host renders, or an
    /// [`upon`](crate::Template::upon) template. Of other pages it is empty. [`HtmlPattern::of`](crate::HtmlPattern::of) says what
    /// kind of update it is.
    pub fn changes(&self) -> &[HtmlChange] {
        &self.changes
    }

    /// What the update cost.
    pub fn stats(&self) -> UpdateStats {
        self.stats
    }
}

/// A payload of these messages, and where they stand in it where there are several.
pub(super) fn joined(mut messages: Vec<Vec<u8>>) -> (Vec<u8>, Vec<Range<usize>>) {
    if messages.len() <= 1 {
        return (messages.pop().unwrap_or_default(), Vec::new());
    }
    let mut all = Vec::with_capacity(messages.iter().map(|message| message.len() + 1).sum::<usize>() + 1);
    let mut parts = Vec::with_capacity(messages.len());
    for message in &messages {
        all.push(if all.is_empty() { b'[' } else { b',' });
        parts.push(all.len()..all.len() + message.len());
        all.extend_from_slice(message);
    }
    all.push(b']');
    (all, parts)
}

const OPEN: &[u8] = b"{\"tree\":";

/// The outcome of an action.
pub(super) struct Meta<'a> {
    pub action: Option<&'a str>,
    pub errors: &'a [(&'a str, &'a str)],
}

/// `{"tree":…}` with the tree that `write` appends.
pub(super) fn push<T>(write: impl FnOnce(&mut Vec<u8>) -> T) -> (Vec<u8>, T) {
    let mut out = Vec::with_capacity(128);
    out.extend_from_slice(OPEN);
    let written = write(&mut out);
    out.push(b'}');
    (out, written)
}

/// `{"tree":…}`, with `meta` where one is given.
pub(super) fn message(tree: &[u8], meta: Option<&Meta<'_>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(tree.len() + 64);
    out.extend_from_slice(OPEN);
    out.extend_from_slice(tree);
    if let Some(meta) = meta {
        out.extend_from_slice(b",\"meta\":{");
        control::outcome(meta.action, meta.errors, &mut out);
        out.push(b'}');
    }
    out.push(b'}');
    out
}
