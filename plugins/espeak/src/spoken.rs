//! What is written turned into what espeak-ng is given, with the way back from every character. Called by the
//! stage; pure.

/// A text for espeak-ng and where each of its characters comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// What is said.
    pub text: String,
    /// For each character of `text` the index of the written character it stands for.
    pub origin: Vec<usize>,
}

/// Written with a period that ends no sentence; espeak-ng would pause after it. The second is what is said.
const SHORT: [(&str, &str); 27] = [
    ("Mr.", "Mr"),
    ("Mrs.", "Mrs"),
    ("Ms.", "Ms"),
    ("Dr.", "Dr"),
    ("Prof.", "Professor"),
    ("St.", "St"),
    ("Sr.", "Senior"),
    ("Jr.", "Junior"),
    ("Gen.", "General"),
    ("Col.", "Colonel"),
    ("Capt.", "Captain"),
    ("Lt.", "Lieutenant"),
    ("Sgt.", "Sergeant"),
    ("Rev.", "Reverend"),
    ("Gov.", "Governor"),
    ("Mt.", "Mount"),
    ("Fig.", "figure"),
    ("fig.", "figure"),
    ("e.g.", "for example"),
    ("i.e.", "that is"),
    ("vs.", "versus"),
    ("approx.", "approximately"),
    ("ca.", "circa"),
    ("c.", "circa"),
    ("pp.", "pages"),
    ("km²", "square kilometres"),
    ("m²", "square metres"),
];

impl Spoken {
    /// Prepares a text. English words are only put into English.
    pub(crate) fn of(written: &str, english: bool) -> Self {
        let chars: Vec<char> = written.chars().collect();
        let mut spoken = Self::default();
        let mut at = 0;
        while at < chars.len() {
            if english && let Some(used) = spoken.expand(&chars, at) {
                at += used;
                continue;
            }
            spoken.push(at, plain(&chars, at));
            at += 1;
        }
        spoken
    }

    fn push(&mut self, origin: usize, c: char) {
        // Two of them would start phonemes in espeak-ng's command line.
        if c == '[' && self.text.ends_with('[') {
            self.text.push(' ');
            self.origin.push(origin);
        }
        self.text.push(c);
        self.origin.push(origin);
    }

    /// Says what stands at `at` in other words, where it has to be; the number of characters used up.
    fn expand(&mut self, chars: &[char], at: usize) -> Option<usize> {
        let after_digit = at > 0 && chars[at - 1].is_ascii_digit();
        let before_digit = chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if chars[at] == '–' && after_digit && before_digit {
            " to ".chars().for_each(|c| self.push(at, c));
            return Some(1);
        }
        if at > 0 && (chars[at - 1].is_alphanumeric() || matches!(chars[at - 1], '.' | '\'' | '’')) {
            return None;
        }
        if chars[at..].starts_with(&['N', 'o', '.', ' ']) && chars.get(at + 4).is_some_and(char::is_ascii_digit) {
            "number".chars().for_each(|c| self.push(at, c));
            return Some(3);
        }
        let (short, said) = SHORT.into_iter().find(|(short, _)| is_at(short, chars, at))?;
        said.chars().for_each(|c| self.push(at, c));
        Some(short.chars().count())
    }
}

/// Is it there as a word of its own, and not the last of a sentence?
fn is_at(short: &str, chars: &[char], at: usize) -> bool {
    let length = short.chars().count();
    chars[at..].iter().copied().take(length).eq(short.chars())
        && chars.get(at + length).map_or(!short.ends_with('.'), |c| {
            if short.ends_with('.') { c.is_whitespace() || *c == ',' } else { !c.is_alphanumeric() }
        })
}

/// The character itself, but for what would command espeak-ng or make it pause: control characters, and the
/// period of an initial (`J. R. R. Tolkien`).
fn plain(chars: &[char], at: usize) -> char {
    let c = chars[at];
    // Line ends part clauses only where a line is blank; anything else that controls is no text.
    if c.is_control() {
        return if c == '\n' { '\n' } else { ' ' };
    }
    let initial = c == '.'
        && at >= 1
        && chars[at - 1].is_uppercase()
        && (at == 1 || chars[at - 2].is_whitespace() || matches!(chars[at - 2], '.' | '(' | '“' | '"'))
        && chars.get(at + 1).is_some_and(|c| c.is_whitespace())
        && chars.get(at + 2).is_some_and(|c| c.is_uppercase())
        && chars[at - 1] != 'I';
    if initial { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_that_end_nothing_are_not_paused_at() {
        let said = |text| Spoken::of(text, true).text;
        assert_eq!(said("Dr. Fox met J. R. R. Tolkien."), "Dr Fox met J  R  R  Tolkien.");
        assert_eq!(
            said("See Fig. 3, No. 5, 3–5 days, e.g. now."),
            "See figure 3, number 5, 3 to 5 days, for example now."
        );
        assert_eq!(said("It was I. He left. No. Never."), "It was I. He left. No. Never.");
        assert_eq!(said("12 km², 1.5 vs. 2."), "12 square kilometres, 1.5 versus 2.");
        assert_eq!(Spoken::of("Dr. Fuchs, 3–5", false).text, "Dr. Fuchs, 3–5");
    }

    #[test]
    fn nothing_in_a_text_is_a_command() {
        let said = Spoken::of("a\u{1}b\0c [[h@]] d", true);
        assert_eq!(said.text, "a b c [ [h@]] d");
    }

    #[test]
    fn every_character_knows_where_it_comes_from() {
        let written = "so, e.g. rice [[x]]";
        let said = Spoken::of(written, true);
        assert_eq!(said.origin.len(), said.text.chars().count());
        assert!(said.origin.is_sorted());
        let rice = said.text.find("rice").unwrap();
        assert_eq!(said.origin[rice], written.find("rice").unwrap());
    }
}
