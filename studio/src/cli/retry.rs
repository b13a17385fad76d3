//! `studio retry`

use super::{
    fail::Failure,
    run::{How, go},
    settings::Settings,
};
use crate::engine::RunOptions;

#[derive(clap::Args)]
pub struct Args {
    /// The project, or the id of one of its runs
    target: String,
    /// Send requests again that may have been billed already
    #[arg(long)]
    repeat: bool,
    #[command(flatten)]
    how: How,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let engine = settings.engine().await?;
    let project = engine.project_of_run(&args.target)?;
    let code = go(settings, &engine, &project, RunOptions { repeat: args.repeat, ..RunOptions::default() }, &args.how).await;
    engine.close().await?;
    code
}
