//! Replays a cassette against a guest and compares what comes out.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use super::{Cassette, Guest, Run, Step, cassette::with_blobs, pattern::mismatch};
use crate::{
    error::StageError,
    json,
    wire::{Answer, Effect, Event, Outcome},
};

/// What came of a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// How the stage ended.
    pub outcome: Outcome,
    /// Every call of the guest with its turn.
    pub steps: Vec<Step>,
}

/// Replays the cassette in the file. With `STUDIO_BLESS=1` in the environment, the response that comes out is
/// written to the file in place of being compared.
pub fn check(path: &Path, guest: &mut dyn Guest) -> Result<Played, String> {
    let mut cassette = Cassette::load(path)?;
    if std::env::var_os("STUDIO_BLESS").is_none_or(|v| v.is_empty() || v == "0") {
        let hint = "if this is as it should be, run again with STUDIO_BLESS=1";
        return cassette.replay(guest).map_err(|e| format!("{}: {e}\n{hint}", path.display()));
    }
    let played = cassette.play(guest).map_err(|e| format!("{}: {e}", path.display()))?;
    match &played.outcome {
        Outcome::Done { response, usage } => {
            (cassette.response, cassette.error) = (Some(response.clone()), None);
            cassette.usage = Some(usage.clone());
        }
        Outcome::Failed { error, .. } => {
            let error = serde_json::to_value(error).map_err(|e| e.to_string())?;
            (cassette.response, cassette.error, cassette.usage) = (None, Some(error), None);
        }
        Outcome::None => {}
    }
    cassette.save(path)?;
    Ok(played)
}

impl Cassette {
    /// Runs the stage against the recorded answers and compares its end with the recorded one. Then feeds the
    /// same turns to a fresh instance, which must do the same.
    pub fn replay(&self, guest: &mut dyn Guest) -> Result<Played, String> {
        let played = self.play(guest)?;
        let (_, blobs) = self.prepare(guest)?;
        match (&self.response, &self.error, &played.outcome) {
            (Some(expected), None, Outcome::Done { response, .. }) => {
                let expected = with_blobs(expected, &blobs)?;
                if expected != *response {
                    return Err(format!("the response is {response}, not {expected}"));
                }
            }
            (None, Some(pattern), Outcome::Failed { error, .. }) => {
                let error = serde_json::to_value(error).map_err(|e| e.to_string())?;
                if let Some(why) = mismatch(pattern, &error) {
                    return Err(format!("the error is {error}: {why}"));
                }
            }
            (Some(_), None, outcome) => return Err(format!("it did not give a response, but {outcome:?}")),
            (None, Some(_), outcome) => return Err(format!("it did not fail, but {outcome:?}")),
            _ => return Err("a cassette has either a response or an error".into()),
        }
        match (&self.usage, &played.outcome) {
            (Some(expected), Outcome::Done { usage, .. } | Outcome::Failed { usage, .. }) if expected != usage => {
                Err(format!("it used {usage:?}, not {expected:?}"))
            }
            _ => Ok(played),
        }
    }

    /// Runs the stage to its end and once more in a fresh instance.
    fn play(&self, guest: &mut dyn Guest) -> Result<Played, String> {
        guest.reset()?;
        let (start, blobs) = self.prepare(guest)?;
        let mut deck = Deck::new(self, &blobs)?;
        let mut run = Run::from_start(guest, start);
        let mut fresh = run.start()?;
        while *run.outcome() == Outcome::None {
            for effect in fresh {
                if run.open().contains_key(&effect.id) {
                    deck.match_up(&effect)?;
                }
            }
            let events = deck.next_batch(self.one_by_one, |id| run.open().contains_key(&id));
            if events.is_empty() {
                return Err(format!("the stage waits, but no answers are left; open: {:?}", run.open()));
            }
            fresh = run.resume(events)?;
        }
        deck.check_used()?;
        run.replay()?;
        Ok(Played { outcome: run.outcome().clone(), steps: run.steps().to_vec() })
    }
}

/// The exchanges of a cassette, and which effect got which.
struct Deck {
    slots: Vec<Slot>,
    /// (exchange, effect): matched, answers not yet given.
    due: Vec<(usize, u32)>,
}

struct Slot {
    expect: Value,
    answers: Vec<Answer>,
    repeat: bool,
    used: bool,
}

impl Deck {
    fn new(cassette: &Cassette, blobs: &BTreeMap<String, crate::blob::Blob>) -> Result<Self, String> {
        let slot = |(n, exchange): (usize, &super::Exchange)| {
            let answers = exchange.answers.iter().map(|answer| {
                let answer = with_blobs(answer, blobs)?;
                json::typed(answer).map_err(|e: StageError| format!("exchange {}: {e}", n + 1))
            });
            Ok(Slot {
                expect: with_blobs(&exchange.expect, blobs)?,
                answers: answers.collect::<Result<_, String>>()?,
                repeat: exchange.repeat,
                used: false,
            })
        };
        let slots = cassette.exchanges.iter().enumerate().map(slot).collect::<Result<_, String>>()?;
        Ok(Self { slots, due: Vec::new() })
    }

    /// Finds the exchange of a new effect: the first that is free and fits.
    fn match_up(&mut self, effect: &Effect) -> Result<(), String> {
        let value = serde_json::to_value(effect).map_err(|e| e.to_string())?;
        let mut misses = Vec::new();
        for (n, slot) in self.slots.iter_mut().enumerate().filter(|(_, slot)| slot.repeat || !slot.used) {
            match mismatch(&slot.expect, &value) {
                None => {
                    slot.used = true;
                    self.due.push((n, effect.id));
                    return Ok(());
                }
                Some(why) => misses.push(format!("  exchange {}: {why}", n + 1)),
            }
        }
        Err(format!("no exchange fits the effect {value}\n{}", misses.join("\n")))
    }

    /// The answers of the next turn, for effects that are still open.
    fn next_batch(&mut self, one_by_one: bool, is_open: impl Fn(u32) -> bool) -> Vec<Event> {
        self.due.retain(|(n, id)| is_open(*id) && !self.slots[*n].answers.is_empty());
        let taken = if one_by_one {
            let first = self.due.iter().enumerate().min_by_key(|(_, due)| **due).map(|(at, _)| at);
            first.map(|at| self.due.remove(at)).into_iter().collect()
        } else {
            std::mem::take(&mut self.due)
        };
        let answers = |(n, id): (usize, u32)| {
            let slot = &self.slots[n];
            slot.answers.iter().map(move |answer| Event { id, answer: answer.clone() })
        };
        taken.into_iter().flat_map(answers).collect()
    }

    fn check_used(&self) -> Result<(), String> {
        match self.slots.iter().position(|slot| !slot.used && !slot.repeat) {
            Some(n) => Err(format!("exchange {} was not asked for: {}", n + 1, self.slots[n].expect)),
            None => Ok(()),
        }
    }
}
