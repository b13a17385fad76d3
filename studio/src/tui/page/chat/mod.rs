//! The chat of the project that is open: what was said, the answer as it comes, what it proposes, and a field to say
//! something. While the field has the keys, they are letters; escape gives them back.

mod act;
mod draw;
mod rows;

use std::collections::HashMap;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use self::rows::Cache;
use super::Page;
use crate::{
    engine::api::chat,
    model::{ChatId, ChatMessage, ProjectId},
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::{Chat, Model},
        widget::field::TextField,
    },
};

/// So many messages are asked for at once.
const PAGE: usize = 100;
/// So many lines the wheel goes.
const WHEEL: usize = 3;

/// The chat of the project that is open.
pub struct ChatPage {
    field: TextField,
    /// What was being typed in other projects.
    drafts: HashMap<ProjectId, String>,
    project: Option<ProjectId>,
    /// The field has the keys.
    typing: bool,
    /// The message that is looked at; none: the latest.
    chosen: Option<ChatId>,
    /// So many lines are below what is seen; 0: the end is seen, whatever comes.
    below: usize,
    /// What is seen is to show the message that is looked at.
    follow: bool,
    cache: Cache,
    asking: bool,
}

impl Default for ChatPage {
    fn default() -> Self {
        Self {
            field: TextField::lines(""),
            drafts: HashMap::new(),
            project: None,
            typing: true,
            chosen: None,
            below: 0,
            follow: false,
            cache: Cache::default(),
            asking: false,
        }
    }
}

impl Page for ChatPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        self.perform(action, cx)
    }

    fn shown(&mut self, cx: &mut Cx) {
        self.typing = true;
        self.read(cx);
    }

    fn opened(&mut self, cx: &mut Cx) {
        let now = cx.model.open.as_ref().map(|open| open.project.id.clone());
        if now == self.project {
            return;
        }
        let before = std::mem::replace(&mut self.project, now.clone());
        let draft = now.and_then(|now| self.drafts.remove(&now)).unwrap_or_default();
        let left = std::mem::replace(&mut self.field, TextField::lines(&draft));
        if let Some(before) = before.filter(|_| !left.is_empty()) {
            self.drafts.insert(before, left.text());
        }
        (self.chosen, self.below, self.cache) = (None, 0, Cache::default());
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        let Hit::Select { pane, item } = hit else { return };
        self.typing = pane == 1;
        if pane == 0
            && let Some(message) = chat_of(cx.model).and_then(|chat| chat.messages.get(item))
        {
            self.chosen = Some(message.id.clone());
            if again {
                self.perform(Action::Accept, cx);
            }
        }
    }

    fn scroll(&mut self, down: bool, cx: &mut Cx) {
        self.roll(down, WHEEL, cx);
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx) -> bool {
        self.typed(key, cx)
    }

    fn takes_letters(&self, model: &Model) -> bool {
        self.typing && model.open.is_some()
    }

    fn paste(&mut self, text: &str, cx: &mut Cx) -> bool {
        let takes = self.typing && cx.model.open.is_some();
        if takes {
            self.field.paste(text);
        }
        takes
    }

    fn tick(&mut self, cx: &mut Cx) {
        self.read(cx);
    }

    fn wakes(&self, model: &Model) -> Option<u64> {
        chat_of(model)?.writing().map(|_| 100)
    }

    fn hints(&self, model: &Model) -> Vec<(Action, &'static str)> {
        let Some(chat) = chat_of(model) else { return vec![(Action::GoProjects, "projects")] };
        let mut hints = Vec::new();
        if self.typing {
            return vec![(Action::Open, "send"), (Action::Back, "messages")];
        }
        if chat.writing().is_some() {
            hints.push((Action::Cancel, "stop"));
        }
        if self.chosen(chat).is_some_and(|message| message.open().next().is_some()) {
            hints.push((Action::Accept, "accept"));
        }
        hints.extend([(Action::Say, "say something"), (Action::Run, "run"), (Action::Undo, "undo")]);
        hints
    }
}

fn chat_of(model: &Model) -> Option<&Chat> {
    model.open.as_ref().map(|open| &open.chat)
}

impl ChatPage {
    /// The message that is looked at: the latest, where none was chosen.
    fn chosen<'a>(&self, chat: &'a Chat) -> Option<&'a ChatMessage> {
        let chosen = self.chosen.as_ref().and_then(|id| chat.messages.iter().find(|message| message.id == *id));
        chosen.or(chat.messages.last())
    }

    /// Reads the chat where that is needed; what came is seen.
    fn read(&mut self, cx: &mut Cx) {
        let Some(open) = &mut cx.model.open else { return };
        open.chat.unread = 0;
        if self.asking || (open.chat.known && !open.chat.stale) || cx.desk.client().is_none() {
            return;
        }
        (self.asking, open.chat.stale) = (true, false);
        let project = open.project.id.clone();
        cx.ask(chat::List { project: project.to_string(), before: None, limit: PAGE }, move |app, reply| {
            app.pages().0.chat.asking = false;
            match (reply, app.model.open.as_mut().filter(|open| open.project.id == project)) {
                (Ok(page), Some(open)) => open.chat.take(page),
                (Ok(_), None) => (),
                (Err(e), _) => {
                    if let Some(open) = &mut app.model.open {
                        // Asked again when something happens.
                        open.chat.known = true;
                    }
                    app.tell_error(&e);
                }
            }
        });
    }

    /// Reads earlier messages, where there are any.
    fn read_earlier(&mut self, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let Some(before) = open.chat.messages.first().filter(|_| open.chat.more && !self.asking) else { return };
        let (project, before) = (open.project.id.clone(), Some(before.id.clone()));
        self.asking = cx.desk.client().is_some();
        cx.ask(chat::List { project: project.to_string(), before, limit: PAGE }, move |app, reply| {
            app.pages().0.chat.asking = false;
            match (reply, app.model.open.as_mut().filter(|open| open.project.id == project)) {
                (Ok(page), Some(open)) => open.chat.take_earlier(page),
                (Ok(_), None) => (),
                (Err(e), _) => app.tell_error(&e),
            }
        });
    }
}
