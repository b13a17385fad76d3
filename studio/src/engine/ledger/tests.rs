use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use serde_json::{Value, json};
use studio_plugin_sdk::{error::StageError, roles::Role, usage::Usage, wire::Capabilities};

use super::*;
use crate::model::{Budget, Budgeted, Digest, Grant, Price, Project, ProjectId, RunId, Slot, Source};

const NOW: i64 = 1_795_000_000_000;

struct Kit {
    _folder: tempfile::TempDir,
    store: Store,
    ledger: Arc<Ledger>,
    project: Project,
    run: RunId,
    request: Value,
}

/// A picture costs a cent.
fn kit(settings: BudgetSettings) -> Kit {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let id = ProjectId::new("p");
    let project = Project {
        id,
        title: "P".into(),
        slug: "p".into(),
        script: String::new(),
        params: BTreeMap::default(),
        export_dir: None,
        created_ms: 0,
        updated_ms: 0,
        archived: false,
        profile: None,
        brand: None,
        removed_ms: None,
        former_slugs: Vec::new(),
    };
    let ledger = Arc::new(Ledger::new(store.clone(), settings, prices()));
    Kit { _folder: folder, store, ledger, project, run: RunId::new("r"), request: json!({ "prompt": "x" }) }
}

fn prices() -> PriceTable {
    let cent = Price { plugin: "x".into(), model: "*".into(), per_image: Some(money("0.01")), ..Price::default() };
    PriceTable::new(vec![cent]).unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn pictures(images: u64) -> Usage {
    Usage { images, model: "m".into(), ..Usage::default() }
}

fn unanswered() -> StageError {
    StageError::permanent("").code("http.unanswered")
}

impl Kit {
    fn reserve(&self, node: usize, effect: u32, images: u64) -> Result<Reservation, NodeError> {
        self.ask(node, effect, Some(pictures(images)))
    }

    fn ask(&self, node: usize, effect: u32, at_most: Option<Usage>) -> Result<Reservation, NodeError> {
        let (source, key) = (Source::Shipped, Key::new(format!("k{node}")));
        let who = Spender { project: &self.project, run: &self.run, batch: None, plugin: "x", source: &source };
        self.ledger.reserve(&Ask {
            who,
            slot: &Slot::new(&self.project.id, &[node.to_string()], Role::Image, 1),
            key: &key,
            role: Role::Image,
            effect,
            service: "x.com",
            what: "POST https://x.com/".into(),
            at_most,
            request: &self.request,
            now_ms: NOW,
        })
    }

    fn of_project(&self) -> Sum {
        self.ledger.sum(&Account::Project(self.project.id.clone())).unwrap()
    }

    fn sum(spent: &str, reserved: &str) -> Sum {
        Sum { spent: money(spent), reserved: money(reserved) }
    }

    async fn budget(&self, total: &str) {
        let budget = Budget { total: Some(money(total)), ..Budget::default() };
        let of = Budgeted::Project(self.project.id.clone());
        self.store.commit(vec![Record::Budgeted { of, budget }]).await.unwrap();
    }

    /// The ledger as another process would find it, once all is written.
    async fn anew(&self) -> Ledger {
        self.store.commit(Vec::new()).await.unwrap();
        Ledger::new(self.store.clone(), BudgetSettings::default(), prices())
    }
}

fn key(node: usize) -> Key {
    Key::new(format!("k{node}"))
}

#[tokio::test]
async fn what_is_held_back_is_settled_by_the_end_of_the_stage() {
    let kit = kit(BudgetSettings::default());
    let call = kit.reserve(1, 1, 5).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0", "0.05"));
    call.sending().unwrap();
    call.settle(Ok(200)).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0", "0.05"), "how much it was is not known yet");
    let cost = kit.ledger.done(&key(1), &pictures(2), 1.5, NOW).unwrap().and_then(|g| g.cost);
    assert_eq!((cost, kit.of_project()), (Some(money("0.02")), Kit::sum("0.02", "0")));
    let again = kit.anew().await;
    let twice = again.done(&key(1), &pictures(2), 1.5, NOW).unwrap();
    assert_eq!(twice.and_then(|g| g.cost), cost, "after a crash before its result");
    assert_eq!(again.sum(&Account::Month(Month::of(NOW))).unwrap(), Kit::sum("0.02", "0"));
    let [generation] = &again.latest(usize::MAX).unwrap()[..] else { panic!() };
    assert_eq!((generation.state, generation.model.as_str(), generation.sent()), (GenerationState::Done, "m", 1));
    assert_eq!(kit.store.generation_request(&generation.id).unwrap(), Some(kit.request.clone()));
}

#[tokio::test]
async fn what_had_no_effect_costs_nothing() {
    let kit = kit(BudgetSettings::default());
    drop(kit.reserve(1, 1, 5).unwrap());
    assert!(kit.anew().await.latest(usize::MAX).unwrap().is_empty(), "nothing was sent, nothing is written");
    let refused = kit.reserve(1, 1, 5).unwrap();
    refused.sending().unwrap();
    refused.settle(Ok(429)).unwrap();
    kit.ledger.failed(&key(1), &NodeError::permanent("x.refused", "no"), 1.0, NOW).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0", "0"));
    let found = kit.anew().await.latest(usize::MAX).unwrap();
    assert_eq!((found.len(), found[0].state, found[0].sent()), (1, GenerationState::Failed, 0));
}

#[tokio::test]
async fn an_answer_that_never_came_is_possibly_billed_until_a_person_says_otherwise() {
    let kit = kit(BudgetSettings::default());
    let call = kit.reserve(1, 1, 5).unwrap();
    call.sending().unwrap();
    call.settle(Err(&unanswered())).unwrap();
    kit.ledger.failed(&key(1), &NodeError::permanent("http.unanswered", ""), 1.0, NOW).unwrap();
    let again = kit.anew().await;
    assert_eq!(again.latest(usize::MAX).unwrap()[0].state, GenerationState::PossiblyBilled);
    assert_eq!(again.sum(&Account::Run(kit.run.clone())).unwrap(), Kit::sum("0", "0.05"));
    kit.ledger.lost(&key(1), 1).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0", "0"));
    let repeated = kit.reserve(1, 1, 5).unwrap();
    repeated.sending().unwrap();
    repeated.settle(Ok(200)).unwrap();
    kit.ledger.done(&key(1), &pictures(5), 1.0, NOW).unwrap();
    let found = kit.anew().await.latest(usize::MAX).unwrap();
    assert_eq!((found.len(), found[0].calls.len(), found[0].sent()), (1, 2, 1), "both calls are on record");
    assert_eq!(kit.of_project(), Kit::sum("0.05", "0"));
}

#[tokio::test]
async fn a_killed_call_is_possibly_billed_and_one_that_was_given_up_as_well() {
    let kit = kit(BudgetSettings::default());
    let call = kit.reserve(1, 1, 5).unwrap();
    call.sending().unwrap();
    let killed = kit.anew().await;
    assert_eq!(killed.sum(&Account::Project(kit.project.id.clone())).unwrap(), Kit::sum("0", "0.05"));
    let found = killed.current(killed.latest(usize::MAX).unwrap().remove(0)).unwrap();
    assert_eq!(found.state, GenerationState::PossiblyBilled);
    drop(call);
    kit.ledger.left(&key(1));
    assert_eq!(kit.of_project(), Kit::sum("0", "0.05"), "it was sent");
    // Taken up, the same call is held back once.
    let call = kit.reserve(1, 1, 5).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0", "0.05"));
    drop(call);
}

#[tokio::test]
async fn the_call_that_would_pass_a_budget_is_refused_and_says_which() {
    let settings = BudgetSettings { run: Some(money("0.10")), ..BudgetSettings::default() };
    let kit = kit(settings);
    kit.budget("0.06").await;
    let first = kit.reserve(1, 1, 4).unwrap();
    let refused = kit.reserve(2, 1, 3).err().unwrap();
    assert!(refused.is_over_budget() && refused.code == "budget", "{refused:?}");
    for says in ["the budget of p is $0.06", "$0.00 is spent", "$0.04 is held back", "may cost $0.03"] {
        assert!(refused.message.contains(says), "{says}: {}", refused.message);
    }
    assert!(refused.help.contains("studio budget p --total"));
    drop(first);
    kit.reserve(2, 1, 6).unwrap();
    kit.budget("1").await;
    let refused = kit.reserve(2, 1, 11).err().unwrap();
    assert!(refused.message.contains("the budget of this run is $0.10"), "{}", refused.message);
    assert!(kit.reserve(3, 1, 0).is_ok(), "what costs nothing is never refused");
}

#[tokio::test]
async fn what_has_no_price_is_refused_under_any_budget_alone() {
    let kit = kit(BudgetSettings::default());
    let unknown = || Some(Usage { tokens_in: 5, model: "gpt-9".into(), ..Usage::default() });
    kit.ask(1, 1, unknown()).unwrap();
    kit.ask(1, 2, None).unwrap();
    kit.budget("5").await;
    let refused = kit.ask(2, 1, unknown()).err().unwrap();
    assert_eq!(refused.code, "budget.unpriced");
    assert!(refused.message.contains("gpt-9 of x.com") && refused.help.contains("[[price]]"), "{refused:?}");
    assert_eq!(kit.ask(2, 1, None).err().unwrap().code, "budget.unpriced");
}

#[tokio::test]
async fn a_grant_limits_a_plugin_in_every_project() {
    let kit = kit(BudgetSettings::default());
    let grant = |source, limit: &str| {
        let limit = Some(money(limit));
        Record::Granted(Grant { plugin: "x".into(), source, capabilities: Capabilities::default(), limit })
    };
    let other = Source::Module(Digest::of(b"other"));
    kit.store.commit(vec![grant(Source::Shipped, "0.02"), grant(other, "0")]).await.unwrap();
    let _held = kit.reserve(1, 1, 2).unwrap();
    let refused = kit.reserve(2, 1, 1).err().unwrap();
    assert_eq!(refused.code, "budget.grant");
    assert!(refused.help.contains("studio plugin grant x --limit"), "{refused:?}");
}

#[tokio::test]
async fn a_stage_that_counts_nothing_is_held_to_its_word() {
    let kit = kit(BudgetSettings::default());
    let call = kit.reserve(1, 1, 3).unwrap();
    call.sending().unwrap();
    call.settle(Ok(200)).unwrap();
    let done = kit.ledger.done(&key(1), &Usage::default(), 1.0, NOW).unwrap().unwrap();
    assert_eq!((done.cost, done.bound), (Some(money("0.03")), money("0.03")));
}

#[tokio::test]
async fn each_call_is_settled_as_soon_as_its_usage_is_told() {
    let kit = kit(BudgetSettings::default());
    let calls: Vec<_> = (1..=3).map(|effect| kit.reserve(1, effect, 5).unwrap()).collect();
    calls.iter().for_each(|call| call.sending().unwrap());
    calls[0].settle(Ok(200)).unwrap();
    calls[1].settle(Ok(200)).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0", "0.15"), "nobody told how much it was");
    kit.ledger.told(&key(1), &pictures(2), |effect| effect == 1).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0.02", "0.10"), "the second was answered and not counted");
    kit.ledger.told(&key(1), &pictures(3), |effect| effect <= 2).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0.03", "0.05"));
    // A call more does not make what was told unknown.
    let fourth = kit.reserve(1, 4, 1).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0.03", "0.06"));
    drop(fourth);
    calls[2].settle(Ok(200)).unwrap();
    let again = kit.anew().await;
    assert_eq!(again.sum(&Account::Project(kit.project.id.clone())).unwrap(), Kit::sum("0.03", "0.05"));
    let done = kit.ledger.done(&key(1), &pictures(4), 1.0, NOW).unwrap().unwrap();
    assert_eq!((done.bound, kit.of_project()), (Money::ZERO, Kit::sum("0.04", "0")));
}

#[tokio::test]
async fn a_stage_that_fails_without_a_word_is_held_to_the_bounds_of_what_was_answered() {
    let kit = kit(BudgetSettings::default());
    let calls: Vec<_> = (1..=3).map(|effect| kit.reserve(1, effect, 5).unwrap()).collect();
    calls.iter().for_each(|call| call.sending().unwrap());
    calls[0].settle(Ok(200)).unwrap();
    calls[1].settle(Ok(200)).unwrap();
    calls[2].settle(Ok(500)).unwrap();
    kit.ledger.told(&key(1), &pictures(1), |effect| effect == 1).unwrap();
    kit.ledger.failed(&key(1), &NodeError::permanent("x.broken", ""), 1.0, NOW).unwrap();
    let found = kit.anew().await.latest(usize::MAX).unwrap().remove(0);
    assert_eq!((found.cost, found.bound, found.reserved()), (Some(money("0.06")), money("0.05"), Money::ZERO));
    assert_eq!(kit.of_project(), Kit::sum("0.06", "0"));
    // What stopped for want of money goes on, and is not settled.
    let call = kit.reserve(2, 1, 5).unwrap();
    call.sending().unwrap();
    call.settle(Ok(200)).unwrap();
    kit.ledger.failed(&key(2), &NodeError::permanent("budget", ""), 1.0, NOW).unwrap();
    assert_eq!(kit.of_project(), Kit::sum("0.06", "0.05"));
}

#[test]
fn calls_at_once_cannot_pass_a_budget_together() {
    let settings = BudgetSettings { month: Some(money("0.50")), ..BudgetSettings::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let kit = Arc::new(kit(settings));
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let kit = Arc::clone(&kit);
            std::thread::spawn(move || {
                let sent = |n: usize| {
                    let call = kit.reserve(thread * 100 + n, 1, 3).ok()?;
                    call.sending().unwrap();
                    call.settle(Ok(200)).unwrap();
                    // Now and then one ends for less, and makes room.
                    if n.is_multiple_of(3) {
                        kit.ledger.done(&key(thread * 100 + n), &pictures(2), 0.1, NOW).unwrap();
                    }
                    Some(())
                };
                (0..20).filter_map(sent).count()
            })
        })
        .collect();
    let sent: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    let all = kit.of_project().all();
    assert!(all <= money("0.50") && all > money("0.47"), "{all}");
    assert!((16..=25).contains(&sent), "{sent}");
}

