//! From a timeline to pieces: a body for each clip, in parts where it has captions ([`crate::parts`]), a short window
//! for each transition, what sounds when.
//!
//! Pure and total: the request has been checked. The same clip gives the same pieces wherever it stands.

use std::collections::{BTreeMap, BTreeSet};

use studio_plugin_sdk::{
    blob::Blob,
    roles::{render::CaptionMode, tts::Word},
    timeline::{Chapter, Clip, Item, Media, Rate, Timeline, Track, TrackKind, TransitionLook},
};

use crate::{
    caption::{self, Cue, Token, cues::Limits, files, font::Font, look::Look},
    parts,
    piece::{Change, Segment, Shot, SoundClip, SoundTrack, Source, frame_ms},
    preset::Format,
    probe::Facts,
};

/// Fewest frames of a body beside transitions, and of a transition: shorter streams start with wrong decode times.
const LEAST: u32 = 3;

/// The pieces of a film.
#[derive(Debug)]
pub struct Plan {
    /// In order; their frames add up to the film's.
    pub segments: Vec<Planned>,
    /// Length of the film.
    pub frames: u32,
    /// Frames a second.
    pub rate: Rate,
    /// What sounds.
    pub sound: Vec<SoundTrack>,
    /// Where parts begin.
    pub chapters: Vec<Chapter>,
    /// The frame that stands for the film: which segment, which frame of it.
    pub poster: (usize, u32),
    /// Captions for files: when their clip starts in the film (ms), and the cue.
    pub cues: Vec<(u64, Cue)>,
    /// Caption words with characters that the font lacks; they are left out of the picture.
    pub undrawn: usize,
}

impl Plan {
    /// The plan of a film without pictures and captions yet.
    pub fn new(timeline: &Timeline) -> Self {
        Self {
            segments: Vec::new(),
            frames: timeline.frames(),
            rate: timeline.rate,
            sound: sound(timeline),
            chapters: timeline.chapters.clone(),
            poster: (0, 0),
            cues: Vec::new(),
            undrawn: 0,
        }
    }
}

/// A segment and its name.
#[derive(Debug)]
pub struct Planned {
    /// Its place under the film, stable under edits of other clips: `body-intro`, `cut-intro-rice`.
    pub id: String,
    /// What it is, for people.
    pub label: String,
    /// The work.
    pub segment: Segment,
}

/// A clip or gap of the picture's track with the transitions at its ends.
pub struct View<'a> {
    clip: Option<&'a Clip>,
    name: String,
    /// Its length.
    pub frames: u32,
    /// Frames that the transition before it takes from it.
    pub head: u32,
    /// Frames that the transition after it takes from it.
    pub tail: u32,
    /// How it goes over into the next; with `tail` and the next one's `head` 0 it is a cut.
    pub look: TransitionLook,
    /// Its captions, in its own time.
    cues: Vec<Cue>,
}

/// Plans a film.
pub fn plan(timeline: &Timeline, format: &Format, mode: CaptionMode, facts: &BTreeMap<String, Facts>) -> Plan {
    let mut plan = Plan::new(timeline);
    let views = laid_out(timeline, format, mode, &mut plan);
    let mut names = BTreeSet::new();
    for (i, view) in views.iter().enumerate() {
        bodies(&mut plan, &mut names, view, format, facts);
        if let Some(next) = views.get(i + 1).filter(|next| view.tail + next.head > 0) {
            let id = unique(&mut names, &format!("cut-{}-{}", view.name, next.name));
            let label = format!("transition from {} to {}", view.name, next.name);
            plan.segments.push(Planned { id, label, segment: window(view, next, format, facts) });
        }
    }
    plan
}

