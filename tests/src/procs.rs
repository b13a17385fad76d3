//! Processes and scratch folders: what a program has started, and what it left behind.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A process, told from a later one of the same number by when it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proc {
    /// Its number.
    pub pid: i32,
    /// Its name.
    pub name: String,
    /// When it started, in ticks since the box did.
    pub started: u64,
    parent: i32,
    state: char,
}

/// All processes below `pid`, itself left out.
pub fn below(pid: i32) -> Vec<Proc> {
    let all = all();
    let mut found: Vec<Proc> = Vec::new();
    loop {
        let known = |p: &Proc| found.iter().any(|f| f.pid == p.pid);
        let child = |p: &Proc| p.parent == pid || found.iter().any(|f| f.pid == p.parent);
        let more: Vec<_> = all.iter().filter(|p| child(p) && !known(p)).cloned().collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// A process by its number, where there is one.
pub fn of(pid: i32) -> Vec<Proc> {
    stat(pid).into_iter().collect()
}

/// Does it still run (zombies do not)?
pub fn lives(proc: &Proc) -> bool {
    stat(proc.pid).is_some_and(|now| now.started == proc.started && !matches!(now.state, 'Z' | 'X'))
}

/// Those that have a folder in their command line, or stand in it.
pub fn touching(folder: &Path) -> Vec<Proc> {
    let text = folder.to_string_lossy().into_owned();
    let own = std::process::id().cast_signed();
    let touches = |p: &Proc| {
        let read = |file: &str| fs::read(format!("/proc/{}/{file}", p.pid)).unwrap_or_default();
        let stands = fs::read_link(format!("/proc/{}/cwd", p.pid)).is_ok_and(|cwd| cwd.starts_with(folder));
        stands || String::from_utf8_lossy(&read("cmdline")).contains(&text)
    };
    all().into_iter().filter(|p| p.pid != own && p.state != 'Z' && touches(p)).collect()
}

/// Waits until nothing is left; what is left after a minute.
pub fn wait_until_gone(mut left: impl FnMut() -> Vec<Proc>) -> Vec<Proc> {
    let began = Instant::now();
    loop {
        let still = left();
        if still.is_empty() || began.elapsed() > Duration::from_mins(1) {
            return still;
        }
        std::thread::yield_now();
    }
}

/// Files that a store must not have while nobody uses it: scratch folders, half-written blobs.
pub fn left_over(store: &Path) -> Vec<PathBuf> {
    let scratch = fs::read_dir(store.join("scratch")).into_iter().flatten().flatten().map(|e| e.path());
    let half_written = fs::read_dir(store.join("blobs/tmp")).into_iter().flatten().flatten().map(|e| e.path());
    scratch.chain(half_written).collect()
}

fn all() -> Vec<Proc> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|e| stat(e.file_name().to_str()?.parse().ok()?)).collect()
}

/// `/proc/PID/stat`; the name stands in brackets and may hold anything.
fn stat(pid: i32) -> Option<Proc> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, tail) = text.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    Some(Proc {
        pid,
        name: head.split_once('(')?.1.to_owned(),
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}
