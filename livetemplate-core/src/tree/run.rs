//! Running a program: the same walk writes HTML or builds the render tree.

mod update;
pub(crate) mod view;

pub(crate) use update::update;

use super::node::{BlockTree, Dynamic, Item, RangeTree, Tree};
use super::program::{
    BlockId, Call, Condition, KeyPart, KeyPath, Own, Program, Range, Slot, SlotValue, Step,
};
use super::reads::Reads;
use super::retained::{BlockState, made_id};
use super::set::PageProgram;
use crate::cancel::Cancel;
use crate::error::{Code, FunctionError, Result};
use crate::escape::{self, Scratch};
use crate::template::Limits;
use crate::template::exec::{Caller, Evaluator, ExecOptions, Static, Val};
use crate::template::expr::Target;
use crate::value::{Iteration, Key, Member, Number, Text, Value, lossy};
use std::collections::HashMap;
use std::sync::Arc;

/// Renders `data` straight to HTML.
pub(crate) fn render(
    program: &Program,
    options: ExecOptions,
    cancel: Option<&Cancel>,
    data: &Value,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut sink = HtmlSink { out };
    run(program, options, cancel, data, None, &mut sink).map(|_| ())
}

/// Renders `data` to a tree. Items without a key have no id yet; see [`crate::diff`]. Also gives the number of dynamics evaluated.
pub(crate) fn build(
    program: &Program,
    options: ExecOptions,
    cancel: Option<&Cancel>,
    data: &Value,
) -> Result<(Tree, usize)> {
    tree(program, options, cancel, data, None)
}

/// The tree that `data` showed; `state` has what is not found again from the data.
pub(crate) fn rebuild(
    page: &PageProgram,
    options: ExecOptions,
    cancel: Option<&Cancel>,
    data: &Value,
    state: &BlockState,
) -> Result<Tree> {
    let options = ExecOptions { limits: options.limits.of_shown(), ..options };
    let (mut tree, _) = tree(&page.program, options, cancel, data, Some(&page.reads))?;
    state.restore(&mut tree);
    Ok(tree)
}

fn tree(
    program: &Program,
    options: ExecOptions,
    cancel: Option<&Cancel>,
    data: &Value,
    without_opaque: Option<&Reads>,
) -> Result<(Tree, usize)> {
    let mut sink = TreeSink { frames: vec![Vec::new()], ..TreeSink::default() };
    let evaluated = run(program, options, cancel, data, without_opaque, &mut sink)?;
    let children = sink.frames.pop().unwrap_or_default();
    let root = Arc::new(BlockTree::new(program.entry().root, children));
    Ok((Tree { root }, evaluated))
}

fn run<'a, S: Sink>(
    program: &'a Program,
    options: ExecOptions,
    cancel: Option<&'a Cancel>,
    data: &'a Value,
    without_opaque: Option<&'a Reads>,
    sink: &mut S,
) -> Result<usize> {
    let mut runner = Runner::new(program, options, cancel, data, sink)?;
    runner.without_opaque = without_opaque;
    runner.block(program.entry().root, &Val::root(data))?;
    Ok(runner.evaluated)
}

/// Where output goes.
trait Sink {
    /// Whether [`Runner::without_opaque`] may be set.
    const LEAVES_OUT: bool;
    fn text(&mut self, text: &[u8]);
    /// Lets `write` append one value's text.
    fn slot(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()>;
    /// A condition without output.
    fn skip(&mut self);
    fn open(&mut self);
    fn close(&mut self, block: BlockId);
    fn open_range(&mut self);
    fn close_item(&mut self, key: Option<&KeyPath>, index: Option<&Val<'_>>, item: &Val<'_>);
    /// After the items, or after the `else` block: then `otherwise` is its block.
    fn close_range(&mut self, body: BlockId, otherwise: Option<BlockId>);
    /// Bytes written so far, with the memory of items that a tree holds.
    fn len(&self) -> usize;
}

struct HtmlSink<'o> {
    out: &'o mut Vec<u8>,
}

impl Sink for HtmlSink<'_> {
    const LEAVES_OUT: bool = false;

    fn text(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }
    fn slot(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        write(self.out)
    }
    fn skip(&mut self) {}
    fn open(&mut self) {}
    fn close(&mut self, _: BlockId) {}
    fn open_range(&mut self) {}
    fn close_item(&mut self, _: Option<&KeyPath>, _: Option<&Val<'_>>, _: &Val<'_>) {}
    fn close_range(&mut self, _: BlockId, _: Option<BlockId>) {}
    fn len(&self) -> usize {
        self.out.len()
    }
}

