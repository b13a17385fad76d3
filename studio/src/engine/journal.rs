//! What a running stage writes down, so that it can go on after a crash. A plan writes nothing.

use std::collections::HashMap;

use studio_plugin_sdk::wire::{Action, Answer, Effect, Event, Start, Turn};
use zeroize::Zeroizing;

use crate::{
    effects::http::is_idempotent,
    host::Loaded,
    model::{Digest, Intent, Key, NodeError, Record, Slot, Source, StartedNode, TurnRecord},
    store::{SecretError, SecretVault, Store},
};

/// Most effects of one stage.
pub const MOST_EFFECTS: usize = 10_000;
/// Most bytes of answers of one stage.
pub const MOST_BYTES: usize = 4 << 20;

/// Shorter pauses simply begin anew after a crash.
const WORTH_NOTING_MS: u64 = 1_000;

/// The code of a request that may have been acted on, though no answer came.
pub const UNANSWERED: &str = "http.unanswered";

/// The journal of one node; without a store it forgets everything.
#[derive(Clone)]
pub struct Journal {
    store: Option<Store>,
    vault: SecretVault,
    key: Key,
}

impl Journal {
    /// Of a node.
    pub fn new(store: Option<Store>, vault: SecretVault, key: Key) -> Self {
        Self { store, vault, key }
    }

    /// What was written before: the start and the turns since.
    pub fn begun(&self) -> Result<Option<(StartedNode, Vec<TurnRecord>)>, NodeError> {
        let Some(store) = &self.store else { return Ok(None) };
        let Some(started) = store.started_node(&self.key)? else { return Ok(None) };
        let turns = store.turns(&self.key)?.into_iter().map(|turn| self.opened(turn)).collect::<Result<_, _>>()?;
        Ok(Some((started, turns)))
    }

    /// The answers of the first `turns` turns; none: nothing is written down.
    pub fn told(&self, turns: u32) -> Result<Option<Vec<Vec<Event>>>, NodeError> {
        let Some(store) = &self.store else { return Ok(None) };
        let told = store.turns(&self.key)?.into_iter().filter(|turn| turn.turn <= turns);
        told.map(|turn| Ok(self.opened(turn)?.events)).collect::<Result<_, _>>().map(Some)
    }

    /// A node starts.
    pub async fn begin(&self, slot: &Slot, plugin: &Loaded, start: Start, at_ms: i64) -> Result<(), NodeError> {
        let started = StartedNode {
            key: self.key.clone(),
            slot: slot.clone(),
            module: plugin.digest,
            third_party: plugin.source != Source::Shipped,
            start,
            at_ms,
        };
        self.append(Record::Started(started)).await
    }

    /// Answers that the guest is about to see; sealed where one of them is sensitive.
    pub async fn turn(&self, turn: u32, events: &[Event], sensitive: bool, asked: Digest) -> Result<(), NodeError> {
        let (events, sealed) = match &self.store {
            Some(_) if sensitive => {
                let text = Zeroizing::new(serde_json::to_string(events).unwrap_or_default());
                let sealed = self.vault.seal_text(&self.place(turn), &text).map_err(vault_error)?;
                (events.iter().map(redacted).collect(), Some(sealed))
            }
            _ => (events.to_vec(), None),
        };
        self.append(Record::Turn(TurnRecord { key: self.key.clone(), turn, events, sealed, asked: Some(asked) })).await
    }

    /// A turn with its answers, where they are sealed.
    pub(super) fn opened(&self, turn: TurnRecord) -> Result<TurnRecord, NodeError> {
        let Some(sealed) = &turn.sealed else { return Ok(turn) };
        let text = self.vault.open_text(&self.place(turn.turn), sealed).map_err(vault_error)?;
        let events = serde_json::from_str(text.reveal())
            .map_err(|e| NodeError::permanent("store.corrupt", format!("sealed answers cannot be read: {e}")))?;
        Ok(TurnRecord { events, ..turn })
    }

    /// What a sealed turn is bound to.
    fn place(&self, turn: u32) -> String {
        format!("turn/{}/{turn}", self.key)
    }

    /// A request that must not be repeated is about to be sent: durable, with all that was written before.
    pub async fn intent(&self, effect: &Effect) -> Result<(), NodeError> {
        let Some(store) = &self.store else { return Ok(()) };
        let hash = crate::model::digest_of(&serde_json::to_value(effect).unwrap_or_default());
        let intent = Intent { key: self.key.clone(), effect: effect.id, hash, what: what(&effect.action) };
        store.commit(vec![Record::Intent(intent)]).await?;
        Ok(())
    }

