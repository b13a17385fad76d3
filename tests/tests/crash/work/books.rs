//! What the service has billed beside what the ledger knows, place by place.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use studio_tests::{files, openai::KEY, procs};

use super::Work;

/// The calls of a place in the ledger, by how they stand.
#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    answered: u64,
    /// Without an answer.
    open: u64,
    /// Given up by a person.
    lost: u64,
}

impl Work<'_> {
    /// What the service has billed, by place.
    pub(super) fn billed(&self) -> BTreeMap<String, u64> {
        let mut billed = BTreeMap::new();
        for entry in self.server.ledger().into_iter().filter(|entry| entry.billed) {
            let last =
                entry.request["messages"].as_array().and_then(|m| m.last()).unwrap_or(&entry.request).to_string();
            let place = last.split_once("<<").and_then(|(_, rest)| rest.split_once(">>"));
            let (place, _) = place.unwrap_or_else(|| panic!("{}: of no place: {last}", self.at));
            *billed.entry(place.to_owned()).or_default() += 1;
        }
        billed
    }

    /// The calls of the ledger, by place. Nobody works.
    fn calls(&self) -> BTreeMap<String, Calls> {
        let page = self.home.json(&["stats", "--calls", "--limit", "1000"]);
        assert_eq!(page["more"], false);
        let mut calls: BTreeMap<String, Calls> = BTreeMap::new();
        for generation in page["generations"].as_array().expect("generations") {
            let slot = generation["slot"].as_str().expect("a slot");
            let place = slot.split('/').nth(1).expect("a place");
            let mut open = 0;
            let of_place = calls.entry(place.to_owned()).or_default();
            for call in generation["calls"].as_array().expect("calls") {
                match call["state"].as_str() {
                    Some("answered") => of_place.answered += 1,
                    Some("sent" | "unknown") => open += 1,
                    Some("lost") => of_place.lost += 1,
                    _ => {}
                }
            }
            of_place.open += open;
            let unknown = generation["state"] == "possibly_billed";
            assert_eq!(unknown, open > 0, "{}: it is possibly billed: {generation}", self.at);
        }
        calls
    }

    /// The ledger never knows of less than was billed, nor of more that was answered.
    pub(super) fn check_books(&self) {
        self.server.wait_until_quiet();
        let (billed, calls) = (self.billed(), self.calls());
        let known: Vec<&String> = billed.keys().chain(calls.keys()).collect();
        for place in known {
            let (billed, calls) =
                (billed.get(place).copied().unwrap_or(0), calls.get(place).copied().unwrap_or_default());
            let most = calls.answered + calls.open + calls.lost;
            let fits = (calls.answered..=most).contains(&billed);
            assert!(fits, "{}: {place} was billed {billed} times: {calls:?}", self.at);
        }
    }

    /// A person looks at the service, what became of the calls without an answer, before they are sent again.
    pub(super) fn look_up_unanswered(&mut self) {
        self.server.wait_until_quiet();
        let billed = self.billed();
        for (place, calls) in self.calls().into_iter().filter(|(_, calls)| calls.open > 0) {
            let unheard = billed.get(&place).copied().unwrap_or(0) - calls.answered;
            self.billed_for_nothing.insert(place, unheard);
        }
    }

    /// The run is done: everything is where it should be, and counted as the service counts it.
    pub fn check_end(&self) {
        let at = &self.at;
        self.server.wait_until_quiet();
        self.server.assert_asked_well();
        let (billed, calls) = (self.billed(), self.calls());
        for (place, billed) in &billed {
            let takes = 1 + self.more_takes.get(place).copied().unwrap_or(0);
            let nothing = self.billed_for_nothing.get(place).copied().unwrap_or(0);
            let of_place = calls[place];
            assert_eq!((of_place.answered, of_place.open), (takes, 0), "{at}: {place}: {of_place:?}");
            assert_eq!(*billed, takes + nothing, "{at}: {place} was paid twice, or not at all: {of_place:?}");
        }
        assert_eq!(billed.len(), calls.len(), "{at}: {billed:?}, {calls:?}");
        let answered: u64 = calls.values().map(|calls| calls.answered).sum();
        let total = self.home.json(&["stats"])["total"].clone();
        let dimes = |n: u64| if n.is_multiple_of(10) { (n / 10).to_string() } else { format!("{}.{}", n / 10, n % 10) };
        let expected = (json!(dimes(answered)), json!("0"), json!(answered));
        assert_eq!(
            (total["cost"].clone(), total["reserved"].clone(), total["calls"].clone()),
            expected,
            "{at}: {total}"
        );

        let asked = self.server.asked();
        let again = self.home.json(&["run", "soak", "--budget", "0"]);
        assert_eq!((&again["ran"], self.server.asked()), (&json!(0), asked), "{at}: {again}");
        let checked = self.home.json(&["store", "check"]);
        assert_eq!(checked["faults"], Value::Array(Vec::new()), "{at}: {checked}");
        let left = procs::wait_until_gone(|| {
            let mut left: Vec<_> = self.started.iter().filter(|p| procs::lives(p)).cloned().collect();
            left.extend(procs::touching(self.home.path()));
            left
        });
        assert!(left.is_empty(), "{at}: left running: {left:?}");
        let left = procs::left_over(&self.home.store());
        assert!(left.is_empty(), "{at}: left behind: {left:?}");
        let holding = files::holding(self.home.path(), KEY.as_bytes());
        assert!(holding.is_empty(), "{at}: the key is in {holding:?}");
        assert!(self.seen.values().all(|event| !event.to_string().contains(KEY)), "{at}: an event has the key");
    }
}
