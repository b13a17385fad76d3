//! The bookkeeping of one running stage: effects asked for, answers that came, usage.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use crate::{
    error::{Result, StageError},
    guest::GuestHost,
    usage::Usage,
    wire::{Action, Answer, Effect, Event, Http, Lines, Start},
};

/// What a stage's futures and its driver share.
pub(crate) struct Shared {
    /// As given to `start`; the request has been taken out.
    pub start: Start,
    pub host: Rc<dyn GuestHost>,
    state: RefCell<State>,
    /// Handles of opened blobs by digest: each is opened once a turn.
    opened: RefCell<BTreeMap<String, u64>>,
    turn: Cell<u32>,
}

#[derive(Default)]
struct State {
    last_id: u32,
    outbox: Vec<Effect>,
    slots: BTreeMap<u32, Slot>,
    /// Effects that nobody waits for any more and whose last answer has not come.
    dropped: BTreeSet<u32>,
    /// Slots whose last answer has not come.
    open: usize,
    usage: Usage,
    /// What of it the host was told.
    told: Usage,
}

struct Slot {
    expects: Expects,
    answers: VecDeque<Answer>,
    complete: bool,
    waker: Option<Waker>,
}

/// Which answers fit an effect.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expects {
    Http { chunks: bool },
    Exit { lines: bool },
    Woke,
    Probe,
    Stage,
    Delivered,
}

impl Expects {
    fn of(action: &Action) -> Option<Self> {
        match action {
            Action::Http(Http { stream, .. }) => Some(Self::Http { chunks: *stream }),
            Action::Poll(_) => Some(Self::Http { chunks: false }),
            Action::Exec(exec) => Some(Self::Exit { lines: exec.lines != Lines::None }),
            Action::Sleep { .. } => Some(Self::Woke),
            Action::Probe { .. } => Some(Self::Probe),
            Action::Stage(_) => Some(Self::Stage),
            Action::Deliver(_) => Some(Self::Delivered),
            Action::Partial(_) | Action::Cancel { .. } => None,
        }
    }

    fn fits(self, answer: &Answer) -> bool {
        match answer {
            Answer::Http(_) => matches!(self, Self::Http { .. }),
            Answer::Chunk { .. } => matches!(self, Self::Http { chunks: true }),
            Answer::Lines { .. } => matches!(self, Self::Exit { lines: true }),
            Answer::Exit(_) => matches!(self, Self::Exit { .. }),
            Answer::Woke {} => self == Self::Woke,
            Answer::Probe { .. } => self == Self::Probe,
            Answer::Stage { .. } => self == Self::Stage,
            Answer::Delivered { .. } => self == Self::Delivered,
            Answer::Failed { .. } => true,
        }
    }
}

impl Shared {
    pub fn new(start: Start, host: Rc<dyn GuestHost>) -> Self {
        Self { start, host, state: RefCell::default(), opened: RefCell::default(), turn: Cell::new(1) }
    }

    /// Asks for an effect; its id.
    pub fn ask(&self, action: Action) -> u32 {
        let mut state = self.state.borrow_mut();
        state.last_id += 1;
        let id = state.last_id;
        if let Some(expects) = Expects::of(&action) {
            state.slots.insert(id, Slot { expects, answers: VecDeque::new(), complete: false, waker: None });
            state.open += 1;
        }
        state.outbox.push(Effect { id, action });
        id
    }

    /// The next answer to an effect of [`Self::ask`].
    pub fn poll_answer(&self, id: u32, context: &mut Context<'_>) -> Poll<Answer> {
        let mut state = self.state.borrow_mut();
        let Some(slot) = state.slots.get_mut(&id) else { return Poll::Pending };
        let Some(answer) = slot.answers.pop_front() else {
            slot.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        if answer.is_last() {
            state.slots.remove(&id);
        }
        Poll::Ready(answer)
    }

    /// Nobody waits for the effect any more: it is cancelled if it has not ended.
    pub fn close(&self, id: u32) {
        let mut state = self.state.borrow_mut();
        let Some(slot) = state.slots.remove(&id) else { return };
        if !slot.complete {
            state.open -= 1;
            state.dropped.insert(id);
            state.last_id += 1;
            let effect = Effect { id: state.last_id, action: Action::Cancel { target: id } };
            state.outbox.push(effect);
        }
    }

    /// Takes in an answer and wakes who waits for it.
    pub fn deliver(&self, event: Event) -> Result<()> {
        let Event { id, answer } = event;
        let waker = {
            let state = &mut *self.state.borrow_mut();
            let last = answer.is_last();
            let Some(slot) = state.slots.get_mut(&id) else {
                let was_dropped = if last { state.dropped.remove(&id) } else { state.dropped.contains(&id) };
                return if was_dropped { Ok(()) } else { Err(unexpected(id, "no open effect has this id")) };
            };
            if slot.complete {
                return Err(unexpected(id, "the effect has had its last answer"));
            }
            if !slot.expects.fits(&answer) {
                return Err(unexpected(id, &format!("it asked for {:?}", slot.expects)));
            }
            slot.answers.push_back(answer);
            slot.complete = last;
            state.open -= usize::from(last);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Another turn has begun: the handles of the last one are closed.
    pub fn next_turn(&self) {
        self.opened.borrow_mut().clear();
        self.turn.set(self.turn.get() + 1);
    }

    /// Which turn this is, from 1.
    pub fn turn(&self) -> u32 {
        self.turn.get()
    }

    /// The handle of a blob to be read.
    pub fn open_blob(&self, digest: &str) -> Result<u64> {
        if let Some(handle) = self.opened.borrow().get(digest) {
            return Ok(*handle);
        }
        let handle = self.host.blob_open(digest)?;
        self.opened.borrow_mut().insert(digest.to_string(), handle);
        Ok(handle)
    }

    /// Is an answer still to come?
    pub fn waits(&self) -> bool {
        self.state.borrow().open > 0
    }

    pub fn take_effects(&self) -> Vec<Effect> {
        std::mem::take(&mut self.state.borrow_mut().outbox)
    }

    pub fn used(&self, usage: &Usage) {
        self.state.borrow_mut().usage.add(usage);
    }

    /// What was used so far, where that is more than was told before.
    pub fn used_since_told(&self) -> Option<Usage> {
        let state = &mut *self.state.borrow_mut();
        if state.usage == state.told {
            return None;
        }
        state.told.clone_from(&state.usage);
        Some(state.usage.clone())
    }

    pub fn take_usage(&self) -> Usage {
        std::mem::take(&mut self.state.borrow_mut().usage)
    }
}

fn unexpected(id: u32, why: &str) -> StageError {
    StageError::permanent(format!("the host answered effect {id}, but {why}")).code("protocol.event")
}
