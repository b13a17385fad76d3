//! Keeps a script within its time: an interrupt that the VM calls at every loop and call, and that a script cannot
//! swallow, because it fires again and again once it has tripped.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

use super::error::{ErrorCode, ScriptError};

/// What a script may use.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of the VM.
    pub memory: usize,
    /// Processor time between two waits.
    pub stretch: Duration,
    /// Processor time of the whole run.
    pub total: Duration,
    /// Stages of a run.
    pub stages: u32,
    /// Coroutines of a run: items of `map`, calls of `studio.async`.
    pub coroutines: u32,
    /// Bytes of one stage's input; of all inputs of a run, a hundred times as many.
    pub input_bytes: usize,
    /// Lines a run may log; the rest is dropped.
    pub log_lines: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            stretch: Duration::from_secs(5),
            total: Duration::from_mins(1),
            stages: 20_000,
            coroutines: 50_000,
            input_bytes: 8 << 20,
            log_lines: 10_000,
        }
    }
}

/// Calls of the interrupt between two looks at the clock.
const EVERY: u32 = 8;

/// Watches one VM, which has its thread to itself. Times are nanoseconds: of `base` (wall), or of the thread (processor).
pub(super) struct Watch {
    base: Instant,
    stretch: u64,
    total: u64,
    calls: AtomicU32,
    fresh: AtomicBool,
    cpu_start: AtomicU64,
    next_look: AtomicU64,
    cancelled: AtomicBool,
    tripped: Mutex<Option<ScriptError>>,
    has_tripped: AtomicBool,
}

impl Watch {
    pub fn new(limits: &Limits) -> Self {
        Self {
            base: Instant::now(),
            stretch: nanos(limits.stretch),
            total: nanos(limits.total),
            calls: AtomicU32::new(0),
            fresh: AtomicBool::new(true),
            cpu_start: AtomicU64::new(0),
            next_look: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            tripped: Mutex::new(None),
            has_tripped: AtomicBool::new(false),
        }
    }

    /// A wait has ended: the time between waits counts from here.
    pub fn begin(&self) {
        self.fresh.store(true, Relaxed);
    }

    /// Ends the script at its next step. From any thread.
    pub fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
    }

    /// Why the script has to end, once it has to; `place` finds the line.
    pub fn check(&self, place: impl FnOnce() -> Option<super::port::SourceLine>) -> Result<(), ScriptError> {
        if self.has_tripped.load(Relaxed) {
            return self.outcome();
        }
        if self.cancelled.load(Relaxed) {
            return self.trip(ScriptError::new(ErrorCode::Cancelled, "the run was cancelled"));
        }
        if self.fresh.swap(false, Relaxed) {
            self.cpu_start.store(thread_cpu(), Relaxed);
            self.next_look.store(self.wall() + self.stretch.min(self.total), Relaxed);
        }
        if !self.calls.fetch_add(1, Relaxed).is_multiple_of(EVERY) || self.wall() < self.next_look.load(Relaxed) {
            return Ok(());
        }
        let cpu = thread_cpu();
        let used = cpu.saturating_sub(self.cpu_start.load(Relaxed));
        if used < self.stretch && cpu < self.total {
            // The wall clock ran ahead of the processor: at least so much is left.
            let left = (self.stretch - used).min(self.total - cpu);
            self.next_look.store(self.wall() + left.max(1_000_000), Relaxed);
            return Ok(());
        }
        let (limit, of) = if used >= self.stretch { (self.stretch, "without waiting") } else { (self.total, "in all") };
        let message = format!("the script computed for more than {:?} {of}", Duration::from_nanos(limit));
        let help = "look for a loop that does not end; heavy work belongs into a stage";
        self.trip(ScriptError::new(ErrorCode::Deadline, message).help(help).at(place()))
    }

    /// The error that has to end the script, if it was swallowed.
    pub fn outcome(&self) -> Result<(), ScriptError> {
        match &*self.tripped.lock() {
            Some(e) => Err(e.clone()),
            None => Ok(()),
        }
    }

    fn trip(&self, e: ScriptError) -> Result<(), ScriptError> {
        *self.tripped.lock() = Some(e.clone());
        self.has_tripped.store(true, Relaxed);
        Err(e)
    }

    fn wall(&self) -> u64 {
        nanos(self.base.elapsed())
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}

/// Processor time of this thread.
fn thread_cpu() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
