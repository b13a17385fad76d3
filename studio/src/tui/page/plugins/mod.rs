//! Plugins: who they are, what they ask for, and what of that was granted.

mod draw;
mod grant;
mod words;

use grant::GrantAll;
use ratatui::layout::Rect;

use super::Page;
use crate::{
    engine::api::{PluginInfo, plugins},
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        desk::{Cx, Tone},
        model::Model,
        widget::list::Cursor,
    },
};

/// Plugins.
#[derive(Default)]
pub struct PluginsPage {
    all: Vec<PluginInfo>,
    known: bool,
    asking: bool,
    cursor: Cursor,
    /// So many lines of what the selected one asks for are above what is seen.
    top: usize,
}

impl Page for PluginsPage {
    fn draw(&mut self, canvas: &mut Canvas, area: Rect, _model: &Model) {
        self.paint(canvas, area);
    }

    fn act(&mut self, action: Action, cx: &mut Cx) -> bool {
        let len = self.all.len();
        match action {
            Action::Up => self.cursor.go(-1, len),
            Action::Down => self.cursor.go(1, len),
            Action::First => self.cursor.to(0, len),
            Action::Last => self.cursor.to(usize::MAX, len),
            Action::PageUp => {
                self.top = self.top.saturating_sub(10);
                return true;
            }
            Action::PageDown => {
                self.top += 10;
                return true;
            }
            Action::Grant | Action::Open => self.grant(cx),
            _ => return false,
        }
        self.top = 0;
        true
    }

    fn shown(&mut self, cx: &mut Cx) {
        self.read(cx);
    }

    fn click(&mut self, hit: Hit, again: bool, cx: &mut Cx) {
        if let Hit::Select { item, .. } = hit {
            self.cursor.to(item, self.all.len());
            self.top = 0;
            if again {
                self.grant(cx);
            }
        }
    }

    fn hints(&self, _model: &Model) -> Vec<(Action, &'static str)> {
        let open = self.all.get(self.cursor.at).is_some_and(|plugin| words::missing(plugin) > 0);
        vec![(Action::Grant, if open { "grant what it asks for" } else { "look at its grant" })]
    }
}

impl PluginsPage {
    /// Reads the plugins anew, unless that is on its way.
    pub fn read(&mut self, cx: &mut Cx) {
        if cx.desk.client().is_none() || std::mem::replace(&mut self.asking, true) {
            return;
        }
        cx.ask(plugins::List {}, |app, reply| {
            let page = &mut app.pages().0.plugins;
            page.asking = false;
            match reply {
                Ok(all) => {
                    let selected = page.all.get(page.cursor.at).map(|plugin| plugin.manifest.id.clone());
                    let place = selected.and_then(|id| all.iter().position(|plugin| plugin.manifest.id == id));
                    (page.all, page.known) = (all, true);
                    page.cursor.to(place.unwrap_or(page.cursor.at), page.all.len());
                }
                Err(e) => app.tell_error(&e),
            }
        });
    }

    /// What is granted is what is shown now: these bytes, and what they ask for.
    fn grant(&self, cx: &mut Cx) {
        match self.all.get(self.cursor.at) {
            Some(plugin) => cx.push(GrantAll::new(plugin.clone())),
            None => cx.tell(Tone::Plain, "there is no plugin"),
        }
    }
}
