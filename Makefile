# `make run` on a fresh machine: sets up what is missing, builds, serves http://127.0.0.1:3000.

# rustup may have been installed a moment ago by scripts/setup: its folder is not on the PATH yet.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

TARGET := $(or $(CARGO_TARGET_DIR),target)
CORES := $(shell nproc 2>/dev/null || echo 2)
ADDR ?= 127.0.0.1:3000
# `make build SITE_FLAGS=--no-budget` builds a site whose first load is too large.
SITE_FLAGS ?=
WASM := --target wasm32-unknown-unknown
# `+` hands make's job slots to cargo, but also runs a line under `make -n`: there it does nothing.
CARGO = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),: )cargo

.PHONY: help build run test fuzz-check lint bench evaluate setup clean server wasm xtask site

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs what is missing: Rust, a C compiler, wasm-opt
	@scripts/setup

build: ## Builds target/release/oddflow and target/site
	+@$(MAKE) --no-print-directory -j$(CORES) wasm server site

# Cargos side by side, in folders of their own, that share make's job slots: while one links the
# wasm on one core, another keeps compiling on the other. The wasm comes first: its link is longest.
wasm: setup
	+$(CARGO) build $(WASM) --profile wasm-release --package frontend --package workbench --package worker

server: setup
	+$(CARGO) build --release --package oddflow

xtask: setup
	+$(CARGO) build --profile tool --package xtask

site: wasm xtask
	@$(TARGET)/tool/xtask site $(SITE_FLAGS)

run: build ## Builds and serves http://127.0.0.1:3000 (ADDR=HOST:PORT for another)
	@exec $(TARGET)/release/oddflow serve --addr $(ADDR)

# `frontend` never meets the native crates in one build (see default-members), and xtask is tested
# in the profile in which it is built anyway.
test: ## Runs all tests: native, wasm32 checks, fuzz targets compiled, browser
	@scripts/setup test
	cargo test --no-fail-fast --workspace --exclude frontend --exclude workbench --exclude worker --exclude xtask
	cargo test --no-fail-fast --profile tool --package xtask
	cargo check $(WASM) --package models --package traffic --package query --package analysis
	@$(MAKE) --no-print-directory fuzz-check
	@$(MAKE) --no-print-directory build
	cd end2end && node_modules/.bin/playwright test

# The fuzz targets are workspaces of their own. Only linking needs libFuzzer and a C++ compiler for it: a path where none is will do.
# They start from our lock file, so that they are checked with the versions that we build with.
fuzz-check: setup
	@for folder in models/fuzz crates/traffic/fuzz crates/query/fuzz; do cp Cargo.lock $$folder/ && \
	CUSTOM_LIBFUZZER_PATH=$(TARGET)/none CARGO_TARGET_DIR=$(TARGET)/fuzz \
	cargo check --manifest-path $$folder/Cargo.toml || exit 1; done

lint: setup ## Checks formatting, clippy and, where installed, cargo-deny
	cargo fmt --all --check
	cargo clippy --all-targets -- --deny warnings
	cargo clippy $(WASM) --package frontend --package workbench --package worker -- --deny warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check; \
	else echo "cargo-deny is not installed: licences and advisories not checked"; fi

bench: build ## Measures speed against other programs
	@scripts/setup test
	@benches/run

evaluate: server xtask ## Measures the models by every protocol, and counts the training data: models/*.json
	@$(TARGET)/tool/xtask sample --days $(TARGET)/days
	@$(TARGET)/release/oddflow evaluate --protocols --days $(TARGET)/days --format json > models/evaluation.json.new
	@mv models/evaluation.json.new models/evaluation.json
	@$(TARGET)/release/oddflow data --statistics --output models/training_data.json

clean: ## Removes everything that was built
	cargo clean
	rm -rf end2end/node_modules end2end/test-results end2end/playwright-report
