//! The short film of the tests: three scenes at 480p, its text, and what it is made of.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use studio_plugin_sdk::{
    roles::tts::Word,
    timeline::Rate,
    words::{WordFrames, whole_millis},
};

use crate::{Home, Ran, workspace};

/// What the film says.
pub const TEXT: &str = "# Rice\n\nRice grows in water. Farmers flood the fields in spring.\n\n\
    ## Work\n\nEvery terrace holds a hand of water. Nothing is pumped.\n\n\
    ## Harvest\n\nIn autumn the fields turn gold. People cut the rice by hand.\n";

/// A home with the project `rice` in it.
pub fn project(home: &Home) -> &Home {
    let script = workspace().join("tests/scripts/film.lua");
    let text = home.file("text.md", TEXT);
    let out = home.path().join("out").to_string_lossy().into_owned();
    let made = home.json(&["new", "Rice", "--script", &script.to_string_lossy(), "--text", &text, "--out", &out]);
    assert_eq!(made["slug"], "rice");
    home
}

/// Runs it with events: it must be done.
pub fn run(home: &Home) -> Ran {
    let ran = home.studio(&["run", "rice", "--events", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    ran
}

/// A file that it delivers: `mp4`, `srt` …
pub fn delivered(home: &Home, extension: &str) -> PathBuf {
    home.path().join("out").join(format!("rice.{extension}"))
}

/// All delivered files by name, with their bytes.
pub fn files(home: &Home) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(home.path().join("out")).expect("the export folder");
    let mut files: Vec<_> = entries
        .map(|e| e.expect("a file"))
        .map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read(e.path()).expect("its bytes")))
        .collect();
    files.sort();
    files
}

/// Seconds of the speech of each scene, in order.
pub fn spoken(home: &Home, text: &str) -> Vec<f64> {
    speeches(home, text).iter().map(|speech| speech["seconds"].as_f64().expect("seconds")).collect()
}

/// Frames of each scene at 30 a second, in order: its speech and 0.3 s on both sides, counted from its last phrase.
pub fn lasting(home: &Home, text: &str) -> Vec<u64> {
    let lasts = |speech: &Value| {
        let mut words: Vec<Word> = serde_json::from_value(speech["words"].clone()).expect("words");
        for word in &mut words {
            (word.start, word.end) = (word.start + 0.3, word.end + 0.3);
        }
        let end = speech["seconds"].as_f64().expect("seconds") + 0.6;
        WordFrames::of(&words, Rate::fps(30)).until(whole_millis(end)).into()
    };
    speeches(home, text).iter().map(lasts).collect()
}

/// The speech of each scene, in order.
fn speeches(home: &Home, text: &str) -> Vec<Value> {
    let board = call(home, "outline", "llm", &json!({ "task": "storyboard", "text": text }));
    let scenes = board["scenes"].as_array().expect("scenes").clone();
    scenes.iter().map(|scene| call(home, "espeak", "tts", &json!({ "text": scene["narration"] }))).collect()
}

/// Calls a stage by hand: its response.
pub fn call(home: &Home, plugin: &str, role: &str, request: &Value) -> Value {
    home.json(&["plugin", "call", plugin, role, &request.to_string()])
}
