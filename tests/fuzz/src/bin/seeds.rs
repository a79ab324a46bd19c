//! Writes the seeds: `fuzz-seeds FOLDER`.

use std::fs;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "target/fuzz/seeds".into()));
    fs::create_dir_all(&folder)?;
    for (name, seed) in fuzz::seeds() {
        fs::write(folder.join(name.replace('/', "-")), seed)?;
    }
    Ok(())
}
