//! What a record costs; printed, never asserted.

use std::time::Instant;

use super::{Home, Options, facts::*};
use crate::{model::NodeState, store::Store};

#[tokio::test]
#[ignore = "a measurement: cargo test -p studio --lib store::tests::speed -- --ignored --nocapture"]
async fn microseconds_a_record() {
    let home = Home::new();
    let store = home.open();
    store.commit(vec![project(1, "a", 0), run(1, 1)]).await.unwrap();
    for tasks in [1_usize, 8, 32, 128] {
        let rounds = (4_000 / tasks).max(60);
        let syncs = store.counters().syncs();
        let began = Instant::now();
        let work = |task: usize| {
            let store = store.clone();
            async move {
                for _ in 0..rounds {
                    store.commit(vec![node(1, slot(1, task as u8), NodeState::Running)]).await.unwrap();
                }
            }
        };
        futures::future::join_all((0..tasks).map(work)).await;
        let records = (tasks * rounds) as f64;
        let micros = began.elapsed().as_secs_f64() * 1e6 / records;
        let syncs = (store.counters().syncs() - syncs) as f64;
        eprintln!("commit, {tasks:3} at once: {micros:6.1} µs a record, {:.1} records a sync", records / syncs);
    }
    let began = Instant::now();
    for _ in 0..4_000 {
        store.append(vec![node(1, slot(1, 1), NodeState::Running)]).await.unwrap();
    }
    eprintln!("append, one at a time: {:6.1} µs a record", began.elapsed().as_secs_f64() * 1e6 / 4_000.0);
    let began = Instant::now();
    store.commit((0..4_000).map(|_| result(1, 300)).collect()).await.unwrap();
    eprintln!("commit of 4,000 records: {:6.1} µs a record", began.elapsed().as_secs_f64() * 1e6 / 4_000.0);
    let began = Instant::now();
    for _ in 0..4_000 {
        assert!(store.kept(&key(1)).unwrap().is_some());
    }
    eprintln!("kept: {:6.1} µs", began.elapsed().as_secs_f64() * 1e6 / 4_000.0);
    let records = store.last_seq();
    store.close().await.unwrap();
    let size = |files: Vec<std::path::PathBuf>| files.iter().map(|f| f.metadata().unwrap().len() >> 10).sum::<u64>();
    let mut never = Options::default();
    never.policy.from_bytes = u64::MAX;
    for (what, options, lose_index) in [
        ("as it was left", never, false),
        ("without an index", never, true),
        ("with compaction", Options::default(), false),
        ("compacted", Options::default(), false),
    ] {
        if lose_index {
            std::fs::remove_dir_all(home.index()).unwrap();
        }
        let began = Instant::now();
        let store = Store::open_with(&home.path(), options).unwrap();
        let took = began.elapsed().as_secs_f64() * 1e3;
        let (journal, index) = (size(home.segments()), size(super::files(&home.index())));
        eprintln!("open {what}, {records} records, journal {journal} KiB, index {index} KiB: {took:.1} ms");
        store.close().await.unwrap();
    }
}
