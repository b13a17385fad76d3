//! Which folders beside the system's own a program needs to be read at all: its prefix, its interpreter's, a
//! Python environment's base. Nothing else of a home folder is shown to it.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// What a program needs to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roots {
    /// Files and folders, beside the system's.
    pub reads: Vec<PathBuf>,
    /// Folders for PATH, to go before the system's.
    pub bins: Vec<PathBuf>,
}

const SYSTEM: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
const STORES: &[&str] = &["/nix/store", "/gnu/store"];
/// What of an installation's prefix is shown.
const PARTS: &[&str] = &["bin", "lib", "lib64", "libexec", "share", "pyvenv.cfg"];
/// Interpreters of interpreters of interpreters end here.
const DEPTH: usize = 4;

/// For a program at an absolute path. `find` looks a name up on the host's path.
pub(crate) fn roots(program: &Path, find: &dyn Fn(&str) -> Option<PathBuf>) -> Roots {
    let mut roots = Roots::default();
    add(&mut roots, program, find, DEPTH);
    roots
}

fn add(roots: &mut Roots, program: &Path, find: &dyn Fn(&str) -> Option<PathBuf>, depth: usize) {
    let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    for path in [program, &real] {
        show(roots, path);
    }
    if let (false, Some(folder)) = (is_system(program), program.parent()) {
        push(&mut roots.bins, folder.to_owned());
    }
    if depth == 0 {
        return;
    }
    if let Some(base) = real_prefix(program).and_then(|prefix| venv_base(&prefix)) {
        add(roots, &base.join("python3"), find, depth - 1);
    }
    match interpreter(&real) {
        Some(Interpreter::At(path)) => add(roots, &path, find, depth - 1),
        Some(Interpreter::Named(name)) => {
            if let Some(path) = find(&name) {
                add(roots, &path, find, depth - 1);
            }
        }
        None => {}
    }
}

/// Shows a program: the useful parts of the prefix of a `bin`, or the folder of a bundle.
fn show(roots: &mut Roots, program: &Path) {
    if is_system(program) || !program.exists() {
        return;
    }
    if let Some(store) = STORES.iter().find(|s| program.starts_with(s)) {
        push(&mut roots.reads, PathBuf::from(store));
        return;
    }
    let Some(folder) = program.parent() else { return };
    match real_prefix(program) {
        Some(prefix) => {
            // `~/.local/share` holds people's own things.
            let keeps_share = !prefix.ends_with(".local");
            let parts = PARTS.iter().filter(|part| keeps_share || **part != "share");
            for path in parts.map(|part| prefix.join(part)).filter(|path| path.exists()) {
                push(&mut roots.reads, path);
            }
        }
        None if is_bundle(folder) => push(&mut roots.reads, folder.to_owned()),
        None => push(&mut roots.reads, program.to_owned()),
    }
}

/// The prefix of a program in `PREFIX/bin`, if that is not a person's home or the top.
fn real_prefix(program: &Path) -> Option<PathBuf> {
    let bin = program.parent().filter(|folder| folder.ends_with("bin"))?;
    let prefix = bin.parent()?;
    (prefix.components().count() > 2 && !is_home(prefix)).then(|| prefix.to_owned())
}

/// A folder that holds one program and what belongs to it, rather than a person's things.
fn is_bundle(folder: &Path) -> bool {
    folder.components().count() > 2 && !is_home(folder) && !folder.parent().is_some_and(is_home)
}

fn is_home(folder: &Path) -> bool {
    folder == Path::new("/root")
        || folder.parent().is_some_and(|p| p == Path::new("/home") || p == Path::new("/Users"))
        || [".ssh", ".profile", ".bashrc", ".zshrc", ".gnupg"].iter().any(|name| folder.join(name).exists())
}

fn is_system(path: &Path) -> bool {
    SYSTEM.iter().any(|s| path.starts_with(s))
}

fn push(list: &mut Vec<PathBuf>, path: PathBuf) {
    if !list.contains(&path) {
        list.push(path);
    }
}

/// The folder of the interpreter that a Python environment was made from.
fn venv_base(prefix: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(prefix.join("pyvenv.cfg")).ok()?;
    let home = text.lines().filter_map(|l| l.split_once('=')).find(|(k, _)| k.trim() == "home")?;
    Some(PathBuf::from(home.1.trim())).filter(|p| p.is_absolute())
}

#[derive(Debug, PartialEq, Eq)]
enum Interpreter {
    At(PathBuf),
    Named(String),
}

/// Who runs a script, by its first line.
fn interpreter(program: &Path) -> Option<Interpreter> {
    let mut head = Vec::new();
    fs::File::open(program).ok()?.take(256).read_to_end(&mut head).ok()?;
    parse_interpreter(&head)
}

fn parse_interpreter(head: &[u8]) -> Option<Interpreter> {
    let line = head.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let path = Path::new(words.next()?);
    if !path.is_absolute() {
        return None;
    }
    if path.ends_with("env") {
        return words.find(|w| !w.starts_with('-') && !w.contains('=')).map(|w| Interpreter::Named(w.to_owned()));
    }
    Some(Interpreter::At(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_name_interpreters() {
        let at = |p: &str| Some(Interpreter::At(p.into()));
        assert_eq!(parse_interpreter(b"#!/bin/sh -e\nx"), at("/bin/sh"));
        assert_eq!(parse_interpreter(b"#! /opt/v/bin/python\n"), at("/opt/v/bin/python"));
        let env = parse_interpreter(b"#!/usr/bin/env -S A=1 python3 -u\n");
        assert_eq!(env, Some(Interpreter::Named("python3".into())));
        for none in [&b"\x7fELF"[..], b"#!", b"#!\n", b"#!sh", b"#!/usr/bin/env\n", b"#!\xff\xfe"] {
            assert_eq!(parse_interpreter(none), None);
        }
    }

    #[test]
    fn a_venv_shows_its_parts_and_its_base_but_no_home() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap().join("person");
        let (venv, base) = (home.join("venvs/manim"), home.join("pythons/3.12"));
        for folder in [venv.join("bin"), venv.join("lib"), venv.join("secrets"), base.join("bin"), home.join(".ssh")] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(venv.join("pyvenv.cfg"), format!("home = {}\nversion = 3\n", base.join("bin").display())).unwrap();
        fs::write(base.join("bin/python3"), "elf").unwrap();
        std::os::unix::fs::symlink(base.join("bin/python3"), venv.join("bin/python")).unwrap();
        fs::write(venv.join("bin/manim"), format!("#!{}\n", venv.join("bin/python").display())).unwrap();
        let got = roots(&venv.join("bin/manim"), &|_| None);
        for shown in [venv.join("bin"), venv.join("lib"), venv.join("pyvenv.cfg"), base.join("bin")] {
            assert!(got.reads.contains(&shown), "{shown:?} in {got:?}");
        }
        assert!(!got.reads.iter().any(|r| home.starts_with(r) || r.ends_with("secrets") || *r == venv));
        assert_eq!(got.bins[0], venv.join("bin"));
        // A program straight in a home folder shows itself alone.
        fs::write(home.join("tool"), "elf").unwrap();
        assert_eq!(roots(&home.join("tool"), &|_| None).reads, [home.join("tool")]);
        assert_eq!(roots(Path::new("/usr/bin/ffmpeg"), &|_| None), Roots::default());
    }
}
