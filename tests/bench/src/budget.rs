//! The lines of the performance budget.

use crate::bench::{BUDGET_ROUND, Bench};
use crate::live;
use crate::sides::{Round, Side, by_turns, clock, side};
use crate::tables::{Amount, Line};
use crate::workloads::FLAGS;
use crate::{Outcome, c_api};
use livetemplate_core::{PageOptions, Value};
use std::hint::black_box;

const GO: &str = "Go, full render";

/// Changes by patch, measured in one rotation: line, workload, how many times faster than Go's full render, bytes of the update.
const PATCHES: [(&str, &str, Option<f64>, Option<f64>); 7] = [
    ("patch one cell of 100 rows", "one cell of 100 rows", None, None),
    ("patch one cell of 1,000 rows", "one cell of 1,000 rows", None, None),
    ("patch one cell of 10,000 rows", "one cell of 10,000 rows", Some(5_000.0), Some(64.0)),
    ("patch one cell of 100,000 rows", "one cell of 100,000 rows", None, None),
    ("append one of 10,000 rows by patch", "append one to 10,000 rows", Some(1_000.0), None),
    ("remove one of 10,000 rows by patch", "remove one of 10,000 rows", Some(1_000.0), Some(32.0)),
    ("move one of 10,000 rows by patch", "move one of 10,000 rows", Some(1_000.0), Some(250.0)),
];

/// The lines that compare the growing pages with the first of them: at most twice its time.
const SAME: &str = "the same on 100 rows";

