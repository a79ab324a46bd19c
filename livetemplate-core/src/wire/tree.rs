//! The `tree` format of the published browser client `@livetemplate/client`.
//!
//! The client merges updates by position, keeps no statics of what it no longer shows, and prints slot strings as they
//! are. Three habits of that client shape what is written here:
//!
//! - A node that holds a range may replace a range, and a range without `else` one that had it; left to itself the client
//!   would keep the old `d` or `else` beside the new statics. So every node with a range in it says `"d":null` and every range
//!   without `else` says `"else":""`.
//! - A slot string that starts with `{{` and ends with `}}` is printed as nothing, so it is sent in two parts.
//! - A range directly in a root slot whose statics contain `data-key=` takes a short cut that assumes its rows are the
//!   only children of their parent, with keys that nothing else on the page has. So the statics of rows are cut inside such a
//!   name: between the parts stands a slot that is never sent, which the client prints as nothing. It then rebuilds the page as for
//!   any other change.

use crate::diff::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::tree::markup::Layout;
use crate::tree::node::{BlockTree, Dynamic, Item, RangeTree, Tree};
use crate::tree::program::{BlockId, Program};
use std::sync::Arc;

/// Up to this many bytes a reorder names all keys, which keeps the rows' elements (and with them focus and typed text). A
/// longer one is compared with sending the moved rows again, and the shorter way is taken.
pub(crate) const ORDER_BYTES: usize = 512;

/// Writes trees and patches of one program as JSON.
pub(crate) struct Encoder<'a> {
    pub program: &'a Program,
    pub layout: &'a Layout,
}

