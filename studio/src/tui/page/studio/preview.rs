//! The large picture: of the scene that is selected, of what is being made of it, or of the finished film.

use ratatui::layout::Rect;

use super::{StudioPage, scenes_of};
use crate::{
    engine::SceneView,
    tui::{
        canvas::Canvas,
        model::Open,
        picture::{Picture, Shown},
        player,
        theme::Role,
        widget::text,
    },
};

impl StudioPage {
    pub(super) fn preview(&mut self, canvas: &mut Canvas, area: Rect, open: &Open) {
        let scene = scenes_of(open).get(self.scene.at);
        let title = match scene {
            Some(scene) => format!("preview {} scene {}", canvas.look.glyphs.dot, scene.number),
            None => "preview".to_owned(),
        };
        let plays = self.film || self.moment.is_some();
        let title = if self.film { format!("film {} {}", canvas.look.glyphs.dot, open.project.title) } else { title };
        let inner = canvas.pane(area, &title, false);
        if inner.is_empty() {
            return;
        }
        if plays && canvas.player.reel().is_some() {
            return player::show(canvas, inner);
        }
        if self.film {
            let word =
                if open.timeline.is_some() { "no finished film yet: r makes it" } else { "looking for the film ..." };
            return canvas.middle(inner, word);
        }
        let writing = scene.is_none().then(|| open.partial.iter().next()).flatten();
        if let Some((slot, written)) = writing {
            return stream(canvas, inner, slot.local(), written);
        }
        let Some(scene) = scene else {
            return canvas.middle(inner, "nothing to see yet");
        };
        let Some(picture) = picture_of(open, scene) else {
            return words(canvas, inner, scene);
        };
        match canvas.pictures.draw(canvas.frame.buffer_mut(), inner, &picture) {
            Shown::Picture => (),
            Shown::Coming => canvas.middle(inner, canvas.look.glyphs.cut),
            Shown::Failed(why) => canvas.middle(inner, &format!("the picture cannot be shown: {why}")),
        }
    }
}

/// What is being made of a scene, else what was.
fn picture_of(open: &Open, scene: &SceneView) -> Option<Picture> {
    let coming = open.nodes.within(&scene.scene.id).find_map(|node| open.previews.get(&node.slot));
    if let Some(coming) = coming {
        return Picture::of(coming, None);
    }
    let made = scene.picture.as_ref()?;
    Picture::of(&made.image, Some(made.path.clone()))
}

/// A text, as it is being written: its end is seen.
fn stream(canvas: &mut Canvas, area: Rect, place: &str, written: &str) {
    canvas.words(Rect { height: 1, ..area }, place, Role::Accent);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let lines = text::wrap(written, body.width);
    let from = lines.len().saturating_sub(usize::from(body.height));
    for (y, line) in (body.y..body.bottom()).zip(&lines[from..]) {
        canvas.words(Rect { y, height: 1, ..body }, line, Role::Text);
    }
}

/// A scene without a picture: what it says.
fn words(canvas: &mut Canvas, area: Rect, scene: &SceneView) {
    let lines = text::lines_within(&scene.scene.narration, area, canvas.look.glyphs.cut);
    let first = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX)) / 2;
    for (y, line) in (first..area.bottom()).zip(lines) {
        let x = area.x + (area.width - text::width(&line).min(area.width)) / 2;
        canvas.words(Rect { x, y, width: area.right() - x, height: 1 }, &line, Role::Dim);
    }
}
