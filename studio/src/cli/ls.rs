//! `studio ls`

use super::out::{line, note};
use super::{fail::Failure, settings::Settings, table};
use crate::{
    engine::api::{projects, runs},
    model::{Run, RunOutcome},
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// Most projects to list
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let details = match args.limit {
        0 => Vec::new(),
        limit => client.call(projects::List { limit }).await?,
    };
    let under_way = client.call(runs::List {}).await?;
    client.close().await?;
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
            let runs = |r: &Run| if under_way.contains(r) { "running" } else { state(r.outcome.as_ref()) };
            let last = d.last_run.as_ref().map_or("new", runs);
            let p = &d.project;
            vec![p.slug.clone(), p.title.clone(), p.script.clone(), last.to_owned(), table::time(p.updated_ms)]
        };
        table::print(
            &["PROJECT", "TITLE", "SCRIPT", "LAST RUN", "CHANGED"],
            &details.iter().map(row).collect::<Vec<_>>(),
        );
    }
    Ok(0)
}
