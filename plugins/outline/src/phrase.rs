//! The few words of a sentence that can stand for it on a card. Called by the cards; pure.
//!
//! What a sentence gives depends on itself, the film's title and its section's heading alone: words elsewhere
//! can change without moving anything here.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation as _;

/// Words that carry no subject, in English, German, French and Spanish.
const STOP: &str = " a an the this that these those there here it its it's he she they them his her their theirs we us \
    our you your i me my mine one ones who whom whose which what when where why how if then than so as at by for from \
    in into of off on onto out over to up with within without under through during before after about against between \
    and or but nor yet not no only just also too very more most much many few some any all both each every either \
    neither such own same other another is are was were be been being am do does did done has have had having can \
    could may might must shall should will would get gets got because while until although though since once again \
    still even ever never always often now well quite rather almost nothing nobody everybody somebody \
    der die das den dem des ein eine einer eines einem einen und oder aber doch denn weil dass daß wenn als wie wo was \
    wer ist sind war waren sein bin bist wird werden wurde wurden hat haben hatte hatten kann können muss müssen soll \
    nicht kein keine auch nur noch schon sehr so zu zum zur von vom mit bei im am an auf aus nach vor über unter durch \
    für gegen ohne um er sie es ich du wir ihr ihm ihn ihnen uns mich dich sich man mehr hier da dort dann \
    le la les un une des du de et ou mais donc or ni car que qui quoi dont où est sont était être a ont avait avoir \
    ne pas plus très aussi dans sur sous par pour avec sans chez entre vers il elle ils elles nous vous je tu on ce \
    cet cette ces son sa ses leur leurs mon ma mes au aux si se y en \
    el los las unos unas y o pero porque como cuando donde es son era eran ser estar está están fue ha han había no \
    ni muy más menos también en con sin por para desde hasta sobre entre del al lo su sus mi mis tu se le les él ella \
    ellos ellas nos este esta estos estas ese esa eso que ";
/// A phrase does not begin with these, though it may with an article.
const LEAD: &str = " and or but nor yet so then than when while because which that who if as for in into on at by with \
    from to of where although though since until once after before during also even still just \
    und oder aber denn doch weil dass wenn als in im am an auf mit bei von zu nach für \
    et ou mais donc car que qui dans sur pour avec par en quand \
    y o pero porque que en con por para cuando desde ";
/// Where a long clause comes apart.
const SPLIT: &str =
    " and but or because while which that where when until und aber weil dass et mais que y pero porque ";

/// What the words around a sentence are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Theme(BTreeSet<String>);

impl Theme {
    /// The subject words of headings.
    pub(crate) fn of(headings: &[&str]) -> Self {
        let words = headings.iter().flat_map(|h| h.unicode_words()).map(str::to_lowercase);
        Self(words.filter(|w| !is_stop(w)).collect())
    }
}

/// Does a word carry no subject?
pub(crate) fn is_stop(word: &str) -> bool {
    holds(STOP, word)
}

fn holds(list: &str, word: &str) -> bool {
    let low = word.to_lowercase();
    list.split_whitespace().any(|w| w == low)
}

/// Has it a word with a subject?
pub(crate) fn has_subject(text: &str) -> bool {
    text.unicode_words().any(|w| !is_stop(w))
}

/// Its length as a reader sees it.
pub(crate) fn length(text: &str) -> usize {
    text.graphemes(true).count()
}

/// The phrase of a sentence that says most, at most `limit` characters long.
pub(crate) fn key(sentence: &str, limit: usize, theme: &Theme) -> String {
    let mut best = (0.0, String::new());
    for (n, phrase) in candidates(sentence, limit).into_iter().enumerate() {
        let score = score(&phrase, theme) * (1.0 + 0.2 / (n + 1) as f64) * tied(sentence, &phrase);
        if score > best.0 {
            best = (score, phrase);
        }
    }
    if best.1.is_empty() { shorten(&tidy(sentence), limit) } else { best.1 }
}

/// Less for what hangs on the rest by a small word ("for two thousand years"): it is seldom the main clause.
fn tied(sentence: &str, phrase: &str) -> f64 {
    let at = sentence.to_lowercase().find(&phrase.to_lowercase());
    let before = at.and_then(|at| sentence.get(..at)).and_then(|before| before.split_whitespace().next_back());
    if before.is_some_and(|word| holds(LEAD, word)) { 0.7 } else { 1.0 }
}

