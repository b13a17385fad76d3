#!/usr/bin/env bash
# The pictures of the interface: the real one on a real film, as a test drives it, written as SVG. Without arguments
# those of the book; `all FOLDER [WORDS]`: every page, dark and light at four sizes and the other themes at two, to be
# looked at; with words, those that have one of them in their name: "light-40 mono".
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/plugins.sh
test=tui::screenshots
export STUDIO_SCREENSHOTS="$PWD/docs/images/tui"
if [ "${1:-}" = all ]; then
  test=tui::looks
  STUDIO_SCREENSHOTS=$(realpath "${2:?all: into which folder?}")
  export STUDIO_LOOKS="${3:-}"
fi
cargo test --locked --workspace --test suite -- "$test" --ignored
ls -1 "$STUDIO_SCREENSHOTS"
