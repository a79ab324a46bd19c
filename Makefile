# The only entry point. `make demo` and `make test` set up what they need, also on a bare machine.

PORT ?= 8080
PREFIX ?= /usr/local
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := target/stamps
# Python and Node extension modules need their host to link: they are built by their own tools.
RUST_CRATES := --workspace --exclude livetemplate-python --exclude livetemplate-node
# Every tool builds into one folder, so that the core is compiled once.
export CARGO_TARGET_DIR := $(CURDIR)/target

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-generated test-oracle test-oracle-random test-c test-python test-node test-go \
	test-browser test-conformance test-e2e lint fmt bench bench-docs fuzz header oracle-vectors oracle-check install

help:
	@echo 'make demo [PORT=8080]       serve the live dashboard at 127.0.0.1'
	@echo 'make test                   every test, in every language and in a real browser'
	@echo 'make lint, make fmt         check formatting and lints; mend the formatting'
	@echo 'make bench [ONLY=TEXT]      time, bytes and memory of the workloads, against other engines and the budget;'
	@echo '            [ROUNDS=9]      with ONLY, what has that text in its name'
	@echo 'make bench-docs             write docs/performance.md from what make bench measured'
	@echo 'make laws [STEPS=1000000] [SEED=1]  the laws of updates and patches over so many random steps'
	@echo 'make fuzz [SECONDS=60] [TARGET=NAME]  coverage-guided fuzzing of parse, escape, execute, json and html'
	@echo 'make journeys [STEPS=N]     random journeys through the clients: templates, data and changes, in all formats;'
	@echo '            [BROWSER_STEPS=N]  so many steps in headless Chromium too'
	@echo '            [SEED=S]        the same journeys for the same seed'
	@echo 'make tree-journeys, make wire-journeys [WIRE=turbo]  a part of them: the published client; our own, Turbo and htmx'
	@echo 'make bytes                  write docs/wire-bytes.md: what six updates cost in each format'
	@echo 'make soak                   memory over time: appends, updates for a minute, 50,000 rows, 100,000 pages'
	@echo 'make header                 write the C header and the other generated files again'
	@echo 'make oracle-vectors         let real Go write the expected output of the vectors'
	@echo 'make oracle [CASES=N]       random cases through real Go and the engine, side by side;'
	@echo '            [SEED=S]        the same cases for the same seed;'
	@echo '            [FOLDER=DIR]    templates from the files in a folder, with random data of the shape they want'
	@echo 'make install [PREFIX=DIR]   install the C library, its header and its pkg-config file'

demo: $(STAMPS)/python $(STAMPS)/demo-npm $(STAMPS)/browser
	@cd bindings/python && PORT=$(PORT) exec $(CURDIR)/$(PY) -m demo

test: test-rust test-generated test-oracle test-oracle-random test-c test-go test-python test-node test-browser test-conformance test-e2e
	@echo 'make test: all passed'

# ---- set-up: each step once, and again when what it reads has changed ------------------------------------------------

