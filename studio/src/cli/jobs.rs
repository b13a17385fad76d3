//! `studio jobs`

use clap::ValueEnum;

use super::{
    fail::Failure,
    out::{line, note},
    settings::Settings,
    table,
};
use crate::{
    engine::{
        Edit, Job, JobFilter,
        api::{jobs, runs},
    },
    model::{NodeState, RunOutcome, Slot},
    remote::{Client, Mode},
};

#[derive(clap::Args)]
pub struct Args {
    /// Only those of this project
    project: Option<String>,
    /// Only those in this state; may be said again
    #[arg(long, value_name = "STATE")]
    state: Vec<State>,
    /// The dead letters: what failed and was not made since
    #[arg(long, conflicts_with = "state")]
    dead: bool,
    /// Run the projects of the dead letters again
    #[arg(long, requires = "dead")]
    retry: bool,
    /// Only those after this id: the last one of the page before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// Most jobs to list
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum State {
    Waiting,
    Ready,
    Running,
    Review,
    Failed,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let states = if args.dead { vec![NodeState::Failed] } else { args.state.iter().map(|state| state.of()).collect() };
    let after = args.after.map(Slot::named);
    let filter = JobFilter { project: args.project, states, after, limit: args.limit };
    let client = settings.client(if args.retry { Mode::Serve } else { Mode::Own }).await?;
    let jobs = client.call(jobs::List { filter }).await?;
    let code = if args.retry { retry(&client, &jobs).await? } else { 0 };
    client.close().await?;
    if args.retry {
        return Ok(code);
    }
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&jobs).unwrap_or_default()));
    } else if jobs.is_empty() {
        note(format_args!("{}", if args.dead { "nothing failed" } else { "nothing is under way" }));
    } else {
        for_people(&jobs);
    }
    Ok(0)
}

fn for_people(jobs: &[Job]) {
    let row = |job: &Job| {
        let share = job.share.map(|share| format!("{:.0} %", share * 100.0)).unwrap_or_default();
        let left = job.seconds_left.map(|seconds| format!("{seconds:.0} s left")).unwrap_or_default();
        let why = job.error.as_ref().map(ToString::to_string).unwrap_or_default();
        let state = job.state.name().to_owned();
        vec![job.project.clone(), job.place.clone(), job.plugin.clone(), state, share, format!("{left}{why}")]
    };
    table::print(&["PROJECT", "JOB", "PLUGIN", "STATE", "DONE", ""], &jobs.iter().map(row).collect::<Vec<_>>());
}

/// Runs each project once, one after another: 1 where one failed again.
async fn retry(client: &Client, jobs: &[Job]) -> Result<u8, Failure> {
    let mut projects: Vec<&str> = jobs.iter().map(|job| job.project.as_str()).collect();
    projects.dedup();
    let mut code = 0;
    for project in projects {
        let start = runs::Start {
            project: project.to_owned(),
            repeat: false,
            yes: false,
            edit: Edit::default(),
            refresh: Vec::new(),
            budget: None,
        };
        let started = client.call(start).await?;
        let report = client.call(runs::Wait { run: started.run }).await?;
        match report.outcome {
            Some(RunOutcome::Done { .. }) => note(format_args!("{project}: done")),
            Some(RunOutcome::Failed { error }) => {
                note(format_args!("{project}: failed again: {error}"));
                code = 1;
            }
            _ => note(format_args!("{project}: not finished: studio run {project}")),
        }
    }
    Ok(code)
}

impl State {
    fn of(self) -> NodeState {
        match self {
            Self::Waiting => NodeState::Waiting,
            Self::Ready => NodeState::Ready,
            Self::Running => NodeState::Running,
            Self::Review => NodeState::Review,
            Self::Failed => NodeState::Failed,
        }
    }
}
