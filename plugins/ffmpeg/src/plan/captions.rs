//! Captions of clips: cues for the picture, in a clip's own time, and for the files beside the film.

use std::ops::Range;

use studio_plugin_sdk::{
    roles::{render::CaptionMode, tts::Word},
    timeline::{Clip, Timeline, TrackKind},
    words::WordFrames,
};

use super::{Plan, View, Worded};
use crate::{
    caption::{
        self, Cue, Token, clock,
        cues::{Limits, WORDS},
        files,
        font::Font,
        look::Look,
        style::{Dressed, sheet::Sheet, words},
    },
    piece::frame_ms,
    preset::Format,
};

/// Cues that belong to no clip of the picture.
pub struct Spoken {
    /// The film's frame from which they count.
    pub start: u32,
    /// Their clip's length.
    pub frames: u32,
    /// On their clock, from their clip's start.
    pub cues: Vec<Cue>,
    /// Those of a second language.
    pub second: Vec<Cue>,
}

/// What captions are made with.
struct Maker<'a> {
    format: &'a Format,
    mode: CaptionMode,
    font: Font,
    look: Look,
    dressed: Option<(&'a Dressed, Sheet)>,
}

/// A clip whose words become captions.
struct Saying<'a> {
    clip: &'a Clip,
    /// The film's frame in which it starts.
    start: u32,
    frames: u32,
    /// Its frames in which nothing else is seen.
    quiet: Range<u32>,
}