    /// Was a request sent whose answer never came?
    pub fn has_intent(&self, effect: u32) -> Result<bool, NodeError> {
        let Some(store) = &self.store else { return Ok(false) };
        Ok(store.intents(&self.key)?.iter().any(|i| i.effect == effect))
    }

    /// Milliseconds that are left of a pause of `ms`: all of them where it begins now; of one that began before a
    /// crash, what the clock says, however it was set meanwhile never more than was asked for.
    pub async fn left_of_pause(&self, effect: u32, ms: u64, now_ms: i64) -> Result<u64, NodeError> {
        let Some(store) = &self.store else { return Ok(ms) };
        if let Some(until_ms) = store.deadline(&self.key, effect)? {
            return Ok(u64::try_from(until_ms.saturating_sub(now_ms)).unwrap_or(0).min(ms));
        }
        if ms >= WORTH_NOTING_MS {
            let until_ms = now_ms.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX));
            self.append(Record::Deadline { key: self.key.clone(), effect, until_ms }).await?;
        }
        Ok(ms)
    }

    /// Forgets the turns from `from_turn` on.
    pub async fn cut(&self, from_turn: u32) -> Result<(), NodeError> {
        self.append(Record::Cut { key: self.key.clone(), from_turn }).await
    }

    async fn append(&self, record: Record) -> Result<(), NodeError> {
        if let Some(store) = &self.store {
            store.append(vec![record]).await?;
        }
        Ok(())
    }
}

fn vault_error(e: SecretError) -> NodeError {
    NodeError::permanent(e.code(), e.to_string()).help(e.help())
}

/// An event of which only its place is left.
fn redacted(event: &Event) -> Event {
    let answer = if event.answer.is_last() { Answer::Woke {} } else { Answer::Lines { lines: Vec::new() } };
    Event { id: event.id, answer }
}

/// Does the effect's answer hold what must not be read later?
pub fn is_sensitive(action: &Action) -> bool {
    match action {
        Action::Http(http) => http.sensitive,
        Action::Poll(poll) => poll.request.sensitive,
        _ => false,
    }
}

/// Must the effect's intent be durable before it is done?
pub fn needs_intent(action: &Action) -> bool {
    match action {
        Action::Http(http) => !is_idempotent(http),
        Action::Exec(exec) => exec.once,
        _ => false,
    }
}

/// What an effect is, for people.
pub fn what(action: &Action) -> String {
    let bare = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
    match action {
        Action::Http(http) => format!("{} {}", http.method, bare(&http.url)),
        Action::Poll(poll) => format!("polling {}", bare(&poll.request.url)),
        Action::Exec(exec) => exec.program.clone(),
        Action::Stage(call) => format!("{} {}", call.role, call.id),
        Action::Deliver(_) => "writing files".into(),
        Action::Sleep { .. } => "waiting".into(),
        Action::Probe { program } => format!("looking for {program}"),
        Action::Partial(_) | Action::Cancel { .. } => String::new(),
    }
}

/// What is still to be done after some turns: effects asked for, without a last answer, not given up.
pub fn outstanding(turns: &[Turn], answers: &[TurnRecord]) -> Vec<Effect> {
    let answered: Vec<u32> =
        answers.iter().flat_map(|t| &t.events).filter(|e| e.answer.is_last()).map(|e| e.id).collect();
    let effects = turns.iter().flat_map(|t| &t.effects);
    let target = |e: &Effect| if let Action::Cancel { target } = e.action { Some(target) } else { None };
    let given_up: Vec<u32> = effects.clone().filter_map(target).collect();
    effects
        .filter(|e| !matches!(e.action, Action::Partial(_) | Action::Cancel { .. }))
        .filter(|e| !answered.contains(&e.id) && !given_up.contains(&e.id))
        .cloned()
        .collect()
}

/// Requests that must not be repeated, were sent, and failed before an answer came.
pub fn unanswered(turns: &[Turn], answers: &[TurnRecord]) -> Vec<Effect> {
    let lost = |e: &&Event| matches!(&e.answer, Answer::Failed { error } if error.code == UNANSWERED);
    let ids: Vec<u32> = answers.iter().flat_map(|t| &t.events).filter(lost).map(|e| e.id).collect();
    let effects = turns.iter().flat_map(|t| &t.effects);
    effects.filter(|e| ids.contains(&e.id) && needs_intent(&e.action)).cloned().collect()
}

