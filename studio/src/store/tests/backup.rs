//! A store in one file, and back.

use std::{fs, path::Path};

use serde_json::json;

use super::{Home, facts::*, files, runtime};
use crate::{
    model::{BlobStore, Digest, Record},
    store::{Store, StoreError, restore},
};

fn put(store: &Store, bytes: &[u8]) -> Digest {
    let mut sink = store.blobs().create().unwrap();
    sink.write(bytes).unwrap();
    sink.finish().unwrap()
}

fn holding(n: u8, blob: &Digest) -> Record {
    let Record::Result { key, mut kept } = result(n, 10) else { unreachable!() };
    kept.response = json!({ "audio": { "blob": blob.hex(), "mime": "audio/wav", "bytes": 3 } });
    Record::Result { key, kept }
}

/// A store with something of everything, and its key in it where nobody should keep it.
fn filled(home: &Home) -> (Store, Digest) {
    let store = home.open();
    let blob = put(&store, &vec![5; 700_000]);
    put(&store, b"nobody needs this");
    let dir = home.path();
    fs::create_dir_all(dir.join("scripts/lib")).unwrap();
    fs::write(dir.join("scripts/lib/mine.lua"), "return {}").unwrap();
    fs::write(dir.join("config.toml"), "[plugins]").unwrap();
    fs::write(dir.join("scripts/key"), "the sealing key").unwrap();
    runtime().block_on(async {
        store.commit(vec![project(1, "a", 5_000), holding(1, &blob), slot_result(1, 1, 1)]).await.unwrap();
        store.append(vec![log(1, "appended"), secret("x", Some("sealed"))]).await.unwrap();
    });
    (store, blob)
}

fn back_up(store: &Store, file: &Path, key: &Path) -> Result<crate::store::BackedUp, StoreError> {
    store.backup(file, &[key.to_owned()], &|_| Err("no key".into()))
}

#[test]
fn a_backup_is_the_store_as_it_was_without_its_key() {
    let home = Home::new();
    let (store, blob) = filled(&home);
    let (file, key) = (home.dir.path().join("a.studio"), home.path().join("scripts/key"));
    let made = back_up(&store, &file, &key).unwrap();
    assert_eq!((made.seq, made.blobs, made.blob_bytes, made.faults.len()), (5, 1, 700_000, 0), "{made:?}");
    assert_eq!(made.bytes, fs::metadata(&file).unwrap().len());
    let expected = everything(&store, 1);
    runtime().block_on(store.commit(vec![log(1, "after it")])).unwrap();

    let to = home.dir.path().join("elsewhere/store");
    let restored = restore(&file, &to, false).unwrap();
    assert_eq!((restored.seq, restored.blobs, &restored.replaced), (5, 1, &None), "{restored:?}");
    assert_eq!(files(to.parent().unwrap()).len(), files(&to).len(), "nothing is left beside it");
    let again = Store::open(&to).unwrap();
    assert_eq!(everything(&again, 1), expected);
    assert!(again.blobs().verify(&blob).unwrap() && again.check(false, false).unwrap().is_good());
    assert_eq!(fs::read_to_string(to.join("scripts/lib/mine.lua")).unwrap(), "return {}");
    assert!(to.join("config.toml").exists() && !to.join("scripts/key").exists());
    assert_eq!(runtime().block_on(again.commit(vec![log(1, "on")])).unwrap(), 6);
}

#[test]
fn only_an_older_backup_is_replaced_and_a_failed_one_leaves_it_alone() {
    let home = Home::new();
    let (store, blob) = filled(&home);
    let (file, key) = (home.dir.path().join("a.studio"), home.path().join("scripts/key"));
    fs::write(&file, "a film").unwrap();
    let refused = back_up(&store, &file, &key).unwrap_err();
    assert_eq!(refused.code(), "backup.in_the_way");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a film");
    fs::remove_file(&file).unwrap();
    back_up(&store, &file, &key).unwrap();
    let first = fs::read(&file).unwrap();
    // What the store lacks, its backup lacks, and says so.
    fs::remove_file(store.blobs().path(&blob)).unwrap();
    let made = back_up(&store, &file, &key).unwrap();
    assert_eq!((made.faults.len(), made.faults[0].code.as_str(), made.blobs), (1, "blob.missing", 0));
    let second = fs::read(&file).unwrap();
    assert!(first.len() > second.len());
    // A journal that is damaged is not backed up over a good one.
    let journal = home.segments().remove(0);
    let mut bytes = fs::read(&journal).unwrap();
    bytes[60] ^= 1;
    fs::write(&journal, bytes).unwrap();
    assert_eq!(back_up(&store, &file, &key).unwrap_err().code(), "store.corrupt");
    assert_eq!(fs::read(&file).unwrap(), second);
    assert_eq!(fs::read_dir(home.dir.path()).unwrap().count(), 2, "no half of one is left");
}

