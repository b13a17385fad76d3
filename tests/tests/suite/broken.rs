//! A render in whose middle something breaks: FFmpeg dies, the disk fills up, a source or a kept piece goes bad. The
//! clip is named, what is whole stays in use, and the next run goes on.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use studio_tests::{
    Home, Ran,
    disk::{Disk, on},
    events::{Running, is_node, place, places},
    files, media,
    procs::{self, Proc},
    short,
};

const RUN: [&str; 4] = ["run", "rice", "--events", "json"];

fn is_picture(event: &Value, state: &str) -> bool {
    is_node(event, state) && place(event).starts_with("render/body-")
}

/// The error of a run that failed, as its node tells it.
fn error(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let events = ran.events();
    let failed = events.iter().find(|event| is_node(event, "failed") && place(event) == "render");
    failed.unwrap_or_else(|| panic!("no node failed: {ran:#?}"))["error"].clone()
}

fn says(error: &Value, what: &str) {
    let all = format!("{} {}", error["message"], error["help"]);
    assert!(all.contains(what), "nothing of {what:?} in {error}");
}

fn names_a_clip(error: &Value) -> bool {
    let message = error["message"].as_str().unwrap_or_default();
    message.starts_with("picture of ") || message.starts_with("transition from ")
}

/// FFmpeg where it encodes a piece of the picture.
fn encoders(pid: i32) -> Vec<Proc> {
    let encodes = |p: &Proc| {
        let words = fs::read(format!("/proc/{}/cmdline", p.pid)).unwrap_or_default();
        p.name == "ffmpeg" && String::from_utf8_lossy(&words).contains("segment.mp4")
    };
    procs::below(pid).into_iter().filter(encodes).collect()
}

/// What was done before is not done again, and the film is whole.
fn goes_on(home: &Home, broken: &Ran) -> Ran {
    let done = places(&broken.events(), "done");
    let ran = short::run(home);
    let again: Vec<String> = places(&ran.events(), "running").into_iter().filter(|p| done.contains(p)).collect();
    assert_eq!(again, [""; 0], "made again");
    media::decodes(&short::delivered(home, "mp4")).expect("it decodes");
    assert!(procs::left_over(&home.store()).is_empty());
    ran
}

#[test]
fn ffmpeg_is_killed() {
    let home = Home::new();
    short::project(&home);
    let mut running: Running = home.start(&RUN);
    running.wait_for("a picture that is encoded", |event| is_picture(event, "running"));
    let killed = loop {
        if let Some(ffmpeg) = encoders(running.pid()).pop().and_then(|p| Pid::from_raw(p.pid)) {
            break kill_process(ffmpeg, Signal::KILL);
        }
        std::thread::yield_now();
    };
    killed.expect("FFmpeg is killed");
    let broken = running.finish();
    let error = error(&broken);
    assert_eq!(error["code"], "exec.signal", "{error}");
    assert!(names_a_clip(&error), "{error}");
    says(&error, "signal 9");
    goes_on(&home, &broken);
}

#[test]
fn the_disk_fills_up() {
    let mut home = Home::new();
    let Some(disk) = Disk::new(&home, 64) else { return };
    on(&disk.0)(&mut home);
    short::project(&home);
    let mut running = home.start(&RUN);
    running.wait_for("a first piece of picture", |event| is_picture(event, "done"));
    let filler = disk.fill(0);
    let broken = running.finish();
    assert!(matches!(broken.code, Some(1)), "{broken:#?}");
    let told = format!("{} {}", broken.out, broken.err);
    assert!(told.contains("full") || told.contains("space"), "{broken:#?}");
    fs::remove_file(filler).expect("room again");
    goes_on(&home, &broken);
    drop(home);
}

/// Changes a byte in the middle of a file of the store.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("its bytes");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::set_permissions(file, Permissions::from_mode(0o644)).expect("writable");
    fs::write(file, bytes).expect("damage");
}

fn blobs(home: &Home, fits: impl Fn(&[u8]) -> bool) -> Vec<PathBuf> {
    let all = files::below(&home.store().join("blobs"));
    all.into_iter().filter(|path| fs::read(path).is_ok_and(|bytes| fits(&bytes))).collect()
}

/// The film of the test, and what is said in it changed, so that its last scene is encoded again.
fn made_and_changed(home: &Home) -> String {
    short::run(short::project(home));
    home.file("changed.md", short::TEXT.replace("cut the rice by hand", "cut the stalks with great care"))
}

#[test]
fn a_source_goes_bad() {
    let home = Home::new();
    let changed = made_and_changed(&home);
    let run = [&RUN[..], &["--text", &changed]].concat();
    let cards = blobs(&home, |bytes| bytes.starts_with(b"\x89PNG"));
    cards.iter().for_each(|card| damage(card));
    let broken = home.studio(&run);
    let error = error(&broken);
    assert_eq!(error["code"], "blob.damaged", "{error}");
    says(&error, "picture of harvest-1");
    says(&error, "run again");
    // The card costs nothing, and is made again.
    let ran = goes_on(&home, &broken);
    assert!(places(&ran.events(), "running").contains(&"harvest-1/image".to_owned()), "{ran:#?}");
}

#[test]
fn kept_pieces_go_bad() {
    let home = Home::new();
    let changed = made_and_changed(&home);
    let silent = |path: &PathBuf| media::probe(path).audio.is_null();
    let mut pieces = blobs(&home, |bytes| bytes.get(4..8) == Some(b"ftyp"));
    pieces.retain(silent);
    assert!(pieces.len() > 4, "{pieces:?}");
    pieces.iter().for_each(|piece| damage(piece));
    let run = [&RUN[..], &["--text", &changed]].concat();
    // Each run puts aside what it comes upon.
    let mut broken = 0;
    loop {
        let ran = home.studio(&run);
        if ran.code == Some(0) {
            break;
        }
        let error = error(&ran);
        assert_eq!(error["code"], "blob.damaged", "{error}");
        assert!(names_a_clip(&error), "{error}");
        broken += 1;
        assert!(broken <= pieces.len(), "{ran:#?}");
    }
    assert!(broken > 0, "nobody noticed");
    // It is the film that it would be had nothing happened.
    let other = Home::new();
    short::project(&other);
    let text = other.file("text.md", fs::read(&changed).expect("the text"));
    assert_eq!(other.studio(&[&RUN[..], &["--text", &text]].concat()).code, Some(0));
    assert!(short::files(&home) == short::files(&other), "another film");
}
