//! The waiting side of a program: its pipes, its timeout, what the guest is told meanwhile.

use std::{future::pending, os::fd::OwnedFd, path::PathBuf, pin::pin, sync::Arc, time::Duration};

use studio_plugin_sdk::wire::{Exec, Exit, Lines, ProgramDecl, ProgressLines};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe::Receiver,
    sync::{oneshot, watch::Sender},
    time::{Instant, sleep_until},
};

use super::{
    ExecError, Signal,
    feed::feed,
    life::{Control, Ended, live},
    lines::{Splitter, Tail, progress},
    request::Request,
    watch::Reason,
};
use crate::{
    effects::sandbox::{Devices, Roots, Sandbox, SandboxError},
    model::BlobStore,
};

const STDOUT_TAIL: usize = 64 << 10;
const STDERR_TAIL: usize = 16 << 10;
/// Lines are told together: at this many bytes, or after this long.
const BATCH: usize = 64 << 10;
const BATCH_TIME: Duration = Duration::from_millis(250);
/// Pipes that stay open after a program's end are left after this long.
const GRACE: Duration = Duration::from_secs(1);

/// One program to be run.
pub(super) struct Task {
    pub decl: ProgramDecl,
    pub program: PathBuf,
    pub roots: Roots,
    pub request: Request,
    pub sandbox: Arc<Sandbox>,
    pub blobs: Arc<dyn BlobStore>,
    /// Counts programs that are not gone yet.
    pub alive: Sender<usize>,
    /// Devices of the box that it may use.
    pub devices: Devices,
    /// It is only asked about itself, so nothing hostile runs.
    pub own_words: bool,
}

/// Runs it; dropped, it kills it.
pub(super) async fn run(task: Task, exec: &Exec, on: &mut (dyn FnMut(Signal) + Send)) -> Result<Exit, ExecError> {
    let name = task.decl.name.clone();
    let (timeout, limits) = (task.request.timeout, task.request.limits);
    let stdin = task.request.stdin.clone();
    let control = Arc::new(Control::default());
    let _kill = KillOnDrop(control.clone());
    let (pipes_in, pipes) = oneshot::channel();
    let (ended_in, mut ended) = oneshot::channel();
    let alive = Alive::new(task.alive.clone());
    let theirs = control.clone();
    let thread = move || {
        let result = live(&task, &theirs, pipes_in);
        drop(task);
        drop(alive);
        // Whoever asked may be gone.
        let _ = ended_in.send(result);
    };
    std::thread::Builder::new().name("exec".to_owned()).spawn(thread).map_err(|e| ExecError::spawn(&name, e))?;
    let Ok(pipes) = pipes.await else {
        // It did not come to a start; the end says why.
        ended.await.map_err(|_| lost())??;
        return Err(lost());
    };
    let mut told = Told::new(exec, on);
    let (mut stdout, mut stderr) = (Stream::new(pipes.stdout)?, Stream::new(pipes.stderr)?);
    let mut feeding = pin!(feed(stdin, pipes.stdin));
    let (mut fed, mut result) = (false, None);
    let mut deadline = Some(Instant::now() + timeout);
    let result = loop {
        tokio::select! {
            n = stdout.read() => told.stdout(&stdout.buffer[..n]),
            n = stderr.read() => told.stderr(&stderr.buffer[..n]),
            () = &mut feeding, if !fed => fed = true,
            got = &mut ended, if result.is_none() => {
                result = Some(got.map_err(|_| lost())?);
                deadline = Some(Instant::now() + GRACE);
            }
            () = at(told.due) => told.flush(),
            () = at(deadline) => {
                if let Some(result) = result {
                    break result;
                }
                control.kill(Reason::Timeout);
                deadline = None;
            }
        }
        if stdout.pipe.is_none()
            && stderr.pipe.is_none()
            && let Some(result) = result.take()
        {
            break result;
        }
    };
    let (stdout, stderr) = told.end();
    finish(&name, result?, stdout, stderr, limits)
}

fn finish(
    name: &str,
    ended: Ended,
    stdout: String,
    mut stderr: String,
    limits: crate::effects::sandbox::Limits,
) -> Result<Exit, ExecError> {
    let program = name.to_owned();
    match ended.reason {
        Some(Reason::Timeout) => return Err(ExecError::Timeout { program, seconds: limits.seconds }),
        Some(Reason::Scratch) => {
            let limit = format!("{} MiB, or too many or too deep folders", limits.scratch >> 20);
            return Err(ExecError::Scratch { program, limit });
        }
        Some(Reason::Disk) => return Err(ExecError::Disk { program }),
        Some(Reason::Processes) => return Err(ExecError::Processes { program, limit: limits.tasks }),
        Some(Reason::Memory) => {
            let note =
                format!("{name} was killed: over its limit of {} MiB of memory (`memory_mib`)", limits.memory >> 20);
            stderr = if stderr.is_empty() { note } else { format!("{}\n{note}", stderr.trim_end()) };
            return Ok(Exit { code: None, signal: Some(libc::SIGKILL), stdout, stderr, ..Exit::default() });
        }
        Some(Reason::Cancelled) => return Err(lost()),
        None if ended.never_began => return Err(not_begun(name, &stderr)),
        None => {}
    }
    Ok(Exit { code: ended.code, signal: ended.signal, stdout, stderr, outputs: ended.outputs })
}

