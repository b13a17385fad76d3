//! The whole binary: its size, and how soon it runs again after `kill -9`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::{Row, fixture::Home, median, program};

pub fn measure() -> Vec<Row> {
    let megabytes = std::fs::metadata(program()).map_or(0, |m| m.len()) as f64 / 1e6;
    let again = median((0..5).map(restart).collect());
    vec![
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
