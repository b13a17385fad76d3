//! How the page is divided: the film and the selected scene above, time below.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{super::NO_PROJECT, TimelinePage};
use crate::{
    engine::{FilmTimeline, TimedScene},
    tui::{
        canvas::Canvas,
        model::{Model, Open},
        picture::Shown,
        player,
        theme::Role,
        widget::text,
    },
};

/// Rows that time takes at least where there is room for the film, with the lines around it.
const ROWS: u16 = 11;
/// Rows that it takes at most.
const MOST_ROWS: u16 = 16;
/// The least height of the film.
const FILM: u16 = 6;
/// The least width at which the selected scene has room beside the film.
const BESIDE: u16 = 60;

impl TimelinePage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let Some(open) = &model.open else { return canvas.middle(area, NO_PROJECT) };
        let head = Rect { height: 1.min(area.height), ..area };
        let body = Rect { y: area.y + head.height, height: area.height - head.height, ..area };
        let Some(timeline) = &open.timeline else { return canvas.middle(body, "reading the timeline ...") };
        heading(canvas, head, open, timeline);
        if timeline.scenes.is_empty() || timeline.seconds <= 0.0 {
            let word =
                if open.is_running() { "the scenes are being made ..." } else { "no scenes yet: r runs the script" };
            return canvas.middle(body, word);
        }
        let rows = if body.height >= ROWS + FILM { (body.height / 3).clamp(ROWS, MOST_ROWS) } else { body.height };
        let above = Rect { height: body.height - rows, ..body };
        let below = Rect { y: above.bottom(), height: rows, ..body };
        if above.height > 0 {
            self.above(canvas, above, open, timeline);
        }
        let title = match self.view.zoom {
            zoom if zoom < 1.05 => "time".to_owned(),
            zoom => format!("time {} {zoom:.1} times as wide", canvas.look.glyphs.dot),
        };
        let inner = canvas.pane(below, &title, true);
        // Where there is no room for lines around it, it stands alone.
        let inner = if inner.is_empty() { below } else { inner };
        self.rows(canvas, inner, timeline);
    }

    fn above(&mut self, canvas: &mut Canvas, area: Rect, open: &Open, timeline: &FilmTimeline) {
        let film = if area.width >= BESIDE { area.width * 52 / 100 } else { area.width };
        self.seen(canvas, Rect { width: film, ..area }, open, timeline);
        let beside = Rect { x: area.x + film, width: area.width - film, ..area };
        if let Some(scene) = timeline.scenes.get(self.scene.at)
            && !beside.is_empty()
        {
            let number = self.scene.at + 1;
            let said = open.board.as_ref().and_then(|board| board.scenes.iter().find(|s| s.scene.id == scene.id));
            let said = said.map_or("", |scene| &scene.scene.narration);
            detail(canvas, beside, &format!("scene {number} of {}", timeline.scenes.len()), scene, said);
        }
    }
}

impl TimelinePage {
    /// The film; where it does not show the scenes as they are, the selected scene as it will be.
    fn seen(&self, canvas: &mut Canvas, area: Rect, open: &Open, timeline: &FilmTimeline) {
        let plays = canvas.player.is_playing();
        let glimpse = timeline.scenes.get(self.scene.at).and_then(|scene| self.glimpse.picture(scene));
        let glimpse = glimpse.filter(|_| !(plays || timeline.is_shown()));
        let title = if glimpse.is_some() { "the scene in the film, before it is rendered" } else { "film" };
        let inner = canvas.pane(area, title, false);
        if inner.is_empty() {
            return;
        }
        match glimpse {
            Some(picture) => match canvas.pictures.draw(canvas.frame.buffer_mut(), inner, picture) {
                Shown::Picture => (),
                Shown::Coming => canvas.middle(inner, canvas.look.glyphs.cut),
                Shown::Failed(why) => canvas.middle(inner, &format!("the picture cannot be shown: {why}")),
            },
            None if open.film().is_some() => player::picture(canvas, inner),
            None if self.glimpse.is_coming() => canvas.middle(inner, canvas.look.glyphs.cut),
            None => canvas.middle(inner, "no finished film yet: r makes it"),
        }
    }
}

/// ` Rice · 0:31 · 4 scenes                            ▶ 0:07 `.
fn heading(canvas: &mut Canvas, area: Rect, open: &Open, timeline: &FilmTimeline) {
    let look = canvas.look;
    let dim = look.style(Role::Dim);
    let scenes =
        if timeline.scenes.len() == 1 { "1 scene".into() } else { format!("{} scenes", timeline.scenes.len()) };
    let facts = format!(" {dot} {} {dot} {scenes}", text::seconds(timeline.seconds), dot = look.glyphs.dot);
    let mut line = vec![Span::styled(format!(" {}", open.project.title), look.style(Role::Title))];
    line.push(Span::styled(facts, dim));
    if timeline.film.is_some() && !timeline.current {
        let word = format!(" {} the film is older than its scenes: r makes it anew", look.glyphs.dot);
        line.push(Span::styled(word, look.style(Role::Warning)));
    }
    let sign = if canvas.player.is_playing() { look.glyphs.play.0 } else { look.glyphs.play.1 };
    let (at, whole) = (canvas.player.position(), canvas.player.span().1);
    let right = format!("{sign} {} of {} ", text::moment(at), text::moment(whole));
    let width = if timeline.film.is_some() { text::width(&right).min(area.width) } else { 0 };
    let left = Rect { width: area.width - width, ..area };
    canvas.line(left, Line::from(line));
    canvas.words(Rect { x: left.right(), width, ..area }, &right, Role::Accent);
}

fn detail(canvas: &mut Canvas, area: Rect, title: &str, scene: &TimedScene, said: &str) {
    let inner = canvas.pane(area, title, false);
    let dot = canvas.look.glyphs.dot;
    let end = scene.start + scene.seconds;
    let times = [format!("{} to {}", text::moment(scene.start), text::moment(end)), text::seconds(scene.seconds)];
    let spoken = scene.speech.as_ref().map(|speech| format!("{} spoken", text::seconds(speech.seconds)));
    let over = (scene.transition > 0.0).then(|| format!("goes over for {}", text::seconds(scene.transition)));
    let parts: Vec<String> = [spoken, over].into_iter().flatten().collect();
    let between = format!(" {dot} ");
    let mut lines =
        vec![(scene.title.clone(), Role::Title), (times.join(&between), Role::Dim), (parts.join(&between), Role::Dim)];
    lines.retain(|(line, _)| !line.is_empty());
    let said_at = inner.y.saturating_add(lines.len() as u16).min(inner.bottom());
    for (y, (line, role)) in (inner.y..inner.bottom()).zip(lines) {
        canvas.words(Rect { y, height: 1, ..inner }, &line, role);
    }
    canvas.paragraph(Rect { y: said_at, height: inner.bottom() - said_at, ..inner }, said, Role::Text);
}
