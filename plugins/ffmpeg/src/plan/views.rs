//! The picture's track as a row of views: clips and gaps with the transitions at their ends.

use studio_plugin_sdk::timeline::{Clip, Item, Track, Transition, TransitionLook};

use super::LEAST;
use crate::caption::Cue;

/// A clip or gap of the picture's track with the transitions at its ends.
pub struct View<'a> {
    /// The clip; none: a gap.
    pub clip: Option<&'a Clip>,
    /// Its name in ids of pieces.
    pub name: String,
    /// The film's frame in which it starts.
    pub start: u32,
    /// Its length.
    pub frames: u32,
    /// Frames that the transition before it takes from it.
    pub head: u32,
    /// Frames that the transition after it takes from it.
    pub tail: u32,
    /// How it goes over into the next; with `tail` and the next one's `head` 0 it is a cut.
    pub change: Transition,
    /// Its captions, on their clock from its start.
    pub cues: Vec<Cue>,
    /// Those of a second language.
    pub second: Vec<Cue>,
}

/// The views of a track, with transitions that fit.
pub fn views(track: &Track) -> Vec<View<'_>> {
    let mut views: Vec<View<'_>> = Vec::new();
    let (mut pending, mut start) = (None, 0);
    for item in &track.items {
        let clip = match item {
            Item::Transition(transition) => {
                pending = (transition.look != TransitionLook::Cut).then_some(*transition);
                continue;
            }
            Item::Gap { frames: 0 } => continue,
            Item::Gap { .. } => None,
            Item::Clip(clip) => Some(clip.as_ref()),
        };
        let mut head = 0;
        if let (Some(transition), Some(before)) = (pending.take(), views.last_mut()) {
            (before.tail, before.change) = (transition.in_frames, transition);
            head = transition.out_frames;
        }
        let name = clip.map_or_else(|| format!("gap-{}", views.last().map_or("", |v| &v.name)), |c| c.id.clone());
        let (frames, change) = (item.frames(), Transition::default());
        views.push(View { clip, name, start, frames, head, tail: 0, change, cues: Vec::new(), second: Vec::new() });
        start += frames;
    }
    settle(&mut views);
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
