//! A page's content, part by part: what a wire format must send of it besides what changed is found again from the data.

use super::update::element;
use super::{Runner, TreeSink};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::template::exec::{Caller, ExecOptions, Static, Val};
use crate::tree::node::{BlockTree, Dynamic, Item, RangeTree, Tree, child};
use crate::tree::program::{BlockId, Range, Step};
use crate::tree::retained::{BlockState, PartState, RangeState};
use crate::tree::set::PageProgram;
use crate::value::Value;
use std::sync::Arc;

/// Looks into what a page shows.
///
/// Parts are evaluated when they are asked for, with the variables of the place where the view is: what is asked of a node must be
/// of the block that was entered last, or of the item that was asked for last.
pub(crate) struct View<'a, 's> {
    page: &'a PageProgram,
    runner: Runner<'a, 's, TreeSink>,
}

/// What a view writes to while it evaluates.
#[derive(Default)]
pub(crate) struct ViewBuffer(TreeSink);

/// A block that the page shows.
pub(crate) struct Node<'a>(Inner<'a>);

enum Inner<'a> {
    /// Found from the data.
    Data {
        block: BlockId,
        dot: Val<'a>,
        state: Arc<BlockState>,
    },
    Block(Arc<BlockTree>),
    Item(BlockId, Arc<Item>),
}

/// A block that a view went into.
pub(crate) struct Entered<'a> {
    pub node: Node<'a>,
    caller: Option<Caller<'a>>,
}

/// The items of a range that the page shows.
pub(crate) struct Items<'a>(Rows<'a>);

enum Rows<'a> {
    Data { range: &'a Range, list: Val<'a>, state: Arc<RangeState> },
    Tree(Arc<RangeTree>),
}

impl Node<'_> {
    pub fn block(&self) -> BlockId {
        match &self.0 {
            Inner::Data { block, .. } | Inner::Item(block, _) => *block,
            Inner::Block(tree) => tree.block,
        }
    }
}

impl<'a, 's> View<'a, 's> {
    pub fn new(
        page: &'a PageProgram,
        options: ExecOptions,
        cancel: Option<&'a Cancel>,
        data: &'a Value,
        buffer: &'s mut ViewBuffer,
    ) -> Result<View<'a, 's>> {
        let options = ExecOptions { limits: options.limits.of_shown(), ..options };
        let mut runner = Runner::new(&page.program, options, cancel, data, &mut buffer.0)?;
        runner.without_opaque = Some(&page.reads);
        Ok(View { page, runner })
    }

    /// The page's outermost block, of its data and what was kept of it.
    pub fn root(&self, data: &'a Value, state: &Arc<BlockState>) -> Node<'a> {
        Node(Inner::Data {
            block: self.page.program.entry().root,
            dot: Val::root(data),
            state: state.clone(),
        })
    }

    /// The page's outermost block, of its tree.
    pub fn root_of(&self, tree: &Tree) -> Node<'a> {
        Node(Inner::Block(tree.root.clone()))
    }

    /// All that the block shows.
    pub fn whole(&mut self, node: &Node<'a>) -> Result<Vec<Dynamic>> {
        let count = self.page.program.block(node.block()).statics.len() - 1;
        self.dynamics(node, 0..count as u32)
    }

    /// All that a dynamic of the block shows.
    pub fn dynamic(&mut self, node: &Node<'a>, index: u32) -> Result<Dynamic> {
        Ok(self.dynamics(node, index..index + 1)?.pop().unwrap_or(Dynamic::Empty))
    }

    /// All that dynamics of the block show, which follow one another.
    pub fn dynamics(&mut self, node: &Node<'a>, indices: std::ops::Range<u32>) -> Result<Vec<Dynamic>> {
        let (block, dot, state) = match &node.0 {
            Inner::Data { block, dot, state } => (*block, dot, state),
            Inner::Block(tree) => return Ok(indices.map(|index| child(&tree.children, index)).collect()),
            Inner::Item(_, item) => return Ok(indices.map(|index| child(&item.children, index)).collect()),
        };
        let mut found = Vec::with_capacity(indices.len());
        let mut done = 0;
        for index in indices {
            if let Some(PartState::Shown(shown)) = state.part(index) {
                found.push(shown.clone());
                continue;
            }
            let Some(step) = self.prepare(block, dot, index, &mut done)? else {
                found.push(Dynamic::Empty);
                continue;
            };
            let mut dynamic = self.runner.dynamic(step, dot)?;
            if let Some(part) = state.part(index) {
                part.restore(&mut dynamic);
            }
            found.push(dynamic);
        }
        Ok(found)
    }

