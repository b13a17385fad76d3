//! Budgets as bars, days as columns, figures as a table, the latest generations below.

use std::collections::BTreeMap;

use jiff::civil::Date;
use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{CostsPage, DAYS, Pane, table};
use crate::{
    engine::{AccountView, By, Row},
    model::{GenerationState, Money, day_of},
    tui::{
        canvas::{Canvas, Hit},
        model::Model,
        theme::Role,
        widget::{bar, text},
    },
};

/// From this width on, budgets and days stand side by side.
const WIDE: u16 = 72;
/// Below this height there is room for the pane that has the keys alone.
const LEAST_HEIGHT: u16 = 10;
/// Below this width figures stand closer.
const NARROW: u16 = 50;

impl CostsPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let head = Rect { height: 1.min(area.height), ..area };
        self.head(canvas, head, model);
        let body = Rect { y: area.y + head.height, height: area.height - head.height, ..area };
        let accounts = self.accounts.as_ref().map_or(0, |accounts| accounts.accounts.len());
        let wanted = u16::try_from(accounts).unwrap_or(u16::MAX).saturating_add(2).clamp(5, 10);
        let top = wanted.min(body.height / 3);
        let upper = Rect { height: top, ..body };
        if upper.width >= WIDE {
            let width = upper.width / 2;
            self.budgets(canvas, Rect { width, ..upper });
            self.days(canvas, Rect { x: upper.x + width, width: upper.width - width, ..upper });
        } else {
            self.budgets(canvas, upper);
        }
        let rest = Rect { y: upper.bottom(), height: body.height - top, ..body };
        if rest.height < LEAST_HEIGHT {
            return if self.pane == Pane::Rows { self.rows(canvas, rest) } else { self.latest(canvas, rest) };
        }
        let rows = Rect { height: rest.height.div_ceil(2), ..rest };
        self.rows(canvas, rows);
        self.latest(canvas, Rect { y: rows.bottom(), height: rest.height - rows.height, ..rest });
    }

    fn head(&self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let of = match &model.open {
            Some(open) if self.here => open.project.title.clone(),
            _ => "all projects".to_owned(),
        };
        let of = text::fit(&of, area.width / 2, canvas.look.glyphs.cut);
        let mut spans = vec![Span::styled(format!(" {of}  "), canvas.style(Role::Title))];
        if let Some(stats) = &self.stats {
            let total = &stats.total;
            let cost = table::money(total.cost);
            let room = area.width.saturating_sub(text::width(&spans[0].content) + text::width(&cost));
            spans.push(Span::styled(cost, canvas.style(Role::Cost)));
            let mut facts = vec![" in all".to_owned(), format!("{} made", total.done)];
            facts.extend(total.success.map(|share| format!("{} success", table::percent(share))));
            facts.extend(total.seconds.map(|seconds| format!("{} on average", text::seconds(seconds))));
            facts.extend(total.cost_a_film.map(|cost| format!("{} a film", table::money(cost))));
            facts.extend((total.unpriced > 0).then(|| format!("{} without a price", total.unpriced)));
            facts.extend((!total.reserved.is_zero()).then(|| format!("{} held back", table::money(total.reserved))));
            let dot = canvas.look.glyphs.dot;
            let facts = text::facts_within(&facts, &format!(" {dot} "), room);
            spans.push(Span::styled(facts, canvas.style(Role::Dim)));
        }
        canvas.line(area, Line::from(spans));
    }

    fn budgets(&self, canvas: &mut Canvas, area: Rect) {
        let month = self.accounts.as_ref().map_or("", |accounts| &accounts.month);
        let inner = canvas.pane(area, &format!("budgets {month}"), false);
        let accounts = self.accounts.as_ref().map(|accounts| &accounts.accounts[..]).unwrap_or_default();
        let name = |account: &AccountView| table::account(&account.of, &account.name, account.span);
        let names = accounts.iter().map(|account| text::width(&name(account))).max().unwrap_or(0).min(inner.width / 2);
        for (y, account) in (inner.y..inner.bottom()).zip(accounts) {
            account_line(canvas, Rect { y, height: 1, ..inner }, account, names);
        }
    }

    fn days(&self, canvas: &mut Canvas, area: Rect) {
        let inner = canvas.pane(area, &format!("the last {DAYS} days"), false);
        let Some(stats) = self.days.as_ref().filter(|_| inner.height > 0) else { return };
        let today = day_of(canvas.look.now_ms);
        let days = last_days(&stats.rows, today);
        let each = usize::from((inner.width / DAYS as u16).max(1));
        let room = usize::from(inner.width) / each;
        let seen = &days[days.len().saturating_sub(room)..];
        let values: Vec<f64> = seen.iter().flat_map(|(_, cost)| vec![table::dollars(*cost); each]).collect();
        let rows = inner.height.saturating_sub(1).max(1);
        for (n, line) in bar::columns(&values, rows, canvas.look.glyphs.steps).into_iter().enumerate() {
            let row = Rect { y: inner.y + n as u16, height: 1, ..inner };
            canvas.words(row, &line, Role::Bar);
        }
        let most = seen.iter().max_by_key(|(_, cost)| *cost);
        let said = match most.filter(|(_, cost)| !cost.is_zero()) {
            Some((day, cost)) => {
                format!("{} in all, most {} on {day}", table::money(stats.total.cost), table::money(*cost))
            }
            None => "nothing was spent in these days".to_owned(),
        };
        if inner.height > 1 {
            canvas.words(Rect { y: inner.bottom() - 1, height: 1, ..inner }, &said, Role::Dim);
        }
    }

    fn rows(&mut self, canvas: &mut Canvas, area: Rect) {
        let by = match self.by {
            By::Day => "day",
            By::Month => "month",
            By::Service => "service",
            By::Project => "project",
            By::Model => "model",
            By::Kind => "kind",
        };
        let inner = canvas.pane(area, &format!("by {by}"), self.pane == Pane::Rows);
        let Some(stats) = &self.stats else { return };
        if stats.rows.is_empty() {
            return canvas.words(inner, "nothing was asked of a service yet", Role::Dim);
        }
        let columns = table::columns(inner.width);
        let most = stats.rows.iter().map(|row| row.cost).max().unwrap_or_default();
        let heading = Rect { height: 1.min(inner.height), ..inner };
        table_line(canvas, heading, by, columns, Role::Dim, |name| name.to_owned());
        let body = Rect { y: inner.y + heading.height, height: inner.height - heading.height, ..inner };
        // The latest day is what one looks for first.
        let last_first = matches!(self.by, By::Day | By::Month);
        let seen = self.row.seen(stats.rows.len(), usize::from(body.height));
        for (y, n) in (body.y..body.bottom()).zip(seen) {
            let row = &stats.rows[if last_first { stats.rows.len() - 1 - n } else { n }];
            let line = Rect { y, height: 1, ..body };
            let name = if row.name.is_empty() { "not named" } else { &row.name };
            table_line(canvas, line, name, columns, Role::Text, |column| table::cell(row, column));
            share_bar(canvas, line, columns, row.cost.share_of(most).unwrap_or_default());
            if n == self.row.at && self.pane == Pane::Rows {
                canvas.select(line);
            }
            canvas.hit(line, Hit::Select { pane: 0, item: n });
        }
    }

    fn latest(&mut self, canvas: &mut Canvas, area: Rect) {
        let inner = canvas.pane(area, "asked of services, the latest first (UTC)", self.pane == Pane::Latest);
        if self.latest.is_empty() {
            return canvas.words(inner, "nothing was asked of a service yet", Role::Dim);
        }
        let seen = self.generation.seen(self.latest.len(), usize::from(inner.height));
        let states = self.latest[seen.clone()].iter().map(|one| text::width(&table::state(one))).max().unwrap_or(0);
        let states = usize::from(states.min(inner.width / 4));
        for (y, n) in (inner.y..inner.bottom()).zip(seen) {
            let generation = &self.latest[n];
            let row = Rect { y, height: 1, ..inner };
            let role = match generation.state {
                GenerationState::Done => Role::Good,
                GenerationState::Running => Role::Running,
                GenerationState::Failed => Role::Error,
                GenerationState::Stopped => Role::Waiting,
                GenerationState::PossiblyBilled => Role::Warning,
            };
            let cost = table::cost(generation);
            let seconds = generation.seconds.map(text::seconds).unwrap_or_default();
            let right = if row.width < NARROW { format!("{cost:>8}") } else { format!("{seconds:>8} {cost:>14}") };
            let width = text::width(&right).min(row.width);
            let left = vec![
                Span::styled(
                    format!("{:<7}", table::moment(generation.started_ms, canvas.look.now_ms)),
                    canvas.style(Role::Dim),
                ),
                Span::styled(format!("{:<6} ", generation.role.name()), canvas.style(Role::Text)),
                Span::styled(format!("{:<states$} ", table::state(generation)), canvas.style(role)),
                Span::styled(format!("{} ", generation.slot.name()), canvas.style(Role::Text)),
                Span::styled(
                    format!("{} {} {}", generation.plugin, generation.model, generation.service),
                    canvas.style(Role::Dim),
                ),
            ];
            canvas.line(Rect { width: row.width.saturating_sub(width + 1), ..row }, Line::from(left));
            canvas.words(Rect { x: row.right() - width, width, ..row }, &right, Role::Cost);
            if n == self.generation.at && self.pane == Pane::Latest {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 1, item: n });
        }
    }
}

