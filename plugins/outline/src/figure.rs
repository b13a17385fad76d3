//! A number that a sentence is about: `8,000 litres`, `70 %`, `$5 million`. Called by the cards; pure.

use crate::phrase::{clauses, is_stop, length, shorten, tidy};

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
    let clause = clauses(sentence).into_iter().find(|clause| bold.is_none_or(|b| clause.contains(b)))?;
    let near = bold.map_or(clauses(sentence), |_| vec![clause]);
    if bold.is_none() && sentence.split_whitespace().count() > MOST_WORDS {
        return None;
    }
    near.into_iter().find_map(|clause| in_clause(clause, sentence, bold))
}

fn in_clause(clause: &str, sentence: &str, bold: Option<&str>) -> Option<Figure> {
    let words: Vec<&str> = clause.split_whitespace().collect();
    let at = words.iter().position(|word| is_number(word) && bold.is_none_or(|b| b.contains(bare(word))))?;
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
    if bold.is_none() && (!worth || year) {
        return None;
    }
    let number = tidy(&words[at..end].join(" "));
    let number = if length(&number) > MOST_NUMBER { tidy(words[at]) } else { number };
    Some(Figure { number, meaning: meaning(&words[end..], sentence) })
}

fn meaning(after: &[&str], sentence: &str) -> String {
    let rest = tidy(&after.join(" "));
    let subjects = after.iter().filter(|w| !is_stop(bare(w))).count();
    if subjects >= 2 && length(&rest) <= MOST_MEANING { rest } else { shorten(&tidy(sentence), MOST_MEANING) }
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
            ("Every field needs 8,000 litres of clear water.", "8,000 litres", "Of clear water"),
            ("About 70 % of the walls are older than the road.", "70 %", "Of the walls are older than the road"),
            ("Rice feeds 3.5 billion people.", "3.5 billion people", "Rice feeds 3.5 billion people"),
            ("It cost $5 million in the end.", "$5 million", "It cost $5 million in the end"),
            ("In 1995, 40 percent of them were empty.", "40 percent", "In 1995, 40 percent of them were empty"),
            ("There are 20,000 dry stone walls here.", "20,000", "Dry stone walls here"),
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
        assert_eq!(find("It has 3 gates.", Some("3 gates")).unwrap().number, "3 gates");
        assert_eq!(find("It has a gate.", Some("gate")), None);
    }
}
