//! How loud speech is, moment by moment: read from its sound once, on a worker, and kept by its name.

use std::{
    collections::HashMap,
    ffi::OsString,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use studio_plugin_sdk::wav;

use crate::{
    model::Digest,
    tui::{
        desk::Cx,
        player::{Program, ffmpeg, find_program, place},
    },
};

/// Peaks a second.
pub const RATE: u32 = 50;
/// Samples a second of what FFmpeg decodes for this.
const SAMPLES: u32 = 8_000;
/// Most that is read of a sound, in seconds.
const MOST: f64 = 4.0 * 3600.0;
/// Most that is on its way at once.
const MOST_COMING: usize = 2;
/// Bytes of a header at most.
const HEAD: u64 = 64 * 1024;

/// Peaks of a sound, 0 to 255, or none where it cannot be read.
type Peaks = Option<Vec<u8>>;

/// What is known of sounds.
#[derive(Default)]
pub struct Waves {
    known: HashMap<Digest, Peaks>,
    coming: Vec<Digest>,
    wanted: Vec<(Digest, std::path::PathBuf)>,
}

impl Waves {
    /// The peaks of a sound; none yet: they are asked for.
    pub fn of(&mut self, digest: Digest, file: &Path) -> Option<&[u8]> {
        if !self.known.contains_key(&digest) && !self.coming.contains(&digest) {
            self.wanted.push((digest, file.to_owned()));
        }
        self.known.get(&digest)?.as_deref()
    }

    /// A frame begins.
    pub fn begin(&mut self) {
        self.wanted.clear();
    }

    /// Something that the last frame lacked can be asked for.
    pub fn wants(&self) -> bool {
        !self.wanted.is_empty() && self.coming.len() < MOST_COMING
    }

    /// Asks for what the last frame lacked.
    pub fn fetch(&mut self, cx: &mut Cx) {
        while self.wants() {
            let (digest, file) = self.wanted.remove(0);
            if self.coming.contains(&digest) || self.known.contains_key(&digest) {
                continue;
            }
            self.coming.push(digest);
            let (client, path) = (cx.desk.client().cloned(), cx.player.path().to_owned());
            let work = async move {
                let place = place(client, digest, Some(file)).await?;
                let read = move || peaks(&place.path, path);
                tokio::task::spawn_blocking(read).await.map_err(|e| e.to_string())?
            };
            cx.work(work, move |app, read: Result<Vec<u8>, String>| {
                let (pages, _) = app.pages();
                let waves = &mut pages.timeline.waves;
                waves.coming.retain(|coming| *coming != digest);
                if let Err(why) = &read {
                    tracing::debug!(code = "tui.wave", "{digest}: {why}");
                }
                waves.known.insert(digest, read.ok());
            });
        }
    }
}

/// The peaks of a sound file.
fn peaks(file: &Path, path: OsString) -> Result<Vec<u8>, String> {
    if let Some((header, samples)) = plain(file) {
        return read(samples, header.sample_rate * u32::from(header.channels));
    }
    let program = find_program("ffmpeg", &path).ok_or("ffmpeg is not installed")?;
    let mut command = ffmpeg(&program, file, 0.0, MOST);
    command.args(["-map", "0:a:0", "-vn", "-ac", "1", "-ar", &SAMPLES.to_string(), "-f", "s16le", "pipe:1"]);
    let (program, samples) = Program::reading(command)?;
    let peaks = read(samples, SAMPLES);
    program.reap();
    peaks
}

/// The samples of a WAV file of 16 bits.
fn plain(file: &Path) -> Option<(wav::Header, impl Read)> {
    let mut file = std::fs::File::open(file).ok()?;
    let length = file.metadata().ok()?.len();
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
    let header = wav::header(&head, length).filter(|header| header.bits == 16 && header.channels > 0)?;
    file.seek(SeekFrom::Start(header.data)).ok()?;
    let bytes = header.samples.checked_mul(u64::from(header.channels) * 2)?;
    Some((header, file.take(bytes)))
}

/// The peaks of samples of 16 bits, so many a second.
fn read(samples: impl Read, rate: u32) -> Result<Vec<u8>, String> {
    let mut samples = BufReader::new(samples);
    let mut part = vec![0; (rate / RATE).max(1) as usize * 2];
    let mut peaks = Vec::new();
    while peaks.len() < (MOST * f64::from(RATE)) as usize {
        let mut got = 0;
        while got < part.len() {
            match samples.read(&mut part[got..]).map_err(|e| e.to_string())? {
                0 => break,
                n => got += n,
            }
        }
        if got < 2 {
            break;
        }
        let loud = part[..got].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]).unsigned_abs()).max();
        peaks.push((loud.unwrap_or(0) / 128).min(255) as u8);
    }
    Ok(peaks)
}

/// The loudest of the peaks from one moment to another, 0–1; none: the sound is not there then.
pub fn loudest(peaks: &[u8], from: f64, to: f64) -> Option<f64> {
    let at = |moment: f64| (moment * f64::from(RATE)).max(0.0) as usize;
    let (first, end) = (at(from), at(to).max(at(from) + 1).min(peaks.len()));
    if to <= 0.0 {
        return None;
    }
    let loud = peaks.get(first..end)?.iter().max()?;
    Some(f64::from(*loud) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_follow_the_sound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("speech.wav");
        // Half a second of silence, then half a second at half of full scale.
        let samples: Vec<u8> = (0..8_000).flat_map(|n| if n < 4_000 { 0_i16 } else { 16_384 }.to_le_bytes()).collect();
        let header = wav::plain_header(8_000, 1, samples.len() as u64).unwrap();
        std::fs::write(&file, [&header[..], &samples].concat()).unwrap();
        let found = peaks(&file, OsString::new()).unwrap();
        assert_eq!(found.len(), RATE as usize);
        assert_eq!((found[10], found[40]), (0, 128));
        assert!(loudest(&found, 0.0, 0.4).unwrap() < 0.01);
        assert!(loudest(&found, 0.4, 0.6).unwrap() > 0.49);
        assert_eq!((loudest(&found, 1.5, 2.0), loudest(&found, -1.0, -0.5)), (None, None));
    }

    #[test]
    fn other_sounds_are_decoded_and_what_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("speech.mp3");
        let path = std::env::var_os("PATH").unwrap();
        let made = std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=1"])
            .arg(&file)
            .status();
        assert!(made.unwrap().success());
        let found = peaks(&file, path.clone()).unwrap();
        assert!((45..60).contains(&found.len()) && found[20] > 10, "{found:?}");
        std::fs::write(&file, "no sound").unwrap();
        assert_eq!(peaks(&file, path).unwrap(), Vec::<u8>::new());
    }
}
