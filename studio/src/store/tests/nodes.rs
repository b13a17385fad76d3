//! Nodes and generations of which there are many: the wanted ones in pages, with an index that was made anew as well.

use std::ops::ControlFlow;

use super::{Home, facts::*};
use crate::{
    model::{Decision, Digest, Generation, GenerationId, HandEdit, NodeState, Record, Slot},
    store::Store,
};

const STATES: [NodeState; 8] = [
    NodeState::Waiting,
    NodeState::Ready,
    NodeState::Running,
    NodeState::Review,
    NodeState::Kept,
    NodeState::Done,
    NodeState::Failed,
    NodeState::Cancelled,
];

/// A node of each state at slots 1 to 8, and then again at 9 to 16.
fn nodes() -> Vec<Record> {
    (1..=16).map(|n| node(1, slot(1, n), STATES[usize::from(n - 1) % 8])).collect()
}

#[tokio::test]
async fn wanted_nodes_are_given_in_pages_in_the_order_of_their_slots() {
    let home = Home::new();
    let store = home.open();
    store.commit(vec![project(1, "rice", 0), run(1, 1), run(2, 1)]).await.unwrap();
    store.commit(nodes()).await.unwrap();
    store.commit(vec![node(2, slot(1, 3), NodeState::Done)]).await.unwrap();
    check_nodes(&store);
    // The latest change counts, also where it waits again.
    store.commit(vec![node(2, slot(1, 3), NodeState::Waiting)]).await.unwrap();
    assert_eq!(store.node_states(&run_id(2)).unwrap(), [(slot(1, 3), NodeState::Waiting)]);
    assert!(store.node_changed(&run_id(2)) > store.node_changed(&run_id(1)));
    store.close().await.unwrap();
    std::fs::remove_dir_all(home.index()).unwrap();
    let store = home.open();
    assert_eq!(store.node_changed(&run_id(1)), 0, "this process has written none");
    check_nodes(&store);
}

fn check_nodes(store: &Store) {
    let all = store.last_nodes(&run_id(1)).unwrap();
    assert_eq!(all.len(), 16);
    assert!(all.is_sorted_by(|a, b| a.slot < b.slot));
    let states: Vec<_> = all.iter().map(|n| (n.slot.clone(), n.state)).collect();
    assert_eq!(store.node_states(&run_id(1)).unwrap(), states);
    for wanted in STATES {
        let fit = |state| state == wanted || state == NodeState::Waiting;
        let expected: Vec<_> = all.iter().filter(|n| fit(n.state)).cloned().collect();
        for size in 1..=5 {
            let (mut pages, mut after) = (Vec::new(), None::<Slot>);
            loop {
                let page = store.nodes_where(&run_id(1), after.as_ref(), size, fit).unwrap();
                assert!(page.len() <= size);
                let Some(last) = page.last() else { break };
                after = Some(last.slot.clone());
                pages.extend(page);
            }
            assert_eq!(pages, expected, "{wanted:?} in pages of {size}");
        }
    }
    let ended: Vec<_> = store.ended_nodes(&run_id(1)).unwrap().into_iter().map(|(_, n)| n.state).collect();
    assert_eq!(ended.len(), 4);
    assert!(ended.iter().all(|state| matches!(state, NodeState::Done | NodeState::Failed)));
    assert!(store.has_node(&run_id(1), &slot(1, 1)).unwrap() && store.has_node(&run_id(1), &slot(1, 2)).unwrap());
    assert!(!store.has_node(&run_id(2), &slot(1, 1)).unwrap());
    assert_eq!(store.run_ids().unwrap(), [run_id(1), run_id(2)]);
}

#[tokio::test]
async fn slots_with_something_made_by_hand_are_found_without_the_others() {
    let home = Home::new();
    let store = home.open();
    let by_hand = |n| {
        let response = serde_json::json!({ "n": n });
        let digest = Digest::of(&[n]);
        decided(1, n, Decision::Edited(HandEdit { replaces: key(n), response, digest }))
    };
    store.commit(vec![by_hand(2), by_hand(1), decided(2, 1, Decision::EditDropped)]).await.unwrap();
    store.commit(vec![decided(1, 2, Decision::EditDropped)]).await.unwrap();
    assert_eq!(store.edited_slots(&project_id(1)).unwrap(), [slot(1, 1)]);
    assert_eq!(store.edited_slots(&project_id(2)).unwrap(), []);
    store.commit(vec![slot_result(1, 1, 1), slot_result(1, 2, 2)]).await.unwrap();
    let wanted = store.slots_where("project1", |slot| *slot != super::facts::slot(1, 1)).unwrap();
    assert_eq!(wanted, [(slot(1, 2), key(2))]);
    assert!(store.is_any_slot_below("project1").unwrap() && !store.is_any_slot_below("project").unwrap());
}

#[tokio::test]
async fn generations_are_looked_at_from_the_latest_back() {
    let home = Home::new();
    let store = home.open();
    let Record::Generation(one) = generation(1, true, 3) else { panic!() };
    let id = |n: usize| GenerationId::new(format!("{n:06}"));
    let all = (0..1000).map(|n| Record::Generation(Box::new(Generation { id: id(n), ..(*one).clone() })));
    store.commit(all.collect()).await.unwrap();
    let back = |before: Option<usize>, most: usize| {
        let mut seen = Vec::new();
        let look = store.generations_back(before.map(id).as_ref(), |generation| {
            seen.push(generation.id);
            if seen.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        look.unwrap();
        seen
    };
    assert_eq!(back(None, usize::MAX), (0..1000).rev().map(id).collect::<Vec<_>>());
    assert_eq!(back(Some(700), 3), [id(699), id(698), id(697)]);
    assert_eq!(back(Some(256), usize::MAX).len(), 256, "a whole page is not the end");
    assert!(back(Some(0), 1).is_empty());
}
