# Sourced. Where this toolchain has no WebAssembly target, builds the plugins with Debian's compiler from
# its own sources and tells the build script where they are.

_target="$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib"
if [ -z "${STUDIO_PLUGINS_DIR:-}" ] && ! ls "$_target"/libstd-*.rlib >/dev/null 2>&1; then
  _out="$PWD/target/plugins-debian"
  _linker=$(command -v wasm-ld || ls /usr/bin/wasm-ld-* 2>/dev/null | sort -V | tail -1)
  env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$_linker" \
    CARGO_ENCODED_RUSTFLAGS=$'-Ctarget-feature=+simd128\x1f-Clink-arg=--strip-all' \
    /usr/bin/cargo build -Zbuild-std=std,panic_abort --locked --profile plugin --target wasm32-unknown-unknown \
    --target-dir "$_out" \
    $(for p in outline espeak cards ffmpeg folder openai echo; do echo "-p studio-plugin-$p"; done)
  export STUDIO_PLUGINS_DIR="$_out/wasm32-unknown-unknown/plugin"
fi
unset _target _out _linker
