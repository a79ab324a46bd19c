//! The fuzzer: libFuzzer's own command line; `FUZZ_TARGET` names the target.
#![no_main]

use fuzz::{Target, target};
use std::sync::OnceLock;

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let run = TARGET.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        target(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is {name:?}, no target"))
    });
    run(bytes);
});
