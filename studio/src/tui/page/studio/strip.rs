//! The film as a strip: a frame a scene, with its picture, how it stands and how long it is.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Pane, StudioPage};
use crate::{
    engine::{SceneState, SceneView},
    model::ProjectState,
    tui::{
        canvas::{Canvas, Hit},
        look::Look,
        model::Open,
        picture::{Picture, Shown},
        theme::Role,
        widget::text,
    },
};

/// How wide a frame is, with the lines around it.
const WIDTH: u16 = 16;
/// And where pictures have no room.
const NARROW: u16 = 10;

impl StudioPage {
    pub(super) fn strip(&mut self, canvas: &mut Canvas, area: Rect, open: &Open) {
        let Some(board) = &open.board else {
            let inner = canvas.pane(area, "scenes", self.pane == Pane::Strip);
            let word = match open.state {
                ProjectState::Running => "the scenes are being made ...",
                ProjectState::Failed => "no scenes: its run failed before there were any",
                _ if open.run.is_some() => "its script makes no storyboard",
                _ => "no scenes yet: r runs the script",
            };
            return canvas.words(inner, word, Role::Dim);
        };
        let width = if area.height >= 6 { WIDTH } else { NARROW };
        let room = usize::from((area.width / width).max(1));
        let seen = self.scene.seen(board.scenes.len(), room);
        let (before, after) = (seen.start, board.scenes.len() - seen.end);
        for (column, n) in seen.enumerate() {
            let scene = &board.scenes[n];
            let frame = Rect { x: area.x + column as u16 * width, width, ..area };
            let selected = n == self.scene.at;
            scene_frame(canvas, frame, open, scene, selected && self.pane == Pane::Strip);
            if selected {
                let last = Rect { y: frame.bottom().saturating_sub(2), height: 1, x: frame.x + 1, width: width - 2 };
                canvas.select(last);
            }
            canvas.hit(frame, Hit::Select { pane: 0, item: n });
        }
        // Scenes that there is no room for say so at the edges.
        let used = area.x + (room.min(board.scenes.len()) as u16) * width;
        let rest = Rect { x: used, y: area.y + area.height / 2, width: area.right().saturating_sub(used), height: 1 };
        if after > 0 && rest.width >= 3 {
            canvas.words(rest, &format!("+{after}"), Role::Dim);
        } else if after > 0 {
            edge(canvas, Rect { x: area.right() - width, y: area.y, width, height: 1 }, &format!("+{after} "), true);
        }
        if before > 0 {
            edge(canvas, Rect { height: 1, width, ..area }, &format!(" +{before}"), false);
        }
    }
}

/// How many more there are, on the line around the outermost frame.
fn edge(canvas: &mut Canvas, area: Rect, words: &str, right: bool) {
    let width = text::width(words).min(area.width.saturating_sub(2));
    let x = if right { area.right().saturating_sub(width + 1) } else { area.x + 1 };
    canvas.words(Rect { x, width, ..area }, words, Role::Dim);
}

fn scene_frame(canvas: &mut Canvas, area: Rect, open: &Open, scene: &SceneView, focused: bool) {
    let inner = canvas.pane(area, &scene.number.to_string(), focused);
    if inner.is_empty() {
        return;
    }
    let picture = Rect { height: inner.height - 1, ..inner };
    if picture.height > 1 {
        thumbnail(canvas, picture, scene);
    } else if picture.height == 1 {
        canvas.words(picture, words_of(scene), Role::Dim);
    }
    let state = open.scene(&scene.scene.id).unwrap_or(scene.state);
    let look = canvas.look;
    let node = Look::scene(state);
    let glyph = if state == SceneState::Running { look.spinner() } else { look.glyphs.node(node) };
    let seconds = scene.spoken.into_iter().chain(scene.scene.seconds).reduce(f64::max).map(text::seconds);
    let share =
        share(open, scene).filter(|_| state == SceneState::Running).map(|share| format!("{:.0} %", share * 100.0));
    let word = share.or(seconds.filter(|_| state == SceneState::Made)).unwrap_or_else(|| state.name().to_owned());
    let edited = if scene.edited { "*" } else { "" };
    let line = vec![
        Span::styled(format!("{glyph} "), look.style(Look::node(node))),
        Span::styled(word, look.style(if state == SceneState::Made { Role::Text } else { Look::node(node) })),
        Span::styled(edited, look.style(Role::Warning)),
    ];
    canvas.line(Rect { y: inner.bottom() - 1, height: 1, ..inner }, Line::from(line));
}

fn thumbnail(canvas: &mut Canvas, area: Rect, scene: &SceneView) {
    let picture = scene.picture.as_ref().and_then(|shown| Picture::of(&shown.image, Some(shown.path.clone())));
    let shown = picture.map(|picture| canvas.pictures.draw(canvas.frame.buffer_mut(), area, &picture));
    if matches!(shown, Some(Shown::Picture)) {
        return;
    }
    canvas.paragraph(area, words_of(scene), Role::Dim);
}

fn words_of(scene: &SceneView) -> &str {
    let scene = &scene.scene;
    if scene.title.is_empty() { &scene.narration } else { &scene.title }
}

/// How far the work on a scene is, 0–1; none: it does not run.
fn share(open: &Open, scene: &SceneView) -> Option<f64> {
    let (mut done, mut all) = (0.0, 0_u32);
    for node in open.nodes.within(&scene.scene.id) {
        all += 1;
        done += match open.nodes.progress(&node.slot) {
            Some(progress) => progress.pace.share(),
            None if node.state.is_final() => 1.0,
            None => 0.0,
        };
    }
    (all > 0).then(|| done / f64::from(all))
}
