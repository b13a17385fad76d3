//! One owner, many clients: who has the store does not show, what is asked for twice is done once, and nobody else
//! gets in.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::Command,
};

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Control, Home,
    control::{serve, slow_project, socket},
    events::is_node,
    short, workspace,
};

/// Much longer than any test.
const FOR_EVER: u64 = 3_600_000;

#[test]
fn commands_are_clients_of_whoever_has_the_store() {
    let home = Home::new();
    let serving = serve(&home, &[]);
    short::project(&home);
    let ran = short::run(&home);
    let events = ran.events();
    assert_eq!(events.first().expect("events")["type"], "run_started", "{events:#?}");
    assert_eq!(events.last().expect("events")["type"], "run_ended");
    assert!(events.iter().any(|e| is_node(e, "done")), "{events:#?}");
    let seqs: Vec<u64> = events.iter().filter_map(|e| e["seq"].as_u64()).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");

    // All is kept, and the same words are said as in a process of one's own.
    let there = home.json(&["run", "rice"]);
    let film = home.path().join("film.mp4");
    home.json(&["export", "rice", "--as", "mp4", "-o", &film.to_string_lossy()]);
    assert_eq!(fs::read(&film).expect("the film"), fs::read(short::delivered(&home, "mp4")).expect("the film"));
    let plan_there = home.json(&["plan", "rice"]);
    let shown_there = home.json(&["show", "rice"]);
    home.fails(&["show", "tea"]).is(1, "not_found");
    home.fails(&["run", "rice", "--set", "nothing=1"]).is(1, "script.param");
    home.fails(&["plugin", "call", "espeak", "tts", r#"{"text": "x", "speed": "fast"}"#]).is(1, "invalid_input");
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], b"sk-a-secret-of-tests").code, Some(0));
    serving.signal(Signal::TERM);
    let left = serving.finish();
    assert_eq!(left.code, Some(0), "{left:?}");

    assert_eq!(home.json(&["secret", "ls"]), json!(["openai"]));
    assert_eq!(home.json(&["plan", "rice"]), plan_there);
    assert_eq!(home.json(&["show", "rice"]), shown_there);
    let here = home.json(&["run", "rice"]);
    for field in ["project", "outcome", "value", "ran", "kept", "exports"] {
        assert_eq!(here[field], there[field], "{field}");
    }
    home.fails(&["run", "rice", "--set", "nothing=1"]).is(1, "script.param");
    assert!(!home.store().join("socket").exists() && !home.store().join("owner.json").exists());
}

#[test]
fn a_run_in_a_terminal_serves_the_others() {
    let home = Home::new();
    slow_project(&home, "one", FOR_EVER);
    let mut running = home.start(&["run", "one", "--events", "json"]);
    running.wait_for("the node", |e| is_node(e, "running"));
    assert_eq!(home.json(&["show", "one"])["last_run"]["outcome"], Value::Null);
    let started = Control::connect(&home).request("run.list", json!({})).expect("runs")[0]["id"].clone();

    // The same run, watched from elsewhere.
    let mut watching = home.start(&["run", "one", "--events", "json"]);
    watching.wait_for("what it did before", |e| is_node(e, "running"));
    let cancelled = {
        let mut control = Control::connect(&home);
        control.request("events.subscribe", json!({ "since": 0 })).expect("events");
        control.wait_for("the run", |e| e["type"] == "run_started" && e["id"] == started);
        home.json(&["cancel", "one"])
    };
    assert_eq!(cancelled["cancelled"], json!([started]));
    assert_eq!(running.finish().code, Some(130));
    assert_eq!(watching.finish().code, Some(130));
    home.fails(&["cancel", "one"]).is(1, "not_running");
}

