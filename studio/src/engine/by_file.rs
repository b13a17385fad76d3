//! A person's file in the place of a result. What it is, its content says, not its name.

use std::{
    fs::File,
    io::{Read, Seek},
    path::Path,
};

use serde_json::{Value, json};
use studio_plugin_sdk::{blob::Blob, roles::Role, wav};

use super::open::EngineError;
use crate::{model::BlobStore as _, store::Store};

/// Largest text or JSON.
const MOST_TEXT: u64 = 16 << 20;
/// Largest medium.
const MOST_MEDIUM: u64 = 1 << 30;
/// So much of a file's beginning tells what it is.
const HEAD: u64 = 8 << 10;
/// Before its samples a WAV file may have notes of whoever recorded it; so much of it is looked at.
const WAV_HEAD: u64 = 1 << 20;

/// The response of `role` with what is in the file; `before` is the one that it replaces.
pub fn response(store: &Store, role: Role, before: &Value, path: &Path) -> Result<Value, EngineError> {
    let Opened { mut file, bytes, mime } = opened(path)?.ok_or_else(|| wrong(path, "is no file"))?;
    let mime = mime.unwrap_or("text/plain");
    let most = if mime.starts_with("text/") { MOST_TEXT } else { MOST_MEDIUM };
    if bytes > most {
        return Err(wrong(path, &format!("is over {} MB", most >> 20)));
    }
    match (role, mime) {
        (Role::Image, "image/png" | "image/jpeg" | "image/webp") => picture(store, before, path, &mut file, mime),
        (Role::Tts, "audio/x-wav") => speech(store, before, path, &mut file),
        (_, "text/plain" | "text/html" | "text/xml") => text(role, before, path, &mut file),
        (Role::Image, other) => Err(wrong(path, &format!("is {other}; a picture is PNG, JPEG or WebP"))),
        (Role::Tts, other) => Err(wrong(path, &format!("is {other}; speech is WAV with PCM"))),
        (role, other) => Err(wrong(path, &format!("is {other}; a result of {role} is edited as JSON (.json)"))),
    }
}

/// A file that is about to be taken in.
pub struct Opened {
    /// At its beginning.
    pub file: File,
    /// Its length.
    pub bytes: u64,
    /// What it is; none: its content does not tell.
    pub mime: Option<&'static str>,
}

/// Opens a file; none: it is a folder or the like.
pub fn opened(path: &Path) -> Result<Option<Opened>, EngineError> {
    let reading = |e| EngineError::io(format!("reading {}", path.display()))(e);
    let mut file = File::open(path).map_err(reading)?;
    let metadata = file.metadata().map_err(reading)?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head).map_err(reading)?;
    file.rewind().map_err(reading)?;
    Ok(Some(Opened { file, bytes: metadata.len(), mime: infer::get(&head).map(|kind| kind.mime_type()) }))
}

fn text(role: Role, before: &Value, path: &Path, file: &mut File) -> Result<Value, EngineError> {
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|_| wrong(path, "is not UTF-8 text"))?;
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
        return serde_json::from_str(&text).map_err(|e| wrong(path, &format!("is not JSON: {e}")));
    }
    let is_storyboard = before["scenes"].as_array().is_some_and(|scenes| !scenes.is_empty());
    if role != Role::Llm || is_storyboard {
        return Err(wrong(path, "is plain text; this result is edited as JSON (.json)"));
    }
    let mut after = before.clone();
    after["text"] = text.into();
    after["data"] = Value::Null;
    Ok(after)
}

fn picture(store: &Store, before: &Value, path: &Path, file: &mut File, mime: &str) -> Result<Value, EngineError> {
    let size = imagesize::size(path).map_err(|e| wrong(path, &format!("is a damaged picture: {e}")))?;
    let mut after = before.clone();
    after["image"] = json!(taken_in(store, path, file, mime)?);
    after["width"] = size.width.into();
    after["height"] = size.height.into();
    Ok(after)
}

