//! What is printed, and the same as JSON.

use std::time::Duration;

/// One line of the table.
pub struct Line {
    pub name: &'static str,
    /// What the other side does.
    pub rival: &'static str,
    pub ours: Side,
    pub theirs: Side,
    /// The ratio that the design asks for, where it asks for one.
    pub goal: Option<f64>,
}

/// What one side takes for one operation.
#[derive(Clone, Copy)]
pub struct Side {
    pub ns: f64,
    /// Where they can be counted.
    pub allocations: Option<u64>,
}

impl Line {
    fn ratio(&self) -> f64 {
        self.theirs.ns / self.ours.ns
    }
}

pub fn print(lines: &[Line], rivals: &str, rounds: usize, round: Duration) {
    println!("median of {rounds} rounds of {} ms each, by turns; rivals: {rivals}\n", round.as_millis());
    println!(
        "{:<50} {:>10} {:>8}   {:<22} {:>10} {:>8} {:>8} {:>7}",
        "work", "ours", "allocs", "rival", "", "allocs", "ratio", "goal"
    );
    for line in lines {
        println!(
            "{:<50} {:>10} {:>8}   {:<22} {:>10} {:>8} {:>8} {:>7}",
            line.name,
            duration(line.ours.ns),
            count(line.ours.allocations),
            line.rival,
            duration(line.theirs.ns),
            count(line.theirs.allocations),
            ratio(line.ratio()),
            line.goal.map_or(String::new(), ratio)
        );
    }
}

pub fn json(lines: &[Line], rivals: &str, rounds: usize, round: Duration) -> String {
    let side = |side: Side| {
        let allocations = side.allocations.map_or("null".into(), |n| n.to_string());
        format!("{{\"ns\": {:.1}, \"allocations\": {allocations}}}", side.ns)
    };
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            format!(
                "    {{\"work\": \"{}\", \"rival\": \"{}\", \"ours\": {}, \"theirs\": {}, \"ratio\": {:.3}, \"goal\": {}}}",
                line.name,
                line.rival,
                side(line.ours),
                side(line.theirs),
                line.ratio(),
                line.goal.map_or("null".into(), |goal| goal.to_string())
            )
        })
        .collect();
    format!(
        "{{\n  \"rivals\": \"{rivals}\",\n  \"rounds\": {rounds},\n  \"round_ms\": {},\n  \"lines\": [\n{}\n  ]\n}}\n",
        round.as_millis(),
        lines.join(",\n")
    )
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
