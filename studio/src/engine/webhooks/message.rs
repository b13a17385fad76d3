//! What webhooks are told of what happens: ids, titles, outcomes and paths. No params, no texts, no secrets.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use studio_plugin_sdk::{json::typed, roles::Role, roles::publish::Publication};

use crate::{
    engine::{Engine, EngineError, Event, Told},
    model::{
        Digest, HookEvent, HookMessage, NodeChange, NodeError, NodeState, Project, ProjectId, Run, RunId, RunOutcome,
    },
};

/// Longest text of an error that is told, in characters.
const MOST_ERROR: usize = 300;

/// Something to tell.
pub struct Happened {
    /// Of what kind.
    pub event: HookEvent,
    /// When, in milliseconds since 1970.
    at_ms: i64,
    /// What makes it one thing and no other.
    identity: String,
    data: Data,
    test: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: HookEvent,
    timestamp: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    test: bool,
    data: &'a Data,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Job {
        project: About,
        run: RunId,
        outcome: &'static str,
        error: Option<Failed>,
        /// From its start to its end, with all that it waited for.
        seconds: f64,
        exports: Vec<PathBuf>,
    },
    Export {
        project: About,
        run: RunId,
        folder: PathBuf,
        files: Vec<PathBuf>,
    },
    Published {
        project: About,
        run: RunId,
        place: String,
        plugin: String,
        id: String,
        url: String,
    },
    Review {
        project: About,
        run: RunId,
        place: String,
        role: Role,
    },
}

#[derive(Serialize)]
struct About {
    id: ProjectId,
    slug: String,
    title: String,
}

#[derive(Serialize)]
struct Failed {
    code: String,
    message: String,
}

