//! A document as a parser makes it: nodes in one vector, which refer to each other by index.

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode};
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::TreeSink;
use html5ever::{Attribute, LocalName, QualName, expanded_name, local_name, ns};
use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

/// Index of a node.
pub(super) type NodeId = u32;

const NONE: NodeId = NodeId::MAX;

/// The document itself.
pub(super) const DOCUMENT: NodeId = 0;

#[derive(Debug)]
pub(super) struct Node {
    parent: NodeId,
    previous: NodeId,
    next: NodeId,
    first: NodeId,
    last: NodeId,
    pub kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// The document, or what a `template` element holds.
    Root,
    Doctype {
        name: StrTendril,
        public_id: StrTendril,
        system_id: StrTendril,
    },
    Text(StrTendril),
    Comment(StrTendril),
    Element(Box<Element>),
}

#[derive(Debug)]
pub(super) struct Element {
    pub name: QualName,
    pub attributes: Vec<Attribute>,
    /// What a `template` element holds.
    pub contents: Option<NodeId>,
    /// MathML's `annotation-xml` with HTML in it.
    holds_html: bool,
}

impl Element {
    pub fn is_html(&self) -> bool {
        self.name.ns == ns!(html)
    }

    /// Whether it is the HTML element of that name.
    pub fn is(&self, name: &LocalName) -> bool {
        self.is_html() && self.name.local == *name
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|a| a.name.ns == ns!() && *a.name.local == *name).map(|a| &*a.value)
    }
}

#[derive(Debug)]
pub(super) struct Dom {
    nodes: Vec<Node>,
    /// Whether the tags were not as they should be, so that writing the document may give another one.
    pub has_errors: bool,
}

impl Dom {
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn kind(&self, node: NodeId) -> &Kind {
        &self.nodes[node as usize].kind
    }

    pub fn element(&self, node: NodeId) -> Option<&Element> {
        match self.kind(node) {
            Kind::Element(element) => Some(element),
            _ => None,
        }
    }

    /// The children of a node, in order; those of a `template` element are what it holds.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + use<'_> {
        let holder = self.element(node).and_then(|element| element.contents).unwrap_or(node);
        let some = |node: NodeId| (node != NONE).then_some(node);
        let first = some(self.nodes[holder as usize].first);
        std::iter::successors(first, move |node| some(self.nodes[*node as usize].next))
    }

    #[cfg(test)]
    pub fn sort_attributes(&mut self) {
        for node in &mut self.nodes {
            if let Kind::Element(element) = &mut node.kind {
                element.attributes.sort();
                let is_body = element.is(&local_name!("body"));
                element.attributes.retain(|attribute| !is_body || attribute.name.local != local_name!("id"));
            }
        }
    }

    /// The first child that is the HTML element of that name.
    pub fn child(&self, node: NodeId, name: &LocalName) -> Option<NodeId> {
        self.children(node).find(|child| self.element(*child).is_some_and(|element| element.is(name)))
    }

    fn push(&mut self, kind: Kind) -> NodeId {
        let node = Node { parent: NONE, previous: NONE, next: NONE, first: NONE, last: NONE, kind };
        self.nodes.push(node);
        (self.nodes.len() - 1) as NodeId
    }

    fn unlink(&mut self, node: NodeId) {
        let Node { parent, previous, next, .. } = self.nodes[node as usize];
        if parent == NONE {
            return;
        }
        match previous {
            NONE => self.nodes[parent as usize].first = next,
            previous => self.nodes[previous as usize].next = next,
        }
        match next {
            NONE => self.nodes[parent as usize].last = previous,
            next => self.nodes[next as usize].previous = previous,
        }
        let node = &mut self.nodes[node as usize];
        (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
    }

    /// Puts a node that stands nowhere before `next`, or at the end.
    fn link(&mut self, node: NodeId, parent: NodeId, next: NodeId) {
        let previous = match next {
            NONE => std::mem::replace(&mut self.nodes[parent as usize].last, node),
            next => std::mem::replace(&mut self.nodes[next as usize].previous, node),
        };
        match previous {
            NONE => self.nodes[parent as usize].first = node,
            previous => self.nodes[previous as usize].next = node,
        }
        let node = &mut self.nodes[node as usize];
        (node.parent, node.previous, node.next) = (parent, previous, next);
    }

    /// Puts a node or text before `next`, or at the end. Text is added to the text before it.
    fn insert(&mut self, parent: NodeId, next: NodeId, child: NodeOrText<NodeId>) {
        let node = match child {
            NodeOrText::AppendNode(node) => {
                self.unlink(node);
                node
            }
            NodeOrText::AppendText(text) => {
                let previous = match next {
                    NONE => self.nodes[parent as usize].last,
                    next => self.nodes[next as usize].previous,
                };
                if previous != NONE
                    && let Kind::Text(before) = &mut self.nodes[previous as usize].kind
                {
                    before.push_tendril(&text);
                    return;
                }
                self.push(Kind::Text(text))
            }
        };
        self.link(node, parent, next);
    }

    /// Whether no more than `most` elements stand inside each other.
    pub fn is_at_most(&self, most: usize) -> bool {
        let mut open = vec![(DOCUMENT, 0)];
        while let Some((node, depth)) = open.pop() {
            if depth > most {
                return false;
            }
            open.extend(self.children(node).filter(|c| self.element(*c).is_some()).map(|c| (c, depth + 1)));
        }
        true
    }
}

