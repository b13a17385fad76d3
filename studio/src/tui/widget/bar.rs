//! Bars of progress, and columns of figures.

use ratatui::text::Span;

use crate::tui::{look::Look, theme::Role};

/// A bar of `width` columns that is done by a share of 0–1.
pub fn bar(share: f64, width: u16, look: &Look) -> Vec<Span<'static>> {
    let done = (share.clamp(0.0, 1.0) * f64::from(width)).round() as usize;
    let (full, rest) = look.glyphs.bar;
    vec![
        Span::styled(full.repeat(done), look.style(Role::Bar)),
        Span::styled(rest.repeat(usize::from(width) - done), look.style(Role::Track)),
    ]
}

/// A line with a play head at a share of 0–1.
pub fn line(share: f64, width: u16, look: &Look) -> Vec<Span<'static>> {
    let done = (share.clamp(0.0, 1.0) * f64::from(width)).round() as usize;
    let (played, rest) = look.glyphs.line;
    vec![
        Span::styled(played.repeat(done), look.style(Role::Bar)),
        Span::styled(rest.repeat(usize::from(width) - done), look.style(Role::Track)),
    ]
}

/// Values as columns of several rows, the largest as high as all of them; nothing is drawn for nothing.
pub fn columns(values: &[f64], rows: u16, steps: &[&str]) -> Vec<String> {
    let most = values.iter().copied().fold(0.0, f64::max);
    let levels = usize::from(rows) * steps.len();
    let level = |value: f64| {
        if most <= 0.0 || value <= 0.0 {
            return 0;
        }
        ((value / most * levels as f64).ceil() as usize).clamp(1, levels)
    };
    let row = |row: usize| {
        let below = (usize::from(rows) - 1 - row) * steps.len();
        let cell = |value: &f64| match level(*value).saturating_sub(below) {
            0 => " ",
            n => steps[n.min(steps.len()) - 1],
        };
        values.iter().map(cell).collect()
    };
    (0..usize::from(rows)).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_as_high_as_there_is_room() {
        let steps = ["1", "2"];
        assert_eq!(columns(&[0.0, 1.0, 4.0], 2, &steps), ["  2", " 12"]);
        assert_eq!(columns(&[0.0], 1, &steps), [" "]);
    }
}
