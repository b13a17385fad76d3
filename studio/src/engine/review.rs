//! What waits for a person, and what they decide about it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{
    roles::{Role, check_response},
    wire::Take,
};

use super::{
    by_file,
    open::{Engine, EngineError},
};
use crate::model::{
    Approval, Decision, Digest, HandEdit, Kept, Key, NodeState, Project, Record, Slot, Steering, Undoable, digest_of,
};

/// What a person does about a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verb {
    /// What is there is good.
    Approve,
    /// Another take of the same request, with a note on what should be different; may be empty.
    Regenerate {
        /// The note.
        #[serde(default)]
        note: String,
    },
    /// An earlier take.
    Choose {
        /// Its number, from 1.
        take: u32,
    },
    /// This result, made by hand, in place of the one that is there.
    Edit {
        /// The role's response.
        response: Value,
    },
    /// This file, made by hand, in place of what is there: JSON of the role's response, a text, a picture, or WAV
    /// speech.
    EditFile {
        /// Absolute; whoever has the store reads it.
        path: PathBuf,
    },
    /// What was made by hand is not wanted any more.
    DropEdit,
}

/// A result that a place has had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TakeView {
    /// Its number among the takes of its request.
    pub take: u32,
    /// What the person had asked to be different.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Its name.
    pub key: Key,
    /// Who made it.
    pub plugin: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// It is the one that is used.
    pub current: bool,
    /// What it gave; left out where places are listed.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub response: Value,
}

/// A place with its takes and what was decided about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Within the project.
    pub slot: String,
    /// The role.
    pub role: Role,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// It waits for a decision.
    pub waits: bool,
    /// Where its result stands.
    pub approval: Approval,
    /// Its result was made by hand.
    pub by_hand: bool,
    /// Something was made by hand for another result than the current one, and is not used.
    pub stale_edit: bool,
    /// Another take was asked for and is not made yet.
    pub takes_pending: bool,
    /// Its results, the latest last.
    pub takes: Vec<TakeView>,
    /// The digest of what it gives now: who decides about that names it.
    pub digest: Digest,
    /// What it gives now.
    pub response: Value,
    /// What was made by hand for another result, and is not used.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub stale_response: Value,
}

/// As what a result is edited by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editable {
    /// Its text, which is all that is worth editing.
    Text,
    /// All of it, as JSON.
    Json,
}

impl Editable {
    /// How a result is edited, and what there is to edit.
    pub fn of(response: &Value) -> (Self, String) {
        let plain = |name: &str| response.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty);
        let text = response.get("text").and_then(Value::as_str).filter(|text| !text.is_empty() && plain("scenes"));
        match text {
            Some(text) => (Self::Text, text.to_owned()),
            None => (Self::Json, serde_json::to_string_pretty(response).unwrap_or_default()),
        }
    }

    /// The ending of a file of it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Text => "md",
            Self::Json => "json",
        }
    }

    /// The result once it was edited; the error says where it is no JSON.
    pub fn edited(self, response: &Value, after: &str) -> Result<Value, String> {
        match self {
            Self::Json => serde_json::from_str(after).map_err(|e| format!("is not JSON: {e}")),
            Self::Text => {
                let mut response = response.clone();
                response["text"] = after.into();
                Ok(response)
            }
        }
    }
}

impl Engine {
    /// The places of a project's last run that wait for a person, and those whose hand-made results are stale.
    pub fn reviews(&self, project: &Project) -> Result<Vec<Place>, EngineError> {
        let Some(run) = self.core.store.latest_run(&project.id)? else { return Ok(Vec::new()) };
        let in_review = |state| run.outcome.is_none() && state == NodeState::Review;
        let mut found = self.core.store.nodes_where(&run.id, None, usize::MAX, in_review)?;
        for slot in self.core.store.edited_slots(&project.id)? {
            found.extend(self.core.store.last_node(&run.id, &slot)?);
        }
        found.sort_by(|a, b| a.slot.cmp(&b.slot));
        found.dedup_by(|a, b| a.slot == b.slot);
        let mut places = Vec::new();
        for node in found {
            let Some(key) = &node.key else { continue };
            let in_review = in_review(node.state);
            if !in_review && !self.core.store.steering(&node.slot)?.has_stale_edit(key) {
                continue;
            }
            let mut place = Place { label: node.label, ..self.place_at(&node.slot)? };
            place.takes.iter_mut().for_each(|take| take.response = Value::Null);
            // What was decided since counts, also where nothing has gone on yet.
            let waits = in_review && place.approval != Approval::Approved && !place.takes_pending;
            if waits || place.stale_edit {
                places.push(Place { waits, ..place });
            }
        }
        Ok(places)
    }

    /// A place by its name within the project.
    pub fn place(&self, project: &Project, name: &str) -> Result<Place, EngineError> {
        self.place_at(&Slot::within(&project.id, name))
    }

