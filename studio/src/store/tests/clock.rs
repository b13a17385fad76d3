//! Clocks that are set back or forward.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use super::{Home, facts::*, files};
use crate::{
    model::{BlobStore, Digest, Record, RunId},
    store::{Collect, Collected, Store},
};

fn collect(store: &Store) -> Collected {
    store.collect(Collect { results: true, ..Collect::default() }, &[], &|_| Err(String::new())).unwrap()
}

fn put(store: &Store, text: &str) -> Digest {
    let mut sink = store.blobs().create().unwrap();
    sink.write(text.as_bytes()).unwrap();
    sink.finish().unwrap()
}

/// A file's time as a clock would have given it that was so far ahead.
fn ahead(path: &std::path::Path, days: u64) {
    fs::File::open(path).unwrap().set_modified(SystemTime::now() + Duration::from_hours(24 * days)).unwrap();
}

/// Ids of runs hold the time: one that began after the clock was set back has the smaller id.
#[tokio::test]
async fn the_latest_run_is_the_one_that_began_last() {
    let home = Home::new();
    let store = home.open();
    let named = |id: &str| {
        let Record::RunStarted(mut run) = run(1, 1) else { unreachable!() };
        run.id = RunId::new(id);
        Record::RunStarted(run)
    };
    store.commit(vec![project(1, "a", 0), named("01M9"), named("01M8"), named("01M8B")]).await.unwrap();
    let seen = |store: &Store| {
        let runs = store.runs_of(&project_id(1)).unwrap();
        let latest = store.latest_run(&project_id(1)).unwrap().unwrap();
        (runs.iter().map(|run| run.id.to_string()).collect::<Vec<_>>(), latest.id.to_string())
    };
    let expected = (vec!["01M9".to_owned(), "01M8".into(), "01M8B".into()], "01M8B".to_owned());
    assert_eq!(seen(&store), expected);
    drop(store);
    fs::remove_dir_all(home.index()).unwrap();
    let store = home.open();
    assert_eq!(seen(&store), expected);
    store.commit(vec![Record::ProjectRemoved { id: project_id(1) }]).await.unwrap();
    assert!(store.runs_of(&project_id(1)).unwrap().is_empty() && store.unfinished_runs().unwrap().is_empty());
}

#[test]
fn what_comes_from_the_future_is_not_old_and_what_looks_old_is_kept_while_it_is_used() {
    let home = Home::new();
    let store = home.open();
    let blob = put(&store, "from the future");
    // The clock was set back since it was put.
    ahead(&store.blobs().path(&blob), 9);
    assert_eq!(collect(&store).trashed, 0);
    // … and since it was thrown away.
    fs::File::open(store.blobs().path(&blob)).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(collect(&store).trashed, 1);
    let trash = files(&home.path().join("blobs/trash"));
    ahead(&trash[0], 9);
    assert_eq!(collect(&store).deleted, 0);
    // A clock that is set forward makes everything look old; what a run has put is not thrown away all the same.
    let lease = store.blobs().lease();
    let used = put(&store, "used");
    fs::File::open(store.blobs().path(&used)).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(collect(&store).trashed, 0);
    drop(lease);
    assert_eq!(collect(&store).trashed, 1);
}

/// Entries keep their order whatever time they bear.
#[tokio::test]
async fn numbers_not_times_are_the_order() {
    let home = Home::new();
    let store = home.open();
    for text in ["a", "b", "c"] {
        store.commit(vec![log(1, text)]).await.unwrap();
    }
    let events = store.entries_since(0, 9).unwrap();
    assert!(events.is_sorted_by_key(|entry| entry.seq) && events.len() == 3);
}
