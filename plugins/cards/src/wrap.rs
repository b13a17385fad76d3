//! Where lines break. A paragraph is measured once in em; breaking at another size is arithmetic.
//! Lines are balanced: as few as greedy breaking needs, then as even as they can be, without orphans.

use std::ops::Range;

use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    shape::{Bidi, Line, Shaper},
    text::Rich,
};

/// A paragraph ready to be broken at any width.
pub struct Para {
    rich: Rich,
    bidi: Bidi,
    tracking: f32,
    words: Vec<Word>,
    /// Height of its capitals, em.
    pub cap: f32,
    /// Highest ink above a baseline, em.
    pub top: f32,
    /// Deepest ink below a baseline, em.
    pub depth: f32,
}

/// What stands between two places where a line may break.
#[derive(Clone, Debug)]
struct Word {
    range: Range<usize>,
    width: f32,
    /// White space after it, when a line goes on.
    space: f32,
    /// The line must end after it.
    hard: bool,
    /// What it costs to end a line after it, beyond raggedness.
    penalty: f32,
}

/// How far lines may be cut to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Room, em.
    pub width: f32,
    /// Most lines; what is left over is cut with an ellipsis.
    pub lines: usize,
    /// Whether a word wider than the room may be split.
    pub split_words: bool,
}

impl Para {
    /// Measures a paragraph.
    pub fn new(shaper: &Shaper, rich: Rich, tracking: f32) -> Self {
        let bidi = Bidi::of(&rich.text);
        let face = rich.runs.first().map_or(crate::fonts::Face::Sans, |r| r.face);
        let mut para =
            Self { cap: shaper.fonts.cap_height(face), bidi, tracking, words: Vec::new(), top: 0.0, depth: 0.0, rich };
        let mut start = 0;
        for (end, kind) in linebreaks(&para.rich.text) {
            let shown = para.rich.text[start..end].trim_end().len();
            let line = para.shape(shaper, start..start + shown);
            let full = if shown < end - start { para.shape(shaper, start..end).width + tracking } else { line.width };
            para.top = para.top.max(line.top);
            para.depth = para.depth.max(line.depth);
            let hard = kind == BreakOpportunity::Mandatory && end < para.rich.text.len();
            let text = &para.rich.text[start..start + shown];
            let space = if shown < end - start { (full - line.width).max(0.0) } else { tracking };
            para.words.push(Word {
                range: start..start + shown,
                width: line.width,
                space,
                hard,
                penalty: penalty(text),
            });
            start = end;
        }
        para
    }

    /// Whether there is nothing to set.
    pub fn is_empty(&self) -> bool {
        self.rich.text.is_empty()
    }

    /// Whether it begins at the right.
    pub fn rtl(&self) -> bool {
        self.bidi.rtl
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.rich.text
    }

    /// Width on one line, em.
    pub fn width(&self) -> f32 {
        span(&self.words)
    }

    /// Width of the widest word, em.
    pub fn widest_word(&self) -> f32 {
        self.words.iter().fold(0.0, |w, word| w.max(word.width))
    }

    /// How many lines it takes at this width, in em.
    pub fn count(&self, width: f32) -> usize {
        greedy(&self.words, width)
    }

    /// Breaks the paragraph. The second value says whether text was cut.
    pub fn set(&self, shaper: &Shaper, limits: Limits) -> (Vec<Line>, bool) {
        if self.is_empty() || limits.lines == 0 {
            return (Vec::new(), !self.is_empty());
        }
        let words = if limits.split_words { self.split(shaper, limits.width) } else { self.words.clone() };
        let mut ranges = balance(&words, limits.width);
        let cut = ranges.len() > limits.lines;
        if cut {
            // A cut text fills its lines from the top: evenness would waste room.
            ranges = fill(&words, limits.width);
            ranges.truncate(limits.lines);
        }
        let last = ranges.len() - 1;
        let mut clipped = cut;
        let lines = ranges
            .into_iter()
            .enumerate()
            .map(|(i, r)| {
                let bytes = words[r.start].range.start..words[r.end - 1].range.end;
                let line = self.shape(shaper, bytes.clone());
                if (cut && i == last) || line.width > limits.width + 0.001 {
                    clipped = true;
                    self.ellipsize(shaper, bytes, limits.width)
                } else {
                    line
                }
            })
            .collect();
        (lines, clipped)
    }

