//! That the check finds what is wrong, and nothing where nothing is.

use std::{fs, os::unix::fs::PermissionsExt};

use proptest::prelude::*;
use serde_json::json;

use super::{Home, facts::*, runtime};
use crate::{
    model::{BlobStore, Digest, Record},
    store::{Checked, Store, apply::Tree, check_closed, segments::SEGMENT_MAGIC},
};

fn write(store: &Store, groups: &[Vec<Record>]) {
    runtime().block_on(async {
        for group in groups {
            store.append(group.clone()).await.unwrap();
        }
    });
}

fn codes(checked: &Checked) -> Vec<&str> {
    checked.faults.iter().map(|fault| fault.code.as_str()).collect()
}

/// What is there no matter what blobs the records name.
fn but_blobs(checked: &Checked) -> Vec<&str> {
    codes(checked).into_iter().filter(|code| !code.starts_with("blob.")).collect()
}

fn holding(n: u8, blob: &Digest) -> Record {
    let Record::Result { key, mut kept } = result(n, 10) else { unreachable!() };
    kept.response = json!({ "audio": { "blob": blob.hex(), "mime": "audio/wav", "bytes": 3 } });
    Record::Result { key, kept }
}

fn put(store: &Store, text: &str) -> Digest {
    let mut sink = store.blobs().create().unwrap();
    sink.write(text.as_bytes()).unwrap();
    sink.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_store_as_it_was_left_is_good_and_a_changed_index_is_not(
        mut groups in any_groups(20), later in any_groups(5), tree: prop::sample::Index, what in 0_u8..3,
    ) {
        // Something worth forgetting, so that it is compacted.
        groups.push((0..4).map(|t| started(9, 2_000 + t)).chain([result(9, 0)]).collect());
        let home = Home::new();
        write(&home.open(), &groups);
        let store = home.open_small();
        write(&store, &later);
        let checked = store.check(true, false).unwrap();
        prop_assert_eq!(but_blobs(&checked), Vec::<&str>::new(), "{:?}", checked);
        prop_assert_eq!(checked.seq, store.last_seq());
        // One key more, one less, or another value.
        let tree = Tree::ALL[tree.index(Tree::ALL.len())];
        let changed = store.in_writer(move |writer| {
            let index = writer.shared.index.read();
            index.as_ref().unwrap().spoil(tree, what)
        }).unwrap();
        let checked = store.check(true, false).unwrap();
        prop_assert_eq!(but_blobs(&checked), if changed { vec!["index.differs"] } else { vec![] }, "{:?}", checked);
        let expected = { let other = Home::new(); let other = other.open(); write(&other, &groups); write(&other, &later); strip(&everything(&other, store.events_from().unwrap())) };
        let mended = store.check(true, true).unwrap();
        prop_assert_eq!((but_blobs(&mended).len(), mended.repaired.len()), (0, usize::from(changed)));
        same(&strip(&everything(&store, store.events_from().unwrap())), &expected)?;
    }
}

fn strip(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("at_ms: 1")).collect::<Vec<_>>().join("\n")
}

#[test]
fn changed_cut_and_missing_blobs_are_named_with_who_needs_them() {
    let home = Home::new();
    let store = home.open();
    let [good, changed, missing, trashed, unused] =
        ["good", "changed", "missing", "trashed", "unused"].map(|t| put(&store, t));
    let results =
        [&good, &changed, &missing, &trashed].into_iter().zip(0..).map(|(blob, n)| holding(n, blob)).collect();
    write(&store, &[results, vec![log(1, &missing.hex())]]);
    let all = store.check(false, false).unwrap();
    assert!(all.is_good() && all.blobs_read, "{all:?}");
    assert_eq!((all.blobs, all.blob_bytes, all.records), (4, 4 + 3 * 7, 5));
    let path = store.blobs().path(&changed);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&path, "changes").unwrap();
    fs::remove_file(store.blobs().path(&missing)).unwrap();
    fs::remove_file(store.blobs().path(&unused)).unwrap();
    assert!(store.blobs().throw_away(&trashed, false, |_| true).unwrap());
    let found = store.check(false, false).unwrap();
    let mut seen = codes(&found);
    seen.sort_unstable();
    assert_eq!(seen, ["blob.damaged", "blob.missing", "blob.trashed"]);
    for fault in &found.faults {
        assert!(fault.what.contains("a result of tts by espeak") && !fault.help.is_empty(), "{fault:?}");
    }
    let quick = store.check(true, true).unwrap();
    assert_eq!((codes(&quick), quick.repaired.len()), (vec!["blob.missing"], 1), "read through it is not");
    assert!(store.blobs().contains(&trashed));
}

#[test]
fn damage_in_the_journal_is_found_wherever_it_is() {
    let home = Home::new();
    let store = home.open_small();
    let groups: Vec<_> = (0..40).map(|n| vec![log(1, &"x".repeat(200 + n))]).collect();
    write(&store, &groups);
    runtime().block_on(store.commit(vec![])).unwrap();
    assert!(home.segments().len() > 2 && store.check(true, false).unwrap().is_good());
    // In two places of an old segment, which nobody reads as long as the index stands.
    let old = home.segments().remove(0);
    let whole = fs::read(&old).unwrap();
    let mut bytes = whole.clone();
    for at in [SEGMENT_MAGIC.len() + 40, bytes.len() - 100] {
        bytes[at] ^= 1;
    }
    fs::write(&old, &bytes).unwrap();
    let found = store.check(true, true).unwrap();
    let damaged = codes(&found).iter().filter(|code| **code == "journal.damaged").count();
    assert_eq!((damaged, found.repaired.len()), (2, 0), "nothing is made from what is damaged: {found:?}");
    assert!(codes(&found).contains(&"journal.numbers"), "what is missing is told: {found:?}");
    assert!(found.faults[0].what.contains(&old.display().to_string()) && found.faults[0].help.contains("restore"));
    drop(store);
    // Without an index it cannot be opened; it can be looked at.
    fs::remove_dir_all(home.index()).unwrap();
    assert_eq!(Store::open(&home.path()).err().unwrap().code(), "store.corrupt");
    let closed = check_closed(&home.path()).unwrap();
    assert_eq!(codes(&closed), codes(&found));
    fs::remove_file(&old).unwrap();
    assert!(codes(&check_closed(&home.path()).unwrap()).contains(&"journal.missing"));
    fs::remove_file(home.path().join("journal/MANIFEST")).unwrap();
    assert_eq!(codes(&check_closed(&home.path()).unwrap()), ["journal.manifest"]);
    fs::write(&old, whole).unwrap();
}

#[test]
fn writes_go_on_while_it_is_checked() {
    let home = Home::new();
    let store = home.open();
    let checking = store.clone();
    let checks = std::thread::spawn(move || (0..5).map(|_| checking.check(true, false).unwrap()).collect::<Vec<_>>());
    runtime().block_on(async {
        for n in 0..400 {
            store.append(vec![log(1, &n.to_string()), slot_result(1, (n % 5) as u8, 1)]).await.unwrap();
        }
    });
    for checked in checks.join().unwrap() {
        assert!(checked.is_good(), "{checked:?}");
    }
}
