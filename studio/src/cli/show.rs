//! `studio show`

use super::out::line;
use super::{fail::Failure, settings::Settings, table};
use crate::{
    engine::{
        ProjectDetail, Thumbnail,
        api::{lifecycle, projects},
    },
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// The project
    project: String,
}

#[derive(serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    detail: ProjectDetail,
    thumbnail: Option<Thumbnail>,
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let detail = client.call(projects::Get::whole(&args.project)).await?;
    let thumbnail = client.call(lifecycle::ThumbnailGet { project: detail.project.id.to_string() }).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&Shown { detail, thumbnail }).unwrap_or_default()));
    } else {
        for_people(&detail);
    }
    Ok(0)
}

fn for_people(detail: &ProjectDetail) {
    let project = &detail.project;
    line(format_args!("{} ({})", project.title, project.slug));
    line(format_args!("state    {}{}", detail.state.name(), if project.archived { ", archived" } else { "" }));
    line(format_args!("script   {}", project.script));
    if let Some(profile) = &project.profile {
        line(format_args!("profile  {profile}"));
    }
    if let Some(brand) = &project.brand {
        let newer = detail.newer_brand.map(|newer| format!(" (version {newer} is there)")).unwrap_or_default();
        line(format_args!("brand    {brand}{newer}"));
    }
    line(format_args!("exports  {}", detail.exports.display()));
    for (name, value) in &project.params {
        line(format_args!("param    {name} = {}", shortened(&value.to_string())));
    }
    let Some(run) = &detail.last_run else {
        line(format_args!("not run yet: studio run {}", project.slug));
        return;
    };
    line(format_args!("last run {} at {}", run.id, table::time(run.started_ms)));
    if let Some(error) = run.failure() {
        line(format_args!("failed   {error}"));
        if !error.help.is_empty() {
            line(format_args!("         {}", error.help));
        }
    }
    if !detail.spent.is_zero() || !detail.reserved.is_zero() {
        let held = if detail.reserved.is_zero() { String::new() } else { format!(", {} held back", detail.reserved) };
        line(format_args!("spent    {}{held}", detail.spent));
    }
    let row = |n: &crate::model::NodeChange| {
        let seconds = n.seconds.map(|s| format!("{s:.1} s")).unwrap_or_default();
        let why = n.error.as_ref().map(|e| shortened(&e.to_string())).unwrap_or_default();
        let cost = n.cost.map(|cost| cost.to_string()).unwrap_or_default();
        vec![n.slot.local().to_owned(), n.plugin.clone(), n.state.name().to_owned(), seconds, cost, why]
    };
    let rows: Vec<_> = detail.nodes.iter().map(row).collect();
    if !rows.is_empty() {
        line(format_args!(""));
        table::print(&["NODE", "PLUGIN", "STATE", "TOOK", "COST", ""], &rows);
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
