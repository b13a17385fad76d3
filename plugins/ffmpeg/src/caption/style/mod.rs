//! Captions of a style: its fonts ([`faces`]), its lengths ([`sheet`]), its words ([`words`]), where they stand ([`set`])
//! and how they are drawn ([`draw`]). Pure, but for a font file that is read.

pub mod draw;
pub mod faces;
pub mod set;
pub mod sheet;
pub mod words;

use studio_plugin_sdk::{
    blob::Blob,
    caption::{CaptionKind, CaptionLook, CaptionStyle},
    error::{Result, StageError},
    prelude::Cx,
    roles::render::RenderRequest,
    timeline::Timeline,
};

use faces::Faces;

/// The name of captions without a style.
const NONE: &str = "default";

/// A style and its fonts.
pub struct Dressed {
    /// The style.
    pub style: CaptionStyle,
    /// Its fonts.
    pub faces: Faces,
    /// The film has a second language.
    pub two: bool,
}

/// What of a style decides how words are drawn that are chosen already: the part of it that pieces of a film hold.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The style.
    pub style: CaptionStyle,
    /// The film has a second language.
    pub two: bool,
}

impl Dressed {
    /// What pieces hold of it: another keyword is none of those in which it is not said.
    pub fn drawn(&self) -> Drawn {
        let plain = CaptionStyle::default();
        let second = if self.two { self.style.second.clone() } else { plain.second };
        let (keywords, words, uppercase, emoji) = (Vec::new(), 0, false, plain.emoji);
        Drawn { style: CaptionStyle { keywords, words, uppercase, emoji, second, ..self.style.clone() }, two: self.two }
    }

    /// What a request says; none: captions look as they do without a style.
    ///
    /// # Errors
    /// `caption.style` and `caption.font`, with the field.
    pub fn of(cx: &Cx, request: &RenderRequest, timeline: &Timeline) -> Result<Option<Self>> {
        Self::with(request, timeline, &|blob| cx.read_blob(blob))
    }

    /// The same, with another way to read the font file.
    ///
    /// # Errors
    /// As above.
    pub fn with(
        request: &RenderRequest,
        timeline: &Timeline,
        read: &dyn Fn(&Blob) -> Result<Vec<u8>>,
    ) -> Result<Option<Self>> {
        let two = timeline.tracks.iter().flat_map(|track| track.clips()).any(|(_, clip)| !clip.translation.is_empty());
        let Some(style) = style(request)?.or_else(|| two.then(boxed)) else { return Ok(None) };
        style.validate()?;
        Ok(Some(Self { faces: Faces::load(&style, read)?, style, two }))
    }
}

/// A request's style.
///
/// # Errors
/// `caption.style`: it is a name for which nothing was put in.
pub fn style(request: &RenderRequest) -> Result<Option<CaptionStyle>> {
    match &request.caption_style {
        None => Ok(None),
        Some(CaptionLook::Style(style)) => Ok(Some((**style).clone())),
        Some(CaptionLook::Name(name)) if name.is_empty() || name == NONE => Ok(None),
        Some(CaptionLook::Name(name)) => {
            let message = format!("The style {name:?} was not put in. Give the style itself.");
            Err(StageError::invalid("caption_style", message).code("caption.style"))
        }
    }
}

/// How two languages look where no style says so.
fn boxed() -> CaptionStyle {
    CaptionStyle { kind: CaptionKind::Boxed, ..CaptionStyle::default() }
}
