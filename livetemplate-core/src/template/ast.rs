//! The syntax tree of a template set. Node and field names are those of Go's `text/template/parse`.

use super::literal::quote;
use crate::value::Text;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// All templates parsed together, by name. Later definitions have replaced earlier ones by Go's rules.
#[derive(Clone, Debug, Default)]
pub struct TemplateSet {
    /// Templates by name.
    pub templates: BTreeMap<Arc<str>, Arc<Tree>>,
}

/// One parsed template.
#[derive(Debug)]
pub struct Tree {
    /// The template's own name.
    pub name: Arc<str>,
    /// The source it stands in: error positions refer to it.
    pub source: Arc<Source>,
    /// The body.
    pub root: List,
}

/// A source text and the name it was parsed under (Go's `ParseName`).
#[derive(Debug)]
pub struct Source {
    /// Name used in error locations.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<[u8]>,
}

/// The nodes that an execution error can name by kind and position alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A [`Pipe`].
    Pipe,
    /// A [`Command`].
    Command,
    /// An [`Arg`].
    Arg,
}

impl Tree {
    /// The node of that kind at `pos` as Go prints it; empty when there is none. Takes time with the size of the tree: an
    /// error pays it, so that templates need not keep the text of every node.
    pub(crate) fn print(&self, kind: NodeKind, pos: Pos) -> String {
        let mut lists = vec![&self.root];
        while let Some(list) = lists.pop() {
            for node in &list.nodes {
                let pipe = match node {
                    Node::Action { pipe, .. } => Some(pipe),
                    Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                        lists.push(&branch.list);
                        lists.extend(&branch.else_list);
                        Some(&branch.pipe)
                    }
                    Node::Template { pipe, .. } => pipe.as_ref(),
                    Node::Text { .. } | Node::Break { .. } | Node::Continue { .. } => None,
                };
                if let Some(text) = pipe.and_then(|pipe| pipe.print(kind, pos)) {
                    return text;
                }
            }
        }
        String::new()
    }
}

impl Pipe {
    /// As [`Tree::print`], within this pipeline.
    fn print(&self, kind: NodeKind, pos: Pos) -> Option<String> {
        let mut pipes = vec![self];
        while let Some(pipe) = pipes.pop() {
            if kind == NodeKind::Pipe && pipe.pos == pos {
                return Some(pipe.to_string());
            }
            for command in &pipe.cmds {
                if kind == NodeKind::Command && command.pos == pos {
                    return Some(command.to_string());
                }
                for mut arg in &command.args {
                    loop {
                        // A pipeline as an operand stands where its own first operand does: that is `NodeKind::Pipe`.
                        let inner = match &arg.kind {
                            ArgKind::Pipe(pipe) => {
                                pipes.push(pipe);
                                break;
                            }
                            ArgKind::Chain(inner, _) => Some(inner),
                            _ => None,
                        };
                        if kind == NodeKind::Arg && arg.pos == pos {
                            return Some(arg.to_string());
                        }
                        match inner {
                            Some(inner) => arg = inner,
                            None => break,
                        }
                    }
                }
            }
        }
        None
    }
}

/// Byte offset into the source.
pub type Pos = u32;

impl Source {
    /// Line (from 1) and column (bytes from 0) of an offset, as Go's `Tree.ErrorContext` counts them.
    pub fn location(&self, pos: Pos) -> (u32, u32) {
        let before = &self.text[..(pos as usize).min(self.text.len())];
        let line = 1 + memchr::memchr_iter(b'\n', before).count() as u32;
        let start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
        (line, (before.len() - start) as u32)
    }
}

