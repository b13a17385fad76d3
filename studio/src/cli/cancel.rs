//! `studio cancel`

use super::out::{line, note};
use super::{fail::Failure, settings::Settings};
use crate::{engine::api::runs, remote::Mode};

#[derive(clap::Args)]
pub struct Args {
    /// The project, or the id of its run
    target: String,
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let given_up = client.call(runs::Cancel { target: args.target.clone() }).await?;
    client.close().await?;
    let (project, runs) = (&given_up.project, given_up.cancelled.len());
    if runs == 0 && given_up.ended == 0 {
        return Err(Failure::new("not_running", format!("nothing of {project} is under way"), ""));
    }
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&given_up).unwrap_or_default()));
    } else if runs > 0 {
        note(format_args!("cancelled {runs} run(s) of {project}; what was finished is kept"));
    } else {
        note(format_args!("cancelled {} interrupted run(s) of {project}", given_up.ended));
    }
    Ok(0)
}
