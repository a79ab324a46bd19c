//! The pass over the syntax trees: contexts through branches, ranges and calls, and the escapers of every action.

use super::context::{Context, Delim, JsCtx, State, UrlPart};
use super::text::escape_text;
use super::transition::quote;
use super::{Branch, Derived, Escaped, Escaper, Mark, MarkKind, Node};
use crate::error::{Code, Error, Result};
use crate::template::ast::{self, ArgKind, Command, List, Pipe, Pos, Source, TemplateSet, Tree};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How much work the pass may do: so many nodes for each of the set's, and some more. A template that calls itself in ever
/// deeper `${…}` would be derived without end, and where guesses about the context after a call nest, or ranges with calls
/// inside `${…}`, the work doubles at each level. Go does not end there either, or dies.
const WORK_PER_NODE: usize = 256;
const MIN_WORK: usize = 2_000_000;

/// How deep the pass may be in branches and called templates: as deep as a source may nest by default, and as executions may
/// call.
const MAX_DEPTH: usize = 300_000;

/// Runs `f` with enough native stack for one more level of a tree.
fn with_stack<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 << 10, 1 << 20, f)
}

/// The predefined escapers, which an author may write last in a pipeline.
fn predefined(name: &str) -> Option<Escaper> {
    match name {
        "html" => Some(Escaper::PredefinedHtml),
        "urlquery" => Some(Escaper::PredefinedUrlquery),
        _ => None,
    }
}

/// The predefined escaper that does the same work.
fn equivalent(escaper: Escaper) -> Option<Escaper> {
    match escaper {
        Escaper::Attr | Escaper::Html | Escaper::Rcdata => Some(Escaper::PredefinedHtml),
        Escaper::Url | Escaper::UrlNormalizer => Some(Escaper::PredefinedUrlquery),
        _ => None,
    }
}

/// Whether `escaper` does nothing to the output of `before`.
fn is_redundant(before: Escaper, escaper: Escaper) -> bool {
    use Escaper::*;
    match before {
        Comment => matches!(escaper, Attr | Html),
        Css | JsRegexp | JsStr | JsTmplLit => escaper == Attr,
        Url => escaper == UrlNormalizer,
        _ => false,
    }
}

/// The name of the function a command calls, if it is a predefined escaper.
fn predefined_command(command: &Command) -> Option<Escaper> {
    match &command.args.first()?.kind {
        ArgKind::Identifier(name) => predefined(name),
        _ => None,
    }
}

/// Where a range is left early, and in which context.
struct Exit {
    context: Context,
    pos: Pos,
    line: u32,
}

/// The early exits of the innermost range.
#[derive(Default)]
struct Exits {
    breaks: Vec<Exit>,
    continues: Vec<Exit>,
}

/// A derived template as far as it is known.
struct Body {
    tree: Arc<Tree>,
    root: Vec<Node>,
}

struct Pass<'a> {
    set: &'a TemplateSet,
    /// The source that error positions of the current nodes refer to.
    source: Arc<Source>,
    /// Index of each derived template met so far, by Go's name for it.
    index: HashMap<Arc<str>, usize>,
    names: Vec<Arc<str>>,
    bodies: Vec<Option<Body>>,
    /// The output contexts of derived templates, and what was there before each change, so that an attempt can be
    /// undone.
    output: HashMap<usize, Context>,
    undo: Vec<(usize, Option<Context>)>,
    /// The derived templates called in the current attempt.
    called: HashSet<usize>,
    ranges: Vec<Exits>,
    /// How many calls so far went otherwise than the same call may go again.
    unsettled: usize,
    /// How many branches and called templates the pass is in.
    depth: usize,
    /// How much may still be done.
    work_left: usize,
    /// Set when there was too much of either.
    over_limit: bool,
}

