//! How loud music is at each moment: a curve made from when there is speech, as a small WAV file that the
//! music is multiplied with. It knows what comes, so the music is down before the first word.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::timeline::Rate;

use super::RATE;
use crate::{
    piece::{SoundClip, SoundKind, SoundTrack},
    shot::is_default,
};

/// Values a second.
const VALUES: u32 = 500;
/// Values before a stretch and after it: what makes samples of them needs neighbours.
const EDGE: u64 = 50;
/// The same in samples.
pub const LEAD: u64 = EDGE * STEP;
/// Samples from one value to the next.
const STEP: u64 = (RATE / VALUES) as u64;
/// Under speech, as a factor (−11 dB).
const UNDER: f64 = 0.28;
/// Samples in which music goes down before speech, and comes back after it.
const ATTACK: i64 = seconds(0.4);
const RELEASE: i64 = seconds(0.9);
/// Silences up to this long do not bring the music back, in samples.
const BRIDGE: i64 = seconds(1.8);
/// Samples at the film's ends.
const FADE_IN: i64 = seconds(0.4);
const FADE_OUT: i64 = seconds(2.5);
/// The same where the music ends there of itself.
const LAST: i64 = seconds(0.2);

const fn seconds(seconds: f64) -> i64 {
    (seconds * RATE as f64) as i64
}

/// What is known of a stretch of film, in samples from its start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Duck {
    /// When there is speech in it or beside it, as far as that is heard here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub speech: Vec<(i64, i64)>,
    /// The film begins with it.
    #[serde(skip_serializing_if = "is_default")]
    pub first: bool,
    /// The film ends with it.
    #[serde(skip_serializing_if = "is_default")]
    pub last: bool,
}

impl Duck {
    /// Of `samples` samples from `start` on, in a film of `total`.
    pub fn of(spans: &[(i64, i64)], start: u64, samples: u64, total: u64) -> Self {
        let (first, last) = (start == 0, start + samples == total);
        let (start, end) = (start.cast_signed(), samples.cast_signed());
        // How much earlier speech begins, and how much later it ends, changes nothing here.
        let (from, to) = (-LEAD.cast_signed(), end + LEAD.cast_signed());
        let moved = spans.iter().map(|span| (span.0 - start, span.1 - start));
        let heard = moved.filter(|span| span.1 + RELEASE > from && span.0 - ATTACK < to);
        let speech = heard.map(|span| (span.0.max(from.min(span.1)), span.1.min(to.max(span.0))));
        Self { speech: speech.collect(), first, last }
    }

    /// The curve for so many samples and [`LEAD`] on both sides; `ends`: the music ends with the film. One channel of
    /// floats.
    pub fn envelope(&self, samples: u64, ends: bool) -> Vec<u8> {
        let fade_out = if ends { LAST } else { FADE_OUT };
        let count = samples.div_ceil(STEP) + 2 * EDGE + 1;
        let mut next = 0;
        let values = (0..count).map(|i| {
            let at = (i * STEP).cast_signed() - LEAD.cast_signed();
            while next + 1 < self.speech.len() && self.speech[next].1 + RELEASE < at {
                next += 1;
            }
            let speech = self.speech.iter().skip(next).take(2).map(|span| nearness(at, *span)).fold(0.0, f64::max);
            let up = if self.first { share(at, FADE_IN) } else { 1.0 };
            let down = if self.last { share(samples.cast_signed() - at, fade_out) } else { 1.0 };
            smooth(up.min(down)) * (1.0 - (1.0 - UNDER) * smooth(speech))
        });
        wav(values, count)
    }
}

/// 1 in a span of speech, 0 away from it.
fn nearness(at: i64, span: (i64, i64)) -> f64 {
    (1.0 - share(span.0 - at, ATTACK)).min(1.0 - share(at - span.1, RELEASE))
}

/// How much of a length it is, from 0 to 1.
fn share(samples: i64, of: i64) -> f64 {
    (samples as f64 / of as f64).clamp(0.0, 1.0)
}

fn smooth(x: f64) -> f64 {
    x * x * (3.0 - 2.0 * x)
}

/// When music stands back in a film, in samples, with short silences closed: under speech, and under what asks for it.
pub fn spans(tracks: &[SoundTrack], rate: Rate) -> Vec<(i64, i64)> {
    let is_under = |kind: SoundKind, clip: &SoundClip| match kind {
        SoundKind::Speech => true,
        SoundKind::Effect => clip.ducks,
        SoundKind::Music => false,
    };
    let clips = tracks.iter().flat_map(|track| track.clips.iter().filter(|clip| is_under(track.kind, clip)));
    let sample = |frame: u32| rate.sample(frame, RATE).cast_signed();
    let mut all: Vec<(i64, i64)> = clips.map(|c| (sample(c.at), sample(c.at.saturating_add(c.frames)))).collect();
    all.sort_unstable();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for span in all {
        match spans.last_mut() {
            Some(last) if span.0 - last.1 < BRIDGE => last.1 = last.1.max(span.1),
            _ => spans.push(span),
        }
    }
    spans
}

