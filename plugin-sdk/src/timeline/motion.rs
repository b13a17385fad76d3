//! Ways in which pictures move while they are seen, by name.

use serde::{Deserialize, Serialize};

use super::{CropKey, Ease, Rect};

/// Share of a picture that is left for it to move in.
const ROOM: f64 = 0.12;

/// How a picture moves while it is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// Not at all.
    #[default]
    None,
    /// Nearer.
    ZoomIn,
    /// Further away.
    ZoomOut,
    /// The view goes to the left.
    PanLeft,
    /// The view goes to the right.
    PanRight,
    /// The view goes up.
    PanUp,
    /// The view goes down.
    PanDown,
}

impl Motion {
    /// What is seen of a picture in `frames` frames: keys of its crop path.
    pub fn path(self, frames: u32) -> Vec<CropKey> {
        let part = |x: f64, y: f64| Rect { x: x * ROOM, y: y * ROOM, width: 1.0 - ROOM, height: 1.0 - ROOM };
        let (from, to) = match self {
            Self::None => return Vec::new(),
            Self::ZoomIn => (Rect::WHOLE, part(0.5, 0.5)),
            Self::ZoomOut => (part(0.5, 0.5), Rect::WHOLE),
            Self::PanLeft => (part(1.0, 0.5), part(0.0, 0.5)),
            Self::PanRight => (part(0.0, 0.5), part(1.0, 0.5)),
            Self::PanUp => (part(0.5, 1.0), part(0.5, 0.0)),
            Self::PanDown => (part(0.5, 0.0), part(0.5, 1.0)),
        };
        let key = |frame, rect| CropKey { frame, rect, ease: Ease::Linear };
        vec![key(0, from), key(frames.saturating_sub(1).max(1), to)]
    }
}
