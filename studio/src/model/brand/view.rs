//! A brand as scripts see it: every part in the form in which a stage takes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    caption::CaptionStyle,
    card::CardLook,
    roles::{image::Image, render::MusicBed},
};

use super::{BrandClip, BrandColors, BrandFile, BrandMark, BrandVersion, Corner, MarkTime};

/// How long a picture is seen that does not say so, in seconds.
const SECONDS: f64 = 3.0;

/// A brand, at the version that the project uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Brand")]
pub struct BrandView {
    /// Its name.
    pub name: String,
    /// The version.
    pub version: u32,
    /// Its colours.
    #[serde(default)]
    pub colors: BrandColors,
    /// How cards look, for `image { look = … }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cards: Option<CardLook>,
    /// How captions look, in its colours and fonts, for `render { caption_style = … }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<CaptionStyle>,
    /// Its logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<MarkView>,
    /// Its watermark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<MarkView>,
    /// What comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<ClipView>,
    /// What comes last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outro: Option<ClipView>,
    /// Music, for `render { music = … }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music: Option<MusicBed>,
    /// Its tone of voice; empty: it has none.
    #[serde(default)]
    pub tone: String,
}

/// A picture over a film. Lengths are shares of the frame's shorter side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BrandMark")]
pub struct MarkView {
    /// The picture.
    pub picture: Image,
    /// Where it stands.
    pub corner: Corner,
    /// How high it is.
    pub height: f64,
    /// How far from the edges of what platforms leave free.
    pub margin: f64,
    /// How much of it is seen, 0 to 1.
    pub opacity: f64,
    /// When it is seen.
    pub when: MarkTime,
}

/// A picture or film before or after all scenes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BrandClip")]
pub struct ClipView {
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Image>,
    /// A film, instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<Blob>,
    /// How long it is seen.
    pub seconds: f64,
    /// The film's own sound is heard.
    pub sound: bool,
}

impl BrandVersion {
    /// As scripts see it, with captions that look so.
    pub fn view(&self, captions: Option<CaptionStyle>) -> BrandView {
        let kit = &self.kit;
        BrandView {
            name: self.name.clone(),
            version: self.version,
            colors: kit.colors.clone(),
            cards: kit.cards(),
            captions,
            logo: kit.logo.as_ref().map(|mark| mark.view(Corner::TopRight, 0.09, 1.0)),
            watermark: kit.watermark.as_ref().map(|mark| mark.view(Corner::Middle, 0.3, 0.12)),
            intro: kit.intro.as_ref().map(BrandClip::view),
            outro: kit.outro.as_ref().map(BrandClip::view),
            music: kit.music.as_ref().map(|music| MusicBed {
                audio: music.file.blob.clone(),
                gain_db: music.gain_db,
                fade_in: music.fade_in,
                fade_out: music.fade_out,
                ..MusicBed::default()
            }),
            tone: kit.tone.clone(),
        }
    }
}

impl BrandMark<BrandFile> {
    fn view(&self, corner: Corner, height: f64, opacity: f64) -> MarkView {
        MarkView {
            picture: self.file.image(),
            corner: self.corner.unwrap_or(corner),
            height: self.height.unwrap_or(height),
            margin: self.margin.unwrap_or(0.0),
            opacity: self.opacity.unwrap_or(opacity),
            when: self.when,
        }
    }
}

impl BrandClip<BrandFile> {
    fn view(&self) -> ClipView {
        let is_film = self.file.seconds.is_some();
        ClipView {
            picture: (!is_film).then(|| self.file.image()),
            video: is_film.then(|| self.file.blob.clone()),
            seconds: self.seconds.or(self.file.seconds).unwrap_or(SECONDS),
            sound: is_film && !self.silent,
        }
    }
}

impl BrandFile {
    fn image(&self) -> Image {
        let (width, height) = (self.width.unwrap_or(1), self.height.unwrap_or(1));
        Image { image: self.blob.clone(), width, height, ..Image::default() }
    }
}
