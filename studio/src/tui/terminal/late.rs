//! Answers of the terminal that came too late: among keys they would be commands.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Input;

/// How late an answer may come.
const WITHIN: Duration = Duration::from_secs(10);

/// Keeps late answers out of the input.
#[derive(Debug, Default)]
pub struct Late {
    /// Until when there may be some; none: all was answered.
    until: Option<Instant>,
    inside: bool,
}

impl Late {
    /// Some may come from now on.
    pub fn awaited() -> Self {
        Self { until: Some(Instant::now() + WITHIN), inside: false }
    }

    /// Is it a part of one? It begins as Alt with `_`, `]` or `P` (APC, OSC, DCS), and ends as Alt-`\` or Ctrl-G.
    pub fn is_part(&mut self, input: &Input) -> bool {
        if self.until.is_none_or(|until| Instant::now() > until) {
            return false;
        }
        let Input::Key(KeyEvent { code: KeyCode::Char(c), modifiers, .. }) = input else { return self.inside };
        let alt = modifiers.contains(KeyModifiers::ALT);
        if !self.inside {
            self.inside = alt && matches!(c, '_' | ']' | 'P');
            return self.inside;
        }
        let bell = modifiers.contains(KeyModifiers::CONTROL) && *c == 'g';
        self.inside = !(bell || (alt && *c == '\\'));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Input {
        Input::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    #[test]
    fn a_late_answer_is_no_command() {
        let answer = |first: char, inner: &str, last: Input| -> Vec<Input> {
            let inner = inner.chars().map(|c| key(c, KeyModifiers::NONE));
            std::iter::once(key(first, KeyModifiers::ALT)).chain(inner).chain([last]).collect()
        };
        let mut keys = answer(']', "11;rgb:1616/1818/1d1d", key('g', KeyModifiers::CONTROL));
        keys.push(key('r', KeyModifiers::NONE));
        keys.extend(answer('_', "Gi=31;OK", key('\\', KeyModifiers::ALT)));
        keys.push(Input::Resize);
        let mut late = Late::awaited();
        let left: Vec<Input> = keys.iter().filter(|input| !late.is_part(input)).cloned().collect();
        assert_eq!(left, [key('r', KeyModifiers::NONE), Input::Resize]);
        let mut none = Late::default();
        assert!(!keys.iter().any(|input| none.is_part(input)));
    }
}
