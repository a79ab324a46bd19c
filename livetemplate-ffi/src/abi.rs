//! The ABI number, alone in a file because the build script reads it too.

/// Number of this binary interface: it changes when a program compiled against an older header would misbehave, and
/// stands in the SONAME. Compare it with `lvt_abi_version()` at start when the library is loaded separately.
pub const LVT_ABI_VERSION: u32 = 1;
