//! Sums of money by what they count for. Pure: what is in it comes from generations alone.

use std::collections::HashMap;

use serde_json::Value;

use super::super::figures::Asked;
use crate::model::{CallState, Generation, GenerationState, Key, Money, Month, ProjectId, RunId};

/// What money counts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// A run.
    Run(RunId),
    /// A project, in all.
    Project(ProjectId),
    /// A project in a month.
    ProjectMonth(ProjectId, Month),
    /// All projects in a month.
    Month(Month),
    /// A plugin in a month.
    PluginMonth(String, Month),
    /// Some projects together, in all.
    Projects(Vec<ProjectId>),
}

impl Account {
    /// Does a generation count for it?
    pub fn counts(&self, generation: &Generation) -> bool {
        match self {
            Self::Projects(projects) => projects.contains(&generation.project),
            one => accounts(generation).contains(one),
        }
    }
}

/// Money of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Spent for certain.
    pub spent: Money,
    /// Held back for calls whose cost is not known.
    pub reserved: Money,
}

impl Sum {
    /// Both together.
    pub fn all(self) -> Money {
        self.spent + self.reserved
    }
}

/// The sums, and the generations that have no end yet, by the names of their results.
#[derive(Default)]
pub struct Books {
    sums: HashMap<Account, Sum>,
    open: HashMap<Key, Box<Generation>>,
    /// What generations ask for of which nothing is written down yet.
    unwritten: HashMap<Key, Value>,
    /// Of those that have their result: they change no more.
    done: Asked,
}

impl Books {
    /// Of all generations, the oldest first. Nobody works on any of them.
    pub fn of(generations: impl IntoIterator<Item = Generation>) -> Self {
        let mut books = Self::default();
        for mut generation in generations {
            generation.left();
            books.put(generation);
        }
        books
    }

    /// A generation without an end.
    pub fn open(&self, key: &Key) -> Option<&Generation> {
        self.open.get(key).map(Box::as_ref)
    }

    /// Takes in a generation that nothing is written of.
    pub fn begin(&mut self, generation: Generation, request: Value) {
        self.unwritten.insert(generation.key.clone(), request);
        self.put(generation);
    }

    /// What a generation asks for, where nothing is written of it yet; it is about to be.
    pub fn request(&mut self, key: &Key) -> Option<Value> {
        self.unwritten.remove(key)
    }

    /// A generation of which nothing was sent and nothing was written was none.
    pub fn forget_unsent(&mut self, key: &Key) {
        let unsent = |g: &Generation| g.calls.iter().all(|call| call.state == CallState::Void);
        if self.unwritten.contains_key(key) && self.open(key).is_some_and(unsent) {
            self.open.remove(key);
            self.unwritten.remove(key);
        }
    }

    /// Takes a generation in, in the place of what it was before.
    pub fn put(&mut self, generation: Generation) {
        if let Some(before) = self.open(&generation.key).filter(|before| before.id == generation.id).cloned() {
            for account in accounts(&before) {
                let sum = self.sums.entry(account).or_default();
                sum.spent = sum.spent.less(before.spent());
                sum.reserved = sum.reserved.less(before.reserved());
            }
        }
        for account in accounts(&generation) {
            let sum = self.sums.entry(account).or_default();
            sum.spent = sum.spent + generation.spent();
            sum.reserved = sum.reserved + generation.reserved();
        }
        if generation.state == GenerationState::Done {
            self.done.add(&generation);
            self.open.remove(&generation.key);
        } else {
            self.open.insert(generation.key.clone(), Box::new(generation));
        }
    }

    /// Figures of all that something is written of.
    pub fn asked(&self) -> Asked {
        let mut asked = self.done.clone();
        let written = self.open.iter().filter(|(key, _)| !self.unwritten.contains_key(key));
        written.for_each(|(_, generation)| asked.add(generation));
        asked
    }

    /// The money of an account.
    pub fn sum(&self, account: &Account) -> Sum {
        match account {
            Account::Projects(projects) => projects.iter().fold(Sum::default(), |all, id| {
                let one = self.sum(&Account::Project(id.clone()));
                Sum { spent: all.spent + one.spent, reserved: all.reserved + one.reserved }
            }),
            one => self.sums.get(one).copied().unwrap_or_default(),
        }
    }
}

fn accounts(generation: &Generation) -> [Account; 5] {
    let month = Month::of(generation.started_ms);
    let project = || generation.project.clone();
    [
        Account::Run(generation.run.clone()),
        Account::Project(project()),
        Account::ProjectMonth(project(), month),
        Account::Month(month),
        Account::PluginMonth(generation.plugin.clone(), month),
    ]
}
