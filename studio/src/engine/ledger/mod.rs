//! The ledger: what calls may cost is held back before they are sent, and settled when their stage ends. One lock
//! stands before all of it, so calls that go on at once cannot pass a budget together. It is made anew from the
//! store's generations when it is first asked, and writes every change of one there.

mod books;
mod limits;
mod reserve;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use studio_plugin_sdk::usage::Usage;

pub use books::{Account, Sum};
pub use limits::{BY_HAND, Limit, OF_BATCH, Spender};
pub use reserve::{Ask, Reservation};

use super::figures::Asked;
use crate::{
    model::{
        BudgetSettings, CallState, Generation, GenerationId, GenerationState, Key, Money, Month, NodeError, PriceTable,
        Record, Sale, day_of,
    },
    store::{Store, StoreError},
};
use books::Books;

/// The ledger of a store.
pub struct Ledger {
    store: Store,
    settings: BudgetSettings,
    prices: PriceTable,
    books: Mutex<Option<Books>>,
}

impl Ledger {
    /// Of a store, under a person's settings.
    pub fn new(store: Store, settings: BudgetSettings, prices: PriceTable) -> Self {
        Self { store, settings, prices, books: Mutex::default() }
    }

    /// The prices.
    pub fn prices(&self) -> &PriceTable {
        &self.prices
    }

    /// What holds for all projects.
    pub fn settings(&self) -> &BudgetSettings {
        &self.settings
    }

    /// The money of an account.
    pub fn sum(&self, account: &Account) -> Result<Sum, StoreError> {
        Ok(self.books()?.sum(account))
    }

    /// The limits that hold for a spender now.
    pub fn limits(&self, who: Spender<'_>, now_ms: i64) -> Result<Vec<Limit>, StoreError> {
        limits::limits(&self.store, &self.settings, who, Month::of(now_ms))
    }

