//! The format `fragments`: each change of a fragment by one of four strategies.

use super::text::{NewValues, RowOperation, TextChange, TextChangeKind, utf16_len};
use super::tree::string;
use crate::hex::hex;
use crate::memory::Memory;
use crate::value::{DataFlags, Value};
use sha2::{Digest, Sha256};

/// How a fragment is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// Only texts changed: the literal text once, then the values alone.
    StaticDynamic,
    /// Attributes changed: new values at their positions.
    Markers,
    /// Rows came or went: operations on them.
    Granular,
    /// Anything else: the whole fragment.
    Replacement,
}

impl Strategy {
    /// `static_dynamic`, `markers`, `granular` or `replacement`.
    pub fn as_str(self) -> &'static str {
        match self {
            Strategy::StaticDynamic => "static_dynamic",
            Strategy::Markers => "markers",
            Strategy::Granular => "granular",
            Strategy::Replacement => "replacement",
        }
    }

    /// The share of a full render that it is expected to save at least, from 0 to 1.
    pub fn expected_reduction(self) -> f64 {
        match self {
            Strategy::StaticDynamic => 0.85,
            Strategy::Markers => 0.70,
            Strategy::Granular => 0.60,
            Strategy::Replacement => 0.40,
        }
    }
}

/// A change of a fragment in the format `fragments`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fragment {
    /// The fragment's id: the value of its `data-fragment-id`.
    pub id: String,
    /// How it is sent.
    pub strategy: Strategy,
    /// `update`, `append`, `insert`, `remove` or `replace`.
    pub action: &'static str,
    /// What the client needs, as JSON text.
    pub data: String,
    /// Why this strategy.
    pub reason: &'static str,
    /// The share of the page's full render that was saved, from 0 to 1.
    pub reduction: f64,
}

impl Fragment {
    /// As a map with the fields' names as keys, and `expected_reduction` as the strategy has it. `data` is what its JSON text says.
    pub fn to_value(&self) -> Value {
        // It is JSON that was made here.
        let data = Value::from_json(self.data.as_bytes(), DataFlags::default()).unwrap_or_default();
        Value::map([
            ("id", Value::from(self.id.as_str())),
            ("strategy", Value::from(self.strategy.as_str())),
            ("action", Value::from(self.action)),
            ("data", data),
            ("reason", Value::from(self.reason)),
            ("expected_reduction", Value::Float(self.strategy.expected_reduction())),
            ("reduction", Value::Float(self.reduction)),
        ])
    }
}

/// What clients were told of fragments that are sent as literal text and values. Bounded: what is forgotten is sent again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splits {
    /// Fingerprints of literal texts.
    statics: Vec<[u8; 8]>,
    /// Fragments whose values clients hold: the fingerprint of their literal text, and a hash of the values.
    held: Vec<(String, [u8; 8], [u8; 8])>,
}

const MAX_STATICS: usize = 128;
const MAX_HELD: usize = 32;

impl Splits {
    /// Adds what it holds.
    pub fn measure(&self, memory: &mut Memory) {
        memory.add(self.statics.capacity() * size_of::<[u8; 8]>());
        memory.add(self.held.capacity() * size_of::<(String, [u8; 8], [u8; 8])>());
        self.held.iter().for_each(|(id, ..)| memory.add(id.capacity()));
    }

    /// A fragment may have any text now.
    fn lose(&mut self, id: &str) {
        self.held.retain(|(held, ..)| held != id);
    }

    /// Whether clients know this literal text. They do after this.
    fn knows(&mut self, fingerprint: [u8; 8]) -> bool {
        let known = self.statics.contains(&fingerprint);
        if !known {
            if self.statics.len() == MAX_STATICS {
                self.statics.remove(0);
            }
            self.statics.push(fingerprint);
        }
        known
    }
}

/// The message that makes the changes, and what is in it. `full` is the length of the page's HTML.
pub(crate) fn encode(
    changes: &[TextChange<'_>],
    splits: &mut Splits,
    seq: u64,
    full: usize,
) -> (Vec<u8>, Vec<Fragment>) {
    if changes.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut fragments = Vec::new();
    for change in changes {
        match &change.kind {
            TextChangeKind::Values(new) => fragments.push(values(&change.id, new, splits)),
            TextChangeKind::Rows(operations) => {
                splits.held.clear();
                fragments.extend(operations.iter().map(|operation| row(&change.id, operation)));
            }
            TextChangeKind::Replace(html) => {
                splits.held.clear();
                fragments.push(replacement(
                    &change.id,
                    html,
                    "markup changed, or a value that is no text of its own",
                ));
            }
            TextChangeKind::Region(html) => {
                splits.held.clear();
                fragments.push(replacement(&change.id, html, "something changed that is in no fragment"));
            }
        }
    }
    let mut message = b"{\"seq\":".to_vec();
    message.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
    message.extend_from_slice(b",\"fragments\":[");
    for (i, fragment) in fragments.iter_mut().enumerate() {
        if i > 0 {
            message.push(b',');
        }
        let start = message.len();
        write(fragment, &mut message);
        fragment.reduction = (1.0 - (message.len() - start) as f64 / full.max(1) as f64).max(0.0);
    }
    message.extend_from_slice(b"]}");
    (message, fragments)
}

fn write(fragment: &Fragment, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":");
    string(fragment.id.as_bytes(), out);
    out.extend_from_slice(b",\"strategy\":\"");
    out.extend_from_slice(fragment.strategy.as_str().as_bytes());
    out.extend_from_slice(b"\",\"action\":\"");
    out.extend_from_slice(fragment.action.as_bytes());
    out.extend_from_slice(b"\",\"data\":");
    out.extend_from_slice(fragment.data.as_bytes());
    out.push(b'}');
}

