//! What is measured: the lines of the budget, and the workloads on all sides.

use crate::Outcome;
use crate::live::{self, Live};
use crate::rivals::{Loaded, Rivals};
use crate::sides::{Round, by_turns, side};
use crate::stream::Stream;
use crate::tables::{Report, Rival, Work};
use crate::workloads::{Workload, Workloads};
use livetemplate_core::{Application, Template};
use std::path::Path;
use std::time::Duration;

/// Length of one round of a line of the budget.
pub const BUDGET_ROUND: Duration = Duration::from_millis(500);

/// Rounds of a workload, and their length: there are many workloads, each with many sides.
const WORKLOAD_ROUNDS: usize = 5;
const WORKLOAD_ROUND: Duration = Duration::from_millis(120);

/// The run.
pub struct Bench<'a> {
    pub folder: &'a Path,
    pub rounds: usize,
    pub workloads: Workloads,
    pub app: Application,
    pub rivals: Rivals,
    pub report: Report,
    /// What is measured has this in its name.
    only: &'a str,
}

impl Bench<'_> {
    /// Starts all sides.
    pub fn new<'a>(
        folder: &'a Path,
        root: &Path,
        python: &str,
        rounds: usize,
        only: &'a str,
    ) -> Outcome<Bench<'a>> {
        let mut rivals = Rivals::start(folder, root, python)?;
        let report = Report {
            machine: machine(),
            rivals: rivals.versions()?,
            rounds,
            round_ms: BUDGET_ROUND.as_millis() as u64,
            workload_rounds: WORKLOAD_ROUNDS,
            workload_round_ms: WORKLOAD_ROUND.as_millis() as u64,
            lines: Vec::new(),
            amounts: Vec::new(),
            workloads: Vec::new(),
        };
        let workloads = Workloads::read(folder)?;
        Ok(Bench { folder, rounds, workloads, app: Application::new()?, rivals, report, only })
    }

    /// Measures all that was asked for.
    pub fn run(mut self) -> Outcome<Report> {
        self.budget()?;
        for name in self.workloads.names() {
            if self.wanted(&name) {
                let work = self.work(&name)?;
                self.report.workloads.push(work);
            }
        }
        if self.report.is_empty() {
            return Err(format!("nothing has {:?} in its name", self.only).into());
        }
        Ok(self.report)
    }

    /// Whether something is to be measured.
    pub fn wanted(&self, name: &str) -> bool {
        name.contains(self.only)
    }

    /// Our template of that name.
    pub fn template(&self, name: &str) -> Outcome<Template> {
        let file = self.workloads.files(self.folder, name)?.go;
        Ok(Template::new(&format!("{name}.html"), std::fs::read(file)?)?)
    }

    /// A page under a workload.
    pub fn live(&self, name: &str) -> Outcome<(Workload, Template, Live)> {
        let workload = self.workloads.workload(name)?;
        let template = self.template(&workload.template)?;
        let live = Live::new(&self.app, &template, &workload).map_err(|e| format!("{name}: {e}"))?;
        Ok((workload, template, live))
    }

    fn work(&mut self, name: &str) -> Outcome<Work> {
        let (workload, template, live) = self.live(name)?;
        let patches: Vec<&str> = workload.steps.iter().map(|step| &*step.patch).collect();
        let memory = live::memory(&self.app, &template, &workload.first, &patches, live.last())?;
        let mut stream = Stream::new(&live.pages)?;
        let (brotli_bytes, brotli_held) = (stream.bytes, stream.held);

        let html = live.pages.last().ok_or("no page")?;
        let loaded = self.rivals.load(&self.workloads, self.folder, &workload.template, live.last(), html)?;
        let Loaded { go, jinja, eta, minijinja } = loaded;
        let names = ["html/template", "minijinja", "Jinja2", "eta", "Brotli"];
        let sides: Vec<Round<'_>> = vec![
            side(|| live.update()),
            side(|| live.patch()),
            Box::new(|round| go.render(round)),
            side(|| minijinja.render()),
            Box::new(|round| jinja.render(round)),
            Box::new(|round| eta.render(round)),
            side(|| stream.again()),
        ];
        let sides = by_turns(WORKLOAD_ROUNDS, WORKLOAD_ROUND, sides)?;
        let [update, patch, full @ .., brotli] = &sides[..] else {
            return Err("a side is missing".into());
        };
        // Each renders the last state: a journey takes one render for each step.
        let full = full.iter().map(|side| side.times(live.steps()));
        let rivals = names.into_iter().zip(full.chain([*brotli]));
        Ok(Work {
            work: name.to_owned(),
            steps: live.steps(),
            update: *update,
            patch: *patch,
            update_bytes: live.update_bytes,
            html_bytes: live.pages.iter().skip(1).map(Vec::len).sum(),
            brotli_bytes,
            data_bytes: memory.data,
            retained_bytes: memory.retained,
            brotli_retained_bytes: brotli_held,
            rivals: rivals.map(|(name, side)| Rival { name: name.to_owned(), side }).collect(),
        })
    }
}

/// What the figures were measured on.
fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{}, {cores} cores, {}", model.map_or("unknown CPU", |(_, name)| name), std::env::consts::OS)
}
