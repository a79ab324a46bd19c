//! Evaluation of pipelines: Go's `text/template` execution rules on [`Value`]s.
//!
//! Values are borrowed from the data wherever they come from it, so that evaluating a field allocates nothing.

use super::expr::{Code, CommandCode, FieldName, Operand, OperandKind, Pipeline, SiteId, Target};
use super::functions::{Argument, Env, Form};
use super::options::{Limits, MissingKey, Numbers};
use crate::cancel::{Cancel, Watch};
use crate::error::{Code as ErrorCode, Error, Failure, Result};
use crate::value::{Key, Time, Value, append_quoted, lossy};

mod call;
mod object;

/// What an expression evaluates to.
#[derive(Clone, Debug)]
pub(crate) enum Val<'a> {
    /// No value (Go's zero `reflect.Value`): a missing map key, and any field of that.
    Missing,
    /// A value in the data or the template.
    Ref(&'a Value, Static),
    /// A value made by a function.
    Owned(Value, Static),
}

/// The static type Go sees: it shows in error texts, and only an interface can be nil without a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Static {
    /// The value's own type.
    Own,
    /// `interface {}`: an element of a list or map.
    Interface,
}

/// A type that a method or function demands.
#[derive(Clone, Copy)]
enum Type {
    String,
    Time,
    Duration,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::Time => "time.Time",
            Type::Duration => "time.Duration",
        }
    }
}

/// Number of arguments of the method `name` of a value, if it has one.
fn arity(value: &Value, name: &str) -> Option<usize> {
    match value {
        Value::Time(_) => Time::arity(name),
        Value::Number(number) => number.arity(name),
        _ => None,
    }
}

/// The integer that a constant can be where a method wants one: `1e9` can, `1.5` cannot.
fn whole(constant: &Value) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match *constant {
        Value::Int(i) => Some(i),
        Value::Float(f) | Value::Complex128(f, 0.0) => {
            (f.trunc() == f && (-LIMIT..LIMIT).contains(&f)).then_some(f as i64)
        }
        _ => None,
    }
}

static NULL: Value = Value::Null;

impl<'a> Val<'a> {
    /// The value a template is executed with.
    pub fn root(data: &'a Value) -> Val<'a> {
        match data {
            Value::Null => Val::Missing,
            v => Val::Ref(v, Static::Own),
        }
    }

    pub fn get(&self) -> &Value {
        match self {
            Val::Missing => &NULL,
            Val::Ref(v, _) => v,
            Val::Owned(v, _) => v,
        }
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Val::Missing)
    }

    /// What Go does at the end of every command of a pipeline: an interface gives way to what it holds, and a nil one
    /// to no value.
    fn settle(self) -> Val<'a> {
        match self {
            Val::Ref(Value::Null, Static::Interface) | Val::Owned(Value::Null, Static::Interface) => {
                Val::Missing
            }
            Val::Ref(v, _) => Val::Ref(v, Static::Own),
            Val::Owned(v, _) => Val::Owned(v, Static::Own),
            Val::Missing => Val::Missing,
        }
    }

    /// An element of this value, borrowed where the value itself is.
    pub fn element(&self, pick: impl FnOnce(&Value) -> Option<&Value>) -> Option<Val<'a>> {
        match self {
            Val::Missing => None,
            Val::Ref(v, _) => pick(v).map(|e| Val::Ref(e, Static::Interface)),
            Val::Owned(v, _) => pick(v).map(|e| Val::Owned(e.clone(), Static::Interface)),
        }
    }

    pub fn into_value(self) -> Value {
        match self {
            Val::Missing => Value::Null,
            Val::Ref(v, _) => v.clone(),
            Val::Owned(v, _) => v,
        }
    }

    /// As an argument written `text`.
    fn argument<'b>(&'b self, text: Option<&'b str>) -> Argument<'b> {
        let form = match self {
            Val::Missing => Form::Missing,
            Val::Ref(_, Static::Own) | Val::Owned(_, Static::Own) => Form::Own,
            Val::Ref(_, Static::Interface) | Val::Owned(_, Static::Interface) => Form::Interface,
        };
        Argument { value: self.get(), form, text }
    }

    fn type_name(&self) -> String {
        match self {
            Val::Ref(_, Static::Interface) | Val::Owned(_, Static::Interface) => "interface {}".into(),
            other => other.get().type_name().into_owned(),
        }
    }
}

