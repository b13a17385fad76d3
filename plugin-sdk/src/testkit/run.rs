//! One stage from its start to its end, with every turn kept and checked.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Guest, MemoryHost, Native};
use crate::{
    error::StageError,
    json,
    plugin::Plugin,
    roles::Role,
    usage::Usage,
    wire::{Action, Answer, Effect, Event, Outcome, Partial, Service, Start, Take, Turn},
};

/// Drives one stage: effects come out, answers go in. An `Err` is a broken guest or a misused `Run`, never a
/// failed stage (that is an [`Outcome`]).
pub struct Run<G: Guest = Native> {
    guest: G,
    start: Start,
    steps: Vec<Step>,
    open: BTreeMap<u32, Action>,
    last_id: u32,
    partials: Vec<Partial>,
}

/// A call of a guest and the turn it gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What arrived; empty for the start.
    pub events: Vec<Event>,
    /// What the guest answered.
    pub turn: Turn,
}

impl Run<Native> {
    /// The stage of `role` of a plugin in this process.
    pub fn new(plugin: Plugin, role: Role, request: Value) -> Self {
        Self::of(Native::new(plugin), role, request)
    }

    /// Its blobs, progress and log.
    pub fn host(&self) -> &MemoryHost {
        self.guest.host()
    }
}

impl<G: Guest> Run<G> {
    /// The stage of `role` of a guest.
    pub fn of(guest: G, role: Role, request: Value) -> Self {
        let start = Start { role, request, take: Take::default(), seed: 1, resume_hint: None, service: None };
        Self::from_start(guest, start)
    }

    /// A stage with everything that `start` takes.
    pub fn from_start(guest: G, start: Start) -> Self {
        Self { guest, start, steps: Vec::new(), open: BTreeMap::new(), last_id: 0, partials: Vec::new() }
    }

    /// As another take than the first.
    #[must_use]
    pub fn take(mut self, n: u32, note: impl Into<String>) -> Self {
        self.start.take = Take { n, note: note.into() };
        self
    }

    /// With another seed than 1.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.start.seed = seed;
        self
    }

    /// With the id of a remote job that a person attached.
    #[must_use]
    pub fn resume_hint(mut self, id: impl Into<String>) -> Self {
        self.start.resume_hint = Some(id.into());
        self
    }

    /// With the plugin's service at another address, as a person's settings would say.
    #[must_use]
    pub fn service(mut self, url: impl Into<String>, secret: impl Into<String>) -> Self {
        self.start.service = Some(Service { url: url.into(), secret: secret.into() });
        self
    }

    /// Begins; the effects of the first turn.
    pub fn start(&mut self) -> Result<Vec<Effect>, String> {
        if !self.steps.is_empty() {
            return Err("the run has been started".into());
        }
        let turn = self.guest.start(&self.start)?;
        self.took(Vec::new(), turn)
    }

    /// Hands over answers in one turn; the effects of that turn.
    pub fn resume(&mut self, events: Vec<Event>) -> Result<Vec<Effect>, String> {
        let turn = self.guest.resume(&events)?;
        self.took(events, turn)
    }

    /// Answers one effect in a turn of its own.
    pub fn answer(&mut self, id: u32, answer: Answer) -> Result<Vec<Effect>, String> {
        self.resume(vec![Event { id, answer }])
    }

    /// Lets one effect fail.
    pub fn fail(&mut self, id: u32, error: StageError) -> Result<Vec<Effect>, String> {
        self.answer(id, Answer::Failed { error })
    }

    /// Runs to the end: `reply` gives the answers to each open effect, those of one turn in one batch. No
    /// answers: it stays open for now. `start` is called if it has not been.
    pub fn auto(&mut self, mut reply: impl FnMut(&Effect) -> Vec<Answer>) -> Result<&Outcome, String> {
        if self.steps.is_empty() {
            self.start()?;
        }
        while *self.outcome() == Outcome::None {
            let mut events = Vec::new();
            for (id, action) in &self.open {
                let effect = Effect { id: *id, action: action.clone() };
                events.extend(reply(&effect).into_iter().map(|answer| Event { id: *id, answer }));
            }
            if events.is_empty() {
                return Err(format!("no answer was given to any of {}", describe(&self.open)));
            }
            self.resume(events)?;
        }
        Ok(self.outcome())
    }

    /// Checks what the protocol asks of a turn, and keeps it.
    fn took(&mut self, events: Vec<Event>, turn: Turn) -> Result<Vec<Effect>, String> {
        for event in events.iter().filter(|event| event.answer.is_last()) {
            self.open.remove(&event.id);
        }
        for Effect { id, action } in &turn.effects {
            if *id != self.last_id + 1 {
                return Err(format!("effect {id} follows {}; ids rise by one", self.last_id));
            }
            self.last_id = *id;
            match action {
                Action::Partial(partial) => self.partials.push(partial.clone()),
                Action::Cancel { target } => {
                    if self.open.remove(target).is_none() {
                        return Err(format!("effect {id} cancels {target}, which is not open"));
                    }
                }
                action => {
                    self.open.insert(*id, action.clone());
                }
            }
        }
        if turn.outcome == Outcome::None && self.open.is_empty() {
            return Err("the stage has not ended, but waits for nothing".into());
        }
        let effects = turn.effects.clone();
        self.steps.push(Step { events, turn });
        Ok(effects)
    }

    /// Effects without their last answer, by id.
    pub fn open(&self) -> &BTreeMap<u32, Action> {
        &self.open
    }

    /// Everything the stage showed meanwhile.
    pub fn partials(&self) -> &[Partial] {
        &self.partials
    }

    /// How the stage stands.
    pub fn outcome(&self) -> &Outcome {
        self.steps.last().map_or(&Outcome::None, |step| &step.turn.outcome)
    }

    /// What the stage used, once it has ended.
    pub fn usage(&self) -> Usage {
        match self.outcome() {
            Outcome::None => Usage::default(),
            Outcome::Done { usage, .. } | Outcome::Failed { usage, .. } => usage.clone(),
        }
    }

    /// The stage's response, or its error; an error as well while it has not ended.
    pub fn response<T: DeserializeOwned>(&self) -> Result<T, StageError> {
        match self.outcome() {
            Outcome::None => {
                Err(StageError::permanent(format!("the stage has not ended; it waits for {}", describe(&self.open))))
            }
            Outcome::Done { response, .. } => json::typed(response.clone()),
            Outcome::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// Every call so far with its turn.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What the stage was started with.
    pub fn started_with(&self) -> &Start {
        &self.start
    }

    /// The guest itself.
    pub fn guest(&mut self) -> &mut G {
        &mut self.guest
    }

    /// Feeds the same events to a fresh instance: every turn must be the same.
    pub fn replay(&mut self) -> Result<(), String> {
        self.guest.reset()?;
        for (n, step) in self.steps.iter().enumerate() {
            let turn = if n == 0 { self.guest.start(&self.start)? } else { self.guest.resume(&step.events)? };
            if turn != step.turn {
                let show = |turn: &Turn| serde_json::to_string(turn).unwrap_or_default();
                let (first, again) = (show(&step.turn), show(&turn));
                return Err(format!("turn {} differs when replayed:\n first {first}\n again {again}", n + 1));
            }
        }
        Ok(())
    }
}

fn describe(open: &BTreeMap<u32, Action>) -> String {
    let list: Vec<String> = open
        .iter()
        .map(|(id, action)| serde_json::to_string(&Effect { id: *id, action: action.clone() }).unwrap_or_default())
        .collect();
    if list.is_empty() { "nothing".into() } else { list.join("\n  ") }
}
