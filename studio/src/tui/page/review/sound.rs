//! How loud speech is over its time, as columns: read off the loop, kept by its file.

use std::collections::HashMap;

use studio_plugin_sdk::{blob::Blob, wav};

use crate::{
    model::Digest,
    tui::{
        desk::Cx,
        picture::{Picture, bytes},
    },
};

/// So many columns are kept of a sound.
const COLUMNS: usize = 240;
/// Most sounds that are kept.
const MOST_KEPT: usize = 64;

/// The sounds that were looked at.
#[derive(Default)]
pub struct Sounds {
    /// None: it is on its way, or cannot be read.
    known: HashMap<Digest, Option<Vec<f64>>>,
}

impl Sounds {
    /// How loud a sound is, 0–1, in `width` columns; none: it is not known.
    pub fn columns(&self, sound: &Blob, width: u16) -> Option<Vec<f64>> {
        let peaks = self.known.get(&sound.blob.parse().ok()?)?.as_ref()?;
        Some(shrunk(peaks, usize::from(width)))
    }

    /// Reads a sound, unless it is known.
    pub fn fetch(&mut self, cx: &mut Cx, sound: &Blob) {
        let Some(file) = Picture::of(sound, None) else { return };
        let digest = file.digest;
        if self.known.contains_key(&digest) {
            return;
        }
        if self.known.len() >= MOST_KEPT {
            self.known.clear();
        }
        self.known.insert(digest, None);
        let client = cx.desk.client().cloned();
        let work = async move {
            let bytes = bytes(client.as_ref(), &file).await.ok()?;
            tokio::task::spawn_blocking(move || peaks(&bytes)).await.ok()?
        };
        cx.work(work, move |app, found| {
            app.pages().0.review.sounds.known.insert(digest, found);
        });
    }
}

/// The peaks of a WAV file of 16 bits a sample, in columns; none: it is none.
fn peaks(bytes: &[u8]) -> Option<Vec<f64>> {
    let header = wav::header(bytes, bytes.len() as u64).filter(|header| header.bits == 16 && header.samples > 0)?;
    let from = usize::try_from(header.data).ok()?;
    let samples = usize::try_from(header.samples).ok()?.checked_mul(usize::from(header.channels))?;
    let data = bytes.get(from..)?;
    let all: Vec<u16> =
        data.as_chunks::<2>().0.iter().take(samples).map(|s| i16::from_le_bytes(*s).unsigned_abs()).collect();
    let part = all.len().div_ceil(COLUMNS).max(1);
    Some(all.chunks(part).map(|part| f64::from(part.iter().copied().max().unwrap_or(0)) / 32768.0).collect())
}

/// The same in at most `width` columns.
fn shrunk(peaks: &[f64], width: usize) -> Vec<f64> {
    if peaks.is_empty() || width == 0 {
        return Vec::new();
    }
    let width = width.min(peaks.len());
    let column = |n: usize| {
        let part = &peaks[n * peaks.len() / width..(n + 1) * peaks.len() / width];
        part.iter().copied().fold(0.0, f64::max)
    };
    (0..width).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_parts_are_high_columns() {
        let samples: Vec<u8> = (0..4800_u32).flat_map(|n| if n < 2400 { 0_i16 } else { 16384 }.to_le_bytes()).collect();
        let header = wav::plain_header(8000, 1, samples.len() as u64).unwrap();
        let found = peaks(&[&header[..], &samples].concat()).unwrap();
        assert_eq!((found.len(), found[0].to_bits(), found[239].to_bits()), (240, 0_f64.to_bits(), 0.5_f64.to_bits()));
        let few: Vec<u64> = shrunk(&found, 2).iter().map(|peak| peak.to_bits()).collect();
        assert_eq!(few, [0_f64.to_bits(), 0.5_f64.to_bits()]);
        assert!(shrunk(&found, 0).is_empty() && peaks(b"RIFF").is_none());
    }
}
