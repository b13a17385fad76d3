//! Requests that may cost money: never sent twice unless a person says so, whatever happens in between.

use serde_json::{Value, json};
use studio_tests::{
    Home,
    events::is_node,
    raw::{Act, Raw},
    serve::Server,
};

/// A store with a module that makes one request and gives its outcome, and the script that runs it.
fn asking(server: &Server, method: &str, path: &str) -> (Home, String) {
    let home = Home::new();
    let effect = json!({ "id": 1, "effect": "http", "method": method, "url": server.url(path) });
    let guest = Raw::new("asker", Act::asks(&[effect]), Act::Relay)
        .asks_for(json!({ "net": [{ "host": server.host(), "private": true }] }));
    home.module("asker", &guest.wasm());
    assert_eq!(home.studio(&["plugin", "grant", "asker", "--yes"]).code, Some(0));
    let script = r#"return studio.pipeline { title = "Ask", run = function()
        return llm { provider = "asker", text = "x" }:get().text
    end }"#;
    let path = home.file("ask.lua", script);
    (home, path)
}

/// Starts the script, and kills the program once the server has taken the request.
fn killed_while_asking(home: &Home, script: &str, server: &Server) {
    let mut running = home.start(&["run", script, "--events", "json"]);
    running.wait_for("the node runs", |e| is_node(e, "running"));
    server.wait_until_asked(1);
    running.kill();
}

#[test]
fn a_lost_answer_is_possibly_billed_until_a_person_decides() {
    let server = Server::start();
    let (home, script) = asking(&server, "POST", "/lost");
    home.fails(&["run", &script]).is(1, "http.unanswered");
    assert_eq!(server.asked(), 1, "it was sent once");
    home.fails(&["run", &script]).is(1, "possibly_billed").says("--repeat");
    home.fails(&["retry", "ask"]).is(1, "possibly_billed");
    assert_eq!(server.asked(), 1, "nobody said to send it again");
    home.fails(&["retry", "ask", "--repeat"]).is(1, "http.unanswered");
    assert_eq!(server.asked(), 2, "it was sent once more");
    home.fails(&["retry", "ask", "llm"]).is(1, "possibly_billed");
    home.fails(&["retry", "ask", "llm", "--repeat"]).is(1, "http.unanswered");
    assert_eq!(server.asked(), 3, "one node alone goes on as well");
    home.fails(&["retry", "ask", "tts"]).is(1, "not_found");
}

#[test]
fn a_kill_before_the_answer_is_possibly_billed() {
    let server = Server::start();
    let home_of_gate = tempfile::tempdir().expect("a folder");
    let gate = home_of_gate.path().join("open");
    let (home, script) = asking(&server, "POST", &format!("/waits{}", gate.display()));
    killed_while_asking(&home, &script, &server);
    home.fails(&["run", &script]).is(1, "possibly_billed").says("POST");
    assert_eq!(server.asked(), 1, "it was sent again");
    std::fs::write(&gate, "").expect("a file");
    assert_eq!(home.studio(&["retry", "ask", "--repeat"]).code, Some(0));
    assert_eq!(server.asked(), 2);
    let again = home.json(&["run", &script]);
    assert_eq!((&again["ran"], &again["kept"]), (&json!(0), &json!(1)), "{again}");
    assert_eq!(server.asked(), 2, "what was answered is kept");
}

#[test]
fn a_run_that_is_told_to_stop_waits_for_an_answer_that_may_cost() {
    let server = Server::start();
    let home_of_gate = tempfile::tempdir().expect("a folder");
    let gate = home_of_gate.path().join("open");
    let (home, script) = asking(&server, "POST", &format!("/waits{}", gate.display()));
    let mut running = home.start(&["run", &script, "--events", "json"]);
    running.wait_for("the node runs", |e| is_node(e, "running"));
    server.wait_until_asked(1);
    running.signal(rustix::process::Signal::TERM);
    // As soon as it leaves, it starts no more runs, and refuses this one.
    let mut control = studio_tests::Control::connect(&home);
    let other = json!({ "run": "01HZZZZZZZZZZZZZZZZZZZZZZZ" });
    while control.patiently("run.resume", &other).is_err_and(|e| e["code"] != "leaving") {}
    std::fs::write(&gate, "").expect("a file");
    let ran = running.finish();
    assert!(matches!(ran.code, Some(0 | 130)), "{ran:?}");
    assert_eq!(home.studio(&["run", &script]).code, Some(0), "what was asked for once has its answer");
    assert_eq!(server.asked(), 1);
}

#[test]
fn a_kill_before_the_answer_of_a_harmless_request_changes_nothing() {
    let server = Server::start();
    let home_of_gate = tempfile::tempdir().expect("a folder");
    let gate = home_of_gate.path().join("open");
    let (home, script) = asking(&server, "GET", &format!("/waits{}", gate.display()));
    killed_while_asking(&home, &script, &server);
    std::fs::write(&gate, "").expect("a file");
    let done = home.json(&["run", &script]);
    assert_eq!(done["value"], "it got away with it", "{done}");
    assert_eq!(server.asked(), 2, "asked again, once");
}

#[test]
fn a_cancelled_run_leaves_nothing_that_blocks_the_next() {
    let server = Server::start();
    let home_of_gate = tempfile::tempdir().expect("a folder");
    let gate = home_of_gate.path().join("open");
    let (home, script) = asking(&server, "GET", &format!("/waits{}", gate.display()));
    let mut running = home.start(&["run", &script, "--events", "json"]);
    running.wait_for("the node runs", |e| is_node(e, "running"));
    server.wait_until_asked(1);
    running.signal(rustix::process::Signal::INT);
    running.wait_for("the node is told that it is cancelled", |e| is_node(e, "cancelled"));
    assert_eq!(running.finish().code, Some(130));
    let shown = home.json(&["show", "ask"]);
    let states: Vec<&Value> = shown["nodes"].as_array().into_iter().flatten().map(|n| &n["state"]).collect();
    assert_eq!(states, ["cancelled"]);
    std::fs::write(&gate, "").expect("a file");
    assert_eq!(home.studio(&["run", &script]).code, Some(0));
}
