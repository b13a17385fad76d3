//! Tells at little cost whether a closer look at a program is due: what is known of it has more memory than it had then,
//! or the box has many more processes, or less disk. Whoever used those, the closer look tells.

use std::path::Path;

use crate::effects::sandbox::{Limits, procs};

/// A closer look is due when as much has been used since the last one as this share of what the program may use.
const SHARE: u64 = 8;
/// Less than that is no reason, in bytes: others use the disk too.
const LITTLE: u64 = 64 << 20;

/// What there was when it was looked at last.
#[derive(Debug)]
pub(super) struct Glance {
    tasks: Fewer,
    disk: Fewer,
    /// The processes that were seen, and how many bytes of memory more than then they may have.
    seen: Vec<i32>,
    bytes: u64,
    more: u64,
}

impl Glance {
    /// For the program that `leader` leads, with these limits, which writes into `folder`.
    pub(super) fn new(leader: i32, limits: &Limits, folder: &Path) -> Self {
        let bytes = |limit: u64| (limit / SHARE).max(LITTLE);
        let (tasks, disk) = (Fewer::by((limits.tasks / 2).max(1)), Fewer::by(bytes(limits.scratch)));
        let mut glance = Self { tasks, disk, seen: Vec::new(), bytes: 0, more: bytes(limits.memory) };
        glance.has_more_tasks();
        glance.has_used_more(folder);
        glance.looked(vec![leader]);
        glance
    }

    /// It has been looked at, and has these processes: their memory counts from here.
    pub(super) fn looked(&mut self, processes: Vec<i32>) {
        self.seen = processes;
        self.bytes = self.memory();
    }

    /// Does the box have so many more processes and threads? The next step counts from here.
    pub(super) fn has_more_tasks(&mut self) -> bool {
        procs::tasks_of_box().is_some_and(|now| self.tasks.is(u64::MAX - now))
    }

    /// Does it have so much more memory, or the folder's disk less room?
    pub(super) fn has_used_more(&mut self, folder: &Path) -> bool {
        let room = rustix::fs::statvfs(folder).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        room.is_ok_and(|bytes| self.disk.is(bytes)) || self.memory() > self.bytes.saturating_add(self.more)
    }

    fn memory(&self) -> u64 {
        self.seen.iter().map(|pid| procs::resident(*pid)).fold(0, u64::saturating_add)
    }
}

/// Something that becomes fewer.
#[derive(Debug)]
struct Fewer {
    /// By how much it is worth a look.
    step: u64,
    /// The most there was since the last look.
    most: u64,
}

impl Fewer {
    fn by(step: u64) -> Self {
        Self { step, most: 0 }
    }

    /// Is it fewer by a step, with so many now?
    fn is(&mut self, now: u64) -> bool {
        let is_fewer = now.saturating_add(self.step) < self.most;
        self.most = if is_fewer { now } else { self.most.max(now) };
        is_fewer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_down_from_the_most_there_was_is_told_once() {
        let mut fewer = Fewer::by(10);
        let told: Vec<bool> = [100, 90, 89, 88, 95, 84, 94, 83].map(|now| fewer.is(now)).to_vec();
        assert_eq!(told, [false, false, true, false, false, true, false, true]);
    }

    const LIMITS: Limits = Limits { memory: 1 << 50, scratch: 1 << 50, seconds: 1, tasks: 60_000 };

    fn own() -> i32 {
        rustix::process::getpid().as_raw_nonzero().get()
    }

    #[test]
    fn what_is_written_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let mut glance = Glance::new(own(), &Limits { scratch: 0, ..LIMITS }, folder.path());
        let file = std::fs::File::create(folder.path().join("f")).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, 2 * LITTLE).unwrap();
        assert!(glance.has_used_more(folder.path()));
        assert!(!glance.has_used_more(folder.path()) && !glance.has_more_tasks());
    }

    #[test]
    fn memory_counts_from_the_last_look() {
        let folder = tempfile::tempdir().unwrap();
        let mut glance = Glance::new(own(), &Limits { memory: 0, ..LIMITS }, folder.path());
        let held = vec![1u8; 4 * LITTLE as usize];
        assert!(glance.has_used_more(folder.path()));
        glance.looked(vec![own()]);
        assert!(!glance.has_used_more(folder.path()));
        drop(held);
    }
}
