//! Named colour schemes. Every pair that text may stand on has a contrast of at least 4.5 (tested).

use studio_plugin_sdk::{card::CardLook, timeline::Color};

use crate::error::CardError;

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// What a mark is coloured as; the palette says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// The ground. Also text on an accent.
    Ground,
    /// Large shapes and panels, close to the ground.
    Surface,
    /// Hairlines.
    Line,
    /// Text.
    Text,
    /// Text of less weight.
    Muted,
    /// What is stressed.
    Accent,
    /// A second accent: strings and numbers in code.
    Second,
}

/// Which family headings are set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Source Serif 4 Display.
    Serif,
    /// Inter Display.
    Sans,
}

/// A colour scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What `style` calls it.
    pub name: &'static str,
    /// The headings' family.
    pub heading: Heading,
    ground: u32,
    surface: u32,
    line: u32,
    text: u32,
    muted: u32,
    accent: u32,
    second: u32,
}

/// How far surfaces and hairlines of a ground of one's own go towards its text.
const SURFACE: f64 = 0.06;
const LINE: f64 = 0.2;
/// Contrast of text that is read well, and the least of large type.
const READ_WELL: f64 = 4.5;
const LEGIBLE: f64 = 3.0;

/// All schemes; the first is the default.
pub const PALETTES: [Palette; 9] = [
    Palette {
        name: "ink",
        heading: Heading::Serif,
        ground: 0x0F_15_1B,
        surface: 0x18_21_29,
        line: 0x2F_3A_44,
        text: 0xF4_EF_E6,
        muted: 0x9D_A9_B2,
        accent: 0xFF_8A_5B,
        second: 0x8F_D3_C1,
    },
    Palette {
        name: "paper",
        heading: Heading::Serif,
        ground: 0xF7_F2_E8,
        surface: 0xEE_E6_D6,
        line: 0xD5_C9_B4,
        text: 0x1E_1B_17,
        muted: 0x66_5D_50,
        accent: 0xB0_2F_1C,
        second: 0x1F_5E_5B,
    },
    Palette {
        name: "forest",
        heading: Heading::Serif,
        ground: 0x0F_24_1C,
        surface: 0x17_31_27,
        line: 0x2E_4D_40,
        text: 0xF0_F3_E8,
        muted: 0xA3_B9_AB,
        accent: 0xE9_C4_5F,
        second: 0x9A_D4_B0,
    },
    Palette {
        name: "dusk",
        heading: Heading::Sans,
        ground: 0x21_19_33,
        surface: 0x2D_23_45,
        line: 0x48_3B_66,
        text: 0xF6_F0_FA,
        muted: 0xB9_AD_CC,
        accent: 0xFF_9E_7D,
        second: 0x9C_C9_FF,
    },
    Palette {
        name: "mist",
        heading: Heading::Sans,
        ground: 0xEE_F2_F4,
        surface: 0xE0_E7_EB,
        line: 0xC3_CF_D6,
        text: 0x14_20_2A,
        muted: 0x52_60_6C,
        accent: 0x0B_5C_A8,
        second: 0x8A_2F_6B,
    },
    Palette {
        name: "slate",
        heading: Heading::Sans,
        ground: 0x1C_1F_24,
        surface: 0x27_2B_31,
        line: 0x41_47_50,
        text: 0xF2_F4_F6,
        muted: 0xA4_AD_B8,
        accent: 0x5F_CB_EA,
        second: 0xF3_C9_69,
    },
    Palette {
        name: "clay",
        heading: Heading::Serif,
        ground: 0x72_2B_1D,
        surface: 0x80_35_26,
        line: 0x9C_53_42,
        text: 0xFD_F3_E7,
        muted: 0xEC_C9_B4,
        accent: 0xFF_CB_7D,
        second: 0xF6_D9_C4,
    },
    Palette {
        name: "sun",
        heading: Heading::Sans,
        ground: 0xF8_CB_46,
        surface: 0xFA_D7_6B,
        line: 0xD3_A5_24,
        text: 0x1B_17_07,
        muted: 0x57_47_0C,
        accent: 0x8E_1B_17,
        second: 0x15_42_6B,
    },
    Palette {
        name: "chalk",
        heading: Heading::Sans,
        ground: 0xFF_FF_FF,
        surface: 0xF3_F3_F1,
        line: 0xD6_D6_D2,
        text: 0x11_11_11,
        muted: 0x5F_5F_5C,
        accent: 0xC4_22_3B,
        second: 0x1D_4E_9E,
    },
];

impl Palette {
    /// The scheme of that name; the default for an empty one.
    pub fn named(name: &str) -> Result<Self, CardError> {
        if name.is_empty() {
            return Ok(PALETTES[0]);
        }
        PALETTES.into_iter().find(|p| p.name == name).ok_or_else(|| {
            let known: Vec<&str> = PALETTES.iter().map(|p| p.name).collect();
            let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            CardError::Invalid {
                field: "style",
                code: "cards.style",
                message: format!("no palette is called “{shown}”; use one of {}", known.join(", ")),
            }
        })
    }

