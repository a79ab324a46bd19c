//! A page's HTML with what updates need to address its elements.

use crate::escape::entity::unescape;
use crate::tree::elements::{Fragment, Row, Spot};
use crate::tree::markup::BodyId;
use crate::tree::node::{Dynamic, Item, Tree, child};
use crate::tree::program::{BlockId, KeyPart, Program};
use crate::tree::set::PageProgram;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

/// How a format names elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Naming {
    /// By their `id` attribute, which is written in where there is none.
    Id,
    /// By an attribute of their own, `data-fragment-id`.
    FragmentId,
}

impl Naming {
    fn attribute(self) -> &'static str {
        match self {
            Naming::Id => "id",
            Naming::FragmentId => "data-fragment-id",
        }
    }
}

/// What a format adds to a page's HTML.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Annotations {
    pub naming: Naming,
    /// Whether clients keep hashes of what fragments show.
    pub has_hashes: bool,
    /// The format's name on the element of the live region, by which our own client finds it.
    pub root_mark: Option<&'static str>,
}

impl Annotations {
    /// The attribute that names an element with a made id, with the space before it.
    pub fn annotation(&self, id: &str) -> String {
        format!(" {}=\"{id}\"", self.naming.attribute())
    }
}

/// The way from the page to a block: which dynamics of which blocks, and the keys of items.
#[derive(Debug, Default)]
pub(crate) struct Path(Vec<u8>);

impl Path {
    /// Goes to a block that a dynamic runs. Gives what [`Path::back`] needs.
    pub fn inner(&mut self, index: u32, block: BlockId) -> usize {
        let len = self.0.len();
        self.0.push(b'b');
        self.0.extend_from_slice(&index.to_be_bytes());
        self.0.extend_from_slice(&block.to_be_bytes());
        len
    }

    /// Goes to an item of the range that a dynamic is.
    pub fn item(&mut self, index: u32, key: &str) -> usize {
        let len = self.0.len();
        self.0.push(b'i');
        self.0.extend_from_slice(&index.to_be_bytes());
        self.0.extend_from_slice(&(key.len() as u64).to_be_bytes());
        self.0.extend_from_slice(key.as_bytes());
        len
    }

    pub fn back(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// The made id of an element in the block that the path leads to.
    fn made_id(&self, start: Spot) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.0);
        hash.update(b"e");
        hash.update(start.0.to_be_bytes());
        hash.update(start.1.to_be_bytes());
        made_id(&hash.finalize())
    }
}

fn made_id(hash: &[u8]) -> String {
    use std::fmt::Write;
    let mut id = String::from("f-");
    for byte in &hash[..8] {
        // Writing to a string never fails.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The id of the live region where `<body>` has none of its own.
fn made_region_id() -> String {
    made_id(&Sha256::digest(b"live region"))
}

/// The id by which the format names the live region.
pub(crate) fn region_id(page: &PageProgram, naming: Naming) -> String {
    match page.layout.body.as_ref().map(|body| &body.id) {
        Some(BodyId::Literal(id)) if naming == Naming::Id => {
            String::from_utf8_lossy(&unescape(id)).into_owned()
        }
        _ => made_region_id(),
    }
}

/// Which elements are marked.
#[derive(Clone, Copy)]
pub(crate) enum Marked {
    /// Those that updates address.
    Used,
    /// In an item of a range: its root, and nothing smaller.
    Root(Option<(BlockId, u32)>),
}

impl Marked {
    /// In an item of a range with this row.
    pub fn in_row(row: Option<&Row>) -> Marked {
        Marked::Root(row.map(|row| (row.block, row.fragment)))
    }

    pub(super) fn is(self, block: BlockId, at: u32, fragment: &Fragment) -> bool {
        match self {
            Marked::Used => fragment.is_used,
            Marked::Root(root) => root == Some((block, at)),
        }
    }
}

/// A fragment in what was written.
#[derive(Debug)]
pub(crate) struct Span {
    pub id: String,
    pub start: usize,
    pub end: usize,
}

/// What was written, and the fragments in it in the order of their starts, where the format needs them.
#[derive(Debug)]
pub(crate) struct Written {
    pub html: Vec<u8>,
    pub spans: Vec<Span>,
}

impl Written {
    /// Without the white space around it.
    pub fn trimmed(mut self) -> Written {
        let before = self.html.len() - self.html.trim_ascii_start().len();
        self.html.truncate(self.html.trim_ascii_end().len());
        self.cut_start(before);
        self
    }

    /// With the white space at its start at its end.
    pub fn with_leading_space_behind(mut self) -> Written {
        let space = self.html.len() - self.html.trim_ascii_start().len();
        let space = self.html[..space].to_vec();
        self.cut_start(space.len());
        self.html.extend(space);
        self
    }

    fn cut_start(&mut self, bytes: usize) {
        self.html.drain(..bytes);
        for span in &mut self.spans {
            (span.start, span.end) = (span.start - bytes, span.end - bytes);
        }
    }
}

/// What happens at a place in a template's text. Of those at one place the first comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Addition {
    /// A fragment ended.
    Close,
    /// The start of the live region.
    Start,
    /// Attributes of the live region's element.
    Region,
    /// The id of the fragment that starts there is written.
    Id(Spot),
    /// A fragment, by its number, starts.
    Open(u32),
    /// The end of the live region.
    End,
}

/// Writes HTML.
pub(crate) struct HtmlWriter<'a> {
    page: &'a PageProgram,
    pub adds: Annotations,
    pub path: Path,
    out: Vec<u8>,
    /// The fragments of [`Written`], and which of them have not ended: `None` for one that cannot be named.
    spans: Vec<Span>,
    open: Vec<Option<usize>>,
    /// Whether what is written is in the live region.
    inside: bool,
    /// The way through calls, while the whole page is written and no range was entered.
    calls: Option<Vec<u32>>,
    /// Where in the output the live region's content starts and ends.
    region: (usize, usize),
}

