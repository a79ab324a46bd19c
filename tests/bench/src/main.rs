//! `make bench`: the engine against Go's `html/template`, minijinja and, through its Python package, Jinja2, by turns in one
//! run.
//!
//! `livetemplate-bench GO_WORKER PYTHON [ROUNDS]` prints a table and writes `target/bench.json`. Every line is the median of nine
//! rounds of half a second on each side; the two alternate, so that a busy moment of the machine hits both. Before that, all
//! sides must render the same bytes. `PYTHON` has the package installed, and Jinja2.

mod allocations;
mod c_api;
mod data;
mod table;
mod worker;

use livetemplate_core::{Application, DataFlags, Template, Value};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};
use table::{Line, Side};
use worker::Worker;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Length of one round.
const ROUND: Duration = Duration::from_millis(500);

/// Sizes of the pages, in rows. The workers know them by index.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

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

fn run(go: &Path, python: &Path, rounds: usize) -> Outcome<()> {
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
    let script = root.join("tests/bench/python/worker.py");
    let jinja_file = root.join("tests/bench/python/rows.jinja.html");
    let source = std::fs::read(&template_file)?;
    let jinja_source = std::fs::read_to_string(&jinja_file)?;
    let mut minijinja = minijinja::Environment::new();
    minijinja.set_syntax(minijinja::syntax::SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    // Its escaping follows from the name.
    minijinja.add_template("rows.html", &jinja_source)?;
    let mut bench = Bench {
        rounds,
        template: Template::new("rows.html", &*source)?,
        c_template: Rc::new(c_api::Template::new(&source)?),
        go: Worker::start(go, &[], &template_file, &files)?,
        package: Worker::start(python, &[&script, Path::new("livetemplate")], &template_file, &files)?,
        jinja: Worker::start(python, &[&script, Path::new("jinja2")], &jinja_file, &files)?,
        minijinja: minijinja.get_template("rows.html")?,
        lines: Vec::new(),
    };
    for (i, rows) in SIZES.into_iter().enumerate() {
        bench.check(i, data::page(rows, 0).as_bytes())?;
    }
    bench.renders()?;
    bench.updates()?;
    let rivals = format!(
        "html/template of {}, minijinja {MINIJINJA}, {}",
        bench.go.version()?,
        bench.jinja.version()?
    );
    table::print(&bench.lines, &rivals, rounds, ROUND);
    std::fs::write(root.join("target/bench.json"), table::json(&bench.lines, &rivals, rounds, ROUND))?;
    Ok(())
}

/// As pinned in Cargo.toml.
const MINIJINJA: &str = "3.0";

/// All sides.
struct Bench<'a> {
    rounds: usize,
    template: Template,
    c_template: Rc<c_api::Template>,
    go: Worker,
    package: Worker,
    jinja: Worker,
    minijinja: minijinja::Template<'a, 'a>,
    lines: Vec<Line>,
}

const FULL: &str = "Go, full render";

