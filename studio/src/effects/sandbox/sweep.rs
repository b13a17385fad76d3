//! At start-up: ends what a studio that was killed has left running, and removes its scratch folders.

use std::{fs, io, path::Path};

use super::{
    procs::{self, kill, kill_group},
    scratch::{owner_is_gone, remove},
};

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Scratch folders removed.
    pub folders: usize,
    /// Processes killed.
    pub processes: usize,
}

/// Removes the scratch folders of dead studios under `root`, after killing what still runs in them.
/// Folders of living ones, and whatever else is there, stay as they are.
pub fn clean(root: &Path) -> io::Result<Swept> {
    let mut swept = Swept::default();
    let root = match root.canonicalize() {
        Ok(root) => root,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(swept),
        Err(e) => return Err(e),
    };
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let gone = entry.file_name().to_str().and_then(owner_is_gone).unwrap_or(false);
        if !gone || !entry.file_type()?.is_dir() {
            continue;
        }
        swept.processes += end_strays(&entry.path());
        match remove(&entry.path()) {
            Ok(()) => swept.folders += 1,
            Err(error) => tracing::warn!(path = %entry.path().display(), %error, "an old scratch folder stays"),
        }
    }
    Ok(swept)
}

/// Kills what still runs in a scratch folder; how many there were.
fn end_strays(folder: &Path) -> usize {
    let mut strays = procs::bound_to(folder, 0);
    if let Some(leader) = recorded_leader(folder) {
        strays.extend(procs::members(leader).iter().map(|p| p.pid));
        kill_group(leader);
    }
    strays.sort_unstable();
    strays.dedup();
    for pid in &strays {
        kill(*pid);
    }
    strays.len()
}

/// The process that led the program, if its group cannot be anyone else's by now.
fn recorded_leader(folder: &Path) -> Option<i32> {
    let text = fs::read_to_string(folder.join("leader")).ok()?;
    let mut parts = text.split(' ');
    let (pid, start): (i32, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let this_boot = parts.next()? == procs::boot_id();
    // While members of the group live, the kernel gives its number to no one; a leader born at another
    // time is therefore another group's.
    let other = procs::stat(pid).is_some_and(|p| p.start != start);
    (this_boot && start > 0 && !other).then_some(pid)
}
