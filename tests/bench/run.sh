#!/bin/sh
# Builds the sides of the benchmark and runs it. From the root of the repository: sh tests/bench/run.sh PYTHON ROUNDS [ONLY]
# PYTHON has the package livetemplate and Jinja2 installed; tests/bench/node has its npm packages.
set -e
cd "$(dirname "$0")/../.."
mkdir -p target/bench
(cd tests/bench/go && go build -o ../../../target/bench/go-worker .)
exec cargo run --quiet --release -p livetemplate-bench -- run "$@"
