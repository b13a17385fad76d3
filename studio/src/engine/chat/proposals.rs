//! What a model proposes, read from the blocks of its answer and held against the project: what could not be made is
//! kept with the reason, so that the person sees it, and cannot be taken.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    engine::open::{Engine, EngineError},
    model::{MOST_CHAT_TEXT, MOST_PROPOSALS, Project, Proposal, ProposedChange, SceneChange, SceneText, for_people},
    script::{self, ParamDecl},
};

/// Most characters of what is there now that are kept with a proposal.
const MOST_WAS: usize = 2_000;

/// What a block says: the changes that can be understood, and why others cannot.
#[derive(Debug, Default, PartialEq)]
pub struct Wishes {
    /// The changes.
    pub changes: Vec<ProposedChange>,
    /// What is wrong with the rest.
    pub wrong: Vec<String>,
}

/// Reads blocks.
pub fn read(blocks: &[String]) -> Wishes {
    let mut wishes = Wishes::default();
    for block in blocks {
        read_block(block, &mut wishes);
    }
    if wishes.changes.len() > MOST_PROPOSALS {
        wishes
            .wrong
            .push(format!("it proposes {} changes: only the first {MOST_PROPOSALS} are shown", wishes.changes.len()));
        wishes.changes.truncate(MOST_PROPOSALS);
    }
    // The rest says no more than these.
    wishes.wrong.truncate(5);
    wishes
}

fn read_block(block: &str, wishes: &mut Wishes) {
    if block.len() > 2 * MOST_CHAT_TEXT {
        return wishes.wrong.push("what it proposes is too long".into());
    }
    let mut fields: Map<String, Value> = match serde_json::from_str(block) {
        Ok(fields) => fields,
        Err(e) => return wishes.wrong.push(format!("what it proposes is not the JSON that it should be: {e}")),
    };
    match fields.remove("params") {
        None | Some(Value::Null) => {}
        Some(Value::Object(params)) => {
            wishes.changes.extend(params.into_iter().map(|(name, value)| ProposedChange::Param { name, value }));
        }
        Some(_) => wishes.wrong.push("`params` is no object".into()),
    }
    match fields.remove("scenes") {
        None | Some(Value::Null) => {}
        Some(Value::Array(scenes)) => scenes.into_iter().for_each(|entry| match scene(entry) {
            Ok(change) => wishes.changes.push(ProposedChange::Scene { change: Box::new(change) }),
            Err(why) => wishes.wrong.push(why),
        }),
        Some(_) => wishes.wrong.push("`scenes` is no list".into()),
    }
    if let Some(name) = fields.keys().next() {
        let name: String = name.chars().take(40).collect();
        wishes.wrong.push(format!("{name:?} is nothing that can be proposed"));
    }
}

/// An edit in short, or any change of a scene as `scene.edit` takes it.
fn scene(entry: Value) -> Result<SceneChange, String> {
    let wrong = |e: serde_json::Error| format!("a change of a scene that cannot be understood: {e}");
    if entry.get("what").is_some() {
        return serde_json::from_value(entry).map_err(wrong);
    }
    let Value::Object(mut fields) = entry else { return Err("a change of a scene is no object".into()) };
    let Some(Value::String(id)) = fields.remove("id") else { return Err("a change of a scene names none".into()) };
    let scene: SceneText = serde_json::from_value(Value::Object(fields)).map_err(wrong)?;
    if scene == SceneText::default() {
        return Err(format!("scene {id}: nothing of it changes"));
    }
    Ok(SceneChange::Edit { id, scene })
}

impl Engine {
    /// Proposals as they stand against the project now.
    pub(super) fn proposals(&self, project: &Project, changes: Vec<ProposedChange>) -> Vec<Proposal> {
        let params = self.pipeline(&project.script).map(|pipeline| pipeline.params);
        let one = |change: ProposedChange| {
            let checked = match change {
                ProposedChange::Param { name, value } => match &params {
                    Ok(params) => param(params, project, &name, value.clone())
                        .map(|(value, was)| (ProposedChange::Param { name: name.clone(), value }, was))
                        .map_err(|why| (ProposedChange::Param { name, value }, why)),
                    Err(e) => Err((ProposedChange::Param { name, value }, e.to_string())),
                },
                ProposedChange::Scene { change } => match self.would_edit(project, &change) {
                    Ok(was) => Ok((ProposedChange::Scene { change }, was)),
                    Err(e) => Err((ProposedChange::Scene { change }, e.to_string())),
                },
            };
            match checked {
                Ok((change, was)) => Proposal { change, was: shortened(&was), accepted: false, wrong: None },
                Err((change, why)) => Proposal { change, was: String::new(), accepted: false, wrong: Some(why) },
            }
        };
        changes.into_iter().map(one).collect()
    }
}

