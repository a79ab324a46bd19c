//! From a document to a render tree.

use super::dom::{Dom, Element, Kind, NodeId};
use super::facts::{self, Facts};
use super::matching::{self, Marks};
use super::shape::{Attributes, Op, Shape, Shapes, WRAPPER};
use super::write;
use crate::diff::IdCounter;
use crate::tree::markup::KEY_ATTRIBUTES;
use crate::tree::node::{BlockTree, Dynamic, Item, RangeTree};
use crate::tree::program::BlockId;
use crate::tree::run::unique;
use crate::value::{Text, Value};
use html5ever::Attribute;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Up to so many bytes an element's content is part of the block around it, and is sent again when its tags change; the content
/// of a longer one is a list of items.
const PART: usize = 512;

/// Up to so many bytes that holds for an item that has a key, or the same tags as all others of its list.
const ROW: usize = 4096;

/// Makes the parts of one tree.
pub(super) struct Builder<'b> {
    pub dom: &'b Dom,
    /// By node.
    pub facts: &'b [Facts],
    pub shapes: Arc<Shapes>,
    pub ids: &'b mut IdCounter,
}

/// How long content may be that is not a list.
#[derive(Clone, Copy)]
enum Mode {
    Part,
    Row,
}

/// A block before its shape is known.
#[derive(Default)]
struct Draft {
    ops: Vec<Op>,
    /// The elements that start in it.
    elements: Vec<NodeId>,
    /// What stands in the places for texts and items.
    places: Vec<Place>,
}

enum Place {
    Text(Text),
    List(NodeId),
}

/// One item of a list: an element, and what stands between it and the element before it.
struct Group {
    /// As HTML.
    gap: String,
    is_blank: bool,
    element: NodeId,
}

