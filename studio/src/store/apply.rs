//! What each record changes in the index. Pure but for the trees it is given: the index itself when records
//! are applied, a model of it when compaction asks which entries still matter. One rule for both.

use crate::model::{
    Budgeted, Change, ChatId, ChatMessage, ChatState, Decision, Entry, Key, MOST_CHANGES, NodeChange, NodeState,
    ProjectId, Record, Seq, Slot, TurnRecord, chat_path, chat_run, chat_slot,
};

use super::keys::{head, last_u32, pair, rest};

/// A command is known until so many records have been written after it.
pub(super) const COMMANDS_KEPT: Seq = 100_000;

/// The trees of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Tree {
    /// Result by key.
    Kept,
    /// Current result by slot.
    Slots,
    /// Slot and key: results that it has had.
    History,
    /// The take that is used, by slot.
    Takes,
    /// Slot and number: takes that were asked for.
    Asked,
    /// Slot and digest: what was approved.
    Approvals,
    /// The result made by hand, by slot.
    Edits,
    /// Project by id.
    Projects,
    /// Slug and id; also of slugs that a project had once.
    Slugs,
    /// Run by id, as it started.
    Runs,
    /// How a run goes on otherwise than it began, by id.
    RunGoes,
    /// How a run ended, by id.
    Outcomes,
    /// Project, number and run: in the order in which they began, whatever the clock was set to.
    ProjectRuns,
    /// Runs that have not ended.
    Unfinished,
    /// Run and slot: the latest change.
    Nodes,
    /// Run and slot: nodes that wait for their inputs; of runs that have ended nobody asks.
    Waiting,
    /// Nodes that run, by key.
    Started,
    /// Key and turn.
    Turns,
    /// Key and effect.
    Intents,
    /// Key, turn and effect of intents that were answered.
    Answered,
    /// Key and effect of pauses that have begun.
    Deadlines,
    /// Events by number.
    Events,
    /// Runs that wait for a person.
    Waits,
    /// Project and number: its edits.
    Changes,
    /// The edit that is taken back next, by project.
    ChangesAt,
    /// Sealed secret by name.
    Secrets,
    /// Plugin and source.
    Grants,
    /// The failure of a slot whose latest node failed, unless another's failure was why.
    Dead,
    /// Batch by id.
    Batches,
    /// Batches that have not ended.
    OpenBatches,
    /// The ends of batches that have.
    EndedBatches,
    /// Generation by id.
    Generations,
    /// What a generation asked for, by its id.
    Requests,
    /// Key and id of generations.
    GenerationsOf,
    /// Budget by what it is for.
    Budgets,
    /// Up to where messages were queued, by webhook.
    HooksAt,
    /// Webhook and message that is to be sent.
    HookQueue,
    /// Webhook and message: its latest try.
    HookTries,
    /// Webhook and message that is not tried again.
    HookDead,
    /// How many messages have arrived, by webhook.
    HookTotals,
    /// Commands that were applied, by id.
    Commands,
    /// Number and command: in the order in which they were applied.
    CommandOrder,
    /// Project and message of its chat.
    Chat,
    /// Project and message: answers that are being written.
    ChatWriting,
    /// Name and number: versions of brands.
    Brands,
    /// The last version of a brand that is no more, by name.
    BrandsRemoved,
}

impl Tree {
    /// All of them, in the order of their declaration.
    pub(super) const ALL: [Self; 46] = [
        Self::Kept,
        Self::Slots,
        Self::History,
        Self::Takes,
        Self::Asked,
        Self::Approvals,
        Self::Edits,
        Self::Projects,
        Self::Slugs,
        Self::Runs,
        Self::RunGoes,
        Self::Outcomes,
        Self::ProjectRuns,
        Self::Unfinished,
        Self::Nodes,
        Self::Waiting,
        Self::Started,
        Self::Turns,
        Self::Intents,
        Self::Answered,
        Self::Deadlines,
        Self::Events,
        Self::Waits,
        Self::Changes,
        Self::ChangesAt,
        Self::Secrets,
        Self::Grants,
        Self::Dead,
        Self::Batches,
        Self::OpenBatches,
        Self::EndedBatches,
        Self::Generations,
        Self::Requests,
        Self::GenerationsOf,
        Self::Budgets,
        Self::HooksAt,
        Self::HookQueue,
        Self::HookTries,
        Self::HookDead,
        Self::HookTotals,
        Self::Commands,
        Self::CommandOrder,
        Self::Chat,
        Self::ChatWriting,
        Self::Brands,
        Self::BrandsRemoved,
    ];

