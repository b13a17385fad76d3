//! Reading what was spent, and what may be.

use serde_json::Value;

use super::{
    Store,
    apply::{Tree, budgeted},
    error::Result,
    keys::head,
};
use crate::model::{Budget, Budgeted, Entry, Generation, GenerationId, Key, NodeChange, Record};

impl Store {
    /// All generations, the oldest first.
    pub fn generations(&self) -> Result<Vec<Generation>> {
        self.many(Tree::Generations, &[], generation)
    }

    /// A generation.
    pub fn generation(&self, id: &GenerationId) -> Result<Option<Generation>> {
        self.one(Tree::Generations, id.as_str().as_bytes(), generation)
    }

    /// The latest generation whose result has that name.
    pub fn latest_generation(&self, key: &Key) -> Result<Option<Generation>> {
        match self.last_key(Tree::GenerationsOf, &head(key.as_str()))? {
            Some(id) => self.one(Tree::Generations, &id, generation),
            None => Ok(None),
        }
    }

    /// What a generation asked for.
    pub fn generation_request(&self, id: &GenerationId) -> Result<Option<Value>> {
        self.one(Tree::Requests, id.as_str().as_bytes(), |record| match record {
            Record::GenerationRequest { request, .. } => Some(request),
            _ => None,
        })
    }

    /// The budget that was set for something.
    pub fn budget(&self, of: &Budgeted) -> Result<Budget> {
        let found = self.one(Tree::Budgets, &budgeted(of), |record| match record {
            Record::Budgeted { budget, .. } => Some(budget),
            _ => None,
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The latest change of every node of every run, with the time of it.
    pub fn all_last_nodes(&self) -> Result<Vec<(i64, NodeChange)>> {
        self.entries(Tree::Nodes, &[], |entry: Entry| match entry.record {
            Record::Node(change) => Some((entry.at_ms, change)),
            _ => None,
        })
    }
}

fn generation(record: Record) -> Option<Generation> {
    if let Record::Generation(generation) = record { Some(*generation) } else { None }
}
