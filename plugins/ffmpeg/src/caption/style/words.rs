//! Words made ready for a style: stresses marked, scripts without spaces opened to line breaks, long words broken,
//! what no font has left out.

use studio_plugin_sdk::caption::{CaptionStyle, EmojiPolicy};
use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_segmentation::UnicodeSegmentation;

use super::{super::Token, faces::Faces};

/// Signs that may stand around a word and do not belong to it.
const AROUND: [char; 16] = ['.', ',', ';', ':', '!', '?', '…', '"', '\'', '“', '”', '’', '(', ')', '«', '»'];
/// Tones of skin, which stand behind a pictograph.
const TONES: std::ops::RangeInclusive<char> = '\u{1f3fb}'..='\u{1f3ff}';

/// Words for every use: marks of stress become stresses, and texts without spaces can be broken.
pub fn marked(tokens: Vec<Token>, keywords: &[&[String]]) -> Vec<Token> {
    let mut tokens = starred(tokens);
    for phrase in keywords.iter().flat_map(|list| list.iter()) {
        stress(&mut tokens, phrase);
    }
    tokens.into_iter().flat_map(opened).collect()
}

/// Sentences as words, each with its share of their time: a second language often comes without times of its words.
pub fn spaced(tokens: Vec<Token>) -> Vec<Token> {
    let words = |token: &Token| {
        let words: Vec<String> = token.text.split(' ').map(str::to_owned).collect();
        parted(token, &words).into_iter().map(|word| Token { glued: false, ..word }).collect::<Vec<_>>()
    };
    tokens.iter().flat_map(words).collect()
}

/// Words for the picture; `lost` is told of each that cannot be drawn in full.
pub fn drawable(
    tokens: Vec<Token>,
    style: &CaptionStyle,
    faces: &Faces,
    widest: f64,
    lost: &mut dyn FnMut(&str),
) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    for mut token in tokens {
        token.text = seen(&token.text, style, faces, lost);
        if token.text.is_empty() {
            continue;
        }
        if style.uppercase {
            token.text = token.text.to_uppercase();
        }
        out.extend(broken(token, faces, widest));
    }
    out
}

/// What of a word is to be drawn. Pictographs of one colour are drawn one by one: what would join or tint them is not
/// seen.
fn wanted(text: &str, style: &CaptionStyle, faces: &Faces) -> String {
    let has_emoji = text.chars().any(|c| faces.is_emoji(c));
    let unwanted = |c: char| {
        let joins = matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}') || TONES.contains(&c);
        (has_emoji && joins) || (style.emoji == EmojiPolicy::Drop && faces.is_emoji(c))
    };
    text.chars().filter(|c| !unwanted(*c)).collect()
}

/// Characters of a word that are to be drawn and that no font has.
pub fn undrawn(text: &str, style: &CaptionStyle, faces: &Faces) -> Vec<char> {
    wanted(text, style, faces).chars().filter(|c| !faces.covers(*c)).collect()
}

/// What of a word can be drawn and is to be.
fn seen(text: &str, style: &CaptionStyle, faces: &Faces, lost: &mut dyn FnMut(&str)) -> String {
    let wanted = wanted(text, style, faces);
    if wanted.chars().all(|c| faces.covers(c)) {
        return wanted.trim().to_owned();
    }
    lost(text);
    let rest: String = wanted.chars().filter(|c| faces.covers(*c)).collect();
    let says = |c: char| c.is_alphanumeric() || faces.is_emoji(c);
    if rest.chars().any(says) { rest.trim().to_owned() } else { String::new() }
}

