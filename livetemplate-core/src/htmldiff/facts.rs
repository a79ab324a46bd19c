//! What is known of every element before a tree is made: how long it is, and hashes that tell equal ones.

use super::dom::{Dom, Kind, NodeId};
use super::write;
use crate::tree::markup::KEY_ATTRIBUTES;
use html5ever::{expanded_name, local_name, ns};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What is known of a node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// Bytes of its HTML, about.
    pub size: usize,
    /// Of all that it is.
    pub content: u64,
    /// Of its tags, without attributes and texts.
    pub structure: u64,
    /// Whether its content is a list whatever its size.
    pub is_list: bool,
}

/// The attributes that can only be meant as the key of a list's item; `id` may be there for other reasons.
const ONLY_KEYS: usize = 3;

/// The facts of all nodes that stand in `root`, by node.
pub(super) fn facts(dom: &Dom, root: NodeId) -> Vec<Facts> {
    let mut facts = vec![Facts::default(); dom.len()];
    find(dom, root, false, &mut facts);
    facts
}

/// `in_foreign`: whether the node stands in `svg` or `math`.
fn find(dom: &Dom, node: NodeId, in_foreign: bool, facts: &mut [Facts]) -> Facts {
    stacker::maybe_grow(32 << 10, 1 << 20, || {
        let mut own = Facts::default();
        let (mut content, mut structure) = (DefaultHasher::new(), DefaultHasher::new());
        match dom.kind(node) {
            Kind::Element(element) => {
                own.size = 2 * element.name.local.len() + 5;
                (&element.name.local, &element.name.ns).hash(&mut content);
                (&element.name.local, element.attribute("id").is_some()).hash(&mut structure);
                for attribute in &element.attributes {
                    own.size += attribute.name.local.len() + attribute.value.len() + 4;
                    (&attribute.name.local, &*attribute.value).hash(&mut content);
                }
            }
            Kind::Text(text) | Kind::Comment(text) => {
                own.size = text.len();
                text.hash(&mut content);
            }
            Kind::Root | Kind::Doctype { .. } => {}
        }
        if let Some(element) = dom.element(node) {
            let in_foreign = in_foreign || !element.is_html();
            own.is_list = !in_foreign && is_list(dom, node);
            let is_leaf = is_leaf(dom, node);
            for child in dom.children(node) {
                let inner = find(dom, child, in_foreign, facts);
                own.size += inner.size;
                inner.content.hash(&mut content);
                if dom.element(child).is_some() && !own.is_list && !is_leaf {
                    inner.structure.hash(&mut structure);
                }
            }
            1u8.hash(&mut content);
        }
        own.content = content.finish();
        own.structure = structure.finish();
        facts[node as usize] = own;
        own
    })
}

/// Whether an element's content is one text: it has none but text, or it belongs to a `template`.
pub(super) fn is_leaf(dom: &Dom, node: NodeId) -> bool {
    dom.element(node).is_some_and(|element| element.contents.is_some() || write::is_void(element))
        || dom.children(node).all(|child| matches!(dom.kind(child), Kind::Text(_)))
}

/// Whether an element holds items: by its name, by keys, or because all in it have an `id`.
fn is_list(dom: &Dom, node: NodeId) -> bool {
    let Some(element) = dom.element(node).filter(|element| element.contents.is_none()) else { return false };
    if matches!(
        element.name.expanded(),
        expanded_name!(html "ul") | expanded_name!(html "ol") | expanded_name!(html "tbody")
    ) {
        return true;
    }
    let mut with_id = 0;
    let mut all = 0;
    for child in dom.children(node).filter_map(|child| dom.element(child)) {
        all += 1;
        if has_key(child) {
            return true;
        }
        with_id += usize::from(child.attribute("id").is_some());
    }
    all > 1 && with_id == all
}

/// Whether an element has an attribute that makes it an item of a list.
pub(super) fn has_key(element: &super::dom::Element) -> bool {
    KEY_ATTRIBUTES[..ONLY_KEYS].iter().any(|name| element.attribute(name).is_some())
}
