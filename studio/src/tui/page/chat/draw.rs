//! How the chat is drawn.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::NO_PROJECT,
    ChatPage, chat_of,
    rows::{Row, head},
};
use crate::tui::{
    canvas::{Canvas, Hit},
    model::{Chat, Model},
    theme::Role,
    widget::text,
};

/// Most lines of the field.
const MOST_FIELD: u16 = 6;
/// Below this height there are no lines around anything.
const LOW: u16 = 9;

const EMPTY: &str = "Talk about your film. The model sees its params, its scenes and what failed last, and may propose \
                     changes. Nothing is changed before you accept it.\n\nFor example:\n  make the second scene shorter, \
                     and the words on its card larger\n  translate all that is said into Spanish\n  why did the last run \
                     fail?";

impl ChatPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let Some((open, chat)) = model.open.as_ref().zip(chat_of(model)) else {
            return canvas.middle(area, NO_PROJECT);
        };
        let low = area.height < LOW;
        let frame = if low { 0 } else { 2 };
        let width = area.width.saturating_sub(frame).max(1);
        let lines = text::wrap(&self.field.text(), width.saturating_sub(1)).len();
        let most = MOST_FIELD.min((area.height / 3).max(1));
        let height = u16::try_from(lines).unwrap_or(u16::MAX).clamp(1, most) + frame;
        let height = height.min(area.height);
        let above = Rect { height: area.height - height, ..area };
        let foot = Rect { y: area.bottom() - height, height, ..area };
        let title = format!("chat about {}", open.project.title);
        let inner = if low { above } else { canvas.pane(above, &title, !self.typing) };
        self.messages(canvas, inner, chat);
        self.input(canvas, foot, chat, low);
    }

    fn messages(&mut self, canvas: &mut Canvas, area: Rect, chat: &Chat) {
        if area.is_empty() {
            return;
        }
        if chat.messages.is_empty() {
            (self.below, self.cache.room) = (0, usize::from(area.height));
            return self.nothing(canvas, area, chat);
        }
        let grown = self.cache.renew(&chat.messages, area.width, self.typing, canvas.look);
        let (total, room) = (self.cache.total(), usize::from(area.height));
        self.cache.room = room;
        if self.below > 0 {
            // What is looked at stays where it is.
            self.below += grown;
        }
        if self.follow {
            self.show_chosen(chat, total, room);
        }
        self.below = self.below.min(total.saturating_sub(room));
        let top = total.saturating_sub(room).saturating_sub(self.below);
        let chosen = self.chosen(chat).filter(|_| !self.typing).map(|message| message.id.clone());
        let mut at = 0;
        for (n, message) in chat.messages.iter().enumerate() {
            let rows = self.cache.rows(&message.id);
            let height = rows.len() + 2;
            if at + height > top && at < top + room {
                let is_chosen = chosen.as_ref() == Some(&message.id);
                for line in 0..height {
                    let Some(y) = (at + line).checked_sub(top).filter(|y| *y < room) else { continue };
                    let row = Rect { y: area.y + y as u16, height: 1, ..area };
                    match line.checked_sub(1) {
                        None => {
                            draw_row(canvas, row, &head(message, canvas.look));
                            if is_chosen {
                                canvas.select(row);
                            }
                        }
                        Some(line) => {
                            if let Some(parts) = rows.get(line) {
                                draw_row(canvas, row, parts);
                            }
                        }
                    }
                    canvas.hit(row, Hit::Select { pane: 0, item: n });
                }
            }
            at += height;
        }
        if self.below > 0 {
            let more = format!(" {} lines below: G ", self.below);
            let width = text::width(&more).min(area.width);
            let row = Rect { x: area.right() - width, y: area.bottom() - 1, width, height: 1 };
            canvas.words(row, &more, Role::Accent);
        }
    }

    /// Has the message that is looked at seen, from its beginning on.
    fn show_chosen(&mut self, chat: &Chat, total: usize, room: usize) {
        let Some((at, height)) = self.chosen(chat).and_then(|message| self.cache.place(&message.id)) else { return };
        let top = total.saturating_sub(room).saturating_sub(self.below.min(total.saturating_sub(room)));
        let wanted = if at < top || height >= room {
            at
        } else if at + height > top + room {
            at + height - room
        } else {
            top
        };
        self.below = total.saturating_sub(room).saturating_sub(wanted);
        self.follow = false;
    }

    fn input(&mut self, canvas: &mut Canvas, area: Rect, chat: &Chat, low: bool) {
        let title = match (self.typing, chat.writing().is_some()) {
            (true, true) => "ctrl-c stops the answer",
            (true, false) => "say something (alt-enter: new line)",
            (false, _) => "say something",
        };
        let inner = if low { area } else { canvas.pane(area, title, self.typing) };
        canvas.hit(area, Hit::Select { pane: 1, item: 0 });
        if inner.is_empty() {
            return;
        }
        self.field.draw(canvas, inner, self.typing);
        if self.field.is_empty() && !self.typing {
            canvas.words(Rect { height: 1, ..inner }, "say what you want to change", Role::Dim);
        }
    }

    fn nothing(&self, canvas: &mut Canvas, area: Rect, chat: &Chat) {
        let mut said = vec![(EMPTY.to_owned(), Role::Dim)];
        if let Some(nobody) = &chat.nobody {
            said.insert(0, (format!("Nobody answers yet: {}.\n{}\n", nobody.message, nobody.help), Role::Warning));
        } else if let Some(who) = &chat.answers {
            let model = who.model.as_deref().map(|model| format!(" ({model})")).unwrap_or_default();
            said.push((format!("\n{}{model} answers.", who.provider), Role::Dim));
        }
        let width = area.width.saturating_sub(4).clamp(1, 72);
        let x = area.x + (area.width.saturating_sub(width)) / 2;
        let lines = said.iter().flat_map(|(said, role)| text::wrap(said, width).into_iter().map(|line| (line, *role)));
        let lines: Vec<(String, Role)> = lines.collect();
        let spare = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX));
        for (y, (line, role)) in (area.y + spare / 3..area.bottom()).zip(lines) {
            canvas.words(Rect { x, y, width, height: 1 }, &line, role);
        }
    }
}

fn draw_row(canvas: &mut Canvas, area: Rect, row: &Row) {
    let spans: Vec<Span<'static>> =
        row.iter().map(|(words, role)| Span::styled(words.clone(), canvas.style(*role))).collect();
    canvas.line(area, Line::from(spans));
}
