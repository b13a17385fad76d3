//! Sequences of keys: what has been pressed so far leads to an action, or to more keys.

use super::Chord;
use crate::tui::action::Action;

/// Keys and where they lead, in the order in which they were put.
#[derive(Clone, Debug, Default)]
pub struct Trie {
    next: Vec<(Chord, Step)>,
}

#[derive(Clone, Debug)]
enum Step {
    Action(Action),
    More(Trie),
}

/// Where keys lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Action(Action),
    /// What may follow, and what it does: one action by its name, or how many.
    Pending(Vec<(Chord, String)>),
    Nothing,
}

impl Trie {
    /// `keys` do `action` from now on; what they did before, or led to, is gone.
    pub fn put(&mut self, keys: &[Chord], action: Action) {
        let [first, rest @ ..] = keys else { return };
        let at = self.next.iter().position(|(chord, _)| chord == first);
        if rest.is_empty() {
            match at {
                Some(at) => self.next[at].1 = Step::Action(action),
                None => self.next.push((*first, Step::Action(action))),
            }
            return;
        }
        let at = at.unwrap_or_else(|| {
            self.next.push((*first, Step::More(Self::default())));
            self.next.len() - 1
        });
        let step = &mut self.next[at].1;
        if let Step::Action(_) = step {
            *step = Step::More(Self::default());
        }
        if let Step::More(more) = step {
            more.put(rest, action);
        }
    }

    /// `keys` do nothing from now on.
    pub fn drop(&mut self, keys: &[Chord]) {
        let [first, rest @ ..] = keys else { return };
        let Some(at) = self.next.iter().position(|(chord, _)| chord == first) else { return };
        match &mut self.next[at].1 {
            Step::More(more) if !rest.is_empty() => more.drop(rest),
            _ => drop(self.next.remove(at)),
        }
    }

    pub fn find(&self, keys: &[Chord]) -> Found {
        let [first, rest @ ..] = keys else { return Found::Nothing };
        match self.next.iter().find(|(chord, _)| chord == first).map(|(_, step)| step) {
            Some(Step::Action(action)) if rest.is_empty() => Found::Action(*action),
            Some(Step::More(more)) if rest.is_empty() => Found::Pending(more.hints()),
            Some(Step::More(more)) => more.find(rest),
            _ => Found::Nothing,
        }
    }

    /// All sequences and what they do.
    pub fn all(&self) -> Vec<(Vec<Chord>, Action)> {
        let mut all = Vec::new();
        for (chord, step) in &self.next {
            match step {
                Step::Action(action) => all.push((vec![*chord], *action)),
                Step::More(more) => {
                    all.extend(more.all().into_iter().map(|(rest, action)| ([vec![*chord], rest].concat(), action)));
                }
            }
        }
        all
    }

    fn hints(&self) -> Vec<(Chord, String)> {
        let what = |step: &Step| match step {
            Step::Action(action) => action.name().to_owned(),
            Step::More(more) => format!("+{}", more.next.len()),
        };
        self.next.iter().map(|(chord, step)| (*chord, what(step))).collect()
    }
}