    /// Its name in sled, with the version of its layout.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept/v1",
            Self::Slots => "slots/v1",
            Self::History => "history/v1",
            Self::Takes => "takes/v1",
            Self::Asked => "asked/v1",
            Self::Approvals => "approvals/v1",
            Self::Edits => "edits/v1",
            Self::Projects => "projects/v1",
            Self::Slugs => "slugs/v1",
            Self::Runs => "runs/v1",
            Self::RunGoes => "run-goes/v1",
            Self::Outcomes => "outcomes/v1",
            Self::ProjectRuns => "project-runs/v2",
            Self::Unfinished => "unfinished/v1",
            Self::Nodes => "nodes/v3",
            Self::Waiting => "waiting/v2",
            Self::Started => "started/v1",
            Self::Turns => "turns/v1",
            Self::Intents => "intents/v1",
            Self::Answered => "answered/v1",
            Self::Deadlines => "deadlines/v1",
            Self::Events => "events/v1",
            Self::Waits => "waits/v1",
            Self::Changes => "changes/v1",
            Self::ChangesAt => "changes-at/v1",
            Self::Secrets => "secrets/v1",
            Self::Grants => "grants/v1",
            Self::Dead => "dead/v1",
            Self::Batches => "batches/v1",
            Self::OpenBatches => "open-batches/v1",
            Self::EndedBatches => "ended-batches/v1",
            Self::Generations => "generations/v1",
            Self::Requests => "requests/v1",
            Self::GenerationsOf => "generations-of/v1",
            Self::Budgets => "budgets/v1",
            Self::HooksAt => "hooks-at/v1",
            Self::HookQueue => "hook-queue/v1",
            Self::HookTries => "hook-tries/v1",
            Self::HookDead => "hook-dead/v1",
            Self::HookTotals => "hook-totals/v1",
            Self::Commands => "commands/v1",
            Self::CommandOrder => "command-order/v1",
            Self::Chat => "chat/v1",
            Self::ChatWriting => "chat-writing/v1",
            Self::Brands => "brands/v1",
            Self::BrandsRemoved => "brands-removed/v1",
        }
    }
}

/// Trees that one entry at a time is applied to.
pub(super) trait Trees {
    /// What goes wrong.
    type Error;
    /// The entry becomes the value of `key`.
    fn put(&mut self, tree: Tree, key: Vec<u8>) -> Result<(), Self::Error>;
    /// The same, with a note of what the entry says, for who looks through many.
    fn put_noted(&mut self, tree: Tree, key: Vec<u8>, _note: u8) -> Result<(), Self::Error> {
        self.put(tree, key)
    }
    /// `key` is there, without a value.
    fn mark(&mut self, tree: Tree, key: Vec<u8>) -> Result<(), Self::Error>;
    /// `key` is gone.
    fn remove(&mut self, tree: Tree, key: &[u8]) -> Result<(), Self::Error>;
    /// The keys that begin with `prefix` and are not below `from`, in order.
    fn keys(&self, tree: Tree, prefix: &[u8], from: &[u8]) -> Result<Vec<Vec<u8>>, Self::Error>;
    /// The keys below `to`, in order.
    fn keys_below(&self, tree: Tree, to: &[u8]) -> Result<Vec<Vec<u8>>, Self::Error>;
    /// Is `key` there?
    fn has(&self, tree: Tree, key: &[u8]) -> Result<bool, Self::Error>;

    /// All keys that begin with `prefix` and are not below `from` are gone.
    fn remove_from(&mut self, tree: Tree, prefix: &[u8], from: &[u8]) -> Result<(), Self::Error> {
        self.keys(tree, prefix, from)?.iter().try_for_each(|key| self.remove(tree, key))
    }
}

/// Notes `entry` where it is an event that is still told: one that is not before `events_from`.
pub(super) fn tell<T: Trees>(trees: &mut T, entry: &Entry, events_from: Seq) -> Result<(), T::Error> {
    if entry.record.is_event() && entry.seq >= events_from {
        trees.put(Tree::Events, entry.seq.to_be_bytes().to_vec())?;
    }
    Ok(())
}

