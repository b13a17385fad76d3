//! Records as they are written and read back.

use std::sync::Arc;

use super::{Home, facts::*};
use crate::{
    model::{Entry, NodeState, Record, RunOutcome},
    store::{Store, StoreError},
};

#[tokio::test]
async fn what_is_committed_is_read_back_and_still_there_after_opening_again() {
    let home = Home::new();
    let store = home.open();
    assert_eq!(store.commit(vec![project(1, "rice", 10), run(1, 1), run(2, 1)]).await.unwrap(), 3);
    store.append(vec![node(1, slot(1, 1), NodeState::Running)]).await.unwrap();
    store.commit(vec![node(1, slot(1, 1), NodeState::Done), node(1, slot(1, 2), NodeState::Ready)]).await.unwrap();
    store.commit(vec![result(1, 9_000), slot_result(1, 1, 1), slot_result(1, 2, 2), ended(1)]).await.unwrap();
    check(&store);
    store.close().await.unwrap();
    check(&home.open());
}

fn check(store: &Store) {
    assert_eq!(store.project_by_slug("rice").unwrap().unwrap().id, project_id(1));
    assert_eq!(store.project_by_slug("ric").unwrap(), None);
    let kept = store.kept(&key(1)).unwrap().unwrap();
    assert_eq!(kept.response["seconds"], 0.1 + 0.2);
    assert_eq!(kept.response["text"].as_str().unwrap().len(), 9_000);
    assert_eq!(store.slot(&slot(1, 1)).unwrap(), Some(key(1)));
    assert_eq!(store.slots_under("project1/scene-2").unwrap(), [(slot(1, 2), key(2))]);
    assert_eq!(store.slots_under("project1/scene").unwrap(), []);
    assert_eq!(store.slots_under("project1").unwrap().len(), 2);
    let states: Vec<_> = store.last_nodes(&run_id(1)).unwrap().iter().map(|n| n.state).collect();
    assert_eq!(states, [NodeState::Done, NodeState::Ready]);
    assert!(matches!(store.run(&run_id(1)).unwrap().unwrap().outcome, Some(RunOutcome::Done { .. })));
    let unfinished: Vec<_> = store.unfinished_runs().unwrap().into_iter().map(|r| r.id).collect();
    assert_eq!(unfinished, [run_id(2)]);
    assert_eq!(store.runs_of(&project_id(1)).unwrap().len(), 2);
    assert_eq!(store.last_seq(), 10);
    let events: Vec<_> = store.entries_since(2, 3).unwrap().iter().map(|e| e.seq).collect();
    assert_eq!(events, [3, 4, 5]);
}

#[tokio::test]
async fn a_slug_that_was_given_up_can_be_taken_and_a_removed_project_takes_its_work_along() {
    let home = Home::new();
    let store = home.open();
    store.commit(vec![project(1, "rice", 0), project(2, "tea", 0), run(1, 1), slot_result(1, 1, 1)]).await.unwrap();
    store.commit(vec![project(1, "wheat", 0), project(2, "rice", 0), result(1, 0)]).await.unwrap();
    assert_eq!(store.project_by_slug("rice").unwrap().unwrap().id, project_id(2));
    assert_eq!(store.project_by_slug("tea").unwrap(), None);
    store.commit(vec![node(1, slot(1, 1), NodeState::Done)]).await.unwrap();
    store.commit(vec![Record::ProjectRemoved { id: project_id(1) }]).await.unwrap();
    assert_eq!(store.project(&project_id(1)).unwrap(), None);
    assert_eq!(store.run(&run_id(1)).unwrap(), None);
    assert_eq!(store.unfinished_runs().unwrap(), []);
    assert_eq!(store.last_nodes(&run_id(1)).unwrap(), []);
    assert_eq!(store.slots_under("project1").unwrap(), []);
    assert!(store.kept(&key(1)).unwrap().is_some(), "results are shared between projects");
    assert_eq!(store.listed().unwrap().len(), 1);
}

