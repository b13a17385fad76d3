//! One call: what it may cost is held back before it is sent, whatever becomes of it is written down.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use studio_plugin_sdk::{error::StageError, roles::Role, usage::Usage};

use super::{super::journal::UNANSWERED, Ledger, Spender};
use crate::model::{
    Call, CallState, Generation, GenerationId, GenerationState, Key, Money, NodeError, Record, Sale, Slot, day_of,
};

/// Codes of a call that may be sent again without harm, and that may have been acted on.
const MAYBE: [&str; 3] = ["http.network", "http.timeout", "http.too_large"];

/// A call that may cost money.
pub struct Ask<'a> {
    /// Who.
    pub who: Spender<'a>,
    /// The place.
    pub slot: &'a Slot,
    /// The name of the stage's result.
    pub key: &'a Key,
    /// The stage's role.
    pub role: Role,
    /// The effect's id.
    pub effect: u32,
    /// `host` or `host:port` that is asked.
    pub service: &'a str,
    /// What it is, for people.
    pub what: String,
    /// The most that it can use; none: nobody says.
    pub at_most: Option<Usage>,
    /// The stage's request.
    pub request: &'a Value,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Ledger {
    /// Holds back what a call may cost, unless that would pass a limit: then it must not be sent. Nothing is written
    /// before [`Reservation::sending`].
    pub fn reserve(self: &Arc<Self>, ask: &Ask<'_>) -> Result<Reservation, NodeError> {
        let mut books = self.books()?;
        let open = books.open(ask.key).cloned();
        let mut generation = open.clone().unwrap_or_else(|| begun(ask));
        let bound = self.bound(ask);
        let counted = generation.call_mut(ask.effect).is_some_and(|call| call.state == CallState::Sent);
        resumed(&mut generation, ask, bound);
        for limit in self.limits(ask.who, ask.now_ms)? {
            if bound.is_none() && !counted {
                let model = ask.at_most.as_ref().map(|usage| usage.model.as_str()).unwrap_or_default();
                return Err(limit.unpriced(ask.who.plugin, ask.service, model));
            }
            // A call that was sent before is held back already, in the run that sent it.
            let before = open.as_ref().filter(|open| limit.account.counts(open));
            let held = before.map_or(Money::ZERO, |open| open.spent() + open.reserved());
            let more = (generation.spent() + generation.reserved()).less(held);
            limit.check(books.sum(&limit.account), more, &ask.what)?;
        }
        match open {
            None => books.begin(generation, ask.request.clone()),
            Some(_) => books.put(generation),
        }
        Ok(Reservation {
            ledger: Arc::clone(self),
            key: ask.key.clone(),
            effect: ask.effect,
            sent: counted.into(),
            settled: false.into(),
        })
    }

    /// The most that a call may cost; none: no price is known.
    fn bound(&self, ask: &Ask<'_>) -> Option<Money> {
        let sale = Sale { plugin: ask.who.plugin, service: ask.service, day: day_of(ask.now_ms), requests: 1 };
        self.prices().cost_of(ask.at_most.as_ref()?, sale)
    }
}

fn begun(ask: &Ask<'_>) -> Generation {
    Generation {
        id: GenerationId::generate(ulid::Ulid::generate()),
        project: ask.who.project.id.clone(),
        run: ask.who.run.clone(),
        slot: ask.slot.clone(),
        key: ask.key.clone(),
        role: ask.role,
        plugin: ask.who.plugin.to_owned(),
        service: ask.service.to_owned(),
        model: String::new(),
        state: GenerationState::Running,
        started_ms: ask.now_ms,
        ended_ms: None,
        seconds: None,
        calls: Vec::new(),
        usage: None,
        bound: Money::ZERO,
        cost: None,
        error: None,
    }
}

/// With the call, as it is about to be sent. How it ended is not known any more; what was told of other calls stays.
fn resumed(generation: &mut Generation, ask: &Ask<'_>, at_most: Option<Money>) {
    generation.run = ask.who.run.clone();
    generation.state = GenerationState::Running;
    (generation.error, generation.seconds, generation.ended_ms) = (None, None, None);
    if let Some(model) = ask.at_most.as_ref().map(|usage| &usage.model).filter(|model| !model.is_empty()) {
        generation.model.clone_from(model);
    }
    let (what, at_ms) = (ask.what.clone(), ask.now_ms);
    let call = Call { effect: ask.effect, what, at_ms, at_most, state: CallState::Sent, untold: false };
    match generation.call_mut(ask.effect) {
        // What a person called lost stays in the record beside what was sent after it.
        Some(before) if before.state != CallState::Lost => *before = call,
        _ => generation.calls.push(call),
    }
}

/// Money held back for a call. Dropped before the call was sent, it is free again; after that, only what comes of the
/// call or a person frees it.
pub struct Reservation {
    ledger: Arc<Ledger>,
    key: Key,
    effect: u32,
    sent: AtomicBool,
    settled: AtomicBool,
}

impl Reservation {
    /// The call is about to be sent: written down before whatever is written next.
    pub fn sending(&self) -> Result<(), NodeError> {
        let mut books = self.ledger.books()?;
        let id = books.open(&self.key).map(|generation| generation.id.clone());
        if let Some((id, request)) = id.zip(books.request(&self.key)) {
            self.ledger.store.post(vec![Record::GenerationRequest { id, request }])?;
        }
        drop(books);
        self.sent.store(true, Ordering::Relaxed);
        self.become_state(CallState::Sent)
    }

    /// What came of the call: the status of an answer, or an error.
    pub fn settle(&self, outcome: Result<u16, &StageError>) -> Result<(), NodeError> {
        self.settled.store(true, Ordering::Relaxed);
        if !self.sent.load(Ordering::Relaxed) {
            return self.free();
        }
        self.become_state(match outcome {
            Ok(status) if status < 400 => CallState::Answered,
            Err(error) if error.code == UNANSWERED || MAYBE.contains(&error.code.as_str()) => CallState::Unknown,
            _ => CallState::Void,
        })
    }

    fn become_state(&self, state: CallState) -> Result<(), NodeError> {
        self.ledger.change(&self.key, |generation| {
            if let Some(call) = generation.call_mut(self.effect) {
                call.untold = state == CallState::Answered;
                call.state = state;
            }
        })?;
        Ok(())
    }

    /// It was never sent. What nobody has written down needs no correction.
    fn free(&self) -> Result<(), NodeError> {
        let mut books = self.ledger.books()?;
        if let Some(mut generation) = books.open(&self.key).cloned() {
            if let Some(call) = generation.call_mut(self.effect) {
                call.state = CallState::Void;
            }
            books.put(generation);
            books.forget_unsent(&self.key);
        }
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let (sent, settled) = (*self.sent.get_mut(), *self.settled.get_mut());
        if !sent && !settled {
            // Without a store there is nothing to hold it back from.
            let _ = self.free();
        }
    }
}