/// `*rice*`, `*a field of rice*`: what is between asterisks is stressed, and they go.
fn starred(mut tokens: Vec<Token>) -> Vec<Token> {
    let opens = |text: &str| text.trim_start_matches(AROUND).starts_with('*');
    let closes = |text: &str| text.trim_end_matches(AROUND).ends_with('*');
    let mut from = None;
    for i in 0..tokens.len() {
        let text = tokens[i].text.as_str();
        let alone = text.chars().all(|c| c == '*' || AROUND.contains(&c));
        if from.is_none() && opens(text) && !alone {
            from = Some(i);
        }
        let Some(start) = from.filter(|start| closes(text) && (*start < i || text.matches('*').count() > 1)) else {
            continue;
        };
        for token in &mut tokens[start..=i] {
            token.text = token.text.replace('*', "");
            token.key = true;
        }
        from = None;
    }
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

/// Stresses a phrase wherever it is said.
fn stress(tokens: &mut [Token], phrase: &str) {
    let phrase: Vec<String> = phrase.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    if phrase.is_empty() || phrase.len() > tokens.len() {
        return;
    }
    for i in 0..=tokens.len() - phrase.len() {
        if tokens[i..].iter().zip(&phrase).all(|(token, word)| plain(&token.text) == *word) {
            tokens[i..i + phrase.len()].iter_mut().for_each(|token| token.key = true);
        }
    }
}

/// Without marks and case.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Is it of a script that writes no spaces, and may be broken between its signs?
pub fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x2fdf | 0x3005..=0x30ff | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff)
}

/// A text without spaces as the pieces between which a line may break.
fn opened(token: Token) -> Vec<Token> {
    if token.text.chars().any(is_unspaced) { parted(&token, &pieces(&token.text)) } else { vec![token] }
}

fn pieces(text: &str) -> Vec<String> {
    let mut from = 0;
    let ends = linebreaks(text).filter(|(_, kind)| *kind == BreakOpportunity::Allowed).map(|(at, _)| at);
    let mut out: Vec<String> = Vec::new();
    for end in ends.chain([text.len()]) {
        if end > from {
            out.push(text[from..end].trim().to_owned());
        }
        from = end;
    }
    out.retain(|piece| !piece.is_empty());
    out
}

