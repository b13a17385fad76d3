//! Brands: the looks and sounds that all films of somebody share. Data alone: a kit says what there is, its versions
//! never change, and a project names the one that it uses. [`look`] says what becomes of colours and fonts.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{blob::Blob, caption::CaptionLook, timeline::Color};

mod look;
mod validate;
mod view;

pub use validate::BrandError;
pub use view::{BrandView, ClipView};

/// Longest name of a brand, in characters.
const MOST_NAME: usize = 60;

/// What a brand is made of. `F` is how its files are named: by path in a folder, by content where it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, bound(deserialize = "F: Deserialize<'de>"))]
#[schemars(rename = "BrandKit")]
pub struct BrandKit<F = BrandFile> {
    /// What it is for, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Its tone of voice: a text for the models that write.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tone: String,
    /// How captions look: the name of a style, or a style; it takes the brand's colours and fonts where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captions: Option<CaptionLook>,
    /// Its colours.
    #[serde(skip_serializing_if = "BrandColors::is_empty")]
    pub colors: BrandColors,
    /// Its fonts.
    #[serde(skip_serializing_if = "BrandFonts::is_empty")]
    pub fonts: BrandFonts<F>,
    /// Its logo, in a corner of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<BrandMark<F>>,
    /// A second mark, faint and in the middle where it does not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<BrandMark<F>>,
    /// What comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intro: Option<BrandClip<F>>,
    /// What comes last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outro: Option<BrandClip<F>>,
    /// Music under films that have none of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub music: Option<BrandMusic<F>>,
}

// By hand: files need no default.
impl<F> Default for BrandKit<F> {
    fn default() -> Self {
        Self {
            help: String::new(),
            tone: String::new(),
            captions: None,
            colors: BrandColors::default(),
            fonts: BrandFonts::default(),
            logo: None,
            watermark: None,
            intro: None,
            outro: None,
            music: None,
        }
    }
}

/// A brand's colours, `#rrggbb` each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BrandColors {
    /// The colour that it is known by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<Color>,
    /// The one beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<Color>,
    /// What is stressed; none: the primary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<Color>,
    /// What text stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Color>,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Color>,
}

/// A brand's fonts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, bound(deserialize = "F: Deserialize<'de>"))]
#[schemars(rename = "BrandFonts")]
pub struct BrandFonts<F> {
    /// That of headings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<BrandFont<F>>,
    /// That of all other words, also of captions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BrandFont<F>>,
}

impl<F> Default for BrandFonts<F> {
    fn default() -> Self {
        Self { heading: None, body: None }
    }
}

/// A font: a family, or a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "F: Deserialize<'de>"))]
#[schemars(rename = "BrandFont")]
pub struct BrandFont<F> {
    /// `inter`, `serif`, `mono`, or the name of a font of this box, whose file is then kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// A TrueType or OpenType file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<F>,
}

/// A picture over the film. Lengths are shares of the frame's shorter side, so that it is as large in every shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BrandMark")]
pub struct BrandMark<F> {
    /// The picture: PNG, JPEG or WebP; what it lets through is seen.
    pub file: F,
    /// Where it stands; none: a logo at the top right, a watermark in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corner: Option<Corner>,
    /// How high it is, 0.02 to 1; none: a logo 0.09, a watermark 0.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<f64>,
    /// How far from the edges of what platforms leave free, 0 to 0.3; none: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// How much of it is seen, 0 to 1; none: of a logo all, of a watermark 0.12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opacity: Option<f64>,
    /// When it is seen.
    #[serde(default, skip_serializing_if = "MarkTime::is_always")]
    pub when: MarkTime,
}

/// Where a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Corner {
    /// At the upper left.
    TopLeft,
    /// At the upper right.
    TopRight,
    /// At the lower left.
    BottomLeft,
    /// At the lower right.
    BottomRight,
    /// In the middle.
    Middle,
}

/// When a mark is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkTime {
    /// From the first frame to the last.
    #[default]
    Always,
    /// Not over intro and outro.
    Scenes,
}

impl MarkTime {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    fn is_always(&self) -> bool {
        *self == Self::Always
    }
}

