//! Gives the shared library its SONAME, which carries the ABI number.

#[path = "src/abi.rs"]
mod abi;

fn main() {
    println!("cargo::rerun-if-changed=src/abi.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(os.as_str(), "linux" | "freebsd" | "netbsd" | "openbsd" | "android") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,liblivetemplate.so.{}", abi::LVT_ABI_VERSION);
    }
}
