//! From a timeline to pieces: a body for each clip, in parts where it has captions ([`crate::parts`]), a short window
//! for each transition, what lies over them, what sounds when.
//!
//! Pure and total: the request has been checked. The same clip gives the same pieces wherever it stands, and a piece
//! knows only what is seen in its own frames.

use std::collections::{BTreeMap, BTreeSet};

use studio_plugin_sdk::{
    roles::render::CaptionMode,
    timeline::{Chapter, Fit, Media, Rate, Timeline, TrackKind},
};

use crate::{
    caption::{Cue, style::Dressed},
    parts::{self, Cut},
    piece::{Change, Segment, SoundTrack},
    preset::Format,
    probe::Facts,
    shot::Shot,
};

mod captions;
mod over;
mod shots;
mod sound;
mod views;

pub use over::Over;
pub use shots::Sources;
pub use views::View;

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
    /// Captions of a second language, likewise.
    pub second_cues: Vec<(u64, Cue)>,
    /// The same as they are drawn, in the first language and in the second.
    pub drawn: [Vec<(u64, Cue)>; 2],
    /// Caption words with characters that the font lacks; they are left out of the picture.
    pub undrawn: usize,
    /// The clips that say them.
    pub undrawn_in: Vec<String>,
}

impl Plan {
    /// The plan of a film without pictures and captions yet.
    pub fn new(timeline: &Timeline, facts: &BTreeMap<String, Facts>) -> Self {
        Self {
            segments: Vec::new(),
            frames: timeline.frames(),
            rate: timeline.rate,
            sound: sound::sound(timeline, facts),
            chapters: timeline.chapters.clone(),
            poster: (0, 0),
            cues: Vec::new(),
            second_cues: Vec::new(),
            drawn: [Vec::new(), Vec::new()],
            undrawn: 0,
            undrawn_in: Vec::new(),
        }
    }
}

impl Plan {
    /// Leaves out what begins after so many frames.
    pub fn end_at(&mut self, frames: u32) {
        let mut start = 0;
        self.segments.retain(|planned| {
            let is_seen = start < frames;
            start += planned.segment.frames;
            is_seen
        });
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

/// What becomes of captions, and how they look.
#[derive(Clone, Copy)]
pub struct Worded<'a> {
    /// What becomes of them.
    pub mode: CaptionMode,
    /// Their style; none: as they always looked.
    pub dressed: Option<&'a Dressed>,
}

impl From<CaptionMode> for Worded<'_> {
    fn from(mode: CaptionMode) -> Self {
        Self { mode, dressed: None }
    }
}

/// Plans a film.
pub fn plan<'a>(
    timeline: &Timeline,
    format: &Format,
    worded: impl Into<Worded<'a>>,
    facts: &BTreeMap<String, Facts>,
) -> Plan {
    let worded = worded.into();
    let mut plan = Plan::new(timeline, facts);
    let (views, over) = laid_out(timeline, format, worded, &mut plan);
    let drawn = worded.dressed.map(Dressed::drawn);
    let sources = Sources { format, facts, style: drawn.as_ref() };
    let mut planner = Planner { plan, names: BTreeSet::new(), sources, over };
    for (i, view) in views.iter().enumerate() {
        planner.bodies(view);
        if let Some(next) = views.get(i + 1).filter(|next| view.tail + next.head > 0) {
            planner.window(view, next);
        }
    }
    planner.plan
}

/// What is seen in one frame of a film, and which frame of it that is; none: the film is over before.
pub fn moment(
    timeline: &Timeline,
    format: &Format,
    worded: Worded<'_>,
    facts: &BTreeMap<String, Facts>,
    frame: u32,
) -> Option<(Segment, u32)> {
    let mut plan = Plan::new(timeline, facts);
    let (views, over) = laid_out(timeline, format, worded, &mut plan);
    let at = views.iter().position(|view| (view.start..view.start + view.frames).contains(&frame))?;
    let (view, own) = (&views[at], frame - views[at].start);
    let drawn = worded.dressed.map(Dressed::drawn);
    let sources = Sources { format, facts, style: drawn.as_ref() };
    let mut planner = Planner { plan, names: BTreeSet::new(), sources, over };
    let start = if own < view.head {
        planner.window(&views[at - 1], view);
        view.start - views[at - 1].tail
    } else if own >= view.frames - view.tail {
        planner.window(view, views.get(at + 1)?);
        view.start + view.frames - view.tail
    } else {
        planner.push("", String::new(), frame, (1, shot(planner.sources, view, i64::from(own), 1), None));
        frame
    };
    Some((planner.plan.segments.pop()?.segment, frame - start))
}

