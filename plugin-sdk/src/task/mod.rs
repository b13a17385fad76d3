//! Runs one stage: one future, driven turn by turn. The guest's exports and the test kit call [`Driver`];
//! it does no I/O and knows nothing of who answers.

mod asked;
mod shared;

use std::{
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use serde_json::Value;

pub(crate) use asked::Asked;
pub use asked::EffectFuture;
pub(crate) use shared::Shared;

use crate::{
    cx::Cx,
    error::{Result, StageError},
    guest::GuestHost,
    plugin::{Plugin, Running},
    wire::{Event, Outcome, Service, Start, Turn},
};

/// A future that wakes itself more often than this within one turn will never rest.
const MAX_POLLS: u32 = 100_000;

/// Drives one stage of a plugin from `start` to its end. Every misuse ends it with a `failed` turn.
pub struct Driver {
    plugin: Plugin,
    host: Rc<dyn GuestHost>,
    phase: Phase,
}

enum Phase {
    Idle,
    Running(Task),
    Ended,
}

struct Task {
    future: Running,
    shared: Rc<Shared>,
    woken: Arc<Woken>,
}

impl Driver {
    /// A driver that has not started.
    pub fn new(plugin: Plugin, host: Rc<dyn GuestHost>) -> Self {
        Self { plugin, host, phase: Phase::Idle }
    }

    /// Begins the stage of `start.role` and runs it until it waits or ends.
    pub fn start(&mut self, mut start: Start) -> Turn {
        if !matches!(self.phase, Phase::Idle) {
            return self.fail(protocol("start was called a second time on one instance"));
        }
        let request = std::mem::take(&mut start.request);
        let declared = self.plugin.manifest().capabilities.service.as_ref();
        start.service =
            start.service.or_else(|| declared.map(|s| Service { url: s.url.clone(), secret: s.secret.clone() }));
        let stage = match self.plugin.stage(start.role) {
            Ok(stage) => stage,
            Err(error) => return self.fail(error),
        };
        let shared = Rc::new(Shared::new(start, Rc::clone(&self.host)));
        match stage.begin(Cx::new(Rc::clone(&shared)), request) {
            Err(error) => self.fail(error),
            Ok(future) => {
                self.phase = Phase::Running(Task { future, shared, woken: Arc::default() });
                self.run()
            }
        }
    }

    /// Hands the stage what has arrived, in this order, and runs it until it waits or ends.
    pub fn resume(&mut self, events: Vec<Event>) -> Turn {
        let Phase::Running(task) = &self.phase else {
            return self.fail(protocol("resume was called on a stage that is not running"));
        };
        let shared = Rc::clone(&task.shared);
        shared.next_turn();
        for event in events {
            if let Err(error) = shared.deliver(event) {
                return self.fail(error);
            }
        }
        self.run()
    }

    fn run(&mut self) -> Turn {
        let Phase::Running(task) = &mut self.phase else {
            return self.fail(protocol("the stage is not running"));
        };
        match task.poll() {
            Ok(Poll::Pending) => {
                let used = task.shared.used_since_told();
                Turn { effects: task.shared.take_effects(), outcome: Outcome::None, used }
            }
            Ok(Poll::Ready(response)) => self.end(|usage| Outcome::Done { response, usage }),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: StageError) -> Turn {
        self.end(|usage| Outcome::Failed { error, usage })
    }

    fn end(&mut self, outcome: impl FnOnce(crate::usage::Usage) -> Outcome) -> Turn {
        match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Running(Task { future, shared, .. }) => {
                let effects = shared.take_effects();
                // What is open ends with the stage: no need to cancel it one by one.
                drop(future);
                Turn { effects, outcome: outcome(shared.take_usage()), used: None }
            }
            Phase::Idle | Phase::Ended => {
                Turn { effects: Vec::new(), outcome: outcome(crate::usage::Usage::default()), used: None }
            }
        }
    }
}

impl Task {
    /// Polls until nothing has woken it. An error ends the stage.
    fn poll(&mut self) -> Result<Poll<Value>> {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut context = Context::from_waker(&waker);
        for _ in 0..MAX_POLLS {
            self.woken.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(result) = Pin::new(&mut self.future).poll(&mut context) {
                return result.map(Poll::Ready);
            }
            if !self.woken.0.load(Ordering::Relaxed) {
                return if self.shared.waits() { Ok(Poll::Pending) } else { Err(deadlock()) };
            }
        }
        Err(StageError::permanent("the stage wakes itself without end; wait with cx.yield_now()").code("stage.spin"))
    }
}

/// Notes that something of the stage's future wants to be polled.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn protocol(message: &str) -> StageError {
    StageError::permanent(message).code("protocol.misuse")
}

fn deadlock() -> StageError {
    StageError::permanent("the stage waits, but for no effect that is open; a stage may only await what cx gives")
        .code("stage.deadlock")
}
