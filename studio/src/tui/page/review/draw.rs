//! The queue on the left; on the right what is selected, beside what could be used instead.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{
    ReviewPage, name_of,
    views::{self, View, What},
};
use crate::{
    engine::Place,
    model::{Approval, NodeState},
    tui::{
        canvas::{Canvas, Hit},
        model::{Model, Waiting},
        picture::{Picture, Shown},
        theme::Role,
        widget::{bar, text},
    },
};

/// Below this width, the queue stands above what is selected.
const LEAST_WIDTH: u16 = 70;
/// Below this width, two results stand one below the other.
const LEAST_PAIR: u16 = 60;

impl ReviewPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let head = Rect { height: 1.min(area.height), ..area };
        self.head(canvas, head, model);
        let body = Rect { y: area.y + head.height, height: area.height - head.height, ..area };
        let listed = self.listed(model);
        let Some(selected) = listed.get(self.cursor.at.min(listed.len().saturating_sub(1))) else {
            return nothing(canvas, body, model);
        };
        if self.zoomed {
            return self.selected_pane(canvas, body, selected);
        }
        let (queue, right) = if body.width >= LEAST_WIDTH {
            let width = (body.width / 3).clamp(26, 44);
            let right = Rect { x: body.x + width, width: body.width - width, ..body };
            (Rect { width, ..body }, right)
        } else {
            let wanted = u16::try_from(listed.len()).unwrap_or(u16::MAX).saturating_add(2);
            let height = wanted.min(body.height / 3).max(3).min(body.height);
            (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
        };
        self.selected_pane(canvas, right, selected);
        self.queue(canvas, queue, &listed);
    }

    fn head(&self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let waits = model.queue.waits();
        let mut parts = vec![match waits {
            0 if !model.queue.known => " looking at what waits ...".to_owned(),
            0 => " nothing waits for you".to_owned(),
            1 => " 1 waits for you".to_owned(),
            n => format!(" {n} wait for you"),
        }];
        parts.push(match &model.open {
            Some(open) if self.here => {
                let listed = self.listed(model).len();
                let how_many = if listed == 0 { "none".to_owned() } else { listed.to_string() };
                format!("{how_many} of them in {}", open.project.title)
            }
            _ => "in all projects".to_owned(),
        });
        if model.queue.more > 0 {
            parts.push(format!("and what waits in {} more projects", model.queue.more));
        }
        if !self.marked.is_empty() {
            parts.push(format!("{} marked: a approves them", self.marked.len()));
        }
        let dot = canvas.look.glyphs.dot;
        canvas.words(area, &parts.join(&format!(" {dot} ")), Role::Dim);
    }

    fn queue(&mut self, canvas: &mut Canvas, area: Rect, listed: &[&Waiting]) {
        let inner = canvas.pane(area, "what waits", true);
        let seen = self.cursor.seen(listed.len(), usize::from(inner.height));
        for (y, n) in (inner.y..inner.bottom()).zip(seen) {
            let waiting = listed[n];
            let row = Rect { y, height: 1, ..inner };
            let place = &waiting.place;
            let glyphs = &canvas.look.glyphs;
            let (glyph, role) = if place.waits {
                (glyphs.node(NodeState::Review), Role::Review)
            } else {
                (glyphs.node(NodeState::Kept), Role::Warning)
            };
            let mark = if self.marked.contains(&name_of(waiting)) { glyphs.mark } else { " " };
            let line = vec![
                Span::styled(mark, canvas.style(Role::Accent)),
                Span::styled(format!("{glyph} "), canvas.style(role)),
                Span::styled(place.slot.clone(), canvas.style(Role::Text)),
                Span::styled(if place.waits { "" } else { " stale edit" }, canvas.style(Role::Warning)),
                Span::styled(format!("  {}", waiting.project.title), canvas.style(Role::Dim)),
            ];
            canvas.line(row, Line::from(line));
            if n == self.cursor.at {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 0, item: n });
        }
    }

    fn selected_pane(&self, canvas: &mut Canvas, area: Rect, waiting: &Waiting) {
        let dot = canvas.look.glyphs.dot;
        let place = &waiting.place;
        let what = if place.label.is_empty() { &place.slot } else { &place.label };
        let title = format!("{} {dot} {what} {dot} {}", waiting.project.title, standing(place));
        let inner = canvas.pane(area, &title, false);
        if inner.is_empty() {
            return;
        }
        let looked = self.looked.as_ref().filter(|(name, _)| *name == name_of(waiting));
        let Some((_, place)) = looked else {
            return canvas.words(inner, canvas.look.glyphs.cut, Role::Dim);
        };
        let (used, others) = (views::used(place), views::others(place));
        let other = others.get(self.other.min(others.len().saturating_sub(1)));
        let Some(other) = other else {
            let notes = u16::from(!used.note.is_empty());
            return self.result(canvas, inner, &used, ("used", Role::Good), notes);
        };
        let (first, second) = halves(inner);
        // Both begin on the same line, so that they can be compared.
        let notes = u16::from(!used.note.is_empty() || !other.note.is_empty());
        self.result(canvas, first, &used, ("used", Role::Good), notes);
        let at = self.other.min(others.len() - 1) + 1;
        let word = match other.what {
            What::Stale => "not used: stale".to_owned(),
            _ if others.len() == 1 => "not used".to_owned(),
            _ => format!("not used {dot} {at} of {}", others.len()),
        };
        self.result(canvas, second, other, (&word, Role::Warning), notes);
    }

    /// One result: what it is called, what had been asked, and the result itself.
    fn result(&self, canvas: &mut Canvas, area: Rect, view: &View, (word, role): (&str, Role), notes: u16) {
        let dot = canvas.look.glyphs.dot;
        let mut line = vec![
            Span::styled(view.name(), canvas.style(Role::Title)),
            Span::styled(format!(" {dot} {word}"), canvas.style(role)),
        ];
        if !view.by.is_empty() {
            line.push(Span::styled(format!(" {dot} {}", view.by), canvas.style(Role::Dim)));
        }
        if let Some(at) = view.at_ms {
            let ago = text::ago(at, canvas.look.now_ms);
            let ago = if ago == "now" { ago } else { format!("{ago} ago") };
            line.push(Span::styled(format!(" {dot} {ago}"), canvas.style(Role::Dim)));
        }
        canvas.line(Rect { height: 1, ..area }.intersection(area), Line::from(line));
        let mut rest = below(area, 1);
        if !view.note.is_empty() {
            canvas.words(Rect { height: 1, ..rest }.intersection(rest), &format!("asked: {}", view.note), Role::Dim);
        }
        rest = below(rest, notes);
        self.content(canvas, rest, view);
    }

    fn content(&self, canvas: &mut Canvas, area: Rect, view: &View) {
        if area.is_empty() {
            return;
        }
        let response = view.response;
        let image = views::file(response, "image").or_else(|| views::file(response, "poster"));
        if let Some(picture) = image.and_then(|image| Picture::of(&image, None)) {
            let frame = Rect { height: area.height.saturating_sub(1).max(1), ..area };
            match canvas.pictures.draw(canvas.frame.buffer_mut(), frame, &picture) {
                Shown::Picture => (),
                Shown::Coming => canvas.words(frame, canvas.look.glyphs.cut, Role::Dim),
                Shown::Failed(why) => canvas.words(frame, &format!("cannot be shown: {why}"), Role::Error),
            }
            if area.height > 1 {
                let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
                canvas.words(foot, &facts(response, canvas.look.glyphs.dot), Role::Dim);
            }
            return;
        }
        let mut rest = area;
        if views::file(response, "audio").is_some() || views::file(response, "video").is_some() {
            canvas.words(Rect { height: 1, ..rest }, &facts(response, canvas.look.glyphs.dot), Role::Accent);
            rest = below(rest, 1);
        }
        let sound = views::file(response, "audio");
        if let Some(peaks) = sound.and_then(|sound| self.sounds.columns(&sound, area.width))
            && !rest.is_empty()
        {
            // As high as leaves most of the room to the words.
            let rows = (rest.height / 5).clamp(1, 6);
            for (row, line) in (0..rows).zip(bar::columns(&peaks, rows, canvas.look.glyphs.steps)) {
                canvas.words(Rect { y: rest.y + row, height: 1, ..rest }, &line, Role::Bar);
            }
            rest = below(rest, rows + 1);
        }
        let lines = text::wrap(&views::text(response), rest.width);
        let from = self.text.min(lines.len().saturating_sub(1));
        let room = usize::from(rest.height);
        let cut = lines.len().saturating_sub(from) > room;
        for (n, line) in lines.iter().skip(from).take(room).enumerate() {
            let row = Rect { y: rest.y + n as u16, height: 1, ..rest };
            if cut && n + 1 == room {
                let more = lines.len() - from - n;
                canvas.words(row, &format!("{more} lines more: pagedown"), Role::Dim);
            } else {
                canvas.words(row, line, Role::Text);
            }
        }
    }
}

