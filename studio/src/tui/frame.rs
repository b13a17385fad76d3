//! A frame: the tabs, the page, what lies over it, and the last line.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Clear},
};

use super::{
    App,
    action::Action,
    canvas::{Canvas, Hit},
    desk::Tone,
    keymap::Meaning,
    model::{Engine, Model},
    page::PageId,
    picture::plain,
    theme::Role,
    widget::text,
};

/// Below this width, the last line is shortened.
const NARROW: u16 = 60;

impl App {
    /// Draws everything. A page that fails says so, and the others go on.
    pub fn draw(&mut self, frame: &mut Frame) {
        (self.dirty, self.wiped) = (false, false);
        self.hits.clear();
        self.pictures.begin(!self.overlays.is_empty(), self.look.colour);
        self.player.begin();
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.look.style(Role::Text));
        let hints = self.hints(area.width);
        let told = self.told();
        let tabs = Rect { height: 1.min(area.height), ..area };
        let foot = Rect { y: area.bottom().saturating_sub(1), height: u16::from(area.height > 2), ..area };
        let body = Rect { y: tabs.bottom(), height: area.height.saturating_sub(tabs.height + foot.height), ..area };
        #[cfg(debug_assertions)]
        let fails = self.fails;
        let Self { model, pictures, player, look, hits, pages, overlays, page, .. } = self;
        let mut canvas = Canvas { frame, look, pictures, player, hits };
        draw_tabs(&mut canvas, tabs, *page, model);
        let shown = pages.of(*page);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(debug_assertions)]
            assert!(!fails, "a page that fails, for a test");
            shown.draw(&mut canvas, body, model);
        }));
        if drawn.is_err() {
            canvas.blank(body);
            canvas.words(body, " this page cannot be drawn: the log has the reason; other pages work", Role::Error);
        }
        if told.is_empty() {
            canvas.line(foot, hints);
        }
        draw_told(&mut canvas, area, &told);
        for overlay in overlays.iter_mut() {
            let drawn = catch_unwind(AssertUnwindSafe(|| overlay.draw(&mut canvas, model)));
            if drawn.is_err() {
                canvas.words(body, " this cannot be drawn: esc leaves it", Role::Error);
            }
        }
        if self.look.glyphs.ascii {
            plain(frame.buffer_mut());
        }
        self.look.finish(frame.buffer_mut());
    }

    /// What was told just now; that the engine is gone is told as long as it is. The last one is at the end.
    fn told(&self) -> Vec<(Role, String)> {
        if !self.keys.is_empty() {
            return Vec::new();
        }
        if let Engine::Lost(e) = &self.model.engine {
            return vec![(Role::Error, format!("the engine is gone: {}", e.message))];
        }
        let role = |tone| match tone {
            Tone::Plain => Role::Text,
            Tone::Good => Role::Good,
            Tone::Error => Role::Error,
        };
        let shown = self.said.shown(self.look.now_ms);
        shown.into_iter().map(|message| (role(message.tone), message.text.clone())).collect()
    }

    /// The last line: keys that wait for more, or keys that are worth knowing.
    fn hints(&mut self, width: u16) -> Line<'static> {
        let look = &self.look;
        let (accent, dim) = (look.style(Role::Accent), look.style(Role::Dim));
        if let Meaning::Pending(next) = self.keymap.meaning(self.page.scope(), &self.keys) {
            let mut spans = vec![Span::styled(" ".to_owned(), dim)];
            for (key, what) in next {
                spans.push(Span::styled(format!("{key} "), accent));
                spans.push(Span::styled(format!("{what}  "), dim));
            }
            return Line::from(spans);
        }
        let scope = self.page.scope();
        if let Some(overlay) = self.overlays.last() {
            let hint = |(key, what): &(&str, &str)| {
                [Span::styled(format!("{key} "), accent), Span::styled(format!("{what}  "), dim)]
            };
            let hints = overlay.keys().iter().flat_map(hint);
            return std::iter::once(Span::raw(" ")).chain(hints).collect();
        }
        let mut hints = self.pages.seen(self.page).hints(&self.model);
        let always = [(Action::Help, "keys"), (Action::Palette, "commands"), (Action::Quit, "leave")];
        match (self.pages.seen(self.page).takes_letters(&self.model), width < NARROW) {
            // They would only be typed.
            (true, _) => (),
            (false, true) => drop(hints.splice(0..0, always.into_iter().take(1))),
            (false, false) => hints.extend(always),
        }
        let (mut spans, mut used) = (vec![Span::styled(" ".to_owned(), dim)], 1);
        for (action, word) in hints {
            let Some(keys) = self.keymap.keys(scope, action) else { continue };
            let needed = text::width(&keys) + text::width(word) + 3;
            // One that does not fit is left out whole: `?` has them all.
            if used + needed <= width + 2 {
                used += needed;
                spans.push(Span::styled(format!("{keys} "), accent));
                spans.push(Span::styled(format!("{word}  "), dim));
            }
        }
        // The blanks behind the last one may have no room.
        if let Some(last) = spans.last_mut() {
            *last = Span::styled(last.content.trim_end().to_owned(), last.style);
        }
        Line::from(spans)
    }
}

