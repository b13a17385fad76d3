//! Which blobs a record names, in two ways: what it needs, for the check, and all that could be a blob's name, for
//! whoever is about to throw blobs away. Pure.

use serde_json::Value;

use crate::model::{Decision, Digest, Kept, Record, blobs_in};

/// The blobs without which what the record says cannot be used, as far as can be told.
pub(super) fn needed(record: &Record) -> Vec<Digest> {
    let mut found = Vec::new();
    match record {
        Record::Result { kept, .. } => of_result(kept, &mut found),
        Record::RunStarted(run) => {
            found.extend(run.sources.values());
            run.params.values().for_each(|value| blobs_in(value, &mut found));
        }
        Record::Brand(brand) => blobs_in(&json(&brand.kit), &mut found),
        Record::Started(node) => {
            found.push(node.module);
            blobs_in(&node.start.request, &mut found);
        }
        Record::Turn(turn) => blobs_in(&json(&turn.events), &mut found),
        Record::Decided { decision, .. } => {
            if let Decision::Edited(edit) = &**decision {
                blobs_in(&edit.response, &mut found);
            }
        }
        _ => (),
    }
    found
}

fn of_result(kept: &Kept, found: &mut Vec<Digest>) {
    blobs_in(&kept.response, found);
    blobs_in(&json(&kept.deliveries), found);
}

/// Everything in the record that could name a blob. Of a result's provenance nothing: it is told, not used.
pub(super) fn named(record: &Record) -> Vec<Digest> {
    let mut found = Vec::new();
    if let Record::Result { kept, .. } = record {
        digests_in(&kept.response, &mut found);
        digests_in(&json(&kept.deliveries), &mut found);
    } else {
        digests_in(&json(record), &mut found);
    }
    found
}

/// Every text that is a digest, wherever it stands.
pub(super) fn digests_in(value: &Value, found: &mut Vec<Digest>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Digest>()),
        Value::Array(items) => items.iter().for_each(|v| digests_in(v, found)),
        Value::Object(fields) => fields.values().for_each(|v| digests_in(v, found)),
        _ => {}
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
