//! Which keys do what: sequences of keys by scope, as TOML. The shipped map is `keymap.toml` beside this file; a
//! user's own `keymap.toml` in the store's folder is laid over it.

mod chord;
mod file;
mod trie;

use std::collections::BTreeMap;

pub use chord::Chord;
pub use file::load;
use trie::{Found, Trie};

use super::action::{Action, Scope};

/// The keys of all scopes.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    scopes: BTreeMap<Scope, Trie>,
}

/// What keys mean so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This.
    Action(Action),
    /// More keys are needed: what may follow, and what that does.
    Pending(Vec<(Chord, String)>),
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// What `keys` mean in `scope`; what it does not know, everywhere.
    pub fn meaning(&self, scope: Scope, keys: &[Chord]) -> Meaning {
        let mut pending = Vec::new();
        for scope in [scope, Scope::Global] {
            match self.scopes.get(&scope).map_or(Found::Nothing, |trie| trie.find(keys)) {
                Found::Action(action) => return Meaning::Action(action),
                Found::Pending(next) => pending.extend(next),
                Found::Nothing => (),
            }
            if scope == Scope::Global {
                break;
            }
        }
        if pending.is_empty() { Meaning::Nothing } else { Meaning::Pending(pending) }
    }

    /// The shortest keys that do something in `scope` or everywhere; none: there are none.
    pub fn keys(&self, scope: Scope, action: Action) -> Option<String> {
        let of = |scope: Scope| {
            let all = self.scopes.get(&scope).map(Trie::all).unwrap_or_default();
            let keys = all.into_iter().filter(|(_, found)| *found == action).map(|(keys, _)| written(&keys));
            keys.min_by_key(String::len)
        };
        of(scope).or_else(|| of(Scope::Global))
    }

    /// All keys of a scope, by what they do, in the order of the actions.
    pub fn all(&self, scope: Scope) -> Vec<(Action, String)> {
        let mut keys: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (sequence, action) in self.scopes.get(&scope).map(Trie::all).unwrap_or_default() {
            let place = Action::ALL.iter().position(|a| *a == action).unwrap_or_default();
            keys.entry(place).or_default().push(written(&sequence));
        }
        keys.into_iter().map(|(place, keys)| (Action::ALL[place], keys.join(", "))).collect()
    }
}

fn written(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chords(text: &str) -> Vec<Chord> {
        text.split(' ').map(|key| key.parse().unwrap()).collect()
    }

    #[test]
    fn the_narrower_scope_wins_and_the_wider_fills_in() {
        let keymap = load(None).unwrap();
        assert_eq!(keymap.meaning(Scope::Studio, &chords("a")), Meaning::Action(Action::Approve));
        assert_eq!(keymap.meaning(Scope::Studio, &chords("j")), Meaning::Action(Action::Down));
        assert_eq!(keymap.meaning(Scope::Costs, &chords("a")), Meaning::Nothing);
        let Meaning::Pending(next) = keymap.meaning(Scope::Studio, &chords("g")) else { panic!() };
        assert!(next.iter().any(|(key, what)| key.to_string() == "p" && what == "go-projects"), "{next:?}");
        assert_eq!(keymap.meaning(Scope::Studio, &chords("g p")), Meaning::Action(Action::GoProjects));
        assert_eq!(keymap.meaning(Scope::Studio, &chords("g X")), Meaning::Nothing);
    }

    #[test]
    fn every_action_has_a_key_or_stands_in_the_palette_alone_on_purpose() {
        let keymap = load(None).unwrap();
        let rare = [Action::Messages, Action::Theme, Action::DropEdit];
        for action in Action::ALL {
            let somewhere = action.scopes().iter().any(|scope| keymap.keys(*scope, *action).is_some());
            assert!(somewhere || rare.contains(action), "{action} has no key");
        }
    }
}
