//! Rendering: the film of the example text, against one FFmpeg command, and after an edit.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::Value;

use super::Row;

const STUDIO: &str = env!("CARGO_BIN_EXE_studio");

pub fn measure() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/stairs-of-water.md");
    let film = folder.path().join("out");
    let new = ["new", "Film", "--text", &text.to_string_lossy(), "--out", &film.to_string_lossy()];
    studio(folder.path(), &new);
    let whole = timed(folder.path(), &["run", "film", "--quiet"]);
    let again = timed(folder.path(), &["run", "film", "--quiet"]);
    let nodes = studio(folder.path(), &["show", "film", "--json"]);
    let rendered = took(&nodes, "render");
    let single = single_command(&film);
    let edited = edit(&std::fs::read_to_string(&text).expect("the example"));
    let edited_file = folder.path().join("edited.md");
    std::fs::write(&edited_file, edited).expect("a file");
    let one_word = timed(folder.path(), &["run", "film", "--quiet", "--text", &edited_file.to_string_lossy()]);
    let row = |what, target, seconds: f64, most: f64| Row {
        what,
        target,
        measured: format!("{seconds:.2} s"),
        holds: seconds <= most,
    };
    let ratio = rendered / single;
    vec![
        row("the one-minute demo at 1080p, from text to film", "≤ 60 s", whole, 60.0),
        row("the same again: everything is kept", "≤ 1 s", again, 1.0),
        row("one word of it changed, made again", "< 3 s", one_word, 3.0),
        Row {
            what: "render against one FFmpeg command of equal settings",
            target: "≤ 1.05 ×",
            measured: format!("{ratio:.2} ×"),
            holds: ratio <= 1.05,
        },
    ]
}

fn studio(folder: &Path, args: &[&str]) -> Value {
    let out = Command::new(STUDIO)
        .arg("--store")
        .arg(folder.join("store"))
        .args(args)
        .env("STUDIO_KEY_FILE", folder.join("key"))
        .stderr(Stdio::inherit())
        .output()
        .expect("studio starts");
    assert!(out.status.success(), "studio {args:?} failed");
    serde_json::from_slice(&out.stdout).unwrap_or_default()
}

fn timed(folder: &Path, args: &[&str]) -> f64 {
    let began = Instant::now();
    studio(folder, args);
    began.elapsed().as_secs_f64()
}

/// Seconds that a node took.
fn took(project: &Value, place: &str) -> f64 {
    let nodes = project["nodes"].as_array().cloned().unwrap_or_default();
    let node = nodes.iter().find(|n| n["slot"].as_str().is_some_and(|s| s.ends_with(&format!("/{place}"))));
    node.and_then(|n| n["seconds"].as_f64()).unwrap_or(f64::NAN)
}

/// The finished film decoded and encoded once more with the plugin's settings: as much video work as a
/// render has, without segments, stages or captions.
fn single_command(film: &Path) -> f64 {
    let film = std::fs::read_dir(film)
        .expect("the export folder")
        .flatten()
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == "mp4"))
        .expect("a film");
    let began = Instant::now();
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(&film)
        .args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-c:a", "aac", "-b:a", "192k", "-f", "mp4"])
        .arg("/dev/null")
        .status()
        .expect("ffmpeg starts");
    assert!(status.success(), "ffmpeg failed");
    began.elapsed().as_secs_f64()
}

/// One ordinary word of the last paragraph, changed.
fn edit(text: &str) -> String {
    let end = text.trim_end().rfind(' ').unwrap_or(0);
    let start = text[..end].rfind(' ').unwrap_or(0);
    format!("{} indeed{}", &text[..start], &text[start..])
}
