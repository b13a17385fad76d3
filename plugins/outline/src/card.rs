//! Chooses the words of a scene's card. Called by the stage; pure.
//!
//! A card takes its words from what the author set apart, else from one bold phrase or one sentence, and from
//! headings: an ordinary sentence can change without a card changing.

use studio_plugin_sdk::card::{CardText, Layout};

use crate::{
    figure,
    phrase::{Theme, clauses, has_subject, key, length, other, shorten, stress, tidy},
    rich::Rich,
    scene::{Draft, Shown},
};

/// Characters that a heading and a line hold.
const HEADING: usize = 60;
const LINE: usize = 80;
const BULLET: usize = 48;
const CELL: usize = 40;
const QUOTE: usize = 220;
const KICKER: usize = 40;
/// Rows of a comparison, and lines and columns of code.
const MOST_ROWS: usize = 5;
const MOST_CODE: usize = 14;
const CODE_WIDTH: usize = 76;

/// Where a scene stands.
pub(crate) struct Place<'a> {
    /// The film's title.
    pub film: &'a str,
    /// Under the film's title, where the author gave one.
    pub subtitle: Option<&'a str>,
    /// The section's heading; empty: none.
    pub section: &'a str,
    /// Is it the film's first scene?
    pub opening: bool,
    /// Is it the first of its section?
    pub first: bool,
}

/// The card of a scene.
pub(crate) fn card(draft: &Draft, place: &Place) -> CardText {
    let theme = Theme::of(&[place.film, place.section]);
    let mut card = match &draft.shown {
        Some(Shown::List(items, lead)) => list(items, lead.as_ref(), place, &theme),
        Some(Shown::Quote(words, by)) => quote(words, by),
        Some(Shown::Code(language, lines)) => code(language, lines, place),
        Some(Shown::Table(head, rows)) => table(head, rows, place),
        None if place.opening => opening(draft, place, &theme),
        None => spoken(draft, place, &theme),
    };
    if card.kicker.is_empty() && card.heading != place.section && card.layout != Layout::Code && !place.opening {
        card.kicker = shorten(place.section, KICKER);
    }
    if card.emphasis.is_empty() {
        card.emphasis = emphasis(draft, &card);
    }
    card
}

fn opening(draft: &Draft, place: &Place, theme: &Theme) -> CardText {
    let line = match place.subtitle {
        Some(subtitle) => shorten(subtitle, LINE),
        None => beneath(draft, place.film, theme),
    };
    let heading = shorten(place.film, HEADING);
    CardText { emphasis: stress(&heading, theme).into_iter().collect(), ..title(heading, line) }
}

fn title(heading: String, line: String) -> CardText {
    let lines = if line.is_empty() || line == heading { Vec::new() } else { vec![line] };
    CardText { layout: Layout::Title, heading, lines, ..CardText::default() }
}

/// The card of a scene that is words alone.
fn spoken(draft: &Draft, place: &Place, theme: &Theme) -> CardText {
    if let Some(card) = number(draft).or_else(|| then_and_now(draft, place, theme)) {
        return card;
    }
    if place.first && !place.section.is_empty() {
        return title(shorten(place.section, HEADING), beneath(draft, place.section, theme));
    }
    let bold: Vec<String> = bold(draft).collect();
    let Some(first) = draft.said.first() else { return CardText::default() };
    let (heading, source) = match bold.first() {
        Some(phrase) => (shorten(phrase, HEADING), draft.said.iter().find(|s| s.strong().next().is_some())),
        None => (key(&first.text, HEADING, theme), Some(first)),
    };
    let line = match (bold.get(1), source) {
        (Some(second), _) => shorten(second, LINE),
        (None, Some(sentence)) => other(&sentence.text, &heading, LINE, theme).unwrap_or_default(),
        (None, None) => String::new(),
    };
    let emphasis = stress(&heading, theme).into_iter().collect();
    CardText { emphasis, ..title(heading, line) }
}