fn wav(values: impl Iterator<Item = f64>, count: u64) -> Vec<u8> {
    const FLOATS: [u16; 2] = [3, 1];
    let bytes = count as u32 * 4;
    let mut out = Vec::with_capacity(44 + bytes as usize);
    out.extend(b"RIFF");
    out.extend((36 + bytes).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    for half in FLOATS {
        out.extend(half.to_le_bytes());
    }
    out.extend(VALUES.to_le_bytes());
    out.extend((VALUES * 4).to_le_bytes());
    for half in [4u16, 32] {
        out.extend(half.to_le_bytes());
    }
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    for value in values {
        out.extend((value as f32).to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn speech(clips: &[(u32, u32)]) -> [SoundTrack; 1] {
        let clips = clips.iter().map(|&(at, frames)| SoundClip { at, frames, ..SoundClip::default() }).collect();
        [SoundTrack { kind: SoundKind::Speech, gain_cb: 0, clips }]
    }

    /// The values of a curve, from its stretch's start on.
    fn values(wav: &[u8]) -> Vec<f64> {
        let values = wav[44..].chunks_exact(4).map(|v| f64::from(f32::from_le_bytes([v[0], v[1], v[2], v[3]])));
        values.skip(EDGE as usize).collect()
    }

    #[test]
    fn music_is_down_under_speech_and_up_between() {
        let spans = spans(&speech(&[(90, 60), (180, 30), (450, 60)]), Rate::fps(30));
        let total = 30 * u64::from(RATE);
        let values = values(&Duck::of(&spans, 0, total, total).envelope(total, false));
        let at = |seconds: f64| values[(seconds * f64::from(VALUES)) as usize];
        assert!(at(0.0) < 0.01 && at(29.99) < 0.01);
        assert!((at(1.0) - 1.0).abs() < 0.01 && (at(11.0) - 1.0).abs() < 0.01);
        for under in [3.0, 4.0, 5.5, 6.5, 16.0] {
            assert!((at(under) - UNDER).abs() < 0.01, "{under}: {}", at(under));
        }
    }

    #[test]
    fn music_stands_back_for_sounds_that_ask_for_it() {
        let clip = |at, ducks| SoundClip { at, frames: 30, ducks, ..SoundClip::default() };
        let track = |kind, clips| SoundTrack { kind, gain_cb: 0, clips };
        let effects = track(SoundKind::Effect, vec![clip(0, true), clip(300, false)]);
        let music = track(SoundKind::Music, vec![clip(600, true)]);
        assert_eq!(spans(&[effects, music], Rate::fps(30)), [(0, 48_000)]);
    }

    proptest! {
        #[test]
        fn a_part_has_its_part_of_the_curve(
            lengths in prop::collection::vec((1u32..200, 1u32..90), 1..9), start in 0u64..3000, more in 1u64..3000,
        ) {
            let mut at = 20;
            let clips: Vec<_> = lengths.iter().map(|(gap, length)| { at += gap + length; (at - length, *length) }).collect();
            let total = Rate::fps(30).sample(at + 200, RATE) / STEP * STEP;
            let spans = spans(&speech(&clips), Rate::fps(30));
            let whole = values(&Duck::of(&spans, 0, total, total).envelope(total, false));
            // Parts do not begin or end in the middle of the film's fades.
            let whole_steps = |samples: i64| samples as u64 / STEP * STEP;
            let start = if start % 5 == 0 { 0 } else { (start * STEP).max(whole_steps(FADE_IN + FADE_IN)) };
            let end = total - whole_steps(FADE_OUT + FADE_IN);
            let (start, samples) = if start < end && more % 5 > 0 {
                (start, (more * STEP).min(end - start))
            } else {
                (start.min(end), total - start.min(end))
            };
            let part = Duck::of(&spans, start, samples, total);
            let last = part.last;
            let part = values(&part.envelope(samples, false));
            for (i, value) in part.iter().take((samples / STEP) as usize).enumerate() {
                let wanted = whole[(start / STEP) as usize + i];
                prop_assert!((value - wanted).abs() < 1e-6, "value {i}: {value}, wanted {wanted}, {last}");
            }
        }

        #[test]
        fn what_is_far_away_is_not_known(before in 0u32..9000, by in 1u32..500) {
            let of = |shift: u32| {
                let clips = [(before, 30), (before + 600 + shift, 90), (before + 700 + shift, 90), (before + 9000, 9)];
                let start = Rate::fps(30).sample(before + 600 + shift, RATE);
                Duck::of(&spans(&speech(&clips), Rate::fps(30)), start, 480_000, 1 << 40)
            };
            prop_assert_eq!(of(0), of(by));
        }
    }
}
