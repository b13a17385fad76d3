//! `studio doctor`

use super::out::line;
use super::{fail::Failure, settings::Settings, table};
use crate::{
    engine::{Health, api},
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {}

pub async fn run(settings: &Settings, _args: &Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let checks = client.call(api::Doctor {}).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&checks).unwrap_or_default()));
    } else {
        let mark = |health: Health| match health {
            Health::Ok => "✓ ok",
            Health::Warn => "! could be better",
            Health::Bad => "✗ missing",
        };
        let rows: Vec<_> =
            checks.iter().map(|c| vec![c.name.clone(), mark(c.health).to_owned(), c.found.clone()]).collect();
        table::print(&["", "", "FOUND"], &rows);
        for check in checks.iter().filter(|c| !c.mend.is_empty()) {
            line(format_args!("\n{}: {}", check.name, check.mend));
        }
    }
    Ok(u8::from(checks.iter().any(|c| c.health == Health::Bad)))
}
