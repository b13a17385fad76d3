//! Records to keep, and all that a store can be asked about them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use studio_plugin_sdk::{
    roles::Role,
    wire::{Answer, Capabilities, Event, HttpAnswer, Start, Take},
};

use super::super::Store;
use crate::model::*;

pub(super) fn key(n: u8) -> Key {
    Key::from_hash(blake3::hash(&[n]))
}

pub(super) fn run_id(n: u8) -> RunId {
    RunId::new(format!("run{n}"))
}

pub(super) fn project_id(n: u8) -> ProjectId {
    ProjectId::new(format!("project{n}"))
}

pub(super) fn slot(project: u8, n: u8) -> Slot {
    Slot::new(&project_id(project), &[format!("scene-{n}")], Role::Tts, 1)
}

pub(super) fn project(n: u8, slug: &str, text: usize) -> Record {
    let params = BTreeMap::from([("text".to_owned(), json!("x".repeat(text)))]);
    Record::Project(Project {
        id: project_id(n),
        title: slug.to_uppercase(),
        slug: slug.into(),
        script: "narrated".into(),
        params,
        profile: None,
        brand: None,
        export_dir: None,
        created_ms: 1,
        updated_ms: 2,
        archived: n == 2,
        removed_ms: (n == 1).then_some(3),
        former_slugs: if n == 2 { vec!["a".into()] } else { Vec::new() },
    })
}

pub(super) fn run(n: u8, project: u8) -> Record {
    Record::RunStarted(Run {
        id: run_id(n),
        project: project_id(project),
        sources: BTreeMap::from([("main.lua".into(), Digest::of(b"return 1"))]),
        entry: "main.lua".into(),
        params: BTreeMap::new(),
        profile: None,
        brand: None,
        started_ms: 3,
        unattended: false,
        refresh: Refresh::None,
        batch: None,
        outcome: None,
    })
}

pub(super) fn ended(n: u8) -> Record {
    Record::RunEnded { run: run_id(n), outcome: RunOutcome::Done { value: json!({"seconds": 1.5}) } }
}

pub(super) fn node(run: u8, slot: Slot, state: NodeState) -> Record {
    let new = NodeChange::new(run_id(run), slot, Role::Tts, state);
    Record::Node(NodeChange { plugin: "espeak".into(), key: Some(key(1)), seconds: Some(0.1), ..new })
}

pub(super) fn log(run: u8, text: &str) -> Record {
    Record::Log { run: run_id(run), slot: None, level: "info".into(), text: text.into() }
}

pub(super) fn started(n: u8, text: usize) -> Record {
    let request = json!({"text": "y".repeat(text)});
    let start =
        Start { role: Role::Tts, request, take: Take::default(), seed: u64::MAX - 1, resume_hint: None, service: None };
    let module = Digest::of(b"wasm");
    Record::Started(StartedNode { key: key(n), slot: slot(1, n), module, third_party: n == 2, start, at_ms: 5 })
}

pub(super) fn turn(n: u8, turn: u32, effect: u32) -> Record {
    let answer = HttpAnswer { status: 200, headers: vec![("a".into(), "b\u{0}\"é".into())], ..Default::default() };
    let answered = Event { id: effect, answer: Answer::Http(answer) };
    let line = Event { id: 900, answer: Answer::Lines { lines: vec![String::new()] } };
    Record::Turn(TurnRecord {
        key: key(n),
        turn,
        events: vec![line, answered],
        sealed: None,
        asked: Some(Digest::of(&[n])),
    })
}

pub(super) fn intent(n: u8, effect: u32) -> Record {
    let what = "POST https://api.example.com/v1/images".into();
    Record::Intent(Intent { key: key(n), effect, hash: Digest::of(&effect.to_be_bytes()), what })
}

pub(super) fn result(n: u8, text: usize) -> Record {
    let response = json!({"text": "z".repeat(text), "seconds": 0.1 + 0.2});
    let provenance = Provenance {
        role: Role::Tts,
        plugin: "espeak".into(),
        version: "1".into(),
        rev: 1,
        module: Digest::of(b"wasm"),
        at_ms: 6,
        seconds: 0.3,
        asked: None,
        paid: false,
        take: Take::default(),
    };
    let digest = digest_of(&response);
    let kept =
        Kept { response, digest, usage: studio_plugin_sdk::usage::Usage::default(), deliveries: vec![], provenance };
    Record::Result { key: key(n), kept: Box::new(kept) }
}

