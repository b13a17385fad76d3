//! How loud speech is, measured here and not by FFmpeg, whose start takes longer than that: of plain WAV files, as many
//! services and synthesizers write them.

use std::io::{Read, Seek, SeekFrom};

use ebur128::{EbuR128, Mode};
use studio_plugin_sdk::{
    error::Result,
    prelude::Cx,
    timeline::Ratio,
    wav::{self, Header},
};

use super::{
    Levels, RATE,
    pieces::{Placed, Stem},
};

/// Bytes of a file in which its header is looked for.
const HEAD: usize = 4096;
/// Most clips of one part that are placed while it is mixed.
const CLIPS: usize = 20;
/// Rates of sound that are measured, in samples a second.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;
/// Bytes that are read at once.
const WINDOW: usize = 1 << 16;

/// What is said in a part, and its levels; none: it is not of plain files that are heard as they are.
///
/// # Errors
/// Those of the store.
pub fn placed(cx: &Cx, speech: &Stem) -> Result<Option<(Vec<Placed>, Levels)>> {
    let Some(track) = only(speech) else { return Ok(None) };
    let mut all = Levels::SILENT;
    for clip in track {
        let Some(levels) = of(&mut cx.open_blob(&clip.audio)?, clip) else { return Ok(None) };
        all = [all, levels].iter().sum();
    }
    Ok(Some((track.to_vec(), all)))
}

/// The clips of a part in which they are of one track, and are heard as they are.
fn only(speech: &Stem) -> Option<&[Placed]> {
    let [track] = &speech.tracks[..] else { return None };
    let is_plain = |clip: &Placed| {
        let Placed { speed, fade_in, fade_out, fit, denoise_cb, .. } = *clip;
        speed == Ratio::ONE && !fit && (fade_in, fade_out, denoise_cb) == (0, 0, 0)
    };
    ((1..=CLIPS).contains(&track.len()) && track.iter().all(is_plain)).then_some(track)
}

/// The levels of a clip with silence before and after it; none: its file is not plain.
fn of(file: &mut (impl Read + Seek), clip: &Placed) -> Option<Levels> {
    let header = header(file)?;
    let Header { sample_rate, samples, channels, data, .. } = header;
    let at_rate = |at: u64| at.checked_mul(sample_rate.into()).map(|at| at / u64::from(RATE));
    let from = at_rate(clip.from)?.min(samples);
    let until = at_rate(clip.from.checked_add(clip.take)?)?.min(samples);
    file.seek(SeekFrom::Start(data + from * 2 * u64::from(channels))).ok()?;
    let mut left = usize::try_from((until - from) * u64::from(channels)).ok()?;
    let mut meter = Meter::new(&header, clip.gain_cb)?;
    let mut window = vec![0; WINDOW];
    while left > 0 {
        let bytes = &mut window[..WINDOW.min(2 * left)];
        file.read_exact(bytes).ok()?;
        meter.hear(bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])))?;
        left -= bytes.len() / 2;
    }
    meter.end()
}

/// The header of a file of one or two channels of 16 bits.
fn header(file: &mut (impl Read + Seek)) -> Option<Header> {
    let length = file.seek(SeekFrom::End(0)).ok()?;
    file.rewind().ok()?;
    let mut head = vec![0; HEAD.min(usize::try_from(length).unwrap_or(HEAD))];
    file.read_exact(&mut head).ok()?;
    let header = wav::header(&head, length)?;
    let is_plain = header.pcm && header.bits == 16 && (1..=2).contains(&header.channels);
    (is_plain && RATES.contains(&header.sample_rate)).then_some(header)
}

/// Hears samples, channel after channel, and tells the loudness of each block.
struct Meter {
    standard: EbuR128,
    /// Samples of all channels in a tenth of a second, and those of the tenth under way.
    tenth: usize,
    heard: Vec<i16>,
    gain_cb: i32,
    levels: Levels,
}

impl Meter {
    fn new(header: &Header, gain_cb: i32) -> Option<Self> {
        let Header { sample_rate, channels, .. } = *header;
        let standard = EbuR128::new(channels.into(), sample_rate, Mode::M).ok()?;
        let tenth = sample_rate as usize / 10 * usize::from(channels);
        Some(Self { standard, tenth, heard: Vec::with_capacity(tenth), gain_cb, levels: Levels::SILENT })
    }