fn account_line(canvas: &mut Canvas, area: Rect, account: &AccountView, names: u16) {
    let name = table::account(&account.of, &account.name, account.span);
    let used = account.spent + account.reserved;
    let share = account.most.map(|most| used.share_of(most).unwrap_or(1.0));
    let said = match account.most {
        Some(most) => format!("{} of {}", table::money(used), table::money(most)),
        None => format!("{}, no limit", table::money(used)),
    };
    canvas.words(Rect { width: names, ..area }, &name, Role::Text);
    let width = text::width(&said).min(area.width.saturating_sub(names));
    let role = match share {
        Some(1.0..) => Role::Error,
        Some(0.8..) => Role::Warning,
        _ => Role::Cost,
    };
    canvas.words(Rect { x: area.right() - width, width, ..area }, &said, role);
    let room = area.width.saturating_sub(names + width + 2);
    if let Some(share) = share.filter(|_| room >= 4) {
        let spans = bar::bar(share, room, canvas.look);
        canvas.line(Rect { x: area.x + names + 1, width: room, ..area }, Line::from(spans));
    }
}

fn table_line(
    canvas: &mut Canvas,
    area: Rect,
    name: &str,
    columns: &[table::Column],
    role: Role,
    cell: impl Fn(&str) -> String,
) {
    let figures: u16 = columns.iter().map(|(_, width)| width).sum();
    canvas.words(Rect { width: name_width(area, figures), ..area }, name, role);
    let mut x = area.right().saturating_sub(figures.min(area.width));
    for (column, width) in columns {
        let text = cell(column);
        let pad = usize::from(width.saturating_sub(text::width(&text)));
        let place = Rect { x, width: *width, ..area }.intersection(area);
        let role = if *column == "cost" && role == Role::Text { Role::Cost } else { role };
        canvas.words(place, &format!("{}{text}", " ".repeat(pad)), role);
        x += width;
    }
}

