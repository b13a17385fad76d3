//! Transitions: how one shot goes over into the other. Which there are is data ([`make`]).
//!
//! `xfade` works in 4:4:4 only, so chroma is doubled and halved without loss. It goes by the times of its frames:
//! what gathers speed and loses it has its frames at other times.

use std::fmt::Write;

use studio_plugin_sdk::timeline::{Color, Ease, TransitionLook};

use super::{Canvas, EXACT, TO_FILM, layer::written, motion::eased};
use crate::piece::Change;

/// To 4:4:4 without loss, and back.
const FULL: &str = "scale=flags=neighbor,format=yuv444p";
const HALF: &str = "scale=flags=neighbor,format=yuv420p";

/// How a transition is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Make {
    /// By `xfade`, under this name.
    Xfade(&'static str),
    /// To a colour and back from it; none: that of the transition.
    Through(Option<Color>),
    /// The next comes in over the last: left edge and upper edge of the next, in widths and heights, at its start.
    Over(i8, i8),
}

/// How a look is made.
pub fn make(look: TransitionLook) -> Make {
    use TransitionLook as Look;
    match look {
        // A cut has no frames; where one is asked for with some, it is seen as a fade.
        Look::Cut | Look::Dissolve => Make::Xfade("fade"),
        Look::FadeBlack => Make::Through(Some(Color::BLACK)),
        Look::FadeWhite => Make::Through(Some(Color::WHITE)),
        Look::FadeColor => Make::Through(None),
        Look::FadeGrays => Make::Xfade("fadegrays"),
        Look::SlideLeft => Make::Xfade("slideleft"),
        Look::SlideRight => Make::Xfade("slideright"),
        Look::SlideUp => Make::Xfade("slideup"),
        Look::SlideDown => Make::Xfade("slidedown"),
        Look::CoverLeft => Make::Over(1, 0),
        Look::CoverRight => Make::Over(-1, 0),
        Look::CoverUp => Make::Over(0, 1),
        Look::CoverDown => Make::Over(0, -1),
        Look::WipeLeft => Make::Xfade("wipeleft"),
        Look::WipeRight => Make::Xfade("wiperight"),
        Look::WipeUp => Make::Xfade("wipeup"),
        Look::WipeDown => Make::Xfade("wipedown"),
        Look::SmoothLeft => Make::Xfade("smoothleft"),
        Look::SmoothRight => Make::Xfade("smoothright"),
        Look::Zoom => Make::Xfade("zoomin"),
        Look::Blur => Make::Xfade("hblur"),
        Look::CircleOpen => Make::Xfade("circleopen"),
        Look::CircleClose => Make::Xfade("circleclose"),
        Look::Radial => Make::Xfade("radial"),
        Look::Pixelize => Make::Xfade("pixelize"),
        Look::Curtain => Make::Xfade("vertopen"),
        Look::Squeeze => Make::Xfade("squeezeh"),
    }
}

/// `[s0]` goes over into `[s1]`: `[changed]`, as long as the canvas.
pub fn joined(filter: &mut String, change: &Change, canvas: Canvas<'_>) {
    let n = canvas.frames;
    let end = format!("{HALF},trim=end_frame={n},{}[changed];", canvas.numbered());
    match make(change.look) {
        Make::Xfade(name) if change.ease == Ease::Linear => {
            let length = super::seconds(i64::from(n), canvas.format);
            let _ = write!(
                filter,
                "[s0]{FULL}[w0];[s1]{FULL}[w1];[w0][w1]xfade=transition={name}:duration={length}:offset=0,{end}"
            );
        }
        Make::Xfade(name) => {
            let timed = timed(&eased(change.ease, &format!("(N/{n})")));
            let _ = write!(
                filter,
                "[s0]{FULL},{timed}[w0];[s1]{FULL},{timed}[w1];[w0][w1]xfade=transition={name}:duration=1:offset=0,{end}"
            );
        }
        Make::Through(color) => {
            let color = color.or(change.color).unwrap_or(Color::BLACK);
            through(filter, color, change.ease, canvas);
            filter.push_str(&end);
        }
        Make::Over(x, y) => {
            // By the time: `overlay` counts frames that it has read ahead.
            let share = format!("(t*{}/{n})", canvas.rate());
            let left = format!("(1-{})", eased(change.ease, &share));
            let _ = write!(
                filter,
                "[s0]{FULL}[w0];[s1]{FULL}[w1];\
                 [w0][w1]overlay=x='round({x}*W*{left})':y='round({y}*H*{left})':format=yuv444,{end}"
            );
        }
    }
}

/// Times of frames from what is done of the transition, 0 to 1, in one second.
fn timed(done: &str) -> String {
    format!("settb=AVTB,setpts='{done}*1000000'")
}

/// To the colour while less than half is done, and then back from it.
fn through(filter: &mut String, color: Color, ease: Ease, canvas: Canvas<'_>) {
    let n = canvas.frames;
    let done = |frame: u32| ease.at(f64::from(frame) / f64::from(n));
    let down = (0..n).find(|frame| done(*frame) >= 0.5).unwrap_or(n);
    let (w, h, rate) = (canvas.format.width, canvas.format.height, canvas.rate());
    let to = timed(&format!("2*{}", eased(ease, &format!("(N/{n})"))));
    let back = timed(&format!("(2*{}-1)", eased(ease, &format!("((N+{down})/{n})"))));
    let begun = 2.0 * done(down) - 1.0;
    let _ = write!(
        filter,
        "color={}:s={w}x{h}:r={rate},format=gbrp,scale={EXACT}{TO_FILM},format=yuv444p,split[k0][k1];\
         [k0]{to}[k2];[k1]{back}[k3];\
         [s0]trim=end_frame={down},{FULL},{to}[w0];\
         [s1]trim=start_frame={down},setpts=PTS-STARTPTS,{FULL},{back}[w1];\
         [w0][k2]xfade=transition=fade:duration=1:offset=0,trim=end_frame={down},{numbered}[w2];\
         [k3][w1]xfade=transition=fade:duration=1:offset=-{begun:.9},trim=end_frame={up},{numbered}[w3];\
         [w2][w3]concat=n=2:v=1:a=0,",
        written(color),
        numbered = canvas.numbered(),
        up = n - down,
    );
}
