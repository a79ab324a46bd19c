//! The targets run over their seeds, so that they are right before a fuzzer runs them.

use fuzz::{Input, TARGETS, seeds};

#[test]
fn every_target_accepts_every_seed() {
    for (name, seed) in seeds() {
        for (target, run) in TARGETS {
            let result = std::panic::catch_unwind(|| run(&seed));
            assert!(result.is_ok(), "{target} on the vector {name}");
        }
    }
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