fn fragment(
    id: &str,
    strategy: Strategy,
    action: &'static str,
    data: Vec<u8>,
    reason: &'static str,
) -> Fragment {
    // Strings in it were made UTF-8.
    let data = String::from_utf8(data).unwrap_or_default();
    Fragment { id: id.to_owned(), strategy, action, data, reason, reduction: 0.0 }
}

fn replacement(id: &str, html: &[u8], reason: &'static str) -> Fragment {
    let mut data = b"{\"content\":".to_vec();
    string(html, &mut data);
    data.push(b'}');
    fragment(id, Strategy::Replacement, "replace", data, reason)
}

/// New values of a fragment.
fn values(id: &str, new: &NewValues<'_>, splits: &mut Splits) -> Fragment {
    let whole = new.is_whole.then(|| {
        replacement(id, new.new.as_bytes(), "to send the fragment is shorter than to send what changed")
    });
    let is_longer = |len: usize| whole.as_ref().is_some_and(|whole| len > whole.data.len());
    let before = splits.clone();
    let (found, len) = if new.has_attributes {
        splits.lose(id);
        let found = fragment(id, Strategy::Markers, "update", markers(new), "attributes changed");
        let len = found.data.len();
        (found, len)
    } else {
        // Literal text is sent once, which is not held against it.
        let (data, statics) = static_dynamic(id, new, splits);
        let len = data.len() - statics;
        (fragment(id, Strategy::StaticDynamic, "update", data, "only texts changed"), len)
    };
    match whole {
        Some(_) if !is_longer(len) => found,
        Some(whole) => {
            *splits = before;
            splits.lose(id);
            whole
        }
        None => found,
    }
}

fn markers(new: &NewValues<'_>) -> Vec<u8> {
    let mut out = b"{\"patches\":[".to_vec();
    let (mut bytes, mut units) = (0, 0);
    for (i, value) in new.values.iter().enumerate() {
        units += utf16_len(&new.old[bytes..value.old.start]);
        let length = utf16_len(&new.old[value.old.clone()]);
        out.extend_from_slice(if i > 0 { b",{" } else { b"{" });
        out.extend_from_slice(format!("\"position\":{units},\"length\":{length},\"new_value\":").as_bytes());
        string(&new.new.as_bytes()[value.new.clone()], &mut out);
        out.push(b'}');
        (bytes, units) = (value.old.end, units + length);
    }
    out.extend_from_slice(b"]}");
    out
}

/// The data, and how many bytes of it are literal text.
fn static_dynamic(id: &str, new: &NewValues<'_>, splits: &mut Splits) -> (Vec<u8>, usize) {
    let (mut statics, mut end) = (Vec::new(), 0);
    for (_, slot) in &new.slots {
        statics.push(&new.new[end..slot.start]);
        end = slot.end;
    }
    statics.push(&new.new[end..]);
    let fingerprint = hash(statics.iter().copied());
    let old_values = hash(new.slots.iter().map(|(old, _)| &new.old[old.clone()]));
    let new_values = hash(new.slots.iter().map(|(_, slot)| &new.new[slot.clone()]));
    let is_held = splits
        .held
        .iter()
        .any(|(held, statics, values)| held == id && *statics == fingerprint && *values == old_values);
    splits.lose(id);
    if splits.held.len() == MAX_HELD {
        splits.held.remove(0);
    }
    splits.held.push((id.to_owned(), fingerprint, new_values));

    let mut out = b"{".to_vec();
    if !splits.knows(fingerprint) {
        out.extend_from_slice(b"\"statics\":[");
        for (i, text) in statics.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            string(text.as_bytes(), &mut out);
        }
        out.extend_from_slice(b"],");
    }
    let literal = out.len() - 1;
    out.extend_from_slice(format!("\"fingerprint\":\"{}\",\"dynamics\":{{", hex(&fingerprint)).as_bytes());
    let mut is_first = true;
    for (number, (old, slot)) in new.slots.iter().enumerate() {
        if is_held && new.old[old.clone()] == new.new[slot.clone()] {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        out.extend_from_slice(format!("\"{number}\":").as_bytes());
        string(&new.new.as_bytes()[slot.clone()], &mut out);
    }
    out.extend_from_slice(b"}}");
    (out, literal)
}

fn hash<'t>(texts: impl Iterator<Item = &'t str>) -> [u8; 8] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    first
}

/// An operation on a row.
fn row(id: &str, operation: &RowOperation) -> Fragment {
    let space = |before: u32, after: u32| match (before, after) {
        (0, 0) => String::new(),
        _ => format!(",\"space\":[{before},{after}]"),
    };
    let (action, content, rest) = match operation {
        RowOperation::Remove { position, space: (before, after) } => {
            ("remove", None, format!(",\"position\":{position}{}", space(*before, *after)))
        }
        RowOperation::Insert { position, html } => {
            ("insert", Some(html), format!(",\"position\":{position}"))
        }
        RowOperation::Append { space: after, html } => ("append", Some(html), space(0, *after)),
    };
    let mut data = format!("{{\"operation\":\"{action}\"").into_bytes();
    if let Some(html) = content {
        data.extend_from_slice(b",\"content\":");
        string(html, &mut data);
    }
    data.extend_from_slice(rest.as_bytes());
    data.push(b'}');
    fragment(id, Strategy::Granular, action, data, "only rows came or went")
}