/// Applies `entry`. Applying a stretch of the journal again, in order,
/// gives the same trees: recovery depends on it.
pub(super) fn apply<T: Trees>(trees: &mut T, entry: &Entry) -> Result<(), T::Error> {
    match &entry.record {
        Record::Project(project) => {
            for slug in project.former_slugs.iter().chain([&project.slug]) {
                trees.mark(Tree::Slugs, pair(slug, project.id.as_str()))?;
            }
            trees.put(Tree::Projects, project.id.as_str().into())
        }
        Record::ProjectRemoved { id } => remove_project(trees, id),
        // A run begins once.
        Record::RunStarted(run) if trees.has(Tree::Runs, run.id.as_str().as_bytes())? => Ok(()),
        Record::RunStarted(run) => {
            let order = [&entry.seq.to_be_bytes(), run.id.as_str().as_bytes()].concat();
            trees.mark(Tree::ProjectRuns, pair(run.project.as_str(), order))?;
            trees.mark(Tree::Unfinished, run.id.as_str().into())?;
            trees.put(Tree::Runs, run.id.as_str().into())
        }
        Record::RunEnded { run, .. } => {
            let nodes = head(run.as_str());
            trees.remove_from(Tree::Waiting, &nodes, &nodes)?;
            trees.remove(Tree::Unfinished, run.as_str().as_bytes())?;
            trees.remove(Tree::Waits, run.as_str().as_bytes())?;
            trees.put(Tree::Outcomes, run.as_str().into())
        }
        Record::Node(change) => {
            dead_or_alive(trees, change)?;
            // Something of its run has gone on.
            trees.remove(Tree::Waits, change.run.as_str().as_bytes())?;
            let key = pair(change.run.as_str(), change.slot.as_str());
            let waits = change.state == NodeState::Waiting;
            let (now, before) = if waits { (Tree::Waiting, Tree::Nodes) } else { (Tree::Nodes, Tree::Waiting) };
            trees.remove(before, &key)?;
            trees.put_noted(now, key, note_of(change.state))
        }
        Record::RunGoes { run, .. } => trees.put(Tree::RunGoes, run.as_str().into()),
        Record::RunWaits { run } => trees.put(Tree::Waits, run.as_str().into()),
        Record::Log { .. } => Ok(()),
        Record::Started(node) => trees.put(Tree::Started, node.key.as_str().into()),
        Record::Turn(turn) => add_turn(trees, turn),
        Record::Intent(intent) => {
            unanswer(trees, &intent.key, intent.effect)?;
            trees.put(Tree::Intents, pair(intent.key.as_str(), intent.effect.to_be_bytes()))
        }
        Record::Deadline { key, effect, .. } => trees.put(Tree::Deadlines, pair(key.as_str(), effect.to_be_bytes())),
        Record::IntentLost { key, effect } => trees.remove(Tree::Intents, &pair(key.as_str(), effect.to_be_bytes())),
        Record::Result { key, .. } => {
            forget(trees, key)?;
            trees.put(Tree::Kept, key.as_str().into())
        }
        Record::Cut { key, from_turn: 0 } => forget(trees, key),
        Record::Cut { key, from_turn } => cut(trees, key, *from_turn),
        Record::SlotResult { slot, key } => {
            trees.remove(Tree::Dead, slot.as_str().as_bytes())?;
            trees.put(Tree::History, pair(slot.as_str(), key.as_str()))?;
            trees.put(Tree::Slots, slot.as_str().into())
        }
        Record::Decided { slot, decision } => decide(trees, slot, decision),
        Record::Changed(change) => edited(trees, change),
        Record::ChangesAt { project, .. } => trees.put(Tree::ChangesAt, project.as_str().into()),
        Record::Batch(batch) => {
            trees.remove(Tree::EndedBatches, batch.id.as_str().as_bytes())?;
            trees.mark(Tree::OpenBatches, batch.id.as_str().into())?;
            trees.put(Tree::Batches, batch.id.as_str().into())
        }
        Record::BatchEnded { batch, .. } => {
            trees.remove(Tree::OpenBatches, batch.as_str().as_bytes())?;
            // Kept, so that it still has ended when only what matters is read again.
            trees.put(Tree::EndedBatches, batch.as_str().into())
        }
        Record::Secret { name, sealed: Some(_) } => trees.put(Tree::Secrets, name.as_str().into()),
        Record::Secret { name, sealed: None } => trees.remove(Tree::Secrets, name.as_bytes()),
        Record::ResultsForgotten { keys } => {
            keys.iter().try_for_each(|key| trees.remove(Tree::Kept, key.as_str().as_bytes()))
        }
        Record::Granted(grant) => {
            let source = serde_json::to_string(&grant.source).unwrap_or_default();
            trees.put(Tree::Grants, pair(&grant.plugin, source))
        }
        Record::Generation(generation) => {
            trees.mark(Tree::GenerationsOf, pair(generation.key.as_str(), generation.id.as_str()))?;
            trees.put(Tree::Generations, generation.id.as_str().into())
        }
        Record::GenerationRequest { id, .. } => trees.put(Tree::Requests, id.as_str().into()),
        Record::Budgeted { of, .. } => trees.put(Tree::Budgets, budgeted(of)),
        Record::HookAt { hook, seq: Some(_) } => trees.put(Tree::HooksAt, hook.as_str().into()),
        Record::HookAt { hook, seq: None } => trees.remove(Tree::HooksAt, hook.as_bytes()),
        Record::HookQueued(message) => {
            let key = pair(&message.hook, &message.id);
            trees.remove(Tree::HookTries, &key)?;
            trees.remove(Tree::HookDead, &key)?;
            trees.put(Tree::HookQueue, key)
        }
        Record::HookTried { hook, id, .. } => trees.put(Tree::HookTries, pair(hook, id)),
        Record::HookDelivered { hook, id, .. } => {
            unqueue(trees, &pair(hook, id))?;
            trees.put(Tree::HookTotals, hook.as_str().into())
        }
        Record::HookDead { message, .. } => {
            let key = pair(&message.hook, &message.id);
            unqueue(trees, &key)?;
            trees.put(Tree::HookDead, key)
        }
        Record::HookDropped { hook, id } => trees.remove(Tree::HookDead, &pair(hook, id)),
        Record::Applied(applied) => applied_at(trees, entry.seq, &applied.command),
        Record::Chat(message) => say(trees, message),
        Record::ChatForgotten { project, until } => forget_chat(trees, project, Some(until)),
        Record::Brand(brand) => trees.put(Tree::Brands, pair(&brand.name, brand.version.to_be_bytes())),
        Record::BrandRemoved { name, .. } => {
            trees.remove_from(Tree::Brands, &head(name), &head(name))?;
            trees.put(Tree::BrandsRemoved, name.as_bytes().to_vec())
        }
    }
}

