//! How loud music is at each moment: a curve made from when there is speech, as a small WAV file that the
//! music is multiplied with. It knows what comes, so the music is down before the first word.

use studio_plugin_sdk::timeline::Rate;

use crate::piece::{SoundKind, SoundTrack};

/// Values a second.
const RATE: u32 = 500;
/// Under speech, as a factor (−11 dB).
const UNDER: f64 = 0.28;
/// Seconds in which music goes down before speech, and comes back after it.
const ATTACK: f64 = 0.4;
const RELEASE: f64 = 0.9;
/// Silences up to this long do not bring the music back, in seconds.
const BRIDGE: f64 = 1.8;
/// Seconds at the film's ends.
const FADE_IN: f64 = 0.4;
const FADE_OUT: f64 = 2.5;
/// The same where the music ends there of itself.
const LAST: f64 = 0.2;

/// The curve for a film of `frames` frames: mono, 16 bits.
pub fn envelope(tracks: &[SoundTrack], rate: Rate, frames: u32, ends: bool) -> Vec<u8> {
    let fade_out = if ends { LAST } else { FADE_OUT };
    let length = rate.seconds(frames);
    let spans = spans(tracks, rate);
    let count = (length * f64::from(RATE)).ceil() as usize + 1;
    let mut next = 0;
    let values = (0..count).map(|i| {
        let at = i as f64 / f64::from(RATE);
        while next + 1 < spans.len() && spans[next].1 + RELEASE < at {
            next += 1;
        }
        let speech = spans.iter().skip(next).take(2).map(|span| nearness(at, *span)).fold(0.0, f64::max);
        let ends = (at / FADE_IN).min((length - at) / fade_out).clamp(0.0, 1.0);
        smooth(ends) * (1.0 - (1.0 - UNDER) * smooth(speech))
    });
    wav(values, count)
}

/// 1 in a span of speech, 0 away from it.
fn nearness(at: f64, span: (f64, f64)) -> f64 {
    let before = 1.0 - (span.0 - at) / ATTACK;
    let after = 1.0 - (at - span.1) / RELEASE;
    before.min(after).clamp(0.0, 1.0)
}

fn smooth(x: f64) -> f64 {
    x * x * (3.0 - 2.0 * x)
}

/// When there is speech, in seconds, with short silences closed.
fn spans(tracks: &[SoundTrack], rate: Rate) -> Vec<(f64, f64)> {
    let clips = tracks.iter().filter(|t| t.kind == SoundKind::Speech).flat_map(|t| &t.clips);
    let mut all: Vec<(f64, f64)> = clips.map(|c| (rate.seconds(c.at), rate.seconds(c.at + c.frames))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for span in all {
        match spans.last_mut() {
            Some(last) if span.0 - last.1 < BRIDGE => last.1 = last.1.max(span.1),
            _ => spans.push(span),
        }
    }
    spans
}

fn wav(values: impl Iterator<Item = f64>, count: usize) -> Vec<u8> {
    let bytes = count as u32 * 2;
    let mut out = Vec::with_capacity(44 + count * 2);
    out.extend(b"RIFF");
    out.extend((36 + bytes).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    for half in [1u16, 1] {
        out.extend(half.to_le_bytes());
    }
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 2).to_le_bytes());
    for half in [2u16, 16] {
        out.extend(half.to_le_bytes());
    }
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    for value in values {
        out.extend(((value * 32_000.0).round() as i16).to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::SoundClip;

    #[test]
    fn music_is_down_under_speech_and_up_between() {
        let clip = |at, frames| SoundClip { at, frames, ..SoundClip::default() };
        let tracks = [SoundTrack {
            kind: SoundKind::Speech,
            gain_cb: 0,
            clips: vec![clip(90, 60), clip(180, 30), clip(450, 60)],
        }];
        let wav = envelope(&tracks, Rate::fps(30), 900, false);
        let at = |seconds: f64| {
            let i = 44 + 2 * (seconds * f64::from(RATE)) as usize;
            f64::from(i16::from_le_bytes([wav[i], wav[i + 1]])) / 32_000.0
        };
        assert!(at(0.0) < 0.01 && at(29.99) < 0.01);
        assert!((at(1.0) - 1.0).abs() < 0.01 && (at(11.0) - 1.0).abs() < 0.01);
        for under in [3.0, 4.0, 5.5, 6.5, 16.0] {
            assert!((at(under) - UNDER).abs() < 0.01, "{under}: {}", at(under));
        }
    }
}
