//! Builds the plugins to WebAssembly and embeds them with the scripts, profiles, themes and styles of captions, so that
//! the binary is one file that can be copied to another box.

// A build script talks to cargo on standard output and has nobody else to report to.
#![allow(clippy::print_stdout, missing_docs)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The shipped plugins: folder below `plugins/`.
pub(crate) const PLUGINS: [&str; 6] = ["outline", "espeak", "cards", "ffmpeg", "folder", "openai"];
const TARGET: &str = "wasm32-unknown-unknown";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..").canonicalize()?;
    for path in
        ["plugins", "plugin-sdk", "Cargo.lock", "Cargo.toml", "scripts", "profiles", "themes", "captions", "examples"]
    {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    println!("cargo::rerun-if-env-changed=STUDIO_PLUGINS_DIR");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let modules = match env::var_os("STUDIO_PLUGINS_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => build_plugins(&root, &out, &PLUGINS)?,
    };
    let mut code = String::new();
    // Static: a constant is put into every object that names it, and modules are megabytes.
    code += "/// The shipped plugins: id and module.\npub static PLUGINS: &[(&str, &[u8])] = &[\n";
    for id in PLUGINS {
        let module = modules.join(format!("studio_plugin_{id}.wasm"));
        if !module.is_file() {
            return Err(
                format!("{} is missing: build the plugins, or unset STUDIO_PLUGINS_DIR", module.display()).into()
            );
        }
        code += &format!("    ({id:?}, include_bytes!({:?})),\n", module.display().to_string());
    }
    code += "];\n";
    code += &embedded("SCRIPTS", "The shipped scripts: path below `scripts/` and text", &root.join("scripts"), "lua")?;
    code += &embedded("EXAMPLES", "The example texts: file name and text", &root.join("examples"), "md")?;
    code += &embedded("PROFILES", "The shipped profiles: file name and text", &root.join("profiles"), "toml")?;
    code += &embedded("THEMES", "The shipped themes: file name and text", &root.join("themes"), "toml")?;
    code += &embedded("CAPTIONS", "The shipped caption styles: file name and text", &root.join("captions"), "toml")?;
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

/// Builds plugins in one call of cargo, in a target folder of their own (sharing ours would deadlock).
pub(crate) fn build_plugins(root: &Path, out: &Path, ids: &[&str]) -> Result<PathBuf> {
    let target = outermost_target(out).unwrap_or_else(|| out.to_path_buf()).join("plugins");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(belongs_to_our_own_build) {
            cargo.env_remove(&name);
        }
    }
    cargo
        .current_dir(root)
        .args(["build", "--locked", "--profile", "plugin", "--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(root));
    for id in ids {
        cargo.args(["-p", &format!("studio-plugin-{id}")]);
    }
    let status = cargo.status()?;
    if !status.success() {
        return Err(format!(
            "the plugins do not build to {TARGET}. If its standard library is missing, `make setup` installs it \
             (or tells how); a packager sets STUDIO_PLUGINS_DIR to a folder of built modules"
        )
        .into());
    }
    Ok(target.join(TARGET).join("plugin"))
}

/// Paths out of the modules, so that their bytes do not depend on where they are built.
fn rust_flags(root: &Path) -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|h| h.join(".cargo")));
    let mut flags = vec![
        "-Ctarget-feature=+simd128".to_owned(),
        "-Clink-arg=--strip-all".to_owned(),
        format!("--remap-path-prefix={}=/studio", root.display()),
    ];
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    flags.join("\x1f")
}

/// The target folder itself: `target/<triple>` and `target/debug` carry a tag of their own.
fn outermost_target(out: &Path) -> Option<PathBuf> {
    out.ancestors().filter(|dir| dir.join("CACHEDIR.TAG").is_file()).last().map(Path::to_path_buf)
}

fn belongs_to_our_own_build(name: &str) -> bool {
    const KEPT: [&str; 5] = ["CARGO_HOME", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTRIES_", "CARGO_MAKEFLAGS"];
    let dropped = ["CARGO", "RUSTC", "RUSTFLAGS", "CLIPPY_", "PROFILE", "TARGET", "DEP_"];
    dropped.iter().any(|start| name.starts_with(start)) && !KEPT.iter().any(|start| name.starts_with(start))
}

/// All files of a kind below a folder, as a constant.
fn embedded(name: &str, doc: &str, folder: &Path, extension: &str) -> Result<String> {
    let mut files = Vec::new();
    collect(folder, folder, extension, &mut files)?;
    files.sort();
    let mut code = format!("/// {doc}.\npub static {name}: &[(&str, &str)] = &[\n");
    for (short, path) in files {
        code += &format!("    ({short:?}, include_str!({:?})),\n", path.display().to_string());
    }
    code += "];\n";
    Ok(code)
}

fn collect(root: &Path, folder: &Path, extension: &str, found: &mut Vec<(String, PathBuf)>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, extension, found)?;
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push((path.strip_prefix(root)?.to_string_lossy().replace('\\', "/"), path));
        }
    }
    Ok(())
}
