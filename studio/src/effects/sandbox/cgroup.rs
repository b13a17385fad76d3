//! A control group for one program, where the box lets us make one (cgroup v2, delegated): the only limit on
//! memory and processes that counts a whole program at once.

use std::{
    fs::{self, File},
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::Limits;

/// A control group, removed when dropped.
#[derive(Debug)]
pub(crate) struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// A new one below the nearest group that may be used; none where there is none.
    pub(crate) fn new(limits: &Limits) -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let home = home(&mounts, &own)?;
        // Siblings of this process's own group, since a group with processes can have no limited children.
        [Some(home.as_path()), home.parent()].into_iter().flatten().find_map(|parent| Self::below(parent, limits))
    }

    fn below(parent: &Path, limits: &Limits) -> Option<Self> {
        let offered = fs::read_to_string(parent.join("cgroup.subtree_control")).ok()?;
        if !["memory", "pids"].iter().all(|c| offered.split_ascii_whitespace().any(|o| o == *c)) {
            return None;
        }
        let group = Self { path: parent.join(format!("studio-{}", ulid::Ulid::generate())) };
        fs::create_dir(&group.path).ok()?;
        let set = |file: &str, value: String| fs::write(group.path.join(file), value);
        set("memory.max", limits.memory.to_string()).ok()?;
        set("pids.max", limits.tasks.to_string()).ok()?;
        // Missing on some kernels, and no reason to do without the group.
        let _ = set("memory.swap.max", "0".to_owned());
        let _ = set("memory.oom.group", "1".to_owned());
        Some(group)
    }

    /// The file by which a process enrols itself.
    pub(crate) fn door(&self) -> io::Result<OwnedFd> {
        Ok(File::options().write(true).open(self.path.join("cgroup.procs"))?.into())
    }

    /// Did the kernel kill something in it for want of memory?
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        let events = fs::read_to_string(self.path.join("memory.events")).unwrap_or_default();
        events.lines().filter_map(|l| l.split_once(' ')).any(|(k, n)| k == "oom_kill" && n != "0")
    }

    /// Kills all in it, however they have scattered.
    pub(crate) fn kill(&self) {
        let _ = fs::write(self.path.join("cgroup.kill"), "1");
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        self.kill();
        let until = Instant::now() + Duration::from_secs(1);
        while fs::remove_dir(&self.path).is_err_and(|e| e.kind() != io::ErrorKind::NotFound) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The folder of this process's own group in the v2 hierarchy.
fn home(mounts: &str, own: &str) -> Option<PathBuf> {
    let at = mounts.lines().find_map(|line| {
        let (head, tail) = line.split_once(" - ")?;
        tail.starts_with("cgroup2 ").then(|| head.split(' ').nth(4))?
    })?;
    let path = own.lines().find_map(|l| l.strip_prefix("0::"))?;
    Some(Path::new(at).join(path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_made_where_both_controllers_are_offered() {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits { memory: 1 << 20, tasks: 7, ..Limits::default() };
        assert!(Cgroup::below(dir.path(), &limits).is_none());
        fs::write(dir.path().join("cgroup.subtree_control"), "cpu memory").unwrap();
        assert!(Cgroup::below(dir.path(), &limits).is_none());
        fs::write(dir.path().join("cgroup.subtree_control"), "cpu memory pids\n").unwrap();
        let group = Cgroup::below(dir.path(), &limits).unwrap();
        assert_eq!(fs::read_to_string(group.path.join("memory.max")).unwrap(), "1048576");
        fs::write(group.path.join("memory.events"), "low 0\noom_kill 0\n").unwrap();
        assert!(!group.ran_out_of_memory());
        fs::write(group.path.join("memory.events"), "low 0\noom_kill 2\n").unwrap();
        assert!(group.ran_out_of_memory());
        // Files of a real group vanish with it.
        fs::remove_dir_all(&group.path).unwrap();
    }

    #[test]
    fn the_own_group_is_found_under_the_mount() {
        let mounts = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
        let got = home(mounts, "1:name=systemd:/x\n0::/user.slice/a.scope\n").unwrap();
        assert_eq!(got, Path::new("/sys/fs/cgroup/user.slice/a.scope"));
        assert!(home("30 24 0:26 / /x rw - cgroup cgroup rw\n", "0::/\n").is_none());
    }
}
