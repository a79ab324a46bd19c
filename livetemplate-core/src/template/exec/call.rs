//! Calls of functions: Go's rules for arguments, and who answers.

use super::{Evaluator, Static, Type, Val, whole};
use crate::error::Result;
use crate::template::expr::{Function, FunctionKind, Operand, OperandKind, OwnEscaper, SiteId};
use crate::template::functions::Signature;
use crate::value::{self, Number, NumberType, Value};

impl<'a> Evaluator<'a> {
    pub(super) fn call(
        &mut self,
        function: &'a Function,
        site: SiteId,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        let name = &function.name;
        let given = args.len() + usize::from(last.is_some());
        let (min, max) = match &function.kind {
            FunctionKind::And | FunctionKind::Or => (1, None),
            FunctionKind::Builtin(signature) => (signature.min, signature.max),
            FunctionKind::Host(function) => function.limits(),
        };
        self.check_count(name, given, args.len(), min, max)?;
        match &function.kind {
            FunctionKind::And => self.short_circuit(false, args, last, dot),
            FunctionKind::Or => self.short_circuit(true, args, last, dot),
            FunctionKind::Builtin(signature) => {
                let values = self.builtin_args(signature, args, last, dot)?;
                let texts: Vec<String> = if signature.wants_text {
                    args.iter().map(|arg| self.code.context(arg.site)).collect()
                } else {
                    Vec::new()
                };
                let text = |i| texts.get(i).map(|text: &String| &**text);
                let arguments: Vec<_> = values.iter().enumerate().map(|(i, v)| v.argument(text(i))).collect();
                self.env.most = self.options.limits.output.saturating_sub(self.built);
                match (signature.call)(&self.env, &arguments) {
                    Ok(value) => {
                        if signature.makes_text {
                            // The limit's error names the call; Go's next error may still name the last argument.
                            let at = std::mem::replace(&mut self.at, site);
                            self.count(&value)?;
                            self.at = at;
                        }
                        let kind = if signature.typed { Static::Own } else { Static::Interface };
                        Ok(Val::Owned(value, kind))
                    }
                    Err(failure) => {
                        self.at(site);
                        Err(self.call_failure(name, failure))
                    }
                }
            }
            FunctionKind::Host(function) => self.host_function(name, function, site, args, last, dot),
        }
    }

    /// Calls a function or method of the host's.
    pub(super) fn host_function(
        &mut self,
        name: &str,
        function: &value::Function,
        site: SiteId,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        let pure = function.is_pure(args.len() + usize::from(last.is_some()));
        let _volatile = (!pure).then(value::VolatileCall::begin);
        let value = if let Some(typed) = function.as_typed() {
            self.typed_call(name, typed, site, args, last, dot)?
        } else {
            let mut values = Vec::with_capacity(args.len() + 1);
            for arg in args {
                values.push(self.operand(arg, dot)?.into_value());
            }
            values.extend(last.map(Val::into_value));
            self.host_call(name, function, site, &values)?
        };
        self.count(&value)?;
        Ok(Val::Owned(value, if function.has_typed_result() { Static::Own } else { Static::Interface }))
    }

    /// Refuses a call with too few or too many arguments; `written` are those that do not come from a pipeline.
    pub(super) fn check_count(
        &self,
        name: &str,
        given: usize,
        written: usize,
        min: usize,
        max: Option<usize>,
    ) -> Result<()> {
        let fits = given >= min && max.is_none_or(|max| given <= max);
        let head = format_args!("wrong number of args for {name}: want");
        match max {
            _ if fits => Ok(()),
            None => Err(self.error(format_args!("{head} at least {min} got {written}"))),
            Some(max) if max == min => Err(self.error(format_args!("{head} {min} got {given}"))),
            Some(max) => Err(self.error(format_args!("{head} {min} to {max} got {given}"))),
        }
    }

    fn host_call(
        &mut self,
        name: &str,
        function: &value::Function,
        site: SiteId,
        args: &[Value],
    ) -> Result<Value> {
        let value = function.call(args).map_err(|source| {
            self.at(site);
            self.call_failure(name, source)
        })?;
        self.check_cancel()?;
        Ok(value)
    }

