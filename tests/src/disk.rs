//! A small file system of a test's own, to be filled up or made read-only.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Home;

/// A small file system of its own; none where this user may not mount.
#[derive(Debug)]
pub struct Disk(pub PathBuf);

impl Disk {
    /// One of so many mebibytes.
    pub fn new(home: &Home, mebibytes: u32) -> Option<Self> {
        let at = home.path().join("disk");
        fs::create_dir(&at).expect("a folder");
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "studio-test"]).arg(&at).output();
        if mounted.is_ok_and(|out| out.status.success()) {
            return Some(Self(at));
        }
        eprintln!("skipped: this user may not mount a file system");
        None
    }

    /// Nothing can be written to it any more.
    pub fn read_only(&self) {
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().expect("mount");
        assert!(done.success());
    }

    /// Fills it up but for a few bytes.
    pub fn fill(&self, left: u64) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).expect("a file");
        let block = vec![1; 1 << 16];
        while file.write_all(&block).is_ok() {}
        let size = file.metadata().expect("its size").len();
        file.set_len(size.saturating_sub(left)).expect("some room");
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A home whose store is on a disk, with the project in it.
pub fn on(disk: &Path) -> impl Fn(&mut Home) {
    let store = disk.join("store");
    move |home| {
        let cache = home.store().join("cache");
        fs::create_dir(&store).expect("a folder");
        std::os::unix::fs::symlink(fs::canonicalize(cache).expect("the cache"), store.join("cache")).expect("a link");
        home.set("STUDIO_HOME", &store);
    }
}
