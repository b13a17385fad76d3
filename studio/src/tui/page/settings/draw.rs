//! The sections on the left, what stands in the selected one on the right.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Section, SettingsPage, facts};
use crate::{
    engine::Health,
    model::NodeState,
    tui::{
        canvas::{Canvas, Hit},
        model::Model,
        theme::Role,
        widget::text,
    },
};

impl SettingsPage {
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Rect, model: &Model) {
        let width = 18.min(area.width / 3);
        let inner = canvas.pane(Rect { width, ..area }, "settings", !self.within);
        for ((y, n), (_, name)) in (inner.y..inner.bottom()).zip(0..).zip(Section::ALL) {
            let row = Rect { y, height: 1, ..inner };
            canvas.words(row, name, Role::Text);
            if n == self.section.at {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 0, item: n });
        }
        let (section, title) = Section::ALL[self.section.at.min(Section::ALL.len() - 1)];
        let right = Rect { x: area.x + width, width: area.width - width, ..area };
        let inner = canvas.pane(right, &title.to_lowercase(), self.within);
        if inner.is_empty() {
            return;
        }
        let lines = match section {
            Section::Secrets => return self.secret_list(canvas, inner),
            Section::Providers => self.providers(canvas, inner.width),
            Section::Profiles => self.profile_list(canvas, inner.width),
            Section::Themes => themes(canvas, &self.themes, model),
            Section::Keys => keys(canvas, model, inner.width),
            Section::Box => checks(canvas, model, inner.width),
        };
        self.top = self.top.min(lines.len().saturating_sub(usize::from(inner.height)));
        for (y, line) in (inner.y..inner.bottom()).zip(lines.into_iter().skip(self.top)) {
            canvas.line(Rect { y, height: 1, ..inner }, line);
        }
    }

    fn secret_list(&mut self, canvas: &mut Canvas, area: Rect) {
        let secrets = self.secrets();
        if secrets.is_empty() {
            return canvas.words(area, "no secret is stored, and no plugin asks for one", Role::Dim);
        }
        let list = Rect { height: area.height.saturating_sub(3).max(1), ..area };
        let names = secrets.iter().map(|secret| text::width(&secret.name)).max().unwrap_or(0).min(24);
        let seen = self.secret.seen(secrets.len(), usize::from(list.height));
        for (y, n) in (list.y..list.bottom()).zip(seen) {
            let secret = &secrets[n];
            let row = Rect { y, height: 1, ..list };
            let (state, role) =
                if secret.stored { (NodeState::Done, Role::Good) } else { (NodeState::Waiting, Role::Waiting) };
            let word = if secret.stored { "stored    " } else { "not stored" };
            let name = text::fit(&secret.name, names, canvas.look.glyphs.cut);
            let pad = " ".repeat(usize::from(names.saturating_sub(text::width(&name))) + 2);
            let asked = if secret.asked_by.is_empty() {
                "no plugin asks for it".to_owned()
            } else {
                format!("for {}, sent to {}", secret.asked_by.join(", "), secret.host)
            };
            let line = vec![
                Span::styled(format!("{} ", canvas.look.glyphs.node(state)), canvas.style(role)),
                Span::styled(name + &pad, canvas.style(Role::Text)),
                Span::styled(format!("{word}  "), canvas.style(role)),
                Span::styled(asked, canvas.style(Role::Dim)),
            ];
            canvas.line(row, Line::from(line));
            if n == self.secret.at && self.within {
                canvas.select(row);
            }
            canvas.hit(row, Hit::Select { pane: 1, item: n });
        }
        let help = secrets.get(self.secret.at).filter(|_| self.within).map(|secret| secret.help.clone());
        let said = help.filter(|help| !help.is_empty()).unwrap_or_else(|| {
            "Secrets are sealed in the store. Plugins never see them: they are filled in where a request leaves.".into()
        });
        let foot = Rect { y: list.bottom() + 1, height: area.bottom().saturating_sub(list.bottom() + 1), ..area };
        canvas.paragraph(foot, &said, Role::Dim);
    }

    fn providers(&self, canvas: &Canvas, width: u16) -> Vec<Line<'static>> {
        let style = |role| canvas.style(role);
        let role_line = |role: &crate::engine::api::RoleInfo| {
            let served = if role.providers.is_empty() { Role::Dim } else { Role::Text };
            Line::from(vec![
                Span::styled(format!("{:<11}", role.role.name()), style(Role::Accent)),
                Span::styled(facts::providers(role), style(served)),
            ])
        };
        let mut lines: Vec<Line> = self.roles.iter().map(role_line).collect();
        lines.push(Line::default());
        let hint = "The first serves a role where a script names nobody: tts { provider = \"...\" } names one.";
        lines.extend(wrapped(canvas, hint, width, Role::Dim));
        lines
    }

    fn profile_list(&self, canvas: &Canvas, width: u16) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for (name, profile) in &self.profiles {
            lines.push(Line::styled(name.clone(), canvas.style(Role::Title)));
            lines.extend(wrapped(canvas, &profile.help, width, Role::Dim));
            let changes = facts::changes(profile);
            if changes.is_empty() {
                lines.push(Line::styled("  changes nothing", canvas.style(Role::Text)));
            }
            lines.extend(changes.into_iter().map(|line| Line::styled(format!("  {line}"), canvas.style(Role::Text))));
            lines.push(Line::default());
        }
        lines
    }
}

