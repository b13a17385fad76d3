//! Which commands are known to have been applied, and for how long.

use super::Home;
use crate::{
    model::{Applied, Entry, Record, Seq},
    store::{
        apply::{COMMANDS_KEPT, Tree, Trees as _, apply},
        mirror::Mirror,
    },
};

fn entry(seq: Seq, command: &str) -> Entry {
    let applied = Applied { command: command.into(), what: None, told: command.into() };
    Entry { seq, at_ms: 0, record: Record::Applied(applied) }
}

#[tokio::test]
async fn a_command_is_known_with_what_it_changed() {
    let home = Home::new();
    let store = home.open();
    assert_eq!(store.applied("a").unwrap(), None);
    store.commit(vec![entry(0, "a").record]).await.unwrap();
    store.commit(vec![entry(0, "ab").record]).await.unwrap();
    drop(store);
    std::fs::remove_dir_all(home.index()).unwrap();
    let store = home.open();
    assert_eq!(store.applied("a").unwrap().unwrap().told, "a");
    assert_eq!(store.applied("ab").unwrap().unwrap().told, "ab");
    assert_eq!(store.applied("b").unwrap(), None);
}

#[test]
fn commands_of_long_ago_are_forgotten() {
    let mut trees = Mirror::new(0);
    let mut then = |seq: Seq, command: &str| {
        trees.now = seq;
        let Ok(()) = apply(&mut trees, &entry(seq, command));
        ["a", "b", "c"].map(|known| trees.has(Tree::Commands, known.as_bytes()).unwrap())
    };
    assert_eq!(then(1, "a"), [true, false, false]);
    assert_eq!(then(5, "b"), [true, true, false]);
    assert_eq!(then(1 + COMMANDS_KEPT, "b"), [true, true, false], "it was applied at 5");
    assert_eq!(then(2 + COMMANDS_KEPT, "c"), [false, true, true]);
    assert_eq!(then(6 + COMMANDS_KEPT, "c"), [false, false, true]);
    assert_eq!(trees.tree(Tree::CommandOrder).count(), 1);
}
