//! The command that an engine acts for: what it changes is written together with the fact that it was applied, so that
//! whoever sends it again, to whichever owner, is answered and nothing is done twice. `api` says which command it is;
//! the operations that change something commit through here.

use std::sync::Arc;

use serde_json::Value;

use super::{api::ApiError, open::Engine};
use crate::{
    model::{Applied, Digest, Record},
    store::StoreError,
};

/// A command as its client named it.
#[derive(Clone, Debug)]
pub struct Command {
    /// The client's id for it.
    pub id: String,
    /// What it is; none: it holds a secret, of which nothing is to be written down.
    pub what: Option<Digest>,
}

impl Engine {
    /// This engine, acting for a command.
    #[must_use]
    pub(super) fn acting_for(&self, command: Option<Command>) -> Self {
        Self { core: Arc::clone(&self.core), command: command.map(Arc::new) }
    }

    /// This engine, acting for a part of its command. No client's id has a dot in it.
    #[must_use]
    pub(super) fn acting_for_part(&self, name: &str) -> Self {
        let part = |command: &Command| Command { id: format!("{}.{name}", command.id), what: command.what };
        self.acting_for(self.command.as_deref().map(part))
    }

    /// This engine, acting for nobody: for what goes on when its command is long answered.
    #[must_use]
    pub(super) fn by_itself(&self) -> Self {
        self.acting_for(None)
    }

    /// Was the command that it acts for applied before? An id that stood for something else then is refused.
    pub(super) fn applied(&self) -> Result<Option<Applied>, ApiError> {
        let Some(command) = &self.command else { return Ok(None) };
        let Some(applied) = self.core.store.applied(&command.id)? else { return Ok(None) };
        if applied.what != command.what {
            return Err(ApiError::command_reused(&command.id));
        }
        Ok(Some(applied))
    }

    /// The record that the command is applied, where it acts for one. `told`: what of the answer cannot be told later.
    pub(super) fn record(&self, told: impl Into<Value>) -> Option<Record> {
        let Command { id, what } = self.command.as_deref()?.clone();
        Some(Record::Applied(Applied { command: id, what, told: told.into() }))
    }

    /// Writes what changes, and that the command is applied, as one; also where nothing changes.
    pub(super) async fn commit(&self, mut records: Vec<Record>, told: impl Into<Value>) -> Result<(), StoreError> {
        records.extend(self.record(told));
        if !records.is_empty() {
            self.core.store.commit(records).await?;
        }
        Ok(())
    }
}