/// Has a request a whole answer? Of sealed answers only their places are known: those came.
pub fn was_answered(answers: &[TurnRecord], effect: u32) -> bool {
    let whole = |e: &&Event| match &e.answer {
        Answer::Failed { error } => error.code != UNANSWERED,
        answer => answer.is_last(),
    };
    answers.iter().flat_map(|turn| &turn.events).filter(|e| e.id == effect).any(|e| whole(&e))
}

/// How many turns of a failed stage stay when it is taken up again; none: its failure is final.
///
/// Cut is before the last answer that was a failure, or all the way where there was none. An answer that
/// may have cost money is never cut.
pub fn keep_for_retry(turns: &[Turn], answers: &[TurnRecord]) -> Option<usize> {
    let actions: HashMap<u32, &Action> = turns.iter().flat_map(|t| &t.effects).map(|e| (e.id, &e.action)).collect();
    let failed = |t: &TurnRecord| t.events.iter().any(|e| is_failure(&e.answer));
    let keep = answers.iter().rposition(failed).unwrap_or(0);
    let events = || answers[keep..].iter().flat_map(|t| &t.events);
    // The pieces before such an answer are what the service says about its refusal.
    let refused = |id: u32| events().any(|e| e.id == id && matches!(&e.answer, Answer::Http(a) if a.status >= 400));
    let may_cost = |e: &Event| !is_failure(&e.answer) && actions.get(&e.id).is_some_and(|a| needs_intent(a));
    let paid = events().any(|e| may_cost(e) && !refused(e.id));
    (!paid).then_some(keep)
}

/// How many turns stay where a file that an answer names is gone: those before that answer. None: there is no such
/// answer, or a service has answered since, which may have cost money.
pub fn keep_before_lost(answers: &[TurnRecord], is_lost: impl Fn(&Answer) -> bool) -> Option<usize> {
    let keep = answers.iter().position(|t| t.events.iter().any(|e| is_lost(&e.answer)))?;
    let is_of_service =
        |t: &TurnRecord| t.sealed.is_some() || t.events.iter().any(|e| matches!(e.answer, Answer::Http(_)));
    (!answers[keep..].iter().any(is_of_service)).then_some(keep)
}

/// How many turns stay when a stream or a program was interrupted half-way: those before its first piece.
pub fn keep_before_pieces(open: &[Effect], answers: &[TurnRecord]) -> Option<usize> {
    answers.iter().position(|t| t.events.iter().any(|e| open.iter().any(|o| o.id == e.id)))
}

