//! The real binary in a real terminal: keys go through tmux and a shell, and what the terminal is left as is looked at.

use std::{
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use ratatui::text::Span;
use rustix::process::{Pid, Signal, kill_process};
use studio_tests::{
    Home,
    control::{serve, slow_project},
    media, procs,
    tmux::{AT_REST, Modes, Tmux},
};

use super::TEXT;

/// The terminal is Studio's.
const TAKEN: Modes = Modes { alternate: true, mouse: true, cursor: false };

fn is_done(shown: &str) -> bool {
    shown.lines().nth(1).is_some_and(|line| line.ends_with("✓ done"))
}

/// The shell has its terminal as it was: lines are edited, what is typed is seen.
#[track_caller]
fn is_given_back(tmux: &Tmux) {
    assert_eq!(tmux.modes(), AT_REST);
    tmux.run("clear; stty -a; echo so it is");
    tmux.wait_until("the shell says how it is", |shown| shown.lines().any(|line| line == "so it is"));
    let shown = tmux.screen();
    for mode in ["icanon", "echo", "isig", "icrnl", "opost"] {
        let on = shown.split([' ', '\n']).any(|word| word.trim_end_matches(';') == mode);
        assert!(on, "{mode} is off:\n{shown}");
    }
}

#[test]
fn from_an_empty_store_to_a_finished_video_and_a_published_folder_by_keys_alone() {
    let home = Home::new();
    let tmux = Tmux::start(&home, 100, 30);
    tmux.studio("").wait_for("Welcome to Studio").wait_for("make the demo film");
    assert_eq!(tmux.modes(), TAKEN);
    tmux.press("n").wait_for("scene by scene on cards").press("7").wait_for("new project: Narrated");
    tmux.type_text("Rice").press("Tab").wait_for("Rice").type_text(TEXT).press("C-s");
    tmux.wait_for("no scenes yet").press("f").wait_for("Small, quick and cheap").press("Down");
    tmux.press("Enter").wait_for("profile: draft").press("r").wait_for("running");
    tmux.wait_until("a scene is made", |shown| shown.contains("preview · scene 1"));
    tmux.wait_until("the film is finished", is_done).wait_for("published in");
    let folder = home.store().join("exports/rice");
    tmux.press("Y").wait_for("copied: ").wait_for("exports/rice");
    assert_eq!(tmux.tell(&["show-buffer"]).trim_end(), folder.to_string_lossy());
    tmux.press("q");
    assert_eq!(tmux.left(), 0);
    is_given_back(&tmux);
    let entries = fs::read_dir(&folder).expect("the export folder").map(|entry| entry.expect("a file").path());
    let files: Vec<PathBuf> = entries.collect();
    let of_kind = |kind: &str| files.iter().find(|file| file.extension().is_some_and(|ending| ending == kind));
    let path = of_kind("mp4").unwrap_or_else(|| panic!("{files:?}"));
    let film = media::probe(path);
    assert!(film.frames > 60 && film.seconds.1 > 2.0, "{} frames, {:?}", film.frames, film.seconds);
    assert_eq!(media::decodes(path), Ok(()));
    assert!(of_kind("srt").is_some(), "{files:?}");
}

#[test]
fn a_shell_gets_its_terminal_back_however_it_ends() {
    let home = Home::new();
    let mut tmux = Tmux::start(&home, 100, 30);
    tmux.run("clear; \"$STUDIO\"").wait_for("Welcome to Studio");
    // Into the background and back, twice.
    for _ in 0..2 {
        tmux.press("C-z").wait_for("Stopped");
        is_given_back(&tmux);
        tmux.run("fg").wait_for("Welcome to Studio");
        assert_eq!(tmux.modes(), TAKEN);
        tmux.press("?").wait_for("everywhere").press("Escape").wait_without("everywhere");
    }
    tmux.resize(1, 1);
    tmux.resize(100, 30).wait_for("Welcome to Studio");
    for signal in [Signal::TERM, Signal::HUP] {
        kill_process(Pid::from_raw(tmux.pid()).expect("a process"), signal).expect("it is there");
        tmux.wait_for("shell>");
        is_given_back(&tmux);
        tmux.run("clear; \"$STUDIO\"").wait_for("Welcome to Studio");
    }
    tmux.press("C-c").wait_for("shell>");
    is_given_back(&tmux);
}

#[test]
fn a_storm_of_sizes_stops_no_run() {
    let home = Home::new();
    home.json(&["new", "Rice", "--profile", "draft", "--set", &format!("text={TEXT}")]);
    let mut tmux = Tmux::start(&home, 80, 24);
    tmux.studio("rice").wait_for("no scenes yet").press("r").wait_for("running");
    for n in 0..200_u16 {
        tmux.resize(1 + n * 37 % 220, 1 + n * 17 % 60);
    }
    tmux.resize(1, 1);
    tmux.resize(100, 30).wait_until("the film is finished", is_done).press("q");
    assert_eq!(tmux.left(), 0);
    is_given_back(&tmux);
    assert_eq!(home.json(&["show", "rice"])["state"], "done");
}

#[test]
fn a_fault_is_said_on_a_terminal_that_was_given_back() {
    let home = Home::new();
    home.json(&["new", "Rice", "--set", &format!("text={TEXT}")]);
    let tmux = Tmux::with(&home, 100, 30, &[("STUDIO_TEST_FAULTY", "1")]);
    // A page that cannot be drawn says so, and goes on with the next key.
    tmux.studio("").wait_for("by latest change").press("F11").wait_for("this page cannot be drawn");
    tmux.press("7").wait_for("Providers").press("1").wait_for("by latest change");
    tmux.press("F12");
    assert_eq!(tmux.left(), 1);
    tmux.wait_for("the interface failed").wait_for("a key that fails").wait_for("what was made is kept");
    is_given_back(&tmux);
    assert_eq!(home.json(&["ls"]).as_array().map(Vec::len), Some(1));
    assert_eq!(procs::wait_until_gone(|| procs::touching(&home.store())), []);
}

#[test]
fn where_the_process_that_has_the_store_is_killed_the_work_goes_on_here() {
    let home = Home::new();
    slow_project(&home, "slow", 400);
    let mut serving = serve(&home, &[]);
    let tmux = Tmux::start(&home, 120, 30);
    tmux.studio("slow").wait_for("no scenes yet").wait_for("engine: process");
    serving.kill();
    tmux.wait_for("it is here now").wait_without("engine: process").press("r").wait_until("it ran", is_done);
    tmux.press("q");
    assert_eq!(tmux.left(), 0);
    is_given_back(&tmux);
}

#[test]
fn a_store_that_is_moved_away_is_missed_and_goes_on_once_it_is_back() {
    let home = Home::new();
    home.json(&["new", "Rice", "--profile", "draft", "--set", &format!("text={TEXT}")]);
    let tmux = Tmux::start(&home, 120, 30);
    tmux.studio("rice").wait_for("no scenes yet");
    let elsewhere = home.path().join("elsewhere");
    fs::rename(home.store(), &elsewhere).expect("it is moved away");
    // What could not be written, why, and where: at the foot, where errors are told.
    tmux.press("r").wait_for("keeping a script: No such file or directory").wait_for("store/blobs");
    assert!(!home.store().exists(), "nothing is begun anew in its place");
    fs::rename(&elsewhere, home.store()).expect("it is put back");
    tmux.press("r").wait_until("the film is finished", is_done).press("q");
    assert_eq!(tmux.left(), 0);
    is_given_back(&tmux);
    assert_eq!(home.json(&["show", "rice"])["state"], "done");
}

#[test]
fn titles_of_all_writings_and_broken_bytes_keep_the_columns() {
    let home = Home::new();
    let titles =
        ["日本の棚田", "شلالات الماء", "שלום עולם", "rice 🌾 and ☕", "e\u{301}tude", "a\u{202e}b\u{2066}c", "ＷＩＤＥ"];
    for title in titles {
        home.json(&["new", title, "--set", &format!("text={title}. {title}.")]);
    }
    // A folder whose name is no text, from which relative paths are told.
    let folder = home.path().join(Path::new(std::ffi::OsStr::from_bytes(b"bad\xff\xfe")));
    fs::create_dir(&folder).expect("a folder");
    let tmux = Tmux::start(&home, 120, 40);
    tmux.run("cd bad*").studio("").wait_for("7 projects").wait_for("ＷＩＤＥ");
    let shown = tmux.screen();
    let lines: Vec<&str> = shown.lines().filter(|line| line.ends_with(['│', '╮', '╯'])).collect();
    assert!(lines.len() > 10, "{shown}");
    // A terminal gives each letter its own cell, also where two would be joined in writing.
    let width = |line: &str| line.chars().map(|c| Span::raw(c.to_string()).width()).sum::<usize>();
    // Cards are equally wide: four in the first row, three in the second.
    assert!(lines.iter().all(|line| matches!(width(line), 120 | 90)), "{shown}");
    // Bytes that are no text are no keys.
    tmux.tell(&["send-keys", "-H", "ff", "fe", "c3", "28", "80"]);
    tmux.press("n").wait_for("scene by scene on cards").press("7").wait_for("new project: Narrated");
    tmux.type_text("Größe 📏").press("Tab");
    // A megabyte is pasted, and is there.
    let lines = "Rice grows in terraces, and water runs from step to step.\n".repeat(18_000);
    tmux.tell(&["load-buffer", &home.file("pasted.md", &lines)]);
    tmux.tell(&["paste-buffer", "-p"]);
    tmux.wait_for("from step to step.").press("C-s").wait_for("no scenes yet").wait_for("Größe 📏").press("q");
    assert_eq!(tmux.left(), 0);
    let params = home.json(&["show", "Größe 📏"])["params"].clone();
    assert_eq!(params["text"].as_str().map(str::len), Some(lines.len()), "all of it");
}
