//! What is collected, and what is not.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use serde_json::json;
use studio_plugin_sdk::wire::{Answer, Event};

use super::{Home, facts::*, runtime};
use crate::{
    model::{BlobStore, Decision, Digest, HandEdit, Record, StartedNode, TurnRecord, digest_of},
    store::{Collect, Collected, Store, StoreError},
};

pub(super) const ALL: Collect = Collect { dry_run: false, now: false, results: true, earlier: None };
const NOW: Collect = Collect { now: true, ..ALL };

pub(super) fn collect(store: &Store, how: Collect) -> Collected {
    store.collect(how, &[], &|_| Err("there is no key".into())).unwrap()
}

pub(super) fn put(store: &Store, text: &str) -> Digest {
    let mut sink = store.blobs().create().unwrap();
    sink.write(text.as_bytes()).unwrap();
    sink.finish().unwrap()
}

fn read(store: &Store, digest: &Digest) -> Option<String> {
    let mut text = String::new();
    store.blobs().open(digest).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Makes a file look as if it had been there for long.
pub(super) fn age(path: &std::path::Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_hours(hours);
    fs::File::open(path).unwrap().set_modified(then).unwrap();
}

/// A result that is old, and holds a blob.
fn holding(n: u8, blob: &Digest) -> Record {
    let Record::Result { key, mut kept } = result(n, 10) else { unreachable!() };
    kept.response = json!({ "audio": { "blob": blob.hex(), "mime": "audio/wav", "bytes": 3 } });
    Record::Result { key, kept }
}

fn edited(project: u8, n: u8, blob: &Digest) -> Record {
    let response = json!({ "image": { "blob": blob.hex(), "mime": "image/png", "bytes": 3 } });
    let edit = HandEdit { replaces: key(n), digest: digest_of(&response), response };
    decided(project, n, Decision::Edited(edit))
}

fn answered(n: u8, blob: &Digest) -> Record {
    let Record::Turn(turn) = turn(n, 1, 0) else { unreachable!() };
    let answer = Answer::Lines { lines: vec![blob.hex()] };
    Record::Turn(TurnRecord { events: vec![Event { id: 7, answer }], ..turn })
}

/// A node that begins, pinned to a blob as its module.
fn begun(n: u8, module: Digest) -> Record {
    let Record::Started(node) = started(n, 5) else { unreachable!() };
    Record::Started(StartedNode { module, ..node })
}

#[test]
fn every_kind_of_reference_holds_and_the_rest_goes() {
    let home = Home::new();
    let store = home.open();
    let names = ["result", "edit", "turn", "source", "module", "lost", "history", "removed"];
    let blobs = names.map(|name| put(&store, name));
    let [in_result, in_edit, in_turn, source, module, lost, in_history, removed] = blobs;
    let Record::RunStarted(mut with_source) = run(1, 1) else { unreachable!() };
    with_source.sources = std::iter::once(("main.lua".to_owned(), source)).collect();
    runtime().block_on(async {
        store.commit(vec![project(1, "a", 0), Record::RunStarted(with_source), holding(1, &in_result)]).await.unwrap();
        store.commit(vec![slot_result(1, 1, 1), edited(1, 1, &in_edit)]).await.unwrap();
        store.commit(vec![begun(3, module), answered(3, &in_turn)]).await.unwrap();
        // A place that has something else by now, and a project that is gone.
        store
            .commit(vec![holding(0, &in_history), slot_result(1, 2, 0), result(2, 3), slot_result(1, 2, 2)])
            .await
            .unwrap();
        store.commit(vec![project(2, "b", 0), holding(9, &removed), slot_result(2, 1, 9)]).await.unwrap();
        store.commit(vec![Record::ProjectRemoved { id: project_id(2) }]).await.unwrap();
    });
    let young = collect(&store, ALL);
    assert_eq!((young.trashed, young.results), (0, 1), "just put; the result is old: {young:?}");
    blobs.iter().for_each(|blob| age(&store.blobs().path(blob), 2));
    let dry = collect(&store, Collect { dry_run: true, ..ALL });
    let done = collect(&store, ALL);
    assert_eq!(Collected { dry_run: false, ..dry }, done);
    assert_eq!((done.trashed, done.left, done.deleted), (2, 6, 0), "{done:?}");
    for blob in [in_result, in_edit, in_turn, source, module, in_history] {
        assert!(store.blobs().contains(&blob), "{}", read(&store, &blob).unwrap());
    }
    assert!(!store.blobs().contains(&lost) && !store.blobs().contains(&removed));
    assert!(store.kept(&key(9)).unwrap().is_none() && store.kept(&key(0)).unwrap().is_some());
    // Before a day is over it comes back when it is asked for, or put.
    assert_eq!(read(&store, &lost).as_deref(), Some("lost"));
    assert_eq!(put(&store, "removed"), removed);
    let later = collect(&store, ALL);
    assert_eq!((later.trashed, later.deleted, later.left), (0, 0, 8), "as good as new: {later:?}");
    // Afterwards it is gone.
    [lost, removed].iter().for_each(|blob| age(&store.blobs().path(blob), 2));
    collect(&store, ALL);
    let trash = home.path().join("blobs/trash");
    super::files(&trash).iter().for_each(|path| age(path, 25));
    let last = collect(&store, ALL);
    assert_eq!((last.deleted, last.deleted_bytes), (2, 11), "{last:?}");
    assert!(read(&store, &lost).is_none() && super::files(&trash).is_empty());
}

#[test]
fn what_is_in_use_without_a_record_stays() {
    let home = Home::new();
    let store = home.open();
    let lease = store.blobs().lease();
    let (made, found) = (put(&store, "made"), put(&store, "found"));
    let before = put(&store, "before");
    drop(lease);
    let lease = store.blobs().lease();
    put(&store, "made");
    assert!(store.blobs().hold(&found));
    [made, found, before].iter().for_each(|blob| age(&store.blobs().path(blob), 9));
    assert_eq!(collect(&store, NOW).deleted, 1, "only what was put before the lease");
    assert!(!store.blobs().contains(&before));
    drop(lease);
    assert_eq!(collect(&store, ALL).trashed, 2);
    // A record that names something in the trash brings it back.
    runtime().block_on(store.commit(vec![holding(1, &made), slot_result(1, 1, 1)])).unwrap();
    assert_eq!(collect(&store, NOW), Collected { taken_back: 1, deleted: 1, deleted_bytes: 5, ..Collected::default() });
    assert!(store.blobs().contains(&made) && read(&store, &found).is_none());
}

#[test]
fn sealed_answers_of_a_running_node_count_and_without_the_key_nothing_goes() {
    let home = Home::new();
    let store = home.open();
    let (hidden, lost) = (put(&store, "hidden"), put(&store, "lost"));
    let Record::Turn(plain) = turn(1, 1, 0) else { unreachable!() };
    let sealed = Record::Turn(TurnRecord { events: Vec::new(), sealed: Some("…".into()), ..plain });
    runtime().block_on(store.commit(vec![started(1, 1), sealed])).unwrap();
    let refused = store.collect(NOW, &[], &|_| Err("the file is missing".into())).unwrap_err();
    assert!(matches!(&refused, StoreError::Sealed { .. }) && refused.code() == "store.sealed", "{refused}");
    assert!(store.blobs().contains(&lost));
    let opened = |_: &TurnRecord| Ok(json!([{ "deep": [hidden.hex()] }]).to_string());
    assert_eq!(store.collect(NOW, &[], &opened).unwrap().deleted, 1);
    assert!(store.blobs().contains(&hidden) && !store.blobs().contains(&lost));
}

#[test]
fn results_stay_while_runs_are_under_way_or_they_are_young_or_something_has_them() {
    let home = Home::new();
    let store = home.open();
    let Record::Result { key: young, mut kept } = result(4, 3) else { unreachable!() };
    kept.provenance.at_ms = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let young_result = Record::Result { key: young.clone(), kept };
    let edit =
        decided(1, 5, Decision::Edited(HandEdit { replaces: key(5), response: json!({}), digest: Digest::of(b"") }));
    runtime()
        .block_on(store.commit(vec![
            result(1, 3),
            result(2, 3),
            slot_result(1, 1, 2),
            young_result,
            result(5, 3),
            edit,
        ]))
        .unwrap();
    let left = collect(&store, Collect { results: false, ..ALL });
    assert!(left.results == 0 && left.results_left);
    assert_eq!(collect(&store, ALL).results, 1);
    let there = |n: u8| store.kept(&key(n)).unwrap().is_some();
    assert_eq!([1, 2, 4, 5].map(there), [false, true, true, true]);
    assert_eq!(collect(&store, NOW).results, 1);
    assert_eq!([2, 4, 5].map(there), [true, false, true]);
    let before = everything(&store, 1);
    drop(store);
    fs::remove_dir_all(home.index()).unwrap();
    assert_eq!(everything(&home.open(), 1), before, "it is a fact like any other");
}

/// A blob by number, and whether it is to be named by the record of a group.
#[derive(Clone, Debug)]
enum Act {
    Put(u8),
    Result(u8, u8),
    Slot(u8, u8, u8),
    Edit(u8, u8, u8),
    Begin(u8, u8),
    End(u8),
    Remove(u8),
    Drop(u8, u8),
}

fn any_act() -> impl Strategy<Value = Act> {
    let n = 0_u8..3;
    let blob = 0_u8..8;
    prop_oneof![
        2 => blob.clone().prop_map(Act::Put),
        3 => (n.clone(), blob.clone()).prop_map(|(k, b)| Act::Result(k, b)),
        3 => (n.clone(), n.clone(), n.clone()).prop_map(|(p, s, k)| Act::Slot(p, s, k)),
        2 => (n.clone(), n.clone(), blob.clone()).prop_map(|(p, s, b)| Act::Edit(p, s, b)),
        2 => (n.clone(), blob).prop_map(|(k, b)| Act::Begin(k, b)),
        1 => n.clone().prop_map(Act::End),
        1 => n.clone().prop_map(Act::Remove),
        1 => (n.clone(), n).prop_map(|(p, s)| Act::Drop(p, s)),
    ]
}

fn text(blob: u8) -> String {
    format!("blob {blob}")
}

impl Act {
    fn records(&self, store: &Store) -> Vec<Record> {
        match *self {
            Self::Put(b) => {
                put(store, &text(b));
                vec![]
            }
            Self::Result(k, b) => vec![holding(k, &put(store, &text(b)))],
            Self::Slot(p, s, k) => vec![slot_result(p, s, k)],
            Self::Edit(p, s, b) => vec![edited(p, s, &put(store, &text(b)))],
            Self::Begin(k, b) => {
                let blob = put(store, &text(b));
                vec![begun(k, blob), answered(k, &blob)]
            }
            Self::End(k) => vec![cut(k, 0)],
            Self::Remove(p) => vec![Record::ProjectRemoved { id: project_id(p) }],
            Self::Drop(p, s) => vec![decided(p, s, Decision::EditDropped)],
        }
    }
}

/// The blobs that can be reached by asking the store, as anybody would: not by the way in which they are collected.
fn reachable(store: &Store) -> BTreeSet<Digest> {
    let mut texts = Vec::new();
    for p in 0..3 {
        for s in 0..3 {
            let slot = slot(p, s);
            for key in store.slot_history(&slot).unwrap() {
                texts.push(format!("{:?}", store.kept(&key).unwrap().map(|kept| kept.response)));
            }
            if let Some(edit) = store.steering(&slot).unwrap().edit {
                texts.push(format!(
                    "{:?} {:?}",
                    edit.response,
                    store.kept(&edit.replaces).unwrap().map(|k| k.response)
                ));
            }
        }
    }
    for node in store.started().unwrap() {
        let turns = serde_json::to_string(&store.turns(&node.key).unwrap()).unwrap();
        let before = store.kept(&node.key).unwrap().map(|kept| kept.response);
        texts.push(format!("{turns} {before:?} {}", node.module));
    }
    let all = texts.join("\n");
    (0..8).map(|b| Digest::of(text(b).as_bytes())).filter(|digest| all.contains(&digest.hex())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn all_that_is_reachable_opens_and_all_that_is_not_goes(
        acts in proptest::collection::vec(any_act(), 1..25), killed_after in 0_usize..10, now: bool,
    ) {
        let home = Home::new();
        let store = home.open();
        for act in &acts {
            let records = act.records(&store);
            runtime().block_on(store.commit(records)).unwrap();
        }
        let expected = reachable(&store);
        super::files(&home.path().join("blobs")).iter().for_each(|path| age(path, 2));
        let how = Collect { now, ..ALL };
        // Killed in the middle: the results are forgotten before any blob goes, and some blobs are gone.
        let (steps, forgotten) = store.plan_collection(how, &[], &|_| Ok("[]".into()), &mut Collected::default()).unwrap();
        if killed_after > 0 {
            runtime().block_on(store.commit(vec![Record::ResultsForgotten { keys: forgotten }])).unwrap();
        }
        for step in steps.into_iter().take(killed_after) {
            store.collect_step(step, how, &mut Collected::default()).unwrap();
        }
        drop(store);
        let store = home.open();
        prop_assert_eq!(reachable(&store), expected.clone());
        for digest in &expected {
            prop_assert!(store.blobs().verify(digest).unwrap());
        }
        prop_assert!(store.check(false, false).unwrap().is_good());
        collect(&store, how);
        super::files(&home.path().join("blobs")).iter().for_each(|path| age(path, 25));
        collect(&store, how);
        let left: BTreeSet<_> = store.blobs().all().unwrap().into_iter().map(|(digest, _)| digest).collect();
        prop_assert_eq!(&left, &expected);
        prop_assert_eq!(super::files(&home.path().join("blobs")).len(), expected.len(), "the trash is empty");
        for digest in &expected {
            prop_assert!(store.blobs().verify(digest).unwrap());
        }
        prop_assert_eq!(reachable(&store), expected);
        prop_assert!(store.check(false, false).unwrap().is_good());
    }
}

/// Others go on while it is collected: nothing that anybody has just put is lost.
#[test]
fn puts_while_it_is_collected_lose_nothing() {
    let home = Home::new();
    let store = home.open();
    let collecting = store.clone();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = stop.clone();
    let collector = std::thread::spawn(move || {
        let mut rounds = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) || rounds == 0 {
            collect(&collecting, NOW);
            rounds += 1;
        }
    });
    let runtime = runtime();
    for n in 0..300_u32 {
        // Three texts in turn: most are found, some were thrown away just now.
        let _lease = store.blobs().lease();
        let blob = put(&store, &format!("text {}", n % 3));
        let name = (n % 3) as u8;
        runtime.block_on(store.commit(vec![holding(name, &blob), slot_result(1, name, name)])).unwrap();
        assert!(store.blobs().contains(&blob), "{n}");
        runtime.block_on(store.commit(vec![Record::ProjectRemoved { id: project_id(1) }])).unwrap();
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    collector.join().unwrap();
}
