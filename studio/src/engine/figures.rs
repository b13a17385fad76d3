//! Figures of what was made, by day, project, service, model and kind: what `stats` adds up. What was asked of services
//! the ledger keeps so; what was made on this box is added up here, run by run, and again only where a run has gone on.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use jiff::civil::Date;
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{roles::Role, usage::Usage};

use super::ledger::BY_HAND;
use crate::{
    model::{Generation, GenerationState, Money, NodeChange, NodeState, ProjectId, RunId, Seq, day_of},
    store::{Store, StoreError},
};

/// A row of figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The day, service, project, model or kind; of the sum of all: empty.
    pub name: String,
    /// Results that were asked for and have come to an end, or are under way.
    pub asked: u64,
    /// Of those: made.
    pub done: u64,
    /// Of those: failed.
    pub failed: u64,
    /// Of those: a call was sent, and whether it was done is not known.
    pub possibly_billed: u64,
    /// Made, of those that were made or failed, 0 to 1; none: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<f64>,
    /// Seconds that a made one took on average; none: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Calls of services that were answered, or may have been.
    pub calls: u64,
    /// What was used.
    pub usage: Usage,
    /// What it cost, where a price is known.
    pub cost: Money,
    /// What of that is only known to be at most so much: nobody told what those calls used.
    #[serde(default)]
    pub bound: Money,
    /// What is held back for calls whose cost is not known.
    pub reserved: Money,
    /// Results that used something no price is known for.
    pub unpriced: u64,
    /// Films that were finished.
    pub films: u64,
    /// What all of the row cost for each film; none: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_a_film: Option<Money>,
    /// Seconds of all that were made.
    #[serde(skip)]
    seconds_in_all: f64,
}

/// What a row is of. What was made on this box has neither service nor model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The day, in UTC.
    pub day: Date,
    /// The project.
    pub project: ProjectId,
    /// Who made it.
    pub plugin: String,
    /// `host` or `host:port` that was asked.
    pub service: String,
    /// The model.
    pub model: String,
    /// The kind.
    pub role: Role,
}

impl Group {
    /// Of a generation.
    pub fn of(generation: &Generation) -> Self {
        Self {
            day: day_of(generation.started_ms),
            project: generation.project.clone(),
            plugin: generation.plugin.clone(),
            service: generation.service.clone(),
            model: generation.model.clone(),
            role: generation.role,
        }
    }

    fn of_node(change: &NodeChange, at_ms: i64) -> Self {
        Self {
            day: day_of(at_ms),
            project: change.slot.project(),
            plugin: change.plugin.clone(),
            service: String::new(),
            model: String::new(),
            role: change.role,
        }
    }
}

/// Rows by what they are of.
pub type Figures = BTreeMap<Group, Row>;

/// What was asked of services: its figures, and where. Places are kept as hashes, since there may be very many.
#[derive(Clone, Default)]
pub struct Asked {
    /// The figures.
    pub figures: Figures,
    nodes: HashSet<u64>,
    slots: HashSet<u64>,
}

impl Asked {
    /// Takes in a generation.
    pub fn add(&mut self, generation: &Generation) {
        self.figures.entry(Group::of(generation)).or_default().add_generation(generation);
        self.nodes.insert(hash(&(&generation.run, &generation.slot)));
        self.slots.insert(hash(&generation.slot));
    }
}

/// What was made on this box, by run.
#[derive(Default)]
pub struct MadeHere(Mutex<HashMap<RunId, Arc<OfRun>>>);

/// What was made of one run.
struct OfRun {
    /// When it was added up: the number of the latest change of one of its nodes that this process had seen.
    seen: Seq,
    figures: Figures,
    /// What failed, each by its slot: it counts here only where its slot has never asked a service.
    failed: Vec<(u64, Group)>,
}

