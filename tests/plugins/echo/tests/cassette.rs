//! Cassettes: replayed, recorded, and refused where they hold a key.

use std::path::Path;

use studio_plugin_echo::plugin;
use studio_plugin_sdk::{
    prelude::*,
    testkit::{Cassette, Native, Run, check},
    wire::{Action, Answer},
};

fn cassette(value: Value) -> Cassette {
    studio_plugin_sdk::json::typed(value).unwrap()
}

#[allow(clippy::needless_pass_by_value)]
fn of_op(op: &Value, exchanges: Value, end: Value) -> Cassette {
    let mut whole = json!({"role": "llm", "request": {"text": op.to_string()}, "exchanges": exchanges});
    whole.as_object_mut().unwrap().extend(end.as_object().unwrap().clone());
    cassette(whole)
}

fn response(data: Value) -> Value {
    json!({"response": LlmResponse { data: Some(data), model: "take 1".into(), ..LlmResponse::default() }})
}

#[test]
fn the_recorded_ones_play() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes");
    let mut played = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        check(&entry.unwrap().path(), &mut Native::new(plugin())).unwrap();
        played += 1;
    }
    assert!(played > 0);
}

#[test]
fn effects_match_in_any_order() {
    let op = json!({"join": [{"probe": "cat"}, {"sleep": 5}]});
    let exchanges = json!([
        {"expect": {"effect": "sleep"}, "answers": [{"answer": "woke"}]},
        {"expect": {"effect": "probe", "program": "c*"}, "answers": [{"answer": "probe", "version": null}]},
    ]);
    of_op(&op, exchanges, response(json!([null, "slept"]))).replay(&mut Native::new(plugin())).unwrap();
}

#[test]
fn the_order_of_exchanges_decides_a_race() {
    let op = json!({"race": [{"sleep": 1}, {"sleep": 2}]});
    let exchanges = json!([
        {"expect": {"effect": "sleep", "ms": 2}, "answers": [{"answer": "woke"}]},
        {"expect": {"effect": "sleep", "ms": 1}},
    ]);
    let mut cassette = of_op(&op, exchanges, response(json!([1, "slept"])));
    cassette.one_by_one = true;
    cassette.replay(&mut Native::new(plugin())).unwrap();
}

#[test]
fn what_does_not_fit_is_told() {
    let error = |op: Value, exchanges: Value, end: Value| {
        of_op(&op, exchanges, end).replay(&mut Native::new(plugin())).unwrap_err()
    };
    let woke = json!([{"expect": {"effect": "sleep", "ms": 5}, "answers": [{"answer": "woke"}]}]);
    let good = response(json!("slept"));
    assert!(error(json!({"sleep": 6}), woke.clone(), good.clone()).contains("/ms is 6, not 5"));
    assert!(error(json!({"value": "slept"}), woke.clone(), good.clone()).contains("was not asked for"));
    assert!(error(json!({"sleep": 5}), woke.clone(), response(json!(1))).contains("the response is"));
    assert!(error(json!({"sleep": 5}), woke, json!({"error": {"kind": "transient"}})).contains("did not fail"));
    let silent = json!([{"expect": {"effect": "sleep"}}]);
    assert!(error(json!({"sleep": 5}), silent, good).contains("no answers are left"));
}

#[test]
fn an_error_is_compared_in_part() {
    let op = json!({"fail": {"kind": "quota", "message": "used up", "code": "x"}});
    of_op(&op, json!([]), json!({"error": {"kind": "quota"}})).replay(&mut Native::new(plugin())).unwrap();
}

#[test]
fn a_recorded_run_plays_again() {
    let op = json!({"join": [
        {"exec": {"program": "echo", "args": ["hi"], "outputs": [{"name": "o", "mime": "image/png"}]}},
        {"race": [{"sleep": 9}, {"http": {"method": "POST", "url": "https://example.com/x"}}]},
    ]});
    let mut run = Run::new(plugin(), Role::Llm, json!({"text": op.to_string()}));
    let blob = run.host().put("image/png", &[0xff, 1, 2]);
    run.auto(|effect| match &effect.action {
        Action::Exec(_) => {
            let outputs = [("o".to_string(), blob.clone())].into();
            vec![Answer::Exit(Exit { code: Some(0), outputs, ..Exit::default() })]
        }
        Action::Http(_) => {
            let headers = vec![("set-cookie".into(), "id=1".into())];
            vec![Answer::Http(HttpAnswer { status: 201, headers, body: "made".into() })]
        }
        _ => Vec::new(),
    })
    .unwrap();
    let cassette = Cassette::record(&mut run, "a race and a program").unwrap();
    let text = studio_plugin_sdk::serde_json::to_string(&cassette).unwrap();
    assert!(text.contains(r#"{"$blob":"blob-1"}"#) && !text.contains("set-cookie"), "{text}");
    cassette.replay(&mut Native::new(plugin())).unwrap();
}

#[test]
fn a_cassette_with_a_key_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let with = |value: &str| {
        let expect = json!({"effect": "http", "headers": [["authorization", value]]});
        of_op(&json!("start"), json!([{"expect": expect}]), json!({"error": {}}))
    };
    with("Bearer {{secret:echo}}").save(file.path()).unwrap();
    let error = with("Bearer sk-12345678").save(file.path()).unwrap_err();
    assert!(error.contains("authorization") && !error.contains("sk-1"), "{error}");
}
