//! What is done on the page of the chat.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{ChatPage, chat_of};
use crate::{
    engine::api::chat,
    model::{ChatId, ChatMessage, ChatSpeaker},
    tui::{
        App,
        action::Action,
        desk::{Command, Cx, Tone},
        overlay::Confirm,
        page::{projects::manage, scenes::undo},
        terminal::Outside,
        widget::field::TextField,
    },
};

impl ChatPage {
    pub(super) fn perform(&mut self, action: Action, cx: &mut Cx) -> bool {
        let Some(project) = cx.model.open.as_ref().map(|open| open.project.clone()) else { return false };
        match action {
            Action::Up | Action::Down => self.step(action == Action::Down, cx),
            Action::First => self.to(0, cx),
            Action::Last => {
                (self.chosen, self.below, self.follow) = (None, 0, false);
            }
            Action::PageUp | Action::PageDown => {
                let page = self.cache.room.saturating_sub(1).max(1);
                self.roll(action == Action::PageDown, page, cx);
            }
            Action::Say | Action::Open | Action::NextPane | Action::PreviousPane => self.typing = true,
            Action::Accept => self.accept(cx),
            Action::Cancel => stop(cx),
            Action::EditOutside => self.edit_outside(cx),
            Action::Run => manage::run(cx, &project),
            Action::Undo | Action::Redo => undo(action == Action::Redo, project.id.to_string(), cx),
            Action::ClearChat => clear(cx, project.id.to_string(), &project.title),
            _ => return false,
        }
        true
    }

