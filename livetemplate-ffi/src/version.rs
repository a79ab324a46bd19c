//! Versions, at compile time in the header and at run time from the library.

use crate::abi::LVT_ABI_VERSION;
use crate::guard::infallible;
use std::ffi::c_char;

/// Major version of this header.
pub const LVT_VERSION_MAJOR: u32 = 0;
/// Minor version of this header.
pub const LVT_VERSION_MINOR: u32 = 1;
/// Patch version of this header.
pub const LVT_VERSION_PATCH: u32 = 0;

// cbindgen needs literals above; this ties them to the manifest.
const _: () = {
    assert!(LVT_VERSION_MAJOR == number(env!("CARGO_PKG_VERSION_MAJOR")));
    assert!(LVT_VERSION_MINOR == number(env!("CARGO_PKG_VERSION_MINOR")));
    assert!(LVT_VERSION_PATCH == number(env!("CARGO_PKG_VERSION_PATCH")));
};

const fn number(digits: &str) -> u32 {
    let digits = digits.as_bytes();
    let (mut value, mut i) = (0, 0);
    while i < digits.len() {
        value = value * 10 + (digits[i] - b'0') as u32;
        i += 1;
    }
    value
}

/// Version of the library, "MAJOR.MINOR.PATCH"; terminated by zero and valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_version() -> *const c_char {
    infallible(|| Some(concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast::<c_char>()))
}

/// ABI number of the library, to be compared with LVT_ABI_VERSION of the header a program was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn lvt_abi_version() -> u32 {
    infallible(|| Some(LVT_ABI_VERSION))
}
