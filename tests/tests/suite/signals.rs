//! Leaving: what SIGTERM, SIGHUP and SIGKILL make of an owner, of its runs and of who waits for them.

use std::{fs, time::Instant};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use studio_tests::{
    Control, Home, Running,
    control::{serve, slow_project},
    events::is_node,
    procs,
    raw::{Act, Raw},
};

/// Much longer than any test.
const FOR_EVER: u64 = 3_600_000;

/// The process that has the store.
fn owner(home: &Home) -> i32 {
    let lock = fs::read_to_string(home.store().join("lock")).expect("a lock");
    lock.trim().parse().expect("a process")
}

/// Ends a process that is no child of ours, and waits until it is gone.
fn terminate(pid: i32) {
    let processes = procs::of(pid);
    rustix::process::kill_process(Pid::from_raw(pid).expect("a process"), Signal::TERM).expect("it is there");
    let left = procs::wait_until_gone(|| processes.iter().filter(|p| procs::lives(p)).cloned().collect());
    assert!(left.is_empty(), "{left:?}");
}

fn watch(home: &Home, project: &str) -> (Running, Value) {
    // Another text each: equal work would be shared.
    let mut running = home.start(&["run", project, "--set", &format!("text={project}"), "--events", "json"]);
    let node = running.wait_for("the node", |e| is_node(e, "running"));
    (running, node["run"].clone())
}

fn runs(home: &Home) -> Vec<Value> {
    let runs = Control::connect(home).request("run.list", json!({})).expect("runs");
    runs.as_array().expect("a list").iter().map(|run| run["id"].clone()).collect()
}

#[test]
fn a_run_that_is_told_to_stop_keeps_what_is_done_and_is_taken_up() {
    for signal in [Signal::TERM, Signal::HUP] {
        let home = Home::new();
        slow_project(&home, "one", FOR_EVER);
        let (running, run) = watch(&home, "one");
        running.signal(signal);
        let ran = running.finish();
        assert_eq!(ran.code, Some(130), "{ran:?}");
        assert!(ran.err.contains("error[interrupted]") && ran.err.contains("studio run one"), "{ran:?}");
        assert_eq!(home.json(&["show", "one"])["last_run"]["outcome"], Value::Null, "it has not ended");
        let (again, same) = watch(&home, "one");
        assert_eq!(same, run, "it is taken up");
        again.signal(Signal::INT);
        assert_eq!(again.finish().code, Some(130));
        assert_eq!(home.json(&["show", "one"])["last_run"]["outcome"], "cancelled", "this one is given up");
    }
}

/// A guest that computes cannot be stopped in the middle of a turn: it is waited for, and what comes of it is nothing
/// that was told.
#[test]
fn a_turn_that_computes_holds_up_the_end_no_longer_than_it_may_take() {
    let home = Home::new();
    home.module("busy", &Raw::new("busy", Act::Loop, Act::Loop).wasm());
    let script = home.file("busy.lua", script_of("busy", "x"));
    home.json(&["new", "busy", "--script", &script]);
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    control.request("events.subscribe", json!({})).expect("events");
    control.request("run.start", json!({ "project": "busy" })).expect("a run");
    control.wait_for("the node", |e| is_node(e, "running"));
    serving.signal(Signal::TERM);
    let left = serving.finish();
    assert_eq!(left.code, Some(0), "{left:?}");
    assert_eq!(home.json(&["show", "busy"])["last_run"]["outcome"], Value::Null);
    home.fails(&["run", "busy"]).is(1, "plugin.fuel");
    assert_eq!(home.json(&["store", "check"])["faults"], json!([]));
}

fn script_of(plugin: &str, text: &str) -> String {
    format!(
        "return studio.pipeline {{ title = \"{plugin} {text}\", params = {{}}, run = function() \
         return llm {{ provider = \"{plugin}\", text = \"{text}\" }}:get().text end }}"
    )
}

/// Looks until the journal has a kind of record in it.
fn wait_for_record(home: &Home, kind: &str) {
    let has = |path: &std::path::Path| {
        let needle = format!("\"type\":\"{kind}\"").into_bytes();
        fs::read(path).unwrap_or_default().windows(needle.len()).any(|window| window == needle)
    };
    let journal = home.store().join("journal");
    while !fs::read_dir(&journal).expect("a journal").flatten().any(|entry| has(&entry.path())) {
        std::thread::yield_now();
    }
}