/// What bubblewrap's complaint means.
fn not_begun(name: &str, stderr: &str) -> ExecError {
    let said = stderr.lines().rev().find(|l| l.starts_with("bwrap:")).unwrap_or(stderr).trim().to_owned();
    let is = |text: &str| said.contains(text);
    let kind = match () {
        () if is("No such file") => Some(std::io::ErrorKind::NotFound),
        () if is("Permission denied") => Some(std::io::ErrorKind::PermissionDenied),
        () => None,
    };
    if let (true, Some(kind)) = (is("execvp"), kind) {
        return ExecError::spawn(name, std::io::Error::new(kind, said));
    }
    let passing = is("No space left") || is("temporarily unavailable") || is("Cannot allocate");
    SandboxError::Setup { message: said, passing }.into()
}

/// The thread that lives the program's life is gone without a word.
fn lost() -> ExecError {
    ExecError::Io { doing: "running the program".to_owned(), source: std::io::ErrorKind::Interrupted.into() }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => pending().await,
    }
}

struct KillOnDrop(Arc<Control>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill(Reason::Cancelled);
    }
}

/// Counts as alive until dropped.
struct Alive(Sender<usize>);

impl Alive {
    fn new(count: Sender<usize>) -> Self {
        count.send_modify(|n| *n += 1);
        Self(count)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

/// One of a program's two outputs.
struct Stream {
    pipe: Option<Receiver>,
    buffer: Vec<u8>,
}

impl Stream {
    fn new(fd: Option<OwnedFd>) -> Result<Self, ExecError> {
        let pipe = fd.map(Receiver::from_owned_fd).transpose().map_err(ExecError::io("opening a pipe"))?;
        Ok(Self { pipe, buffer: vec![0; 32 << 10] })
    }

    /// How many bytes there are in the buffer; never, once it is closed.
    async fn read(&mut self) -> usize {
        let Some(pipe) = &mut self.pipe else { return pending().await };
        let n = pipe.read(&mut self.buffer).await.unwrap_or(0);
        if n == 0 {
            self.pipe = None;
        }
        n
    }
}

/// What of a program's output is kept, and what is told at once.
struct Told<'a> {
    lines: Lines,
    wanted: Option<&'a ProgressLines>,
    splitter: Splitter,
    stdout: Tail,
    stderr: Tail,
    batch: Vec<String>,
    bytes: usize,
    part: Option<f64>,
    /// When what is held back is to be told.
    due: Option<Instant>,
    /// Splits standard error, which has no progress.
    errors: Splitter,
    on: &'a mut (dyn FnMut(Signal) + Send),
}

impl<'a> Told<'a> {
    fn new(exec: &'a Exec, on: &'a mut (dyn FnMut(Signal) + Send)) -> Self {
        Self {
            lines: exec.lines,
            wanted: exec.progress.as_ref(),
            splitter: Splitter::default(),
            stdout: Tail::new(STDOUT_TAIL),
            stderr: Tail::new(STDERR_TAIL),
            batch: Vec::new(),
            bytes: 0,
            part: None,
            due: None,
            errors: Splitter::default(),
            on,
        }
    }

    fn stdout(&mut self, bytes: &[u8]) {
        if self.lines != Lines::Stdout {
            self.stdout.feed(bytes);
        }
        if self.lines == Lines::Stdout || self.wanted.is_some() {
            let mut lines = Vec::new();
            self.splitter.feed(bytes, &mut |line| lines.push(line));
            for line in lines {
                self.stdout_line(line);
            }
        }
    }

    fn stderr(&mut self, bytes: &[u8]) {
        self.stderr.feed(bytes);
        if self.lines == Lines::Stderr {
            let mut lines = Vec::new();
            self.errors.feed(bytes, &mut |line| lines.push(line));
            for line in lines {
                self.hold(line);
            }
        }
    }

    fn stdout_line(&mut self, line: String) {
        if let Some(part) = self.wanted.and_then(|wanted| progress(&line, wanted)) {
            self.part = Some(part);
            self.due.get_or_insert_with(|| Instant::now() + BATCH_TIME);
        }
        if self.lines == Lines::Stdout {
            self.hold(line);
        }
    }

    fn hold(&mut self, line: String) {
        if self.bytes + line.len() > BATCH {
            self.flush();
        }
        self.bytes += line.len() + 1;
        self.batch.push(line);
        self.due.get_or_insert_with(|| Instant::now() + BATCH_TIME);
    }

    fn flush(&mut self) {
        self.due = None;
        self.bytes = 0;
        if let Some(part) = self.part.take() {
            (self.on)(Signal::Progress(part));
        }
        if !self.batch.is_empty() {
            (self.on)(Signal::Lines(std::mem::take(&mut self.batch)));
        }
    }

    /// Tells what is held back; the tails.
    fn end(mut self) -> (String, String) {
        let mut last = Vec::new();
        self.splitter.end(&mut |line| last.push(line));
        for line in last {
            self.stdout_line(line);
        }
        let mut last = Vec::new();
        self.errors.end(&mut |line| last.push(line));
        for line in last {
            self.hold(line);
        }
        self.flush();
        (self.stdout.text(), self.stderr.text())
    }
}
