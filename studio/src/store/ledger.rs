//! Reading what was spent, and what may be.

use std::ops::ControlFlow;

use serde_json::Value;

use super::{
    Store,
    apply::{Tree, budgeted},
    error::Result,
    keys::head,
};
use crate::model::{Budget, Budgeted, Generation, GenerationId, Key, Record};

/// How many generations are looked for at once.
const PAGE: usize = 256;

impl Store {
    /// All generations, the oldest first.
    pub fn generations(&self) -> Result<Vec<Generation>> {
        self.many(Tree::Generations, &[], generation)
    }

    /// Generations from the latest one before `before` back, as long as `wanted` says so.
    pub fn generations_back(
        &self,
        before: Option<&GenerationId>,
        mut wanted: impl FnMut(Generation) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut before = before.map(|id| id.as_str().as_bytes().to_vec());
        loop {
            let page = self.read(|index| index.back(Tree::Generations, before.as_deref(), PAGE))?;
            for (_, stored) in &page {
                if let Some(found) = generation(self.entry(*stored)?.record)
                    && wanted(found).is_break()
                {
                    return Ok(());
                }
            }
            match page.into_iter().nth(PAGE - 1) {
                Some((last, _)) => before = Some(last.to_vec()),
                None => return Ok(()),
            }
        }
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
}

fn generation(record: Record) -> Option<Generation> {
    if let Record::Generation(generation) = record { Some(*generation) } else { None }
}