/// [`super::escape`].
pub(super) fn escape(set: &TemplateSet, entry: &str) -> Result<Escaped> {
    let Some(tree) = set.templates.get(entry) else {
        let message = format!("html/template: {} is undefined", quote(entry.as_bytes()));
        return Err(Error::new(Code::TemplateNotFound, message).at(entry, 0, 0));
    };
    let mut pass = Pass {
        set,
        source: tree.source.clone(),
        index: HashMap::new(),
        names: Vec::new(),
        bodies: Vec::new(),
        output: HashMap::new(),
        undo: Vec::new(),
        called: HashSet::new(),
        ranges: Vec::new(),
        unsettled: 0,
        depth: 0,
        work_left: MIN_WORK.saturating_add(WORK_PER_NODE.saturating_mul(size(set))),
        over_limit: false,
    };
    let (c, entry_index) = pass.call(Context::default(), entry, 0, 0);
    if pass.over_limit {
        let message = format!("html/template:{entry}: exceeded the limit of work for finding contexts");
        return Err(Error::new(Code::DepthExceeded, message).at(entry, 0, 0));
    }
    if let Some(fail) = &c.fail {
        let fail = fail.borrow();
        let text = &fail.text;
        let error = |message: String| Error::new(Code::TemplateEscape, message);
        return Err(match &fail.node {
            Some((source, pos)) => {
                let (line, column) = source.location(*pos);
                let name = source.name.clone();
                error(format!("html/template:{name}:{line}:{column}: {text}"))
                    .at(name, line, column)
                    .in_source(source.text.clone())
            }
            None if fail.line != 0 => {
                let error =
                    error(format!("html/template:{entry}:{}: {text}", fail.line)).at(entry, fail.line, 0);
                match &fail.source {
                    Some(source) => error.in_source(source.text.clone()),
                    None => error,
                }
            }
            None => error(format!("html/template:{entry}: {text}")).at(entry, 0, 0),
        });
    }
    if c.state != State::Text {
        let message = format!("html/template:{entry}: ends in a non-text context: {c}");
        return Err(Error::new(Code::TemplateEscape, message).at(entry, 0, 0));
    }
    Ok(pass.finish(entry_index))
}

