//! Functions of the host's: those that it registers by name, and the methods of its objects.

use super::Value;
use crate::error::FunctionError;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// An argument of a call, as a [`TypedFunction`] gets it.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// No value: a missing map key, a field of one, or a nil that has gone through a pipeline.
    Missing,
    /// A constant as it is written: `1e3`, `'a'`, `"text"`, `true`, `nil`. What it is depends on the parameter's type.
    Constant(&'a str),
    /// A value with its own type.
    Value(&'a Value),
    /// What an `interface {}` holds, as elements of lists and maps do; [`Value::Null`] is a nil one.
    Interface(&'a Value),
}

/// A function whose parameters have types of the host's, which it checks as Go checks those of a function.
pub trait TypedFunction: Send + Sync {
    /// Checks the first arguments of a call; the evaluation of the next one has failed, and what is wrong with one before
    /// it comes first.
    ///
    /// # Errors
    /// What [`TypedFunction::call`] would refuse them with.
    fn check(&self, args: &[Argument<'_>]) -> Result<(), ArgumentError>;

    /// Calls the function.
    ///
    /// # Errors
    /// An [`ArgumentError`] where an argument is not of its parameter's type; anything else is the function's own error.
    fn call(&self, args: &[Argument<'_>]) -> Result<Value, FunctionError>;
}

/// An argument that a [`TypedFunction`] refuses. The template error is this text at the argument's place, without
/// `error calling …`.
#[derive(Clone, Debug)]
pub struct ArgumentError {
    /// Which argument; `None` for the call as a whole.
    pub index: Option<usize>,
    /// Go's text, for example `wrong type for value; expected int; got string`.
    pub message: String,
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ArgumentError {}

type Call = dyn Fn(&[Value]) -> Result<Value, FunctionError> + Send + Sync;

#[derive(Clone)]
enum Body {
    Untyped(Arc<Call>),
    Typed(Arc<dyn TypedFunction>),
}

/// A function of the host's that templates call by name. Cloning shares it.
///
/// It gets its arguments as templates have them, [`Value::Null`] for a missing one. It may be called by any number of
/// threads at once. During a page's update it may read that page, and use others; a change to that page is refused as
/// `Reentrant`, as [`Page`](crate::Page) says. A panic is not caught here; the page keeps its state.
#[derive(Clone)]
pub struct Function {
    body: Body,
    pure: Option<bool>,
    min: usize,
    max: Option<usize>,
    typed_result: bool,
}

impl Function {
    /// A function that takes any number of arguments.
    pub fn new(call: impl Fn(&[Value]) -> Result<Value, FunctionError> + Send + Sync + 'static) -> Function {
        Function::of(Body::Untyped(Arc::new(call)))
    }

    /// A function that checks the types of its arguments itself.
    pub fn typed(function: impl TypedFunction + 'static) -> Function {
        Function::of(Body::Typed(Arc::new(function)))
    }

    fn of(body: Body) -> Function {
        Function { body, pure: None, min: 0, max: None, typed_result: false }
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

    /// Declares that its result has a static type of its own, and is not what Go calls an `interface {}`. It shows in error
    /// texts only.
    #[must_use]
    pub fn typed_result(mut self, typed: bool) -> Function {
        self.typed_result = typed;
        self
    }

    /// Whether a call with so many arguments has a result that depends on them alone.
    pub fn is_pure(&self, args: usize) -> bool {
        self.pure.unwrap_or(args > 0)
    }

    pub(crate) fn limits(&self) -> (usize, Option<usize>) {
        (self.min, self.max)
    }

    pub(crate) fn has_typed_result(&self) -> bool {
        self.typed_result
    }

    /// The function, where it is one with types.
    pub(crate) fn as_typed(&self) -> Option<&dyn TypedFunction> {
        match &self.body {
            Body::Typed(function) => Some(&**function),
            Body::Untyped(_) => None,
        }
    }

    pub(crate) fn call(&self, args: &[Value]) -> Result<Value, FunctionError> {
        match &self.body {
            Body::Untyped(call) => call(args),
            Body::Typed(function) => {
                let args: Vec<Argument<'_>> = args.iter().map(Argument::Value).collect();
                function.call(&args)
            }
        }
    }
}

thread_local! {
    static VOLATILE: Cell<usize> = const { Cell::new(0) };
}

/// A call of a function that is not pure, on this thread, until it is dropped.
pub(crate) struct VolatileCall(());

impl VolatileCall {
    pub(crate) fn begin() -> VolatileCall {
        VOLATILE.set(VOLATILE.get() + 1);
        VolatileCall(())
    }

    /// How many of them this thread is in.
    pub(crate) fn depth() -> usize {
        VOLATILE.get()
    }
}

impl Drop for VolatileCall {
    fn drop(&mut self) {
        VOLATILE.set(VOLATILE.get() - 1);
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