pub(super) fn cut(n: u8, from_turn: u32) -> Record {
    Record::Cut { key: key(n), from_turn }
}

pub(super) fn slot_result(project: u8, n: u8, of: u8) -> Record {
    Record::SlotResult { slot: slot(project, n), key: key(of) }
}

pub(super) fn secret(name: &str, sealed: Option<&str>) -> Record {
    Record::Secret { name: name.into(), sealed: sealed.map(Into::into) }
}

pub(super) fn deadline(n: u8, effect: u32, until_ms: i64) -> Record {
    Record::Deadline { key: key(n), effect, until_ms }
}

pub(super) fn decided(project: u8, n: u8, decision: Decision) -> Record {
    Record::Decided { slot: slot(project, n), decision: Box::new(decision) }
}

pub(super) fn changed(project: u8, n: u32, text: usize) -> Record {
    let part = |title: String| {
        let (slug, params) = ("a".into(), BTreeMap::new());
        Box::new(ProjectPart { title, slug, profile: None, brand: None, export_dir: None, params })
    };
    let edit = Undoable::Project { before: part(String::new()), after: part("t".repeat(text)) };
    Record::Changed(Box::new(Change { project: project_id(project), n, what: format!("edit {n}"), edit }))
}

pub(super) fn take(n: u32) -> Take {
    Take { n, note: if n > 1 { format!("note {n}") } else { String::new() } }
}

fn any_decision() -> impl Strategy<Value = Decision> {
    let edit = |n: u8| {
        let response = json!({ "text": n });
        HandEdit { replaces: key(n), digest: digest_of(&response), response }
    };
    prop_oneof![
        (0_u8..2).prop_map(|n| Decision::Approved { digest: Digest::of(&[n]) }),
        (2_u32..4).prop_map(|n| Decision::Regenerated { take: take(n) }),
        (1_u32..4).prop_map(|n| Decision::Chosen { take: take(n) }),
        (0_u8..2).prop_map(move |n| Decision::Edited(edit(n))),
        Just(Decision::EditDropped),
    ]
}

fn grant(n: u8, deliver: bool) -> Record {
    let capabilities = Capabilities { deliver, ..Capabilities::default() };
    Record::Granted(Grant { plugin: "x".into(), source: Source::Module(Digest::of(&[n])), capabilities, limit: None })
}

pub(super) fn generation(n: u8, done: bool, bytes: usize) -> Record {
    let state = if done { GenerationState::Done } else { GenerationState::Running };
    Record::Generation(Box::new(Generation {
        id: GenerationId::new(format!("g{n}")),
        project: project_id(n),
        run: run_id(n),
        slot: slot(n, n),
        key: key(n),
        role: Role::Image,
        plugin: "x".into(),
        service: "z".repeat(bytes),
        model: String::new(),
        state,
        started_ms: i64::from(n),
        ended_ms: None,
        seconds: None,
        calls: Vec::new(),
        usage: None,
        bound: Money::ZERO,
        cost: None,
        error: None,
    }))
}

fn generation_request(n: u8, bytes: usize) -> Record {
    Record::GenerationRequest { id: GenerationId::new(format!("g{n}")), request: json!({ "text": "z".repeat(bytes) }) }
}

fn budgeted(n: u8, of_run: bool, total: Option<u8>) -> Record {
    let of = if of_run { Budgeted::Run(run_id(n)) } else { Budgeted::Project(project_id(n)) };
    let total = total.map(|n| n.to_string().parse().unwrap());
    Record::Budgeted { of, budget: Budget { total, ..Budget::default() } }
}

fn hook_message(hook: &str, n: u8) -> HookMessage {
    let (event, body) = (HookEvent::ALL[usize::from(n)], format!("{{\"n\":{n}}}"));
    HookMessage { id: format!("msg_{n}"), hook: hook.into(), event, at_ms: 7, body }
}

