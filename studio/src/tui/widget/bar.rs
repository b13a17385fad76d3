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

/// Values as columns one step high, the largest the highest; nothing is drawn for nothing.
pub fn columns(values: &[f64], look: &Look) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let steps = look.glyphs.steps;
    let column = |value: f64| {
        if value <= 0.0 || most <= 0.0 {
            return " ";
        }
        let step = (value / most * steps.len() as f64).ceil() as usize;
        steps[step.clamp(1, steps.len()) - 1]
    };
    values.iter().map(|value| column(*value)).collect()
}
