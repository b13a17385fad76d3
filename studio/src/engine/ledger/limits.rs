//! Which limits hold for a call, and what a person is told where it would pass one.

use studio_plugin_sdk::error::ErrorKind;

use super::books::{Account, Sum};
use crate::{
    model::{BatchId, BudgetSettings, Budgeted, Money, Month, NodeError, Project, RunId, Source},
    store::{Store, StoreError},
};

/// Calls by hand are of no project and no run: what holds for each of those does not hold for them.
pub const BY_HAND: &str = "by-hand";

/// The code of an error where a batch's budget is met.
pub const OF_BATCH: &str = "budget.batch";

/// A limit that holds for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it is, for people: `the budget of this run`.
    pub name: String,
    /// What counts.
    pub account: Account,
    /// The most.
    pub most: Money,
    /// What a person may do.
    help: String,
    code: &'static str,
}

/// Who is about to spend.
#[derive(Clone, Copy)]
pub struct Spender<'a> {
    /// The project.
    pub project: &'a Project,
    /// The run.
    pub run: &'a RunId,
    /// The batch that the run is of.
    pub batch: Option<&'a BatchId>,
    /// The plugin's id.
    pub plugin: &'a str,
    /// Where it comes from.
    pub source: &'a Source,
}

/// All limits that hold for a spender in a month.
pub fn limits(
    store: &Store,
    settings: &BudgetSettings,
    who: Spender<'_>,
    month: Month,
) -> Result<Vec<Limit>, StoreError> {
    let mut found = Vec::new();
    let mut add = |name: String, account, most: Option<Money>, help: String| {
        found.extend(most.map(|most| Limit { name, account, most, help, code: "budget" }));
    };
    let (id, slug) = (&who.project.id, &who.project.slug);
    if id.as_str() != BY_HAND {
        let of_project = store.budget(&Budgeted::Project(id.clone()))?;
        let of_run = store.budget(&Budgeted::Run(who.run.clone()))?.total;
        add(
            "the budget of this run".into(),
            Account::Run(who.run.clone()),
            of_run.or(of_project.run).or(settings.run),
            format!("allow a run more: studio run {slug} --budget USD"),
        );
        add(
            format!("the budget of {slug}"),
            Account::Project(id.clone()),
            of_project.total.or(settings.project),
            format!("allow the project more: studio budget {slug} --total USD"),
        );
        add(
            format!("the budget of {slug} for {month}"),
            Account::ProjectMonth(id.clone(), month),
            of_project.month,
            format!("wait for the next month, or allow more: studio budget {slug} --month USD"),
        );
    }
    let batch = who.batch.map(|id| store.batch(id)).transpose()?.flatten();
    if let Some((batch, most)) = batch.and_then(|batch| batch.budget.map(|most| (batch, most))) {
        let help = format!("allow the batch more: studio batch resume {} --budget USD", batch.name);
        let (name, account) = (format!("the budget of batch {}", batch.name), Account::Projects(batch.projects));
        found.push(Limit { name, account, most, help, code: OF_BATCH });
    }
    let mut add = |name: String, account, most: Option<Money>, help: String| {
        found.extend(most.map(|most| Limit { name, account, most, help, code: "budget" }));
    };
    add(
        format!("the budget of all projects for {month}"),
        Account::Month(month),
        settings.month,
        "wait for the next month, or allow more in config.toml: [budget] month = \"USD\"".into(),
    );
    let granted = store.grants()?.into_iter().find(|g| g.plugin == who.plugin && g.source == *who.source);
    if let Some(most) = granted.and_then(|grant| grant.limit) {
        found.push(Limit {
            name: format!("what {} was granted to spend in {month}", who.plugin),
            account: Account::PluginMonth(who.plugin.to_owned(), month),
            most,
            help: format!("wait for the next month, or grant more: studio plugin grant {} --limit USD", who.plugin),
            code: "budget.grant",
        });
    }
    Ok(found)
}

impl Limit {
    /// Would a call that may cost `call` pass it?
    pub fn check(&self, now: Sum, call: Money, what: &str) -> Result<(), NodeError> {
        if call.is_zero() || now.all() + call <= self.most {
            return Ok(());
        }
        let held = if now.reserved.is_zero() {
            String::new()
        } else {
            format!(", {} is held back for calls without a known cost", now.reserved)
        };
        let message = format!(
            "{} is {}: {} is spent{held}, and this call may cost {call}; it was not sent ({what})",
            self.name, self.most, now.spent
        );
        Err(NodeError::new(self.code, ErrorKind::Quota, message).help(&self.help))
    }

    /// A call that no price is known for may cost anything.
    pub fn unpriced(&self, plugin: &str, service: &str, model: &str) -> NodeError {
        let model = if model.is_empty() { "what it asks for".to_owned() } else { model.to_owned() };
        let message = format!(
            "no price is known for {model} of {service} (plugin {plugin}), and {} is {}; it was not sent",
            self.name, self.most
        );
        NodeError::new("budget.unpriced", ErrorKind::Quota, message).help(format!(
            "give it a price in config.toml, or none by 0: [[price]] plugin = \"{plugin}\" … (docs/costs.md); or lift the limit"
        ))
    }
}
