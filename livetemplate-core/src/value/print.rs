//! Printing as Go's fmt does: `%v` and the whole of `printf`.

use super::Value;

impl Value {
    /// Appends the value as `fmt.Sprint` prints it (`%v`).
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        let _ = out;
        unimplemented!()
    }

    /// The Go type name as `%T` prints it (`int`, `float64`, `string`, `map[string]interface {}`, …).
    pub(crate) fn type_name(&self) -> std::borrow::Cow<'_, str> {
        unimplemented!()
    }
}

/// `fmt.Sprint(args...)`.
pub(crate) fn sprint(args: &[Value], out: &mut Vec<u8>) {
    let _ = (args, out);
    unimplemented!()
}

/// `fmt.Sprintln(args...)`.
pub(crate) fn sprintln(args: &[Value], out: &mut Vec<u8>) {
    let _ = (args, out);
    unimplemented!()
}

/// `fmt.Sprintf(format, args...)`. With `adaptive`, `%d` and its kin take an integral float and `%f` and its kin an integer.
pub(crate) fn sprintf(format: &[u8], args: &[Value], adaptive: bool, out: &mut Vec<u8>) {
    let _ = (format, args, adaptive, out);
    unimplemented!()
}
