//! Files that are shown and heard in benchmarks: made by FFmpeg, put into a store, rendered, or encoded by hand.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use super::shell::command;

/// FFmpeg without questions, which says errors alone.
pub fn quiet() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-v", "error"]);
    command
}

/// Makes a file.
pub fn ffmpeg(args: &[&str], to: &Path) {
    assert!(quiet().args(args).arg(to).status().expect("ffmpeg starts").success(), "ffmpeg {args:?} failed");
}

/// A request as a file, as the command line takes it.
pub fn written(folder: &Path, name: &str, request: &Value) -> String {
    let file = folder.join(name);
    fs::write(&file, request.to_string()).expect("a file");
    format!("@{}", file.display())
}

/// Puts a file into a store, as a blob of a request.
pub fn keep(store: &Path, file: &Path, mime: &str) -> Value {
    let bytes = fs::read(file).expect("a file");
    let name = blake3::hash(&bytes).to_hex().to_string();
    let value = json!({ "blob": name, "mime": mime, "bytes": bytes.len() });
    let path = blob(store, &value);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a blob");
    value
}

/// Where a store has a blob.
pub fn blob(store: &Path, blob: &Value) -> PathBuf {
    let (start, rest) = blob["blob"].as_str().expect("a name").split_at(2);
    store.join("blobs").join(start).join(rest)
}

/// A render of a request.
pub fn render(store: &Path, request: &str) -> Command {
    command(store, &["plugin", "call", "ffmpeg", "render", request])
}

/// Copies a folder with all that is in it.
pub fn copied(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp").success());
}

/// The encoder settings of the presets used here.
pub fn encoded(command: &mut Command) {
    command.args(["-c:v", "libx264", "-profile:v", "high", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-crf", "20"]);
    command.args(["-g", "60", "-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-movflags", "+faststart"]);
}
