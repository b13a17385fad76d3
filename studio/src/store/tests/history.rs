//! Edits that can be taken back, runs that wait, and names that a project had: through compaction, too.

use super::{Home, facts::*, small};
use crate::{
    model::{MOST_CHANGES, NodeState, Project, Record},
    store::Store,
};

fn numbers(store: &Store) -> Vec<u32> {
    store.changes(&project_id(1)).unwrap().iter().map(|change| change.n).collect()
}

#[tokio::test]
async fn edits_are_counted_cut_and_bounded() {
    let home = Home::new();
    let store = home.open();
    let at = |n| Record::ChangesAt { project: project_id(1), n };
    store.commit((1..=3).map(|n| changed(1, n, 0)).collect()).await.unwrap();
    store.commit(vec![changed(2, 1, 0), at(1)]).await.unwrap();
    assert_eq!((numbers(&store), store.changes_at(&project_id(1)).unwrap()), (vec![1, 2, 3], 1));
    store.commit(vec![changed(1, 2, 5)]).await.unwrap();
    assert_eq!((numbers(&store), store.changes_at(&project_id(1)).unwrap()), (vec![1, 2], 2), "no way back to 3");
    store.commit((3..=MOST_CHANGES + 7).map(|n| changed(1, n, 0)).collect()).await.unwrap();
    assert_eq!(numbers(&store), (8..=MOST_CHANGES + 7).collect::<Vec<_>>());
    store.commit(vec![Record::ProjectRemoved { id: project_id(1) }]).await.unwrap();
    assert_eq!((numbers(&store), store.changes_at(&project_id(1)).unwrap()), (vec![], 0));
    assert_eq!(store.changes(&project_id(2)).unwrap().len(), 1, "another project's");
}

#[tokio::test]
async fn a_run_waits_until_something_of_it_goes_on() {
    let home = Home::new();
    let store = home.open();
    let waits = || store.last_run_of(&project_id(1)).unwrap().unwrap().waits;
    store.commit(vec![project(1, "rice", 0), run(1, 1)]).await.unwrap();
    assert!(!waits());
    store.commit(vec![node(1, slot(1, 1), NodeState::Review), Record::RunWaits { run: run_id(1) }]).await.unwrap();
    assert!(waits());
    store.commit(vec![node(1, slot(1, 1), NodeState::Done)]).await.unwrap();
    assert!(!waits());
    store.commit(vec![Record::RunWaits { run: run_id(1) }, ended(1)]).await.unwrap();
    assert!(!waits());
}

#[tokio::test]
async fn a_name_that_a_project_had_leads_to_it_also_when_the_journal_was_compacted() {
    let home = Home::new();
    let store = home.open();
    let Record::Project(mut renamed) = project(1, "rice", 0) else { unreachable!() };
    store.commit(vec![Record::Project(renamed.clone())]).await.unwrap();
    renamed.set_slug("tea".into());
    store.commit(vec![Record::Project(Project { title: "Tea".into(), ..renamed })]).await.unwrap();
    // Something worth forgetting.
    store.commit((0..4).map(|t| started(9, 2_000 + t)).chain([result(9, 0)]).collect()).await.unwrap();
    store.close().await.unwrap();
    let store = Store::open_with(&home.path(), small()).unwrap();
    let by = |slug: &str| store.project_by_any_slug(slug).unwrap().map(|p| p.slug);
    assert_eq!((by("rice"), by("tea"), by("x")), (Some("tea".into()), Some("tea".into()), None));
    assert!(store.project_by_slug("rice").unwrap().is_none());
}
