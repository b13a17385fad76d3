# make demo · make test · make soak · make bench · make screenshots · make lint · make install
# Each installs what it needs (`make setup`), with apt where it may, else it says the command.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
DEMO_OUT ?= studio-demo
BENCH ?=
PREFIX ?= $(HOME)/.local
STUDIO := target/release/studio

.PHONY: help setup build demo test soak bench bench-peers screenshots lint fmt install clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: ## install what building and running need
	@bash tools/setup.sh

build: setup ## build the release binary: one file
	@source tools/plugins.sh && $(CARGO) build --locked --release -p studio

demo: build ## make a real video and say where it is
	@$(STUDIO) demo --out $(DEMO_OUT)

test: setup ## prove the project
	@bash tools/test.sh

soak: setup ## long crash, fault and many-client runs
	@source tools/plugins.sh && PROPTEST_CASES=5000 $(CARGO) test --locked --workspace --exclude studio-tests
	@source tools/plugins.sh && $(CARGO) test --locked --workspace --exclude studio-tests --test pictures -- --ignored
	@source tools/plugins.sh && STUDIO_SOAK=1 $(CARGO) test --locked -p studio-tests --test crash -- --nocapture
	@source tools/plugins.sh && STUDIO_SOAK=1 $(CARGO) test --locked -p studio-tests --test suite storm -- --nocapture

screenshots: setup ## make the pictures of the interface in docs/images
	@bash tools/screenshots.sh

bench: build ## measure the targets of the design (BENCH=render: one group)
	@source tools/plugins.sh && $(CARGO) run --locked --release -p studio-benches -- $(BENCH)

bench-peers: build ## the film benchmarks beside MoviePy and editly, on the same files
	@source tools/plugins.sh && $(CARGO) build --locked --release -p studio-benches
	@bash tools/bench-peers.sh

lint: setup ## formatting, clippy, dependency rules
	@$(CARGO) fmt --all --check
	@source tools/plugins.sh && $(CARGO) clippy --locked --workspace --all-targets -- -D warnings

fmt: ## format the code
	@$(CARGO) fmt --all

install: build ## copy the binary to PREFIX/bin
	@install -Dm755 $(STUDIO) $(PREFIX)/bin/studio && echo "installed $(PREFIX)/bin/studio"

clean: ## remove what was built
	@$(CARGO) clean
