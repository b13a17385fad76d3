//! A field that is typed into: one line or several, with everything that the editor of the field's crate can.

use crossterm::event::{Event, KeyEvent};
use ratatui::{layout::Rect, style::Modifier};
use ratatui_textarea::{TextArea, WrapMode};

use crate::tui::{canvas::Canvas, theme::Role};

/// Most bytes that are taken of one paste.
const MOST_PASTED: usize = 4 << 20;

/// A field that is typed into.
pub struct TextField {
    area: TextArea<'static>,
    single: bool,
}

impl TextField {
    /// One line.
    pub fn line(text: &str) -> Self {
        Self::new(&super::text::one_line(text), true)
    }

    /// Several lines.
    pub fn lines(text: &str) -> Self {
        Self::new(text, false)
    }

    fn new(text: &str, single: bool) -> Self {
        let mut area = TextArea::from(text.split('\n').map(|line| line.replace('\t', "    ")));
        area.set_wrap_mode(if single { WrapMode::None } else { WrapMode::WordOrGlyph });
        area.move_cursor(ratatui_textarea::CursorMove::Bottom);
        area.move_cursor(ratatui_textarea::CursorMove::End);
        Self { area, single }
    }

    /// Shows its text as dots: what is typed is a secret.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.area.set_mask_char('•');
        self
    }

    /// What stands in it.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// How many rows of so many columns its text takes, up to `most`; a row at least.
    pub fn rows(&self, width: u16, most: u16) -> u16 {
        let width = width.max(1);
        let mut rows = 0;
        for line in self.area.lines() {
            // Of a long one it is known without being read.
            let long = line.len() > usize::from(most) * usize::from(width) * 4;
            rows += if long { most } else { super::text::width(line).div_ceil(width).max(1) };
            if rows >= most {
                return most;
            }
        }
        rows.max(1)
    }

    /// A key: true, if it changed the text.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        if self.single && matches!(key.code, crossterm::event::KeyCode::Enter) {
            return false;
        }
        self.area.input(Event::Key(key))
    }

    /// Text that was pasted.
    pub fn paste(&mut self, text: &str) -> bool {
        let text = &text[..text.floor_char_boundary(MOST_PASTED)];
        let clean: String = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
        let clean: String = clean.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        let clean = if self.single { clean.replace('\n', " ") } else { clean };
        self.area.insert_str(clean)
    }

    /// Draws it; with the cursor where it has the keys.
    pub fn draw(&mut self, canvas: &mut Canvas, area: Rect, focused: bool) {
        let style = canvas.style(Role::Input);
        self.area.set_style(style);
        self.area.set_cursor_line_style(style);
        let cursor = if focused { style.add_modifier(Modifier::REVERSED) } else { style };
        self.area.set_cursor_style(cursor);
        self.area.set_selection_style(canvas.style(Role::Selected));
        canvas.put(&self.area, area);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_the_rows_that_it_has() {
        let rows = |text: &str| TextField::lines(text).rows(10, 6);
        assert_eq!([rows(""), rows("rice"), rows("rice\n\ntea"), rows("rice grows in water")], [1, 1, 3, 2]);
        assert_eq!([rows(&"\n".repeat(40)), rows(&"rice ".repeat(100_000))], [6, 6]);
    }

    #[test]
    fn what_is_pasted_cannot_command_the_terminal() {
        let mut field = TextField::line("a ");
        field.paste("b\r\nc\u{1b}[31m\td");
        assert_eq!(field.text(), "a b c[31m    d");
        let mut field = TextField::lines("");
        field.paste("one\r\ntwo\u{7}");
        assert_eq!(field.text(), "one\ntwo");
    }
}
