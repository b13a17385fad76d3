//! Captions of clips: cues for the picture, in a clip's own time, and for the files beside the film.

use studio_plugin_sdk::{
    roles::{render::CaptionMode, tts::Word},
    timeline::{Timeline, TrackKind},
};

use super::{Plan, View};
use crate::{
    caption::{self, Cue, Token, cues::Limits, files, font::Font, look::Look},
    piece::frame_ms,
    preset::Format,
};

/// Cues that belong to no clip of the picture.
pub struct Spoken {
    /// The film's frame from which they count.
    pub start: u32,
    /// Their clip's length.
    pub frames: u32,
    /// In their clip's time.
    pub cues: Vec<Cue>,
}

/// What captions are made with.
struct Maker<'a> {
    format: &'a Format,
    mode: CaptionMode,
    font: Font,
    look: Look,
}

/// Gives views their captions, and the plan those for files; those of caption tracks are handed back.
pub fn captions(
    views: &mut [View<'_>],
    timeline: &Timeline,
    format: &Format,
    mode: CaptionMode,
    plan: &mut Plan,
) -> Vec<Spoken> {
    if mode == CaptionMode::Off {
        return Vec::new();
    }
    let maker = Maker { format, mode, font: Font::default(), look: Look::for_size(format.width, format.height) };
    for view in views {
        let words: &[Word] = view.clip.map_or(&[], |c| &c.captions);
        view.cues = maker.cues(words, view.start, (view.frames, view.head..view.frames - view.tail), plan);
    }
    let mut spoken = Vec::new();
    for (start, clip) in timeline.tracks.iter().filter(|t| t.kind == TrackKind::Caption).flat_map(|t| t.clips()) {
        let cues = maker.cues(&clip.captions, start, (clip.frames, 0..clip.frames), plan);
        spoken.push(Spoken { start, frames: clip.frames, cues });
    }
    plan.cues.sort_by_key(|(at, cue)| at + u64::from(cue.start));
    spoken
}

impl Maker<'_> {
    /// Cues for a clip that starts at a frame of the film; it is seen alone in `quiet` of its frames.
    fn cues(
        &self,
        words: &[Word],
        start: u32,
        (frames, quiet): (u32, std::ops::Range<u32>),
        plan: &mut Plan,
    ) -> Vec<Cue> {
        if words.is_empty() {
            return Vec::new();
        }
        let measure = |text: &str| self.font.width(text);
        let Look { line_em, line_chars, .. } = self.look;
        let burnt = Limits { measure: &measure, line_width: line_em, line_chars };
        let ms = |frame: u32| u32::try_from(frame_ms(self.format.rate, i64::from(frame))).unwrap_or(u32::MAX);
        let tokens = caption::tokens(words, ms(frames));
        let at = u64::from(ms(start));
        plan.cues.extend(caption::cues::cues(&tokens, (0, ms(frames)), &files::limits()).into_iter().map(|c| (at, c)));
        if self.mode != CaptionMode::Burnt {
            return Vec::new();
        }
        let drawn = drawable(tokens, &self.font, &mut plan.undrawn);
        caption::cues::cues(&drawn, (ms(quiet.start), ms(quiet.end)), &burnt)
    }
}

/// The words that the font can draw.
fn drawable(mut tokens: Vec<Token>, font: &Font, undrawn: &mut usize) -> Vec<Token> {
    tokens.retain_mut(|token| {
        if token.text.chars().all(|c| font.covers(c)) {
            return true;
        }
        *undrawn += 1;
        token.text.retain(|c| font.covers(c));
        token.text = token.text.trim().to_string();
        token.text.chars().any(char::is_alphanumeric)
    });
    tokens
}
