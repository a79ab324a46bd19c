//! The functions that the host registers.

use super::unicode::is_name_char;
use crate::error::{Code, Error, Result};
use crate::value::Function;
use std::collections::HashMap;

/// The host's functions of a template set, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Functions(HashMap<String, Function>);

impl Functions {
    pub fn insert(&mut self, name: String, function: Function) {
        self.0.insert(name, function);
    }

    pub fn get(&self, name: &str) -> Option<&Function> {
        self.0.get(name)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses names that no template can call.
    pub fn check(&self) -> Result<()> {
        let mut names: Vec<&String> = self.0.keys().collect();
        names.sort();
        for name in names {
            let starts_well = !name.starts_with(char::is_numeric);
            if name.is_empty() || !starts_well || !name.chars().all(is_name_char) {
                let text = format!("function name {name:?} is not a valid identifier");
                return Err(Error::new(Code::InvalidArgument, text));
            }
            if name.starts_with("_html_template_") || name == "_eval_args_" {
                let text = format!("function name {name:?} is reserved for the escaper");
                return Err(Error::new(Code::InvalidArgument, text));
            }
        }
        Ok(())
    }
}