    /// This one with colours of its own. Shades between text and ground follow them.
    #[must_use]
    pub fn dressed(self, look: &CardLook) -> Self {
        let own = |color: Option<Color>, named: u32| color.map_or(named, number);
        let (ground, text) = (own(look.background, self.ground), own(look.text, self.text));
        let mut dressed = Self { ground, text, ..self };
        if (ground, text) != (self.ground, self.text) {
            let shade = |share| number_of(mixed(bytes(ground), bytes(text), share));
            (dressed.surface, dressed.line) = (shade(SURFACE), shade(LINE));
            dressed.muted = muted(ground, text);
        }
        dressed.accent = own(look.accent, if look.background.is_some() { text } else { self.accent });
        dressed.second = own(look.second, if look.background.is_some() { dressed.accent } else { self.second });
        dressed
    }

    /// Tones of words that cannot be read well on the ground, with their contrast.
    pub fn faint(&self) -> Vec<(Tone, f64)> {
        let on_ground = |tone| (tone, contrast(self.rgb(tone), self.rgb(Tone::Ground)));
        [Tone::Text, Tone::Accent].map(on_ground).into_iter().filter(|(_, contrast)| *contrast < LEGIBLE).collect()
    }

    /// The colour of a tone.
    pub fn rgb(&self, tone: Tone) -> Rgb {
        bytes(match tone {
            Tone::Ground => self.ground,
            Tone::Surface => self.surface,
            Tone::Line => self.line,
            Tone::Text => self.text,
            Tone::Muted => self.muted,
            Tone::Accent => self.accent,
            Tone::Second => self.second,
        })
    }
}

fn bytes(number: u32) -> Rgb {
    let [_, r, g, b] = number.to_be_bytes();
    [r, g, b]
}

fn number_of([r, g, b]: Rgb) -> u32 {
    u32::from_be_bytes([0, r, g, b])
}

fn number(color: Color) -> u32 {
    number_of([color.red, color.green, color.blue])
}

/// A colour on the way from one to the other.
fn mixed(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let channel = |i: usize| f64::from(from[i]) + (f64::from(to[i]) - f64::from(from[i])) * share;
    [0, 1, 2].map(|i| channel(i).round() as u8)
}

/// Text of less weight: as far towards the ground as it is still read well.
fn muted(ground: u32, text: u32) -> u32 {
    let (ground, text) = (bytes(ground), bytes(text));
    let surface = mixed(ground, text, SURFACE);
    let shades = (0..=40).rev().map(|percent| mixed(text, ground, f64::from(percent) / 100.0));
    let read_well = |shade: &Rgb| contrast(*shade, surface) >= READ_WELL;
    number_of(shades.into_iter().find(read_well).unwrap_or(text))
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let color = |[red, green, blue]: Rgb| Color::opaque(red, green, blue);
    color(a).contrast(color(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_legible_on_everything_it_stands_on() {
        for p in PALETTES {
            for below in [Tone::Ground, Tone::Surface] {
                for text in [Tone::Text, Tone::Muted, Tone::Accent, Tone::Second] {
                    let got = contrast(p.rgb(text), p.rgb(below));
                    assert!(got >= 4.5, "{}: {text:?} on {below:?} has {got:.2}", p.name);
                }
            }
        }
    }

    #[test]
    fn scripts_know_the_same_colours() {
        let lua = include_str!("../../../scripts/lib/palettes.lua");
        for p in PALETTES {
            let Palette { name, ground, accent, line, .. } = p;
            let row = format!(
                "{name} = {{ ground = \"#{ground:06x}\", accent = \"#{accent:06x}\", line = \"#{line:06x}\" }},"
            );
            assert!(lua.contains(&row), "{row}");
        }
    }

    #[test]
    fn colours_of_ones_own_have_shades_that_go_with_them() {
        let color = |number: u32| {
            let [r, g, b] = bytes(number);
            Some(Color::opaque(r, g, b))
        };
        let look = CardLook { background: color(0x0A_2A_43), text: color(0xFF_FF_FF), ..CardLook::default() };
        let plain = PALETTES[0].dressed(&look);
        assert_eq!((plain.rgb(Tone::Ground), plain.rgb(Tone::Text)), ([0x0A, 0x2A, 0x43], [0xFF; 3]));
        // Nobody said what is stressed: a palette's accent may not go with that ground.
        assert_eq!((plain.rgb(Tone::Accent), plain.rgb(Tone::Second)), ([0xFF; 3], [0xFF; 3]));
        for text in [Tone::Text, Tone::Muted] {
            assert!(contrast(plain.rgb(text), plain.rgb(Tone::Surface)) >= READ_WELL, "{text:?}");
        }
        assert_eq!(plain.faint(), []);
        let accent = CardLook { accent: color(0x12_34_56), ..CardLook::default() };
        let ink = PALETTES[0].dressed(&accent);
        assert_eq!(Palette { accent: PALETTES[0].accent, ..ink }, PALETTES[0]);
        assert!(matches!(ink.faint()[..], [(Tone::Accent, contrast)] if contrast < LEGIBLE));
    }

    #[test]
    fn unknown_names_are_refused_with_the_list() {
        assert_eq!(Palette::named("").unwrap().name, "ink");
        let message = Palette::named("neon\u{7}").unwrap_err().to_string();
        assert!(message.contains("neon") && message.contains("paper") && !message.contains('\u{7}'), "{message}");
    }
}
