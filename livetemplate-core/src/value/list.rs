//! A shared list whose copies cost their difference: a B-tree of leaves, so that changing one of 10,000 items copies one leaf
//! and the way to it, and what two lists share is found without looking at the items.

mod difference;

pub(crate) use difference::{Difference, differences};

use super::Value;
use crate::memory::{COUNTS, Memory};
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

/// Most children of an inner node. Whoever changes an item copies, and then drops, as many pointers on every level.
const FULL: usize = 16;

/// A shared list. Cloning shares it.
pub struct List<T = Value>(Arc<Node<T>>);

enum Node<T> {
    Leaf(Vec<T>),
    Inner(Inner<T>),
}

/// Children of equal height.
struct Inner<T> {
    /// Items under all children.
    len: usize,
    children: Vec<Arc<Node<T>>>,
}

impl<T> List<T> {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at an index.
    pub fn get(&self, index: usize) -> Option<&T> {
        let (leaf, at) = self.0.leaf(index)?;
        leaf.get(at)
    }

    /// The items in order.
    pub fn iter(&self) -> Iter<'_, T> {
        self.range(..)
    }

    /// The items of a range of indexes; what lies beyond the end is left out.
    pub fn range(&self, range: impl RangeBounds<usize>) -> Iter<'_, T> {
        let from = match range.start_bound() {
            Bound::Included(&at) => at,
            Bound::Excluded(&at) => at.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(&at) => at.saturating_add(1),
            Bound::Excluded(&at) => at,
            Bound::Unbounded => usize::MAX,
        };
        let to = to.min(self.len());
        Iter { list: self, leaf: [].iter(), next: from.min(to), left: to.saturating_sub(from) }
    }

    /// What tells this list from others that are alive.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether both are one and the same.
    pub(crate) fn is(&self, other: &List<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> List<T> {
    /// Adds what the list holds; `item` adds what an item holds.
    pub(crate) fn measure(&self, memory: &mut Memory, item: &dyn Fn(&T, &mut Memory)) {
        measure(&self.0, memory, item);
    }
}

fn measure<T>(node: &Arc<Node<T>>, memory: &mut Memory, item: &dyn Fn(&T, &mut Memory)) {
    if !memory.add_shared(Arc::as_ptr(node).addr(), COUNTS + size_of::<Node<T>>()) {
        return;
    }
    match &**node {
        Node::Leaf(items) => {
            memory.add(items.capacity() * size_of::<T>());
            items.iter().for_each(|i| item(i, memory));
        }
        Node::Inner(inner) => {
            memory.add(inner.children.capacity() * size_of::<Arc<Node<T>>>());
            inner.children.iter().for_each(|child| measure(child, memory, item));
        }
    }
}

impl<T: Clone> List<T> {
    /// The item at an index, to change. Parts that other lists share are copied.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.len() { None } else { Some(item_mut(&mut self.0, index)) }
    }

    /// Puts an item before the one at `index`, or at the end.
    ///
    /// # Panics
    /// When `index` is greater than the length.
    pub(crate) fn insert(&mut self, index: usize, item: T) {
        assert!(index <= self.len(), "index {index} of a list of {}", self.len());
        if let Some(right) = insert(&mut self.0, index, item) {
            self.0 = Arc::new(Node::inner(vec![self.0.clone(), right]));
        }
    }

    /// Takes the item at `index` out.
    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        let item = remove(&mut self.0, index);
        while let Node::Inner(inner) = &*self.0
            && let [only] = &inner.children[..]
        {
            self.0 = only.clone();
        }
        Some(item)
    }
}

impl List {
    /// [`List::insert`]; a map shares its keys with the item beside it.
    pub(super) fn insert_like(&mut self, index: usize, mut item: Value) {
        if let (Value::Map(map), Some(Value::Map(beside))) = (&mut item, self.get(index.saturating_sub(1))) {
            map.share_keys(beside);
        }
        self.insert(index, item);
    }
}

impl<T> Node<T> {
    /// Most items of a leaf. Plain bytes are copied in one go.
    const LEAF: usize = if std::mem::needs_drop::<T>() { FULL } else { 4 * FULL };

    fn height(&self) -> usize {
        let mut height = 0;
        let mut node = self;
        while let Node::Inner(inner) = node
            && let Some(child) = inner.children.first()
        {
            height += 1;
            node = child;
        }
        height
    }

    fn inner(children: Vec<Arc<Node<T>>>) -> Node<T> {
        Node::Inner(Inner { len: children.iter().map(|c| c.len()).sum(), children })
    }

    /// The children of an inner node; a leaf has none.
    fn children(&self) -> &[Arc<Node<T>>] {
        match self {
            Node::Leaf(_) => &[],
            Node::Inner(inner) => &inner.children,
        }
    }

    fn len(&self) -> usize {
        match self {
            Node::Leaf(items) => items.len(),
            Node::Inner(inner) => inner.len,
        }
    }

    /// Most of what [`Node::width`] counts.
    fn most(&self) -> usize {
        match self {
            Node::Leaf(_) => Self::LEAF,
            Node::Inner(_) => FULL,
        }
    }

    /// Items of a leaf, or children of an inner node.
    fn width(&self) -> usize {
        match self {
            Node::Leaf(items) => items.len(),
            Node::Inner(inner) => inner.children.len(),
        }
    }

    /// The leaf that holds the item at `index`, and where it stands there.
    fn leaf(&self, mut index: usize) -> Option<(&[T], usize)> {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(items) => return (index < items.len()).then_some((&items[..], index)),
                Node::Inner(inner) => {
                    let mut children = inner.children.iter();
                    node = loop {
                        let child = children.next()?;
                        if index < child.len() {
                            break child;
                        }
                        index -= child.len();
                    };
                }
            }
        }
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> List<T> {
        List(self.0.clone())
    }
}

