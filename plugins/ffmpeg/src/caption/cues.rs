//! Which words are shown together, on which lines and for how long.
//!
//! Breaks are chosen over a clip's whole text at once, as a typesetter breaks a paragraph: they fall at
//! ends of sentences, commas and pauses where they can, and leave no orphans.

use studio_plugin_sdk::words::{PhraseEnd, phrase_end};

use super::{Cue, Token};

/// Silence after which words are never shown together, in milliseconds.
const PAUSE: u32 = 700;
/// A cue is up this long before its first word.
const LEAD: u32 = 80;
/// A cue stays this long after its last word.
const LINGER: u32 = 350;
/// A gap shorter than this between two cues is closed.
const BRIDGE: u32 = 450;
/// A cue is wanted on screen for at least this long.
const LEAST: u32 = 1000;
/// And for no longer than this.
const MOST: u32 = 6000;
/// Most words in a cue.
pub const WORDS: usize = 32;

/// What fits on the screen.
pub struct Limits<'a> {
    /// Width of a text, in the unit of `line_width`.
    pub measure: &'a dyn Fn(&str) -> f64,
    /// The widest line.
    pub line_width: f64,
    /// Most characters on a line.
    pub line_chars: usize,
    /// Most lines.
    pub lines: usize,
    /// Most words.
    pub words: usize,
}

/// Cues for a clip's words. `quiet` is the span in which a cue may stand without a word being said: a cue
/// reaches out of it only as far as its words do.
pub fn cues(words: &[Token], quiet: (u32, u32), limits: &Limits<'_>) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut from = 0;
    for to in 1..=words.len() {
        if to == words.len() || words[to].start.saturating_sub(words[to - 1].end) >= PAUSE {
            for (a, b) in breaks(&words[from..to], limits) {
                cues.push(&words[from + a..from + b]);
            }
            from = to;
        }
    }
    timed(&cues, quiet)
        .into_iter()
        .zip(&cues)
        .map(|((start, end), words)| Cue { start, end, lines: lines(words, limits) })
        .collect()
}

/// The cheapest way to cut words into cues, as spans.
fn breaks(words: &[Token], limits: &Limits<'_>) -> Vec<(usize, usize)> {
    let n = words.len();
    let mut best = vec![(f64::INFINITY, 0); n + 1];
    best[0] = (0.0, 0);
    for to in 1..=n {
        for from in (to.saturating_sub(WORDS)..to).rev() {
            let Some(cost) = cost(&words[from..to], to == n, limits) else { break };
            if best[from].0 + cost < best[to].0 {
                best[to] = (best[from].0 + cost, from);
            }
        }
    }
    let mut spans = Vec::new();
    let mut to = n;
    while to > 0 {
        spans.push((best[to].1, to));
        to = best[to].1;
    }
    spans.reverse();
    spans
}

/// How bad a cue of these words is; none: they do not fit.
fn cost(words: &[Token], last: bool, limits: &Limits<'_>) -> Option<f64> {
    if words.iter().enumerate().filter(|(i, word)| *i == 0 || !word.glued).count() > limits.words {
        return None;
    }
    let split = split(words, limits)?;
    let long = span(words);
    let inner_stops = words[..words.len() - 1].iter().filter(|w| phrase_end(&w.text) == PhraseEnd::Sentence).count();
    let short = f64::from(LEAST.saturating_sub(long)) / 1000.0;
    let slow = f64::from(long.saturating_sub(MOST)) / 1000.0;
    let end = if last { 0.0 } else { end_cost(&words[words.len() - 1].text) };
    let two_lines = if split.is_empty() { 0.0 } else { 0.25 };
    Some(1.0 + two_lines + 1.2 * inner_stops as f64 + 2.0 * short + slow + end)
}

/// How bad it is to end a cue or a line after this word.
fn end_cost(word: &str) -> f64 {
    match phrase_end(word) {
        PhraseEnd::Sentence => 0.0,
        PhraseEnd::Clause => 0.3,
        PhraseEnd::None if word.chars().count() <= 3 => 1.4,
        PhraseEnd::None => 0.9,
    }
}

/// Does a sentence end with that cue?
pub fn ends_sentence(cue: &Cue) -> bool {
    cue.lines.last().and_then(|line| line.last()).is_some_and(|word| phrase_end(&word.text) == PhraseEnd::Sentence)
}

fn span(words: &[Token]) -> u32 {
    match words {
        [first, .., last] => last.end.saturating_sub(first.start),
        [only] => only.end.saturating_sub(only.start),
        [] => 0,
    }
}

fn fits(words: &[Token], limits: &Limits<'_>) -> Option<f64> {
    let text = Cue::line_text(words);
    let width = (limits.measure)(&text);
    (words.len() == 1 || (width <= limits.line_width && text.chars().count() <= limits.line_chars)).then_some(width)
}

/// Where the lines after the first start; none: there are too many words for the lines.
fn split(words: &[Token], limits: &Limits<'_>) -> Option<Vec<usize>> {
    if fits(words, limits).is_some() {
        return Some(Vec::new());
    }
    match limits.lines {
        0 | 1 => None,
        2 => halved(words, limits).map(|at| vec![at]),
        _ => filled(words, limits, 1.0).map(|breaks| even(words, limits, breaks)),
    }
}