fn hook_tried(n: u32) -> HookTry {
    HookTry { n, next_ms: (n < 2).then_some(8), why: "it answered 500".into() }
}

/// What befalls the messages of two webhooks.
fn any_of_hooks() -> impl Strategy<Value = Record> {
    let message = || ("[ab]", 0_u8..3);
    prop_oneof![
        ("[ab]", proptest::option::of(0_u64..9)).prop_map(|(hook, seq)| Record::HookAt { hook, seq }),
        message().prop_map(|(hook, n)| Record::HookQueued(Box::new(hook_message(&hook, n)))),
        (message(), 1_u32..3).prop_map(|((hook, n), tried)| {
            Record::HookTried { hook, id: format!("msg_{n}"), tried: hook_tried(tried) }
        }),
        (message(), 1_u64..5)
            .prop_map(|((hook, n), total)| { Record::HookDelivered { hook, id: format!("msg_{n}"), total } }),
        message().prop_map(|(hook, n)| Record::HookDropped { hook, id: format!("msg_{n}") }),
        message().prop_map(|(hook, n)| {
            let message = Box::new(hook_message(&hook, n));
            Record::HookDead { message, tried: hook_tried(2) }
        }),
    ]
}

/// Any record, over few enough names that they meet.
pub(super) fn any_record() -> impl Strategy<Value = Record> {
    let n = 0_u8..3;
    let text = prop_oneof![3 => 0_usize..50, 1 => Just(5_000_usize)];
    let lengths = text.clone();
    prop_oneof![
        (n.clone(), "[ab]", text.clone()).prop_map(|(n, slug, t)| project(n, &slug, t)),
        n.clone().prop_map(|n| Record::ProjectRemoved { id: project_id(n) }),
        // A run stays with its project.
        n.clone().prop_map(|n| run(n, n)),
        n.clone().prop_map(ended),
        n.clone().prop_map(|n| Record::RunWaits { run: run_id(n) }),
        (n.clone(), any::<bool>()).prop_map(|(n, unattended)| {
            let refresh = if unattended { Refresh::All } else { Refresh::Roles(vec![Role::Tts]) };
            Record::RunGoes { run: run_id(n), unattended, refresh, batch: None }
        }),
        (n.clone(), 1_u32..4, text.clone()).prop_map(|(n, at, text)| changed(n, at, text)),
        (n.clone(), 0_u32..4).prop_map(|(n, at)| Record::ChangesAt { project: project_id(n), n: at }),
        (n.clone(), n.clone(), n.clone(), any::<bool>()).prop_map(|(r, p, s, done)| {
            node(r, slot(p, s), if done { NodeState::Done } else { NodeState::Running })
        }),
        (n.clone(), ".{0,20}").prop_map(|(r, text)| log(r, &text)),
        (n.clone(), text.clone()).prop_map(|(k, t)| started(k, t)),
        (n.clone(), 1_u32..4, 0_u32..3).prop_map(|(k, t, e)| turn(k, t, e)),
        (n.clone(), 0_u32..3).prop_map(|(k, e)| intent(k, e)),
        (n.clone(), text).prop_map(|(k, t)| result(k, t)),
        (n.clone(), 0_u32..4).prop_map(|(k, t)| cut(k, t)),
        (n.clone(), n.clone(), n.clone()).prop_map(|(p, s, k)| slot_result(p, s, k)),
        (n.clone(), 0_u32..3, 0_i64..3).prop_map(|(k, e, until)| deadline(k, e, until)),
        (n.clone(), n.clone(), any_decision()).prop_map(|(p, s, d)| decided(p, s, d)),
        ("[ab]", proptest::option::of("[a-z]{4}")).prop_map(|(n, s)| secret(&n, s.as_deref())),
        proptest::collection::vec(n.clone(), 1..3)
            .prop_map(|keys| Record::ResultsForgotten { keys: keys.into_iter().map(key).collect() }),
        (n.clone(), any::<bool>()).prop_map(|(n, deliver)| grant(n, deliver)),
        (n.clone(), any::<bool>(), lengths.clone()).prop_map(|(n, d, t)| generation(n, d, t)),
        (n.clone(), lengths).prop_map(|(n, t)| generation_request(n, t)),
        (n.clone(), any::<bool>(), proptest::option::of(0_u8..9)).prop_map(|(n, r, t)| budgeted(n, r, t)),
        (n.clone(), any::<bool>()).prop_map(|(n, ended)| batch(n, ended)),
        (n, any::<bool>()).prop_map(|(n, secret)| applied(n, secret)),
        any_of_hooks(),
        any_of_hooks(),
        any_of_chats(),
        ("[ab]", 1_u32..4, any::<bool>()).prop_map(|(name, n, removed)| brand(&name, n, removed)),
    ]
}