/// A sequence of nodes.
#[derive(Debug, Default)]
pub struct List {
    /// Where its first token stands.
    pub pos: Pos,
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// A node of a template's body.
#[derive(Debug)]
pub enum Node {
    /// Literal text, trim markers applied.
    Text {
        /// Where the text starts.
        pos: Pos,
        /// The bytes.
        text: Text,
    },
    /// `{{pipeline}}`.
    Action {
        /// Where the action's content starts.
        pos: Pos,
        /// Line of the action.
        line: u32,
        /// The pipeline.
        pipe: Arc<Pipe>,
    },
    /// `{{if}}`.
    If(Branch),
    /// `{{with}}`.
    With(Branch),
    /// `{{range}}`.
    Range(Branch),
    /// `{{template "name" pipeline}}`.
    Template {
        /// Where the name stands.
        pos: Pos,
        /// Line of the action.
        line: u32,
        /// Name of the template called.
        name: Arc<str>,
        /// The argument.
        pipe: Option<Arc<Pipe>>,
    },
    /// `{{break}}`.
    Break {
        /// Where it stands.
        pos: Pos,
        /// Its line.
        line: u32,
    },
    /// `{{continue}}`.
    Continue {
        /// Where it stands.
        pos: Pos,
        /// Its line.
        line: u32,
    },
}

/// `if`, `with` or `range`. `{{else if}}` and `{{else with}}` are an `else` list that holds one nested branch, as in Go.
#[derive(Debug)]
pub struct Branch {
    /// Where the keyword's content starts.
    pub pos: Pos,
    /// Line of the action.
    pub line: u32,
    /// The condition.
    pub pipe: Arc<Pipe>,
    /// What to do when it is true, or for each item.
    pub list: List,
    /// `{{else}}`.
    pub else_list: Option<List>,
}

/// A pipeline, with the variables it declares or assigns.
#[derive(Debug)]
pub struct Pipe {
    /// Where it starts.
    pub pos: Pos,
    /// Its line.
    pub line: u32,
    /// `=` instead of `:=`.
    pub is_assign: bool,
    /// Names of the variables (with `$`) and their places.
    pub decl: Vec<(Arc<str>, Pos)>,
    /// The commands.
    pub cmds: Vec<Command>,
}

/// One command of a pipeline: a function, method or value with arguments.
#[derive(Debug)]
pub struct Command {
    /// Where it starts.
    pub pos: Pos,
    /// The operands.
    pub args: Vec<Arg>,
}

/// An operand and its place.
#[derive(Debug)]
pub struct Arg {
    /// Where it starts (Go's node position: it decides the column of an error).
    pub pos: Pos,
    /// What it is.
    pub kind: ArgKind,
}

/// The kinds of operand.
#[derive(Debug)]
pub enum ArgKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// A number or character constant.
    Number(Number),
    /// A string constant: its value and how it was written.
    String {
        /// The value.
        value: Text,
        /// As written, quotes included.
        quoted: Arc<str>,
    },
    /// A function's name.
    Identifier(Arc<str>),
    /// `.A.B`
    Field(Vec<Arc<str>>),
    /// `$x.A.B`: the variable's name (with `$`) first.
    Variable(Vec<Arc<str>>),
    /// `(pipeline).A.B` or any other operand with fields after it.
    Chain(Box<Arg>, Vec<Arc<str>>),
    /// `(pipeline)`
    Pipe(Arc<Pipe>),
}

/// A number constant, with every type it can be used as (Go's `NumberNode`).
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Its value as a signed integer, if it is one.
    pub int: Option<i64>,
    /// Its value as an unsigned integer, if it is one.
    pub uint: Option<u64>,
    /// Its value as a float, if it is one.
    pub float: Option<f64>,
    /// Its real and imaginary part, if it was written as an imaginary constant: then that is its value.
    pub complex: Option<(f64, f64)>,
    /// As written.
    pub text: Arc<str>,
}

impl ArgKind {
    /// Whether it is a constant or the dot: a value that cannot be called and whose fields cannot be written after it.
    pub(crate) fn is_constant(&self) -> bool {
        match self {
            ArgKind::Dot | ArgKind::Nil | ArgKind::Bool(_) | ArgKind::Number(_) | ArgKind::String { .. } => {
                true
            }
            ArgKind::Identifier(_)
            | ArgKind::Field(_)
            | ArgKind::Variable(_)
            | ArgKind::Chain(..)
            | ArgKind::Pipe(_) => false,
        }
    }
}