#[derive(Default)]
struct TreeSink {
    /// Children of the blocks that are open.
    frames: Vec<Vec<Dynamic>>,
    ranges: Vec<OpenRange>,
    written: usize,
    buffer: Vec<u8>,
}

#[derive(Default)]
struct OpenRange {
    items: Vec<Arc<Item>>,
    /// The ids given, each with how many items asked for it.
    ids: HashMap<Arc<str>, u64>,
}

impl TreeSink {
    fn push(&mut self, dynamic: Dynamic) {
        if let Some(frame) = self.frames.last_mut() {
            frame.push(dynamic);
        }
    }

    fn pop(&mut self) -> Vec<Dynamic> {
        self.frames.pop().unwrap_or_default()
    }
}

impl Sink for TreeSink {
    const LEAVES_OUT: bool = true;

    fn text(&mut self, text: &[u8]) {
        self.written += text.len();
    }
    fn slot(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.buffer.clear();
        write(&mut self.buffer)?;
        self.written += self.buffer.len();
        let text = Text::from(self.buffer.as_slice());
        self.push(Dynamic::Text(text));
        Ok(())
    }
    fn skip(&mut self) {
        self.push(Dynamic::Empty);
    }
    fn open(&mut self) {
        self.frames.push(Vec::new());
    }
    fn close(&mut self, block: BlockId) {
        let children = self.pop();
        self.push(Dynamic::Block(Arc::new(BlockTree::new(block, children))));
    }
    fn open_range(&mut self) {
        self.ranges.push(OpenRange::default());
    }
    fn close_item(&mut self, path: Option<&KeyPath>, index: Option<&Val<'_>>, item: &Val<'_>) {
        let children = self.pop();
        let key = path
            .and_then(|path| attribute_key(path, &children))
            .or_else(|| field_key(item.get()))
            .or_else(|| index.and_then(|i| map_key(i.get())));
        // Items take memory even when they show nothing.
        self.written += size_of::<Item>();
        let Some(range) = self.ranges.last_mut() else { return };
        let id = key.map(|key| unique(&mut range.ids, key));
        range.items.push(Arc::new(Item {
            keyed: id.is_some(),
            id: id.unwrap_or_default(),
            data: item.get().clone(),
            children,
        }));
    }
    fn close_range(&mut self, body: BlockId, otherwise: Option<BlockId>) {
        let otherwise = otherwise.map(|block| {
            let children = self.pop();
            Dynamic::Block(Arc::new(BlockTree::new(block, children)))
        });
        let OpenRange { items, ids } = self.ranges.pop().unwrap_or_default();
        let repeated = ids.values().any(|asked| *asked > 1);
        self.push(Dynamic::Range(Arc::new(RangeTree { body, items, repeated, otherwise })));
    }
    fn len(&self) -> usize {
        self.written
    }
}

/// An item's key from the attribute of its root element.
fn attribute_key(path: &KeyPath, item: &[Dynamic]) -> Option<String> {
    let mut children = item;
    for index in &path.calls {
        match children.get(*index as usize)? {
            Dynamic::Block(block) => children = &block.children,
            _ => return None,
        }
    }
    let mut key = Vec::new();
    for part in &path.parts {
        match part {
            KeyPart::Static(text) => key.extend_from_slice(text),
            KeyPart::Dynamic(index) => match children.get(*index as usize)? {
                Dynamic::Text(text) => key.extend_from_slice(text.as_bytes()),
                Dynamic::Empty => {}
                // A condition or range inside the attribute: not a plain value, so not a key.
                _ => return None,
            },
        }
    }
    (!key.is_empty()).then(|| String::from_utf8_lossy(&key).into_owned())
}

/// The fields that may be an item's key.
const KEY_FIELDS: [&str; 5] = ["ID", "Id", "id", "Key", "key"];

/// An item's key from a field of its data: a string that is not empty, or an integer.
pub(crate) fn field_key(item: &Value) -> Option<String> {
    KEY_FIELDS.iter().find_map(|name| match item {
        Value::Map(map) => map.get_str(name.as_bytes()).and_then(value_key),
        Value::Record(record) => record.get(name).and_then(value_key),
        Value::Host(object) => match object.data() {
            Some(data) => field_key(data),
            None => match object.member(name) {
                Ok(Some(Member::Field(value))) => value_key(&value),
                _ => None,
            },
        },
        _ => None,
    })
}

