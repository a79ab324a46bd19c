//! What the markup in the static text says: item keys and the live region.

use super::elements;
use super::program::{Block, BlockId, KeyPart, KeyPath, Program, Step};
use crate::error::{Code, Error, Result};
use crate::escape::{Mark, MarkKind};
use crate::template::ast::Pos;
use std::sync::Arc;

/// The markup in one block's static texts, in order.
#[derive(Debug, Default)]
pub(crate) struct BlockMarks {
    pub(super) marks: Vec<BlockMark>,
}

#[derive(Debug)]
pub(super) struct BlockMark {
    /// Which static text.
    pub text: u32,
    /// Offset in it.
    pub at: u32,
    /// Where it stands in the template's source.
    pub pos: Pos,
    pub kind: MarkKind,
}

impl BlockMarks {
    pub fn add(&mut self, text: u32, offset: u32, marks: &[Mark]) {
        let placed = |m: &Mark| BlockMark { text, at: offset + m.at, pos: m.pos, kind: m.kind.clone() };
        self.marks.extend(marks.iter().map(placed));
    }

    /// Whether there are tags, or parts of them.
    pub fn has_tags(&self) -> bool {
        self.marks.iter().any(|mark| {
            use MarkKind::{EndTag, EndTagEnd, StartTag, StartTagEnd};
            matches!(mark.kind, StartTag(_) | StartTagEnd { .. } | EndTag(_) | EndTagEnd)
        })
    }
}

/// Elements without content and end tag (HTML standard, section 13.1.2).
pub(crate) const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Attributes that may carry an item's key, the first found wins.
pub(crate) const KEY_ATTRIBUTES: [&str; 4] = ["data-key", "data-lvt-key", "lvt-key", "id"];

/// Where the key of a range's items stands: the value of a key attribute on the body's only, unconditional root element.
///
/// An attribute whose value is the same in every item is no key.
pub(crate) fn key_path(program: &Program, body: BlockId) -> Option<KeyPath> {
    let mut calls = Vec::new();
    let mut block = body;
    // A body that is one call has its root element in the called template.
    while let Some(template) = only_call(program.block(block)) {
        if calls.len() >= 64 {
            return None;
        }
        calls.push(0);
        block = program.templates[template as usize].root;
    }
    let marks = &program.marks[block as usize].marks;
    let start_tag = root_element(program, block)?;
    KEY_ATTRIBUTES.iter().find_map(|name| {
        let parts = attribute(program.block(block), &start_tag, marks, name)?;
        parts
            .iter()
            .any(|p| matches!(p, KeyPart::Dynamic(_)))
            .then_some(KeyPath { calls: calls.clone(), parts })
    })
}

pub(super) fn only_call(block: &Block) -> Option<u32> {
    let blank = block.statics.iter().all(|s| s.trim_ascii().is_empty());
    let mut dynamics = block.steps.iter().filter(|s| s.is_dynamic());
    match (dynamics.next(), dynamics.next()) {
        (Some(Step::Call(call)), None) if blank => Some(call.template),
        _ => None,
    }
}

/// The marks of the start tag of the block's only root element.
fn root_element(program: &Program, block: BlockId) -> Option<std::ops::Range<usize>> {
    let marks = &program.marks[block as usize].marks;
    let statics = &program.block(block).statics;
    let mut open: Vec<&str> = Vec::new();
    let mut root: Option<std::ops::Range<usize>> = None;
    // Where the next byte outside every element stands, while there is no element open.
    let mut outside = Some((0u32, 0u32));
    let mut current = "";
    for (i, mark) in marks.iter().enumerate() {
        match &mark.kind {
            MarkKind::StartTag(name) => {
                if let Some(from) = outside.take() {
                    if root.is_some() || !blank_between(statics, from, (mark.text, mark.at)) {
                        return None;
                    }
                    root = Some(i..marks.len());
                }
                current = name;
            }
            MarkKind::StartTagEnd { .. } => {
                if let (Some(range), true) = (&mut root, open.is_empty()) {
                    range.end = i;
                }
                if !VOID.contains(&current) {
                    open.push(current);
                } else if open.is_empty() {
                    outside = Some((mark.text, mark.at));
                }
            }
            MarkKind::EndTag(name) => match open.iter().rposition(|n| *n == &**name) {
                Some(depth) => open.truncate(depth),
                // Closes something that was opened outside the item.
                None => return None,
            },
            MarkKind::EndTagEnd if open.is_empty() => outside = Some((mark.text, mark.at)),
            _ => {}
        }
    }
    let last = statics.len().checked_sub(1)?;
    if let Some(from) = outside {
        let end = (last as u32, statics[last].len() as u32);
        if !blank_between(statics, from, end) {
            return None;
        }
    }
    root
}

