//! The program run as a person would, and what it takes: seconds, and memory of all of its processes.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::program;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// The program on a store.
pub fn command(store: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.arg("--store").arg(store).args(args);
    command.env("STUDIO_KEY_FILE", store.with_file_name("key"));
    command
}

/// Runs it: what it printed.
pub fn studio(store: &Path, args: &[&str]) -> Value {
    let out = command(store, args).stderr(Stdio::inherit()).output().expect("studio starts");
    assert!(out.status.success(), "studio {args:?} failed");
    serde_json::from_slice(&out.stdout).unwrap_or_default()
}

/// Runs it: in how many seconds.
pub fn timed(store: &Path, args: &[&str]) -> f64 {
    let began = Instant::now();
    studio(store, args);
    began.elapsed().as_secs_f64()
}

/// Runs a command to its end: in how many seconds.
pub fn taken(mut command: Command) -> f64 {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?} failed");
    began.elapsed().as_secs_f64()
}

/// The most that a command and its processes have at once, in MB: shared pages count in shares. Looking so often takes
/// time from them: this run is not timed.
pub fn megabytes(mut command: Command) -> f64 {
    let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
    let (peak, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (seen, done, root) = (Arc::clone(&peak), Arc::clone(&over), child.id());
    let watcher = thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            seen.fetch_max(kilobytes(root), Ordering::Relaxed);
            thread::sleep(LOOK);
        }
    });
    let status = child.wait().expect("it ends");
    over.store(true, Ordering::Relaxed);
    watcher.join().expect("a watcher");
    assert!(status.success(), "{command:?} failed");
    peak.load(Ordering::Relaxed) as f64 / 1024.0
}

/// Kills a process and all below it at once.
pub fn kill(child: &mut Child) {
    for process in tree(child.id()) {
        let _ = Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status();
    }
    let _ = child.wait();
}

/// What a process and all below it have, in kB.
fn kilobytes(root: u32) -> u64 {
    let of = |process: u32| {
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    tree(root).into_iter().filter_map(of).sum()
}

/// A process and all below it.
fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_string_lossy().parse::<u32>().ok() else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name stands in brackets and may have any characters.
        let after = stat.rsplit_once(')').map(|(_, after)| after.to_owned()).unwrap_or_default();
        if let Some(parent) = after.split_whitespace().nth(1).and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut all = vec![root];
    let mut next = 0;
    while let Some(process) = all.get(next).copied() {
        all.extend(children.remove(&process).unwrap_or_default());
        next += 1;
    }
    all
}
