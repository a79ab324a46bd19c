//! Pages whose HTML the host renders itself: from HTML to a program and a render tree, so that the one diff finds what changed.
//!
//! An element with what is in it is a *block*: its tags are the static text, the values of its attributes and its texts are the
//! dynamics. Content that is long, or whose elements have keys, is a *range*: its elements are items, each a block again. Which old
//! item a new one is, is decided here (`matching`), and the diff is told by the items' ids. Rows with the same tags share
//! one block; where an attribute is in some rows only, the block has a place for more attributes.
//!
//! The live region is the content of `<body>`.

mod build;
mod changes;
mod dom;
mod facts;
mod matching;
mod parse;
mod shape;
#[cfg(test)]
mod tests;
mod write;

pub use changes::{HtmlChange, HtmlChangeKind, HtmlPattern};

use crate::diff::{self, IdCounter, Patch};
use crate::error::{Code, Error, Result};
use crate::memory::{COUNTS, Memory};
use crate::template::Limits;
use crate::tree::node::{BlockTree, Dynamic, Tree};
use crate::tree::program::BlockId;
use crate::tree::set::PageProgram;
use crate::value::Text;
use dom::{DOCUMENT, Dom, Element, NodeId};
use html5ever::local_name;
use shape::{PAGE, REGION, Shapes};
use std::collections::HashSet;
use std::sync::Arc;

/// Up to so many shapes nothing is done about those that are no longer shown.
const FEW_SHAPES: usize = 64;

/// What a page shows of the HTML that its host renders.
#[derive(Clone)]
pub(crate) struct Document {
    shapes: Arc<Shapes>,
    /// With a block for each shape.
    pub page: Arc<PageProgram>,
    pub tree: Arc<Tree>,
    /// Length of the page's HTML in bytes.
    pub html_len: usize,
    /// The id that `<body>` had when the page was made, as it is written. It stays: formats name the live region by it.
    body_id: Option<Arc<str>>,
}

impl Document {
    /// # Errors
    /// `SizeExceeded`, `DepthExceeded` and `OutputExceeded`; `LiveRegion` for HTML with a `<frameset>`; `InvalidData` for HTML that
    /// is another each time it is parsed.
    pub fn new(html: &[u8], limits: &Limits, ids: &mut IdCounter) -> Result<Document> {
        let dom = parse::parse(html, limits)?;
        let id = body(&dom)?.1.attribute("id").filter(|id| !id.is_empty());
        let body_id: Option<Arc<str>> = id.map(|id| {
            let mut text = String::new();
            write::escape_value(id, &mut text);
            text.into()
        });
        let shapes = Arc::default();
        let page = Arc::new(page_program(&shapes, body_id.as_deref()));
        Document::of(&dom, limits, ids, (shapes, page, body_id), None)
    }

    fn of(
        dom: &Dom,
        limits: &Limits,
        ids: &mut IdCounter,
        (shapes, page, body_id): (Arc<Shapes>, Arc<PageProgram>, Option<Arc<str>>),
        old: Option<&Tree>,
    ) -> Result<Document> {
        let (body, element) = body(dom)?;
        let known = shapes.clone();
        let facts = facts::facts(dom, body);
        let mut builder = build::Builder { dom, facts: &facts, shapes, ids };
        let old = old.and_then(|old| old.root.children.get(REGION as usize));
        let region = builder.content(body, old);
        let shapes = builder.shapes;
        let [before, head, after] = around(dom, body);
        let attributes = attributes(element, body_id.as_deref());
        let text = |text: String| Dynamic::Text(Text::from(text));
        let places = vec![text(before), text(head), text(attributes), region, text(after)];
        let page = match Arc::ptr_eq(&shapes, &known) {
            true => page,
            false => Arc::new(page_program(&shapes, body_id.as_deref())),
        };
        let tree = Arc::new(Tree { root: Arc::new(BlockTree::new(PAGE, places)) });
        let html_len = tree.root.html_len(&page.program);
        if html_len > limits.output {
            let message = format!("the HTML has {html_len} bytes and exceeds the limit of {}", limits.output);
            return Err(Error::new(Code::OutputExceeded, message));
        }
        Ok(Document { shapes, page, tree, html_len, body_id })
    }