/// What html5ever builds a [`Dom`] with.
pub(super) struct Builder {
    dom: RefCell<Dom>,
    /// How often the parser did something.
    pub calls: Cell<u64>,
    /// How deep elements were put, about: what is moved later counts as it was.
    pub depth: Cell<usize>,
    depths: RefCell<Vec<u32>>,
}

impl Builder {
    pub fn new() -> Builder {
        let mut dom = Dom { nodes: Vec::new(), has_errors: false };
        dom.push(Kind::Root);
        Builder {
            dom: RefCell::new(dom),
            calls: Cell::new(0),
            depth: Cell::new(0),
            depths: RefCell::new(vec![0]),
        }
    }

    /// Number of nodes made so far.
    pub fn len(&self) -> usize {
        self.dom.borrow().len()
    }

    fn make(&self, kind: Kind) -> NodeId {
        self.call();
        self.dom.borrow_mut().push(kind)
    }

    fn call(&self) {
        self.calls.set(self.calls.get() + 1);
    }

    fn note_depth(&self, parent: NodeId, child: &NodeOrText<NodeId>) {
        let NodeOrText::AppendNode(child) = child else { return };
        let mut depths = self.depths.borrow_mut();
        let most = 1 + *child.max(&parent) as usize;
        if depths.len() < most {
            depths.resize(most, 0);
        }
        let depth = depths[parent as usize] + 1;
        depths[*child as usize] = depth;
        self.depth.set(self.depth.get().max(depth as usize));
    }
}

/// What the parser says of characters, not of tags.
fn is_harmless(message: &str) -> bool {
    message.starts_with("Bad character")
        || message.contains("character reference")
        || message == "Duplicate attribute"
}

impl TreeSink for Builder {
    type Handle = NodeId;
    type Output = Dom;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Dom {
        self.dom.into_inner()
    }

    fn parse_error(&self, message: Cow<'static, str>) {
        self.call();
        if !is_harmless(&message) {
            self.dom.borrow_mut().has_errors = true;
        }
    }

    fn get_document(&self) -> NodeId {
        DOCUMENT
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        Ref::map(self.dom.borrow(), |dom| match dom.kind(*target) {
            Kind::Element(element) => &element.name,
            other => unreachable!("the parser asks for the name of an element, not of {other:?}"),
        })
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        let contents = flags.template.then(|| self.make(Kind::Root));
        let holds_html = flags.mathml_annotation_xml_integration_point;
        // A parser never ends the text of a `plaintext` element, so nothing that is written could have one.
        let name = match name.expanded() {
            expanded_name!(html "plaintext") => QualName::new(None, ns!(html), local_name!("pre")),
            _ => name,
        };
        self.make(Kind::Element(Box::new(Element { name, attributes, contents, holds_html })))
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.make(Kind::Comment(text))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.make(Kind::Comment(StrTendril::from(format!("?{target} {data}"))))
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.call();
        self.note_depth(*parent, &child);
        self.dom.borrow_mut().insert(*parent, NONE, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        let has_parent = self.dom.borrow().nodes[*element as usize].parent != NONE;
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        let doctype = self.make(Kind::Doctype { name, public_id, system_id });
        self.dom.borrow_mut().insert(DOCUMENT, NONE, NodeOrText::AppendNode(doctype));
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        let dom = self.dom.borrow();
        dom.element(*target).and_then(|element| element.contents).unwrap_or(*target)
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.call();
        let parent = self.dom.borrow().nodes[*sibling as usize].parent;
        if parent == NONE {
            return;
        }
        self.note_depth(parent, &child);
        let mut dom = self.dom.borrow_mut();
        if let NodeOrText::AppendNode(node) = child {
            dom.unlink(node);
        }
        dom.insert(parent, *sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.call();
        let mut dom = self.dom.borrow_mut();
        if let Kind::Element(element) = &mut dom.nodes[*target as usize].kind {
            for attribute in attributes {
                if !element.attributes.iter().any(|own| own.name == attribute.name) {
                    element.attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.call();
        self.dom.borrow_mut().unlink(*target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.call();
        let mut dom = self.dom.borrow_mut();
        loop {
            let child = dom.nodes[*node as usize].first;
            if child == NONE {
                break;
            }
            dom.insert(*new_parent, NONE, NodeOrText::AppendNode(child));
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &NodeId) -> bool {
        self.dom.borrow().element(*handle).is_some_and(|element| element.holds_html)
    }
}
