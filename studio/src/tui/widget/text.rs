//! Text that fits: cut by columns, with a sign where something is missing, and never in the middle of a character.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many columns a text takes: those of its clusters, each of which has cells of its own. Of a whole text,
/// Unicode's tables count letters as one that are joined in writing (lam and alef), which no terminal does.
pub fn width(text: &str) -> u16 {
    if text.is_ascii() {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    let columns: usize = text.graphemes(true).map(UnicodeWidthStr::width).sum();
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// `text` on one line within `most` columns; where it is longer, `cut` stands for the rest.
pub fn fit(text: &str, most: u16, cut: &str) -> String {
    let text = one_line(text);
    if width(&text) <= most {
        return text;
    }
    let room = most.saturating_sub(width(cut));
    let mut out = String::new();
    for cluster in text.graphemes(true) {
        if width(&out) + width(cluster) > room {
            break;
        }
        out += cluster;
    }
    if width(cut) <= most {
        out += cut;
    }
    out
}

/// `text` on one line within `most` columns; where it is longer, its end is what is seen: of a path, the name.
pub fn fit_end(text: &str, most: u16, cut: &str) -> String {
    let text = one_line(text);
    if width(&text) <= most {
        return text;
    }
    let room = most.saturating_sub(width(cut));
    let (mut from, mut taken) = (text.len(), 0);
    for (at, cluster) in text.grapheme_indices(true).rev() {
        taken += width(cluster);
        if taken > room {
            break;
        }
        from = at;
    }
    let cut = if width(cut) <= most { cut } else { "" };
    format!("{cut}{}", &text[from..])
}

/// A line within `most` columns.
pub fn fit_line(line: Line<'static>, most: u16, cut: &str) -> Line<'static> {
    let clean = |span: Span<'static>| Span::styled(one_line(&span.content), span.style);
    let spans: Vec<Span<'static>> = line.spans.into_iter().map(clean).collect();
    let total: u32 = spans.iter().map(|span| u32::from(width(&span.content))).sum();
    if total <= u32::from(most) {
        return Line { spans, ..line };
    }
    let mut left = most.saturating_sub(width(cut));
    let mut kept = Vec::new();
    for span in spans {
        let columns = width(&span.content);
        if columns <= left {
            left -= columns;
            kept.push(span);
            continue;
        }
        kept.push(Span::styled(fit(&span.content, left, "") + if width(cut) <= most { cut } else { "" }, span.style));
        break;
    }
    Line { spans: kept, ..line }
}

/// Without line breaks and other signs that a terminal would obey, and without those that turn the writing of the
/// whole line round (UAX #9, explicit directions).
pub fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(|c: char| c.is_control() || turns(c)) {
        return text.to_owned();
    }
    text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `text` as lines of at most `most` columns, broken between words where there are any.
pub fn wrap(text: &str, most: u16) -> Vec<String> {
    let most = most.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in words(paragraph) {
            let word = one_line(&word);
            if width(&line) + width(&word) <= most {
                line += &word;
                continue;
            }
            if !line.trim_end().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line = String::new();
            for cluster in word.trim_start().graphemes(true) {
                // A sign that is wider than the line cannot be shown on it.
                let cluster = if width(cluster) > most { "?" } else { cluster };
                if width(&line) + width(cluster) > most {
                    lines.push(std::mem::take(&mut line));
                }
                line += cluster;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The words of a text with the blanks between them: what is written together stays together, except in writing
/// without blanks between words.
fn words(text: &str) -> Vec<String> {
    let is_blank = |part: &str| part.chars().all(char::is_whitespace);
    let is_wide = |c: Option<char>| c.is_some_and(|c| width(c.encode_utf8(&mut [0; 4])) > 1 && c.is_alphanumeric());
    let ends_wide =
        |last: &str, part: &str| is_wide(last.chars().next_back()) && part.chars().all(char::is_alphanumeric);
    let parts = |last: &str, part: &str| {
        is_blank(last) || is_blank(part) || is_wide(part.chars().next()) || ends_wide(last, part)
    };
    let mut words: Vec<String> = Vec::new();
    for part in text.split_word_bounds() {
        match words.last_mut() {
            Some(last) if !parts(last, part) => last.push_str(part),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// `text` as lines that fit into an area; where there are more, `cut` stands at the end of the last.
pub fn lines_within(text: &str, area: Rect, cut: &str) -> Vec<String> {
    let (mut lines, room) = (wrap(text, area.width), usize::from(area.height));
    if lines.len() > room {
        lines.truncate(room);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}{cut}", fit(last, area.width.saturating_sub(width(cut)), ""));
        }
    }
    lines
}

/// As many of these facts as there is room for, with something between them; the first ones matter most.
pub fn facts_within(facts: &[String], between: &str, most: u16) -> String {
    let mut out = String::new();
    for fact in facts {
        let longer = if out.is_empty() { fact.clone() } else { format!("{out}{between}{fact}") };
        if width(&longer) > most {
            break;
        }
        out = longer;
    }
    out
}

/// Seconds as people say them: `4.2 s`, `2:10`, `1:02:03`.
pub fn seconds(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 if seconds < 9.95 => format!("{:.1} s", seconds.max(0.0)),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{}:{:02}", whole / 60, whole % 60),
        _ => format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60),
    }
}

/// A place in a film: `0:07`.
pub fn moment(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    if whole >= 3600 {
        return format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    }
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// How long ago something was: `now`, `5 min`, `3 h`, `2 days`.
pub fn ago(then_ms: i64, now_ms: i64) -> String {
    let minutes = now_ms.saturating_sub(then_ms).max(0) / 60_000;
    match minutes {
        0 => "now".into(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..2880 => "1 day".into(),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(fit("rice terraces", 8, "…"), "rice te…");
        assert_eq!(fit("rice", 4, "…"), "rice");
        assert_eq!(fit("日本語", 5, "…"), "日本…");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("a\u{1b}[31mb\nc", 20, "…"), "a [31mb c");
        let line = Line::from(vec![Span::raw("scene 4 "), Span::raw("veo"), Span::raw(" running")]);
        assert_eq!(fit_line(line, 12, "…").to_string(), "scene 4 veo…");
    }

    #[test]
    fn letters_that_are_joined_in_writing_have_a_column_each() {
        assert_eq!([width("لا"), width("شلالات"), width("日本"), width("e\u{301}")], [2, 6, 4, 1]);
        assert_eq!(fit("شلالات", 4, "…"), "شلا…");
        assert_eq!(fit_end("شلالات", 4, "…"), "…لات");
        // Where they are drawn, nothing lies over the last of them.
        let line = Line::from(vec![Span::raw("لا"), Span::raw("|")]);
        let mut buffer = ratatui::buffer::Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer.set_line(0, 0, &line, 4);
        assert_eq!(["ل", "ا", "|", " "], [0, 1, 2, 3].map(|x| buffer[(x, 0)].symbol()));
    }

    #[test]
    fn lines_that_have_no_room_are_missed() {
        let area = |height| Rect { x: 0, y: 0, width: 8, height };
        assert_eq!(lines_within("rice terraces", area(2), "…"), ["rice", "terraces"]);
        assert_eq!(lines_within("rice terraces", area(1), "…"), ["rice…"]);
        assert_eq!(lines_within("terraces of rice", area(1), "…"), ["terrace…"]);
        assert!(lines_within("rice", area(0), "…").is_empty());
        let facts = ["$0.10 in all".to_owned(), "3 made".to_owned(), "95 %".to_owned()];
        assert_eq!(facts_within(&facts, ", ", 22), "$0.10 in all, 3 made");
        assert_eq!(facts_within(&facts, ", ", 3), "");
    }

    #[test]
    fn the_end_of_a_path_is_seen() {
        assert_eq!(fit_end("/films/exports/rice", 14, "…"), "…/exports/rice");
        assert_eq!(fit_end("/films/rice", 14, "…"), "/films/rice");
        assert_eq!(fit_end("/films/日本", 4, "…"), "…本");
        assert_eq!(fit_end("rice", 0, "…"), "");
    }

    #[test]
    fn nothing_turns_a_line_round() {
        assert_eq!(one_line("a\u{202e}b\u{2066}c\u{2069}"), "abc");
    }

    #[test]
    fn words_are_wrapped_and_long_ones_broken() {
        assert_eq!(wrap("Seedlings stand in a hand of water", 14), ["Seedlings", "stand in a", "hand of water"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("bullets, see docs/a.md", 8), ["bullets,", "see", "docs/a.m", "d"]);
        assert_eq!(wrap("棚田の水、また", 8), ["棚田の", "水、また"]);
    }

    #[test]
    fn times_are_told_shortly() {
        assert_eq!(seconds(4.21), "4.2 s");
        assert_eq!(seconds(59.4), "59 s");
        assert_eq!(seconds(59.7), "1:00");
        assert_eq!(seconds(130.0), "2:10");
        assert_eq!(moment(3723.9), "1:02:03");
        assert_eq!(ago(0, 59_000), "now");
        assert_eq!(ago(0, 49 * 3_600_000), "2 days");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(text in "\\PC{0,40}", most in 0u16..30) {
            prop_assert!(width(&fit(&text, most, "…")) <= most);
            prop_assert!(width(&fit_end(&text, most, "…")) <= most);
            let line = Line::from(vec![Span::raw(text.clone()), Span::raw(text.clone())]);
            prop_assert!(width(&fit_line(line, most, "…").to_string()) <= most);
            for line in wrap(&text, most.max(2)) {
                prop_assert!(width(&line) <= most.max(2));
            }
        }
    }
}
