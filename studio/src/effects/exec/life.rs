//! The life of one program on a thread of its own: scratch, start, watch, death of all it started, outputs.
//!
//! The thread outlives its program, since the kernel kills the program when its thread ends, and whoever
//! waited for it may be gone: then it cleans up alone.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read},
    os::{fd::OwnedFd, unix::process::ExitStatusExt},
    process::{Child, ExitStatus},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use studio_plugin_sdk::blob::Blob;
use tokio::sync::oneshot;

use super::{
    ExecError,
    glance::Glance,
    intake,
    run::Task,
    watch::{Reason, Watch},
};
use crate::effects::sandbox::{Confined, Level, Scratch, Started, places, procs};

/// How long all processes of a program may take to vanish once killed.
const VANISH: Duration = Duration::from_secs(5);
const FIRST_LOOK: Duration = Duration::from_millis(100);
/// How often it is looked at in any case, which goes through all processes of the box; more often where the box does not
/// tell that a look is due before.
const LOOK: Duration = Duration::from_millis(if cfg!(target_os = "linux") { 500 } else { 250 });
/// How often it is seen whether a look is due before, lest a flood of processes grow past stopping, or memory or disk run
/// out meanwhile.
const GLANCE: Duration = Duration::from_millis(20);

/// Ends a program from outside.
#[derive(Default)]
pub(super) struct Control(Mutex<State>);

#[derive(Default)]
struct State {
    /// Its first process, as long as no other can have the same id.
    leader: Option<i32>,
    reason: Option<Reason>,
}

impl Control {
    /// Kills the program; the first reason counts.
    pub(super) fn kill(&self, reason: Reason) {
        let mut state = self.0.lock();
        state.reason.get_or_insert(reason);
        if let Some(leader) = state.leader {
            procs::kill_group(leader);
        }
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        self.0.lock().reason
    }

    fn born(&self, leader: i32) {
        let mut state = self.0.lock();
        state.leader = Some(leader);
        if state.reason.is_some() {
            procs::kill_group(leader);
        }
    }
}

/// The pipes of a started program.
pub(super) struct Pipes {
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
}

/// How a program ended.
pub(super) struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub reason: Option<Reason>,
    /// It never became the program: the sandbox around it failed, and says why on standard error.
    pub never_began: bool,
    pub outputs: BTreeMap<String, Blob>,
}

/// Lives one program's life. The scratch folder is gone when it returns.
pub(super) fn live(task: &Task, control: &Arc<Control>, pipes: oneshot::Sender<Pipes>) -> Result<Ended, ExecError> {
    let sandbox = &task.sandbox;
    let level = if task.own_words { sandbox.best() } else { sandbox.level(&task.decl)? };
    task.request.check(task.blobs.as_ref())?;
    let scratch = Scratch::new(sandbox.root())?;
    let inputs = task.request.lay_out(level, &scratch)?;
    let places = places(level, &scratch)?;
    let (args, env) = (task.request.args(&places), task.request.env(&places, &task.roots.bins));
    let confined = Confined {
        level,
        program: &task.program,
        roots: &task.roots,
        args: &args,
        env: &env,
        inputs: &inputs,
        devices: &task.devices,
        scratch: &scratch,
        limits: task.request.limits,
        hostile: task.decl.kind == studio_plugin_sdk::wire::ProgramKind::Code,
    };
    let prepared = confined.prepare(sandbox.confinement())?;
    let started = prepared.spawn(task.request.stdin.is_some()).map_err(|e| ExecError::spawn(&task.decl.name, e))?;
    let mut running = Running::new(started, level, control.clone());
    if scratch.record_leader(running.leader).is_err() {
        control.kill(Reason::Disk);
    }
    if pipes.send(running.pipes()).is_err() {
        control.kill(Reason::Cancelled);
    }
    running.read_head();
    let watch = Watch { leader: running.leader, out: scratch.out(), limits: task.request.limits };
    let status = running.wait(&watch).map_err(ExecError::io("waiting for the program"))?;
    if !running.vanished(&scratch) {
        return Err(ExecError::Stuck { program: task.decl.name.clone() });
    }
    let mut ended = running.judge(status);
    if ended.reason.is_none() && !ended.never_began {
        let (good, max) = (ended.code == Some(0), task.request.limits.scratch);
        ended.outputs =
            intake::take(&task.decl.name, &scratch.out(), &task.request.outputs, good, max, task.blobs.as_ref())?;
    }
    Ok(ended)
}

