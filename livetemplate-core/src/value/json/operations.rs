//! The operations of a JSON Patch, right from its text.

use super::{Outcome, Reader};
use crate::value::patch::{Member, Operation};
use crate::value::{DataFlags, MAX_DEPTH, Value};

/// Reads the usual form of a JSON Patch: an array of objects with the members of an operation, each once, without escapes
/// in their texts. `None` is for the general way, which reads everything and knows all errors.
pub(in crate::value) fn read_operations(text: &[u8], flags: DataFlags) -> Option<Vec<Operation<'_>>> {
    let mut reader = Reader::new(text, flags, None);
    let operations = reader.operations().ok().flatten()?;
    let is_all = reader.token().is_none();
    (is_all && !reader.tag_seen && reader.deepest <= MAX_DEPTH).then_some(operations)
}

impl<'t> Reader<'t> {
    fn operations(&mut self) -> Outcome<Option<Vec<Operation<'t>>>> {
        if self.token() != Some(b'[') {
            return Ok(None);
        }
        self.at += 1;
        let mut operations = Vec::new();
        if self.token() == Some(b']') {
            self.at += 1;
            return Ok(Some(operations));
        }
        loop {
            let Some(operation) = self.operation()? else { return Ok(None) };
            operations.push(operation);
            let next = self.token();
            self.at += 1;
            match next {
                Some(b',') => {}
                Some(b']') => return Ok(Some(operations)),
                _ => return Ok(None),
            }
        }
    }

    fn operation(&mut self) -> Outcome<Option<Operation<'t>>> {
        if self.token() != Some(b'{') {
            return Ok(None);
        }
        self.at += 1;
        let mut operation = Operation::default();
        let mut first = true;
        while self.member(first)? {
            first = false;
            let (name, _) = self.string()?;
            self.colon()?;
            let member = match name {
                b"op" => &mut operation.op,
                b"path" => &mut operation.path,
                b"from" => &mut operation.from,
                b"value" if operation.value.is_none() => {
                    self.value(2, operation.value.insert(Value::Null))?;
                    continue;
                }
                _ => return Ok(None),
            };
            if self.token() != Some(b'"') || !matches!(member, Member::Missing) {
                return Ok(None);
            }
            self.at += 1;
            let (text, plain) = self.string()?;
            if !plain {
                return Ok(None);
            }
            *member = Member::Text(text);
        }
        Ok(Some(operation))
    }
}
