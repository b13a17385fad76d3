//! Cuts a document's sections into scenes of a few sentences each. Called by the stage; pure.
//!
//! A paragraph that lasts from 5 to 14 seconds is a scene whatever stands around it, so an edited sentence
//! seldom moves a border.

use crate::{
    document::{Block, Section},
    rich::Rich,
    sentence::{seconds, split},
};

/// Seconds of speech in a scene.
const SHORTEST: f64 = 5.0;
const LONGEST: f64 = 14.0;
const AIM: f64 = 11.0;
/// Most items of a list on one card.
pub(crate) const MOST_ITEMS: usize = 5;
/// Seconds that a card of several items may stay.
const LONGEST_LIST: f64 = 20.0;

/// Sentences that are said over one card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What is said.
    pub said: Vec<Rich>,
    /// What the author set apart, and so is shown.
    pub shown: Option<Shown>,
}

/// A block of its own kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Items, and the sentence that leads to them.
    List(Vec<Rich>, Option<Rich>),
    /// Somebody's words, and whose.
    Quote(String, String),
    /// Language and lines.
    Code(String, Vec<String>),
    /// Head and rows.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// The scenes of a section, in order; none where it has neither words nor a heading.
pub(crate) fn scenes(section: &Section) -> Vec<Draft> {
    let mut cutter = Cutter::default();
    for block in &section.blocks {
        cutter.take(block);
    }
    cutter.finish(&section.title)
}

#[derive(Default)]
struct Cutter {
    drafts: Vec<Draft>,
    /// Paragraphs not yet cut into scenes.
    prose: Vec<Vec<Rich>>,
    /// Code or a table that no scene before it could take.
    waiting: Option<Shown>,
}

impl Cutter {
    fn take(&mut self, block: &Block) {
        match block {
            Block::Prose(text) => self.prose.push(split(text)),
            Block::List(items) => {
                let lead = self.lead();
                self.cut();
                self.list(items, lead);
            }
            Block::Quote(paragraphs) => {
                let lead = self.lead();
                self.cut();
                self.quote(paragraphs, lead);
            }
            Block::Code(language, lines) => self.aside(Shown::Code(language.clone(), lines.clone())),
            Block::Table(head, rows) => self.aside(Shown::Table(head.clone(), rows.clone())),
        }
    }

    /// What leads to a list or a quote: the last sentence before it, and the rest of its paragraph where that
    /// is too little for a scene.
    fn lead(&mut self) -> Vec<Rich> {
        let Some(mut rest) = self.prose.pop() else { return Vec::new() };
        let Some(lead) = rest.pop_if(|sentence| sentence.text.ends_with([':', '：'])) else {
            self.prose.push(rest);
            return Vec::new();
        };
        if length(&rest) < SHORTEST {
            rest.push(lead);
            return rest;
        }
        self.prose.push(rest);
        vec![lead]
    }

    /// Shows what is not said over the words around it: those before it, else those after it.
    fn aside(&mut self, shown: Shown) {
        self.cut();
        match self.drafts.last_mut().filter(|draft| draft.shown.is_none()) {
            Some(draft) => draft.shown = Some(shown),
            None if self.waiting.is_none() => self.waiting = Some(shown),
            None => {}
        }
    }

    fn push(&mut self, said: Vec<Rich>, shown: Option<Shown>) {
        let shown = shown.or_else(|| self.waiting.take());
        self.drafts.push(Draft { said, shown });
    }

    fn cut(&mut self) {
        for said in paragraphs(std::mem::take(&mut self.prose)) {
            self.push(said, None);
        }
    }

    fn list(&mut self, items: &[Rich], mut lead: Vec<Rich>) {
        let whole = length(items) + length(&lead);
        let parts =
            items.len().div_ceil(MOST_ITEMS).max((whole / LONGEST_LIST).ceil() as usize).clamp(1, items.len().max(1));
        let mut from = 0;
        for part in 0..parts {
            let to = (items.len() * (part + 1)).div_ceil(parts);
            let shown = items[from..to].to_vec();
            let head = std::mem::take(&mut lead);
            let said = head.iter().chain(&shown).flat_map(|text| split(&text.clone().closed())).collect();
            self.push(said, Some(Shown::List(shown, head.into_iter().next_back())));
            from = to;
        }
    }

    fn quote(&mut self, paragraphs: &[Rich], mut lead: Vec<Rich>) {
        let (words, by) = attribution(paragraphs);
        let sentences: Vec<Rich> = words.iter().flat_map(|p| split(&p.clone().closed())).collect();
        if sentences.is_empty() {
            self.prose.push(lead);
            return;
        }
        for part in cut_long(sentences) {
            let quoted = part.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
            let said = std::mem::take(&mut lead).into_iter().chain(part).collect();
            self.push(said, Some(Shown::Quote(quoted, by.clone())));
        }
    }

    fn finish(mut self, title: &str) -> Vec<Draft> {
        self.cut();
        if self.drafts.is_empty() || self.waiting.is_some() {
            let heading = Rich::plain(title).closed();
            if heading.has_words() {
                self.push(vec![heading], None);
            }
        }
        self.drafts
    }
}

