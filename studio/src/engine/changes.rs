//! Edits of a project taken back and done again. Each edit is one record beside what it changes, so that both are
//! kept or neither is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::open::{Engine, EngineError};
use crate::model::{Change, Project, ProjectId, Record, Slot, Steering, Undoable, steps};

/// An edit that was taken back, or done again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TakenBack {
    /// The project, as it is now.
    pub project: Project,
    /// What was edited, for people.
    pub what: String,
    /// How many edits can still be taken back.
    pub undo: usize,
    /// How many can be done again.
    pub redo: usize,
}

impl Engine {
    /// The record of an edit that is about to be made. With `joins` it and the one before it are taken back as one,
    /// where both are of the same thing.
    pub(super) fn change(
        &self,
        project: &ProjectId,
        what: String,
        edit: Undoable,
        joins: bool,
    ) -> Result<Record, EngineError> {
        let at = self.core.store.changes_at(project)?;
        let before = if joins { self.core.store.changes(project)?.into_iter().find(|c| c.n == at) } else { None };
        let joined = before.filter(|before| before.what == what).and_then(|before| before.edit.joined(&edit));
        let (n, edit) = match joined {
            Some(joined) => (at, joined),
            None => (at + 1, edit),
        };
        Ok(Record::Changed(Box::new(Change { project: project.clone(), n, what, edit })))
    }

    /// The records that steer a place otherwise, so that it can be taken back.
    pub(super) fn steer(
        &self,
        project: &ProjectId,
        slot: &Slot,
        what: String,
        after: Steering,
        joins: bool,
    ) -> Result<Vec<Record>, EngineError> {
        let before = self.core.store.steering(slot)?;
        let mut records = decided(slot, &before, &after);
        if !records.is_empty() {
            let edit = Undoable::Place { slot: slot.clone(), before: Box::new(before), after: Box::new(after) };
            records.push(self.change(project, what, edit, joins)?);
        }
        Ok(records)
    }

    /// Takes the latest edit of a project back.
    pub async fn undo(&self, project: &Project) -> Result<TakenBack, EngineError> {
        let _changing = self.core.changing.lock().await;
        let at = self.core.store.changes_at(&project.id)?;
        let change = self.core.store.changes(&project.id)?.into_iter().rfind(|change| change.n == at);
        let nothing = || EngineError::refused("undo.none", "there is no edit to take back", "");
        let Change { n, what, edit, .. } = change.ok_or_else(nothing)?;
        self.go_to(project, n - 1, what, edit.reversed()).await
    }

    /// Does the edit again that was taken back last.
    pub async fn redo(&self, project: &Project) -> Result<TakenBack, EngineError> {
        let _changing = self.core.changing.lock().await;
        let at = self.core.store.changes_at(&project.id)?;
        let change = self.core.store.changes(&project.id)?.into_iter().find(|change| change.n == at + 1);
        let nothing = || EngineError::refused("redo.none", "no edit was taken back", "");
        let Change { n, what, edit, .. } = change.ok_or_else(nothing)?;
        self.go_to(project, n, what, edit).await
    }

    async fn go_to(&self, project: &Project, n: u32, what: String, edit: Undoable) -> Result<TakenBack, EngineError> {
        let none = || EngineError::NotFound(format!("there is no project {:?}", project.slug));
        let now = self.core.store.project(&project.id)?.ok_or_else(none)?;
        let mut then = now.clone();
        let mut records = match edit {
            Undoable::Project { after, .. } => {
                if after.slug != now.slug {
                    self.idle(&now)?;
                }
                after.put(&mut then);
                Vec::new()
            }
            Undoable::Place { slot, after, .. } => decided(&slot, &self.core.store.steering(&slot)?, &after),
        };
        then.updated_ms = self.core.now_ms().max(now.updated_ms + 1);
        records.push(Record::Project(then.clone()));
        records.push(Record::ChangesAt { project: project.id.clone(), n });
        self.commit(records, json!({ "project": project.id, "what": what })).await?;
        self.move_exports(&now, &then);
        self.core.tell_decision();
        self.taken_back(then, what)
    }

    /// A project after `what` was taken back or done again.
    pub(super) fn taken_back(&self, project: Project, what: String) -> Result<TakenBack, EngineError> {
        let changes = self.core.store.changes(&project.id)?;
        let at = self.core.store.changes_at(&project.id)?;
        let undo = changes.iter().filter(|change| change.n <= at).count();
        Ok(TakenBack { project, what, undo, redo: changes.len() - undo })
    }
}

fn decided(slot: &Slot, before: &Steering, after: &Steering) -> Vec<Record> {
    let steps = steps(before, after).into_iter();
    steps.map(|decision| Record::Decided { slot: slot.clone(), decision: Box::new(decision) }).collect()
}
