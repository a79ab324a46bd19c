//! What a page keeps of what it showed, besides its data.
//!
//! A place that only data decides keeps nothing: what it showed is evaluated again from the old data when that is asked for.
//! Kept are, for every range, the ids that the page made up itself, which keys are taken, and the lengths of the items; and what
//! opaque steps showed.

use super::node::{BlockTree, Dynamic, Item, RangeTree, Tree};
use super::program::BlockId;
use super::reads::StepReads;
use super::set::PageProgram;
use crate::memory::{COUNTS, Memory};
use crate::value::List;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What is kept of a block: of parts that hold ranges or opaque steps, by the index of their dynamic, ascending.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockState(Vec<(u32, PartState)>);

#[derive(Clone, Debug)]
pub(crate) enum PartState {
    Block(Arc<BlockState>),
    Range(Arc<RangeState>),
    /// All that an opaque step showed.
    Shown(Dynamic),
}

/// What is kept of a range.
#[derive(Clone, Debug)]
pub(crate) struct RangeState {
    pub rows: List<Row>,
    /// Hashes of the keys that items have, ascending.
    pub keys: List<u64>,
    /// Whether two items have the same key, so that ids are not keys.
    pub repeated: bool,
    /// What stands for an empty list.
    otherwise: Option<Arc<BlockState>>,
}

/// What is kept of an item.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The number that the page gave an item without a key; 0 for one with a key.
    pub made: u64,
    /// Length of its HTML in bytes.
    pub len: u32,
    pub inner: Option<Arc<BlockState>>,
}

impl BlockState {
    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(page: &PageProgram, block: BlockId, children: &[Dynamic]) -> BlockState {
        let steps = page.program.block(block).steps.iter().zip(page.reads.block(block));
        let dynamics = steps.filter(|(step, _)| step.is_dynamic()).zip(children).enumerate();
        let kept = dynamics.filter(|(_, ((_, reads), _))| reads.is_kept);
        let part = |(index, ((_, reads), child)): (usize, ((_, &StepReads), &Dynamic))| {
            Some((index as u32, PartState::of(page, reads, child)?))
        };
        BlockState(kept.filter_map(part).collect())
    }

    /// What is kept of a block inside another, if that is anything.
    fn of_inner(page: &PageProgram, block: BlockId, children: &[Dynamic]) -> Option<Arc<BlockState>> {
        let state = BlockState::of(page, block, children);
        (!state.is_empty()).then(|| Arc::new(state))
    }

    pub fn of_tree(page: &PageProgram, tree: &Tree) -> BlockState {
        BlockState::of(page, tree.root.block, &tree.root.children)
    }

    /// The part at an index.
    pub fn part(&self, index: u32) -> Option<&PartState> {
        self.0.binary_search_by_key(&index, |(i, _)| *i).ok().map(|at| &self.0[at].1)
    }

    /// Sets the part at an index.
    pub fn set(&mut self, index: u32, part: Option<PartState>) {
        match (self.0.binary_search_by_key(&index, |(i, _)| *i), part) {
            (Ok(at), Some(part)) => self.0[at].1 = part,
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(part)) => self.0.insert(at, (index, part)),
            (Err(_), None) => {}
        }
    }

    /// Gives items without a key the ids they have, and puts what opaque steps showed in its place. The tree was just built, without
    /// opaque steps.
    pub fn restore(&self, tree: &mut Tree) {
        self.restore_block(&mut tree.root);
    }

    fn restore_block(&self, block: &mut Arc<BlockTree>) {
        if let Some(block) = Arc::get_mut(block) {
            self.restore_children(&mut block.children);
            block.settle();
        }
    }

    fn restore_children(&self, children: &mut [Dynamic]) {
        for (index, part) in &self.0 {
            if let Some(child) = children.get_mut(*index as usize) {
                part.restore(child);
            }
        }
    }
}

impl PartState {
    /// What is kept of what a step showed.
    pub fn of(page: &PageProgram, reads: &StepReads, dynamic: &Dynamic) -> Option<PartState> {
        if reads.opaque.is_some() {
            return Some(PartState::Shown(dynamic.clone()));
        }
        stacker::maybe_grow(64 << 10, 1 << 20, || match dynamic {
            Dynamic::Block(tree) => {
                BlockState::of_inner(page, tree.block, &tree.children).map(PartState::Block)
            }
            Dynamic::Range(range) => Some(PartState::Range(Arc::new(RangeState::of(page, range)))),
            Dynamic::Empty | Dynamic::Text(_) => None,
        })
    }

