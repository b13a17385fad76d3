//! Looking after a store by commands: checked, backed up, restored, collected; by its owner or with another process
//! owning it. And who may see what of it.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{
    Control, Home, Running,
    control::{self, serve, slow_project},
    events::is_node,
    files,
    openai::{KEY, OpenAi},
    procs,
};

const FOR_EVER: u64 = 3_600_000;

/// A project with two small pictures, which were made.
fn made(home: &Home, title: &str) -> Value {
    let script = "return studio.pipeline { title = \"Cards\", params = { text = param.text { default = \"\" } }, \
         run = function(p) return { map({ 1, 2 }, function(n) return image { provider = \"cards\", short_side = 240, \
         text = { heading = p.text .. n } }:get().image end) } end }";
    let script = home.file("cards.lua", script);
    home.json(&["new", title, "--script", &script, "--set", &format!("text={title}")]);
    home.json(&["run", title])
}

/// A blob that is a picture.
fn picture(home: &Home) -> PathBuf {
    let blobs = files::below(&home.store().join("blobs"));
    let is_picture = |path: &&PathBuf| fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG"));
    blobs.iter().find(is_picture).expect("a picture").clone()
}

fn codes(checked: &Value) -> Vec<String> {
    let faults = checked["faults"].as_array().expect("faults");
    faults.iter().map(|f| f["code"].as_str().expect("a code").to_owned()).collect()
}

/// What `store check --json` says, and its exit code.
fn check(home: &Home, more: &[&str]) -> (Option<i32>, Value) {
    let ran = home.studio(&[&["store", "check", "--json"], more].concat());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}")))
}

