//! From a patch to changes of elements, which the formats `operations`, `turbo` and `htmx` write each in their way.

use super::edits::{self, Edit};
use super::html::{HtmlWriter, Marked, Written, fragment_id};
use super::{ElementWire, hashes, operations};
use crate::diff::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::error::Result;
use crate::tree::elements::Row;
use crate::tree::markup::{Layout, Piece};
use crate::tree::node::{BlockTree, Dynamic, Item, Tree};
use crate::tree::program::{BlockId, Step};
use crate::tree::run::view::{Items, Node, View};
use crate::tree::set::PageProgram;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A change of an element that the client has. They are made one after another.
#[derive(Debug)]
pub(crate) enum ElementChange {
    /// The element becomes this, which may have another id.
    Replace { id: String, content: Content, is_renamed: bool },
    /// Texts and values in the element change. The hash is that of the element afterwards.
    Update { id: String, edit: Edit, hash: Option<String> },
    /// Elements come, with the white space between and around them, to a place beside one that is there.
    Insert { ids: Vec<String>, place: Beside, content: Content },
    /// An element goes to another place, with its white space. `content` is what it becomes, with that; `None` where the format
    /// moves the element that is there. What changes in it follows then.
    Move { id: String, place: Beside, content: Option<Content>, space: (u32, u32) },
    /// The element goes, with so much white space before and after it.
    Remove { id: String, space: (u32, u32) },
    /// The content of the live region becomes this. It is the only change then.
    Region { content: Content },
}

/// HTML that is sent.
#[derive(Debug)]
pub(crate) struct Content {
    pub html: Vec<u8>,
    /// The hash of the fragment that it is, where the format has hashes and it is one.
    pub hash: Option<String>,
    /// Where the element's content stands, if the client has its start tag as it is and may be sent the content alone.
    pub inner: Option<std::ops::Range<usize>>,
}

impl Content {
    /// Of one fragment with this id.
    fn of_fragment(written: Written, id: &str) -> Content {
        let is_it = written.spans.first().is_some_and(|span| span.id == id);
        Content { hash: is_it.then(|| hashes::of_fragment(&written)), html: written.html, inner: None }
    }

    /// Of what is no single fragment.
    fn of_parts(written: Written) -> Content {
        Content { html: written.html, hash: None, inner: None }
    }

    /// Of the live region.
    pub fn of_region(wire: ElementWire, written: Written) -> Content {
        let hash = wire.has_hashes().then(|| hashes::of_region(&written));
        Content { html: written.html, hash, inner: None }
    }
}

/// A place in the page.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub id: String,
    pub is_after: bool,
    /// White space between the element and the place.
    pub gap: u32,
}

/// A page's state before or after an update.
pub(crate) struct Side<'a, 's> {
    pub view: View<'a, 's>,
    pub root: Node<'a>,
}

/// What a patch does to a page's elements. Also gives how many dynamics outside the live region changed.
pub(crate) fn encode<'a, 's>(
    page: &'a PageProgram,
    wire: ElementWire,
    before: Side<'a, 's>,
    after: Side<'a, 's>,
    patch: &Patch,
) -> Result<(Vec<ElementChange>, usize)> {
    let html = HtmlWriter::new(page, wire);
    let mut encoder = Encoder { page, wire, old: before.view, new: after.view, html, outside: 0 };
    let found = encoder.region(&before.root, &after.root, &patch.changes, &mut Vec::new())?;
    let changes = match found {
        Some(changes) => changes,
        None => {
            let children = encoder.new.whole(&after.root)?;
            let tree = Tree { root: Arc::new(BlockTree::new(after.root.block(), children)) };
            vec![region(page, wire, &tree)]
        }
    };
    Ok((changes, encoder.outside))
}

/// The change that brings the live region to what the tree shows.
pub(crate) fn region(page: &PageProgram, wire: ElementWire, tree: &Tree) -> ElementChange {
    let written = HtmlWriter::new(page, wire).region(tree);
    ElementChange::Region { content: Content::of_region(wire, written) }
}

/// Where a dynamic stands that calls lead to.
pub(super) enum At {
    Inside,
    Outside,
    /// An edge of the live region stands in it.
    Edge,
}