impl<'a> HtmlWriter<'a> {
    pub fn new(page: &'a PageProgram, format: impl Into<Annotations>) -> HtmlWriter<'a> {
        HtmlWriter {
            page,
            adds: format.into(),
            path: Path::default(),
            out: Vec::new(),
            spans: Vec::new(),
            open: Vec::new(),
            inside: true,
            calls: None,
            region: (0, 0),
        }
    }

    /// The whole page.
    pub fn page(mut self, tree: &Tree) -> Vec<u8> {
        self.write_page(tree);
        self.out
    }

    /// The content of the live region.
    pub fn region(mut self, tree: &Tree) -> Written {
        self.write_page(tree);
        let mut written = Written { html: self.out, spans: self.spans };
        written.html.truncate(self.region.1);
        written.cut_start(self.region.0);
        written
    }

    fn write_page(&mut self, tree: &Tree) {
        let layout = &self.page.layout;
        self.inside = layout.body.is_none();
        self.calls = Some(Vec::new());
        if self.inside {
            self.open_wrapper();
        }
        self.block(tree.root.block, &tree.root.children, Marked::Used);
        let ends = layout.body.as_ref().is_some_and(|body| body.end.is_some());
        if !ends {
            self.close_wrapper();
        }
    }

    fn naming(&self) -> Naming {
        self.adds.naming
    }

    fn has_wrapper(&self) -> bool {
        match &self.page.layout.body {
            Some(body) => self.naming() == Naming::Id && matches!(body.id, BodyId::Unknown),
            None => true,
        }
    }

    fn open_wrapper(&mut self) {
        if self.has_wrapper() {
            self.out.extend_from_slice(b"<div");
            self.region_attributes();
            self.out.push(b'>');
        }
        self.region.0 = self.out.len();
    }

    fn close_wrapper(&mut self) {
        self.region.1 = self.out.len();
        if self.has_wrapper() {
            self.out.extend_from_slice(b"</div>");
        }
    }

    /// A whole block.
    pub fn block(&mut self, block: BlockId, children: &[Dynamic], marked: Marked) {
        let statics = &self.page.program.block(block).statics;
        let last = statics.len() as u32 - 1;
        let end = (last, statics[last as usize].len() as u32);
        self.part(block, (0, 0)..end, children, marked);
    }

    /// One fragment of a block. `children` are the dynamics in it.
    pub fn fragment(&mut self, block: BlockId, at: u32, children: &[Dynamic], marked: Marked) {
        let fragment = &self.page.elements.block(block).fragments[at as usize];
        self.part(block, fragment.start..fragment.end, children, marked);
    }

    /// How long the start tag of a fragment is.
    pub fn start_tag_len(&mut self, block: BlockId, at: u32, children: &[Dynamic], marked: Marked) -> usize {
        let fragment = &self.page.elements.block(block).fragments[at as usize];
        let from = self.out.len();
        self.part(block, fragment.start..fragment.open_end, children, marked);
        let len = self.out.len() - from;
        self.out.truncate(from);
        len
    }

    /// An item of a range, whole.
    pub fn item(&mut self, body: BlockId, index: u32, item: &Item) {
        let elements = &self.page.elements;
        let inner = match item.children.first() {
            Some(Dynamic::Block(tree)) if elements.is_wrapper(&self.page.program, body) => {
                elements.row_in(&self.page.program, body, tree.block)
            }
            _ => None,
        };
        let row = elements.block(body).row.as_ref().or(inner.as_ref());
        let back = self.path.item(index, &item.id);
        self.block(body, &item.children, Marked::in_row(row));
        self.path.back(back);
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Written {
        Written { html: std::mem::take(&mut self.out), spans: std::mem::take(&mut self.spans) }
    }

    /// The part of a block between two places. `children` are the dynamics between them.
    fn part(&mut self, block: BlockId, part: std::ops::Range<Spot>, children: &[Dynamic], marked: Marked) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.part_inner(block, part, children, marked));
    }

