//! CMX 3600: a list of events, each a piece of one track. It knows the picture's track and four of sound, cuts, dissolves
//! and wipes, and even speeds; what else there is, is left out and said.

use std::fmt::Write as _;

use studio_plugin_sdk::timeline::{
    Clip, Framing, Hearing, Item, Media as Source, Track, TrackKind, Transition, TransitionLook,
};

use super::{
    Cut,
    time::{nearest, timecode, whole},
};

/// Films start at this hour, as is usual, and so does the timecode of stills.
const HOUR: i64 = 3600;
/// Most tracks of sound.
const MOST_SOUND: usize = 4;
/// Most characters of a title.
const MOST_TITLE: usize = 70;

/// The list, and what it lacks.
pub fn write(cut: &Cut) -> (String, Vec<String>) {
    let title: String = cut.title.chars().filter(|c| !c.is_control()).take(MOST_TITLE).collect();
    let mut list = List { cut, text: format!("TITLE: {title}\nFCM: NON-DROP FRAME\n\n"), events: 0 };
    let mut left_out = Vec::new();
    let mut sound = 0;
    for track in &cut.timeline.tracks {
        match track.kind {
            TrackKind::Video => list.track(track, "V"),
            TrackKind::Overlay | TrackKind::Caption => {
                left_out.push(format!("the {} track: CMX 3600 has one track of pictures", track.kind.name()));
            }
            _ if sound == MOST_SOUND => {
                left_out.push(format!("a track of {}: CMX 3600 has four of sound", track.kind.name()));
            }
            _ => {
                sound += 1;
                list.track(track, &if sound == 1 { "A".to_owned() } else { format!("A{sound}") });
            }
        }
    }
    let clips = || cut.timeline.tracks.iter().flat_map(|track| track.clips().map(|(_, clip)| clip));
    if clips().any(|clip| !clip.ramp.is_empty()) {
        left_out.push("speeds that change: the mean speed stands in their place".into());
    }
    if clips().any(|clip| clip.framing != Framing::default()) {
        left_out.push("how pictures stand and move in the frame".into());
    }
    if clips().any(|clip| clip.gain_db != 0.0 || clip.hearing != Hearing::default()) {
        left_out.push("how loud sounds are, their fades, and less noise in them".into());
    }
    (list.text, left_out)
}

struct List<'a> {
    cut: &'a Cut<'a>,
    text: String,
    events: u32,
}

/// A clip and what it goes over from and into.
struct Placed<'a> {
    clip: &'a Clip,
    start: i64,
    before: Option<(&'a Transition, &'a Clip)>,
    after: Option<&'a Transition>,
}

impl List<'_> {
    fn track(&mut self, track: &Track, channel: &str) {
        for placed in placed(track) {
            self.event(&placed, channel);
        }
    }

    fn event(&mut self, placed: &Placed, channel: &str) {
        let Placed { clip, start, before, after } = placed;
        if matches!(clip.media, Source::Captions | Source::ProgressBar { .. }) {
            return;
        }
        self.events += 1;
        // A transition lies before the cut and after it; here an event begins where its transition begins.
        let lead = before.map_or(0, |(transition, _)| i64::from(transition.in_frames));
        let trail = after.map_or(0, |transition| i64::from(transition.in_frames));
        let from = start - lead;
        let to = start + i64::from(clip.frames) - trail;
        if let Some((transition, previous)) = before {
            let edge = i64::from(previous.frames) - lead;
            let at = self.source(previous, edge);
            self.line(previous, channel, "C   ", (at, at), (from, from));
            let frames = transition.in_frames + transition.out_frames;
            let kind = if wipes(transition.look) { "W001" } else { "D   " };
            let kind = format!("{kind} {frames:03}");
            self.line(clip, channel, &kind, (self.source(clip, -lead), self.source(clip, to - start)), (from, to));
            self.note(format_args!("EFFECT NAME: {}", name(transition)));
            self.note(format_args!("FROM CLIP NAME: {}", plain(&previous.id)));
            self.note(format_args!("TO CLIP NAME: {}", plain(&clip.id)));
        } else {
            self.line(clip, channel, "C", (self.source(clip, 0), self.source(clip, to - start)), (from, to));
            self.note(format_args!("FROM CLIP NAME: {}", plain(&clip.id)));
        }
        if let Some(blob) = clip.media.file() {
            self.note(format_args!("SOURCE FILE: {}", self.cut.media.name(blob)));
        }
        let speed = clip.mean_speed();
        if (speed - 1.0).abs() > 1e-9 {
            let rate = self.cut.timeline.rate;
            let at = timecode(self.source(clip, 0), rate);
            // In frames a second, as M2 has it.
            let _ =
                writeln!(self.text, "M2   AX             {:05.1}                {at}", speed * f64::from(whole(rate)));
        }
    }

    fn line(&mut self, clip: &Clip, channel: &str, kind: &str, source: (i64, i64), record: (i64, i64)) {
        let rate = self.cut.timeline.rate;
        let reel = if matches!(clip.media, Source::Color { .. }) { "BL" } else { "AX" };
        let hour = HOUR * i64::from(whole(rate));
        let times = [source.0, source.1, hour + record.0, hour + record.1].map(|frame| timecode(frame, rate));
        let _ = writeln!(self.text, "{:03}  {reel:<8} {channel:<5} {kind:<8} {}", self.events, times.join(" "));
    }

    fn note(&mut self, note: std::fmt::Arguments) {
        let _ = writeln!(self.text, "* {note}");
    }

    /// The frame of its source that a clip shows at its own frame `frame`. A still has as many as are wanted, on both
    /// sides.
    fn source(&self, clip: &Clip, frame: i64) -> i64 {
        let rate = self.cut.timeline.rate;
        match &clip.media {
            Source::Video { .. } | Source::Audio { .. } => {
                let played = frame as f64 * clip.mean_speed();
                (nearest(clip.media.from(), rate) + played.round() as i64).max(0)
            }
            _ => HOUR * i64::from(whole(rate)) + frame,
        }
    }
}

fn placed(track: &Track) -> Vec<Placed<'_>> {
    let mut placed: Vec<Placed> = Vec::new();
    let (mut start, mut cut): (i64, Option<&Transition>) = (0, None);
    for item in &track.items {
        match item {
            Item::Clip(clip) => {
                let before = cut.take().and_then(|transition| Some((transition, placed.last()?.clip)));
                if let (Some((transition, _)), Some(last)) = (before, placed.last_mut()) {
                    last.after = Some(transition);
                }
                placed.push(Placed { clip, start, before, after: None });
            }
            Item::Transition(transition) => cut = Some(transition),
            Item::Gap { .. } => cut = None,
        }
        start += i64::from(item.frames());
    }
    placed
}

fn wipes(look: TransitionLook) -> bool {
    use TransitionLook::{
        CircleClose, CircleOpen, Radial, SmoothLeft, SmoothRight, WipeDown, WipeLeft, WipeRight, WipeUp,
    };
    matches!(
        look,
        WipeLeft | WipeRight | WipeUp | WipeDown | SmoothLeft | SmoothRight | CircleOpen | CircleClose | Radial
    )
}

fn name(transition: &Transition) -> String {
    let name = serde_json::to_value(transition.look).unwrap_or_default();
    name.as_str().unwrap_or_default().to_uppercase().replace('_', " ")
}

/// On one line.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