/// A token cut into pieces; each has its share of the time.
fn parted(token: &Token, pieces: &[String]) -> Vec<Token> {
    let count = |text: &str| text.chars().count() as u64;
    let whole: u64 = pieces.iter().map(|piece| count(piece)).sum::<u64>().max(1);
    let (mut before, length) = (0, u64::from(token.end - token.start));
    let mut at = |add: u64| {
        before += add;
        token.start + u32::try_from(length * before / whole).unwrap_or(0)
    };
    let piece = |(i, text): (usize, &String)| {
        let (start, end) = (at(0), at(count(text)));
        Token { text: text.clone(), start, end, glued: i > 0 || token.glued, key: token.key }
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// A word that is wider than a line, broken where it may be, else anywhere, with a hyphen.
fn broken(token: Token, faces: &Faces, widest: f64) -> Vec<Token> {
    if faces.rough(&token.text) <= widest {
        return vec![token];
    }
    let mut out: Vec<String> = Vec::new();
    for piece in pieces(&token.text) {
        match out.last_mut().filter(|last| faces.rough(last) + faces.rough(&piece) <= widest) {
            Some(last) => last.push_str(&piece),
            None => out.extend(chunks(&piece, faces, widest)),
        }
    }
    parted(&token, &out)
}

/// A text in the fewest pieces that fit, all about equally wide.
fn chunks(text: &str, faces: &Faces, widest: f64) -> Vec<String> {
    let room = (widest - faces.rough("-")).max(widest / 2.0);
    let width = faces.rough(text);
    if width <= widest {
        return vec![text.to_owned()];
    }
    let each = width / (width / room).ceil();
    let hyphen = |text: &str| text.chars().last().is_some_and(|c| c.is_alphabetic() && !is_unspaced(c));
    let (mut out, mut last) = (Vec::new(), String::new());
    for part in text.graphemes(true) {
        let enough =
            faces.rough(&last) + faces.rough(part) / 2.0 > each || faces.rough(&last) + faces.rough(part) > room;
        if enough && !last.is_empty() {
            let end = if hyphen(&last) { "-" } else { "" };
            out.push(std::mem::take(&mut last) + end);
        }
        last.push_str(part);
    }
    out.push(last);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let token = |(i, text): (usize, &str)| {
            let start = 100 * i as u32;
            Token { text: text.into(), start, end: start + 90, ..Token::default() }
        };
        text.split(' ').enumerate().map(token).collect()
    }

    fn keys(text: &str, keywords: &[&str]) -> String {
        let keywords: Vec<String> = keywords.iter().map(|word| (*word).to_owned()).collect();
        let shown = |token: Token| if token.key { token.text.to_uppercase() } else { token.text };
        marked(tokens(text), &[&keywords]).into_iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn stresses_are_marked_by_asterisks_and_lists() {
        assert_eq!(keys("we eat *rice*, daily", &[]), "we eat RICE, daily");
        assert_eq!(keys("a *field of rice* here", &[]), "a FIELD OF RICE here");
        assert_eq!(keys("2 * 3 is *6", &[]), "2 * 3 is *6");
        assert_eq!(keys("Rice fields, rice and fields", &["rice fields"]), "RICE FIELDS, rice and fields");
        assert_eq!(keys("“Rice!” he said", &["RICE"]), "“RICE!” he said");
    }

    #[test]
    fn scripts_without_spaces_can_be_broken_but_not_before_a_stop() {
        let split = marked(tokens("水稲は田で育つ。 rice"), &[]);
        let texts: Vec<&str> = split.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts, ["水", "稲", "は", "田", "で", "育", "つ。", "rice"]);
        assert!(split[1].glued && !split[0].glued && !split[7].glued);
        assert_eq!((split[0].start, split[6].end), (0, 90));
    }

    #[test]
    fn long_words_are_broken_with_a_hyphen_and_addresses_at_their_slashes() {
        let faces = Faces::shipped(&CaptionStyle::default()).unwrap();
        let style = CaptionStyle::default();
        let draw = |text: &str, widest| {
            let shown = drawable(tokens(text), &style, &faces, widest, &mut |_| ());
            shown.into_iter().map(|token| token.text).collect::<Vec<_>>()
        };
        assert_eq!(
            draw("Donaudampfschifffahrtsgesellschaft now", 12.0),
            ["Donaudampfschiff-", "fahrtsgesellschaft", "now"]
        );
        assert_eq!(draw("example.org/a/long/path/of/many/parts", 12.0), ["example.org/a/long/", "path/of/many/parts"]);
    }

    #[test]
    fn what_no_font_has_is_left_out_and_told() {
        let faces = Faces::shipped(&CaptionStyle::default()).unwrap();
        let mut lost = Vec::new();
        let mut draw = |text: &str, style: &CaptionStyle| {
            let shown = drawable(tokens(text), style, &faces, 99.0, &mut |word| lost.push(word.to_owned()));
            shown.into_iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
        };
        let plain = CaptionStyle::default();
        assert_eq!(draw("rice 水稻 👍🏽 ok", &plain), "rice 👍 ok");
        assert_eq!(draw("rice 🌾 ok🌾", &CaptionStyle { emoji: EmojiPolicy::Drop, ..plain.clone() }), "rice ok");
        assert_eq!(draw("straße", &CaptionStyle { uppercase: true, ..plain }), "STRASSE");
        assert_eq!(lost, ["水稻"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_a_line_and_no_letter_is_lost(text in "[a-zA-Zäß水田は。/-]{1,60}", widest in 4.0f64..20.0) {
            let faces = Faces::shipped(&CaptionStyle::default()).unwrap();
            let token = Token { text: text.clone(), start: 5, end: 905, ..Token::default() };
            let mut lost = 0;
            let style = CaptionStyle::default();
            let parts = drawable(marked(vec![token], &[]), &style, &faces, widest, &mut |_| lost += 1);
            prop_assert!(parts.iter().all(|part| faces.rough(&part.text) <= widest));
            prop_assert!(parts.iter().all(|part| part.start <= part.end && part.end <= 905));
            if lost == 0 {
                let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                prop_assert_eq!(letters(&parts.iter().map(|p| p.text.as_str()).collect::<String>()), letters(&text));
            }
        }
    }
}
