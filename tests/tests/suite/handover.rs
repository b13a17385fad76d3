//! Films go on in an editor: what is handed over is read by the reference readers, and names files that are there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use studio_tests::{Home, short, workspace};
use url::Url;

/// Frames of the film that OpenTimelineIO's readers are held against.
fn frames(home: &Home) -> f64 {
    let path = home.path().join("film.json").to_string_lossy().into_owned();
    home.json(&["export", "rice", "--as", "json", "-o", &path]);
    let film: Value = serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON");
    film["frames"].as_f64().expect("frames")
}

fn handed_over(home: &Home, format: &str) -> (PathBuf, PathBuf) {
    let path = home.path().join(format!("rice.{format}"));
    let told = home.json(&["export", "rice", "--as", format, "-o", &path.to_string_lossy()]);
    (path, told["media"].as_str().expect("a folder").into())
}

/// What the reference reader finds; none: it is not installed here.
fn read(path: &Path) -> Option<Value> {
    let python: PathBuf = workspace().join("target/readers/bin/python");
    if !python.exists() {
        eprintln!("not read by OpenTimelineIO, which is not installed: tools/readers.sh");
        return None;
    }
    let read = Command::new(python).arg(workspace().join("tests/readers/read.py")).arg(path).output().expect("it runs");
    assert!(read.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&read.stderr));
    Some(serde_json::from_slice(&read.stdout).expect("JSON"))
}

/// The clips of a track by name, and the frames of all that is on it.
fn clips(track: &Value) -> (Vec<&str>, f64) {
    let items = track["items"].as_array().expect("items");
    let clips = items.iter().filter(|item| item["kind"] == "clip");
    let long = items.iter().filter(|item| item["kind"] != "transition").filter_map(|item| item["frames"].as_f64());
    (clips.filter_map(|clip| clip["name"].as_str()).collect(), long.sum())
}

#[test]
fn an_editor_reads_the_film_and_finds_its_files() {
    let home = Home::new();
    short::run(short::project(&home));
    let long = frames(&home);
    for format in ["otio", "fcpxml", "edl"] {
        let (path, media) = handed_over(&home, format);
        let names: Vec<_> =
            fs::read_dir(&media).expect("media").map(|file| file.expect("a file").file_name()).collect();
        assert_eq!(names.len(), 6, "a picture and speech for each of three scenes: {names:?}");
        let text = fs::read_to_string(&path).expect("a timeline");
        assert!(names.iter().all(|name| text.contains(&*name.to_string_lossy())), "{names:?}: {text}");
        let Some(found) = read(&path) else { continue };
        let tracks = found["tracks"].as_array().expect("tracks");
        // The reader of Final Cut's XML takes all tracks for pictures.
        let of = |kind: &str, ending: &str| {
            let is = |item: &Value| item["media"].as_str().is_some_and(|url| url.ends_with(ending));
            let is_kind = |track: &&Value| match format {
                "fcpxml" => track["items"].as_array().expect("items").iter().any(is),
                _ => track["kind"] == kind,
            };
            clips(tracks.iter().find(is_kind).expect(kind))
        };
        let (pictures, frames) = of("Video", ".png");
        assert_eq!(pictures.len(), 3, "{format}: {found}");
        assert!((frames - long).abs() < 0.5, "{format}: {frames} of {long}: {found}");
        let (speech, _) = of("Audio", ".wav");
        assert_eq!(speech.len(), 3, "{format}: {found}");
        // An edit decision list knows files by their names alone.
        if format != "edl" {
            let items = tracks.iter().flat_map(|track| track["items"].as_array().expect("items"));
            for url in items.filter_map(|item| item["media"].as_str()) {
                let file = Url::parse(url).ok().and_then(|url| url.to_file_path().ok()).expect("a file's address");
                assert!(file.is_file(), "{url}");
            }
        }
        if format == "otio" {
            assert_eq!(found["markers"].as_array().map(Vec::len), Some(3), "chapters: {found}");
            assert!(found.to_string().contains("\"transition\""), "{found}");
        }
    }
}

#[test]
fn without_a_film_it_says_what_to_do_and_edited_scenes_are_handed_over_as_they_are_now() {
    let home = Home::new();
    short::project(&home);
    let path = home.path().join("rice.otio").to_string_lossy().into_owned();
    let none = home.studio(&["export", "rice", "--as", "otio", "-o", &path]);
    assert_ne!(none.code, Some(0));
    assert!(none.err.contains("studio run rice"), "{none:#?}");
    short::run(&home);
    let edited = home.studio(&["scene", "rice", "edit", "work-1", "--narration", "Something else."]);
    assert_eq!(edited.code, Some(0), "{edited:#?}");
    // What is free and quick is made for it: it is the timeline as it would be now.
    let stale = home.studio(&["export", "rice", "--as", "edl", "-o", &path]);
    assert_eq!(stale.code, Some(0), "{stale:#?}");
    assert!(stale.err.contains("older than its scenes"), "{stale:#?}");
    // So is a moment of the film: in the scene that was edited, and after the film's end.
    let frame = home.path().join("moment.jpg");
    for at in ["6", "999"] {
        let drawn = home.studio(&[
            "export",
            "rice",
            "--as",
            "jpg",
            "--at",
            at,
            "--height",
            "180",
            "-o",
            &frame.to_string_lossy(),
        ]);
        assert_eq!(drawn.code, Some(0), "{drawn:#?}");
        assert_eq!(fs::read(&frame).expect("a picture")[..2], [0xff, 0xd8]);
    }
    let refused = home.studio(&["export", "rice", "--as", "jpg", "--height", "9", "-o", &frame.to_string_lossy()]);
    assert!(refused.err.contains("between 64 and 2160"), "{refused:#?}");
}
