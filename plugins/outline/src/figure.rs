//! A number that a sentence is about: `8,000 litres`, `70 %`, `$5 million`. Called by the cards; pure.

use crate::phrase::{clauses, is_stop, length, loose, shorten, tidy, trimmed};

/// A number with its unit, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// As it stands in the sentence: `8,000 litres`.
    pub number: String,
    /// The words after it, or the whole sentence.
    pub meaning: String,
}

/// A longer sentence is about more than its number.
const MOST_WORDS: usize = 26;
const MOST_NUMBER: usize = 26;
const MOST_MEANING: usize = 80;
const SHORT_SENTENCE: usize = 60;
const SCALES: &str = " hundred thousand million billion trillion tausend millionen million milliarden mille millions \
    milliard milliards mil millones ";
const PERCENT: &str = " % percent per_cent prozent pour_cent por_ciento ";
/// Units that are said alone; after other words another may belong to it (`stone walls`).
const UNITS: &str = " litres liters litre liter metres meters metre meter kilometres kilometers kilometre kilometer km m \
    cm mm miles mile feet foot inches kg kilograms grams tonnes tons ton years year months month weeks week days day hours \
    hour minutes minute seconds second degrees people times hectares acres bytes lines watts jahre tage stunden menschen \
    liter meter kilometer ans jours heures personnes litres mètres años días horas personas litros metros ";

/// The first number in a sentence that is worth a card; years, clocks and small counts are not. What a writer
/// set bold is, if it has a digit.
pub(crate) fn find(sentence: &str, bold: Option<&str>) -> Option<Figure> {
    let mut clauses = clauses(sentence).into_iter();
    match bold.map(str::trim) {
        Some(bold) => clauses.find(|clause| clause.contains(bold)).and_then(|clause| set_bold(bold, clause, sentence)),
        None if sentence.split_whitespace().count() > MOST_WORDS => None,
        None => clauses.find_map(|clause| in_clause(clause, sentence)),
    }
}

/// A bold number is shown as the writer set it.
fn set_bold(bold: &str, clause: &str, sentence: &str) -> Option<Figure> {
    let shown = length(bold) <= MOST_NUMBER && bold.split_whitespace().any(is_number);
    let (before, after) = clause.split_once(bold).filter(|_| shown)?;
    Some(Figure { number: tidy(bold), meaning: meaning(before, after, 1, sentence) })
}

fn in_clause(clause: &str, sentence: &str) -> Option<Figure> {
    let words: Vec<&str> = clause.split_whitespace().collect();
    let at = words.iter().position(|word| is_number(word))?;
    let mut end = at + 1;
    let next = |end: usize| words.get(end).filter(|_| !closes(words[end - 1])).map_or("", |w| bare(w));
    while holds(SCALES, &next(end).to_lowercase()) {
        end += 1;
    }
    let scaled = end > at + 1;
    let two = format!("{}_{}", next(end), words.get(end + 1).map_or("", |w| bare(w))).to_lowercase();
    let share = [two.as_str(), &next(end).to_lowercase()].into_iter().position(|unit| holds(PERCENT, unit));
    let signed = words[at].contains(['%', '$', '€', '£', '¥']);
    if let Some(n) = share {
        end += 2 - n;
    } else if !signed && is_unit(next(end)) {
        // One word is a unit; of several nobody can tell which belong to it, so they stay with the meaning.
        let alone = holds(UNITS, &next(end).to_lowercase()) || !is_unit(next(end + 1));
        end += usize::from(alone);
    }
    let plain = bare(words[at]);
    let value = value(plain).unwrap_or(0.0);
    let year = plain.len() == 4 && plain.chars().all(|c| c.is_ascii_digit()) && !scaled && share.is_none();
    let counted = is_unit(next(at + 1)) && value >= 10.0;
    let worth = signed || scaled || share.is_some() || counted || (value >= 1000.0 && plain.contains([',', '.']));
    if !worth || year {
        return None;
    }
    let number = tidy(&words[at..end].join(" "));
    let number = if length(&number) > MOST_NUMBER { tidy(words[at]) } else { number };
    Some(Figure { number, meaning: meaning(&words[..at].join(" "), &words[end..].join(" "), 2, sentence) })
}