#[derive(Clone, Debug)]
enum Step {
    Reserve(usize, u32, u64),
    Answer(usize, u16),
    Unanswered(usize),
    Told(usize, u32, u64),
    Done(usize, u64),
    Fail(usize),
    Lost(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    let node = 0_usize..4;
    prop_oneof![
        4 => (node.clone(), 1_u32..3, 0_u64..6).prop_map(|(n, e, i)| Step::Reserve(n, e, i)),
        3 => (0_usize..8, prop_oneof![Just(200), Just(500)]).prop_map(|(n, s)| Step::Answer(n, s)),
        1 => (0_usize..8).prop_map(Step::Unanswered),
        2 => (node.clone(), 0_u64..6).prop_map(|(n, i)| Step::Done(n, i)),
        2 => (node.clone(), 1_u32..3, 0_u64..6).prop_map(|(n, e, i)| Step::Told(n, e, i)),
        1 => node.clone().prop_map(Step::Fail),
        1 => (node, 1_u32..3).prop_map(|(n, e)| Step::Lost(n, e)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever happens: what was let through never passes the budget, the sums are those of the generations, and
    /// another process finds the same.
    #[test]
    fn the_books_are_what_the_generations_say(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let most = money("0.10");
            let kit = kit(BudgetSettings { month: Some(most), ..BudgetSettings::default() });
            let mut calls = Vec::new();
            for step in steps {
                match step {
                    Step::Reserve(node, effect, images) => {
                        let before = kit.of_project().all();
                        if let Ok(call) = kit.reserve(node, effect, images) {
                            let after = kit.of_project().all();
                            prop_assert!(after <= most || after <= before, "{before} {after}");
                            call.sending().unwrap();
                            calls.push(call);
                        }
                    }
                    Step::Answer(n, status) if n < calls.len() => calls.remove(n).settle(Ok(status)).unwrap(),
                    Step::Unanswered(n) if n < calls.len() => calls.remove(n).settle(Err(&unanswered())).unwrap(),
                    Step::Told(node, last, images) => {
                        kit.ledger.told(&key(node), &pictures(images), |effect| effect <= last).unwrap();
                    }
                    Step::Done(node, images) => drop(kit.ledger.done(&key(node), &pictures(images), 1.0, NOW).unwrap()),
                    Step::Fail(node) => {
                        kit.ledger.failed(&key(node), &NodeError::permanent("x", ""), 1.0, NOW).unwrap();
                    }
                    Step::Lost(node, effect) => kit.ledger.lost(&key(node), effect).unwrap(),
                    Step::Answer(..) | Step::Unanswered(_) => {}
                }
                let all = kit.anew().await;
                let project = Account::Project(kit.project.id.clone());
                prop_assert_eq!(all.sum(&project).unwrap(), kit.of_project());
                let generations = all.latest(usize::MAX).unwrap();
                let spent: Money = generations.iter().map(Generation::spent).sum();
                let reserved: Money = generations.iter().map(Generation::reserved).sum();
                prop_assert_eq!(Sum { spent, reserved }, kit.of_project());
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_with_the_process_is_none() {
    let kit = kit(BudgetSettings::default());
    let call = kit.reserve(1, 1, 2).unwrap();
    call.sending().unwrap();
    call.settle(Ok(200)).unwrap();
    // The process ended before the answer was in the stage's journal.
    let ledger = kit.anew().await;
    ledger.unanswered(&key(1), 1).unwrap();
    assert_eq!(ledger.latest(usize::MAX).unwrap()[0].calls[0].state, CallState::Unknown);
    ledger.failed(&key(1), &NodeError::permanent("possibly_billed", "sent"), 0.1, NOW).unwrap();
    let found = ledger.latest(usize::MAX).unwrap().remove(0);
    assert_eq!((found.state, found.reserved()), (GenerationState::PossiblyBilled, money("0.02")));
}
