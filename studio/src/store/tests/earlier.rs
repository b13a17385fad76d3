//! Earlier results of places: which of them go when somebody asks for room.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::json;
use studio_plugin_sdk::wire::Take;

use super::{Home, facts::*, gc::*, runtime};
use crate::{
    model::{Approval, Decision, Digest, HandEdit, Key, Record, Slot, digest_of},
    store::{Collect, Collected, Earlier, Store},
};

const SLOTS: u8 = 3;
const KEYS: u8 = 8;
const OLD: Earlier = Earlier { older_than: Duration::from_hours(48), paid: false };

#[derive(Clone, Debug)]
enum Act {
    Result(u8),
    Slot(u8, u8),
    Choose(u8, u32),
    Approve(u8, u8),
    Edit(u8, u8),
    DropEdit(u8),
    Begin(u8),
    End(u8),
}

fn any_act() -> impl Strategy<Value = Act> {
    let (slot, key) = (0..SLOTS, 0..KEYS);
    prop_oneof![
        4 => key.clone().prop_map(Act::Result),
        5 => (slot.clone(), key.clone()).prop_map(|(s, k)| Act::Slot(s, k)),
        1 => (slot.clone(), 1_u32..4).prop_map(|(s, n)| Act::Choose(s, n)),
        1 => (slot.clone(), key.clone()).prop_map(|(s, k)| Act::Approve(s, k)),
        1 => (slot.clone(), key.clone()).prop_map(|(s, k)| Act::Edit(s, k)),
        1 => slot.prop_map(Act::DropEdit),
        1 => key.clone().prop_map(Act::Begin),
        1 => key.prop_map(Act::End),
    ]
}

fn is_paid(key: u8) -> bool {
    key.is_multiple_of(3)
}

fn is_young(key: u8) -> bool {
    key == 5
}

fn take_of(key: u8) -> u32 {
    u32::from(key % 2) + 1
}

/// A result with a file of its own.
fn made(store: &Store, n: u8) -> Record {
    let blob = put(store, &format!("made {n}"));
    let Record::Result { key, mut kept } = result(n, 10) else { unreachable!() };
    kept.response = json!({ "audio": { "blob": blob.hex(), "mime": "audio/wav", "bytes": 6 } });
    kept.digest = digest_of(&kept.response);
    kept.provenance.paid = is_paid(n);
    kept.provenance.take = Take { n: take_of(n), note: String::new() };
    if is_young(n) {
        kept.provenance.at_ms = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    }
    Record::Result { key, kept }
}

impl Act {
    fn record(&self, store: &Store) -> Option<Record> {
        Some(match *self {
            Self::Result(k) => made(store, k),
            Self::Slot(s, k) => slot_result(1, s, k),
            Self::Choose(s, n) => decided(1, s, Decision::Chosen { take: Take { n, note: String::new() } }),
            Self::Approve(s, k) => {
                let digest = store.kept(&key(k)).unwrap()?.digest;
                decided(1, s, Decision::Approved { digest })
            }
            Self::Edit(s, k) => {
                let edit = HandEdit { replaces: key(k), response: json!({}), digest: Digest::of(b"") };
                decided(1, s, Decision::Edited(edit))
            }
            Self::DropEdit(s) => decided(1, s, Decision::EditDropped),
            Self::Begin(k) => started(k, 5),
            Self::End(k) => cut(k, 0),
        })
    }
}

/// Does a place need that result? By asking the store, as anybody would.
fn needs(store: &Store, slot: &Slot, key: &Key) -> bool {
    let (steering, history) = (store.steering(slot).unwrap(), store.slot_history(slot).unwrap());
    let kept = |key: &Key| store.kept(key).unwrap();
    let of_take = history.iter().rev().find(|key| kept(key).is_some_and(|k| k.provenance.take.n == steering.take.n));
    let approved = history.contains(key)
        && kept(key).is_some_and(|kept| store.approval(slot, &kept.digest).unwrap() == Approval::Approved);
    store.slot(slot).unwrap().as_ref() == Some(key)
        || of_take == Some(key)
        || approved
        || steering.edit.is_some_and(|edit| edit.replaces == *key)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_a_place_needs_what_is_young_and_what_was_paid_stays(
        acts in proptest::collection::vec(any_act(), 1..40), paid: bool,
    ) {
        let home = Home::new();
        let store = home.open();
        // The module of nodes that are begun.
        put(&store, "wasm");
        runtime().block_on(store.commit(vec![project(1, "a", 0)])).unwrap();
        for act in &acts {
            let record = act.record(&store);
            runtime().block_on(store.commit(record.into_iter().collect())).unwrap();
        }
        let slots: Vec<_> = (0..SLOTS).map(|s| slot(1, s)).collect();
        let begun = |k: u8| store.started_node(&key(k)).unwrap().is_some();
        let had = |k: u8| slots.iter().any(|slot| store.slot_history(slot).unwrap().contains(&key(k)));
        let stays = |k: u8| {
            let needed = slots.iter().any(|slot| needs(&store, slot, &key(k)));
            needed || begun(k) || is_young(k) || (had(k) && is_paid(k) && !paid)
        };
        let there = |k: &u8| store.kept(&key(*k)).unwrap().is_some();
        let before: Vec<_> = (0..KEYS).filter(there).collect();
        let expected: Vec<_> = before.iter().copied().filter(|k| stays(*k)).collect();
        let takes = before.iter().filter(|k| had(**k) && !stays(**k)).count() as u64;
        super::files(&home.path().join("blobs")).iter().for_each(|path| age(path, 2));
        let how = Collect { earlier: Some(Earlier { paid, ..OLD }), ..ALL };
        let dry = collect(&store, Collect { dry_run: true, ..how });
        prop_assert_eq!((0..KEYS).filter(there).collect::<Vec<_>>(), before);
        let done = collect(&store, how);
        prop_assert_eq!(Collected { dry_run: false, ..dry }, done.clone());
        prop_assert_eq!((0..KEYS).filter(there).collect::<Vec<_>>(), expected.clone());
        prop_assert_eq!(done.takes, takes);
        for k in expected {
            let blob = Digest::of(format!("made {k}").as_bytes());
            prop_assert!(store.blobs().verify(&blob).unwrap());
        }
        prop_assert!(store.check(false, false).unwrap().is_good());
        prop_assert_eq!(collect(&store, how).takes, 0);
    }
}

#[test]
fn earlier_takes_stay_unless_they_are_asked_for_and_while_runs_are_under_way() {
    let home = Home::new();
    let store = home.open();
    let records =
        vec![project(1, "a", 0), made(&store, 2), slot_result(1, 0, 2), made(&store, 4), slot_result(1, 0, 4)];
    runtime().block_on(store.commit(records)).unwrap();
    let takes = |how: Collect| collect(&store, how).takes;
    assert_eq!(takes(ALL), 0);
    assert_eq!(takes(Collect { results: false, earlier: Some(OLD), ..ALL }), 0);
    assert_eq!(takes(Collect { earlier: Some(OLD), ..ALL }), 1);
    assert!(store.kept(&key(2)).unwrap().is_none() && store.kept(&key(4)).unwrap().is_some());
}