    /// A key while the field has them; true: it was taken.
    pub(super) fn typed(&mut self, key: KeyEvent, cx: &mut Cx) -> bool {
        let held = |modifiers| key.modifiers.contains(modifiers);
        let (control, alt) = (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT));
        let writes = chat_of(cx.model).is_some_and(|chat| chat.writing().is_some());
        if control && key.code == KeyCode::Char('c') && writes {
            stop(cx);
            return true;
        }
        if !self.typing || cx.model.open.is_none() {
            return false;
        }
        match key.code {
            KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab => self.typing = false,
            KeyCode::Enter if alt || held(KeyModifiers::SHIFT) || control => self.new_line(),
            KeyCode::Char('j') if control => self.new_line(),
            KeyCode::Enter => self.send(cx),
            KeyCode::Char('e') if control => self.edit_outside(cx),
            // What leaves, puts aside or draws anew does so here as well.
            KeyCode::Char('c' | 'z' | 'l' | 'p') if control => return false,
            KeyCode::F(_) => return false,
            KeyCode::PageUp => drop(self.perform(Action::PageUp, cx)),
            KeyCode::PageDown => drop(self.perform(Action::PageDown, cx)),
            KeyCode::Up if self.field.is_empty() => self.recall(cx),
            _ => drop(self.field.key(key)),
        }
        true
    }

    fn new_line(&mut self) {
        self.field.paste("\n");
    }

    /// Takes the last thing that was said, to say it otherwise.
    fn recall(&mut self, cx: &Cx) {
        let by_person = |message: &&ChatMessage| message.who == ChatSpeaker::Person;
        let last = chat_of(cx.model).and_then(|chat| chat.messages.iter().rev().find(by_person));
        if let Some(last) = last {
            self.field = TextField::lines(&last.text);
        }
    }

    fn send(&mut self, cx: &mut Cx) {
        let text = self.field.text();
        let Some(open) = cx.model.open.as_ref().filter(|_| !text.trim().is_empty()) else { return };
        if open.chat.writing().is_some() {
            return cx.tell(Tone::Plain, "an answer is being written: ctrl-c stops it");
        }
        let project = open.project.id.clone();
        self.field = TextField::lines("");
        (self.chosen, self.below) = (None, 0);
        let send = chat::Send { project: project.to_string(), text: text.clone(), provider: None, model: None };
        cx.ask(send, move |app, reply| match reply {
            Ok(sent) => {
                if let Some(open) = app.model.open.as_mut().filter(|open| open.project.id == project) {
                    // Events may have told of them already, and of more.
                    let known = |id: &ChatId| open.chat.messages.iter().any(|message| message.id == *id);
                    let new: Vec<ChatMessage> =
                        [sent.question, sent.answer].into_iter().filter(|message| !known(&message.id)).collect();
                    new.into_iter().for_each(|message| open.chat.put(message));
                }
            }
            Err(e) => {
                // What was said is not lost.
                let page = &mut app.pages().0.chat;
                if page.field.is_empty() && page.project.as_ref().is_none_or(|now| *now == project) {
                    page.field = TextField::lines(&text);
                } else {
                    page.drafts.insert(project, text);
                }
                app.tell_error(&e);
            }
        });
    }

    fn edit_outside(&mut self, cx: &mut Cx) {
        let text = self.field.text();
        self.typing = true;
        let then = Box::new(|app: &mut App, text: String| {
            app.pages().0.chat.field = TextField::lines(text.trim_end());
        });
        cx.command(Command::Outside(Outside::Edit { text, kind: "md", then }));
    }

    /// Takes what is proposed by the message that is looked at; where that proposes nothing and was not chosen, by the
    /// latest that does.
    fn accept(&mut self, cx: &mut Cx) {
        let Some(open) = &cx.model.open else { return };
        let proposes = |message: &&ChatMessage| message.open().next().is_some();
        let looked = self.chosen(&open.chat).filter(proposes);
        let latest = || open.chat.messages.iter().rev().find(proposes).filter(|_| self.chosen.is_none());
        let Some(message) = looked.or_else(latest) else {
            return cx.tell(Tone::Plain, "nothing is proposed here that can still be accepted");
        };
        let (project, message) = (open.project.id.to_string(), message.id.clone());
        cx.ask(chat::Apply { project, message, which: None }, |app, reply| match reply {
            Ok(message) => {
                let refused = message.proposals.iter().find_map(|proposal| proposal.wrong.clone());
                let accepted = message.proposals.iter().filter(|proposal| proposal.accepted).count();
                if let Some(open) = app.model.open.as_mut().filter(|open| open.project.id == message.project) {
                    open.chat.put(message);
                }
                match refused {
                    Some(why) => app.tell(Tone::Error, format!("not all could be made: {why}")),
                    None => app.tell(Tone::Good, format!("{accepted} accepted: r runs it, u takes it back")),
                }
            }
            Err(e) => app.tell_error(&e),
        });
    }

    /// Looks at the message before or after.
    fn step(&mut self, down: bool, cx: &mut Cx) {
        let Some(chat) = chat_of(cx.model) else { return };
        let last = chat.messages.len().saturating_sub(1);
        let now = self.chosen(chat).and_then(|now| chat.messages.iter().position(|message| message.id == now.id));
        let at = now.map_or(last, |now| if down { now + 1 } else { now.saturating_sub(1) });
        if at > last {
            (self.chosen, self.below, self.follow) = (None, 0, false);
            return;
        }
        self.to(at, cx);
    }

    fn to(&mut self, at: usize, cx: &mut Cx) {
        let message = chat_of(cx.model).and_then(|chat| chat.messages.get(at));
        self.chosen = message.map(|message| message.id.clone());
        self.follow = true;
        if at == 0 {
            self.read_earlier(cx);
        }
    }

    /// Goes so many lines up or down.
    pub(super) fn roll(&mut self, down: bool, lines: usize, cx: &mut Cx) {
        self.follow = false;
        let most = self.cache.total().saturating_sub(self.cache.room);
        self.below = if down { self.below.saturating_sub(lines) } else { (self.below + lines).min(most) };
        if self.below == most {
            self.read_earlier(cx);
        }
    }
}

fn stop(cx: &mut Cx) {
    let Some(open) = &cx.model.open else { return };
    if open.chat.writing().is_none() {
        return cx.tell(Tone::Plain, "no answer is being written");
    }
    let project = open.project.id.to_string();
    cx.change(chat::Stop { project }, "stopped");
}

fn clear(cx: &mut Cx, project: String, title: &str) {
    let question = format!("Forget all that was said about {title}? What was changed, made and paid stays.");
    cx.push(Confirm::new("clear the chat", question).answer('y', "forget it", move |cx| {
        cx.change(chat::Clear { project }, "the chat is empty");
    }));
}
