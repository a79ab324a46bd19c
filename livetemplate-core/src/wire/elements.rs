//! From a patch to changes of elements, which the formats `operations`, `turbo` and `htmx` write each in their way.

use super::html::{HtmlWriter, Marked, Written, fragment_id};
use super::{ElementWire, hashes};
use crate::diff::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::error::Result;
use crate::tree::elements::Row;
use crate::tree::markup::{Layout, Piece};
use crate::tree::node::{BlockTree, Dynamic, Item, Tree};
use crate::tree::program::{BlockId, Step};
use crate::tree::run::view::{Items, Node, View};
use crate::tree::set::PageProgram;
use std::collections::HashMap;
use std::sync::Arc;

/// A change of an element that the client has. They are made one after another.
#[derive(Debug)]
pub(crate) enum ElementChange {
    /// The element becomes this.
    Replace { id: String, content: Content },
    /// Elements come, with the white space between and around them, to a place beside one that is there.
    Insert { ids: Vec<String>, place: Beside, content: Content },
    /// An element goes to another place, with its white space. `content` is what it becomes, which may be what it is.
    Move { id: String, place: Beside, content: Content, is_changed: bool, space: (u32, u32) },
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
}

impl Content {
    /// Of one fragment with this id.
    fn of_fragment(written: Written, id: &str) -> Content {
        let is_it = written.spans.first().is_some_and(|span| span.id == id);
        Content { hash: is_it.then(|| hashes::fragment(&written, 0)), html: written.html }
    }

    /// Of what is no single fragment.
    fn of_parts(written: Written) -> Content {
        Content { html: written.html, hash: None }
    }