    /// Goes into the branch or call that a dynamic shows, until [`View::leave`]; `None` when it shows none.
    pub fn enter(&mut self, node: &Node<'a>, index: u32) -> Result<Option<Entered<'a>>> {
        let (block, dot, state) = match &node.0 {
            Inner::Data { block, dot, state } if !matches!(state.part(index), Some(PartState::Shown(_))) => {
                (*block, dot, state)
            }
            _ => {
                return Ok(match self.dynamic(node, index)? {
                    Dynamic::Block(tree) => Some(Entered { node: Node(Inner::Block(tree)), caller: None }),
                    _ => None,
                });
            }
        };
        let state = match state.part(index) {
            Some(PartState::Block(inner)) => inner.clone(),
            _ => Arc::default(),
        };
        let node = |block, dot| Node(Inner::Data { block, dot, state });
        Ok(match self.prepare(block, dot, index, &mut 0)? {
            Some(Step::Condition(condition)) => {
                let branch = self.runner.branch(condition, dot)?;
                branch.map(|(block, dot)| Entered { node: node(block, dot), caller: None })
            }
            Some(Step::Call(call)) => {
                let root = self.page.program.templates[call.template as usize].root;
                let (caller, dot) = self.runner.enter(call, dot)?;
                Some(Entered { node: node(root, dot), caller: Some(caller) })
            }
            Some(Step::Rest(block)) => Some(Entered { node: node(*block, dot.clone()), caller: None }),
            _ => None,
        })
    }

    /// Goes back to where [`View::enter`] was called.
    pub fn leave(&mut self, entered: Entered<'a>) {
        if let Some(caller) = entered.caller {
            self.runner.leave(caller);
        }
    }

    /// The items of the range that a dynamic shows; `None` when it is no range.
    pub fn items(&mut self, node: &Node<'a>, index: u32) -> Result<Option<Items<'a>>> {
        if let Inner::Data { block, dot, state } = &node.0
            && let Some(PartState::Range(kept)) = state.part(index)
            && let Some(Step::Range(range)) = self.prepare(*block, dot, index, &mut 0)?
        {
            self.runner.eval.at(range.site);
            let list = self.runner.eval.pipeline(&range.pipe, dot)?;
            if matches!(list.get(), Value::List(list) if list.len() == kept.rows.len()) && !kept.repeated {
                return Ok(Some(Items(Rows::Data { range, list, state: kept.clone() })));
            }
        }
        Ok(match self.dynamic(node, index)? {
            Dynamic::Range(range) => Some(Items(Rows::Tree(range))),
            _ => None,
        })
    }

    /// An item of a range, with its id; `None` when there is none.
    pub fn item(&mut self, items: &Items<'a>, at: usize) -> Result<Option<(Node<'a>, Arc<str>)>> {
        match &items.0 {
            Rows::Tree(range) => {
                let item = range.items.get(at);
                Ok(item.map(|item| (Node(Inner::Item(range.body, item.clone())), item.id.clone())))
            }
            Rows::Data { range, list, state } => {
                let Some(row) = state.rows.get(at) else { return Ok(None) };
                let dot = element(list, at);
                let index = Val::Owned(Value::Int(at as i64), Static::Own);
                self.runner.begin_item(range, &index, &dot);
                let id = self.runner.item_id(range, &dot, row.made)?;
                let state = row.inner.clone().unwrap_or_default();
                Ok(Some((Node(Inner::Data { block: range.body, dot, state }), id)))
            }
        }
    }

    /// Sets the variables that are set before a dynamic of the block. Gives its step. `done` counts the sets, of which those before
    /// the last dynamic are not done again.
    fn prepare(
        &mut self,
        block: BlockId,
        dot: &Val<'a>,
        index: u32,
        done: &mut usize,
    ) -> Result<Option<&'a Step>> {
        let page = self.page;
        let Some((number, step)) = page.program.block(block).dynamic(index) else { return Ok(None) };
        let sets = page.program.block(block).sets().skip(*done);
        for (set, pipe) in sets.take_while(|(set, _)| *set < number) {
            *done += 1;
            if page.reads.block(block)[set].opaque.is_none() {
                self.runner.eval.pipeline(pipe, dot)?;
            }
        }
        Ok(Some(step))
    }
}
