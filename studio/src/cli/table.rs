//! Columns for people.

use super::out::line;
use unicode_segmentation::UnicodeSegmentation;

/// Rows under their headings, columns as wide as they need.
pub fn print(headings: &[&str], rows: &[Vec<String>]) {
    let width = |text: &str| text.graphemes(true).count();
    let widths: Vec<usize> = (0..headings.len())
        .map(|c| rows.iter().map(|r| width(&r[c])).chain([width(headings[c])]).max().unwrap_or(0))
        .collect();
    let row_of = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, w)| format!("{cell}{}", " ".repeat(w - width(cell))));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(format_args!("{}", row_of(&mut headings.iter().copied())));
    for row in rows {
        line(format_args!("{}", row_of(&mut row.iter().map(String::as_str))));
    }
}

/// `2026-11-21 10:14` in local time.
pub fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}