impl MadeHere {
    /// The figures of all runs that are there.
    pub fn figures(&self, store: &Store, asked: &Asked) -> Result<Figures, StoreError> {
        let mut runs = store.run_ids()?;
        runs.push(RunId::new(BY_HAND));
        let mut all = Figures::new();
        let mut known = HashMap::with_capacity(runs.len());
        for run in runs {
            let seen = store.node_changed(&run);
            let before = self.0.lock().get(&run).filter(|of_run| of_run.seen == seen).cloned();
            let of_run = before.map_or_else(|| OfRun::read(store, &run, seen, asked).map(Arc::new), Ok)?;
            for (group, row) in &of_run.figures {
                all.entry(group.clone()).or_default().add(row);
            }
            for (_, group) in of_run.failed.iter().filter(|(slot, _)| !asked.slots.contains(slot)) {
                all.entry(group.clone()).or_default().add_failure();
            }
            known.insert(run, of_run);
        }
        *self.0.lock() = known;
        Ok(all)
    }
}

impl OfRun {
    fn read(store: &Store, run: &RunId, seen: Seq, asked: &Asked) -> Result<Self, StoreError> {
        let mut of_run = Self { seen, figures: Figures::new(), failed: Vec::new() };
        for (at_ms, change) in store.ended_nodes(run)? {
            let of_service = asked.nodes.contains(&hash(&(run, &change.slot)));
            if change.plugin.is_empty() || of_service || is_consequence(&change) {
                continue;
            }
            let group = Group::of_node(&change, at_ms);
            if change.state == NodeState::Failed {
                of_run.failed.push((hash(&change.slot), group));
            } else {
                of_run.figures.entry(group).or_default().add_node(&change);
            }
        }
        Ok(of_run)
    }
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// What failed since something before it failed, or since it was not begun for want of a budget, asked for nothing.
fn is_consequence(change: &NodeChange) -> bool {
    change.error.as_ref().is_some_and(|e| e.code == "upstream" || e.code == "cancelled" || e.is_over_budget())
}

impl Row {
    /// With a generation beside it.
    pub fn add_generation(&mut self, generation: &Generation) {
        self.asked += 1;
        match generation.state {
            GenerationState::Done => {
                self.done += 1;
                self.seconds_in_all += generation.seconds.unwrap_or_default();
            }
            GenerationState::Failed => self.failed += 1,
            GenerationState::PossiblyBilled => self.possibly_billed += 1,
            GenerationState::Running | GenerationState::Stopped => {}
        }
        self.calls += generation.sent();
        if let Some(usage) = &generation.usage {
            // One model and one bill a call: neither says anything of a sum.
            self.usage.add(&Usage { model: String::new(), cost_usd: None, ..usage.clone() });
        }
        self.cost = self.cost + generation.spent();
        self.bound = self.bound + generation.bound;
        self.reserved = self.reserved + generation.reserved();
        self.unpriced += u64::from(generation.is_unpriced());
    }

    /// With a node beside it that was made on this box.
    pub fn add_node(&mut self, change: &NodeChange) {
        self.asked += 1;
        self.done += 1;
        self.seconds_in_all += change.seconds.unwrap_or_default();
        let last = change.slot.as_str().rsplit('/').next().and_then(|last| last.split('#').next());
        // Not the pieces of one.
        self.films += u64::from(change.role == Role::Render && last == Some(Role::Render.name()));
    }

    fn add_failure(&mut self) {
        self.asked += 1;
        self.failed += 1;
    }

    /// With another beside it.
    pub fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.done += other.done;
        self.failed += other.failed;
        self.possibly_billed += other.possibly_billed;
        self.seconds_in_all += other.seconds_in_all;
        self.calls += other.calls;
        self.usage.add(&other.usage);
        self.cost = self.cost + other.cost;
        self.bound = self.bound + other.bound;
        self.reserved = self.reserved + other.reserved;
        self.unpriced += other.unpriced;
        self.films += other.films;
    }

    /// With its name, and what follows from its sums.
    #[must_use]
    pub fn ended(self, name: String) -> Self {
        let share = |part: f64, of: u64| (of > 0).then(|| part / of as f64);
        let cost_a_film = (self.films > 0).then(|| self.cost.times(1.0 / self.films as f64));
        Self {
            name,
            success: share(self.done as f64, self.done + self.failed),
            seconds: share(self.seconds_in_all, self.done),
            cost_a_film,
            ..self
        }
    }
}
