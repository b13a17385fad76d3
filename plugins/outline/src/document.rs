//! Markdown into sections of blocks. The only file that knows the Markdown reader; pure.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd};

use crate::rich::Rich;

/// Ordered lists that start here or later are sentences that begin with a year.
const LEAST_YEAR: u64 = 100;

/// A text as its author divided it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// Of the front matter, else the first heading of the first level.
    pub title: Option<String>,
    /// The front matter's subtitle.
    pub subtitle: Option<String>,
    /// In order; the first may have no heading.
    pub sections: Vec<Section>,
}

/// A heading and what stands under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// The heading; empty: there is none.
    pub title: String,
    /// The part before any heading, or under the film's title.
    pub opening: bool,
    /// What stands under it, up to the next heading of any level.
    pub blocks: Vec<Block>,
}

/// A block of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph.
    Prose(Rich),
    /// A list; nested ones are flattened.
    List(Vec<Rich>),
    /// Somebody's words.
    Quote(Vec<Rich>),
    /// Fenced code: its language and lines.
    Code(String, Vec<String>),
    /// A table: head and rows.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// Reads Markdown; any text is Markdown.
pub(crate) fn read(text: &str) -> Document {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, options) {
        reader.take(event);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    document: Document,
    section: Section,
    /// The inline text being read, and where open emphasis began in it.
    text: Rich,
    strong: Vec<usize>,
    slanted: Vec<usize>,
    /// How deep in what is not said: images' descriptions and footnotes.
    silent: u32,
    quotes: u32,
    quote: Vec<Rich>,
    /// For each open list, the number that its next item shows if it is sentences.
    lists: Vec<Option<u64>>,
    items: Vec<Rich>,
    item_open: bool,
    code: Option<(Option<String>, String)>,
    matter: Option<String>,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    row: Vec<String>,
}

impl Reader {
    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(t) | Event::Code(t) => self.words(&t),
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.words(" "),
            Event::InlineHtml(t) | Event::Html(t) if t.to_ascii_lowercase().starts_with("<br") => self.words(" "),
            _ => {}
        }
    }

    fn words(&mut self, words: &str) {
        if let Some(matter) = &mut self.matter {
            matter.push_str(words);
        } else if let Some((_, code)) = &mut self.code {
            code.push_str(words);
        } else if self.silent == 0 {
            self.text.push(words);
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Heading { .. } | Tag::Paragraph | Tag::Table(_) => self.flush(),
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.flush();
                let year = first.filter(|n| *n >= LEAST_YEAR && self.lists.is_empty());
                self.lists.push(year);
            }
            Tag::Item => {
                self.flush();
                self.item_open = false;
                if let [Some(year)] = self.lists.as_mut_slice() {
                    let words = format!("{year}. ");
                    *year = year.saturating_add(1);
                    self.words(&words);
                }
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                // An indented block is a paragraph that somebody indented.
                let language = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.split([' ', ',', '{']).next().unwrap_or("").to_string()),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new()));
            }
            Tag::Strong => self.strong.push(self.text.text.len()),
            Tag::Emphasis => self.slanted.push(self.text.text.len()),
            Tag::Image { .. } => self.silent += 1,
            Tag::FootnoteDefinition(_) => {
                self.flush();
                self.silent += 1;
            }
            Tag::MetadataBlock(MetadataBlockKind::YamlStyle) => self.matter = Some(String::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::Item => {
                self.flush();
                self.item_open = false;
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
                if self.quotes == 0 && !self.quote.is_empty() {
                    let quote = std::mem::take(&mut self.quote);
                    self.section.blocks.push(Block::Quote(quote));
                }
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                if self.lists.is_empty() && !self.items.is_empty() {
                    let items = std::mem::take(&mut self.items);
                    self.section.blocks.push(Block::List(items));
                }
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::TableCell => {
                let cell = self.taken();
                self.row.push(cell.text);
            }
            TagEnd::TableHead => self.head = std::mem::take(&mut self.row),
            TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.row)),
            TagEnd::Table => {
                let table = Block::Table(std::mem::take(&mut self.head), std::mem::take(&mut self.rows));
                self.section.blocks.push(table);
            }
            TagEnd::Strong => close(&mut self.strong, self.text.text.len(), &mut self.text.strong),
            TagEnd::Emphasis => close(&mut self.slanted, self.text.text.len(), &mut self.text.slanted),
            TagEnd::Image => self.silent = self.silent.saturating_sub(1),
            TagEnd::FootnoteDefinition => {
                self.taken();
                self.silent = self.silent.saturating_sub(1);
            }
            TagEnd::MetadataBlock(_) => self.front_matter(),
            _ => {}
        }
    }

    /// The inline text read so far, whole.
    fn taken(&mut self) -> Rich {
        (self.strong, self.slanted) = (Vec::new(), Vec::new());
        let text = std::mem::take(&mut self.text);
        text.part(0..text.text.len())
    }

    fn end_paragraph(&mut self) {
        self.flush();
        // Paragraphs of one item stay one item, those of a list of sentences do not.
        self.item_open &= !self.lists.is_empty();
    }

    fn flush(&mut self) {
        let text = self.taken();
        if !text.has_words() {
            return;
        }
        if self.quotes > 0 {
            self.quote.push(text);
        } else if self.lists.is_empty() || matches!(self.lists.as_slice(), [Some(_)]) {
            self.section.blocks.push(Block::Prose(text));
        } else {
            match self.items.last_mut().filter(|_| self.item_open) {
                Some(item) => {
                    *item = std::mem::take(item).closed();
                    item.append(&text);
                }
                None => self.items.push(text),
            }
            self.item_open = true;
        }
    }

    fn end_code(&mut self) {
        match self.code.take() {
            Some((Some(language), code)) => {
                let lines = code.lines().map(str::to_string).collect();
                self.section.blocks.push(Block::Code(language, lines));
            }
            Some((None, words)) => {
                // Indentation keeps the reader from seeing paragraphs in it.
                for paragraph in words.split("\n\n") {
                    self.words(paragraph);
                    self.flush();
                }
            }
            None => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let title = self.taken().text;
        if self.quotes > 0 || !self.lists.is_empty() {
            self.words(&title);
            return self.flush();
        }
        let before = std::mem::take(&mut self.section);
        let first = self.document.sections.is_empty() && before.title.is_empty() && before.blocks.is_empty();
        self.keep(before);
        let top = level == HeadingLevel::H1 && !title.is_empty();
        if top && self.document.title.is_none() {
            self.document.title = Some(title.clone());
        }
        self.section = Section { title, opening: first && top, blocks: Vec::new() };
    }

    fn keep(&mut self, mut section: Section) {
        if section.title.is_empty() && section.blocks.is_empty() {
            return;
        }
        section.opening |= self.document.sections.is_empty() && section.title.is_empty();
        self.document.sections.push(section);
    }

    fn front_matter(&mut self) {
        let matter = self.matter.take().unwrap_or_default();
        let value = |key: &str| {
            let line = matter.lines().find_map(|l| l.strip_prefix(key)?.trim_start().strip_prefix(':'))?;
            let value = Rich::plain(line.trim().trim_matches(['"', '\''])).text;
            (!value.trim().is_empty()).then(|| value.trim().to_string())
        };
        self.document.title = value("title");
        self.document.subtitle = value("subtitle");
    }

    fn finish(mut self) -> Document {
        self.flush();
        let last = std::mem::take(&mut self.section);
        self.keep(last);
        self.document
    }
}

