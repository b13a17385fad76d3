//! Text as it comes, made fit to set: cleaned, bounded, with its stressed words marked.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{fonts::Face, palette::Tone};

/// Longest paragraph that is set, in graphemes; what is longer could not be read in a scene anyway.
pub const LONGEST: usize = 480;
/// Most lines of code that are looked at.
pub const MOST_LINES: usize = 60;
/// Marks stacked on one letter; more of them is an attack on the line above.
const MOST_MARKS: usize = 3;

/// A stretch of text in one face and colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The face wanted; single characters may fall back to others.
    pub face: Face,
    /// The colour.
    pub tone: Tone,
}

/// Text with its faces and colours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich {
    /// The text.
    pub text: String,
    /// Runs that cover it without gaps.
    pub runs: Vec<Run>,
}

/// How a kind of text looks, plain and stressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The face.
    pub face: Face,
    /// The colour.
    pub tone: Tone,
    /// The face of stressed words.
    pub strong: Face,
    /// The colour of stressed words.
    pub strong_tone: Tone,
}

impl Look {
    /// A look that stresses nothing.
    pub fn plain(face: Face, tone: Tone) -> Self {
        Self { face, tone, strong: face, strong_tone: tone }
    }
}

impl Rich {
    /// One paragraph with `emphasis` stressed wherever it stands as whole words.
    pub fn new(text: String, look: Look, emphasis: &[String]) -> Self {
        let mut strong = vec![false; text.len()];
        for word in emphasis.iter().filter(|w| !w.is_empty()) {
            for (start, found) in text.match_indices(word.as_str()) {
                let end = start + found.len();
                let inner = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let glued = inner(text[..start].chars().next_back()) && inner(found.chars().next())
                    || inner(text[end..].chars().next()) && inner(found.chars().next_back());
                if !glued {
                    strong[start..end].fill(true);
                }
            }
        }
        let mut runs: Vec<Run> = Vec::new();
        for (i, c) in text.char_indices() {
            let (face, tone) = if strong[i] { (look.strong, look.strong_tone) } else { (look.face, look.tone) };
            let end = i + c.len_utf8();
            match runs.last_mut() {
                Some(run) if run.face == face && run.tone == tone => run.range.end = end,
                _ => runs.push(Run { range: i..end, face, tone }),
            }
        }
        Self { text, runs }
    }

    /// Adds a sign at the end, in its own face and colour.
    pub fn push(&mut self, sign: &str, face: Face, tone: Tone) {
        let start = self.text.len();
        self.text.push_str(sign);
        self.runs.push(Run { range: start..self.text.len(), face, tone });
    }

    /// The part `range`.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let runs = self
            .runs
            .iter()
            .filter(|r| r.range.start < range.end && r.range.end > range.start)
            .map(|r| Run {
                range: r.range.start.max(range.start) - range.start..r.range.end.min(range.end) - range.start,
                ..r.clone()
            })
            .collect();
        Self { text: self.text[range].to_owned(), runs }
    }

    /// The part `range`, followed by an ellipsis in the look of its last run.
    #[must_use]
    pub fn cut(&self, range: Range<usize>) -> Self {
        let Self { mut text, mut runs } = self.slice(range);
        text.push('…');
        match runs.last_mut() {
            Some(last) => last.range.end = text.len(),
            None => runs.extend(self.runs.first().map(|r| Run { range: 0..text.len(), ..r.clone() })),
        }
        Self { text, runs }
    }
}

/// A paragraph: one line of white space between words, no control characters, bounded.
/// A line feed stays when `breaks` says that authors may break lines by hand.
pub fn paragraph(raw: &str, breaks: bool) -> String {
    let visible =
        raw.chars().map(|c| if c.is_whitespace() && c != '\u{A0}' && !(breaks && c == '\n') { ' ' } else { c });
    let mut out = String::new();
    for c in drawable(visible).take(LONGEST * 6) {
        match c {
            ' ' if out.is_empty() || out.ends_with([' ', '\n']) => {}
            '\n' => {
                let kept = out.trim_end_matches([' ', '\n']).len();
                out.truncate(kept);
                if !out.is_empty() {
                    out.push('\n');
                }
            }
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    bounded(out, LONGEST)
}

/// A line of program text: its spaces stay, tabs become four.
pub fn code_line(raw: &str) -> String {
    let spaced = raw.chars().flat_map(|c| {
        let (c, n) = match c {
            '\t' => (' ', 4),
            c if c.is_whitespace() => (' ', 1),
            c => (c, 1),
        };
        std::iter::repeat_n(c, n)
    });
    let line: String = drawable(spaced).take(LONGEST * 2).collect();
    bounded(line.trim_end().to_owned(), 240)
}

fn bounded(mut text: String, most: usize) -> String {
    if let Some((at, _)) = text.grapheme_indices(true).nth(most) {
        text.truncate(at);
        text.truncate(text.trim_end().len());
        text.push('…');
    }
    text
}

/// Drops what has no shape of its own: controls, direction overrides, selectors, piled-up marks.
fn drawable(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut marks = 0;
    chars.filter(move |&c| {
        if unshown(c) {
            return false;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        marks <= MOST_MARKS
    })
}

fn is_mark(c: char) -> bool {
    matches!(unicode_script::UnicodeScript::script(&c), unicode_script::Script::Inherited)
        || matches!(c, '\u{591}'..='\u{5BD}' | '\u{5BF}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{6D6}'..='\u{6ED}')
}

fn unshown(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            // Skin tones: the bundled pictographs have one colour.
            | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look =
        Look { face: Face::Serif, tone: Tone::Text, strong: Face::SerifItalic, strong_tone: Tone::Accent };

    #[test]
    fn whitespace_and_controls_go() {
        assert_eq!(paragraph("  a\t b\u{0}\u{202E}\r\n c ", false), "a b c");
        assert_eq!(paragraph("a \n\n b", true), "a\nb");
        assert_eq!(code_line("\tif x {  "), "    if x {");
    }

    #[test]
    fn a_megabyte_is_cut_and_marks_do_not_pile_up() {
        let long = paragraph(&"word ".repeat(200_000), false);
        assert!(long.ends_with('…') && long.len() < 3000);
        assert_eq!(paragraph(&format!("a{}", "\u{301}".repeat(90)), false).chars().count(), 1 + MOST_MARKS);
    }

    #[test]
    fn emphasis_marks_whole_words_only() {
        let rich = Rich::new("rice, price, rice".into(), LOOK, &["rice".into()]);
        let strong: Vec<_> = rich.runs.iter().filter(|r| r.tone == Tone::Accent).map(|r| r.range.clone()).collect();
        assert_eq!(strong, [0..4, 13..17]);
        let cut = rich.cut(0..4);
        assert_eq!((cut.text.as_str(), cut.runs.len(), cut.runs[0].range.clone()), ("rice…", 1, 0..7));
    }
}