impl Builder<'_> {
    /// The content of an element. `old` is what stood there before.
    pub fn content(&mut self, node: NodeId, old: Option<&Dynamic>) -> Dynamic {
        let mut draft = Draft::default();
        self.inner(node, Mode::Part, &mut draft);
        self.block(&draft, old, false)
    }

    fn element(&self, node: NodeId) -> Option<&Element> {
        self.dom.element(node)
    }

    /// Adds an element to a draft.
    fn outer(&self, node: NodeId, mode: Mode, draft: &mut Draft) {
        let Some(element) = self.element(node) else { return };
        let name = element.name.local.clone();
        let has_id = element.attribute("id").is_some();
        let is_void = write::is_void(element);
        draft.ops.push(Op::Start { name: name.clone(), has_id, is_void });
        draft.elements.push(node);
        if !is_void {
            stacker::maybe_grow(32 << 10, 1 << 20, || self.inner(node, mode, draft));
            draft.ops.push(Op::End(name));
        }
    }

    /// Adds an element's content to a draft.
    fn inner(&self, node: NodeId, mode: Mode, draft: &mut Draft) {
        // Formats cannot address what is in `svg` and `math`, so all of that is one part.
        let mode = if self.element(node).is_some_and(Element::is_html) { mode } else { Mode::Row };
        let is_long = match mode {
            Mode::Part => self.facts[node as usize].size > PART,
            Mode::Row => false,
        };
        if !self.facts[node as usize].is_list && facts::is_leaf(self.dom, node) {
            let mut text = String::new();
            write::children(self.dom, node, &mut text);
            draft.text(&text);
        } else if self.facts[node as usize].is_list || is_long {
            draft.ops.push(Op::List);
            draft.places.push(Place::List(node));
            draft.text(&self.groups(node).1);
        } else {
            for child in self.dom.children(node) {
                match self.dom.kind(child) {
                    Kind::Element(_) => self.outer(child, mode, draft),
                    Kind::Text(text) if is_blank(text) => {
                        let mut space = String::new();
                        write::node(self.dom, node, child, &mut space);
                        draft.ops.push(Op::Space(space.into()));
                    }
                    _ => {
                        let mut text = String::new();
                        write::node(self.dom, node, child, &mut text);
                        draft.text(&text);
                    }
                }
            }
        }
    }

    /// The items of a list, and the HTML after the last.
    fn groups(&self, node: NodeId) -> (Vec<Group>, String) {
        let mut groups = Vec::new();
        let (mut gap, mut is_blank_gap) = (String::new(), true);
        for child in self.dom.children(node) {
            match self.dom.kind(child) {
                Kind::Element(_) => {
                    let gap = std::mem::take(&mut gap);
                    groups.push(Group { gap, is_blank: is_blank_gap, element: child });
                    is_blank_gap = true;
                }
                kind => {
                    is_blank_gap &= matches!(kind, Kind::Text(text) if is_blank(text));
                    write::node(self.dom, node, child, &mut gap);
                }
            }
        }
        (groups, gap)
    }

    /// The block of a draft. `old` is what stood there before; `is_root` says that it is an item with an element.
    fn block(&mut self, draft: &Draft, old: Option<&Dynamic>, is_root: bool) -> Dynamic {
        let old = match old {
            Some(Dynamic::Block(block)) => Some(&**block),
            _ => None,
        };
        let before = old.and_then(|old| self.shapes.get(old.block)).filter(|shape| shape.ops == draft.ops);
        let plan = match before {
            Some(shape) => self.widened(&shape.plan, draft),
            None => self.plan(draft, is_root),
        };
        let block = self.add(Shape { ops: draft.ops.clone(), plan });
        let same = old.filter(|old| old.block == block);
        let children = self.children(draft, block, same.map(|old| &old.children[..]));
        Dynamic::Block(Arc::new(BlockTree::new(block, children)))
    }

    fn add(&mut self, shape: Shape) -> BlockId {
        match self.shapes.find(&shape) {
            Some(block) => block,
            None => Arc::make_mut(&mut self.shapes).add(Arc::new(shape)),
        }
    }

    fn attributes(&self, element: NodeId) -> &[Attribute] {
        self.element(element).map_or(&[], |element| &element.attributes)
    }

    /// Places for just the attributes that the elements have, and for more where more may come: at the root of an item, and in
    /// what has attributes without a value.
    fn plan(&self, draft: &Draft, is_root: bool) -> Vec<Attributes> {
        let places = |(at, node): (usize, &NodeId)| {
            let has_switches = self.element(*node).is_some_and(has_switches);
            let own = |a: &&Attribute| !(has_switches && SWITCHES.contains(&&*a.name.local));
            let names = self.attributes(*node).iter().filter(own).map(|a| a.name.clone()).collect();
            Attributes { names, rest: has_switches || is_root && at == 0 }
        };
        draft.elements.iter().enumerate().map(places).collect()
    }

    /// The places of before, and more of them where they do not do.
    fn widened(&self, plan: &[Attributes], draft: &Draft) -> Vec<Attributes> {
        let mut plan = plan.to_vec();
        for (places, node) in plan.iter_mut().zip(&draft.elements) {
            let attributes = self.attributes(*node);
            if !places.fit(attributes) {
                places.widen(attributes);
            }
        }
        plan
    }

    /// What stands in the places of a block. `old` is what stood in the same places.
    fn children(&mut self, draft: &Draft, block: BlockId, old: Option<&[Dynamic]>) -> Vec<Dynamic> {
        let Some(shape) = self.shapes.get(block).cloned() else { return Vec::new() };
        let mut children = Vec::new();
        let mut plan = shape.plan.iter();
        let (mut elements, mut places) = (draft.elements.iter(), draft.places.iter());
        let mut buffer = String::new();
        for op in &draft.ops {
            match op {
                Op::Space(_) | Op::End(_) => {}
                Op::Start { .. } => {
                    if let (Some(node), Some(attributes)) = (elements.next(), plan.next()) {
                        self.values(self.attributes(*node), attributes, &mut buffer, &mut children);
                    }
                }
                Op::Text | Op::List => match places.next() {
                    Some(Place::Text(text)) => children.push(Dynamic::Text(text.clone())),
                    Some(Place::List(node)) => {
                        let old = match old.and_then(|old| old.get(children.len())) {
                            Some(Dynamic::Range(range)) => Some(&**range),
                            _ => None,
                        };
                        children.push(Dynamic::Range(Arc::new(self.range(*node, old))));
                    }
                    None => {}
                },
            }
        }
        children
    }

    /// Adds what stands in the places of an element's attributes.
    fn values(&self, all: &[Attribute], places: &Attributes, buffer: &mut String, to: &mut Vec<Dynamic>) {
        for name in &places.names {
            buffer.clear();
            if let Some(attribute) = all.iter().find(|a| a.name == *name) {
                write::escape_value(&attribute.value, buffer);
            }
            to.push(Dynamic::Text(Text::from(&**buffer)));
        }
        if places.rest {
            buffer.clear();
            let rest = all.iter().filter(|a| !places.names.contains(&a.name));
            rest.for_each(|attribute| write::attribute(attribute, buffer));
            to.push(Dynamic::Text(Text::from(&**buffer)));
        }
    }

    fn range(&mut self, node: NodeId, old: Option<&RangeTree>) -> RangeTree {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.range_inner(node, old))
    }

    fn range_inner(&mut self, node: NodeId, old: Option<&RangeTree>) -> RangeTree {
        let (groups, _) = self.groups(node);
        let old_items = old.map_or(&[][..], |old| &old.items);
        if groups.is_empty() {
            let body = old.map_or(WRAPPER, |old| old.body);
            return RangeTree { body, items: Vec::new(), repeated: false, otherwise: None };
        }
        let Identities { ids, from, repeated } = self.identities(&groups, old_items);
        let drafts = self.drafts(&groups);

        let was_mixed = old.is_some_and(|old| old.body == WRAPPER) && from.iter().any(Option::is_some);
        let is_one_shape = drafts.iter().all(|draft| draft.ops == drafts[0].ops);
        let is_row = groups.len() > 1 || self.facts[node as usize].is_list;
        let body = match is_one_shape && is_row && !was_mixed {
            true => self.body(&drafts, old),
            false => WRAPPER,
        };
        let same = |at: usize| match (old, from[at]) {
            (Some(old), Some(from)) if old.body == body => Some(&old.items[from].children[..]),
            _ => None,
        };
        let mut items = Vec::with_capacity(groups.len());
        for (at, ((group, draft), id)) in groups.iter().zip(&drafts).zip(ids).enumerate() {
            let children = match body {
                WRAPPER => vec![self.block(draft, same(at).and_then(<[Dynamic]>::first), true)],
                body => self.children(draft, body, same(at)),
            };
            let data = Value::Bytes(Text::from(&self.marks(group.element).to_bytes()[..]));
            items.push(Arc::new(Item { id, keyed: true, data, children }));
        }
        RangeTree { body, items, repeated, otherwise: None }
    }

    /// The block that all of a list's items are: with the places of before, as far as they do.
    fn body(&mut self, drafts: &[Draft], old: Option<&RangeTree>) -> BlockId {
        let before = old.and_then(|old| self.shapes.get(old.body)).filter(|shape| shape.ops == drafts[0].ops);
        let mut plan = match before {
            Some(shape) => shape.plan.clone(),
            None => self.plan(&drafts[0], true),
        };
        for draft in drafts {
            plan = self.widened(&plan, draft);
        }
        self.add(Shape { ops: drafts[0].ops.clone(), plan })
    }

    fn drafts(&self, groups: &[Group]) -> Vec<Draft> {
        let first = &groups[0];
        let structure = |group: &Group| self.facts[group.element as usize].structure;
        let is_alike = groups.len() > 1 && groups.iter().all(|group| structure(group) == structure(first));
        // White space that only some of the rows have must not keep them from sharing a block.
        let is_uniform = groups.iter().all(|group| group.gap == first.gap);
        let draft = |group: &Group| {
            let mut draft = Draft::default();
            if !group.is_blank || is_alike && !is_uniform {
                draft.text(&group.gap);
            } else if !group.gap.is_empty() {
                draft.ops.push(Op::Space(group.gap.as_str().into()));
            }
            let is_row = is_alike || self.element(group.element).is_some_and(facts::has_key);
            let is_short = self.facts[group.element as usize].size <= ROW;
            let mode = if is_row && is_short { Mode::Row } else { Mode::Part };
            self.outer(group.element, mode, &mut draft);
            draft
        };
        groups.iter().map(draft).collect()
    }

    fn marks(&self, element: NodeId) -> Marks {
        let Facts { content, structure, .. } = self.facts[element as usize];
        let mut tag = DefaultHasher::new();
        self.element(element).map(|element| &element.name.local).hash(&mut tag);
        Marks { content, structure, tag: tag.finish() }
    }

    /// Which items are those of before, and the ids of all: keys, or what the page made up when they came.
    fn identities(&mut self, groups: &[Group], old: &[Arc<Item>]) -> Identities {
        let mut taken = HashMap::new();
        let keys = self.keys(groups);
        let mut ids: Vec<Option<Arc<str>>> =
            keys.into_iter().map(|key| key.map(|key| unique(&mut taken, key))).collect();
        let repeated = taken.values().any(|asked| *asked > 1);

        let by_id: HashMap<&str, usize> = old.iter().enumerate().map(|(at, item)| (&*item.id, at)).collect();
        let mut from: Vec<Option<usize>> =
            ids.iter().map(|id| id.as_ref().and_then(|id| by_id.get(&**id).copied())).collect();
        // A page's own ids start with one `~`.
        let is_own = |id: &str| id.starts_with('~') && !id.starts_with("~~");
        let old_own: Vec<(usize, Marks)> = old
            .iter()
            .enumerate()
            .filter(|(_, item)| is_own(&item.id))
            .filter_map(|(at, item)| match &item.data {
                Value::Bytes(bytes) => Some((at, Marks::from_bytes(bytes.as_bytes())?)),
                _ => None,
            })
            .collect();
        let new_own: Vec<usize> = (0..ids.len()).filter(|at| ids[*at].is_none()).collect();
        let old_marks: Vec<Marks> = old_own.iter().map(|(_, marks)| *marks).collect();
        let new_marks: Vec<Marks> = new_own.iter().map(|at| self.marks(groups[*at].element)).collect();
        for (at, matched) in new_own.iter().zip(matching::matches(&old_marks, &new_marks)) {
            from[*at] = matched.map(|matched| old_own[matched].0);
            let id = match from[*at] {
                Some(from) => old[from].id.clone(),
                None => self.ids.next(),
            };
            ids[*at] = Some(id);
        }
        Identities { ids: ids.into_iter().flatten().collect(), from, repeated }
    }

    /// The keys of items. An attribute with the same value in every item is no key.
    fn keys(&self, groups: &[Group]) -> Vec<Option<String>> {
        let mut keys: Vec<Option<String>> = vec![None; groups.len()];
        for name in KEY_ATTRIBUTES {
            let value = |group: &Group| {
                self.element(group.element)?.attribute(name).filter(|value| !value.is_empty())
            };
            let first = value(&groups[0]);
            if groups.len() > 1 && groups.iter().all(|group| value(group) == first) {
                continue;
            }
            for (key, group) in keys.iter_mut().zip(groups).filter(|(key, _)| key.is_none()) {
                *key = value(group).map(str::to_owned);
            }
        }
        keys
    }
}

struct Identities {
    ids: Vec<Arc<str>>,
    /// For each new item the old one that it is.
    from: Vec<Option<usize>>,
    repeated: bool,
}

impl Draft {
    fn text(&mut self, text: &str) {
        self.ops.push(Op::Text);
        self.places.push(Place::Text(Text::from(text)));
    }
}

/// White space as HTML has it.
fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Attributes without a value that come and go.
const SWITCHES: [&str; 8] =
    ["checked", "selected", "disabled", "readonly", "required", "open", "multiple", "autofocus"];

/// Whether an element is one that [`SWITCHES`] are for.
fn has_switches(element: &Element) -> bool {
    let names =
        ["input", "option", "button", "select", "textarea", "details", "dialog", "fieldset", "optgroup"];
    element.is_html() && names.contains(&&*element.name.local)
}
