//! What a patch changes, told in elements.

use super::shape::{Op, REGION, Shapes, WRAPPER};
use crate::diff::{Change, Changes, Patch, RangePatch, RangeStep};
use crate::tree::node::{Dynamic, RangeTree, Tree};
use crate::tree::program::BlockId;
use crate::value::Value;

/// How many changes of other kinds than text make a rewrite.
const REWRITE: usize = 10;

/// One thing that changed in a page whose HTML its host renders.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HtmlChange {
    /// What happened.
    pub kind: HtmlChangeKind,
    /// The name of the element that it happened to, or in whose content or attributes; empty where it is not known.
    pub element: Box<str>,
    /// The key of the list's item that it is or stands in, if the item has one.
    pub key: Option<Box<str>>,
}

impl HtmlChange {
    /// As a map with the fields' names as keys.
    pub fn to_value(&self) -> Value {
        Value::map([
            ("kind", Value::from(self.kind.as_str())),
            ("element", Value::from(&*self.element)),
            ("key", self.key.as_deref().map_or(Value::Null, Value::from)),
        ])
    }
}

/// What happened to an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HtmlChangeKind {
    /// A text in it is another.
    Text,
    /// An attribute is another, came or went.
    Attribute,
    /// It came.
    Added,
    /// It went.
    Removed,
    /// Elements in it are others.
    Changed,
    /// It stands elsewhere among its siblings.
    Moved,
}

impl HtmlChangeKind {
    /// `text`, `attribute`, `added`, `removed`, `changed` or `moved`.
    pub fn as_str(self) -> &'static str {
        match self {
            HtmlChangeKind::Text => "text",
            HtmlChangeKind::Attribute => "attribute",
            HtmlChangeKind::Added => "added",
            HtmlChangeKind::Removed => "removed",
            HtmlChangeKind::Changed => "changed",
            HtmlChangeKind::Moved => "moved",
        }
    }
}

/// What kind of update changes make together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HtmlPattern {
    /// Nothing changed in the live region.
    Nothing,
    /// Texts only.
    Text,
    /// A few attributes and elements, with or without texts.
    Simple,
    /// Elements became others, or ten and more came, went, moved or have another attribute.
    Rewrite,
}

impl HtmlPattern {
    /// The pattern of changes.
    pub fn of(changes: &[HtmlChange]) -> HtmlPattern {
        let others = changes.iter().filter(|change| change.kind != HtmlChangeKind::Text).count();
        if changes.is_empty() {
            HtmlPattern::Nothing
        } else if others == 0 {
            HtmlPattern::Text
        } else if others < REWRITE && !changes.iter().any(|change| change.kind == HtmlChangeKind::Changed) {
            HtmlPattern::Simple
        } else {
            HtmlPattern::Rewrite
        }
    }

    /// `nothing`, `text`, `simple` or `rewrite`.
    pub fn as_str(self) -> &'static str {
        match self {
            HtmlPattern::Nothing => "nothing",
            HtmlPattern::Text => "text",
            HtmlPattern::Simple => "simple",
            HtmlPattern::Rewrite => "rewrite",
        }
    }
}

/// What a patch changes in the live region, in the order of the page. `tree` is what it leads to.
pub(super) fn changes(shapes: &Shapes, tree: &Tree, patch: &Patch) -> Vec<HtmlChange> {
    let mut finder = Finder { shapes, found: Vec::new() };
    let around = Around { element: "body", key: None };
    for (index, change) in &patch.changes {
        if *index == REGION
            && let Some(new) = tree.root.children.get(*index as usize)
        {
            finder.change(false, change, new, around);
        }
    }
    finder.found
}

/// The element and the item around a place.
#[derive(Clone, Copy)]
struct Around<'a> {
    element: &'a str,
    key: Option<&'a str>,
}

struct Finder<'a> {
    shapes: &'a Shapes,
    found: Vec<HtmlChange>,
}

impl<'a> Finder<'a> {
    fn add(&mut self, kind: HtmlChangeKind, around: Around<'_>) {
        let key = around.key.map(Into::into);
        self.found.push(HtmlChange { kind, element: around.element.into(), key });
    }

