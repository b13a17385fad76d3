#!/usr/bin/env bash
# B1's clips with editly: editly.sh FOLDER-OF-EDITLY FOLDER-OF-INPUTS. Its captions have no times: one a clip.
set -euo pipefail
editly=$1 inputs=$2
python3 - "$inputs" <<'PY'
import json, sys
folder = sys.argv[1]
film = json.load(open(f"{folder}/film.json"))
layers = lambda clip: [
    {"type": "video", "path": f"{folder}/{clip['video']}", "resizeMode": "cover"},
    {"type": "subtitle", "text": clip["text"]},
    {"type": "detached-audio", "path": f"{folder}/{clip['speech']}"},
]
edit = {
    "outPath": f"{folder}/editly.mp4", "width": film["width"], "height": film["height"], "fps": 30,
    "audioFilePath": f"{folder}/{film['music']}", "keepSourceAudio": True, "defaults": {"transition": None},
    "clips": [{"duration": film["seconds"], "layers": layers(clip)} for clip in film["clips"]],
}
json.dump(edit, open(f"{folder}/edit.json5", "w"))
PY
began=$(date +%s.%N)
"$editly/node_modules/.bin/editly" "$inputs/edit.json5" >/dev/null
echo "editly: $(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f s", b - a }')"
