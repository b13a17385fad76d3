//! `studio batch`

use std::{collections::HashMap, path::PathBuf};

use clap::Subcommand;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    fail::{BUDGET, CANCELLED, FAILED, Failure, WAITING},
    new::script_of,
    out::{line, note},
    params::read_text,
    settings::Settings,
    signals::Signals,
    table,
};
use crate::{
    engine::{
        BatchItem, BatchReport, Event, ItemState, News,
        api::{ApiError, batches},
        batch::Format,
    },
    model::{Money, NodeError, ProjectId, RunOutcome},
    remote::{Client, Events, Mode, Own},
};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    start: Option<Start>,
}

#[derive(Subcommand)]
enum Command {
    /// List batches
    Ls {
        /// Most batches to list
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Show a batch: its items and what became of them
    Show(One),
    /// Run again what of a batch is not done
    Resume {
        #[command(flatten)]
        one: One,
        /// The most that all of it may cost together from now on, in US dollars
        #[arg(long, value_name = "USD")]
        budget: Option<Money>,
    },
    /// Give up what of a batch has not ended
    Cancel(One),
}

#[derive(clap::Args)]
struct One {
    /// The batch: its id, or its name
    batch: String,
}

#[derive(clap::Args)]
struct Start {
    /// The items, a project each: .csv with a header, .json with a list, .lua that returns a list. `title` is the
    /// project's title, every other name a param of the script
    file: PathBuf,
    /// The pipeline: a shipped script's name or the path of a .lua file
    #[arg(long, default_value = "narrated")]
    script: String,
    /// The batch's name [default: the file's]
    #[arg(long)]
    name: Option<String>,
    /// How many run at once
    #[arg(long, value_name = "N", default_value_t = 2)]
    at_once: u32,
    /// How much is spent on each: `draft`, `final` or one of config.toml
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The brand of all their films: NAME (the newest version) or NAME@N
    #[arg(long, value_name = "NAME[@N]")]
    brand: Option<String>,
    /// Where finished files go: a folder in it for each project [default: in the store]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Nobody is there to review: what is made will do
    #[arg(long)]
    yes: bool,
    /// The most that each of its runs may spend, in US dollars
    #[arg(long, value_name = "USD")]
    budget_each: Option<Money>,
    /// The most that all of it may cost together, in US dollars: where it is met, no more of it is begun [exit 4]
    #[arg(long, value_name = "USD")]
    budget: Option<Money>,
    /// Start it in the background, print its id and return
    #[arg(long)]
    detach: bool,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    match (args.command, args.start) {
        (Some(Command::Ls { limit }), _) => list(settings, limit).await,
        (Some(Command::Show(one)), _) => {
            let report = ask(settings, batches::Get { batch: one.batch }).await?;
            show(settings, &report);
            Ok(0)
        }
        (Some(Command::Cancel(one)), _) => {
            let report = ask(settings, batches::Cancel { batch: one.batch }).await?;
            show(settings, &report);
            Ok(0)
        }
        (Some(Command::Resume { one, budget }), _) => {
            let client = settings.client(Mode::Serve).await?;
            go(settings, client, batches::Resume { batch: one.batch, budget }).await
        }
        (None, Some(start)) => begin(settings, start).await,
        (None, None) => Err(Failure::usage("FILE", "name a file of items, or ls, show, resume or cancel")),
    }
}

async fn begin(settings: &Settings, args: Start) -> Result<u8, Failure> {
    let format = match args.file.extension().and_then(|e| e.to_str()) {
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some("lua") => Format::Lua,
        _ => return Err(Failure::usage("FILE", format!("{} is no .csv, .json or .lua", args.file.display()))),
    };
    let stem = || args.file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let start = batches::Start {
        name: args.name.clone().unwrap_or_else(stem),
        script: script_of(args.script)?,
        format,
        items: read_text(&args.file.to_string_lossy())?,
        profile: args.profile,
        brand: args.brand,
        export_dir: args.out.map(std::path::absolute).transpose()?,
        folder: Some(std::env::current_dir()?),
        at_once: args.at_once,
        yes: args.yes,
        budget_each: args.budget_each,
        budget: args.budget,
    };
    if !args.detach {
        return go(settings, settings.client(Mode::Serve).await?, start).await;
    }
    let client = settings.client(Mode::Spawn).await?;
    let report = client.call(start).await?;
    if settings.json {
        line(format_args!("{}", json!({ "batch": report.batch.id, "name": report.batch.name })));
    } else {
        line(format_args!("{}", report.batch.id));
        note(format_args!("it runs in the background: studio batch show {}", report.batch.name));
    }
    Ok(0)
}

async fn ask<M>(settings: &Settings, method: M) -> Result<BatchReport, Failure>
where
    M: crate::engine::api::Method<Reply = BatchReport>,
{
    let client = settings.client(Mode::Own).await?;
    let report = client.call(method).await?;
    client.close().await?;
    Ok(report)
}

/// Starts a batch, or goes on with it, and shows it: the exit code. Lets go of the store.
async fn go<M>(settings: &Settings, client: Client, start: M) -> Result<u8, Failure>
where
    M: crate::engine::api::Method<Reply = BatchReport>,
{
    // Before the batch: nothing of it is to be missed.
    let events = client.events(None, None).await?;
    let mut signals = Signals::new()?;
    let ended = match client.call(start).await {
        Ok(report) => {
            let stop = CancellationToken::new();
            let shown = tokio::spawn(follow(events, report.clone(), settings.json, stop.clone()));
            let ended = until_its_end(&client, &report, &mut signals).await;
            stop.cancel();
            let _ = shown.await;
            ended.map(|report| conclude(settings, &report)).map_err(Failure::from)
        }
        Err(e) => Err(e.into()),
    };
    client.close().await?;
    ended
}

async fn until_its_end(client: &Client, report: &BatchReport, signals: &mut Signals) -> Result<BatchReport, ApiError> {
    let (batch, name) = (report.batch.id.to_string(), &report.batch.name);
    let cancel = async || client.call(batches::Cancel { batch: batch.clone() }).await.map(drop);
    if let Some(report) = signals.heed(end_of(client, &batch), cancel).await? {
        return Ok(report);
    }
    let goes_on = !client.interrupt(&Own::Batch(report.batch.clone())).await;
    let how = if goes_on { "it goes on in another process" } else { "what was finished is kept" };
    let error = ApiError::new("interrupted", format!("batch {name} is no longer watched: {how}"));
    Err(ApiError { exit: CANCELLED, ..error.help(format!("studio batch resume {name}")) })
}

/// Waits for the end of a batch. Where its process leaves or dies, whoever has the store next goes on with it.
async fn end_of(client: &Client, batch: &str) -> Result<BatchReport, ApiError> {
    loop {
        let report = client.call(batches::Wait { batch: batch.to_owned() }).await?;
        if !report.open {
            return Ok(report);
        }
    }
}

/// A line for each item that ends.
async fn follow(mut events: Events, report: BatchReport, json: bool, stop: CancellationToken) {
    let all = report.items.len();
    let mut ended = report.items.iter().filter(|item| item.state == ItemState::Done).count();
    let titles = |id: &ProjectId| report.items.iter().find(|item| item.id == *id);
    // Those that had begun before are told of by their ends alone.
    let begun = report.items.iter().filter_map(|item| Some((item.run.clone()?, item.id.clone())));
    let mut runs: HashMap<_, _> = begun.collect();
    loop {
        let news = tokio::select! {
            news = events.next() => news,
            () = stop.cancelled() => return,
        };
        let told = match news {
            Ok(News::Told(told)) => told,
            Ok(News::Missed) => continue,
            Err(_) => return,
        };
        match &told.event {
            Event::RunStarted(run) if titles(&run.project).is_some() => {
                runs.insert(run.id.clone(), run.project.clone());
            }
            Event::RunEnded { run, outcome } => {
                let Some(item) = runs.get(run).and_then(titles) else { continue };
                ended += 1;
                if !json {
                    note(format_args!("{ended}/{all} {}: {}", item.title, word(outcome)));
                }
            }
            Event::RunWaits { run } => {
                let Some(item) = runs.get(run).and_then(titles) else { continue };
                if !json {
                    note(format_args!("{}: waits for you: studio review {}", item.title, item.project));
                }
            }
            _ => (),
        }
    }
}

fn word(outcome: &RunOutcome) -> String {
    match outcome {
        RunOutcome::Done { .. } => "done".into(),
        RunOutcome::Failed { error } => format!("failed: {error}"),
        RunOutcome::Cancelled => "cancelled".into(),
        RunOutcome::Waiting => "waiting".into(),
    }
}

fn conclude(settings: &Settings, report: &BatchReport) -> u8 {
    show(settings, report);
    let any = |state: ItemState| report.items.iter().any(|item| item.state == state);
    match () {
        () if any(ItemState::Cancelled) => CANCELLED,
        () if report.items.iter().any(|item| item.error.as_ref().is_some_and(NodeError::is_over_budget)) => BUDGET,
        () if any(ItemState::Failed) || any(ItemState::Pending) => FAILED,
        () if any(ItemState::Waiting) => WAITING,
        () => 0,
    }
}

async fn list(settings: &Settings, limit: usize) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let reports = match limit {
        0 => Vec::new(),
        limit => client.call(batches::List { limit }).await?,
    };
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&reports).unwrap_or_default()));
        return Ok(0);
    }
    let row = |report: &BatchReport| {
        let done = report.items.iter().filter(|item| item.state == ItemState::Done).count();
        let state = if report.open { "open" } else { "ended" };
        let count = format!("{done} of {}", report.items.len());
        let batch = &report.batch;
        vec![batch.name.clone(), count, state.to_owned(), table::time(batch.started_ms), batch.id.to_string()]
    };
    table::print(&["BATCH", "DONE", "STATE", "STARTED", "ID"], &reports.iter().map(row).collect::<Vec<_>>());
    Ok(0)
}

fn show(settings: &Settings, report: &BatchReport) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(report).unwrap_or_default()));
        return;
    }
    let row = |item: &BatchItem| {
        let why = match &item.error {
            Some(error) => error.to_string(),
            None if item.state == ItemState::Done => item.exports.display().to_string(),
            None => String::new(),
        };
        vec![item.project.clone(), item.state.name().to_owned(), why]
    };
    table::print(&["PROJECT", "STATE", ""], &report.items.iter().map(row).collect::<Vec<_>>());
    let done = report.items.iter().filter(|item| item.state == ItemState::Done).count();
    note(format_args!("{done} of {} done", report.items.len()));
    if let Some(most) = report.batch.budget {
        let (spent, reserved) = (report.spent, report.reserved);
        note(format_args!("{spent} of {most} is spent, {reserved} is held back"));
    }
    if done < report.items.len() {
        note(format_args!("studio batch resume {} goes on with the rest", report.batch.name));
    }
}
