//! What pages draw on: the frame, how things look, pictures, and where the mouse meets what.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, Clear, Widget},
};

use super::{action::Action, look::Look, picture::Pictures, player::Player, theme::Role, widget::text};

/// What a click means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// It does this.
    Do(Action),
    /// It selects the thing of that number in a pane of the page; a second click opens it.
    Select {
        /// The page's own number of the pane.
        pane: u8,
        /// Which thing.
        item: usize,
    },
    /// It goes to a share of a line, in thousandths.
    Seek(u16),
}

/// Where clicks meet what; what is drawn later lies on top.
#[derive(Debug, Default)]
pub struct Hits {
    all: Vec<(Rect, Hit)>,
}

impl Hits {
    /// Nothing is there.
    pub fn clear(&mut self) {
        self.all.clear();
    }

    /// What is at a place.
    pub fn at(&self, place: Position) -> Option<(Rect, Hit)> {
        self.all.iter().rev().find(|(area, _)| area.contains(place)).copied()
    }
}

/// Up to this height a box may lie over the last line too.
const LOW: u16 = 6;

/// What pages draw on.
pub struct Canvas<'a, 'f> {
    /// The frame.
    pub frame: &'a mut Frame<'f>,
    /// How things look.
    pub look: &'a Look,
    /// Pictures.
    pub pictures: &'a mut Pictures,
    /// What is played.
    pub player: &'a mut Player,
    /// Where the mouse meets what.
    pub hits: &'a mut Hits,
}

impl Canvas<'_, '_> {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.look.style(role)
    }

    /// A click there means this.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        let area = area.intersection(self.frame.area());
        if !area.is_empty() {
            self.hits.all.push((area, hit));
        }
    }

    /// Draws a widget.
    pub fn put(&mut self, widget: impl Widget, area: Rect) {
        let area = area.intersection(self.frame.area());
        if !area.is_empty() {
            self.frame.render_widget(widget, area);
        }
    }

    /// A line of text, cut with a sign where it does not fit.
    pub fn line(&mut self, area: Rect, line: impl Into<Line<'static>>) {
        if area.is_empty() {
            return;
        }
        let line = text::fit_line(line.into(), area.width, self.look.glyphs.cut);
        self.row(area, &line);
    }

    /// A line that fits, cluster by cluster: each span begins where the one before has ended.
    fn row(&mut self, area: Rect, line: &Line) {
        let area = Rect { height: 1, ..area }.intersection(self.frame.area());
        if !area.is_empty() {
            let buffer = self.frame.buffer_mut();
            buffer.set_style(area, line.style);
            buffer.set_line(area.x, area.y, line, area.width);
        }
    }

    /// The title of a box, in its upper border.
    fn title(&mut self, area: Rect, title: &str, style: Style) {
        let title = text::fit(title, area.width.saturating_sub(4), self.look.glyphs.cut);
        if !title.is_empty() {
            let within = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
            self.row(within, &Line::from(Span::styled(format!(" {title} "), style)));
        }
    }

    /// Text of one style, cut with a sign where it does not fit.
    pub fn words(&mut self, area: Rect, words: &str, role: Role) {
        let style = self.style(role);
        self.line(area, Span::styled(words.to_owned(), style));
    }

    /// Words as the lines of an area, cut with a sign where they do not fit.
    pub fn paragraph(&mut self, area: Rect, words: &str, role: Role) {
        for (y, line) in (area.y..area.bottom()).zip(text::lines_within(words, area, self.look.glyphs.cut)) {
            self.words(Rect { y, height: 1, ..area }, &line, role);
        }
    }

    /// Words in the middle of an area, which say why there is nothing else.
    pub fn middle(&mut self, area: Rect, words: &str) {
        let width = text::width(words).min(area.width);
        let x = area.x + (area.width - width) / 2;
        self.words(Rect { x, y: area.y + area.height / 2, width, height: 1 }.intersection(area), words, Role::Dim);
    }

    /// A pane with a title: the area within.
    pub fn pane(&mut self, area: Rect, title: &str, focused: bool) -> Rect {
        if area.width < 4 || area.height < 3 {
            return Rect { width: 0, height: 0, ..area };
        }
        let (border, name) = if focused { (Role::Focus, Role::Accent) } else { (Role::Border, Role::Dim) };
        let block = Block::bordered().border_set(self.look.glyphs.border()).border_style(self.style(border));
        let inner = block.inner(area);
        self.put(block, area);
        self.title(area, title, self.style(name));
        inner
    }

    /// A box over what is there, in the middle: the area within.
    pub fn over(&mut self, width: u16, height: u16, title: &str) -> Rect {
        let mut all = self.frame.area();
        // The last line has the keys.
        all.height -= u16::from(all.height > LOW);
        let area = all.centered(
            ratatui::layout::Constraint::Length(width.min(all.width)),
            ratatui::layout::Constraint::Length(height.min(all.height)),
        );
        self.over_at(area, title)
    }

    /// A box over what is there: the area within.
    pub fn over_at(&mut self, area: Rect, title: &str) -> Rect {
        self.put(Clear, area);
        let ground = self.style(Role::Overlay);
        self.put(Block::new().style(ground), area);
        // What lies below takes no clicks.
        self.hits.clear();
        if area.width < 4 || area.height < 3 {
            return area;
        }
        let block = Block::bordered()
            .border_set(self.look.glyphs.border())
            .border_style(ground.patch(self.look.theme.own(Role::Focus)));
        let inner = block.inner(area);
        self.put(block, area);
        self.title(area, title, ground.patch(self.look.theme.own(Role::Title)));
        inner.inner(ratatui::layout::Margin { horizontal: u16::from(inner.width > 20), vertical: 0 })
    }

    /// Nothing is there any more but the theme's ground.
    pub fn blank(&mut self, area: Rect) {
        self.put(Clear, area);
        let ground = self.style(Role::Text);
        self.put(Block::new().style(ground), area);
    }

    /// Lays the look of what is selected over an area.
    pub fn select(&mut self, area: Rect) {
        let style = self.look.theme.own(Role::Selected);
        let area = area.intersection(self.frame.area());
        self.frame.buffer_mut().set_style(area, style);
    }
}
