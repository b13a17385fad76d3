//! Many projects in one go: what fails stops no other, what was left is gone on with, and the failed are listed.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Control, Home,
    control::{serve, slow_script},
    events::is_node,
};

/// Much longer than any test.
const FOR_EVER: u64 = 3_600_000;

/// Gives the title of a text's storyboard, once a voice has said it where one is named.
const BOARD: &str = r#"
return studio.pipeline {
  title = "Board",
  params = {
    text = param.text { required = true },
    shout = param.bool { default = false },
    voice = param.text { default = "" },
  },
  run = function(p)
    local board = llm { provider = "outline", task = "storyboard", text = p.text }:get()
    if p.voice ~= "" then
      tts { provider = "espeak", text = board.title, voice = p.voice }:get()
    end
    return if p.shout then string.upper(board.title) else board.title
  end,
}
"#;

fn board(home: &Home) -> String {
    home.file("board.lua", BOARD)
}

fn states(report: &Value) -> Vec<(&str, &str)> {
    let items = report["items"].as_array().expect("items");
    items.iter().filter_map(|item| Some((item["project"].as_str()?, item["state"].as_str()?))).collect()
}

#[test]
fn what_fails_stops_no_other_and_is_tried_again() {
    let home = Home::new();
    let script = board(&home);
    let csv = home.file("topics.csv", "title,text,shout\nRice,# Rice,\nTea,,\n,Water is wet.,true\n");
    // The second line has no text: nothing of the batch is made.
    home.fails(&["batch", &csv, "--script", &script]).is(1, "invalid_input").says("items[2]");
    assert_eq!(home.json(&["ls"]), json!([]), "all or none");

    let items = home.file(
        "topics.json",
        json!([
            { "title": "Rice", "text": "# Rice\n\nRice grows in water." },
            { "title": "Rice", "text": "# Rice\n\nRice again.", "voice": "nobody-has-it" },
            { "text": "# Tea\n\nTea is a leaf.", "shout": true },
        ])
        .to_string(),
    );
    let ran = home.studio(&["batch", &items, "--script", &script, "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: Value = serde_json::from_str(ran.out.lines().last().expect("a report")).expect("JSON");
    assert_eq!(states(&report), [("rice", "done"), ("rice-2", "failed"), ("topics-3", "done")]);
    assert_eq!((&report["name"], &report["open"]), (&json!("topics"), &json!(false)));
    assert!(report["items"][1]["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{report}");
    assert_eq!(home.json(&["show", "topics-3"])["last_run"]["outcome"]["done"]["value"], "TEA");

    // The failed one is among the dead letters, until it is made.
    let dead = home.json(&["jobs", "--dead"]);
    assert_eq!(dead.as_array().map(Vec::len), Some(1), "{dead}");
    assert_eq!((&dead[0]["project"], &dead[0]["state"]), (&json!("rice-2"), &json!("failed")));
    let retried = home.studio(&["jobs", "--dead", "--retry"]);
    assert_eq!(retried.code, Some(1), "it fails again: {retried:?}");
    home.json(&["run", "rice-2", "--set", "voice=en"]);
    assert_eq!(home.json(&["jobs", "--dead"]), json!([]));

    let first_runs: Vec<Value> = report["items"].as_array().expect("items").iter().map(|i| i["run"].clone()).collect();
    let again = home.json(&["batch", "resume", "topics"]);
    assert_eq!(states(&again), [("rice", "done"), ("rice-2", "done"), ("topics-3", "done")]);
    for n in [0, 2] {
        assert_eq!(again["items"][n]["run"], first_runs[n], "what is done is not run again");
    }
    assert_eq!(home.json(&["batch", "ls"])[0]["id"], report["id"]);
    home.fails(&["batch", "show", "nothing"]).is(1, "not_found");
    home.fails(&["batch", &home.file("a.txt", "x"), "--script", &script]).is(2, "usage");
}

#[test]
fn a_list_of_tables_is_a_batch_too() {
    let home = Home::new();
    let script = board(&home);
    let lua = "local items = {}\nfor n = 1, 5 do\n  items[n] = { title = `Film {n}`, text = `# Film {n}\\n\\nIt is number {n}.` }\nend\nreturn items\n";
    let out = home.path().join("films");
    let file = home.file("films.lua", lua);
    let report = home.json(&["batch", &file, "--script", &script, "--at-once", "3", "--out", &out.to_string_lossy()]);
    let done: Vec<_> = (1..=5).map(|n| (format!("film-{n}"), "done".to_owned())).collect();
    let found: Vec<_> = states(&report).into_iter().map(|(p, s)| (p.to_owned(), s.to_owned())).collect();
    assert_eq!(found, done);
    assert_eq!(report["items"][4]["exports"], json!(out.join("film-5")));
    let broken = home.file("broken.lua", "return {\n  { title = 'A' text = 'b' },\n}\n");
    home.fails(&["batch", &broken, "--script", &script]).is(1, "script.syntax").says("broken.lua:2");
}

#[test]
fn a_batch_goes_on_with_whoever_has_the_store_next() {
    let home = Home::new();
    let script = slow_script(&home, FOR_EVER);
    let file = home.file("slow.csv", "title,text\nA,a\nB,b\nC,c\n");
    let mut first = home.start(&["batch", &file, "--script", &script, "--json"]);
    let is_running = |control: &mut Control| {
        control.request("events.subscribe", json!({ "since": 0 })).expect("events");
        for _ in 0..2 {
            control.wait_for("two that run", |e| is_node(e, "running"));
        }
    };
    // It serves the others as soon as it has the store.
    while !home.store().join("socket").exists() {
        std::thread::yield_now();
    }
    is_running(&mut Control::connect(&home));
    let jobs = home.json(&["jobs", "--state", "running"]);
    assert_eq!(jobs.as_array().map(Vec::len), Some(2), "two at once: {jobs}");
    let page = home.json(&["jobs", "--limit", "1", "--after", jobs[0]["id"].as_str().expect("an id")]);
    assert_eq!(page[0]["id"], jobs[1]["id"]);
    first.kill();

    let serving = serve(&home, &[]);
    is_running(&mut Control::connect(&home));
    let report = home.json(&["batch", "show", "slow"]);
    assert_eq!(report["open"], true);
    assert_eq!(states(&report).iter().filter(|(_, state)| *state == "running").count(), 2, "{report}");
    let report = home.json(&["batch", "cancel", "slow"]);
    assert_eq!(report["open"], false);
    assert_eq!(states(&report), [("a", "cancelled"), ("b", "cancelled"), ("c", "pending")]);
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    let scratch = fs::read_dir(home.store().join("scratch")).into_iter().flatten();
    assert_eq!(scratch.count(), 0, "nothing is left behind");
}

/// Fails for some texts, and sleeps for the others.
fn uneven(home: &Home) -> String {
    slow_script(home, FOR_EVER);
    let text = format!(
        "return studio.pipeline {{ title = \"Uneven\", params = {{ text = param.text {{ required = true }} }}, \
         run = function(p)\n  if p.text == \"bad\" then error(\"no good\") end\n  \
         return llm {{ provider = \"slow-{FOR_EVER}\", text = p.text }}:get().text\nend }}"
    );
    home.file("uneven.lua", text)
}

/// Waits until the first item has failed and the second runs: the first.
fn until_uneven(home: &Home) -> Value {
    loop {
        let shown = home.studio(&["batch", "show", "uneven", "--json"]);
        let report: Value = serde_json::from_str(&shown.out).unwrap_or_default();
        if report["items"][0]["state"] == "failed" && report["items"][1]["state"] == "running" {
            return report["items"][0].clone();
        }
    }
}

#[test]
fn who_takes_over_a_batch_does_not_try_again_what_failed() {
    let home = Home::new();
    let script = uneven(&home);
    let mut serving = serve(&home, &[]);
    let file = home.file("uneven.csv", "title,text\nBad,bad\nSlow,a\n");
    let batch = home.start(&["batch", &file, "--script", &script, "--json"]);
    let failed = until_uneven(&home);
    serving.kill();
    // The command takes the store itself, and goes on.
    let now = until_uneven(&home);
    assert_eq!(now, failed, "it failed once, and once is enough");
    batch.signal(Signal::INT);
    assert_eq!(batch.finish().code, Some(130));
}

#[test]
fn what_cannot_even_begin_says_why() {
    let home = Home::new();
    let script = board(&home);
    let file = home
        .file("one.json", json!([{ "title": "Rice", "text": "# Rice\n\nRice grows.", "voice": "none" }]).to_string());
    assert_eq!(home.studio(&["batch", &file, "--script", &script]).code, Some(1), "no such voice");
    fs::remove_file(&script).expect("the script");
    let ran = home.studio(&["batch", "resume", "one", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: Value = serde_json::from_str(ran.out.lines().last().expect("a report")).expect("JSON");
    assert_eq!(states(&report), [("rice", "failed")]);
    let why = report["items"][0]["error"]["message"].as_str().unwrap_or_default();
    assert!(why.contains("board.lua"), "{report}");
    assert_eq!(home.json(&["batch", "show", "one"])["items"][0]["error"], report["items"][0]["error"], "it is kept");
}

#[test]
fn a_batch_that_another_process_cancels_ends_here_at_once() {
    let home = Home::new();
    let script = slow_script(&home, FOR_EVER);
    let file = home.file("slow.csv", "title,text\nA,a\nB,b\nC,c\n");
    let two_run = |home: &Home| loop {
        let jobs = home.studio(&["jobs", "--state", "running", "--json"]);
        let found: Value = serde_json::from_str(&jobs.out).unwrap_or_default();
        if found.as_array().map(Vec::len) == Some(2) {
            return;
        }
    };
    // Its own process has the store, and then another one does.
    for served in [false, true] {
        let serving = served.then(|| serve(&home, &[]));
        let batch = home.start(&["batch", &file, "--script", &script, "--name", "slow", "--json"]);
        while !home.store().join("socket").exists() {
            std::thread::yield_now();
        }
        two_run(&home);
        let report = home.json(&["batch", "cancel", "slow"]);
        assert_eq!(report["open"], false);
        let ended = batch.finish();
        assert_eq!(ended.code, Some(130), "{served}: {ended:?}");
        let told: Value = serde_json::from_str(ended.out.lines().last().expect("a report")).expect("JSON");
        assert_eq!(
            states(&told).iter().map(|(_, state)| *state).collect::<Vec<_>>(),
            ["cancelled", "cancelled", "pending"]
        );
        if let Some(serving) = serving {
            serving.signal(Signal::TERM);
            assert_eq!(serving.finish().code, Some(0));
        }
    }
}
