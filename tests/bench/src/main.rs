//! `make bench`: the engine against Go's `html/template`, and its Python package against Jinja2, by turns in one run.
//!
//! `livetemplate-bench GO_WORKER PYTHON [ROUNDS]` prints a table and writes `target/bench.json`. Every line is the median of nine
//! rounds of half a second on each side; the two alternate, so that a busy moment of the machine hits both. `PYTHON` has the
//! package installed, and Jinja2.

mod data;
mod worker;

use livetemplate_core::{Application, DataFlags, Result, Template, Value};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use worker::Worker;

/// Length of one round.
const ROUND: Duration = Duration::from_millis(500);

/// Sizes of the pages, in rows. The worker knows them by index.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// One line of the table.
struct Line {
    name: &'static str,
    /// What `rival_ns` measures.
    rival: &'static str,
    ours_ns: f64,
    rival_ns: f64,
    /// The ratio that the design asks for, where it asks for one.
    goal: Option<f64>,
}

impl Line {
    fn ratio(&self) -> f64 {
        self.rival_ns / self.ours_ns
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(go), Some(python)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: livetemplate-bench GO_WORKER PYTHON [ROUNDS]");
        return ExitCode::FAILURE;
    };
    let rounds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(9);
    match run(Path::new(&go), Path::new(&python), rounds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(go: &Path, python: &Path, rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let template_file = root.join("tests/bench/rows.html");
    let folder = root.join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for rows in SIZES {
        let file = folder.join(format!("rows-{rows}.json"));
        std::fs::write(&file, data::page(rows, 0))?;
        files.push(file);
    }
    let mut go = Worker::start(go, &[], &template_file, &files)?;
    let script = root.join("tests/bench/python/worker.py");
    let jinja_file = root.join("tests/bench/python/rows.jinja.html");
    let mut package = Worker::start(python, &[&script, Path::new("livetemplate")], &template_file, &files)?;
    let mut jinja = Worker::start(python, &[&script, Path::new("jinja2")], &jinja_file, &files)?;
    let template = Template::new("rows.html", std::fs::read(&template_file)?)?;
    for (i, rows) in SIZES.into_iter().enumerate() {
        let html = template.render_json(data::page(rows, 0).as_bytes(), DataFlags::default())?;
        for worker in [&mut go, &mut package, &mut jinja] {
            worker.check(i, &html)?;
        }
    }
    let mut lines = measure(&template, &mut go, rounds)?;
    let (ours_ns, rival_ns) = by_turns(rounds, || package.render(1, ROUND), || jinja.render(1, ROUND))?;
    lines.push(Line {
        name: "render 1,000 rows from Python dicts",
        rival: "Jinja2, autoescape",
        ours_ns,
        rival_ns,
        goal: Some(6.0),
    });
    let version = format!("html/template of {}, {}", go.version()?, jinja.version()?);
    print_table(&lines, &version, rounds);
    std::fs::write(root.join("target/bench.json"), json(&lines, &version, rounds))?;
    Ok(())
}

fn measure(
    template: &Template,
    go: &mut Worker,
    rounds: usize,
) -> Result<Vec<Line>, Box<dyn std::error::Error>> {
    let flags = DataFlags::default();
    let app = Application::new()?;
    let mut lines = Vec::new();
    let full = "Go, full render";

    let texts = [data::page(1_000, 0), data::page(1_000, 1)];
    let value = Value::from_json(texts[0].as_bytes(), flags)?;
    let mut render = || template.render(&value).map(drop);
    lines.push(against_go("render 1,000 rows, parsed data", full, Some(25.0), go, 1, rounds, &mut render)?);

    let mut render = || template.render_json(texts[0].as_bytes(), flags).map(drop);
    lines.push(against_go("render 1,000 rows from JSON text", full, None, go, 1, rounds, &mut render)?);

    let page = app.new_page(template, value.clone())?;
    let mut turn = 0;
    let mut update = || {
        turn += 1;
        page.update_json(texts[turn % 2].as_bytes(), flags).map(drop)
    };
    lines.push(against_go(
        "update one cell of 1,000 rows, all data as JSON",
        full,
        Some(30.0),
        go,
        1,
        rounds,
        &mut update,
    )?);

    // Patches of pages of growing size: the time must not follow the size.
    let mut patchers = Vec::new();
    for rows in SIZES {
        let page = app.new_page(template, Value::from_json(data::page(rows, 0).as_bytes(), flags)?)?;
        let patches = [data::patch(rows / 2, 1), data::patch(rows / 2, 2)];
        let mut turn = 0;
        patchers.push(move || {
            turn += 1;
            page.patch_json(patches[turn % 2].as_bytes(), flags).map(drop)
        });
    }
    let [small, middle, large] = &mut patchers[..] else {
        return Err("a page per size is missing".into());
    };
    lines.push(against_go("patch one cell of 1,000 rows", full, None, go, 1, rounds, middle)?);
    lines.push(against_go("patch one cell of 10,000 rows", full, Some(5_000.0), go, 2, rounds, large)?);
    let (ours, rival) = by_turns(rounds, || time(large), || time(small))?;
    lines.push(Line {
        name: "patch one cell of 10,000 rows",
        rival: "the same on 100 rows",
        ours_ns: ours,
        rival_ns: rival,
        goal: Some(0.5),
    });
    Ok(lines)
}

fn against_go(
    name: &'static str,
    rival: &'static str,
    goal: Option<f64>,
    go: &mut Worker,
    page: usize,
    rounds: usize,
    ours: &mut impl FnMut() -> Result<()>,
) -> Result<Line, Box<dyn std::error::Error>> {
    let (ours_ns, rival_ns) = by_turns(rounds, || time(ours), || go.render(page, ROUND))?;
    Ok(Line { name, rival, ours_ns, rival_ns, goal })
}

/// Runs the sides alternately and gives the median of each.
fn by_turns(
    rounds: usize,
    mut ours: impl FnMut() -> Result<f64, Box<dyn std::error::Error>>,
    mut rival: impl FnMut() -> Result<f64, Box<dyn std::error::Error>>,
) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        left.push(ours()?);
        right.push(rival()?);
    }
    Ok((median(left), median(right)))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Nanoseconds of one operation, over one round.
fn time(operation: &mut impl FnMut() -> Result<()>) -> Result<f64, Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut operations = 0_u32;
    while start.elapsed() < ROUND {
        black_box(operation()?);
        operations += 1;
    }
    Ok(start.elapsed().as_nanos() as f64 / f64::from(operations))
}