/// The words keep their shares of the time: who reads the same text at another pace says them about then.
fn speech(store: &Store, before: &Value, path: &Path, file: &mut File) -> Result<Value, EngineError> {
    let reading = |e| EngineError::io(format!("reading {}", path.display()))(e);
    let mut head = Vec::new();
    let length = file.metadata().map_err(reading)?.len();
    file.take(WAV_HEAD).read_to_end(&mut head).map_err(reading)?;
    file.rewind().map_err(reading)?;
    let header = wav::header(&head, length).ok_or_else(|| wrong(path, "is no usable WAV"))?;
    if header.samples == 0 {
        return Err(wrong(path, "has no sound in it"));
    }
    let seconds = header.seconds();
    let mut after = before.clone();
    let stretch = before["seconds"].as_f64().filter(|s| *s > 0.0).map_or(1.0, |was| seconds / was);
    for word in after["words"].as_array_mut().into_iter().flatten() {
        for name in ["start", "end"] {
            if let Some(at) = word[name].as_f64() {
                word[name] = (at * stretch).min(seconds).into();
            }
        }
    }
    after["audio"] = json!(taken_in(store, path, file, "audio/wav")?);
    after["seconds"] = seconds.into();
    after["sample_rate"] = header.sample_rate.into();
    Ok(after)
}

/// Keeps the bytes of a file.
pub fn taken_in(store: &Store, path: &Path, file: &mut File, mime: &str) -> Result<Blob, EngineError> {
    let doing = format!("taking in {}", path.display());
    let (digest, bytes) = store.blobs().take_in(file).map_err(EngineError::io(doing))?;
    Ok(Blob { blob: digest.hex(), bytes, mime: mime.into() })
}

fn wrong(path: &Path, what: &str) -> EngineError {
    EngineError::Invalid { field: "edit".into(), message: format!("{} {what}", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        (folder, store)
    }

    #[test]
    fn a_picture_takes_the_place_of_a_picture_whatever_its_name_says() {
        let (folder, store) = kit();
        let path = folder.path().join("card.txt");
        let mut encoder = png::Encoder::new(File::create(&path).unwrap(), 3, 2);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&[0; 6]).unwrap();
        let before = json!({"image": {}, "width": 1, "height": 1, "description": "x"});
        let after = response(&store, Role::Image, &before, &path).unwrap();
        assert_eq!((&after["width"], &after["height"]), (&json!(3), &json!(2)));
        assert_eq!((&after["image"]["mime"], &after["description"]), (&json!("image/png"), &json!("x")));
        let refused = response(&store, Role::Tts, &before, &path).unwrap_err();
        assert!(refused.to_string().contains("image/png; speech is WAV"), "{refused}");
    }

    #[test]
    fn words_keep_their_shares_of_the_time() {
        let (folder, store) = kit();
        let path = folder.path().join("take.wav");
        let silence = vec![0; 32_000];
        let header = wav::plain_header(8000, 1, silence.len() as u64).unwrap();
        std::fs::write(&path, [&header[..], &silence].concat()).unwrap();
        let before = json!({"seconds": 1.0, "words": [{"text": "Hi", "start": 0.25, "end": 0.5}], "voice": "me"});
        let after = response(&store, Role::Tts, &before, &path).unwrap();
        assert_eq!((&after["seconds"], &after["sample_rate"]), (&json!(2.0), &json!(8000)));
        assert_eq!(after["words"][0], json!({"text": "Hi", "start": 0.5, "end": 1.0}));
        std::fs::write(&path, b"RIFF\x10\0\0\0WAVEfmt \0").unwrap();
        assert!(response(&store, Role::Tts, &before, &path).is_err(), "a cut header");
    }

    #[test]
    fn text_is_for_answers_and_json_for_the_rest() {
        let (folder, store) = kit();
        let (txt, js) = (folder.path().join("a.txt"), folder.path().join("a.json"));
        std::fs::write(&txt, "Better.").unwrap();
        std::fs::write(&js, "{\"scenes\": []}").unwrap();
        let answer = json!({"text": "Good.", "scenes": []});
        assert_eq!(response(&store, Role::Llm, &answer, &txt).unwrap()["text"], "Better.");
        let board = json!({"text": "", "scenes": [{"id": "a"}]});
        assert!(response(&store, Role::Llm, &board, &txt).is_err());
        assert_eq!(response(&store, Role::Llm, &board, &js).unwrap(), json!({"scenes": []}));
        std::fs::write(&js, "{").unwrap();
        assert!(response(&store, Role::Llm, &board, &js).unwrap_err().to_string().contains("is not JSON"));
    }
}
