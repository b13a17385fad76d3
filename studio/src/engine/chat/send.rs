//! A person says something: it is kept together with the answer that is about to be written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use studio_plugin_sdk::{roles::Role, wire::Take};

use super::Claim;
use crate::{
    engine::{Engine, EngineError, api::ApiError},
    model::{ChatId, ChatMessage, Digest, MOST_CHAT_MESSAGES, MOST_CHAT_TEXT, Project, ProjectId, Record},
};

/// What was said, and the answer that is being written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// What the person said.
    pub question: ChatMessage,
    /// The answer.
    pub answer: ChatMessage,
}

impl Engine {
    /// Keeps what a person says in a project's chat, and has a model answer it. The answer goes on when this is done.
    pub async fn chat_send(
        &self,
        project: &Project,
        text: &str,
        provider: Option<&str>,
        model: Option<String>,
    ) -> Result<Sent, ApiError> {
        // What is read of the project stays true until it is written, and so does that there is one.
        let _changing = self.core.changing.lock().await;
        self.chat_let_go(project).await;
        let claim = Claim::take(&self.core, &project.id)?;
        self.runnable(&project.id)?;
        let text = checked(text)?;
        let serving = self.chat_serving(provider)?;
        // The model of the settings is one of their provider's.
        let settings = self.core.config.settings.chat.model.clone().filter(|_| provider.is_none());
        let model = model.or(settings);
        let request = self.chat_request(project, text, model)?;
        let asked = request["model"].as_str().unwrap_or_default().to_owned();
        let plugin = serving.plugin.manifest.id.clone();
        let known = self.core.store.chat_ids(&project.id).map_err(EngineError::from)?;
        let id = ChatId::after(known.last(), ulid::Ulid::generate());
        let answers = ChatId::after(Some(&id), ulid::Ulid::generate());
        // Each answer is written anew, also where the same was asked before.
        let named = self.core.namer.name(serving, Role::Llm, request, take_of(&answers)).await?;
        let now = self.core.now_ms();
        let question = ChatMessage::of_person(id, project.id.clone(), text.to_owned(), now);
        let answer = ChatMessage::answer(answers, project.id.clone(), now, named.key.clone());
        let answer = ChatMessage { provider: plugin, model: asked, ..answer };
        let mut records: Vec<Record> = forgotten(&project.id, &known).into_iter().collect();
        records.push(Record::Chat(Box::new(question.clone())));
        records.push(Record::Chat(Box::new(answer.clone())));
        let told = json!({ "question": question.id, "answer": answer.id });
        self.commit(records, told).await.map_err(EngineError::from)?;
        self.by_itself().write_answer(claim, project.clone(), answer.clone(), named);
        Ok(Sent { question, answer })
    }

    /// What was said and answered, as it stands now.
    pub fn chat_sent(&self, project: &Project, question: &ChatId, answer: &ChatId) -> Result<Sent, EngineError> {
        let (question, answer) = (self.chat_message(project, question)?, self.chat_message(project, answer)?);
        Ok(Sent { question, answer })
    }
}

fn checked(text: &str) -> Result<&str, EngineError> {
    let text = text.trim();
    let invalid = |message: String| EngineError::Invalid { field: "text".into(), message };
    if text.is_empty() {
        return Err(invalid("say something".into()));
    }
    if text.len() > MOST_CHAT_TEXT {
        return Err(invalid(format!("a message has at most {} KiB", MOST_CHAT_TEXT >> 10)));
    }
    Ok(text)
}

/// A number of its own for each answer, so that its result has a name of its own. 1 would be none.
fn take_of(answer: &ChatId) -> Take {
    let bytes = Digest::of(answer.as_str().as_bytes()).hex();
    let n = u32::from_str_radix(bytes.get(..7).unwrap_or_default(), 16).unwrap_or_default();
    Take { n: n + 2, note: String::new() }
}

/// The oldest messages go, where there would be too many.
fn forgotten(project: &ProjectId, known: &[ChatId]) -> Option<Record> {
    let too_many = (known.len() + 2).checked_sub(MOST_CHAT_MESSAGES + 1)?;
    let until = known.get(too_many)?.clone();
    tracing::info!(project = %project, messages = too_many + 1, "the oldest messages of a chat are forgotten");
    Some(Record::ChatForgotten { project: project.clone(), until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_stays_within_its_bound() {
        let ids = |n: usize| (0..n).map(|n| ChatId::new(format!("{n:06}"))).collect::<Vec<_>>();
        let project = ProjectId::new("p");
        assert_eq!(forgotten(&project, &ids(MOST_CHAT_MESSAGES - 2)), None);
        let until = |n: usize| match forgotten(&project, &ids(n)) {
            Some(Record::ChatForgotten { until, .. }) => until,
            other => panic!("{other:?}"),
        };
        // Two come, two go.
        assert_eq!(until(MOST_CHAT_MESSAGES), ids(2)[1]);
        assert_eq!(until(MOST_CHAT_MESSAGES - 1), ids(1)[0]);
    }

    #[test]
    fn each_answer_has_a_name_of_its_own() {
        let (one, two) = (take_of(&ChatId::new("a")), take_of(&ChatId::new("b")));
        assert!(one.n > 1 && two.n > 1 && one != two && one.note.is_empty());
    }

    #[test]
    fn ids_rise_whatever_the_clock_says() {
        let first = ChatId::after(None, ulid::Ulid::from_parts(5_000, 7));
        let second = ChatId::after(Some(&first), ulid::Ulid::from_parts(4_000, 9));
        let third = ChatId::after(Some(&second), ulid::Ulid::from_parts(6_000, 1));
        assert!(first < second && second < third && third.is_sound() && !ChatId::new("../x").is_sound());
    }
}