/// A version of a brand, or the end of all of them.
pub(super) fn brand(name: &str, n: u32, removed: bool) -> Record {
    if removed {
        return Record::BrandRemoved { name: name.into(), last: n };
    }
    let kit = BrandKit { tone: "x".repeat(n as usize * 100), ..BrandKit::default() };
    Record::Brand(Box::new(BrandVersion { name: name.into(), version: n, at_ms: 1, kit }))
}

pub(super) fn chat_id(n: u8) -> ChatId {
    ChatId::new(format!("m{n}"))
}

pub(super) fn said(project: u8, n: u8, state: ChatState, bytes: usize) -> Record {
    let answer = ChatMessage::answer(chat_id(n), project_id(project), 9, key(n));
    Record::Chat(Box::new(ChatMessage { state, text: "c".repeat(bytes), ..answer }))
}

/// What is said in the chats of projects, and what becomes of the work for it.
fn any_of_chats() -> impl Strategy<Value = Record> {
    let (project, n) = (0_u8..3, 0_u8..4);
    let state = prop_oneof![Just(ChatState::Writing), Just(ChatState::Done), Just(ChatState::Failed)];
    let place = (project.clone(), n.clone());
    prop_oneof![
        (place.clone(), state, 0_usize..2_000).prop_map(|((p, n), state, bytes)| said(p, n, state, bytes)),
        place.clone().prop_map(|(p, n)| Record::ChatForgotten { project: project_id(p), until: chat_id(n) }),
        place
            .clone()
            .prop_map(|(p, n)| { Record::SlotResult { slot: chat_slot(&project_id(p), &chat_id(n)), key: key(n) } }),
        place.prop_map(|(p, n)| {
            let (project, id) = (project_id(p), chat_id(n));
            let failed = NodeState::Failed;
            Record::Node(NodeChange::new(chat_run(&project, &id), chat_slot(&project, &id), Role::Llm, failed))
        }),
    ]
}

fn applied(n: u8, secret: bool) -> Record {
    let what = (!secret).then(|| Digest::of(&[n]));
    Record::Applied(Applied { command: format!("command-{n}"), what, told: json!(project_id(n)) })
}

fn batch(n: u8, ended: bool) -> Record {
    let id = BatchId::new(format!("batch{n}"));
    if ended {
        let refused = [(project_id(n), NodeError::permanent("script.missing", "gone"))].into();
        return Record::BatchEnded { batch: id, refused };
    }
    Record::Batch(Batch {
        id,
        name: format!("Batch {n}"),
        projects: vec![project_id(n)],
        at_once: 2,
        unattended: false,
        budget_each: None,
        budget: None,
        started_ms: 3,
    })
}

/// Groups of records.
pub(super) fn any_groups(max: usize) -> impl Strategy<Value = Vec<Vec<Record>>> {
    proptest::collection::vec(proptest::collection::vec(any_record(), 1..4), 1..max)
}