/// Whether only white space, and no dynamic, stands between two places.
fn blank_between(statics: &[Arc<[u8]>], from: (u32, u32), to: (u32, u32)) -> bool {
    from.0 == to.0
        && statics[from.0 as usize]
            .get(from.1 as usize..to.1 as usize)
            .is_some_and(|text| text.trim_ascii().is_empty())
}

/// The parts of an attribute's value in the start tag that `tag` marks.
pub(super) fn attribute(
    block: &Block,
    tag: &std::ops::Range<usize>,
    marks: &[BlockMark],
    name: &str,
) -> Option<Vec<KeyPart>> {
    let marks = marks.get(tag.clone())?;
    let attr = marks.iter().position(|m| matches!(&m.kind, MarkKind::Attr(n) if **n == *name))?;
    value(block, marks, attr)
}

/// The parts of the value of the attribute that this mark of a start tag names.
pub(super) fn value(block: &Block, marks: &[BlockMark], attr: usize) -> Option<Vec<KeyPart>> {
    let (value, end) = (marks.get(attr + 1)?, marks.get(attr + 2)?);
    if !matches!(value.kind, MarkKind::AttrValue) || !matches!(end.kind, MarkKind::AttrValueEnd) {
        return None;
    }
    let mut parts = Vec::new();
    for text in value.text..=end.text {
        let bytes = &block.statics[text as usize];
        let from = if text == value.text { value.at as usize } else { 0 };
        let to = if text == end.text { end.at as usize } else { bytes.len() };
        let slice = bytes.get(from..to)?;
        if !slice.is_empty() {
            parts.push(KeyPart::Static(slice.into()));
        }
        if text < end.text {
            parts.push(KeyPart::Dynamic(text));
        }
    }
    Some(parts)
}

/// How a page's output divides into what stands before, in and after its live region.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The tags of `<body>`, where there are such.
    pub body: Option<Body>,
    pub before: Vec<Piece>,
    /// Static texts of the live region, one more than `slots`.
    pub statics: Vec<Arc<[u8]>>,
    /// The dynamics of the live region, as paths from the entry's block through calls.
    pub slots: Vec<Box<[u32]>>,
    pub after: Vec<Piece>,
}

/// Where the tags of `<body>` stand.
#[derive(Debug)]
pub(crate) struct Body {
    /// After the name in the start tag.
    pub after_name: Place,
    /// After the `>` of the start tag.
    pub start: Place,
    /// At the `<` of the end tag.
    pub end: Option<Place>,
    pub id: BodyId,
}

/// A place in the static text of a block.
#[derive(Debug, PartialEq)]
pub(crate) struct Place {
    /// From the entry's block, through calls.
    pub path: Box<[u32]>,
    pub text: u32,
    pub at: u32,
}

/// The `id` attribute of `<body>`.
#[derive(Debug)]
pub(crate) enum BodyId {
    None,
    Literal(Box<[u8]>),
    /// Updates cannot rely on it.
    Unknown,
}

/// A piece of output outside the live region.
#[derive(Debug)]
pub(crate) enum Piece {
    Static(Arc<[u8]>),
    Dynamic(Box<[u32]>),
}

/// How deep in calls the tags of `<body>` may stand.
const MAX_CALLS: usize = 64;

