//! Where each word of a caption stands: lines one below another, each in the middle, words in the order in which they
//! are read, from the left or from the right.

use unicode_bidi::{BidiClass, Level, ParagraphBidiInfo, bidi_class};

use super::{
    super::{Cue, Token},
    faces::Faces,
    sheet::{LINE, Sheet},
};

/// A caption whose words have places, in pixels.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// Left edge of its box.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Size of the type.
    pub em: f64,
    /// In the order in which they are said.
    pub words: Vec<Placed>,
}

/// A word and its place.
#[derive(Debug, PartialEq)]
pub struct Placed {
    /// The word.
    pub token: Token,
    /// Its left edge.
    pub left: f64,
    /// Its width.
    pub width: f64,
    /// The middle of its line, from the top.
    pub middle: f64,
    /// It runs to the left.
    pub rtl: bool,
    /// Its text, as it is read from the left.
    pub runs: Vec<Run>,
}

/// Characters of a word of one font and one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Which of the fonts.
    pub face: usize,
    /// The characters, in the order in which they are written.
    pub text: String,
    /// They run to the left.
    pub rtl: bool,
}

/// Sets a caption of the first or second language.
pub fn block(cue: &Cue, sheet: &Sheet, faces: &Faces, is_second: bool) -> Block {
    let scale = sheet.second.filter(|_| is_second).map_or(1.0, |second| second.scale);
    let texts: Vec<String> = cue.lines.iter().map(|line| Cue::line_text(line)).collect();
    let rtl = texts.iter().flat_map(|text| text.chars()).find_map(direction).unwrap_or(false);
    let whole: Vec<(Vec<Placed>, f64)> = cue.lines.iter().map(|line| set(line, faces, sheet.spaced, rtl)).collect();
    let widest = whole.iter().map(|(_, width)| *width).fold(0.001, f64::max);
    // What is wider than a line all the same is set smaller.
    let scale = scale.min(sheet.line_em / widest);
    let em = sheet.em * scale;
    let (top, bottom) = sheet.stands(sheet.band(is_second), sheet.height_of(cue.lines.len(), scale));
    let centre = f64::from(sheet.width) / 2.0;
    let mut words = Vec::new();
    for (n, (placed, width)) in whole.into_iter().enumerate() {
        let middle = top + sheet.pad.1 + (n as f64 + 0.5) * LINE * em;
        let shift = centre - width * em / 2.0;
        let move_to = |word: Placed| Placed { left: word.left * em + shift, width: word.width * em, middle, ..word };
        words.extend(placed.into_iter().map(move_to));
    }
    let half = widest * em / 2.0 + sheet.pad.0;
    Block { left: centre - half, right: centre + half, top, bottom, em, words }
}

/// The words of a line from its left edge on, in the order in which they are said, and how wide it is, in em.
fn set(line: &[Token], faces: &Faces, spaced: f64, rtl: bool) -> (Vec<Placed>, f64) {
    let base = if rtl { Level::rtl() } else { Level::ltr() };
    let (levels, runs): (Vec<Level>, Vec<Vec<Run>>) = levels(line, faces, base).into_iter().unzip();
    let space = faces.rough(" ").max(0.24) + spaced;
    let place = |(i, (token, runs)): (usize, (&Token, Vec<Run>))| {
        let width = runs.iter().map(|run| faces.shaped(run.face, &run.text, run.rtl)).sum();
        Placed { token: token.clone(), left: 0.0, width, middle: 0.0, rtl: levels[i].is_rtl(), runs }
    };
    let mut placed: Vec<Placed> = line.iter().zip(runs).enumerate().map(place).collect();
    let order = ParagraphBidiInfo::reorder_visual(&levels);
    let mut x = 0.0;
    for (k, &i) in order.iter().enumerate() {
        if k > 0 {
            // Of two neighbours the one that is said later says whether there is a space between them.
            let later = i.max(order[k - 1]);
            let together = line[later].glued && i.abs_diff(order[k - 1]) == 1;
            x += if together { 0.0 } else { space };
        }
        placed[i].left = x;
        x += placed[i].width;
    }
    (placed, x)
}

/// The level of each word, which is that of its first letter or figure, and its runs.
fn levels(line: &[Token], faces: &Faces, base: Level) -> Vec<(Level, Vec<Run>)> {
    let text = Cue::line_text(line);
    let info = ParagraphBidiInfo::new(&text, Some(base));
    let (mut out, mut at) = (Vec::with_capacity(line.len()), 0);
    for (i, token) in line.iter().enumerate() {
        at += usize::from(i > 0 && !token.glued);
        let first = token.text.char_indices().find(|(_, c)| c.is_alphanumeric()).map_or(0, |(k, _)| k);
        let level = |k: usize| info.levels.get(at + k).copied().unwrap_or(base);
        out.push((level(first), runs(&token.text, faces, &level)));
        at += token.text.len();
    }
    out
}

