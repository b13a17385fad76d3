//! One stage from its first turn to its outcome: effects out, answers in, every answer journalled before
//! the guest sees it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use studio_plugin_sdk::{
    roles::check_response,
    usage::Usage,
    wire::{Action, Answer, Effect, Event, Outcome, Take, Turn},
};
use tracing::Instrument;

use super::{
    context::NodeCtx,
    journal::{
        Journal, MOST_BYTES, MOST_EFFECTS, is_sensitive, keep_before_lost, keep_before_pieces, keep_for_retry,
        needs_intent, outstanding, unanswered, what,
    },
    naming::Named,
    pending::Pending,
    perform::{Asker, has_pieces, perform},
};
use crate::{
    host::{BlobAccess, Loaded, Opening, Session},
    model::{Delivery, NodeError, TurnRecord, blobs_in, is_over_budget},
};

/// What a stage made.
pub struct Made {
    /// The role's response.
    pub response: Value,
    /// What it used.
    pub usage: Usage,
    /// The files that it delivered.
    pub deliveries: Vec<Delivery>,
    /// Who made it.
    pub plugin: Arc<Loaded>,
    /// Which take of its request it is.
    pub take: Take,
}

/// Runs a stage, or goes on with it where a journal of it is found.
pub async fn drive(ctx: &Arc<NodeCtx>, named: &Named) -> Result<Box<Made>, NodeError> {
    // Boxed, as each step is: while it waits for its effects, a stage is to be small.
    let mut stage = Box::pin(Stage::open(ctx, named)).await?;
    ctx.let_next_in();
    while stage.outcome.is_none() {
        let mut events = stage.pending.batch().await;
        let nothing_left = events.is_empty();
        stage.hold_refused(&mut events);
        match &stage.refused {
            // What was sent before is waited for: it may cost money, and its answer is kept.
            Some(refused) if events.is_empty() && (nothing_left || stage.awaited.is_empty()) => {
                return Err((**refused).clone());
            }
            Some(_) if events.is_empty() => {}
            _ => Box::pin(stage.step(events)).await?,
        }
    }
    stage.end(named)
}

struct Stage<'a> {
    ctx: &'a Arc<NodeCtx>,
    plugin: Arc<Loaded>,
    journal: Journal,
    session: Session,
    pending: Pending,
    /// How many turns of answers the guest has seen: the journal has them.
    turns: u32,
    /// The answers themselves, where there is no journal.
    told: Vec<Vec<Event>>,
    told_bytes: usize,
    effects: u32,
    /// Effects whose answers must not be read later.
    sensitive: BTreeSet<u32>,
    deliveries: BTreeMap<u32, Vec<Delivery>>,
    /// What the stage was started with.
    opening: Arc<Opening>,
    /// Effects whose answers the guest has seen to their end.
    seen: BTreeSet<u32>,
    /// Effects without an answer that must not be done twice.
    awaited: BTreeSet<u32>,
    /// A call that was not sent, since it would have passed a limit: the guest is not told, and the stage ends so.
    refused: Option<Box<NodeError>>,
    /// How it ended, once it has. Boxed, as the error is: neither is there while it waits.
    outcome: Option<Box<Outcome>>,
}

impl<'a> Stage<'a> {
    fn new(ctx: &'a Arc<NodeCtx>, named: &Named, plugin: Arc<Loaded>, journal: Journal) -> Self {
        let blobs = BlobAccess::new(ctx.core.blobs());
        let session =
            ctx.core.host.session(Arc::clone(&plugin), Arc::clone(&named.opening), blobs, Arc::clone(ctx) as _);
        Self {
            ctx,
            plugin,
            journal,
            session,
            pending: Pending::new(),
            turns: 0,
            told: Vec::new(),
            told_bytes: 0,
            effects: 0,
            sensitive: BTreeSet::new(),
            deliveries: BTreeMap::new(),
            opening: Arc::clone(&named.opening),
            seen: BTreeSet::new(),
            awaited: BTreeSet::new(),
            refused: None,
            outcome: None,
        }
    }

    /// Begins, or goes on where a journal is found.
    async fn open(ctx: &'a Arc<NodeCtx>, named: &Named) -> Result<Box<Self>, NodeError> {
        let journal = Journal::new(ctx.journalled(), ctx.core.vault.clone(), named.key.clone());
        let Some((started, turns)) = journal.begun()? else { return Self::begin(ctx, named, journal).await };
        let plugin = ctx.core.module(&started)?;
        let named = Named { opening: Arc::new(Opening::new(&started.start)), ..named.clone() };
        Self::take_up(ctx, named, plugin, journal, turns).await
    }

    async fn begin(ctx: &'a Arc<NodeCtx>, named: &Named, journal: Journal) -> Result<Box<Self>, NodeError> {
        let plugin = Arc::clone(&named.serving.plugin);
        let mut stage = Box::new(Self::new(ctx, named, plugin, journal));
        let turn = stage.session.start().instrument(tracing::debug_span!("turn")).await?;
        // A stage that ends at once leaves nothing to go on with.
        if !turn.effects.is_empty() || turn.outcome == Outcome::None {
            stage.journal.begin(&ctx.slot, &stage.plugin, named.opening.start(), ctx.core.now_ms()).await?;
        }
        stage.accept(turn).await?;
        Ok(stage)
    }

