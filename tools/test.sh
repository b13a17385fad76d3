#!/usr/bin/env bash
# All tests, cheapest first: formatting, lints, units, plugins, then the real binary end to end.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/plugins.sh

cargo fmt --all --check
cargo clippy --locked --workspace --all-targets -- -D warnings
cargo test --locked --workspace
cargo build --locked -p studio
bash tools/check-docs.sh target/debug/studio
