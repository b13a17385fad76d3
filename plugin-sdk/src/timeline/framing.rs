//! How a picture stands in the frame: how it fills its place, which part of it is seen, how much of what is behind it.

use serde::{Deserialize, Serialize};

use super::Ease;
use crate::roles::is_default;

/// How a picture stands in the frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Framing {
    /// How it fills its place where it has another shape; none: `blurred` for the picture, `contain` for overlays.
    #[serde(skip_serializing_if = "is_default")]
    pub fit: Option<Fit>,
    /// Which part of it is seen, key-framed: with two keys it moves from one rectangle to the other (Ken Burns). Empty:
    /// the whole of it.
    #[serde(skip_serializing_if = "is_default")]
    pub crop: Vec<CropKey>,
    /// Its place in the frame; none: all of it.
    #[serde(skip_serializing_if = "is_default")]
    pub place: Option<Rect>,
    /// How much of it is seen, key-framed; empty: all of it.
    #[serde(skip_serializing_if = "is_default")]
    pub opacity: Vec<OpacityKey>,
    /// Frames in which it appears at its start.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_in: u32,
    /// Frames in which it goes at its end.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_out: u32,
    /// How it is mixed with what is behind it.
    #[serde(skip_serializing_if = "is_default")]
    pub blend: Blend,
}

impl Framing {
    /// How much of it is seen in frame `frame` of a clip of `frames` frames, 0 to 1.
    pub fn opacity_at(&self, frame: u32, frames: u32) -> f64 {
        let up = if frame < self.fade_in { f64::from(frame) / f64::from(self.fade_in) } else { 1.0 };
        let left = frames.saturating_sub(1 + frame);
        let down = if left < self.fade_out { f64::from(left) / f64::from(self.fade_out) } else { 1.0 };
        keyed(&self.opacity, frame) * up.min(down)
    }
}

/// The value between two keys; that of the first key before it, that of the last after it.
fn keyed(keys: &[OpacityKey], frame: u32) -> f64 {
    let next = keys.partition_point(|key| key.frame <= frame);
    match (next.checked_sub(1).map(|i| keys[i]), keys.get(next)) {
        (Some(a), Some(b)) => {
            let share = f64::from(frame - a.frame) / f64::from(b.frame - a.frame);
            a.opacity + (b.opacity - a.opacity) * share
        }
        (Some(key), None) => key.opacity,
        (None, Some(key)) => key.opacity,
        (None, None) => 1.0,
    }
}

/// How a picture fills a place of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// All of it, over a blurred and darkened enlargement of itself.
    #[default]
    Blurred,
    /// It fills the place; what stands out is cut off.
    Cover,
    /// All of it; the rest stays as it is behind it, black behind the picture.
    Contain,
    /// Stretched or squeezed to the place.
    Stretch,
}

/// A rectangle in shares of a picture or frame: `x` and `y` are its upper left corner, all of it is 0, 0, 1, 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// All of it.
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
}

/// What is seen of a picture from a frame on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CropKey {
    /// The clip's frame.
    pub frame: u32,
    /// The part that is seen, in shares of the picture.
    pub rect: Rect,
    /// How it moves on to the next key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ease: Ease,
}

/// How much of a picture is seen at a frame; between keys it changes evenly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpacityKey {
    /// The clip's frame.
    pub frame: u32,
    /// 0 (nothing) to 1 (all of it).
    pub opacity: f64,
}

/// How a picture is mixed with what is behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// It hides it.
    #[default]
    Normal,
    /// Darker: white is not seen.
    Multiply,
    /// Lighter: black is not seen.
    Screen,
    /// More contrast: grey is not seen.
    Overlay,
    /// Its light is added.
    Add,
    /// The darker of both.
    Darken,
    /// The lighter of both.
    Lighten,
    /// The difference of both.
    Difference,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opacity_goes_from_key_to_key_and_fades_at_the_ends() {
        let key = |frame, opacity| OpacityKey { frame, opacity };
        let framing = Framing { opacity: vec![key(10, 1.0), key(20, 0.5)], fade_in: 4, ..Framing::default() };
        let percent = |framing: &Framing, frame| (framing.opacity_at(frame, 40) * 100.0).round() as u32;
        assert_eq!([0, 2, 4, 15, 30].map(|frame| percent(&framing, frame)), [0, 50, 100, 75, 50]);
        let fading = Framing { fade_out: 10, ..Framing::default() };
        assert_eq!([29, 34, 39].map(|frame| percent(&fading, frame)), [100, 50, 0]);
    }
}