/// Finds the live region: from after the start tag of `<body>` to before `</body>`, following calls; all of the output
/// where there is no `<body>` tag.
///
/// # Errors
/// `LiveRegion` when one of the two tags stands in a condition, a range, a recursive call, or too deep in calls.
pub(crate) fn layout(program: &Program) -> Result<Layout> {
    let graph = Graph::new(program);
    let reaching = |wanted: fn(&MarkKind) -> bool| {
        graph.reaching(|block| program.marks[block as usize].marks.iter().any(|mark| wanted(&mark.kind)))
    };
    let mut walk = Walk {
        program,
        starts: reaching(|mark| matches!(mark, MarkKind::StartTag(name) if **name == *"body")),
        ends_tag: reaching(|mark| matches!(mark, MarkKind::StartTagEnd { .. })),
        ends: reaching(|mark| matches!(mark, MarkKind::EndTag(name) if **name == *"body")),
        layout: Layout::default(),
        place: At::Before,
        text: Vec::new(),
        calls: Vec::new(),
    };
    let root = program.entry().root;
    let has_body = |block: BlockId| walk.starts[block as usize] || walk.ends[block as usize];
    let optional = |block: BlockId| program.block(block).steps.iter().flat_map(Step::blocks).any(has_body);
    if graph.reaching(optional)[root as usize] {
        let text = "the <body> tag stands in a condition or range; it must be written unconditionally";
        return Err(Error::new(Code::LiveRegion, text));
    }
    if !has_body(root) {
        walk.place = At::Inside;
    }
    walk.block(root, &mut Vec::new())?;
    walk.finish();
    Ok(walk.layout)
}

/// What runs what: for each block the blocks that it stands in, or that call the template it is the root of.
struct Graph {
    outer: Vec<Vec<BlockId>>,
}

impl Graph {
    fn new(program: &Program) -> Graph {
        let mut outer = vec![Vec::new(); program.blocks.len()];
        for (id, block) in program.blocks.iter().enumerate() {
            for step in &block.steps {
                for inner in step.runs(program) {
                    outer[inner as usize].push(id as BlockId);
                }
            }
        }
        Graph { outer }
    }

    /// For each block whether `wanted` holds for it or for anything it runs.
    fn reaching(&self, wanted: impl Fn(BlockId) -> bool) -> Vec<bool> {
        let mut open: Vec<BlockId> =
            (0..self.outer.len() as BlockId).filter(|block| wanted(*block)).collect();
        let mut found = vec![false; self.outer.len()];
        while let Some(block) = open.pop() {
            if !std::mem::replace(&mut found[block as usize], true) {
                open.extend(&self.outer[block as usize]);
            }
        }
        found
    }
}

#[derive(PartialEq)]
enum At {
    Before,
    /// In the start tag of `<body>`.
    Tag,
    Inside,
    After,
}

struct Walk<'p> {
    program: &'p Program,
    /// Per block: whether a start tag of `<body>` stands in it or in anything it runs.
    starts: Vec<bool>,
    /// Per block: the same for the end of any start tag.
    ends_tag: Vec<bool>,
    /// Per block: the same for an end tag of `<body>`.
    ends: Vec<bool>,
    layout: Layout,
    place: At,
    text: Vec<u8>,
    calls: Vec<u32>,
}

