//! What is done on the page of settings.

use super::{Section, SettingsPage, read_secrets};
use crate::{
    engine::api::secrets,
    model::SecretString,
    tui::{
        action::Action,
        desk::{Command, Cx, Tone},
        overlay::{Confirm, Prompt},
    },
};

impl SettingsPage {
    pub(super) fn perform(&mut self, action: Action, cx: &mut Cx) -> bool {
        match action {
            Action::Up => self.go(-1),
            Action::Down => self.go(1),
            Action::PageUp => self.top = self.top.saturating_sub(10),
            Action::PageDown => self.top += 10,
            Action::First => self.go(isize::MIN),
            Action::Last => self.go(isize::MAX),
            Action::NextPane | Action::PreviousPane => self.within = !self.within,
            Action::Left | Action::Back if action == Action::Left || self.within => self.within = false,
            Action::Open if self.section() == Section::Themes => cx.command(Command::Act(Action::Theme)),
            Action::Open if self.section() == Section::Secrets && self.within => self.store(cx),
            Action::Open | Action::Right => self.within = true,
            Action::Secret => self.store(cx),
            Action::Forget => self.forget(cx),
            _ => return false,
        }
        true
    }

    fn go(&mut self, by: isize) {
        match (self.within, self.section()) {
            (false, _) => {
                self.section.go(by, Section::ALL.len());
                self.top = 0;
            }
            (true, Section::Secrets) => self.secret.go(by, self.secrets().len()),
            // How far it goes down is known once it is drawn.
            (true, _) => self.top = self.top.saturating_add_signed(by).min(usize::from(u16::MAX)),
        }
    }

    /// Asks for a name, then for the secret: neither is shown anywhere else.
    fn store(&mut self, cx: &mut Cx) {
        let selected = self.selected().filter(|_| self.section() == Section::Secrets && self.within);
        let missing = || self.secrets().into_iter().find(|secret| !secret.stored);
        let name = selected.or_else(missing).map(|secret| secret.name).unwrap_or_default();
        let prompt = Prompt::line("the secret's name, as plugins ask for it", &name, |cx, name| {
            let name = name.trim().to_owned();
            let title = format!("the secret {name}");
            let prompt = Prompt::secret(&title, move |cx, secret| {
                let set = secrets::Set { name: name.clone(), secret: SecretString::new(secret) };
                cx.ask(set, move |app, reply| match reply {
                    Ok(_) => {
                        app.tell(Tone::Good, format!("{name} is stored, sealed; it is never shown"));
                        read_secrets(&mut app.cx());
                    }
                    Err(e) => app.tell_error(&e),
                });
            });
            cx.push(
                prompt
                    .hint("it is sealed at once, and never shown again")
                    .check(|secret| if secret.is_empty() { Err("nothing was typed".into()) } else { Ok(()) }),
            );
        });
        cx.push(prompt.check(|name| if name.trim().is_empty() { Err("a name is needed".into()) } else { Ok(()) }));
    }

    fn forget(&mut self, cx: &mut Cx) {
        let Some(secret) = self.selected().filter(|secret| secret.stored) else {
            return cx.tell(Tone::Plain, "there is no stored secret selected: tab, then up and down");
        };
        let name = secret.name;
        let question = match &secret.asked_by[..] {
            [] => format!("Remove the secret {name}? No plugin asks for it."),
            plugins => format!("Remove the secret {name}? {} can do nothing without it.", plugins.join(", ")),
        };
        cx.push(Confirm::new("remove a secret", question).answer('y', "remove it", move |cx| {
            cx.ask(secrets::Remove { name: name.clone() }, move |app, reply| match reply {
                Ok(_) => {
                    app.tell(Tone::Good, format!("{name} is removed"));
                    read_secrets(&mut app.cx());
                }
                Err(e) => app.tell_error(&e),
            });
        }));
    }
}
