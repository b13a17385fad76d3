//! What a person does about the run: over the socket, where every answer may fail to come, and by hand between two
//! owners.

use serde_json::{Value, json};
use studio_tests::Control;

use super::{Tell, Work};

impl Work<'_> {
    /// Works with an owner until the run is done; none: the owner is gone.
    pub(super) fn direct(&mut self, control: &mut Control, random: &mut fastrand::Rng) -> Option<()> {
        self.check_told(control)?;
        let since = self.seen.keys().next_back().copied().unwrap_or(0);
        control.try_request("events.subscribe", json!({ "since": since }))?.expect("events");
        if let Some((method, params)) = self.unanswered.clone() {
            // The same command, to the next owner: it is done once.
            self.sent_again += 1;
            self.send(control, &method, params)?;
        }
        loop {
            let start = json!({ "project": "soak", "repeat": self.repeat });
            if std::mem::take(&mut self.repeat) {
                self.look_up_unanswered();
            }
            let run = self.command(control, "run.start", start)?["run"].clone();
            if random.bool() {
                self.decide(control, random)?;
            }
            let ended = control.try_request("run.wait", json!({ "run": run }))?.expect("its end");
            let outcome = &ended["outcome"];
            if outcome["done"].is_object() {
                return Some(());
            }
            let error = &outcome["failed"]["error"];
            if outcome == "waiting" {
                self.decide(control, random)?;
            } else if error["code"] == "budget" {
                let raised = self.raised();
                self.command(control, "budget.set", json!({ "project": "soak", "budget": { "total": raised } }))?;
            } else {
                self.failed(error);
            }
        }
    }

    /// Decides about one of the places that wait, if any does.
    fn decide(&mut self, control: &mut Control, random: &mut fastrand::Rng) -> Option<()> {
        let waiting = control.try_request("review.list", json!({ "project": "soak" }))?.expect("places");
        let Some(place) = one_of(&waiting, random) else { return Some(()) };
        let verb = self.next_verb(&place);
        let decide = json!({ "project": "soak", "place": place, "decision": verb });
        self.command(control, "review.decide", decide).map(drop)
    }

    /// The same with the command line, while nobody has the store.
    pub(super) fn decide_by_hand(&mut self, random: &mut fastrand::Rng) {
        let waiting = self.home.json(&["review", "soak"]);
        let place = one_of(&waiting, random).unwrap_or_else(|| panic!("{}: nothing waits", self.at));
        let verb = self.next_verb(&place);
        let text = |name: &str| verb[name].as_str().unwrap_or_default().to_owned();
        let edit = self.home.file("edit.json", verb["response"].to_string());
        let how = match text("what").as_str() {
            "regenerate" => vec!["--regenerate".to_owned(), text("note")],
            "edit" => vec!["--edit".to_owned(), edit],
            _ => vec!["--approve".to_owned()],
        };
        let mut args = vec!["review", "soak", &place];
        args.extend(how.iter().map(String::as_str));
        let ran = self.home.studio(&args);
        assert_eq!(ran.code, Some(0), "{}: {args:?}: {ran:?}", self.at);
    }

    fn next_verb(&mut self, place: &str) -> Value {
        let name = place.split('/').next().unwrap_or_default();
        let verb = self.verbs.get_mut(name).and_then(std::collections::VecDeque::pop_front);
        let verb = verb.unwrap_or_else(|| json!({ "what": "approve" }));
        if verb["what"] == "regenerate" {
            *self.more_takes.entry(name.to_owned()).or_default() += 1;
        }
        verb
    }

    /// Sends a new command. One that is not answered is kept, to be sent again.
    fn command(&mut self, control: &mut Control, method: &str, mut params: Value) -> Option<Value> {
        params["command"] = format!("soak-{}", fastrand::u64(..)).into();
        self.send(control, method, params)
    }

    fn send(&mut self, control: &mut Control, method: &str, params: Value) -> Option<Value> {
        self.unanswered = Some((method.to_owned(), params.clone()));
        if let Some(killer) = &self.killer {
            // It may have done its work.
            let _ = killer.send(Tell::Command);
        }
        let answer = control.try_request(method, params.clone())?;
        self.unanswered = None;
        Some(answer.unwrap_or_else(|e| panic!("{}: {method} {params}: {e}", self.at)))
    }

    /// What clients were told is still told, as it was.
    pub(super) fn check_told(&mut self, control: &mut Control) -> Option<()> {
        let (mut at, mut told) = (0, std::collections::BTreeMap::new());
        loop {
            let page = control.try_patiently("events.since", &json!({ "seq": at }))?.expect("a page");
            assert_eq!(page["gap"], false, "{}", self.at);
            let events = page["events"].as_array().expect("events").iter();
            told.extend(events.map(|event| (event["seq"].as_u64().expect("a number"), event.clone())));
            at = page["seq"].as_u64().expect("a number");
            if page["more"] == false {
                break;
            }
        }
        for (seq, event) in &self.seen {
            assert_eq!(told.get(seq), Some(event), "{}: event {seq} was announced", self.at);
        }
        self.seen.append(&mut told);
        Some(())
    }

    /// Takes in what a connection was told beside answers.
    pub(super) fn heard(&mut self, lines: &[Value]) {
        self.note(lines.iter().filter(|line| line["method"] == "event").map(|line| &line["params"]));
    }

    /// Takes in events.
    pub(super) fn note<'e>(&mut self, events: impl Iterator<Item = &'e Value>) {
        for event in events {
            let Some(seq) = event["seq"].as_u64() else { continue };
            let before = self.seen.insert(seq, event.clone());
            assert!(before.is_none_or(|before| before == *event), "{}: event {seq} was another one", self.at);
        }
    }
}

/// One of the places that wait for a person.
fn one_of(places: &Value, random: &mut fastrand::Rng) -> Option<String> {
    let waiting = places.as_array()?.iter().filter(|place| place["waits"] == true);
    let names: Vec<&str> = waiting.filter_map(|place| place["slot"].as_str()).collect();
    random.choice(&names).map(|name| (*name).to_owned())
}