impl Pass<'_> {
    /// The result: the templates that can be reached from the entry, numbered anew.
    fn finish(mut self, entry: usize) -> Escaped {
        let mut numbers = HashMap::from([(entry, 0)]);
        let mut order = vec![entry];
        let mut templates = Vec::new();
        while let Some(&old) = order.get(templates.len()) {
            // Every template that a kept body calls has a kept body: both were made in one successful attempt.
            let Some(Body { tree, mut root }) = self.bodies[old].take() else { break };
            renumber(&mut root, &mut |old| {
                *numbers.entry(old).or_insert_with(|| {
                    order.push(old);
                    order.len() - 1
                })
            });
            templates.push(Derived { tree, name: self.names[old].clone(), root });
        }
        Escaped { templates }
    }

    fn list(&mut self, mut c: Context, list: &List) -> (Context, Vec<Node>) {
        let mut nodes = Vec::with_capacity(list.nodes.len());
        for node in &list.nodes {
            self.work(cost(node));
            if self.over_limit {
                break;
            }
            c = self.node(c, node, &mut nodes);
            // What follows a break or continue is never reached.
            if c.state == State::Dead || self.over_limit {
                break;
            }
        }
        (c, nodes)
    }

    fn node(&mut self, c: Context, node: &ast::Node, out: &mut Vec<Node>) -> Context {
        match node {
            ast::Node::Text { pos, text } => {
                let (c, node) = escape_text(c, text.as_bytes(), *pos);
                out.push(node);
                c
            }
            ast::Node::Action { pos, line, pipe } => self.action(c, *pos, *line, pipe, out),
            ast::Node::If(branch) => self.inside(|pass| pass.branch(c, branch, "if", out)),
            ast::Node::With(branch) => self.inside(|pass| pass.branch(c, branch, "with", out)),
            ast::Node::Range(branch) => self.inside(|pass| pass.branch(c, branch, "range", out)),
            ast::Node::Template { pos, line, name, pipe } => {
                let (mut c, template) = self.inside(|pass| pass.call(c, name, *pos, *line));
                c.markup.named = false;
                out.push(Node::Call { pos: *pos, template, pipe: pipe.clone() });
                c
            }
            ast::Node::Break { pos, line } => {
                let exit = Exit { context: c, pos: *pos, line: *line };
                if let Some(range) = self.ranges.last_mut() {
                    range.breaks.push(exit);
                }
                out.push(Node::Break);
                Context { state: State::Dead, ..Context::default() }
            }
            ast::Node::Continue { pos, line } => {
                let exit = Exit { context: c, pos: *pos, line: *line };
                if let Some(range) = self.ranges.last_mut() {
                    range.continues.push(exit);
                }
                out.push(Node::Continue);
                Context { state: State::Dead, ..Context::default() }
            }
        }
    }

    fn action(&mut self, c: Context, pos: Pos, line: u32, pipe: &Arc<Pipe>, out: &mut Vec<Node>) -> Context {
        if !pipe.decl.is_empty() {
            let commands = pipe.cmds.len();
            let escapers = Vec::new();
            out.push(Node::Slot { pos, pipe: pipe.clone(), commands, escapers, state: c.state });
            return c;
        }
        let starts_value = c.state == State::BeforeValue;
        let mut c = c.nudged();
        for (i, command) in pipe.cmds.iter().enumerate() {
            let Some(escaper) = predefined_command(command) else { continue };
            let unquoted = c.state == State::Attr && c.delim == Delim::SpaceOrTagEnd;
            if i + 1 < pipe.cmds.len() || unquoted && escaper == Escaper::PredefinedHtml {
                let name = if escaper == Escaper::PredefinedHtml { "html" } else { "urlquery" };
                let text = format!("predefined escaper \"{name}\" disallowed in template");
                return Context::error_at(&self.source, pos, line, text);
            }
        }
        let Some(mut escapers) = escapers_for(&mut c) else {
            if c.is_error() {
                return c;
            }
            let text = format!("{{{{{pipe}}}}} appears in an ambiguous context within a URL");
            return Context::error_at(&self.source, pos, line, text);
        };
        if starts_value && !c.markup.end_tag {
            mark_value_start(out, c.markup.named, pos);
        }
        if c.state == State::AttrName {
            c.markup.named = false;
        }
        let commands = merge_predefined(pipe, &mut escapers);
        out.push(Node::Slot { pos, pipe: pipe.clone(), commands, escapers, state: c.state });
        c
    }

    fn branch(
        &mut self,
        c: Context,
        branch: &ast::Branch,
        name: &'static str,
        out: &mut Vec<Node>,
    ) -> Context {
        let is_range = name == "range";
        let unsettled = self.unsettled;
        if is_range {
            self.ranges.push(Exits::default());
        }
        let (mut c0, list) = self.list(c.detached(), &branch.list);
        if is_range {
            let exits = self.ranges.pop().unwrap_or_default();
            let first = c0.clone();
            if !c0.is_error() {
                c0 = self.join_exits(c0, &exits);
            }
            if c0.is_error() {
                return c0;
            }
            // The body must be able to follow itself.
            let (c1, exits) = if c0 == c && self.unsettled == unsettled {
                // It is where it started: it would go the same way. Without this, nested ranges take exponential
                // time.
                (first, exits)
            } else {
                self.second_round(c0.clone(), branch)
            };
            c0 = self.join(&c0, &c1, branch.pos, branch.line, "range");
            if c0.is_error() {
                return c0.prefixed("on range loop re-entry: ", &self.source, branch.line);
            }
            c0 = self.join_exits(c0, &exits);
            if c0.is_error() {
                return c0;
            }
        }
        let (c1, else_list) = match &branch.else_list {
            Some(list) => {
                let (c1, nodes) = self.list(c.detached(), list);
                (c1, Some(nodes))
            }
            None => (c, None),
        };
        let branch_node = Branch { pos: branch.pos, pipe: branch.pipe.clone(), list, else_list };
        out.push(match name {
            "if" => Node::If(branch_node),
            "with" => Node::With(branch_node),
            _ => Node::Range(branch_node),
        });
        let mut joined = self.join(&c0, &c1, branch.pos, branch.line, name);
        joined.markup.named = false;
        joined
    }

    /// The contexts after a range's second round, which starts in `c`, and at its early exits. What it derives is
    /// not kept.
    ///
    /// As in Go it counts braces in the very counts of `c`, so that those of its end are taken for the first round's.
    fn second_round(&mut self, c: Context, branch: &ast::Branch) -> (Context, Exits) {
        self.ranges.push(Exits::default());
        let (c1, _) = self.attempt(|pass| {
            let (c1, _) = pass.list(c, &branch.list);
            (c1, (), false)
        });
        (c1, self.ranges.pop().unwrap_or_default())
    }

    /// The context of a range's next round, or after it, where it may also come from `break` and `continue`.
    fn join_exits(&self, mut c: Context, exits: &Exits) -> Context {
        let breaks = exits.breaks.iter().map(|e| (e, "at range loop break: "));
        let continues = exits.continues.iter().map(|e| (e, "at range loop continue: "));
        for (exit, prefix) in breaks.chain(continues) {
            c = self.join(&c, &exit.context, exit.pos, exit.line, "range");
            if c.is_error() {
                return c.prefixed(prefix, &self.source, exit.line);
            }
        }
        c
    }

    /// [`Context::join`], or the error context for branches of the node at `pos` that end in contexts too different.
    fn join(&self, a: &Context, b: &Context, pos: Pos, line: u32, name: &str) -> Context {
        a.join(b).unwrap_or_else(|| {
            let text = format!("{{{{{name}}}}} branches end in different contexts: {a}, {b}");
            Context::error_at(&self.source, pos, line, text)
        })
    }

    /// A call of the template `name` in the context `c`: the context after it, and the number of the derived
    /// template.
    fn call(&mut self, c: Context, name: &str, pos: Pos, line: u32) -> (Context, usize) {
        let mangled = c.mangle(name);
        self.work(mangled.len() / 4);
        // The remembered context shares its braces with what comes after the call.
        self.unsettled += usize::from(!c.braces.is_empty());
        let index = match self.index.get(mangled.as_str()) {
            Some(&index) => index,
            None => {
                let mangled: Arc<str> = mangled.into();
                self.index.insert(mangled.clone(), self.names.len());
                self.names.push(mangled);
                self.bodies.push(None);
                self.names.len() - 1
            }
        };
        self.called.insert(index);
        if let Some(out) = self.output.get(&index) {
            return (out.clone(), index);
        }
        let Some(tree) = self.set.templates.get(name) else {
            let text = format!("no such template {}", quote(name.as_bytes()));
            return (Context::error_at(&self.source, pos, line, text), index);
        };
        let c1 = self.derive(c.clone(), tree, index);
        // Later calls in this context get the context they come from, as in Go.
        self.unsettled += usize::from(c1 != c);
        (c1, index)
    }

    /// The context after the template `tree` in the context `c`, which is derived as number `index`.
    fn derive(&mut self, c: Context, tree: &Arc<Tree>, index: usize) -> Context {
        let (c1, ok) = self.body(c, tree, index);
        if ok || self.over_limit {
            return c1;
        }
        // The template calls itself, and does not end in the context it starts in. Its own output may be a fixed
        // point.
        let (c2, ok) = self.body(c1.clone(), tree, index);
        if ok {
            return c2;
        }
        if c1.is_error() {
            return c1;
        }
        let text = format!("cannot compute output context for template {}", self.names[index]);
        Context::error_at(&tree.source, tree.root.pos, 0, text)
    }

    /// Escapes the template's body from the context `c`, taking `c` for the context after any call of itself. Kept,
    /// and true, if that was right.
    fn body(&mut self, c: Context, tree: &Arc<Tree>, index: usize) -> (Context, bool) {
        self.set_output(index, c.clone());
        let outer = std::mem::replace(&mut self.source, tree.source.clone());
        let result = self.attempt(|pass| {
            let (c1, root) = pass.list(c.clone(), &tree.root);
            let ok = !c1.is_error() && (!pass.called.contains(&index) || c == c1);
            (c1, root, ok)
        });
        self.source = outer;
        match result {
            (c1, Some(root)) => {
                self.bodies[index] = Some(Body { tree: tree.clone(), root });
                (c1, true)
            }
            (c1, None) => (c1, false),
        }
    }

    /// Runs a part of the pass that says whether what it found out shall stay; its result is returned in that case.
    fn attempt<T>(&mut self, f: impl FnOnce(&mut Self) -> (Context, T, bool)) -> (Context, Option<T>) {
        let outer = std::mem::take(&mut self.called);
        let start = self.undo.len();
        let (c, value, keep) = f(self);
        let mut inner = std::mem::replace(&mut self.called, outer);
        if keep {
            // The smaller set goes into the larger one: a chain of calls would take quadratic time.
            if inner.len() > self.called.len() {
                std::mem::swap(&mut inner, &mut self.called);
            }
            self.called.extend(inner);
            return (c, Some(value));
        }
        for (index, before) in self.undo.drain(start..).rev() {
            match before {
                Some(before) => self.output.insert(index, before),
                None => self.output.remove(&index),
            };
        }
        (c, None)
    }

    /// Goes into a branch or call, on a stack that is large enough.
    fn inside<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        self.over_limit |= self.depth > MAX_DEPTH;
        let result = with_stack(|| f(self));
        self.depth -= 1;
        result
    }

    /// Counts work, and sets `over_limit` when there was too much.
    fn work(&mut self, cost: usize) {
        match self.work_left.checked_sub(cost) {
            Some(left) => self.work_left = left,
            None => self.over_limit = true,
        }
    }

    fn set_output(&mut self, index: usize, c: Context) {
        let before = self.output.insert(index, c);
        self.undo.push((index, before));
    }
}

