//! An index that has grown is made anew while the store is used, with the latest events alone.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{Home, Options, facts::*};
use crate::store::{Store, compact::Policy};

/// Tells of tens of thousands of things; the store, and the largest size that its index had.
async fn told(home: &Home, index_limit: u64) -> (Store, u64) {
    let policy = Policy { events: 200, ..Options::default().policy };
    let store = Store::open_with(&home.path(), Options { policy, index_limit, ..Options::default() }).unwrap();
    store.commit(vec![project(1, "a", 0), run(1, 1), result(1, 50), slot_result(1, 1, 1)]).await.unwrap();
    let mut largest = 0;
    // Whoever reads meanwhile finds everything, also while the index is made anew.
    let (stop, reading) = (Arc::new(AtomicBool::new(false)), store.clone());
    let stopped = Arc::clone(&stop);
    let reader = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            assert!(reading.project(&project_id(1)).expect("the store is open").is_some());
        }
    });
    for _ in 0..20 {
        store.append((0..2_000).map(|n| log(1, &n.to_string())).collect()).await.unwrap();
        let size = store.in_writer(|writer| {
            writer.settle().unwrap();
            writer.shared.index.read().as_ref().unwrap().size().unwrap()
        });
        largest = largest.max(size.unwrap());
    }
    stop.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    (store, largest)
}

#[tokio::test]
async fn the_index_stays_small_however_much_is_told() {
    let (home, other) = (Home::new(), Home::new());
    let (store, largest) = told(&home, 1 << 20).await;
    let (unlimited, grown) = told(&other, u64::MAX).await;
    eprintln!("{largest} bytes at most, {grown} without a limit");
    assert!(largest * 2 < grown, "{largest} and {grown}");
    let from = store.events_from().unwrap();
    assert!(from > 200 && unlimited.events_from().unwrap() == 1);
    let events = store.entries_since(0, usize::MAX).unwrap();
    let numbers: Vec<_> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (from..=store.last_seq()).collect::<Vec<_>>());
    assert!(numbers.len() >= 200);
    let strip = |store: &Store| {
        let all = everything(store, from);
        all.lines().filter(|line| !line.trim_start().starts_with("at_ms: 1")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(strip(&store), strip(&unlimited));
    let checked = store.check(true, false).unwrap();
    assert!(checked.faults.iter().all(|fault| fault.code == "blob.missing"), "{checked:?}");
    drop(store);
    assert_eq!(home.open().events_from().unwrap(), from);
}
