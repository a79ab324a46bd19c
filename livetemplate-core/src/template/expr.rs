//! Pipelines made ready to execute: variables are slots of a frame, functions are resolved, and every place that an
//! error can name is a numbered [`Site`].

use super::ast::{Arg, ArgKind, Command, NodeKind, Number, Pipe, Pos, Tree};
use super::functions::{self, Signature};
use super::host;
use crate::value::{self, Map, Text, Value, append_quoted, lossy};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A place that an execution error can name.
#[derive(Debug)]
pub(crate) struct Site {
    pub pos: Pos,
    pub node: SiteNode,
}

/// What stands at a [`Site`].
#[derive(Debug)]
pub(crate) enum SiteNode {
    /// A node of the tree.
    Tree(NodeKind),
    /// A node that is not in the tree as it is, as Go prints it.
    Text(Box<str>),
}

/// Index into [`Code::sites`].
pub(crate) type SiteId = u32;

/// Index of a variable in its template's frame; 0 is `$`.
pub(crate) type VarSlot = u32;

/// What belongs to one derived template as a whole.
#[derive(Debug)]
pub(crate) struct Code {
    /// The template's name as errors show it.
    pub name: Arc<str>,
    /// Where its source is.
    pub tree: Arc<Tree>,
    pub sites: Vec<Site>,
    /// How many variable slots a call of the template needs.
    pub frame: u32,
}

impl Code {
    /// The node at a site as Go prints it.
    pub fn context(&self, site: SiteId) -> String {
        match self.sites.get(site as usize) {
            Some(Site { pos, node: SiteNode::Tree(kind) }) => self.tree.print(*kind, *pos),
            Some(Site { node: SiteNode::Text(text), .. }) => text.to_string(),
            None => String::new(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    pub site: SiteId,
    pub commands: Box<[CommandCode]>,
    /// The variables that get the value. For a range with two variables the first is the index.
    pub targets: Box<[Target]>,
    /// Whether the variables exist already (`=` instead of `:=`).
    pub assigns: bool,
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Parentheses nest deeply.
        stacker::maybe_grow(32 << 10, 1 << 20, || drop(std::mem::take(&mut self.commands)));
    }
}

/// A variable that a pipeline declares or assigns.
#[derive(Debug)]
pub(crate) enum Target {
    Slot(VarSlot),
    /// Assignment to a variable that does not exist at this point.
    Undefined(Arc<str>),
}

#[derive(Debug)]
pub(crate) struct CommandCode {
    pub site: SiteId,
    /// The first word and its arguments.
    pub words: Box<[Operand]>,
}

#[derive(Debug)]
pub(crate) struct Operand {
    pub site: SiteId,
    pub kind: OperandKind,
    /// A constant as it is written.
    pub literal: Option<Arc<str>>,
}

#[derive(Debug)]
pub(crate) enum OperandKind {
    Dot,
    Nil,
    Constant(Value),
    /// A constant that Go refuses when it is evaluated; the text says why.
    BadConstant(Box<str>),
    Function(Function),
    /// Fields of dot.
    Field(Box<[FieldName]>),
    /// A variable and fields of it.
    Variable(VarSlot, Box<[FieldName]>),
    UndefinedVariable(Arc<str>),
    /// Fields of any other operand.
    Chain(Box<Operand>, Box<[FieldName]>),
    Pipe(Box<Pipeline>),
}

/// The name of a field, and where it was found last: rows of one list have their fields at the same places.
#[derive(Debug)]
pub(crate) struct FieldName {
    pub name: Arc<str>,
    text: Text,
    hint: AtomicUsize,
}

impl FieldName {
    fn path(names: &[Arc<str>]) -> Box<[FieldName]> {
        let field = |name: &Arc<str>| FieldName {
            name: name.clone(),
            text: (&**name).into(),
            hint: AtomicUsize::new(0),
        };
        names.iter().map(field).collect()
    }

    /// The entry of that name in a map.
    #[inline(always)]
    pub fn entry<'m>(&self, map: &'m Map) -> Option<&'m Value> {
        let hint = self.hint.load(Ordering::Relaxed);
        let index = map.find_str(&self.text, hint)?;
        if index != hint {
            self.hint.store(index, Ordering::Relaxed);
        }
        map.values().get(index)
    }
}