/// Everything that the store can be asked, as one text; events from `events_from` on.
pub(super) fn everything(store: &Store, events_from: Seq) -> String {
    let mut all = vec![
        format!("{:#?}", store.listed().unwrap()),
        format!("{:#?}", store.unfinished_runs().unwrap()),
        format!("{:#?} {:#?}", store.chat_writing().unwrap(), store.dead(None).unwrap()),
        format!("{:#?}", store.started().unwrap()),
        format!("{:#?}", store.slots_under("").unwrap()),
        format!("{:#?}", store.secret_names().unwrap()),
        format!("{:#?}", store.grants().unwrap()),
        format!("{:#?}", store.generations().unwrap()),
        format!("{:#?}", store.last_seq()),
        format!("{:#?} {:#?}", store.open_batches().unwrap(), store.batches().unwrap()),
        format!("{:#?} {:#?}", store.hooks_at().unwrap(), store.hook_dead().unwrap()),
        format!("{:#?}", store.entries_since(events_from - 1, usize::MAX).unwrap()),
    ];
    for slug in ["a", "b"] {
        all.push(format!(
            "{slug} {:?} {:?} {:?}",
            store.project_by_slug(slug).unwrap().is_some(),
            store.project_by_any_slug(slug).unwrap().is_some(),
            store.secret(slug).unwrap()
        ));
        let tries = (0..3).map(|n| store.hook_tried(slug, &format!("msg_{n}")).unwrap()).collect::<Vec<_>>();
        all.push(format!("{:#?} {} {tries:?}", store.hook_queue(slug).unwrap(), store.hook_total(slug).unwrap()));
    }
    for n in 0..3 {
        all.push(format!("{:#?}", store.latest_generation(&key(n)).unwrap()));
        all.push(format!("{:?}", store.generation_request(&GenerationId::new(format!("g{n}"))).unwrap()));
        all.push(format!("{:?}", store.budget(&Budgeted::Project(project_id(n))).unwrap()));
        all.push(format!("{:?}", store.budget(&Budgeted::Run(run_id(n))).unwrap()));
        all.push(format!("{:?}", store.applied(&format!("command-{n}")).unwrap()));
        all.push(format!("{:#?}", store.kept(&key(n)).unwrap()));
        all.push(format!("{:#?}", store.started_node(&key(n)).unwrap()));
        all.push(format!("{:#?}", store.turns(&key(n)).unwrap()));
        all.push(format!("{:#?}", store.intents(&key(n)).unwrap()));
        all.push(format!("{:#?}", store.project(&project_id(n)).unwrap()));
        all.push(format!("{:#?}", store.refused_of(&BatchId::new(format!("batch{n}"))).unwrap()));
        all.push(format!("{:#?}", store.runs_of(&project_id(n)).unwrap()));
        all.push(format!(
            "{:#?} {}",
            store.changes(&project_id(n)).unwrap(),
            store.changes_at(&project_id(n)).unwrap()
        ));
        all.push(format!("{:#?}", store.places(&project_id(n)).unwrap()));
        all.push(format!("{:#?}", store.chat(&project_id(n)).unwrap()));
        all.push(format!("{:#?}", store.chat_before(&project_id(n), Some(&chat_id(2)), 1).unwrap()));
        all.push(format!("{:#?}", store.slots_under(&chat_path(&project_id(n))).unwrap()));
        all.push(format!("{:#?}", store.run(&run_id(n)).unwrap()));
        all.push(format!("{:#?}", store.last_nodes(&run_id(n)).unwrap()));
        all.push(format!("{:#?}", store.slots_under(project_id(n).as_str()).unwrap()));
        for m in 0..3 {
            let slot = slot(n, m);
            all.push(format!("{:?}", store.deadline(&key(n), m.into()).unwrap()));
            all.push(format!("{:#?}", store.steering(&slot).unwrap()));
            all.push(format!("{:?}", store.approval(&slot, &Digest::of(&[m])).unwrap()));
            all.push(format!("{:?}", store.takes_asked(&slot).unwrap()));
            all.push(format!("{:?}", store.slot_history(&slot).unwrap()));
        }
    }
    all.join("\n")
}

/// That two stores tell the same, and where they first do not.
pub(super) fn same(got: &str, expected: &str) -> Result<(), TestCaseError> {
    let differs = got.lines().zip(expected.lines()).position(|(a, b)| a != b);
    let Some(at) =
        differs.or_else(|| (got.len() != expected.len()).then(|| got.lines().count().min(expected.lines().count())))
    else {
        return Ok(());
    };
    let around = |text: &str| text.lines().skip(at.saturating_sub(6)).take(12).collect::<Vec<_>>().join("\n");
    Err(TestCaseError::fail(format!("got:\n{}\nexpected:\n{}", around(got), around(expected))))
}
