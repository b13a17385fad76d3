//! A module made with the SDK (`tests/plugins/echo`) that is told to misbehave: what Rust itself does then (a
//! panic, an allocator without memory) is told apart as well.

use serde_json::{Value, json};
use studio_tests::{Home, guest::Wasm, home::Failed, plugins::echo, short, workspace};

fn request(op: &Value) -> String {
    json!({ "text": op.to_string() }).to_string()
}

fn fails(home: &Home, op: &Value) -> Failed {
    home.fails(&["plugin", "call", "echo", "llm", &request(op)])
}

#[test]
fn a_module_of_the_sdk_fails_as_cleanly() {
    let wasm = echo();
    let cassette = workspace().join("tests/plugins/echo/tests/cassettes/nested.json");
    studio_plugin_sdk::testkit::check(&cassette, &mut Wasm::new("echo", &wasm)).unwrap();

    let home = Home::new();
    let picture = short::call(&home, "cards", "image", &json!({ "text": { "heading": "Mine" }, "short_side": 240 }));
    home.module("echo", &wasm);
    assert_eq!(home.studio(&["plugin", "grant", "echo", "--yes"]).code, Some(0));
    fails(&home, &json!({ "panic": "a bug of its author" })).is(1, "plugin.crash").says("a bug of its author");
    fails(&home, &json!("loop")).is(1, "plugin.fuel").says("limits.turn_seconds");
    fails(&home, &json!({ "grow": 2000 })).is(1, "plugin.memory").says("limits.memory_mib");
    fails(&home, &json!({ "seq": ["yield_now", { "panic": "later" }] })).is(1, "plugin.crash").says("later");
    fails(&home, &json!("deadlock")).is(1, "stage.deadlock");
    fails(&home, &json!({ "read_blob": picture["image"] })).says("blob");
    fails(&home, &json!({ "exec": { "program": "rm", "args": ["-rf", "/"] } })).is(77, "grant.program");
    fails(&home, &json!({ "deliver": { "folder": "../..", "files": { "x": "y" } } })).says("folder");
    // Stages that call each other without end.
    let mut op = json!({ "value": 1 });
    for n in 0..12 {
        op = json!({ "perform": { "slot": format!("s{n}"), "op": op } });
    }
    fails(&home, &op).is(1, "depth");
    let well = home.json(&["plugin", "call", "echo", "llm", &request(&json!({ "value": 42 }))]);
    assert_eq!(well["data"], 42);
}
