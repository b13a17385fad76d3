//! Every recorded run of the shipped plugins, natively and as the module that the program carries: the same turns,
//! and results that change only with a `rev`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use studio_plugin_sdk::{
    Plugin,
    prelude::json,
    testkit::{Cassette, Guest, Native, check},
    wire::Outcome,
};
use studio_tests::{golden, guest::Wasm, workspace};

type Built = (&'static str, fn() -> Plugin);

/// The shipped plugins, built for this box.
fn natives() -> [Built; 6] {
    [
        ("cards", studio_plugin_cards::plugin),
        ("espeak", studio_plugin_espeak::plugin),
        ("ffmpeg", studio_plugin_ffmpeg::plugin),
        ("folder", studio_plugin_folder::plugin),
        ("openai", studio_plugin_openai::plugin),
        ("outline", studio_plugin_outline::plugin),
    ]
}

fn cassettes(id: &str) -> Vec<PathBuf> {
    let folder = workspace().join("plugins").join(id).join("tests/cassettes");
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|e| e.expect("a file").path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
    paths.sort();
    assert!(!paths.is_empty(), "{id} has no cassettes");
    paths
}

#[test]
fn modules_do_what_the_plugins_do_natively() {
    for (id, plugin) in natives() {
        let (mut native, mut wasm) = (Native::new(plugin()), Wasm::shipped(id));
        assert_eq!(native.describe().unwrap(), wasm.describe().unwrap(), "{id}");
        let mut results = BTreeMap::new();
        for path in cassettes(id) {
            let here = check(&path, &mut native).unwrap();
            let there = check(&path, &mut wasm).unwrap();
            assert_eq!(here, there, "{}", path.display());
            let role = Cassette::load(&path).unwrap().role;
            let stage = plugin().manifest().stages.iter().find(|s| s.role == role).cloned().expect("the stage");
            let name = format!("{}@{}", path.file_stem().unwrap().to_string_lossy(), stage.rev);
            if let Outcome::Done { response, .. } = here.outcome {
                results.insert(name, studio::model::digest_of(&json!(response)).hex());
            }
        }
        let lock = workspace().join("plugins").join(id).join("revs.lock");
        golden(&lock, &results, "another result for the same request needs another `rev` of its stage");
    }
}

/// What a plan asks before anything is known must not upset a module.
#[test]
fn estimates_are_the_same_too() {
    for (id, plugin) in natives() {
        let (mut native, mut wasm) = (Native::new(plugin()), Wasm::shipped(id));
        for path in cassettes(id) {
            let cassette = Cassette::load(&path).unwrap();
            for request in [cassette.request.clone(), json!({}), json!({ "text": null })] {
                let start = studio_plugin_sdk::wire::Start {
                    role: cassette.role,
                    request,
                    take: studio_plugin_sdk::wire::Take::default(),
                    seed: 1,
                    resume_hint: None,
                    service: None,
                };
                assert_eq!(native.estimate(&start), wasm.estimate(&start), "{id} {}", start.request);
            }
        }
    }
}
