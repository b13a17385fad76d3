//! A film's captions: when they are up ([`timing`]), whether they say what is said ([`words`]), where they stand and
//! whether they can be drawn ([`place`]). Read from SubRip or WebVTT ([`read`]).

mod place;
mod read;
mod timing;
mod words;

use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::Cx,
    roles::{
        rank::Span,
        render::{CaptionMode, Film},
        verify::{Check, StreamFacts},
    },
};

use super::{
    known::Known,
    report::{fail, skipped},
};

use crate::caption::style::{Dressed, faces::Faces};

/// Largest caption file.
const LARGEST: u64 = 16 << 20;
/// All checks of captions, for a film that has none.
const NAMES: [&str; 5] = ["caption_times", "caption_speed", "caption_words", "safe_area", "glyphs"];

/// A caption of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cue {
    /// When it appears, in seconds.
    pub start: f64,
    /// When it goes, in seconds.
    pub end: f64,
    /// Its lines, without marks.
    pub lines: Vec<String>,
}

impl Cue {
    fn span(&self) -> Span {
        Span { start: self.start, end: self.end.max(self.start) }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().flat_map(|line| line.split_whitespace())
    }

    fn chars(&self) -> usize {
        self.lines.iter().map(|line| line.chars().count()).sum()
    }
}

/// A film's captions; none: it has no file of them.
///
/// # Errors
/// `invalid_input`: the file is no text, or far too long.
pub fn cues(cx: &Cx, film: &Film) -> Result<Option<read::File>> {
    let file = |name: &'static str, blob: &Option<Blob>| blob.clone().map(|blob| (name, blob));
    let Some((name, blob)) = file("film.srt", &film.srt).or_else(|| file("film.vtt", &film.vtt)) else {
        return Ok(None);
    };
    if blob.bytes > LARGEST {
        return Err(StageError::invalid(name, "A caption file has at most 16 MB."));
    }
    let text = String::from_utf8(cx.read_blob(&blob)?)
        .map_err(|_| StageError::invalid(name, "The caption file is not UTF-8 text. Save it as UTF-8."))?;
    Ok(Some(read::file(&text)))
}

/// Checks captions.
pub fn checks(file: Option<&read::File>, facts: &StreamFacts, known: &Known, dressed: Option<&Dressed>) -> Vec<Check> {
    let all = |why: &str| NAMES.iter().map(|name| skipped(name, why)).collect();
    let Some(file) = file else {
        return match known.captions {
            Some(CaptionMode::Off) => all("the film has no captions, as was wanted"),
            Some(_) => {
                vec![fail("caption_times", "captions were wanted, and there is no file of them", "render it again")]
            }
            None if known.words.is_empty() => all("there are no captions"),
            None => all("there is no file of captions"),
        };
    };
    let end = if facts.seconds > 0.0 { facts.seconds } else { f64::INFINITY };
    vec![
        timing::times(file, end),
        timing::speed(&file.cues),
        words::check(&file.cues, &known.words, known.opened),
        place::safe_area(&file.cues, facts, known, dressed),
        place::glyphs(&file.cues, known, dressed),
    ]
}

/// How a film's captions are drawn; none: as they are without a style.
///
/// # Errors
/// `caption.style` and `caption.font`, where the film's data is not as `render` gives it.
pub fn dressed(cx: &Cx, film: &Film, known: &Known) -> Result<Option<Dressed>> {
    let Some(style) = &film.caption_style else { return Ok(None) };
    style.validate()?;
    let faces = Faces::load(style, &|blob| cx.read_blob(blob))?;
    Ok(Some(Dressed { style: (**style).clone(), faces, two: known.two }))
}
