//! Where two lists differ.

use super::{List, Node};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::ops::Range;
use std::slice;
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
    let (high_a, high_b) = (old.0.height(), new.0.height());
    if high_a == high_b {
        walk.nodes(slice::from_ref(&old.0), slice::from_ref(&new.0));
        return walk.found;
    }
    let (mut a, mut b) = (vec![&old.0], vec![&new.0]);
    for _ in high_b..high_a {
        a = a.iter().flat_map(|&node| node.children()).collect();
    }
    for _ in high_a..high_b {
        b = b.iter().flat_map(|&node| node.children()).collect();
    }
    walk.nodes(&a, &b);
    walk.found
}

/// Up to so many nodes are searched one by one.
const FEW: usize = 8;

fn expand<T>(nodes: &[impl Borrow<Arc<Node<T>>>]) -> Vec<&Arc<Node<T>>> {
    nodes.iter().flat_map(|node| node.borrow().children()).collect()
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
    fn nodes<N: Borrow<Arc<Node<T>>>>(&mut self, mut a: &[N], mut b: &[N]) {
        while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b)
            && Arc::ptr_eq(x.borrow(), y.borrow())
        {
            self.skip(x.borrow().len());
            (a, b) = (rest_a, rest_b);
        }
        let mut tail = 0;
        while let ([rest_a @ .., x], [rest_b @ .., y]) = (a, b)
            && Arc::ptr_eq(x.borrow(), y.borrow())
        {
            tail += x.borrow().len();
            (a, b) = (rest_a, rest_b);
        }
        self.between(a, b);
        self.skip(tail);
    }

    /// Compares two runs without a common end: from one shared node to the next.
    fn between<N: Borrow<Arc<Node<T>>>>(&mut self, a: &[N], b: &[N]) {
        match (a, b) {
            ([], _) | (_, []) => return self.differ(items(a), items(b)),
            ([x], [y]) => return self.pair(x.borrow(), y.borrow()),
            _ => {}
        }
        let address = |node: &N| Arc::as_ptr(node.borrow());
        let places: HashMap<*const Node<T>, usize> = match a.len() {
            ..=FEW => HashMap::new(),
            _ => a.iter().enumerate().map(|(at, node)| (address(node), at)).collect(),
        };
        let find = |node: &N| match a.len() {
            ..=FEW => a.iter().position(|other| address(other) == address(node)),
            _ => places.get(&address(node)).copied(),
        };
        let (mut from_a, mut from_b) = (0, 0);
        for (at_b, node) in b.iter().enumerate() {
            match find(node) {
                Some(at_a) if at_a >= from_a => {
                    self.deeper(&a[from_a..at_a], &b[from_b..at_b]);
                    self.skip(node.borrow().len());
                    (from_a, from_b) = (at_a + 1, at_b + 1);
                }
                _ => {}
            }
        }
        self.deeper(&a[from_a..], &b[from_b..]);
    }

    /// Compares two nodes that are not one.
    fn pair(&mut self, a: &Node<T>, b: &Node<T>) {
        match (a, b) {
            (Node::Leaf(a), Node::Leaf(b)) => self.items(a, b),
            _ => self.nodes(a.children(), b.children()),
        }
    }

    /// Compares two runs that share no node.
    fn deeper<N: Borrow<Arc<Node<T>>>>(&mut self, a: &[N], b: &[N]) {
        match (a, b) {
            ([], _) | (_, []) => self.differ(items(a), items(b)),
            ([x], [y]) => self.pair(x.borrow(), y.borrow()),
            ([x, ..], [_, ..]) if !x.borrow().children().is_empty() => self.nodes(&expand(a), &expand(b)),
            _ => self.items(&leaves(a), &leaves(b)),
        }
    }

    /// Compares the items of leaves.
    fn items<I: Borrow<T>>(&mut self, a: &[I], b: &[I]) {
        let same = |(a, b): &(&I, &I)| (self.same)((*a).borrow(), (*b).borrow());
        let prefix = a.iter().zip(b).take_while(same).count();
        let (rest_a, rest_b) = (&a[prefix..], &b[prefix..]);
        let suffix = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(same).count();
        self.skip(prefix);
        self.differ(rest_a.len() - suffix, rest_b.len() - suffix);
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

fn items<T>(nodes: &[impl Borrow<Arc<Node<T>>>]) -> usize {
    nodes.iter().map(|node| node.borrow().len()).sum()
}

fn leaves<'n, T>(nodes: &'n [impl Borrow<Arc<Node<T>>>]) -> Vec<&'n T> {
    let items = |node: &'n Arc<Node<T>>| match &**node {
        Node::Leaf(items) => items.iter(),
        Node::Inner(_) => [].iter(),
    };
    nodes.iter().flat_map(|node| items(node.borrow())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_nodes_come_before_one_that_stays() {
        let list = |from: usize| (from..from + 100_000).collect::<List<usize>>();
        let (a, b) = (list(0), list(100_000));
        let (a, b) = (a.0.children(), b.0.children());
        // In both `b[0]`; before it stands in the one nothing, in the other nodes of many leaves.
        assert!(!a[0].children()[0].children().is_empty());
        let (old, new) = ([&b[0], &b[1]], [&a[0], &a[1], &b[0], &a[2]]);
        let mut walk = Walk { same: &|a, b| a == b, old: 0, new: 0, found: Vec::new() };
        walk.nodes(&old, &new);
        let (first, second) = (b[0].len(), b[1].len());
        let before = a[0].len() + a[1].len();
        assert_eq!(
            walk.found,
            [
                Difference { old: 0..0, new: 0..before },
                Difference { old: first..first + second, new: before + first..before + first + a[2].len() },
            ]
        );
    }
}
