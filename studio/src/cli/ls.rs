//! `studio ls`

use clap::ValueEnum;

use super::out::{line, note};
use super::{fail::Failure, settings::Settings, table};
use crate::{
    engine::{ProjectEntry, Query, Sort, api::projects},
    model::ProjectState,
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// Most projects to list
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Only those that come after this one: the `cursor` of the last one of the page before
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// In which order
    #[arg(long, value_enum, default_value_t = Order::Changed)]
    sort: Order,
    /// In the opposite order
    #[arg(long)]
    reverse: bool,
    /// Only those with these words in title or slug
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Only those that stand so; may be given several times, or separated by commas
    #[arg(long, value_name = "STATE", value_enum, value_delimiter = ',')]
    state: Vec<State>,
    /// Those that are archived, instead of the others
    #[arg(long, conflicts_with = "removed")]
    archived: bool,
    /// Those that were removed and can be restored, with the day until which, instead of the others
    #[arg(long, visible_alias = "trash")]
    removed: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Order {
    /// The latest changed first
    Changed,
    /// The latest made first
    Created,
    /// By title
    Title,
    /// Running, waiting, failed, interrupted, cancelled, new, done
    State,
}

#[derive(Clone, Copy)]
struct State(ProjectState);

impl ValueEnum for State {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [State; ProjectState::ALL.len()] = {
            let mut all = [State(ProjectState::New); ProjectState::ALL.len()];
            let mut n = 0;
            while n < all.len() {
                all[n] = State(ProjectState::ALL[n]);
                n += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.name()))
    }
}

impl Args {
    fn query(&self) -> Query {
        Query {
            limit: self.limit,
            after: self.after.clone(),
            sort: match self.sort {
                Order::Changed => Sort::Changed,
                Order::Created => Sort::Created,
                Order::Title => Sort::Title,
                Order::State => Sort::State,
            },
            reverse: self.reverse,
            filter: self.filter.clone().unwrap_or_default(),
            state: self.state.iter().map(|state| state.0).collect(),
            archived: self.archived,
            removed: self.removed,
        }
    }

    /// Does it leave nothing out that a person would call a project of theirs?
    fn is_plain(&self) -> bool {
        self.after.is_none() && self.filter.is_none() && self.state.is_empty() && !self.archived && !self.removed
    }
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let page = match args.limit {
        0 => Vec::new(),
        _ => client.call(projects::List(args.query())).await?,
    };
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&page).unwrap_or_default()));
    } else if page.is_empty() && args.is_plain() {
        note(format_args!(
            "there are no projects yet: `studio demo` makes a video, `studio new TITLE --text FILE` a project"
        ));
    } else if page.is_empty() {
        note(format_args!("no project is such a one"));
    } else {
        for_people(&page, args.removed);
        if let Some(last) = page.last().filter(|_| page.len() == args.limit) {
            note(format_args!("there may be more: --after {}", last.cursor));
        }
    }
    Ok(0)
}

fn for_people(page: &[ProjectEntry], removed: bool) {
    let row = |entry: &ProjectEntry| {
        let p = &entry.project;
        let script = p.script.rsplit('/').next().unwrap_or_default();
        let mut row = vec![
            p.slug.clone(),
            p.title.clone(),
            script.to_owned(),
            entry.state.name().to_owned(),
            table::time(p.updated_ms),
        ];
        if removed {
            row.push(entry.gone_ms.map_or_else(|| "for ever".into(), table::time));
        }
        row
    };
    let rows: Vec<_> = page.iter().map(row).collect();
    let head = ["PROJECT", "TITLE", "SCRIPT", "LAST RUN", "CHANGED", "KEPT UNTIL"];
    table::print(&head[..if removed { head.len() } else { head.len() - 1 }], &rows);
}
