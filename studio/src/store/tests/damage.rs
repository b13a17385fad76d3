//! Kills, torn writes, garbled and missing files.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::{Home, facts::*};
use crate::{
    model::{Record, Seq},
    store::{Store, StoreError, segments::SEGMENT_MAGIC},
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Writes each group durably and closes; where each one ends in the journal.
fn write(home: &Home, groups: Vec<Vec<Record>>) -> Vec<(u64, Seq)> {
    runtime().block_on(async {
        let store = home.open();
        let mut ends = Vec::new();
        for group in groups {
            let seq = store.commit(group).await.unwrap();
            ends.push((fs::metadata(&home.segments()[0]).unwrap().len(), seq));
        }
        store.close().await.unwrap();
        ends
    })
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 24, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_journal_cut_anywhere_keeps_every_group_before_whole_and_no_other(groups in any_groups(8), at: prop::sample::Index, garbage in proptest::collection::vec(any::<u8>(), 0..80)) {
        let home = Home::new();
        let ends = write(&home, groups);
        let journal = home.segments().remove(0);
        let bytes = fs::read(&journal).unwrap();
        let cut = SEGMENT_MAGIC.len() + at.index(bytes.len() - SEGMENT_MAGIC.len() + 1);
        fs::write(&journal, [&bytes[..cut], &garbage].concat()).unwrap();
        let survivors = ends.iter().filter(|(end, _)| *end <= cut as u64).map(|(_, seq)| *seq).max().unwrap_or(0);
        let store = home.open();
        prop_assert_eq!(store.last_seq(), survivors);
        let seen = everything(&store, 1);
        // What was cut off is kept beside it, and the numbers go on.
        let torn = bytes.len().min(cut) as u64 > ends.iter().map(|e| e.0).filter(|e| *e <= cut as u64).max().unwrap_or(8) || !garbage.is_empty();
        let beside = super::files(&home.path().join("journal")).iter().any(|f| f.file_name().unwrap().to_string_lossy().starts_with("cut-"));
        prop_assert_eq!(torn, beside);
        prop_assert_eq!(runtime().block_on(store.commit(vec![log(1, "on")])).unwrap(), survivors + 1);
        drop(store);
        // The index that saw more than the journal has is not believed.
        let again = home.open();
        prop_assert_eq!(again.last_seq(), survivors + 1);
        let events = again.entries_since(survivors, 10).unwrap();
        prop_assert_eq!(events.len(), 1);
        drop(again);
        fs::remove_dir_all(home.index()).unwrap();
        fs::write(&journal, &bytes[..ends.iter().map(|e| e.0).filter(|e| *e <= cut as u64).max().unwrap_or(8) as usize]).unwrap();
        same(&everything(&home.open(), 1), &seen)?;
    }

    #[test]
    fn one_changed_byte_is_a_clear_error_or_cuts_the_last_group(groups in any_groups(6), at: prop::sample::Index, flip in 1_u8..) {
        let home = Home::new();
        let ends = write(&home, groups);
        let journal = home.segments().remove(0);
        let mut bytes = fs::read(&journal).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        fs::write(&journal, &bytes).unwrap();
        let last_begins = if ends.len() > 1 { ends[ends.len() - 2].0 } else { 8 };
        match Store::open(&home.path()) {
            Err(StoreError::Corrupt { file, offset, .. }) => {
                prop_assert!((at as u64) < last_begins);
                prop_assert_eq!(file, journal);
                prop_assert!(offset <= at as u64);
            }
            Ok(store) => {
                prop_assert!(at as u64 >= last_begins);
                prop_assert_eq!(store.last_seq(), if ends.len() > 1 { ends[ends.len() - 2].1 } else { 0 });
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn the_index_can_be_lost_or_old_at_any_time(groups in any_groups(10), behind: prop::sample::Index) {
        let home = Home::new();
        let split = behind.index(groups.len());
        let (before, after) = groups.split_at(split);
        write(&home, before.to_vec());
        let old = tempfile::tempdir().unwrap();
        copy(&home.index(), old.path());
        write(&home, after.to_vec());
        let expected = everything(&home.open(), 1);
        fs::remove_dir_all(home.index()).unwrap();
        same(&everything(&home.open(), 1), &expected)?;
        fs::remove_dir_all(home.index()).unwrap();
        copy(old.path(), &home.index());
        same(&everything(&home.open(), 1), &expected)?;
        // Applied again from an earlier point: the same trees.
        fs::write(home.index().join("db"), b"not a database").unwrap();
        same(&everything(&home.open(), 1), &expected)?;
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            let _ = fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A power cut may keep later pages of what was never synced and lose earlier ones: that is no damage to report.
#[test]
fn a_hole_in_what_was_only_appended_is_cut_not_reported() {
    let home = Home::new();
    let end = write(&home, vec![vec![log(1, "kept")]])[0].0 as usize;
    let store = home.open();
    runtime().block_on(async {
        for n in 0..3 {
            store.append(vec![log(1, &format!("appended {n}"))]).await.unwrap();
        }
    });
    let journal = home.segments().remove(0);
    let bytes = fs::read(&journal).unwrap();
    drop(store);
    let mut holed = bytes;
    holed[end..end + 40].fill(0);
    fs::write(&journal, holed).unwrap();
    assert_eq!(home.open().last_seq(), 1);
}

#[test]
fn what_a_killed_process_had_appended_is_there() {
    let home = Home::new();
    let store = home.open();
    runtime().block_on(async {
        store.commit(vec![log(1, "committed")]).await.unwrap();
        store.append(vec![log(1, "appended"), turn(1, 1, 0)]).await.unwrap();
    });
    // As a kill leaves it: the files as they are now, no flush, no goodbye.
    let killed = Home::new();
    copy(&home.path(), &killed.path());
    let survivor = killed.open();
    assert_eq!(survivor.last_seq(), 3);
    assert_eq!(everything(&survivor, 1), everything(&store, 1));
}

#[test]
fn an_index_of_another_journal_is_not_believed() {
    let (one, two) = (Home::new(), Home::new());
    write(&one, vec![vec![log(1, "a")], vec![log(1, "b")]]);
    write(&two, vec![vec![project(1, "a", 0)], vec![log(1, "c")], vec![log(1, "d")]]);
    fs::remove_dir_all(two.index()).unwrap();
    copy(&one.index(), &two.index());
    let store = two.open();
    assert_eq!(store.listed().unwrap().len(), 1);
    assert_eq!(store.entries_since(0, 10).unwrap().len(), 3);
}

#[test]
fn missing_and_newer_journals_are_told() {
    let home = Home::new();
    write(&home, vec![vec![log(1, "a")]]);
    let manifest = home.path().join("journal/MANIFEST");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"schema\": 2", "\"schema\": 3, \"other\": 1").replace("segments", "parts"))
        .unwrap();
    let newer = Store::open(&home.path()).err().unwrap();
    assert_eq!(newer.code(), "store.newer");
    fs::write(&manifest, "{").unwrap();
    assert_eq!(Store::open(&home.path()).err().unwrap().code(), "store.corrupt");
    fs::remove_file(&manifest).unwrap();
    assert_eq!(Store::open(&home.path()).err().unwrap().code(), "store.corrupt");
    fs::write(&manifest, &text).unwrap();
    let segment = home.segments().remove(0);
    fs::rename(&segment, segment.with_extension("gone")).unwrap();
    assert_eq!(Store::open(&home.path()).err().unwrap().code(), "store.corrupt");
    fs::rename(segment.with_extension("gone"), &segment).unwrap();
    assert_eq!(home.open().last_seq(), 1);
}
