//! `studio retry`

use super::{
    fail::Failure,
    out::note,
    run::{How, go},
    settings::Settings,
};
use crate::{
    engine::{
        Edit,
        api::{projects, runs},
    },
    model::Money,
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// The project, or the id of one of its runs
    target: String,
    /// Only this node, as `studio show` names it: scene-1/tts
    node: Option<String>,
    /// Send requests again that may have been billed already
    #[arg(long)]
    repeat: bool,
    /// The most that may be spent, in US dollars: 2.50
    #[arg(long, value_name = "USD")]
    budget: Option<Money>,
    #[command(flatten)]
    how: How,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Serve).await?;
    if let Some(place) = args.node {
        let retry = runs::RetryNode { project: args.target.clone(), place: place.clone(), repeat: args.repeat };
        let done = client.call(retry).await;
        client.close().await?;
        done?;
        if !args.how.quiet {
            note(format_args!("{place} is made; studio run {} goes on with the rest", args.target));
        }
        return Ok(0);
    }
    // In the same way as the last one: what was said for that one time alone, `--repeat`, is said again or not.
    let last = client.call(projects::Get { limit: 1, ..projects::Get::whole(args.target.clone()) }).await?.last_run;
    let (yes, refresh) = last.map(|run| (run.unattended, run.refresh.names())).unwrap_or_default();
    let (project, repeat, budget) = (args.target, args.repeat, args.budget);
    let start = runs::Start { project, repeat, yes, refresh, budget, edit: Edit::default() };
    go(settings, client, start, &args.how).await
}
