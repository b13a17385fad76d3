//! What a model is asked: what it is for, the project, the latest messages, and what the person says now.

use serde_json::{Value, json};
use studio_plugin_sdk::roles::llm::{LlmRequest, Message, Speaker};

use crate::{
    engine::open::{Engine, EngineError},
    model::{ChatMessage, ChatSpeaker, ChatState, Project},
};

const SYSTEM: &str = include_str!("system.md");
/// Most messages that are told again, and most bytes of them.
const MOST_MESSAGES: usize = 40;
const MOST_BYTES: usize = 48 << 10;
/// Most tokens of an answer.
const TOKENS: u32 = 4_000;

impl Engine {
    /// The request of an answer.
    pub(super) fn chat_request(
        &self,
        project: &Project,
        text: &str,
        model: Option<String>,
    ) -> Result<Value, EngineError> {
        let before = self.core.store.chat_before(&project.id, None, MOST_MESSAGES)?;
        let state = self.chat_state(project)?;
        let (messages, text) = spoken(&before, text);
        let request = LlmRequest {
            text,
            system: format!("{SYSTEM}\nThe project as it is now:\n\n{state}"),
            messages,
            model,
            max_tokens: Some(TOKENS),
            ..LlmRequest::default()
        };
        Ok(json!(request))
    }
}

/// What was said before, and what the person says now. Nobody speaks twice in a row: not every service takes that.
fn spoken(before: &[ChatMessage], text: &str) -> (Vec<Message>, String) {
    let mut bytes = text.len();
    let whole = |message: &&ChatMessage| message.state == ChatState::Done && !said(message).is_empty();
    let fits = |message: &&ChatMessage| {
        bytes += said(message).len();
        bytes <= MOST_BYTES
    };
    let mut latest: Vec<&ChatMessage> = before.iter().rev().filter(whole).take_while(fits).collect();
    latest.reverse();
    let mut messages: Vec<Message> = Vec::new();
    for message in latest {
        let role = match message.who {
            ChatSpeaker::Person => Speaker::User,
            ChatSpeaker::Model => Speaker::Assistant,
        };
        if let Some(last) = messages.last_mut().filter(|last| last.role == role) {
            last.text = format!("{}\n\n{}", last.text, said(message));
        } else if !messages.is_empty() || role == Speaker::User {
            // A conversation is begun by the person.
            messages.push(Message { role, text: said(message) });
        }
    }
    // What was never answered is said together with what is said now.
    let open = messages.pop_if(|last| last.role == Speaker::User);
    let text = open.map_or_else(|| text.to_owned(), |open| format!("{}\n\n{text}", open.text));
    (messages, text)
}

/// What a message said, with what came of its proposals.
fn said(message: &ChatMessage) -> String {
    let mut said = message.text.clone();
    for proposal in &message.proposals {
        let came = match (proposal.accepted, &proposal.wrong) {
            (true, _) => "accepted by the person",
            (false, Some(_)) => "it could not be made",
            (false, None) => "not accepted so far",
        };
        said.push_str(&format!("\n(proposed: {}; {came})", proposal.line("->")));
    }
    said.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChatId, Key, ProjectId};

    fn message(person: bool, text: &str) -> ChatMessage {
        let (id, project) = (ChatId::new("m"), ProjectId::new("p"));
        if person {
            return ChatMessage::of_person(id, project, text.into(), 0);
        }
        let answer = ChatMessage::answer(id, project, 0, Key::new("k"));
        ChatMessage { text: text.into(), state: ChatState::Done, ..answer }
    }

    fn told(before: &[ChatMessage], text: &str) -> (Vec<String>, String) {
        let (messages, text) = spoken(before, text);
        let written = |message: Message| format!("{:?}: {}", message.role, message.text);
        (messages.into_iter().map(written).collect(), text)
    }

    #[test]
    fn they_speak_in_turns() {
        let failed = ChatMessage { state: ChatState::Failed, ..message(false, "half of it") };
        let before = [message(false, "cut"), message(true, "a"), message(false, "b"), message(true, "c"), failed];
        assert_eq!(told(&before, "d"), (vec!["User: a".into(), "Assistant: b".into()], "c\n\nd".into()));
        assert_eq!(told(&[], "d"), (Vec::new(), "d".into()));
    }

    #[test]
    fn what_is_long_ago_is_not_told_again() {
        let before: Vec<ChatMessage> =
            (0..60).map(|n| message(n % 2 == 0, &format!("{n} {}", "x".repeat(4_000)))).collect();
        let (messages, _) = told(&before, "now");
        assert!(messages.len() < 13 && messages[0].starts_with("User"), "{}", messages.len());
        assert!(messages.last().unwrap().starts_with("Assistant: 59 "));
    }
}
