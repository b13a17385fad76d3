//! `studio retry`

use super::{
    fail::Failure,
    run::{How, go},
    settings::Settings,
};
use crate::{
    engine::{Edit, api::runs},
    remote::Mode,
};

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
    let client = settings.client(Mode::Serve).await?;
    let start = runs::Start { project: args.target, repeat: args.repeat, yes: false, edit: Edit::default() };
    go(settings, client, start, &args.how).await
}
