//! Shapes: what blocks made of HTML have in common, and the program they make.

use super::write;
use crate::escape::{Mark, MarkKind};
use crate::tree::markup::{BlockMarks, Body, BodyId, Layout, Piece, Place};
use crate::tree::program::{Block, BlockId, Given, Program, Step};
use html5ever::{Attribute, LocalName, QualName};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The block of the whole page. In its places stand what comes before the content of `<html>`, the head, the attributes of
/// `<body>`, the live region, and what comes after `</body>`.
pub(super) const PAGE: BlockId = 0;

/// The place of the live region.
pub(super) const REGION: u32 = 3;

/// The block of items that do not have one shape: what they are stands in their only place.
pub(super) const WRAPPER: BlockId = 1;

/// How many blocks are no shapes.
const FIXED: usize = 2;

/// A piece of a shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// White space that is always there.
    Space(Box<str>),
    /// A place for text, in content.
    Text,
    /// A start tag; its attributes stand in the plan.
    Start {
        name: LocalName,
        /// Whether it has an `id`, which is always a place of its own.
        has_id: bool,
        /// Whether it has neither content nor an end tag.
        is_void: bool,
    },
    End(LocalName),
    /// A place for items.
    List,
}

/// Which attributes of an element have places of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attributes {
    /// Those that are always there: a place for the value of each.
    pub names: Vec<QualName>,
    /// One place for all others.
    pub rest: bool,
}

impl Attributes {
    /// Whether an element's attributes have their places.
    pub fn fit(&self, attributes: &[Attribute]) -> bool {
        let has = |name: &QualName| attributes.iter().any(|a| a.name == *name);
        self.names.iter().all(has) && (self.rest || self.names.len() == attributes.len())
    }

    /// Makes places for an element's attributes too.
    pub fn widen(&mut self, attributes: &[Attribute]) {
        self.names.retain(|name| attributes.iter().any(|a| a.name == *name));
        self.rest = true;
    }
}

/// A shape: its pieces, and the attributes of the elements that start in it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub ops: Vec<Op>,
    pub plan: Vec<Attributes>,
}

/// All shapes of a page, by the blocks they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes {
    all: Vec<Option<Arc<Shape>>>,
    blocks: HashMap<Arc<Shape>, BlockId>,
}

impl Shapes {
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The shape of a block; `None` for those that have none.
    pub fn get(&self, block: BlockId) -> Option<&Arc<Shape>> {
        self.all.get((block as usize).checked_sub(FIXED)?)?.as_ref()
    }

    pub fn find(&self, shape: &Shape) -> Option<BlockId> {
        self.blocks.get(shape).copied()
    }

    /// Adds a shape that is not known, under a number that none has.
    pub fn add(&mut self, shape: Arc<Shape>) -> BlockId {
        let free = match self.all.len() == self.len() {
            true => None,
            false => self.all.iter().position(Option::is_none),
        };
        let at = free.unwrap_or_else(|| {
            self.all.push(None);
            self.all.len() - 1
        });
        self.all[at] = Some(shape.clone());
        let block = (at + FIXED) as BlockId;
        self.blocks.insert(shape, block);
        block
    }

    /// Lets go of all shapes but those of these blocks.
    pub fn keep(&mut self, used: &HashSet<BlockId>) {
        self.blocks.retain(|_, block| used.contains(block));
        for (at, shape) in self.all.iter_mut().enumerate() {
            if !used.contains(&((at + FIXED) as BlockId)) {
                *shape = None;
            }
        }
    }

    /// The program with a block for each shape.
    pub fn program(&self) -> Program {
        let fixed = [Draft::page(), Draft::wrapper()].into_iter();
        let of_shape = |shape: &Option<Arc<Shape>>| shape.as_deref().map(Draft::of).unwrap_or_default();
        let (blocks, marks) = fixed.chain(self.all.iter().map(of_shape)).map(Draft::finish).unzip();
        Program::of_blocks(blocks, marks)
    }
}