#[test]
fn nothing_is_put_in_place_that_is_not_whole() {
    let home = Home::new();
    let (store, _) = filled(&home);
    let (file, key) = (home.dir.path().join("a.studio"), home.path().join("scripts/key"));
    back_up(&store, &file, &key).unwrap();
    let whole = fs::read(&file).unwrap();
    let to = home.dir.path().join("new");
    for (what, bytes) in [
        ("cut", whole[..whole.len() - 30].to_vec()),
        ("none", b"nothing of the kind".to_vec()),
        ("empty", Vec::new()),
        ("more", [&whole[..], &whole[..]].concat()),
        ("changed", {
            let mut changed = whole.clone();
            let at = changed.len() / 2;
            changed[at] ^= 0x10;
            changed
        }),
    ] {
        fs::write(&file, bytes).unwrap();
        let refused = restore(&file, &to, true).unwrap_err();
        assert_eq!(refused.code(), "backup.invalid", "{what}: {refused}");
        assert!(!to.exists(), "{what}");
    }
    assert_eq!(fs::read_dir(home.dir.path()).unwrap().count(), 2, "nothing is left beside it");
    assert_eq!(restore(Path::new("/nowhere"), &to, false).unwrap_err().code(), "store.io");
}

#[test]
fn a_store_that_is_there_is_moved_aside_only_when_asked_and_only_when_nobody_has_it() {
    let home = Home::new();
    let (store, _) = filled(&home);
    let (file, key) = (home.dir.path().join("a.studio"), home.path().join("scripts/key"));
    back_up(&store, &file, &key).unwrap();
    runtime().block_on(store.commit(vec![log(1, "later")])).unwrap();
    assert_eq!(restore(&file, &home.path(), false).unwrap_err().code(), "backup.in_the_way");
    assert_eq!(restore(&file, &home.path(), true).unwrap_err().code(), "store.busy");
    assert_eq!(store.last_seq(), 6);
    drop(store);
    fs::create_dir(home.path().join("cache")).unwrap();
    fs::write(home.path().join("cache/module"), "compiled").unwrap();
    let restored = restore(&file, &home.path(), true).unwrap();
    assert_eq!(home.open().last_seq(), 5);
    let aside = restored.replaced.unwrap();
    assert_eq!(Store::open(&aside).unwrap().last_seq(), 6);
    assert!(home.path().join("cache/module").exists(), "what was compiled stays");
    // A folder that is as good as empty is no store.
    let other = home.dir.path().join("other");
    fs::create_dir(&other).unwrap();
    assert_eq!(restore(&file, &other, false).unwrap().replaced, None);
    assert_eq!(restore(&file, &home.path(), true).unwrap().replaced.unwrap().file_name().unwrap(), "store.replaced-2");
}

#[test]
fn it_is_one_instant_of_a_store_that_is_written_to() {
    let home = Home::new();
    let store = home.open();
    let writing = store.clone();
    let writer = std::thread::spawn(move || {
        let runtime = runtime();
        for n in 0..200_u32 {
            let blob = put(&writing, format!("blob {n}").as_bytes());
            let name = (n % 3) as u8;
            runtime
                .block_on(writing.append(vec![holding(name, &blob), slot_result(1, name, name), log(1, "x")]))
                .unwrap();
        }
    });
    for n in 0..4 {
        let file = home.dir.path().join(format!("{n}.studio"));
        let made = back_up(&store, &file, Path::new("/nowhere")).unwrap();
        let to = home.dir.path().join(format!("{n}"));
        restore(&file, &to, false).unwrap();
        let again = Store::open(&to).unwrap();
        assert_eq!((again.last_seq(), again.last_seq() % 3), (made.seq, 0), "groups are whole");
        let checked = again.check(false, false).unwrap();
        assert!(checked.is_good(), "{checked:?}");
    }
    writer.join().unwrap();
}
