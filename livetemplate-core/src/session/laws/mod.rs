//! The laws of updates and patches, over random templates, data and changes.
//!
//! `cargo test` goes some thousand steps; `make laws STEPS=1000000 [SEED=S]` goes many, and prints what came up.

mod data;
mod random;
mod same;
mod template;

use self::data::{Draw, copy};
use self::random::Random;
use self::same::{Ids, check_patch, same};
use super::shown::{Execution, Shown};
use crate::diff::{self, Change, Changes, IdCounter, Patch, RangePatch, RangeStep, Reason, apply, compose};
use crate::tree::Template;
use crate::tree::node::Tree;
use crate::tree::program::Program;
use crate::tree::run::field_key;
use crate::value::Value;
use crate::wire::tree::Encoder;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What came up, and how often.
type Counts = BTreeMap<&'static str, u64>;

/// Steps with one template.
const STEPS_OF_A_CASE: u64 = 100;

/// What must come up, at least so often in 1,000,000 steps.
const FLOORS: &[(&str, u64)] = &[
    ("change: text", 1_000_000),
    ("change: replace", 300_000),
    ("change: block", 800_000),
    ("change: range", 700_000),
    ("change: refill", 300_000),
    ("change: otherwise", 40_000),
    ("step: run", 100_000),
    ("step: keep", 2_000_000),
    ("step: remove", 250_000),
    ("step: place", 60_000),
    ("step: place, changed", 30_000),
    ("step: insert", 500_000),
    ("composed: text", 1_000_000),
    ("composed: replace", 300_000),
    ("composed: block", 600_000),
    ("composed: range", 500_000),
    ("composed: refill", 300_000),
    ("composed: otherwise", 20_000),
    ("composed step: run", 60_000),
    ("composed step: keep", 1_000_000),
    ("composed step: remove", 250_000),
    ("composed step: place", 40_000),
    ("composed step: place, changed", 40_000),
    ("composed step: insert", 400_000),
    ("composed to nothing", 500),
    ("composition gives way to a full state", 100_000),
    ("reason: cost", 30_000),
    ("patches are empty", 200_000),
    ("pages with opaque places", 50_000),
    ("data that the template fails on", 5_000),
    ("data: as before", 100_000),
    ("data: another key", 10_000),
    ("data: move", 60_000),
    ("data: move with an edit", 25_000),
    ("data: shuffle", 30_000),
    ("data: only few stay", 30_000),
    ("data: type change", 25_000),
];

#[test]
fn laws_hold() {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let seed = variable("SEED").map_or(1, |seed| seed.parse().unwrap());
    // Every day few and small steps, which meet less of what is rare.
    let (steps, sizes, share) = match variable("STEPS") {
        Some(steps) => (steps.parse().unwrap(), 8, 1),
        None => (20_000, 4, 4),
    };
    let mut counts = Counts::new();
    for case in 0..steps / STEPS_OF_A_CASE {
        let seed = Random::new(seed).next().wrapping_add(case);
        let size = 1 + (case % sizes) as usize;
        if let Err(broken) = go(seed, size, &mut counts) {
            let (seed, size, broken) = smaller(size).unwrap_or((seed, size, broken));
            panic!("case {seed} of size {size}: {broken}");
        }
    }
    for (what, count) in &counts {
        println!("{count:>12}  {what}");
    }
    for &(what, floor) in FLOORS {
        let count = counts.get(what).copied().unwrap_or(0);
        assert!(count >= floor * steps / 1_000_000 / share, "{what}: only {count}");
    }
}

/// A case, by its seed and size, that breaks a law too.
fn smaller(size: usize) -> Option<(u64, usize, String)> {
    let cases = (1..size).flat_map(|size| (0..500).map(move |seed| (seed, size)));
    cases.into_iter().find_map(|(seed, size)| Some((seed, size, go(seed, size, &mut Counts::new()).err()?)))
}

/// Goes one case: random changes of the data of one template. The error is the law that broke, and where.
fn go(seed: u64, size: usize, counts: &mut Counts) -> Result<(), String> {
    let mut random = Random::new(seed);
    let drawn = template::draw(&mut random, size);
    let template =
        Template::new("case", drawn.source.as_str()).map_err(|e| format!("{e}: {}", drawn.source))?;
    let first = Draw { random: &mut random, shapes: &drawn.shapes, size }.root();
    let mut last = String::new();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let Some(mut case) = Case::new(&template, first) else { return Ok(()) };
        for _ in 0..STEPS_OF_A_CASE {
            let change = match case.last.last() {
                // What was done is undone, one time in a few.
                Some(before) if random.one_in(6) => {
                    data::Change { data: before.data.clone(), done: vec!["data: as before"] }
                }
                _ => Draw { random: &mut random, shapes: &drawn.shapes, size }.change(&case.data),
            };
            let done = change.done.into_iter().chain(["steps"]);
            done.for_each(|what| *counts.entry(what).or_default() += 1);
            last = format!("{}\n  from {:?}\n  to {:?}", drawn.source, case.data, change.data);
            case.step(change.data, &mut random, counts)?;
        }
        Ok(())
    }));
    let broken = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(broken)) => broken,
        Err(panic) => match panic.downcast_ref::<String>() {
            Some(message) => message.clone(),
            None => panic.downcast_ref::<&str>().unwrap_or(&"a panic").to_string(),
        },
    };
    Err(format!("{broken}\n  {last}"))
}