/// What stands after the number, where it has so many words that say something; else the sentence, or of a
/// long one what stands before the number.
fn meaning(before: &str, after: &str, least: usize, sentence: &str) -> String {
    let after = loose(after);
    if subjects(after) >= least && length(after) <= MOST_MEANING {
        return after.to_string();
    }
    let (before, sentence) = (trimmed(before), tidy(sentence));
    if length(&sentence) > SHORT_SENTENCE && subjects(&before) >= 2 && length(&before) <= MOST_MEANING {
        return before;
    }
    shorten(&sentence, MOST_MEANING)
}

fn subjects(text: &str) -> usize {
    text.split_whitespace().filter(|word| !bare(word).is_empty() && !is_stop(bare(word))).count()
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '%' | '$' | '€' | '£' | '¥' | '°')))
}

fn closes(word: &str) -> bool {
    word.ends_with(['.', '!', '?', ')', '…'])
}

/// Digits with separators, perhaps with a sign of its unit on either side: `8,000`, `$5`, `70%`, `3–5`, `20km`.
fn is_number(word: &str) -> bool {
    let word = bare(word);
    let digits = word.trim_start_matches(['$', '€', '£', '¥', '−', '-', '+']);
    let tail = digits.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '.' | '–' | '-'));
    digits.starts_with(|c: char| c.is_ascii_digit())
        && (tail.is_empty() || matches!(tail, "%" | "€" | "$" | "£" | "°" | "km" | "m" | "kg" | "x"))
}

fn value(word: &str) -> Option<f64> {
    let last = word.rsplit(['–', '-']).next().unwrap_or(word);
    let digits: String = last.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    // Points between groups of three are separators, as in 8.000.
    match digits.split_once('.') {
        Some((whole, rest)) if rest.len() == 3 || rest.contains('.') => {
            format!("{whole}{rest}").replace('.', "").parse().ok()
        }
        _ => digits.parse().ok(),
    }
}

fn is_unit(word: &str) -> bool {
    let word = bare(word);
    !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '°') && !is_stop(word)
}

fn holds(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_whitespace().any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_worth_a_card_are_found() {
        let cases = [
            ("Every field needs 8,000 litres of clear water.", "8,000 litres", "of clear water"),
            ("About 70 % of the walls are older than the road.", "70 %", "of the walls are older than the road"),
            ("Rice feeds 3.5 billion people.", "3.5 billion people", "Rice feeds 3.5 billion people"),
            ("It cost $5 million in the end.", "$5 million", "It cost $5 million in the end"),
            ("In 1995, 40 percent of them were empty.", "40 percent", "In 1995, 40 percent of them were empty"),
            ("There are 20,000 dry stone walls here.", "20,000", "dry stone walls here"),
        ];
        for (sentence, number, meaning) in cases {
            let got = find(sentence, None).unwrap();
            assert_eq!((got.number.as_str(), got.meaning.as_str()), (number, meaning));
        }
    }

    #[test]
    fn years_clocks_and_small_counts_are_not() {
        for sentence in [
            "In 1986 it rained.",
            "At 12:30 we ate.",
            "There are 3 reasons.",
            "The 16th century saw it.",
            "No digits at all.",
            "UNESCO listed it in 1995.",
        ] {
            assert_eq!(find(sentence, None), None, "{sentence}");
        }
        let bold = find("Now 3 gates open at noon.", Some("3 gates")).unwrap();
        assert_eq!((bold.number.as_str(), bold.meaning.as_str()), ("3 gates", "open at noon"));
        let last = find(
            "Old machines have a limit they cannot pass, and the largest number that fits is 2,147,483,647.",
            None,
        );
        assert_eq!(last.unwrap().meaning, "The largest number that fits");
        assert_eq!(find("It has a gate.", Some("gate")), None);
    }
}