impl Walk<'_> {
    fn block(&mut self, id: BlockId, path: &mut Vec<u32>) -> Result<()> {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.block_inner(id, path))
    }

    fn block_inner(&mut self, id: BlockId, path: &mut Vec<u32>) -> Result<()> {
        let error = |text| Err(Error::new(Code::LiveRegion, text));
        let block = self.program.block(id);
        let mut dynamics = block.steps.iter().filter(|s| s.is_dynamic());
        for (i, text) in block.statics.iter().enumerate() {
            self.text(id, i as u32, text, path);
            let Some(step) = dynamics.next() else { break };
            path.push(i as u32);
            if let Step::Call(call) = step
                && self.matters(self.program.templates[call.template as usize].root)
            {
                if self.calls.contains(&call.template) {
                    return error("the <body> tag stands in a recursive template call");
                }
                if self.calls.len() == MAX_CALLS {
                    return error("the <body> tag stands in too deeply nested template calls");
                }
                self.calls.push(call.template);
                self.block(self.program.templates[call.template as usize].root, path)?;
                self.calls.pop();
            } else if step.blocks().any(|b| self.matters(b)) {
                return error(
                    "the <body> tag stands in a condition or range; it must be written unconditionally",
                );
            } else {
                self.dynamic(path);
            }
            path.pop();
        }
        Ok(())
    }

    /// Whether the next change of place comes in the block or in anything it runs. Every block that is gone into makes such a
    /// change, or fails, so that templates which are called many times are not gone through as often.
    fn matters(&self, block: BlockId) -> bool {
        let next = match self.place {
            At::Before => &self.starts,
            At::Tag => &self.ends_tag,
            At::Inside => &self.ends,
            At::After => return false,
        };
        next[block as usize]
    }

    fn text(&mut self, block: BlockId, index: u32, text: &[u8], path: &[u32]) {
        let here = |at| Place { path: path.into(), text: index, at };
        let program = self.program;
        let mut from = 0;
        let marks = &program.marks[block as usize].marks;
        let first = marks.partition_point(|m| m.text < index);
        for (i, mark) in marks.iter().enumerate().skip(first).take_while(|(_, m)| m.text == index) {
            match &mark.kind {
                MarkKind::StartTag(name) if **name == *"body" && self.place == At::Before => {
                    self.place = At::Tag;
                    let after_name = here(mark.at + 1 + name.len() as u32);
                    let id = elements::body_id(program, block, i);
                    // The start tag ends here at the earliest.
                    let start = here(after_name.at);
                    self.layout.body = Some(Body { after_name, start, end: None, id });
                }
                MarkKind::StartTagEnd { .. } if self.place == At::Tag => {
                    self.text.extend_from_slice(&text[from..mark.at as usize]);
                    from = mark.at as usize;
                    self.flush();
                    self.place = At::Inside;
                    if let Some(body) = &mut self.layout.body {
                        body.start = here(mark.at);
                    }
                }
                MarkKind::EndTag(name) if **name == *"body" && self.place == At::Inside => {
                    self.text.extend_from_slice(&text[from..mark.at as usize]);
                    from = mark.at as usize;
                    self.layout.statics.push(std::mem::take(&mut self.text).into());
                    self.place = At::After;
                    if let Some(body) = &mut self.layout.body {
                        body.end = Some(here(mark.at));
                    }
                }
                _ => {}
            }
        }
        self.text.extend_from_slice(&text[from..]);
    }

    fn flush(&mut self) {
        let text: Arc<[u8]> = std::mem::take(&mut self.text).into();
        match self.place {
            At::Before | At::Tag => self.layout.before.push(Piece::Static(text)),
            At::Inside => self.layout.statics.push(text),
            At::After => self.layout.after.push(Piece::Static(text)),
        }
    }

    fn dynamic(&mut self, path: &[u32]) {
        self.flush();
        match self.place {
            At::Before | At::Tag => self.layout.before.push(Piece::Dynamic(path.into())),
            At::Inside => self.layout.slots.push(path.into()),
            At::After => self.layout.after.push(Piece::Dynamic(path.into())),
        }
    }

    fn finish(&mut self) {
        // An end tag without its start tag, or a start tag that never ends: the whole output is the region then.
        self.flush();
        if self.place == At::Before || self.place == At::Tag {
            self.layout.body = None;
            let before = std::mem::take(&mut self.layout.before);
            let mut text = Vec::new();
            for piece in before {
                match piece {
                    Piece::Static(s) => text.extend_from_slice(&s),
                    Piece::Dynamic(path) => {
                        self.layout.statics.push(std::mem::take(&mut text).into());
                        self.layout.slots.push(path);
                    }
                }
            }
            self.layout.statics.push(text.into());
        }
    }
}
