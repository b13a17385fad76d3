//! The chats of projects: a person talks with a model about their film, and takes what of its proposals they like. An
//! answer is a node outside of every run: it goes through the ledger, the journal and the retries as all paid work does,
//! and has a place of its own, so that nothing in the project is of it. `api::chat` calls it; nothing here changes a
//! project but what a person accepts.

mod accept;
mod answer;
mod fence;
mod proposals;
mod recover;
mod request;
mod send;
mod state;
mod view;
mod who;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use send::Sent;
pub use view::{ChatAnswerer, ChatPage};

use super::{Engine, api::ApiError, event::Live, open::Core};
use crate::model::{ChatId, ChatMessage, ChatState, MOST_CHAT_TEXT, Project, ProjectId, Record};

/// The answers under way: one a project at most.
#[derive(Default)]
pub struct Chats {
    inner: Mutex<Inner>,
    /// Held by who accepts proposals.
    accepting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Inner {
    talks: HashMap<ProjectId, Arc<Talk>>,
    leaving: bool,
}

/// An answer under way.
pub struct Talk {
    answer: OnceLock<ChatId>,
    /// What the model has written, with the changes that it proposes.
    said: Mutex<String>,
    /// Ends it for good.
    pub stop: CancellationToken,
    /// Leaves it where it is: the next owner sees to it.
    pub interrupt: CancellationToken,
    ended: watch::Sender<bool>,
}

impl Chats {
    /// The answer under way in a project.
    pub fn of(&self, project: &ProjectId) -> Option<Arc<Talk>> {
        self.inner.lock().talks.get(project).cloned()
    }

    /// Is any under way?
    pub fn any(&self) -> bool {
        !self.inner.lock().talks.is_empty()
    }

    /// Will no more be begun?
    fn is_leaving(&self) -> bool {
        self.inner.lock().leaving
    }

    /// Begins no more: those under way.
    pub fn admit_no_more(&self) -> Vec<Arc<Talk>> {
        let mut inner = self.inner.lock();
        inner.leaving = true;
        inner.talks.values().cloned().collect()
    }
}

impl Talk {
    /// Waits for its end.
    pub async fn ended(&self) {
        // Whoever ends it lets go of it afterwards.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// What is to be seen of it so far, where it is this answer.
    fn shown(&self, answer: &ChatId) -> Option<String> {
        (self.answer.get() == Some(answer)).then(|| fence::shown(&self.said.lock()).to_owned())
    }

    /// The model goes on: what is to be seen of that is told.
    fn hear(&self, core: &Core, project: &ProjectId, text: &str) {
        let (Some(message), mut said) = (self.answer.get(), self.said.lock()) else { return };
        let at = fence::shown(&said).len();
        // Its end is in the answer itself.
        if said.len() < 2 * MOST_CHAT_TEXT {
            said.push_str(text);
        }
        let text = fence::shown(&said).get(at..).unwrap_or_default().to_owned();
        if !text.is_empty() {
            // Under the lock: pieces are told in their order.
            core.tell(Live::ChatText { project: project.clone(), message: message.clone(), at, text });
        }
    }
}

impl Engine {
    /// Waits for an answer whose end is told, and which is about to let go of the project's chat.
    async fn chat_let_go(&self, project: &Project) {
        let Some(talk) = self.core.chats.of(&project.id) else { return };
        let Some(answer) = talk.answer.get() else { return };
        if self.chat_message(project, answer).is_ok_and(|answer| answer.state != ChatState::Writing) {
            talk.ended().await;
        }
    }
}

/// The right to write an answer in a project; it ends when this is dropped.
struct Claim {
    core: Arc<Core>,
    project: ProjectId,
    talk: Arc<Talk>,
}

impl Claim {
    fn take(core: &Arc<Core>, project: &ProjectId) -> Result<Self, ApiError> {
        let mut inner = core.chats.inner.lock();
        if inner.leaving {
            return Err(ApiError::leaving());
        }
        if inner.talks.contains_key(project) {
            return Err(busy());
        }
        let (answer, said, ended) = (OnceLock::new(), Mutex::default(), watch::Sender::new(false));
        let (stop, interrupt) = (CancellationToken::new(), CancellationToken::new());
        let talk = Arc::new(Talk { answer, said, stop, interrupt, ended });
        inner.talks.insert(project.clone(), Arc::clone(&talk));
        drop(inner);
        Ok(Self { core: Arc::clone(core), project: project.clone(), talk })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.core.chats.inner.lock().talks.remove(&self.project);
        self.talk.ended.send_replace(true);
    }
}

fn busy() -> ApiError {
    ApiError::new("chat.busy", "an answer is being written in this project").help("wait for its end, or stop it")
}

/// What was said in a chat, as it is said in the chat of another project: nothing of it is being written there.
pub fn copied(messages: Vec<ChatMessage>, project: &ProjectId) -> impl Iterator<Item = Record> {
    let project = project.clone();
    messages.into_iter().map(move |message| {
        let state = if message.state == ChatState::Writing { ChatState::Stopped } else { message.state };
        Record::Chat(Box::new(ChatMessage { project: project.clone(), state, key: None, ..message }))
    })
}