impl Happened {
    /// The message to a webhook. The same thing makes the same message, whenever it is asked for.
    pub fn message(&self, hook: &str) -> Result<HookMessage, EngineError> {
        let timestamp = Timestamp::from_millisecond(self.at_ms).unwrap_or_default().to_string();
        let body = Body { r#type: self.event, timestamp, test: self.test, data: &self.data };
        let body = serde_json::to_string(&body)
            .map_err(|e| EngineError::refused("engine.encode", e.to_string(), "report it: this should not be"))?;
        let hash = Digest::of(format!("{hook}\0{}\0{}", self.event.name(), self.identity).as_bytes()).hex();
        let (hook, event, at_ms) = (hook.to_owned(), self.event, self.at_ms);
        Ok(HookMessage { id: format!("msg_{}", &hash[..32]), hook, event, at_ms, body })
    }

    /// An example.
    pub fn example(event: HookEvent, at_ms: i64) -> Self {
        let ulid = || ulid::Ulid::generate().to_string();
        let run = RunId::new(ulid());
        let about = About { id: ProjectId::new(ulid()), slug: "an-example".into(), title: "An example".into() };
        let (folder, file) = (PathBuf::from("/exports/an-example"), "an-example.mp4");
        let data = match event {
            HookEvent::JobCompleted => Data::Job {
                project: about,
                run: run.clone(),
                outcome: "done",
                error: None,
                seconds: 12.5,
                exports: vec![folder.join(file)],
            },
            HookEvent::ExportReady => {
                Data::Export { project: about, run: run.clone(), files: vec![folder.join(file)], folder }
            }
            HookEvent::PublishDone => Data::Published {
                project: about,
                run: run.clone(),
                place: "publish".into(),
                plugin: "folder".into(),
                id: "an-example".into(),
                url: file.into(),
            },
            HookEvent::ReviewWaiting => {
                Data::Review { project: about, run: run.clone(), place: "render".into(), role: Role::Render }
            }
        };
        Self { event, at_ms, identity: run.to_string(), data, test: true }
    }
}

/// What there is to tell of an event, of the kinds that are wanted.
pub fn happened(
    engine: &Engine,
    told: &Told,
    wanted: impl Fn(HookEvent) -> bool,
) -> Result<Vec<Happened>, EngineError> {
    let found = match &told.event {
        Event::RunEnded { run, outcome } => {
            let Some((run, project)) = known(engine, run)? else { return Ok(Vec::new()) };
            ended(engine, &run, &project, outcome, told.at_ms.unwrap_or_default())?
        }
        Event::Node(change) => of_node(engine, change)?.into_iter().collect(),
        _ => Vec::new(),
    };
    let at_ms = told.at_ms.unwrap_or_else(|| engine.core.now_ms());
    let found = found.into_iter().filter(|(event, ..)| wanted(*event));
    Ok(found.map(|(event, identity, data)| Happened { event, at_ms, identity, data, test: false }).collect())
}

type Found = (HookEvent, String, Data);

fn ended(
    engine: &Engine,
    run: &Run,
    project: &Project,
    outcome: &RunOutcome,
    at_ms: i64,
) -> Result<Vec<Found>, EngineError> {
    let (name, error) = match outcome {
        RunOutcome::Done { .. } => ("done", None),
        RunOutcome::Failed { error } => ("failed", Some(failed(error))),
        RunOutcome::Cancelled => ("cancelled", None),
        RunOutcome::Waiting => return Ok(Vec::new()),
    };
    let files = if name == "done" { engine.delivered(project)? } else { Vec::new() };
    let seconds = at_ms.saturating_sub(run.started_ms).max(0) as f64 / 1000.0;
    let (id, exports) = (run.id.clone(), files.clone());
    let job = Data::Job { project: about(project), run: id.clone(), outcome: name, error, seconds, exports };
    let mut found = vec![(HookEvent::JobCompleted, id.to_string(), job)];
    if !files.is_empty() {
        let folder = engine.exports(project);
        let export = Data::Export { project: about(project), run: id.clone(), folder, files };
        found.push((HookEvent::ExportReady, id.to_string(), export));
    }
    Ok(found)
}

fn of_node(engine: &Engine, change: &NodeChange) -> Result<Option<Found>, EngineError> {
    let published = change.role == Role::Publish && change.state == NodeState::Done;
    if !published && change.state != NodeState::Review {
        return Ok(None);
    }
    let Some(key) = &change.key else { return Ok(None) };
    let Some((run, project)) = known(engine, &change.run)? else { return Ok(None) };
    let (run, place, project) = (run.id, change.slot.local().to_owned(), about(&project));
    let identity = format!("{run}\0{}\0{key}", change.slot);
    if !published {
        return Ok(Some((HookEvent::ReviewWaiting, identity, Data::Review { project, run, place, role: change.role })));
    }
    let Some(kept) = engine.core.store.kept(key)? else { return Ok(None) };
    let Publication { id, url, .. } = typed(kept.response).map_err(NodeError::from)?;
    let data = Data::Published { project, run, place, plugin: change.plugin.clone(), id, url };
    Ok(Some((HookEvent::PublishDone, identity, data)))
}

/// The run and its project; none: they are no more.
fn known(engine: &Engine, run: &RunId) -> Result<Option<(Run, Project)>, EngineError> {
    let Some(run) = engine.core.store.run(run)? else { return Ok(None) };
    let project = engine.core.store.project(&run.project)?;
    Ok(project.map(|project| (run, project)))
}

fn about(project: &Project) -> About {
    About { id: project.id.clone(), slug: project.slug.clone(), title: project.title.clone() }
}

fn failed(error: &NodeError) -> Failed {
    // The first line: what comes after it shows a script's text.
    let line = error.message.lines().next().unwrap_or_default();
    Failed { code: error.code.clone(), message: line.chars().take(MOST_ERROR).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_same_thing_has_the_same_id_for_one_webhook_and_another_for_the_next() {
        for event in HookEvent::ALL {
            let example = Happened::example(event, 1_700_000_000_000);
            let message = example.message("a").unwrap();
            assert_eq!(message, example.message("a").unwrap());
            assert_ne!(message.id, example.message("b").unwrap().id);
            assert_ne!(message.id, Happened::example(event, 1_700_000_000_000).message("a").unwrap().id);
            let body: Value = serde_json::from_str(&message.body).unwrap();
            assert_eq!((&body["type"], &body["test"]), (&event.name().into(), &true.into()), "{body}");
            assert_eq!(
                (&body["timestamp"], &body["data"]["project"]["slug"]),
                (&"2023-11-14T22:13:20Z".into(), &"an-example".into())
            );
        }
    }

    #[test]
    fn an_error_is_told_by_its_first_line() {
        let error = NodeError::permanent("script.error", format!("{}\nsecond", "x".repeat(400)));
        assert_eq!(failed(&error).message, "x".repeat(300));
    }
}