/// A line below a heading: what is bold, else the key phrase of the first sentence. Not what the heading says.
fn beneath(draft: &Draft, heading: &str, theme: &Theme) -> String {
    let heading = heading.to_lowercase();
    let says_more = |line: &String| !heading.contains(&line.to_lowercase());
    if let Some(phrase) = bold(draft).find(says_more) {
        return shorten(&phrase, LINE);
    }
    let Some(first) = draft.said.first() else { return String::new() };
    Some(key(&first.text, LINE, theme)).filter(says_more).unwrap_or_default()
}

/// Bold phrases that can stand alone.
fn bold(draft: &Draft) -> impl Iterator<Item = String> {
    draft.said.iter().flat_map(Rich::strong).map(tidy).filter(|phrase| has_subject(phrase))
}

/// A number, where a short sentence has one or the first bold phrase is one.
fn number(draft: &Draft) -> Option<CardText> {
    let bolds = || draft.said.iter().flat_map(|s| s.strong().map(move |bold| (s, bold)));
    let figure = match bolds().next() {
        Some(_) => bolds().find_map(|(sentence, bold)| figure::find(&sentence.text, Some(bold))),
        None => draft.said.iter().find_map(|sentence| figure::find(&sentence.text, None)),
    }?;
    Some(CardText { layout: Layout::Number, heading: figure.number, caption: figure.meaning, ..CardText::default() })
}

const THEN: [&str; 8] = ["then", "before", "once", "formerly", "yesterday", "früher", "autrefois", "antes"];
const NOW: [&str; 8] = ["now", "after", "today", "tomorrow", "heute", "aujourd'hui", "jetzt", "ahora"];

/// "Then, … Now, …": two sentences set side by side.
fn then_and_now(draft: &Draft, place: &Place, theme: &Theme) -> Option<CardText> {
    let opener = |sentence: &Rich, words: &[&str]| {
        let (first, rest) = sentence.text.split_once([',', ':'])?;
        words.contains(&first.trim().to_lowercase().as_str()).then(|| (tidy(first), rest.to_string()))
    };
    let (then, now) = draft.said.windows(2).find_map(|p| Some((opener(&p[0], &THEN)?, opener(&p[1], &NOW)?)))?;
    Some(CardText {
        layout: Layout::Comparison,
        heading: shorten(place.section, HEADING),
        columns: vec![then.0, now.0],
        lines: vec![key(&then.1, LINE, theme)],
        right: vec![key(&now.1, LINE, theme)],
        ..CardText::default()
    })
}

fn list(items: &[Rich], lead: Option<&Rich>, place: &Place, theme: &Theme) -> CardText {
    let heading = if place.section.is_empty() {
        lead.map_or_else(|| place.film.to_string(), |lead| key(&lead.text, HEADING, theme))
    } else {
        place.section.to_string()
    };
    let heading = shorten(&heading, HEADING);
    if let [left, right] = items
        && let Some(columns) = columns(left, right, place.section)
    {
        let cells =
            |text: &str| text.split("; ").flat_map(clauses).map(|c| shorten(&tidy(c), CELL)).take(MOST_ROWS).collect();
        let [(a, left), (b, right)] = columns;
        let columns = vec![shorten(&a, CELL), shorten(&b, CELL)];
        return CardText {
            layout: Layout::Comparison,
            heading,
            columns,
            lines: cells(&left),
            right: cells(&right),
            ..CardText::default()
        };
    }
    let lines: Vec<String> = items.iter().map(bullet).collect();
    CardText { layout: Layout::Bullets, heading, lines, ..CardText::default() }
}

/// Two items that are set against each other: both have a label, or the heading says `A vs B`.
fn columns(left: &Rich, right: &Rich, section: &str) -> Option<[(String, String); 2]> {
    let labelled = |item: &Rich| {
        let (label, rest) = item.text.split_once(": ")?;
        (length(label) <= 24).then(|| (tidy(label), rest.to_string()))
    };
    if let (Some(left), Some(right)) = (labelled(left), labelled(right)) {
        return Some([left, right]);
    }
    let (a, b) = [" vs. ", " vs ", " versus ", " gegen "].iter().find_map(|vs| section.split_once(vs))?;
    Some([(tidy(a), left.text.clone()), (tidy(b), right.text.clone())])
}