    /// What leads to the page of other HTML. The program of the new one has the blocks of both.
    ///
    /// # Errors
    /// As [`Document::new`].
    pub fn update(&self, html: &[u8], limits: &Limits, ids: &mut IdCounter) -> Result<(Patch, Document)> {
        let dom = parse::parse(html, limits)?;
        let known = (self.used_shapes(), self.page.clone(), self.body_id.clone());
        let mut new = Document::of(&dom, limits, ids, known, Some(&self.tree))?;
        let patch = match Arc::get_mut(&mut new.tree) {
            Some(tree) => diff::diff(&new.page.program, &self.tree, tree, ids),
            None => Patch::default(),
        };
        Ok((patch, new))
    }

    /// The shapes, without those that are not shown where these are most.
    fn used_shapes(&self) -> Arc<Shapes> {
        if self.shapes.len() <= FEW_SHAPES {
            return self.shapes.clone();
        }
        let mut used = HashSet::new();
        add_blocks(&self.tree.root.children, &mut used);
        if 2 * used.len() > self.shapes.len() {
            return self.shapes.clone();
        }
        let mut shapes = Shapes::clone(&self.shapes);
        shapes.keep(&used);
        Arc::new(shapes)
    }

    /// What the patch that leads here changes.
    pub fn changes(&self, patch: &Patch) -> Vec<HtmlChange> {
        changes::changes(&self.shapes, &self.tree, patch)
    }

    /// Number of the places.
    pub fn places(&self) -> usize {
        count(&self.tree.root.children)
    }

    /// Adds what it holds.
    pub fn measure(&self, memory: &mut Memory) {
        self.tree.measure(memory);
        if memory.add_shared(Arc::as_ptr(&self.page).addr(), COUNTS + size_of::<PageProgram>()) {
            for text in self.page.program.blocks.iter().flat_map(|block| &block.statics) {
                // The text, and the piece of the shape that it is made of.
                memory.add(COUNTS + text.len());
                memory.add(text.len());
            }
        }
    }
}

fn page_program(shapes: &Shapes, body_id: Option<&str>) -> PageProgram {
    PageProgram::new(Arc::new(shapes.program()), shape::layout(body_id))
}

/// The element of the live region.
fn body(dom: &Dom) -> Result<(NodeId, &Element)> {
    let html = dom.child(DOCUMENT, &local_name!("html"));
    let body = html.and_then(|html| dom.child(html, &local_name!("body")));
    let found = body.and_then(|body| Some((body, dom.element(body)?)));
    found.ok_or_else(|| Error::new(Code::LiveRegion, "the HTML has a <frameset> in place of a <body>"))
}

/// The texts around `<body>`: up to the start tag of `<html>`; its content before `<body>`; and what comes after `</body>`.
fn around(dom: &Dom, body: NodeId) -> [String; 3] {
    let mut places: [String; 3] = Default::default();
    let mut at = 0;
    for node in dom.children(DOCUMENT) {
        match dom.element(node) {
            Some(html) => {
                write::start_tag(html, &mut places[0]);
                at = 1;
                for child in dom.children(node) {
                    if child == body {
                        at = 2;
                    } else {
                        write::node(dom, node, child, &mut places[at]);
                    }
                }
                write::end_tag(html, &mut places[at]);
            }
            None => write::node(dom, DOCUMENT, node, &mut places[at]),
        }
    }
    places
}

/// The attributes of `<body>` as they are written, with the id that stays.
fn attributes(body: &Element, id: Option<&str>) -> String {
    let mut text = String::new();
    let others = body.attributes.iter().filter(|attribute| *attribute.name.local != *"id");
    if let Some(id) = id {
        text.push_str(&format!(" id=\"{id}\""));
    }
    others.for_each(|attribute| write::attribute(attribute, &mut text));
    text
}

fn add_blocks(dynamics: &[Dynamic], to: &mut HashSet<BlockId>) {
    for dynamic in dynamics {
        stacker::maybe_grow(32 << 10, 1 << 20, || match dynamic {
            Dynamic::Empty | Dynamic::Text(_) => {}
            Dynamic::Block(tree) => {
                to.insert(tree.block);
                add_blocks(&tree.children, to);
            }
            Dynamic::Range(range) => {
                to.insert(range.body);
                range.items.iter().for_each(|item| add_blocks(&item.children, to));
            }
        });
    }
}

fn count(dynamics: &[Dynamic]) -> usize {
    let inner = dynamics.iter().map(|dynamic| {
        stacker::maybe_grow(32 << 10, 1 << 20, || match dynamic {
            Dynamic::Empty | Dynamic::Text(_) => 0,
            Dynamic::Block(block) => count(&block.children),
            Dynamic::Range(range) => range.items.iter().map(|item| count(&item.children)).sum(),
        })
    });
    dynamics.len() + inner.sum::<usize>()
}
