//! Ids of scenes: from the heading they stand under and their number there, so that editing one section moves
//! no other's. Called by the scene builder; pure.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation as _;

/// Longest part of a heading in an id, in characters.
const MOST: usize = 40;

/// Gives every section an id of its own.
#[derive(Default)]
pub(crate) struct Slugs(BTreeSet<String>);

impl Slugs {
    /// The id of the next section: its heading's words, with `-2` where another section has it already.
    pub(crate) fn section(&mut self, heading: &str) -> String {
        let slug = slug(heading);
        let numbered = (2_u32..).map(|n| format!("{slug}-{n}"));
        let free = [slug.clone()].into_iter().chain(numbered).find(|id| !self.0.contains(id)).unwrap_or(slug);
        self.0.insert(free.clone());
        free
    }
}

fn slug(heading: &str) -> String {
    let words = heading.unicode_words().map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    let mut slug = String::new();
    for word in words.filter(|w| !w.is_empty()) {
        let word = word.to_lowercase();
        if !slug.is_empty() && slug.chars().count() + 1 + word.chars().count() > MOST {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(MOST));
    }
    if slug.is_empty() { "section".into() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_ids_of_their_own() {
        let mut slugs = Slugs::default();
        let ids: Vec<String> =
            ["Water!", "Don't stop", "Water", "…", "Über Öl 日本", "water"].map(|h| slugs.section(h)).into();
        assert_eq!(ids, ["water", "dont-stop", "water-2", "section", "über-öl-日-本", "water-3"]);
        assert!(slugs.section(&"long ".repeat(40)).chars().count() <= MOST);
    }
}