fn wrapped(canvas: &Canvas, words: &str, width: u16, role: Role) -> Vec<Line<'static>> {
    let style = canvas.style(role);
    text::wrap(words, width).into_iter().map(|line| Line::styled(line, style)).collect()
}

fn themes(canvas: &Canvas, names: &[String], model: &Model) -> Vec<Line<'static>> {
    let used = &canvas.look.theme.name;
    let name_line = |name: &String| {
        let is_used = name == used;
        let glyph = if is_used { canvas.look.glyphs.mark } else { " " };
        Line::from(vec![
            Span::styled(format!("{glyph} "), canvas.style(Role::Accent)),
            Span::styled(name.clone(), canvas.style(Role::Text)),
            Span::styled(if is_used { "  in use" } else { "" }, canvas.style(Role::Dim)),
        ])
    };
    let mut lines: Vec<Line> = names.iter().map(name_line).collect();
    lines.push(Line::default());
    lines.push(Line::styled("enter chooses one; each is shown while it is selected", canvas.style(Role::Dim)));
    let own = format!("your own: {}", model.own.themes.display());
    lines.push(Line::styled(own, canvas.style(Role::Dim)));
    lines.push(Line::default());
    let sample = |role: Role, word: &str| Span::styled(format!("{word}  "), canvas.style(role));
    lines.push(Line::from(vec![
        sample(Role::Title, "title"),
        sample(Role::Good, "done"),
        sample(Role::Running, "running"),
        sample(Role::Review, "review"),
        sample(Role::Warning, "warning"),
        sample(Role::Error, "failed"),
        sample(Role::Cost, "$0.42"),
    ]));
    lines
}

fn keys(canvas: &Canvas, model: &Model, width: u16) -> Vec<Line<'static>> {
    let own = &model.own;
    let mut lines = vec![Line::styled(own.keymap.display().to_string(), canvas.style(Role::Text))];
    match &own.keymap_wrong {
        Some(why) => {
            lines.extend(wrapped(canvas, "It was not taken: the shipped keys hold.", width, Role::Error));
            lines.extend(wrapped(canvas, why, width, Role::Error));
        }
        None if own.keymap_there => {
            lines.extend(wrapped(canvas, "It lies over the shipped keys.", width, Role::Good));
        }
        None => lines.extend(wrapped(canvas, "There is none: the shipped keys hold.", width, Role::Dim)),
    }
    lines.push(Line::default());
    let how = "A table a page, keys and what they do: [review] and below it \"ctrl-a\" = \"approve\". An empty action \
               takes keys away. ? lists all keys, : all actions by their names.";
    lines.extend(wrapped(canvas, how, width, Role::Dim));
    lines.push(Line::default());
    lines.push(Line::styled(format!("settings: {}", own.config.display()), canvas.style(Role::Dim)));
    lines
}

fn checks(canvas: &Canvas, model: &Model, width: u16) -> Vec<Line<'static>> {
    let Some(checks) = &model.checks else {
        return vec![Line::styled("looking at what this box can do ...", canvas.style(Role::Dim))];
    };
    let mut lines = Vec::new();
    for check in checks {
        let (state, word, role) = match check.health {
            Health::Ok => (NodeState::Done, "good", Role::Good),
            Health::Warn => (NodeState::Ready, "less than could be", Role::Warning),
            Health::Bad => (NodeState::Failed, "will fail", Role::Error),
        };
        lines.push(Line::from(vec![
            Span::styled(format!("{} ", canvas.look.glyphs.node(state)), canvas.style(role)),
            Span::styled(format!("{}  ", check.name), canvas.style(Role::Title)),
            Span::styled(word, canvas.style(role)),
        ]));
        let indented = |words: &str, role: Role| {
            let style = canvas.style(role);
            text::wrap(words, width.saturating_sub(2)).into_iter().map(move |l| Line::styled(format!("  {l}"), style))
        };
        lines.extend(indented(&check.found, Role::Text));
        if !check.mend.is_empty() {
            lines.extend(indented(&check.mend, Role::Dim));
        }
    }
    lines
}