/// Names get what figures leave, up to what names need.
fn name_width(area: Rect, figures: u16) -> u16 {
    area.width.saturating_sub(figures + 1).min(40)
}

/// What a row cost against the dearest, between its name and its figures.
fn share_bar(canvas: &mut Canvas, area: Rect, columns: &[table::Column], share: f64) {
    let figures: u16 = columns.iter().map(|(_, width)| width).sum();
    let name = name_width(area, figures);
    let room = area.width.saturating_sub(name + figures + 2);
    if room >= 8 {
        let spans = bar::bar(share, room, canvas.look);
        canvas.line(Rect { x: area.x + name + 1, width: room, ..area }, Line::from(spans));
    }
}

/// What each of the last days cost, the latest last.
fn last_days(rows: &[Row], today: Date) -> Vec<(Date, Money)> {
    let costs: BTreeMap<&str, Money> = rows.iter().map(|row| (row.name.as_str(), row.cost)).collect();
    let day = |back: i64| today.checked_sub(jiff::Span::new().days(back)).unwrap_or(today);
    let cost = |day: Date| costs.get(day.to_string().as_str()).copied().unwrap_or_default();
    (0..DAYS).rev().map(day).map(|day| (day, cost(day))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_costs_are_there_too() {
        let today: Date = "2026-03-01".parse().unwrap();
        let mut row = Row::default();
        (row.name, row.cost) = ("2026-02-28".into(), "2".parse().unwrap());
        let days = last_days(&[row], today);
        assert_eq!((days.len(), days[29].0, days[29].1), (30, today, Money::ZERO));
        assert_eq!(days[28].1, "2".parse().unwrap());
    }
}