fn value_key(value: &Value) -> Option<String> {
    match value.plain() {
        Value::String(s) if !s.as_bytes().is_empty() => Some(s.to_str_lossy().into_owned()),
        Value::Int(i) => Some(i.to_string()),
        Value::Number(number) => Some(number.real().integer()?.to_string()),
        _ => None,
    }
}

/// How often a range over an integer goes round; `None` for what is none.
fn count(value: &Value) -> Option<u64> {
    let integer = value.as_real()?.integer()?;
    Some(u64::try_from(integer).unwrap_or(0))
}

/// An item's key from its map's.
fn map_key(value: &Value) -> Option<String> {
    match value.plain() {
        Value::Bool(b) => Some(b.to_string()),
        other => value_key(other),
    }
}

/// Makes a key unique in its range: `~2`, `~3` … for repeated ones. Ids that start with one `~` are the page's own (for items
/// without a key), so a key that starts with it gets another.
pub(crate) fn unique(ids: &mut HashMap<Arc<str>, u64>, key: String) -> Arc<str> {
    let key = id_of(key);
    let Some(&taken) = ids.get(&key) else {
        ids.insert(key.clone(), 1);
        return key;
    };
    let mut n = taken;
    let id: Arc<str> = loop {
        n += 1;
        let id = format!("{key}~{n}");
        if !ids.contains_key(&*id) {
            break id.into();
        }
    };
    ids.insert(key, n);
    ids.insert(id.clone(), 1);
    id
}

/// The id of the only item with a key.
fn id_of(key: String) -> Arc<str> {
    if key.starts_with('~') { format!("~{key}").into() } else { key.into() }
}

/// How a block ended.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

struct Runner<'a, 's, S: Sink> {
    program: &'a Program,
    eval: Evaluator<'a>,
    sink: &'s mut S,
    scratch: Scratch,
    limits: Limits,
    depth: u32,
    steps: u64,
    evaluated: usize,
    /// Leaves out opaque steps: what they showed is kept.
    without_opaque: Option<&'a Reads>,
}

impl<'a> Runner<'a, '_, TreeSink> {
    /// What one step shows.
    fn dynamic(&mut self, step: &'a Step, dot: &Val<'a>) -> Result<Dynamic> {
        self.sink.open();
        match step {
            Step::Slot(slot) => self.slot(slot, dot)?,
            Step::Condition(condition) => drop(self.condition(condition, dot)?),
            Step::Range(range) => drop(self.range(range, dot)?),
            Step::Call(call) => self.call(call, dot)?,
            Step::Rest(_) | Step::Set(_) | Step::Break | Step::Continue | Step::Given(_) => {}
        }
        self.evaluated += 1;
        Ok(self.sink.pop().pop().unwrap_or(Dynamic::Empty))
    }

    /// The id of an item whose key no other has. `made` is the number that the page gave it, 0 for one with a key.
    fn item_id(&mut self, range: &'a Range, item: &Val<'a>, made: u64) -> Result<Arc<str>> {
        if made != 0 {
            return Ok(made_id(made));
        }
        let mut key = None;
        if let Some(path) = &range.key {
            let mut children = Vec::new();
            let steps = self.program.block(range.body).steps.iter().filter(|step| step.is_dynamic());
            for (step, index) in steps.zip(0..) {
                let is_part =
                    path.parts.iter().any(|part| matches!(part, KeyPart::Dynamic(i) if *i == index));
                children.push(if is_part { self.dynamic(step, item)? } else { Dynamic::Empty });
            }
            key = attribute_key(path, &children);
        }
        Ok(id_of(key.or_else(|| field_key(item.get())).unwrap_or_default()))
    }

    /// The item that a range makes of one item of a list.
    fn item_at(&mut self, range: &'a Range, list: &Val<'a>, at: usize) -> Result<Arc<Item>> {
        let item = update::element(list, at);
        self.sink.open_range();
        self.item(range, Val::Owned(Value::Int(at as i64), Static::Own), item, false)?;
        let mut items = self.sink.ranges.pop().unwrap_or_default().items;
        Ok(items.pop().unwrap_or_default())
    }
}

