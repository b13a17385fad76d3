//! Looks at running processes through `/proc`: whose they are, what they use. Elsewhere than on Linux it sees none.

use std::{collections::HashMap, fs, io::Read, path::Path};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// One process, as `/proc/PID/stat` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proc {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    /// Its terminal; 0: none.
    pub terminal: i32,
    pub threads: u64,
    /// Ticks from boot to its start: with the pid, a name that is not used twice.
    pub start: u64,
    pub resident_pages: u64,
    /// It has ended, but nobody has asked for its exit.
    pub dead: bool,
}

/// The process of that id.
pub(crate) fn stat(pid: i32) -> Option<Proc> {
    // One read: the line is short, and files here tell no size to read by.
    let mut buffer = [0; 1024];
    let n = fs::File::open(format!("/proc/{pid}/stat")).and_then(|mut f| f.read(&mut buffer)).ok()?;
    parse(&String::from_utf8_lossy(&buffer[..n]))
}

/// Bytes of memory that a process has, those that it shares counted whole; 0: it has ended.
pub(crate) fn resident(pid: i32) -> u64 {
    let mut buffer = [0; 128];
    let read = fs::File::open(format!("/proc/{pid}/statm")).and_then(|mut f| f.read(&mut buffer));
    let text = read.map(|n| String::from_utf8_lossy(&buffer[..n])).unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0);
    pages.saturating_mul(rustix::param::page_size() as u64)
}

fn parse(line: &str) -> Option<Proc> {
    // The name in parentheses may hold anything, parentheses too.
    let (head, tail) = line.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    let int = |i: usize| fields.get(i)?.parse::<i32>().ok();
    let long = |i: usize| fields.get(i)?.parse::<u64>().ok();
    Some(Proc {
        pid: head.split_once(' ')?.0.parse().ok()?,
        dead: matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: int(1)?,
        group: int(2)?,
        session: int(3)?,
        terminal: int(4)?,
        threads: long(17)?,
        start: long(19)?,
        resident_pages: long(21)?,
    })
}

/// All processes that can be seen.
pub(crate) fn all() -> Vec<Proc> {
    let Ok(dir) = fs::read_dir("/proc") else { return Vec::new() };
    dir.flatten().filter_map(|e| stat(e.file_name().to_str()?.parse().ok()?)).collect()
}

/// How many processes and threads the whole box has. Cheap: one short file.
pub(crate) fn tasks_of_box() -> Option<u64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').nth(3)?.split_once('/')?.1.parse().ok()
}

/// The living ones that belong to the program started as `leader`: its session, its group, and all their descendants.
pub(crate) fn members(leader: i32) -> Vec<Proc> {
    let all = all();
    let mut children: HashMap<i32, Vec<Proc>> = HashMap::new();
    for p in &all {
        children.entry(p.parent).or_default().push(*p);
    }
    let mut todo: Vec<Proc> =
        all.into_iter().filter(|p| p.pid == leader || p.group == leader || p.session == leader).collect();
    let mut found: HashMap<i32, Proc> = HashMap::new();
    while let Some(p) = todo.pop() {
        if found.insert(p.pid, p).is_none() {
            todo.extend(children.remove(&p.pid).unwrap_or_default());
        }
    }
    found.into_values().filter(|p| !p.dead).collect()
}

/// Processes without a terminal that work in `folder` or were started with its path in their environment.
/// Only those that started at `since` (ticks from boot) or later are looked at.
/// (Programs have no terminal; a person who looks around there has.)
pub(crate) fn bound_to(folder: &Path, since: u64) -> Vec<i32> {
    let needle = folder.as_os_str().as_encoded_bytes();
    let bound = |pid: i32| {
        let cwd = fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        cwd || fs::read(format!("/proc/{pid}/environ")).is_ok_and(|env| env.windows(needle.len()).any(|w| w == needle))
    };
    let own = rustix::process::getpid().as_raw_nonzero().get();
    all()
        .into_iter()
        .filter(|p| !p.dead && p.start >= since && p.terminal == 0 && p.pid != own && bound(p.pid))
        .map(|p| p.pid)
        .collect()
}

/// Kills a process; it is no error if there is none.
pub(crate) fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid).filter(|p| !p.is_init()) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Kills a process group; it is no error if there is none.
pub(crate) fn kill_group(group: i32) {
    if let Some(group) = Pid::from_raw(group).filter(|p| !p.is_init()) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Does a process group have members, ended ones counted?
pub(crate) fn group_exists(group: i32) -> bool {
    Pid::from_raw(group)
        .is_some_and(|group| rustix::process::test_kill_process_group(group) != Err(rustix::io::Errno::SRCH))
}

/// Differs from boot to boot.
pub(crate) fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| "none".to_owned(), |id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let line = "42 (a) R 1) S 7 8 9 0 -1 4 1 2 3 4 5 6 7 8 20 0 3 0 12345 1000 77 18446744073709551615 1";
        let got = parse(line).unwrap();
        assert_eq!((got.pid, got.parent, got.group, got.session), (42, 7, 8, 9));
        assert_eq!((got.threads, got.start, got.resident_pages, got.dead), (3, 12345, 77, false));
        assert!(parse("42 (x").is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn it_sees_this_process() {
        let own = rustix::process::getpid().as_raw_nonzero().get();
        assert!(members(own).iter().any(|p| p.pid == own && p.start > 0));
        assert!(resident(own) > 1 << 20);
        assert_eq!(resident(i32::MAX), 0);
    }
}
