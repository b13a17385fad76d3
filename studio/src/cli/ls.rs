//! `studio ls`

use super::out::{line, note};
use super::{fail::Failure, settings::Settings, table};
use crate::model::RunOutcome;

#[derive(clap::Args)]
pub struct Args {
    /// Most projects to list
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    let engine = settings.engine().await?;
    let mut details = Vec::new();
    for project in engine.projects()?.into_iter().take(args.limit) {
        details.push(engine.detail(project)?);
    }
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&details).unwrap_or_default()));
    } else if details.is_empty() {
        note(format_args!(
            "there are no projects yet: `studio demo` makes a video, `studio new TITLE --text FILE` a project"
        ));
    } else {
        let state = |outcome: Option<&RunOutcome>| match outcome {
            Some(RunOutcome::Done { .. }) => "done",
            Some(RunOutcome::Failed { .. }) => "failed",
            Some(RunOutcome::Cancelled) => "cancelled",
            Some(RunOutcome::Waiting) => "waiting",
            None => "interrupted",
        };
        let row = |d: &crate::engine::ProjectDetail| {
            let last = d.last_run.as_ref().map_or("new", |r| state(r.outcome.as_ref()));
            let p = &d.project;
            vec![p.slug.clone(), p.title.clone(), p.script.clone(), last.to_owned(), table::time(p.updated_ms)]
        };
        table::print(
            &["PROJECT", "TITLE", "SCRIPT", "LAST RUN", "CHANGED"],
            &details.iter().map(row).collect::<Vec<_>>(),
        );
    }
    engine.close().await?;
    Ok(0)
}