impl<'a, 's, S: Sink> Runner<'a, 's, S> {
    fn new(
        program: &'a Program,
        options: ExecOptions,
        cancel: Option<&'a Cancel>,
        data: &'a Value,
        sink: &'s mut S,
    ) -> Result<Runner<'a, 's, S>> {
        let eval = Evaluator::new(options, cancel, &program.entry().code, Val::root(data));
        eval.check_cancel()?;
        Ok(Runner {
            program,
            eval,
            sink,
            scratch: Scratch::default(),
            limits: options.limits,
            depth: 0,
            steps: 0,
            evaluated: 0,
            without_opaque: None,
        })
    }

    fn block(&mut self, id: BlockId, dot: &Val<'a>) -> Result<Flow> {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.block_inner(id, dot))
    }

    fn block_inner(&mut self, id: BlockId, dot: &Val<'a>) -> Result<Flow> {
        let block = self.program.block(id);
        let mut statics = block.statics.iter();
        if let Some(text) = statics.next() {
            self.sink.text(text);
        }
        let mut flow = Flow::Next;
        for (i, step) in block.steps.iter().enumerate() {
            if flow != Flow::Next {
                // Only a `Rest` can stand here: it is what the iteration does not come to.
                self.sink.skip();
                break;
            }
            if S::LEAVES_OUT
                && let Some(reads) = self.without_opaque
                && reads.block(id)[i].opaque.is_some()
            {
                if step.is_dynamic() {
                    self.sink.skip();
                    statics.next();
                }
                continue;
            }
            self.step()?;
            match step {
                Step::Slot(slot) => self.slot(slot, dot)?,
                Step::Condition(condition) => flow = self.condition(condition, dot)?,
                Step::Range(range) => flow = self.range(range, dot)?,
                Step::Call(call) => self.call(call, dot)?,
                Step::Rest(rest) => {
                    self.sink.open();
                    flow = self.block(*rest, dot)?;
                    self.sink.close(*rest);
                }
                Step::Set(pipe) => {
                    self.eval.pipeline(pipe, dot)?;
                    continue;
                }
                Step::Break => return Ok(Flow::Break),
                Step::Continue => return Ok(Flow::Continue),
                Step::Given(_) => self.sink.skip(),
            }
            self.evaluated += 1;
            if let (Some(text), Flow::Next) = (statics.next(), flow) {
                self.sink.text(text);
            }
            self.eval.check_output(self.sink.len())?;
        }
        Ok(flow)
    }