    fn hear(&mut self, samples: impl Iterator<Item = i16>) -> Option<()> {
        for sample in samples {
            self.heard.push(sample);
            if self.heard.len() == self.tenth {
                self.standard.add_frames_i16(&self.heard).ok()?;
                self.heard.clear();
                self.levels.add(self.standard.loudness_momentary().ok()? + f64::from(self.gain_cb) / 100.0);
            }
        }
        Some(())
    }

    /// After four more tenths no block has anything of it.
    fn end(mut self) -> Option<Levels> {
        self.hear(std::iter::repeat_n(0, 4 * self.tenth))?;
        Some(self.levels)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// A second of a tone at so much of full scale.
    fn tone(rate: u32, channels: u16, loud: f64) -> Vec<u8> {
        let wave = |n: u32| (f64::from(n) / f64::from(rate) * 997.0 * std::f64::consts::TAU).sin() * loud * 32767.0;
        let samples = (0..rate).flat_map(|n| std::iter::repeat_n((wave(n) as i16).to_le_bytes(), channels.into()));
        let data: Vec<u8> = samples.flatten().collect();
        [&wav::plain_header(rate, channels, data.len() as u64).unwrap()[..], &data].concat()
    }

    fn loud(file: &[u8], clip: &Placed) -> Option<f64> {
        of(&mut Cursor::new(file), clip).map(|levels| levels.integrated())
    }

    #[test]
    fn a_tone_is_as_loud_as_the_standard_says() {
        // ITU-R BS.1770-4, annex 1: 997 Hz at full scale in one channel is −3.01 LUFS.
        let clip = Placed { take: 48_000, ..Placed::default() };
        for (rate, channels, wanted) in [(22_050, 1, -23.0), (48_000, 1, -23.0), (44_100, 2, -20.0)] {
            let level = loud(&tone(rate, channels, 0.1), &clip).unwrap();
            // The blocks at its ends are in part silent, and half of them count.
            assert!((level - wanted).abs() < 1.2, "{rate} Hz, {channels}: {level}");
            let quieter = loud(&tone(rate, channels, 0.1), &Placed { gain_cb: -600, ..clip.clone() }).unwrap();
            assert!((level - quieter - 6.0).abs() < 0.02, "{level} {quieter}");
        }
        let none = Placed { from: 96_000, take: 48_000, ..Placed::default() };
        assert_eq!(loud(&tone(22_050, 1, 0.1), &none), Some(-70.0));
    }

    #[test]
    fn only_what_is_heard_as_it_is_is_measured() {
        let plain = Placed { take: 9, ..Placed::default() };
        let of = |clip: Placed| only(&Stem { samples: 9, tracks: vec![vec![plain.clone(), clip]] }).is_some();
        assert!(of(plain.clone()));
        assert!(of(Placed { gain_cb: -300, from: 7, at: 3, ..plain.clone() }));
        assert!(!of(Placed { fade_in: 1, ..plain.clone() }) && !of(Placed { fade_out: 1, ..plain.clone() }));
        assert!(!of(Placed { denoise_cb: 1, ..plain.clone() }) && !of(Placed { fit: true, ..plain.clone() }));
        assert!(!of(Placed { speed: Ratio { num: 2, den: 1 }, ..plain.clone() }));
        let tracks = |tracks: Vec<Vec<Placed>>| only(&Stem { samples: 9, tracks }).is_some();
        assert!(!tracks(vec![vec![plain.clone()], vec![]]) && !tracks(vec![vec![]]) && !tracks(vec![]));
        assert!(!tracks(vec![vec![plain; CLIPS + 1]]));
        let mut floats = tone(22_050, 1, 0.1);
        floats[20] = 3;
        assert_eq!(loud(&floats, &Placed::default()), None);
        assert_eq!(loud(&tone(4_000, 1, 0.1), &Placed::default()), None);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(data in prop::collection::vec(any::<u8>(), 0..200), from in any::<u64>(), take in any::<u64>()) {
            let file = [&tone(8_000, 2, 1.0)[..40], &data].concat();
            let _ = loud(&file, &Placed { from, take, ..Placed::default() });
        }
    }
}