impl Bench<'_> {
    /// Measures the lines that were asked for.
    pub fn budget(&mut self) -> Outcome<()> {
        self.renders()?;
        self.update()?;
        self.patches()?;
        self.html()?;
        self.c_api()?;
        self.retained()
    }

    fn renders(&mut self) -> Outcome<()> {
        let (parsed, c_api, python) = (
            "render 1,000 rows, parsed data",
            "render 1,000 rows from JSON text, C API",
            "render 1,000 rows from Python dicts",
        );
        if ![parsed, c_api, python].iter().any(|name| self.wanted(name)) {
            return Ok(());
        }
        let text = self.workloads.workload("one cell of 1,000 rows")?.first;
        let files = self.workloads.files(self.folder, "rows")?;
        let template = self.template("rows")?;
        let value = Value::from_json(text.as_bytes(), FLAGS)?;
        let html = template.render(&value)?;
        self.rivals.load_package(&files.go, &text, &html)?;
        let c_template = c_api::Template::new(&std::fs::read(&files.go)?)?;
        if !c_template.render_json(text.as_bytes(), |c| c == html)? {
            return Err("the C API renders another page".into());
        }
        let wanted = [parsed, c_api, python].map(|name| self.wanted(name));
        let rounds = self.rounds;
        let loaded = self.rivals.load(&self.workloads, self.folder, "rows", &text, &html)?;
        let go = loaded.go;
        let mut rows = Vec::new();
        if wanted[0] {
            let render = || Ok(clock(|| Ok(template.render(&value).map(|html| _ = black_box(html))?))?.1);
            let sides: Vec<Round<'_>> =
                vec![side(render), Box::new(|round| go.render(round)), side(|| loaded.minijinja.render())];
            let [ours, full, minijinja] = measured(by_turns(rounds, BUDGET_ROUND, sides)?)?;
            rows.push((parsed, GO, ours, full, 25.0));
            rows.push((parsed, "minijinja, autoescape", ours, minijinja, 1.0));
        }
        if wanted[1] {
            let render =
                || Ok(clock(|| c_template.render_json(text.as_bytes(), |html| _ = black_box(html)))?.1);
            let sides: Vec<Round<'_>> = vec![side(render), Box::new(|round| go.render(round))];
            let [ours, theirs] = measured(by_turns(rounds, BUDGET_ROUND, sides)?)?;
            rows.push((c_api, GO, ours, theirs, 12.0));
        }
        if wanted[2] {
            let (package, jinja) = (&mut self.rivals.package, &mut self.rivals.jinja);
            let sides: Vec<Round<'_>> =
                vec![Box::new(|round| package.render(round)), Box::new(|round| jinja.render(round))];
            let [ours, theirs] = measured(by_turns(rounds, BUDGET_ROUND, sides)?)?;
            rows.push((python, "Jinja2, autoescape", ours, theirs, 6.0));
        }
        for (work, rival, ours, theirs, goal) in rows {
            self.line(work, rival, ours, theirs, goal);
        }
        Ok(())
    }

    fn update(&mut self) -> Outcome<()> {
        let name = "update one cell of 1,000 rows, all data as JSON";
        if !self.wanted(name) {
            return Ok(());
        }
        let (_, _, live) = self.live("one cell of 1,000 rows")?;
        let files = self.workloads.files(self.folder, "rows")?;
        self.rivals.load_go(&files.go, live.last(), live.pages.last().ok_or("no page")?)?;
        let go = &mut self.rivals.go;
        let sides: Vec<Round<'_>> = vec![side(|| live.update()), Box::new(|round| go.render(round))];
        let [ours, theirs] = measured(by_turns(self.rounds, BUDGET_ROUND, sides)?)?;
        self.line(name, GO, ours, theirs, 30.0);
        Ok(())
    }

    fn patches(&mut self) -> Outcome<()> {
        if !PATCHES.iter().any(|(name, ..)| self.wanted(name)) {
            return Ok(());
        }
        let mut lives = Vec::new();
        for (_, workload, ..) in PATCHES {
            lives.push(self.live(workload)?.2);
        }
        let [small, middle, cell, large, append, remove, moved] = &lives[..] else {
            return Err("a workload is missing".into());
        };
        let files = self.workloads.files(self.folder, "rows")?;
        self.rivals.load_go(&files.go, cell.last(), cell.pages.last().ok_or("no page")?)?;
        let go = &mut self.rivals.go;
        let mut sides: Vec<Round<'_>> = Vec::new();
        for live in [small, middle, cell, large, append, remove, moved] {
            sides.push(side(|| live.patch()));
        }
        sides.push(Box::new(|round| go.render(round)));
        let measured = by_turns(self.rounds, BUDGET_ROUND, sides)?;
        let [first, .., full] = measured[..] else {
            return Err("a side is missing".into());
        };
        for (at, (name, _, goal, bytes)) in PATCHES.into_iter().enumerate() {
            if let Some(goal) = goal {
                self.line(name, GO, measured[at], full, goal);
            }
            if (1..4).contains(&at) {
                self.line(name, SAME, measured[at], first, 0.5);
            }
            if let Some(at_most) = bytes {
                self.amount(&format!("{name}, in `tree`"), lives[at].update_bytes as f64, at_most);
            }
        }
        Ok(())
    }

    /// A page whose HTML the host renders: the HTML is parsed and compared.
    fn html(&mut self) -> Outcome<()> {
        let (name, bytes) =
            ("update_html, one cell of 1,000 rows", "update_html, one cell of 1,000 rows, in `tree`");
        if !self.wanted(name) && !self.wanted(bytes) {
            return Ok(());
        }
        let workload = self.workloads.workload("one cell of 1,000 rows")?;
        let next = workload.steps.first().and_then(|step| step.next.as_deref()).ok_or("no new data")?;
        let template = self.template("rows")?;
        let render = |text: &str| -> Outcome<Vec<u8>> { Ok(template.render_json(text.as_bytes(), FLAGS)?) };
        let pages = [render(&workload.first)?, render(next)?];
        let page = self.app.new_page_from_html(&pages[0], &PageOptions::default())?;
        let sent = page.update_html(&pages[1])?.payload().len();
        let there_and_back = || {
            Ok(page.update_html(&pages[0])?.payload().len() + page.update_html(&pages[1])?.payload().len())
        };
        let files = self.workloads.files(self.folder, "rows")?;
        self.rivals.load_go(&files.go, &workload.first, &pages[0])?;
        let go = &mut self.rivals.go;
        let sides: Vec<Round<'_>> =
            vec![side(|| Ok(clock(there_and_back)?.1)), Box::new(|round| go.render(round))];
        let [ours, theirs] = measured(by_turns(self.rounds, BUDGET_ROUND, sides)?)?;
        page.close();
        self.line(name, GO, ours.over(2), theirs, 0.5);
        self.amount(bytes, sent as f64, 64.0);
        Ok(())
    }

    fn c_api(&mut self) -> Outcome<()> {
        let name = "update one cell of 100 rows as JSON, C API";
        if !self.wanted(name) {
            return Ok(());
        }
        let workload = self.workloads.workload("one cell of 100 rows")?;
        let next = workload.steps.first().and_then(|step| step.next.as_deref()).ok_or("no new data")?;
        let texts = [&workload.first, next].map(str::as_bytes);
        let template = self.template("rows")?;
        let page = self.app.new_page_json(&template, texts[0], FLAGS)?;
        let files = self.workloads.files(self.folder, "rows")?;
        let c_template = c_api::Template::new(&std::fs::read(files.go)?)?;
        let c_page = c_api::Page::new(&c_template, texts[0])?;
        if c_page.update_json(texts[1])? != page.update_json(texts[1], FLAGS)?.payload().len() {
            return Err("the C API gives another update".into());
        }
        // Both start at the second text: each operation is an update there and one back, whose mean is taken.
        let there_and_back = |update: &dyn Fn(&[u8]) -> Outcome<usize>| {
            Ok(clock(|| Ok(update(texts[0])? + update(texts[1])?))?.1)
        };
        let sides: Vec<Round<'_>> = vec![
            side(|| there_and_back(&|text| c_page.update_json(text))),
            side(|| there_and_back(&|text| Ok(page.update_json(text, FLAGS)?.payload().len()))),
        ];
        // A few percent: ten times the rounds, each a tenth as long, so that both sides see the same moments of the machine.
        let [ours, theirs] = measured(by_turns(self.rounds * 10, BUDGET_ROUND / 10, sides)?)?;
        page.close();
        self.line(name, "the same in Rust", ours.over(2), theirs.over(2), 1.0 / 1.05);
        Ok(())
    }

    /// What pages keep beyond their data.
    fn retained(&mut self) -> Outcome<()> {
        let (idle, row) =
            ("idle page of the dashboard, beyond its data", "row of five slots, beyond its data");
        if self.wanted(idle) {
            self.amount(idle, self.beyond("dashboard journey")? as f64, 4096.0);
        }
        if self.wanted(row) {
            let (few, many) =
                (self.beyond("one cell of 1,000 rows")?, self.beyond("one cell of 10,000 rows")?);
            self.amount(row, (many - few) as f64 / 9_000.0, 48.0);
        }
        Ok(())
    }

    /// What a page of a workload's first data keeps beyond it.
    fn beyond(&self, workload: &str) -> Outcome<i64> {
        let workload = self.workloads.workload(workload)?;
        let template = self.template(&workload.template)?;
        // What the template and the application make once is there before the page that is measured.
        self.app.new_page_json(&template, workload.first.as_bytes(), FLAGS)?.close();
        Ok(live::memory(&self.app, &template, &workload.first, &[], &workload.first)?.retained)
    }

    fn line(&mut self, work: &str, rival: &str, ours: Side, theirs: Side, goal: f64) {
        if self.wanted(work) {
            let (work, rival) = (work.to_owned(), rival.to_owned());
            let ratio = theirs.ns / ours.ns;
            self.report.lines.push(Line { work, rival, ours, theirs, ratio, goal });
        }
    }

    fn amount(&mut self, what: &str, bytes: f64, at_most: f64) {
        if self.wanted(what) {
            self.report.amounts.push(Amount { what: what.to_owned(), bytes, at_most });
        }
    }
}

/// As many sides as were given.
fn measured<const N: usize>(sides: Vec<Side>) -> Outcome<[Side; N]> {
    Ok(sides.try_into().map_err(|_| "a side is missing")?)
}
