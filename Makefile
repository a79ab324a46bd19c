# The only entry point. `make demo` and `make test` set up what they need, also on a bare machine.

PORT ?= 8080
PREFIX ?= /usr/local
CARGO ?= cargo
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := target/stamps

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-header test-c test-python test-node test-go test-conformance e2e \
	oracle oracle-check lint fmt bench header install clean

help:
	@echo 'make demo [PORT=8080]    serve the live dashboard at 127.0.0.1'
	@echo 'make test                every test, in every language and in a real browser'
	@echo 'make bench               timings against Go html/template, as ratios'
	@echo 'make lint, make fmt      check and mend formatting and lints'
	@echo 'make header              write the C header and the other generated files again'
	@echo 'make oracle-vectors      let real Go write the expected output of the vectors'
	@echo 'make install PREFIX=…    install the C library, header and pkg-config file'

# ---- set-up, each step once ----------------------------------------------------------------------------------------

$(STAMPS):
	@mkdir -p $@

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

# The Python package is built again when a source of it or of the core is newer.
CORE_SOURCES := $(shell find livetemplate-core/src -name '*.rs') Cargo.toml Cargo.lock
PYTHON_SOURCES := $(CORE_SOURCES) $(shell find bindings/python/src bindings/python/python -type f) bindings/python/pyproject.toml
$(STAMPS)/python: $(VENV)/bin/pip $(PYTHON_SOURCES) | $(STAMPS)
	CARGO_TARGET_DIR=$(CURDIR)/target $(VENV)/bin/pip install --quiet './bindings/python[test,demo]'
	@touch $@