fn print_table(lines: &[Line], version: &str, rounds: usize) {
    println!("median of {rounds} rounds of {} ms each, by turns; rivals: {version}\n", ROUND.as_millis());
    println!("{:<50} {:>12} {:>22} {:>12} {:>9} {:>9}", "work", "ours", "rival", "", "ratio", "goal");
    for line in lines {
        println!(
            "{:<50} {:>12} {:>22} {:>12} {:>9} {:>9}",
            line.name,
            duration(line.ours_ns),
            line.rival,
            duration(line.rival_ns),
            ratio(line.ratio()),
            line.goal.map_or(String::new(), ratio)
        );
    }
}

fn ratio(times: f64) -> String {
    if times < 10.0 { format!("{times:.2}×") } else { format!("{times:.0}×") }
}

fn duration(ns: f64) -> String {
    match ns {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

fn json(lines: &[Line], version: &str, rounds: usize) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|l| {
            format!(
                "    {{\"work\": \"{}\", \"rival\": \"{}\", \"ours_ns\": {:.1}, \"rival_ns\": {:.1}, \"ratio\": {:.3}, \"goal\": {}}}",
                l.name,
                l.rival,
                l.ours_ns,
                l.rival_ns,
                l.ratio(),
                l.goal.map_or("null".into(), |g| g.to_string())
            )
        })
        .collect();
    format!(
        "{{\n  \"rivals\": \"{version}\",\n  \"rounds\": {rounds},\n  \"round_ms\": {},\n  \"lines\": [\n{}\n  ]\n}}\n",
        ROUND.as_millis(),
        lines.join(",\n")
    )
}
