//! Shapes of pictures.

use serde::{Deserialize, Serialize};

/// Width to height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Aspect {
    /// Landscape, the shape of a screen.
    #[default]
    #[serde(rename = "16:9")]
    Wide,
    /// Portrait, the shape of a phone.
    #[serde(rename = "9:16")]
    Tall,
    /// Square.
    #[serde(rename = "1:1")]
    Square,
    /// Portrait, as feeds show it.
    #[serde(rename = "4:5")]
    Portrait,
}

/// A part of a picture: shares of its width and height, counted from the top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Aspect {
    /// The shape that a picture of so many pixels has, or comes nearest to.
    pub fn nearest(width: u32, height: u32) -> Self {
        let shape = f64::from(width) / f64::from(height.max(1));
        match shape {
            1.2.. => Self::Wide,
            0.9.. => Self::Square,
            0.7.. => Self::Portrait,
            _ => Self::Tall,
        }
    }

    /// Where burnt-in captions stand; cards leave it free. Players of tall films lay their own things over the
    /// picture: who made it, what it is called and what it plays over the lowest fifth and more, a column of buttons
    /// along the right edge. Captions stay clear of both.
    pub const fn captions(self) -> Area {
        match self {
            Self::Wide => Area { left: 0.134, top: 0.82, right: 0.866, bottom: 0.957 },
            Self::Square => Area { left: 0.071, top: 0.82, right: 0.929, bottom: 0.967 },
            Self::Portrait => Area { left: 0.066, top: 0.82, right: 0.934, bottom: 0.957 },
            Self::Tall => Area { left: 0.14, top: 0.655, right: 0.86, bottom: 0.76 },
        }
    }

    /// Width and height in even pixels for a given shorter side.
    pub fn size(self, short_side: u32) -> (u32, u32) {
        let even = |n: u32| n / 2 * 2;
        match self {
            Self::Wide => (even(short_side * 16 / 9), even(short_side)),
            Self::Tall => (even(short_side), even(short_side * 16 / 9)),
            Self::Square => (even(short_side), even(short_side)),
            Self::Portrait => (even(short_side), even(short_side * 5 / 4)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_the_usual_ones() {
        assert_eq!(Aspect::Wide.size(1080), (1920, 1080));
        assert_eq!(Aspect::Tall.size(1080), (1080, 1920));
        assert_eq!(Aspect::Square.size(1081), (1080, 1080));
        assert_eq!(Aspect::Portrait.size(1080), (1080, 1350));
    }

    #[test]
    fn sizes_have_their_own_shape() {
        for aspect in [Aspect::Wide, Aspect::Tall, Aspect::Square, Aspect::Portrait] {
            for short in [480, 720, 1080, 2160] {
                let (width, height) = aspect.size(short);
                assert_eq!(Aspect::nearest(width, height), aspect);
            }
        }
        assert_eq!(Aspect::nearest(854, 480), Aspect::Wide);
    }

    #[test]
    fn captions_are_in_the_middle_and_clear_of_what_players_lay_over_tall_films() {
        for aspect in [Aspect::Wide, Aspect::Tall, Aspect::Square, Aspect::Portrait] {
            let area = aspect.captions();
            assert!((area.left + area.right - 1.0).abs() < 1e-9 && area.top < area.bottom && area.bottom < 1.0);
        }
        let tall = Aspect::Tall.captions();
        assert!(tall.bottom <= 0.76 && tall.right <= 0.86);
    }
}
