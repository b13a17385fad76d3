//! What was said about the project that is open.

use crate::{
    engine::{ChatAnswerer, ChatPage, api::ApiError},
    model::{ChatId, ChatMessage, ChatSpeaker, ChatState},
};

/// What was said about the project that is open.
#[derive(Debug, Default)]
pub struct Chat {
    /// The messages that are known, the newest last.
    pub messages: Vec<ChatMessage>,
    /// It was read once.
    pub known: bool,
    /// It is to be read again.
    pub stale: bool,
    /// There are earlier messages.
    pub more: bool,
    /// Who would answer.
    pub answers: Option<ChatAnswerer>,
    /// Why nobody would.
    pub nobody: Option<ApiError>,
    /// Answers that came while nobody looked.
    pub unread: usize,
}

impl Chat {
    /// The latest page, as it was read.
    pub fn take(&mut self, page: ChatPage) {
        let ChatPage { messages, more, answers, nobody } = page;
        // Earlier ones are there as long as the page goes on from them.
        let begins = messages.first().map(|first| first.id.clone());
        self.messages.retain(|known| begins.as_ref().is_some_and(|begins| known.id < *begins));
        self.more = if self.messages.is_empty() { more } else { self.more };
        self.messages.extend(messages);
        (self.answers, self.nobody, self.known) = (answers, nobody, true);
    }

    /// A page of earlier ones, as it was read.
    pub fn take_earlier(&mut self, page: ChatPage) {
        let first = self.messages.first().map(|first| first.id.clone());
        let earlier = page.messages.into_iter().filter(|m| first.as_ref().is_none_or(|first| m.id < *first));
        self.messages.splice(0..0, earlier);
        self.more = page.more;
    }

    /// A message is as it says.
    pub fn put(&mut self, message: ChatMessage) {
        let ended = message.who == ChatSpeaker::Model && message.state != ChatState::Writing;
        match self.messages.iter_mut().find(|known| known.id == message.id) {
            Some(known) => {
                self.unread += usize::from(ended && known.state == ChatState::Writing);
                *known = message;
            }
            None => {
                let at = self.messages.partition_point(|known| known.id < message.id);
                // One that is earlier than all that are known is read when it is wanted.
                if at > 0 || self.messages.is_empty() || !self.more {
                    self.messages.insert(at, message);
                }
            }
        }
    }

    /// An answer goes on; `at` bytes of it were told before. False: some of it is missing.
    pub fn write(&mut self, id: &ChatId, at: usize, text: &str) -> bool {
        let writing = |known: &&mut ChatMessage| known.id == *id && known.state == ChatState::Writing;
        let Some(known) = self.messages.iter_mut().rev().find(writing) else { return true };
        if !known.text.is_char_boundary(at) || at > known.text.len() {
            return false;
        }
        known.text.truncate(at);
        known.text.push_str(text);
        true
    }

    /// The messages up to one are no more.
    pub fn forget(&mut self, until: &ChatId) {
        self.messages.retain(|known| known.id > *until);
        self.more = false;
    }

    /// The answer that is being written.
    pub fn writing(&self) -> Option<&ChatMessage> {
        self.messages.iter().rev().find(|message| message.state == ChatState::Writing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Key, ProjectId};

    fn answer(id: &str, state: ChatState) -> ChatMessage {
        let writing = ChatMessage::answer(ChatId::new(id), ProjectId::new("p"), 0, Key::new("k"));
        ChatMessage { state, ..writing }
    }

    #[test]
    fn pieces_that_come_twice_or_too_early_do_no_harm() {
        let mut chat = Chat::default();
        chat.put(answer("b", ChatState::Writing));
        let id = ChatId::new("b");
        assert!(chat.write(&id, 0, "Grün") && chat.write(&id, 0, "Grün ist"));
        assert!(!chat.write(&id, 3, "x") && !chat.write(&id, 99, "x"));
        assert_eq!(chat.messages[0].text, "Grün ist");
        chat.put(answer("b", ChatState::Done));
        assert_eq!(chat.unread, 1);
        assert!(chat.write(&id, 0, "late") && chat.messages[0].text.is_empty());
    }

    #[test]
    fn pages_meet_where_they_should() {
        let mut chat = Chat::default();
        let page = |ids: &[&str], more| ChatPage {
            messages: ids.iter().map(|id| answer(id, ChatState::Done)).collect(),
            more,
            answers: None,
            nobody: None,
        };
        chat.take(page(&["c", "d"], true));
        chat.put(answer("a", ChatState::Done));
        chat.take_earlier(page(&["a", "b"], false));
        chat.take(page(&["c", "d", "e"], true));
        let ids: String = chat.messages.iter().map(|m| m.id.as_str()).collect();
        assert_eq!((ids.as_str(), chat.more, chat.unread), ("abcde", false, 0));
        chat.forget(&ChatId::new("c"));
        assert_eq!(chat.messages.len(), 2);
    }
}