pub(super) fn place(layout: &Layout, calls: &[u32]) -> At {
    // In the order of the page, which is that of the paths.
    if layout.slots.binary_search_by(|path| (**path).cmp(calls)).is_ok() {
        return At::Inside;
    }
    let outside = layout.before.iter().chain(&layout.after).any(|piece| match piece {
        Piece::Dynamic(path) => **path == *calls,
        Piece::Static(_) => false,
    });
    if outside { At::Outside } else { At::Edge }
}

/// What became of some part: changes of elements in it, or `None` when the fragment around it must be sent.
type Found = Option<Vec<ElementChange>>;

struct Encoder<'a, 's> {
    page: &'a PageProgram,
    wire: ElementWire,
    old: View<'a, 's>,
    new: View<'a, 's>,
    html: HtmlWriter<'a>,
    outside: usize,
}

impl<'a, 's> Encoder<'a, 's> {
    fn view(&mut self, which: Which) -> &mut View<'a, 's> {
        match which {
            Which::Old => &mut self.old,
            Which::New => &mut self.new,
        }
    }

    /// The changes of a block in which an edge of the live region may stand. `calls` lead to it.
    fn region(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &Changes,
        calls: &mut Vec<u32>,
    ) -> Result<Found> {
        let (mut inside, mut found) = (Vec::new(), Some(Vec::new()));
        for (index, change) in changes {
            calls.push(*index);
            match (place(&self.page.layout, calls), change) {
                (At::Outside, _) => self.outside += 1,
                (At::Edge, Change::Block(inner)) => {
                    let (Some(a), Some(b)) = (self.old.enter(old, *index)?, self.new.enter(new, *index)?)
                    else {
                        return Ok(None);
                    };
                    let back = self.html.path.inner(*index, b.node.block());
                    let inner = self.region(&a.node, &b.node, inner, calls)?;
                    self.html.path.back(back);
                    self.old.leave(a);
                    self.new.leave(b);
                    found = both(found, inner);
                }
                _ => inside.push((*index, change)),
            }
            calls.pop();
        }
        Ok(both(found, self.block(old, new, &inside, Marked::Used)?))
    }

    /// The changes of a block.
    fn block(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found> {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.block_inner(old, new, changes, marked))
    }

