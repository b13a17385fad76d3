//! How far a film's pictures and sound are, by what each of their pieces takes as a rule.

use std::{cell::Cell, convert::Infallible, future::pending, time::Duration};

use studio_plugin_sdk::{error::Result, prelude::Cx};

use crate::{estimate, piece::Segment, plan::Plan};

/// What was kept is there after this long.
const SETTLED: Duration = Duration::from_millis(700);
/// The share of a film's sound that is made anew after an edit of one place, at least.
const LEAST_HEARD: f64 = 0.08;

/// The work on a film, in seconds.
pub struct Work {
    pictures: f64,
    drawn: Cell<f64>,
    sound: Cell<f64>,
    is_heard: Cell<bool>,
    /// The finished file, which comes after all of them.
    file: f64,
}

impl Work {
    /// All of it is to be done; of what `sounds` not, pictures alone.
    pub fn of(plan: &Plan, sounds: bool) -> Self {
        let pictures = plan.segments.iter().map(|planned| estimate::segment(&planned.segment)).sum();
        Self::new(pictures, sounds.then(|| estimate::sound(plan)), estimate::file(plan.segments.len()))
    }

    fn new(pictures: f64, sound: Option<f64>, file: f64) -> Self {
        let is_heard = Cell::new(sound.is_none());
        Self { pictures, drawn: Cell::new(0.0), sound: Cell::new(sound.unwrap_or(0.0)), is_heard, file }
    }

    /// A segment is there.
    pub fn drew(&self, cx: &Cx, segment: &Segment) {
        self.drawn.set(self.drawn.get() + estimate::segment(segment));
        self.tell(cx);
    }

    /// The sound is there.
    pub fn heard(&self, cx: &Cx) {
        self.is_heard.set(true);
        self.tell(cx);
    }

    /// Waits until all is there that was kept, and counts what is left then. Never ends.
    pub async fn settle(&self, cx: &Cx) -> Result<Infallible> {
        cx.sleep(SETTLED).await?;
        self.settled();
        self.tell(cx);
        pending().await
    }

    /// Where most pictures are there, it was an edit, which leaves most of the sound too.
    fn settled(&self) {
        let to_draw = 1.0 - share(self.drawn.get(), self.pictures);
        if !self.is_heard.get() {
            self.sound.set(self.sound.get() * (to_draw + LEAST_HEARD * (1.0 - to_draw)));
        }
    }

    fn share(&self) -> f64 {
        let heard = if self.is_heard.get() { self.sound.get() } else { 0.0 };
        share(self.drawn.get() + heard, self.pictures + self.sound.get() + self.file)
    }

    fn tell(&self, cx: &Cx) {
        cx.progress(self.share(), "encoding");
    }
}

/// How much of all of it is done; of nothing all is.
fn share(done: f64, all: f64) -> f64 {
    if all > 0.0 { (done / all).min(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_edit_little_of_the_sound_is_work() {
        let work = Work::new(100.0, Some(20.0), 1.0);
        work.drawn.set(98.0);
        let before = work.share();
        work.settled();
        let after = work.share();
        assert!(after > before && after > 0.9, "{before}, {after}");
        work.drawn.set(100.0);
        work.is_heard.set(true);
        let left = 1.0 - work.share();
        assert!(left > 0.0 && left < 0.01, "{left}");
    }

    #[test]
    fn where_all_is_to_be_done_the_sound_counts_whole() {
        let work = Work::new(100.0, Some(20.0), 1.0);
        work.settled();
        assert!((work.sound.get() - 20.0).abs() < 1e-9 && work.share() == 0.0);
        work.is_heard.set(true);
        assert!((work.share() - 20.0 / 121.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_sound_or_nothing_at_all_comes_to_its_end() {
        let silent = Work::new(10.0, None, 2.0);
        silent.drawn.set(5.0);
        silent.settled();
        assert!((silent.share() - 5.0 / 12.0).abs() < 1e-9);
        assert!((Work::new(0.0, None, 0.0).share() - 1.0).abs() < 1e-9);
    }
}
