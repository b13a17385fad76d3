//! `studio budget`

use super::out::{line, note};
use super::{fail::Failure, params::named, settings::Settings, table};
use crate::{
    engine::{Accounts, Span, api::costs},
    model::{Budget, Money},
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// A project; none: what holds for all of them
    project: Option<String>,
    /// The most that the project may spend in all, in US dollars
    #[arg(long, value_name = "USD", requires = "project")]
    total: Option<Money>,
    /// The most that each of its runs may spend, unless a run is told otherwise
    #[arg(long, value_name = "USD", requires = "project")]
    run: Option<Money>,
    /// The most that it may spend in each calendar month (UTC)
    #[arg(long, value_name = "USD", requires = "project")]
    month: Option<Money>,
    /// Takes a budget away; may be given several times
    #[arg(long, value_name = "total|run|month", requires = "project", value_parser = named::<Span>)]
    lift: Vec<Span>,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let budget = Budget { total: args.total, run: args.run, month: args.month };
    let accounts = match args.project {
        Some(project) if budget != Budget::default() || !args.lift.is_empty() => {
            client.call(costs::BudgetSet { project, budget, lift: args.lift }).await
        }
        project => client.call(costs::BudgetGet { project }).await,
    };
    client.close().await?;
    let accounts = accounts?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&accounts).unwrap_or_default()));
    } else {
        for_people(&accounts);
    }
    Ok(0)
}

fn for_people(accounts: &Accounts) {
    let rows: Vec<_> = accounts
        .accounts
        .iter()
        .map(|account| {
            let span = match account.span {
                Span::Total => "in all".to_owned(),
                Span::Run => "latest run".to_owned(),
                Span::Month => accounts.month.clone(),
            };
            let of = if account.name.is_empty() { "all projects".to_owned() } else { account.name.clone() };
            let most = account.most.map_or_else(|| "–".to_owned(), |most| most.to_string());
            let left = account.most.map(|most| most.less(account.spent + account.reserved).to_string());
            let reserved = if account.reserved.is_zero() { String::new() } else { account.reserved.to_string() };
            vec![of, span, account.spent.to_string(), reserved, most, left.unwrap_or_default()]
        })
        .collect();
    table::print(&["OF", "IN", "SPENT", "HELD BACK", "BUDGET", "LEFT"], &rows);
    if accounts.accounts.iter().all(|account| account.most.is_none()) {
        note(format_args!("nothing is limited: studio budget PROJECT --total USD, or [budget] in config.toml"));
    }
}
