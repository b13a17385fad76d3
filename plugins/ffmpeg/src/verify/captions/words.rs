//! Do captions say what is said, when it is said?

use similar::{Algorithm, DiffOp, capture_diff_slices};
use studio_plugin_sdk::roles::{rank::Span, tts::Word, verify::Check};

use super::{
    super::report::{Detail, count, fail, pass, skipped, warn},
    Cue,
};
use crate::caption::style::words::is_unspaced;

const NAME: &str = "caption_words";
/// A word may be heard so long before its caption appears, or after it has gone, in seconds.
const NEAR: f64 = 0.25;
/// Later than this, captions and speech have come apart, in seconds.
const APART: f64 = 0.6;

/// Compares captions with the words that are said; `opened`: captions may break between signs of scripts without spaces.
pub fn check(cues: &[Cue], said: &[Word], opened: bool) -> Check {
    let units = |word: &str| {
        if opened { signs(word) } else { Some(plain(word)).filter(|w| !w.is_empty()).into_iter().collect() }
    };
    let pieces = |word: &'_ Word| word.text.split_whitespace().flat_map(units).collect::<Vec<_>>();
    let said: Vec<(String, &Word)> =
        said.iter().flat_map(|w| pieces(w).into_iter().map(move |text| (text, w))).collect();
    if said.is_empty() {
        return skipped(NAME, "nothing tells what is said");
    }
    let mut shown: Vec<(String, &Cue)> = Vec::new();
    for cue in cues {
        shown.extend(cue.words().flat_map(units).map(|word| (word, cue)));
    }
    let heard: Vec<&str> = said.iter().map(|(text, _)| text.as_str()).collect();
    let read: Vec<&str> = shown.iter().map(|(text, _)| text.as_str()).collect();
    let (mut missing, mut other, mut late) = (Vec::new(), 0, Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, &heard, &read) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                let pairs = said[old_index..old_index + len].iter().zip(&shown[new_index..new_index + len]);
                late.extend(pairs.map(|((_, word), (_, cue))| (drift(word, cue), *word)).filter(|(by, _)| *by > NEAR));
            }
            DiffOp::Delete { old_index, old_len, .. } => missing.extend(&said[old_index..old_index + old_len]),
            DiffOp::Insert { new_len, .. } => other += new_len,
            DiffOp::Replace { old_index, old_len, new_len, .. } => {
                missing.extend(&said[old_index..old_index + old_len]);
                other += new_len.saturating_sub(old_len);
            }
        }
    }
    if missing.len() * 2 > said.len() {
        return skipped(NAME, "the captions are not in the words that are said: a translation, or of another film");
    }
    let words = count(said.len(), "word", "words");
    let place = |word: &Word| Span { start: word.start, end: word.end.max(word.start) };
    if !missing.is_empty() || other > 0 {
        let mut found = Vec::new();
        if let Some((first, _)) = missing.first() {
            found.push(format!("{} of {words} not in the captions, first {first:?}", missing.len()));
        }
        if other > 0 {
            found.push(format!("{} in the captions that nobody says", count(other, "word", "words")));
        }
        let message = found.join(", ");
        let help = "take the captions from the speech: captions = speech.words";
        return fail(NAME, message, help)
            .number((missing.len() + other) as f64, 0.0, "words")
            .at(missing.iter().map(|(_, w)| place(w)));
    }
    let Some(worst) = late.iter().map(|(by, _)| *by).max_by(f64::total_cmp) else {
        return pass(NAME, format!("{words}, each while its caption is up"));
    };
    let message = format!("{} of {words} up to {worst:.1} s away from their caption", late.len());
    let help = "times of captions and of speech differ: were they shifted?";
    let found = if worst > APART { fail(NAME, message, help) } else { warn(NAME, message, help) };
    found.number(worst, NEAR, "s").at(late.iter().map(|(_, word)| place(word)))
}

/// How long before a caption's time or after it a word begins, in seconds.
fn drift(word: &Word, cue: &Cue) -> f64 {
    (cue.start - word.start).max(word.start - cue.end).max(0.0)
}

/// A word as what is compared: of scripts without spaces each sign.
fn signs(word: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut joins = false;
    for c in plain(word).chars() {
        let alone = is_unspaced(c);
        match units.last_mut().filter(|_| joins && !alone) {
            Some(unit) => unit.push(c),
            None => units.push(c.into()),
        }
        joins = !alone;
    }
    units
}

/// Without marks and case.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::roles::verify::CheckState;

    use super::*;

    fn words(text: &str, from: f64) -> Vec<Word> {
        let word = |(i, text): (usize, &str)| {
            let start = from + 0.4 * i as f64;
            Word { text: text.into(), start, end: start + 0.3, speaker: String::new() }
        };
        text.split(' ').enumerate().map(word).collect()
    }

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue { start, end, lines: text.split('/').map(str::to_owned).collect() }
    }

    #[test]
    fn every_word_is_up_when_it_is_said() {
        let said = words("Rice grows — in water.", 1.0);
        assert_eq!(check(&[cue(0.9, 3.0, "Rice grows/in water.")], &said, false).state, CheckState::Pass);
        let missing = check(&[cue(0.9, 3.0, "Rice grows in")], &said, false);
        assert_eq!((missing.state, missing.measured), (CheckState::Fail, Some(1.0)));
        assert_eq!(check(&[cue(0.9, 3.0, "Rice grows in cold water")], &said, false).state, CheckState::Fail);
        assert_eq!(check(&[cue(1.4, 3.0, "Rice grows in water")], &said, false).state, CheckState::Warn);
        assert_eq!(check(&[cue(4.0, 7.0, "Rice grows in water")], &said, false).state, CheckState::Fail);
        assert_eq!(check(&[cue(0.9, 3.0, "Reis wächst im Wasser")], &said, false).state, CheckState::Skipped);
        assert_eq!(check(&[cue(4.0, 7.0, "Rice")], &[], false).state, CheckState::Skipped);
        let sentence = words("水稲は田で育つ。", 1.0);
        assert_eq!(
            check(&[cue(0.9, 1.2, "水稲は田/で育"), cue(1.0, 1.4, "つ。")], &sentence, true).state,
            CheckState::Pass
        );
    }
}