/// A picture or film before or after all scenes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BrandClip")]
pub struct BrandClip<F> {
    /// The file.
    pub file: F,
    /// How long it is seen, 0.5 to 120 s; none: a film in full, a picture for 3 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The sound of a film is not heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// Music under a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BrandMusic")]
pub struct BrandMusic<F> {
    /// The file.
    pub file: F,
    /// Louder or quieter than music usually is, in dB, −40 to 20.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gain_db: f64,
    /// Seconds in which it comes up.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fade_in: f64,
    /// Seconds in which it goes down at the film's end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fade_out: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// A file of a kept brand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its bytes.
    pub blob: Blob,
    /// Of a picture: pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of a picture: pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a film: its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// What a file of a kit is for, and so what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// A mark.
    Picture,
    /// An intro or outro.
    Clip,
    /// Music.
    Music,
    /// A font.
    Font,
}

impl BrandColors {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl<F> BrandFonts<F> {
    fn is_empty(&self) -> bool {
        self.heading.is_none() && self.body.is_none()
    }
}

impl<F> BrandKit<F> {
    /// The same kit with its files named otherwise: each with its field (`logo.file`) and what it is for.
    ///
    /// # Errors
    /// What `take` fails with.
    pub fn with_files<G, E>(
        self,
        mut take: impl FnMut(&'static str, FileUse, F) -> Result<G, E>,
    ) -> Result<BrandKit<G>, E> {
        let mut font = |field, font: Option<BrandFont<F>>| {
            let Some(BrandFont { family, file }) = font else { return Ok(None) };
            let file = file.map(|file| take(field, FileUse::Font, file)).transpose()?;
            Ok(Some(BrandFont { family, file }))
        };
        let fonts = BrandFonts {
            heading: font("fonts.heading.file", self.fonts.heading)?,
            body: font("fonts.body.file", self.fonts.body)?,
        };
        let mut mark = |field, mark: Option<BrandMark<F>>| {
            let Some(BrandMark { file, corner, height, margin, opacity, when }) = mark else { return Ok(None) };
            let file = take(field, FileUse::Picture, file)?;
            Ok(Some(BrandMark { file, corner, height, margin, opacity, when }))
        };
        let (logo, watermark) = (mark("logo.file", self.logo)?, mark("watermark.file", self.watermark)?);
        let mut clip = |field, clip: Option<BrandClip<F>>| {
            let Some(BrandClip { file, seconds, silent }) = clip else { return Ok(None) };
            Ok(Some(BrandClip { file: take(field, FileUse::Clip, file)?, seconds, silent }))
        };
        let (intro, outro) = (clip("intro.file", self.intro)?, clip("outro.file", self.outro)?);
        let music = match self.music {
            Some(BrandMusic { file, gain_db, fade_in, fade_out }) => {
                Some(BrandMusic { file: take("music.file", FileUse::Music, file)?, gain_db, fade_in, fade_out })
            }
            None => None,
        };
        let Self { help, tone, captions, colors, .. } = self;
        Ok(BrandKit { help, tone, captions, colors, fonts, logo, watermark, intro, outro, music })
    }

    /// Its files, in the order of [`Self::with_files`].
    pub fn files(&self) -> impl Iterator<Item = &F> {
        let fonts = [&self.fonts.heading, &self.fonts.body].into_iter().flatten().filter_map(|font| font.file.as_ref());
        let marks = [&self.logo, &self.watermark].into_iter().flatten().map(|mark| &mark.file);
        let clips = [&self.intro, &self.outro].into_iter().flatten().map(|clip| &clip.file);
        fonts.chain(marks).chain(clips).chain(self.music.iter().map(|music| &music.file))
    }
}

/// A version of a brand. It never changes: who edits a brand makes the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrandVersion {
    /// The brand's name.
    pub name: String,
    /// Its number, from 1; rising, and never given again.
    pub version: u32,
    /// When it was saved, in milliseconds since 1970.
    pub at_ms: i64,
    /// What it is made of.
    pub kit: BrandKit,
}

/// The version of a brand that a project uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrandUse {
    /// The brand's name.
    pub name: String,
    /// The version.
    pub version: u32,
}

impl fmt::Display for BrandUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// A brand as people name it: `acme` (its newest version), `acme@3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandName {
    /// The brand's name.
    pub name: String,
    /// The version; none: the newest.
    pub version: Option<u32>,
}

impl FromStr for BrandName {
    type Err = BrandError;

    fn from_str(text: &str) -> Result<Self, BrandError> {
        let (name, version) = match text.split_once('@') {
            None | Some((_, "newest")) => (text.split('@').next().unwrap_or_default(), None),
            Some((name, number)) => {
                let wrong = || BrandError::new("brand", format!("{number:?} is no version; write acme or acme@2"));
                (name, Some(number.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(wrong)?))
            }
        };
        let plain = |c: char| c == '-' || c == '_' || c.is_alphanumeric() && !c.is_uppercase();
        if name.is_empty() || name.chars().count() > MOST_NAME || !name.chars().all(plain) || name == "none" {
            let message = format!("{name:?} is no name of a brand; use small letters, digits, - and _, 60 at most");
            return Err(BrandError::new("brand", message));
        }
        Ok(Self { name: name.to_owned(), version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_named_with_or_without_its_version() {
        let read = |text: &str| text.parse::<BrandName>();
        assert_eq!(read("acme").unwrap(), BrandName { name: "acme".into(), version: None });
        assert_eq!(read("acme@newest").unwrap(), read("acme").unwrap());
        assert_eq!(read("acme-2@12").unwrap(), BrandName { name: "acme-2".into(), version: Some(12) });
        for bad in ["", "@", "@2", "acme@", "acme@0", "acme@x", "acme@1@2", "Acme", "a/b", "../x", "a b", "none"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(&"x".repeat(61)).is_err());
    }

    #[test]
    fn files_are_named_otherwise_and_all_else_stays() {
        let kit: BrandKit<String> = toml::from_str(
            r##"
            tone = "plain"
            captions = "karaoke"
            [colors]
            accent = "#ff7a00"
            [fonts.body]
            file = "a.ttf"
            [logo]
            file = "b.png"
            corner = "bottom_left"
            [outro]
            file = "c.png"
            [music]
            file = "d.mp3"
            "##,
        )
        .unwrap();
        let mut seen = Vec::new();
        let blobs = kit.clone().with_files(|field, _, file| {
            seen.push((field, file.clone()));
            Ok::<_, ()>(BrandFile { name: file, ..BrandFile::default() })
        });
        let blobs = blobs.unwrap();
        assert_eq!(
            seen.iter().map(|(field, _)| *field).collect::<Vec<_>>(),
            ["fonts.body.file", "logo.file", "outro.file", "music.file"]
        );
        assert_eq!(blobs.files().map(|file| &*file.name).collect::<Vec<_>>(), ["a.ttf", "b.png", "c.png", "d.mp3"]);
        let back = blobs.clone().with_files(|_, _, file| Ok::<_, ()>(file.name)).unwrap();
        assert_eq!(back, kit);
        // As it is kept, it reads back as it was.
        let json = serde_json::to_value(&blobs).unwrap();
        assert_eq!(serde_json::from_value::<BrandKit>(json).unwrap(), blobs);
    }
}
