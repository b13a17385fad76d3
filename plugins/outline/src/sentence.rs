//! Splits prose into sentences, and says how long one lasts when spoken. Called by the scene builder; pure.

use studio_plugin_sdk::words::{ends_sentence, is_closing, may_close};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::rich::Rich;

/// Abbreviations whose period ends no sentence, in small letters and without the last period.
const SHORT: &str = " mr mrs ms dr prof st sr jr gen col capt lt sgt rev gov mt figs ed eds vs ca cf e.g i.e eg ie al \
    approx dept est co corp bros jan feb apr jun jul aug sep sept oct nov dec mon tue wed thu fri u.s u.k u.n \
    bzw z.b d.h u.a bspw evtl ggf inkl str vgl hr fr frl mio mrd s.o s.u hl \
    mme mlle mgr av env sra srta dra ud uds ee.uu pág núm dña ";
/// Abbreviations that are ones only before a number; else they are words.
const NUMBERED: &str = " no nos nr art p pp v vol fig chap sat sun mar ";
const MONTHS: &str = " januar februar märz april mai juni juli august september oktober november dezember \
    jahrhundert jahrhunderts ";

/// Seconds that a spoken word takes at 160 words a minute, and a character of a script without spaces.
const WORD: f64 = 60.0 / 160.0;
const GLYPH: f64 = 0.25;

/// The sentences of a paragraph, in order; together they are all of it.
pub(crate) fn split(text: &Rich) -> Vec<Rich> {
    let chars: Vec<(usize, char)> = text.text.char_indices().collect();
    let mut sentences = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < chars.len() {
        at += 1;
        if !ends_sentence(chars[at - 1].1) {
            continue;
        }
        let stop = at - 1;
        while chars.get(at).is_some_and(|(_, c)| ends_sentence(*c) || is_closing(*c)) || closes(&chars, at) {
            at += 1;
        }
        if ends(&chars, stop, at) {
            let end = chars.get(at).map_or(text.text.len(), |(byte, _)| *byte);
            sentences.push(text.part(start..end));
            start = end;
        }
    }
    sentences.push(text.part(start..text.text.len()));
    merge_wordless(sentences)
}

/// What has no word of its own belongs to the sentence before it, or else to the one after.
fn merge_wordless(pieces: Vec<Rich>) -> Vec<Rich> {
    let mut sentences: Vec<Rich> = Vec::new();
    let mut lead = Rich::default();
    for piece in pieces.into_iter().filter(|piece| !piece.text.is_empty()) {
        match sentences.last_mut() {
            Some(last) if !piece.has_words() => last.append(&piece),
            _ => {
                lead.append(&piece);
                if lead.has_words() {
                    sentences.push(std::mem::take(&mut lead));
                }
            }
        }
    }
    sentences
}

/// Does a quotation mark close there that may also open? What it opened would follow it at once.
fn closes(chars: &[(usize, char)], at: usize) -> bool {
    chars.get(at).is_some_and(|(_, c)| may_close(*c)) && chars.get(at + 1).is_none_or(|(_, c)| c.is_whitespace())
}

/// Does a sentence end between the mark at `stop` and the character at `next`?
fn ends(chars: &[(usize, char)], stop: usize, next: usize) -> bool {
    let mark = chars[stop].1;
    let Some((_, after)) = chars.get(next) else { return true };
    if matches!(mark, '。' | '！' | '？' | '।' | '॥') {
        return true;
    }
    if !after.is_whitespace() {
        return false;
    }
    let word_after = || chars[next..].iter().map(|(_, c)| *c).take(24).skip_while(|c| !c.is_alphanumeric());
    if word_after().next().is_some_and(char::is_lowercase) {
        return false;
    }
    // Dots that stand together are an ellipsis; only a single one may be an abbreviation's.
    if mark != '.' || next != stop + 1 {
        return true;
    }
    let before: String = chars[..stop].iter().rev().map(|(_, c)| *c).take_while(|c| !c.is_whitespace()).collect();
    let before: String = before.chars().rev().collect();
    let after: String = word_after().take_while(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    !is_short(before.trim_start_matches(|c: char| !c.is_alphanumeric()), &after)
}

/// Is the word before a period an abbreviation, given the word after it in small letters?
fn is_short(word: &str, after: &str) -> bool {
    let mut chars = word.chars();
    if let (Some(only), None) = (chars.next(), chars.next())
        && only.is_alphabetic()
    {
        // J. R. R. Tolkien and z. B., but not the word I, nor metres: "5 m. The".
        return if only.is_uppercase() { only != 'I' } else { after.chars().count() == 1 };
    }
    let low = word.to_lowercase();
    let holds = |list: &str, word: &str| !word.is_empty() && list.split_whitespace().any(|w| w == word);
    if low.len() <= 2 && low.chars().all(|c| c.is_ascii_digit()) {
        return holds(MONTHS, after);
    }
    if holds(NUMBERED, &low) {
        return after.starts_with(|c: char| c.is_ascii_digit());
    }
    holds(SHORT, &low)
}

/// How long it takes to say, in seconds.
pub(crate) fn seconds(text: &str) -> f64 {
    text.unicode_words().map(|word| if word.chars().all(is_glyph) { GLYPH } else { WORD }).sum()
}

fn is_glyph(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        split(&Rich::plain(text)).into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_stops() {
        let cases: [(&str, usize); 22] = [
            ("One. Two! Three? Four", 4),
            ("Dr. Fox met J. R. R. Tolkien at 3.5 km. He left.", 2),
            ("It costs $5.00 e.g. here. “Really?” he asked. “Yes.” She went.", 4),
            ("Well… maybe. And then … nothing.", 2),
            ("In 1986. The year ended.", 2),
            ("See No. 5 and Fig. 3. No. Never.", 3),
            ("Am 3. Oktober kam z. B. Herr Dr. Maier. Er ging.", 2),
            ("M. Dupont est là. Mme. Curie aussi.", 2),
            ("¿Qué? ¡Nada! El Sr. Ruiz vino.", 3),
            ("一つ。二つ！三つ", 3),
            ("नमस्ते दुनिया। यह ठीक है।", 2),
            ("مرحبا. كيف حالك؟ بخير.", 3),
            ("Wait ... what? (Yes!) Good.", 3),
            ("So it was I. He knew.", 2),
            ("A sentence.Another one without a space.", 1),
            ("... and so on. Yes.", 2),
            ("\"Stop!\" — he said.", 1),
            ("We met at 5 p.m. Then we ate.", 2),
            ("It is 5 m. The end.", 2),
            ("„Ja.“ Dann ging er.", 2),
            ("»Nein!« Er blieb.", 2),
            ("他来了。“好的。”他走了。", 3),
        ];
        for (text, count) in cases {
            assert_eq!(parts(text).len(), count, "{:?}", parts(text));
            assert_eq!(parts(text).concat().replace(' ', ""), text.replace(' ', ""));
        }
    }

    #[test]
    fn a_quotation_mark_stands_with_what_it_opens_or_closes() {
        assert_eq!(parts("他来了。“好的。”他走了。"), ["他来了。", "“好的。”", "他走了。"]);
        assert_eq!(parts("„Ja.“ Dann ging er.")[0], "„Ja.“");
    }

    #[test]
    fn speech_lasts() {
        assert!((seconds("one two three four") - 1.5).abs() < 1e-9);
        assert!((seconds("水と土") - 0.75).abs() < 1e-9);
        assert!(seconds("… — !").abs() < 1e-9);
    }
}