fn close(open: &mut Vec<usize>, end: usize, ranges: &mut Vec<std::ops::Range<usize>>) {
    if let Some(start) = open.pop().filter(|start| *start < end) {
        ranges.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_divided_as_written() {
        let d = read(
            "---\ntitle: \"The Film\"\nsubtitle: x\n---\n# Head\n\nA **bold** [link](http://x), `code` and ![alt](i.png)end.\n\n\
             ## List\r\n- one\r\n  - two\n- [ ] three\n\n  more\n\n> said\n>\n> — Who\n\n```rust x\nfn a() {}\n```\n\n|A|B|\n|-|-|\n|1|2|\n",
        );
        assert_eq!((d.title.as_deref(), d.subtitle.as_deref()), (Some("The Film"), Some("x")));
        let Block::Prose(p) = &d.sections[0].blocks[0] else { panic!("{d:?}") };
        assert_eq!((p.text.as_str(), p.strong().next()), ("A bold link, code and end.", Some("bold")));
        assert!(d.sections[0].opening && !d.sections[1].opening);
        let Block::List(items) = &d.sections[1].blocks[0] else { panic!("{d:?}") };
        assert_eq!(items.iter().map(|i| i.text.as_str()).collect::<Vec<_>>(), ["one", "two", "three. more"]);
        assert_eq!(d.sections[1].blocks[2], Block::Code("rust".into(), vec!["fn a() {}".into()]));
        let table = Block::Table(vec!["A".into(), "B".into()], vec![vec!["1".into(), "2".into()]]);
        assert_eq!(d.sections[1].blocks[3], table);
    }

    #[test]
    fn plain_text_stays_prose() {
        let d = read(
            "    An indented paragraph.\n\n1986. A great year.\n\n<div>\nraw\n</div>\n\nNote[^1].\n\n[^1]: Not said.\n",
        );
        let text = |block: &Block| match block {
            Block::Prose(p) => p.text.clone(),
            other => panic!("{other:?}"),
        };
        let texts: Vec<String> = d.sections[0].blocks.iter().map(text).collect();
        assert_eq!(texts, ["An indented paragraph.", "1986. A great year.", "Note."]);
        assert!(d.title.is_none() && d.sections[0].opening);
    }
}
