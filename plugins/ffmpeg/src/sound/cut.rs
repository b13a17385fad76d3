//! Where the mix of a film's sound is cut, and what is heard in each part.
//!
//! A part begins where a clip does that is the first to sound again, so that no speech and no effect lies over two of
//! them: filters that remember (against noise, for speed) begin with their clip in any case, and need nothing of the part
//! before. Which of the clips it is, is told by what they are and not by where, but in brief films with music: after an
//! edit the same ones are found again. Where clips lie over one another all the time there is no such place, and what has none stays one part. Music
//! is fitted to its whole length, and therefore made in one; parts take what they need of it.

use studio_plugin_sdk::timeline::Rate;

use super::{
    RATE, grid,
    pieces::{Placed, Stem},
};
use crate::piece::{SoundKind, SoundTrack};

/// Samples on both sides of a cut in which there is no other: parts are about twice as long. Of shorter ones, starting
/// FFmpeg would be the most of their work; longer ones have more of what lies beside an edit made anew.
const REACH: u64 = 6 * RATE as u64;
/// The same where there is no music: no part is made anew but those in which something changed, so that a scene is a part
/// as a rule.
const REACH_ALONE: u64 = 4 * RATE as u64;
/// How many times farther apart those cuts are with which a group begins: what costs little more for a group than for a
/// part is done by groups.
const FAR: u64 = 3;
/// A film that is no longer than this has no groups, if it has no music; if it has, what is said is placed while it is
/// mixed, where that can be ([`super::voice`]).
pub const BRIEF: u64 = 75 * RATE as u64;
/// One with music is cut by the clock, every so many samples: where an edit makes it longer, all that comes after it is
/// mixed anew in any case, and else the same parts are found again.
const CLOCK: u64 = 9 * RATE as u64;
/// Samples that the last one has at least: the film's end is faded within it.
const REST: u64 = 4 * RATE as u64;

/// A stretch of a film.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Where in the film it starts, in samples.
    pub start: u64,
    /// A group of stretches begins with it.
    pub heads: bool,
    /// What is said.
    pub speech: Stem,
    /// What is heard beside it.
    pub effects: Stem,
}

/// Music: one track of it, and how much louder than usual it is, in hundredths of a dB.
pub struct Bed {
    pub stem: Stem,
    pub gain_cb: i32,
}

/// The stretches of a film of `total` samples, in order; `in_parts`: it is long enough to be cut.
pub fn stretches(tracks: &[SoundTrack], rate: Rate, total: u64, in_parts: bool) -> Vec<Stretch> {
    let [speech, effects] = [SoundKind::Speech, SoundKind::Effect].map(|kind| of_kind(tracks, kind, rate, total));
    let places = places(speech.iter().chain(&effects).flatten().filter(|_| in_parts));
    let has_music = tracks.iter().any(|track| track.kind == SoundKind::Music);
    let (starts, heads) = match (has_music, total <= BRIEF) {
        (true, true) => {
            let starts = by_clock(&places, total);
            let heads = starts.iter().step_by(FAR as usize).copied().collect();
            (starts, heads)
        }
        (true, false) => by_name(&places, REACH * grid::scale(total), FAR, total),
        (false, is_brief) => by_name(&places, REACH_ALONE * grid::scale(total), if is_brief { 1 } else { FAR }, total),
    };
    let ends = starts.iter().skip(1).copied().chain([total]);
    let stretch = |(start, end): (u64, u64)| Stretch {
        start,
        heads: heads.contains(&start),
        speech: part(&speech, start, end),
        effects: part(&effects, start, end),
    };
    starts.iter().copied().zip(ends).map(stretch).collect()
}

/// The tracks of music, each as long as something of it is to be heard.
pub fn beds(tracks: &[SoundTrack], rate: Rate, total: u64) -> Vec<Bed> {
    let music = tracks.iter().filter(|track| track.kind == SoundKind::Music);
    let bed = |track: &SoundTrack| {
        let placed = placed(track, rate, total);
        let samples = placed.last().map_or(0, |last| last.at + last.take);
        Bed { stem: Stem { samples, tracks: vec![placed] }, gain_cb: track.gain_cb }
    };
    music.map(bed).filter(|bed| bed.stem.samples > 0).collect()
}

fn of_kind(tracks: &[SoundTrack], kind: SoundKind, rate: Rate, total: u64) -> Vec<Vec<Placed>> {
    tracks.iter().filter(|track| track.kind == kind).map(|track| placed(track, rate, total)).collect()
}

