//! The published schemas are those of the types, and what goes over the wire fits them.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use studio_plugin_sdk::{
    roles::{Role, llm::LlmRequest, publish::PublishRequest, render::RenderRequest},
    schema,
    wire::{Event, Service, Start, Turn},
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol/schemas/v1")
}

#[test]
fn the_published_files_are_current() {
    let bless = std::env::var_os("STUDIO_BLESS").is_some_and(|v| v == "1");
    if bless {
        fs::create_dir_all(folder()).unwrap();
        for entry in fs::read_dir(folder()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
    let mut names: Vec<String> = Vec::new();
    for (name, schema) in schema::all() {
        let path = folder().join(format!("{name}.json"));
        if bless {
            fs::write(&path, serde_json::to_string_pretty(&schema).unwrap() + "\n").unwrap();
        } else {
            // As values: other crates of a build decide whether members keep their order.
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                serde_json::from_str::<Value>(&text).is_ok_and(|published| published == schema),
                "{name}.json is not what the types say. If the change is meant (it breaks plugins!), run\n  \
                 STUDIO_BLESS=1 cargo test -p studio-plugin-sdk --features schema --test schemas"
            );
        }
        names.push(format!("{name}.json"));
    }
    let mut files: Vec<String> =
        fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names, "a schema without a type");
}

fn check(name: &str, value: &Value) {
    let schemas = schema::all();
    let validator = jsonschema::validator_for(&schemas[name]).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{value} is no {name}: {errors:?}");
}

fn refuses(name: &str, value: &Value) {
    let schemas = schema::all();
    assert!(!jsonschema::validator_for(&schemas[name]).unwrap().is_valid(value), "{value} should be no {name}");
}

fn every_effect() -> Value {
    let blob = json!({"blob": "00", "bytes": 1, "mime": "a/b"});
    json!({"effects": [
        {"id": 1, "effect": "http", "method": "POST", "url": "https://a", "query": [["a", "b"]], "headers": [["c", "d"]],
         "body": {"multipart": [{"name": "f", "file_name": "x", "body": {"blob": blob}}]}, "to_blob": true, "idempotent": true,
         "idempotency_header": "k", "sensitive": true, "at_most": {"tokens_in": 3, "cost_usd": "0.1"}, "timeout_s": 3},
        {"id": 2, "effect": "poll", "request": {"method": "GET", "url": "https://a"}, "every_ms": 1,
         "pointer": "/a", "until": ["x", 1, null], "give_up_s": 9, "backoff": 1.5, "progress": "/p"},
        {"id": 3, "effect": "exec", "program": "p", "args": ["a"], "env": {"a": "b"}, "stdin": {"text": "x"},
         "inputs": {"i": {"base64": "AA=="}}, "outputs": [{"name": "o", "mime": "a/b", "optional": true}],
         "lines": "stdout", "progress": {"key": "frame", "total": 2.5}, "once": true, "threads": 2},
        {"id": 4, "effect": "sleep", "ms": 0},
        {"id": 5, "effect": "probe", "program": "p"},
        {"id": 6, "effect": "stage", "role": "tts", "slot": "s", "request": {}, "label": "l", "provider": "p"},
        {"id": 7, "effect": "deliver", "folder": "f", "files": {"a": {"json": {}}}},
        {"id": 8, "effect": "partial", "text": "t", "preview": blob},
        {"id": 9, "effect": "cancel", "target": 1},
    ], "outcome": "none"})
}

fn every_answer() -> Value {
    json!([
        {"id": 1, "answer": "http", "status": 200, "headers": [["a", "b"]], "body": {"text": "x"}},
        {"id": 1, "answer": "chunk", "body": {"text": "x"}},
        {"id": 2, "answer": "lines", "lines": ["a"]},
        {"id": 2, "answer": "exit", "code": null, "signal": 9, "stderr": "x", "outputs": {"o": {"blob": "0", "bytes": 1, "mime": "a/b"}}},
        {"id": 3, "answer": "woke"},
        {"id": 4, "answer": "probe", "version": null},
        {"id": 5, "answer": "stage", "response": {}},
        {"id": 6, "answer": "delivered", "paths": {"a": "/b"}},
        {"id": 7, "answer": "failed", "error": {"kind": "rate_limited", "message": "m", "retry_after": 1.5}},
    ])
}

#[test]
fn every_effect_and_answer_survives_the_wire_and_fits_its_schema() {
    let turn: Turn = serde_json::from_value(every_effect()).unwrap();
    assert_eq!(serde_json::to_value(&turn).unwrap(), every_effect());
    check("turn", &every_effect());
    let events: Vec<Event> = serde_json::from_value(every_answer()).unwrap();
    assert_eq!(serde_json::to_value(&events).unwrap(), every_answer());
    check("events", &every_answer());
    for outcome in [
        json!({"done": {"response": {}, "usage": {}}}),
        json!({"failed": {"error": {"kind": "quota", "message": "m"}}}),
    ] {
        let turn = json!({"effects": [], "outcome": outcome});
        serde_json::from_value::<Turn>(turn.clone()).unwrap();
        check("turn", &turn);
    }
    refuses("turn", &json!({"effects": [{"id": 1, "effect": "teleport"}]}));
    refuses("turn", &json!({"effects": [{"effect": "sleep", "ms": 1}]}));
    refuses("events", &json!([{"id": 1, "answer": "probe", "version": 3}]));
}

#[test]
fn requests_fit_their_schemas() {
    check(
        "start",
        &serde_json::to_value(Start {
            role: Role::Llm,
            request: json!({"text": null}),
            take: studio_plugin_sdk::wire::Take::default(),
            seed: u64::MAX,
            resume_hint: None,
            service: Some(Service { url: "http://localhost:8080/v1".into(), secret: String::new() }),
        })
        .unwrap(),
    );
    check("llm.request", &serde_json::to_value(LlmRequest::default()).unwrap());
    check("publish.request", &serde_json::to_value(PublishRequest::default()).unwrap());
    check("render.request", &serde_json::to_value(RenderRequest::default()).unwrap());
    check("tts.request", &json!({"text": "hello", "speed": 1.5}));
    refuses("tts.request", &json!({"speed": 1.5}));
    refuses("tts.request", &json!({"text": "x", "colour": "red"}));
}

#[test]
fn the_examples_in_the_documentation_are_valid() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    let text = fs::read_to_string(path).unwrap();
    let mut checked = 0;
    for block in text.split("```json ").skip(1) {
        let (name, rest) = block.split_once('\n').unwrap();
        let example: Value = serde_json::from_str(rest.split("```").next().unwrap()).unwrap();
        check(name, &example);
        checked += 1;
    }
    assert!(checked >= 6, "{checked}");
}
