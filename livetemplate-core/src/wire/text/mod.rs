//! From a patch to changes of fragments' texts, which the formats `patches` and `fragments` write each in their way.

pub(crate) mod drift;
mod pair;
pub(crate) mod scan;

pub(crate) use self::pair::{NewValue, NewValues};

use self::pair::Pair;
use super::TextWire;
use super::html::{HtmlWriter, Marked, Naming, region_id};
use super::rows::{RowChange, Rows};
use super::walk::{Found, Side, Sides, Walk, Which};
use crate::diff::{Change, Patch, RangePatch, RangeStep, Reason, Reasons};
use crate::error::Result;
use crate::tree::elements::Fragment;
use crate::tree::node::Tree;
use crate::tree::program::BlockId;
use crate::tree::run::view::Node;
use crate::tree::set::PageProgram;
use std::collections::BTreeMap;

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

/// A change of a fragment that the client has. They are made in turn; none is in a fragment that another replaces.
#[derive(Debug)]
pub(crate) struct TextChange<'a> {
    pub id: String,
    pub kind: TextChangeKind<'a>,
}

#[derive(Debug)]
pub(crate) enum TextChangeKind<'a> {
    Values(NewValues<'a>),
    /// The fragment goes, or something comes beside it. `has_parent` says whether it is known in which fragment that is.
    Row {
        operation: RowOperation,
        has_parent: bool,
    },
    /// The fragment becomes this.
    Replace(Vec<u8>),
    /// The content of the live region becomes this.
    Region(Vec<u8>),
}

impl<'a> From<RowChange> for TextChange<'a> {
    fn from(change: RowChange) -> TextChange<'a> {
        match change {
            RowChange::Replace { id, content, .. } => {
                TextChange { id, kind: TextChangeKind::Replace(content.html) }
            }
            RowChange::Insert { place, content, .. } => {
                let (is_after, space, html) = (place.is_after, place.space(), content.html);
                TextChange::row(place.id, RowOperation::Insert { is_after, space, html })
            }
            RowChange::Move { id, place, space, .. } => {
                TextChange::row(place.id, RowOperation::Move { is_after: place.is_after, space, moved: id })
            }
            RowChange::Remove { id, space } => TextChange::row(id, RowOperation::Remove { space }),
        }
    }
}

/// What happens to an element as a whole. The operations of a message are done in turn.
#[derive(Debug)]
pub(crate) enum RowOperation {
    /// The element goes, with so much white space before and after it.
    Remove { space: (u32, u32) },
    /// This comes directly before or after the element, or on the other side of so much white space.
    Insert { is_after: bool, space: (u32, u32), html: Vec<u8> },
    /// The element with this id comes there, with so much white space before and after it.
    Move { is_after: bool, space: (u32, u32), moved: String },
}

