//! What was spent, against what may be: this month and in all, by day, service, project, model and kind; and the
//! latest that was asked of services.

mod act;
mod draw;
mod table;

use std::time::{Duration, Instant};

use ratatui::layout::Rect;

use super::Page;
use crate::{
    engine::{
        Accounts, By, Stats,
        api::costs::{BudgetGet, GenerationList, StatsGet},
    },
    model::{Generation, day_of},
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::Model,
        widget::list::Cursor,
    },
};

/// So many generations are asked for at once.
const PAGE: usize = 100;
/// So many days are drawn.
const DAYS: i64 = 30;
/// Figures are read again after this at the earliest: they take going through all that was ever made.
const PAUSE: Duration = Duration::from_secs(2);

/// A part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pane {
    /// The figures, row by row.
    #[default]
    Rows,
    /// The latest that was asked of services.
    Latest,
}

/// What was spent.
#[derive(Default)]
pub struct CostsPage {
    pane: Pane,
    by: By,
    /// Only the project that is open.
    here: bool,
    accounts: Option<Accounts>,
    /// By day, of the last days.
    days: Option<Stats>,
    /// By what was chosen, of all time.
    stats: Option<Stats>,
    latest: Vec<Generation>,
    /// There are earlier ones.
    more: bool,
    row: Cursor,
    generation: Cursor,
    /// Answers that are on their way.
    asking: u8,
    /// Up to what the figures count, by the model's own count.
    counted: Option<u64>,
    read_at: Option<Instant>,
}

impl Page for CostsPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        self.perform(action, cx)
    }

    fn shown(&mut self, cx: &mut Cx) {
        self.counted = None;
        self.read(cx);
    }

    fn opened(&mut self, _cx: &mut Cx) {
        self.counted = None;
    }

    fn click(&mut self, hit: Hit, _again: bool, _cx: &mut Cx) {
        match hit {
            Hit::Select { pane: 0, item } => {
                self.pane = Pane::Rows;
                self.row.to(item, usize::MAX);
            }
            Hit::Select { item, .. } => {
                self.pane = Pane::Latest;
                self.generation.to(item, self.latest.len());
            }
            Hit::Do(_) | Hit::Seek(_) => (),
        }
    }

    fn tick(&mut self, cx: &mut Cx) {
        let early = self.read_at.is_some_and(|at| at.elapsed() < PAUSE);
        if self.counted.is_none() || (self.counted != Some(cx.model.paid) && !early) {
            self.read(cx);
        }
    }

    fn wakes(&self, model: &Model) -> Option<u64> {
        (self.counted != Some(model.paid)).then_some(2_000)
    }

    fn hints(&self, model: &Model) -> Vec<(Action, &'static str)> {
        let mut hints = vec![(Action::By, "count by")];
        if model.open.is_some() {
            hints.push((Action::Budget, "budget"));
            hints.push((Action::Everywhere, if self.here { "all projects" } else { "this project" }));
        }
        hints
    }
}

impl CostsPage {
    /// Of which project figures are; none: of all.
    fn project(&self, model: &Model) -> Option<String> {
        model.open.as_ref().filter(|_| self.here).map(|open| open.project.id.to_string())
    }

    /// Reads everything anew, unless that is on its way.
    fn read(&mut self, cx: &mut Cx) {
        if self.asking > 0 || cx.desk.client().is_none() {
            return;
        }
        (self.counted, self.read_at) = (Some(cx.model.paid), Some(Instant::now()));
        self.asking = 4;
        let project = self.project(cx.model);
        let of_open = cx.model.open.as_ref().map(|open| open.project.id.to_string());
        cx.ask(BudgetGet { project: of_open }, |app, reply| {
            let page = &mut app.pages().0.costs;
            page.asking -= 1;
            match reply {
                Ok(accounts) => page.accounts = Some(accounts),
                Err(e) => app.tell_error(&e),
            }
        });
        let since = first_day().map(|day| day.to_string());
        let days = StatsGet { project: project.clone(), since, by: By::Day, ..StatsGet::default() };
        cx.ask(days, |app, reply| {
            let page = &mut app.pages().0.costs;
            page.asking -= 1;
            match reply {
                Ok(days) => page.days = Some(days),
                Err(e) => app.tell_error(&e),
            }
        });
        cx.ask(StatsGet { project: project.clone(), by: self.by, ..StatsGet::default() }, |app, reply| {
            let page = &mut app.pages().0.costs;
            page.asking -= 1;
            match reply {
                Ok(stats) => page.stats = Some(stats),
                Err(e) => app.tell_error(&e),
            }
        });
        cx.ask(GenerationList { project, limit: PAGE, ..GenerationList::default() }, |app, reply| {
            let page = &mut app.pages().0.costs;
            page.asking -= 1;
            match reply {
                Ok(found) => (page.latest, page.more) = (found.generations, found.more),
                Err(e) => app.tell_error(&e),
            }
        });
    }

    /// Asks for earlier generations where the end of those that are known is near.
    fn read_on(&mut self, cx: &mut Cx) {
        let near = self.generation.at + 10 >= self.latest.len();
        if !self.more || !near || self.asking > 0 {
            return;
        }
        self.asking = 1;
        let (project, before) = (self.project(cx.model), self.latest.last().map(|last| last.id.clone()));
        cx.ask(GenerationList { project, before, limit: PAGE, ..GenerationList::default() }, |app, reply| {
            let page = &mut app.pages().0.costs;
            page.asking -= 1;
            match reply {
                Ok(found) => {
                    page.latest.extend(found.generations);
                    page.more = found.more;
                }
                Err(e) => app.tell_error(&e),
            }
        });
    }
}

/// The first of the days that are drawn.
fn first_day() -> Option<jiff::civil::Date> {
    let today = day_of(jiff::Timestamp::now().as_millisecond());
    today.checked_sub(jiff::Span::new().days(DAYS - 1)).ok()
}