    fn part_inner(
        &mut self,
        block: BlockId,
        part: std::ops::Range<Spot>,
        children: &[Dynamic],
        marked: Marked,
    ) {
        let statics = &self.page.program.block(block).statics;
        let additions = self.additions(block, &part, marked);
        let is_here = |(spot, addition): &&(Spot, Addition)| match addition {
            Addition::Close => *spot > part.start && *spot <= part.end,
            Addition::Open(_) => part.contains(spot),
            _ => part.contains(spot) || *spot == part.end,
        };
        let mut additions = additions.iter().filter(is_here).peekable();
        for text in part.start.0..=part.end.0 {
            let bytes = &statics[text as usize];
            let mut from = if text == part.start.0 { part.start.1 } else { 0 };
            let to = if text == part.end.0 { part.end.1 } else { bytes.len() as u32 };
            while let Some((spot, addition)) = additions.next_if(|(spot, _)| spot.0 == text) {
                self.out.extend_from_slice(&bytes[from as usize..spot.1 as usize]);
                from = spot.1;
                self.add(addition, block, children, part.start.0);
            }
            self.out.extend_from_slice(&bytes[from as usize..to as usize]);
            if text < part.end.0
                && let Some(child) = children.get((text - part.start.0) as usize)
            {
                self.dynamic(text, child, marked);
            }
        }
    }

    /// What is added to the text of a block, in order.
    fn additions(
        &self,
        block: BlockId,
        part: &std::ops::Range<Spot>,
        marked: Marked,
    ) -> Vec<(Spot, Addition)> {
        let fragments = &self.page.elements.block(block).fragments;
        let first = fragments.partition_point(|fragment| fragment.start < part.start);
        let fragments = fragments.iter().zip(0..).skip(first);
        let fragments = fragments.take_while(|(fragment, _)| fragment.start < part.end);
        let is_named = |fragment: &Fragment| self.naming() == Naming::Id && fragment.id.is_some();
        let mut additions = Vec::new();
        for (fragment, at) in fragments.filter(|(fragment, at)| marked.is(block, *at, fragment)) {
            if !is_named(fragment) {
                additions.push((fragment.after_name, Addition::Id(fragment.start)));
            }
            if self.adds.has_hashes {
                additions.push((fragment.start, Addition::Open(at)));
                additions.push((fragment.end, Addition::Close));
            }
        }
        if let (Some(calls), Some(body)) = (&self.calls, &self.page.layout.body) {
            let places = [
                Some((&body.start, Addition::Start)),
                body.end.as_ref().map(|end| (end, Addition::End)),
                (!self.has_wrapper()).then_some((&body.after_name, Addition::Region)),
            ];
            let here = places.into_iter().flatten().filter(|(place, _)| *place.path == calls[..]);
            additions.extend(here.map(|(place, addition)| ((place.text, place.at), addition)));
        }
        additions.sort_unstable();
        additions
    }