/// A word's runs as they are seen from the left. libass sets what has tags of its own by itself, one after another.
fn runs(text: &str, faces: &Faces, level: &dyn Fn(usize) -> Level) -> Vec<Run> {
    let (mut logical, mut at): (Vec<(Level, Run)>, usize) = (Vec::new(), 0);
    for (face, part) in faces.runs(text) {
        let mut fresh = true;
        for c in part.chars() {
            let here = level(at);
            match logical.last_mut().filter(|(before, _)| !fresh && *before == here) {
                Some((_, run)) => run.text.push(c),
                None => logical.push((here, Run { face, text: c.into(), rtl: here.is_rtl() })),
            }
            fresh = false;
            at += c.len_utf8();
        }
    }
    let levels: Vec<Level> = logical.iter().map(|(level, _)| *level).collect();
    ParagraphBidiInfo::reorder_visual(&levels).into_iter().map(|i| logical[i].1.clone()).collect()
}

/// Does a letter run to the left; none: it has no direction.
fn direction(c: char) -> Option<bool> {
    match bidi_class(c) {
        BidiClass::R | BidiClass::AL => Some(true),
        BidiClass::L => Some(false),
        _ => None,
    }
}

impl Run {
    /// Its text for libass, which takes a text for one that runs to the right.
    pub fn marked(&self) -> String {
        if self.rtl { format!("\u{202b}{}\u{202c}", self.text) } else { self.text.clone() }
    }
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::caption::CaptionStyle;

    use super::*;

    fn order(text: &str) -> Vec<String> {
        let style = CaptionStyle::default();
        let (faces, sheet) = (Faces::shipped(&style).unwrap(), Sheet::new(&style, 1920, 1080, false));
        let token = |(i, text): (usize, &str)| Token {
            text: text.into(),
            start: i as u32,
            end: i as u32 + 1,
            ..Token::default()
        };
        let line = text.split(' ').enumerate().map(token).collect();
        let mut words = block(&Cue { start: 0, end: 9, lines: vec![line] }, &sheet, &faces, false).words;
        words.sort_by(|a, b| a.left.total_cmp(&b.left));
        words.into_iter().map(|word| word.token.text).collect()
    }

    #[test]
    fn words_stand_in_the_order_in_which_they_are_read() {
        assert_eq!(order("one two three"), ["one", "two", "three"]);
        assert_eq!(order("אורז גדל במים"), ["במים", "גדל", "אורז"]);
        assert_eq!(order("الأرز Oryza sativa ينمو 2026 هنا"), ["هنا", "2026", "ينمو", "Oryza", "sativa", "الأرز"]);
        assert_eq!(order("we say אורז מים here"), ["we", "say", "מים", "אורז", "here"]);
    }

    #[test]
    fn what_clings_to_a_word_is_on_its_side() {
        let faces = Faces::shipped(&CaptionStyle::default()).unwrap();
        let shown = |text: &str, word: usize| {
            let token = |text: &str| Token { text: text.into(), ..Token::default() };
            let line: Vec<Token> = text.split(' ').map(token).collect();
            let base = if direction(text.chars().next().unwrap()) == Some(true) { Level::rtl() } else { Level::ltr() };
            let (_, runs) = levels(&line, &faces, base).remove(word);
            runs.into_iter().map(|run| run.text).collect::<Vec<_>>().join("|")
        };
        // The stop after the last word of a sentence that is read from the right stands at its left.
        assert_eq!(shown("גדל במים.", 1), ".|במים");
        assert_eq!(shown("גדל Oryza.", 1), ".|Oryza");
        assert_eq!(shown("in מים, here", 1), "מים|,");
        assert_eq!(shown("plain.", 0), "plain.");
        assert_eq!(shown("גדל (2026) שם", 1), ")|2026|(");
    }

    #[test]
    fn words_of_a_line_do_not_overlap_and_stand_in_its_middle() {
        let style = CaptionStyle::default();
        let (faces, sheet) = (Faces::shipped(&style).unwrap(), Sheet::new(&style, 1080, 1920, false));
        let token = |text: &str, glued| Token { text: text.into(), glued, ..Token::default() };
        let line = vec![token("Rice", false), token("AVAVA", false), token("-glued", true)];
        let block = block(&Cue { start: 0, end: 9, lines: vec![line] }, &sheet, &faces, false);
        let ends: Vec<f64> = block.words.iter().map(|word| word.left + word.width).collect();
        assert!(block.words[1].left > ends[0] + 5.0 && (block.words[2].left - ends[1]).abs() < 1e-9);
        assert!((block.words[0].left + ends[2] - 1080.0).abs() < 1e-6);
    }
}