impl Bench<'_> {
    /// Sees that all sides render the same bytes.
    fn check(&mut self, page: usize, text: &[u8]) -> Outcome<()> {
        let html = self.template.render_json(text, DataFlags::default())?;
        for worker in [&mut self.go, &mut self.package, &mut self.jinja] {
            worker.check(page, &html)?;
        }
        if !self.c_template.render_json(text, |c| c == html)? {
            return Err("the C API renders another page".into());
        }
        let data: minijinja::Value = serde_json::from_slice(text)?;
        if self.minijinja.render(data)?.as_bytes() != html {
            return Err("minijinja renders another page".into());
        }
        Ok(())
    }

    fn renders(&mut self) -> Outcome<()> {
        let text = data::page(1_000, 0);
        let value = Value::from_json(text.as_bytes(), DataFlags::default())?;
        let template = self.template.clone();
        let mut render = || Ok(template.render(&value).map(|html| _ = black_box(html))?);
        self.against_go("render 1,000 rows, parsed data", Some(25.0), 1, &mut render)?;

        let data: minijinja::Value = serde_json::from_str(&text)?;
        let minijinja = self.minijinja.clone();
        let mut rival = || Ok(minijinja.render(&data).map(|html| _ = black_box(html))?);
        let sides = by_turns(self.rounds, &mut || timed(&mut render), &mut || timed(&mut rival))?;
        self.line("render 1,000 rows, parsed data", "minijinja, autoescape", Some(1.0), sides);

        let c_template =
            c_api::Template::new(&std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("rows.html"))?)?;
        let mut render = || Ok(c_template.render_json(text.as_bytes(), |html| _ = black_box(html))?);
        self.against_go("render 1,000 rows from JSON text, C API", Some(12.0), 1, &mut render)?;

        let (package, jinja) = (&mut self.package, &mut self.jinja);
        let sides = by_turns(self.rounds, &mut || side_of(package, 1), &mut || side_of(jinja, 1))?;
        self.line("render 1,000 rows from Python dicts", "Jinja2, autoescape", Some(6.0), sides);
        Ok(())
    }

    fn updates(&mut self) -> Outcome<()> {
        let flags = DataFlags::default();
        let app = Application::new()?;
        let texts = [data::page(1_000, 0), data::page(1_000, 1)];
        let page = app.new_page(&self.template, Value::from_json(texts[0].as_bytes(), flags)?)?;
        let mut turn = 0;
        let mut update = || {
            turn += 1;
            Ok(page.update_json(texts[turn % 2].as_bytes(), flags).map(drop)?)
        };
        self.against_go("update one cell of 1,000 rows, all data as JSON", Some(30.0), 1, &mut update)?;

        // Patches of pages of growing size: the time must not follow the size.
        let mut patchers = Vec::new();
        for rows in SIZES {
            let page =
                app.new_page(&self.template, Value::from_json(data::page(rows, 0).as_bytes(), flags)?)?;
            let patches = [data::patch(rows / 2, 1), data::patch(rows / 2, 2)];
            let mut turn = 0;
            patchers.push(move || {
                turn += 1;
                Ok(page.patch_json(patches[turn % 2].as_bytes(), flags).map(drop)?)
            });
        }
        let [small, middle, large] = &mut patchers[..] else {
            return Err("a page per size is missing".into());
        };
        self.against_go("patch one cell of 1,000 rows", None, 1, middle)?;
        self.against_go("patch one cell of 10,000 rows", Some(5_000.0), 2, large)?;
        let sides = by_turns(self.rounds, &mut || timed(large), &mut || timed(small))?;
        self.line("patch one cell of 10,000 rows", "the same on 100 rows", Some(0.5), sides);
        Ok(())
    }

    fn against_go(
        &mut self,
        name: &'static str,
        goal: Option<f64>,
        page: usize,
        ours: &mut impl FnMut() -> Outcome<()>,
    ) -> Outcome<()> {
        let go = &mut self.go;
        let sides = by_turns(self.rounds, &mut || timed(ours), &mut || side_of(go, page))?;
        self.line(name, FULL, goal, sides);
        Ok(())
    }

    fn line(&mut self, name: &'static str, rival: &'static str, goal: Option<f64>, sides: [Side; 2]) {
        let [ours, theirs] = sides;
        self.lines.push(Line { name, rival, ours, theirs, goal });
    }
}

/// Runs the sides alternately and gives the median of each.
fn by_turns(
    rounds: usize,
    ours: &mut dyn FnMut() -> Outcome<Side>,
    rival: &mut dyn FnMut() -> Outcome<Side>,
) -> Outcome<[Side; 2]> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        left.push(ours()?);
        right.push(rival()?);
    }
    Ok([median(left), median(right)])
}

fn median(mut sides: Vec<Side>) -> Side {
    sides.sort_by(|a, b| a.ns.total_cmp(&b.ns));
    sides.get(sides.len() / 2).copied().unwrap_or(Side { ns: f64::NAN, allocations: None })
}

/// One round of an operation of this process.
fn timed(operation: &mut impl FnMut() -> Outcome<()>) -> Outcome<Side> {
    let (start, mut operations, mut allocations) = (Instant::now(), 0_u32, 0);
    while start.elapsed() < ROUND {
        let (result, count) = allocations::of(&mut *operation);
        result?;
        allocations = count;
        operations += 1;
    }
    let ns = start.elapsed().as_nanos() as f64 / f64::from(operations);
    Ok(Side { ns, allocations: Some(allocations) })
}

/// One round of a worker.
fn side_of(worker: &mut Worker, page: usize) -> Outcome<Side> {
    worker.render(page, ROUND)
}