    fn block_inner(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found> {
        let block = new.block();
        let elements = self.page.elements.block(block);
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
            match self.id(Which::Old, old, fragment)? {
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
        let (page, block) = (self.page, new.block());
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
        let mut children = Vec::new();
        for index in fragment.dynamics() {
            children.push(self.new.dynamic(new, index)?);
        }
        let tag = if self.wire.has_inner() && !in_tag { fragment.end_tag() } else { None };
        let inner = tag.map(|end| (self.html.start_tag_len(block, at, &children, marked), end));
        self.html.fragment(block, at, &children, marked);
        let is_renamed = self.id(Which::New, new, at)?.as_ref() != Some(&id);
        let mut content = Content::of_fragment(self.html.take(), &id);
        content.inner = inner.map(|(start, end)| start..content.html.len() - end);
        if let Some(edit) = edit {
            within.push(ElementChange::Update { id: id.clone(), edit, hash: content.hash.clone() });
            let whole = ElementChange::Replace { id, content, is_renamed };
            let is_shorter = operations::len(&within) < operations::len(std::slice::from_ref(&whole));
            return Ok(if is_shorter { within } else { vec![whole] });
        }
        Ok(vec![ElementChange::Replace { id, content, is_renamed }])
    }

    /// What sets the values that changed, where that is all.
    fn edit(&mut self, (old, new): (&Node<'a>, &Node<'a>), at: u32, lost: &[u32]) -> Result<Option<Edit>> {
        let (page, block) = (self.page, new.block());
        let elements = page.elements.block(block);
        let steps = &page.program.block(block).steps;
        // What was there must have been text as well.
        let was =
            edits::edit(&page.program, elements, steps, at, lost, |index| self.old.dynamic(old, index))?;
        if was.is_none() {
            return Ok(None);
        }
        edits::edit(&page.program, elements, steps, at, lost, |index| self.new.dynamic(new, index))
    }

    /// Whether one of the fragments is around this one.
    fn is_in(&self, block: BlockId, fragment: u32, around: &HashMap<u32, String>) -> bool {
        let fragments = &self.page.elements.block(block).fragments;
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
    ) -> Result<Found> {
        match change {
            Change::Text(_) | Change::Refill(_) | Change::Otherwise(..) => Ok(None),
            Change::Replace(_) => match marked {
                Marked::Used => self.branch(old, new, index),
                Marked::Root(_) => Ok(None),
            },
            Change::Block(changes) => {
                let (Some(a), Some(b)) = (self.old.enter(old, index)?, self.new.enter(new, index)?) else {
                    return Ok(None);
                };
                let back = self.html.path.inner(index, b.node.block());
                let changes: Vec<(u32, &Change)> =
                    changes.iter().map(|(index, change)| (*index, change)).collect();
                let found = self.block(&a.node, &b.node, &changes, marked)?;
                self.html.path.back(back);
                self.old.leave(a);
                self.new.leave(b);
                Ok(found)
            }
            Change::Range(patch) => {
                let (Some(a), Some(b)) = (self.old.items(old, index)?, self.new.items(new, index)?) else {
                    return Ok(None);
                };
                let row = self.page.elements.block(patch.body).row.as_ref();
                if row.is_none() && !self.page.elements.is_wrapper(&self.page.program, patch.body) {
                    return Ok(None);
                }
                Rows { encoder: self, index, row, old: &a, new: &b, patch }.encode()
            }
        }
    }

    /// A condition that takes another branch: an element that comes, goes, or becomes another.
    fn branch(&mut self, old: &Node<'a>, new: &Node<'a>, index: u32) -> Result<Found> {
        let block = new.block();
        let steps = &self.page.program.block(block).steps;
        let step = steps.iter().filter(|step| step.is_dynamic()).nth(index as usize);
        let Some(Step::Condition(_)) = step else { return Ok(None) };
        let (before, after) = (self.old.dynamic(old, index)?, self.new.dynamic(new, index)?);
        let row = |dynamic: &Dynamic| match dynamic {
            Dynamic::Block(tree) => self.page.elements.block(tree.block).row.as_ref(),
            _ => None,
        };
        Ok(match ((&before, row(&before)), (&after, row(&after))) {
            ((_, Some(row)), (Dynamic::Empty, _)) => {
                if row.leads && self.page.elements.neighbour(block, index, row).is_none() {
                    return Ok(None);
                }
                let id = self.row_id(Which::Old, old, index, row)?;
                id.map(|id| vec![ElementChange::Remove { id, space: row.space }])
            }
            ((_, Some(a)), (Dynamic::Block(tree), Some(b)))
                if a.space == b.space
                    && self.page.elements.is_table_row(a) == self.page.elements.is_table_row(b) =>
            {
                let id = self.row_id(Which::Old, old, index, a)?;
                let is_renamed = self.row_id(Which::New, new, index, b)? != id;
                let written = self.branch_html(index, tree).trimmed();
                id.map(|id| {
                    let content = Content::of_fragment(written, &id);
                    vec![ElementChange::Replace { id, content, is_renamed }]
                })
            }
            ((Dynamic::Empty, _), (Dynamic::Block(tree), Some(row))) => {
                let Some(near) = self.page.elements.neighbour(block, index, row) else { return Ok(None) };
                let (Some(id), Some(new_id)) =
                    (self.id(Which::Old, old, near.fragment)?, self.row_id(Which::New, new, index, row)?)
                else {
                    return Ok(None);
                };
                let place = Beside { id, is_after: near.is_before, gap: near.gap };
                let content = Content::of_fragment(self.branch_html(index, tree), &new_id);
                Some(vec![ElementChange::Insert { ids: vec![new_id], place, content }])
            }
            _ => None,
        })
    }

    fn branch_html(&mut self, index: u32, tree: &BlockTree) -> Written {
        let back = self.html.path.inner(index, tree.block);
        self.html.block(tree.block, &tree.children, Marked::Used);
        self.html.path.back(back);
        self.html.take()
    }

    /// The id of the only element of a branch.
    fn row_id(&mut self, which: Which, node: &Node<'a>, index: u32, row: &Row) -> Result<Option<String>> {
        let Some(entered) = self.view(which).enter(node, index)? else { return Ok(None) };
        let back = self.html.path.inner(index, entered.node.block());
        let id = self.id_through_calls(which, &entered.node, &row.calls, row.fragment)?;
        self.html.path.back(back);
        self.view(which).leave(entered);
        Ok(id)
    }

    /// The id of a fragment of the block that calls lead to.
    fn id_through_calls(
        &mut self,
        which: Which,
        node: &Node<'a>,
        calls: &[u32],
        fragment: u32,
    ) -> Result<Option<String>> {
        let Some((index, rest)) = calls.split_first() else { return self.id(which, node, fragment) };
        let Some(entered) = self.view(which).enter(node, *index)? else { return Ok(None) };
        let back = self.html.path.inner(*index, entered.node.block());
        let id = self.id_through_calls(which, &entered.node, rest, fragment)?;
        self.html.path.back(back);
        self.view(which).leave(entered);
        Ok(id)
    }

    /// The id of a fragment of the node's block.
    fn id(&mut self, which: Which, node: &Node<'a>, fragment: u32) -> Result<Option<String>> {
        let fragment = &self.page.elements.block(node.block()).fragments[fragment as usize];
        let Encoder { page, wire, old, new, html, .. } = self;
        let dynamic = |index| match which {
            Which::Old => old.dynamic(node, index),
            Which::New => new.dynamic(node, index),
        };
        fragment_id(wire.naming(), &html.path, fragment, dynamic, &page.program)
    }
}

/// One of a page's two states.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    Old,
    New,
}

fn both(a: Found, b: Found) -> Found {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.extend(b);
            Some(a)
        }
        _ => None,
    }
}