    /// Tells a fresh guest what was journalled. A journal that ended in a failure is cut before it.
    async fn take_up(
        ctx: &'a Arc<NodeCtx>,
        named: Named,
        plugin: Arc<Loaded>,
        journal: Journal,
        mut answers: Vec<TurnRecord>,
    ) -> Result<Box<Self>, NodeError> {
        if let Some(keep) = keep_before_lost(&answers, |answer| is_lost(ctx, answer)) {
            journal.cut(keep as u32 + 1).await?;
            answers.truncate(keep);
        }
        loop {
            let mut stage = Box::new(Self::new(ctx, &named, Arc::clone(&plugin), journal.clone()));
            let history: Vec<_> = answers.iter().map(|t| (t.events.clone(), t.asked)).collect();
            let turns = stage.session.replay(&history).instrument(tracing::debug_span!("replay")).await?;
            let outcome = turns.last().map(|t| t.outcome.clone()).unwrap_or_default();
            let open = outstanding(&turns, &answers);
            for effect in unanswered(&turns, &answers) {
                if stage.journal.has_intent(effect.id)? {
                    return Err(stage.possibly_billed(&effect));
                }
            }
            let keep = match &outcome {
                Outcome::Failed { error, .. } => {
                    let final_for_this_take = || {
                        NodeError::from(error.clone())
                            .help("it failed after an answer that may have cost money: only a new take asks again")
                    };
                    Some(keep_for_retry(&turns, &answers).ok_or_else(final_for_this_take)?)
                }
                Outcome::None => keep_before_pieces(&open, &answers),
                Outcome::Done { .. } => None,
            };
            if let Some(keep) = keep.filter(|keep| *keep < answers.len()) {
                journal.cut(keep as u32 + 1).await?;
                answers.truncate(keep);
                continue;
            }
            stage.told_bytes = answers.iter().map(|t| size_of(&t.events)).sum();
            let seen = answers.iter().flat_map(|turn| &turn.events).filter(|event| event.answer.is_last());
            stage.seen = seen.map(|event| event.id).collect();
            stage.turns = answers.len() as u32;
            for turn in &turns {
                stage.note(&turn.effects)?;
            }
            for effect in open {
                if needs_intent(&effect.action) && stage.journal.has_intent(effect.id)? {
                    return Err(stage.possibly_billed(&effect));
                }
                stage.perform(effect).await?;
            }
            stage.outcome = ended(outcome);
            return Ok(stage);
        }
    }

    /// Gives the guest some answers and does what it asks for next.
    async fn step(&mut self, events: Vec<Event>) -> Result<(), NodeError> {
        if events.is_empty() {
            return Err(self.broken("it waits, but for nothing"));
        }
        self.told_bytes += size_of(&events);
        if self.told_bytes > MOST_BYTES {
            return Err(too_much(&format!("{} MB of answers", MOST_BYTES >> 20)));
        }
        let sensitive = events.iter().any(|e| self.sensitive.contains(&e.id));
        self.journal.turn(self.turns + 1, &events, sensitive, self.session.asked()).await?;
        let span = tracing::debug_span!("turn", events = events.len());
        let told = || match self.journal.told(self.turns)? {
            Some(told) => Ok(told),
            None => Ok(self.told.clone()),
        };
        let turn = self.session.resume(&events, told).instrument(span).await?;
        self.turns += 1;
        self.seen.extend(events.iter().filter(|event| event.answer.is_last()).map(|event| event.id));
        if !self.ctx.journalled {
            self.told.push(events);
        }
        self.accept(turn).await
    }

    /// Takes out the answers of calls that were not sent, since they would have passed a limit: such a call is asked
    /// for again when the stage is taken up, as if it had never been tried.
    fn hold_refused(&mut self, events: &mut Vec<Event>) {
        events.retain(|event| {
            if event.answer.is_last() {
                self.awaited.remove(&event.id);
            }
            match &event.answer {
                Answer::Failed { error } if is_over_budget(&error.code) => {
                    self.refused.get_or_insert_with(|| Box::new(error.clone().into()));
                    false
                }
                _ => true,
            }
        });
    }

    async fn accept(&mut self, turn: Turn) -> Result<(), NodeError> {
        if let Some(used) = turn.used.as_ref().filter(|_| self.ctx.journalled) {
            // Before it asks for more: what was held back for those calls is free for others.
            self.ctx.core.ledger.told(&self.ctx.key, used, |effect| self.seen.contains(&effect))?;
        }
        self.note(&turn.effects)?;
        for effect in turn.effects {
            self.perform(effect).await?;
        }
        self.outcome = ended(turn.outcome);
        Ok(())
    }

