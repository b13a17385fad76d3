//! Stores of other versions: older ones are brought up, newer ones are refused and left alone.

use std::fs;

use super::{Home, facts::*, files};
use crate::store::{SCHEMA, Store};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A store whose manifest says another schema.
fn of_schema(schema: u32) -> (Home, String) {
    let home = Home::new();
    let store = home.open();
    runtime().block_on(store.commit(vec![project(1, "a", 0), result(1, 5), slot_result(1, 1, 1)])).unwrap();
    let seen = everything(&store, 1);
    drop(store);
    let manifest = home.path().join("journal/MANIFEST");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace(&format!("\"schema\": {SCHEMA}"), &format!("\"schema\": {schema}"))).unwrap();
    (home, seen)
}

fn schema(home: &Home) -> u64 {
    let text = fs::read(home.path().join("journal/MANIFEST")).unwrap();
    serde_json::from_slice::<serde_json::Value>(&text).unwrap()["schema"].as_u64().unwrap()
}

#[test]
fn an_older_store_is_brought_up_and_its_manifest_is_kept() {
    let (home, seen) = of_schema(1);
    let before = fs::read_to_string(home.path().join("journal/MANIFEST")).unwrap();
    for _ in 0..2 {
        assert_eq!(everything(&home.open(), 1), seen);
        assert_eq!(schema(&home), u64::from(SCHEMA));
        assert_eq!(fs::read_to_string(home.path().join("journal/MANIFEST.schema-1")).unwrap(), before);
    }
    // A crash after the copy and before the number: it is done again.
    fs::write(home.path().join("journal/MANIFEST"), &before).unwrap();
    fs::write(home.path().join("journal/MANIFEST.new"), "{").unwrap();
    assert_eq!(everything(&home.open(), 1), seen);
}

#[test]
fn a_newer_store_is_refused_and_nothing_in_it_is_touched() {
    let (home, _) = of_schema(SCHEMA + 1);
    let all = || files(&home.path()).into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect::<Vec<_>>();
    let before = all();
    let refused = Store::open(&home.path()).err().unwrap();
    assert_eq!(refused.code(), "store.newer");
    assert!(refused.to_string().contains(&(SCHEMA + 1).to_string()) && refused.help().contains("newer studio"));
    let but_lock = |files: Vec<(Vec<u8>, std::path::PathBuf)>| {
        files.into_iter().filter(|(_, path)| !path.ends_with("lock")).collect::<Vec<_>>()
    };
    assert_eq!(but_lock(all()), but_lock(before));
}

#[test]
fn a_kind_of_record_that_is_not_known_is_no_damage() {
    let home = Home::new();
    let store = home.open();
    runtime().block_on(store.commit(vec![log(1, "x")])).unwrap();
    drop(store);
    // As a newer studio of the same schema would write it, which none may do.
    let journal = home.segments().remove(0);
    let mut bytes = fs::read(&journal).unwrap();
    let entry = br#"{"seq":2,"at_ms":1,"record":{"type":"hologram","depth":3}}"#.to_vec();
    crate::store::frame::encode(&[entry], crate::store::frame::Meaning::Facts, 0, 2, &mut bytes);
    fs::write(&journal, bytes).unwrap();
    let refused = Store::open(&home.path()).err().unwrap();
    assert_eq!(refused.code(), "store.newer");
    assert!(refused.to_string().contains("hologram"), "{refused}");
}

#[test]
fn an_index_of_another_layout_is_made_anew() {
    let (home, seen) = of_schema(SCHEMA);
    let store = home.open();
    store
        .in_writer(|writer| {
            let index = writer.shared.index.read();
            let index = index.as_ref().unwrap();
            index.spoil_layout();
            index.spoil(crate::store::apply::Tree::Kept, 1);
            index.flush()
        })
        .unwrap()
        .unwrap();
    drop(store);
    assert_eq!(everything(&home.open(), 1), seen);
}
