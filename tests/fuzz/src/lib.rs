//! Fuzz targets: each takes any bytes and panics when the engine breaks a promise.
//!
//! `make fuzz` runs them under libFuzzer; the crate's test runs them over the seeds, which are the vectors.

mod input;
mod targets;

pub use input::{Input, Options};
pub use targets::{TARGETS, Target, target};

use livetemplate_core::Numbers;
use livetemplate_tests::{Step, StepKind};

/// The vectors as inputs, by name. Those with delimiters or functions that no input can choose, and pages of the host's HTML, are left out.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for case in livetemplate_tests::cases() {
        let delims = case.delims.as_ref().map(|(left, right)| (left.as_str(), right.as_str()));
        let fits = !case.functions && case.html.is_none();
        let Some(delims) = Options::delims_index(delims).filter(|_| fits) else { continue };
        let options = Options {
            flags: case.flags,
            strict: case.numbers == Numbers::Strict,
            missing_key: case.missing_key,
            delims,
        };
        let texts = |patches: bool| {
            let of_kind = move |step: &&Step| (step.kind == StepKind::Patch) == patches;
            case.steps.iter().filter(of_kind).map(|step| step.text.as_slice())
        };
        let input = Input {
            options,
            sources: case.templates.iter().map(|(name, text)| (name.as_bytes(), text.as_slice())).collect(),
            data: std::iter::once(case.data.as_slice()).chain(texts(false)).collect(),
            patches: texts(true).collect(),
        };
        seeds.push((case.name.clone(), input.write()));
    }
    seeds
}