/// What going through a node alone costs.
fn cost(node: &ast::Node) -> usize {
    match node {
        ast::Node::Text { text, .. } => 1 + text.as_bytes().len() / 16,
        _ => 1,
    }
}

/// What going through every template once costs.
fn size(set: &TemplateSet) -> usize {
    fn list_size(list: &List) -> usize {
        let inner = |node: &ast::Node| match node {
            ast::Node::If(branch) | ast::Node::With(branch) | ast::Node::Range(branch) => {
                with_stack(|| list_size(&branch.list) + branch.else_list.as_ref().map_or(0, list_size))
            }
            _ => 0,
        };
        list.nodes.iter().map(|node| cost(node) + inner(node)).sum()
    }
    set.templates.values().map(|tree| list_size(&tree.root)).sum()
}

/// The escapers of an action in the context `c`, which becomes the one after it. `None`: the context is an error, or
/// a URL whose part is not known.
fn escapers_for(c: &mut Context) -> Option<Vec<Escaper>> {
    use State::*;
    let mut escapers = Vec::with_capacity(3);
    match c.state {
        Error => return None,
        Url | CssDqStr | CssSqStr | CssDqUrl | CssSqUrl | CssUrl => {
            let before_query = match c.state {
                CssDqStr | CssSqStr => Escaper::Css,
                _ => Escaper::UrlNormalizer,
            };
            match c.url_part {
                UrlPart::None => escapers.extend([Escaper::UrlFilter, before_query]),
                UrlPart::PreQuery => escapers.push(before_query),
                UrlPart::QueryOrFrag => escapers.push(Escaper::Url),
                UrlPart::Unknown => return None,
            }
        }
        MetaContentUrl => escapers.push(Escaper::UrlFilter),
        Js => {
            escapers.push(Escaper::JsVal);
            // A slash after a value divides.
            c.js = JsCtx::DivOp;
        }
        JsDqStr | JsSqStr => escapers.push(Escaper::JsStr),
        JsTmplLit => escapers.push(Escaper::JsTmplLit),
        JsRegexp => escapers.push(Escaper::JsRegexp),
        Css => escapers.push(Escaper::CssValueFilter),
        Text => escapers.push(Escaper::Html),
        Rcdata => escapers.push(Escaper::Rcdata),
        Attr | MetaContent => {}
        Tag | AttrName | AfterName | BeforeValue => {
            c.state = AttrName;
            escapers.push(Escaper::HtmlNameFilter);
        }
        Srcset => escapers.push(Escaper::Srcset),
        HtmlCmt | JsBlockCmt | JsLineCmt | JsHtmlOpenCmt | JsHtmlCloseCmt | CssBlockCmt | CssLineCmt => {
            escapers.push(Escaper::Comment);
        }
        // Never reached: lists end there.
        Dead => {}
    }
    match c.delim {
        Delim::None => {}
        Delim::SpaceOrTagEnd => escapers.push(Escaper::Nospace),
        Delim::SingleQuote | Delim::DoubleQuote => escapers.push(Escaper::Attr),
    }
    Some(escapers)
}

