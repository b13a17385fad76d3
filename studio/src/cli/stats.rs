//! `studio stats`

use super::out::{line, note};
use clap::ValueEnum;

use super::{fail::Failure, params::named, settings::Settings, table};
use crate::{
    engine::{
        By, Row, Stats,
        api::costs::{self, Generations},
    },
    model::{Generation, GenerationId, GenerationState, Money},
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// Of this project alone
    #[arg(long)]
    project: Option<String>,
    /// From this day on, in UTC: 2026-11-01
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Up to the day before this one, in UTC
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// By what rows are made
    #[arg(long, value_name = "day|month|service|project|model|kind", default_value = "day", value_parser = named::<By>)]
    by: By,
    /// How it is printed
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// List what was asked of services, the latest first
    #[arg(long, conflicts_with = "by")]
    calls: bool,
    /// Of those, the ones before this id: the last of the page before
    #[arg(long, value_name = "ID", requires = "calls")]
    before: Option<String>,
    /// Of those, at most so many
    #[arg(long, value_name = "N", requires = "calls", default_value_t = 50)]
    limit: usize,
    /// Show one of them, with what was asked and what came of it
    #[arg(long, value_name = "ID", conflicts_with_all = ["calls", "by"])]
    call: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let otherwise = if settings.json { Format::Json } else { Format::Table };
    let format = args.format.unwrap_or(otherwise);
    let client = settings.client(Mode::Own).await?;
    let Args { project, since, until, by, calls, before, limit, call, .. } = args;
    let shown = if let Some(id) = call {
        let detail = client.call(costs::GenerationGet { id: GenerationId::new(id) }).await;
        detail.map(|detail| line(format_args!("{}", serde_json::to_string_pretty(&detail).unwrap_or_default())))
    } else if calls {
        let before = before.map(GenerationId::new);
        let list = costs::GenerationList { project, since, until, state: None, before, limit };
        client.call(list).await.map(|page| print_calls(&page, format))
    } else {
        client.call(costs::StatsGet { project, since, until, by }).await.map(|stats| print_stats(&stats, format))
    };
    client.close().await?;
    shown?;
    Ok(0)
}