# What nothing here installs: one sentence says what is missing, instead of a failure somewhere inside.
missing = { echo 'make: $(1) is missing: install $(2)' >&2; exit 1; }
define cargo
@command -v cargo >/dev/null || $(call missing,cargo,Rust 1.95 or newer with gcc (https://rustup.rs))
@command -v cc >/dev/null || $(call missing,cc,a C compiler (on Debian the package gcc))
endef
go = @command -v go >/dev/null || $(call missing,go,Go 1.26 (https://go.dev/dl))
npm = @command -v npm >/dev/null || $(call missing,npm,Node.js 20 or newer with npm (https://nodejs.org))
venv = @$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	$(call missing,$(PYTHON) with venv,Python 3.11 or newer (on Debian the packages python3 and python3-venv))

CORE := $(shell find livetemplate-core/src -name '*.rs') livetemplate-core/Cargo.toml Cargo.toml Cargo.lock

$(STAMPS):
	@mkdir -p $@

$(VENV)/bin/pip:
	$(venv)
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/python: $(VENV)/bin/pip $(CORE) $(shell find bindings/python/src bindings/python/python -type f) \
		bindings/python/Cargo.toml bindings/python/pyproject.toml bindings/python/demo/requirements.txt | $(STAMPS)
	$(cargo)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement bindings/python/demo/requirements.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check './bindings/python[test]'
	@touch $@

$(STAMPS)/node: $(CORE) $(shell find bindings/node/src bindings/node/types -type f) $(wildcard bindings/node/*.js* bindings/node/*.mjs) \
		bindings/node/Cargo.toml | $(STAMPS)
	$(cargo)
	$(npm)
	cd bindings/node && npm ci --no-audit --no-fund
	@touch $@

$(STAMPS)/browser: $(shell find bindings/browser/src -type f) $(wildcard bindings/browser/*.json bindings/browser/*.mjs) | $(STAMPS)
	$(npm)
	cd bindings/browser && npm ci --no-audit --no-fund
	@touch $@

$(STAMPS)/demo-npm: bindings/python/demo/package-lock.json | $(STAMPS)
	$(npm)
	cd bindings/python/demo && npm ci --no-audit --no-fund
	@touch $@

$(STAMPS)/conformance-npm: tests/conformance/package-lock.json | $(STAMPS)
	$(npm)
	cd tests/conformance && npm ci --no-audit --no-fund
	@touch $@

$(STAMPS)/e2e-npm: tests/e2e/package-lock.json | $(STAMPS)
	$(npm)
	cd tests/e2e && npm ci --no-audit --no-fund
	@touch $@

# Debian packages come by apt-get when we may; otherwise one sentence says what is missing.
define need
@command -v $(1) >/dev/null || { \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then echo 'installing $(2)'; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(2) >/dev/null; \
	else echo 'make: $(1) is missing: install the package $(2), or run make as root on Debian'; exit 1; fi; }
endef

.PHONY: chromium c-tools
chromium:
	$(call need,chromium,chromium)
c-tools:
	$(call need,g++,g++)
	$(call need,nm,binutils)
	$(call need,pkg-config,pkg-config)
	$(call need,valgrind,valgrind)

# ---- tests -----------------------------------------------------------------------------------------------------------

test-rust:
	$(cargo)
	cargo test --quiet $(RUST_CRATES)

test-generated:
	cargo run --quiet -p generate -- --check

oracle-vectors:
	cd tests/oracle && go run . ../vectors
	cd tests/functions && go run . > table.jsonl
	cd tests/objects && go run . > table.jsonl

oracle-check test-oracle:
	$(go)
	cd tests/oracle && go vet ./... && go test ./... && go run . -check ../vectors
	cd tests/functions && go vet . && go run . | diff - table.jsonl
	cd tests/objects && go vet . && go run . | diff - table.jsonl

# Random cases, the same for the same seed. Those on which Go and the engine differ are made small and written to $(DIFFERENT).
CASES ?= 20000
SEED ?= 1
DIFFERENT := target/oracle
.PHONY: oracle test-oracle-random
oracle:
	cargo build --quiet --release -p livetemplate-tests --bin oracle-worker
	cd tests/oracle && go run . -cases $(CASES) -seed $(SEED) -engine $(CURDIR)/target/release/oracle-worker \
		-out $(CURDIR)/$(DIFFERENT) $(if $(FOLDER),-folder $(abspath $(FOLDER)))

test-oracle-random:
	cargo build --quiet -p livetemplate-tests --bin oracle-worker
	cd tests/oracle && go run . -cases 3000 -seed 1 -engine $(CURDIR)/target/debug/oracle-worker
	cd tests/oracle && go run . -cases 300 -folder testdata/shop -engine $(CURDIR)/target/debug/oracle-worker

laws: STEPS ?= 1000000
.PHONY: laws
laws:
	STEPS=$(STEPS) SEED=$(SEED) cargo test --quiet --release -p livetemplate-core --lib laws -- --nocapture

.PHONY: library
library:
	$(cargo)
	cargo build --quiet --release -p livetemplate-ffi

test-c: c-tools
	sh tests/c/run.sh

test-go: library
	$(go)
	cd bindings/go && go vet . && go test

test-python: $(STAMPS)/python
	cd bindings/python && $(CURDIR)/$(PY) -m pytest -q && $(CURDIR)/$(PY) -m mypy

test-node: $(STAMPS)/node
	cd bindings/node && npm test

# The formats that address elements, each applied by the client that it is for.
WIRES := turbo htmx operations patches fragments
test-conformance: $(STAMPS)/conformance-npm $(STAMPS)/node $(STAMPS)/browser
	cd tests/conformance && npm test && node check.mjs rust c go python node && node html.mjs python go && node bytes.mjs --check
	cd tests/conformance && node journey.mjs && for wire in tree $(WIRES); do \
		node journey.mjs --wire $$wire --steps 500 && node journey.mjs --wire $$wire --host --steps 300 --rows 50 || exit 1; done

# What six updates of one page cost in each format.
.PHONY: bytes
bytes: $(STAMPS)/conformance-npm $(STAMPS)/node
	cd tests/conformance && node bytes.mjs --write

test-browser: $(STAMPS)/browser
	cd bindings/browser && npm test && npm run --silent size

# After every step the client must hold what a render of the new data gives: the published client, then the client of each format in
# jsdom and for a part in headless Chromium, with pages of templates and pages whose HTML the host renders. A run says how often each
# situation came up, and fails when one did too rarely.
STEPS ?= 20000
BROWSER_STEPS ?= 500
WIRE ?= tree $(WIRES)
JOURNEY = node journey.mjs --seed $(SEED) --rows 1000
.PHONY: journeys tree-journeys wire-journeys
journeys: tree-journeys wire-journeys

tree-journeys: $(STAMPS)/conformance-npm $(STAMPS)/node $(STAMPS)/browser
	cd tests/conformance && $(JOURNEY) --steps $$((5 * $(STEPS))) --dom-steps $$(($(STEPS) / 4)) --jobs 2 --floors && $(JOURNEY) --steps $(STEPS) --host

wire-journeys: $(STAMPS)/conformance-npm $(STAMPS)/node $(STAMPS)/browser chromium
	cd tests/conformance && for wire in $(WIRE); do for of in '' --host; do \
		$(JOURNEY) --wire $$wire $$of --steps $(STEPS) --jobs 2 --floors && $(JOURNEY) --wire $$wire $$of --steps $(BROWSER_STEPS) --in chromium || exit 1; done; done

test-e2e: $(STAMPS)/python $(STAMPS)/demo-npm $(STAMPS)/browser $(STAMPS)/e2e-npm chromium
	cd tests/e2e && npm test

# ---- the rest --------------------------------------------------------------------------------------------------------

lint: $(STAMPS)/browser
	cd bindings/browser && npm run --silent check
	cargo fmt --check
	cargo clippy --quiet $(RUST_CRATES) --all-targets -- -D warnings
	cargo clippy --quiet -p livetemplate-python -p livetemplate-node -- -D warnings
	cargo clippy --quiet -p fuzz --features fuzzer --bins -- -D warnings
	test -z "$$(gofmt -l bindings/go tests/oracle tests/functions tests/objects tests/bench)"

fmt:
	cargo fmt
	gofmt -w bindings/go tests/oracle tests/functions tests/objects tests/bench

header:
	cargo run --quiet -p generate

$(STAMPS)/bench-python: $(STAMPS)/python tests/bench/python/requirements.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement tests/bench/python/requirements.txt
	@touch $@

$(STAMPS)/bench-npm: tests/bench/node/package-lock.json | $(STAMPS)
	$(npm)
	cd tests/bench/node && npm ci --no-audit --no-fund
	@touch $@

# With ONLY, what has that text in its name.
ROUNDS ?= 9
bench: $(STAMPS)/bench-python $(STAMPS)/bench-npm
	$(cargo)
	$(go)
	sh tests/bench/run.sh $(CURDIR)/$(PY) $(ROUNDS) '$(ONLY)'

bench-docs:
	$(cargo)
	cargo run --quiet --release -p livetemplate-bench -- docs

SECONDS ?= 60
TARGET ?= parse escape execute json html
fuzz: c-tools
	sh tests/fuzz/run.sh $(SECONDS) $(TARGET)

.PHONY: soak
soak:
	$(cargo)
	cargo test --quiet --release -p livetemplate-tests --test memory -- --include-ignored --nocapture --test-threads 1

install: library
	sh livetemplate-ffi/install.sh $(PREFIX)