/// What a node began with is what it ends with, whatever becomes of the file.
#[test]
fn a_node_goes_on_with_the_module_that_it_began_with() {
    let home = Home::new();
    let sleep = json!({ "id": 1, "effect": "sleep", "ms": 3_000 });
    let module = |said: &str| Raw::new("changing", Act::asks(std::slice::from_ref(&sleep)), Act::done(said)).wasm();
    home.module("changing", &module("as it began"));
    let script = home.file("changing.lua", script_of("changing", "x"));
    let mut running = home.start(&["run", &script, "--events", "json"]);
    running.wait_for("the node", |e| is_node(e, "running"));
    wait_for_record(&home, "deadline");
    running.kill();
    home.module("changing", &module("as it is now"));
    assert_eq!(home.json(&["run", &script])["value"], "as it began");
    let other = home.file("other.lua", script_of("changing", "y"));
    assert_eq!(home.json(&["run", &other])["value"], "as it is now");
}

#[test]
fn serve_goes_on_without_a_terminal_and_leaves_when_told() {
    let home = Home::new();
    slow_project(&home, "one", FOR_EVER);
    let serving = serve(&home, &[]);
    let started = Control::connect(&home).request("run.start", json!({ "project": "one" })).expect("a run");
    serving.signal(Signal::HUP);
    assert_eq!(runs(&home), [started["run"].clone()]);
    let asked = Instant::now();
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    eprintln!("serve was gone after {:?}", asked.elapsed());
    assert_eq!(home.json(&["show", "one"])["last_run"]["outcome"], Value::Null);

    // The next one takes it up; what was cancelled it leaves alone.
    let serving = serve(&home, &[]);
    assert_eq!(runs(&home), [started["run"].clone()]);
    home.json(&["cancel", "one"]);
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    assert_eq!(home.studio(&["serve", "--idle-exit", "0"]).code, Some(0), "nobody needs it");
}

#[test]
fn a_client_takes_over_from_an_owner_that_was_killed() {
    let home = Home::new();
    slow_project(&home, "one", FOR_EVER);
    let mut serving = serve(&home, &[]);
    let (mut waiting, run) = watch(&home, "one");
    serving.kill();
    waiting.wait_for("the node in its own process", |e| is_node(e, "running") && e["run"] == run);
    assert_eq!(owner(&home), waiting.pid());
    assert_eq!(runs(&home), [run]);
    waiting.signal(Signal::INT);
    let ran = waiting.finish();
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let numbers: Vec<u64> = ran.events().iter().filter_map(|e| e["seq"].as_u64()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "nothing twice: {numbers:?}");
}

#[test]
fn the_store_is_handed_over_with_the_runs_of_others() {
    let home = Home::new();
    slow_project(&home, "mine", FOR_EVER);
    slow_project(&home, "theirs", FOR_EVER);
    let (mine, my_run) = watch(&home, "mine");
    let (mut theirs, their_run) = watch(&home, "theirs");
    assert_eq!(owner(&home), mine.pid());
    home.json(&["cancel", "mine"]);
    let ran = mine.finish();
    assert_eq!(ran.code, Some(130), "{ran:?}");

    theirs.wait_for("the node in another process", |e| is_node(e, "running") && e["run"] == their_run);
    let next = owner(&home);
    assert!(next != theirs.pid(), "it serves, the client goes on as a client");
    assert_eq!(runs(&home), [their_run]);
    assert_ne!(my_run, Value::Null);
    theirs.signal(Signal::TERM);
    let ran = theirs.finish();
    assert!(ran.code == Some(130) && ran.err.contains(&next.to_string()), "{ran:?}");
    home.json(&["cancel", "theirs"]);
    terminate(next);
}

#[test]
fn a_detached_run_goes_on_by_itself() {
    let home = Home::new();
    slow_project(&home, "one", FOR_EVER);
    let started = home.json(&["run", "one", "--detach"]);
    assert_eq!(started["project"], "one");
    assert_eq!(runs(&home), [started["run"].clone()]);
    let ran = home.studio(&["run", "one", "--detach"]);
    assert_eq!(ran.out, started["run"].as_str().expect("an id"), "it is the same run: {ran:?}");
    let serving = owner(&home);
    assert_eq!(home.json(&["cancel", "one"])["cancelled"], json!([started["run"]]));
    terminate(serving);
    assert_eq!(home.json(&["show", "one"])["last_run"]["outcome"], "cancelled");
}
