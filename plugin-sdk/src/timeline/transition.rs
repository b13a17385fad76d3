//! How one clip becomes the next.

use serde::{Deserialize, Serialize};

use super::Color;
use crate::roles::is_default;

/// How one clip becomes the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Its look.
    pub look: TransitionLook,
    /// Frames before the cut.
    pub in_frames: u32,
    /// Frames after the cut.
    pub out_frames: u32,
    /// How it gathers speed and loses it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ease: Ease,
    /// The colour of `fade_color`; none: black.
    #[serde(default, skip_serializing_if = "is_default")]
    pub color: Option<Color>,
}

/// The look of a transition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransitionLook {
    /// None: a hard cut.
    #[default]
    Cut,
    /// One fades into the other.
    Dissolve,
    /// Through black.
    FadeBlack,
    /// Through white.
    FadeWhite,
    /// Through a colour.
    FadeColor,
    /// Through grey: the colours go and come back.
    FadeGrays,
    /// The next pushes the last out to the left.
    SlideLeft,
    /// The next pushes the last out to the right.
    SlideRight,
    /// The next pushes the last out to the top.
    SlideUp,
    /// The next pushes the last out to the bottom.
    SlideDown,
    /// The next comes in from the right, over the last.
    CoverLeft,
    /// The next comes in from the left, over the last.
    CoverRight,
    /// The next comes in from below, over the last.
    CoverUp,
    /// The next comes in from above, over the last.
    CoverDown,
    /// An edge travels from right to left.
    WipeLeft,
    /// An edge travels from left to right.
    WipeRight,
    /// An edge travels from the bottom to the top.
    WipeUp,
    /// An edge travels from the top to the bottom.
    WipeDown,
    /// A soft edge travels from right to left.
    SmoothLeft,
    /// A soft edge travels from left to right.
    SmoothRight,
    /// The last grows towards the viewer and goes over into the next.
    Zoom,
    /// The last blurs sideways, the next gets sharp.
    Blur,
    /// The next in a growing circle.
    CircleOpen,
    /// The last in a shrinking circle.
    CircleClose,
    /// A hand goes around like that of a clock.
    Radial,
    /// Coarse blocks.
    Pixelize,
    /// The last parts in the middle like a curtain.
    Curtain,
    /// The last is squeezed flat.
    Squeeze,
}

impl TransitionLook {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::Cut,
        Self::Dissolve,
        Self::FadeBlack,
        Self::FadeWhite,
        Self::FadeColor,
        Self::FadeGrays,
        Self::SlideLeft,
        Self::SlideRight,
        Self::SlideUp,
        Self::SlideDown,
        Self::CoverLeft,
        Self::CoverRight,
        Self::CoverUp,
        Self::CoverDown,
        Self::WipeLeft,
        Self::WipeRight,
        Self::WipeUp,
        Self::WipeDown,
        Self::SmoothLeft,
        Self::SmoothRight,
        Self::Zoom,
        Self::Blur,
        Self::CircleOpen,
        Self::CircleClose,
        Self::Radial,
        Self::Pixelize,
        Self::Curtain,
        Self::Squeeze,
    ];
}

/// How a movement gathers speed and loses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ease {
    /// Evenly.
    #[default]
    Linear,
    /// Slowly at first.
    In,
    /// Slowly at last.
    Out,
    /// Slowly at first and at last.
    InOut,
}

impl Ease {
    /// How much of the way is done after a share of the time, both 0 to 1.
    pub fn at(self, time: f64) -> f64 {
        match self {
            Self::Linear => time,
            Self::In => time * time,
            Self::Out => time * (2.0 - time),
            Self::InOut => time * time * (3.0 - 2.0 * time),
        }
    }
}
