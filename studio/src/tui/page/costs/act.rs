//! What is done on the page of costs: by what is counted, and what may be spent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CostsPage, Pane};
use crate::{
    engine::{
        Accounts, By, Span,
        api::costs::{BudgetGet, BudgetSet},
    },
    model::{Budget, Money},
    tui::{
        action::Action,
        desk::{Cx, Tone},
        overlay::{Field, FieldKind, Form},
        widget::{field::TextField, list::Cursor},
    },
};

/// The fields of a budget: their names, and what they hold for.
const FIELDS: [(&str, Span, &str); 3] = [
    ("in all", Span::Total, "what all runs of the project may cost together; empty: as much as it takes"),
    ("a month", Span::Month, "what the project may cost in a calendar month (UTC); empty: as much as it takes"),
    ("a run", Span::Run, "what each run may cost; empty: as much as it takes"),
];

impl CostsPage {
    pub(super) fn perform(&mut self, action: Action, cx: &mut Cx) -> bool {
        let (rows, latest) = (self.stats.as_ref().map_or(0, |stats| stats.rows.len()), self.latest.len());
        let (cursor, len) = match self.pane {
            Pane::Rows => (&mut self.row, rows),
            Pane::Latest => (&mut self.generation, latest),
        };
        match action {
            Action::Up => cursor.go(-1, len),
            Action::Down => cursor.go(1, len),
            Action::PageUp => cursor.go(-10, len),
            Action::PageDown => cursor.go(10, len),
            Action::First => cursor.to(0, len),
            Action::Last => cursor.to(usize::MAX, len),
            Action::NextPane | Action::PreviousPane => {
                self.pane = if self.pane == Pane::Rows { Pane::Latest } else { Pane::Rows };
            }
            Action::By => self.count_by_next(cx),
            Action::Everywhere => self.turn(cx),
            Action::Budget => budget(cx),
            _ => return false,
        }
        if self.pane == Pane::Latest {
            self.read_on(cx);
        }
        true
    }

    fn count_by_next(&mut self, cx: &mut Cx) {
        self.by = match self.by {
            By::Day => By::Month,
            By::Month => By::Service,
            By::Service => By::Project,
            By::Project => By::Model,
            By::Model => By::Kind,
            By::Kind => By::Day,
        };
        (self.stats, self.row) = (None, Cursor::default());
        self.anew(cx);
    }

    fn turn(&mut self, cx: &mut Cx) {
        if cx.model.open.is_none() {
            return cx.tell(Tone::Plain, "no project is open: the figures are of all");
        }
        self.here = !self.here;
        (self.stats, self.days) = (None, None);
        self.anew(cx);
    }

    /// Reads at once, or as soon as what is on its way is there.
    fn anew(&mut self, cx: &mut Cx) {
        self.counted = None;
        self.read(cx);
    }
}

/// Asks for the budgets of the project that is open, as they are now.
fn budget(cx: &mut Cx) {
    let Some(open) = &cx.model.open else {
        return cx.tell(Tone::Plain, "open a project first; what holds for all stands in config.toml, under [budget]");
    };
    let (project, title) = (open.project.id.to_string(), open.project.title.clone());
    cx.ask(BudgetGet { project: Some(project.clone()) }, move |app, reply| match reply {
        Ok(accounts) => {
            let fields = FIELDS.map(|(name, span, help)| Field {
                name: name.to_owned(),
                help: help.to_owned(),
                default: String::new(),
                required: false,
                kind: FieldKind::Line(TextField::line(&most(&accounts, span))),
            });
            let title = format!("what {title} may spend, in dollars");
            app.cx().push(Form::new(title, fields.into(), move |cx, values| set(cx, project, &values)));
        }
        Err(e) => app.tell_error(&e),
    });
}

/// What a project's account may hold now, as it is typed.
fn most(accounts: &Accounts, span: Span) -> String {
    let account = accounts.accounts.iter().find(|account| account.of == "project" && account.span == span);
    account.and_then(|account| account.most).map(|most| most.amount().to_string()).unwrap_or_default()
}

fn set(cx: &mut Cx, project: String, values: &BTreeMap<String, Value>) {
    let mut budget = Budget::default();
    let mut lift = Vec::new();
    for (name, span, _) in FIELDS {
        let Some(text) = values.get(name).and_then(Value::as_str) else {
            lift.push(span);
            continue;
        };
        let amount: Money = match text.trim().trim_start_matches('$').parse() {
            Ok(amount) => amount,
            Err(e) => return cx.tell(Tone::Error, format!("{name}: {e}")),
        };
        match span {
            Span::Total => budget.total = Some(amount),
            Span::Month => budget.month = Some(amount),
            Span::Run => budget.run = Some(amount),
        }
    }
    let total = budget.total;
    cx.ask(BudgetSet { project, budget, lift }, move |app, reply| match reply {
        Ok(accounts) => {
            let (pages, cx) = app.pages();
            pages.costs.accounts = Some(accounts);
            if let Some(open) = &mut cx.model.open {
                open.budget = total;
            }
            app.tell(Tone::Good, "the budget holds from now on, also for what runs");
        }
        Err(e) => app.tell_error(&e),
    });
}
