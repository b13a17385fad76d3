//! JSON Schemas of the operations, for clients in other languages. `docs/protocol/control` is made from
//! [`schemas`]; a test keeps the two equal.

use std::collections::BTreeMap;

use schemars::schema_for;
use serde_json::{Value, json};

use super::{ApiError, Hello, Owner, Subscribe, Subscribed, table::OPERATIONS};
use crate::engine::Told;

/// Every schema by name: `event`, `error`, and of each operation `NAME.request` and `NAME.response`.
pub fn schemas() -> BTreeMap<String, Value> {
    let beside: [(&str, Value); 6] = [
        ("event", schema_for!(Told).into()),
        ("error", schema_for!(ApiError).into()),
        ("hello.request", schema_for!(Hello).into()),
        ("hello.response", schema_for!(Owner).into()),
        ("events.subscribe.request", schema_for!(Subscribe).into()),
        ("events.subscribe.response", schema_for!(Subscribed).into()),
    ];
    let mut all: BTreeMap<_, _> = beside.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    for operation in OPERATIONS {
        let mut request = (operation.request)();
        if operation.changes {
            request["properties"]["command"] = json!({
                "description": "The client's id for this command, best a ULID: the same command is applied once.",
                "type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$",
            });
        }
        all.insert(format!("{}.request", operation.name), request);
        all.insert(format!("{}.response", operation.name), (operation.response)());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_files_are_current() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol/control/v1");
        let bless = std::env::var_os("STUDIO_BLESS").is_some_and(|v| v == "1");
        if bless {
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
        }
        let schemas = schemas();
        for (name, schema) in &schemas {
            let path = folder.join(format!("{name}.json"));
            if bless {
                std::fs::write(&path, serde_json::to_string_pretty(&sorted(schema)).unwrap() + "\n").unwrap();
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                serde_json::from_str::<Value>(&text).is_ok_and(|published| published == *schema),
                "{name}.json is not what the types say. If the change is meant (does it break clients?), run\n  \
                 STUDIO_BLESS=1 cargo test -p studio --lib engine::api"
            );
        }
        let files = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(files, schemas.len(), "a schema without a type");
    }

    #[test]
    fn names_are_one_operation_each() {
        let names: std::collections::BTreeSet<_> = OPERATIONS.iter().map(|o| o.name).collect();
        assert_eq!(names.len(), OPERATIONS.len());
    }

    /// Members in the order of their names, whatever other crates of the build make of maps.
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let ordered: BTreeMap<_, _> = members.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
                ordered.into_iter().collect()
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
}