fn say<T: Trees>(trees: &mut T, message: &ChatMessage) -> Result<(), T::Error> {
    let key = pair(message.project.as_str(), message.id.as_str());
    if message.state == ChatState::Writing {
        trees.mark(Tree::ChatWriting, key.clone())?;
    } else {
        trees.remove(Tree::ChatWriting, &key)?;
    }
    trees.put(Tree::Chat, key)
}

/// Forgets the messages of a project up to one, with the places of their work; none: all of them.
fn forget_chat<T: Trees>(trees: &mut T, project: &ProjectId, until: Option<&ChatId>) -> Result<(), T::Error> {
    let of_project = head(project.as_str());
    for key in trees.keys(Tree::Chat, &of_project, &of_project)? {
        let id = ChatId::new(String::from_utf8_lossy(rest(project.as_str(), &key)));
        if until.is_some_and(|until| id > *until) {
            break;
        }
        let (slot, nodes) = (chat_slot(project, &id), head(chat_run(project, &id).as_str()));
        trees.remove_from(Tree::History, &head(slot.as_str()), &head(slot.as_str()))?;
        trees.remove(Tree::Slots, slot.as_str().as_bytes())?;
        trees.remove_from(Tree::Nodes, &nodes, &nodes)?;
        trees.remove(Tree::ChatWriting, &key)?;
        trees.remove(Tree::Chat, &key)?;
    }
    Ok(())
}

