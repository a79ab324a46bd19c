//! Runs the C tests: `c-tests vectors|null|api|version [ROOT]`. Everything they do is in the C files beside this crate's manifest.

use livetemplate as _;
use std::ffi::{CString, c_char, c_int};

unsafe extern "C" {
    fn c_tests_main(argc: c_int, argv: *const *const c_char) -> c_int;
}

fn main() {
    // Arguments hold no zero byte, because they came as C strings.
    let arguments: Vec<CString> = std::env::args().filter_map(|a| CString::new(a).ok()).collect();
    let pointers: Vec<*const c_char> = arguments.iter().map(|a| a.as_ptr()).collect();
    let count = c_int::try_from(pointers.len()).unwrap_or(0);
    // SAFETY: `count` strings, each ended by zero and alive until the call returns.
    std::process::exit(unsafe { c_tests_main(count, pointers.as_ptr()) });
}