    /// The latest generations as they stand, the latest first.
    pub fn latest(&self, most: usize) -> Result<Vec<Generation>, StoreError> {
        let mut found = Vec::new();
        self.look_back(None, |generation| {
            found.push(generation);
            if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }

    /// Generations as they stand, from the latest one before `before` back, as long as `wanted` says so.
    pub fn look_back(
        &self,
        before: Option<&GenerationId>,
        mut wanted: impl FnMut(Generation) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut failed = Ok(());
        self.store.generations_back(before, |found| match self.current(found) {
            Ok(generation) => wanted(generation),
            Err(e) => {
                failed = Err(e);
                ControlFlow::Break(())
            }
        })?;
        failed
    }

    /// Figures of all generations, and where they were asked for.
    pub fn asked(&self) -> Result<Asked, StoreError> {
        Ok(self.books()?.asked())
    }

    /// A generation of the store as it stands: nobody may work on it any more.
    pub fn current(&self, found: Generation) -> Result<Generation, StoreError> {
        let books = self.books()?;
        Ok(books.open(&found.key).filter(|open| open.id == found.id).cloned().unwrap_or(found))
    }

    /// A stage has its result: the generation, where it asked a service.
    pub fn done(&self, key: &Key, usage: &Usage, seconds: f64, now_ms: i64) -> Result<Option<Generation>, NodeError> {
        let ended = self.change(key, |generation| {
            generation.state = GenerationState::Done;
            generation.error = None;
            (generation.seconds, generation.ended_ms) = (Some(seconds), Some(now_ms));
            self.settle(generation, usage);
        })?;
        // It may have been settled before a crash that came before its result.
        Ok(ended.map_or_else(|| self.store.latest_generation(key), |ended| Ok(Some(ended)))?)
    }

    /// A stage that goes on has used this so far, in all: the calls that it has seen the answers of (by effect) are
    /// settled with that.
    pub fn told(&self, key: &Key, usage: &Usage, seen: impl Fn(u32) -> bool) -> Result<(), NodeError> {
        self.change(key, |generation| {
            generation.calls.iter_mut().filter(|call| seen(call.effect)).for_each(|call| call.untold = false);
            self.count(generation, usage);
        })?;
        Ok(())
    }

    /// A stage that failed has used this. One that says nothing is held to the bounds of its calls when it ends.
    pub fn used(&self, key: &Key, usage: &Usage) -> Result<(), NodeError> {
        if *usage != Usage::default() {
            self.change(key, |generation| self.settle(generation, usage))?;
        }
        Ok(())
    }

    /// A stage has failed.
    pub fn failed(&self, key: &Key, error: &NodeError, seconds: f64, now_ms: i64) -> Result<(), NodeError> {
        self.change(key, |generation| {
            // What was not sent for want of money goes on where it stands.
            let end = if error.is_over_budget() { GenerationState::Stopped } else { GenerationState::Failed };
            generation.state = generation.without_end(end);
            if end == GenerationState::Failed {
                settle_bounds(generation);
            }
            generation.error = Some(error.code.clone());
            (generation.seconds, generation.ended_ms) = (Some(seconds), Some(now_ms));
        })?;
        Ok(())
    }

    /// Nobody works on a stage any more.
    pub fn left(&self, key: &Key) {
        let running = self.books().is_ok_and(|b| b.open(key).is_some_and(|g| g.state == GenerationState::Running));
        if running {
            // What is wrong with the store shows at the next node; at the next start it is seen as left all the same.
            let _ = self.change(key, Generation::left);
        }
    }

    /// A call has no answer that can be used.
    pub fn unanswered(&self, key: &Key, effect: u32) -> Result<(), NodeError> {
        self.change(key, |generation| {
            if let Some(call) = generation.call_mut(effect) {
                call.state = CallState::Unknown;
            }
        })?;
        Ok(())
    }

    /// A person says that a call without an answer was not done.
    pub fn lost(&self, key: &Key, effect: u32) -> Result<(), NodeError> {
        self.change(key, |generation| {
            if let Some(call) = generation.call_mut(effect) {
                call.state = CallState::Lost;
            }
            if generation.state == GenerationState::PossiblyBilled {
                generation.state = generation.without_end(GenerationState::Failed);
            }
        })?;
        Ok(())
    }

    /// The stage has ended: what was used, and what that cost. A stage that counts nothing is held to what it said
    /// before its calls.
    fn settle(&self, generation: &mut Generation, usage: &Usage) {
        let uncounted = Usage { model: String::new(), ..usage.clone() } == Usage::default();
        generation.calls.iter_mut().for_each(|call| call.untold = uncounted && call.state == CallState::Answered);
        self.count(generation, usage);
        settle_bounds(generation);
    }

    /// What was used so far, and what that cost.
    fn count(&self, generation: &mut Generation, usage: &Usage) {
        if !usage.model.is_empty() {
            generation.model.clone_from(&usage.model);
        }
        generation.cost = self.prices.cost_of(usage, self.sale(generation));
        generation.usage = Some(usage.clone());
        generation.bound = Money::ZERO;
    }

    fn sale<'a>(&self, generation: &'a Generation) -> Sale<'a> {
        Sale {
            plugin: &generation.plugin,
            service: &generation.service,
            day: day_of(generation.started_ms),
            requests: generation.calls.iter().filter(|call| call.state == CallState::Answered && !call.untold).count()
                as u64,
        }
    }

    /// Changes a generation without an end and writes it down; none: there is none of that name.
    fn change(&self, key: &Key, change: impl FnOnce(&mut Generation)) -> Result<Option<Generation>, NodeError> {
        let mut books = self.books()?;
        let Some(mut generation) = books.open(key).cloned() else { return Ok(None) };
        change(&mut generation);
        self.write(&mut books, generation.clone())?;
        Ok(Some(generation))
    }

    /// Under the lock: later states of a generation are written after earlier ones.
    fn write(&self, books: &mut Books, generation: Generation) -> Result<(), NodeError> {
        books.put(generation.clone());
        Ok(self.store.post(vec![Record::Generation(Box::new(generation))])?)
    }

    fn books(&self) -> Result<MappedMutexGuard<'_, Books>, StoreError> {
        let mut books = self.books.lock();
        if books.is_none() {
            *books = Some(Books::of(self.store.generations()?));
        }
        MutexGuard::try_map(books, Option::as_mut).map_err(|_| StoreError::Closed)
    }
}

/// Nobody will tell what the calls used that were answered and not counted: each is held to its bound.
fn settle_bounds(generation: &mut Generation) {
    let untold = || generation.calls.iter().filter(|call| call.state == CallState::Answered && call.untold);
    if untold().next().is_none() {
        return;
    }
    let bound: Option<Money> = untold().map(|call| call.at_most).sum();
    generation.bound = bound.unwrap_or_default();
    generation.cost = bound.map(|bound| generation.spent() + bound).or(generation.cost);
    generation.calls.iter_mut().for_each(|call| call.untold = false);
    generation.usage.get_or_insert_default();
}