/// Keeps a command, and forgets those of long ago. By numbers, which no clock and no compaction changes.
fn applied_at<T: Trees>(trees: &mut T, seq: Seq, command: &str) -> Result<(), T::Error> {
    let forgotten = seq.saturating_sub(COMMANDS_KEPT).to_be_bytes();
    for old in trees.keys_below(Tree::CommandOrder, &forgotten)? {
        trees.remove(Tree::Commands, old.get(size_of::<Seq>()..).unwrap_or_default())?;
        trees.remove(Tree::CommandOrder, &old)?;
    }
    // A command is applied once.
    if trees.has(Tree::Commands, command.as_bytes())? {
        return Ok(());
    }
    trees.mark(Tree::CommandOrder, [&seq.to_be_bytes(), command.as_bytes()].concat())?;
    trees.put(Tree::Commands, command.into())
}

fn unqueue<T: Trees>(trees: &mut T, message: &[u8]) -> Result<(), T::Error> {
    trees.remove(Tree::HookTries, message)?;
    trees.remove(Tree::HookQueue, message)
}

/// A state as the note of a node. What is noted in a tree never changes its meaning without another name of the tree.
const NOTES: [NodeState; 8] = [
    NodeState::Waiting,
    NodeState::Ready,
    NodeState::Running,
    NodeState::Review,
    NodeState::Kept,
    NodeState::Done,
    NodeState::Failed,
    NodeState::Cancelled,
];

fn note_of(state: NodeState) -> u8 {
    NOTES.iter().position(|noted| *noted == state).unwrap_or_default() as u8
}

/// The state that a note stands for.
pub(super) fn noted(note: u8) -> Option<NodeState> {
    NOTES.get(usize::from(note)).copied()
}

/// Keeps a failure until something else becomes of its place. What only failed because another node did goes with that.
fn dead_or_alive<T: Trees>(trees: &mut T, change: &NodeChange) -> Result<(), T::Error> {
    let slot = change.slot.as_str();
    match change.state {
        // What a chat failed at is told there, and tried again by nobody.
        _ if change.slot.is_of_chat() => Ok(()),
        NodeState::Failed if change.error.as_ref().is_none_or(|e| e.code != "upstream") => {
            trees.put(Tree::Dead, slot.into())
        }
        NodeState::Waiting | NodeState::Ready => Ok(()),
        _ => trees.remove(Tree::Dead, slot.as_bytes()),
    }
}

fn decide<T: Trees>(trees: &mut T, slot: &Slot, decision: &Decision) -> Result<(), T::Error> {
    let of_slot = || slot.as_str().as_bytes().to_vec();
    match decision {
        Decision::Approved { digest } => trees.put(Tree::Approvals, pair(slot.as_str(), digest.hex())),
        Decision::Regenerated { take } => {
            trees.put(Tree::Asked, pair(slot.as_str(), take.n.to_be_bytes()))?;
            use_take(trees, slot)
        }
        Decision::Chosen { .. } => use_take(trees, slot),
        Decision::Edited(_) => trees.put(Tree::Edits, of_slot()),
        Decision::EditDropped => trees.remove(Tree::Edits, &of_slot()),
    }
}

/// Who asks for a take does not want what was made by hand before.
fn use_take<T: Trees>(trees: &mut T, slot: &Slot) -> Result<(), T::Error> {
    trees.remove(Tree::Edits, slot.as_str().as_bytes())?;
    trees.put(Tree::Takes, slot.as_str().into())
}

/// What was taken back before cannot be done again, and what is too long ago not be taken back.
fn edited<T: Trees>(trees: &mut T, change: &Change) -> Result<(), T::Error> {
    let (project, at) = (change.project.as_str(), |n: u32| pair(change.project.as_str(), n.to_be_bytes()));
    trees.remove_from(Tree::Changes, &head(project), &at(change.n.saturating_add(1)))?;
    if let Some(old) = change.n.checked_sub(MOST_CHANGES) {
        trees.remove(Tree::Changes, &at(old))?;
    }
    trees.put(Tree::Changes, at(change.n))?;
    trees.put(Tree::ChangesAt, project.into())
}

/// The key of a budget.
pub(super) fn budgeted(of: &Budgeted) -> Vec<u8> {
    match of {
        Budgeted::Project(id) => pair("project", id.as_str()),
        Budgeted::Run(id) => pair("run", id.as_str()),
    }
}