    /// [`BlockState::restore`]. The tree was just built, so nothing shares its parts.
    pub fn restore(&self, dynamic: &mut Dynamic) {
        stacker::maybe_grow(64 << 10, 1 << 20, || match (self, dynamic) {
            (PartState::Shown(shown), dynamic) => *dynamic = shown.clone(),
            (PartState::Block(state), Dynamic::Block(tree)) => state.restore_block(tree),
            (PartState::Range(state), Dynamic::Range(range)) => {
                let Some(range) = Arc::get_mut(range) else { return };
                for (item, row) in range.items.iter_mut().zip(&state.rows) {
                    row.restore(item);
                }
                if let (Some(state), Some(Dynamic::Block(tree))) = (&state.otherwise, &mut range.otherwise) {
                    state.restore_block(tree);
                }
            }
            _ => {}
        });
    }
}

impl BlockState {
    /// Adds what a block's state holds.
    pub fn measure(self: &Arc<BlockState>, memory: &mut Memory) {
        if !memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<BlockState>()) {
            return;
        }
        memory.add(self.0.capacity() * size_of::<(u32, PartState)>());
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            for (_, part) in &self.0 {
                match part {
                    PartState::Block(inner) => inner.measure(memory),
                    PartState::Range(range) => range.measure(memory),
                    PartState::Shown(dynamic) => dynamic.measure(memory),
                }
            }
        });
    }
}

impl RangeState {
    fn measure(self: &Arc<RangeState>, memory: &mut Memory) {
        if !memory.add_shared(Arc::as_ptr(self).addr(), COUNTS + size_of::<RangeState>()) {
            return;
        }
        let inner = |inner: &Option<Arc<BlockState>>, memory: &mut Memory| {
            if let Some(inner) = inner {
                inner.measure(memory);
            }
        };
        self.rows.measure(memory, &|row, memory| inner(&row.inner, memory));
        self.keys.measure(memory, &|_, _| {});
        inner(&self.otherwise, memory);
    }
}

impl Drop for BlockState {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            // As deep as the tree.
            stacker::maybe_grow(32 << 10, 1 << 20, || self.0.clear());
        }
    }
}

impl RangeState {
    fn of(page: &PageProgram, range: &RangeTree) -> RangeState {
        let mut keys: Vec<u64> =
            range.items.iter().filter(|item| item.keyed).map(|item| hash(&item.id)).collect();
        keys.sort_unstable();
        RangeState {
            rows: range.items.iter().map(|item| Row::of(page, range.body, item)).collect(),
            repeated: range.repeated || keys.windows(2).any(|pair| pair[0] == pair[1]),
            keys: keys.into(),
            otherwise: match &range.otherwise {
                Some(Dynamic::Block(tree)) => BlockState::of_inner(page, tree.block, &tree.children),
                _ => None,
            },
        }
    }

    /// Whether there are items, and surely none of these among them.
    pub fn has_none_of(&self, items: &[Arc<Item>]) -> bool {
        let is_other = |item: &Arc<Item>| item.keyed && !self.has(hash(&item.id));
        !self.rows.is_empty() && items.iter().all(is_other)
    }

    fn has(&self, key: u64) -> bool {
        self.keys.get(self.place(key)) == Some(&key)
    }

    /// Frees a key.
    pub fn free(&mut self, id: &str) {
        let key = hash(id);
        if self.has(key) {
            self.keys.remove(self.place(key));
        }
    }

    /// Takes a key, if no item has it.
    pub fn take(&mut self, id: &str) -> bool {
        let key = hash(id);
        let free = !self.has(key);
        if free {
            self.keys.insert(self.place(key), key);
        }
        free
    }

    fn place(&self, key: u64) -> usize {
        let (mut low, mut high) = (0, self.keys.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.keys.get(middle) {
                Some(other) if *other < key => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The id of an item without a key.
pub(crate) fn made_id(number: u64) -> Arc<str> {
    format!("~{number}").into()
}

impl Row {
    pub fn of(page: &PageProgram, body: BlockId, item: &Item) -> Row {
        Row {
            made: if item.keyed { 0 } else { item.id[1..].parse().unwrap_or_default() },
            len: item.html_len(&page.program, body).try_into().unwrap_or(u32::MAX),
            inner: BlockState::of_inner(page, body, &item.children),
        }
    }

    /// [`BlockState::restore`].
    pub fn restore(&self, item: &mut Arc<Item>) {
        let Some(item) = Arc::get_mut(item) else { return };
        if !item.keyed {
            item.id = made_id(self.made);
        }
        if let Some(inner) = &self.inner {
            inner.restore_children(&mut item.children);
        }
    }
}
