//! The files of a timeline: what they are called beside it, and how long they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::Path,
};

use studio_plugin_sdk::{
    blob::Blob,
    timeline::{Media as Source, Timeline},
    wav,
};
use url::Url;

use super::MediaFile;
use crate::engine::EngineError;

/// Most characters of a name that come from a clip's id.
const MOST_NAME: usize = 60;
/// So much of a WAV file's beginning tells how long it is.
const WAV_HEAD: u64 = 1 << 20;

/// The files of a timeline.
pub struct Media {
    folder: Url,
    files: BTreeMap<String, File>,
}

struct File {
    /// From 1, in the order of their first use.
    number: usize,
    name: String,
    blob: Blob,
    /// Seconds; none: it is a still.
    seconds: Option<f64>,
    /// Channels of sound, as far as they are known.
    channels: u16,
}

impl Media {
    /// Names each file after the first clip that uses it.
    pub fn of(timeline: &Timeline, folder: &Path) -> Result<Self, EngineError> {
        let folder = Url::from_directory_path(folder)
            .map_err(|()| EngineError::Invalid { field: "folder".into(), message: "give the whole path".into() })?;
        let (mut files, mut taken) = (BTreeMap::<String, File>::new(), BTreeSet::new());
        for track in &timeline.tracks {
            for (_, clip) in track.clips() {
                let Some(blob) = clip.media.file() else { continue };
                // What is used of it is there, however long it is.
                let played = clip.played(f64::from(clip.frames)) / timeline.rate.hertz();
                let still = matches!(clip.media, Source::Still { .. });
                let used = (!still).then(|| clip.media.from().seconds() + played);
                let number = files.len() + 1;
                let file = files.entry(blob.blob.clone()).or_insert_with(|| File {
                    number,
                    name: named(&clip.id, &blob.mime, &mut taken),
                    blob: blob.clone(),
                    seconds: None,
                    channels: 2,
                });
                file.seconds = match (file.seconds, used) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    (a, b) => a.or(b),
                };
            }
        }
        Ok(Self { folder, files })
    }

    /// Looks into a sound: how long it really is.
    pub fn measure(&mut self, blob: &Blob, opened: &mut std::fs::File) {
        let mut head = Vec::new();
        if opened.take(WAV_HEAD).read_to_end(&mut head).is_ok()
            && let Some(header) = wav::header(&head, blob.bytes)
            && let Some(file) = self.files.get_mut(&blob.blob)
        {
            (file.seconds, file.channels) = (Some(header.seconds()), header.channels);
        }
    }

    /// All of them, in the order of their first use.
    pub fn files(&self) -> Vec<MediaFile> {
        let mut files: Vec<&File> = self.files.values().collect();
        files.sort_by_key(|file| file.number);
        files.into_iter().map(|file| MediaFile { name: file.name.clone(), blob: file.blob.clone() }).collect()
    }

    /// A file's number, from 1.
    pub fn number(&self, blob: &Blob) -> usize {
        self.files.get(&blob.blob).map_or(0, |file| file.number)
    }

    /// How many channels a sound has; two where it is not known.
    pub fn channels(&self, blob: &Blob) -> u16 {
        self.files.get(&blob.blob).map_or(2, |file| file.channels)
    }

    /// What a file is called.
    pub fn name(&self, blob: &Blob) -> &str {
        self.files.get(&blob.blob).map_or("", |file| &file.name)
    }

    /// Where a file is.
    pub fn url(&self, blob: &Blob) -> String {
        self.folder.join(self.name(blob)).map(String::from).unwrap_or_default()
    }

    /// How long it is, in seconds; none: it is a still. A film is at least as long as what is used of it.
    pub fn seconds(&self, blob: &Blob) -> Option<f64> {
        self.files.get(&blob.blob)?.seconds
    }
}

/// Sounds end where their files end: a clip of sound that is longer, silent to its end, becomes a clip and a gap.
pub fn trimmed(timeline: &mut Timeline, media: &Media) {
    let rate = timeline.rate.hertz();
    for track in timeline.tracks.iter_mut().filter(|track| track.kind.is_sound()) {
        track.shorten(|clip| {
            let whole = media.seconds(clip.media.file()?)?;
            let heard = (whole - clip.media.from().seconds()) * rate / clip.speed.value().max(f64::MIN_POSITIVE);
            Some(heard.ceil().clamp(1.0, f64::from(clip.frames.max(1))) as u32)
        });
    }
}

/// A name for the file of a clip that is no other file's, and no other file's where case does not count.
fn named(id: &str, mime: &str, taken: &mut BTreeSet<String>) -> String {
    let words = id.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let stem: String = words.collect::<Vec<_>>().join("-").chars().take(MOST_NAME).collect();
    let stem = if stem.is_empty() { "clip".to_owned() } else { stem };
    let extension = extension(mime);
    let (mut name, mut n) = (format!("{stem}.{extension}"), 1);
    while !taken.insert(name.to_lowercase()) {
        n += 1;
        name = format!("{stem}-{n}.{extension}");
    }
    name
}

fn extension(mime: &str) -> &str {
    match mime {
        "image/jpeg" => "jpg",
        "audio/wav" | "audio/x-wav" => "wav",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/x-matroska" => "mkv",
        other => match other.split_once('/') {
            Some(("image" | "audio" | "video", kind)) if kind.chars().all(|c| c.is_ascii_alphanumeric()) => kind,
            _ => "bin",
        },
    }
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::timeline::{Clip, Item, Rate, Track, TrackKind};

    use super::*;

    #[test]
    fn sounds_end_with_their_files() {
        let audio = Blob { blob: "a".into(), mime: "audio/x-wav".into(), bytes: 1 };
        let media = Source::Audio { audio: audio.clone(), from: 0.5.into() };
        let clip = Clip { id: "water".into(), media, frames: 100, ..Clip::default() };
        let track = Track { kind: TrackKind::Narration, items: vec![clip.into()] };
        let (chapters, markers) = (Vec::new(), Vec::new());
        let mut timeline = Timeline { rate: Rate::fps(30), tracks: vec![track], chapters, markers };
        let mut media = Media::of(&timeline, Path::new("/films")).expect("a folder");
        media.files.get_mut("a").expect("a file").seconds = Some(2.51);
        trimmed(&mut timeline, &media);
        let lengths: Vec<u32> = timeline.tracks[0].items.iter().map(Item::frames).collect();
        assert_eq!(lengths, [61, 39]);
    }

    #[test]
    fn names_are_safe_and_differ() {
        let mut taken = BTreeSet::new();
        let mut name = |id, mime| named(id, mime, &mut taken);
        assert_eq!(name("water", "image/png"), "water.png");
        assert_eq!(name("Water", "image/png"), "Water-2.png");
        assert_eq!(name("water", "audio/x-wav"), "water.wav");
        assert_eq!(name("../../etc", "image/../x"), "etc.bin");
        assert_eq!(name("…", "image/jpeg"), "clip.jpg");
    }
}
