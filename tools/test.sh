#!/usr/bin/env bash
# All tests, cheapest first: formatting, lints, units, plugins, then the real binary end to end.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/plugins.sh
# The same cases everywhere: what holds here holds there. `make soak` looks for new ones.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20261121}"

cargo fmt --all --check
# Clippy compiles our own crates here, and what it warns of is an error: so that nothing is first checked and then built.
# Set for this cargo alone: one that a build script or a test starts has its own compiler.
export CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"
linted=(--config 'build.rustc-workspace-wrapper="clippy-driver"')
cargo "${linted[@]}" build --locked --workspace --all-targets
bash tools/readers.sh
cargo "${linted[@]}" test --locked --workspace
# The program that the tests above have built: built on its own it would take its crates with other features, all anew.
bash tools/check-docs.sh target/debug/studio-under-test
