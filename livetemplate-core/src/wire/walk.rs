//! The way of a patch through both states of a page, for the formats that address elements.

use super::html::{HtmlWriter, Marked, Written, fragment_id};
use super::rows::RowChange;
use crate::diff::{Change, Changes};
use crate::error::Result;
use crate::tree::elements::Row;
use crate::tree::markup::{Layout, Piece};
use crate::tree::node::{BlockTree, Tree};
use crate::tree::run::view::{Entered, Node, View};
use crate::tree::set::PageProgram;
use std::sync::Arc;

/// A page's state before or after an update.
pub(crate) struct Side<'a, 's> {
    pub view: View<'a, 's>,
    pub root: Node<'a>,
}

/// One of a page's two states.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Which {
    Old,
    New,
}

/// Both states of a page, and the place in them.
pub(super) struct Sides<'a, 's> {
    pub page: &'a PageProgram,
    pub old: View<'a, 's>,
    pub new: View<'a, 's>,
    pub html: HtmlWriter<'a>,
    /// Whether the format moves elements that are there.
    pub has_moves: bool,
    /// How many dynamics outside the live region changed.
    pub outside: usize,
}

/// A block that both views went into, until [`Sides::leave`].
#[must_use]
struct Inside<'a> {
    old: Entered<'a>,
    new: Entered<'a>,
    back: usize,
}

impl<'a, 's> Sides<'a, 's> {
    pub fn view(&mut self, which: Which) -> &mut View<'a, 's> {
        match which {
            Which::Old => &mut self.old,
            Which::New => &mut self.new,
        }
    }

    /// All that the page shows after the update.
    pub fn whole(&mut self, root: &Node<'a>) -> Result<Tree> {
        let children = self.new.whole(root)?;
        Ok(Tree { root: Arc::new(BlockTree::new(root.block(), children)) })
    }

    /// Goes into the block that a dynamic runs before and after; `None` when it runs none in one of the states.
    fn enter(&mut self, old: &Node<'a>, new: &Node<'a>, index: u32) -> Result<Option<Inside<'a>>> {
        let Some(old) = self.old.enter(old, index)? else { return Ok(None) };
        let Some(new) = self.new.enter(new, index)? else {
            self.old.leave(old);
            return Ok(None);
        };
        let back = self.html.path.inner(index, new.node.block());
        Ok(Some(Inside { old, new, back }))
    }

    fn leave(&mut self, inside: Inside<'a>) {
        self.html.path.back(inside.back);
        self.old.leave(inside.old);
        self.new.leave(inside.new);
    }

    /// Looks into the block that a dynamic runs in one of the states; `None` when it runs none.
    pub fn inside<T>(
        &mut self,
        which: Which,
        node: &Node<'a>,
        index: u32,
        look: impl FnOnce(&mut Self, &Node<'a>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let Some(entered) = self.view(which).enter(node, index)? else { return Ok(None) };
        let back = self.html.path.inner(index, entered.node.block());
        let found = look(self, &entered.node)?;
        self.html.path.back(back);
        self.view(which).leave(entered);
        Ok(found)
    }

    /// The id of the only element of a branch.
    pub fn row_id(&mut self, which: Which, node: &Node<'a>, index: u32, row: &Row) -> Result<Option<String>> {
        self.inside(which, node, index, |sides, node| {
            sides.id_through_calls(which, node, &row.calls, row.fragment)
        })
    }

    /// The id of a fragment of the block that calls lead to.
    pub fn id_through_calls(
        &mut self,
        which: Which,
        node: &Node<'a>,
        calls: &[u32],
        fragment: u32,
    ) -> Result<Option<String>> {
        let Some((index, rest)) = calls.split_first() else { return self.id(which, node, fragment) };
        self.inside(which, node, *index, |sides, node| sides.id_through_calls(which, node, rest, fragment))
    }

    /// The id of a fragment of the node's block; `None` where it has none.
    pub fn id(&mut self, which: Which, node: &Node<'a>, fragment: u32) -> Result<Option<String>> {
        let fragment = &self.page.elements.block(node.block()).fragments[fragment as usize];
        let Sides { page, old, new, html, .. } = self;
        let dynamic = |index| match which {
            Which::Old => old.dynamic(node, index),
            Which::New => new.dynamic(node, index),
        };
        fragment_id(html.adds.naming, &html.path, fragment, dynamic, &page.program)
    }

    /// One fragment of the node's block, as it is after the update.
    pub fn fragment_html(&mut self, node: &Node<'a>, at: u32, marked: Marked) -> Result<Written> {
        let dynamics = self.page.elements.block(node.block()).fragments[at as usize].dynamics();
        let children = self.new.dynamics(node, dynamics)?;
        self.html.fragment(node.block(), at, &children, marked);
        Ok(self.html.take())
    }
}

/// What became of some part: changes in it, or `None` when the fragment around it must be sent.
pub(super) type Found<C> = Option<Vec<C>>;

/// What writes the changes of a patch for a family of formats.
pub(super) trait Walk<'a, 's>: Sized {
    type Change: From<RowChange>;

    fn sides(&mut self) -> &mut Sides<'a, 's>;

    /// The changes of a block.
    fn block(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &[(u32, &Change)],
        marked: Marked,
    ) -> Result<Found<Self::Change>>;

    /// The changes of a block in which an edge of the live region may stand. `calls` lead to it.
    fn region(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        changes: &Changes,
        calls: &mut Vec<u32>,
    ) -> Result<Found<Self::Change>> {
        let (mut inside, mut found) = (Vec::new(), Some(Vec::new()));
        for (index, change) in changes {
            calls.push(*index);
            match (place(&self.sides().page.layout, calls), change) {
                (At::Outside, _) => self.sides().outside += 1,
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

    /// The changes in the block that a dynamic runs before and after.
    fn enter(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        index: u32,
        work: impl FnOnce(&mut Self, &Node<'a>, &Node<'a>) -> Result<Found<Self::Change>>,
    ) -> Result<Found<Self::Change>> {
        let Some(inside) = self.sides().enter(old, new, index)? else { return Ok(None) };
        let found = work(self, &inside.old.node, &inside.new.node)?;
        self.sides().leave(inside);
        Ok(found)
    }

    /// The changes of the block that a dynamic runs before and after.
    fn inner(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        index: u32,
        changes: &Changes,
        marked: Marked,
    ) -> Result<Found<Self::Change>> {
        let changes: Vec<(u32, &Change)> = changes.iter().map(|(index, change)| (*index, change)).collect();
        self.enter(old, new, index, |walk, old, new| walk.block(old, new, &changes, marked))
    }
}

/// Where a dynamic stands that calls lead to.
enum At {
    Inside,
    Outside,
    /// An edge of the live region stands in it.
    Edge,
}

fn place(layout: &Layout, calls: &[u32]) -> At {
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

/// The changes of two parts.
pub(super) fn both<C>(a: Found<C>, b: Found<C>) -> Found<C> {
    let (mut a, b) = (a?, b?);
    a.extend(b);
    Some(a)
}
