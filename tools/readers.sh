#!/usr/bin/env bash
# Installs the reference readers of what is handed over to editors, from PyPI, into target/readers. Where PyPI cannot be
# reached it says so: the test of what they read is then left out.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/readers
wanted=tests/readers/requirements.txt
if [ -f "$folder/installed" ] && cmp -s "$wanted" "$folder/installed"; then exit 0; fi
rm -rf "$folder"
mkdir -p target
if python3 -m venv "$folder" >/dev/null && "$folder/bin/pip" install -q -r "$wanted"; then
  cp "$wanted" "$folder/installed"
else
  rm -rf "$folder"
  echo "the readers of OpenTimelineIO cannot be installed here; run: python3 -m venv $folder && $folder/bin/pip install -r $wanted" >&2
fi
