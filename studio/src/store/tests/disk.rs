//! Disks that are full or may not be written.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{Home, facts::*};
use crate::{
    model::{BlobStore, Record},
    store::{Collect, Store, StoreError},
};

/// A small file system of its own, where this user may mount one.
struct Disk {
    dir: tempfile::TempDir,
}

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).stderr(Stdio::null());
        if mount.status().is_ok_and(|s| s.success()) {
            return Some(Self { dir });
        }
        eprintln!("skipped: this user may not mount a tmpfs");
        None
    }

    /// Waits until it can be: programs that other tests start hold our files until they are replaced by what they run.
    fn remount(&self, option: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{option}")]).arg(self.dir.path()).stderr(Stdio::null());
        while !mount.status().unwrap().success() {
            std::thread::yield_now();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.dir.path()).status();
    }
}

fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    let chunk = [0; 4096];
    while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
}

/// Gives its room back, also where a program that another test starts still holds the file.
fn free(filler: &Path) {
    fs::File::create(filler).unwrap();
    fs::remove_file(filler).unwrap();
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room() {
    let Some(disk) = Disk::new("24m") else { return };
    let dir = disk.dir.path().join("store");
    let store = Store::open(&dir).unwrap();
    store.commit(vec![project(1, "a", 0)]).await.unwrap();
    let filler = disk.dir.path().join("filler");
    fill(&filler);
    for _ in 0..3 {
        let full = store.commit(vec![log(1, "lost")]).await.unwrap_err();
        assert!(matches!(full, StoreError::Full { .. }), "{full}");
    }
    let mut sink = store.blobs().create().unwrap();
    let blob = sink.write(&vec![0; 1 << 20]).err().unwrap();
    assert_eq!(blob.kind(), std::io::ErrorKind::StorageFull);
    drop(sink);
    assert_eq!(store.listed().unwrap().len(), 1);
    free(&filler);
    assert_eq!(store.commit(vec![log(1, "kept")]).await.unwrap(), 2);
    store.close().await.unwrap();
    let store = Store::open(&dir).unwrap();
    assert_eq!(store.entries_since(0, 9).unwrap().len(), 2);
}

/// Without the room that is kept free, the write itself fails half-way.
#[tokio::test]
async fn a_write_that_fails_half_way_leaves_the_journal_as_it_was() {
    let Some(disk) = Disk::new("24m") else { return };
    let dir = disk.dir.path().join("store");
    let options = super::super::Options { reserve: 0, ..Default::default() };
    let store = Store::open_with(&dir, options).unwrap();
    store.commit(vec![project(1, "a", 0)]).await.unwrap();
    store.append(vec![turn(1, 1, 0)]).await.unwrap();
    let filler = disk.dir.path().join("filler");
    fill(&filler);
    let size = fs::metadata(&filler).unwrap().len();
    fs::OpenOptions::new().write(true).open(&filler).unwrap().set_len(size - 600_000).unwrap();
    for _ in 0..2 {
        // As much as statvfs says there is, and then some: it fits only in part.
        let room = rustix::fs::statvfs(&dir).unwrap();
        let room = (room.f_bavail * room.f_frsize) as usize;
        let full = store.commit(vec![log(1, &"x".repeat(room + 8192))]).await.unwrap_err();
        assert!(matches!(full, StoreError::Full { .. }), "{full}");
    }
    assert_eq!(store.commit(vec![log(1, "small")]).await.unwrap(), 3);
    free(&filler);
    assert_eq!(store.commit(vec![log(1, "more")]).await.unwrap(), 4);
    let expected = everything(&store, 1);
    store.close().await.unwrap();
    fs::remove_dir_all(dir.join("index")).unwrap();
    assert_eq!(everything(&Store::open(&dir).unwrap(), 1), expected);
}

#[tokio::test]
async fn a_disk_that_becomes_read_only_is_told_and_can_be_read() {
    let Some(disk) = Disk::new("24m") else { return };
    let dir = disk.dir.path().join("store");
    let store = Store::open(&dir).unwrap();
    store.commit(vec![project(1, "a", 0)]).await.unwrap();
    store.close().await.unwrap();
    disk.remount("ro");
    let denied = Store::open(&dir).err().unwrap();
    assert_eq!(denied.code(), "store.readonly", "{denied}");
    disk.remount("rw");
    assert_eq!(Store::open(&dir).unwrap().listed().unwrap().len(), 1);
}

#[tokio::test]
async fn on_a_full_disk_a_backup_leaves_nothing_and_a_collection_makes_room() {
    let Some(disk) = Disk::new("24m") else { return };
    let dir = disk.dir.path().join("store");
    let store = Store::open(&dir).unwrap();
    let put = |bytes: &[u8]| {
        let mut sink = store.blobs().create().unwrap();
        sink.write(bytes).unwrap();
        sink.finish().unwrap()
    };
    let large = put(&vec![7; 6 << 20]);
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    })
    .take(1 << 20)
    .collect();
    let named = put(&noise);
    store.commit(vec![project(1, "a", 0), log(1, "x"), result(1, 5)]).await.unwrap();
    let Record::RunStarted(mut with_source) = run(1, 1) else { unreachable!() };
    with_source.sources = std::iter::once(("main.lua".to_owned(), named)).collect();
    store.commit(vec![Record::RunStarted(with_source)]).await.unwrap();
    let filler = disk.dir.path().join("filler");
    fill(&filler);
    let left = fs::OpenOptions::new().write(true).open(&filler).unwrap();
    left.set_len(left.metadata().unwrap().len() - 300_000).unwrap();
    let file = disk.dir.path().join("b.studio");
    let full = store.backup(&file, &[], &|_| Err(String::new())).unwrap_err();
    assert_eq!(full.code(), "store.full", "{full}");
    assert_eq!(fs::read_dir(disk.dir.path()).unwrap().count(), 2, "the store and the filler");
    assert_eq!(store.commit(vec![log(1, "x")]).await.unwrap_err().code(), "store.full");
    let how = Collect { now: true, results: true, ..Collect::default() };
    let collected = store.collect(how, &[], &|_| Err(String::new())).unwrap();
    assert!(collected.results_left && collected.deleted_bytes >= 6 << 20, "{collected:?}");
    assert!(!store.blobs().contains(&large) && store.blobs().contains(&named));
    assert_eq!(store.commit(vec![log(1, "there is room")]).await.unwrap(), 5);
    assert_eq!(store.collect(how, &[], &|_| Err(String::new())).unwrap().results, 1);
    assert!(store.check(false, false).unwrap().is_good());
}

