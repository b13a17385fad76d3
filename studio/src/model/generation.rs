//! A generation: one result asked of a service, with the calls it took and what they cost. The ledger is made of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{roles::Role, usage::Usage};

use super::{
    ids::{GenerationId, Key, ProjectId, RunId},
    money::Money,
    slot::Slot,
};

/// One result asked of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generation {
    /// Its id; later ones sort after earlier ones.
    pub id: GenerationId,
    /// The project.
    pub project: ProjectId,
    /// The run that asked last.
    pub run: RunId,
    /// The place.
    pub slot: Slot,
    /// The name of its result; the result is found by it.
    pub key: Key,
    /// What was asked for: the kind.
    pub role: Role,
    /// Who asked.
    pub plugin: String,
    /// `host` or `host:port` that was asked.
    pub service: String,
    /// The model or voice, as far as it was named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// How it stands.
    pub state: GenerationState,
    /// When its first call was made, in milliseconds since 1970. Day and month of its price and its budgets.
    pub started_ms: i64,
    /// When it ended, in milliseconds since 1970; none: it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// Wall-clock seconds that it took; of one that was taken up again: since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The calls.
    pub calls: Vec<Call>,
    /// What was used, as far as the stage has told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What that cost; none: nothing was told yet, or no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// What of the cost is only known to be at most so much: nobody told what those calls used.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub bound: Money,
    /// The code of the error that it failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How a generation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GenerationState {
    /// It is under way.
    Running,
    /// It has its result.
    Done,
    /// It failed.
    Failed,
    /// It was stopped where it was, and can be taken up.
    Stopped,
    /// A call was sent and no answer came; only a person can say whether it was done.
    PossiblyBilled,
}

impl GenerationState {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::PossiblyBilled => "possibly_billed",
        }
    }
}

/// One call of a generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// The effect's id within its stage.
    pub effect: u32,
    /// What it is, for people: `POST https://api.example.com/v1/images`.
    pub what: String,
    /// When it was sent last, in milliseconds since 1970.
    pub at_ms: i64,
    /// The most that it may cost; none: no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Money>,
    /// How it stands.
    pub state: CallState,
    /// It was answered, and what it used is not told yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// It is about to be sent, or was sent.
    Sent,
    /// It was answered well.
    Answered,
    /// It had no effect: it was not sent, or refused.
    Void,
    /// It was sent, and no whole answer came.
    Unknown,
    /// A person says that it was not done.
    Lost,
}

fn is_nothing(amount: &Money) -> bool {
    amount.is_zero()
}

impl Generation {
    /// What is known to be spent on it.
    pub fn spent(&self) -> Money {
        self.cost.unwrap_or_default()
    }

    /// What is held back for it, since it may yet turn out to be spent: the bounds of calls whose cost is not known.
    pub fn reserved(&self) -> Money {
        let told = self.usage.is_some();
        let open = self.calls.iter().filter(|call| match call.state {
            CallState::Sent | CallState::Unknown => true,
            CallState::Answered => call.untold || !told,
            CallState::Void | CallState::Lost => false,
        });
        open.filter_map(|call| call.at_most).sum()
    }

    /// Did it use something that no price is known for?
    pub fn is_unpriced(&self) -> bool {
        self.cost.is_none() && self.calls.iter().any(|call| call.state == CallState::Answered && self.usage.is_some())
    }

    /// Did it cost money, or may it have?
    pub fn is_paid(&self) -> bool {
        self.sent() > 0 && self.cost.is_none_or(|cost| !cost.is_zero())
    }

    /// Calls that were answered, or may have been.
    pub fn sent(&self) -> u64 {
        let sent = |call: &&Call| matches!(call.state, CallState::Sent | CallState::Answered | CallState::Unknown);
        self.calls.iter().filter(sent).count() as u64
    }

    /// The latest call of an effect.
    pub fn call_mut(&mut self, effect: u32) -> Option<&mut Call> {
        self.calls.iter_mut().rev().find(|call| call.effect == effect)
    }

    /// Nobody works on it any more, and it has no end: how it stands then.
    pub fn left(&mut self) {
        if self.state == GenerationState::Running {
            self.state = self.without_end(GenerationState::Stopped);
        }
    }

    /// `otherwise`, unless a call of it has no answer.
    pub fn without_end(&self, otherwise: GenerationState) -> GenerationState {
        let open = self.calls.iter().any(|call| matches!(call.state, CallState::Sent | CallState::Unknown));
        if open { GenerationState::PossiblyBilled } else { otherwise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(state: CallState) -> Call {
        let at_most = Some("0.5".parse().unwrap());
        Call { effect: 1, what: String::new(), at_ms: 0, at_most, state, untold: false }
    }

    fn generation(calls: Vec<Call>) -> Generation {
        Generation {
            id: GenerationId::new("1"),
            project: ProjectId::new("p"),
            run: RunId::new("r"),
            slot: Slot::new(&ProjectId::new("p"), &[], Role::Llm, 1),
            key: Key::new("k"),
            role: Role::Llm,
            plugin: "x".into(),
            service: "x.com".into(),
            model: String::new(),
            state: GenerationState::Running,
            started_ms: 0,
            ended_ms: None,
            seconds: None,
            calls,
            usage: None,
            bound: Money::ZERO,
            cost: None,
            error: None,
        }
    }

    #[test]
    fn what_may_be_spent_is_held_back_until_that_is_known() {
        let half: Money = "0.5".parse().unwrap();
        for (state, before, after) in [
            (CallState::Sent, half, half),
            (CallState::Answered, half, Money::ZERO),
            (CallState::Void, Money::ZERO, Money::ZERO),
            (CallState::Unknown, half, half),
            (CallState::Lost, Money::ZERO, Money::ZERO),
        ] {
            let mut generation = generation(vec![call(state)]);
            assert_eq!(generation.reserved(), before, "{state:?}");
            generation.usage = Some(Usage::default());
            assert_eq!(generation.reserved(), after, "{state:?}");
        }
    }

    #[test]
    fn what_is_left_without_an_answer_is_possibly_billed() {
        let mut sent = generation(vec![call(CallState::Answered), call(CallState::Sent)]);
        sent.left();
        assert_eq!(sent.state, GenerationState::PossiblyBilled);
        let mut answered = generation(vec![call(CallState::Answered)]);
        answered.left();
        assert_eq!(answered.state, GenerationState::Stopped);
    }
}