/// An item in short: its bold words, else what stands before a colon or a dash, else its first clause.
fn bullet(item: &Rich) -> String {
    if let Some(bold) = item.strong().map(tidy).find(|b| has_subject(b)) {
        return shorten(&bold, BULLET);
    }
    let head =
        [": ", " — ", " – "].iter().filter_map(|mark| Some(item.text.split_once(mark)?.0)).min_by_key(|s| s.len());
    let whole = tidy(head.unwrap_or(&item.text));
    if length(&whole) <= BULLET {
        return whole;
    }
    let first = clauses(&whole).into_iter().find(|clause| has_subject(clause)).map(tidy);
    shorten(&first.unwrap_or(whole), BULLET)
}

fn quote(words: &str, by: &str) -> CardText {
    let words = words.trim_matches(['"', '“', '”', '„', '«', '»', ' ']);
    CardText {
        layout: Layout::Quote,
        heading: shorten(words, QUOTE),
        caption: shorten(by, LINE),
        ..CardText::default()
    }
}

fn code(language: &str, lines: &[String], place: &Place) -> CardText {
    let expanded = lines.iter().map(|line| line.trim_end().replace('\t', "    ")).skip_while(String::is_empty);
    let mut lines: Vec<String> = expanded.collect();
    lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |n| n + 1));
    if lines.len() > MOST_CODE {
        lines.truncate(MOST_CODE - 1);
        lines.push("…".into());
    }
    let wide = |line: &String| line.chars().count() > CODE_WIDTH;
    for line in lines.iter_mut().filter(|line| wide(line)) {
        *line = line.chars().take(CODE_WIDTH - 1).chain(['…']).collect();
    }
    let heading = if place.section.is_empty() { place.film } else { place.section };
    CardText {
        layout: Layout::Code,
        heading: shorten(heading, HEADING),
        lines,
        caption: language.to_string(),
        ..CardText::default()
    }
}

/// Two columns side by side; a third, first one labels them. Anything else becomes bullets.
fn table(head: &[String], rows: &[Vec<String>], place: &Place) -> CardText {
    let heading = shorten(if place.section.is_empty() { place.film } else { place.section }, HEADING);
    let cell = |row: &Vec<String>, n: usize| row.get(n).map(|c| shorten(&tidy(c), CELL)).unwrap_or_default();
    let column = |n: usize| {
        let labelled = |row: &Vec<String>| match (head.len(), row.first()) {
            (3, Some(label)) if !label.is_empty() => shorten(&format!("{}: {}", tidy(label), cell(row, n)), CELL),
            _ => cell(row, n),
        };
        rows.iter().take(MOST_ROWS).map(labelled).collect::<Vec<String>>()
    };
    if matches!(head.len(), 2 | 3) {
        let n = head.len() - 2;
        let columns = [n, n + 1].map(|c| shorten(&head[c], CELL)).into();
        let (lines, right) = (column(n), column(n + 1));
        return CardText { layout: Layout::Comparison, heading, columns, lines, right, ..CardText::default() };
    }
    let row = |row: &Vec<String>| shorten(&row.iter().map(|c| tidy(c)).collect::<Vec<_>>().join(" — "), BULLET);
    let lines = rows.iter().map(row).filter(|line| has_subject(line)).take(MOST_ROWS).collect();
    CardText { layout: Layout::Bullets, heading, lines, ..CardText::default() }
}

/// What the author emphasised and the card shows, where it is not the whole of what stands there.
fn emphasis(draft: &Draft, card: &CardText) -> Vec<String> {
    let mut shown: Vec<&String> = card.lines.iter().chain(&card.right).chain([&card.caption]).collect();
    // A number is large enough as it is.
    if card.layout != Layout::Number {
        shown.push(&card.heading);
    }
    let mut found: Vec<String> = Vec::new();
    for words in draft.said.iter().flat_map(|s| s.strong().chain(s.slanted())) {
        let words = words.trim_matches(|c: char| !c.is_alphanumeric());
        let part = |text: &&&String| text.contains(words) && text.len() > words.len();
        if !words.is_empty() && shown.iter().any(|text| part(&text)) && !found.iter().any(|f| f == words) {
            found.push(words.to_string());
        }
    }
    found
}