/// A page's state, and the patches that led to it.
struct Case<'c> {
    execution: Execution<'c>,
    opaque: bool,
    data: Value,
    shown: Shown,
    tree: Arc<Tree>,
    ids: IdCounter,
    /// The last steps.
    last: Vec<Step>,
    /// Patches composed, with the tree that the first of them changed and how many they are.
    composed: Option<(Arc<Tree>, Patch, usize)>,
}

/// A step that was gone: the data and the tree before it, and the patch.
struct Step {
    data: Value,
    tree: Arc<Tree>,
    patch: Patch,
}

impl<'c> Case<'c> {
    fn new(template: &'c Template, data: Value) -> Option<Case<'c>> {
        let page = template.page_program().unwrap();
        let execution = Execution { page, options: template.options(), cancel: None };
        let (mut tree, _) = execution.build(&data).ok()?;
        let mut ids = IdCounter::default();
        diff::identify(&mut tree, &mut ids);
        let shown = Shown::new(page, tree, false);
        let tree = shown.tree(execution, &data).unwrap();
        let opaque = (0..page.program.blocks.len())
            .any(|block| page.reads.block(block as u32).iter().any(|reads| reads.opaque.is_some()));
        Some(Case { execution, opaque, data, shown, tree, ids, last: Vec::new(), composed: None })
    }

    fn program(&self) -> &'c Program {
        &self.execution.page.program
    }

    fn step(&mut self, new: Value, random: &mut Random, counts: &mut Counts) -> Result<(), String> {
        // A page gets whole data, or a patch of what it has.
        let new = if random.one_in(2) { copy(&new).reconciled(&self.data, &field_key) } else { new };
        let mut count = |what: &'static str| *counts.entry(what).or_default() += 1;
        let (old_ids, program) = (self.ids.clone(), self.program());
        let mut ids = old_ids.clone();
        let update = self.shown.update(self.execution, (&self.data, &new), false, &mut ids);
        let Ok((mut built, _)) = self.execution.build(&new) else {
            count("data that the template fails on");
            return if update.is_err() {
                Ok(())
            } else {
                Err("the update of data that the template fails on".into())
            };
        };
        let (patch, shown, _) = update.map_err(|e| format!("the update fails: {e}"))?;
        let tree = shown.tree(self.execution, &new).map_err(|e| e.to_string())?;

        // The update leads to what the page is.
        holds("an update leads to the new tree", same(&apply(&self.tree, &patch), &tree, Ids::All))?;
        holds("an update is in form", check_patch(&self.tree, &tree, &patch))?;
        holds("a new tree is the template's", same(&tree, &built, Ids::Keys))?;
        let html_len = built.root.html_len(program);
        law("the length is kept", shown.html_len == html_len, || format!("{} {html_len}", shown.html_len))?;

        // So does the diff of the two trees.
        let mut diff_ids = old_ids.clone();
        let full = diff::diff(program, &self.tree, &mut built, &mut diff_ids);
        holds("a diff leads to the new tree", same(&apply(&self.tree, &full), &built, Ids::All))?;
        holds("a diff is in form", check_patch(&self.tree, &built, &full))?;
        law("both are empty or none is", patch.is_empty() == full.is_empty(), || format!("{patch:?}"))?;

        // Neither costs more than to replace everything.
        let all = built.root.children.iter().enumerate();
        let all = all.map(|(at, dynamic)| (at as u32, Change::Replace(dynamic.clone()))).collect();
        let all = Patch { changes: all, ..Patch::default() }.cost(program);
        for (what, patch) in [("an update", &patch), ("a diff", &full)] {
            let cost = patch.cost(program);
            law("no patch costs more than a replace", cost <= all, || format!("{what}: {cost}, {all}"))?;
        }

        if random.one_in(4) {
            self.repeat((&new, &tree, &shown), &patch, &ids)?;
        }

        count_changes(&patch.changes, false, &mut count);
        count_changes(&full.changes, false, &mut count);
        if patch.is_empty() {
            count("patches are empty");
        }
        if self.opaque {
            count("pages with opaque places");
        }
        for _ in 0..full.reasons.count(Reason::Cost) {
            count("reason: cost");
        }

        // The page goes on from either.
        let before = std::mem::replace(&mut self.tree, tree);
        let patch = if random.one_in(4) {
            self.shown = Shown::new(self.execution.page, built, false);
            self.tree = self.shown.tree(self.execution, &new).map_err(|e| e.to_string())?;
            self.ids = diff_ids;
            full
        } else {
            (self.shown, self.ids) = (shown, ids);
            patch
        };
        let data = std::mem::replace(&mut self.data, new);
        self.compose(Step { data, tree: before, patch }, random, &mut count)
    }

