//! Whatever a stage does and however answers arrive: the same turns give the same effects again.

use proptest::prelude::*;
use studio_plugin_echo::plugin;
use studio_plugin_sdk::{
    prelude::{Role, StageError, Value, json},
    testkit::Run,
    wire::{Answer, Event, Outcome},
};

fn ops() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0u64..9).prop_map(|ms| json!({"sleep": ms})),
        Just(json!("yield_now")),
        Just(json!({"probe": "cat"})),
        Just(json!({"partial": "x"})),
        Just(json!({"value": 1})),
        (0u64..9).prop_map(|n| json!({"use": n})),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..6);
        prop_oneof![
            list.clone().prop_map(|ops| json!({"seq": ops})),
            list.clone().prop_map(|ops| json!({"join": ops})),
            list.prop_map(|ops| json!({"race": ops})),
            inner.prop_map(|op| json!({"catch": op})),
        ]
    })
}

proptest! {
    #[test]
    fn the_same_turns_give_the_same_effects(op in ops(), picks in prop::collection::vec(any::<(u16, bool, bool)>(), 200)) {
        let mut run = Run::new(plugin(), Role::Llm, json!({"text": op.to_string()}));
        run.start().unwrap();
        let mut picks = picks.into_iter();
        while *run.outcome() == Outcome::None {
            let mut events = Vec::new();
            let mut open: Vec<_> = run.open().clone().into_iter().collect();
            // A batch of random length in random order; the first of the open ones when the picks are used up.
            loop {
                let (at, fails, more) = picks.next().unwrap_or((0, false, false));
                let (id, action) = open.remove(usize::from(at) % open.len());
                let answer = match action {
                    _ if fails && at % 5 == 0 => Answer::Failed { error: StageError::transient("lost") },
                    studio_plugin_sdk::wire::Action::Probe { .. } => Answer::Probe { version: None },
                    _ => Answer::Woke {},
                };
                events.push(Event { id, answer });
                if !more || open.is_empty() {
                    break;
                }
            }
            run.resume(events).unwrap();
        }
        if let Outcome::Failed { error, .. } = run.outcome() {
            prop_assert_eq!(&error.message, "lost");
        }
        run.replay().unwrap();
    }
}
