//! `studio profiles`

use super::{fail::Failure, out::line, settings::Settings, table};
use crate::{engine::api::projects, remote::Mode};

#[derive(clap::Args)]
pub struct Args {}

pub async fn run(settings: &Settings, _args: &Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let profiles = client.call(projects::Profiles {}).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&profiles).unwrap_or_default()));
        return Ok(0);
    }
    let rows: Vec<_> = profiles.into_iter().map(|(name, profile)| vec![name, profile.help]).collect();
    table::print(&["PROFILE", "WHEN"], &rows);
    Ok(0)
}