/// Gives views their captions, and the plan those for files; those of caption tracks are handed back.
pub fn captions(
    views: &mut [View<'_>],
    timeline: &Timeline,
    format: &Format,
    worded: Worded<'_>,
    plan: &mut Plan,
) -> Vec<Spoken> {
    if worded.mode == CaptionMode::Off {
        return Vec::new();
    }
    let (width, height) = (format.width, format.height);
    let sheet = |dressed: &Dressed| Sheet::new(&dressed.style, width, height, dressed.two);
    let dressed = worded.dressed.map(|dressed| (dressed, sheet(dressed)));
    let (font, look) = (Font::default(), Look::for_size(width, height));
    let maker = Maker { format, mode: worded.mode, font, look, dressed };
    for view in views {
        let Some(clip) = view.clip else { continue };
        let quiet = view.head..view.frames - view.tail;
        let saying = Saying { clip, start: view.start, frames: view.frames, quiet };
        (view.cues, view.second) = maker.clip(&saying, plan);
    }
    let mut spoken = Vec::new();
    for (start, clip) in timeline.tracks.iter().filter(|t| t.kind == TrackKind::Caption).flat_map(|t| t.clips()) {
        let (cues, second) = maker.clip(&Saying { clip, start, frames: clip.frames, quiet: 0..clip.frames }, plan);
        spoken.push(Spoken { start, frames: clip.frames, cues, second });
    }
    let Plan { cues, second_cues, drawn: [drawn, second_drawn], .. } = plan;
    for list in [cues, second_cues, drawn, second_drawn] {
        list.sort_by_key(|(at, cue)| at + u64::from(cue.start));
    }
    spoken
}

impl Maker<'_> {
    /// Cues of a clip in both languages, for the picture.
    fn clip(&self, saying: &Saying<'_>, plan: &mut Plan) -> (Vec<Cue>, Vec<Cue>) {
        match &self.dressed {
            None => (self.plain(saying, plan), Vec::new()),
            Some((dressed, sheet)) => {
                (self.dressed(saying, dressed, sheet, plan), self.second(saying, dressed, sheet, plan))
            }
        }
    }

    fn ms(&self, frame: u32) -> u32 {
        u32::try_from(frame_ms(self.format.rate, i64::from(frame))).unwrap_or(u32::MAX)
    }

    fn tokens(&self, words: &[Word], saying: &Saying<'_>) -> Vec<Token> {
        caption::tokens(words, self.ms(saying.frames))
    }

    /// Cues for the files, with the clip's start.
    fn written(&self, tokens: &[Token], saying: &Saying<'_>) -> Vec<(u64, Cue)> {
        let at = u64::from(self.ms(saying.start));
        let cues = caption::cues::cues(tokens, (0, self.ms(saying.frames)), &files::limits());
        cues.into_iter().map(|cue| (at, cue)).collect()
    }

    fn shown(&self, tokens: &[Token], saying: &Saying<'_>, limits: &Limits<'_>) -> Vec<Cue> {
        caption::cues::cues(tokens, (self.ms(saying.quiet.start), self.ms(saying.quiet.end)), limits)
    }

    /// What is burnt in, on its clock.
    fn burnt(&self, cues: &[Cue], words: &[Word], saying: &Saying<'_>) -> Vec<Cue> {
        if !self.mode.is_burnt() {
            return Vec::new();
        }
        let (quiet, rate) = ((saying.quiet.start, saying.quiet.end), self.format.rate);
        clock::on_frames(cues, quiet, &WordFrames::of(words, rate), rate)
    }

    /// Captions without a style.
    fn plain(&self, saying: &Saying<'_>, plan: &mut Plan) -> Vec<Cue> {
        if saying.clip.captions.is_empty() {
            return Vec::new();
        }
        let measure = |text: &str| self.font.width(text);
        let Look { line_em, line_chars, .. } = self.look;
        let burnt = Limits { measure: &measure, line_width: line_em, line_chars, lines: 2, words: WORDS };
        let tokens = self.tokens(&saying.clip.captions, saying);
        plan.cues.extend(self.written(&tokens, saying));
        if self.mode == CaptionMode::Files {
            return Vec::new();
        }
        let before = plan.undrawn;
        let drawn = drawable(tokens, &self.font, &mut plan.undrawn);
        if plan.undrawn > before {
            plan.undrawn_in.push(saying.clip.id.clone());
        }
        let cues = self.shown(&drawn, saying, &burnt);
        self.keep(&cues, saying, &mut plan.drawn[0]);
        self.burnt(&cues, &saying.clip.captions, saying)
    }

    /// Captions of a style.
    fn dressed(&self, saying: &Saying<'_>, dressed: &Dressed, sheet: &Sheet, plan: &mut Plan) -> Vec<Cue> {
        let keywords = [dressed.style.keywords.as_slice(), saying.clip.keywords.as_slice()];
        let tokens = words::marked(self.tokens(&saying.clip.captions, saying), &keywords);
        plan.cues.extend(self.written(&tokens, saying));
        let measure = |text: &str| sheet.rough(&dressed.faces, text);
        let drawn = self.drawn(tokens, saying, dressed, sheet.line_em, plan);
        let cues = self.shown(&drawn, saying, &sheet.limits(&measure));
        self.keep(&cues, saying, &mut plan.drawn[0]);
        self.burnt(&cues, &saying.clip.captions, saying)
    }

    /// The second language of a style.
    fn second(&self, saying: &Saying<'_>, dressed: &Dressed, sheet: &Sheet, plan: &mut Plan) -> Vec<Cue> {
        let tokens = words::marked(words::spaced(self.tokens(&saying.clip.translation, saying)), &[]);
        plan.second_cues.extend(self.written(&tokens, saying));
        let measure = |text: &str| sheet.rough(&dressed.faces, text);
        let limits = sheet.second_limits(&measure);
        let drawn = self.drawn(tokens, saying, dressed, limits.line_width, plan);
        let cues = self.shown(&drawn, saying, &limits);
        self.keep(&cues, saying, &mut plan.drawn[1]);
        self.burnt(&cues, &saying.clip.translation, saying)
    }

    fn drawn(
        &self,
        tokens: Vec<Token>,
        saying: &Saying<'_>,
        dressed: &Dressed,
        widest: f64,
        plan: &mut Plan,
    ) -> Vec<Token> {
        let before = plan.undrawn;
        let mut lost = |_: &str| plan.undrawn += 1;
        let drawn = words::drawable(tokens, &dressed.style, &dressed.faces, widest, &mut lost);
        if plan.undrawn > before && plan.undrawn_in.last() != Some(&saying.clip.id) {
            plan.undrawn_in.push(saying.clip.id.clone());
        }
        drawn
    }

    fn keep(&self, cues: &[Cue], saying: &Saying<'_>, list: &mut Vec<(u64, Cue)>) {
        let at = u64::from(self.ms(saying.start));
        list.extend(cues.iter().map(|cue| (at, cue.clone())));
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
