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
    /// Elements came, went or moved: operations on them.
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
    /// `update`, `insert`, `remove` or `replace`.
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
///
/// Hashes are whole SHA-256 here: texts for which that is equal can be taken for equal. On the wire a fingerprint is its
/// first 8 bytes. Other literal text of the same fingerprint is sent, and takes the place of the one before on both sides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splits {
    /// Of literal texts.
    statics: Vec<Hash>,
    held: Vec<Held>,
}

type Hash = [u8; 32];

/// A fragment whose values clients hold.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    /// Of its literal text and of the values.
    statics: Hash,
    values: Hash,
}

const MAX_STATICS: usize = 128;
const MAX_HELD: usize = 32;

/// The part of a literal text's hash that is sent.
fn fingerprint(statics: &Hash) -> &[u8] {
    &statics[..8]
}

impl Splits {
    /// Adds what it holds.
    pub fn measure(&self, memory: &mut Memory) {
        memory.add(self.statics.capacity() * size_of::<Hash>());
        memory.add(self.held.capacity() * size_of::<Held>());
        self.held.iter().for_each(|held| memory.add(held.id.capacity()));
    }

    /// A fragment may have any text now.
    fn lose(&mut self, id: &str) {
        self.held.retain(|held| held.id != id);
    }

    /// All fragments in what is sent have the text that they have there.
    fn lose_in(&mut self, html: &[u8]) {
        const ANNOTATION: &[u8] = b"data-fragment-id=\"";
        if self.held.is_empty() {
            return;
        }
        for at in memchr::memmem::find_iter(html, ANNOTATION) {
            let id = &html[at + ANNOTATION.len()..];
            let len = memchr::memchr(b'"', id).unwrap_or(id.len());
            self.held.retain(|held| held.id.as_bytes() != &id[..len]);
        }
    }

    /// Clients hold a fragment's values now, and know its literal text.
    fn hold(&mut self, held: Held) {
        if !self.statics.contains(&held.statics) {
            self.statics.retain(|other| fingerprint(other) != fingerprint(&held.statics));
            if self.statics.len() == MAX_STATICS {
                self.statics.remove(0);
            }
            self.statics.push(held.statics);
        }
        if self.held.len() == MAX_HELD {
            self.held.remove(0);
        }
        self.held.push(held);
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
            TextChangeKind::Row { operation, .. } => {
                if let RowOperation::Insert { html, .. } = operation {
                    splits.lose_in(html);
                }
                fragments.push(row(&change.id, operation));
            }
            TextChangeKind::Replace(html) => {
                splits.lose(&change.id);
                splits.lose_in(html);
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
    let (found, len, held) = if new.has_attributes {
        let found = fragment(id, Strategy::Markers, "update", markers(new), "attributes changed");
        let len = found.data.len();
        (found, len, None)
    } else {
        // Literal text is sent once, which is not held against it.
        let (data, statics, held) = static_dynamic(id, new, splits);
        let len = data.len() - statics;
        (fragment(id, Strategy::StaticDynamic, "update", data, "only texts changed"), len, Some(held))
    };
    splits.lose(id);
    match whole {
        Some(whole) if len > whole.data.len() => whole,
        _ => {
            held.into_iter().for_each(|held| splits.hold(held));
            found
        }
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

/// The data, how many bytes of it are literal text, and what clients hold after it.
fn static_dynamic(id: &str, new: &NewValues<'_>, splits: &Splits) -> (Vec<u8>, usize, Held) {
    let (mut statics, mut end) = (Vec::new(), 0);
    for (_, slot) in &new.slots {
        statics.push(&new.new[end..slot.start]);
        end = slot.end;
    }
    statics.push(&new.new[end..]);
    let statics_hash = hash(statics.iter().copied());
    let old_values = hash(new.slots.iter().map(|(old, _)| &new.old[old.clone()]));
    let new_values = hash(new.slots.iter().map(|(_, slot)| &new.new[slot.clone()]));
    let is_held = splits
        .held
        .iter()
        .any(|held| held.id == id && held.statics == statics_hash && held.values == old_values);

    let mut out = b"{".to_vec();
    if !splits.statics.contains(&statics_hash) {
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
    out.extend_from_slice(
        format!("\"fingerprint\":\"{}\",\"dynamics\":{{", hex(fingerprint(&statics_hash))).as_bytes(),
    );
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
    (out, literal, Held { id: id.to_owned(), statics: statics_hash, values: new_values })
}

fn hash<'t>(texts: impl Iterator<Item = &'t str>) -> Hash {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// An operation on an element as a whole.
fn row(id: &str, operation: &RowOperation) -> Fragment {
    let (action, is_after, (before, after)) = match operation {
        RowOperation::Remove { space } => ("remove", false, *space),
        RowOperation::Insert { is_after, space, .. } | RowOperation::Move { is_after, space, .. } => {
            ("insert", *is_after, *space)
        }
    };
    let mut data = format!("{{\"operation\":\"{action}\"").into_bytes();
    if is_after {
        data.extend_from_slice(b",\"position\":1");
    }
    match operation {
        RowOperation::Remove { .. } => {}
        RowOperation::Insert { html, .. } => {
            data.extend_from_slice(b",\"content\":");
            string(html, &mut data);
        }
        RowOperation::Move { moved, .. } => {
            data.extend_from_slice(b",\"selector\":");
            string(moved.as_bytes(), &mut data);
        }
    }
    if (before, after) != (0, 0) {
        data.extend_from_slice(format!(",\"space\":[{before},{after}]").as_bytes());
    }
    data.push(b'}');
    fragment(id, Strategy::Granular, action, data, "only elements came, went or moved")
}
