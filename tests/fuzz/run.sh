#!/bin/sh
# Runs the fuzz targets in turn: `run.sh SECONDS [TARGET…]`. An input that breaks a promise, takes over 10 s or needs over
# 2 GB stays under target/fuzz/found/TARGET and makes the run fail. The corpus under target/fuzz/corpus grows from run to run;
# what is worth keeping of it (libFuzzer's -merge=1) stands in tests/fuzz/corpus, starts every run, and is run by the crate's test.
set -eu
seconds=$1
shift
[ $# -gt 0 ] || set -- parse escape execute json html
cd "$(dirname "$0")/../.."
out=$PWD/target/fuzz

cargo run --quiet --package fuzz --bin fuzz-seeds "$out/seeds"
# On stable Rust: LLVM's own coverage pass. With --target, build scripts are left as they are.
host=$(rustc -vV | sed -n 's/^host: //p')
coverage='-Cpasses=sancov-module'
for option in level=4 inline-8bit-counters pc-table trace-compares; do
	coverage="$coverage -Cllvm-args=-sanitizer-coverage-$option"
done
RUSTFLAGS=$coverage cargo build --quiet --profile fuzz --target "$host" --target-dir "$out/build" \
	--package fuzz --bin fuzz --features fuzzer,link
fuzz=$out/build/$host/fuzz/fuzz

failed=
for target; do
	mkdir -p "$out/corpus/$target" "$out/found/$target"
	log=$out/$target.log
	kept=tests/fuzz/corpus/$target
	[ -d "$kept" ] || kept=
	FUZZ_TARGET=$target "$fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
		-dict=tests/fuzz/tokens.dict -artifact_prefix="$out/found/$target/" -print_final_stats=1 \
		"$out/corpus/$target" $kept "$out/seeds" >"$log" 2>&1 || failed="$failed $target"
	total=$(sed -n 's/.*Loaded 1 modules *(\([0-9]*\) inline.*/\1/p' "$log" | head -n 1)
	reached=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	echo "fuzz $target: ${reached:-0} of ${total:-0} edges reached, ${inputs:-0} inputs," \
		"corpus of $(ls "$out/corpus/$target" | wc -l) files"
done
for target in $failed; do
	echo "fuzz $target FAILED, the end of target/fuzz/$target.log:"
	tail -n 20 "$out/$target.log"
done
[ -z "$failed" ]