    /// The laws of doing the same again. `patch` led to `new` data, what is shown of it and its tree.
    fn repeat(
        &self,
        (new, tree, shown): (&Value, &Tree, &Shown),
        patch: &Patch,
        ids: &IdCounter,
    ) -> Result<(), String> {
        let program = self.program();
        let (mut again, _) = self.execution.build(new).map_err(|e| e.to_string())?;
        let none = diff::diff(program, tree, &mut again, &mut ids.clone());
        law("a diff of equals is empty", none.is_empty(), || format!("{none:?}"))?;
        let update = |shown: &Shown, old: &Value, new: &Value, mut ids: IdCounter| {
            shown.update(self.execution, (old, new), false, &mut ids).map_err(|e| e.to_string())
        };
        let (none, ..) = update(shown, new, &copy(new), ids.clone())?;
        law("the same data again sends nothing", none.is_empty(), || format!("{none:?}"))?;
        let (twin, ..) = update(&self.shown, &self.data, new, self.ids.clone())?;
        law("an update is always the same", self.encoded(patch) == self.encoded(&twin), || {
            format!("{patch:?}")
        })
    }

    fn compose(
        &mut self,
        step: Step,
        random: &mut Random,
        count: &mut impl FnMut(&'static str),
    ) -> Result<(), String> {
        let (first, composed, patches) = match self.composed.take() {
            Some((first, composed, patches)) => {
                let were_empty = composed.is_empty() && step.patch.is_empty();
                let composed = compose(composed, step.patch.clone());
                if composed.is_empty() && !were_empty {
                    count("composed to nothing");
                }
                (first, composed, patches + 1)
            }
            None => (step.tree.clone(), step.patch.clone(), 1),
        };
        holds("a composition leads to the same tree", same(&apply(&first, &composed), &self.tree, Ids::All))?;
        holds("a composition is in form", check_patch(&first, &self.tree, &composed))?;
        if patches > 1 {
            count_changes(&composed.changes, true, count);
        }
        if composed.gives_way(self.program(), self.shown.html_len) {
            count("composition gives way to a full state");
        }
        self.composed = (!random.one_in(5)).then_some((first, composed, patches));

        self.last.push(step);
        if let [a, b, c] = &self.last[..] {
            let (tree, [a, b, c]) = (&a.tree, [a, b, c].map(|step| step.patch.clone()));
            let left = apply(tree, &compose(compose(a.clone(), b.clone()), c.clone()));
            let right = apply(tree, &compose(a, compose(b, c)));
            holds("it is all the same what is composed first", same(&left, &right, Ids::All))?;
            holds("so it leads to the same tree", same(&right, &self.tree, Ids::All))?;
            self.last.remove(0);
        }
        Ok(())
    }

    fn encoded(&self, patch: &Patch) -> Vec<u8> {
        let mut out = Vec::new();
        Encoder { program: self.program(), layout: &self.execution.page.layout }.patch(patch, &mut out);
        out
    }
}

fn holds(law: &str, result: Result<(), String>) -> Result<(), String> {
    result.map_err(|why| format!("{law}: {why}"))
}

fn law(law: &str, is_so: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(format!("{law}: {}", why())) }
}

fn count_changes(changes: &Changes, composed: bool, count: &mut impl FnMut(&'static str)) {
    let mut of = |plain, of_composition| count(if composed { of_composition } else { plain });
    for (_, change) in changes {
        match change {
            Change::Text(_) => of("change: text", "composed: text"),
            Change::Replace(_) => of("change: replace", "composed: replace"),
            Change::Block(_) => of("change: block", "composed: block"),
            Change::Range(_) => of("change: range", "composed: range"),
            Change::Refill(_) => of("change: refill", "composed: refill"),
            Change::Otherwise(..) => of("change: otherwise", "composed: otherwise"),
        }
    }
    for (_, change) in changes {
        match change {
            Change::Block(inner) | Change::Otherwise(inner) => count_changes(inner, composed, count),
            Change::Range(patch) => count_steps(patch, composed, count),
            _ => {}
        }
    }
}

fn count_steps(patch: &RangePatch, composed: bool, count: &mut impl FnMut(&'static str)) {
    for step in &patch.steps {
        let (plain, of_composition) = match step {
            RangeStep::Run { .. } => ("step: run", "composed step: run"),
            RangeStep::Keep(..) => ("step: keep", "composed step: keep"),
            RangeStep::Remove(_) => ("step: remove", "composed step: remove"),
            RangeStep::Take(_) => ("step: take", "composed step: take"),
            RangeStep::Place(_, changes) if changes.is_empty() => ("step: place", "composed step: place"),
            RangeStep::Place(..) => ("step: place, changed", "composed step: place, changed"),
            RangeStep::Insert(_) => ("step: insert", "composed step: insert"),
        };
        count(if composed { of_composition } else { plain });
        if let RangeStep::Keep(_, inner) | RangeStep::Place(_, inner) = step {
            count_changes(inner, composed, count);
        }
    }
}
