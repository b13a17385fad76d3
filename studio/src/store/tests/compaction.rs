//! What is kept, and what is not, when the journal is compacted.

use std::fs;

use proptest::prelude::*;

use super::{Home, facts::*, runtime, small};
use crate::{
    model::{NodeState, Record},
    store::Store,
};

fn write(store: &Store, groups: &[Vec<Record>]) {
    runtime().block_on(async {
        for group in groups {
            store.append(group.clone()).await.unwrap();
        }
        store.commit(vec![]).await.unwrap();
    });
}

fn generation(home: &Home) -> u64 {
    let text = fs::read(home.path().join("journal/MANIFEST")).unwrap();
    serde_json::from_slice::<serde_json::Value>(&text).unwrap()["generation"].as_u64().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn compaction_changes_nothing_that_is_read(mut groups in any_groups(25), later in any_groups(6)) {
        // Something worth forgetting, so that it does happen.
        groups.push((0..4).map(|t| started(9, 2_000 + t)).chain([result(9, 0)]).collect());
        let (home, plain) = (Home::new(), Home::new());
        write(&home.open(), &groups);
        write(&plain.open(), &groups);
        let store = home.open_small();
        let from = store.events_from().unwrap();
        let expected = plain.open();
        // The five latest events are still told, and so is whatever is from then on.
        prop_assert!(store.entries_since(from - 1, 9).unwrap().len() >= 5.min(expected.entries_since(0, 9).unwrap().len()));
        let (got, want) = (everything(&store, from), everything(&expected, from));
        same(&strip(&got), &strip(&want))?;
        write(&store, &later);
        write(&expected, &later);
        same(&strip(&everything(&store, from)), &strip(&everything(&expected, from)))?;
        drop(store);
        // Once more, over what was compacted, and with the index made anew.
        let store = home.open_small();
        let from = store.events_from().unwrap();
        same(&strip(&everything(&store, from)), &strip(&everything(&expected, from)))?;
        drop(store);
        fs::remove_dir_all(home.index()).unwrap();
        same(&strip(&everything(&home.open_small(), from)), &strip(&everything(&expected, from)))?;
    }
}

/// Two stores that were written one after the other differ in the time of their entries.
fn strip(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("at_ms: 1")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_dead_go_the_numbers_stay_and_little_is_left() {
    let home = Home::new();
    let store = home.open_small();
    write(&store, &[vec![project(1, "a", 0), run(1, 1)]]);
    for n in 0..40 {
        write(&store, &[vec![node(1, slot(1, 1), NodeState::Running), started(1, 100), turn(1, n, 0), result(1, 100)]]);
    }
    write(&store, &[vec![ended(1), secret("a", Some("x")), secret("a", None)]]);
    let last = store.last_seq();
    drop(store);
    assert!(home.segments().len() > 3, "{:?}", home.segments());
    let size = |home: &Home| home.segments().iter().map(|f| fs::metadata(f).unwrap().len()).sum::<u64>();
    let before = size(&home);
    let store = home.open_small();
    assert!(size(&home) * 5 < before, "{} of {before}", size(&home));
    assert_eq!((generation(&home), store.last_seq()), (2, last));
    assert!(store.run(&run_id(1)).unwrap().unwrap().outcome.is_some());
    let from = store.events_from().unwrap();
    assert_eq!(store.entries_since(0, 100).unwrap().len(), 5);
    assert_eq!(store.entries_since(0, 100).unwrap()[0].seq, from);
    write(&store, &[vec![log(1, "on")]]);
    assert_eq!(store.last_seq(), last + 1);
    drop(store);
    let store = home.open_small();
    assert_eq!((generation(&home), store.last_seq()), (2, last + 1), "nothing to gain, so nothing is done");
}

#[test]
fn a_store_whose_records_are_all_dead_goes_on_counting() {
    let home = Home::new();
    let store = home.open_small();
    for _ in 0..10 {
        write(&store, &[vec![started(1, 500), cut(1, 0)]]);
    }
    drop(store);
    let store = home.open_small();
    assert_eq!((generation(&home), store.last_seq(), store.started().unwrap()), (2, 20, vec![]));
    drop(store);
    let store = home.open_small();
    write(&store, &[vec![log(1, "on")]]);
    assert_eq!(store.last_seq(), 21);
}

/// A crash before the switch leaves new segments that do not count yet; one after it leaves old ones.
#[test]
fn a_crash_at_each_step_leaves_a_whole_store() {
    let home = Home::new();
    let store = Store::open(&home.path()).unwrap();
    let groups: Vec<_> = (0..30).map(|n| vec![started(1, 300), turn(1, n, 0), result(1, n as usize)]).collect();
    write(&store, &groups);
    let expected = everything(&store, 1);
    drop(store);
    let journal = home.path().join("journal");
    let old = home.segments().remove(0);
    let old_bytes = fs::read(&old).unwrap();
    // Before: half of a new generation, and half a manifest.
    let half = journal.join(format!("{:020}.{:04}.journal", 1, 2));
    fs::write(&half, &old_bytes[..100]).unwrap();
    fs::write(journal.join("MANIFEST.new"), b"{\"sch").unwrap();
    let store = Store::open(&home.path()).unwrap();
    assert_eq!(everything(&store, 1), expected);
    assert!(!half.exists());
    drop(store);
    // After: the old generation is still there.
    let store = Store::open_with(&home.path(), small()).unwrap();
    assert_eq!(generation(&home), 2);
    drop(store);
    fs::write(&old, &old_bytes).unwrap();
    let store = Store::open_with(&home.path(), small()).unwrap();
    assert_eq!(strip(&everything(&store, 1)), strip(&expected));
    assert!(!old.exists());
}

#[test]
fn a_dead_letter_stays_until_something_is_made_of_its_place() {
    let (home, place) = (Home::new(), slot(1, 1));
    let dead = || home.open_small().dead(Some(&project_id(1))).unwrap().len();
    // Something worth forgetting, so that the journal is compacted.
    let bulk = |n: u8| (0..4).map(|t| started(n, 2_000 + t)).chain([result(n, 0)]).collect::<Vec<_>>();
    write(&home.open(), &[vec![project(1, "a", 0), run(1, 1), node(1, place.clone(), NodeState::Failed)], bulk(8)]);
    assert_eq!((dead(), generation(&home) > 0), (1, true));
    write(&home.open(), &[vec![run(2, 1), node(2, place.clone(), NodeState::Running)]]);
    assert_eq!(dead(), 0, "it is tried again");
    write(&home.open(), &[vec![node(2, place.clone(), NodeState::Failed)], bulk(9)]);
    assert_eq!(dead(), 1);
    write(&home.open(), &[vec![run(3, 1), node(3, place, NodeState::Done), slot_result(1, 1, 1)], bulk(10)]);
    assert_eq!(dead(), 0, "it was made");
}