/// The items of a range that came, went, moved or changed.
struct Rows<'e, 'a, 's> {
    encoder: &'e mut Encoder<'a, 's>,
    /// Which dynamic the range is.
    index: u32,
    /// The row of every item; `None` when each has its own.
    row: Option<&'a Row>,
    old: &'e Items<'a>,
    new: &'e Items<'a>,
    patch: &'e RangePatch,
}

impl<'e, 'a> Rows<'e, 'a, '_> {
    fn encode(mut self) -> Result<Found> {
        let patch = self.patch;
        let (mut found, mut removed) = (Vec::new(), Vec::new());
        // How far both lists were gone through, and where items were taken.
        let (mut old_at, mut new_at) = (0, 0);
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let mut takes = 0;
        // How many items come before the first that stays, and the item that moves to the start.
        let (mut in_front, mut first) = (None, None);
        let mut is_start = true;
        for step in &patch.steps {
            match step {
                RangeStep::Run { len, .. } => takes += len,
                RangeStep::Keep(..) | RangeStep::Remove(_) => takes += 1,
                RangeStep::Take(id) => {
                    taken.insert(id, takes);
                    takes += 1;
                }
                RangeStep::Place(item, _) if is_start => first = Some(&*item.id),
                RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
            match step {
                RangeStep::Run { len, .. } => in_front = in_front.or(Some(takes - len)),
                RangeStep::Keep(..) => in_front = in_front.or(Some(takes - 1)),
                RangeStep::Remove(_) | RangeStep::Take(_) => continue,
                RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
            is_start = false;
        }
        let leads = self.row.is_some_and(|row| row.leads && row.space.0 > 0);
        let in_front = in_front.filter(|_| leads).unwrap_or(0);
        let is_sent_again = |id: &str, at: usize| leads && (at < in_front || first == Some(id));
        let mut steps = patch.steps.iter().enumerate().peekable();
        while let Some((number, step)) = steps.next() {
            match step {
                RangeStep::Run { len, .. } => (old_at, new_at) = (old_at + len, new_at + len),
                RangeStep::Keep(_, changes) => {
                    if !changes.is_empty() {
                        let Some(changes) = self.item(old_at, new_at, changes)? else { return Ok(None) };
                        found.extend(changes);
                    }
                    (old_at, new_at) = (old_at + 1, new_at + 1);
                }
                RangeStep::Take(id) if !is_sent_again(id, old_at) => old_at += 1,
                RangeStep::Remove(_) | RangeStep::Take(_) => {
                    let (Some(id), Some(row)) = (self.id(Which::Old, old_at)?, self.row(Which::Old, old_at)?)
                    else {
                        return Ok(None);
                    };
                    let (before, after) = row.space;
                    // The white space of one that is the first when it goes is that behind it.
                    let space = if old_at < in_front { (0, before + after) } else { (before, after) };
                    removed.push(ElementChange::Remove { id, space });
                    old_at += 1;
                }
                RangeStep::Place(item, changes) => {
                    let Some(&from) = taken.get(&*item.id) else { return Ok(None) };
                    let rest = &patch.steps[number + 1..];
                    if is_sent_again(&item.id, from) {
                        let Some(insert) = self.insert(&[item], rest, old_at, new_at)? else {
                            return Ok(None);
                        };
                        found.push(insert);
                        new_at += 1;
                        continue;
                    }
                    let (Some(id), Some(row), Some(place)) = (
                        self.id(Which::Old, from)?,
                        self.row(Which::Old, from)?,
                        self.place(rest, old_at, new_at)?,
                    ) else {
                        return Ok(None);
                    };
                    let is_moved = self.encoder.wire.has_moves();
                    let beside = if place.is_after { row.space.1 } else { row.space.0 };
                    if is_moved && place.gap != beside {
                        // A move says one pair of counts for where the row is and where it goes.
                        let Some(insert) = self.insert(&[item], rest, old_at, new_at)? else {
                            return Ok(None);
                        };
                        found.extend([ElementChange::Remove { id, space: row.space }, insert]);
                        new_at += 1;
                        continue;
                    }
                    if !is_moved && self.id(Which::New, new_at)?.as_ref() != Some(&id) {
                        // Libraries take an element of the same id away when it comes again, but not one of another.
                        let Some(insert) = self.insert(&[item], rest, old_at, new_at)? else {
                            return Ok(None);
                        };
                        removed.push(ElementChange::Remove { id, space: row.space });
                        found.push(insert);
                        new_at += 1;
                        continue;
                    }
                    let content = (!is_moved).then(|| Content::of_parts(self.html(item)));
                    found.push(ElementChange::Move { id, place, content, space: row.space });
                    if is_moved && !changes.is_empty() {
                        let Some(changes) = self.item(from, new_at, changes)? else { return Ok(None) };
                        found.extend(changes);
                    }
                    new_at += 1;
                }
                RangeStep::Insert(item) => {
                    let mut items = vec![item];
                    while let Some((_, RangeStep::Insert(item))) =
                        steps.next_if(|(_, step)| matches!(step, RangeStep::Insert(_)))
                    {
                        items.push(item);
                    }
                    let rest = steps.peek().map_or(&[][..], |(number, _)| &patch.steps[*number..]);
                    let Some(insert) = self.insert(&items, rest, old_at, new_at)? else { return Ok(None) };
                    found.push(insert);
                    new_at += items.len();
                }
            }
        }
        // First, so that an id may come again.
        removed.extend(found);
        Ok(Some(removed))
    }

    /// Items that come, one after another, to `new_at`.
    fn insert(
        &mut self,
        items: &[&Arc<Item>],
        rest: &[RangeStep],
        old_at: usize,
        new_at: usize,
    ) -> Result<Option<ElementChange>> {
        for item in items {
            self.encoder.html.item(self.patch.body, self.index, item);
        }
        let mut written = self.encoder.html.take();
        let Some(mut place) = self.place(rest, old_at, new_at)? else { return Ok(None) };
        if self.row.is_some_and(|row| row.leads) && !place.is_after {
            // The white space before the first item may not stand beside it: all comes directly before it, with as much behind.
            written = written.with_leading_space_behind();
            place.gap = 0;
        }
        let mut ids = Vec::new();
        for at in new_at..new_at + items.len() {
            let Some(id) = self.id(Which::New, at)? else { return Ok(None) };
            ids.push(id);
        }
        let content = match &ids[..] {
            [id] => Content::of_fragment(written, id),
            _ => Content::of_parts(written),
        };
        Ok(Some(ElementChange::Insert { ids, place, content }))
    }

    /// What changes in an item that stays.
    fn item(&mut self, old_at: usize, new_at: usize, changes: &Changes) -> Result<Found> {
        let (Some(was), Some(row)) = (self.row(Which::Old, old_at)?, self.row(Which::New, new_at)?) else {
            return Ok(None);
        };
        let encoder = &mut *self.encoder;
        let (Some((old, _)), Some((new, key))) =
            (encoder.old.item(self.old, old_at)?, encoder.new.item(self.new, new_at)?)
        else {
            return Ok(None);
        };
        if was.block == row.block {
            let changes: Vec<(u32, &Change)> =
                changes.iter().map(|(index, change)| (*index, change)).collect();
            let back = encoder.html.path.item(self.index, &key);
            let found = encoder.block(&old, &new, &changes, Marked::in_row(Some(&row)))?;
            encoder.html.path.back(back);
            if found.is_some() {
                return Ok(found);
            }
        }
        let elements = &encoder.page.elements;
        if was.space != row.space || elements.is_table_row(&was) != elements.is_table_row(&row) {
            return Ok(None);
        }
        let Some(id) = self.id(Which::Old, old_at)? else { return Ok(None) };
        let encoder = &mut *self.encoder;
        let Some((new, key)) = encoder.new.item(self.new, new_at)? else { return Ok(None) };
        let children = encoder.new.whole(&new)?;
        let mut item = Item::default();
        (item.id, item.children) = (key, children);
        let is_renamed = self.id(Which::New, new_at)?.as_ref() != Some(&id);
        let content = Content::of_fragment(self.html(&item).trimmed(), &id);
        Ok(Some(vec![ElementChange::Replace { id, content, is_renamed }]))
    }

    /// Where the item at `new_at` comes: after the one before it, which is there by then, or before the first that stays.
    fn place(&mut self, rest: &[RangeStep], mut old_at: usize, new_at: usize) -> Result<Option<Beside>> {
        if let Some(at) = new_at.checked_sub(1) {
            let (id, row) = (self.id(Which::New, at)?, self.row(Which::New, at)?);
            return Ok(id.zip(row).map(|(id, row)| Beside { id, is_after: true, gap: row.space.1 }));
        }
        for step in rest {
            match step {
                RangeStep::Run { .. } | RangeStep::Keep(..) => {
                    let (id, row) = (self.id(Which::Old, old_at)?, self.row(Which::Old, old_at)?);
                    return Ok(id.zip(row).map(|(id, row)| Beside { id, is_after: false, gap: row.space.0 }));
                }
                RangeStep::Remove(_) | RangeStep::Take(_) => old_at += 1,
                RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
        }
        Ok(None)
    }

    /// How an item comes and goes.
    fn row(&mut self, which: Which, at: usize) -> Result<Option<Cow<'a, Row>>> {
        if let Some(row) = self.row {
            return Ok(Some(Cow::Borrowed(row)));
        }
        let items = self.items(which);
        let (page, view) = (self.encoder.page, self.encoder.view(which));
        let Some((node, _)) = view.item(items, at)? else { return Ok(None) };
        let Some(entered) = view.enter(&node, 0)? else { return Ok(None) };
        let row = page.elements.row_in(&page.program, self.patch.body, entered.node.block());
        view.leave(entered);
        Ok(row.map(Cow::Owned))
    }

    fn items(&self, which: Which) -> &'e Items<'a> {
        match which {
            Which::Old => self.old,
            Which::New => self.new,
        }
    }

    /// The id of an item's element.
    fn id(&mut self, which: Which, at: usize) -> Result<Option<String>> {
        let Some(row) = self.row(which, at)? else { return Ok(None) };
        let items = self.items(which);
        let encoder = &mut *self.encoder;
        let Some((node, key)) = encoder.view(which).item(items, at)? else { return Ok(None) };
        let back = encoder.html.path.item(self.index, &key);
        let id = encoder.id_through_calls(which, &node, &row.calls, row.fragment);
        encoder.html.path.back(back);
        id
    }

    fn html(&mut self, item: &Item) -> Written {
        self.encoder.html.item(self.patch.body, self.index, item);
        self.encoder.html.take()
    }
}