/// How a set of templates executes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExecOptions {
    pub numbers: Numbers,
    pub missing_key: MissingKey,
    pub limits: Limits,
}

/// The state of one execution: dot, variables, and the place that an error would name.
pub(crate) struct Evaluator<'a> {
    options: ExecOptions,
    env: Env,
    watch: Watch<'a>,
    code: &'a Code,
    vars: Vec<Val<'a>>,
    base: usize,
    at: SiteId,
    /// Bytes of text that functions have made. They count as output, so that no chain of calls can fill the memory.
    built: usize,
}

/// What [`Evaluator::enter`] replaced.
pub(crate) struct Caller<'a> {
    code: &'a Code,
    base: usize,
    at: SiteId,
}

impl<'a> Evaluator<'a> {
    pub fn new(
        options: ExecOptions,
        cancel: Option<&'a Cancel>,
        code: &'a Code,
        dot: Val<'a>,
    ) -> Evaluator<'a> {
        let mut vars = vec![Val::Missing; code.frame as usize];
        vars[0] = dot;
        let env = Env { adaptive: options.numbers == Numbers::Adaptive, most: options.limits.output };
        let watch = Watch::new(cancel);
        Evaluator { options, env, watch, code, vars, base: 0, at: 0, built: 0 }
    }

    /// Starts the frame of a called template.
    pub fn enter(&mut self, code: &'a Code, dot: Val<'a>) -> Caller<'a> {
        let caller = Caller { code: self.code, base: self.base, at: self.at };
        self.base = self.vars.len();
        self.vars.resize(self.base + code.frame as usize, Val::Missing);
        self.vars[self.base] = dot;
        self.code = code;
        caller
    }

    pub fn leave(&mut self, caller: Caller<'a>) {
        self.vars.truncate(self.base);
        self.code = caller.code;
        self.base = caller.base;
        self.at = caller.at;
    }

    /// Sets the place that the next error names.
    pub fn at(&mut self, site: SiteId) {
        self.at = site;
    }

    pub fn set(&mut self, slot: u32, value: Val<'a>) {
        self.vars[self.base + slot as usize] = value;
    }

    /// A variable's value.
    pub fn variable(&self, slot: u32) -> &Val<'a> {
        &self.vars[self.base + slot as usize]
    }

    fn var(&self, slot: u32) -> Val<'a> {
        self.vars[self.base + slot as usize].clone()
    }

    /// An execution error at the current place, in Go's form.
    pub fn error(&self, message: impl std::fmt::Display) -> Error {
        self.error_with(ErrorCode::TemplateExec, message)
    }

    pub fn error_with(&self, code: ErrorCode, message: impl std::fmt::Display) -> Error {
        let source = &self.code.tree.source;
        let pos = self.code.sites.get(self.at as usize).map_or(0, |site| site.pos);
        let context = self.code.context(self.at);
        let (line, column) = source.location(pos);
        let mut name = Vec::new();
        append_quoted(&mut name, self.code.name.as_bytes(), false);
        let name = lossy(&name);
        let text =
            format!("template: {}:{line}:{column}: executing {name} at <{context}>: {message}", source.name);
        Error::new(code, text).at(source.name.clone(), line, column).in_source(source.text.clone())
    }

    /// An error at the current place that has the host's error, if that is behind it, as its source.
    pub fn failure(&self, failure: Failure) -> Error {
        let error = self.error(&failure.text);
        match failure.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }

    /// [`Evaluator::failure`] of a call of `name`.
    fn call_failure(&self, name: &str, failure: impl Into<Failure>) -> Error {
        let Failure { text, source } = failure.into();
        self.failure(Failure { text: format!("error calling {name}: {text}"), source })
    }

    /// Whether a value is true.
    pub fn truth(&self, value: &Value) -> Result<bool> {
        value.truth().map_err(|error| self.failure(error.into()))
    }

    /// Whether `written` bytes and what functions have made are within the limit of output.
    #[inline]
    pub fn check_output(&self, written: usize) -> Result<()> {
        if written.saturating_add(self.built) > self.options.limits.output {
            return Err(self.output_exceeded());
        }
        Ok(())
    }

    #[cold]
    fn output_exceeded(&self) -> Error {
        let most = self.options.limits.output;
        self.error_with(ErrorCode::OutputExceeded, format_args!("exceeded the limit of {most} output bytes"))
    }

    /// Fails if the call was cancelled or its deadline has passed. For every step: asks for the time now and then.
    #[inline]
    pub fn watch(&mut self) -> Result<()> {
        match self.watch.look() {
            None => Ok(()),
            Some((code, text)) => Err(self.error_with(code, text)),
        }
    }

    /// The same, and asks for the time.
    pub fn check_cancel(&self) -> Result<()> {
        match self.watch.look_now() {
            None => Ok(()),
            Some((code, text)) => Err(self.error_with(code, text)),
        }
    }

    /// Counts text that a function made.
    fn count(&mut self, made: &Value) -> Result<()> {
        if let Value::String(text) = made {
            self.built = self.built.saturating_add(text.as_bytes().len());
        }
        self.check_output(0)
    }

    /// The value of a pipeline; its variables are set.
    pub fn pipeline(&mut self, pipe: &'a Pipeline, dot: &Val<'a>) -> Result<Val<'a>> {
        if let Some((value, kind)) = self.in_data(pipe, dot) {
            return Ok(Val::Ref(value, kind).settle());
        }
        self.at(pipe.site);
        let mut value: Option<Val<'a>> = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?.settle());
        }
        let value = value.unwrap_or(Val::Missing);
        for target in &pipe.targets {
            match target {
                Target::Slot(slot) => self.set(*slot, value.clone()),
                Target::Undefined(name) => return Err(self.error(format_args!("undefined variable: {name}"))),
            }
        }
        Ok(value)
    }

    /// The commonest pipelines at once: dot, a variable, or fields of them that are there and in the data. `None` leaves the
    /// pipeline to the general way, which knows all rules and errors.
    #[inline]
    pub fn in_data(&mut self, pipe: &'a Pipeline, dot: &Val<'a>) -> Option<(&'a Value, Static)> {
        let ([command], []) = (&pipe.commands[..], &pipe.targets[..]) else { return None };
        let [word] = &command.words[..] else { return None };
        let (from, path) = match &word.kind {
            OperandKind::Field(path) => (dot, &path[..]),
            OperandKind::Variable(slot, path) => (&self.vars[self.base + *slot as usize], &path[..]),
            OperandKind::Dot => (dot, &[][..]),
            _ => return None,
        };
        let Val::Ref(mut value, kind) = *from else { return None };
        for field in path {
            value = match value.plain_record() {
                Value::Map(map) => field.entry(map)?,
                Value::Record(record) => record.get(&field.name)?,
                _ => return None,
            };
        }
        self.at = word.site;
        Some((value, if path.is_empty() { kind } else { Static::Interface }))
    }

    fn command(&mut self, command: &'a CommandCode, dot: &Val<'a>, last: Option<Val<'a>>) -> Result<Val<'a>> {
        let Some((first, args)) = command.words.split_first() else {
            return Ok(Val::Missing);
        };
        match &first.kind {
            OperandKind::Field(path) => {
                self.at(first.site);
                self.fields(first.site, dot.clone(), path, args, last, dot)
            }
            OperandKind::Chain(inner, path) => {
                let receiver = self.chain_receiver(first, inner, dot)?;
                self.fields(first.site, receiver, path, args, last, dot)
            }
            OperandKind::Variable(slot, path) => {
                self.at(first.site);
                let receiver = self.var(*slot);
                if path.is_empty() {
                    self.not_a_function(first, args, &last)?;
                    return Ok(receiver);
                }
                self.fields(first.site, receiver, path, args, last, dot)
            }
            OperandKind::Function(function) => {
                self.at(first.site);
                self.call(function, command.site, args, last, dot)
            }
            OperandKind::Pipe(pipe) => {
                self.not_a_function(first, args, &last)?;
                stacker::maybe_grow(64 << 10, 1 << 20, || self.pipeline(pipe, dot))
            }
            OperandKind::Dot
            | OperandKind::Nil
            | OperandKind::Constant(_)
            | OperandKind::BadConstant(_)
            | OperandKind::UndefinedVariable(_) => {
                self.at(first.site);
                if !matches!(first.kind, OperandKind::UndefinedVariable(_)) {
                    self.not_a_function(first, args, &last)?;
                }
                if matches!(first.kind, OperandKind::Nil) {
                    return Err(self.error("nil is not a command"));
                }
                self.operand(first, dot)
            }
        }
    }

    fn not_a_function(&self, first: &Operand, args: &[Operand], last: &Option<Val<'a>>) -> Result<()> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        let context = self.code.context(first.site);
        Err(self.error(format_args!("can't give argument to non-function {context}")))
    }

    /// An operand in the place of an argument.
    fn operand(&mut self, operand: &'a Operand, dot: &Val<'a>) -> Result<Val<'a>> {
        self.at(operand.site);
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Val::Missing),
            OperandKind::Constant(value) => Ok(Val::Ref(value, Static::Own)),
            OperandKind::BadConstant(text) => Err(self.error(text)),
            OperandKind::Field(path) => self.fields(operand.site, dot.clone(), path, &[], None, dot),
            OperandKind::Variable(slot, path) => {
                let receiver = self.var(*slot);
                self.fields(operand.site, receiver, path, &[], None, dot)
            }
            OperandKind::UndefinedVariable(name) => {
                Err(self.error(format_args!("undefined variable: {name}")))
            }
            OperandKind::Chain(inner, path) => {
                let receiver = self.chain_receiver(operand, inner, dot)?;
                self.fields(operand.site, receiver, path, &[], None, dot)
            }
            OperandKind::Pipe(pipe) => stacker::maybe_grow(64 << 10, 1 << 20, || self.pipeline(pipe, dot)),
            OperandKind::Function(function) => self.call(function, operand.site, &[], None, dot),
        }
    }

    /// The arguments of `{{html .X .Y}}`, whose function became the slot's escaper.
    pub fn arguments(&mut self, operands: &'a [Operand], dot: &Val<'a>) -> Result<Vec<Value>> {
        operands.iter().map(|o| Ok(self.operand(o, dot)?.into_value())).collect()
    }

    fn chain_receiver(&mut self, chain: &Operand, inner: &'a Operand, dot: &Val<'a>) -> Result<Val<'a>> {
        self.at(chain.site);
        if matches!(inner.kind, OperandKind::Nil) {
            let context = self.code.context(chain.site);
            return Err(self.error(format_args!("indirection through explicit nil in {context}")));
        }
        stacker::maybe_grow(64 << 10, 1 << 20, || self.operand(inner, dot))
    }

    /// `receiver.A.B args…`, all of it at `site`: only the last field takes the arguments.
    fn fields(
        &mut self,
        site: SiteId,
        receiver: Val<'a>,
        path: &'a [FieldName],
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        let Some((name, before)) = path.split_last() else {
            return Ok(receiver);
        };
        let mut receiver = receiver;
        for field in before {
            receiver = self.field(site, receiver, field, &[], None, dot)?;
        }
        self.field(site, receiver, name, args, last, dot)
    }

    fn field(
        &mut self,
        site: SiteId,
        receiver: Val<'a>,
        field: &'a FieldName,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        let has_args = !args.is_empty() || last.is_some();
        let name = &*field.name;
        match receiver.get() {
            Value::Null if receiver.is_missing() => {
                if self.options.missing_key == MissingKey::Error {
                    return Err(self.error(format_args!("nil data; no entry for key {name:?}")));
                }
                return Ok(Val::Missing);
            }
            Value::Null => {
                return Err(self.error(format_args!("nil pointer evaluating interface {{}}.{name}")));
            }
            Value::Map(map) => {
                let found = field.entry(map).is_some();
                // Strings are the last keys in the order, so a first one that is a string means all are.
                let string_keyed = map.keys().first().is_none_or(|key| matches!(key, Key::String(_)));
                if found || string_keyed {
                    if has_args {
                        return Err(self.error(format_args!("{name} is not a method but has arguments")));
                    }
                    if let Some(value) = receiver.element(|v| match v {
                        Value::Map(m) => field.entry(m),
                        _ => None,
                    }) {
                        return Ok(value);
                    }
                    return match self.options.missing_key {
                        MissingKey::Default => Ok(Val::Missing),
                        MissingKey::Zero => Ok(Val::Ref(&NULL, Static::Interface)),
                        MissingKey::Error => {
                            Err(self.error(format_args!("map has no entry for key {name:?}")))
                        }
                    };
                }
            }
            Value::Record(record) if record.get(name).is_some() => {
                if has_args {
                    return Err(
                        self.error(format_args!("{name} has arguments but cannot be invoked as function"))
                    );
                }
                let field = receiver.element(|v| match v {
                    Value::Record(r) => r.get(name),
                    _ => None,
                });
                // A field has a type of its own; a nil one is the exception, for the sake of the error text.
                return Ok(match field.unwrap_or(Val::Missing) {
                    Val::Ref(v, _) if !matches!(v, Value::Null) => Val::Ref(v, Static::Own),
                    Val::Owned(v, _) if !matches!(v, Value::Null) => Val::Owned(v, Static::Own),
                    nil => nil,
                });
            }
            made @ (Value::Time(_) | Value::Number(_)) if arity(made, name).is_some() => {
                let made = made.clone();
                let given = args.len() + usize::from(last.is_some());
                let want = arity(&made, name).unwrap_or_default();
                if given != want {
                    let message = format_args!("wrong number of args for {name}: want {want} got {given}");
                    return Err(self.error(message));
                }
                let kind = match (name, &made) {
                    ("Format", _) => Type::String,
                    (_, Value::Number(_)) => Type::Duration,
                    _ => Type::Time,
                };
                let argument = match (args, last) {
                    ([arg, ..], _) => Some(self.typed_operand(kind, arg, dot)?),
                    ([], Some(last)) => {
                        self.check_type(kind, &last)?;
                        Some(last)
                    }
                    ([], None) => None,
                };
                let args: Vec<Value> = argument.into_iter().map(Val::into_value).collect();
                let value = match made {
                    Value::Number(number) => Ok(number.call(name, &args)),
                    Value::Time(time) => time.call(name, &args).unwrap_or(Ok(Value::Null)),
                    _ => Ok(Value::Null),
                };
                let value = value.map_err(|message| self.error(message))?;
                self.count(&value)?;
                return Ok(Val::Owned(value, Static::Own));
            }
            Value::Number(number) if name == "String" => {
                if let Some(text) = number.to_text() {
                    if has_args {
                        let given = args.len() + usize::from(last.is_some());
                        return Err(
                            self.error(format_args!("wrong number of args for String: want 0 got {given}"))
                        );
                    }
                    return Ok(Val::Owned(text, Static::Own));
                }
            }
            Value::Host(_) => return self.member(site, receiver, field, args, last, dot),
            _ => {}
        }
        Err(self.no_field(name, &receiver))
    }

    fn no_field(&self, name: &str, receiver: &Val<'a>) -> Error {
        self.error(format_args!("can't evaluate field {name} in type {}", receiver.type_name()))
    }
}
