//! The grammar of Go templates.
//!
//! Control structures nest on a stack of the parser's own, so that deep templates need no native stack; only parenthesised
//! pipelines recurse, to a fixed depth.

use super::ast::{Arg, ArgKind, Branch, Command, List, Node, Pipe, Pos, Source, TemplateSet, Tree};
use super::lexer::{Kind, Lexer, Token};
use super::literal::{self, first_chars, quote};
use crate::error::{Code, Error, Result};
use crate::value::lossy;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

/// Deepest nesting of parentheses, as in Go.
const MAX_PARENS: usize = 10_000;

/// Parses the source `text` of template `name` and adds what it defines to `set`.
///
/// `functions` tells whether a name is a function of the set (predefined or the host's); control structures may nest
/// `max_nesting` deep, where Go has no limit and dies by stack exhaustion some time. On an error `set` is untouched.
/// Messages are Go's but for two things: a percent sign in a template name, which Go takes for a format, shows as it is, and bytes
/// that are not UTF-8 show as U+FFFD.
pub(crate) fn parse(
    set: &mut TemplateSet,
    name: &str,
    text: &[u8],
    delims: (&str, &str),
    functions: &dyn Fn(&str) -> bool,
    max_nesting: usize,
) -> Result<()> {
    if Pos::try_from(text.len()).is_err() {
        return Err(Error::new(Code::TemplateParse, format!("template: {name}:1: source of 4 GiB or more"))
            .at(name, 1, 0));
    }
    let source = Arc::new(Source { name: Arc::from(name), text: Arc::from(text) });
    let parser = Parser {
        lexer: Lexer::new(&source.text, delims, functions),
        source: &source,
        functions,
        max_nesting,
        ahead: Vec::new(),
        scope: Scope::new(),
        defined: BTreeMap::new(),
    };
    for (name, root) in parser.run()? {
        // Only an empty body leaves an earlier definition alone, and makes a template if there is none.
        if !is_empty(&root) || !set.templates.contains_key(&name) {
            let tree = Tree { name: name.clone(), source: source.clone(), root };
            set.templates.insert(name, Arc::new(tree));
        }
    }
    Ok(())
}

/// Whether a body holds nothing but white space. Definitions leave nothing behind in the body they stand in.
fn is_empty(list: &List) -> bool {
    list.nodes.iter().all(|node| match node {
        Node::Text { text, .. } => {
            std::str::from_utf8(text.as_bytes()).is_ok_and(|s| s.chars().all(char::is_whitespace))
        }
        _ => false,
    })
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    source: &'a Arc<Source>,
    functions: &'a dyn Fn(&str) -> bool,
    max_nesting: usize,
    /// Tokens put back, the next one last.
    ahead: Vec<Token<'a>>,
    scope: Scope,
    /// What the source has defined so far.
    defined: BTreeMap<Arc<str>, List>,
}

/// What belongs to one template while it is parsed. A definition inside another source has its own.
struct Scope {
    /// Variables in scope, innermost last.
    vars: Vec<Arc<str>>,
    /// Enclosing `range` bodies.
    ranges: usize,
    /// Open parentheses.
    parens: usize,
    /// Line of the action being parsed, 0 outside actions.
    action_line: u32,
    /// The last token taken from the lexer: errors are reported there.
    last: (u32, Pos),
}

