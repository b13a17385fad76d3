//! `studio run`

use super::out::{line, note};
use std::{io::IsTerminal, path::PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    fail::{Failure, of_outcome},
    params::ParamArgs,
    progress::Progress,
    settings::Settings,
    signals::Signals,
};
use crate::{
    engine::{
        Edit, History, RunReport,
        api::{self, ApiError, runs},
    },
    model::{Money, RunId, RunOutcome},
    remote::{Client, Mode, Own},
};

#[derive(clap::Args)]
pub struct Args {
    /// A project, or the path of a script
    pub target: String,
    #[command(flatten)]
    pub params: ParamArgs,
    #[command(flatten)]
    pub how: How,
    /// Where finished files go [default: in the store]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Nobody is there to review: what is made will do
    #[arg(long)]
    pub yes: bool,
    /// The most that may be spent, in US dollars (2.50): a call that would pass it is not sent [exit 4]
    #[arg(long, value_name = "USD")]
    pub budget: Option<Money>,
    /// Makes anew what older versions made and what stays in use since it was paid or approved: of this role, else all
    #[arg(long, value_name = "ROLE", num_args = 0..=1, default_missing_value = "all")]
    pub refresh: Vec<String>,
    /// Start it in the background, print its id and return
    #[arg(long)]
    pub detach: bool,
}