/// What is known of a picture or a sound beside itself.
fn facts(response: &serde_json::Value, dot: &str) -> String {
    let number = |name: &str| response[name].as_f64();
    let word = |name: &str| response[name].as_str().filter(|word| !word.is_empty()).map(ToOwned::to_owned);
    let size = number("width").zip(number("height")).map(|(width, height)| format!("{width}x{height}"));
    let parts = [number("seconds").map(text::seconds), size, word("voice"), word("description"), word("attribution")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(&format!(" {dot} "))
}

/// How it stands, in words.
fn standing(place: &Place) -> &'static str {
    match (place.waits, place.stale_edit, place.approval) {
        (true, true, _) => "waits for you; a hand-made result no longer fits",
        (true, _, Approval::Stale) => "waits for you: what it is made from has changed",
        (true, ..) => "waits for you",
        (false, true, _) => "a hand-made result no longer fits",
        (false, ..) => "decided",
    }
}

/// Side by side where there is room, else one below the other.
fn halves(area: Rect) -> (Rect, Rect) {
    if area.width >= LEAST_PAIR {
        let width = area.width.saturating_sub(1) / 2;
        let x = area.x + width + 1;
        return (Rect { width, ..area }, Rect { x, width: area.right() - x, ..area });
    }
    let height = area.height / 2;
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

fn nothing(canvas: &mut Canvas, area: Rect, model: &Model) {
    if !model.queue.known {
        return;
    }
    let said = "Nothing waits for you here.\n\nA script stops for you where it says review(…): what is made there is \
                listed here until you approve it, have it made again, or put something of your own in its place. The \
                rest of the film goes on meanwhile.";
    let width = area.width.saturating_sub(4).min(64);
    let x = area.x + (area.width - width) / 2;
    let said = if canvas.look.glyphs.ascii { said.replace('…', "...") } else { said.to_owned() };
    let lines = u16::try_from(text::wrap(&said, width).len()).unwrap_or(u16::MAX);
    let y = area.y + area.height.saturating_sub(lines) / 3;
    canvas.paragraph(Rect { x, y, width, height: area.bottom() - y }, &said, Role::Dim);
}