#[test]
fn a_client_that_is_interrupted_cancels_its_run() {
    let home = Home::new();
    slow_project(&home, "one", FOR_EVER);
    let serving = serve(&home, &[]);
    let mut running = home.start(&["run", "one", "--events", "json"]);
    running.wait_for("the node", |e| is_node(e, "running"));
    running.signal(Signal::INT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert_eq!(ran.events().last().expect("events")["outcome"], "cancelled");
    assert_eq!(Control::connect(&home).request("run.list", json!({})), Ok(json!([])));
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn events_go_on_where_a_client_left_off() {
    let home = Home::new();
    slow_project(&home, "one", 1);
    let serving = serve(&home, &[]);
    let mut first = Control::connect(&home);
    let from = first.request("events.subscribe", json!({})).expect("events")["seq"].as_u64().expect("a number");
    let start = |control: &mut Control, text: &str| {
        let edit = json!({ "project": "one", "edit": { "set": { "text": text } } });
        let run = control.request("run.start", edit).expect("a run")["run"].clone();
        control.request("run.wait", json!({ "run": run })).expect("its end");
        run
    };
    let run = start(&mut first, "a");
    let seen = first.wait_for("the node", |e| is_node(e, "running") && e["run"] == run);
    let seen = seen["seq"].as_u64().expect("a number");
    drop(first);

    let mut second = Control::connect(&home);
    let later = start(&mut second, "b");
    second.request("events.subscribe", json!({ "since": seen })).expect("events");
    let mut told = Vec::new();
    while told.last().is_none_or(|e: &Value| e["type"] != "run_ended" || e["run"] != later) {
        told.push(second.wait_for("the end", |_| true));
    }
    let mut pages = Vec::new();
    let mut at = from;
    loop {
        let page = second.request("events.since", json!({ "seq": at, "limit": 3 })).expect("a page");
        pages.extend(page["events"].as_array().expect("events").clone());
        at = page["seq"].as_u64().expect("a number");
        assert_eq!(page["gap"], false);
        if page["more"] == false {
            break;
        }
    }
    let numbered = |events: &[Value]| -> Vec<u64> { events.iter().filter_map(|e| e["seq"].as_u64()).collect() };
    let missed: Vec<u64> = numbered(&pages).into_iter().filter(|seq| *seq > seen).collect();
    assert_eq!(numbered(&told), missed, "nothing twice and nothing left out");
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn a_command_that_comes_twice_is_done_once() {
    let home = Home::new();
    slow_project(&home, "one", 1);
    let mut serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    let create = json!({ "title": "Two", "script": "narrated", "params": { "text": "x" }, "command": ulid(1) });
    let made = control.request("project.create", create.clone()).expect("a project");
    assert_eq!(control.request("project.create", create.clone()), Ok(made.clone()));
    assert_eq!(Control::connect(&home).request("project.create", create.clone()), Ok(made.clone()));
    let mut other = create.clone();
    other["title"] = "Three".into();
    assert_eq!(control.request("project.create", other).expect_err("another")["code"], "command.reused");
    let start = json!({ "project": "one", "command": ulid(2) });
    let started = control.request("run.start", start.clone()).expect("a run");
    control.request("run.wait", json!({ "run": started["run"] })).expect("its end");

    // The answers are lost with the process that gave them, what was done is not.
    serving.kill();
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    assert_eq!(control.request("project.create", create), Ok(made));
    assert_eq!(control.request("run.start", start).expect("the run")["run"], started["run"]);
    assert_eq!(control.request("project.list", json!({})).expect("projects").as_array().map(Vec::len), Some(2));
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn nobody_overwrites_what_he_has_not_seen() {
    let home = Home::new();
    slow_project(&home, "one", 1);
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    let mut seen = control.request("project.get", json!({ "project": "one" })).expect("a project");
    for field in ["exports", "last_run", "nodes"] {
        seen.as_object_mut().expect("an object").remove(field);
    }
    let edit = json!({ "project": "one", "edit": { "set": { "c1": "mine" } } });
    let edited = control.request("project.edit", edit).expect("the project");
    let mut stale = seen.clone();
    stale["params"]["c2"] = "theirs".into();
    let refused = control.request("project.save", json!({ "project": stale })).expect_err("a conflict");
    assert_eq!((&refused["code"], &refused["field"]), (&json!("conflict"), &json!("updated_ms")));
    let mut fresh = edited;
    fresh["params"]["c2"] = "theirs".into();
    let saved = control.request("project.save", json!({ "project": fresh })).expect("it is kept");
    assert_eq!((&saved["params"]["c1"], &saved["params"]["c2"]), (&json!("mine"), &json!("theirs")));
    let typo = json!({ "project": "one", "edit": { "sett": {} } });
    assert_eq!(control.request("project.edit", typo).expect_err("a typo")["code"], "invalid_params");
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn a_socket_is_for_its_own_user() {
    let home = Home::new();
    let serving = serve(&home, &[]);
    let path = socket(&home);
    let mode = |path: &std::path::Path| fs::symlink_metadata(path).expect("it is there").mode() & 0o777;
    let folder = path.parent().expect("a folder");
    assert_eq!((mode(&path), mode(folder), mode(&home.store())), (0o600, 0o700, 0o700));
    if rustix::process::geteuid().is_root() {
        let read = home.store().join("journal");
        assert!(!as_nobody(&["ls", &read.to_string_lossy()]), "another user reads the store");
        assert!(!connects_as_nobody(&path), "another user gets to the socket");
        // Nor where somebody has opened the way to it.
        for opened in [home.path(), &home.path().join("run"), folder, &path] {
            fs::set_permissions(opened, fs::Permissions::from_mode(0o777)).expect("rights");
        }
        assert!(!connects_as_nobody(&path), "another user is answered");
    }
    assert!(Control::connect(&home).request("project.list", json!({})).is_ok());
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    assert!(!path.exists());
}

/// Says hello as another user: is it answered?
fn connects_as_nobody(path: &std::path::Path) -> bool {
    let script = format!(
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect({:?}); \
         s.sendall(b'{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{{\"protocol\":1}}}}\\n'); \
         raise SystemExit(0 if s.recv(1) else 1)",
        path.to_string_lossy()
    );
    as_nobody(&["python3", "-c", &script])
}

fn as_nobody(args: &[&str]) -> bool {
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let ran = Command::new("setpriv").args(nobody).args(args).output().expect("setpriv is there");
    ran.status.success()
}

#[test]
fn nonsense_is_refused_and_harms_nobody() {
    let home = Home::new();
    let serving = serve(&home, &["--rate", "1000"]);
    let path = socket(&home);
    let mut honest = Control::connect(&home);

    // Before a hello nothing else is taken.
    for first in ["{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"project.list\"}\n", "nonsense\n", "[]\n"] {
        let mut control = Control::silent(&path);
        assert!(control.send(first.as_bytes()));
        assert!(control.line("a refusal").expect("a refusal")["error"]["data"]["code"].is_string(), "{first}");
        assert_eq!(control.line("its end"), None, "{first}");
    }
    let mut long = Control::silent(&path);
    long.send(&vec![b'x'; 1 << 20]);
    while long.line("its end").is_some() {}
    let mut old = Control::silent(&path);
    assert_eq!(old.request("hello", json!({ "protocol": 0 })).expect_err("too old")["code"], "protocol.unknown");

    let mut control = Control::connect(&home);
    let deep = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":{{\"a\":{}", "[".repeat(1 << 20));
    let strange = [
        ("{\n", "rpc.parse"),
        ("\u{0}\u{1}\n", "rpc.parse"),
        ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}]\n", "rpc.invalid"),
        ("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"hello\"}\n", "rpc.invalid"),
        ("{\"jsonrpc\":\"2.0\",\"method\":\"project.list\"}\n", "rpc.invalid"),
        ("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"project.list\",\"params\":[1]}\n", "rpc.invalid"),
        ("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"project.list\",\"params\":{\"x\":1}}\n", "invalid_params"),
        ("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"project.steal\"}\n", "method.unknown"),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"blob.read\",\"params\":{\"blob\":\"../../key\"}}\n",
            "invalid_params",
        ),
        (&(deep + "\n"), "rpc.parse"),
    ];
    for (line, code) in strange {
        assert!(control.send(line.as_bytes()));
        let answer = control.line(code).expect("an answer");
        assert_eq!(answer["error"]["data"]["code"], code, "{}", &line[..line.len().min(80)]);
    }
    // Longer than any line may be, and the next one is read as usual.
    let sent = (0..41).all(|_| control.send(&vec![b'x'; 1 << 20])) && control.send(b"\n");
    assert!(sent);
    assert_eq!(control.line("too long").expect("an answer")["error"]["data"]["code"], "rpc.too_long");
    assert!(control.request("project.list", json!({})).is_ok());
    // A half line, and gone.
    control.send(b"{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"project");
    drop(control);
    assert!(honest.request("project.list", json!({})).is_ok());
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn the_example_of_the_documentation_works() {
    let home = Home::new();
    slow_project(&home, "rice", 1);
    let serving = serve(&home, &[]);
    let page = fs::read_to_string(workspace().join("docs/control.md")).expect("the page");
    let example = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let data = home.path().join(".local/share");
    fs::create_dir_all(&data).expect("a folder");
    std::os::unix::fs::symlink(home.store(), data.join("studio")).expect("a link");
    let ran =
        Command::new("python3").args(["-c", example]).env("HOME", home.path()).output().expect("python3 is there");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains("node"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.trim_end().ends_with("run_ended"), "{said}");
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn who_asks_too_much_is_told_to_wait() {
    let home = Home::new();
    let serving = serve(&home, &["--rate", "5"]);
    let mut control = Control::connect(&home);
    let answers: Vec<_> = (0..50).map(|_| control.request("run.list", json!({}))).collect();
    let busy: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!busy.is_empty() && busy.iter().all(|e| e["code"] == "busy"), "{busy:?}");
    assert!(busy.iter().all(|e| e["retry_after"].as_f64().is_some_and(|s| s > 0.0 && s < 1.0)), "{busy:?}");
    assert!(Control::connect(&home).request("run.list", json!({})).is_ok(), "others are not held up");
    assert!(control.patiently("run.list", &json!({})).is_ok());
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn one_that_does_not_read_holds_nobody_up_and_misses_nothing() {
    let home = Home::new();
    slow_project(&home, "one", 1);
    let serving = serve(&home, &["--rate", "1000"]);
    let mut sleepy = Control::connect(&home);
    sleepy.request("events.subscribe", json!({})).expect("events");
    let mut busy = Control::connect(&home);
    // Each is an event of 100 KB, more together than anything holds in between.
    let text = "x".repeat(100_000);
    let mut last = Value::Null;
    for n in 0..300 {
        let edit = json!({ "project": "one", "edit": { "set": { "c0": n.to_string(), "c1": text } } });
        last = busy.request("project.edit", edit).expect("it is kept")["updated_ms"].clone();
    }
    let mut seen = Vec::new();
    while seen.len() < 300 {
        let event = sleepy.wait_for("the edits", |e| e["type"] == "project");
        seen.push(event["params"]["c0"].as_str().expect("a number").to_owned());
        if event["updated_ms"] == last {
            break;
        }
    }
    assert_eq!(seen, (0..300).map(|n| n.to_string()).collect::<Vec<_>>());
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

fn ulid(n: u8) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |bits: u128| char::from(DIGITS[(bits & 31) as usize]);
    let time: String = (0..10).rev().map(|n| digit(now >> (5 * n))).collect();
    format!("{time}{}", digit(n.into()).to_string().repeat(16))
}