#[test]
fn a_store_is_backed_up_lost_and_restored() {
    let home = Home::new();
    let first = made(&home, "rice");
    let (code, good) = check(&home, &[]);
    assert_eq!((code, codes(&good)), (Some(0), vec![]), "{good}");
    let file = home.path().join("rice.studio").to_string_lossy().into_owned();
    let backed_up = home.json(&["store", "backup", "rice.studio"]);
    assert_eq!((&backed_up["file"], &backed_up["seq"]), (&json!(file), &good["seq"]));
    home.fails(&["store", "backup", "cards.lua"]).is(1, "backup.in_the_way");
    home.fails(&["store", "restore", &file]).is(1, "backup.in_the_way").says("--replace");

    // Elsewhere it is the same, and nothing is made again.
    let elsewhere = home.path().join("elsewhere").to_string_lossy().into_owned();
    home.json(&["store", "restore", &file, "--to", &elsewhere]);
    let again = home.json(&["run", "rice", "--store", &elsewhere]);
    assert_eq!((&again["ran"], &again["value"]), (&json!(0), &first["value"]));

    made(&home, "tea");
    let restored = home.json(&["store", "restore", &file, "--replace"]);
    assert_eq!(home.json(&["ls"]).as_array().map(Vec::len), Some(1));
    assert_eq!(home.json(&["run", "rice"])["ran"], 0);
    let aside = restored["replaced"].as_str().expect("the old one");
    assert_eq!(home.json(&["ls", "--store", aside]).as_array().map(Vec::len), Some(2));
    fs::write(&file, "cut").expect("damage");
    home.fails(&["store", "restore", &file, "--replace"]).is(1, "backup.invalid");
    assert_eq!(home.json(&["ls"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn the_owner_does_it_for_others_while_it_goes_on() {
    let home = Home::new();
    made(&home, "rice");
    slow_project(&home, "slow", FOR_EVER);
    let serving = serve(&home, &[]);
    let mut control = Control::connect(&home);
    control.request("events.subscribe", json!({})).expect("events");
    control.request("run.start", json!({ "project": "slow" })).expect("a run");
    control.wait_for("the node", |e| is_node(e, "running"));
    let (code, checked) = check(&home, &[]);
    assert_eq!((code, codes(&checked)), (Some(0), vec![]), "{checked}");
    home.json(&["store", "backup", "busy.studio"]);
    let collected = home.json(&["store", "gc", "--now"]);
    assert_eq!((&collected["results_left"], &collected["results"]), (&json!(true), &json!(0)), "{collected}");
    home.fails(&["store", "restore", "busy.studio", "--replace"]).is(1, "store.busy");
    let relative = control.request("store.backup", json!({ "file": "busy.studio" })).expect_err("a whole path");
    assert_eq!((&relative["code"], &relative["field"]), (&json!("invalid_input"), &json!("file")));
    assert_eq!(home.json(&["run", "rice"])["ran"], 0);

    // The backup has a run in the middle: where it is restored, it is taken up.
    let elsewhere = home.path().join("elsewhere").to_string_lossy().into_owned();
    home.json(&["store", "restore", "busy.studio", "--to", &elsewhere]);
    let shown = home.json(&["show", "slow", "--store", &elsewhere]);
    assert_eq!((&shown["last_run"]["outcome"], shown["last_run"]["id"].is_string()), (&Value::Null, true));
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
}

#[test]
fn what_is_damaged_is_named_and_what_can_be_is_mended() {
    let home = Home::new();
    made(&home, "rice");
    let blob = picture(&home);
    fs::set_permissions(&blob, fs::Permissions::from_mode(0o644)).expect("writable");
    let mut bytes = fs::read(&blob).expect("its bytes");
    bytes[30] ^= 1;
    fs::write(&blob, &bytes).expect("damage");
    let (code, checked) = check(&home, &[]);
    assert_eq!((code, codes(&checked)), (Some(1), vec!["blob.damaged".to_owned()]), "{checked}");
    let told = home.studio(&["store", "check"]);
    assert!(told.out.contains("blob.damaged") && told.err.contains("help:"), "{told:?}");
    assert_eq!(check(&home, &["--quick"]).0, Some(0));
    bytes[30] ^= 1;
    fs::write(&blob, &bytes).expect("as it was");

    // The index is thrown away and made anew by itself; its loss costs nothing.
    fs::remove_dir_all(home.store().join("index")).expect("no index");
    assert_eq!(home.json(&["run", "rice"])["ran"], 0);

    let journal =
        files::below(&home.store().join("journal")).into_iter().find(|p| p.extension().is_some_and(|e| e == "journal"));
    let journal = journal.expect("a segment");
    let mut bytes = fs::read(&journal).expect("its bytes");
    bytes[50] ^= 1;
    fs::write(&journal, bytes).expect("damage");
    home.fails(&["ls"]).is(1, "store.corrupt").says("store check").says("restore");
    let (code, checked) = check(&home, &[]);
    assert_eq!(code, Some(1));
    assert!(codes(&checked).contains(&"journal.damaged".to_owned()), "{checked}");
}

#[test]
fn what_nothing_refers_to_is_freed_and_nothing_else() {
    let home = Home::new();
    made(&home, "rice");
    let folder = home.store().join("blobs/00");
    fs::create_dir_all(&folder).expect("a folder");
    let nobodys = folder.join("0".repeat(62));
    fs::write(&nobodys, "nobody needs this").expect("a file");
    let young = home.json(&["store", "gc"]);
    assert_eq!((&young["trashed"], nobodys.exists()), (&json!(0), true), "it was only just put: {young}");
    let dry = home.json(&["store", "gc", "--now", "--dry-run"]);
    assert_eq!((&dry["deleted_bytes"], &dry["dry_run"], nobodys.exists()), (&json!(17), &json!(true), true), "{dry}");
    let done = home.json(&["store", "gc", "--now"]);
    assert_eq!((&done["deleted"], &done["deleted_bytes"], nobodys.exists()), (&json!(1), &json!(17), false), "{done}");
    assert_eq!(done["left"], dry["left"]);
    assert_eq!(check(&home, &[]).0, Some(0));
    assert_eq!(home.json(&["run", "rice"])["ran"], 0);
    let told = home.studio(&["store", "gc"]);
    assert!(told.code == Some(0) && told.err.contains("stay"), "{told:?}");
}

#[test]
fn a_store_is_its_users_alone() {
    let home = Home::new();
    made(&home, "rice");
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], KEY.as_bytes()).code, Some(0));
    let _serving = serve(&home, &[]);
    let mode = |path: &Path| fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o777;
    let socket = control::socket(&home);
    assert_eq!((mode(&home.store()), mode(&socket), mode(socket.parent().expect("a folder"))), (0o700, 0o600, 0o700));
    assert_eq!(mode(&home.path().join("key")), 0o600);
    home.json(&["store", "backup", "b.studio"]);
    assert_eq!(mode(&home.path().join("b.studio")), 0o600);
    for file in files::below(&home.store().join("journal")) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    // A folder that somebody made for it, open to all, is closed.
    let open = home.path().join("open");
    fs::create_dir(&open).expect("a folder");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("open");
    home.json(&["ls", "--store", &open.to_string_lossy()]);
    assert_eq!(mode(&open), 0o700);
    as_somebody_else(&home, &socket);
}

/// Tries to get at everything as another user, where this one may become another.
fn as_somebody_else(home: &Home, socket: &Path) {
    let other = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]).args(args).output()
    };
    if !other(&["true"]).is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: this user may not become another");
        return;
    }
    // The way there is open, so that only Studio's own folders can refuse.
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("an open home");
    fs::set_permissions(home.path().join("run"), fs::Permissions::from_mode(0o755)).expect("an open runtime folder");
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    for path in [
        text(home.store().join("journal/MANIFEST")),
        text(picture(home)),
        text(home.path().join("key")),
        text(home.path().join("b.studio")),
    ] {
        let read = other(&["cat", &path]).expect("it runs");
        assert!(!read.status.success() && read.stdout.is_empty(), "{path}");
    }
    let connect = format!("import socket; socket.socket(socket.AF_UNIX).connect({:?})", text(socket.to_owned()));
    let tried = other(&["python3", "-c", &connect]).expect("it runs");
    assert!(String::from_utf8_lossy(&tried.stderr).contains("Permission denied"), "{tried:?}");
}

