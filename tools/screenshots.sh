#!/usr/bin/env bash
# The pictures of the interface: the real one on a real film, as a test drives it, written as SVG.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/plugins.sh
export STUDIO_SCREENSHOTS="$PWD/docs/images/tui"
cargo test --locked --workspace --test suite -- tui::screenshots --ignored
ls -1 "$STUDIO_SCREENSHOTS"
