//! The chats of projects: kept in their order, forgotten from the oldest on, and gone with the project.

use super::{Home, facts::*, runtime};
use crate::model::*;

#[test]
fn a_chat_is_paged_from_its_end_and_goes_with_its_project() {
    let home = Home::new();
    let store = home.open();
    let said = |p: u8, n: u8, state| super::facts::said(p, n, state, 3);
    let place = |p: u8, n: u8| Record::SlotResult { slot: chat_slot(&project_id(p), &chat_id(n)), key: key(n) };
    let mut records = vec![project(1, "a", 0), project(2, "b", 0), said(2, 9, ChatState::Done), place(2, 9)];
    records.extend((0..5).flat_map(|n| [said(1, n, ChatState::Done), place(1, n)]));
    records.push(said(1, 5, ChatState::Writing));
    runtime().block_on(store.commit(records)).unwrap();
    let ids = |found: Vec<ChatMessage>| found.into_iter().map(|m| m.id.to_string()).collect::<Vec<_>>();
    let (one, two) = (project_id(1), project_id(2));
    assert_eq!(ids(store.chat_before(&one, None, 2).unwrap()), ["m4", "m5"]);
    assert_eq!(ids(store.chat_before(&one, Some(&chat_id(4)), 2).unwrap()), ["m2", "m3"]);
    assert_eq!(ids(store.chat_before(&one, Some(&chat_id(1)), 5).unwrap()), ["m0"]);
    assert_eq!(ids(store.chat_before(&two, None, 5).unwrap()), ["m9"]);
    assert_eq!(ids(store.chat_writing().unwrap()), ["m5"]);

    runtime().block_on(store.commit(vec![Record::ChatForgotten { project: one.clone(), until: chat_id(2) }])).unwrap();
    assert_eq!(ids(store.chat(&one).unwrap()), ["m3", "m4", "m5"]);
    assert_eq!(store.slots_under(&chat_path(&one)).unwrap().len(), 2);
    runtime().block_on(store.commit(vec![said(1, 5, ChatState::Done)])).unwrap();
    assert!(store.chat_writing().unwrap().is_empty());

    runtime().block_on(store.commit(vec![Record::ProjectRemoved { id: one.clone() }])).unwrap();
    assert!(store.chat(&one).unwrap().is_empty() && store.slots_under(&chat_path(&one)).unwrap().is_empty());
    assert_eq!(ids(store.chat(&two).unwrap()), ["m9"]);
    assert_eq!(store.slots_under(&chat_path(&two)).unwrap().len(), 1);
}
