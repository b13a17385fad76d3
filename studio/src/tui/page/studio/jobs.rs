//! The jobs of the latest run with how far they are, and what was said.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Pane, StudioPage};
use crate::{
    model::{NodeChange, NodeState, ProjectState, Run},
    tui::{
        canvas::{Canvas, Hit},
        look::Look,
        model::Open,
        theme::Role,
        widget::{bar, text},
    },
};

/// How wide a bar is.
const BAR: u16 = 16;
/// Less of a path says nothing.
const LEAST_PATH: u16 = 12;
/// Below this width a job says less.
const NARROW: u16 = 50;

impl StudioPage {
    pub(super) fn jobs_pane(&mut self, canvas: &mut Canvas, area: Rect, open: &Open) {
        let jobs = self.jobs(open);
        let mut title = format!("jobs {} {}", canvas.look.glyphs.dot, counts(open));
        if let Some(folder) = open.published() {
            let words = format!(" {} published in ", canvas.look.glyphs.dot);
            let room = area.width.saturating_sub(text::width(&title) + text::width(&words) + 4);
            if room >= LEAST_PATH {
                title += &words;
                title += &text::fit_end(&folder.to_string_lossy(), room, canvas.look.glyphs.cut);
            }
        }
        let inner = canvas.pane(area, &title, self.pane == Pane::Jobs);
        let inner = why(canvas, inner, open);
        if jobs.is_empty() {
            let word = if open.run.is_some() { "no job was begun" } else { "nothing was run yet: r runs the script" };
            return canvas.words(inner, word, Role::Dim);
        }
        let seen = self.job.seen(jobs.len(), usize::from(inner.height));
        for (y, n) in (inner.y..inner.bottom()).zip(seen) {
            let row = Rect { y, height: 1, ..inner };
            canvas.line(row, job(jobs[n], open, canvas.look, inner.width));
            if self.pane == Pane::Jobs && n == self.job.at {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 1, item: n });
        }
    }

    pub(super) fn log(&mut self, canvas: &mut Canvas, area: Rect, open: &Open) {
        let inner = canvas.pane(area, "log", self.pane == Pane::Log);
        if open.log.is_empty() {
            return canvas.words(inner, "nothing was said since it was opened", Role::Dim);
        }
        let rows = usize::from(inner.height);
        self.log = self.log.min(open.log.len().saturating_sub(rows));
        let from = open.log.len().saturating_sub(rows + self.log);
        for (y, line) in (inner.y..inner.bottom()).zip(open.log.iter().skip(from)) {
            let role = match line.level.as_str() {
                "error" => Role::Error,
                "warn" => Role::Warning,
                _ => Role::Text,
            };
            let place = line.slot.as_ref().map_or("script", |slot| slot.local()).to_owned();
            let row = vec![
                Span::styled(format!("{} {place}  ", line.level), canvas.style(Role::Dim)),
                Span::styled(line.text.clone(), canvas.style(role)),
            ];
            canvas.line(Rect { y, height: 1, ..inner }, Line::from(row));
        }
    }
}

/// Why the latest run failed, in as many lines as leave half of the room to its jobs: what is left of that.
fn why(canvas: &mut Canvas, inner: Rect, open: &Open) -> Rect {
    let failed = open.state == ProjectState::Failed;
    let Some(error) = open.run.as_ref().and_then(Run::failure).filter(|_| failed) else { return inner };
    let words =
        if error.help.is_empty() { error.message.clone() } else { format!("{}: {}", error.message, error.help) };
    let room = Rect { height: inner.height.div_ceil(2), ..inner };
    let lines = text::lines_within(&words, room, canvas.look.glyphs.cut);
    for (y, line) in (room.y..).zip(&lines) {
        canvas.words(Rect { y, height: 1, ..room }, line, Role::Error);
    }
    let taken = lines.len() as u16;
    Rect { y: inner.y + taken, height: inner.height - taken, ..inner }
}

/// How many there are of what is worth knowing: `3 running, 1 failed, 12 done`.
fn counts(open: &Open) -> String {
    let states = [
        NodeState::Running,
        NodeState::Review,
        NodeState::Failed,
        NodeState::Ready,
        NodeState::Waiting,
        NodeState::Cancelled,
        NodeState::Done,
        NodeState::Kept,
    ];
    let word = |state: NodeState| {
        let count = open.nodes.count(state);
        let name = if state == NodeState::Review { "waiting for you" } else { state.name() };
        (count > 0).then(|| format!("{count} {name}"))
    };
    let words: Vec<String> = states.into_iter().filter_map(word).collect();
    if words.is_empty() { "none".into() } else { words.join(", ") }
}

/// A job: what, where, by whom, how far, how long, for how much.
fn job(node: &NodeChange, open: &Open, look: &Look, width: u16) -> Line<'static> {
    let glyph = if node.state == NodeState::Running { look.spinner() } else { look.glyphs.node(node.state) };
    let state = look.style(Look::node(node.state));
    let dim = look.style(Role::Dim);
    // In little room the glyph alone says how it stands, and by whom it is made is left out.
    let narrow = width < NARROW;
    let places = if narrow { width / 2 } else { 26.min(width / 3) };
    let place = text::fit(node.slot.local(), places, look.glyphs.cut);
    let word = if narrow { glyph.to_owned() } else { format!("{glyph} {:<9}", node.state.name()) };
    let pad = |text: &str, width: usize| {
        format!("{text}{}", " ".repeat(width.saturating_sub(usize::from(text::width(text)))))
    };
    let mut line = vec![
        Span::styled(format!("{word} "), state),
        Span::styled(pad(&place, usize::from(places) + 1), look.style(Role::Text)),
    ];
    if !narrow {
        line.push(Span::styled(pad(&node.plugin, 9), dim));
    }
    if let Some(progress) = open.nodes.progress(&node.slot) {
        line.push(Span::raw(" "));
        line.extend(bar::bar(progress.pace.share(), if narrow { BAR / 2 } else { BAR }, look));
        line.push(Span::styled(format!(" {:>3.0} %", progress.pace.share() * 100.0), state));
        if let Some(left) = progress.left(look.now_ms) {
            line.push(Span::styled(format!("  {} left", text::seconds(left)), dim));
        }
        if !progress.label.is_empty() {
            line.push(Span::styled(format!("  {}", progress.label), dim));
        }
        return Line::from(line);
    }
    if let Some(error) = &node.error {
        line.push(Span::styled(format!(" {}", error.message), look.style(Role::Error)));
        return Line::from(line);
    }
    if let Some(seconds) = node.seconds {
        line.push(Span::styled(format!(" {:>7}", text::seconds(seconds)), dim));
    }
    if let Some(cost) = node.cost {
        line.push(Span::styled(format!("  {cost}"), look.style(Role::Cost)));
    }
    if node.label != node.role.name() {
        line.push(Span::styled(format!("  {}", node.label), dim));
    }
    Line::from(line)
}