fn is_failure(answer: &Answer) -> bool {
    match answer {
        Answer::Failed { .. } => true,
        Answer::Http(answer) => answer.status >= 400,
        Answer::Exit(exit) => exit.code != Some(0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use studio_plugin_sdk::{
        error::StageError,
        wire::{Body, Http, HttpAnswer, Outcome},
    };

    fn turn(effects: Vec<(u32, &str)>) -> Turn {
        let effects = effects
            .into_iter()
            .map(|(id, method)| Effect { id, action: Action::Http(Http { method: method.into(), ..Http::default() }) });
        Turn { effects: effects.collect(), outcome: Outcome::None, used: None }
    }

    fn answered(events: Vec<(u32, u16)>) -> TurnRecord {
        let events = events.into_iter().map(|(id, status)| Event {
            id,
            answer: match status {
                0 => Answer::Failed { error: StageError::transient("no net") },
                status => Answer::Http(HttpAnswer { status, ..HttpAnswer::default() }),
            },
        });
        TurnRecord { key: Key::new("k"), turn: 1, events: events.collect(), sealed: None, asked: None }
    }

    #[test]
    fn a_retry_starts_before_the_failure_and_keeps_what_was_paid() {
        let turns = [turn(vec![(1, "POST")]), turn(vec![(2, "GET")])];
        let answers = [answered(vec![(1, 200)]), answered(vec![(2, 0)])];
        assert_eq!(keep_for_retry(&turns, &answers), Some(1));
    }

    #[test]
    fn what_a_lost_file_came_with_is_asked_for_again_unless_it_may_have_cost_money() {
        let answers = [answered(vec![(1, 0)]), answered(vec![(2, 0)]), answered(vec![(3, 0)])];
        let fails = |answer: &Answer| matches!(answer, Answer::Failed { .. });
        assert_eq!(keep_before_lost(&answers, |_| false), None);
        assert_eq!(keep_before_lost(&answers, fails), Some(0));
        let mut paid_first = answers.clone();
        paid_first[0] = answered(vec![(1, 200)]);
        assert_eq!(keep_before_lost(&paid_first, fails), Some(1));
        let mut paid_last = answers;
        paid_last[2] = answered(vec![(3, 200)]);
        assert_eq!(keep_before_lost(&paid_last, fails), None);
    }

    #[test]
    fn a_failure_after_a_paid_answer_is_final() {
        let turns = [turn(vec![(1, "GET"), (2, "POST")])];
        assert_eq!(keep_for_retry(&turns, &[answered(vec![(1, 503), (2, 200)])]), None);
        let made_of_bad_json = [answered(vec![(2, 200)])];
        assert_eq!(keep_for_retry(&turns, &made_of_bad_json), None);
    }

    #[test]
    fn what_a_refusal_says_in_pieces_is_no_paid_answer() {
        let piece = || Event { id: 1, answer: Answer::Chunk { body: Body::Text("overloaded".into()) } };
        let turns = [turn(vec![(1, "POST")])];
        let mut refused = answered(vec![(1, 500)]);
        refused.events.insert(0, piece());
        assert_eq!(keep_for_retry(&turns, &[refused]), Some(0));
        let mut good = answered(vec![(1, 200)]);
        good.events.insert(0, piece());
        assert_eq!(keep_for_retry(&turns, &[good]), None);
        let mut cut_off = answered(vec![(1, 0)]);
        cut_off.events.insert(0, piece());
        assert_eq!(keep_for_retry(&turns, &[cut_off]), None, "it may have been billed up to there");
    }

    #[test]
    fn without_a_paid_answer_it_starts_over() {
        let turns = [turn(vec![(1, "GET")])];
        assert_eq!(keep_for_retry(&turns, &[answered(vec![(1, 200)])]), Some(0));
        assert_eq!(keep_for_retry(&turns, &[]), Some(0));
    }

    #[tokio::test]
    async fn a_pause_ends_when_it_was_to_end_whatever_happens_to_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let vault = SecretVault::new(store.clone(), &folder.path().join("key"));
        let journal = Journal::new(Some(store), vault, Key::new("k"));
        let left = async |now_ms| journal.left_of_pause(7, 60_000, now_ms).await.unwrap();
        assert_eq!(left(1_000_000).await, 60_000);
        assert_eq!(left(1_050_000).await, 10_000, "after a restart what is left");
        assert_eq!(left(9_000_000).await, 0, "long over");
        assert_eq!(left(5).await, 60_000, "the clock was set back: never more than was asked for");
        journal.cut(1).await.unwrap();
        assert_eq!(left(1_050_000).await, 60_000, "it is asked for anew");
    }

    #[tokio::test]
    async fn a_fresh_guest_is_told_what_was_journalled_before_this_turn() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let vault = SecretVault::new(store.clone(), &folder.path().join("key"));
        let journal = Journal::new(Some(store), vault.clone(), Key::new("k"));
        let event = |id| Event { id, answer: Answer::Lines { lines: vec![format!("line {id}")] } };
        for n in 1..=3 {
            journal.turn(n, &[event(n)], n == 2, Digest::of(b"asked")).await.unwrap();
        }
        assert_eq!(journal.told(0).unwrap(), Some(vec![]));
        let told = journal.told(2).unwrap().unwrap();
        assert_eq!(told, [[event(1)], [event(2)]], "the sealed one opened; the third is about to be told");
        assert_eq!(Journal::new(None, vault, Key::new("k")).told(2).unwrap(), None, "a plan writes nothing");
    }

    #[test]
    fn what_was_given_up_is_not_done_again() {
        let mut second = turn(vec![(3, "GET")]);
        second.effects.push(Effect { id: 4, action: Action::Cancel { target: 2 } });
        let open = outstanding(&[turn(vec![(1, "GET"), (2, "GET")]), second], &[answered(vec![(1, 200)])]);
        assert_eq!(open.iter().map(|e| e.id).collect::<Vec<_>>(), [3]);
    }
}