/// The picture's track, with transitions that fit and with captions.
pub fn laid_out<'a>(timeline: &'a Timeline, format: &Format, mode: CaptionMode, plan: &mut Plan) -> Vec<View<'a>> {
    let Some(track) = timeline.track(TrackKind::Video) else { return Vec::new() };
    let mut views = views(track);
    settle(&mut views);
    if mode != CaptionMode::Off {
        captions(&mut views, format, mode, plan);
    }
    views
}

/// What is seen of a clip between its transitions, in one part or more.
fn bodies(
    plan: &mut Plan,
    names: &mut BTreeSet<String>,
    view: &View<'_>,
    format: &Format,
    facts: &BTreeMap<String, Facts>,
) {
    let (from, to) = (view.head, view.frames - view.tail);
    if from == to {
        return;
    }
    // A part of a video would read the video once more, from a key frame on.
    let still = matches!(view.clip.map(|c| &c.media), Some(Media::Still { .. }));
    let parts = parts::parts(if still { &view.cues } else { &[] }, from..to, format.rate);
    let (first, middle) = (plan.segments.is_empty(), from + (to - from) / 2);
    for (i, part) in parts.into_iter().enumerate() {
        if first && part.contains(&middle) {
            plan.poster = (plan.segments.len(), middle - part.start);
        }
        let (id, label) = (format!("body-{}", view.name), format!("picture of {}", view.name));
        let (id, label) =
            if i == 0 { (id, label) } else { (format!("{id}.{}", i + 1), format!("{label}, part {}", i + 1)) };
        let frames = part.end - part.start;
        let shot = shot(view, i64::from(part.start), frames, format, facts);
        let segment = Segment { format: format.clone(), frames, shot, change: None };
        plan.segments.push(Planned { id: unique(names, &id), label, segment });
    }
}

fn views(track: &Track) -> Vec<View<'_>> {
    let mut views: Vec<View<'_>> = Vec::new();
    let mut pending = None;
    for item in &track.items {
        let clip = match item {
            Item::Transition(transition) => {
                pending = (transition.look != TransitionLook::Cut).then_some(*transition);
                continue;
            }
            Item::Gap { frames: 0 } => continue,
            Item::Gap { .. } => None,
            Item::Clip(clip) => Some(clip),
        };
        let mut head = 0;
        if let (Some(transition), Some(before)) = (pending.take(), views.last_mut()) {
            (before.tail, before.look) = (transition.in_frames, transition.look);
            head = transition.out_frames;
        }
        let name = clip.map_or_else(|| format!("gap-{}", views.last().map_or("", |v| &v.name)), |c| c.id.clone());
        let (frames, look) = (item.frames(), TransitionLook::Cut);
        views.push(View { clip, name, frames, head, tail: 0, look, cues: Vec::new() });
    }
    views
}