    fn add(&mut self, addition: &Addition, block: BlockId, children: &[Dynamic], first: u32) {
        match addition {
            Addition::Id(start) if self.inside => {
                let id = self.path.made_id(*start);
                self.attribute(&id);
            }
            Addition::Id(_) => {}
            Addition::Region => self.region_attributes(),
            Addition::Start => {
                self.inside = true;
                self.open_wrapper();
            }
            Addition::End => {
                self.close_wrapper();
                self.inside = false;
            }
            Addition::Open(at) => {
                let fragment = &self.page.elements.block(block).fragments[*at as usize];
                let shown = |index: u32| Ok::<_, Infallible>(child(children, index - first));
                let Ok(id) = fragment_id(self.naming(), &self.path, fragment, shown, &self.page.program);
                let id = id.filter(|_| self.inside);
                self.open.push(id.is_some().then_some(self.spans.len()));
                self.spans.extend(id.map(|id| Span { id, start: self.out.len(), end: self.out.len() }));
            }
            Addition::Close => {
                if let Some(Some(at)) = self.open.pop() {
                    self.spans[at].end = self.out.len();
                }
            }
        }
    }

    /// The attributes that are added to the live region's element.
    fn region_attributes(&mut self) {
        let body = self.page.layout.body.as_ref().map(|body| &body.id);
        let is_named = self.naming() == Naming::Id && matches!(body, Some(BodyId::Literal(_)));
        if !is_named {
            self.attribute(&made_region_id());
        }
        if let Some(name) = self.adds.root_mark {
            let mark = format!(" data-lvt-wire=\"{name}\"");
            self.out.extend_from_slice(mark.as_bytes());
        }
    }

    fn attribute(&mut self, id: &str) {
        self.out.extend_from_slice(self.adds.annotation(id).as_bytes());
    }

    fn dynamic(&mut self, index: u32, dynamic: &Dynamic, marked: Marked) {
        match dynamic {
            Dynamic::Empty => {}
            Dynamic::Text(text) => self.out.extend_from_slice(text.as_bytes()),
            Dynamic::Block(tree) => {
                let back = self.path.inner(index, tree.block);
                if let Some(calls) = &mut self.calls {
                    calls.push(index);
                }
                self.block(tree.block, &tree.children, marked);
                if let Some(calls) = &mut self.calls {
                    calls.pop();
                }
                self.path.back(back);
            }
            Dynamic::Range(range) => {
                let calls = self.calls.take();
                for item in &range.items {
                    self.item(range.body, index, item);
                }
                if let Some(Dynamic::Block(tree)) = &range.otherwise {
                    let back = self.path.inner(index, tree.block);
                    self.block(tree.block, &tree.children, marked);
                    self.path.back(back);
                }
                self.calls = calls;
            }
        }
    }
}

/// The id by which the format names a fragment of the block that the path leads to. `dynamic` gives what a dynamic of the
/// block shows. `None` when the element's own id is empty.
pub(crate) fn fragment_id<E>(
    naming: Naming,
    path: &Path,
    fragment: &Fragment,
    mut dynamic: impl FnMut(u32) -> Result<Dynamic, E>,
    program: &Program,
) -> Result<Option<String>, E> {
    let parts = match (&fragment.id, naming) {
        (Some(parts), Naming::Id) => parts,
        _ => return Ok(Some(path.made_id(fragment.start))),
    };
    let mut id = Vec::new();
    for part in parts {
        match part {
            KeyPart::Static(text) => id.extend_from_slice(text),
            KeyPart::Dynamic(index) => dynamic(*index)?.write_html(program, &mut id),
        }
    }
    let id = String::from_utf8_lossy(&unescape(&id)).into_owned();
    Ok((!id.is_empty()).then_some(id))
}

/// The name of the first element.
pub(super) fn name(html: &[u8]) -> &[u8] {
    let html = html.trim_ascii_start();
    let name = html.strip_prefix(b"<").unwrap_or_default();
    let end = name.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    &name[..end.unwrap_or(name.len())]
}

/// Appends the value of an attribute in double quotes.
pub(crate) fn attribute_value(value: &str, out: &mut Vec<u8>) {
    for byte in value.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            byte => out.push(byte),
        }
    }
}