    /// The whole paragraph on one line, cut with an ellipsis where it is wider than `width`.
    pub fn single(&self, shaper: &Shaper, width: f32) -> Line {
        let all = 0..self.rich.text.len();
        let line = self.shape(shaper, all.clone());
        if line.width <= width + 0.001 { line } else { self.ellipsize(shaper, all, width) }
    }

    /// Program text on one line: no break is looked for, spaces at its start stay.
    pub fn code(shaper: &Shaper, rich: Rich, width: f32) -> Line {
        let para =
            Self { bidi: Bidi::of(&rich.text), tracking: 0.0, words: Vec::new(), cap: 0.0, top: 0.0, depth: 0.0, rich };
        para.single(shaper, width)
    }

    fn shape(&self, shaper: &Shaper, bytes: Range<usize>) -> Line {
        shaper.line(&self.rich, &self.bidi, bytes, self.tracking)
    }

    fn ellipsize(&self, shaper: &Shaper, bytes: Range<usize>, width: f32) -> Line {
        let text = &self.rich.text[bytes.clone()];
        let mut ends: Vec<usize> = text.grapheme_indices(true).map(|(i, _)| bytes.start + i).collect();
        ends.push(bytes.end);
        let shaped = |end: usize| {
            let kept = self.rich.text[bytes.start..end]
                .trim_end_matches(|c: char| c.is_whitespace() || ",;:.-–—…".contains(c));
            let rich = self.rich.cut(bytes.start..bytes.start + kept.len());
            let bidi = Bidi::of(&rich.text);
            shaper.line(&rich, &bidi, 0..rich.text.len(), self.tracking)
        };
        // Longer text is wider, so the last end that fits can be searched for.
        let fits = ends.partition_point(|&end| shaped(end).width <= width);
        let line = shaped(ends[fits.saturating_sub(1)]);
        if line.width <= width { line } else { Line::default() }
    }

    /// The words, those wider than the room split between graphemes.
    fn split(&self, shaper: &Shaper, width: f32) -> Vec<Word> {
        let mut out = Vec::with_capacity(self.words.len());
        for word in &self.words {
            if word.width <= width {
                out.push(word.clone());
                continue;
            }
            let text = &self.rich.text[word.range.clone()];
            let mut start = word.range.start;
            for (i, g) in text.grapheme_indices(true) {
                let (at, end) = (word.range.start + i, word.range.start + i + g.len());
                if at > start && self.shape(shaper, start..end).width > width {
                    out.push(Word {
                        range: start..at,
                        width: self.shape(shaper, start..at).width,
                        space: 0.0,
                        hard: false,
                        penalty: 0.0,
                    });
                    start = at;
                }
            }
            out.push(Word {
                range: start..word.range.end,
                width: self.shape(shaper, start..word.range.end).width,
                ..word.clone()
            });
        }
        out
    }
}

/// Ending a line on a small word reads badly; after a stop it reads well.
fn penalty(word: &str) -> f32 {
    let small = word.chars().count() <= 3 && word.chars().all(char::is_alphabetic);
    if word.ends_with([',', ';', ':', '—', '–', '.', '!', '?', '،', '؛']) {
        -0.004
    } else if word.ends_with('-') {
        0.03
    } else if small {
        0.012
    } else {
        0.0
    }
}

fn span(words: &[Word]) -> f32 {
    let Some((last, rest)) = words.split_last() else { return 0.0 };
    rest.iter().map(|w| w.width + w.space).sum::<f32>() + last.width
}