#[tokio::test]
async fn a_result_forgets_the_turns_and_a_cut_forgets_some() {
    let home = Home::new();
    let store = home.open();
    let turns = |store: &Store| store.turns(&key(1)).unwrap().iter().map(|t| t.turn).collect::<Vec<_>>();
    store.commit(vec![started(1, 5_000), intent(1, 0), turn(1, 1, 0)]).await.unwrap();
    store.commit(vec![intent(1, 7), turn(1, 2, 5), turn(1, 3, 7), turn(1, 300, 6)]).await.unwrap();
    assert_eq!(turns(&store), [1, 2, 3, 300]);
    assert_eq!(store.intents(&key(1)).unwrap().len(), 2);
    // The answer to effect 7 is cut, so it was answered: it does not count as lost.
    store.commit(vec![cut(1, 3)]).await.unwrap();
    assert_eq!(turns(&store), [1, 2]);
    assert_eq!(store.intents(&key(1)).unwrap().iter().map(|i| i.effect).collect::<Vec<_>>(), [0]);
    assert!(store.started_node(&key(1)).unwrap().unwrap().start.seed == u64::MAX - 1);
    // Sent again and not answered: it stays, whatever is cut.
    store.commit(vec![intent(1, 7), cut(1, 1)]).await.unwrap();
    assert_eq!(store.intents(&key(1)).unwrap().iter().map(|i| i.effect).collect::<Vec<_>>(), [7]);
    store.commit(vec![turn(1, 1, 0), result(1, 1), started(2, 0), cut(2, 0)]).await.unwrap();
    assert_eq!(turns(&store), [0; 0]);
    assert_eq!((store.started().unwrap(), store.intents(&key(1)).unwrap()), (vec![], vec![]));
}

#[tokio::test]
async fn events_are_told_once_they_can_be_read_in_order_and_nothing_else_is() {
    let home = Home::new();
    let store = home.open();
    let mut events = store.subscribe();
    store.commit(vec![started(1, 0), log(1, "one"), turn(1, 1, 0)]).await.unwrap();
    store.append(vec![log(1, "two")]).await.unwrap();
    let told: Vec<Arc<Entry>> = vec![events.recv().await.unwrap(), events.recv().await.unwrap()];
    let read = store.entries_since(0, 10).unwrap();
    assert_eq!(told.iter().map(|e| (**e).clone()).collect::<Vec<_>>(), read);
    assert_eq!(read.iter().map(|e| e.seq).collect::<Vec<_>>(), [2, 4]);
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn many_tasks_share_few_syncs() {
    let home = Home::new();
    let store = home.open();
    let before = store.counters().syncs();
    let write = |n: usize| {
        let store = store.clone();
        async move { store.commit(vec![log(1, &n.to_string()), log(2, "")]).await }
    };
    let seqs = futures::future::join_all((0..400).map(write)).await;
    let mut seqs: Vec<_> = seqs.into_iter().map(Result::unwrap).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=400).map(|n| n * 2).collect::<Vec<_>>());
    assert_eq!(store.counters().groups(), 400);
    let syncs = store.counters().syncs() - before;
    assert!(syncs < 200, "{syncs} syncs for 400 commits");
    assert_eq!(store.entries_since(0, 1_000).unwrap().len(), 800);
}

#[tokio::test]
async fn appended_records_cost_no_sync_and_an_empty_commit_is_one() {
    let home = Home::new();
    let store = home.open();
    for n in 0..20 {
        store.append(vec![turn(1, n, 0)]).await.unwrap();
    }
    assert!(store.counters().syncs() < 10, "only those of pauses");
    let before = store.counters().syncs();
    store.append(vec![turn(1, 21, 0)]).await.unwrap();
    assert_eq!(store.commit(vec![]).await.unwrap(), 21);
    assert_eq!(store.counters().syncs(), before + 1);
    assert_eq!(store.turns(&key(1)).unwrap().len(), 21);
}

#[tokio::test]
async fn after_closing_every_clone_says_so() {
    let home = Home::new();
    let store = home.open();
    let other = store.clone();
    store.close().await.unwrap();
    assert!(matches!(other.listed(), Err(StoreError::Closed)));
    assert!(matches!(other.commit(vec![log(1, "")]).await, Err(StoreError::Closed)));
    home.open().close().await.unwrap();
    assert!(matches!(other.close().await, Err(StoreError::Closed)));
}
