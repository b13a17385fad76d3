//! How the page of a project is divided: by how much room there is.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{super::NO_PROJECT, Pane, StudioPage};
use crate::{
    model::{NodeState, ProjectState},
    tui::{
        canvas::Canvas,
        look::Look,
        model::{Model, Open},
        theme::Role,
        widget::text,
    },
};

/// Below this height, the preview and the inspector give way to the strip and the jobs.
const LEAST_HEIGHT: u16 = 16;
/// Below this width, preview and inspector stand one below the other, or the inspector alone.
const LEAST_WIDTH: u16 = 70;

impl StudioPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let Some(open) = &model.open else { return canvas.middle(area, NO_PROJECT) };
        let head = Rect { height: 1.min(area.height), ..area };
        heading(canvas, head, open);
        let body = Rect { y: area.y + head.height, height: area.height - head.height, ..area };
        if self.zoomed {
            return self.preview(canvas, body, open);
        }
        let strip = if body.height >= 24 {
            8
        } else if body.height >= LEAST_HEIGHT {
            6
        } else {
            3
        };
        let strip = Rect { height: strip.min(body.height), ..body };
        self.strip(canvas, strip, open);
        let rest = Rect { y: strip.bottom(), height: body.height - strip.height, ..body };
        let jobs = (rest.height / 3).clamp(3, 12).min(rest.height);
        let middle = Rect { height: rest.height - jobs, ..rest };
        let below = Rect { y: middle.bottom(), height: jobs, ..rest };
        let plays = self.film || self.moment.is_some();
        if middle.height < 4 {
            // The film is what one wants to see now.
            return if plays { self.preview(canvas, rest, open) } else { self.below(canvas, rest, open) };
        }
        if middle.width >= LEAST_WIDTH {
            let left = middle.width * 52 / 100;
            self.preview(canvas, Rect { width: left, ..middle }, open);
            self.inspector(canvas, Rect { x: middle.x + left, width: middle.width - left, ..middle }, open);
        } else if plays {
            self.preview(canvas, middle, open);
        } else {
            self.inspector(canvas, middle, open);
        }
        self.below(canvas, below, open);
    }

    fn below(&mut self, canvas: &mut Canvas, area: Rect, open: &Open) {
        if self.pane == Pane::Log { self.log(canvas, area, open) } else { self.jobs_pane(canvas, area, open) }
    }
}

/// What project it is, and how it stands: ` Rice · draft            $0.42 of $2.00 · 3 running `.
fn heading(canvas: &mut Canvas, area: Rect, open: &Open) {
    let look = canvas.look;
    let (dot, dim) = (look.glyphs.dot, look.style(Role::Dim));
    let mut right = Vec::new();
    if !open.spent.is_zero() || open.budget.is_some() {
        let most = open.budget.map(|most| format!(" of {most}")).unwrap_or_default();
        right.push(Span::styled(format!("{}{most}", open.spent), look.style(Role::Cost)));
        right.push(Span::styled(format!(" {dot} "), dim));
    }
    right.extend(standing(open, look));
    right.push(Span::raw(" "));
    // The title keeps some room, however long the rest is.
    let most = area.width - area.width / 3;
    let width = right.iter().map(|span| text::width(&span.content)).sum::<u16>().min(most);
    let left = Rect { width: area.width - width, ..area };
    let mut title = vec![Span::styled(format!(" {}", open.project.title), look.style(Role::Title))];
    if let Some(profile) = &open.project.profile {
        title.push(Span::styled(format!(" {dot} {profile}"), dim));
    }
    if let Some(aspect) = open.project.params.get("aspect").and_then(|aspect| aspect.as_str()) {
        title.push(Span::styled(format!(" {dot} {aspect}"), dim));
    }
    title.extend(look.brand(&open.project, open.newer_brand));
    canvas.line(Rect { width: left.width.saturating_sub(1), ..left }, Line::from(title));
    canvas.line(Rect { x: left.right(), width, ..area }, Line::from(right));
}

fn standing(open: &Open, look: &Look) -> Vec<Span<'static>> {
    let role = Look::project(open.state);
    let glyph = if open.is_running() { look.spinner() } else { look.glyphs.project(open.state) };
    let mut word = match open.state {
        ProjectState::Running => format!("{} running", open.nodes.count(NodeState::Running)),
        ProjectState::Waiting => "waits for you".to_owned(),
        state => state.name().to_owned(),
    };
    let failed = open.nodes.count(NodeState::Failed);
    if failed > 0 {
        word += &format!(", {failed} failed");
    }
    let mut spans = vec![Span::styled(format!("{glyph} {word}"), look.style(role))];
    if open.is_running()
        && let Some(share) = open.nodes.share()
    {
        spans.push(Span::styled(format!(" {} {:.0} %", look.glyphs.dot, share * 100.0), look.style(Role::Dim)));
    }
    spans
}
