#!/bin/sh
# Builds both sides of the benchmark and runs it. From the root of the repository: sh tests/bench/run.sh [ROUNDS]
set -e
cd "$(dirname "$0")/../.."
mkdir -p target/bench
(cd tests/bench/go && go build -o ../../../target/bench/go-worker .)
exec cargo run --quiet --release -p livetemplate-bench -- target/bench/go-worker "$@"