    /// Checks the ids and remembers what will be delivered.
    fn note(&mut self, effects: &[Effect]) -> Result<(), NodeError> {
        for effect in effects {
            if effect.id != self.effects + 1 {
                return Err(self.broken(&format!("effect {} follows effect {}", effect.id, self.effects)));
            }
            self.effects = effect.id;
            if is_sensitive(&effect.action) {
                self.sensitive.insert(effect.id);
            }
            if let Action::Deliver(deliver) = &effect.action
                && self.plugin.allowed.deliver
            {
                let files = super::deliver::as_blobs(&*self.ctx.core.blobs(), deliver)?;
                self.deliveries.insert(effect.id, files);
            }
        }
        if self.effects as usize > MOST_EFFECTS {
            return Err(too_much(&format!("{MOST_EFFECTS} effects")));
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Result<(), NodeError> {
        if let Some(foreign) = self.foreign_blob(&serde_json::to_value(&effect.action).unwrap_or_default()) {
            return Err(self.broken(&format!("it names a blob that it was not given: {foreign}")));
        }
        match &effect.action {
            Action::Cancel { target } => {
                self.awaited.remove(target);
                self.pending.cancel(*target);
            }
            Action::Partial(partial) => self.ctx.partial(partial),
            action => {
                // A request writes its intent itself, right before it is sent: it may wait for its turn long before.
                if needs_intent(action) && !matches!(action, Action::Http(_)) {
                    self.journal.intent(&effect).await?;
                }
                if needs_intent(action) {
                    self.awaited.insert(effect.id);
                }
                let id = effect.id;
                let pieces = has_pieces(action).then(|| self.pending.pieces(id));
                let asker = Asker {
                    ctx: Arc::clone(self.ctx),
                    plugin: Arc::clone(&self.plugin),
                    journal: self.journal.clone(),
                    opening: Arc::clone(&self.opening),
                };
                self.pending.add(id, perform(asker, effect, pieces));
            }
        }
        Ok(())
    }

    /// An effect that was sent, and whose answer the journal does not have. It may have come in the very moment in which
    /// Studio ended, and then the ledger has heard of it: what cannot be used is not answered.
    fn possibly_billed(&self, effect: &Effect) -> NodeError {
        if let Err(e) = self.ctx.core.ledger.unanswered(&self.ctx.key, effect.id) {
            return e;
        }
        let what = what(&effect.action);
        let message = format!("possibly billed: {what} was sent, and Studio ended before the answer came");
        NodeError::permanent("possibly_billed", message)
            .help("look at the service whether it was done; `studio retry PROJECT --repeat` sends it again")
    }

    /// What has come of it.
    fn end(mut self: Box<Self>, named: &Named) -> Result<Box<Made>, NodeError> {
        match self.outcome.take().map_or(Outcome::None, |outcome| *outcome) {
            Outcome::Done { response, usage } => self.made(response, usage, named.opening.take.clone()).map(Box::new),
            Outcome::Failed { error, usage } => {
                if self.ctx.journalled {
                    self.ctx.core.ledger.used(&named.key, &usage)?;
                }
                Err(error.into())
            }
            Outcome::None => Err(self.broken("it ended without an outcome")),
        }
    }

    fn made(self, response: Value, usage: Usage, take: Take) -> Result<Made, NodeError> {
        let role = self.ctx.role;
        let plugin = &self.plugin.manifest.id;
        let wrong = |why: String| NodeError::permanent("plugin.response", format!("plugin {plugin} gave {why}"));
        let response =
            check_response(role, response).map_err(|e| wrong(format!("a result that is no {role} response: {e}")))?;
        if let Some(foreign) = self.foreign_blob(&response) {
            return Err(wrong(format!("a result with a blob that it was not given: {foreign}")));
        }
        let deliveries = self.deliveries.into_values().flatten().collect();
        Ok(Made { response, usage, deliveries, plugin: self.plugin, take })
    }

    /// A blob that the stage mentions though it neither was given it nor made it.
    fn foreign_blob(&self, value: &Value) -> Option<crate::model::Digest> {
        let mut mentioned = Vec::new();
        blobs_in(value, &mut mentioned);
        mentioned.into_iter().find(|digest| !self.session.blobs().permits(digest))
    }

    fn broken(&self, why: &str) -> NodeError {
        let message = format!("plugin {} broke the protocol: {why}", self.plugin.manifest.id);
        NodeError::permanent("plugin.protocol", message).help("this is a fault of the plugin; tell its author")
    }
}

/// Does an answer name a file that is gone?
fn is_lost(ctx: &NodeCtx, answer: &Answer) -> bool {
    let mut files = Vec::new();
    blobs_in(&serde_json::to_value(answer).unwrap_or_default(), &mut files);
    files.iter().any(|file| !ctx.core.store.blobs().can_be_had(file))
}

/// An outcome that is one.
fn ended(outcome: Outcome) -> Option<Box<Outcome>> {
    (outcome != Outcome::None).then(|| Box::new(outcome))
}

fn size_of(events: &[Event]) -> usize {
    serde_json::to_vec(events).map_or(0, |bytes| bytes.len())
}

fn too_much(limit: &str) -> NodeError {
    NodeError::permanent("plugin.journal", format!("the stage asked for too much: at most {limit} are kept"))
        .help("its author should use `poll` instead of sleeping and asking again")
}
