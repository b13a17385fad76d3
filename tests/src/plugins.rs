//! The plugins' modules, built the way the program's own build does.

#[allow(dead_code, reason = "the build script of the program, for its way to build plugins")]
#[path = "../../studio/build.rs"]
mod build;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::workspace;

/// The shipped ones.
pub const SHIPPED: [&str; build::PLUGINS.len()] = build::PLUGINS;

/// Builds some for a program that is at `beside`: the folder that they are in.
pub fn built(beside: &Path, plugins: &[&str]) -> PathBuf {
    build::build_plugins(&workspace(), beside, plugins).expect("they build")
}

/// The one that does what it is told (`tests/plugins/echo`).
pub fn echo() -> Vec<u8> {
    let beside = || built(&std::env::current_exe().expect("this program"), &["echo"]);
    let folder = std::env::var_os("STUDIO_PLUGINS_DIR").map_or_else(beside, PathBuf::from);
    let path = folder.join("studio_plugin_echo.wasm");
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
