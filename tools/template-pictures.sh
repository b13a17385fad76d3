#!/usr/bin/env bash
# The pictures of docs/templates.md: a frame of each template's own sample. Give the binary that is to draw them, and the
# names of those that are wanted, else all: template-pictures.sh STUDIO [NAME…].
set -euo pipefail
cd "$(dirname "$0")/.."
studio=$(realpath "${1:?template-pictures.sh STUDIO [NAME…]}")
shift
wanted=" $* "
out=docs/images/templates
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export STUDIO_HOME=$work/store STUDIO_KEY_FILE=$work/key
mkdir -p "$out"

# picture NAME SECONDS WIDTH [--set …]: what the film of the template shows at that moment.
picture() {
  local name=$1 at=$2 width=$3
  shift 3
  [ "$wanted" = "  " ] || [[ "$wanted" == *" $name "* ]] || return 0
  "$studio" new "$name" --template "$name" "$@" 2>/dev/null
  "$studio" export "$name" --as jpg --at "$at" -o "$work/$name.jpg" --json >/dev/null
  ffmpeg -nostdin -v error -y -i "$work/$name.jpg" -vf "scale=$width:-2:flags=lanczos" -q:v 4 "$out/$name.jpg"
}

# Something to be seen behind a product's features: warm light on a wall.
ffmpeg -nostdin -v error -y -f lavfi -i "gradients=s=1920x1080:c0=0x3a2a1e:c1=0xf3c987:x0=300:y0=1000:x1=1500:y1=100" \
  -frames:v 1 "$work/light.png"

picture explainer 28 720
picture listicle 16 720
picture podcast 5 360
picture product 8 720 --set "pictures=$work/light.png"
picture quote 3 360
picture story 9 720
ls -l "$out"
