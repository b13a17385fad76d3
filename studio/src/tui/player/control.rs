//! What keys and clicks do with a film, wherever it is shown.

use crate::tui::{
    action::Action,
    desk::{Cx, Tone},
};

/// A click on the line under the film, at a share of it in thousandths.
pub fn seek(share: u16, cx: &mut Cx) {
    let (from, to) = cx.player.span();
    cx.player.seek(from + (to - from) * f64::from(share) / 1000.0);
}

/// How far a key seeks, in seconds.
const STEP: f64 = 1.0;

/// Plays, stops or seeks in the film that is looked at; false: it is another action.
pub fn control(action: Action, cx: &mut Cx) -> bool {
    if cx.player.reel().is_none() && matches!(action, Action::Play | Action::SeekBack | Action::SeekOn) {
        cx.tell(Tone::Plain, "there is no finished film yet: r makes it");
        return true;
    }
    match action {
        Action::Play if cx.player.is_playing() => cx.player.stop(),
        Action::Play => {
            if !cx.player.play() {
                cx.tell(Tone::Plain, "nothing moves with --no-motion: , and . show the film second by second");
            }
        }
        Action::SeekBack => cx.player.seek(cx.player.position() - STEP),
        Action::SeekOn => cx.player.seek(cx.player.position() + STEP),
        _ => return false,
    }
    true
}