fn fill(words: &[Word], width: f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    for (i, word) in words.iter().enumerate() {
        if i > start && used + word.width > width {
            lines.push(start..i);
            (start, used) = (i, 0.0);
        }
        used += word.width + word.space;
        if word.hard {
            lines.push(start..i + 1);
            (start, used) = (i + 1, 0.0);
        }
    }
    if start < words.len() {
        lines.push(start..words.len());
    }
    lines
}

fn greedy(words: &[Word], width: f32) -> usize {
    fill(words, width).len()
}

/// Breaks into as few lines as `fill` does, with the least raggedness (dynamic programme over
/// the words of each stretch between forced breaks).
fn balance(words: &[Word], width: f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for end in 1..=words.len() {
        if end == words.len() || words[end - 1].hard {
            balance_stretch(words, start..end, width, &mut lines);
            start = end;
        }
    }
    lines
}

fn balance_stretch(words: &[Word], stretch: Range<usize>, width: f32, lines: &mut Vec<Range<usize>>) {
    let (base, part) = (stretch.start, &words[stretch]);
    let (n, count) = (part.len(), greedy(part, width));
    if count <= 1 || count >= n {
        lines.extend(fill(part, width).into_iter().map(|r| r.start + base..r.end + base));
        return;
    }
    // best[k][i]: least cost of setting the first i words in k lines, and where the last began.
    let mut best = vec![vec![(f32::INFINITY, 0_usize); n + 1]; count + 1];
    best[0][0] = (0.0, 0);
    for k in 1..=count {
        for i in k..=n {
            for j in (k - 1..i).rev() {
                let used = span(&part[j..i]);
                if used > width && i - j > 1 {
                    break;
                }
                let slack = ((width - used) / width).max(0.0);
                let mut cost = best[k - 1][j].0 + slack * slack + part[i - 1].penalty;
                if i == n {
                    let orphan = (i - j == 1 && n > 3) || used < width * 0.25;
                    cost += if orphan { 0.15 } else { -0.2 * slack * slack };
                }
                if cost < best[k][i].0 {
                    best[k][i] = (cost, j);
                }
            }
        }
    }
    let mut ends = vec![n];
    let mut i = n;
    for k in (1..=count).rev() {
        i = best[k][i].1;
        ends.push(i);
    }
    lines.extend(ends.windows(2).rev().map(|w| w[1] + base..w[0] + base));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fonts::{Face, Fonts},
        palette::Tone,
        text::Look,
    };

    fn set(text: &str, width: f32, lines: usize, split_words: bool) -> (Vec<f32>, bool) {
        let fonts = Fonts::load().unwrap();
        let shaper = Shaper::new(&fonts);
        let para = Para::new(&shaper, Rich::new(text.into(), Look::plain(Face::Serif, Tone::Text), &[]), 0.0);
        let (lines, cut) = para.set(&shaper, Limits { width, lines, split_words });
        (lines.iter().map(|l| l.width).collect(), cut)
    }

    #[test]
    fn lines_are_even_and_leave_no_orphan() {
        let (widths, cut) = set("The quiet engineering of a bowl of rice", 13.0, 4, false);
        assert!(!cut && widths.len() == 2, "{widths:?}");
        assert!((widths[0] - widths[1]).abs() < 4.0, "{widths:?}");
    }

    #[test]
    fn hard_breaks_hold() {
        assert_eq!(set("one\ntwo", 50.0, 4, false).0.len(), 2);
    }

    #[test]
    fn long_words_split_and_long_texts_end_in_an_ellipsis() {
        let (widths, cut) = set(&"x".repeat(100), 5.0, 40, true);
        assert!(!cut && widths.len() > 5 && widths.iter().all(|w| *w <= 5.001));
        let (widths, cut) = set(&"many words ".repeat(20), 6.0, 2, true);
        assert!(cut && widths.len() == 2 && widths.iter().all(|w| *w <= 6.001), "{widths:?}");
        assert_eq!(set("abc", 0.1, 1, true).0.len(), 1, "no room is not a panic");
    }
}
