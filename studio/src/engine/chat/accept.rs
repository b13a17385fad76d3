//! A person takes what a model proposes: through the operations that they would have used themselves, so that all that
//! holds for edits holds for these, and they can be taken back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::proposals::{param, why};
use crate::{
    engine::{Edit, Engine, EngineError, api::ApiError},
    model::{ChatId, ChatMessage, ChatState, Project, ProposedChange, Record, SceneChange},
};

impl Engine {
    /// Makes the changes that a message proposes: those of `which` by their numbers from 0; none named: all that are
    /// open. What cannot be made says so in the message.
    pub async fn chat_accept(
        &self,
        project: &Project,
        id: &ChatId,
        which: Option<&[usize]>,
    ) -> Result<ChatMessage, ApiError> {
        // What two accept at once is made once.
        let _accepting = self.core.chats.accepting.lock().await;
        let mut message = self.chat_message(project, id)?;
        if message.state == ChatState::Writing {
            return Err(super::busy());
        }
        let chosen = chosen(&message, which)?;
        let mut params = BTreeMap::new();
        let mut scenes = Vec::new();
        for n in chosen {
            match message.proposals[n].change.clone() {
                ProposedChange::Param { name, value } => drop(params.insert(name, (n, value))),
                ProposedChange::Scene { change } => scenes.push((n, *change)),
            }
        }
        self.take_params(project, params, &mut message).await?;
        for (n, change) in scenes {
            self.take_scene(project, n, change, &mut message).await?;
        }
        let told = json!({ "project": project.id, "message": message.id });
        self.commit(vec![Record::Chat(Box::new(message.clone()))], told).await?;
        Ok(message)
    }

    /// All params as one edit, which is taken back as one.
    async fn take_params(
        &self,
        project: &Project,
        params: BTreeMap<String, (usize, Value)>,
        message: &mut ChatMessage,
    ) -> Result<(), ApiError> {
        if params.is_empty() {
            return Ok(());
        }
        let (mut edit, mut taken) = (Edit::default(), Vec::new());
        let now = self.project(project.id.as_str())?;
        let pipeline = self.pipeline(&now.script)?;
        for (name, (n, value)) in params {
            // Once more: what a person accepts is what the script takes, whatever was kept meanwhile.
            match param(&pipeline.params, &now, &name, value) {
                Err(why) => message.proposals[n].wrong = Some(why),
                Ok((Value::Null, _)) => {
                    edit.unset.push(name);
                    taken.push(n);
                }
                Ok((value, _)) => {
                    edit.set.insert(name, value);
                    taken.push(n);
                }
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        let part = self.acting_for_part("params");
        let edited = match part.applied()? {
            Some(_) => Ok(()),
            None => part.edit(project.id.as_str(), edit).await.map(drop),
        };
        taken.into_iter().try_for_each(|n| note(message, n, edited.as_ref()))
    }

    async fn take_scene(
        &self,
        project: &Project,
        n: usize,
        change: SceneChange,
        message: &mut ChatMessage,
    ) -> Result<(), ApiError> {
        let part = self.acting_for_part(&format!("scene-{n}"));
        let edited = match part.applied()? {
            Some(_) => Ok(()),
            None => part.edit_scene(project, None, change, false).await.map(drop),
        };
        note(message, n, edited.as_ref())
    }
}

/// Notes at a proposal what came of it. What says nothing about the change itself ends the whole command.
fn note(message: &mut ChatMessage, n: usize, edited: Result<&(), &EngineError>) -> Result<(), ApiError> {
    match edited {
        Ok(()) => message.proposals[n].accepted = true,
        Err(EngineError::Store(e)) => {
            return Err(ApiError::new(e.code(), e.to_string()).help(e.help()));
        }
        Err(e) => message.proposals[n].wrong = Some(why(e)),
    }
    Ok(())
}

fn chosen(message: &ChatMessage, which: Option<&[usize]>) -> Result<Vec<usize>, ApiError> {
    let open: Vec<usize> = message.open().collect();
    let Some(which) = which else {
        let nothing = || ApiError::new("chat.nothing", "this message proposes nothing that can still be taken");
        return if open.is_empty() { Err(nothing()) } else { Ok(open) };
    };
    match which.iter().find(|n| !open.contains(n)) {
        Some(n) => {
            let message = format!("there is no open proposal {n} in this message");
            Err(ApiError::new("invalid_input", message).field("which"))
        }
        None => Ok(open.into_iter().filter(|n| which.contains(n)).collect()),
    }
}
