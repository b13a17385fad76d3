//! What is kept, and what is not, when the journal is compacted.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use proptest::prelude::*;

use super::{Home, Options, facts::*, runtime, small};
use crate::{
    model::{NodeState, Record},
    store::{Store, StoreError, compact::Policy, compacting::Watch},
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn compaction_of_a_store_in_use_changes_nothing_that_is_read(
        mut groups in any_groups(25), meanwhile in any_groups(6), later in any_groups(6),
    ) {
        groups.push((0..4).map(|t| started(9, 100_000 + t)).chain([result(9, 0)]).collect());
        let (home, plain) = (Home::new(), Home::new());
        let (store, expected) = (home.open_small(), plain.open());
        write(&store, &groups);
        write(&expected, &groups);
        let as_expected = |store: &Store| {
            let from = store.events_from().unwrap();
            same(&strip(&everything(store, from)), &strip(&everything(&expected, from)))
        };
        // Some is written while it is compacted.
        let writing = store.clone();
        let groups = meanwhile.clone();
        let watch: Watch = Arc::new(move |step| if step == "copied" { write(&writing, &groups) });
        prop_assert!(store.compact_watched(&watch).unwrap());
        prop_assert_eq!(generation(&home), 2);
        write(&expected, &meanwhile);
        as_expected(&store)?;
        write(&store, &later);
        write(&expected, &later);
        as_expected(&store)?;
        let faults = store.check(true, false).unwrap().faults;
        prop_assert!(faults.iter().all(|fault| fault.code == "blob.missing"), "{:?}", faults);
        drop((store, watch));
        as_expected(&home.open())?;
        fs::remove_dir_all(home.index()).unwrap();
        as_expected(&home.open())?;
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

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &there);
        } else {
            fs::copy(&path, &there).unwrap();
        }
    }
}

/// What is on disk after each step is what a kill would leave there.
#[test]
fn a_kill_at_each_step_of_compaction_in_use_leaves_a_whole_store() {
    let home = Home::new();
    let store = Store::open_with(&home.path(), small()).unwrap();
    let groups: Vec<_> = (0..30).map(|n| vec![started(1, 300), turn(1, n, 0), result(1, n as usize)]).collect();
    write(&store, &groups);
    let steps: Arc<Mutex<Vec<(&'static str, Home)>>> = Arc::default();
    let (taken, dir, writing) = (Arc::clone(&steps), home.path(), store.clone());
    let watch: Watch = Arc::new(move |step| {
        if step == "copied" {
            write(&writing, &[vec![project(1, "a", 0), run(1, 1)]]);
        }
        let killed = Home::new();
        copy_all(&dir, &killed.path());
        taken.lock().push((step, killed));
    });
    assert!(store.compact_watched(&watch).unwrap());
    let from = store.events_from().unwrap();
    let told = |store: &Store| strip(&everything(store, from));
    let after = told(&store);
    let steps = std::mem::take(&mut *steps.lock());
    let names: Vec<_> = steps.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["cut", "copied", "indexed", "caught up", "replaced", "without an index", "done"]);
    for (step, killed) in steps {
        let opened = killed.open();
        if step == "cut" {
            assert!(opened.project(&project_id(1)).unwrap().is_none());
            write(&opened, &[vec![project(1, "a", 0), run(1, 1)]]);
        }
        assert_eq!(told(&opened), after, "{step}");
        assert_eq!(opened.last_seq(), store.last_seq(), "{step}");
        let files = killed.segments();
        write(&opened, &[vec![log(1, "on")]]);
        assert!(
            files
                .iter()
                .all(|file| file.display().to_string().contains(&format!("{:04}.journal", generation(&killed))))
        );
        assert!(!killed.path().join("index.new").exists(), "{step}");
        let faults = opened.check(true, false).unwrap().faults;
        assert!(faults.iter().all(|fault| fault.code == "blob.missing"), "{step}: {faults:?}");
    }
}

/// A store that is written to and read for long stays small, and nobody notices.
#[test]
fn a_store_that_is_compacted_again_and_again_is_read_and_written_meanwhile() {
    let home = Home::new();
    let options = Options { policy: Policy { from_bytes: 50_000, ..small().policy }, ..small() };
    let store = Store::open_with(&home.path(), options).unwrap();
    write(&store, &[vec![project(1, "a", 0), run(1, 1), result(2, 50), slot_result(1, 1, 2)]]);
    let stop = Arc::new(AtomicBool::new(false));
    let (reading, stopped) = (store.clone(), Arc::clone(&stop));
    let reader = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            assert!(reading.kept(&key(2)).expect("its place leads somewhere").is_some());
            assert_eq!(reading.runs_of(&project_id(1)).unwrap().len(), 1);
        }
    });
    let (compacting, stopped) = (store.clone(), Arc::clone(&stop));
    let compactor = std::thread::spawn(move || {
        let mut done = 0;
        while !stopped.load(Ordering::Relaxed) {
            done += usize::from(compacting.compact().unwrap());
        }
        done
    });
    for n in 0..400_u32 {
        write(&store, &[vec![started(1, 900), turn(1, n, 0), result(1, n as usize % 100)]]);
    }
    stop.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    assert!(compactor.join().unwrap() >= 3);
    let size = || home.segments().iter().map(|f| fs::metadata(f).unwrap().len()).sum::<u64>();
    assert_eq!(store.kept(&key(1)).unwrap().unwrap().response["text"].as_str().map(str::len), Some(399 % 100));
    while store.compact().unwrap() {}
    assert!(size() < 120_000, "{}", size());
    let told = everything(&store, store.events_from().unwrap());
    drop(store);
    let opened = home.open();
    assert_eq!(everything(&opened, opened.events_from().unwrap()), told);
}

#[tokio::test]
async fn a_store_is_closed_while_it_is_compacted_and_can_be_opened_at_once() {
    let home = Home::new();
    let store = home.open_small();
    for n in 0..30 {
        store.commit(vec![started(1, 900), turn(1, n, 0), result(1, 7)]).await.unwrap();
    }
    let (told, closing) = (everything(&store, 90), store.clone());
    let (at_copied, copied) = std::sync::mpsc::channel();
    let watch: Watch = Arc::new(move |step| {
        if step == "copied" {
            at_copied.send(()).unwrap();
        }
    });
    let compactor = std::thread::spawn(move || store.compact_watched(&watch));
    copied.recv().unwrap();
    closing.close().await.unwrap();
    // It was done, or it gave up; in both cases nothing is written any more.
    let ended = compactor.join().unwrap();
    assert!(matches!(ended, Ok(true) | Err(StoreError::Closed)), "{ended:?}");
    let opened = home.open();
    assert_eq!(strip(&everything(&opened, 90)), strip(&told));
    assert!(opened.check(true, false).unwrap().is_good());
}

#[test]
fn whoever_reads_all_of_it_is_not_disturbed() {
    let home = Home::new();
    let store = home.open_small();
    write(&store, &(0..30).map(|n| vec![started(1, 900), result(1, n)]).collect::<Vec<_>>());
    let reading = store.inner.whole.read();
    assert!(!store.compact().unwrap());
    drop(reading);
    assert!(store.compact().unwrap());
}
