//! Secrets, who serves which role, profiles, themes, keys, and what this box can do.

mod act;
mod draw;
mod facts;

use std::collections::BTreeMap;

use facts::SecretRow;
use ratatui::layout::Rect;

use super::Page;
use crate::{
    engine::api::{Doctor, PluginInfo, RoleInfo, plugins, projects, secrets},
    model::Profile,
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::Cx,
        model::Model,
        theme,
        widget::list::Cursor,
    },
};

/// A part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    /// Secrets, by name.
    #[default]
    Secrets,
    /// Who serves which role.
    Providers,
    /// Profiles.
    Profiles,
    /// Themes.
    Themes,
    /// The keymap.
    Keys,
    /// What was found on this box.
    Box,
}

impl Section {
    const ALL: [(Self, &str); 6] = [
        (Self::Secrets, "Secrets"),
        (Self::Providers, "Providers"),
        (Self::Profiles, "Profiles"),
        (Self::Themes, "Themes"),
        (Self::Keys, "Keys"),
        (Self::Box, "This box"),
    ];
}

/// Settings.
#[derive(Default)]
pub struct SettingsPage {
    section: Cursor,
    /// The right side has the keys.
    within: bool,
    /// Which secret.
    secret: Cursor,
    /// So many lines of the right side are above what is seen.
    top: usize,
    names: Vec<String>,
    plugins: Vec<PluginInfo>,
    roles: Vec<RoleInfo>,
    profiles: BTreeMap<String, Profile>,
    themes: Vec<String>,
}

impl Page for SettingsPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        self.paint(canvas, area, model);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        self.perform(action, cx)
    }

    fn shown(&mut self, cx: &mut Cx) {
        self.read(cx);
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        match hit {
            Hit::Select { pane: 0, item } => {
                self.section.to(item, Section::ALL.len());
                (self.within, self.top) = (false, 0);
                if again {
                    self.perform(Action::Open, cx);
                }
            }
            Hit::Select { item, .. } => {
                self.within = true;
                self.secret.to(item, usize::MAX);
            }
            Hit::Do(_) | Hit::Seek(_) => (),
        }
    }

    fn hints(&self, _model: &Model) -> Vec<(Action, &'static str)> {
        match self.section() {
            Section::Secrets => {
                let mut hints = vec![(Action::Secret, "store a secret")];
                if self.selected().is_some_and(|secret| secret.stored) {
                    hints.push((Action::Forget, "remove it"));
                }
                hints
            }
            Section::Themes => vec![(Action::Open, "choose a theme")],
            Section::Providers => vec![(Action::GoPlugins, "plugins and grants")],
            Section::Keys => vec![(Action::Help, "the keys")],
            Section::Profiles | Section::Box => Vec::new(),
        }
    }
}

impl SettingsPage {
    fn section(&self) -> Section {
        Section::ALL[self.section.at.min(Section::ALL.len() - 1)].0
    }

    fn secrets(&self) -> Vec<SecretRow> {
        facts::secrets(&self.names, &self.plugins)
    }

    /// The secret that is selected.
    fn selected(&self) -> Option<SecretRow> {
        self.secrets().into_iter().nth(self.secret.at)
    }

    fn read(&mut self, cx: &mut Cx) {
        self.themes = theme::names(Some(&cx.model.own.themes));
        if cx.desk.client().is_none() {
            return;
        }
        read_secrets(cx);
        cx.ask(plugins::List {}, |app, reply| match reply {
            Ok(plugins) => app.pages().0.settings.plugins = plugins,
            Err(e) => app.tell_error(&e),
        });
        cx.ask(plugins::Roles {}, |app, reply| match reply {
            Ok(roles) => app.pages().0.settings.roles = roles,
            Err(e) => app.tell_error(&e),
        });
        cx.ask(projects::Profiles {}, |app, reply| match reply {
            Ok(profiles) => app.pages().0.settings.profiles = profiles,
            Err(e) => app.tell_error(&e),
        });
        cx.ask(Doctor {}, |app, reply| match reply {
            Ok(checks) => app.model.checks = Some(checks),
            Err(e) => app.tell_error(&e),
        });
    }
}

/// The names of secrets; none is ever given out.
fn read_secrets(cx: &mut Cx) {
    cx.ask(secrets::List {}, |app, reply| match reply {
        Ok(names) => app.pages().0.settings.names = names,
        Err(e) => app.tell_error(&e),
    });
}
