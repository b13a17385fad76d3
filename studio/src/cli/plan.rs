//! `studio plan`

use super::out::{line, note};
use studio_plugin_sdk::roles::Role;

use super::{
    fail::Failure,
    params::ParamArgs,
    run::{edit, target},
    settings::Settings,
    table,
};
use crate::{
    engine::{Plan, Spread, Verdict, api::projects},
    model::Money,
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// A project, or the path of a script
    target: String,
    #[command(flatten)]
    params: ParamArgs,
    /// Also list what is kept
    #[arg(long)]
    all: bool,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let edit = edit(&args.params, None)?;
    let plan = client.call(projects::Plan { project: target(&args.target)?, edit }).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&plan).unwrap_or_default()));
    } else {
        for_people(&plan, args.all);
    }
    Ok(0)
}

fn for_people(plan: &Plan, all: bool) {
    let shown = plan.nodes.iter().filter(|n| all || n.verdict != Verdict::Kept);
    let rows: Vec<_> = shown
        .map(|n| {
            let verdict = match n.verdict {
                Verdict::Kept => "kept",
                Verdict::WillRun => "will run",
                Verdict::MayRun => "may run",
                Verdict::Unknown => "unknown",
            };
            let why = n.why.clone().unwrap_or_default();
            let cost = if n.unpriced { "no price".to_owned() } else { n.cost.map(|c| money(&c)).unwrap_or_default() };
            vec![
                n.slot.clone(),
                n.plugin.clone(),
                verdict.into(),
                why,
                n.time.map(|t| time(&t)).unwrap_or_default(),
                cost,
            ]
        })
        .collect();
    if rows.is_empty() {
        note(format_args!("nothing would run: everything is kept"));
    } else {
        table::print(&["NODE", "PLUGIN", "", "WHY", "TIME", "COST"], &rows);
    }
    let kept = plan.nodes.iter().filter(|n| n.verdict == Verdict::Kept).count();
    let encoded = plan.nodes.iter().filter(|n| n.verdict != Verdict::Kept && n.role == Role::Render).count();
    let generated = plan.nodes.len() - kept - encoded;
    let cost = if plan.cost.high.is_zero() { String::new() } else { format!(", {}", money(&plan.cost)) };
    note(format_args!("{kept} kept, {generated} to make, {encoded} to encode: about {}{cost}", time(&plan.time)));
    let older = plan.nodes.iter().filter(|n| n.older).count();
    if older > 0 {
        note(format_args!("{older} of them made by an older version: studio run --refresh makes them anew"));
    }
    for limit in &plan.limits {
        note(format_args!("{limit}"));
    }
    if !plan.complete {
        note(format_args!("and more, which depends on results that are not known yet"));
    }
}

/// `12 s (8–20 s)`
fn time(time: &Spread<f64>) -> String {
    let of = |s: f64| if s < 10.0 { format!("{s:.1}") } else { format!("{s:.0}") };
    format!("{} s ({}–{} s)", of(time.likely), of(time.low), of(time.high))
}

/// `$0.042 ($0.01–$0.11)`, to the hundredth of a cent: it is a guess.
fn money(cost: &Spread<Money>) -> String {
    let of = |amount: Money| Money::of(amount.amount().round_dp(4)).unwrap_or(amount);
    let (low, likely, high) = (of(cost.low), of(cost.likely), of(cost.high));
    if low == high { likely.to_string() } else { format!("{likely} ({low}–{high})") }
}