/// A quote's words, and who said them: a last line that starts with a dash.
fn attribution(paragraphs: &[Rich]) -> (Vec<Rich>, String) {
    let mut words = paragraphs.to_vec();
    let Some(last) = words.pop() else { return (words, String::new()) };
    let dash = |text: &str| text.starts_with(['—', '–', '―']) || text.starts_with("--") || text.starts_with("- ");
    let bare = |text: &str| text.trim_start_matches(['—', '–', '―', '-', ' ']).trim().to_string();
    if dash(&last.text) && !words.is_empty() {
        return (words, bare(&last.text));
    }
    // On the line of the words themselves: "… so it is. — Somebody".
    let at = [" — ", " – ", " ― ", " -- "].iter().filter_map(|mark| last.text.rfind(mark)).max();
    let after_end = |at: &usize| {
        let ended = last.text[..*at].trim_end().ends_with(['.', '!', '?', '…', '”', '"', '»', '’']);
        ended && last.text.split_at(*at).1.split_whitespace().count() <= 12
    };
    if let Some(at) = at.filter(after_end) {
        let by = bare(last.text[at..].trim());
        words.push(last.part(0..at));
        return (words, by);
    }
    words.push(last);
    (words, String::new())
}

/// Paragraphs into scenes: short ones joined, long ones cut.
fn paragraphs(paragraphs: Vec<Vec<Rich>>) -> Vec<Vec<Rich>> {
    let mut scenes: Vec<Vec<Rich>> = Vec::new();
    let mut short: Vec<Rich> = Vec::new();
    for paragraph in paragraphs.into_iter().filter(|p| !p.is_empty()) {
        let closed = close_last(paragraph);
        let (before, here) = (length(&short), length(&closed));
        if !short.is_empty() && before + here > LONGEST {
            scenes.push(std::mem::take(&mut short));
        }
        short.extend(closed);
        if length(&short) >= SHORTEST {
            scenes.extend(cut_long(std::mem::take(&mut short)));
        }
    }
    if short.is_empty() {
        return scenes;
    }
    match scenes.last_mut().filter(|last| length(last) + length(&short) <= LONGEST) {
        Some(last) => last.extend(short),
        None => scenes.push(short),
    }
    scenes
}

fn close_last(mut paragraph: Vec<Rich>) -> Vec<Rich> {
    if let Some(last) = paragraph.pop() {
        paragraph.push(last.closed());
    }
    paragraph
}

fn length(sentences: &[Rich]) -> f64 {
    sentences.iter().map(|sentence| seconds(&sentence.text)).sum()
}

/// Sentences into groups of about [`AIM`]; a sentence is never cut. Borders lie nearest to where equal parts
/// would end, so that an edit moves one only where it was a close thing.
fn cut_long(sentences: Vec<Rich>) -> Vec<Vec<Rich>> {
    let whole = length(&sentences);
    if whole <= LONGEST || sentences.len() < 2 {
        return vec![sentences];
    }
    let parts = (whole / LONGEST).ceil().max((whole / AIM).round()) as usize;
    let parts = parts.clamp(2, sentences.len());
    let mut ends = vec![0.0];
    for sentence in &sentences {
        ends.push(ends.last().unwrap_or(&0.0) + seconds(&sentence.text));
    }
    let mut groups = Vec::new();
    let (mut rest, mut from) = (sentences, 0);
    for part in 1..parts {
        let aim = whole * part as f64 / parts as f64;
        let last = ends.len() - 1 - (parts - part);
        let off = |n: &usize| (ends[*n] - aim).abs();
        let to = (from + 1..=last).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(last);
        let after = rest.split_off(to - from);
        groups.push(std::mem::replace(&mut rest, after));
        from = to;
    }
    groups.push(rest);
    groups.into_iter().flat_map(cut_long).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::read;

    fn cut(text: &str) -> Vec<Draft> {
        scenes(&read(text).sections[0])
    }

    fn said(draft: &Draft) -> String {
        draft.said.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn scenes_last_between_five_and_fourteen_seconds() {
        let sentence = "The wall of stone keeps the soil in its place for years. ";
        let text = format!("{}\n\nShort one.\n\n{}", sentence.repeat(11), sentence.repeat(2));
        let scenes = cut(&text);
        for scene in &scenes {
            let length = seconds(&said(scene));
            assert!((4.5..=14.5).contains(&length), "{length} s: {}", said(scene));
        }
        let all: Vec<String> = scenes.iter().map(said).collect();
        assert_eq!(all.join(" "), text.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn an_edited_sentence_moves_no_border() {
        let text = |n: &str| {
            (0..9)
                .map(|i| {
                    format!("Sentence {i} tells of {} walls that somebody has built.", if i == 4 { n } else { "old" })
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        let sizes = |text: &str| cut(text).iter().map(|d| d.said.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&text("new")), sizes(&text("very new and rather")));
    }

    #[test]
    fn what_is_set_apart_is_shown_over_the_words_around_it() {
        let scenes = cut(
            "They say:\n\n> Water is patient.\n> — Proverb\n\nTools:\n\n- Spade\n- Rope\n\nRun it.\n\n```sh\nx\n```\n",
        );
        assert_eq!(
            scenes.iter().map(said).collect::<Vec<_>>(),
            ["They say: Water is patient.", "Tools: Spade. Rope.", "Run it."]
        );
        assert_eq!(scenes[0].shown, Some(Shown::Quote("Water is patient.".into(), "Proverb".into())));
        assert!(matches!(&scenes[1].shown, Some(Shown::List(items, Some(_))) if items.len() == 2));
        assert_eq!(scenes[2].shown, Some(Shown::Code("sh".into(), vec!["x".into()])));
        let late = cut("```sh\nx\n```\nAfter it.");
        assert!(matches!((&late[0].shown, late.len()), (Some(Shown::Code(..)), 1)));
    }

    #[test]
    fn a_heading_without_text_is_said() {
        assert_eq!(said(&cut("# Only this")[0]), "Only this.");
        assert_eq!(cut("# Code\n\n```\nx\n```\n").len(), 1);
    }
}