/// Where the second of two lines starts.
fn halved(words: &[Token], limits: &Limits<'_>) -> Option<usize> {
    let badness = |at: usize| {
        let (top, bottom) = (fits(&words[..at], limits)?, fits(&words[at..], limits)?);
        let uneven = (top - bottom).abs() / limits.line_width;
        let top_heavy = if top > bottom { 0.05 } else { 0.0 };
        Some(uneven + top_heavy + 0.3 * end_cost(&words[at - 1].text))
    };
    let best = (1..words.len()).filter_map(|at| Some((at, badness(at)?))).min_by(|a, b| a.1.total_cmp(&b.1));
    best.map(|(at, _)| at)
}

/// Lines filled one after another, each up to a share of its width.
fn filled(words: &[Token], limits: &Limits<'_>, share: f64) -> Option<Vec<usize>> {
    let (mut breaks, mut from) = (Vec::new(), 0);
    for to in 1..=words.len() {
        let width = fits(&words[from..to], limits);
        if to - from > 1 && width.is_none_or(|width| width > limits.line_width * share) {
            from = to - 1;
            breaks.push(from);
        }
    }
    (breaks.len() < limits.lines).then_some(breaks)
}

/// As many lines, the longest of them as short as it can be.
fn even(words: &[Token], limits: &Limits<'_>, breaks: Vec<usize>) -> Vec<usize> {
    let tries = (8..20).filter_map(|share| filled(words, limits, f64::from(share) / 20.0));
    let mut tries = tries.filter(|tried| tried.len() == breaks.len());
    tries.next().unwrap_or(breaks)
}

fn lines(words: &[Token], limits: &Limits<'_>) -> Vec<Vec<Token>> {
    let mut starts = split(words, limits).unwrap_or_default();
    starts.insert(0, 0);
    let end = |i: usize| starts.get(i + 1).copied().unwrap_or(words.len());
    starts.iter().enumerate().map(|(i, start)| words[*start..end(i)].to_vec()).collect()
}

/// When each cue is on screen: with its words, a little before and after, without flicker between.
fn timed(cues: &[&[Token]], quiet: (u32, u32)) -> Vec<(u32, u32)> {
    let mut times: Vec<(u32, u32)> = Vec::with_capacity(cues.len());
    let mut said_before = 0;
    for words in cues {
        let first = words.first().map_or(0, |w| w.start);
        let said = words.iter().map(|w| w.end).max().unwrap_or(first);
        let mut start = first.saturating_sub(LEAD).max(first.min(quiet.0)).max(said_before.min(first));
        if let Some(before) = times.last_mut() {
            start = start.max(before.0 + 1);
            if start < before.1 + BRIDGE {
                before.1 = start;
            }
        }
        let end = (said + LINGER).max(start + LEAST).min(said.max(quiet.1)).max(start + 1);
        times.push((start, end));
        said_before = said;
    }
    times
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> Vec<Token> {
        let mut at = 300;
        text.split(' ')
            .map(|w| {
                let start = at;
                let end = start + 60 * w.chars().count() as u32;
                at = end + if phrase_end(w) == PhraseEnd::Sentence { 350 } else { 40 };
                Token { text: w.into(), start, end, ..Token::default() }
            })
            .collect()
    }

    fn by_chars(text: &str) -> f64 {
        text.chars().count() as f64
    }

    fn show(text: &str, line: usize) -> Vec<String> {
        let words = said(text);
        let end = words.last().map_or(0, |w| w.end);
        let limits = Limits { measure: &by_chars, line_width: line as f64, line_chars: line, lines: 2, words: WORDS };
        cues(&words, (0, end + 300), &limits)
            .iter()
            .map(|c| c.lines.iter().map(|l| Cue::line_text(l)).collect::<Vec<_>>().join(" / "))
            .collect()
    }

    #[test]
    fn phrases_end_where_the_sense_does() {
        let text = "Rice is grown on every continent but one, and it feeds more than half of the world. Why? \
                    Because it grows where nothing else will, in standing water, on terraces cut into the side of a hill.";
        insta::assert_snapshot!(show(text, 34).join("\n"), @"
        Rice is grown on every / continent but one,
        and it feeds more than / half of the world. Why?
        Because it grows where nothing / else will, in standing water,
        on terraces cut into / the side of a hill.
        ");
        insta::assert_snapshot!(show(text, 22).join("\n"), @"
        Rice is grown on every / continent but one,
        and it feeds more than / half of the world.
        Why? Because it grows / where nothing else
        will, / in standing water,
        on terraces cut into / the side of a hill.
        ");
    }

    proptest! {
        #[test]
        fn every_word_is_shown_once_in_order_and_nothing_overlaps(
            words in prop::collection::vec(("[a-zA-Z.,]{1,30}", 0u32..900, 0u32..800), 0..60), line in 8usize..42, pad in 0u32..400
        ) {
            let mut at = pad;
            let tokens: Vec<Token> = words.iter().map(|(text, gap, length)| {
                let start = at + gap;
                at = start + length;
                Token { text: text.clone(), start, end: at, ..Token::default() }
            }).collect();
            let limits = Limits { measure: &by_chars, line_width: line as f64, line_chars: line, lines: 2, words: WORDS };
            let cues = cues(&tokens, (pad, at), &limits);
            let shown: Vec<Token> = cues.iter().flat_map(|c| c.lines.concat()).collect();
            prop_assert_eq!(&shown, &tokens);
            for cue in &cues {
                prop_assert!(cue.start < cue.end);
                prop_assert!(cue.lines.len() <= 2 && cue.lines.iter().all(|l| !l.is_empty()));
                prop_assert!(cue.lines.iter().all(|l| l.len() == 1 || by_chars(&Cue::line_text(l)) <= line as f64));
            }
            prop_assert!(cues.windows(2).all(|p| p[0].end <= p[1].start));
        }
    }
}
