//! The render tree: what the dynamic places of a program gave for one state of the data.
//!
//! Static text is not in it; parts are shared by `Arc`, so a patch can hold what it sends.

use super::markup::{Layout, Piece};
use super::program::{BlockId, Program};
use crate::memory::{COUNTS, Memory};
use crate::value::{Text, Value};
use std::sync::Arc;

/// What one dynamic place holds.
#[derive(Clone, Debug)]
pub(crate) enum Dynamic {
    /// A condition without output.
    Empty,
    /// A value, escaped for its place.
    Text(Text),
    /// A branch or call that was run.
    Block(Arc<BlockTree>),
    Range(Arc<RangeTree>),
}

#[derive(Debug)]
pub(crate) struct BlockTree {
    pub block: BlockId,
    pub children: Vec<Dynamic>,
    /// Whether a range is among the children or in a block of theirs.
    pub holds_range: bool,
}

#[derive(Debug)]
pub(crate) struct RangeTree {
    /// The block of every item.
    pub body: BlockId,
    pub items: Vec<Arc<Item>>,
    /// Whether two items have the same key.
    pub repeated: bool,
    /// What `else` gave; only when there are no items.
    pub otherwise: Option<Dynamic>,
}

#[derive(Debug, Default)]
pub(crate) struct Item {
    /// Unique in its range.
    pub id: Arc<str>,
    /// Whether the id comes from the item itself; else the page made it up when the item first appeared.
    pub keyed: bool,
    /// The item's data, by which items without a key are matched.
    pub data: Value,
    pub children: Vec<Dynamic>,
}

/// One of a block's children; those that are not there are empty.
pub(crate) fn child(children: &[Dynamic], index: u32) -> Dynamic {
    children.get(index as usize).cloned().unwrap_or(Dynamic::Empty)
}

/// The tree of a whole page.
#[derive(Debug)]
pub(crate) struct Tree {
    pub root: Arc<BlockTree>,
}

impl Tree {
    /// The dynamic at `path`, which leads through calls.
    pub fn at(&self, path: &[u32]) -> Option<&Dynamic> {
        let (last, calls) = path.split_last()?;
        let mut block = &*self.root;
        for index in calls {
            match block.children.get(*index as usize) {
                Some(Dynamic::Block(inner)) => block = inner,
                _ => return None,
            }
        }
        block.children.get(*last as usize)
    }

    /// Appends the page's HTML, with `open` and `close` around the live region.
    pub fn write_page(&self, program: &Program, layout: &Layout, open: &str, close: &str, out: &mut Vec<u8>) {
        self.write_pieces(program, &layout.before, out);
        out.extend_from_slice(open.as_bytes());
        for (i, text) in layout.statics.iter().enumerate() {
            out.extend_from_slice(text);
            if let Some(dynamic) = layout.slots.get(i).and_then(|path| self.at(path)) {
                dynamic.write_html(program, out);
            }
        }
        out.extend_from_slice(close.as_bytes());
        self.write_pieces(program, &layout.after, out);
    }

    fn write_pieces(&self, program: &Program, pieces: &[Piece], out: &mut Vec<u8>) {
        for piece in pieces {
            match piece {
                Piece::Static(text) => out.extend_from_slice(text),
                Piece::Dynamic(path) => {
                    if let Some(dynamic) = self.at(path) {
                        dynamic.write_html(program, out);
                    }
                }
            }
        }
    }
}

impl Item {
    /// Length of the HTML in bytes, for the item of a range with this body.
    pub fn html_len(&self, program: &Program, body: BlockId) -> usize {
        let mut len = 0;
        visit_block(program, body, &self.children, &mut |text| len += text.len());
        len
    }
}

impl Dynamic {
    /// Length of the HTML in bytes.
    pub fn html_len(&self, program: &Program) -> usize {
        let mut len = 0;
        self.visit_html(program, &mut |text| len += text.len());
        len
    }

    /// Appends the HTML.
    pub fn write_html(&self, program: &Program, out: &mut Vec<u8>) {
        self.visit_html(program, &mut |text| out.extend_from_slice(text));
    }