/// A started program. Dropped before its end, it is killed.
struct Running {
    child: Child,
    leader: i32,
    /// When the leader started, in ticks: another start is another process's.
    start: Option<u64>,
    level: Level,
    control: Arc<Control>,
    reaped: bool,
    /// What bubblewrap tells: first who its first process is, then how the program ended.
    status: Option<BufReader<std::fs::File>>,
    /// The first process of the program's own process namespace, which ends after all others of it.
    #[cfg(target_os = "linux")]
    init: Option<OwnedFd>,
    #[cfg(target_os = "linux")]
    cgroup: Option<crate::effects::sandbox::Cgroup>,
}

impl Running {
    fn new(started: Started, level: Level, control: Arc<Control>) -> Self {
        let leader = i32::try_from(started.child.id()).unwrap_or(i32::MAX);
        control.born(leader);
        Self {
            child: started.child,
            leader,
            start: procs::stat(leader).map(|p| p.start),
            level,
            control,
            reaped: false,
            status: started.status.map(BufReader::new),
            #[cfg(target_os = "linux")]
            init: None,
            #[cfg(target_os = "linux")]
            cgroup: started.cgroup,
        }
    }

    fn pipes(&mut self) -> Pipes {
        Pipes {
            stdin: self.child.stdin.take().map(Into::into),
            stdout: self.child.stdout.take().map(Into::into),
            stderr: self.child.stderr.take().map(Into::into),
        }
    }

    /// Learns from bubblewrap who leads the namespace; it says so before it starts the program.
    fn read_head(&mut self) {
        #[cfg(target_os = "linux")]
        {
            let mut line = String::new();
            let Some(status) = &mut self.status else { return };
            if status.read_line(&mut line).is_err() {
                return;
            }
            let told: Option<serde_json::Value> = serde_json::from_str(&line).ok();
            let pid = told.and_then(|t| i32::try_from(t.get("child-pid")?.as_i64()?).ok()).and_then(Pid::from_raw);
            self.init = pid.and_then(|pid| rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok());
        }
    }

    /// Waits for the first process to end, watching; then kills the rest.
    fn wait(&mut self, watch: &Watch) -> io::Result<ExitStatus> {
        let (mut rested, mut next) = (Instant::now(), Instant::now() + FIRST_LOOK);
        #[cfg(target_os = "linux")]
        crate::effects::sandbox::hurry(true);
        let mut glance = Glance::new(watch.leader, &watch.limits, &watch.out);
        #[cfg(target_os = "linux")]
        let handle = Pid::from_raw(self.leader)
            .and_then(|pid| rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok());
        #[cfg(not(target_os = "linux"))]
        let handle: Option<OwnedFd> = None;
        while !has_ended(self.leader, handle.as_ref(), GLANCE)? {
            if self.control.reason().is_some() {
                continue;
            }
            let looked = Instant::now();
            let reason = if looked >= next || (looked >= rested && glance.has_used_more(&watch.out)) {
                let (reason, processes) = watch.check();
                glance.looked(processes);
                // At most a tenth of a core goes into looking.
                let (cost, now) = (looked.elapsed() * 10, Instant::now());
                (rested, next) = (now + cost, now + LOOK.max(cost));
                reason
            } else if glance.has_more_tasks() {
                watch.too_many()
            } else {
                None
            };
            if let Some(reason) = reason {
                self.control.kill(reason);
            }
        }
        self.end()
    }

