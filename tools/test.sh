#!/usr/bin/env bash
# All tests, cheapest first: formatting, lints, units, plugins, then the real binary end to end.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/plugins.sh
# The same cases everywhere: what holds here holds there. `make soak` looks for new ones.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20261121}"

cargo fmt --all --check
cargo clippy --locked --workspace --all-targets -- -D warnings
bash tools/readers.sh
cargo test --locked --workspace
# The program that the tests above have built: built on its own it would take its crates with other features, all anew.
bash tools/check-docs.sh target/debug/studio-under-test
