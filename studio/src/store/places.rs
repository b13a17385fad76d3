//! All that is known about the places of a project, to be taken elsewhere.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::wire::Take;

use super::{
    Store,
    apply::Tree,
    error::Result,
    keys::{head, rest},
};
use crate::model::{Decision, Digest, HandEdit, Key, ProjectId, Record, Slot};

/// A place with its results and decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceFacts {
    /// Its name within the project.
    pub slot: String,
    /// The names of the results that it has had; the current one is the last.
    pub results: Vec<Key>,
    /// Takes that were asked for beside the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Take>,
    /// The take that is used; none: nobody ever chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Take>,
    /// What was approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<Digest>,
    /// What was made by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<HandEdit>,
}

impl PlaceFacts {
    /// The records that make them hold in a project.
    pub fn records(self, project: &ProjectId) -> Vec<Record> {
        let slot = Slot::within(project, &self.slot);
        let results = self.results.into_iter().map(|key| Record::SlotResult { slot: slot.clone(), key });
        let asked = self.asked.into_iter().map(|take| Decision::Regenerated { take });
        let take = self.take.into_iter().map(|take| Decision::Chosen { take });
        let approved = self.approved.into_iter().map(|digest| Decision::Approved { digest });
        let decisions = asked.chain(take).chain(approved).chain(self.edit.map(Decision::Edited));
        let decisions = decisions.map(|decision| Record::Decided { slot: slot.clone(), decision: Box::new(decision) });
        results.chain(decisions).collect()
    }
}

impl Store {
    /// The places of a project, in the order of their names.
    pub fn places(&self, project: &ProjectId) -> Result<Vec<PlaceFacts>> {
        self.slots_under(project.as_str())?.into_iter().map(|(slot, key)| self.place_facts(&slot, key)).collect()
    }

    fn place_facts(&self, slot: &Slot, current: Key) -> Result<PlaceFacts> {
        let mut results = self.slot_history(slot)?;
        results.retain(|key| *key != current);
        results.push(current);
        let steering = self.steering(slot)?;
        let chosen = self.is_there(Tree::Takes, slot.as_str().as_bytes())?;
        Ok(PlaceFacts {
            slot: slot.local().to_owned(),
            results,
            asked: self.takes_asked(slot)?,
            take: chosen.then_some(steering.take),
            approved: self.approved(slot)?,
            edit: steering.edit,
        })
    }

    fn approved(&self, slot: &Slot) -> Result<Vec<Digest>> {
        let prefix = head(slot.as_str());
        self.read(|index| {
            let mut found = Vec::new();
            for item in index.scan(Tree::Approvals, &prefix, &[]) {
                let (key, _) = item?;
                found.extend(
                    std::str::from_utf8(rest(slot.as_str(), &key)).ok().and_then(|hex| hex.parse::<Digest>().ok()),
                );
            }
            Ok(found)
        })
    }
}