/// Another phrase of the sentence than `taken`, if one has something to say.
pub(crate) fn other(sentence: &str, taken: &str, limit: usize, theme: &Theme) -> Option<String> {
    let taken = taken.to_lowercase();
    let apart = |p: &String| !p.to_lowercase().contains(&taken) && !taken.contains(&p.to_lowercase());
    let rest: Vec<String> = candidates(sentence, limit).into_iter().filter(apart).collect();
    rest.into_iter()
        .filter(|p| p.unicode_words().count() > 3)
        .max_by(|a, b| score(a, theme).total_cmp(&score(b, theme)))
}

fn candidates(sentence: &str, limit: usize) -> Vec<String> {
    let mut phrases = Vec::new();
    for clause in clauses(sentence) {
        let whole = trimmed(clause);
        if length(&whole) <= limit {
            phrases.push(whole);
            continue;
        }
        let pieces = pieces(clause).into_iter().map(trimmed);
        phrases.extend(pieces.map(|p| if length(&p) <= limit { p } else { shorten(&p, limit) }));
    }
    phrases.retain(|phrase| has_subject(phrase));
    phrases
}

/// The parts between commas, colons, dashes and brackets.
pub(crate) fn clauses(sentence: &str) -> Vec<&str> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut chars = sentence.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let apart = chars.peek().is_none_or(|(_, next)| next.is_whitespace() || !next.is_alphanumeric());
        let after_space = sentence[..at].ends_with(char::is_whitespace);
        let mark = match c {
            ',' | ';' | ':' => apart,
            '–' => after_space,
            '—' | '(' | ')' | '，' | '、' | '；' | '：' | '،' | '。' => true,
            _ => false,
        };
        if mark {
            clauses.push(&sentence[start..at]);
            start = at + c.len_utf8();
        }
    }
    clauses.push(&sentence[start..]);
    clauses.retain(|clause| clause.chars().any(char::is_alphanumeric));
    clauses
}

fn pieces(clause: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, word) in clause.split_word_bound_indices() {
        if at > start && holds(SPLIT, word) {
            pieces.push(&clause[start..at]);
            start = at;
        }
    }
    pieces.push(&clause[start..]);
    pieces
}

/// Without the small words at its ends that only tie it to the rest.
pub(crate) fn trimmed(clause: &str) -> String {
    let words: Vec<&str> = clause.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let start = words.iter().position(|w| !holds(LEAD, &bare(w)) && !bare(w).is_empty()).unwrap_or(words.len());
    let end = words.iter().rposition(|w| !is_stop(&bare(w)) && !bare(w).is_empty()).map_or(start, |n| n + 1);
    tidy(&words[start.min(end)..end].join(" "))
}

/// Ready to stand alone: no marks at the ends, a capital at the start.
pub(crate) fn tidy(text: &str) -> String {
    capital(loose(text))
}

/// Without marks and half brackets at the ends.
pub(crate) fn loose(text: &str) -> &str {
    let mark = |c: char| c.is_whitespace() || ".,;:…–—-·•\"“”„«»‹›".contains(c);
    let mut text = text.trim_matches(mark);
    // A bracket whose other half is not there.
    for (open, close) in [('(', ')'), ('[', ']'), ('‘', '’')] {
        if text.starts_with(open) && !text.contains(close) {
            text = text.trim_start_matches(open);
        }
        if text.ends_with(close) && !text.contains(open) && close != '’' {
            text = text.trim_end_matches(close);
        }
    }
    text.trim_matches(mark)
}

/// With a capital at the start, unless the word has its own way of writing (`iPhone`).
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let word = text.split_whitespace().next().unwrap_or("");
    let mut upper = first.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(big), None) if !word.chars().skip(1).any(char::is_uppercase) => big.to_string() + chars.as_str(),
        _ => text.to_string(),
    }
}

