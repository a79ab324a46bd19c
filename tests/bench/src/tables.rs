//! What was measured, and how it is shown: the same tables in a terminal and in the documentation.

use crate::Outcome;
use crate::sides::Side;
use serde::{Deserialize, Serialize};

/// All that a run measured. Its JSON form is `target/bench.json`.
#[derive(Serialize, Deserialize)]
pub struct Report {
    pub machine: String,
    /// Name and version of each rival.
    pub rivals: Vec<String>,
    /// How the lines of the budget were measured.
    pub rounds: usize,
    pub round_ms: u64,
    /// How the workloads were measured.
    pub workload_rounds: usize,
    pub workload_round_ms: u64,
    pub lines: Vec<Line>,
    pub amounts: Vec<Amount>,
    pub workloads: Vec<Work>,
}

/// A line of the budget: a time against another.
#[derive(Serialize, Deserialize)]
pub struct Line {
    pub work: String,
    /// What the other side does.
    pub rival: String,
    pub ours: Side,
    pub theirs: Side,
    pub ratio: f64,
    /// The ratio that the design asks for.
    pub goal: f64,
}

/// A line of the budget: a number of bytes.
#[derive(Serialize, Deserialize)]
pub struct Amount {
    pub what: String,
    pub bytes: f64,
    pub at_most: f64,
}

/// A workload on all sides. What is said of a journey is the sum of its steps.
#[derive(Serialize, Deserialize)]
pub struct Work {
    pub work: String,
    pub steps: usize,
    pub update: Side,
    pub patch: Side,
    /// Of our updates, of the whole pages, and of these through streaming Brotli.
    pub update_bytes: usize,
    pub html_bytes: usize,
    pub brotli_bytes: usize,
    /// What the page holds for its data, beyond it, and what a connection's Brotli stream holds.
    pub data_bytes: i64,
    pub retained_bytes: i64,
    pub brotli_retained_bytes: i64,
    pub rivals: Vec<Rival>,
}

/// What a rival takes for the same workload.
#[derive(Serialize, Deserialize)]
pub struct Rival {
    pub name: String,
    #[serde(flatten)]
    pub side: Side,
}

/// Columns and rows; the first column is to the left, the others to the right.
struct Table {
    name: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Report {
    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.amounts.is_empty() && self.workloads.is_empty()
    }

    /// Prints what was measured.
    pub fn print(&self) {
        println!("{}\n\n{}", self.machine, self.how());
        for table in self.tables() {
            if !table.rows.is_empty() {
                println!("\n{}\n{}", table.name, table.text());
            }
        }
    }

    /// Puts the tables in their places in the text of the documentation: `{{name}}`.
    pub fn fill(&self, text: &str) -> Outcome<String> {
        let mut text = text.replace("{{machine}}", &self.machine).replace("{{how}}", &self.how());
        for table in self.tables() {
            text = text.replace(&format!("{{{{{}}}}}", table.name), table.markdown().trim_end());
        }
        match text.split_once("{{") {
            None => Ok(text),
            Some((_, rest)) => Err(format!("nothing is called {:?}", rest.lines().next()).into()),
        }
    }

    fn how(&self) -> String {
        format!(
            "Budget: median of {} rounds of {} ms each. Workloads: median of {} rounds of {} ms each. All sides by turns. Against {}.",
            self.rounds,
            self.round_ms,
            self.workload_rounds,
            self.workload_round_ms,
            self.rivals.join(", ")
        )
    }