/// The picture's track, with transitions that fit and with captions, and what lies over it.
pub fn laid_out<'a>(
    timeline: &'a Timeline,
    format: &Format,
    worded: Worded<'_>,
    plan: &mut Plan,
) -> (Vec<View<'a>>, Over<'a>) {
    let mut views = timeline.track(TrackKind::Video).map(views::views).unwrap_or_default();
    let spoken = captions::captions(&mut views, timeline, format, worded, plan);
    (views, Over::new(timeline, spoken))
}

/// What is seen of a view in `frames` frames from its frame `first` on.
pub fn shot(sources: Sources<'_>, view: &View<'_>, first: i64, frames: u32) -> Shot {
    let captions = parts::seen_in(sources.style, (&view.cues, &view.second), first, frames, sources.format.rate);
    Shot { captions, ..sources.shot(view.clip, first, frames, Fit::Blurred) }
}

struct Planner<'a> {
    plan: Plan,
    names: BTreeSet<String>,
    sources: Sources<'a>,
    over: Over<'a>,
}

impl Planner<'_> {
    /// What is seen of a clip between its transitions, in one part or more.
    fn bodies(&mut self, view: &View<'_>) {
        let (from, to) = (view.head, view.frames - view.tail);
        if from == to {
            return;
        }
        let parts = parts::parts(&self.cuts(view), from..to, self.sources.format.rate);
        let (first, middle) = (self.plan.segments.is_empty(), from + (to - from) / 2);
        for (i, part) in parts.into_iter().enumerate() {
            if first && part.contains(&middle) {
                self.plan.poster = (self.plan.segments.len(), middle - part.start);
            }
            let (id, label) = (format!("body-{}", view.name), format!("picture of {}", view.name));
            let (id, label) =
                if i == 0 { (id, label) } else { (format!("{id}.{}", i + 1), format!("{label}, part {}", i + 1)) };
            let frames = part.end - part.start;
            let shot = shot(self.sources, view, i64::from(part.start), frames);
            self.push(&id, label, view.start + part.start, (frames, shot, None));
        }
    }

    /// Frames of a clip where a body may be cut: where a caption or something over the picture comes or goes.
    fn cuts(&self, view: &View<'_>) -> Vec<Cut> {
        // A part of a video would read the video once more, from a key frame on.
        if matches!(view.clip.map(|c| &c.media), Some(Media::Video { .. })) {
            return Vec::new();
        }
        let mut cuts = parts::cuts(&view.cues, self.sources.format.rate);
        let edges = self.over.edges(view.start, view.start + view.frames);
        cuts.extend(edges.into_iter().map(|edge| Cut { at: edge - view.start, begins: false }));
        cuts.sort_unstable();
        cuts
    }

    /// The transition from one to the next.
    fn window(&mut self, view: &View<'_>, next: &View<'_>) {
        let frames = view.tail + next.head;
        let from = shot(self.sources, view, i64::from(view.frames) - i64::from(view.tail), frames);
        let to = shot(self.sources, next, -i64::from(view.tail), frames);
        let change = Change { look: view.change.look, ease: view.change.ease, color: view.change.color, shot: to };
        let id = format!("cut-{}-{}", view.name, next.name);
        let label = format!("transition from {} to {}", view.name, next.name);
        self.push(&id, label, next.start - view.tail, (frames, from, Some(change)));
    }

    fn push(&mut self, id: &str, label: String, start: u32, (frames, shot, change): (u32, Shot, Option<Change>)) {
        let layers = self.over.layers(self.sources, start, frames);
        let captions = self.over.captions(self.sources, start, frames);
        let segment = Segment { format: self.sources.format.clone(), frames, shot, change, layers, captions };
        self.plan.segments.push(Planned { id: unique(&mut self.names, id), label, segment });
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
mod tests;