impl Encoder<'_> {
    /// Appends the full tree.
    pub fn tree(&self, tree: &Tree, out: &mut Vec<u8>) {
        out.push(b'{');
        self.statics(self.layout.statics.iter().map(|text| &**text), out);
        for (i, path) in self.layout.slots.iter().enumerate() {
            if let Some(dynamic) = tree.at(path) {
                slot_name(i, true, out);
                self.dynamic(dynamic, out);
            }
        }
        out.push(b'}');
    }

    /// Appends the changed root slots, `{}` when nothing in the live region changed. Gives the number of changes and of those
    /// outside the region.
    pub fn patch(&self, patch: &Patch, out: &mut Vec<u8>) -> (usize, usize) {
        out.push(b'{');
        let mut inside = 0;
        for (i, path) in self.layout.slots.iter().enumerate() {
            if let Some(change) = change_at(&patch.changes, path) {
                slot_name(i, inside > 0, out);
                inside += 1;
                self.change(change, out);
            }
        }
        out.push(b'}');
        (inside, count_outside(&patch.changes, self.layout))
    }

    fn dynamic(&self, dynamic: &Dynamic, out: &mut Vec<u8>) {
        match dynamic {
            Dynamic::Empty => out.extend_from_slice(b"\"\""),
            Dynamic::Text(text) => slot_text(text.as_bytes(), out),
            Dynamic::Block(tree) => self.block(tree, out),
            Dynamic::Range(range) => self.range(range, out),
        }
    }

    fn block(&self, tree: &BlockTree, out: &mut Vec<u8>) {
        let block = self.program.block(tree.block);
        if let ([only], true) = (&block.statics[..], tree.children.is_empty()) {
            // Without dynamics a string says the same.
            return slot_text(only, out);
        }
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            out.push(b'{');
            self.statics(block.statics.iter().map(|text| &**text), out);
            if tree.holds_range {
                out.extend_from_slice(b",\"d\":null");
            }
            for (i, child) in tree.children.iter().enumerate() {
                slot_name(i, true, out);
                self.dynamic(child, out);
            }
            out.push(b'}');
        });
    }

    fn range(&self, range: &RangeTree, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"d\":");
        self.items(range.body, range.items.iter().map(|item| &**item), out);
        out.push(b',');
        self.row_statics(range.body, out);
        out.extend_from_slice(b",\"else\":");
        match &range.otherwise {
            Some(otherwise) => self.dynamic(otherwise, out),
            None => out.extend_from_slice(b"\"\""),
        }
        out.push(b'}');
    }

    fn items<'i>(&self, body: BlockId, items: impl Iterator<Item = &'i Item>, out: &mut Vec<u8>) {
        out.push(b'[');
        for (i, item) in items.enumerate() {
            if i > 0 {
                out.push(b',');
            }
            self.item(body, item, out);
        }
        out.push(b']');
    }

    fn item(&self, body: BlockId, item: &Item, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"_k\":");
        string(item.id.as_bytes(), out);
        for (i, child) in item.children.iter().enumerate() {
            slot_name(self.row_slot(body, i), true, out);
            self.dynamic(child, out);
        }
        out.push(b'}');
    }

    /// The number of the slot in a row that a dynamic of the body is.
    fn row_slot(&self, body: BlockId, index: usize) -> usize {
        let cuts = &self.program.block(body).key_attributes;
        index + cuts.iter().filter(|(text, _)| *text as usize <= index).count()
    }

    /// The statics of a row, cut inside the names of key attributes.
    fn row_statics(&self, body: BlockId, out: &mut Vec<u8>) {
        let block = self.program.block(body);
        let mut parts: Vec<&[u8]> = Vec::new();
        for (text, at) in block.statics.iter().zip(0..) {
            let mut from = 0;
            for (_, cut) in block.key_attributes.iter().filter(|(in_text, _)| *in_text == at) {
                parts.push(&text[from..*cut as usize]);
                from = *cut as usize;
            }
            parts.push(&text[from..]);
        }
        self.statics(parts.into_iter(), out);
    }

    fn statics<'t>(&self, statics: impl Iterator<Item = &'t [u8]>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"s\":[");
        for (i, text) in statics.enumerate() {
            if i > 0 {
                out.push(b',');
            }
            string(text, out);
        }
        out.push(b']');
    }

    fn changes(&self, changes: &Changes, slot: impl Fn(usize) -> usize, out: &mut Vec<u8>) {
        out.push(b'{');
        for (i, (index, change)) in changes.iter().enumerate() {
            slot_name(slot(*index as usize), i > 0, out);
            self.change(change, out);
        }
        out.push(b'}');
    }

    fn change(&self, change: &Change, out: &mut Vec<u8>) {
        match change {
            Change::Text(text) => slot_text(text.as_bytes(), out),
            Change::Replace(dynamic) => self.dynamic(dynamic, out),
            Change::Block(changes) => {
                stacker::maybe_grow(64 << 10, 1 << 20, || self.changes(changes, |index| index, out))
            }
            Change::Range(patch) => stacker::maybe_grow(64 << 10, 1 << 20, || self.range_patch(patch, out)),
            Change::Refill(range) => {
                out.extend_from_slice(b"{\"d\":");
                self.items(range.body, range.items.iter().map(|item| &**item), out);
                if let Some(otherwise) = &range.otherwise {
                    out.extend_from_slice(b",\"else\":");
                    self.dynamic(otherwise, out);
                }
                out.push(b'}');
            }
            Change::Otherwise(changes) => {
                out.extend_from_slice(b"{\"else\":");
                self.changes(changes, |index| index, out);
                out.push(b'}');
            }
        }
    }

    /// Operations in the order the client needs: removals, updates, then insertions and moves.
    fn range_patch(&self, patch: &RangePatch, out: &mut Vec<u8>) {
        let mut ops = Operations { out, first: true };
        ops.out.push(b'[');
        if patch.moved().next().is_none() {
            self.remove_and_update(patch, &|_| false, &mut ops);
            self.insert(patch, &mut ops);
        } else {
            let mut by_order = Vec::new();
            // The order can be named only where all keys are known.
            if let Some(order) = patch.order() {
                self.by_order(patch, &order, &mut Operations { out: &mut by_order, first: true });
            }
            let mut by_row = Vec::new();
            if by_order.is_empty() || by_order.len() > ORDER_BYTES {
                self.by_row(patch, &mut Operations { out: &mut by_row, first: true });
            }
            let takes_order = by_row.is_empty() || !by_order.is_empty() && by_order.len() <= by_row.len();
            let shorter = if takes_order { by_order } else { by_row };
            ops.out.extend_from_slice(&shorter);
        }
        ops.out.push(b']');
    }

    /// New rows at the end, then all keys in their new order.
    fn by_order(&self, patch: &RangePatch, order: &[&Arc<str>], ops: &mut Operations<'_>) {
        self.remove_and_update(patch, &|_| false, ops);
        let new: Vec<&Item> = patch.inserted().map(|item| &**item).collect();
        if !new.is_empty() {
            ops.next(b"a");
            self.one_or_more(patch.body, &new, ops.out);
            ops.out.push(b']');
        }
        ops.next(b"o");
        ops.out.push(b'[');
        for (i, id) in order.iter().enumerate() {
            if i > 0 {
                ops.out.push(b',');
            }
            string(id.as_bytes(), ops.out);
        }
        ops.out.extend_from_slice(b"]]");
    }

    /// Moved rows are removed and sent again where they belong.
    fn by_row(&self, patch: &RangePatch, ops: &mut Operations<'_>) {
        let moved: std::collections::HashSet<&str> = patch.moved().map(|item| &*item.id).collect();
        for item in patch.moved() {
            ops.next(b"r");
            string(item.id.as_bytes(), ops.out);
            ops.out.push(b']');
        }
        self.remove_and_update(patch, &|id| moved.contains(id), ops);
        self.insert(patch, ops);
    }

    fn remove_and_update(&self, patch: &RangePatch, skip: &dyn Fn(&str) -> bool, ops: &mut Operations<'_>) {
        for id in patch.removed() {
            ops.next(b"r");
            string(id.as_bytes(), ops.out);
            ops.out.push(b']');
        }
        for (id, changes) in patch.updated().filter(|(id, _)| !skip(id)) {
            ops.next(b"u");
            string(id.as_bytes(), ops.out);
            ops.out.push(b',');
            self.changes(changes, |index| self.row_slot(patch.body, index), ops.out);
            ops.out.push(b']');
        }
    }

    /// Neighbours that are new or moved as one operation, from left to right, so that the row before them is always there.
    fn insert(&self, patch: &RangePatch, ops: &mut Operations<'_>) {
        let mut rows: Vec<&Item> = Vec::new();
        let mut before: Option<&str> = None;
        for step in &patch.steps {
            let stays = match step {
                RangeStep::Remove(_) | RangeStep::Take(_) => continue,
                RangeStep::Place(item, _) | RangeStep::Insert(item) => {
                    rows.push(item);
                    continue;
                }
                RangeStep::Run { last, .. } => last.as_deref(),
                RangeStep::Keep(id, _) => Some(&**id),
            };
            if !rows.is_empty() {
                match before {
                    None => ops.next(b"p"),
                    Some(id) => {
                        ops.next(b"i");
                        string(id.as_bytes(), ops.out);
                        ops.out.push(b',');
                    }
                }
                self.one_or_more(patch.body, &rows, ops.out);
                ops.out.push(b']');
                rows.clear();
            }
            before = stays;
        }
        if !rows.is_empty() {
            ops.next(b"a");
            self.one_or_more(patch.body, &rows, ops.out);
            ops.out.push(b']');
        }
    }

    fn one_or_more(&self, body: BlockId, rows: &[&Item], out: &mut Vec<u8>) {
        match rows {
            [only] => self.item(body, only, out),
            rows => self.items(body, rows.iter().copied(), out),
        }
    }
}