impl<T: Clone> Clone for Node<T> {
    fn clone(&self) -> Node<T> {
        match self {
            Node::Leaf(items) => Node::Leaf(items.clone()),
            Node::Inner(inner) => Node::Inner(Inner { len: inner.len, children: inner.children.clone() }),
        }
    }
}

impl<T> Inner<T> {
    /// The child that holds the item at `index`, or would hold it at its end, and the index in it.
    fn child(&self, mut index: usize) -> (usize, usize) {
        let last = self.children.len() - 1;
        for (at, child) in self.children[..last].iter().enumerate() {
            if index < child.len() {
                return (at, index);
            }
            index -= child.len();
        }
        (last, index)
    }
}

fn item_mut<T: Clone>(node: &mut Arc<Node<T>>, index: usize) -> &mut T {
    match Arc::make_mut(node) {
        Node::Leaf(items) => &mut items[index],
        Node::Inner(inner) => {
            let (at, index) = inner.child(index);
            item_mut(&mut inner.children[at], index)
        }
    }
}

/// Puts the item in; a node that would be too full gives its right part back.
fn insert<T: Clone>(node: &mut Arc<Node<T>>, index: usize, item: T) -> Option<Arc<Node<T>>> {
    match Arc::make_mut(node) {
        Node::Leaf(items) => {
            let full = Node::<T>::LEAF;
            if items.len() < full {
                items.insert(index, item);
                return None;
            }
            // Whoever appends goes on appending: the full leaf stays full.
            let at = if index == full { full } else { full / 2 };
            let mut right = items.split_off(at);
            if index > at || right.is_empty() {
                right.insert(index - at, item);
            } else {
                items.insert(index, item);
            }
            Some(Arc::new(Node::Leaf(right)))
        }
        Node::Inner(inner) => {
            inner.len += 1;
            let (at, index) = inner.child(index);
            let new = insert(&mut inner.children[at], index, item)?;
            inner.children.insert(at + 1, new);
            if inner.children.len() <= FULL {
                return None;
            }
            let at = if at + 2 == inner.children.len() { FULL } else { FULL / 2 };
            let right = Node::inner(inner.children.split_off(at));
            inner.len -= right.len();
            Some(Arc::new(right))
        }
    }
}

fn remove<T: Clone>(node: &mut Arc<Node<T>>, index: usize) -> T {
    match Arc::make_mut(node) {
        Node::Leaf(items) => items.remove(index),
        Node::Inner(inner) => {
            inner.len -= 1;
            let (at, index) = inner.child(index);
            let item = remove(&mut inner.children[at], index);
            let child = &inner.children[at];
            if child.width() < child.most() / 4 {
                join(&mut inner.children, at);
            }
            item
        }
    }
}

/// Joins the sparse child at `at` with a neighbour if one node can hold both.
fn join<T: Clone>(children: &mut Vec<Arc<Node<T>>>, at: usize) {
    let fits = |a: usize, b: usize| match (children.get(a), children.get(b)) {
        (Some(a), Some(b)) => a.width() + b.width() <= a.most(),
        _ => false,
    };
    let left = if at > 0 && fits(at - 1, at) {
        at - 1
    } else if fits(at, at + 1) {
        at
    } else {
        // A neighbour is fuller, so that the children stay few; only an empty one must go.
        if children[at].width() == 0 {
            children.remove(at);
        }
        return;
    };
    let right = children.remove(left + 1);
    match (Arc::make_mut(&mut children[left]), &*right) {
        (Node::Leaf(a), Node::Leaf(b)) => a.extend_from_slice(b),
        (Node::Inner(a), Node::Inner(b)) => {
            a.len += b.len;
            a.children.extend_from_slice(&b.children);
        }
        // Children are of one height.
        _ => {}
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> List<T> {
        let full = Node::<T>::LEAF;
        if items.len() <= full {
            return List(Arc::new(Node::Leaf(items)));
        }
        let mut level: Vec<Arc<Node<T>>> = Vec::with_capacity(items.len().div_ceil(full));
        let mut items = items.into_iter();
        while items.len() > 0 {
            level.push(Arc::new(Node::Leaf(items.by_ref().take(full).collect())));
        }
        while level.len() > 1 {
            level = level.chunks(FULL).map(|c| Arc::new(Node::inner(c.to_vec()))).collect();
        }
        List(level.swap_remove(0))
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> List<T> {
        items.into_iter().collect::<Vec<_>>().into()
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.iter().collect::<Vec<_>>()).finish()
    }
}

impl<'l, T> IntoIterator for &'l List<T> {
    type Item = &'l T;
    type IntoIter = Iter<'l, T>;
    fn into_iter(self) -> Iter<'l, T> {
        self.iter()
    }
}

/// The items of a [`List`], in order.
pub struct Iter<'l, T = Value> {
    list: &'l List<T>,
    /// The rest of the current leaf.
    leaf: std::slice::Iter<'l, T>,
    /// Index of the first item after the current leaf.
    next: usize,
    left: usize,
}

impl<'l, T> Iterator for Iter<'l, T> {
    type Item = &'l T;

    fn next(&mut self) -> Option<&'l T> {
        self.left = self.left.checked_sub(1)?;
        if let Some(item) = self.leaf.next() {
            return Some(item);
        }
        let (leaf, at) = self.list.0.leaf(self.next)?;
        self.next += leaf.len() - at;
        self.leaf = leaf[at..].iter();
        self.leaf.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
