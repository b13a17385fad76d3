//! How things look: roles of the screen (`title`, `error`, `selected` …) and the styles that a theme gives them.
//! Pages name roles, never colours. Themes are TOML files: the shipped ones in `themes/`, a user's own in the
//! store's folder `themes/`.

mod colour;
#[cfg(test)]
mod contrast;
mod file;
mod glyphs;

use std::collections::BTreeMap;

use ratatui::style::{Color, Style};

pub use file::{load, names, shipped};
pub use glyphs::Glyphs;

/// What a part of the screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Ordinary text, and the ground that all stands on.
    Text,
    /// What matters less.
    Dim,
    /// Headings, names.
    Title,
    /// Figures and places of what is looked at; keys in hints.
    Accent,
    /// Lines around panes.
    Border,
    /// Lines around the pane that has the keys.
    Focus,
    /// The row or card that is selected.
    Selected,
    /// What was typed and found again.
    Match,
    /// Lines that lie over others: palette, help, questions.
    Overlay,
    /// A field that is typed into.
    Input,
    /// Done and good.
    Good,
    /// Not bad yet.
    Warning,
    /// Failed.
    Error,
    /// Under way.
    Running,
    /// Waits for a person.
    Review,
    /// Kept from before.
    Kept,
    /// Not begun.
    Waiting,
    /// Money.
    Cost,
    /// The done part of a bar.
    Bar,
    /// The rest of a bar.
    Track,
}

impl Role {
    /// All of them, with their names in theme files.
    pub const ALL: [(Self, &str); 20] = [
        (Self::Text, "text"),
        (Self::Dim, "dim"),
        (Self::Title, "title"),
        (Self::Accent, "accent"),
        (Self::Border, "border"),
        (Self::Focus, "focus"),
        (Self::Selected, "selected"),
        (Self::Match, "match"),
        (Self::Overlay, "overlay"),
        (Self::Input, "input"),
        (Self::Good, "good"),
        (Self::Warning, "warning"),
        (Self::Error, "error"),
        (Self::Running, "running"),
        (Self::Review, "review"),
        (Self::Kept, "kept"),
        (Self::Waiting, "waiting"),
        (Self::Cost, "cost"),
        (Self::Bar, "bar"),
        (Self::Track, "track"),
    ];
}

/// A theme, ready to draw with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// It is for a dark ground.
    pub dark: bool,
    styles: BTreeMap<Role, Style>,
}

impl Theme {
    /// The style of a role; what it leaves open is as in `text`.
    pub fn style(&self, role: Role) -> Style {
        let text = self.styles.get(&Role::Text).copied().unwrap_or_default();
        if role == Role::Text { text } else { text.patch(self.own(role)) }
    }

    /// What the theme says of a role alone: laid over what is there.
    pub fn own(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// The colours that a role's text is seen in: letters and ground.
    pub fn colours(&self, role: Role) -> (Color, Color) {
        let style = self.style(role);
        (style.fg.unwrap_or(Color::Reset), style.bg.unwrap_or(Color::Reset))
    }
}

#[cfg(test)]
mod tests {
    use super::{contrast::ratio, *};

    /// Between letters and their ground, as WCAG 2 asks for text (§1.4.3).
    const LEAST: f64 = 4.5;

    #[test]
    fn text_of_every_role_can_be_read_in_every_theme() {
        for (name, _) in crate::embedded::THEMES {
            let theme = shipped(name.trim_end_matches(".toml")).unwrap();
            for (role, word) in Role::ALL {
                // Lines and bars are no text.
                if matches!(role, Role::Border | Role::Track | Role::Bar | Role::Focus) {
                    continue;
                }
                let (letters, ground) = theme.colours(role);
                let Some(found) = ratio(letters, ground) else { continue };
                assert!(found >= LEAST, "{name}: {word} has {found:.2}");
                let (_, selected) = theme.colours(Role::Selected);
                if let Some(found) = ratio(letters, selected)
                    && theme.own(Role::Selected).fg.is_none()
                    && theme.own(role).bg.is_none()
                {
                    assert!(found >= 3.0, "{name}: {word} in a selected row has {found:.2}");
                }
            }
        }
    }

    #[test]
    fn every_theme_tells_what_is_selected() {
        for (name, _) in crate::embedded::THEMES {
            let theme = shipped(name.trim_end_matches(".toml")).unwrap();
            assert_ne!(theme.style(Role::Selected), theme.style(Role::Text), "{name}");
        }
    }
}
