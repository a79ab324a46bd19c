//! From a patch to changes of fragments' texts, which the formats `patches` and `fragments` write each in their way.

pub(crate) mod drift;
mod pair;
pub(crate) mod scan;

pub(crate) use self::pair::{NewValue, NewValues};

use self::pair::Pair;
use super::TextWire;
use super::elements::{At, Side, place};
use super::html::{HtmlWriter, Marked, Naming, fragment_id, region_id};
use crate::diff::{Change, Changes, Patch, RangePatch, RangeStep, Reason, Reasons};
use crate::error::Result;
use crate::tree::elements::{Fragment, Row};
use crate::tree::node::{BlockTree, Tree};
use crate::tree::program::BlockId;
use crate::tree::run::view::{Node, View};
use crate::tree::set::PageProgram;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Beyond so many new values a fragment is replaced.
const MAX_VALUES: usize = 1000;
/// A value that is longer, in bytes, is sent with its fragment, which may go in parts.
const MAX_VALUE: usize = 32 << 10;
/// Beyond so many new values in a message further fragments are replaced.
const MAX_ALL_VALUES: usize = 5000;
/// Beyond so many replaced fragments, the smallest one around them is replaced.
pub(crate) const MAX_REPLACED: usize = 50;

/// What an operation on a row takes besides the row, about.
const OPERATION: usize = 120;
/// Length of a fragment's annotation.
const ANNOTATION: usize = 38;

/// A change of a fragment that the client has. No fragment is in two of them, nor in one that is replaced.
#[derive(Debug)]
pub(crate) struct TextChange<'a> {
    pub id: String,
    pub kind: TextChangeKind<'a>,
}

#[derive(Debug)]
pub(crate) enum TextChangeKind<'a> {
    Values(NewValues<'a>),
    /// Rows come and go in the fragment.
    Rows(Vec<RowOperation>),
    /// The fragment becomes this.
    Replace(Vec<u8>),
    /// The content of the live region becomes this.
    Region(Vec<u8>),
}

/// What happens to a row; the operations of a fragment are done in turn.
#[derive(Debug)]
pub(crate) enum RowOperation {
    /// The child element with this number goes, with so much white space before and after it.
    Remove { position: usize, space: (u32, u32) },
    /// This comes directly before the child element with this number.
    Insert { position: usize, html: Vec<u8> },
    /// This comes behind the last child element, and as much white space.
    Append { space: u32, html: Vec<u8> },
}

impl TextChange<'_> {
    pub fn is_values(&self) -> bool {
        matches!(self.kind, TextChangeKind::Values(_))
    }

    fn values(&self) -> usize {
        match &self.kind {
            TextChangeKind::Values(new) => new.values.len(),
            _ => 0,
        }
    }
}

/// What a patch does to the texts of a page's fragments.
pub(crate) struct TextChanges<'a> {
    pub changes: Vec<TextChange<'a>>,
    /// How many dynamics outside the live region changed.
    pub outside: usize,
    /// Why fragments are replaced that could have been changed.
    pub reasons: Reasons,
}

/// What a patch does to the texts of a page's fragments.
pub(crate) fn changes<'a, 's>(
    page: &'a PageProgram,
    wire: TextWire,
    before: Side<'a, 's>,
    after: Side<'a, 's>,
    patch: &Patch,
) -> Result<TextChanges<'a>> {
    let html = HtmlWriter::new(page, wire);
    let (old, new, reasons) = (before.view, after.view, Reasons::default());
    let has_rows = wire == TextWire::Fragments;
    let mut walk = Walk { page, has_rows, old, new, html, outside: 0, values: 0, reasons };
    let found = walk.region(&before.root, &after.root, &patch.changes, &mut Vec::new())?;
    let changes = match found {
        Some(found) if replaced(&found) <= MAX_REPLACED => found,
        found => {
            if found.is_some() {
                walk.reasons.add(Reason::Replaced);
            }
            let children = walk.new.whole(&after.root)?;
            let tree = Tree { root: Arc::new(BlockTree::new(after.root.block(), children)) };
            vec![region(page, wire, &tree)]
        }
    };
    Ok(TextChanges { changes, outside: walk.outside, reasons: walk.reasons })
}

