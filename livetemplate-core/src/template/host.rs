//! Functions that the host registers.

use super::unicode::is_name_char;
use crate::error::{Code, Error, Result};
use crate::value::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// What a host function fails with. It becomes the source of the template error, whose message ends with its text.
pub type FunctionError = Box<dyn std::error::Error + Send + Sync>;

type Call = dyn Fn(&[Value]) -> Result<Value, FunctionError> + Send + Sync;

/// A function of the host's that templates call by name. Cloning shares it.
///
/// It gets its arguments as templates have them, [`Value::Null`] for a missing one. It may be called by any number of
/// threads at once. During a page's update it may read that page, and use others; a change to that page is refused as
/// `Reentrant`. A panic is not caught here; the page keeps its state.
#[derive(Clone)]
pub struct Function {
    call: Arc<Call>,
    pure: Option<bool>,
    min: usize,
    max: Option<usize>,
}

impl Function {
    /// A function that takes any number of arguments.
    pub fn new(call: impl Fn(&[Value]) -> Result<Value, FunctionError> + Send + Sync + 'static) -> Function {
        Function { call: Arc::new(call), pure: None, min: 0, max: None }
    }

    /// How many arguments it takes: from `min` to `max`, or any number from `min` on. Other calls are refused with Go's
    /// `wrong number of args`, and the function is not called.
    #[must_use]
    pub fn arity(mut self, min: usize, max: Option<usize>) -> Function {
        self.min = min;
        self.max = max;
        self
    }

    /// Declares whether its result depends on its arguments alone. By default that is so for calls with arguments, and
    /// not for those without.
    #[must_use]
    pub fn pure(mut self, pure: bool) -> Function {
        self.pure = Some(pure);
        self
    }

    /// Whether a call with so many arguments has a result that depends on them alone.
    pub fn is_pure(&self, args: usize) -> bool {
        self.pure.unwrap_or(args > 0)
    }

    pub(crate) fn limits(&self) -> (usize, Option<usize>) {
        (self.min, self.max)
    }

    pub(crate) fn call(&self, args: &[Value]) -> Result<Value, FunctionError> {
        (self.call)(args)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("pure", &self.pure)
            .field("min", &self.min)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

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