impl Scope {
    fn new() -> Scope {
        Scope { vars: vec![Arc::from("$")], ranges: 0, parens: 0, action_line: 0, last: (1, 0) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    If,
    With,
    Range,
}

impl Control {
    fn context(self) -> &'static str {
        match self {
            Control::If => "if",
            Control::With => "with",
            Control::Range => "range",
        }
    }
}

/// A list of nodes being filled, and what it is the body of.
struct Frame {
    owner: Owner,
    nodes: Vec<Node>,
    /// Where the first token of the list stands.
    pos: Option<Pos>,
}

impl Frame {
    fn new(owner: Owner) -> Frame {
        Frame { owner, nodes: Vec::new(), pos: None }
    }
}

enum Owner {
    /// The source itself.
    Source,
    /// `{{define}}`
    Define { name: Arc<str>, outer: Scope },
    /// `{{block}}`
    Block { name: Arc<str>, outer: Scope, pos: Pos, line: u32, pipe: Arc<Pipe> },
    Branch {
        control: Control,
        pipe: Arc<Pipe>,
        /// Variables in scope before the pipeline.
        vars: usize,
        /// The body, once `else` has been seen.
        list: Option<List>,
        /// It follows an `else` directly: its `end` ends the enclosing branch as well.
        chained: bool,
    },
}

impl<'a> Parser<'a> {
    /// Parses the whole source. The result holds its own body, under its name, and all it defines.
    fn run(mut self) -> Result<BTreeMap<Arc<str>, List>> {
        let mut stack = vec![Frame::new(Owner::Source)];
        while let Some(frame) = stack.last_mut() {
            let token = self.next_non_space();
            let pos = *frame.pos.get_or_insert(token.pos);
            match token.kind {
                Kind::Text => frame.nodes.push(Node::Text { pos: token.pos, text: token.text.into() }),
                Kind::LeftDelim => {
                    if self.action(token, &mut stack)? {
                        self.scope.action_line = 0;
                    }
                    if stack.len() > self.max_nesting.saturating_add(1) {
                        let limit =
                            format!("control structures exceed the nesting limit of {}", self.max_nesting);
                        return Err(self.error_with(Code::DepthExceeded, &limit));
                    }
                }
                Kind::Eof if matches!(frame.owner, Owner::Source) => {
                    let nodes = mem::take(&mut frame.nodes);
                    self.define(self.source.name.clone(), List { pos, nodes })?;
                    return Ok(self.defined);
                }
                Kind::Eof => return Err(self.error("unexpected EOF")),
                _ => return Err(self.unexpected(token, "input")),
            }
        }
        Ok(self.defined)
    }

    /// Parses an action after its left delimiter. True when the action is over, false when its body follows.
    fn action(&mut self, delim: Token<'a>, stack: &mut Vec<Frame>) -> Result<bool> {
        let token = self.next_non_space();
        if token.kind == Kind::Define && stack.len() == 1 {
            let frame = self.define_header()?;
            stack.push(frame);
            return Ok(false);
        }
        self.scope.action_line = delim.line;
        let (pos, line) = (token.pos, token.line);
        let control = match token.kind {
            Kind::If => Control::If,
            Kind::With => Control::With,
            Kind::Range => Control::Range,
            Kind::Block => {
                let frame = self.block_header()?;
                stack.push(frame);
                return Ok(false);
            }
            Kind::Else => {
                self.otherwise(stack)?;
                return Ok(true);
            }
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                self.end(stack)?;
                return Ok(true);
            }
            simple => {
                let node = match simple {
                    Kind::Break | Kind::Continue => {
                        let name = if simple == Kind::Break { "{{break}}" } else { "{{continue}}" };
                        self.expect(Kind::RightDelim, name)?;
                        if self.scope.ranges == 0 {
                            return Err(self.error(&format!("{name} outside {{{{range}}}}")));
                        }
                        if simple == Kind::Break {
                            Node::Break { pos, line }
                        } else {
                            Node::Continue { pos, line }
                        }
                    }
                    Kind::Template => self.template()?,
                    _ => {
                        self.ahead.push(token);
                        Node::Action {
                            pos,
                            line,
                            pipe: Arc::new(self.pipeline("command", Kind::RightDelim)?),
                        }
                    }
                };
                append(stack, node);
                return Ok(true);
            }
        };
        let frame = self.branch(control, false)?;
        stack.push(frame);
        Ok(false)
    }

    /// The head of `if`, `with` or `range` after the keyword.
    fn branch(&mut self, control: Control, chained: bool) -> Result<Frame> {
        let vars = self.scope.vars.len();
        let pipe = Arc::new(self.pipeline(control.context(), Kind::RightDelim)?);
        if control == Control::Range {
            self.scope.ranges += 1;
        }
        Ok(Frame::new(Owner::Branch { control, pipe, vars, list: None, chained }))
    }

