//! The predefined functions of Go templates, and `default`.

use crate::value::Value;

/// What a function call needs beside its arguments.
pub(crate) struct Env {
    /// Numbers compare and print adaptively (see `Numbers`).
    pub adaptive: bool,
}

/// A predefined function. `and` and `or` are not here: they evaluate their arguments lazily and belong to execution.
///
/// The error is the text Go puts after `error calling NAME: `.
pub(crate) type Builtin = fn(&Env, &[Value]) -> Result<Value, String>;

/// A predefined function and the number of arguments it takes.
pub(crate) struct Signature {
    pub call: Builtin,
    /// Fewest arguments.
    pub min: usize,
    /// Most arguments; `None` when variadic.
    pub max: Option<usize>,
}

/// The predefined function of that name (`and` and `or` included, for existence checks in the parser).
pub(crate) fn builtin(name: &str) -> Option<Signature> {
    let _ = name;
    unimplemented!()
}