/// The value as the script takes it, and what is there now.
pub(super) fn param(
    params: &[ParamDecl],
    project: &Project,
    name: &str,
    value: Value,
) -> Result<(Value, String), String> {
    let declared = params.iter().find(|declared| declared.name == name);
    if declared.is_some_and(|declared| declared.kind.names_files()) {
        // Whatever a model names would be read, and sent to whoever is asked next.
        return Err(format!("`{name}` is a file: you choose it yourself"));
    }
    let now = project.params.get(name).or(declared.and_then(|declared| declared.default.as_ref()));
    let was = now.map(for_people).unwrap_or_default();
    let mut all: BTreeMap<String, Value> = project.params.clone();
    all.insert(name.to_owned(), value.clone());
    match script::check_params(params, all) {
        Ok(_) if value.is_null() => Ok((Value::Null, was)),
        Ok(mut typed) => Ok((typed.remove(name).unwrap_or(value), was)),
        // Of another param it says nothing about this one.
        Err(e) if e.field.as_deref().is_some_and(|field| field != name) => Ok((value, was)),
        Err(e) => Err(e.to_string()),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_WAS {
        return text.to_owned();
    }
    text.chars().take(MOST_WAS).chain(['…']).collect()
}

/// Why a change could not be made, and what to do about it.
pub(super) fn why(e: &EngineError) -> String {
    let help = e.help();
    if help.is_empty() { e.to_string() } else { format!("{e} ({help})") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProjectId;
    use crate::script::ParamKind;
    use proptest::prelude::*;
    use serde_json::json;

    fn read_one(block: &str) -> Wishes {
        read(&[block.to_owned()])
    }

    #[test]
    fn changes_are_read_and_nonsense_is_told() {
        let block = json!({
            "params": { "voice": "f2", "speed": null },
            "scenes": [
                { "id": "a-1", "narration": "Blue.", "seconds": 4 },
                { "what": "move", "id": "a-1", "to": 2 },
                { "id": "a-1" },
                { "narration": "of nobody" },
                { "id": "a-1", "colour": "blue" },
                7,
            ],
            "run": true,
        });
        let Wishes { changes, wrong } = read_one(&block.to_string());
        assert_eq!(changes.len(), 4, "{changes:?}");
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        let edit = SceneText { narration: Some("Blue.".into()), seconds: Some(4.0), ..SceneText::default() };
        let edit = Box::new(SceneChange::Edit { id: "a-1".into(), scene: edit });
        assert_eq!(changes[2], ProposedChange::Scene { change: edit });
        assert!(wrong[3].contains("colour") || wrong[2].contains("colour"), "{wrong:?}");
        for nonsense in ["", "[]", "{", "null", "{\"params\": [1]}", "{\"scenes\": {}}", "{\"params\": {\"a\": 1}} {"] {
            let wishes = read_one(nonsense);
            assert!(wishes.changes.is_empty() && wishes.wrong.len() == 1, "{nonsense}: {wishes:?}");
        }
        let many: Map<String, Value> = (0..500).map(|n| (n.to_string(), json!(n))).collect();
        assert_eq!(read_one(&json!({ "params": many }).to_string()).changes.len(), MOST_PROPOSALS);
    }

    fn decls() -> Vec<ParamDecl> {
        let decl = |name: &str, kind| ParamDecl {
            name: name.into(),
            kind,
            required: name == "text",
            default: None,
            help: String::new(),
        };
        vec![
            decl("text", ParamKind::Text),
            decl("count", ParamKind::Integer),
            decl("aspect", ParamKind::Choice(vec!["16:9".into(), "9:16".into()])),
            decl("music", ParamKind::File),
        ]
    }

    fn project() -> Project {
        serde_json::from_value(json!({
            "id": ProjectId::new("p"), "title": "P", "slug": "p", "script": "x", "created_ms": 0, "updated_ms": 0,
            "params": { "text": "Hi", "aspect": "16:9" },
        }))
        .unwrap()
    }

    #[test]
    fn a_value_is_as_the_script_takes_it_or_it_is_refused() {
        let taken = |name: &str, value: Value| param(&decls(), &project(), name, value);
        assert_eq!(taken("aspect", json!("9:16")), Ok((json!("9:16"), "16:9".into())));
        assert_eq!(taken("count", json!("3")), Ok((json!(3), String::new())));
        assert_eq!(taken("count", Value::Null), Ok((Value::Null, String::new())));
        for (name, value, says) in [
            ("aspect", json!("4:3"), "one of"),
            ("count", json!([1]), "whole number"),
            ("text", Value::Null, "required"),
            ("music", json!("/etc/passwd"), "choose it yourself"),
            ("nobody", json!(1), "no parameter"),
        ] {
            let why = taken(name, value).unwrap_err();
            assert!(why.contains(says), "{name}: {why}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z0-9:/]{0,8}".prop_map(Value::from),
        ];
        let name = prop_oneof![
            Just("params".to_owned()),
            Just("scenes".to_owned()),
            Just("id".to_owned()),
            Just("what".to_owned()),
            Just("narration".to_owned()),
            Just("aspect".to_owned()),
            Just("count".to_owned()),
            "[a-z]{1,4}",
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(name.clone(), inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_proposed_only_what_the_script_takes_can_be_taken(
            block in prop_oneof![any_json().prop_map(|json| json.to_string()), "\\PC{0,80}"],
            cut in 0_usize..400,
        ) {
            let block = &block[..block.floor_char_boundary(cut.min(block.len()))];
            let wishes = read_one(block);
            prop_assert!(wishes.changes.len() <= MOST_PROPOSALS && wishes.wrong.len() <= 5);
            for change in wishes.changes {
                let ProposedChange::Param { name, value } = change else { continue };
                if let Ok((typed, _)) = param(&decls(), &project(), &name, value) {
                    let mut all = project().params;
                    all.insert(name.clone(), typed);
                    prop_assert!(name != "music");
                    prop_assert!(script::check_params(&decls(), all).is_ok(), "{}", name);
                }
            }
        }
    }
}