    /// Of the live region.
    pub fn of_region(wire: ElementWire, written: Written) -> Content {
        Content { hash: wire.has_hashes().then(|| hashes::region(&written)), html: written.html }
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
enum At {
    Inside,
    Outside,
    /// An edge of the live region stands in it.
    Edge,
}

fn place(layout: &Layout, calls: &[u32]) -> At {
    let outside = || {
        layout.before.iter().chain(&layout.after).filter_map(|piece| match piece {
            Piece::Dynamic(path) => Some(path),
            Piece::Static(_) => None,
        })
    };
    if outside().any(|path| **path == *calls) {
        At::Outside
    } else if outside().any(|path| path.starts_with(calls)) {
        At::Edge
    } else if layout.slots.iter().any(|path| **path == *calls) {
        At::Inside
    } else {
        At::Edge
    }
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
        let (mut parts, mut replaced) = (Vec::new(), Vec::new());
        for (index, change) in changes {
            match (self.change(old, new, *index, change, marked)?, marked) {
                (Some(part), _) => parts.push((*index, part)),
                (None, Marked::Root(_)) => return Ok(None),
                (None, Marked::Used) => match elements.around[*index as usize] {
                    Some(fragment) if replaced.contains(&fragment) => {}
                    Some(fragment) => replaced.push(fragment),
                    None => return Ok(None),
                },
            }
        }
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
        let is_sent = |index: u32| {
            outermost.iter().any(|at| elements.fragments[*at as usize].dynamics().contains(&index))
        };
        let mut found: Vec<ElementChange> =
            parts.into_iter().filter(|(index, _)| !is_sent(*index)).flat_map(|(_, part)| part).collect();
        for fragment in outermost {
            let mut children = Vec::new();
            for index in elements.fragments[fragment as usize].dynamics() {
                children.push(self.new.dynamic(new, index)?);
            }
            self.html.fragment(block, fragment, &children, marked);
            let Some(id) = ids.remove(&fragment) else { continue };
            let content = Content::of_fragment(self.html.take(), &id);
            found.push(ElementChange::Replace { id, content });
        }
        Ok(Some(found))
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
                let Some(row) = self.page.elements.block(patch.body).row.as_ref() else { return Ok(None) };
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
                let id = self.row_id(Which::Old, old, index, row)?;
                id.map(|id| vec![ElementChange::Remove { id, space: row.space }])
            }
            ((_, Some(a)), (Dynamic::Block(tree), Some(b))) if a.space == b.space => {
                let id = self.row_id(Which::Old, old, index, a)?;
                let written = self.branch_html(index, tree).trimmed();
                id.map(|id| {
                    let content = Content::of_fragment(written, &id);
                    vec![ElementChange::Replace { id, content }]
                })
            }
            ((Dynamic::Empty, _), (Dynamic::Block(tree), Some(row))) => {
                let Some(near) = self.page.elements.neighbour(&self.page.program, block, index) else {
                    return Ok(None);
                };
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
    row: &'a Row,
    old: &'e Items<'a>,
    new: &'e Items<'a>,
    patch: &'e RangePatch,
}

impl<'a> Rows<'_, 'a, '_> {
    fn encode(mut self) -> Result<Found> {
        let patch = self.patch;
        let (mut found, mut removed) = (Vec::new(), Vec::new());
        // How far both lists were gone through, and where items were taken.
        let (mut old_at, mut new_at) = (0, 0);
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let mut takes = 0;
        for step in &patch.steps {
            match step {
                RangeStep::Run { len, .. } => takes += len,
                RangeStep::Keep(..) | RangeStep::Remove(_) => takes += 1,
                RangeStep::Take(id) => {
                    taken.insert(id, takes);
                    takes += 1;
                }
                RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
        }
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
                RangeStep::Remove(_) => {
                    let Some(id) = self.id(Which::Old, old_at)? else { return Ok(None) };
                    removed.push(ElementChange::Remove { id, space: self.row.space });
                    old_at += 1;
                }
                RangeStep::Take(_) => old_at += 1,
                RangeStep::Place(item, changes) => {
                    let Some(from) = taken.get(&*item.id) else { return Ok(None) };
                    let (Some(id), Some(place)) = (
                        self.id(Which::Old, *from)?,
                        self.place(&patch.steps[number + 1..], old_at, new_at)?,
                    ) else {
                        return Ok(None);
                    };
                    let content = Content::of_fragment(self.html(item).trimmed(), &id);
                    let is_changed = !changes.is_empty();
                    let space = self.row.space;
                    found.push(ElementChange::Move { id, place, content, is_changed, space });
                    new_at += 1;
                }
                RangeStep::Insert(item) => {
                    let first = new_at;
                    self.encoder.html.item(patch.body, self.index, item);
                    new_at += 1;
                    while let Some((_, RangeStep::Insert(item))) =
                        steps.next_if(|(_, step)| matches!(step, RangeStep::Insert(_)))
                    {
                        self.encoder.html.item(patch.body, self.index, item);
                        new_at += 1;
                    }
                    let written = self.encoder.html.take();
                    let rest = steps.peek().map_or(&[][..], |(number, _)| &patch.steps[*number..]);
                    let Some(place) = self.place(rest, old_at, first)? else { return Ok(None) };
                    let mut ids = Vec::new();
                    for at in first..new_at {
                        let Some(id) = self.id(Which::New, at)? else { return Ok(None) };
                        ids.push(id);
                    }
                    let content = match &ids[..] {
                        [id] => Content::of_fragment(written, id),
                        _ => Content::of_parts(written),
                    };
                    found.push(ElementChange::Insert { ids, place, content });
                }
            }
        }
        // First, so that an id may come again.
        removed.extend(found);
        Ok(Some(removed))
    }

    /// What changes in an item that stays.
    fn item(&mut self, old_at: usize, new_at: usize, changes: &Changes) -> Result<Found> {
        let encoder = &mut *self.encoder;
        let (Some((old, _)), Some((new, key))) =
            (encoder.old.item(self.old, old_at)?, encoder.new.item(self.new, new_at)?)
        else {
            return Ok(None);
        };
        let changes: Vec<(u32, &Change)> = changes.iter().map(|(index, change)| (*index, change)).collect();
        let back = encoder.html.path.item(self.index, &key);
        let found = encoder.block(&old, &new, &changes, Marked::in_row(Some(self.row)))?;
        encoder.html.path.back(back);
        if found.is_some() {
            return Ok(found);
        }
        let Some(id) = self.id(Which::Old, old_at)? else { return Ok(None) };
        let encoder = &mut *self.encoder;
        let Some((new, key)) = encoder.new.item(self.new, new_at)? else { return Ok(None) };
        let children = encoder.new.whole(&new)?;
        let mut item = Item::default();
        (item.id, item.children) = (key, children);
        let content = Content::of_fragment(self.html(&item).trimmed(), &id);
        Ok(Some(vec![ElementChange::Replace { id, content }]))
    }

    /// Where the item at `new_at` comes: after the one before it, which is there by then, or before the first that stays.
    fn place(&mut self, rest: &[RangeStep], mut old_at: usize, new_at: usize) -> Result<Option<Beside>> {
        let (before, after) = self.row.space;
        if let Some(at) = new_at.checked_sub(1) {
            let id = self.id(Which::New, at)?;
            return Ok(id.map(|id| Beside { id, is_after: true, gap: after }));
        }
        for step in rest {
            match step {
                RangeStep::Run { .. } | RangeStep::Keep(..) => {
                    let id = self.id(Which::Old, old_at)?;
                    return Ok(id.map(|id| Beside { id, is_after: false, gap: before }));
                }
                RangeStep::Remove(_) | RangeStep::Take(_) => old_at += 1,
                RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
        }
        Ok(None)
    }

    /// The id of an item's element.
    fn id(&mut self, which: Which, at: usize) -> Result<Option<String>> {
        let items = match which {
            Which::Old => self.old,
            Which::New => self.new,
        };
        let encoder = &mut *self.encoder;
        let Some((node, key)) = encoder.view(which).item(items, at)? else { return Ok(None) };
        let back = encoder.html.path.item(self.index, &key);
        let id = encoder.id_through_calls(which, &node, &self.row.calls, self.row.fragment);
        encoder.html.path.back(back);
        id
    }

    fn html(&mut self, item: &Item) -> Written {
        self.encoder.html.item(self.patch.body, self.index, item);
        self.encoder.html.take()
    }
}
