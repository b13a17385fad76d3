//! Watches a running program for what the kernel does not limit by itself: the memory, processes and disk of
//! all its processes together.

use std::{
    collections::HashSet,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::effects::sandbox::{
    Limits,
    procs::{self, Proc},
};

/// Why a program was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nobody wants it any more.
    Cancelled,
    Timeout,
    Memory,
    Processes,
    /// Bytes, files or depth of its scratch folder.
    Scratch,
    /// The disk's last bytes are not for scratch.
    Disk,
}

/// Folders below folders that a scratch folder may have, and files in all.
const DEPTH: usize = 48;
const FILES: u64 = 100_000;
/// What is left of the disk for others: this, or one part in fifty of a small disk.
const DISK_RESERVE: u64 = 512 << 20;

/// Watches one program.
pub(super) struct Watch {
    pub leader: i32,
    pub out: PathBuf,
    pub limits: Limits,
}

impl Watch {
    /// Is it over a limit now? And its processes.
    pub(super) fn check(&self) -> (Option<Reason>, Vec<i32>) {
        let members = procs::members(self.leader);
        (self.reason(&members), members.iter().map(|p| p.pid).collect())
    }

    fn reason(&self, members: &[Proc]) -> Option<Reason> {
        if tasks(members) > self.limits.tasks {
            return Some(Reason::Processes);
        }
        if self.is_over_memory(members) {
            return Some(Reason::Memory);
        }
        if disk_is_nearly_full(&self.out) {
            return Some(Reason::Disk);
        }
        match used(&self.out, FILES) {
            Some(bytes) if bytes + unlinked(members, &self.out) <= self.limits.scratch => None,
            _ => Some(Reason::Scratch),
        }
    }

    /// Does it have more processes than it may now?
    pub(super) fn too_many(&self) -> Option<Reason> {
        (tasks(&procs::members(self.leader)) > self.limits.tasks).then_some(Reason::Processes)
    }

    fn is_over_memory(&self, members: &[Proc]) -> bool {
        let page = rustix::param::page_size() as u64;
        let resident = |p: &Proc| p.resident_pages * page;
        // Shared pages count once for each process there; the exact sum is slow, so it is asked for last.
        members.iter().map(resident).sum::<u64>() > self.limits.memory
            && members.iter().map(|p| proportional(p.pid).unwrap_or_else(|| resident(p))).sum::<u64>()
                > self.limits.memory
    }
}

fn tasks(members: &[Proc]) -> u64 {
    members.iter().map(|p| p.threads).sum()
}

/// A process's memory, with what it shares divided among the sharers.
fn proportional(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("Pss:"))?;
    Some(line.split_ascii_whitespace().next()?.parse::<u64>().ok()? << 10)
}

fn disk_is_nearly_full(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|disk| {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        free < DISK_RESERVE.min(disk.f_blocks.saturating_mul(disk.f_frsize) / 50)
    })
}

/// Bytes on disk below a folder; none: more files than `files`, deeper than anything sensible, or closed to us.
/// Follows no links. What vanishes meanwhile does not count.
fn used(folder: &Path, files: u64) -> Option<u64> {
    let (mut bytes, mut count) = (0_u64, 0_u64);
    let mut todo = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = todo.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // Closed by the program, so that nobody sees what it writes there.
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => return None,
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            bytes = bytes.saturating_add(meta.blocks() * 512);
            count += 1;
            if count > files || depth > DEPTH {
                return None;
            }
            if meta.is_dir() {
                todo.push((entry.path(), depth + 1));
            }
        }
    }
    Some(bytes)
}

/// Bytes on the same disk that are held open but have no name any more.
fn unlinked(members: &[Proc], folder: &Path) -> u64 {
    let Ok(disk) = fs::metadata(folder).map(|m| m.dev()) else { return 0 };
    let mut seen = HashSet::new();
    let mut bytes = 0_u64;
    for p in members {
        let Ok(open) = fs::read_dir(format!("/proc/{}/fd", p.pid)) else { continue };
        for meta in open.flatten().filter_map(|fd| fs::metadata(fd.path()).ok()) {
            if meta.is_file() && meta.nlink() == 0 && meta.dev() == disk && seen.insert(meta.ino()) {
                bytes = bytes.saturating_add(meta.blocks() * 512);
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_counted_without_following_links() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/f"), vec![1; 100_000]).unwrap();
        std::os::unix::fs::symlink("/usr", dir.path().join("link")).unwrap();
        let bytes = used(dir.path(), 10).unwrap();
        assert!((100_000..1_000_000).contains(&bytes), "{bytes}");
        assert_eq!(used(dir.path(), 2), None);
        let deep = dir.path().join(vec!["d"; DEPTH + 3].join("/"));
        fs::create_dir_all(deep).unwrap();
        assert_eq!(used(dir.path(), 1000), None);
    }

    #[test]
    fn a_file_without_a_name_counts() {
        let dir = tempfile::tempdir().unwrap();
        let own = [procs::stat(rustix::process::getpid().as_raw_nonzero().get()).unwrap()];
        let before = unlinked(&own, dir.path());
        let path = dir.path().join("f");
        fs::write(&path, vec![1; 3 << 20]).unwrap();
        let held = fs::File::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(unlinked(&own, dir.path()) >= before + (3 << 20));
        drop(held);
    }
}