    /// Kills what is left of the group and only then lets go of the leader's id, so that no stranger is hit.
    fn end(&mut self) -> io::Result<ExitStatus> {
        // Outputs are taken in at the ordinary rank.
        #[cfg(target_os = "linux")]
        crate::effects::sandbox::hurry(false);
        #[cfg(target_os = "linux")]
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
        }
        let mut state = self.control.0.lock();
        procs::kill_group(self.leader);
        state.leader = None;
        self.reaped = true;
        drop(state);
        self.child.wait()
    }

    /// Makes sure that no process of the program is left.
    fn vanished(&self, scratch: &Scratch) -> bool {
        let until = Instant::now() + VANISH;
        #[cfg(target_os = "linux")]
        if let Some(init) = &self.init {
            return is_readable(init, VANISH).unwrap_or(false);
        }
        loop {
            let strays = if self.level == Level::None {
                procs::bound_to(scratch.path(), self.start.unwrap_or(0))
            } else {
                Vec::new()
            };
            for pid in &strays {
                procs::kill(*pid);
            }
            if strays.is_empty() && self.group_is_gone() {
                return true;
            }
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn group_is_gone(&self) -> bool {
        if !procs::group_exists(self.leader) {
            return true;
        }
        // The kernel gives the number away only once the group is empty.
        if procs::stat(self.leader).is_some_and(|p| Some(p.start) != self.start) {
            return true;
        }
        // Killed ones that nobody has reaped yet still count as a group.
        let left = procs::members(self.leader);
        for p in &left {
            procs::kill(p.pid);
        }
        cfg!(target_os = "linux") && left.is_empty()
    }

    fn judge(&mut self, status: ExitStatus) -> Ended {
        let mut reason = self.control.reason();
        #[cfg(target_os = "linux")]
        if reason.is_none() && self.cgroup.as_ref().is_some_and(crate::effects::sandbox::Cgroup::ran_out_of_memory) {
            reason = Some(Reason::Memory);
        }
        let (mut code, mut signal) = (status.code(), status.signal());
        let mut never_began = false;
        if let Some(told) = &mut self.status {
            let mut text = String::new();
            // All who could write to it are dead, so this ends.
            let _ = told.read_to_string(&mut text);
            never_began = signal.is_none() && !text.contains("exit-code");
            if let Some(folded) = code.and_then(unfolded) {
                (code, signal) = (None, Some(folded));
            }
        }
        Ended { code, signal, reason, never_began, outputs: BTreeMap::new() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.end();
        }
    }
}

/// Bubblewrap tells a death by signal as 128 and its number. Only signals that kill by themselves are read back.
fn unfolded(code: i32) -> Option<i32> {
    let deadly = [
        libc::SIGHUP,
        libc::SIGILL,
        libc::SIGTRAP,
        libc::SIGABRT,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGKILL,
        libc::SIGSEGV,
        libc::SIGPIPE,
        libc::SIGALRM,
        libc::SIGTERM,
        libc::SIGXCPU,
        libc::SIGXFSZ,
        libc::SIGSYS,
    ];
    deadly.into_iter().find(|signal| code == 128 + signal)
}

/// Has the process ended, within `patience`? It is not reaped.
fn has_ended(pid: i32, handle: Option<&OwnedFd>, patience: Duration) -> io::Result<bool> {
    if let Some(handle) = handle {
        return is_readable(handle, patience);
    }
    let Some(pid) = Pid::from_raw(pid) else { return Ok(true) };
    let until = Instant::now() + patience;
    loop {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        if waitid(WaitId::Pid(pid), options)?.is_some() {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A process's handle is readable once it has ended.
fn is_readable(handle: &OwnedFd, patience: Duration) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let until = Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(handle, PollFlags::IN)], Some(&timeout)) {
            Ok(n) => return Ok(n > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn ordinary_exit_codes_are_no_signals() {
        assert_eq!(unfolded(137), Some(libc::SIGKILL));
        assert_eq!(unfolded(139), Some(libc::SIGSEGV));
        for code in [0, 1, 2, 126, 127, 128, 130, 200, 255] {
            assert_eq!(unfolded(code), None);
        }
    }
}