    fn place_at(&self, slot: &Slot) -> Result<Place, EngineError> {
        let Standing { key, kept, steering } = self.standing(slot)?;
        let (digest, response) = match steering.edit_of(&key) {
            Some(edit) => (edit.digest, edit.response.clone()),
            None => (kept.digest, kept.response.clone()),
        };
        Ok(Place {
            slot: slot.local().to_owned(),
            role: kept.provenance.role,
            label: String::new(),
            waits: false,
            approval: self.core.store.approval(slot, &digest)?,
            by_hand: steering.edit_of(&key).is_some(),
            stale_edit: steering.has_stale_edit(&key),
            takes_pending: steering.take.n != kept.provenance.take.n,
            takes: self.takes(slot, &key)?,
            digest,
            response,
            stale_response: steering
                .edit
                .filter(|edit| edit.replaces != key)
                .map(|edit| edit.response)
                .unwrap_or_default(),
        })
    }

    fn takes(&self, slot: &Slot, current: &Key) -> Result<Vec<TakeView>, EngineError> {
        let mut takes = Vec::new();
        for key in self.core.store.slot_history(slot)? {
            if let Some(Kept { provenance, response, .. }) = self.core.store.kept(&key)? {
                let (current, take) = (key == *current, provenance.take);
                let (plugin, at_ms) = (provenance.plugin, provenance.at_ms);
                takes.push(TakeView { take: take.n, note: take.note, key, plugin, at_ms, current, response });
            }
        }
        Ok(takes)
    }

    /// Decides about a place. Whoever waits for it goes on. `seen`: the digest of what the person saw there; where
    /// something else has taken its place, nothing is decided.
    pub async fn decide(
        &self,
        project: &Project,
        name: &str,
        verb: Verb,
        seen: Option<Digest>,
    ) -> Result<Place, EngineError> {
        let slot = Slot::within(&project.id, name);
        let _changing = self.core.changing.lock().await;
        let standing = self.standing(&slot)?;
        if seen.is_some_and(|seen| seen != standing.digest()) {
            let message = format!("{name} is not what you saw: it was made anew meanwhile");
            let help = format!("look again, then decide: studio review {} {name}", project.slug);
            return Err(EngineError::refused("review.stale", message, help));
        }
        // A file that is taken in is named by the record that follows.
        let _lease = self.core.store.blobs().lease();
        let decision = self.decision(&slot, &standing, verb)?;
        let before = standing.steering;
        let after = before.clone().after(&decision);
        let mut records = vec![Record::Decided { slot: slot.clone(), decision: Box::new(decision) }];
        if after != before {
            let what = format!("{}: {}", slot.local(), if after.take == before.take { "by hand" } else { "take" });
            let edit = Undoable::Place { slot: slot.clone(), before: Box::new(before), after: Box::new(after) };
            records.push(self.change(&project.id, what, edit, false)?);
        }
        self.commit(records, Value::Null).await?;
        self.core.tell_decision();
        self.place_at(&slot)
    }

    fn decision(&self, slot: &Slot, standing: &Standing, verb: Verb) -> Result<Decision, EngineError> {
        let asked = || self.core.store.takes_asked(slot);
        Ok(match verb {
            Verb::Approve => Decision::Approved { digest: standing.digest() },
            Verb::Regenerate { note } => {
                let note = note.trim().to_owned();
                if note.chars().count() > MOST_NOTE {
                    return Err(invalid("note", format!("has more than {MOST_NOTE} characters")));
                }
                let before = asked()?.iter().map(|take| take.n).max().unwrap_or(1);
                Decision::Regenerated { take: Take { n: before + 1, note } }
            }
            Verb::Choose { take: 1 } => Decision::Chosen { take: Take::default() },
            Verb::Choose { take: n } => match asked()?.into_iter().find(|take| take.n == n) {
                Some(take) => Decision::Chosen { take },
                None => return Err(invalid("take", format!("{} has no take {n}", slot.local()))),
            },
            Verb::Edit { response } => standing.edited(response)?,
            Verb::EditFile { path } => {
                let role = standing.kept.provenance.role;
                standing.edited(by_file::response(&self.core.store, role, &standing.kept.response, &path)?)?
            }
            Verb::DropEdit => Decision::EditDropped,
        })
    }

    pub(super) fn standing(&self, slot: &Slot) -> Result<Standing, EngineError> {
        let nothing = || EngineError::NotFound(format!("nothing was made yet at {}", slot.local()));
        let key = self.core.store.slot(slot)?.ok_or_else(nothing)?;
        let kept = self.core.store.kept(&key)?.ok_or_else(nothing)?;
        Ok(Standing { steering: self.core.store.steering(slot)?, key, kept })
    }
}

/// Longest note, in characters.
const MOST_NOTE: usize = 2_000;

/// What is at a place now.
pub(super) struct Standing {
    pub key: Key,
    pub kept: Kept,
    pub steering: Steering,
}

impl Standing {
    /// What it gives now.
    pub(super) fn response(&self) -> &Value {
        self.steering.edit_of(&self.key).map_or(&self.kept.response, |edit| &edit.response)
    }

    pub(super) fn edited(&self, response: Value) -> Result<Decision, EngineError> {
        let role = self.kept.provenance.role;
        let response =
            check_response(role, response).map_err(|e| invalid("edit", format!("this is no {role} result: {e}")))?;
        let digest = digest_of(&response);
        Ok(Decision::Edited(HandEdit { replaces: self.key.clone(), response, digest }))
    }

    fn digest(&self) -> Digest {
        self.steering.edit_of(&self.key).map_or(self.kept.digest, |edit| edit.digest)
    }
}

fn invalid(field: &str, message: String) -> EngineError {
    EngineError::Invalid { field: field.into(), message }
}