/// How the page divides into what stands before, in and after its live region. `id` is that of `<body>`.
pub(super) fn layout(id: Option<&str>) -> Layout {
    let dynamic = |at: u32| Piece::Dynamic([at].into());
    let literal = |text: &[u8]| Piece::Static(text.into());
    let place = |text, at: usize| Place { path: [].into(), text, at: at as u32 };
    let body = Body {
        after_name: place(2, BODY.len()),
        start: place(3, 1),
        end: Some(place(4, 0)),
        id: id.map_or(BodyId::None, |id| BodyId::Literal(id.as_bytes().into())),
    };
    Layout {
        body: Some(body),
        before: vec![dynamic(0), dynamic(1), literal(BODY.as_bytes()), dynamic(2), literal(b">")],
        statics: vec![b""[..].into(), b""[..].into()],
        slots: vec![[REGION].into()],
        after: vec![literal(b"</body>"), dynamic(4)],
    }
}

const BODY: &str = "<body";

/// A block under construction.
#[derive(Default)]
struct Draft {
    statics: Vec<Arc<[u8]>>,
    steps: Vec<Step>,
    marks: BlockMarks,
    text: String,
}

impl Draft {
    /// [`PAGE`]
    fn page() -> Draft {
        let mut draft = Draft::default();
        draft.place(Given::Inner);
        draft.place(Given::Inner);
        draft.text.push_str(BODY);
        draft.place(Given::Inner);
        draft.text.push('>');
        draft.place(Given::Inner);
        draft.text.push_str("</body>");
        draft.place(Given::Inner);
        draft
    }

    /// [`WRAPPER`]
    fn wrapper() -> Draft {
        let mut draft = Draft::default();
        draft.place(Given::Inner);
        draft
    }

    fn of(shape: &Shape) -> Draft {
        let mut draft = Draft::default();
        let mut plan = shape.plan.iter();
        for op in &shape.ops {
            match op {
                Op::Space(text) => draft.text.push_str(text),
                Op::Text => draft.place(Given::Text),
                Op::List => draft.place(Given::Inner),
                Op::Start { name, .. } => draft.start(name, plan.next()),
                Op::End(name) => {
                    draft.mark(MarkKind::EndTag((**name).into()));
                    draft.text.push_str("</");
                    draft.text.push_str(name);
                    draft.text.push('>');
                    draft.mark(MarkKind::EndTagEnd);
                }
            }
        }
        draft
    }

    fn start(&mut self, name: &LocalName, attributes: Option<&Attributes>) {
        self.mark(MarkKind::StartTag((**name).into()));
        self.text.push('<');
        self.text.push_str(name);
        for name in attributes.iter().flat_map(|attributes| &attributes.names) {
            let name = write::attribute_name(name);
            self.text.push(' ');
            self.mark(MarkKind::Attr(name.as_str().into()));
            self.text.push_str(&name);
            self.text.push_str("=\"");
            self.mark(MarkKind::AttrValue);
            self.place(Given::Text);
            self.mark(MarkKind::AttrValueEnd);
            self.text.push('"');
        }
        if attributes.is_some_and(|attributes| attributes.rest) {
            self.place(Given::Inner);
        }
        self.text.push('>');
        self.mark(MarkKind::StartTagEnd { self_closing: false });
    }

    fn mark(&mut self, kind: MarkKind) {
        let mark = Mark { at: self.text.len() as u32, pos: 0, kind };
        self.marks.add(self.statics.len() as u32, 0, &[mark]);
    }

    fn place(&mut self, given: Given) {
        self.statics.push(std::mem::take(&mut self.text).into_bytes().into());
        self.steps.push(Step::Given(given));
    }

    fn finish(mut self) -> (Block, BlockMarks) {
        self.statics.push(self.text.into_bytes().into());
        (Block::new(self.statics, self.steps, false), self.marks)
    }
}