/// A heading, and what of a row stands under it.
type Column<T> = (&'static str, fn(&T) -> String);

/// The columns of rows of figures; the first is named by what the rows are made of.
const FIGURES: [Column<Row>; 20] = [
    ("asked", |r| r.asked.to_string()),
    ("done", |r| r.done.to_string()),
    ("failed", |r| r.failed.to_string()),
    ("possibly_billed", |r| r.possibly_billed.to_string()),
    ("success", |r| r.success.map(|s| format!("{s:.4}")).unwrap_or_default()),
    ("seconds", |r| r.seconds.map(|s| format!("{s:.3}")).unwrap_or_default()),
    ("calls", |r| r.calls.to_string()),
    ("tokens_in", |r| r.usage.tokens_in.to_string()),
    ("tokens_cached", |r| r.usage.tokens_cached.to_string()),
    ("tokens_out", |r| r.usage.tokens_out.to_string()),
    ("characters", |r| r.usage.characters.to_string()),
    ("images", |r| r.usage.images.to_string()),
    ("media_seconds", |r| format!("{:.3}", r.usage.media_seconds)),
    ("gpu_seconds", |r| format!("{:.3}", r.usage.gpu_seconds)),
    ("cost_usd", |r| plain(r.cost)),
    ("reserved_usd", |r| plain(r.reserved)),
    ("unpriced", |r| r.unpriced.to_string()),
    ("films", |r| r.films.to_string()),
    ("cost_a_film_usd", |r| r.cost_a_film.map(plain).unwrap_or_default()),
    ("at_most_usd", |r| plain(r.bound)),
];

const CALLS: [Column<Generation>; 18] = [
    ("id", |g| g.id.to_string()),
    ("at", |g| moment(g.started_ms)),
    ("place", |g| g.slot.name().to_owned()),
    ("kind", |g| g.role.name().to_owned()),
    ("plugin", |g| g.plugin.clone()),
    ("service", |g| g.service.clone()),
    ("model", |g| g.model.clone()),
    ("state", |g| g.state.name().to_owned()),
    ("error", |g| g.error.clone().unwrap_or_default()),
    ("seconds", |g| g.seconds.map(|s| format!("{s:.3}")).unwrap_or_default()),
    ("calls", |g| g.sent().to_string()),
    ("tokens_in", |g| g.usage.as_ref().map_or(0, |u| u.tokens_in + u.tokens_cached).to_string()),
    ("tokens_out", |g| g.usage.as_ref().map_or(0, |u| u.tokens_out).to_string()),
    ("characters", |g| g.usage.as_ref().map_or(0, |u| u.characters).to_string()),
    ("images", |g| g.usage.as_ref().map_or(0, |u| u.images).to_string()),
    ("cost_usd", |g| g.cost.map(plain).unwrap_or_default()),
    ("reserved_usd", |g| plain(g.reserved())),
    ("at_most_usd", |g| plain(g.bound)),
];

fn print_stats(stats: &Stats, format: Format) {
    match format {
        Format::Json => line(format_args!("{}", serde_json::to_string(stats).unwrap_or_default())),
        Format::Csv => {
            let by =
                serde_json::to_value(stats.by).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            csv_line([by].into_iter().chain(FIGURES.iter().map(|(name, _)| (*name).to_owned())));
            for row in &stats.rows {
                csv_line([row.name.clone()].into_iter().chain(FIGURES.iter().map(|(_, of)| of(row))));
            }
        }
        Format::Table => for_people(stats),
    }
}

fn for_people(stats: &Stats) {
    if stats.rows.is_empty() {
        note(format_args!("nothing was made yet"));
        return;
    }
    let cells = |row: &Row, name: &str| {
        let tokens = row.usage.tokens_in + row.usage.tokens_cached + row.usage.tokens_out;
        let some = |n: u64| if n == 0 { String::new() } else { n.to_string() };
        vec![
            name.to_owned(),
            row.asked.to_string(),
            row.success.map(|s| format!("{:.0} %", s * 100.0)).unwrap_or_default(),
            row.seconds.map(|s| format!("{s:.1} s")).unwrap_or_default(),
            some(row.calls),
            some(tokens),
            some(row.usage.characters),
            some(row.usage.images),
            money(row.cost),
            money(row.reserved),
            some(row.films),
            row.cost_a_film.map(money).unwrap_or_default(),
        ]
    };
    let mut rows: Vec<_> = stats.rows.iter().map(|row| cells(row, &row.name)).collect();
    rows.push(cells(&stats.total, "together"));
    let headings = [
        "",
        "ASKED",
        "DONE",
        "TIME",
        "CALLS",
        "TOKENS",
        "CHARACTERS",
        "PICTURES",
        "COST",
        "HELD BACK",
        "FILMS",
        "A FILM",
    ];
    table::print(&headings, &rows);
    if !stats.total.bound.is_zero() {
        let bound = stats.total.bound;
        note(format_args!("{bound} of the cost is an upper bound: nobody told what those calls used"));
    }
    if stats.total.possibly_billed > 0 {
        note(format_args!("{} possibly billed: studio stats --calls shows them", stats.total.possibly_billed));
    }
    if stats.total.unpriced > 0 {
        note(format_args!(
            "{} without a known price, not in the cost: give it one in config.toml",
            stats.total.unpriced
        ));
    }
}

fn print_calls(page: &Generations, format: Format) {
    match format {
        Format::Json => line(format_args!("{}", serde_json::to_string(page).unwrap_or_default())),
        Format::Csv => {
            csv_line(CALLS.iter().map(|(name, _)| (*name).to_owned()));
            page.generations.iter().for_each(|g| csv_line(CALLS.iter().map(|(_, of)| of(g))));
        }
        Format::Table => {
            let row = |g: &Generation| {
                let tokens = g.usage.as_ref().map_or(0, |u| u.tokens_in + u.tokens_cached + u.tokens_out);
                let state = match g.state {
                    GenerationState::PossiblyBilled => "possibly billed".to_owned(),
                    state => state.name().to_owned(),
                };
                vec![
                    g.id.to_string(),
                    table::time(g.started_ms),
                    g.role.name().to_owned(),
                    g.service.clone(),
                    g.model.clone(),
                    state,
                    g.seconds.map(|s| format!("{s:.1} s")).unwrap_or_default(),
                    if tokens == 0 { String::new() } else { tokens.to_string() },
                    cost_of(g),
                    money(g.reserved()),
                    g.slot.name().to_owned(),
                ]
            };
            let rows: Vec<_> = page.generations.iter().map(row).collect();
            table::print(
                &["ID", "AT", "KIND", "SERVICE", "MODEL", "STATE", "TOOK", "TOKENS", "COST", "HELD BACK", "PLACE"],
                &rows,
            );
            if let Some(last) = page.generations.last().filter(|_| page.more) {
                note(format_args!("and more: studio stats --calls --before {}", last.id));
            }
        }
    }
}

/// What a generation cost, for people.
fn cost_of(g: &Generation) -> String {
    let at_most = if g.bound.is_zero() { "" } else { "at most " };
    g.cost.map(|cost| format!("{at_most}{cost}")).unwrap_or_default()
}

fn money(amount: Money) -> String {
    if amount.is_zero() { String::new() } else { amount.to_string() }
}

fn plain(amount: Money) -> String {
    amount.amount().to_string()
}

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

/// A line of CSV as RFC 4180 has it.
fn csv_line(cells: impl Iterator<Item = String>) {
    let quoted = |cell: String| {
        let plain = !cell.contains(['"', ',', '\n', '\r']);
        if plain { cell } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
    };
    line(format_args!("{}", cells.map(quoted).collect::<Vec<_>>().join(",")));
}
