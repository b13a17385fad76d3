//! Stores of released versions: each opens, is whole, and pays for nothing that was paid. `tests/fixtures/stores` has
//! one of each schema; CONTRIBUTING.md says how a release adds its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use studio_tests::{Home, openai::OpenAi, workspace};

/// Where the service was when the stores were made: it is part of the names of results.
const PORT: u16 = 18_473;

/// What was made: paid texts, of one of them a second take, a paid picture, and a free storyboard.
const SCRIPT: &str = include_str!("../../fixtures/stores/schema-1/store/scripts/paid.lua");

fn fixtures() -> PathBuf {
    workspace().join("tests/fixtures/stores")
}

/// A home with a copy of a store in it.
fn with(store: &Path) -> Home {
    let home = Home::new();
    copy(&store.join("store"), &home.store());
    home
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let (entry, target) = (entry.expect("an entry").path(), to);
        let target = target.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, target).expect("a copy");
        }
    }
}

fn all() -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(fixtures()).expect("stores").map(|e| e.expect("a store").path()).collect();
    all.sort();
    all
}

#[test]
fn a_store_of_each_version_opens_and_pays_for_nothing() {
    let all = all();
    assert!(!all.is_empty());
    for store in all {
        let home = with(&store);
        let expected: Value =
            serde_json::from_slice(&fs::read(store.join("expected.json")).expect("what it has")).expect("JSON");
        let name = store.display();
        // Nobody answers at the service's address: whatever would be asked for fails.
        let plan = home.json(&["plan", "paid"]);
        assert_eq!(plan["complete"], true, "{name}: {plan}");
        let verdicts: Vec<_> = plan["nodes"].as_array().expect("nodes").iter().map(|n| &n["verdict"]).collect();
        assert!(verdicts.len() > 4 && verdicts.iter().all(|v| **v == json!("kept")), "{name}: {plan}");
        let again = home.json(&["run", "paid"]);
        assert_eq!((&again["ran"], &again["value"]), (&json!(0), &expected["value"]), "{name}: {again}");
        let shown = home.json(&["show", "paid"]);
        assert_eq!(shown["title"], expected["title"], "{name}");
        let takes = home.json(&["review", "paid", "llm#2"]);
        assert_eq!(takes["takes"].as_array().map(Vec::len), Some(2), "{name}: {takes}");
        let checked = home.json(&["store", "check"]);
        assert_eq!(checked["faults"], json!([]), "{name}: {checked}");
        assert!(checked["schema"].as_u64() >= expected["schema"].as_u64(), "{name}: {checked}");
        assert!(checked["blobs"].as_u64() > Some(1), "{name}: {checked}");
    }
}

#[test]
fn the_stores_are_one_of_each_schema_and_small() {
    let schemas: Vec<u64> = all()
        .iter()
        .map(|store| {
            let manifest = fs::read(store.join("store/journal/MANIFEST")).expect("a manifest");
            serde_json::from_slice::<Value>(&manifest).expect("JSON")["schema"].as_u64().expect("a number")
        })
        .collect();
    assert!(schemas.iter().all(|schema| *schema <= u64::from(studio::store::SCHEMA)), "{schemas:?}");
    let unique: std::collections::BTreeSet<_> = schemas.iter().collect();
    assert_eq!(unique.len(), schemas.len(), "one of each");
    assert!(fixtures_are_small(), "they are looked at by people");
}

fn fixtures_are_small() -> bool {
    fn bytes(path: &Path) -> u64 {
        if path.is_dir() {
            return fs::read_dir(path).into_iter().flatten().flatten().map(|e| bytes(&e.path())).sum();
        }
        fs::metadata(path).map_or(0, |m| m.len())
    }
    all().iter().all(|store| bytes(store) < 128 << 10)
}

/// `STUDIO_STORE_NAME=schema-3 cargo test -p studio-tests --test suite make_a_store -- --ignored`, with `STUDIO_BIN`
/// where another studio is to make it.
#[test]
#[ignore = "makes tests/fixtures/stores/NAME"]
fn make_a_store_of_this_version() {
    let Ok(name) = std::env::var("STUDIO_STORE_NAME") else { panic!("say STUDIO_STORE_NAME=…") };
    let to = fixtures().join(name);
    assert!(!to.exists(), "{} is there; a released store is never made anew", to.display());
    let server = OpenAi::on(PORT, None);
    let home = Home::new();
    let store = home.store();
    fs::create_dir_all(store.join("scripts")).expect("a folder");
    fs::write(store.join("scripts/paid.lua"), SCRIPT).expect("the script");
    fs::write(store.join("config.toml"), format!("[plugins.openai]\nurl = \"{}\"\n", server.url())).expect("settings");
    assert_eq!(home.studio(&["plugin", "grant", "openai", "--yes"]).code, Some(0));
    home.json(&[
        "new",
        "Paid",
        "--script",
        "paid",
        "--set",
        "text=# Rice\n\nRice grows in water.\n\n## Work\n\nNothing is pumped.",
    ]);
    home.json(&["run", "paid"]);
    home.json(&["review", "paid", "llm#2", "--regenerate", "Shorter, please"]);
    let ran = home.json(&["run", "paid"]);
    let manifest: Value = serde_json::from_slice(&fs::read(store.join("journal/MANIFEST")).expect("it")).expect("JSON");
    let expected = json!({ "title": "Paid", "value": ran["value"], "schema": manifest["schema"] });
    for part in ["journal", "config.toml", "scripts"] {
        if store.join(part).is_dir() {
            copy(&store.join(part), &to.join("store").join(part));
        } else {
            fs::copy(store.join(part), to.join("store").join(part)).expect("a copy");
        }
    }
    // Without the plugins' modules: whoever opens the store has its own.
    for folder in fs::read_dir(store.join("blobs")).expect("blobs").flatten() {
        for blob in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let bytes = fs::read(blob.path()).expect("a blob");
            if !bytes.starts_with(b"\0asm") {
                let folder = to.join("store/blobs").join(folder.file_name());
                fs::create_dir_all(&folder).expect("a folder");
                fs::write(folder.join(blob.file_name()), bytes).expect("a copy");
            }
        }
    }
    fs::write(to.join("expected.json"), serde_json::to_string_pretty(&expected).expect("JSON") + "\n").expect("a file");
}
