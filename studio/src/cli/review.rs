//! `studio review`

use std::path::PathBuf;

use serde_json::Value;

use super::{
    editor,
    fail::Failure,
    out::{line, note},
    settings::Settings,
    table,
};
use crate::{
    engine::{
        Editable, Place, Verb,
        api::{projects, review, runs},
    },
    model::{Approval, Digest},
    remote::{Client, Mode},
};

#[derive(clap::Args)]
pub struct Args {
    /// The project
    project: String,
    /// The node, as `studio show` names it: scene-1/image
    node: Option<String>,
    #[command(flatten)]
    verb: VerbArgs,
    /// Decide only if what is there is still this, as `studio review PROJECT NODE` showed it
    #[arg(long, value_name = "DIGEST", requires = "node")]
    digest: Option<Digest>,
}

#[derive(clap::Args)]
#[group(multiple = false)]
#[allow(clippy::option_option, reason = "absent, without a file, with one: as clap gives it")]
struct VerbArgs {
    /// What is there is good; without a node: all that waits
    #[arg(long)]
    approve: bool,
    /// Make another take, with a note on what should be different
    #[arg(long, value_name = "NOTE", requires = "node")]
    regenerate: Option<String>,
    /// Use an earlier take
    #[arg(long, value_name = "N", requires = "node")]
    take: Option<u32>,
    /// Edit the result by hand: in $EDITOR, or with a file in its place (.json, .txt, .wav, a picture)
    #[arg(long, value_name = "FILE", requires = "node", num_args = 0..=1)]
    edit: Option<Option<PathBuf>>,
    /// Do not use what was made by hand any more
    #[arg(long, requires = "node")]
    drop_edit: bool,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let done = go(settings, &client, args).await;
    client.close().await?;
    done
}

async fn go(settings: &Settings, client: &Client, args: Args) -> Result<u8, Failure> {
    let Args { project, node, verb, digest } = args;
    let decided = match &node {
        None if verb.approve => approve_all(client, &project).await?,
        None => {
            list(settings, &client.call(review::List { project }).await?);
            return Ok(0);
        }
        Some(node) => match verb_of(client, &project, node, verb).await? {
            Some((verb, seen)) => vec![decide(client, &project, node, verb, digest.or(seen)).await?],
            None => {
                show(settings, &client.call(review::Get { project, place: node.clone() }).await?);
                return Ok(0);
            }
        },
    };
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&decided).unwrap_or_default()));
    } else {
        decided.iter().for_each(|place| note(format_args!("{}: {}", place.slot, standing(place))));
    }
    go_on(settings, client, &project).await?;
    Ok(0)
}

async fn decide(
    client: &Client,
    project: &str,
    place: &str,
    decision: Verb,
    digest: Option<Digest>,
) -> Result<Place, Failure> {
    let decide = review::Decide { project: project.to_owned(), place: place.to_owned(), decision, digest };
    Ok(client.call(decide).await?)
}

async fn approve_all(client: &Client, project: &str) -> Result<Vec<Place>, Failure> {
    let mut decided = Vec::new();
    for place in client.call(review::List { project: project.to_owned() }).await? {
        if place.waits {
            // What was listed, not what may have been made anew since.
            decided.push(decide(client, project, &place.slot, Verb::Approve, Some(place.digest)).await?);
        }
    }
    Ok(decided)
}

/// What the options ask for, with the digest of what the person was shown for it; none: nothing, it is to be shown.
async fn verb_of(
    client: &Client,
    project: &str,
    node: &str,
    args: VerbArgs,
) -> Result<Option<(Verb, Option<Digest>)>, Failure> {
    let VerbArgs { approve, regenerate, take, edit, drop_edit } = args;
    let mut seen = None;
    let verb = match (regenerate, take, edit) {
        (Some(note), ..) => Some(Verb::Regenerate { note }),
        (_, Some(take), _) => Some(Verb::Choose { take }),
        (.., Some(Some(path))) => Some(Verb::EditFile { path: std::path::absolute(path)? }),
        (.., Some(None)) => {
            let place = client.call(review::Get { project: project.to_owned(), place: node.to_owned() }).await?;
            seen = Some(place.digest);
            Some(Verb::Edit { response: edited(&place.response)? })
        }
        _ if approve => Some(Verb::Approve),
        _ if drop_edit => Some(Verb::DropEdit),
        _ => None,
    };
    Ok(verb.map(|verb| (verb, seen)))
}

/// A result after the person has edited it: its text where it is little else, else all of it as JSON.
fn edited(response: &Value) -> Result<Value, Failure> {
    let (how, before) = Editable::of(response);
    let after = editor::edited(&before, &format!(".{}", how.kind()))?;
    how.edited(response, &after).map_err(|why| Failure::usage("edit", why))
}

/// A run that waited goes on where somebody has the store for long; else the person is told how.
async fn go_on(settings: &Settings, client: &Client, project: &str) -> Result<(), Failure> {
    let detail = client.call(projects::Get::whole(project)).await?;
    let Some(run) = detail.last_run.filter(|run| run.outcome.is_none()) else { return Ok(()) };
    if client.owner().await.is_some() {
        client.call(runs::Resume { run: Some(run.id) }).await?;
    } else if !settings.json {
        note(format_args!("go on with it: studio run {}", detail.project.slug));
    }
    Ok(())
}

fn list(settings: &Settings, places: &[Place]) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(places).unwrap_or_default()));
    } else if places.is_empty() {
        note(format_args!("nothing waits for a review"));
    } else {
        let row = |p: &Place| {
            let take = p.takes.iter().find(|take| take.current).map_or(1, |take| take.take);
            vec![p.slot.clone(), p.label.clone(), format!("{take} of {}", p.takes.len()), standing(p).to_owned()]
        };
        table::print(&["NODE", "WHAT", "TAKE", ""], &places.iter().map(row).collect::<Vec<_>>());
    }
}

fn show(settings: &Settings, place: &Place) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(place).unwrap_or_default()));
        return;
    }
    line(format_args!("{} ({}): {}", place.slot, place.role, standing(place)));
    line(format_args!("digest {}", place.digest));
    for take in &place.takes {
        let (mark, note) = (if take.current { "*" } else { " " }, take.note.as_str());
        line(format_args!("{mark} take {}  {}  {}  {note}", take.take, take.plugin, table::time(take.at_ms)));
    }
    line(format_args!("{}", serde_json::to_string_pretty(&place.response).unwrap_or_default()));
}

/// Where a place stands, in words.
fn standing(place: &Place) -> &'static str {
    match (place.stale_edit, place.by_hand, place.approval) {
        (true, ..) => "made by hand for an older result: not used",
        (_, true, Approval::Approved) => "made by hand, approved",
        (_, true, _) => "made by hand, not approved",
        _ if place.takes_pending => "another take is to be made",
        (_, _, Approval::Approved) => "approved",
        (_, _, Approval::Stale) => "changed since it was approved",
        (_, _, Approval::Open) if place.waits => "waits for you",
        (_, _, Approval::Open) => "not approved",
    }
}
