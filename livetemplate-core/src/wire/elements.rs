//! From a patch to changes of elements, which the formats `operations`, `turbo` and `htmx` write each in their way.

use super::edits::{self, Edit};
use super::html::{HtmlWriter, Marked};
use super::rows::{Content, RowChange, Rows};
use super::walk::{Found, Side, Sides, Walk, Which};
use super::{ElementWire, operations};
use crate::diff::{Change, Patch};
use crate::error::Result;
use crate::tree::node::Tree;
use crate::tree::program::BlockId;
use crate::tree::run::view::Node;
use crate::tree::set::PageProgram;
use std::collections::HashMap;

/// A change of an element that the client has. They are made one after another.
#[derive(Debug)]
pub(crate) enum ElementChange {
    Row(RowChange),
    /// Texts and values in the element change. The hash is that of the element afterwards.
    Update {
        id: String,
        edit: Edit,
        hash: Option<String>,
    },
    /// The content of the live region becomes this. It is the only change then.
    Region {
        content: Content,
    },
}

impl From<RowChange> for ElementChange {
    fn from(change: RowChange) -> ElementChange {
        ElementChange::Row(change)
    }
}

/// What a patch does to a page's elements. Also gives how many dynamics outside the live region changed.
pub(crate) fn encode<'a, 's>(
    page: &'a PageProgram,
    wire: ElementWire,
    before: Side<'a, 's>,
    after: Side<'a, 's>,
    patch: &Patch,
) -> Result<(Vec<ElementChange>, usize)> {
    let sides = Sides {
        page,
        old: before.view,
        new: after.view,
        html: HtmlWriter::new(page, wire),
        has_moves: wire.has_moves(),
        outside: 0,
    };
    let mut encoder = Encoder { wire, sides };
    let found = encoder.region(&before.root, &after.root, &patch.changes, &mut Vec::new())?;
    let changes = match found {
        Some(changes) => changes,
        None => vec![region(page, wire, &encoder.sides.whole(&after.root)?)],
    };
    Ok((changes, encoder.sides.outside))
}

/// The change that brings the live region to what the tree shows.
pub(crate) fn region(page: &PageProgram, wire: ElementWire, tree: &Tree) -> ElementChange {
    let written = HtmlWriter::new(page, wire).region(tree);
    ElementChange::Region { content: Content::of_region(wire, written) }
}

struct Encoder<'a, 's> {
    wire: ElementWire,
    sides: Sides<'a, 's>,
}

impl<'a, 's> Walk<'a, 's> for Encoder<'a, 's> {
    type Change = ElementChange;

    fn sides(&mut self) -> &mut Sides<'a, 's> {
        &mut self.sides
    }

    fn block(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<ElementChange>> {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.block_inner(old, new, changes, marked))
    }
}

