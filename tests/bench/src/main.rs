//! `make bench`: the engine against Go's `html/template`, minijinja, Jinja2 and eta, and against sending the whole page through
//! streaming Brotli, by turns in one run.
//!
//! `livetemplate-bench run PYTHON ROUNDS [ONLY]` prints tables and writes `target/bench.json`. With a text `ONLY`, it measures
//! what has that text in its name, and writes `target/bench-part.json`. `livetemplate-bench docs` writes `docs/performance.md`
//! from `target/bench.json`. `PYTHON` has the package installed, and Jinja2.

mod allocations;
mod bench;
mod budget;
mod c_api;
mod live;
mod rivals;
mod sides;
mod stream;
mod tables;
mod worker;
mod workloads;

use bench::Bench;
use std::path::Path;
use std::process::ExitCode;
use tables::Report;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["docs"] => docs(),
        ["run", python, rounds] => run(python, rounds, ""),
        ["run", python, rounds, only] => run(python, rounds, only),
        _ => Err("usage: livetemplate-bench run PYTHON ROUNDS [ONLY] | docs".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the benchmark, and the repository's.
fn folders() -> (&'static Path, std::path::PathBuf) {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    (bench, bench.join("../.."))
}

fn run(python: &str, rounds: &str, only: &str) -> Outcome<()> {
    let rounds = rounds.parse().map_err(|_| format!("ROUNDS is a number, not {rounds:?}"))?;
    if rounds == 0 {
        return Err("ROUNDS is at least 1".into());
    }
    let (folder, root) = folders();
    let report = Bench::new(folder, &root, python, rounds, only)?.run()?;
    report.print();
    let file = if only.is_empty() { "bench.json" } else { "bench-part.json" };
    std::fs::write(root.join("target").join(file), serde_json::to_string_pretty(&report)? + "\n")?;
    Ok(())
}

fn docs() -> Outcome<()> {
    let (folder, root) = folders();
    let measured =
        std::fs::read(root.join("target/bench.json")).map_err(|e| format!("run make bench first: {e}"))?;
    let report: Report = serde_json::from_slice(&measured)?;
    let text = std::fs::read_to_string(folder.join("performance.md"))?;
    std::fs::write(root.join("docs/performance.md"), report.fill(&text)?)?;
    Ok(())
}
