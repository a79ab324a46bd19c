//! Names of the places of a program's templates, for reports that name many of them.

use super::program::Program;
use crate::template::ast::{List, Node, Pipe, Pos, Tree};
use crate::template::expr::{SiteId, SiteNode};
use std::collections::HashMap;
use std::sync::Arc;

/// A place in a source, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Name of the source.
    pub template: String,
    /// From 1.
    pub line: u32,
    /// In bytes, from 0.
    pub column: u32,
}

/// Finds places without going through a source, or a syntax tree, once for each.
pub(super) struct Places<'p> {
    program: &'p Program,
    /// For each template where the lines of its source start. Templates of one source share it.
    lines: Vec<Arc<[u32]>>,
    /// For each template its pipelines by position.
    pipes: Vec<Arc<HashMap<Pos, &'p Pipe>>>,
}

impl<'p> Places<'p> {
    pub fn of(program: &'p Program) -> Places<'p> {
        let mut lines_of = HashMap::new();
        let mut pipes_of = HashMap::new();
        let mut places = Places { program, lines: Vec::new(), pipes: Vec::new() };
        for template in &program.templates {
            let tree = &template.code.tree;
            let lines = lines_of.entry(Arc::as_ptr(&tree.source)).or_insert_with(|| {
                let text = &tree.source.text;
                let starts = memchr::memchr_iter(b'\n', text).map(|end| end as u32 + 1);
                std::iter::once(0).chain(starts).collect()
            });
            places.lines.push(Arc::clone(lines));
            let pipes = pipes_of.entry(Arc::as_ptr(tree)).or_insert_with(|| Arc::new(pipes(tree)));
            places.pipes.push(Arc::clone(pipes));
        }
        places
    }

    /// Where a position of a template stands.
    pub fn at(&self, template: usize, pos: Pos) -> Place {
        let source = &self.program.templates[template].code.tree.source;
        let pos = pos.min(source.text.len() as u32);
        let line = self.lines[template].partition_point(|start| *start <= pos);
        let column = pos - self.lines[template][line - 1];
        Place { template: source.name.to_string(), line: line as u32, column }
    }

    /// The position of a site.
    pub fn pos(&self, template: usize, site: SiteId) -> Pos {
        let sites = &self.program.templates[template].code.sites;
        sites.get(site as usize).map_or(0, |site| site.pos)
    }

    /// What stands at the site of a pipeline or call, as Go prints it in an error.
    pub fn action(&self, template: usize, site: SiteId) -> String {
        match self.program.templates[template].code.sites.get(site as usize).map(|s| (&s.node, s.pos)) {
            Some((SiteNode::Text(text), _)) => text.to_string(),
            Some((SiteNode::Tree(_), pos)) => {
                self.pipes[template].get(&pos).map_or_else(String::new, ToString::to_string)
            }
            None => String::new(),
        }
    }
}

/// The pipelines of a tree's nodes, without those that stand in others.
fn pipes(tree: &Tree) -> HashMap<Pos, &Pipe> {
    let mut found = HashMap::new();
    let mut lists: Vec<&List> = vec![&tree.root];
    while let Some(list) = lists.pop() {
        for node in &list.nodes {
            let pipe = match node {
                Node::Action { pipe, .. } => pipe,
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    lists.push(&branch.list);
                    lists.extend(&branch.else_list);
                    &branch.pipe
                }
                Node::Template { .. } | Node::Text { .. } | Node::Break { .. } | Node::Continue { .. } => {
                    continue;
                }
            };
            found.insert(pipe.pos, &**pipe);
        }
    }
    found
}
