//! The whole binary: its size, and how soon it runs again after `kill -9`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Row, engine::script, fixture::Home, median, program, serving::Serving};

pub fn measure() -> Vec<Row> {
    let megabytes = std::fs::metadata(program()).map_or(0, |m| m.len()) as f64 / 1e6;
    let again = median((0..5).map(restart).collect());
    let (made, later) = memory();
    vec![
        Row {
            what: "memory with a film of 1,000 scenes: its run has ended",
            target: "≤ 100 MB",
            measured: format!("{made:.0} MB"),
            holds: made <= 100.0,
        },
        Row {
            what: "the same, started again and asked for all of it",
            target: "≤ 100 MB",
            measured: format!("{later:.0} MB"),
            holds: later <= 100.0,
        },
        Row {
            what: "binary, plugins and scripts in it",
            target: "≤ 40 MB",
            measured: format!("{megabytes:.1} MB"),
            holds: megabytes <= 40.0,
        },
        Row {
            what: "kill -9, start again: until the node runs again",
            target: "≤ 300 ms",
            measured: format!("{again:.0} ms"),
            holds: again <= 300.0,
        },
    ]
}

/// Megabytes of a studio that serves: after it has made a film of 5,000 nodes and replayed it, and of one that was
/// started later and was asked for it.
fn memory() -> (f64, f64) {
    let home = Home::new();
    let script = json!({ "project": home.script("large", &script(1_000, 0)) });
    let mut studio = Serving::start(&home.store());
    for _ in 0..2 {
        let run = studio.ask("run.start", &script)["run"].take();
        let outcome = studio.ask("run.wait", &json!({ "run": run }))["outcome"].take();
        assert!(outcome["done"].is_object(), "{outcome}");
    }
    // What was given back is given back to the system within seconds.
    std::thread::sleep(Duration::from_secs(3));
    let made = studio.resident_mb();
    studio.leave();
    let mut studio = Serving::start(&home.store());
    for method in ["project.get", "review.list"] {
        studio.ask(method, &json!({ "project": "large" }));
    }
    studio.ask("stats", &json!({}));
    std::thread::sleep(Duration::from_secs(3));
    (made, studio.resident_mb())
}

fn restart(n: usize) -> f64 {
    let home = Home::new();
    let script = home.folder.path().join("slow.lua");
    let op = format!(r#"{{"seq":[{{"value":{n}}},{{"sleep":60000}}]}}"#);
    let text = format!(
        r#"return studio.pipeline {{ title = "Slow", run = function() return llm {{ provider = "echo", text = '{op}' }} end }}"#
    );
    std::fs::write(&script, text).expect("a file");
    let mut first = start(&home, &script);
    until_running(&mut first);
    first.kill().expect("it can be killed");
    first.wait().expect("it is gone");
    let began = Instant::now();
    let mut second = start(&home, &script);
    until_running(&mut second);
    let took = began.elapsed().as_secs_f64() * 1e3;
    second.kill().expect("it can be killed");
    second.wait().expect("it is gone");
    took
}

fn start(home: &Home, script: &Path) -> Child {
    Command::new(program())
        .arg("--store")
        .arg(home.store())
        .args(["run", "--events", "json"])
        .arg(script)
        .env("STUDIO_KEY_FILE", home.folder.path().join("key"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("studio starts")
}

fn until_running(child: &mut Child) {
    let out = child.stdout.take().expect("its output");
    let found = BufReader::new(out).lines().map_while(Result::ok).any(|l| l.contains(r#""state":"running""#));
    assert!(found, "it never ran");
}
