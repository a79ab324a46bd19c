//! Tests of the module. What Go gives was written by Go programs.

use super::*;

mod json;
mod list;
mod map;
mod patch;
mod print;
mod time;

#[test]
fn a_value_takes_24_bytes() {
    assert_eq!(size_of::<Value>(), 24);
    assert_eq!(size_of::<Time>(), 16);
}
