//! Pictures of cells where only ASCII may be shown: blanks, each on one colour.

use ratatui::{buffer::Buffer, style::Color};

/// Half-blocks become blanks on the colour between their halves.
pub fn plain(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let other = match cell.symbol() {
            "▀" | "▄" => cell.bg,
            "█" => cell.fg,
            _ => continue,
        };
        cell.bg = between(cell.fg, other);
        cell.set_symbol(" ");
    }
}

/// The middle of two colours; of the terminal's own, whose looks nobody knows, the first.
fn between(one: Color, other: Color) -> Color {
    let (Color::Rgb(r, g, b), Color::Rgb(red, green, blue)) = (one, other) else { return one };
    Color::Rgb(r.midpoint(red), g.midpoint(green), b.midpoint(blue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{layout::Rect, style::Style};

    #[test]
    fn a_picture_is_told_by_its_colours_alone() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        let style = |fg, bg| Style::new().fg(fg).bg(bg);
        let (dark, light) = (Color::Rgb(10, 20, 30), Color::Rgb(110, 120, 130));
        buffer.set_string(0, 0, "▀▄", style(dark, light));
        buffer.set_string(2, 0, "█x", style(light, dark));
        plain(&mut buffer);
        let cells: Vec<_> = buffer.content().iter().map(|cell| (cell.symbol(), cell.bg)).collect();
        let middle = Color::Rgb(60, 70, 80);
        assert_eq!(cells, [(" ", middle), (" ", middle), (" ", light), ("x", dark)]);
    }
}
