//! Where two lists differ.

use super::{List, Node};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Items of the one list that stand where the other has others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// Where `new` differs from `old`, in order: between two differences the items are the same ones, or `same` says so.
///
/// The cost follows the difference, when `new` was made of `old` by few changes: parts that both share are not looked into.
pub(crate) fn differences<T>(old: &List<T>, new: &List<T>, same: &dyn Fn(&T, &T) -> bool) -> Vec<Difference> {
    let mut walk = Walk { same, old: 0, new: 0, found: Vec::new() };
    let (mut a, mut b) = (vec![&old.0], vec![&new.0]);
    let (high_a, high_b) = (old.0.height(), new.0.height());
    for _ in high_b..high_a {
        a = expand(&a);
    }
    for _ in high_a..high_b {
        b = expand(&b);
    }
    walk.nodes(&a, &b);
    walk.found
}

fn expand<'n, T>(nodes: &[&'n Arc<Node<T>>]) -> Vec<&'n Arc<Node<T>>> {
    let children = |node: &&'n Arc<Node<T>>| match &***node {
        Node::Inner(inner) => inner.children.iter(),
        Node::Leaf(_) => [].iter(),
    };
    nodes.iter().flat_map(children).collect()
}

struct Walk<'w, T> {
    same: &'w dyn Fn(&T, &T) -> bool,
    /// How far the lists are compared.
    old: usize,
    new: usize,
    found: Vec<Difference>,
}

impl<T> Walk<'_, T> {
    /// Compares two runs of nodes of one height.
    fn nodes(&mut self, mut a: &[&Arc<Node<T>>], mut b: &[&Arc<Node<T>>]) {
        while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b)
            && Arc::ptr_eq(x, y)
        {
            self.skip(x.len());
            (a, b) = (rest_a, rest_b);
        }
        let mut tail = 0;
        while let ([rest_a @ .., x], [rest_b @ .., y]) = (a, b)
            && Arc::ptr_eq(x, y)
        {
            tail += x.len();
            (a, b) = (rest_a, rest_b);
        }
        self.between(a, b);
        self.skip(tail);
    }

    /// Compares two runs without a common end: from one shared node to the next.
    fn between(&mut self, a: &[&Arc<Node<T>>], b: &[&Arc<Node<T>>]) {
        if a.is_empty() || b.is_empty() {
            return self.differ(items(a), items(b));
        }
        let places: HashMap<*const Node<T>, usize> =
            a.iter().enumerate().map(|(at, node)| (Arc::as_ptr(node), at)).collect();
        let (mut from_a, mut from_b) = (0, 0);
        for (at_b, node) in b.iter().enumerate() {
            match places.get(&Arc::as_ptr(node)) {
                Some(&at_a) if at_a >= from_a => {
                    self.deeper(&a[from_a..at_a], &b[from_b..at_b]);
                    self.skip(node.len());
                    (from_a, from_b) = (at_a + 1, at_b + 1);
                }
                _ => {}
            }
        }
        self.deeper(&a[from_a..], &b[from_b..]);
    }

    /// Compares two runs that share no node.
    fn deeper(&mut self, a: &[&Arc<Node<T>>], b: &[&Arc<Node<T>>]) {
        if let ([x, ..], [_, ..]) = (a, b)
            && let Node::Inner(_) = &***x
        {
            return self.nodes(&expand(a), &expand(b));
        }
        let (a_items, b_items) = (leaves(a), leaves(b));
        let most = a_items.len().min(b_items.len());
        let is_same = |i: usize, j: usize| (self.same)(a_items[i], b_items[j]);
        let prefix = (0..most).take_while(|&i| is_same(i, i)).count();
        let suffix =
            (0..most - prefix).take_while(|&i| is_same(a_items.len() - 1 - i, b_items.len() - 1 - i)).count();
        self.skip(prefix);
        self.differ(a_items.len() - prefix - suffix, b_items.len() - prefix - suffix);
        self.skip(suffix);
    }

    fn skip(&mut self, items: usize) {
        self.old += items;
        self.new += items;
    }

    fn differ(&mut self, old: usize, new: usize) {
        if old == 0 && new == 0 {
            return;
        }
        let difference = Difference { old: self.old..self.old + old, new: self.new..self.new + new };
        self.old += old;
        self.new += new;
        match self.found.last_mut() {
            Some(last) if last.old.end == difference.old.start && last.new.end == difference.new.start => {
                last.old.end = difference.old.end;
                last.new.end = difference.new.end;
            }
            _ => self.found.push(difference),
        }
    }
}

fn items<T>(nodes: &[&Arc<Node<T>>]) -> usize {
    nodes.iter().map(|n| n.len()).sum()
}

fn leaves<'n, T>(nodes: &[&'n Arc<Node<T>>]) -> Vec<&'n T> {
    let items = |node: &&'n Arc<Node<T>>| match &***node {
        Node::Leaf(items) => items.iter(),
        Node::Inner(_) => [].iter(),
    };
    nodes.iter().flat_map(items).collect()
}
