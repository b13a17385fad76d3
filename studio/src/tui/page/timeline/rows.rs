//! The rows of time: the ruler, the scenes, how they go over, what is heard, what is said, the music.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{SCENES, TimelinePage, wave};
use crate::{
    engine::{FilmTimeline, TimedScene, TimedSound},
    tui::{
        canvas::{Canvas, Hit},
        theme::Role,
        widget::text,
    },
};

/// The width of the names of rows, and the least width at which they have room.
const NAMES: u16 = 8;
const LEAST_WIDTH: u16 = 48;
/// The height of a scene's block where there is room.
const BLOCK: u16 = 3;

impl TimelinePage {
    pub(super) fn rows(&mut self, canvas: &mut Canvas, area: Rect, timeline: &FilmTimeline) {
        let names = if area.width >= LEAST_WIDTH { NAMES } else { 0 };
        let time = Rect { x: area.x + names, width: area.width - names, ..area };
        self.view.fit(timeline.seconds, time.width);
        let music = u16::from(timeline.music.is_some());
        let block = if area.height >= 8 { BLOCK } else { 1 };
        // What is left over makes the speech higher.
        let others = 1 + block + 1 + 1 + music;
        let speech = area.height.saturating_sub(others).clamp(1, 6);
        let mut y = area.y;
        let mut row = |height: u16| {
            let row = Rect { y, height, ..time }.intersection(time);
            y = y.saturating_add(height);
            row
        };
        let (ruler, blocks, cuts) = (row(1), row(block), row(1));
        let (heard, said, played) = (row(speech), row(1), row(music));
        let rows = [(blocks, "scenes"), (cuts, "cuts"), (heard, "speech"), (said, "words"), (played, "music")];
        for (row, name) in rows.into_iter().filter(|(row, _)| names > 0 && !row.is_empty()) {
            let place = Rect { x: area.x, y: row.y + row.height / 2, width: names, height: 1 };
            canvas.words(place, name, Role::Dim);
        }
        let head = if timeline.is_shown() { self.head_at(canvas, ruler) } else { None };
        self.ruler(canvas, ruler, head);
        self.blocks(canvas, blocks, timeline);
        self.cuts(canvas, cuts, timeline);
        self.speech(canvas, heard, timeline);
        self.words(canvas, said, timeline);
        if let Some(music) = timeline.music.as_ref().filter(|_| !played.is_empty()) {
            self.music(canvas, played, music);
        }
        if let Some(x) = head {
            let height = y.min(area.bottom()).saturating_sub(ruler.y);
            draw_head(canvas, Rect { x, width: 1, height, ..ruler });
        }
    }

    /// Moments, but for one that the play head would lie over.
    fn ruler(&self, canvas: &mut Canvas, area: Rect, head: Option<u16>) {
        for mark in self.view.marks() {
            let column = self.view.column(mark).round() as u16;
            let word = format!("{}{}", if canvas.look.glyphs.ascii { "|" } else { "╵" }, text::moment(mark));
            let x = area.x.saturating_add(column);
            let end = x.saturating_add(text::width(&word));
            if end <= area.right() && !head.is_some_and(|head| (x..end).contains(&head)) {
                canvas.words(Rect { x, width: area.right() - x, ..area }, &word, Role::Dim);
            }
        }
        canvas.hit(area, Hit::Seek(0));
    }

    fn blocks(&self, canvas: &mut Canvas, area: Rect, timeline: &FilmTimeline) {
        for (n, scene) in timeline.scenes.iter().enumerate() {
            let Some(block) = self.place(area, scene.start, scene.start + scene.seconds) else { continue };
            let selected = n == self.scene.at;
            let title = if scene.title.is_empty() { &scene.id } else { &scene.title };
            let number = (n + 1).to_string();
            if area.height >= BLOCK && block.width >= 4 {
                let inner = canvas.pane(block, &number, selected);
                let seconds = text::seconds(scene.seconds);
                let room = inner.width.saturating_sub(text::width(&seconds) + 1);
                if room >= 3 {
                    canvas.words(Rect { width: room, ..inner }, title, Role::Text);
                    let last = Rect { x: inner.x + room, width: inner.width - room, ..inner };
                    let style = canvas.style(Role::Dim);
                    canvas.line(last, Span::styled(format!(" {seconds}"), style));
                } else if text::width(&seconds) <= inner.width {
                    canvas.words(inner, &seconds, Role::Text);
                }
                if selected {
                    canvas.select(inner);
                }
            } else {
                let sign = if canvas.look.glyphs.ascii { "|" } else { "▏" };
                let middle = Rect { y: block.y + block.height / 2, height: 1.min(block.height), ..block };
                canvas.words(middle, &format!("{sign}{number} {title}"), Role::Text);
                if selected {
                    canvas.select(block);
                }
            }
            canvas.hit(block, Hit::Select { pane: SCENES, item: n });
        }
    }