const CHILD: &str = "STUDIO_TEST_STORE";

/// The system's limit on a file's size stands for a disk that refuses, where nothing may be mounted.
#[test]
fn a_limit_on_file_sizes_is_told_as_no_room() {
    let home = Home::new();
    let test = "store::tests::disk::under_a_limit";
    let script = "trap '' XFSZ; ulimit -f 4096; exec \"$0\" \"$@\"";
    let mut child = Command::new("bash");
    child.args(["-c", script]).arg(std::env::current_exe().unwrap()).args([
        "--exact",
        test,
        "--ignored",
        "--nocapture",
    ]);
    let output = child.env(CHILD, home.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let store = home.open();
    assert_eq!(store.listed().unwrap().len(), 1);
    assert_eq!(store.last_seq(), 2);
}

#[tokio::test]
#[ignore = "run by a_limit_on_file_sizes_is_told_as_no_room in a process of its own"]
async fn under_a_limit() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open(Path::new(&dir)).unwrap();
    store.commit(vec![project(1, "a", 0)]).await.unwrap();
    let full = store.commit(vec![log(1, &"x".repeat(5 << 20))]).await.unwrap_err();
    assert_eq!(full.code(), "store.full", "{full}");
    assert_eq!(store.commit(vec![log(1, "small")]).await.unwrap(), 2);
    store.close().await.unwrap();
}
