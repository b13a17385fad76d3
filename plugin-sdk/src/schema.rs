//! JSON Schemas of what goes over the wire, for authors in other languages. `docs/protocol/schemas` is made from
//! [`all`]; a test keeps the two equal.

use std::collections::BTreeMap;

use schemars::schema_for;
use serde_json::Value;

use crate::{
    roles::{Role, request_schema, response_schema},
    wire::{Estimate, Event, Manifest, Start, Turn},
};

/// Every schema by name: `manifest`, `start`, `estimate`, `turn`, `events`, and of each role `ROLE.request` and
/// `ROLE.response`.
pub fn all() -> BTreeMap<String, Value> {
    let wire = [
        ("manifest", schema_for!(Manifest)),
        ("start", schema_for!(Start)),
        ("estimate", schema_for!(Estimate)),
        ("turn", schema_for!(Turn)),
        ("events", schema_for!(Vec<Event>)),
    ];
    let wire = wire.into_iter().map(|(name, schema)| (name.to_string(), schema.into()));
    let roles = Role::ALL.into_iter().flat_map(|role| {
        [(format!("{role}.request"), request_schema(role)), (format!("{role}.response"), response_schema(role))]
    });
    wire.chain(roles).collect()
}