/// What was told, on the last lines, the last one lowest: as many lines as it takes, up to a few for all of it.
fn draw_told(canvas: &mut Canvas, area: Rect, told: &[(Role, String)]) {
    let most = usize::from(area.height / 3).clamp(1, 5);
    let (mut bottom, mut left) = (area.bottom(), most);
    for (role, said) in told.iter().rev() {
        let lines = text::wrap(said, area.width.saturating_sub(2));
        // The last one is seen even if it is cut; others only whole.
        if left == 0 || (lines.len() > left && left < most) {
            return;
        }
        let cut = lines.len() > left;
        let height = lines.len().min(left) as u16;
        let place = Rect { y: bottom.saturating_sub(height), height, ..area }.intersection(area);
        canvas.put(Clear, place);
        let style = canvas.style(*role);
        canvas.put(Block::new().style(style), place);
        for (n, (y, line)) in (place.y..place.bottom()).zip(&lines).enumerate() {
            let more = if cut && n + 1 == left { canvas.look.glyphs.cut } else { "" };
            canvas.words(Rect { y, height: 1, ..place }, &format!(" {line}{more}"), *role);
        }
        left -= usize::from(height);
        bottom = place.y;
    }
}

fn draw_tabs(canvas: &mut Canvas, area: Rect, shown: PageId, model: &Model) {
    let engine = match model.engine {
        Engine::Opening => "opening ... ".to_owned(),
        Engine::Here => String::new(),
        Engine::There(pid) => format!("engine: process {pid} "),
        Engine::Lost(_) => "engine gone ".to_owned(),
    };
    let label = text::width(&engine);
    let mut x = area.x + 1;
    for (page, word) in tabs(area.width, label, shown, model) {
        let width = text::width(&word);
        let tab = Rect { x, width: width.min(area.right().saturating_sub(x)), ..area };
        canvas.words(tab, &word, if page == shown { Role::Title } else { Role::Dim });
        if page == shown {
            canvas.select(tab);
        }
        canvas.hit(tab, Hit::Do(page.action()));
        x += width + 1;
    }
    if x + label <= area.right() {
        canvas.words(Rect { x: area.right() - label, width: label, ..area }, &engine, Role::Dim);
    }
}

/// What stands on the tabs: as much as there is room for beside a label, whose room names need more than it does.
fn tabs(room: u16, label: u16, shown: PageId, model: &Model) -> Vec<(PageId, String)> {
    let waits = model.queue.waits();
    let unread = model.open.as_ref().map_or(0, |open| open.chat.unread);
    let name = |page: PageId| match waits {
        1.. if page == PageId::Review => format!("{} ({waits})", page.name()),
        _ if page == PageId::Chat && unread > 0 => format!("{} ({unread})", page.name()),
        _ => page.name().to_owned(),
    };
    let all = |word: &dyn Fn(usize, PageId) -> String| -> Vec<(PageId, String)> {
        PageId::ALL.into_iter().enumerate().map(|(n, page)| (page, word(n + 1, page))).collect()
    };
    // Where there is no room for how much waits, a sign says that something does.
    let marked = |word: &str, page: PageId| format!("{word}{}", if name(page) == page.name() { "" } else { "*" });
    let wide = all(&|n, page| format!(" {n} {} ", name(page)));
    let close = all(&|n, page| format!("{n} {}", name(page)));
    let closer = all(&|n, page| format!("{n} {}", marked(page.name(), page)));
    let fits =
        |tabs: &[(PageId, String)], room: u16| tabs.iter().map(|(_, word)| text::width(word) + 1).sum::<u16>() <= room;
    let beside = room.saturating_sub(label);
    if fits(&wide, beside) || (fits(&wide, room) && !fits(&close, beside)) {
        return wide;
    }
    if let Some(named) = [close, closer].into_iter().find(|tabs| fits(tabs, room)) {
        return named;
    }
    all(&|n, page| if page == shown { format!("{n} {}", name(page)) } else { marked(&n.to_string(), page) })
}