impl TextChange<'_> {
    fn row(id: String, operation: RowOperation) -> Self {
        TextChange { id, kind: TextChangeKind::Row { operation, has_parent: false } }
    }

    pub fn is_values(&self) -> bool {
        matches!(self.kind, TextChangeKind::Values(_))
    }

    fn values(&self) -> usize {
        match &self.kind {
            TextChangeKind::Values(new) => new.values.len(),
            _ => 0,
        }
    }

    /// Length of the rows that come.
    fn inserted(&self) -> usize {
        match &self.kind {
            TextChangeKind::Row { operation: RowOperation::Insert { html, .. }, .. } => html.len(),
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
    let has_rows = wire == TextWire::Fragments;
    let sides = Sides {
        page,
        old: before.view,
        new: after.view,
        html: HtmlWriter::new(page, wire),
        has_moves: has_rows,
        outside: 0,
    };
    let mut texts = Texts { sides, has_rows, values: 0, reasons: Reasons::default() };
    let found = texts.region(&before.root, &after.root, &patch.changes, &mut Vec::new())?;
    let changes = match found {
        Some(found) if replaced(&found) <= MAX_REPLACED => found,
        found => {
            if found.is_some() {
                texts.reasons.add(Reason::Replaced);
            }
            vec![region(page, wire, &texts.sides.whole(&after.root)?)]
        }
    };
    Ok(TextChanges { changes, outside: texts.sides.outside, reasons: texts.reasons })
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

struct Texts<'a, 's> {
    sides: Sides<'a, 's>,
    /// Whether the format has operations on rows.
    has_rows: bool,
    /// New values so far.
    values: usize,
    reasons: Reasons,
}

impl<'a, 's> Walk<'a, 's> for Texts<'a, 's> {
    type Change = TextChange<'a>;

    fn sides(&mut self) -> &mut Sides<'a, 's> {
        &mut self.sides
    }

    fn block(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<TextChange<'a>>> {
        let before = self.values;
        let found = stacker::maybe_grow(128 << 10, 2 << 20, || self.block_inner(old, new, changes, marked))?;
        if found.is_none() {
            self.values = before;
        }
        Ok(found)
    }
}

impl<'a> Texts<'a, '_> {
    fn block_inner(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<TextChange<'a>>> {
        let block = new.block();
        let around = &self.sides.page.elements.block(block).around;
        let around = |index: u32| match marked {
            Marked::Used => around.get(index as usize).copied().flatten(),
            Marked::Root(root) => root.filter(|(root, _)| *root == block).map(|(_, at)| at),
        };
        // What changes in fragments, by the dynamic it stands in, and the dynamics that fragments of this block take themselves.
        let mut parts: Vec<(u32, Vec<TextChange<'a>>)> = Vec::new();
        let mut own: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (index, change) in changes {
            if let Some(part) = self.change(old, new, *index, change, marked)? {
                parts.push((*index, part));
                continue;
            }
            let Some(fragment) = around(*index) else { return Ok(None) };
            own.entry(fragment).or_default().push(*index);
        }
        // The fragments in which elements come, go or move.
        let mut structural = Vec::new();
        for (index, part) in &mut parts {
            let Some(fragment) = around(*index) else { continue };
            for change in part {
                if let TextChangeKind::Row { has_parent, .. } = &mut change.kind
                    && !std::mem::replace(has_parent, true)
                {
                    structural.push(fragment);
                }
            }
        }
        let mut whole = Vec::new();
        for (fragment, places) in own {
            if structural.contains(&fragment) {
                whole.push(fragment);
                continue;
            }
            let id = self.id(new, fragment)?;
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
        let fragments = &self.sides.page.elements.block(block).fragments;
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
            let kind = TextChangeKind::Replace(self.sides.fragment_html(node, at, marked)?.html);
            parts.push((fragments[at as usize].start.0, vec![TextChange { id: self.id(node, at)?, kind }]));
        }
        parts.sort_by_key(|(at, _)| *at);
        Ok(parts.into_iter().flat_map(|(_, part)| part).collect())
    }

    /// Drops what changes in fragments that are sent as a whole.
    fn without(&mut self, parts: &mut Vec<(u32, Vec<TextChange<'a>>)>, block: BlockId, whole: &[u32]) {
        let fragments = &self.sides.page.elements.block(block).fragments;
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
        let (page, block) = (self.sides.page, new.block());
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
        let (page, block) = (self.sides.page, new.block());
        let fragment = self.fragment(block, at);
        let end = if is_whole { fragment.end } else { fragment.open_end };
        let dynamics = fragment.start.0..end.0;
        if !page.texts().supports_values(block, dynamics.clone()) {
            self.reasons.add(Reason::Unsupported);
            return Ok(None);
        }
        let before = self.sides.old.dynamics(old, dynamics.clone())?;
        let after = self.sides.new.dynamics(new, dynamics)?;
        let id = self.id(new, at)?;
        let annotation = self.sides.html.adds.annotation(&id);
        Ok(Pair::of(page, block, fragment, is_whole, (&annotation, id.len()), (&before, &after)))
    }

    fn change(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        index: u32,
        change: &Change,
        marked: Marked,
    ) -> Result<Found<TextChange<'a>>> {
        let block = new.block();
        let is_above_root = matches!(marked, Marked::Root(Some((root, _))) if root != block);
        let in_row = matches!(marked, Marked::Root(_));
        if !is_above_root && !self.sides.page.texts().holds_fragments(block, index, in_row) {
            return Ok(None);
        }
        match change {
            Change::Block(changes) => self.inner(old, new, index, changes, marked),
            Change::Range(patch) => self.rows(old, new, index, patch),
            Change::Replace(_) if matches!(marked, Marked::Used) => {
                let change = self.sides.branch(old, new, index)?;
                let is_of_format =
                    |change: &RowChange| self.has_rows || matches!(change, RowChange::Replace { .. });
                Ok(change.filter(is_of_format).map(|change| vec![change.into()]))
            }
            _ => Ok(None),
        }
    }

    /// The changes of a range's items; `None` when the fragment around must be sent, or to send it may be shorter.
    fn rows(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        index: u32,
        patch: &RangePatch,
    ) -> Result<Found<TextChange<'a>>> {
        let stays = |step: &&RangeStep| matches!(step, RangeStep::Run { .. } | RangeStep::Keep(..));
        let moves = patch.steps.iter().filter(|step| !stays(step)).count();
        if moves > 0 && !(self.has_rows && self.is_short(patch, moves, 0)) {
            return Ok(None);
        }
        let Some(rows) = Rows::of(&mut self.sides, (old, new), index, patch)? else { return Ok(None) };
        let before = self.values;
        let mut found = rows.encode(self)?;
        if found.as_ref().is_some_and(|found| replaced(found) > MAX_REPLACED) {
            self.reasons.add(Reason::Replaced);
            found = None;
        }
        let sent = found.iter().flatten().map(TextChange::inserted).sum();
        if moves > 0 && !self.is_short(patch, moves, sent) {
            found = None;
        }
        if found.is_none() {
            self.values = before;
        }
        Ok(found)
    }

    /// Whether so many operations on rows, with so many bytes of HTML, are surely shorter than all rows.
    fn is_short(&self, patch: &RangePatch, operations: usize, html: usize) -> bool {
        let page = self.sides.page;
        let Some(row) = page.elements.block(patch.body).row.as_ref() else { return true };
        // All rows take at least their literal text and their annotation.
        let literal: usize = page.program.block(row.block).statics.iter().map(|text| text.len()).sum();
        let rows: usize = patch.steps.iter().map(RangeStep::new_len).sum();
        html + operations * OPERATION <= rows * (literal + ANNOTATION)
    }

    /// The id of a fragment of the node's block.
    fn id(&mut self, node: &Node<'a>, at: u32) -> Result<String> {
        // Made ids are never empty.
        Ok(self.sides.id(Which::New, node, at)?.unwrap_or_default())
    }

    fn fragment(&self, block: BlockId, at: u32) -> &'a Fragment {
        &self.sides.page.elements.block(block).fragments[at as usize]
    }
}

/// Length in UTF-16 units.
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}
