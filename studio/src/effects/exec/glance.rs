//! Tells at next to no cost whether a closer look at a program is due: the box has many more processes than before, or
//! less memory or disk. Whoever used them, the closer look tells.

use std::path::Path;

use crate::effects::sandbox::Limits;

/// A closer look is due when as much is gone as this share of what the program may use.
const SHARE: u64 = 8;
/// Less than that is no reason, in bytes: others use memory and disk too.
const LITTLE: u64 = 64 << 20;

/// What the box had when it was looked at last.
#[derive(Debug)]
pub(super) struct Glance {
    tasks: Fewer,
    memory: Fewer,
    disk: Fewer,
}

impl Glance {
    /// For a program with these limits that writes into `folder`.
    pub(super) fn new(limits: &Limits, folder: &Path) -> Self {
        let bytes = |limit: u64| Fewer::by((limit / SHARE).max(LITTLE));
        let tasks = Fewer::by((limits.tasks / 2).max(1));
        let mut glance = Self { tasks, memory: bytes(limits.memory), disk: bytes(limits.scratch) };
        glance.has_more_tasks();
        glance.has_less(folder);
        glance
    }

    /// Does the box have so many more processes and threads? The next step counts from here.
    pub(super) fn has_more_tasks(&mut self) -> bool {
        unused().is_some_and(|(tasks, _)| self.tasks.is(tasks))
    }

    /// Does it have so much less memory, or the folder's disk less room? The next step counts from here.
    pub(super) fn has_less(&mut self, folder: &Path) -> bool {
        let memory = unused().is_some_and(|(_, bytes)| self.memory.is(bytes));
        let room = rustix::fs::statvfs(folder).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        room.is_ok_and(|bytes| self.disk.is(bytes)) || memory
    }
}

/// How many processes and threads the box could still have by the count it keeps, and bytes of memory that nobody uses;
/// none: it does not tell.
fn unused() -> Option<(u64, u64)> {
    #[cfg(target_os = "linux")]
    {
        let now = rustix::system::sysinfo();
        Some((u64::from(u16::MAX - now.procs), now.freeram.saturating_mul(u64::from(now.mem_unit))))
    }
    #[cfg(not(target_os = "linux"))]
    None
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

    #[test]
    fn what_is_written_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { tasks: 60_000, memory: 1 << 50, scratch: 0, ..Limits::default() };
        let mut glance = Glance::new(&limits, folder.path());
        let file = std::fs::File::create(folder.path().join("f")).unwrap();
        // What is only kept for later in memory takes no room yet.
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, 512 << 20).unwrap();
        assert!(glance.has_less(folder.path()));
        assert!(!glance.has_less(folder.path()) && !glance.has_more_tasks());
    }
}
