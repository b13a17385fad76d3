//! What the person was told: for a while on the last lines, and all of it in the list of messages.

use std::collections::VecDeque;

use super::desk::Tone;

/// How long what was told last is shown, in milliseconds.
const TOLD_MS: i64 = 6_000;

/// How long it is shown at least, whatever is told after it: long enough to be read.
const LEAST_MS: i64 = 2_000;

/// How many are shown at once.
const MOST_SHOWN: usize = 3;

/// How many are kept.
const MOST_KEPT: usize = 500;

/// One thing that was told.
pub struct Message {
    /// How it is meant.
    pub tone: Tone,
    /// Its words.
    pub text: String,
    at_ms: i64,
}

/// All that was told, the last one at the end.
#[derive(Default)]
pub struct Said(VecDeque<Message>);

impl Said {
    /// Takes one in. The same thing again is shown anew, not twice.
    pub fn push(&mut self, tone: Tone, text: String, now_ms: i64) {
        if self.0.back().is_some_and(|last| last.text == text && now_ms - last.at_ms < TOLD_MS) {
            self.0.pop_back();
        }
        if self.0.len() >= MOST_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Message { tone, text, at_ms: now_ms });
    }

    /// What is shown now: the last one, and below others that had no time to be read yet. The last one is at the end.
    pub fn shown(&self, now_ms: i64) -> Vec<&Message> {
        let age = |message: &Message| now_ms - message.at_ms;
        let last = self.0.back().filter(|message| age(message) < TOLD_MS);
        let before = self.0.iter().rev().skip(1).take_while(|message| age(message) < LEAST_MS);
        let mut shown: Vec<&Message> = last.into_iter().chain(before).take(MOST_SHOWN).collect();
        shown.reverse();
        shown
    }

    /// When it looks otherwise, in milliseconds from now.
    pub fn changes(&self, now_ms: i64) -> Option<u64> {
        let until = |(n, message): (usize, &Message)| message.at_ms + if n == 0 { TOLD_MS } else { LEAST_MS } - now_ms;
        let times = self.0.iter().rev().take(MOST_SHOWN).enumerate().map(until);
        times.filter(|left| *left > 0).min().map(i64::unsigned_abs)
    }

    /// All of it.
    pub fn all(&self) -> impl Iterator<Item = &Message> {
        self.0.iter()
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(said: &Said, now_ms: i64) -> Vec<&str> {
        said.shown(now_ms).iter().map(|message| message.text.as_str()).collect()
    }

    #[test]
    fn what_is_told_at_once_is_all_seen_and_the_last_stays_longest() {
        let mut said = Said::default();
        assert_eq!((texts(&said, 0), said.changes(0)), (vec![], None));
        said.push(Tone::Good, "2 approved".into(), 0);
        said.push(Tone::Plain, "Rice: waits for you".into(), 100);
        assert_eq!(texts(&said, 100), ["2 approved", "Rice: waits for you"]);
        assert_eq!(said.changes(100), Some(1_900));
        assert_eq!(texts(&said, 2_000), ["Rice: waits for you"]);
        assert_eq!(said.changes(2_000), Some(4_100));
        assert_eq!((texts(&said, 6_100), said.changes(6_100)), (vec![], None));
    }

    #[test]
    fn the_same_again_is_one_and_no_more_than_three_are_seen() {
        let mut said = Said::default();
        said.push(Tone::Plain, "nothing to undo".into(), 0);
        said.push(Tone::Plain, "nothing to undo".into(), 1_000);
        assert_eq!(texts(&said, 1_000), ["nothing to undo"]);
        for n in 0..5 {
            said.push(Tone::Plain, format!("n{n}"), 1_000);
        }
        assert_eq!(texts(&said, 1_000), ["n2", "n3", "n4"]);
        assert_eq!(said.all().count(), 6);
        said.clear();
        assert_eq!(said.all().count(), 0);
    }
}