pub(crate) struct Function {
    pub name: Arc<str>,
    pub kind: FunctionKind,
}

pub(crate) enum FunctionKind {
    /// Stops at the first false argument.
    And,
    /// Stops at the first true argument.
    Or,
    Builtin(Signature),
    /// One of the host's.
    Host(value::Function),
}

/// A function of the host's with the name of a predefined escaper, where Go calls it in the place of its own escapers.
#[derive(Debug)]
pub(crate) struct OwnEscaper {
    pub name: &'static str,
    pub function: value::Function,
    /// What an error names before the call, and of the call.
    pub site: SiteId,
    pub failed: SiteId,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// Compiles the pipelines of one derived template, in source order, keeping track of variable scopes.
pub(crate) struct Compiler<'f> {
    code: Code,
    functions: &'f host::Functions,
    scope: Vec<(Arc<str>, VarSlot)>,
}

impl<'f> Compiler<'f> {
    pub fn new(name: Arc<str>, tree: Arc<Tree>, functions: &'f host::Functions) -> Compiler<'f> {
        let code = Code { name, tree, sites: Vec::new(), frame: 1 };
        Compiler { code, functions, scope: vec![("$".into(), 0)] }
    }

    pub fn finish(self) -> Code {
        self.code
    }

    /// Marks the scope; [`Compiler::leave`] with the mark forgets the variables declared since.
    pub fn enter(&self) -> usize {
        self.scope.len()
    }

    pub fn leave(&mut self, mark: usize) {
        self.scope.truncate(mark);
    }

    /// Numbers a place for errors.
    fn site(&mut self, pos: Pos, node: SiteNode) -> SiteId {
        self.code.sites.push(Site { pos, node });
        (self.code.sites.len() - 1) as SiteId
    }

    /// The site of a pipeline.
    pub fn pipe_site(&mut self, pipe: &Pipe) -> SiteId {
        self.site(pipe.pos, SiteNode::Tree(NodeKind::Pipe))
    }

    /// A site that shows `text`.
    pub fn text_site(&mut self, pos: Pos, text: String) -> SiteId {
        self.site(pos, SiteNode::Text(text.into()))
    }

    /// The site of a template call.
    pub fn call_site(&mut self, pos: Pos, call: &CallDisplay<'_>) -> SiteId {
        self.site(pos, SiteNode::Text(call.to_string().into()))
    }

    pub fn pipeline(&mut self, pipe: &Pipe) -> Pipeline {
        self.pipeline_of(pipe, pipe.cmds.len())
    }

    /// The pipeline with only its first `commands` commands.
    pub fn pipeline_of(&mut self, pipe: &Pipe, commands: usize) -> Pipeline {
        let site = self.pipe_site(pipe);
        let commands = pipe.cmds.iter().take(commands).map(|c| self.command(c)).collect();
        let targets = pipe
            .decl
            .iter()
            .map(|(name, _)| {
                if !pipe.is_assign {
                    return Target::Slot(self.declare(name));
                }
                self.lookup(name).map_or_else(|| Target::Undefined(name.clone()), Target::Slot)
            })
            .collect();
        Pipeline { site, commands, targets, assigns: pipe.is_assign }
    }

    /// The arguments of a command whose function was taken away (`{{html .X .Y}}`).
    pub fn arguments(&mut self, command: &Command) -> Box<[Operand]> {
        command.args.iter().skip(1).map(|a| self.operand(a)).collect()
    }

    /// The host's function `name` in the place of the predefined escaper, if there is one.
    pub fn own_escaper(&mut self, name: &'static str, pipe: &Pipe) -> Option<OwnEscaper> {
        let function = self.functions.get(name)?.clone();
        let site = self.site(pipe.pos, SiteNode::Text(name.into()));
        // Go writes the command anew; it then stands at the start of the source.
        let failed = self.site(0, SiteNode::Text(name.into()));
        Some(OwnEscaper { name, function, site, failed })
    }

    fn declare(&mut self, name: &Arc<str>) -> VarSlot {
        // Slots of a left scope could be reused, but a frame is small and a fresh slot keeps nothing alive by accident.
        let slot = self.code.frame;
        self.code.frame += 1;
        self.scope.push((name.clone(), slot));
        slot
    }

    fn lookup(&self, name: &str) -> Option<VarSlot> {
        self.scope.iter().rev().find(|(n, _)| &**n == name).map(|(_, slot)| *slot)
    }

    fn command(&mut self, command: &Command) -> CommandCode {
        let site = self.site(command.pos, SiteNode::Tree(NodeKind::Command));
        CommandCode { site, words: command.args.iter().map(|a| self.operand(a)).collect() }
    }

    fn operand(&mut self, arg: &Arg) -> Operand {
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            let kind = if let ArgKind::Pipe(_) = arg.kind { NodeKind::Pipe } else { NodeKind::Arg };
            let site = self.site(arg.pos, SiteNode::Tree(kind));
            let literal = match &arg.kind {
                ArgKind::Number(number) => Some(number.text.clone()),
                ArgKind::String { quoted, .. } => Some(quoted.clone()),
                ArgKind::Bool(true) => Some("true".into()),
                ArgKind::Bool(false) => Some("false".into()),
                ArgKind::Nil => Some("nil".into()),
                _ => None,
            };
            Operand { site, kind: self.operand_kind(&arg.kind), literal }
        })
    }

    fn operand_kind(&mut self, kind: &ArgKind) -> OperandKind {
        match kind {
            ArgKind::Dot => OperandKind::Dot,
            ArgKind::Nil => OperandKind::Nil,
            ArgKind::Bool(b) => OperandKind::Constant(Value::Bool(*b)),
            ArgKind::Number(n) => number(n),
            ArgKind::String { value, .. } => OperandKind::Constant(Value::String(value.clone())),
            ArgKind::Identifier(name) => {
                let kind = match (self.functions.get(name), &**name) {
                    (Some(function), _) => Some(FunctionKind::Host(function.clone())),
                    (None, "and") => Some(FunctionKind::And),
                    (None, "or") => Some(FunctionKind::Or),
                    (None, _) => functions::builtin(name).map(FunctionKind::Builtin),
                };
                match kind {
                    Some(kind) => OperandKind::Function(Function { name: name.clone(), kind }),
                    None => OperandKind::BadConstant(format!("{name:?} is not a defined function").into()),
                }
            }
            ArgKind::Field(path) => OperandKind::Field(FieldName::path(path)),
            ArgKind::Variable(path) => match path.split_first() {
                Some((name, fields)) => match self.lookup(name) {
                    Some(slot) => OperandKind::Variable(slot, FieldName::path(fields)),
                    None => OperandKind::UndefinedVariable(name.clone()),
                },
                None => OperandKind::Nil,
            },
            ArgKind::Chain(inner, path) => {
                OperandKind::Chain(Box::new(self.operand(inner)), FieldName::path(path))
            }
            ArgKind::Pipe(pipe) => OperandKind::Pipe(Box::new(self.pipeline(pipe))),
        }
    }
}

/// A constant's value where nothing demands a type: Go's `idealConstant`.
fn number(n: &Number) -> OperandKind {
    let hex = n.text.starts_with("0x") || n.text.starts_with("0X");
    let rune = n.text.starts_with('\'');
    let exponent: &[char] = if hex { &['p', 'P'] } else { &['.', 'e', 'E', 'p', 'P'] };
    if let Some((re, im)) = n.complex {
        return OperandKind::Constant(Value::Complex128(re, im));
    }
    match (n.float, n.int) {
        (Some(f), _) if !rune && n.text.contains(exponent) => OperandKind::Constant(Value::Float(f)),
        (_, Some(i)) => OperandKind::Constant(Value::Int(i)),
        _ => OperandKind::BadConstant(format!("{} overflows int", n.text).into()),
    }
}

/// Displays a template call as Go prints its node.
pub(crate) struct CallDisplay<'a> {
    pub name: &'a str,
    pub pipe: Option<&'a Pipe>,
}

impl std::fmt::Display for CallDisplay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut quoted = Vec::new();
        append_quoted(&mut quoted, self.name.as_bytes(), false);
        write!(f, "{{{{template {}", lossy(&quoted))?;
        if let Some(pipe) = self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}
