//! Fields and methods of host objects.

use super::{Evaluator, Static, Val};
use crate::error::Result;
use crate::template::expr::{FieldName, Operand, SiteId};
use crate::value::{Member, Time, Value};

impl<'a> Evaluator<'a> {
    /// The field of an object, or the result of its method: first a field of the record under it, then what the host has,
    /// then what other data under it has.
    pub(super) fn member(
        &mut self,
        site: SiteId,
        receiver: Val<'a>,
        field: &'a FieldName,
        args: &'a [Operand],
        last: Option<Val<'a>>,
        dot: &Val<'a>,
    ) -> Result<Val<'a>> {
        let name = &*field.name;
        let Value::Host(object) = receiver.get() else { return Err(self.no_field(name, &receiver)) };
        let in_record = matches!(object.data(), Some(Value::Record(record)) if record.get(name).is_some());
        let member =
            if in_record { None } else { object.member(name).map_err(|error| self.failure(error.into()))? };
        match member {
            Some(Member::Method(method)) => {
                let given = args.len() + usize::from(last.is_some());
                let (min, max) = method.limits();
                self.check_count(name, given, args.len(), min, max)?;
                return self.host_function(name, &method, site, args, last, dot);
            }
            Some(Member::Field(_)) if matches!(object.data(), Some(Value::Null)) => {
                let type_name = receiver.type_name();
                return Err(self.error(format_args!("nil pointer evaluating {type_name}.{name}")));
            }
            Some(Member::Field(_)) if !args.is_empty() || last.is_some() => {
                return Err(
                    self.error(format_args!("{name} has arguments but cannot be invoked as function"))
                );
            }
            Some(Member::Field(value)) => {
                // A field has a type of its own; a nil one is the exception, for the sake of the error text.
                let nil = matches!(value, Value::Null);
                return Ok(Val::Owned(value, if nil { Static::Interface } else { Static::Own }));
            }
            None => {}
        }
        let has_name = match object.data() {
            Some(Value::Map(_) | Value::Host(_)) => true,
            Some(Value::Time(_)) => Time::arity(name).is_some(),
            _ => in_record,
        };
        match receiver.data() {
            Some(data) if has_name => self.field(site, data, field, args, last, dot),
            _ => Err(self.no_field(name, &receiver)),
        }
    }
}

impl<'a> Val<'a> {
    /// The data under a host object, borrowed where the object is.
    pub(crate) fn data(&self) -> Option<Val<'a>> {
        match self {
            Val::Ref(Value::Host(object), kind) => object.data().map(|data| Val::Ref(data, *kind)),
            Val::Owned(Value::Host(object), kind) => {
                object.data().map(|data| Val::Owned(data.clone(), *kind))
            }
            _ => None,
        }
    }
}
