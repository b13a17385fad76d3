//! How long what would run takes and what it costs, with error bars: learnt from what was made before.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{roles::Role, usage::Usage};

use super::{
    ledger::{Account, Ledger, Spender},
    open::{Core, EngineError},
    plan::{Planned, Verdict},
};
use crate::{
    host::Serving,
    model::{CallState, Generation, GenerationState, Money, Project, RunId, Sale, Source, day_of},
    store::StoreError,
};

/// So many of the latest results teach what the next one costs.
const TAUGHT_BY: usize = 500;

/// What something may turn out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread<T> {
    /// Hardly less.
    pub low: T,
    /// Most likely.
    pub likely: T,
    /// Hardly more; of money: no more, unless a service's word was wrong.
    pub high: T,
}

impl Spread<f64> {
    /// Of something that a plugin only guesses.
    pub fn guessed(seconds: f64) -> Self {
        Self { low: seconds / 2.0, likely: seconds, high: seconds * 2.0 }
    }

    /// With something beside it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { low: self.low + other.low, likely: self.likely + other.likely, high: self.high + other.high }
    }

    /// Shared by so many.
    #[must_use]
    pub fn over(self, n: usize) -> Self {
        let n = n.max(1) as f64;
        Self { low: self.low / n, likely: self.likely / n, high: self.high / n }
    }
}

impl Spread<Money> {
    /// With something beside it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { low: self.low + other.low, likely: self.likely + other.likely, high: self.high + other.high }
    }
}

/// What results cost, as a share of the most that was said before.
#[derive(Default)]
pub struct Shares(HashMap<(String, Role, String), Spread<f64>>);

impl Shares {
    /// Learnt from the latest generations.
    pub fn learnt(ledger: &Ledger) -> Result<Self, StoreError> {
        Ok(Self::of(&ledger.latest(TAUGHT_BY)?))
    }

    fn of(generations: &[Generation]) -> Self {
        let mut seen: HashMap<_, Vec<f64>> = HashMap::new();
        for generation in generations {
            let answered = generation.calls.iter().filter(|call| call.state == CallState::Answered);
            let bound: Option<Money> = answered.map(|call| call.at_most).sum();
            if let (GenerationState::Done, Some(cost), Some(bound)) = (generation.state, generation.cost, bound)
                && let Some(share) = cost.share_of(bound)
            {
                seen.entry(kind(&generation.plugin, generation.role, &generation.model)).or_default().push(share);
            }
        }
        let spread = |shares: Vec<f64>| Spread {
            low: shares.iter().copied().fold(f64::INFINITY, f64::min),
            likely: shares.iter().sum::<f64>() / shares.len() as f64,
            high: shares.iter().copied().fold(0.0, f64::max),
        };
        Self(seen.into_iter().map(|(kind, shares)| (kind, spread(shares))).collect())
    }

    /// What a result costs that costs `bound` at most.
    fn cost(&self, serving: &Serving, model: &str, bound: Money) -> Spread<Money> {
        match self.0.get(&kind(&serving.plugin.manifest.id, serving.stage().role, model)) {
            // The most is what was said: what came before is no bound.
            Some(share) => Spread {
                low: bound.times(share.low),
                likely: bound.times(share.likely),
                high: bound.max(bound.times(share.high)),
            },
            None => Spread { low: Money::ZERO, likely: bound, high: bound },
        }
    }

    /// What a result costs that uses this at most; none: no price is known.
    pub fn priced(&self, ledger: &Ledger, serving: &Serving, usage: &Usage, now_ms: i64) -> Option<Spread<Money>> {
        let plugin = &serving.plugin;
        let declared = plugin.manifest.capabilities.service.as_ref().map(|service| service.url.as_str());
        let url = plugin.service.as_ref().map(|service| service.url.as_str()).or(declared).unwrap_or_default();
        let service = super::perform::service_of(url);
        let sale = Sale { plugin: &plugin.manifest.id, service: &service, day: day_of(now_ms), requests: 1 };
        Some(self.cost(serving, &usage.model, ledger.prices().cost_of(usage, sale)?))
    }
}

fn kind(plugin: &str, role: Role, model: &str) -> (String, Role, String) {
    (plugin.to_owned(), role, model.to_owned())
}

/// All nodes' cost together; what may run costs nothing at least.
pub fn cost_of<'a>(nodes: impl IntoIterator<Item = &'a Planned>) -> Spread<Money> {
    let all = nodes.into_iter().filter_map(|node| Some((node.verdict, node.cost?)));
    all.fold(Spread::default(), |sum: Spread<Money>, (verdict, cost)| {
        let low = if verdict == Verdict::WillRun { cost.low } else { Money::ZERO };
        sum.and(Spread { low, ..cost })
    })
}

/// The limits that a run would come to, in a sentence each.
pub fn limits_reached(core: &Core, project: &Project, nodes: &[Planned]) -> Result<Vec<String>, EngineError> {
    let mut told: Vec<String> = Vec::new();
    let (all, run) = (cost_of(nodes), RunId::new("plan"));
    let mut plugins: Vec<&str> =
        nodes.iter().filter(|n| n.cost.is_some() || n.unpriced).map(|n| n.plugin.as_str()).collect();
    plugins.sort_unstable();
    plugins.dedup();
    for plugin in plugins {
        let of_plugin = || nodes.iter().filter(|node| node.plugin == plugin);
        let source = core.namer.registry.get(plugin).map_or(Source::Shipped, |loaded| loaded.source.clone());
        let who = Spender { project, run: &run, batch: None, plugin, source: &source };
        for limit in core.ledger.limits(who, core.now_ms())? {
            let cost = if matches!(limit.account, Account::PluginMonth(..)) { cost_of(of_plugin()) } else { all };
            let spent = core.ledger.sum(&limit.account)?.all();
            let word = match (spent + cost.likely > limit.most, spent + cost.high > limit.most) {
                (true, _) => "would be reached",
                (false, true) => "may be reached",
                _ if of_plugin().any(|node| node.unpriced) => "lets nothing pass that no price is known for",
                _ => continue,
            };
            let sentence = format!("{} ({}, {spent} of it spent) {word}", limit.name, limit.most);
            if !told.contains(&sentence) {
                told.push(sentence);
            }
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_run_costs_nothing_at_least() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        let node = |verdict| Planned {
            slot: "a".into(),
            role: Role::Llm,
            plugin: "x".into(),
            label: String::new(),
            verdict,
            why: None,
            seconds: None,
            time: None,
            cost: Some(Spread { low: money("1"), likely: money("2"), high: money("3") }),
            unpriced: false,
            older: false,
        };
        let sum = cost_of(&[node(Verdict::WillRun), node(Verdict::MayRun)]);
        assert_eq!(sum, Spread { low: money("1"), likely: money("4"), high: money("6") });
    }
}