/// Merges the predefined escaper that may stand last in the pipeline with the context's escapers, and says how many
/// commands are left to evaluate.
fn merge_predefined(pipe: &Pipe, escapers: &mut Vec<Escaper>) -> usize {
    let mut commands = pipe.cmds.len();
    let own = pipe.cmds.last().and_then(|last| Some((last, predefined_command(last)?)));
    if let Some((last, own)) = own {
        let mut taken_over = false;
        for escaper in escapers.iter_mut().filter(|e| equivalent(**e) == Some(own)) {
            *escaper = own;
            taken_over = true;
        }
        let is_alone = commands == 1 && last.args.len() > 1;
        if is_alone && !taken_over {
            escapers.insert(0, own);
        }
        if is_alone {
            escapers.insert(0, Escaper::EvalArgs);
        }
        if is_alone || taken_over {
            commands -= 1;
        }
    }
    // An escaper that would change nothing is left out.
    let mut before = None;
    escapers.retain(|&escaper| {
        let keep = !before.is_some_and(|before| is_redundant(before, escaper));
        if keep {
            before = Some(escaper);
        }
        keep
    });
    commands
}

/// Marks that an unquoted attribute value starts with the next node.
fn mark_value_start(out: &mut Vec<Node>, named: bool, pos: Pos) {
    if !matches!(out.last(), Some(Node::Text { .. })) {
        out.push(Node::Text { text: Vec::new(), marks: Vec::new() });
    }
    if let Some(Node::Text { text, marks }) = out.last_mut() {
        let at = text.len() as u32;
        if !named {
            marks.push(Mark { at, pos, kind: MarkKind::Attr("".into()) });
        }
        marks.push(Mark { at, pos, kind: MarkKind::AttrValue });
    }
}

/// Gives every call in `nodes` its new number.
fn renumber(nodes: &mut [Node], number: &mut dyn FnMut(usize) -> usize) {
    for node in nodes {
        match node {
            Node::Call { template, .. } => *template = number(*template),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => with_stack(|| {
                renumber(&mut branch.list, number);
                if let Some(list) = &mut branch.else_list {
                    renumber(list, number);
                }
            }),
            Node::Text { .. } | Node::Slot { .. } | Node::Break | Node::Continue => {}
        }
    }
}