/// A list of operations being written.
struct Operations<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl Operations<'_> {
    /// Starts `["name",`.
    fn next(&mut self, name: &[u8]) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.extend_from_slice(b"[\"");
        self.out.extend_from_slice(name);
        self.out.extend_from_slice(b"\",");
    }
}

/// The change at a path through calls.
fn change_at<'c>(changes: &'c Changes, path: &[u32]) -> Option<&'c Change> {
    let (index, rest) = path.split_first()?;
    let at = changes.binary_search_by_key(index, |(i, _)| *i).ok()?;
    match (&changes[at].1, rest) {
        (change, []) => Some(change),
        (Change::Block(inner), rest) => change_at(inner, rest),
        _ => None,
    }
}

/// How many changed dynamics stand outside the live region.
fn count_outside(changes: &Changes, layout: &Layout) -> usize {
    let outside = layout.before.iter().chain(&layout.after);
    outside
        .filter(|piece| match piece {
            crate::tree::markup::Piece::Dynamic(path) => change_at(changes, path).is_some(),
            crate::tree::markup::Piece::Static(_) => false,
        })
        .count()
}

/// Appends `"index":`, after a comma if it is not the first member.
fn slot_name(index: usize, comma: bool, out: &mut Vec<u8>) {
    if comma {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(itoa::Buffer::new().format(index).as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends a slot's string. The client takes `{{…}}` for a placeholder and prints nothing, so that one goes in two parts.
fn slot_text(text: &[u8], out: &mut Vec<u8>) {
    if text.starts_with(b"{{") && text.ends_with(b"}}") {
        // Before the last of the braces that it starts with, so that neither part is such a placeholder.
        let (start, rest) = text.split_at(text.iter().take_while(|byte| **byte == b'{').count() - 1);
        out.push(b'[');
        string(start, out);
        out.push(b',');
        string(rest, out);
        out.push(b']');
    } else {
        string(text, out);
    }
}

/// Appends a JSON string; what is not UTF-8 becomes U+FFFD. U+2028 and U+2029 need no escape in JSON.
pub(crate) fn string(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let lossy;
    let text = match std::str::from_utf8(text) {
        Ok(_) => text,
        Err(_) => {
            lossy = String::from_utf8_lossy(text);
            lossy.as_bytes()
        }
    };
    out.push(b'"');
    let mut clean = 0;
    for (i, byte) in text.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => {
                out.extend_from_slice(&text[clean..i]);
                out.extend_from_slice(b"\\u00");
                out.push(HEX[(byte >> 4) as usize]);
                out.push(HEX[(byte & 15) as usize]);
                clean = i + 1;
                continue;
            }
            _ => continue,
        };
        out.extend_from_slice(&text[clean..i]);
        out.extend_from_slice(escape);
        clean = i + 1;
    }
    out.extend_from_slice(&text[clean..]);
    out.push(b'"');
}
