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

impl Aspect {
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
}
