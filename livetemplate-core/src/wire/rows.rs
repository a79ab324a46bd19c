//! Elements that come, go, move or become others as a whole: items of ranges, and branches.

use super::html::{Marked, Written};
use super::walk::{Found, Sides, Walk, Which};
use super::{ElementWire, hashes};
use crate::diff::{Change, Changes, RangePatch, RangeStep};
use crate::error::Result;
use crate::tree::elements::Row;
use crate::tree::node::{BlockTree, Dynamic, Item};
use crate::tree::program::Step;
use crate::tree::run::view::{Items, Node};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// What happens to an element as a whole.
#[derive(Debug)]
pub(crate) enum RowChange {
    /// The element becomes this, which may have another id.
    Replace { id: String, content: Content, is_renamed: bool },
    /// Elements come, with the white space between and around them, to a place beside one that is there.
    Insert { ids: Vec<String>, place: Beside, content: Content },
    /// An element goes to another place, with its white space. `content` is what it becomes, with that; `None` where the format
    /// moves the element that is there. What changes in it follows then.
    Move { id: String, place: Beside, content: Option<Content>, space: (u32, u32) },
    /// The element goes, with so much white space before and after it.
    Remove { id: String, space: (u32, u32) },
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
    pub fn of_fragment(written: Written, id: &str) -> Content {
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

impl Beside {
    /// The white space between the element and the place, on the side where it is.
    pub fn space(&self) -> (u32, u32) {
        if self.is_after { (0, self.gap) } else { (self.gap, 0) }
    }
}

impl<'a> Sides<'a, '_> {
    /// A condition that takes another branch: an element that comes, goes, or becomes another.
    pub fn branch(&mut self, old: &Node<'a>, new: &Node<'a>, index: u32) -> Result<Option<RowChange>> {
        let block = new.block();
        let Some((_, Step::Condition(_))) = self.page.program.block(block).dynamic(index) else {
            return Ok(None);
        };
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
                id.map(|id| RowChange::Remove { id, space: row.space })
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
                    RowChange::Replace { id, content, is_renamed }
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
                Some(RowChange::Insert { ids: vec![new_id], place, content })
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
}

/// The items of a range that came, went, moved or changed.
pub(super) struct Rows<'p, 'a> {
    /// Which dynamic the range is.
    index: u32,
    /// The row of every item; `None` when each has its own.
    row: Option<&'a Row>,
    old: Items<'a>,
    new: Items<'a>,
    patch: &'p RangePatch,
}

impl<'p, 'a> Rows<'p, 'a> {
    /// The items of the range that a dynamic shows; `None` where they are no elements by themselves.
    pub fn of(
        sides: &mut Sides<'a, '_>,
        (old, new): (&Node<'a>, &Node<'a>),
        index: u32,
        patch: &'p RangePatch,
    ) -> Result<Option<Rows<'p, 'a>>> {
        let page = sides.page;
        let row = page.elements.block(patch.body).row.as_ref();
        if row.is_none() && !page.elements.is_wrapper(&page.program, patch.body) {
            return Ok(None);
        }
        let (Some(old), Some(new)) = (sides.old.items(old, index)?, sides.new.items(new, index)?) else {
            return Ok(None);
        };
        Ok(Some(Rows { index, row, old, new, patch }))
    }

    /// What happens to the items, and in them.
    pub fn encode<'s, W: Walk<'a, 's>>(&self, walk: &mut W) -> Result<Found<W::Change>> {
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
                        let Some(changes) = self.item(walk, old_at, new_at, changes)? else {
                            return Ok(None);
                        };
                        found.extend(changes);
                    }
                    (old_at, new_at) = (old_at + 1, new_at + 1);
                }
                RangeStep::Take(id) if !is_sent_again(id, old_at) => old_at += 1,
                RangeStep::Remove(_) | RangeStep::Take(_) => {
                    let (Some(id), Some(row)) = (
                        self.id(walk.sides(), Which::Old, old_at)?,
                        self.row(walk.sides(), Which::Old, old_at)?,
                    ) else {
                        return Ok(None);
                    };
                    let (before, after) = row.space;
                    // The white space of one that is the first when it goes is that behind it.
                    let space = if old_at < in_front { (0, before + after) } else { (before, after) };
                    removed.push(RowChange::Remove { id, space }.into());
                    old_at += 1;
                }
                RangeStep::Place(item, changes) => {
                    let Some(&from) = taken.get(&*item.id) else { return Ok(None) };
                    let rest = &patch.steps[number + 1..];
                    if is_sent_again(&item.id, from) {
                        let Some(insert) = self.insert(walk.sides(), &[item], rest, old_at, new_at)? else {
                            return Ok(None);
                        };
                        found.push(insert.into());
                        new_at += 1;
                        continue;
                    }
                    let (Some(id), Some(row), Some(place)) = (
                        self.id(walk.sides(), Which::Old, from)?,
                        self.row(walk.sides(), Which::Old, from)?,
                        self.place(walk.sides(), rest, old_at, new_at)?,
                    ) else {
                        return Ok(None);
                    };
                    let is_moved = walk.sides().has_moves;
                    let beside = if place.is_after { row.space.1 } else { row.space.0 };
                    if is_moved && place.gap != beside {
                        // A move says one pair of counts for where the row is and where it goes.
                        let Some(insert) = self.insert(walk.sides(), &[item], rest, old_at, new_at)? else {
                            return Ok(None);
                        };
                        found.extend([RowChange::Remove { id, space: row.space }.into(), insert.into()]);
                        new_at += 1;
                        continue;
                    }
                    if !is_moved && self.id(walk.sides(), Which::New, new_at)?.as_ref() != Some(&id) {
                        // Libraries take an element of the same id away when it comes again, but not one of another.
                        let Some(insert) = self.insert(walk.sides(), &[item], rest, old_at, new_at)? else {
                            return Ok(None);
                        };
                        removed.push(RowChange::Remove { id, space: row.space }.into());
                        found.push(insert.into());
                        new_at += 1;
                        continue;
                    }
                    let content = (!is_moved).then(|| Content::of_parts(self.html(walk.sides(), item)));
                    found.push(RowChange::Move { id, place, content, space: row.space }.into());
                    if is_moved && !changes.is_empty() {
                        let Some(changes) = self.item(walk, from, new_at, changes)? else { return Ok(None) };
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
                    let Some(insert) = self.insert(walk.sides(), &items, rest, old_at, new_at)? else {
                        return Ok(None);
                    };
                    found.push(insert.into());
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
        &self,
        sides: &mut Sides<'a, '_>,
        items: &[&Arc<Item>],
        rest: &[RangeStep],
        old_at: usize,
        new_at: usize,
    ) -> Result<Option<RowChange>> {
        for item in items {
            sides.html.item(self.patch.body, self.index, item);
        }
        let mut written = sides.html.take();
        let Some(mut place) = self.place(sides, rest, old_at, new_at)? else { return Ok(None) };
        if self.row.is_some_and(|row| row.leads) && !place.is_after {
            // The white space before the first item may not stand beside it: all comes directly before it, with as much behind.
            written = written.with_leading_space_behind();
            place.gap = 0;
        }
        let mut ids = Vec::new();
        for at in new_at..new_at + items.len() {
            let Some(id) = self.id(sides, Which::New, at)? else { return Ok(None) };
            ids.push(id);
        }
        let content = match &ids[..] {
            [id] => Content::of_fragment(written, id),
            _ => Content::of_parts(written),
        };
        Ok(Some(RowChange::Insert { ids, place, content }))
    }

    /// What changes in an item that stays.
    fn item<'s, W: Walk<'a, 's>>(
        &self,
        walk: &mut W,
        old_at: usize,
        new_at: usize,
        changes: &Changes,
    ) -> Result<Found<W::Change>> {
        let (Some(was), Some(row)) =
            (self.row(walk.sides(), Which::Old, old_at)?, self.row(walk.sides(), Which::New, new_at)?)
        else {
            return Ok(None);
        };
        let sides = walk.sides();
        let (Some((old, _)), Some((new, key))) =
            (sides.old.item(&self.old, old_at)?, sides.new.item(&self.new, new_at)?)
        else {
            return Ok(None);
        };
        if was.block == row.block {
            let changes: Vec<(u32, &Change)> =
                changes.iter().map(|(index, change)| (*index, change)).collect();
            let back = sides.html.path.item(self.index, &key);
            let found = walk.block(&old, &new, &changes, Marked::in_row(Some(&row)))?;
            walk.sides().html.path.back(back);
            if found.is_some() {
                return Ok(found);
            }
        }
        let sides = walk.sides();
        let elements = &sides.page.elements;
        if was.space != row.space || elements.is_table_row(&was) != elements.is_table_row(&row) {
            return Ok(None);
        }
        let Some(id) = self.id(sides, Which::Old, old_at)? else { return Ok(None) };
        let Some((new, key)) = sides.new.item(&self.new, new_at)? else { return Ok(None) };
        let children = sides.new.whole(&new)?;
        let mut item = Item::default();
        (item.id, item.children) = (key, children);
        let is_renamed = self.id(sides, Which::New, new_at)?.as_ref() != Some(&id);
        let content = Content::of_fragment(self.html(sides, &item).trimmed(), &id);
        Ok(Some(vec![RowChange::Replace { id, content, is_renamed }.into()]))
    }