/// Shortens transitions until they do not overlap and every body is long enough; those that get too short
/// become cuts. Frames are only moved between a body and its windows.
fn settle(views: &mut [View<'_>]) {
    loop {
        let mut settled = true;
        for view in views.iter_mut() {
            while view.head + view.tail > 0 && !fits(view) {
                *(if view.head > view.tail { &mut view.head } else { &mut view.tail }) -= 1;
                settled = false;
            }
        }
        for i in 1..views.len() {
            let length = views[i - 1].tail + views[i].head;
            if length > 0 && length < LEAST {
                (views[i - 1].tail, views[i].head) = (0, 0);
                settled = false;
            }
        }
        if settled {
            return;
        }
    }
}

fn fits(view: &View<'_>) -> bool {
    let taken = view.head + view.tail;
    taken == view.frames || taken + LEAST <= view.frames
}

fn window(view: &View<'_>, next: &View<'_>, format: &Format, facts: &BTreeMap<String, Facts>) -> Segment {
    let frames = view.tail + next.head;
    let from = shot(view, i64::from(view.frames) - i64::from(view.tail), frames, format, facts);
    let to = shot(next, -i64::from(view.tail), frames, format, facts);
    Segment { format: format.clone(), frames, shot: from, change: Some(Change { look: view.look, shot: to }) }
}

/// What is seen of a clip in `frames` frames from its frame `first` on.
pub fn shot(view: &View<'_>, first: i64, frames: u32, format: &Format, facts: &BTreeMap<String, Facts>) -> Shot {
    let source = match view.clip.map(|c| &c.media) {
        Some(Media::Still { image }) => Source::Still { image: image.clone() },
        Some(Media::Video { video, from }) => {
            let known = facts.get(&video.blob).copied().unwrap_or_default();
            let Facts { length_ms, width, height } = known;
            Source::Video {
                video: video.clone(),
                from_ms: (from * 1000.0).round() as u64,
                length_ms,
                width,
                height,
                first,
            }
        }
        _ => Source::Black,
    };
    Shot { source, captions: parts::seen(&view.cues, first, frames, format.rate) }
}

fn captions(views: &mut [View<'_>], format: &Format, mode: CaptionMode, plan: &mut Plan) {
    let font = Font::default();
    let look = Look::for_size(format.width, format.height);
    let measure = |text: &str| font.width(text);
    let burnt = Limits { measure: &measure, line_width: look.line_em, line_chars: look.line_chars };
    let mut start = 0;
    for view in views {
        let words: &[Word] = view.clip.map_or(&[], |c| &c.captions);
        let ms = |frame: u32| u32::try_from(frame_ms(format.rate, i64::from(frame))).unwrap_or(u32::MAX);
        let tokens = caption::tokens(words, ms(view.frames));
        let at = u64::try_from(frame_ms(format.rate, start)).unwrap_or(0);
        start += i64::from(view.frames);
        plan.cues
            .extend(caption::cues::cues(&tokens, (0, ms(view.frames)), &files::limits()).into_iter().map(|c| (at, c)));
        if mode == CaptionMode::Burnt {
            let quiet = (ms(view.head), ms(view.frames - view.tail));
            view.cues = caption::cues::cues(&drawable(tokens, &font, &mut plan.undrawn), quiet, &burnt);
        }
    }
}

/// The words that the font can draw.
fn drawable(mut tokens: Vec<Token>, font: &Font, undrawn: &mut usize) -> Vec<Token> {
    tokens.retain_mut(|token| {
        if token.text.chars().all(|c| font.covers(c)) {
            return true;
        }
        *undrawn += 1;
        token.text.retain(|c| font.covers(c));
        token.text = token.text.trim().to_string();
        token.text.chars().any(char::is_alphanumeric)
    });
    tokens
}

/// Sounds by track, each where it starts in the film.
fn sound(timeline: &Timeline) -> Vec<SoundTrack> {
    let mut tracks = Vec::new();
    for track in timeline.tracks.iter().filter(|t| t.kind != TrackKind::Video) {
        let (mut at, mut clips) = (0, Vec::new());
        for item in &track.items {
            if let Item::Clip(clip) = item
                && let Some((audio, from)) = audio(&clip.media)
            {
                let (from_ms, gain_cb) = ((from * 1000.0).round() as u64, (clip.gain_db * 100.0).round() as i32);
                let frames = clip.frames.min(timeline.frames().saturating_sub(at));
                if frames > 0 {
                    clips.push(SoundClip { audio: audio.clone(), from_ms, at, frames, gain_cb });
                }
            }
            at += item.frames();
        }
        if !clips.is_empty() {
            tracks.push(SoundTrack { music: track.kind == TrackKind::Music, clips });
        }
    }
    tracks
}

fn audio(media: &Media) -> Option<(&Blob, f64)> {
    match media {
        Media::Audio { audio, from } => Some((audio, *from)),
        Media::Video { video, from } => Some((video, *from)),
        Media::Still { .. } => None,
    }
}

fn unique(names: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut name = wanted.to_string();
    let mut n = 2;
    while !names.insert(name.clone()) {
        name = format!("{wanted}-{n}");
        n += 1;
    }
    name
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
