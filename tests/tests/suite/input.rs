//! Texts that are none, programs that are not there, disks that are full or may not be written.

use std::fs;

use studio_tests::{
    Home,
    disk::{Disk, on},
    procs, short,
};

fn new_with(home: &Home, content: &[u8]) -> Vec<String> {
    let text = home.file("text.md", content);
    ["new", "Film", "--text", &text].map(ToOwned::to_owned).to_vec()
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn an_empty_text_is_told() {
    for text in ["", " \n\t\n", "<!-- -->\n"] {
        let home = Home::new();
        let made = home.studio(&strs(&new_with(&home, text.as_bytes())));
        // Either at once or when it is run, but before anything is made.
        let failed = if made.code == Some(0) {
            home.fails(&["run", "film"])
        } else {
            home.fails(&strs(&new_with(&home, text.as_bytes())))
        };
        assert_eq!(failed.exit, Some(1), "{text:?}: {failed:?}");
        failed.says("text");
    }
}

#[test]
fn a_binary_is_no_text() {
    let home = Home::new();
    let program = fs::read("/bin/sh").expect("a program");
    home.fails(&strs(&new_with(&home, &program))).is(2, "usage").says("UTF-8");
    home.fails(&["new", "Film", "--text", "/nowhere.md"]).is(2, "usage").says("/nowhere.md");
    home.fails(&["new", "Film", "--text", "/etc"]).is(2, "usage").says("folder");
}

#[test]
fn a_megabyte_of_text_is_planned_or_refused_with_a_reason() {
    let home = Home::new();
    let text = format!("# Long\n\n{}", "A sentence of the long text stands here. ".repeat(26_000));
    assert!(text.len() > 1 << 20);
    let made = home.studio(&strs(&new_with(&home, text.as_bytes())));
    assert_eq!(made.code, Some(0), "{made:?}");
    let plan = home.studio(&["plan", "film", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&plan.out).unwrap_or_else(|e| panic!("{e}: {plan:?}"));
    if plan.code == Some(0) {
        assert!(said["nodes"].as_array().is_some_and(|n| !n.is_empty()), "{plan:?}");
    } else {
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(plan.code == Some(1) && message.contains("text") && !message.contains("crashed"), "{plan:?}");
    }
}

#[test]
fn a_missing_program_is_named_with_what_installs_it() {
    let mut home = Home::new();
    let path = home.path_without(&["ffmpeg"]);
    let whole = std::env::var_os("PATH").unwrap_or_default();
    home.set("PATH", path);
    short::project(&home);
    let failed = home.fails(&["run", "rice"]);
    assert_eq!(failed.exit, Some(1), "{failed:?}");
    failed.says("ffmpeg").says("apt");
    assert!(procs::left_over(&home.store()).is_empty());
    // Once it is there, the run goes on with what was made.
    home.set("PATH", whole);
    let done = short::run(&home);
    let again = studio_tests::events::places(&done.events(), "running");
    assert!(!again.contains(&"harvest-1/tts".to_owned()), "{again:?}");
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let mut home = Home::new();
    let Some(disk) = Disk::new(&home, 64) else { return };
    on(&disk.0)(&mut home);
    short::project(&home);
    let filler = disk.fill(300 << 10);
    let failed = home.fails(&["run", "rice"]);
    assert_eq!(failed.exit, Some(1), "{failed:?}");
    assert!(failed.code.ends_with("full") || failed.code.contains("disk"), "{failed:?}");
    failed.says("room").says("ree");
    fs::remove_file(filler).expect("room again");
    short::run(&home);
    drop(home);
    drop(disk);
}

#[test]
fn a_store_that_cannot_be_written_is_told() {
    let mut home = Home::new();
    let Some(disk) = Disk::new(&home, 64) else { return };
    on(&disk.0)(&mut home);
    short::project(&home);
    disk.read_only();
    for args in [&["run", "rice"][..], &["ls"]] {
        let failed = home.fails(args);
        assert_eq!(failed.exit, Some(1), "{failed:?}");
        assert!(failed.code.ends_with("readonly"), "{failed:?}");
        failed.says("--store");
    }
}

#[test]
fn an_export_folder_that_cannot_be_written_is_told() {
    let home = Home::new();
    short::project(&home);
    let file = home.file("in-the-way", "x");
    let failed = home.fails(&["run", "rice", "--out", &file]);
    assert_eq!(failed.exit, Some(1), "{failed:?}");
    failed.says("in-the-way");
}
