//! What people decided, as it is read back.

use serde_json::json;

use super::{Home, facts::*};
use crate::model::{Approval, Decision, Digest, HandEdit, Record, digest_of};

#[tokio::test]
async fn decisions_hang_on_their_slot_and_end_with_their_project() {
    let home = Home::new();
    let store = home.open();
    let here = slot(1, 1);
    assert_eq!(store.steering(&here).unwrap().take, take(1));
    store.commit(vec![project(1, "rice", 0), slot_result(1, 1, 1), slot_result(1, 1, 2)]).await.unwrap();
    store.commit(vec![slot_result(1, 1, 1), slot_result(1, 2, 2)]).await.unwrap();
    assert_eq!(store.slot_history(&here).unwrap(), [key(2), key(1)], "the latest last");
    let (good, other) = (Digest::of(b"good"), Digest::of(b"other"));
    assert_eq!(store.approval(&here, &good).unwrap(), Approval::Open);
    store.commit(vec![decided(1, 1, Decision::Approved { digest: good })]).await.unwrap();
    assert_eq!(store.approval(&here, &good).unwrap(), Approval::Approved);
    assert_eq!(store.approval(&here, &other).unwrap(), Approval::Stale);
    assert_eq!(store.approval(&slot(1, 2), &good).unwrap(), Approval::Open, "another place");
    store.commit(vec![decided(1, 1, Decision::Regenerated { take: take(2) })]).await.unwrap();
    store.commit(vec![decided(1, 1, Decision::Regenerated { take: take(3) })]).await.unwrap();
    store.commit(vec![decided(1, 1, Decision::Chosen { take: take(2) })]).await.unwrap();
    assert_eq!(store.steering(&here).unwrap().take, take(2));
    assert_eq!(store.takes_asked(&here).unwrap(), [take(2), take(3)]);
    let response = json!({"text": "by hand"});
    let edit = HandEdit { replaces: key(1), digest: digest_of(&response), response };
    store.commit(vec![decided(1, 1, Decision::Edited(edit.clone()))]).await.unwrap();
    let steering = store.steering(&here).unwrap();
    assert_eq!(steering.edit_of(&key(1)), Some(&edit));
    assert!(steering.has_stale_edit(&key(2)));
    store.commit(vec![decided(1, 1, Decision::Chosen { take: take(1) })]).await.unwrap();
    assert_eq!(store.steering(&here).unwrap().edit, None, "who chooses a take does not want the edit");
    store.commit(vec![Record::ProjectRemoved { id: project_id(1) }]).await.unwrap();
    assert_eq!(store.steering(&here).unwrap().take, take(1));
    assert!(store.slot_history(&here).unwrap().is_empty() && store.takes_asked(&here).unwrap().is_empty());
}
