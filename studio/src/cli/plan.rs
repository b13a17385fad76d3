//! `studio plan`

use super::out::{line, note};
use super::{
    fail::Failure,
    params::ParamArgs,
    run::{edit, target},
    settings::Settings,
    table,
};
use crate::{
    engine::{Plan, Verdict, api::projects},
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
            let seconds = n.seconds.map(|s| format!("{s:.1} s")).unwrap_or_default();
            vec![n.slot.clone(), n.plugin.clone(), verdict.into(), n.why.clone().unwrap_or_default(), seconds]
        })
        .collect();
    if rows.is_empty() {
        note(format_args!("nothing would run: everything is kept"));
    } else {
        table::print(&["NODE", "PLUGIN", "", "WHY", "USUALLY"], &rows);
    }
    let kept = plan.nodes.iter().filter(|n| n.verdict == Verdict::Kept).count();
    note(format_args!("{kept} kept, {} to run, about {:.0} s", plan.nodes.len() - kept, plan.seconds));
    if !plan.complete {
        note(format_args!("and more, which depends on results that are not known yet"));
    }
}