/// All of the live region.
pub(crate) fn region(page: &PageProgram, wire: TextWire, tree: &Tree) -> TextChange<'static> {
    let html = HtmlWriter::new(page, wire).region(tree).html;
    let id = region_id(page, Naming::FragmentId);
    TextChange { id, kind: TextChangeKind::Region(html) }
}

fn replaced(found: &[TextChange<'_>]) -> usize {
    let is_sent = |change: &&TextChange<'_>| {
        matches!(change.kind, TextChangeKind::Replace(_) | TextChangeKind::Region(_))
    };
    found.iter().filter(is_sent).count()
}

/// What became of some part: changes of fragments in it, or `None` when it belongs to the fragment around it.
type Found<'a> = Option<Vec<TextChange<'a>>>;

struct Walk<'a, 's> {
    page: &'a PageProgram,
    /// Whether the format has operations on rows.
    has_rows: bool,
    old: View<'a, 's>,
    new: View<'a, 's>,
    html: HtmlWriter<'a>,
    outside: usize,
    /// New values so far.
    values: usize,
    reasons: Reasons,
}

impl<'a> Walk<'a, '_> {
    /// The changes of a block in which an edge of the live region may stand. `calls` lead to it.
    fn region(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &Changes,
        calls: &mut Vec<u32>,
    ) -> Result<Found<'a>> {
        let (mut inside, mut found) = (Vec::new(), Some(Vec::new()));
        for (index, change) in changes {
            calls.push(*index);
            match (place(&self.page.layout, calls), change) {
                (At::Outside, _) => self.outside += 1,
                (At::Edge, Change::Block(inner)) => {
                    let part =
                        self.enter(old, new, *index, |walk, old, new| walk.region(old, new, inner, calls))?;
                    found = both(found, part);
                }
                _ => inside.push((*index, change)),
            }
            calls.pop();
        }
        let part = self.block(old, new, &inside, Marked::Used)?;
        Ok(both(found, part))
    }

    /// Does something in a block that a dynamic runs before and after.
    fn enter(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        index: u32,
        work: impl FnOnce(&mut Self, &Node<'a>, &Node<'a>) -> Result<Found<'a>>,
    ) -> Result<Found<'a>> {
        let (Some(a), Some(b)) = (self.old.enter(old, index)?, self.new.enter(new, index)?) else {
            return Ok(None);
        };
        let back = self.html.path.inner(index, b.node.block());
        let found = work(self, &a.node, &b.node)?;
        self.html.path.back(back);
        self.old.leave(a);
        self.new.leave(b);
        Ok(found)
    }

    /// The changes of a block.
    fn block(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<'a>> {
        let before = self.values;
        let found = stacker::maybe_grow(128 << 10, 2 << 20, || self.block_inner(old, new, changes, marked))?;
        if found.is_none() {
            self.values = before;
        }
        Ok(found)
    }

    fn block_inner(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<'a>> {
        let block = new.block();
        let around = &self.page.elements.block(block).around;
        // What changes in fragments, by the dynamic it stands in, and the dynamics that fragments of this block take themselves.
        let mut parts: Vec<(u32, Vec<TextChange<'a>>)> = Vec::new();
        let mut own: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (index, change) in changes {
            let fragment = match marked {
                Marked::Used => around.get(*index as usize).copied().flatten(),
                Marked::Root(root) => root.filter(|(root, _)| *root == block).map(|(_, at)| at),
            };
            if let Some(part) = self.change(old, new, (*index, fragment), change, marked)? {
                parts.push((*index, part));
                continue;
            }
            let Some(fragment) = fragment else { return Ok(None) };
            own.entry(fragment).or_default().push(*index);
        }
        let mut whole = Vec::new();
        for (fragment, places) in own {
            let id = self.id(new, fragment)?;
            if parts.iter().flat_map(|(_, part)| part).any(|change| change.id == id) {
                // Its rows change too.
                whole.push(fragment);
                continue;
            }
            let is_in_tag = places.iter().all(|place| *place < self.fragment(block, fragment).open_end.0);
            match self.values(old, new, fragment, is_in_tag, marked)? {
                Some(new_values) if new_values.values.is_empty() => {}
                Some(new_values) => {
                    self.values += new_values.values.len();
                    let change = TextChange { id, kind: TextChangeKind::Values(new_values) };
                    // It stands in its start tag at least.
                    parts.push((self.fragment(block, fragment).start.0, vec![change]));
                }
                None => whole.push(fragment),
            }
        }
        Ok(Some(self.replace(new, parts, whole, marked)?))
    }

    /// The changes of a block, of those in its parts and the fragments that are sent as a whole.
    fn replace(
        &mut self,
        node: &Node<'a>,
        mut parts: Vec<(u32, Vec<TextChange<'a>>)>,
        mut whole: Vec<u32>,
        marked: Marked,
    ) -> Result<Vec<TextChange<'a>>> {
        let block = node.block();
        let fragments = &self.page.elements.block(block).fragments;
        let is_around =
            |a: u32, b: u32| fragments[a as usize].dynamics().contains(&fragments[b as usize].start.0);
        let all = whole.clone();
        whole.retain(|inner| !all.iter().any(|outer| outer < inner && is_around(*outer, *inner)));
        self.without(&mut parts, block, &whole);
        let count = whole.len() + parts.iter().map(|(_, part)| replaced(part)).sum::<usize>();
        if count > MAX_REPLACED {
            let dynamics = whole.iter().map(|at| fragments[*at as usize].dynamics());
            let of_parts = parts.iter().filter(|(_, part)| replaced(part) > 0).map(|(at, _)| *at..*at + 1);
            let all: Vec<_> = dynamics.chain(of_parts).collect();
            let holds_all = |fragment: &Fragment| {
                let own = fragment.dynamics();
                all.iter().all(|part| own.start <= part.start && part.end <= own.end)
            };
            // The last one to start is the smallest.
            let smallest = fragments
                .iter()
                .zip(0..)
                .filter(|(fragment, at)| marked.is(block, *at, fragment) && holds_all(fragment))
                .last();
            if let Some((_, at)) = smallest {
                self.reasons.add(Reason::Replaced);
                whole = vec![at];
                self.without(&mut parts, block, &whole);
            }
        }
        for at in whole {
            let mut children = Vec::new();
            for index in fragments[at as usize].dynamics() {
                children.push(self.new.dynamic(node, index)?);
            }
            self.html.fragment(block, at, &children, marked);
            let kind = TextChangeKind::Replace(self.html.take().html);
            parts.push((fragments[at as usize].start.0, vec![TextChange { id: self.id(node, at)?, kind }]));
        }
        parts.sort_by_key(|(at, _)| *at);
        Ok(parts.into_iter().flat_map(|(_, part)| part).collect())
    }

    /// Drops what changes in fragments that are sent as a whole.
    fn without(&mut self, parts: &mut Vec<(u32, Vec<TextChange<'a>>)>, block: BlockId, whole: &[u32]) {
        let fragments = &self.page.elements.block(block).fragments;
        parts.retain(|(index, part)| {
            let is_sent = whole.iter().any(|at| fragments[*at as usize].dynamics().contains(index));
            if is_sent {
                self.values -= part.iter().map(TextChange::values).sum::<usize>();
            }
            !is_sent
        });
    }

    /// The new values of a fragment. `None` when it must be sent as a whole.
    fn values(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        at: u32,
        is_in_tag: bool,
        marked: Marked,
    ) -> Result<Option<NewValues<'a>>> {
        let (page, block) = (self.page, new.block());
        let is_leaf = page.texts().is_leaf(&page.elements, block, at, matches!(marked, Marked::Root(_)));
        let mut found = None;
        if is_leaf {
            found = self.values_in(old, new, at, true)?;
        }
        if found.is_none() && is_in_tag {
            found = self.values_in(old, new, at, false)?;
        }
        let Some(found) = found else { return Ok(None) };
        if found.values.iter().any(|value| value.new.len() > MAX_VALUE) {
            return Ok(None);
        }
        let cap = match found.values.len() {
            count if count > MAX_VALUES => Reason::Values,
            count if self.values + count > MAX_ALL_VALUES => Reason::AllValues,
            _ => return Ok(Some(found)),
        };
        self.reasons.add(cap);
        Ok(None)
    }

    /// The new values in all of a fragment's text, or in its start tag.
    fn values_in(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        at: u32,
        is_whole: bool,
    ) -> Result<Option<NewValues<'a>>> {
        let (page, block) = (self.page, new.block());
        let fragment = self.fragment(block, at);
        let end = if is_whole { fragment.end } else { fragment.open_end };
        let dynamics = fragment.start.0..end.0;
        if !page.texts().supports_values(block, dynamics.clone()) {
            self.reasons.add(Reason::Unsupported);
            return Ok(None);
        }
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for index in dynamics {
            before.push(self.old.dynamic(old, index)?);
            after.push(self.new.dynamic(new, index)?);
        }
        let id = self.id(new, at)?;
        let annotation = self.html.adds.annotation(&id);
        Ok(Pair::of(page, block, fragment, is_whole, (&annotation, id.len()), (&before, &after)))
    }

    fn change(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        (index, around): (u32, Option<u32>),
        change: &Change,
        marked: Marked,
    ) -> Result<Found<'a>> {
        let block = new.block();
        let is_above_root = matches!(marked, Marked::Root(Some((root, _))) if root != block);
        let in_row = matches!(marked, Marked::Root(_));
        if !is_above_root && !self.page.texts().holds_fragments(block, index, in_row) {
            return Ok(None);
        }
        match change {
            Change::Block(changes) => self.enter(old, new, index, |walk, old, new| {
                let changes: Vec<(u32, &Change)> =
                    changes.iter().map(|(index, change)| (*index, change)).collect();
                walk.block(old, new, &changes, marked)
            }),
            Change::Range(patch) => self.rows(old, new, (index, around), patch),
            _ => Ok(None),
        }
    }

    /// The changes of a range's items, where they only change in their places.
    fn rows(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        (index, around): (u32, Option<u32>),
        patch: &RangePatch,
    ) -> Result<Found<'a>> {
        let elements = &self.page.elements;
        let row = elements.block(patch.body).row.as_ref();
        let has_own = row.is_none() && elements.is_wrapper(&self.page.program, patch.body);
        let stay = |step: &RangeStep| matches!(step, RangeStep::Run { .. } | RangeStep::Keep(..));
        let is_steady = patch.steps.iter().all(stay);
        let operations = if is_steady { None } else { self.operations(new, index, patch, around) };
        if row.is_none() && !has_own || !is_steady && operations.is_none() {
            return Ok(None);
        }
        let (Some(a), Some(b)) = (self.old.items(old, index)?, self.new.items(new, index)?) else {
            return Ok(None);
        };
        let before = self.values;
        let mut found = Some(Vec::new());
        if let (Some(operations), Some(around)) = (operations, around) {
            let change = TextChange { id: self.id(new, around)?, kind: TextChangeKind::Rows(operations) };
            found = Some(vec![change]);
        }
        let (mut old_at, mut new_at) = (0, 0);
        for step in &patch.steps {
            match step {
                RangeStep::Run { len, .. } => (old_at, new_at) = (old_at + len, new_at + len),
                RangeStep::Remove(_) | RangeStep::Take(_) => old_at += 1,
                RangeStep::Place(..) | RangeStep::Insert(_) => new_at += 1,
                RangeStep::Keep(_, changes) if changes.is_empty() => {
                    (old_at, new_at) = (old_at + 1, new_at + 1);
                }
                RangeStep::Keep(_, changes) => {
                    let (Some((old, _)), Some((new, key))) =
                        (self.old.item(&a, old_at)?, self.new.item(&b, new_at)?)
                    else {
                        return Ok(None);
                    };
                    let own = if has_own { self.own_row(&old, &new, patch.body)? } else { None };
                    let Some(row) = row.or(own.as_ref()) else {
                        found = None;
                        break;
                    };
                    let back = self.html.path.item(index, &key);
                    let changes: Vec<(u32, &Change)> =
                        changes.iter().map(|(index, change)| (*index, change)).collect();
                    found = both(found, self.block(&old, &new, &changes, Marked::in_row(Some(row)))?);
                    self.html.path.back(back);
                    (old_at, new_at) = (old_at + 1, new_at + 1);
                }
            }
        }
        if found.as_ref().is_some_and(|found| replaced(found) > MAX_REPLACED) {
            self.reasons.add(Reason::Replaced);
            found = None;
        }
        if found.is_none() {
            self.values = before;
        }
        Ok(found)
    }

    /// The operations on the rows of a range; `None` when they cannot be told exactly, or to send the fragment around may be
    /// shorter.
    fn operations(
        &mut self,
        node: &Node<'a>,
        index: u32,
        patch: &RangePatch,
        around: Option<u32>,
    ) -> Option<Vec<RowOperation>> {
        let (page, block) = (self.page, node.block());
        let row = page.elements.block(patch.body).row.as_ref()?;
        let place = page.texts().child_place(&page.elements, block, index, around?)?;
        if !self.has_rows || row.space.0 > 0 {
            return None;
        }
        let before = place.before as usize;
        let mut left: usize = patch.steps.iter().map(RangeStep::old_len).sum();
        let (mut operations, mut position, mut len) = (Vec::new(), before, 0);
        for step in &patch.steps {
            left -= step.old_len();
            match step {
                RangeStep::Run { len, .. } => position += len,
                RangeStep::Keep(..) => position += 1,
                RangeStep::Remove(_) | RangeStep::Take(_) => {
                    operations.push(RowOperation::Remove { position, space: row.space });
                }
                RangeStep::Place(item, _) | RangeStep::Insert(item) => {
                    // Behind the last row, or in an element without children.
                    let is_sure = place.is_last && (position > before || before == 0);
                    if left == 0 && !is_sure {
                        return None;
                    }
                    self.html.item(patch.body, index, item);
                    let html = self.html.take().html;
                    len += html.len();
                    operations.push(match left {
                        0 => RowOperation::Append { space: row.space.1, html },
                        _ => RowOperation::Insert { position, html },
                    });
                    position += 1;
                }
            }
        }
        // All rows take at least their literal text and their annotation.
        let literal: usize = page.program.block(row.block).statics.iter().map(|text| text.len()).sum();
        (len + operations.len() * OPERATION <= (position - before) * (literal + ANNOTATION))
            .then_some(operations)
    }

    /// The row that an item is by the block it shows, where that is the same as before.
    fn own_row(&mut self, old: &Node<'a>, new: &Node<'a>, body: BlockId) -> Result<Option<Row>> {
        let (Some(a), Some(b)) = (self.old.enter(old, 0)?, self.new.enter(new, 0)?) else {
            return Ok(None);
        };
        let (before, after) = (a.node.block(), b.node.block());
        self.old.leave(a);
        self.new.leave(b);
        let Walk { page, .. } = self;
        Ok(page.elements.row_in(&page.program, body, after).filter(|_| before == after))
    }

    /// The id of a fragment of the node's block.
    fn id(&mut self, node: &Node<'a>, at: u32) -> Result<String> {
        let Walk { page, new, html, .. } = self;
        let fragment = &page.elements.block(node.block()).fragments[at as usize];
        let dynamic = |index| new.dynamic(node, index);
        let id = fragment_id(Naming::FragmentId, &html.path, fragment, dynamic, &page.program)?;
        // Made ids are never empty.
        Ok(id.unwrap_or_default())
    }

    fn fragment(&self, block: BlockId, at: u32) -> &'a Fragment {
        &self.page.elements.block(block).fragments[at as usize]
    }
}

fn both<'a>(a: Found<'a>, b: Found<'a>) -> Found<'a> {
    let (mut a, b) = (a?, b?);
    a.extend(b);
    Some(a)
}

/// Length in UTF-16 units.
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}
