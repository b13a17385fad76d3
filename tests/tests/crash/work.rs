//! One run that is worked on by one owner after the other, each killed or not: what its clients have seen, what they
//! asked for and were not answered, and what the service and the ledger say of each call.

mod books;
mod client;
mod owner;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::mpsc::Sender,
};

use serde_json::{Value, json};
use studio_tests::{Home, events::events, openai::OpenAi, procs::Proc};

pub use owner::Kill;
use owner::{Owned, Tell};

/// Errors that the service has, each of which may be met by several owners.
const MOST_ERRORS: u32 = 20;
/// Owners after which a run that nobody kills must be done.
const MOST_LEFT_ALONE: usize = 60;

/// How a run stands after an owner.
#[derive(Debug, PartialEq)]
enum Stands {
    /// It goes on with the next owner.
    Open,
    Done,
}

/// The run.
pub struct Work<'a> {
    home: &'a Home,
    server: &'a OpenAi,
    /// For messages.
    at: String,
    /// Owners that were killed.
    pub kills: u32,
    stands: Stands,
    /// What clients were told, by number.
    seen: BTreeMap<u64, Value>,
    /// A command whose answer was not heard.
    unanswered: Option<(String, Value)>,
    /// A call is possibly billed: the next run is told to repeat it.
    repeat: bool,
    /// What is still to be decided about each place, in order; the last thing is to approve it.
    verbs: BTreeMap<String, VecDeque<Value>>,
    /// Takes that were asked for beside the first, by place.
    more_takes: BTreeMap<String, u64>,
    /// What the service has billed and nobody got an answer of, by place, as looked up before it was repeated.
    billed_for_nothing: BTreeMap<String, u64>,
    /// The project's budget, in cents.
    budget: u32,
    /// How often it was met, calls were repeated, and commands were sent again.
    met: u32,
    repeated: u32,
    sent_again: u32,
    /// How often it failed at an error of the service.
    errors: u32,
    /// Hears of commands.
    killer: Option<Sender<Tell>>,
    started: Vec<Proc>,
}

impl<'a> Work<'a> {
    pub fn new(home: &'a Home, server: &'a OpenAi, at: String) -> Self {
        let verbs = [
            ("draft-1", vec![json!({ "what": "regenerate", "note": "shorter" })]),
            ("draft-2", vec![json!({ "what": "edit", "response": { "text": "mine" } })]),
            (
                "draft-3",
                vec![
                    json!({ "what": "regenerate", "note": "longer" }),
                    json!({ "what": "regenerate", "note": "warmer" }),
                    json!({ "what": "edit", "response": { "text": "ours" } }),
                ],
            ),
        ];
        let verbs = verbs.map(|(place, verbs)| (place.to_owned(), verbs.into()));
        Self {
            home,
            server,
            at,
            kills: 0,
            stands: Stands::Open,
            seen: BTreeMap::new(),
            unanswered: None,
            repeat: false,
            verbs: verbs.into(),
            more_takes: BTreeMap::new(),
            billed_for_nothing: BTreeMap::new(),
            budget: 45,
            met: 0,
            repeated: 0,
            sent_again: 0,
            errors: 0,
            killer: None,
            started: Vec::new(),
        }
    }

    pub fn is_done(&self) -> bool {
        self.stands == Stands::Done
    }

    /// What happened to it, for people.
    pub fn figures(&self) -> String {
        let again = format!("{} commands sent again", self.sent_again);
        let (asked, billed) = (self.server.asked(), self.billed().values().sum::<u64>());
        let lost: u64 = self.billed_for_nothing.values().sum();
        format!(
            "{} events seen, {again}, budget met {} times, told to repeat {} times; the service was asked {asked} \
             times and billed {billed} calls, of them {lost} that nobody heard of",
            self.seen.len(),
            self.met,
            self.repeated
        )
    }

    /// One owner: it works until it is killed, or has nothing more to do.
    pub fn attempt(&mut self, random: &mut fastrand::Rng, kill: Option<fn(&mut fastrand::Rng) -> Kill>) {
        let kill = kill.map(|kill| kill(random));
        let held = kill.as_ref().is_some_and(|kill| kill.held);
        if held {
            self.server.hold();
        }
        // What was not answered is sent again to one that can be asked.
        let serves = self.unanswered.is_some() || random.bool();
        let killed = if serves { self.serve(kill, random) } else { self.run(kill, random) };
        if held {
            self.server.release();
        }
        self.kills += u32::from(killed);
        self.check_books();
    }

    /// Nobody kills it any more.
    pub fn finish(&mut self, random: &mut fastrand::Rng) {
        for _ in 0..MOST_LEFT_ALONE {
            if self.is_done() {
                return;
            }
            self.attempt(random, None);
        }
        panic!("{}: it is not done; {}", self.at, self.figures());
    }

    /// A `serve` with a client that starts, decides, raises and repeats: was it killed?
    fn serve(&mut self, kill: Option<Kill>, random: &mut fastrand::Rng) -> bool {
        let serving = self.home.start(&["serve", "--json", "--rate", "1000"]);
        let owned = Owned::new(serving, kill);
        self.killer = owned.killer();
        if let Some(mut control) = owned.client(self.home) {
            let stands = self.direct(&mut control, random);
            self.heard(&std::mem::take(&mut control.said));
            if stands.is_some() {
                self.stands = Stands::Done;
            }
        }
        let killed = owned.end();
        self.started.extend(killed.below);
        killed.killed
    }

    /// A plain `studio run`, watched by a client, and what a person does once it has ended: was it killed?
    fn run(&mut self, kill: Option<Kill>, random: &mut fastrand::Rng) -> bool {
        let repeat = std::mem::take(&mut self.repeat);
        if repeat {
            self.look_up_unanswered();
        }
        let args: &[&str] = if repeat { &["retry", "soak", "--repeat"] } else { &["run", "soak"] };
        let mut owned = Owned::new(self.home.start(&[args, &["--events", "json"]].concat()), kill);
        if let Some(mut control) = owned.client(self.home) {
            self.check_told(&mut control);
        }
        while owned.running.line("its events").is_some() {}
        let told = events(owned.running.seen().iter().map(String::as_str));
        self.note(told.iter());
        let (code, below) = owned.ended();
        self.started.extend(below);
        match code {
            None => return true,
            Some(0) => self.stands = Stands::Done,
            Some(3) => self.decide_by_hand(random),
            Some(4) => {
                let raised = self.raised();
                self.home.json(&["budget", "soak", "--total", &raised]);
            }
            Some(1) => {
                let ended = told.iter().rfind(|event| event["type"] == "run_ended").cloned().unwrap_or_default();
                self.failed(&ended["outcome"]["failed"]["error"]);
            }
            code => panic!("{}: it ended with {code:?}: {told:#?}", self.at),
        }
        false
    }

    /// A run has failed: what is to be done before the next.
    fn failed(&mut self, error: &Value) {
        match error["code"].as_str() {
            Some("possibly_billed") => {
                self.repeat = true;
                self.repeated += 1;
            }
            // The service had an error, which a person tries again.
            Some("openai.transient") if self.errors < MOST_ERRORS => self.errors += 1,
            _ => panic!("{}: it failed: {error}", self.at),
        }
    }

    /// The next, higher budget.
    fn raised(&mut self) -> String {
        self.met += 1;
        self.budget += 40;
        format!("{}.{:02}", self.budget / 100, self.budget % 100)
    }
}
