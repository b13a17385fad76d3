//! The pages: each shows a part of what is known, and acts on what a person does there.

pub mod projects;
mod renew;
pub mod scenes;
pub mod studio;
pub mod timeline;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

pub use projects::ProjectsPage;
pub use studio::StudioPage;
pub use timeline::TimelinePage;

use super::{
    action::{Action, Scope},
    canvas::{Canvas, Hit},
    desk::Cx,
    model::Model,
};

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageId {
    /// The list of projects.
    Projects,
    /// One project.
    Studio,
    /// The film in time.
    Timeline,
}

impl PageId {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 3] = [Self::Projects, Self::Studio, Self::Timeline];

    /// Where its keys are.
    pub fn scope(self) -> Scope {
        match self {
            Self::Projects => Scope::Projects,
            Self::Studio => Scope::Studio,
            Self::Timeline => Scope::Timeline,
        }
    }

    /// Its name on its tab.
    pub fn name(self) -> &'static str {
        match self {
            Self::Projects => "Projects",
            Self::Studio => "Studio",
            Self::Timeline => "Timeline",
        }
    }

    /// What leads to it.
    pub fn action(self) -> Action {
        match self {
            Self::Projects => Action::GoProjects,
            Self::Studio => Action::GoStudio,
            Self::Timeline => Action::GoTimeline,
        }
    }
}

/// All pages.
#[derive(Default)]
pub struct Pages {
    /// The list of projects.
    pub projects: ProjectsPage,
    /// One project.
    pub studio: StudioPage,
    /// The film in time.
    pub timeline: TimelinePage,
}

impl Pages {
    /// One of them.
    pub fn of(&mut self, page: PageId) -> &mut dyn Page {
        match page {
            PageId::Projects => &mut self.projects,
            PageId::Studio => &mut self.studio,
            PageId::Timeline => &mut self.timeline,
        }
    }

    /// One of them, to look at.
    pub fn seen(&self, page: PageId) -> &dyn Page {
        match page {
            PageId::Projects => &self.projects,
            PageId::Studio => &self.studio,
            PageId::Timeline => &self.timeline,
        }
    }
}

/// A page.
pub trait Page: Send {
    /// Draws it.
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model);

    /// Acts; false: it does not know that action.
    fn act(&mut self, action: Action, cx: &mut Cx) -> bool;

    /// It is looked at from now on.
    fn shown(&mut self, _cx: &mut Cx) {}

    /// The project that is open is another one.
    fn opened(&mut self, _cx: &mut Cx) {}

    /// A click on what it had marked; `again`: the second of a double click.
    fn click(&mut self, _hit: Hit, _again: bool, _cx: &mut Cx) {}

    /// The wheel.
    fn scroll(&mut self, down: bool, cx: &mut Cx) {
        self.act(if down { Action::Down } else { Action::Up }, cx);
    }

    /// A key before the keymap sees it, where the page is being typed into; true: it took it.
    fn key(&mut self, _key: KeyEvent, _cx: &mut Cx) -> bool {
        false
    }

    /// Text that was pasted, where the page is being typed into; true: it took it.
    fn paste(&mut self, _text: &str, _cx: &mut Cx) -> bool {
        false
    }

    /// Time has passed while something moves; also after every batch of events while it is looked at.
    fn tick(&mut self, _cx: &mut Cx) {}

    /// Until when it wants to be drawn again by itself, in milliseconds from now; none: when something happens.
    fn wakes(&self, _model: &Model) -> Option<u64> {
        None
    }

    /// Keys that are worth knowing here and now, by their actions.
    fn hints(&self, _model: &Model) -> Vec<(Action, &'static str)> {
        Vec::new()
    }
}