/// Everything that was ever written below the home, but for the key file and what only passed through it.
fn assert_nowhere(home: &Home, needles: &[(&str, &[u8])]) {
    for (what, needle) in needles {
        let found = files::holding(home.path(), needle);
        assert!(found.is_empty(), "{what} is in {found:?}");
    }
}

#[test]
fn a_crash_leaves_no_key_anywhere() {
    let server = OpenAi::start();
    let home = Home::new();
    fs::create_dir_all(home.store()).expect("a folder");
    let settings = format!("[plugins.openai]\nurl = \"{}\"\nsecret = \"openai\"\n", server.url());
    fs::write(home.store().join("config.toml"), settings).expect("settings");
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], KEY.as_bytes()).code, Some(0));
    fs::remove_file(home.path().join("stdin")).expect("what was typed");
    assert_eq!(home.studio(&["plugin", "grant", "openai", "--yes"]).code, Some(0));
    let script = home.file(
        "ask.lua",
        "return studio.pipeline { title = \"Ask\", params = {}, run = function() \
         return llm { provider = \"openai\", text = \"Hi\" }:get().text end }",
    );
    let studio = home.command(&["run", &script, "--events", "json"]);
    // With no limit on cores, in a folder that may be written to.
    let mut crashing = Command::new("bash");
    crashing.args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""]).arg(studio.get_program()).args(studio.get_args());
    crashing.env_clear().current_dir(home.path()).env("STUDIO_LOG", "debug");
    crashing.envs(studio.get_envs().filter_map(|(name, value)| Some((name, value?))));
    server.hold();
    let out = fs::File::create(home.path().join("out.txt")).expect("a file");
    let err = fs::File::create(home.path().join("err.txt")).expect("a file");
    let mut child = crashing.stdout(out).stderr(err).spawn().expect("it starts");
    server.wait_until_asked(1);
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    rustix::process::kill_process(pid, Signal::ABORT).expect("it is there");
    let status = child.wait().expect("its end");
    assert_eq!((status.signal(), status.core_dumped()), (Some(Signal::ABORT.as_raw()), false));
    server.release();
    home.studio(&["store", "backup", "b.studio"]);
    home.studio(&["run", &script, "--repeat"]);
    let sealing = fs::read(home.path().join("key")).expect("the sealing key");
    fs::remove_file(home.path().join("key")).expect("what may have it");
    let hex = blake3::Hash::from_slice(&sealing).expect("32 bytes").to_hex().to_string();
    assert_nowhere(&home, &[("the secret", KEY.as_bytes()), ("the key", &sealing), ("the key in hex", hex.as_bytes())]);
    assert!(files::below(home.path()).iter().any(|path| path.ends_with("err.txt")), "the logs were looked at");
}

#[test]
fn without_memory_it_ends_and_nothing_told_is_lost() {
    let home = Home::new();
    made(&home, "rice");
    let before = home.json(&["store", "check"])["seq"].as_u64().expect("a number");
    let limited = |megabytes: u64, args: &[&str]| {
        let studio = home.command(args);
        let mut limited = Command::new("bash");
        let limit = format!("ulimit -v {}; exec \"$0\" \"$@\"", megabytes << 10);
        limited.args(["-c", &limit]).arg(studio.get_program()).args(studio.get_args());
        limited.env_clear().current_dir(home.path());
        limited.envs(studio.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Running::start(limited).finish()
    };
    // With less than this the system does not even load the program.
    let is_loaded = |megabytes: &u64| limited(*megabytes, &["--version"]).code == Some(0);
    let least = (50..1_000).step_by(10).find(is_loaded).expect("it is loaded with a gigabyte");
    // From far too little to just not enough; the modules' reservations alone are some gigabytes.
    for megabytes in [least, 300, 600, 1_200, 4_000] {
        let ran = limited(megabytes, &["run", "rice", "--set", &format!("text={megabytes}"), "--events", "json"]);
        // An allocation that fails ends the process at once; everything else is an error with a code.
        let typed = ran.code == Some(1) && ran.err.contains("error[");
        assert!(typed || ran.code.is_none(), "{megabytes} MB: {ran:?}");
        eprintln!("{megabytes} MB: {}", ran.err.lines().find(|l| l.contains("error[")).unwrap_or("aborted"));
        let told = ran.events().iter().filter_map(|event| event["seq"].as_u64()).max().unwrap_or(0);
        let checked = home.json(&["store", "check"]);
        assert!(checked["seq"].as_u64() >= Some(told.max(before)), "{megabytes} MB: {told} was told, {checked}");
        assert_eq!(checked["faults"], json!([]), "{megabytes} MB");
        assert!(procs::left_over(&home.store()).is_empty());
    }
    assert_eq!(home.studio(&["run", "rice"]).code, Some(0));
}