    fn block(&mut self, block: BlockId, changes: &'a Changes, new: &'a [Dynamic], around: Around<'a>) {
        let places = self.places(block);
        for (index, change) in changes {
            let (element, in_tag) = places.get(*index as usize).copied().unwrap_or((None, false));
            let around = Around { element: element.unwrap_or(around.element), ..around };
            if let Some(new) = new.get(*index as usize) {
                stacker::maybe_grow(64 << 10, 1 << 20, || self.change(in_tag, change, new, around));
            }
        }
    }

    fn change(&mut self, in_tag: bool, change: &'a Change, new: &'a Dynamic, around: Around<'a>) {
        match (change, new) {
            (Change::Text(_), _) if in_tag => self.add(HtmlChangeKind::Attribute, around),
            (Change::Text(_), _) => self.add(HtmlChangeKind::Text, around),
            (Change::Block(changes), Dynamic::Block(tree)) => {
                self.block(tree.block, changes, &tree.children, around);
            }
            (Change::Range(patch), Dynamic::Range(range)) => self.range(patch, range, around),
            _ => self.add(HtmlChangeKind::Changed, around),
        }
    }

    fn range(&mut self, patch: &'a RangePatch, range: &'a RangeTree, around: Around<'a>) {
        // How far the new items were gone through.
        let mut at = 0;
        for step in &patch.steps {
            match step {
                RangeStep::Remove(id) => {
                    let element = self.root(range.body, &[]).unwrap_or_default();
                    self.add(HtmlChangeKind::Removed, Around { element, key: key(id).or(around.key) });
                    continue;
                }
                RangeStep::Take(_) => continue,
                RangeStep::Run { len, .. } => {
                    at += len;
                    continue;
                }
                RangeStep::Keep(..) | RangeStep::Place(..) | RangeStep::Insert(_) => {}
            }
            let Some(item) = range.items.get(at) else { return };
            at += 1;
            let element = self.root(range.body, &item.children).unwrap_or_default();
            let around = Around { element, key: key(&item.id).or(around.key) };
            match step {
                RangeStep::Insert(_) => self.add(HtmlChangeKind::Added, around),
                RangeStep::Place(_, changes) => {
                    self.add(HtmlChangeKind::Moved, around);
                    self.block(range.body, changes, &item.children, around);
                }
                RangeStep::Keep(_, changes) => self.block(range.body, changes, &item.children, around),
                _ => {}
            }
        }
    }

    /// The name of the element that an item is.
    fn root(&self, body: BlockId, item: &[Dynamic]) -> Option<&'a str> {
        let block = match item.first() {
            Some(Dynamic::Block(tree)) if body == WRAPPER => tree.block,
            _ => body,
        };
        self.shapes.get(block)?.ops.iter().find_map(|op| match op {
            Op::Start { name, .. } => Some(&**name),
            _ => None,
        })
    }

    /// For each place of a block the element around it, and whether it stands in that one's start tag.
    fn places(&self, block: BlockId) -> Vec<(Option<&'a str>, bool)> {
        let Some(shape) = self.shapes.get(block) else { return Vec::new() };
        let mut places = Vec::new();
        let mut open: Vec<&str> = Vec::new();
        let mut plan = shape.plan.iter();
        for op in &shape.ops {
            match op {
                Op::Space(_) => {}
                Op::Text | Op::List => places.push((open.last().copied(), false)),
                Op::Start { name, is_void, .. } => {
                    let count = plan.next().map_or(0, |own| own.names.len() + usize::from(own.rest));
                    places.extend(std::iter::repeat_n((Some(&**name), true), count));
                    if !is_void {
                        open.push(name);
                    }
                }
                Op::End(_) => drop(open.pop()),
            }
        }
        places
    }
}

/// The key in an id that comes from the item itself.
fn key(id: &str) -> Option<&str> {
    match id.strip_prefix('~') {
        None => Some(id),
        Some(rest) => rest.starts_with('~').then_some(rest),
    }
}
