//! What of a template stands in the live region.

use crate::escape::MarkKind;
use crate::template::ast::{List, Node, Pos};
use crate::tree::elements::Spot;
use crate::tree::markup::{self, Layout};
use crate::tree::program::{BlockId, Program};

/// Where the live region starts and ends in the order of the output. A place in it is a number for each call on the way and two
/// for the text and its offset: dynamic `n` of a block stands between its texts `n` and `n + 1`.
pub(super) struct Region<'l> {
    layout: &'l Layout,
    start: Vec<u32>,
    /// `None`: at the end of the output.
    end: Option<Vec<u32>>,
}

fn place(way: &[u32], more: &[u32]) -> Vec<u32> {
    way.iter().map(|nth| nth * 2 + 1).chain(more.iter().copied()).collect()
}

fn text((text, at): Spot) -> [u32; 2] {
    [text * 2, at]
}

impl Region<'_> {
    pub fn of(layout: &Layout) -> Region<'_> {
        let edge = |at: &markup::Place| place(&at.path, &text((at.text, at.at)));
        let body = layout.body.as_ref();
        Region {
            layout,
            start: body.map(|body| edge(&body.start)).unwrap_or_default(),
            end: body.and_then(|body| body.end.as_ref()).map(edge),
        }
    }

    /// Whether a place in the text of a block is in the region. `way` leads through calls to the block.
    pub fn has_text(&self, way: &[u32], spot: Spot) -> bool {
        self.has(&place(way, &text(spot)))
    }

    /// Whether a dynamic is in the region, if no edge stands in it. `way` leads through calls to it.
    pub fn has_dynamic(&self, way: &[u32]) -> bool {
        self.has(&place(way, &[]))
    }

    fn has(&self, place: &[u32]) -> bool {
        *self.start <= *place && self.end.as_deref().is_none_or(|end| place < end)
    }

    /// Whether an edge of the region stands in what the dynamic at the end of `way` runs.
    pub fn has_edge_in(&self, way: &[u32]) -> bool {
        let body = self.layout.body.as_ref();
        let edges = body.map(|body| &body.start).into_iter().chain(body.and_then(|body| body.end.as_ref()));
        edges.into_iter().any(|edge| edge.path.starts_with(way))
    }

    /// The template and position of the region's start tag; of the first node of the entry where there is none.
    pub fn start(program: &Program, layout: &Layout) -> (usize, Pos) {
        let tag = layout.body.as_ref().and_then(|body| {
            let tag = &body.after_name;
            let block = block_at(program, &tag.path)?;
            let mut marks = program.marks[block as usize].marks.iter();
            let is_tag = |name: &str, at: u32| at + 1 + name.len() as u32 == tag.at;
            let mark = marks.find(|mark| match &mark.kind {
                MarkKind::StartTag(name) => mark.text == tag.text && is_tag(name, mark.at),
                _ => false,
            })?;
            Some((program.template_of(block), mark.pos))
        });
        tag.unwrap_or((0, first_pos(&program.entry().code.tree.root)))
    }
}

fn first_pos(list: &List) -> Pos {
    match list.nodes.first() {
        Some(Node::If(branch) | Node::With(branch) | Node::Range(branch)) => branch.pos,
        Some(
            Node::Text { pos, .. }
            | Node::Action { pos, .. }
            | Node::Template { pos, .. }
            | Node::Break { pos, .. }
            | Node::Continue { pos, .. },
        ) => *pos,
        None => list.pos,
    }
}

/// The block that calls lead to from the entry.
pub(super) fn block_at(program: &Program, way: &[u32]) -> Option<BlockId> {
    let mut block = program.entry().root;
    for nth in way {
        let (_, step) = program.block(block).dynamic(*nth)?;
        block = step.runs(program).next()?;
    }
    Some(block)
}
