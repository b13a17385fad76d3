//! What there is to look at of a place: what is used, and what could be used instead. Pure.

use serde_json::Value;
use studio_plugin_sdk::blob::Blob;

use crate::engine::{Place, TakeView};

/// What a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A take of the present request.
    Take(u32),
    /// A take of a request that was another one: it cannot be chosen.
    Earlier(u32),
    /// Made by hand, in place of what the stage gave.
    ByHand,
    /// Made by hand for another result than the present one.
    Stale,
}

/// A result of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct View<'a> {
    /// What it is.
    pub what: What,
    /// What the person had asked to be different; may be empty.
    pub note: &'a str,
    /// Who made it; empty: a person.
    pub by: &'a str,
    /// When, in milliseconds since 1970; none: not known.
    pub at_ms: Option<i64>,
    /// What it is made of.
    pub response: &'a Value,
}

impl View<'_> {
    /// What it is called.
    pub fn name(&self) -> String {
        match self.what {
            What::Take(n) => format!("take {n}"),
            What::Earlier(n) => format!("take {n} of an earlier request"),
            What::ByHand => "made by hand".to_owned(),
            What::Stale => "made by hand for another result".to_owned(),
        }
    }
}

fn take<'a>(place: &Place, at: usize, take: &'a TakeView) -> View<'a> {
    let again = place.takes[at + 1..].iter().any(|later| later.take == take.take);
    let what = if again { What::Earlier(take.take) } else { What::Take(take.take) };
    View { what, note: &take.note, by: &take.plugin, at_ms: Some(take.at_ms), response: &take.response }
}

fn by_hand(what: What, response: &Value) -> View<'_> {
    View { what, note: "", by: "", at_ms: None, response }
}

/// What is used now.
pub fn used(place: &Place) -> View<'_> {
    if place.by_hand {
        return by_hand(What::ByHand, &place.response);
    }
    match place.takes.iter().enumerate().find(|(_, take)| take.current) {
        Some((at, current)) => View { response: &place.response, ..take(place, at, current) },
        None => by_hand(What::Take(1), &place.response),
    }
}

/// What else there is, the latest last.
pub fn others(place: &Place) -> Vec<View<'_>> {
    let takes = place.takes.iter().enumerate().filter(|(_, take)| place.by_hand || !take.current);
    let takes = takes.map(|(at, found)| take(place, at, found)).filter(|view| !view.response.is_null());
    let stale = (!place.stale_response.is_null()).then(|| by_hand(What::Stale, &place.stale_response));
    takes.chain(stale).collect()
}

/// A file of a result by the field that names it.
pub fn file(response: &Value, field: &str) -> Option<Blob> {
    let blob: Blob = serde_json::from_value(response.get(field)?.clone()).ok()?;
    (!blob.blob.is_empty()).then_some(blob)
}

/// What a result says: its text, its scenes, its words, or all of it as JSON.
pub fn text(response: &Value) -> String {
    let of = |name: &str| response[name].as_str().unwrap_or_default();
    let list = |name: &str| response[name].as_array().map(Vec::as_slice).unwrap_or_default();
    if !list("scenes").is_empty() {
        let scene = |(n, scene): (usize, &Value)| {
            let part = |name: &str| scene[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}\n{}", n + 1, part("title"), part("narration"))
        };
        let scenes = list("scenes").iter().enumerate().map(scene).collect::<Vec<_>>().join("\n\n");
        return if of("title").is_empty() { scenes } else { format!("{}\n\n{scenes}", of("title")) };
    }
    if !of("text").is_empty() {
        return of("text").to_owned();
    }
    if !list("words").is_empty() {
        return list("words").iter().filter_map(|word| word["text"].as_str()).collect::<Vec<_>>().join(" ");
    }
    serde_json::to_string_pretty(response).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Approval, Key};
    use serde_json::json;
    use studio_plugin_sdk::roles::Role;

    fn place(takes: &[(u32, bool)]) -> Place {
        let take = |(n, current): &(u32, bool)| TakeView {
            take: *n,
            note: String::new(),
            key: Key::new(format!("k{n}{current}")),
            plugin: "cards".into(),
            at_ms: 1,
            current: *current,
            response: json!({ "text": format!("take {n}") }),
        };
        Place {
            slot: "a/llm".into(),
            role: Role::Llm,
            label: String::new(),
            waits: true,
            approval: Approval::Open,
            digest: crate::model::Digest::of(b"used"),
            by_hand: false,
            stale_edit: false,
            takes_pending: false,
            takes: takes.iter().map(take).collect(),
            response: json!({ "text": "used" }),
            stale_response: Value::Null,
        }
    }

    #[test]
    fn what_is_used_stands_apart_from_what_could_be() {
        let mut place = place(&[(1, false), (1, false), (2, true)]);
        assert_eq!((used(&place).what, used(&place).response["text"].as_str()), (What::Take(2), Some("used")));
        let what = |place: &Place| others(place).iter().map(|view| view.what).collect::<Vec<_>>();
        assert_eq!(what(&place), [What::Earlier(1), What::Take(1)]);
        place.by_hand = true;
        place.stale_response = json!({ "text": "old" });
        assert_eq!(used(&place).what, What::ByHand);
        assert_eq!(what(&place), [What::Earlier(1), What::Take(1), What::Take(2), What::Stale]);
    }

    #[test]
    fn a_result_says_what_it_is_about() {
        assert_eq!(text(&json!({ "text": "a", "scenes": [] })), "a");
        let board = json!({ "text": "{}", "title": "Rice", "scenes": [{ "title": "Water", "narration": "It runs." }] });
        assert_eq!(text(&board), "Rice\n\n1 Water\nIt runs.");
        assert_eq!(text(&json!({ "words": [{ "text": "Hi" }, { "text": "you" }] })), "Hi you");
        assert!(text(&json!({ "data": 1 })).contains("\"data\": 1"));
        assert_eq!(file(&json!({ "image": { "blob": "", "bytes": 0, "mime": "" } }), "image"), None);
    }
}