    #[inline]
    fn step(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return Err(self.steps_exceeded());
        }
        self.eval.watch()
    }

    #[cold]
    fn steps_exceeded(&self) -> crate::Error {
        let most = self.limits.steps;
        let message = format_args!("exceeded the limit of {most} execution steps");
        self.eval.error_with(Code::StepsExceeded, message)
    }

    fn slot(&mut self, slot: &'a Slot, dot: &Val<'a>) -> Result<()> {
        self.eval.at(slot.site);
        let (eval, scratch) = (&mut self.eval, &mut self.scratch);
        match &slot.value {
            SlotValue::Pipeline(pipe) => {
                let made;
                let value = match eval.in_data(pipe, dot) {
                    Some((value, _)) => value,
                    None => {
                        made = eval.pipeline(pipe, dot)?;
                        made.get()
                    }
                };
                let args = std::slice::from_ref(value);
                self.sink.slot(|out| {
                    escape::apply(&slot.escapers, args, scratch, out).map_err(|e| eval.failure(e))
                })
            }
            SlotValue::Arguments(operands) => {
                let args = eval.arguments(operands, dot)?;
                self.sink.slot(|out| {
                    escape::apply(&slot.escapers, &args, scratch, out).map_err(|e| eval.failure(e))
                })
            }
            SlotValue::Own(own) => {
                let value = self.own(own, dot)?;
                let (eval, scratch) = (&self.eval, &mut self.scratch);
                self.sink.slot(|out| {
                    match value {
                        Value::Null if slot.escapers.is_empty() => out.extend_from_slice(b"<no value>"),
                        value if slot.escapers.is_empty() => {
                            value.print(out).map_err(|error| eval.failure(error.into()))?;
                        }
                        value => escape::apply(&slot.escapers, &[value], scratch, out)
                            .map_err(|failure| eval.failure(failure))?,
                    }
                    Ok(())
                })
            }
        }
    }

    /// The result of the host's function in the place of an escaper.
    fn own(&mut self, own: &'a Own, dot: &Val<'a>) -> Result<Value> {
        let mut args = match &own.values {
            SlotValue::Pipeline(pipe) => vec![self.eval.pipeline(pipe, dot)?.into_value()],
            SlotValue::Arguments(operands) => self.eval.arguments(operands, dot)?,
            SlotValue::Own(own) => vec![self.own(own, dot)?],
        };
        if !own.before.is_empty() {
            let mut text = Vec::new();
            escape::apply(&own.before, &args, &mut self.scratch, &mut text)
                .map_err(|failure| self.eval.failure(failure))?;
            args = vec![Value::from(Text::from(text))];
        }
        self.eval.own_escaper(&own.escaper, &args)
    }

    fn condition(&mut self, condition: &'a Condition, dot: &Val<'a>) -> Result<Flow> {
        let Some((block, dot)) = self.branch(condition, dot)? else {
            self.sink.skip();
            return Ok(Flow::Next);
        };
        self.sink.open();
        let flow = self.block(block, &dot)?;
        self.sink.close(block);
        Ok(flow)
    }

    /// The block that a condition runs, and dot in it.
    fn branch(&mut self, condition: &'a Condition, dot: &Val<'a>) -> Result<Option<(BlockId, Val<'a>)>> {
        self.eval.at(condition.site);
        let value = self.eval.pipeline(&condition.pipe, dot)?;
        Ok(if !self.eval.truth(value.get())? {
            condition.otherwise.map(|block| (block, dot.clone()))
        } else if condition.with {
            Some((condition.then, value))
        } else {
            Some((condition.then, dot.clone()))
        })
    }

    fn call(&mut self, call: &'a Call, dot: &Val<'a>) -> Result<()> {
        let (caller, dot) = self.enter(call, dot)?;
        let root = self.program.templates[call.template as usize].root;
        self.sink.open();
        self.block(root, &dot)?;
        self.sink.close(root);
        self.leave(caller);
        Ok(())
    }

    /// Starts a call. Gives dot in the called template.
    fn enter(&mut self, call: &'a Call, dot: &Val<'a>) -> Result<(Caller<'a>, Val<'a>)> {
        self.eval.at(call.site);
        let most = self.limits.call_depth;
        if self.depth >= most {
            return Err(self.eval.error(format_args!("exceeded maximum template depth ({most})")));
        }
        let dot = match &call.pipe {
            Some(pipe) => self.eval.pipeline(pipe, dot)?,
            None => Val::Missing,
        };
        let template = &self.program.templates[call.template as usize];
        let caller = self.eval.enter(&template.code, dot.clone());
        self.depth += 1;
        Ok((caller, dot))
    }

    fn leave(&mut self, caller: Caller<'a>) {
        self.depth -= 1;
        self.eval.leave(caller);
    }

    fn range(&mut self, range: &'a Range, dot: &Val<'a>) -> Result<Flow> {
        self.eval.at(range.site);
        let value = self.eval.pipeline(&range.pipe, dot)?;
        self.sink.open_range();
        let ran = self.items(range, &value, &value)?;
        if ran || range.otherwise.is_none() {
            self.sink.close_range(range.body, None);
            return Ok(Flow::Next);
        }
        let mut flow = Flow::Next;
        if let Some(block) = range.otherwise {
            self.sink.open();
            flow = self.block(block, dot)?;
        }
        // As in Go the `break` in an else ends its own range, while `continue` is for the range around it.
        if flow == Flow::Break {
            flow = Flow::Next;
        }
        self.sink.close_range(range.body, range.otherwise);
        Ok(flow)
    }

    /// Goes over the items of a value. False is that there was none. An error shows `whole`, which is the value or the object
    /// that it is in.
    fn items(&mut self, range: &'a Range, value: &Val<'a>, whole: &Val<'a>) -> Result<bool> {
        let mut ran = false;
        match value.get() {
            Value::Null => {}
            Value::List(list) => {
                // Items of the data are borrowed; those of a list that a function made are taken out of it.
                let mut borrowed = match value {
                    Val::Ref(Value::List(list), _) => Some(list.iter()),
                    _ => None,
                };
                for (i, own) in list.iter().enumerate() {
                    ran = true;
                    let item = match borrowed.as_mut().and_then(Iterator::next) {
                        Some(item) => Val::Ref(item, Static::Interface),
                        None => Val::Owned(own.clone(), Static::Interface),
                    };
                    let index = Val::Owned(Value::Int(i as i64), Static::Own);
                    if self.item(range, index, item, false)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                for i in 0..map.len() {
                    let Some(item) = value.element(|v| match v {
                        Value::Map(map) => map.values().get(i),
                        _ => None,
                    }) else {
                        break;
                    };
                    ran = true;
                    let key = match &map.keys()[i] {
                        Key::Bool(b) => Value::Bool(*b),
                        Key::Int(i) => Value::Int(*i),
                        Key::String(s) => Value::String(s.clone()),
                    };
                    if self.item(range, Val::Owned(key, Static::Own), item, true)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Bytes(bytes) => {
                for (i, byte) in bytes.as_bytes().to_vec().into_iter().enumerate() {
                    ran = true;
                    let index = Val::Owned(Value::Int(i as i64), Static::Own);
                    let item = Val::Owned(Number::byte(byte).into(), Static::Own);
                    if self.item(range, index, item, false)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Int(_) | Value::Number(_) if count(value.get()).is_some() => {
                if range.pipe.targets.len() > 1 {
                    return Err(self.cannot_iterate(
                        "can't use ",
                        whole,
                        " to iterate over more than one variable",
                    ));
                }
                for i in 0..count(value.get()).unwrap_or_default() {
                    ran = true;
                    let item = match value.get() {
                        Value::Number(number) => number.with_integer(i).into(),
                        _ => Value::Int(i as i64),
                    };
                    let item = Val::Owned(item, Static::Own);
                    if self.item(range, Val::Missing, item, false)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Host(object) => {
                return match object.iterate().map_err(|error| self.eval.failure(error.into()))? {
                    Some(iteration) => self.object_items(range, iteration, value),
                    None => match value.data() {
                        // A nil pointer is no nil list.
                        Some(data) if !matches!(data.get(), Value::Null) => self.items(range, &data, whole),
                        _ => Err(self.cannot_iterate("range can't iterate over ", whole, "")),
                    },
                };
            }
            _ => return Err(self.cannot_iterate("range can't iterate over ", whole, "")),
        }
        Ok(ran)
    }

    /// [`Runner::items`] of a host object.
    fn object_items(&mut self, range: &'a Range, iteration: Iteration<'_>, value: &Val<'a>) -> Result<bool> {
        let two = range.pipe.targets.len() > 1;
        let owned = |value| Val::Owned(value, Static::Interface);
        let (in_map, in_pairs) =
            (matches!(iteration, Iteration::Map(_)), matches!(iteration, Iteration::Seq2(_)));
        type Items<'i> = Box<dyn Iterator<Item = Result<(Value, Value), FunctionError>> + 'i>;
        let items: Items<'_> = match iteration {
            Iteration::Seq(_) if two => {
                return Err(self.cannot_iterate("can't use ", value, " iterate over more than one variable"));
            }
            Iteration::List(items) | Iteration::Seq(items) => {
                Box::new((0..).zip(items).map(|(i, item)| Ok((Value::Int(i), item?))))
            }
            Iteration::Map(items) | Iteration::Seq2(items) => items,
        };
        let mut ran = false;
        for entry in items {
            let (key, item) = entry.map_err(|error| {
                self.eval.at(range.site);
                self.eval.failure(error.into())
            })?;
            ran = true;
            let (key, item) = (owned(key), owned(item));
            let item = if in_pairs && !two { key.clone() } else { item };
            if self.item(range, key, item, in_map)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    fn item(&mut self, range: &'a Range, index: Val<'a>, item: Val<'a>, in_map: bool) -> Result<Flow> {
        self.begin_item(range, &index, &item);
        self.step()?;
        self.sink.open();
        let flow = self.block(range.body, &item)?;
        self.sink.close_item(range.key.as_ref(), in_map.then_some(&index), &item);
        self.eval.check_output(self.sink.len())?;
        Ok(flow)
    }

    /// Sets the variables of a range.
    fn begin_item(&mut self, range: &'a Range, index: &Val<'a>, item: &Val<'a>) {
        let targets = &range.pipe.targets;
        let mut set = |target: &Target, value: Val<'a>| {
            if let Target::Slot(slot) = target {
                self.eval.set(*slot, value);
            }
        };
        match &targets[..] {
            [only] => set(only, item.clone()),
            [first, second, ..] => {
                set(first, index.clone());
                set(second, item.clone());
            }
            [] => {}
        }
    }

    fn cannot_iterate(&self, before: &str, value: &Val<'_>, after: &str) -> crate::Error {
        let mut text = Vec::new();
        if let Err(error) = value.get().print(&mut text) {
            return self.eval.failure(error.into());
        }
        self.eval.error(format_args!("{before}{}{after}", lossy(&text)))
    }
}
