//! The parts of a picture over which players and platforms lay nothing of their own.

use serde::{Deserialize, Serialize};

use crate::aspect::{Area, Aspect};

/// A part of a picture that stays free of what is laid over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SafeArea {
    /// That of the platforms which show films of the picture's shape; captions at the bottom are where cards leave
    /// room for them.
    #[default]
    Auto,
    /// YouTube and other players of wide films.
    Youtube,
    /// YouTube Shorts.
    Shorts,
    /// Instagram Reels.
    Reels,
    /// TikTok.
    Tiktok,
    /// Square posts.
    Square,
    /// Feeds, 4:5.
    Feed,
    /// All of the picture but a thin edge.
    Whole,
}

impl SafeArea {
    /// The part of the picture: shares of its width and height. Shares of tall films are of 1080 × 1920: TikTok lays
    /// its things over 150 pixels at the top, 370 at the bottom and 150 at the right; Reels over 220, 450 and 140;
    /// Shorts over 154, 451 and 140.
    pub const fn area(self, aspect: Aspect) -> Area {
        match self {
            Self::Auto => match aspect {
                Aspect::Wide => Self::Youtube.area(aspect),
                Aspect::Tall => Area { left: 0.06, top: 0.115, right: 0.86, bottom: 0.76 },
                Aspect::Square => Self::Square.area(aspect),
                Aspect::Portrait => Self::Feed.area(aspect),
            },
            Self::Youtube | Self::Feed => Area { left: 0.05, top: 0.05, right: 0.95, bottom: 0.957 },
            Self::Shorts => Area { left: 0.06, top: 0.08, right: 0.87, bottom: 0.765 },
            Self::Reels => Area { left: 0.06, top: 0.115, right: 0.87, bottom: 0.765 },
            Self::Tiktok => Area { left: 0.06, top: 0.08, right: 0.86, bottom: 0.807 },
            Self::Square => Area { left: 0.05, top: 0.05, right: 0.95, bottom: 0.967 },
            Self::Whole => Area { left: 0.02, top: 0.02, right: 0.98, bottom: 0.98 },
        }
    }

    /// The part of it that lies evenly around the picture's middle, where captions stand.
    pub fn centred(self, aspect: Aspect) -> Area {
        let area = self.area(aspect);
        let half = (0.5 - area.left).min(area.right - 0.5);
        Area { left: 0.5 - half, right: 0.5 + half, ..area }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_safe_by_itself_is_safe_on_every_platform_of_the_shape() {
        let auto = SafeArea::Auto.area(Aspect::Tall);
        for platform in [SafeArea::Shorts, SafeArea::Reels, SafeArea::Tiktok] {
            let area = platform.area(Aspect::Tall);
            assert!(area.left <= auto.left && area.top <= auto.top, "{platform:?}");
            assert!(area.right >= auto.right && area.bottom >= auto.bottom, "{platform:?}");
        }
        for aspect in [Aspect::Wide, Aspect::Tall, Aspect::Square, Aspect::Portrait] {
            let area = SafeArea::Auto.centred(aspect);
            assert!((area.left + area.right - 1.0).abs() < 1e-9);
            assert!((area.bottom - aspect.captions().bottom).abs() < 1e-9, "{aspect:?}");
        }
    }
}