    /// The head of a definition after the keyword. Definitions stand at the top level only.
    fn define_header(&mut self) -> Result<Frame> {
        const CONTEXT: &str = "define clause";
        let outer = mem::replace(&mut self.scope, Scope::new());
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        Ok(Frame::new(Owner::Define { name, outer }))
    }

    /// The head of a block after the keyword.
    fn block_header(&mut self) -> Result<Frame> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = Arc::new(self.pipeline(CONTEXT, Kind::RightDelim)?);
        let outer = mem::replace(&mut self.scope, Scope::new());
        let owner = Owner::Block { name, outer, pos: token.pos, line: token.line, pipe };
        Ok(Frame::new(owner))
    }

    /// `{{template}}` after the keyword.
    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let next = self.next_non_space();
        let pipe = if next.kind == Kind::RightDelim {
            None
        } else {
            self.ahead.push(next);
            Some(Arc::new(self.pipeline(CONTEXT, Kind::RightDelim)?))
        };
        Ok(Node::Template { pos: token.pos, line: token.line, name, pipe })
    }

    fn template_name(&self, token: Token<'a>, context: &str) -> Result<Arc<str>> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let name = literal::unquote(token.text).map_err(|message| self.error(&message))?;
        Ok(Arc::from(lossy(&name)))
    }

    /// `{{else}}` after the keyword, with the `if` or `with` that may follow it.
    fn otherwise(&mut self, stack: &mut Vec<Frame>) -> Result<()> {
        let next = self.next_non_space();
        if matches!(next.kind, Kind::If | Kind::With) {
            self.ahead.push(next);
        } else if next.kind != Kind::RightDelim {
            return Err(self.unexpected(next, "else"));
        }
        self.scope.action_line = 0;
        let Some(Frame { owner, nodes, pos }) = stack.last_mut() else {
            return Ok(());
        };
        let control = match owner {
            Owner::Source => return Err(self.error("unexpected {{else}}")),
            Owner::Define { .. } => return Err(self.error("unexpected {{else}} in define clause")),
            Owner::Block { outer, .. } => {
                // Go reports it from the template around the block, whose last token is the block's header.
                mem::swap(&mut self.scope, outer);
                return Err(self.error("unexpected {{else}} in block clause"));
            }
            Owner::Branch { list: Some(_), .. } => return Err(self.error("expected end; found {{else}}")),
            Owner::Branch { control, list, .. } => {
                *list = Some(List { pos: pos.take().unwrap_or_default(), nodes: mem::take(nodes) });
                *control
            }
        };
        match (control, next.kind) {
            (Control::Range, _) => self.scope.ranges -= 1,
            (Control::If, Kind::If) | (Control::With, Kind::With) => {
                self.ahead.pop();
                let frame = self.branch(control, true)?;
                stack.push(frame);
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends the innermost body.
    fn end(&mut self, stack: &mut Vec<Frame>) -> Result<()> {
        while let Some(Frame { owner, nodes, pos }) = stack.pop() {
            let nodes = List { pos: pos.unwrap_or_default(), nodes };
            match owner {
                Owner::Source => return Err(self.error("unexpected {{end}}")),
                Owner::Define { name, outer } => {
                    self.define(name, nodes)?;
                    self.scope = outer;
                    break;
                }
                Owner::Block { name, outer, pos, line, pipe } => {
                    self.define(name.clone(), nodes)?;
                    self.scope = outer;
                    append(stack, Node::Template { pos, line, name, pipe: Some(pipe) });
                    break;
                }
                Owner::Branch { control, pipe, vars, list, chained } => {
                    self.scope.vars.truncate(vars);
                    let (list, else_list) = match list {
                        Some(list) => (list, Some(nodes)),
                        None => {
                            if control == Control::Range {
                                self.scope.ranges -= 1;
                            }
                            (nodes, None)
                        }
                    };
                    let branch = Branch { pos: pipe.pos, line: pipe.line, pipe, list, else_list };
                    append(
                        stack,
                        match control {
                            Control::If => Node::If(branch),
                            Control::With => Node::With(branch),
                            Control::Range => Node::Range(branch),
                        },
                    );
                    if !chained {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in a finished body. Within one source only an empty body may be defined again.
    fn define(&mut self, name: Arc<str>, body: List) -> Result<()> {
        if self.defined.get(&name).is_none_or(is_empty) {
            self.defined.insert(name, body);
        } else if !is_empty(&body) {
            let name = quote(name.as_bytes());
            return Err(self.error(&format!("template: multiple definition of template {name}")));
        }
        Ok(())
    }

    /// A pipeline and the token `end` after it.
    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe> {
        let first = self.peek_non_space();
        let mut pipe =
            Pipe { pos: first.pos, line: first.line, is_assign: false, decl: Vec::new(), cmds: Vec::new() };
        self.declarations(context, &mut pipe)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::Rune
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.ahead.push(token);
                    pipe.cmds.push(self.command()?);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        if pipe.cmds.is_empty() {
            return Err(self.error(&format!("missing value for {context}")));
        }
        // Only the first command may be a plain value.
        for (i, command) in pipe.cmds.iter().enumerate().skip(1) {
            if command.args.first().is_some_and(|arg| arg.kind.is_constant()) {
                return Err(self.error(&format!("non executable command in pipeline stage {}", i + 1)));
            }
        }
        Ok(pipe)
    }

    /// The variables at the start of a pipeline, with `:=` or `=`.
    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Result<()> {
        loop {
            let variable = self.next_non_space();
            if variable.kind != Kind::Variable {
                self.ahead.push(variable);
                return Ok(());
            }
            let adjacent = self.next();
            let next = if adjacent.kind == Kind::Space { self.next_non_space() } else { adjacent };
            let comma = next.kind == Kind::Char && next.text == b",";
            if !comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                // An operand: the space after it matters, so all of it is read again.
                self.ahead.push(next);
                if adjacent.kind == Kind::Space {
                    self.ahead.push(adjacent);
                }
                self.ahead.push(variable);
                return Ok(());
            }
            let name = name_of(variable.text);
            pipe.decl.push((name.clone(), variable.pos));
            self.scope.vars.push(name);
            if !comma {
                pipe.is_assign = next.kind == Kind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.decl.len() > 1 {
                return Err(self.error(&format!("too many declarations in {context}")));
            }
            if !matches!(self.peek_non_space().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.error("range can only initialize variables"));
            }
        }
    }

    /// Operands up to a pipe character or the end of the pipeline.
    fn command(&mut self) -> Result<Command> {
        let mut command = Command { pos: self.peek_non_space().pos, args: Vec::new() };
        loop {
            self.peek_non_space();
            if let Some(arg) = self.operand()? {
                command.args.push(arg);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.ahead.push(token),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            break;
        }
        if command.args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(command)
    }

    /// A term with the fields that follow it directly.
    fn operand(&mut self) -> Result<Option<Arg>> {
        let Some(mut arg) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(arg));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(name_of(&self.next().text[1..]));
        }
        match &mut arg.kind {
            ArgKind::Field(names) | ArgKind::Variable(names) => {
                names.append(&mut fields);
                arg.pos = first.pos;
                Ok(Some(arg))
            }
            kind if kind.is_constant() => {
                let text = quote(arg.to_string().as_bytes());
                Err(self.error(&format!("unexpected . after term {text}")))
            }
            _ => Ok(Some(Arg { pos: first.pos, kind: ArgKind::Chain(Box::new(arg), fields) })),
        }
    }

    /// A constant, function name, field, variable or parenthesised pipeline; `None` when something else is next.
    fn term(&mut self) -> Result<Option<Arg>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier => {
                let name = name_of(token.text);
                if !(self.functions)(&name) {
                    return Err(self.error(&format!("function {} not defined", quote(token.text))));
                }
                ArgKind::Identifier(name)
            }
            Kind::Dot => ArgKind::Dot,
            Kind::Nil => ArgKind::Nil,
            Kind::Bool => ArgKind::Bool(token.text == b"true"),
            Kind::Field => ArgKind::Field(vec![name_of(&token.text[1..])]),
            Kind::Variable => {
                let name = name_of(token.text);
                if !self.scope.vars.iter().rev().any(|known| *known == name) {
                    return Err(self.error(&format!("undefined variable {}", quote(token.text))));
                }
                ArgKind::Variable(vec![name])
            }
            Kind::Rune => self.number(literal::rune(token.text))?,
            Kind::Complex => self.number(literal::complex(&name_of(token.text)))?,
            Kind::Number => self.number(literal::number(&name_of(token.text)))?,
            Kind::String | Kind::RawString => {
                let value = literal::unquote(token.text).map_err(|message| self.error(&message))?;
                ArgKind::String { value: value.into(), quoted: name_of(token.text) }
            }
            Kind::LeftParen => {
                if self.scope.parens >= MAX_PARENS {
                    return Err(self.error("max expression depth exceeded"));
                }
                self.scope.parens += 1;
                let pipe = stacker::maybe_grow(64 << 10, 1 << 20, || {
                    self.pipeline("parenthesized pipeline", Kind::RightParen)
                })?;
                self.scope.parens -= 1;
                return Ok(Some(Arg { pos: pipe.pos, kind: ArgKind::Pipe(Arc::new(pipe)) }));
            }
            _ => {
                self.ahead.push(token);
                return Ok(None);
            }
        };
        Ok(Some(Arg { pos: token.pos, kind }))
    }

    fn number(&self, number: Result<super::ast::Number, String>) -> Result<ArgKind> {
        number.map(ArgKind::Number).map_err(|message| self.error(&message))
    }

    fn next(&mut self) -> Token<'a> {
        self.ahead.pop().unwrap_or_else(|| {
            let token = self.lexer.next();
            self.scope.last = (token.line, token.pos);
            token
        })
    }

    fn next_non_space(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek(&mut self) -> Token<'a> {
        let token = self.next();
        self.ahead.push(token);
        token
    }

    /// The next token that is not a space; spaces before it are gone.
    fn peek_non_space(&mut self) -> Token<'a> {
        let token = self.next_non_space();
        self.ahead.push(token);
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<()> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(()) } else { Err(self.unexpected(token, context)) }
    }

    /// The error for a token that cannot stand here.
    fn unexpected(&self, token: Token<'a>, context: &str) -> Error {
        if token.kind != Kind::Error {
            return self.error(&format!("unexpected {} in {context}", describe(token)));
        }
        let message = self.lexer.message();
        let started = self.scope.action_line;
        if started == 0 || started == token.line {
            return self.error(message);
        }
        // "unclosed action started at" needs no second "in action".
        let of_action = if message.ends_with(" action") { "" } else { " in action" };
        self.error(&format!("{message}{of_action} started at {}:{started}", self.source.name))
    }

    fn error(&self, message: &str) -> Error {
        self.error_with(Code::TemplateParse, message)
    }

    fn error_with(&self, code: Code, message: &str) -> Error {
        let name = &self.source.name;
        let (line, pos) = self.scope.last;
        let column = self.source.location(pos).1;
        Error::new(code, format!("template: {name}:{line}: {message}"))
            .at(name.clone(), line, column)
            .in_source(self.source.text.clone())
    }
}

/// Adds a node to the innermost body.
fn append(stack: &mut [Frame], node: Node) {
    if let Some(frame) = stack.last_mut() {
        frame.nodes.push(node);
    }
}

/// The text of a name or number, which the lexer has found to be UTF-8, or of a string as it may be shown.
fn name_of(text: &[u8]) -> Arc<str> {
    Arc::from(lossy(text))
}

/// A token as error texts show it.
fn describe(token: Token<'_>) -> String {
    match token.kind {
        Kind::Eof => "EOF".into(),
        kind if kind.is_keyword() => format!("<{}>", lossy(token.text)),
        _ if token.text.len() > 10 => format!("{}...", quote(first_chars(token.text, 10))),
        _ => quote(token.text),
    }
}