    /// Gives the HTML piece by piece.
    fn visit_html(&self, program: &Program, visit: &mut dyn FnMut(&[u8])) {
        match self {
            Dynamic::Empty => {}
            Dynamic::Text(text) => visit(text.as_bytes()),
            Dynamic::Block(tree) => visit_block(program, tree.block, &tree.children, visit),
            Dynamic::Range(range) => {
                for item in &range.items {
                    visit_block(program, range.body, &item.children, visit);
                }
                if let Some(otherwise) = &range.otherwise {
                    otherwise.visit_html(program, visit);
                }
            }
        }
    }
}

impl Tree {
    /// Adds what the tree holds.
    pub fn measure(self: &Arc<Tree>, memory: &mut Memory) {
        if memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<Tree>()) {
            self.root.measure(memory);
        }
    }
}

impl BlockTree {
    fn measure(self: &Arc<BlockTree>, memory: &mut Memory) {
        if memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<BlockTree>()) {
            measure_all(&self.children, memory);
        }
    }
}

fn measure_all(dynamics: &Vec<Dynamic>, memory: &mut Memory) {
    memory.add(dynamics.capacity() * size_of::<Dynamic>());
    dynamics.iter().for_each(|dynamic| dynamic.measure(memory));
}

impl Dynamic {
    /// Adds what it holds.
    pub fn measure(&self, memory: &mut Memory) {
        stacker::maybe_grow(64 << 10, 1 << 20, || match self {
            Dynamic::Empty => {}
            Dynamic::Text(text) => text.measure(memory),
            Dynamic::Block(block) => block.measure(memory),
            Dynamic::Range(range) => range.measure(memory),
        });
    }
}

impl RangeTree {
    fn measure(self: &Arc<RangeTree>, memory: &mut Memory) {
        if !memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<RangeTree>()) {
            return;
        }
        memory.add(self.items.capacity() * size_of::<Arc<Item>>());
        for item in &self.items {
            if memory.add_shared(Arc::as_ptr(item).addr(), COUNTS + size_of::<Item>()) {
                memory.add_shared(item.id.as_ptr().addr(), COUNTS + item.id.len());
                item.data.measure(memory);
                measure_all(&item.children, memory);
            }
        }
        if let Some(otherwise) = &self.otherwise {
            otherwise.measure(memory);
        }
    }
}

fn visit_block(program: &Program, block: BlockId, children: &[Dynamic], visit: &mut dyn FnMut(&[u8])) {
    stacker::maybe_grow(64 << 10, 1 << 20, || {
        for (i, text) in program.block(block).statics.iter().enumerate() {
            visit(text);
            if let Some(child) = children.get(i) {
                child.visit_html(program, visit);
            }
        }
    });
}

/// Trees nest as deeply as templates call each other, so they are dropped on a stack that grows.
fn drop_deep<T>(parts: &mut Vec<T>) {
    if !parts.is_empty() {
        stacker::maybe_grow(32 << 10, 1 << 20, || parts.clear());
    }
}

impl Drop for BlockTree {
    fn drop(&mut self) {
        drop_deep(&mut self.children);
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        drop_deep(&mut self.children);
    }
}

impl BlockTree {
    pub fn new(block: BlockId, children: Vec<Dynamic>) -> BlockTree {
        let mut tree = BlockTree { block, children, holds_range: false };
        tree.settle();
        tree
    }

    /// Finds out whether it holds a range, when its children may have changed.
    pub fn settle(&mut self) {
        // Asked of the children only: to ask all the way down at every level would cost the square of the depth.
        self.holds_range = self.children.iter().any(|child| match child {
            Dynamic::Empty | Dynamic::Text(_) => false,
            Dynamic::Block(tree) => tree.holds_range,
            Dynamic::Range(_) => true,
        });
    }

    /// Length of the HTML in bytes.
    pub fn html_len(&self, program: &Program) -> usize {
        let mut len = 0;
        visit_block(program, self.block, &self.children, &mut |text| len += text.len());
        len
    }
}