    /// Where one scene goes over into the next, and how long.
    fn cuts(&self, canvas: &mut Canvas, area: Rect, timeline: &FilmTimeline) {
        let (over, cut) = if canvas.look.glyphs.ascii { ("x", "|") } else { ("╳", "│") };
        for scene in timeline.scenes.iter().take(timeline.scenes.len().saturating_sub(1)) {
            let (end, half) = (scene.start + scene.seconds, scene.transition / 2.0);
            let Some(place) = self.place(area, end - half, end + half) else { continue };
            let (sign, role) = if half > 0.0 { (over, Role::Accent) } else { (cut, Role::Dim) };
            canvas.words(place, &sign.repeat(usize::from(place.width)), role);
        }
    }

    /// How loud it is, moment by moment.
    fn speech(&mut self, canvas: &mut Canvas, area: Rect, timeline: &FilmTimeline) {
        let steps = canvas.look.glyphs.steps;
        let high = f64::from(area.height) * steps.len() as f64;
        let (bar, track) = (canvas.style(Role::Bar), canvas.style(Role::Track));
        for scene in &timeline.scenes {
            let Some(sound) = &scene.speech else { continue };
            let Some(place) = self.place(area, sound.start, sound.start + sound.seconds) else { continue };
            let Ok(digest) = sound.audio.blob.parse() else { continue };
            let Some(peaks) = self.waves.of(digest, &sound.path) else {
                canvas.words(Rect { y: place.bottom() - 1, height: 1, ..place }, canvas.look.glyphs.cut, Role::Dim);
                continue;
            };
            let step = self.view.seconds() / f64::from(self.view.width.max(1));
            for x in place.x..place.right() {
                let from = self.view.from + f64::from(x - area.x) * step - sound.start;
                // What is heard as half as loud is drawn about half as high.
                let loud = wave::loudest(peaks, from, from + step).map_or(0.0, f64::sqrt);
                column(canvas, Rect { x, width: 1, ..area }, loud * high, steps, (bar, track));
            }
        }
    }

    /// Words where they are said; those that have no room are left out.
    fn words(&self, canvas: &mut Canvas, area: Rect, timeline: &FilmTimeline) {
        let (at, plays) = (canvas.player.position(), timeline.is_shown());
        let mut free = 0.0;
        let words = timeline.scenes.iter().flat_map(|scene: &TimedScene| &scene.words);
        for word in words.skip_while(|word| word.end <= self.view.from) {
            let column = self.view.column(word.start).round();
            if column >= f64::from(area.width) {
                return;
            }
            if column < free || column < 0.0 {
                continue;
            }
            let x = area.x + column as u16;
            let width = text::width(&word.text).min(area.right() - x);
            let now = plays && (word.start..word.end).contains(&at);
            canvas.words(Rect { x, width, ..area }, &word.text, if now { Role::Accent } else { Role::Text });
            free = column + f64::from(width) + 1.0;
        }
    }

    fn music(&self, canvas: &mut Canvas, area: Rect, music: &TimedSound) {
        let Some(place) = self.place(area, music.start, music.start + music.seconds) else { return };
        let line = canvas.look.glyphs.line.1;
        let word = format!("{line} {} ", text::seconds(music.seconds));
        let rest = usize::from(place.width.saturating_sub(text::width(&word)));
        canvas.words(place, &format!("{word}{}", line.repeat(rest)), Role::Kept);
    }

    /// The column of the play head; none: it is not seen.
    fn head_at(&self, canvas: &Canvas, area: Rect) -> Option<u16> {
        let column = self.view.column(canvas.player.position()).floor();
        let seen = (0.0..=f64::from(area.width)).contains(&column) && !area.is_empty();
        seen.then(|| area.x + (column as u16).min(area.width - 1))
    }

    /// Where a span of time is, within the rows of `area`; none: it is not seen.
    fn place(&self, area: Rect, from: f64, to: f64) -> Option<Rect> {
        let (x, width) = self.view.columns(from, to)?;
        let place = Rect { x: area.x.saturating_add(x), width, ..area }.intersection(area);
        (!place.is_empty()).then_some(place)
    }
}

/// The play head, over all rows.
fn draw_head(canvas: &mut Canvas, area: Rect) {
    if area.is_empty() {
        return;
    }
    let sign = if canvas.look.glyphs.ascii { "v" } else { "▼" };
    canvas.words(Rect { height: 1, ..area }, sign, Role::Accent);
    let accent = canvas.look.theme.own(Role::Selected);
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area }.intersection(canvas.frame.area());
    canvas.frame.buffer_mut().set_style(below, accent);
}

/// A column of so many steps, from the ground up.
fn column(canvas: &mut Canvas, area: Rect, height: f64, steps: &[&'static str], (bar, track): (Style, Style)) {
    let mut left = height.round() as usize;
    for y in (area.y..area.bottom()).rev() {
        let (sign, style) = match left.min(steps.len()) {
            0 if y + 1 == area.bottom() => (steps[0], track),
            0 => return,
            n => (steps[n - 1], bar),
        };
        canvas.line(Rect { y, height: 1, ..area }, Line::from(Span::styled(sign, style)));
        left = left.saturating_sub(steps.len());
    }
}