    /// Calls a function with types: each argument is checked before the next is evaluated, as far as errors can tell.
    fn typed_call(
        &mut self,
        name: &str,
        function: &dyn value::TypedFunction,
        site: SiteId,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Value> {
        let called = self.at;
        // Where an error about each argument is: at what was evaluated last for it.
        let mut places = Vec::with_capacity(args.len() + 1);
        let mut values = Vec::with_capacity(args.len() + 1);
        let mut failed = None;
        for arg in args {
            let value = if arg.literal.is_some() {
                self.at(arg.site);
                Ok(Val::Missing)
            } else {
                self.operand(arg, dot)
            };
            match value {
                Ok(value) => values.push(value),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            places.push(self.at);
        }
        if failed.is_none() {
            places.extend(last.is_some().then_some(self.at));
            values.extend(last);
        }
        let arguments: Vec<value::Argument<'_>> = values
            .iter()
            .enumerate()
            .map(|(i, value)| match (args.get(i).and_then(|arg| arg.literal.as_deref()), value) {
                (Some(text), _) => value::Argument::Constant(text),
                (None, Val::Missing) => value::Argument::Missing,
                (None, Val::Ref(value, Static::Interface)) => value::Argument::Interface(value),
                (None, Val::Owned(value, Static::Interface)) => value::Argument::Interface(value),
                (None, value) => value::Argument::Value(value.get()),
            })
            .collect();
        let place = |error: &value::ArgumentError| {
            error.index.map_or(called, |i| places.get(i).copied().unwrap_or(called))
        };
        if let Some(failed) = failed {
            return Err(match function.check(&arguments) {
                Ok(()) => failed,
                Err(refused) => {
                    self.at(place(&refused));
                    self.error(refused)
                }
            });
        }
        function.call(&arguments).map_err(|source| match source.downcast::<value::ArgumentError>() {
            Ok(refused) => {
                self.at(place(&refused));
                self.error(refused)
            }
            Err(source) => {
                self.at(site);
                self.call_failure(name, source)
            }
        })
    }

    /// What the host's function in the place of an escaper makes of `args`.
    pub fn own_escaper(&mut self, own: &OwnEscaper, args: &[Value]) -> Result<Value> {
        self.at(own.site);
        let (min, max) = own.function.limits();
        self.check_count(own.name, args.len(), args.len(), min, max)?;
        self.host_call(own.name, &own.function, own.failed, args)
    }

    /// The arguments of a predefined function, checked for the type it demands of the first.
    fn builtin_args(
        &mut self,
        signature: &Signature,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Vec<Val<'a>>> {
        let mut values = Vec::with_capacity(args.len() + 1);
        for arg in args {
            values.push(if signature.string_first && values.is_empty() {
                self.typed_operand(Type::String, arg, dot)?
            } else {
                self.operand(arg, dot)?
            });
        }
        if let Some(last) = last {
            if signature.string_first && values.is_empty() {
                self.check_type(Type::String, &last)?;
            }
            values.push(last);
        }
        Ok(values)
    }

    /// An argument of a method or function that takes values of one type only.
    pub(super) fn typed_operand(
        &mut self,
        want: Type,
        operand: &'a Operand,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        self.at(operand.site);
        let found = || self.code.context(operand.site);
        match (&operand.kind, want) {
            (OperandKind::Constant(Value::String(_)), Type::String) => {}
            (OperandKind::Constant(constant), Type::Duration) => {
                return match whole(constant) {
                    Some(nanos) => Ok(Val::Owned(Number::duration(nanos).into(), Static::Own)),
                    None => Err(self.error(format_args!("expected integer; found {}", found()))),
                };
            }
            (OperandKind::BadConstant(_), Type::Duration) => {
                return Err(self.error(format_args!("expected integer; found {}", found())));
            }
            (OperandKind::Constant(_) | OperandKind::BadConstant(_), Type::String) => {
                return Err(self.error(format_args!("expected string; found {}", found())));
            }
            (OperandKind::Constant(_) | OperandKind::BadConstant(_), Type::Time) => {
                return Err(self.error(format_args!("can't handle {} for arg of type time.Time", found())));
            }
            (OperandKind::Nil, _) => {
                return Err(self.error(format_args!("cannot assign nil to {}", want.name())));
            }
            _ => {}
        }
        let value = self.operand(operand, dot)?;
        self.check_type(want, &value)?;
        Ok(value)
    }

    pub(super) fn check_type(&self, want: Type, value: &Val<'a>) -> Result<()> {
        let name = want.name();
        match (value.get(), want) {
            (Value::String(_), Type::String) | (Value::Time(_), Type::Time) => Ok(()),
            (Value::Number(number), Type::Duration) if number.number_type() == NumberType::Duration => Ok(()),
            _ if value.is_missing() => Err(self.error(format_args!("invalid value; expected {name}"))),
            (other, _) => {
                let got = other.type_name();
                let got = if matches!(other, Value::Null) { "interface {}" } else { &got };
                Err(self.error(format_args!("wrong type for value; expected {name}; got {got}")))
            }
        }
    }

    /// `and` and `or`: the first argument whose truth is `stop`, else the last.
    fn short_circuit(
        &mut self,
        stop: bool,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        let mut value = Val::Missing;
        for arg in args {
            value = self.operand(arg, dot)?;
            if self.truth(value.get())? == stop {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }
}