fn remove_project<T: Trees>(trees: &mut T, id: &ProjectId) -> Result<(), T::Error> {
    let of_project = head(id.as_str());
    for key in trees.keys(Tree::ProjectRuns, &of_project, &of_project)? {
        let run = run_of(rest(id.as_str(), &key));
        for tree in [Tree::Runs, Tree::RunGoes, Tree::Outcomes, Tree::Unfinished, Tree::Waits] {
            trees.remove(tree, run)?;
        }
        let nodes = head(&String::from_utf8_lossy(run));
        for tree in [Tree::Nodes, Tree::Waiting] {
            trees.remove_from(tree, &nodes, &nodes)?;
        }
        trees.remove(Tree::Budgets, &pair("run", run))?;
        trees.remove(Tree::ProjectRuns, &key)?;
    }
    let slots = format!("{id}/").into_bytes();
    for tree in [Tree::Slots, Tree::History, Tree::Takes, Tree::Asked, Tree::Approvals, Tree::Edits, Tree::Dead] {
        trees.remove_from(tree, &slots, &slots)?;
    }
    forget_chat(trees, id, None)?;
    // Places that an answer's stage called, and those of messages that are gone by themselves.
    let chat = chat_path(id).into_bytes();
    for tree in [Tree::Slots, Tree::History] {
        trees.remove_from(tree, &chat, &chat)?;
    }
    trees.remove_from(Tree::Changes, &of_project, &of_project)?;
    trees.remove(Tree::ChangesAt, id.as_str().as_bytes())?;
    // What was spent stays: the money is gone.
    trees.remove(Tree::Budgets, &budgeted(&Budgeted::Project(id.clone())))?;
    trees.remove(Tree::Projects, id.as_str().as_bytes())
}

/// The run in a key of [`Tree::ProjectRuns`] behind its project.
pub(super) fn run_of(order: &[u8]) -> &[u8] {
    order.get(size_of::<Seq>()..).unwrap_or_default()
}

fn add_turn<T: Trees>(trees: &mut T, turn: &TurnRecord) -> Result<(), T::Error> {
    let key = turn.key.as_str();
    for event in turn.events.iter().filter(|e| e.answer.is_last()) {
        let effect = event.id.to_be_bytes();
        if trees.has(Tree::Intents, &pair(key, effect))? {
            trees.mark(Tree::Answered, pair(key, [turn.turn.to_be_bytes(), effect].concat()))?;
        }
    }
    trees.put(Tree::Turns, pair(key, turn.turn.to_be_bytes()))
}

/// A request that is about to be sent again has no answer yet.
fn unanswer<T: Trees>(trees: &mut T, key: &Key, effect: u32) -> Result<(), T::Error> {
    let prefix = head(key.as_str());
    let answered = trees.keys(Tree::Answered, &prefix, &prefix)?;
    answered.iter().filter(|k| last_u32(k) == Some(effect)).try_for_each(|k| trees.remove(Tree::Answered, k))
}

fn cut<T: Trees>(trees: &mut T, key: &Key, from_turn: u32) -> Result<(), T::Error> {
    let prefix = head(key.as_str());
    let from = pair(key.as_str(), from_turn.to_be_bytes());
    // An intent whose answer is cut was answered: nothing about it is unknown, so it must not look possibly billed.
    for answered in trees.keys(Tree::Answered, &prefix, &from)? {
        if let Some(effect) = last_u32(&answered) {
            trees.remove(Tree::Intents, &pair(key.as_str(), effect.to_be_bytes()))?;
        }
        trees.remove(Tree::Answered, &answered)?;
    }
    // Which pauses come after the cut is not known: those that are asked for again begin anew.
    trees.remove_from(Tree::Deadlines, &prefix, &prefix)?;
    trees.remove_from(Tree::Turns, &prefix, &from)
}

fn forget<T: Trees>(trees: &mut T, key: &Key) -> Result<(), T::Error> {
    let prefix = head(key.as_str());
    for tree in [Tree::Turns, Tree::Intents, Tree::Answered, Tree::Deadlines] {
        trees.remove_from(tree, &prefix, &prefix)?;
    }
    trees.remove(Tree::Started, key.as_str().as_bytes())
}