/// Runs `f` with enough native stack for one more level of a tree.
fn with_stack<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 << 10, 1 << 20, f)
}

impl fmt::Display for List {
    /// As Go's `ListNode.String` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.nodes.iter().try_for_each(|node| fmt::Display::fmt(node, f))
    }
}

impl fmt::Display for Node {
    /// As the `String` method of Go's node prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let branch = |f: &mut fmt::Formatter<'_>, keyword: &str, branch: &Branch| {
            with_stack(|| {
                write!(f, "{{{{{keyword} {}}}}}{}", branch.pipe, branch.list)?;
                if let Some(list) = &branch.else_list {
                    write!(f, "{{{{else}}}}{list}")?;
                }
                f.write_str("{{end}}")
            })
        };
        match self {
            Node::Text { text, .. } => f.write_str(&text.to_str_lossy()),
            Node::Action { pipe, .. } => write!(f, "{{{{{pipe}}}}}"),
            Node::If(b) => branch(f, "if", b),
            Node::With(b) => branch(f, "with", b),
            Node::Range(b) => branch(f, "range", b),
            Node::Template { name, pipe, .. } => {
                write!(f, "{{{{template {}", quote(name.as_bytes()))?;
                if let Some(pipe) = pipe {
                    write!(f, " {pipe}")?;
                }
                f.write_str("}}")
            }
            Node::Break { .. } => f.write_str("{{break}}"),
            Node::Continue { .. } => f.write_str("{{continue}}"),
        }
    }
}

impl fmt::Display for Pipe {
    /// As Go's `PipeNode.String` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, _)) in self.decl.iter().enumerate() {
            write!(f, "{}{name}", if i > 0 { ", " } else { "" })?;
        }
        if !self.decl.is_empty() {
            f.write_str(if self.is_assign { " = " } else { " := " })?;
        }
        for (i, command) in self.cmds.iter().enumerate() {
            write!(f, "{}{command}", if i > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    /// As Go's `CommandNode.String` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            arg.fmt_operand(f)?;
        }
        Ok(())
    }
}

impl Arg {
    /// As part of something larger: a pipeline stands in parentheses.
    fn fmt_operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ArgKind::Pipe(pipe) => with_stack(|| write!(f, "({pipe})")),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Arg {
    /// As the `String` method of Go's node prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = |f: &mut fmt::Formatter<'_>, names: &[Arc<str>]| {
            names.iter().try_for_each(|name| write!(f, ".{name}"))
        };
        match &self.kind {
            ArgKind::Dot => f.write_str("."),
            ArgKind::Nil => f.write_str("nil"),
            ArgKind::Bool(value) => write!(f, "{value}"),
            ArgKind::Number(number) => f.write_str(&number.text),
            ArgKind::String { quoted, .. } => f.write_str(quoted),
            ArgKind::Identifier(name) => f.write_str(name),
            ArgKind::Field(names) => fields(f, names),
            ArgKind::Variable(names) => f.write_str(&names.join(".")),
            ArgKind::Chain(arg, names) => {
                arg.fmt_operand(f)?;
                fields(f, names)
            }
            ArgKind::Pipe(pipe) => fmt::Display::fmt(pipe, f),
        }
    }
}

// Trees are as deep as their source nests. What they hold is taken out level by level, so that dropping one needs no more
// native stack than dropping a flat tree.

impl Drop for List {
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.nodes);
        while let Some(mut node) = pending.pop() {
            if let Node::If(branch) | Node::With(branch) | Node::Range(branch) = &mut node {
                pending.append(&mut branch.list.nodes);
                if let Some(list) = &mut branch.else_list {
                    pending.append(&mut list.nodes);
                }
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.cmds);
        while let Some(command) = pending.pop() {
            for arg in command.args {
                let mut kind = arg.kind;
                while let ArgKind::Chain(inner, _) = kind {
                    kind = inner.kind;
                }
                if let ArgKind::Pipe(pipe) = kind
                    && let Some(mut pipe) = Arc::into_inner(pipe)
                {
                    pending.append(&mut pipe.cmds);
                }
            }
        }
    }
}
