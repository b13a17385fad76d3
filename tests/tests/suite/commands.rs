//! The commands beside `run` and `plan`: what they print, and what they leave alone.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Home,
    events::{is_node, places},
    files, media, procs, short,
};

#[test]
fn a_film_is_shown_listed_and_exported() {
    let home = Home::new();
    short::project(&home);
    let fresh = home.json(&["ls"]);
    assert_eq!((&fresh[0]["slug"], &fresh[0]["last_run"]), (&json!("rice"), &Value::Null));
    home.fails(&["export", "rice", "--as", "mp4", "-o", "x.mp4"]).is(1, "not_found").says("studio run rice");
    short::run(&home);

    let shown = home.json(&["show", "rice"]);
    assert_eq!(shown["title"], "Rice");
    assert!(shown["last_run"]["outcome"]["done"].is_object(), "{shown}");
    let nodes = shown["nodes"].as_array().expect("nodes");
    assert!(nodes.len() >= 14 && nodes.iter().all(|n| n["state"] == "done"), "{shown}");

    for kind in ["mp4", "srt", "vtt"] {
        let path = home.path().join(format!("copy.{kind}"));
        let told = home.json(&["export", "rice", "--as", kind, "-o", &path.to_string_lossy()]);
        assert_eq!(told["path"], json!(path));
        assert!(fs::read(&path).expect("the copy") == fs::read(short::delivered(&home, kind)).expect("the file"));
    }
    home.json(&["export", "rice", "--as", "json", "-o", "film.json"]);
    let film: Value = serde_json::from_slice(&fs::read(home.path().join("film.json")).expect("data")).expect("JSON");
    assert_eq!(film["frames"].as_u64(), Some(media::probe(&home.path().join("copy.mp4")).frames));
    home.fails(&["export", "rice", "--as", "mp4", "-o", "no/such/folder/x.mp4"]).is(1, "file.missing");
}

#[test]
fn plugins_are_listed_inspected_and_called() {
    let home = Home::new();
    let listed = home.json(&["plugin", "ls"]);
    let roles: Vec<_> = listed.as_array().expect("a list").iter().map(|p| p["stages"][0]["role"].clone()).collect();
    assert_eq!(roles, ["image", "tts", "render", "publish", "llm", "llm"]);
    let inspected = home.json(&["plugin", "inspect", "espeak"]);
    assert_eq!(inspected["allowed"], inspected["capabilities"]);
    assert_eq!(inspected["digest"].as_str().map(str::len), Some(64));

    let speech = short::call(&home, "espeak", "tts", &json!({ "text": "Good morning." }));
    let words: Vec<_> = speech["words"].as_array().expect("words").iter().map(|w| w["text"].clone()).collect();
    assert_eq!(words, ["Good", "morning."]);
    home.fails(&["plugin", "call", "nobody", "tts", "{}"]).is(1, "plugin.unknown").says("espeak");
    home.fails(&["plugin", "call", "espeak", "video", "{}"]).is(1, "plugin.unknown");
    home.fails(&["plugin", "call", "espeak", "sing", "{}"]).is(2, "usage").says("tts");
    home.fails(&["plugin", "call", "espeak", "tts", "{"]).is(2, "usage").says("JSON");
    let wrong = home.fails(&["plugin", "call", "espeak", "tts", r#"{"text": "x", "speed": "fast"}"#]);
    assert_eq!((wrong.exit, wrong.field.as_str()), (Some(1), "speed"), "{wrong:?}");
}

#[test]
fn secrets_are_kept_and_never_shown() {
    const SECRET: &[u8] = b"sk-7d1f0b2a-nobody-may-read-this";
    let home = Home::new();
    let set = home.studio_fed(&["secret", "set", "openai"], SECRET);
    assert_eq!(set.code, Some(0), "{set:?}");
    assert_eq!(home.json(&["secret", "ls"]), json!(["openai"]));
    fs::remove_file(home.path().join("stdin")).expect("what was fed");
    short::call(&home, "cards", "image", &json!({ "text": { "heading": "x" }, "short_side": 240 }));
    let found = files::holding(home.path(), SECRET);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(home.studio(&["secret", "rm", "openai"]).code, Some(0));
    assert_eq!(home.json(&["secret", "ls"]), json!([]));
    assert_eq!(home.studio_fed(&["secret", "set", "empty"], b"").code, Some(2));
}

#[test]
fn the_doctor_names_what_is_there_and_what_is_missing() {
    let home = Home::new();
    let well = home.studio(&["doctor", "--json"]);
    let checks: Vec<Value> = serde_json::from_str(&well.out).expect("JSON");
    let health = |checks: &[Value], name: &str| {
        checks.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("no check {name}"))["health"].clone()
    };
    for name in ["store", "ffmpeg", "espeak-ng", "plugins"] {
        assert_eq!(health(&checks, name), "ok", "{well:?}");
    }
    let poor = Home::new();
    let path = poor.path_without(&["espeak-ng"]);
    let ran = poor.with("PATH", path).studio(&["doctor", "--json"]);
    assert_eq!(ran.code, Some(1));
    let checks: Vec<Value> = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(health(&checks, "espeak-ng"), "bad");
    assert!(ran.out.contains("apt"), "{ran:?}");
}

#[test]
fn a_cancelled_run_leaves_nothing_behind_and_goes_on_later() {
    let home = Home::new();
    short::project(&home);
    let mut running = home.start(&["run", "rice", "--events", "json"]);
    running.wait_for("a picture being encoded", |e| {
        is_node(e, "running") && e["slot"].as_str().is_some_and(|s| s.contains("/render/"))
    });
    let begun = procs::below(running.pid());
    running.signal(Signal::INT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran:#?}");
    let left = procs::wait_until_gone(|| begun.iter().filter(|p| procs::lives(p)).cloned().collect());
    assert!(left.is_empty(), "{left:?}");
    let scratch: Vec<_> = fs::read_dir(home.store().join("scratch")).expect("the folder").collect();
    assert!(scratch.is_empty(), "{scratch:?}");
    let events = ran.events();
    assert!(!places(&events, "cancelled").is_empty(), "{events:#?}");
    let before = places(&events, "done");
    let after = short::run(&home);
    let twice: Vec<_> = places(&after.events(), "running").into_iter().filter(|p| before.contains(p)).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(procs::left_over(&home.store()).is_empty());
}

#[test]
fn a_store_in_use_says_by_whom() {
    let home = Home::new().with("STUDIO_OWNER_WAIT", "0.5");
    short::project(&home);
    let mut running = home.start(&["run", "rice", "--events", "json"]);
    running.wait_for("the first node", |e| is_node(e, "running"));
    // Stopped, it answers nobody.
    running.signal(Signal::STOP);
    let busy = home.fails(&["ls"]);
    running.signal(Signal::CONT);
    busy.is(1, "store.busy").says(&running.pid().to_string());
    assert_eq!(running.finish().code, Some(0));
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let home = Home::new();
    for args in [&["dance"][..], &["run"], &["run", "x", "--events", "xml"], &["export", "x", "--as", "gif", "-o", "x"]]
    {
        assert_eq!(home.studio(args).code, Some(2), "{args:?}");
    }
    home.fails(&["run", "nothing-here"]).is(1, "not_found");
    home.fails(&["new", "X", "--set", "novalue"]).is(2, "usage").says("NAME=VALUE");
    let ran = home.studio(&["run", "nothing-here"]);
    assert!(ran.err.starts_with("error[not_found]: ") && ran.err.contains("help: "), "{ran:?}");
}