    fn tables(&self) -> [Table; 4] {
        let lines = self.lines.iter().map(|line| {
            vec![
                line.work.clone(),
                duration(line.ours.ns),
                count(line.ours.allocations),
                line.rival.clone(),
                duration(line.theirs.ns),
                count(line.theirs.allocations),
                ratio(line.ratio),
                ratio(line.goal),
                yes(line.ratio >= line.goal),
            ]
        });
        let amounts = self.amounts.iter().map(|amount| {
            let reached = yes(amount.bytes <= amount.at_most);
            vec![amount.what.clone(), bytes(amount.bytes), bytes(amount.at_most), reached]
        });
        let mut columns = strings(["work", "update", "allocs", "patch", "allocs"]);
        if let Some(work) = self.workloads.first() {
            columns.extend(work.rivals.iter().map(|rival| rival.name.clone()));
        }
        let times = self.workloads.iter().map(|work| {
            let mut row = vec![work.title()];
            for side in [work.update, work.patch] {
                row.extend([duration(side.ns), count(side.allocations)]);
            }
            let rivals = work.rivals.iter().map(|rival| rival.side.ns);
            row.extend(rivals.map(|ns| format!("{} ({})", duration(ns), ratio(ns / work.patch.ns))));
            row
        });
        let sizes = self.workloads.iter().map(|work| {
            let mut row = vec![work.title()];
            row.extend([work.update_bytes, work.html_bytes].map(|n| bytes(n as f64)));
            row.push(format!("{:.1} %", 100.0 * (1.0 - work.update_bytes as f64 / work.html_bytes as f64)));
            row.push(bytes(work.brotli_bytes as f64));
            row.extend(
                [work.data_bytes, work.retained_bytes, work.brotli_retained_bytes].map(|n| bytes(n as f64)),
            );
            row
        });
        let line_columns =
            ["work", "ours", "allocs", "against", "theirs", "allocs", "ratio", "goal", "reached"];
        let size_columns = [
            "work",
            "`tree`",
            "whole page",
            "saved",
            "Brotli",
            "data",
            "beyond the data",
            "Brotli, per connection",
        ];
        [
            Table { name: "budget: time", columns: strings(line_columns), rows: lines.collect() },
            Table {
                name: "budget: bytes",
                columns: strings(["what", "measured", "at most", "reached"]),
                rows: amounts.collect(),
            },
            Table { name: "workloads: time", columns, rows: times.collect() },
            Table {
                name: "workloads: bytes sent, bytes held",
                columns: strings(size_columns),
                rows: sizes.collect(),
            },
        ]
    }
}

impl Work {
    fn title(&self) -> String {
        match self.steps {
            1 => self.work.clone(),
            steps => format!("{}, {steps} steps", self.work),
        }
    }
}

impl Table {
    fn text(&self) -> String {
        let rows = || std::iter::once(&self.columns).chain(&self.rows);
        let mut widths = vec![0; self.columns.len()];
        for row in rows() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut out = String::new();
        for row in rows() {
            for (at, (&width, cell)) in widths.iter().zip(row).enumerate() {
                out += &if at == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            }
            out.push('\n');
        }
        out
    }

    fn markdown(&self) -> String {
        let mut out =
            format!("| {} |\n|---|{}\n", self.columns.join(" | "), "--:|".repeat(self.columns.len() - 1));
        for row in &self.rows {
            out += &format!("| {} |\n", row.join(" | "));
        }
        out
    }
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn yes(reached: bool) -> String {
    if reached { "yes" } else { "no" }.to_owned()
}

fn count(allocations: Option<u64>) -> String {
    allocations.map_or(String::new(), |n| n.to_string())
}

fn ratio(times: f64) -> String {
    match times {
        t if t < 10.0 => format!("{t:.2}×"),
        t if t < 100.0 => format!("{t:.1}×"),
        t => format!("{t:.0}×"),
    }
}

fn duration(ns: f64) -> String {
    match ns {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

/// Whole bytes where they are many or whole.
fn bytes(n: f64) -> String {
    match n {
        n if n.fract() != 0.0 && n.abs() < 1e3 => format!("{n:.1} B"),
        n if n.abs() < 1e4 => format!("{n:.0} B"),
        n if n.abs() < 1e7 => format!("{:.1} kB", n / 1e3),
        n => format!("{:.1} MB", n / 1e6),
    }
}
