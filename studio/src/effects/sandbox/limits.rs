//! The limits that every confined program runs under, whatever the level.

use super::procs;

/// Bytes a program may leave in one file, and in its scratch folder as a whole.
const SCRATCH_BYTES: u64 = 8 << 30;
/// Processes and threads of one program together.
const TASKS: u64 = 1024;
/// Bytes of the file system in memory that a fully confined program gets (`/tmp`, which is `/dev/shm` too).
pub(crate) const TMPFS_BYTES: u64 = 64 << 20;

/// Limits of one program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of memory of all its processes together.
    pub memory: u64,
    /// Bytes of its scratch folder, and of each file in it.
    pub scratch: u64,
    /// Wall-clock seconds; bounds processor time as well.
    pub seconds: u64,
    /// Processes and threads.
    pub tasks: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 4 << 30, scratch: SCRATCH_BYTES, seconds: 3600, tasks: TASKS }
    }
}

impl Limits {
    /// What the kernel enforces on each process by itself: resource and number.
    ///
    /// Address space is only a far bound: programs reserve much that they never use. The limit on processes
    /// counts all that the user has, and does not bind root, so it is a second line only: no fewer than the box
    /// has now and this program may add.
    pub(crate) fn resources(&self) -> Vec<(Resource, u64)> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
        let mut resources = vec![
            (libc::RLIMIT_CORE, 0),
            (libc::RLIMIT_NOFILE, 1024),
            (libc::RLIMIT_FSIZE, self.scratch),
            (libc::RLIMIT_CPU, self.seconds.saturating_mul(cores).saturating_add(1)),
            (libc::RLIMIT_DATA, self.memory),
            (libc::RLIMIT_AS, self.memory.saturating_mul(4).max(16 << 30)),
        ];
        if let Some(now) = procs::tasks_of_box() {
            resources.push((libc::RLIMIT_NPROC, now.saturating_add(self.tasks)));
        }
        resources
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) type Resource = libc::c_int;
