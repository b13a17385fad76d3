//! What sounds: clips by track, each where it starts in the film.

use std::collections::BTreeMap;

use studio_plugin_sdk::{
    blob::Blob,
    timeline::{Clip, Media, MediaTime, Timeline, Track, TrackKind},
};

use crate::{
    piece::{SoundClip, SoundKind, SoundTrack},
    probe::Facts,
    sound::RATE,
};

/// Sounds by track. Videos without sound are left out.
pub fn sound(timeline: &Timeline, facts: &BTreeMap<String, Facts>) -> Vec<SoundTrack> {
    let heard = timeline.tracks.iter().filter_map(|track| Some((kind(track.kind)?, track)));
    let tracks = heard.map(|(kind, track)| {
        let clips = clips(track, timeline.frames(), facts);
        // Sounds of a kind are as loud as their kind is; music that is fitted stands as was said.
        let fitted = clips.iter().any(|clip| clip.fit);
        let gain_cb = clips.iter().map(|clip| clip.gain_cb).max().filter(|_| fitted).unwrap_or(0);
        SoundTrack { kind, gain_cb, clips }
    });
    tracks.filter(|track| !track.clips.is_empty()).collect()
}

fn kind(kind: TrackKind) -> Option<SoundKind> {
    match kind {
        TrackKind::Narration => Some(SoundKind::Speech),
        TrackKind::Music => Some(SoundKind::Music),
        TrackKind::Effect => Some(SoundKind::Effect),
        TrackKind::Video | TrackKind::Overlay | TrackKind::Caption => None,
    }
}

fn clips(track: &Track, length: u32, facts: &BTreeMap<String, Facts>) -> Vec<SoundClip> {
    let sound = |(at, clip): (u32, &Clip)| {
        let (audio, from) = audio(&clip.media, facts)?;
        let frames = clip.frames.min(length.saturating_sub(at));
        let (from, gain_cb) = (from.samples(RATE), (clip.gain_db * 100.0).round() as i32);
        let hearing = &clip.hearing;
        let sound = SoundClip {
            audio: audio.clone(),
            from,
            at,
            frames,
            gain_cb,
            speed: clip.speed,
            fade_in: hearing.fade_in.min(frames),
            fade_out: hearing.fade_out.min(frames),
            fit: hearing.fit,
            denoise_cb: (hearing.denoise * 100.0).round() as u32,
            ducks: hearing.ducks,
        };
        (frames > 0).then_some(sound)
    };
    track.clips().filter_map(sound).collect()
}

fn audio<'a>(media: &'a Media, facts: &BTreeMap<String, Facts>) -> Option<(&'a Blob, MediaTime)> {
    match media {
        Media::Audio { audio, from } => Some((audio, *from)),
        Media::Video { video, from } => {
            facts.get(&video.blob).is_none_or(|known| known.sound).then_some((video, *from))
        }
        Media::Still { .. } | Media::Color { .. } | Media::ProgressBar { .. } | Media::Captions => None,
    }
}