fn score(phrase: &str, theme: &Theme) -> f64 {
    let words: Vec<&str> = phrase.unicode_words().collect();
    let weights = words.iter().enumerate().map(|(n, word)| weight(word, n == 0, theme));
    let several = match words.len() {
        0 | 1 => 0.5,
        2..=9 => 1.0,
        _ => 0.8,
    };
    several * weights.sum::<f64>() / (words.len().max(1) as f64).sqrt()
}

/// How much a word says: long and rare-looking ones more, names more, those of the heading more.
fn weight(word: &str, first: bool, theme: &Theme) -> f64 {
    if is_stop(word) {
        return 0.0;
    }
    let name = !first && word.chars().next().is_some_and(char::is_uppercase);
    let themed = theme.0.contains(&word.to_lowercase());
    1.0 + 0.12 * length(word).min(10) as f64 + if name { 0.7 } else { 0.0 } + if themed { 0.8 } else { 0.0 }
}

/// The word of a phrase to stress, as it stands there; none where it is too short to need one.
pub(crate) fn stress(phrase: &str, theme: &Theme) -> Option<String> {
    let words: Vec<&str> = phrase.unicode_words().collect();
    if words.len() < 3 {
        return None;
    }
    let last = words.len() - 1;
    let mut best = (0.0, None);
    for (n, word) in words.into_iter().enumerate() {
        // A phrase rises towards its end.
        let weight = weight(word, n == 0, theme) * (1.0 + 0.3 * n as f64 / last as f64);
        if weight > best.0 {
            best = (weight, Some(word.to_string()));
        }
    }
    best.1
}

/// The text itself, or as much of its beginning as `limit` characters hold, up to a word's end.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if length(text) <= limit {
        return text.to_string();
    }
    let end = text.grapheme_indices(true).nth(limit.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let cut = &text[..end];
    // A text without spaces is cut where it must be.
    let at_word = if text[end..].starts_with(char::is_whitespace) { Some(end) } else { cut.rfind(char::is_whitespace) };
    let mut words: Vec<&str> = cut[..at_word.unwrap_or(end).min(end)].split_whitespace().collect();
    while words.len() > 2 && words.last().is_some_and(|w| is_stop(w.trim_matches(|c: char| !c.is_alphanumeric()))) {
        words.pop();
    }
    let kept = words.join(" ");
    format!("{}…", kept.trim_end_matches(|c: char| ".,;:…–—- ".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(sentence: &str) -> String {
        key(sentence, 60, &Theme::of(&["Stairs to the sky"]))
    }

    #[test]
    fn a_key_phrase_stands_alone() {
        let sentence = "And so, for two thousand years, the people of Ifugao have carved mountains into stairs.";
        assert_eq!(key_of(sentence), "The people of Ifugao have carved mountains into stairs");
        assert_eq!(key_of("Nothing is pumped."), "Nothing is pumped");
        assert_eq!(key_of("It is."), "It is");
        assert_eq!(key_of("水は森から来る。土は人が運ぶ。"), "水は森から来る");
        assert!(length(&key_of(&"word ".repeat(50))) <= 60);
    }

    #[test]
    fn the_line_beneath_says_something_else() {
        let sentence = "The forest above drinks the rain, and every channel gives it back slowly.";
        let theme = Theme::default();
        assert_eq!(other(sentence, "Forest above", 80, &theme).as_deref(), Some("Every channel gives it back slowly"));
        assert_eq!(other("Nothing is pumped.", "Nothing is pumped", 80, &theme), None);
    }

    #[test]
    fn text_is_shortened_at_words() {
        assert_eq!(shorten("one two three", 20), "one two three");
        assert_eq!(shorten("one two of three", 11), "one two…");
        assert_eq!(length(&shorten("水は森から来る土は人が運ぶ", 8)), 8);
        assert_eq!(shorten("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
    }

    #[test]
    fn clauses_leave_figures_whole() {
        assert_eq!(
            clauses("Of 8,000 litres, at 12:30, most (all) go"),
            ["Of 8,000 litres", " at 12:30", " most ", "all", " go"]
        );
        assert_eq!(tidy(" “hello there”, "), "Hello there");
        assert_eq!(tidy("iPhone users."), "iPhone users");
        assert_eq!(stress("A hand of water", &Theme::default()).as_deref(), Some("water"));
    }
}