/// A track's clips in samples of the film. Only differences between them matter; none may go over full scale.
pub fn placed(track: &SoundTrack, rate: Rate, total: u64) -> Vec<Placed> {
    let loudest = track.clips.iter().map(|clip| clip.gain_cb).max().unwrap_or(0);
    let clips = track.clips.iter().enumerate().map(|(i, clip)| {
        let at = rate.sample(clip.at, RATE);
        let next = track.clips.get(i + 1).map_or(total, |next| rate.sample(next.at, RATE));
        let take = rate.sample(clip.at.saturating_add(clip.frames), RATE).min(next).saturating_sub(at);
        let [fade_in, fade_out] = [clip.fade_in, clip.fade_out].map(|frames| rate.sample(frames, RATE).min(take));
        Placed {
            audio: clip.audio.clone(),
            from: clip.from,
            at,
            take,
            gain_cb: clip.gain_cb - loudest,
            speed: clip.speed,
            fade_in,
            fade_out,
            fit: clip.fit,
            denoise_cb: clip.denoise_cb,
        }
    });
    clips.filter(|clip| clip.take > 0).collect()
}

/// The tracks between two samples, counted from the first.
fn part(tracks: &[Vec<Placed>], start: u64, end: u64) -> Stem {
    let within = |track: &Vec<Placed>| {
        let clips = track.iter().filter(|clip| (start..end).contains(&clip.at));
        clips.map(|clip| Placed { at: clip.at - start, ..clip.clone() }).collect()
    };
    Stem { samples: end - start, tracks: tracks.iter().map(within).collect() }
}

/// Where parts and groups begin, by the names of clips.
fn by_name(places: &[&Placed], reach: u64, far: u64, total: u64) -> (Vec<u64>, Vec<u64>) {
    let starts = |reach: u64| [0].into_iter().chain(cuts(places, reach, total)).collect();
    (starts(reach), starts(far * reach))
}

/// Where parts begin: at the first clip that begins [`CLOCK`] or more after the last part did.
fn by_clock(places: &[&Placed], total: u64) -> Vec<u64> {
    let mut starts = vec![0];
    for place in places {
        if place.at >= starts.last().map_or(0, |last| last + CLOCK) && place.at + REST <= total {
            starts.push(place.at);
        }
    }
    starts
}

/// Where parts begin after the first: at clips whose names come before those of all that are near. So what is far from
/// an edit is cut as it was.
fn cuts(places: &[&Placed], reach: u64, total: u64) -> Vec<u64> {
    let is_cut = |(n, place): (usize, &Placed)| {
        let name = (&place.audio.blob, place.from);
        let before = places[..n].iter().rev().take_while(|other| other.at + reach > place.at);
        let after = places[n + 1..].iter().take_while(|other| other.at < place.at + reach);
        let comes_first = before.into_iter().all(|other| name < (&other.audio.blob, other.from))
            && after.into_iter().all(|other| name <= (&other.audio.blob, other.from));
        (comes_first && place.at >= reach && place.at + REST <= total).then_some(place.at)
    };
    places.iter().copied().enumerate().filter_map(is_cut).collect()
}