    /// Where the item at `new_at` comes: after the one before it, which is there by then, or before the first that stays.
    fn place(
        &self,
        sides: &mut Sides<'a, '_>,
        rest: &[RangeStep],
        mut old_at: usize,
        new_at: usize,
    ) -> Result<Option<Beside>> {
        if let Some(at) = new_at.checked_sub(1) {
            let (id, row) = (self.id(sides, Which::New, at)?, self.row(sides, Which::New, at)?);
            return Ok(id.zip(row).map(|(id, row)| Beside { id, is_after: true, gap: row.space.1 }));
        }
        for step in rest {
            match step {
                RangeStep::Run { .. } | RangeStep::Keep(..) => {
                    let (id, row) =
                        (self.id(sides, Which::Old, old_at)?, self.row(sides, Which::Old, old_at)?);
                    return Ok(id.zip(row).map(|(id, row)| Beside { id, is_after: false, gap: row.space.0 }));
                }
                RangeStep::Remove(_) | RangeStep::Take(_) => old_at += 1,
                RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
        }
        Ok(None)
    }

    /// How an item comes and goes.
    fn row(&self, sides: &mut Sides<'a, '_>, which: Which, at: usize) -> Result<Option<Cow<'a, Row>>> {
        if let Some(row) = self.row {
            return Ok(Some(Cow::Borrowed(row)));
        }
        let items = self.items(which);
        let Some((node, _)) = sides.view(which).item(items, at)? else { return Ok(None) };
        sides.inside(which, &node, 0, |sides, node| {
            let page = sides.page;
            Ok(page.elements.row_in(&page.program, self.patch.body, node.block()).map(Cow::Owned))
        })
    }

    fn items(&self, which: Which) -> &Items<'a> {
        match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        }
    }

    /// The id of an item's element.
    fn id(&self, sides: &mut Sides<'a, '_>, which: Which, at: usize) -> Result<Option<String>> {
        let Some(row) = self.row(sides, which, at)? else { return Ok(None) };
        let items = self.items(which);
        let Some((node, key)) = sides.view(which).item(items, at)? else { return Ok(None) };
        let back = sides.html.path.item(self.index, &key);
        let id = sides.id_through_calls(which, &node, &row.calls, row.fragment);
        sides.html.path.back(back);
        id
    }

    fn html(&self, sides: &mut Sides<'a, '_>, item: &Item) -> Written {
        sides.html.item(self.patch.body, self.index, item);
        sides.html.take()
    }
}
