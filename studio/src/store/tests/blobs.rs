//! Content-addressed files.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
};

use super::{Home, files};
use crate::model::{BlobStore, Digest};

#[test]
fn bytes_come_back_under_their_hash_once() {
    let home = Home::new();
    let store = home.open();
    let blobs = store.blobs();
    let bytes: Vec<u8> = (0..600_000_u32).map(|n| n as u8).collect();
    let mut sink = blobs.create().unwrap();
    for part in bytes.chunks(7_777) {
        sink.write(part).unwrap();
    }
    assert_eq!(sink.written(), 600_000);
    let digest = sink.finish().unwrap();
    assert_eq!(digest, Digest::of(&bytes));
    let mut read = Vec::new();
    blobs.open(&digest).unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, bytes);
    let meta = fs::metadata(blobs.path(&digest)).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o444);

    // The same from a file, whose cursor is anywhere: the one that is there is kept.
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file.seek(SeekFrom::Start(99)).unwrap();
    assert_eq!(blobs.take_in(&mut file).unwrap(), (digest, 600_000));
    assert_eq!(fs::metadata(blobs.path(&digest)).unwrap().ino(), meta.ino());
    assert_eq!(files(&home.path().join("blobs")), [blobs.path(&digest)]);
    file.set_len(3).unwrap();
    assert!(blobs.verify(&digest).unwrap(), "it is a copy, not the file");
    let empty = blobs.create().unwrap().finish().unwrap();
    assert_eq!(empty, Digest::of(b""));
    assert!(blobs.contains(&empty) && blobs.verify(&empty).unwrap());
}

#[test]
fn an_unfinished_blob_leaves_nothing_neither_now_nor_after_a_crash() {
    let home = Home::new();
    let store = home.open();
    let mut sink = store.blobs().create().unwrap();
    sink.write(&vec![1; 300_000]).unwrap();
    let temp = files(&home.path().join("blobs"));
    assert_eq!(temp.len(), 1);
    let torn = fs::read(&temp[0]).unwrap();
    drop(sink);
    assert_eq!(files(&home.path().join("blobs")), Vec::<std::path::PathBuf>::new());
    drop(store);
    fs::write(&temp[0], torn).unwrap();
    home.open();
    assert_eq!(files(&home.path().join("blobs")), Vec::<std::path::PathBuf>::new());
}

#[test]
fn changed_cut_linked_and_missing_blobs_are_seen() {
    let home = Home::new();
    let store = home.open();
    let blobs = store.blobs();
    let put = |bytes: &[u8]| {
        let mut sink = blobs.create().unwrap();
        sink.write(bytes).unwrap();
        sink.finish().unwrap()
    };
    let digest = put(b"right");
    let path = blobs.path(&digest);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&path, b"wrong").unwrap();
    assert!(!blobs.verify(&digest).unwrap());
    fs::write(&path, b"rig").unwrap();
    assert_eq!(put(b"right"), digest);
    assert!(blobs.verify(&digest).unwrap(), "a cut one is replaced");
    let target = home.path().join("lock");
    fs::remove_file(&path).unwrap();
    assert_eq!(blobs.open(&digest).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    std::os::unix::fs::symlink(&target, &path).unwrap();
    assert!(blobs.open(&digest).is_err(), "a link is not followed");
    assert_eq!(put(b"right"), digest);
    assert!(blobs.verify(&digest).unwrap());
    assert!(File::open(target).unwrap().metadata().unwrap().is_file());
}

#[test]
fn what_has_changed_is_put_aside_and_can_be_put_anew() {
    let home = Home::new();
    let store = home.open();
    let blobs = store.blobs();
    let bytes = vec![7; 70_000];
    let put = || {
        let mut sink = blobs.create().unwrap();
        sink.write(&bytes).unwrap();
        sink.finish().unwrap()
    };
    let digest = put();
    let path = blobs.path(&digest);
    assert!(blobs.is_whole(&digest).unwrap() && blobs.hold(&digest) && blobs.is_whole(&digest).unwrap());
    let mut damaged = bytes.clone();
    damaged[69_999] ^= 1;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&path, &damaged).unwrap();
    assert!(!blobs.is_whole(&digest).unwrap());
    assert!(!blobs.contains(&digest) && !blobs.can_be_had(&digest));
    assert_eq!(blobs.is_whole(&digest).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    let aside = home.path().join("blobs/damaged").join(digest.to_string());
    assert_eq!(fs::read(aside).unwrap(), damaged);
    assert_eq!(put(), digest);
    assert!(blobs.is_whole(&digest).unwrap() && blobs.verify(&digest).unwrap());
    // What another process wrote is read through once.
    drop(store);
    assert!(home.open().blobs().is_whole(&digest).unwrap());
}