/// How a run is shown.
#[derive(clap::Args, Clone, Default)]
pub struct How {
    /// Every event as a line of JSON on standard output
    #[arg(long, value_name = "FORMAT")]
    pub events: Option<Events>,
    /// Plain lines, also on a terminal
    #[arg(long)]
    pub headless: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Events {
    Json,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let export_dir = args.out.map(std::path::absolute).transpose()?;
    let edit = edit(&args.params, export_dir)?;
    let start = runs::Start {
        project: target(&args.target)?,
        repeat: false,
        yes: args.yes,
        refresh: args.refresh,
        budget: args.budget,
        edit,
    };
    if args.detach {
        return detach(settings, start).await;
    }
    go(settings, settings.client(Mode::Serve).await?, start, &args.how).await
}

/// What the command line changes; files that it names are in the current folder.
pub fn edit(params: &ParamArgs, export_dir: Option<PathBuf>) -> Result<Edit, Failure> {
    let set = params.values()?;
    let folder = if set.is_empty() { None } else { Some(std::env::current_dir()?) };
    Ok(Edit { set, profile: params.profile(), brand: params.brand(), export_dir, folder, ..Edit::default() })
}

/// A project's name, or the whole path of a script: whoever has the store stands in another folder.
pub fn target(target: &str) -> Result<String, Failure> {
    if PathBuf::from(target).extension().is_none_or(|e| e != "lua") {
        return Ok(target.to_owned());
    }
    Ok(std::path::absolute(target)?.to_string_lossy().into_owned())
}

/// Leaves the run to a process of its own.
async fn detach(settings: &Settings, start: runs::Start) -> Result<u8, Failure> {
    let client = settings.client(Mode::Spawn).await?;
    let started = client.call(start).await?;
    if settings.json {
        line(format_args!("{}", json!({ "run": started.run, "project": started.project.slug })));
    } else {
        line(format_args!("{}", started.run));
        note(format_args!("it runs in the background: studio run {} shows it", started.project.slug));
    }
    Ok(0)
}

/// Starts a run and shows it: the exit code. Lets go of the store.
pub async fn go(settings: &Settings, client: Client, start: runs::Start, how: &How) -> Result<u8, Failure> {
    // Before the run: nothing of it is to be missed.
    let mut events = client.events(None, None).await?;
    let mut signals = Signals::new()?;
    let ended = match client.call(start).await {
        Ok(started) => {
            if started.joined {
                // What it did so far is shown as well.
                events = client.events(Some(started.seq), None).await?;
            }
            let history = History::from_typical(client.call(api::HistoryGet {}).await?);
            let fancy = std::io::stderr().is_terminal() && !how.headless && how.events.is_none();
            let progress = Progress::new(history, started.run.clone(), how, fancy);
            let stop = CancellationToken::new();
            let shown = tokio::spawn(progress.follow(events, stop.clone()));
            let ended = until_its_end(&client, &started.run, &mut signals).await;
            if !matches!(&ended, Ok(End::Report(report)) if report.outcome.is_some()) {
                stop.cancel();
            }
            let _ = shown.await;
            match ended {
                Ok(End::Report(report)) => conclude(settings, &client, how, &report).await,
                Ok(End::Left(pid)) => Err(goes_on_elsewhere(&started.project.slug, pid)),
                Err(e) => Err(e.into()),
            }
        }
        Err(e) => Err(e.into()),
    };
    client.close().await?;
    ended
}

/// What became of a run that was watched.
enum End {
    Report(Box<RunReport>),
    /// It goes on in that process, and nobody watches any more.
    Left(u32),
}

async fn until_its_end(client: &Client, run: &RunId, signals: &mut Signals) -> Result<End, ApiError> {
    let cancel = async || client.call(runs::Cancel { target: run.to_string() }).await.map(drop);
    let report = match signals.heed(end_of(client, run), cancel).await? {
        Some(report) => report,
        None => match client.owner().await {
            Some(pid) => return Ok(End::Left(pid)),
            None => {
                client.interrupt(&Own::Run(run.clone())).await;
                client.call(runs::Wait { run: run.clone() }).await?
            }
        },
    };
    Ok(End::Report(Box::new(report)))
}

/// Waits for the end of a run. Where its process leaves or dies, whoever has the store next goes on with it.
async fn end_of(client: &Client, run: &RunId) -> Result<RunReport, ApiError> {
    loop {
        let report = client.call(runs::Wait { run: run.clone() }).await?;
        if report.outcome.is_some() {
            return Ok(report);
        }
        match client.call(runs::Resume { run: Some(run.clone()) }).await {
            Err(e) if e.code != "run.ended" => return Err(e),
            _ => (),
        }
    }
}

fn goes_on_elsewhere(project: &str, pid: u32) -> Failure {
    let message = format!("the run of {project} goes on in process {pid}");
    Failure::interrupted(message, format!("studio run {project} shows it, studio cancel {project} ends it"))
}

async fn conclude(settings: &Settings, client: &Client, how: &How, report: &RunReport) -> Result<u8, Failure> {
    let project = &report.project;
    let Some(outcome) = &report.outcome else {
        let message = format!("the run of {project} was interrupted; what was finished is kept");
        return Err(Failure::interrupted(message, format!("studio run {project} goes on with it")));
    };
    let code = of_outcome(outcome);
    if !how.quiet && !matches!(outcome, RunOutcome::Done { .. }) {
        cost(report).into_iter().for_each(|line| note(format_args!("{line}")));
    }
    if let RunOutcome::Done { value } = outcome {
        let exported = client.call(api::Exports { project: project.clone() }).await?;
        if settings.json && how.events.is_none() {
            line(format_args!("{}", summary(report, value, &exported)));
        }
        if !how.quiet {
            let (ran, kept) = (report.ran, report.kept);
            note(format_args!("done in {:.1} s: {ran} made, {kept} kept", report.seconds));
            cost(report).into_iter().for_each(|line| note(format_args!("{line}")));
            exported.files.iter().for_each(|path| note(format_args!("  {}", path.display())));
        }
    }
    if matches!(outcome, RunOutcome::Waiting) && !how.quiet {
        note(format_args!("the run of {project} waits for you: studio review {project}"));
    }
    if matches!(outcome, RunOutcome::Cancelled) {
        if settings.json && how.events.is_none() {
            let exported = client.call(api::Exports { project: project.clone() }).await?;
            line(format_args!("{}", summary(report, &Value::Null, &exported)));
        }
        if !how.quiet {
            note(format_args!("cancelled; what was finished is kept: studio run {project}"));
        }
    }
    code
}

/// What a run cost, where it cost something.
fn cost(report: &RunReport) -> Option<String> {
    match (report.spent, report.reserved) {
        (spent, reserved) if spent.is_zero() && reserved.is_zero() => None,
        (spent, reserved) if reserved.is_zero() => Some(format!("it cost {spent}")),
        (spent, reserved) => Some(format!(
            "it cost {spent}, and up to {reserved} more for calls whose cost is not known: studio stats --calls"
        )),
    }
}

fn summary(report: &RunReport, value: &Value, exported: &api::Exported) -> Value {
    json!({
        "run": report.run, "project": report.project, "outcome": report.outcome, "value": value,
        "ran": report.ran, "kept": report.kept, "seconds": report.seconds,
        "spent": report.spent, "reserved": report.reserved, "exports": exported.folder,
    })
}
