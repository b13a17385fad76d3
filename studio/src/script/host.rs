//! What the functions of one VM share: its script, the stages it hands work to, where its coroutines are, and what
//! it has used.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use mlua::Lua;
use parking_lot::Mutex;

use super::{
    error::{ErrorCode, ScriptError},
    port::{SourceLine, Stages},
    scope::{Path, Scopes},
    source::ScriptSource,
    watch::{Limits, Watch},
};

/// Lines longer than this are cut in the log, in bytes.
const LOG_LINE: usize = 8 << 10;

/// Shared by all functions of one VM.
pub(super) struct Host {
    pub source: ScriptSource,
    pub stages: Arc<dyn Stages>,
    pub limits: Limits,
    pub watch: Arc<Watch>,
    pub scopes: Mutex<Scopes>,
    pub now_ms: i64,
    /// Where the last error without a place of its own was raised.
    pub last_place: Mutex<Option<SourceLine>>,
    /// `run` has begun: stages may be asked for.
    pub running: AtomicBool,
    /// Parameters made so far; keeps them in the order of the source.
    pub params: AtomicU32,
    stages_used: AtomicU32,
    coroutines_used: AtomicU32,
    bytes_used: Mutex<usize>,
    lines_logged: AtomicU32,
}

impl Host {
    pub fn new(
        source: ScriptSource,
        stages: Arc<dyn Stages>,
        limits: Limits,
        watch: Arc<Watch>,
        seed: u64,
        now_ms: i64,
    ) -> Self {
        Self {
            source,
            stages,
            limits,
            watch,
            scopes: Mutex::new(Scopes::new(seed)),
            now_ms,
            last_place: Mutex::new(None),
            running: AtomicBool::new(false),
            params: AtomicU32::new(0),
            stages_used: AtomicU32::new(0),
            coroutines_used: AtomicU32::new(0),
            bytes_used: Mutex::new(0),
            lines_logged: AtomicU32::new(0),
        }
    }

    /// The innermost line of a script on the running coroutine's stack.
    pub fn place(&self, lua: &Lua) -> Option<SourceLine> {
        (0..200).find_map(|level| {
            let frame = lua.inspect_stack(level, |frame| {
                let file = frame.source().short_src.map(|file| file.to_string())?;
                let line = u32::try_from(frame.current_line()?).ok()?;
                self.source.files.contains_key(&file).then_some(SourceLine { file, line })
            });
            match frame {
                Some(place) => place.map(Some),
                None => Some(None),
            }
        })?
    }

    /// Counts a stage and the bytes of its input.
    pub fn count_stage(&self, bytes: usize) -> Result<(), ScriptError> {
        let mut used = self.bytes_used.lock();
        *used += bytes;
        if *used > self.limits.input_bytes.saturating_mul(100) {
            return Err(ScriptError::new(ErrorCode::Limit, "the inputs of all stages together are too large"));
        }
        if self.stages_used.fetch_add(1, Relaxed) >= self.limits.stages {
            let message = format!("a run has at most {} stages", self.limits.stages);
            return Err(ScriptError::new(ErrorCode::Limit, message).help("is it called in a loop that does not end?"));
        }
        Ok(())
    }

    /// Counts a coroutine.
    pub fn count_coroutine(&self) -> Result<(), ScriptError> {
        if self.coroutines_used.fetch_add(1, Relaxed) < self.limits.coroutines {
            return Ok(());
        }
        let message = format!("a run has at most {} items of map and studio.async", self.limits.coroutines);
        Err(ScriptError::new(ErrorCode::Limit, message))
    }

    /// Only inside `run` may a script ask for stages or wait.
    pub fn must_run(&self, what: &str) -> Result<(), ScriptError> {
        if self.running.load(Relaxed) {
            return Ok(());
        }
        Err(ScriptError::new(ErrorCode::Declaration, format!("{what} can only be used inside `run`"))
            .help("a script's top level, and modules, only declare: move this into a function that `run` calls"))
    }

    /// Says something to whoever watches the run.
    pub fn log(&self, level: &str, text: &str) {
        let line = self.lines_logged.fetch_add(1, Relaxed);
        if line < self.limits.log_lines {
            self.stages.log(level, cut(text, LOG_LINE));
        } else if line == self.limits.log_lines {
            self.stages.log("warn", "the script logs too much: what follows is dropped");
        }
    }

    /// Where the running coroutine is.
    pub fn scope(&self) -> Path {
        self.scopes.lock().current()
    }
}

/// At most `most` bytes of `text`, ending between characters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
