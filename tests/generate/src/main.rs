//! Writes the files that follow from the sources, or with `--check` says which of them differ.
//!
//! `cargo run -p generate` writes, `cargo run -p generate -- --check` compares bytes, touches nothing and fails when a file
//! is not what would be written.

mod codes;
mod header;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => {
            eprintln!("usage: generate [--check]");
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("run `cargo run -p generate` and commit the result");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("generate: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Writes or compares every file; false when a compared file differs.
fn run(check: bool) -> Result<bool, String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let ffi = root.join("livetemplate-ffi");
    let rust = codes::rust();
    let mut same = true;
    for (path, content) in [
        ("livetemplate-ffi/src/codes.rs", rust.clone()),
        ("include/livetemplate.h", header::header(&ffi, &rust)?),
        ("bindings/go/codes.go", codes::go()),
        ("bindings/python/python/livetemplate/errors.pyi", codes::python()),
        ("docs/errors.md", codes::markdown()),
    ] {
        same &= settle(&root, path, &content, check)?;
    }
    Ok(same)
}

/// Writes one file when its bytes differ, or only says so.
fn settle(root: &Path, path: &str, content: &str, check: bool) -> Result<bool, String> {
    let file = root.join(path);
    if std::fs::read(&file).is_ok_and(|old| old == content.as_bytes()) {
        return Ok(true);
    }
    if check {
        eprintln!("{path} is not what its sources give");
        return Ok(false);
    }
    let write = || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&file, content)
    };
    write().map_err(|e| format!("{path}: {e}"))?;
    println!("wrote {path}");
    Ok(true)
}