/// Clips with which something begins while nothing else is under way.
fn places<'a>(clips: impl Iterator<Item = &'a Placed>) -> Vec<&'a Placed> {
    let mut clips: Vec<&Placed> = clips.collect();
    clips.sort_by_key(|clip| clip.at);
    let (mut places, mut until) = (Vec::new(), 0);
    for clip in clips {
        if clip.at >= until {
            places.push(clip);
        }
        until = until.max(clip.at + clip.take);
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use studio_plugin_sdk::blob::Blob;

    use super::*;
    use crate::piece::SoundClip;

    /// A film of scenes that are so many frames long, with speech after nine frames, and here and there an effect.
    fn film(scenes: &[(u32, u32)], rate: Rate) -> (Vec<SoundTrack>, u64) {
        let (mut at, mut speech, mut effects) = (0, Vec::new(), Vec::new());
        for (name, frames) in scenes {
            let audio = Blob {
                blob: format!("{:08x}", name.wrapping_mul(2_654_435_761).rotate_left(name % 32)),
                ..Blob::default()
            };
            let clip = SoundClip { audio, at: at + 9, frames: frames - 9, ..SoundClip::default() };
            if name % 5 == 0 {
                effects.push(SoundClip { at: at + 20, frames: 25, ..clip.clone() });
            }
            speech.push(clip);
            at += frames;
        }
        let track = |kind, clips| SoundTrack { kind, gain_cb: 0, clips };
        let tracks = vec![track(SoundKind::Speech, speech), track(SoundKind::Effect, effects)];
        (tracks, rate.sample(at, RATE))
    }

    fn scenes() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec((0u32..1000, 30u32..400), 1..80)
    }

    proptest! {
        #[test]
        fn every_sound_is_in_one_part_and_parts_make_up_the_film(scenes in scenes(), ntsc in any::<bool>()) {
            let rate = if ntsc { Rate { num: 30_000, den: 1001 } } else { Rate::fps(30) };
            let (tracks, total) = film(&scenes, rate);
            let parts = stretches(&tracks, rate, total, true);
            let mut at = 0;
            let mut heard: [Vec<Placed>; 2] = Default::default();
            for part in &parts {
                prop_assert_eq!(part.start, at);
                for (stem, heard) in [&part.speech, &part.effects].into_iter().zip(&mut heard) {
                    prop_assert_eq!(stem.samples, part.speech.samples);
                    for clip in &stem.tracks[0] {
                        prop_assert!(clip.at + clip.take <= stem.samples, "{clip:?} in {}", stem.samples);
                        heard.push(Placed { at: clip.at + at, ..clip.clone() });
                    }
                }
                at += part.speech.samples;
            }
            prop_assert_eq!(at, total);
            prop_assert!(parts[0].heads);
            for (heard, track) in heard.iter().zip(&tracks) {
                prop_assert_eq!(heard, &placed(track, rate, total));
            }
            prop_assert!(parts.iter().skip(1).all(|part| part.speech.samples >= REST));
        }

        #[test]
        fn an_edit_changes_few_parts(scenes in scenes(), edit in 0usize..80, by in 1u32..60) {
            let rate = Rate::fps(30);
            let parts = |scenes: &[(u32, u32)]| {
                let (tracks, total) = film(scenes, rate);
                let parts = stretches(&tracks, rate, total, true);
                parts.into_iter().map(|part| (part.speech, part.effects)).collect::<Vec<_>>()
            };
            let mut edited = scenes.clone();
            let edit = edit % scenes.len();
            edited[edit] = (edited[edit].0 + 1, edited[edit].1 + by);
            let long = |scenes: &[(u32, u32)]| film(scenes, rate).1 > BRIEF;
            prop_assume!(long(&scenes) == long(&edited));
            let near = REACH_ALONE * grid::scale(film(&scenes, rate).1);
            let (before, after) = (parts(&scenes), parts(&edited));
            // Cuts are as they were but within reach of the edit, and of the film's ends.
            let at: u32 = scenes[..edit].iter().map(|scene| scene.1).sum();
            let (mut end, reach) = (0, rate.sample(at, RATE).saturating_sub(2 * near));
            for (n, part) in before.iter().enumerate() {
                end += part.0.samples;
                if end < reach {
                    prop_assert_eq!(part, &after[n]);
                }
            }
            let (mut left, rest) = (0, scenes[edit + 1..].iter().map(|scene| scene.1).sum());
            let reach = rate.sample(rest, RATE).saturating_sub(2 * near);
            for (part, now) in before.iter().rev().zip(after.iter().rev()) {
                left += part.0.samples;
                let starts = after.iter().map(|part| part.0.samples).sum::<u64>().saturating_sub(left);
                if left < reach && starts > 2 * near {
                    prop_assert_eq!(part, now);
                }
            }
        }
    }

    #[test]
    fn parts_are_found_again_after_a_scene_that_is_new() {
        let rate = Rate::fps(30);
        let scenes: Vec<(u32, u32)> = (0..180).map(|n| (n, 150)).collect();
        let mut edited = scenes.clone();
        edited.insert(60, (1000, 171));
        let parts = |scenes: &[(u32, u32)]| {
            let (tracks, total) = film(scenes, rate);
            stretches(&tracks, rate, total, true).into_iter().map(|part| part.speech).collect::<Vec<_>>()
        };
        let (before, after) = (parts(&scenes), parts(&edited));
        let new = after.iter().filter(|part| !before.contains(part)).count();
        assert!(before.len() > 25 && (1..=3).contains(&new), "{new} of {}", after.len());
    }

    #[test]
    fn under_music_an_edit_of_a_brief_film_that_gets_no_longer_changes_one_part() {
        let rate = Rate::fps(30);
        let parts = |name: u32| {
            let scenes: Vec<(u32, u32)> = (0..12).map(|n| (if n == 6 { name } else { 2 * n + 1 }, 150)).collect();
            let (mut tracks, total) = film(&scenes, rate);
            let music = SoundClip { frames: 1800, ..SoundClip::default() };
            tracks.push(SoundTrack { kind: SoundKind::Music, gain_cb: 0, clips: vec![music] });
            stretches(&tracks, rate, total, true)
        };
        let before = parts(77);
        let starts: Vec<u64> = before.iter().map(|part| part.start / u64::from(RATE)).collect();
        assert_eq!(starts, [0, 10, 20, 30, 40, 50]);
        assert_eq!(before.iter().map(|part| part.heads).collect::<Vec<_>>(), [true, false, false, true, false, false]);
        for name in [78, 79, 81, 82] {
            let after = parts(name);
            let new = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(_, new)| new.start / u64::from(RATE));
            assert_eq!((new.collect::<Vec<_>>(), after.len()), (vec![30], before.len()));
        }
    }

    #[test]
    fn what_lies_over_all_of_it_stays_one_part() {
        let rate = Rate::fps(30);
        let (mut tracks, total) = film(&[(1, 600), (2, 600), (3, 600)], rate);
        assert_eq!(stretches(&tracks, rate, total, true).len(), 3);
        tracks[1].clips = vec![SoundClip { frames: 1800, ..SoundClip::default() }];
        assert_eq!(stretches(&tracks, rate, total, true).len(), 1);
        assert_eq!(stretches(&[], rate, 96_000, true).len(), 1);
    }
}
