//! `studio run`

use super::out::{line, note};
use std::{collections::BTreeMap, io::IsTerminal, path::PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{
    fail::{Failure, of_outcome},
    owner::Owner,
    params::ParamArgs,
    progress::Progress,
    settings::Settings,
};
use crate::{
    engine::{Engine, EngineError, NewProject, RunOptions, RunReport},
    model::{Project, RunOutcome},
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
    let changes = args.params.values()?;
    let out = args.out.map(std::path::absolute).transpose()?;
    let engine = settings.engine().await?;
    let mut project = project_of(&engine, &args.target, &changes)?;
    project.params.extend(changes);
    project.export_dir = out.or(project.export_dir);
    if engine.project(&project.slug).ok().as_ref() != Some(&project) {
        engine.save(&project).await?;
    }
    let code = go(settings, &engine, &project, RunOptions::default(), &args.how).await;
    engine.close().await?;
    code
}

/// The project meant: by name, or the one that belongs to a script file (made if there is none, but not kept).
pub fn project_of(engine: &Engine, target: &str, changes: &BTreeMap<String, Value>) -> Result<Project, Failure> {
    let script = PathBuf::from(target);
    if script.extension().is_none_or(|e| e != "lua") {
        return Ok(engine.project(target)?);
    }
    let path = std::path::absolute(&script)?.to_string_lossy().into_owned();
    if let Some(project) = engine.projects()?.into_iter().find(|p| p.script == path) {
        return Ok(project);
    }
    let title = script.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(engine.draft(NewProject { title, script: path, params: changes.clone(), export_dir: None })?)
}

/// Runs a project and shows it: the exit code.
pub async fn go(
    settings: &Settings,
    engine: &Engine,
    project: &Project,
    options: RunOptions,
    how: &How,
) -> Result<u8, Failure> {
    let events = engine.subscribe();
    let handle = engine.run(project, options).await?;
    let owner = Owner { pid: std::process::id(), project: project.slug.clone(), run: handle.id.to_string() };
    let announced = owner.announce(&settings.home()?)?;
    let fancy = std::io::stderr().is_terminal() && !how.headless && how.events.is_none();
    let progress = Progress::new(engine.history().clone(), handle.id.clone(), how, fancy);
    let shown = tokio::spawn(progress.follow(events));
    let (cancel, stop) = (handle.canceller(), stop_signal());
    let waiter = tokio::spawn(async move {
        stop.await;
        cancel.cancel();
    });
    let report = handle.wait().await?;
    waiter.abort();
    drop(announced);
    let _ = shown.await;
    conclude(settings, engine, project, how, &report)
}

fn conclude(
    settings: &Settings,
    engine: &Engine,
    project: &Project,
    how: &How,
    report: &RunReport,
) -> Result<u8, Failure> {
    let code = of_outcome(&report.outcome);
    let exports = engine.exports(project);
    if settings.json && how.events.is_none() {
        let value = if let RunOutcome::Done { value } = &report.outcome { value.clone() } else { json!(null) };
        let summary = json!({
            "run": report.run, "project": project.slug, "outcome": report.outcome, "value": value,
            "ran": report.ran, "kept": report.kept, "seconds": report.seconds, "exports": exports,
        });
        if code.is_ok() {
            line(format_args!("{summary}"));
        }
    }
    if !how.quiet && code.is_ok() && matches!(report.outcome, RunOutcome::Done { .. }) {
        let (ran, kept) = (report.ran, report.kept);
        note(format_args!("done in {:.1} s: {ran} made, {kept} kept", report.seconds));
        for path in engine.delivered(project, &report.run).map_err(|e: EngineError| Failure::from(e))? {
            note(format_args!("  {}", path.display()));
        }
    }
    if matches!(report.outcome, RunOutcome::Cancelled) && !how.quiet {
        note(format_args!("cancelled; what was finished is kept: studio run {}", project.slug));
    }
    code
}

/// Ends on Ctrl-C, on SIGTERM, or when the terminal is gone.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => (),
        _ = terminate.recv() => (),
        _ = hangup.recv() => (),
    }
}
