//! The targets run over their seeds, so that they are right before a fuzzer runs them.

use fuzz::{Input, TARGETS, seeds, target};
use std::path::Path;

#[test]
fn every_target_accepts_every_seed() {
    for (name, seed) in seeds() {
        for (target, run) in TARGETS {
            let result = std::panic::catch_unwind(|| run(&seed));
            assert!(result.is_ok(), "{target} on the vector {name}");
        }
    }
}

/// What earlier runs of the fuzzer found worth keeping.
#[test]
fn every_target_accepts_its_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut count = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let run = target(folder.file_name().unwrap().to_str().unwrap()).expect("a target's name");
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let input = std::fs::read(&file).unwrap();
            assert!(std::panic::catch_unwind(|| run(&input)).is_ok(), "{}", file.display());
            count += 1;
        }
    }
    assert!(count > 1000, "{count} inputs");
}

#[test]
fn seeds_are_read_as_they_were_written() {
    let seeds = seeds();
    assert!(seeds.len() > 200, "{} seeds", seeds.len());
    for (name, seed) in seeds {
        let input = Input::read(&seed);
        assert_eq!(input.write(), seed, "{name}");
        assert!(!input.sources.is_empty(), "{name}");
    }
}
