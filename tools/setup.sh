#!/usr/bin/env bash
# Installs what building and running Studio need; where it may not, says the commands and fails.
set -euo pipefail

missing=()
need() { # need PROGRAM PACKAGE
  command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

need cc gcc
need ffmpeg ffmpeg
need ffprobe ffmpeg
need espeak-ng espeak-ng
need git git
# Tests give the interface a terminal of its own.
need script bsdutils
need tmux tmux
[ -x /usr/bin/python3 ] || missing+=(python3)
# mlua builds Luau, which is C++.
need c++ g++
found() { # found PATTERN…: is there a file of one of these names?
  local pattern
  for pattern in "$@"; do
    if compgen -G "$pattern" >/dev/null; then return 0; fi
  done
  return 1
}
found '/usr/lib/*/libespeak-ng.so.1' '/usr/lib64/libespeak-ng.so.1' '/usr/lib/libespeak-ng.so.1' || missing+=(libespeak-ng1)
if [ "$(uname -s)" = Linux ]; then need bwrap bubblewrap; fi

install_packages() {
  local packages
  packages=$(printf '%s\n' "$@" | sort -u | tr '\n' ' ')
  local sudo=""
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then sudo=sudo; else
      echo "missing: $packages" >&2
      echo "run: sudo apt-get install -y $packages" >&2
      exit 1
    fi
  fi
  if ! command -v apt-get >/dev/null; then
    echo "missing: $packages (install them with this system's package manager; macOS: brew install ffmpeg espeak-ng)" >&2
    exit 1
  fi
  $sudo apt-get update -qq || true
  # shellcheck disable=SC2086 # the names are words
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  install_packages "${missing[@]}"
fi

if ! command -v cargo >/dev/null 2>&1; then
  echo "missing: Rust 1.95 or newer; run: curl -sSf https://sh.rustup.rs | sh" >&2
  exit 1
fi

# The WebAssembly target: from rustup, else Debian's compiler and its sources.
has_target() { ls "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/"libstd-*.rlib >/dev/null 2>&1; }
if ! has_target && command -v rustup >/dev/null 2>&1; then
  rustup target add wasm32-unknown-unknown >/dev/null 2>&1 || true
fi
if ! has_target; then
  debian=()
  [ -x /usr/bin/cargo ] && found '/usr/src/rustc-*/library/Cargo.toml' || debian=(rustc-web cargo-web rust-web-src lld)
  if [ ${#debian[@]} -gt 0 ]; then
    echo "rustup cannot add wasm32-unknown-unknown; installing: ${debian[*]}"
    install_packages "${debian[@]}"
  fi
fi
