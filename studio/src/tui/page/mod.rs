//! The pages: each shows a part of what is known, and acts on what a person does there.

pub mod chat;
pub mod costs;
pub mod plugins;
pub mod projects;
mod renew;
pub mod review;
pub mod scenes;
pub mod settings;
pub mod studio;
pub mod timeline;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

pub use chat::ChatPage;
pub use costs::CostsPage;
pub use plugins::PluginsPage;
pub use projects::ProjectsPage;
pub use review::ReviewPage;
pub use settings::SettingsPage;
pub use studio::StudioPage;
pub use timeline::TimelinePage;

use super::{
    action::{Action, Scope},
    canvas::{Canvas, Hit},
    desk::Cx,
    model::Model,
};

/// What a page of one project says where there is none.
const NO_PROJECT: &str = "no project is open: 1 leads to the projects";

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageId {
    /// The list of projects.
    Projects,
    /// One project.
    Studio,
    /// The film in time.
    Timeline,
    /// What waits for a person.
    Review,
    /// What was spent.
    Costs,
    /// Plugins and what they may do.
    Plugins,
    /// Secrets, providers, profiles, themes, keys.
    Settings,
    /// What is said with a model about a project.
    Chat,
}

impl PageId {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 8] = [
        Self::Projects,
        Self::Studio,
        Self::Timeline,
        Self::Review,
        Self::Costs,
        Self::Plugins,
        Self::Settings,
        Self::Chat,
    ];

    /// Where its keys are.
    pub fn scope(self) -> Scope {
        match self {
            Self::Projects => Scope::Projects,
            Self::Studio => Scope::Studio,
            Self::Timeline => Scope::Timeline,
            Self::Review => Scope::Review,
            Self::Costs => Scope::Costs,
            Self::Plugins => Scope::Plugins,
            Self::Settings => Scope::Settings,
            Self::Chat => Scope::Chat,
        }
    }

    /// Its name on its tab.
    pub fn name(self) -> &'static str {
        match self {
            Self::Projects => "Projects",
            Self::Studio => "Studio",
            Self::Timeline => "Timeline",
            Self::Review => "Review",
            Self::Costs => "Costs",
            Self::Plugins => "Plugins",
            Self::Settings => "Settings",
            Self::Chat => "Chat",
        }
    }

    /// What leads to it.
    pub fn action(self) -> Action {
        match self {
            Self::Projects => Action::GoProjects,
            Self::Studio => Action::GoStudio,
            Self::Timeline => Action::GoTimeline,
            Self::Review => Action::GoReview,
            Self::Costs => Action::GoCosts,
            Self::Plugins => Action::GoPlugins,
            Self::Settings => Action::GoSettings,
            Self::Chat => Action::GoChat,
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
    /// What waits for a person.
    pub review: ReviewPage,
    /// What was spent.
    pub costs: CostsPage,
    /// Plugins and what they may do.
    pub plugins: PluginsPage,
    /// Secrets, providers, profiles, themes, keys.
    pub settings: SettingsPage,
    /// What is said with a model about a project.
    pub chat: ChatPage,
}

impl Pages {
    /// One of them.
    pub fn of(&mut self, page: PageId) -> &mut dyn Page {
        match page {
            PageId::Projects => &mut self.projects,
            PageId::Studio => &mut self.studio,
            PageId::Timeline => &mut self.timeline,
            PageId::Review => &mut self.review,
            PageId::Costs => &mut self.costs,
            PageId::Plugins => &mut self.plugins,
            PageId::Settings => &mut self.settings,
            PageId::Chat => &mut self.chat,
        }
    }

    /// One of them, to look at.
    pub fn seen(&self, page: PageId) -> &dyn Page {
        match page {
            PageId::Projects => &self.projects,
            PageId::Studio => &self.studio,
            PageId::Timeline => &self.timeline,
            PageId::Review => &self.review,
            PageId::Costs => &self.costs,
            PageId::Plugins => &self.plugins,
            PageId::Settings => &self.settings,
            PageId::Chat => &self.chat,
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

    /// Are letters typed into it now, rather than keys that do something?
    fn takes_letters(&self, _model: &Model) -> bool {
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

    /// The last frame lacked something that can be asked for.
    fn lacks(&self) -> bool {
        false
    }

    /// Keys that are worth knowing here and now, by their actions.
    fn hints(&self, _model: &Model) -> Vec<(Action, &'static str)> {
        Vec::new()
    }
}