impl<'a> Encoder<'a, '_> {
    fn block_inner(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<ElementChange>> {
        let block = new.block();
        let elements = self.sides.page.elements.block(block);
        // What changes by itself, and what only with a fragment around it.
        let (mut parts, mut lost, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
        for (index, change) in changes {
            if let Some(part) = self.change(old, new, *index, change, marked)? {
                parts.push((*index, part));
                continue;
            }
            let around = match marked {
                Marked::Used => elements.around[*index as usize],
                Marked::Root(root) => root.filter(|root| root.0 == block).map(|root| root.1),
            };
            match around {
                Some(fragment) if elements.fragments[fragment as usize].dynamics().contains(index) => {
                    lost.push(*index);
                    replaced.push(fragment);
                }
                _ => return Ok(None),
            }
        }
        replaced.dedup();
        // Only the outermost are sent. One that had no id cannot be named: then it is the one around it.
        let mut ids = HashMap::new();
        let mut at = 0;
        while let Some(&fragment) = replaced.get(at) {
            at += 1;
            match self.sides.id(Which::Old, old, fragment)? {
                Some(id) => drop(ids.insert(fragment, id)),
                None => match elements.fragments[fragment as usize].parent {
                    Some(parent) => replaced.push(parent),
                    None => return Ok(None),
                },
            }
        }
        let mut outermost: Vec<u32> =
            ids.keys().copied().filter(|fragment| !self.is_in(block, *fragment, &ids)).collect();
        outermost.sort_unstable();
        // All of these are in the order of the page.
        let (mut all, mut found) = (Vec::new(), Vec::new());
        let mut parts = parts.into_iter().peekable();
        for at in outermost {
            let Some(id) = ids.remove(&at) else { continue };
            let inside = elements.fragments[at as usize].dynamics();
            let before = std::iter::from_fn(|| parts.next_if(|(index, _)| *index < inside.start));
            all.extend(before.flat_map(|(_, part)| part));
            let within = std::iter::from_fn(|| parts.next_if(|(index, _)| *index < inside.end));
            let within: Vec<ElementChange> = within.flat_map(|(_, part)| part).collect();
            let lost = &lost[lost.partition_point(|index| *index < inside.start)..];
            let lost = &lost[..lost.partition_point(|index| *index < inside.end)];
            let tag = elements.fragments[at as usize].in_tag();
            let in_tag = changes.partition_point(|(index, _)| *index < tag.start)
                != changes.partition_point(|(index, _)| *index < tag.end);
            found.extend(self.fragment((old, new), (at, id), (lost, in_tag), within, marked)?);
        }
        all.extend(parts.flat_map(|(_, part)| part));
        all.extend(found);
        Ok(Some(all))
    }

    /// A fragment in which something changes: `lost` with nothing smaller, `within` by itself, and maybe its start tag.
    fn fragment(
        &mut self,
        (old, new): (&Node<'a>, &Node<'a>),
        (at, id): (u32, String),
        (lost, in_tag): (&[u32], bool),
        mut within: Vec<ElementChange>,
        marked: Marked,
    ) -> Result<Vec<ElementChange>> {
        let (page, block) = (self.sides.page, new.block());
        let fragment = &page.elements.block(block).fragments[at as usize];
        let edit = match self.wire.has_edits() {
            true => self.edit((old, new), at, lost)?,
            false => None,
        };
        // What holds a list may be long: it is not even written.
        if let (Some(edit), true) = (edit.as_ref(), fragment.repeats) {
            let edit = edit.clone();
            within.push(ElementChange::Update { id, edit, hash: None });
            return Ok(within);
        }
        let children = self.sides.new.dynamics(new, fragment.dynamics())?;
        let tag = if self.wire.has_inner() && !in_tag { fragment.end_tag() } else { None };
        let inner = tag.map(|end| (self.sides.html.start_tag_len(block, at, &children, marked), end));
        self.sides.html.fragment(block, at, &children, marked);
        let is_renamed = self.sides.id(Which::New, new, at)?.as_ref() != Some(&id);
        let mut content = Content::of_fragment(self.sides.html.take(), &id);
        content.inner = inner.map(|(start, end)| start..content.html.len() - end);
        if let Some(edit) = edit {
            within.push(ElementChange::Update { id: id.clone(), edit, hash: content.hash.clone() });
            let whole = ElementChange::Row(RowChange::Replace { id, content, is_renamed });
            let is_shorter = operations::len(&within) < operations::len(std::slice::from_ref(&whole));
            return Ok(if is_shorter { within } else { vec![whole] });
        }
        Ok(vec![RowChange::Replace { id, content, is_renamed }.into()])
    }

    /// What sets the values that changed, where that is all.
    fn edit(&mut self, (old, new): (&Node<'a>, &Node<'a>), at: u32, lost: &[u32]) -> Result<Option<Edit>> {
        let (page, block) = (self.sides.page, new.block());
        let elements = page.elements.block(block);
        let steps = &page.program.block(block).steps;
        // What was there must have been text as well.
        let was = edits::edit(&page.program, elements, steps, at, lost, |index| {
            self.sides.old.dynamic(old, index)
        })?;
        if was.is_none() {
            return Ok(None);
        }
        edits::edit(&page.program, elements, steps, at, lost, |index| self.sides.new.dynamic(new, index))
    }

    /// Whether one of the fragments is around this one.
    fn is_in(&self, block: BlockId, fragment: u32, around: &HashMap<u32, String>) -> bool {
        let fragments = &self.sides.page.elements.block(block).fragments;
        let parents = std::iter::successors(Some(fragment), |at| fragments[*at as usize].parent);
        parents.skip(1).any(|parent| around.contains_key(&parent))
    }

    fn change(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        index: u32,
        change: &Change,
        marked: Marked,
    ) -> Result<Found<ElementChange>> {
        match change {
            Change::Text(_) | Change::Refill(_) | Change::Otherwise(..) => Ok(None),
            Change::Replace(_) => match marked {
                Marked::Used => Ok(self.sides.branch(old, new, index)?.map(|change| vec![change.into()])),
                Marked::Root(_) => Ok(None),
            },
            Change::Block(changes) => self.inner(old, new, index, changes, marked),
            Change::Range(patch) => match Rows::of(&mut self.sides, (old, new), index, patch)? {
                Some(rows) => rows.encode(self),
                None => Ok(None),
            },
        }
    }
}
