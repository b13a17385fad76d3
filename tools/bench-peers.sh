#!/usr/bin/env bash
# B1 by Studio, by one FFmpeg command and by MoviePy on the same files. MoviePy comes from PyPI, into target/peers;
# editly is measured where npm can build it.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/peers
inputs=$(mktemp -d)
trap 'rm -rf "$inputs"' EXIT
if [ ! -f "$folder/installed" ] || ! cmp -s tools/peers/requirements.txt "$folder/installed"; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install -q -r tools/peers/requirements.txt
  cp tools/peers/requirements.txt "$folder/installed"
fi
STUDIO_BENCH_INPUTS="$inputs" target/release/studio-benches film
echo "MoviePy $("$folder/bin/pip" show moviepy | sed -n 's/^Version: //p'), the same film:"
"$folder/bin/python" tools/peers/assemble.py "$inputs"
if command -v npm >/dev/null 2>&1 && npm install --silent --prefix "$folder/editly" editly >/dev/null 2>&1; then
  bash tools/peers/editly.sh "$folder/editly" "$inputs"
else
  echo "editly: not measured, npm cannot build it here"
fi
