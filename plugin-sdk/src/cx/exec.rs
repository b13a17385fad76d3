//! A program as a future, its lines as they come, and how it ended.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{Cx, mismatch};
use crate::{
    blob::Blob,
    build::Cmd,
    error::{Result, StageError},
    task::Asked,
    wire::{Action, Answer, Exit, Lines},
};

/// How much of a failed program's last words a person gets to see.
const TAIL_LINES: usize = 12;
const TAIL_CHARS: usize = 2000;

/// A running program; made by `Cx::exec`. Await it for its [`Exit`].
///
/// With `.lines(…)`, read lines first with [`ExecCall::next_line`]; those not read are joined in the exit's
/// `stdout` or `stderr`.
#[must_use = "a program is started when it is awaited"]
pub struct ExecCall {
    asked: Asked,
    from: Lines,
    lines: VecDeque<String>,
    exit: Option<Exit>,
}

impl ExecCall {
    pub(super) fn new(cx: &Cx, command: Cmd) -> Self {
        let exec = command.into_wire();
        Self { from: exec.lines, asked: cx.ask(Ok(Action::Exec(exec))), lines: VecDeque::new(), exit: None }
    }

    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        match ready!(self.asked.poll_next(context))? {
            Answer::Lines { lines } => self.lines.extend(lines),
            Answer::Exit(exit) => self.exit = Some(exit),
            _ => return Poll::Ready(Err(mismatch())),
        }
        Poll::Ready(Ok(()))
    }

    /// The program's next line; none: it has ended.
    pub async fn next_line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(Some(line));
            }
            if self.exit.is_some() {
                return Ok(None);
            }
            poll_fn(|context| self.poll_more(context)).await?;
        }
    }
}

impl Future for ExecCall {
    type Output = Result<Exit>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        while self.exit.is_none() {
            ready!(self.poll_more(context))?;
        }
        let mut exit = self.exit.take().unwrap_or_default();
        let unread: Vec<String> = self.lines.drain(..).collect();
        match self.from {
            Lines::Stdout if !unread.is_empty() => exit.stdout = unread.join("\n"),
            Lines::Stderr if !unread.is_empty() => exit.stderr = unread.join("\n"),
            _ => {}
        }
        Poll::Ready(Ok(exit))
    }
}

impl Exit {
    /// Did it end well, with code 0?
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// The exit itself, or a permanent error with the last lines of standard error.
    pub fn success(self) -> Result<Self> {
        if self.is_success() {
            return Ok(self);
        }
        let (how, code) = match (self.code, self.signal) {
            (Some(code), _) => (format!("the program failed with exit code {code}"), "exec.exit"),
            (None, Some(signal)) => (format!("the program was killed by signal {signal}"), "exec.signal"),
            (None, None) => ("the program was killed".to_string(), "exec.signal"),
        };
        let said = tail(if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr });
        let message = if said.is_empty() { how } else { format!("{how}: {said}") };
        Err(StageError::permanent(message).code(code))
    }

    /// An output file of a program that ended well.
    pub fn blob(&self, name: &str) -> Result<Blob> {
        self.outputs
            .get(name)
            .cloned()
            .ok_or_else(|| StageError::permanent(format!("the program left no file {name}")).code("exec.output"))
    }
}

/// The last lines of what a program said.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let text = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
    let skip = text.chars().count().saturating_sub(TAIL_CHARS);
    text.chars().skip(skip).collect()
}
