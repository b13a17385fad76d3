//! Text without its markup that still knows what was emphasised. Filled by the document's reader, cut up by
//! the sentence splitter; pure.

use std::ops::Range;

/// Plain text with single spaces, and the byte ranges of it that were bold or italic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rich {
    /// The text.
    pub text: String,
    /// What was bold.
    pub strong: Vec<Range<usize>>,
    /// What was italic.
    pub slanted: Vec<Range<usize>>,
}

impl Rich {
    /// Text without markup.
    pub(crate) fn plain(text: &str) -> Self {
        let mut rich = Self::default();
        rich.push(text);
        rich
    }

    /// Adds text; runs of white space become one space.
    pub(crate) fn push(&mut self, text: &str) {
        for c in text.chars() {
            if !(c.is_whitespace() || c.is_control()) {
                self.text.push(c);
            } else if !self.text.is_empty() && !self.text.ends_with(' ') {
                self.text.push(' ');
            }
        }
    }

    /// Adds another text behind a space.
    pub(crate) fn append(&mut self, other: &Self) {
        self.push(" ");
        let at = self.text.len();
        self.text.push_str(&other.text);
        let moved = |r: &Range<usize>| r.start + at..r.end + at;
        self.strong.extend(other.strong.iter().map(moved));
        self.slanted.extend(other.slanted.iter().map(moved));
    }

    /// Is there anything in it that can be said?
    pub(crate) fn has_words(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    /// A part of it, without white space at its ends.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let whole = &self.text[range.clone()];
        let start = range.start + whole.len() - whole.trim_start().len();
        let end = (range.start + whole.trim_end().len()).max(start);
        let within = |ranges: &[Range<usize>]| {
            let cut = ranges.iter().map(|r| r.start.clamp(start, end) - start..r.end.clamp(start, end) - start);
            cut.filter(|r| !r.is_empty()).collect()
        };
        Self { text: self.text[start..end].to_string(), strong: within(&self.strong), slanted: within(&self.slanted) }
    }

    /// The bold pieces.
    pub(crate) fn strong(&self) -> impl Iterator<Item = &str> {
        self.strong.iter().filter_map(|r| self.text.get(r.clone()))
    }

    /// The italic pieces.
    pub(crate) fn slanted(&self) -> impl Iterator<Item = &str> {
        self.slanted.iter().filter_map(|r| self.text.get(r.clone()))
    }

    /// The same text ending in a mark, so that a voice pauses after it.
    pub(crate) fn closed(mut self) -> Self {
        let last = self.text.trim_end().chars().next_back();
        if last.is_some_and(|c| c.is_alphanumeric() || matches!(c, ')' | ']' | '%' | '°')) {
            self.text.truncate(self.text.trim_end().len());
            self.text.push('.');
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_emphasis() {
        let mut rich = Rich::plain("one  two\n three");
        assert_eq!(rich.text, "one two three");
        rich.strong.push(4..13);
        let part = rich.part(3..8);
        assert_eq!((part.text.as_str(), part.strong().next()), ("two", Some("two")));
        assert!(rich.part(0..4).strong.is_empty());
    }

    #[test]
    fn open_ends_are_closed() {
        assert_eq!(Rich::plain("rice (dry) ").closed().text, "rice (dry).");
        assert_eq!(Rich::plain("really?").closed().text, "really?");
        assert_eq!(Rich::plain("").closed().text, "");
    }
}
