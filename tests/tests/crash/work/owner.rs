//! An owner of the store, and who kills it at some instant.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use studio_tests::{
    Control, Home, Running,
    procs::{self, Proc},
};

/// When an owner is killed.
pub struct Kill {
    /// At the latest so long after its start.
    after: Duration,
    /// So long after so many commands of its client, the last of them being the one that is under way then.
    command: Option<(u32, Duration)>,
    /// The service answers nothing until then.
    pub held: bool,
}

impl Kill {
    /// At any instant: while it starts, while it works, with calls under way or not, while it does what a client wants.
    pub fn any(random: &mut fastrand::Rng) -> Self {
        let micros = |random: &mut fastrand::Rng, most| Duration::from_micros(random.u64(..most));
        let after = if random.u32(..4) == 0 { 300_000 } else { 1_500_000 };
        let command = random.bool().then(|| (random.u32(..3), micros(random, 8_000)));
        Self { after: micros(random, after), command, held: random.u32(..4) == 0 }
    }
}

/// What a killer is told.
pub enum Tell {
    /// A command is being sent.
    Command,
    /// It is to let the owner live.
    Stay,
}

/// What a killer has done.
#[derive(Default)]
pub struct Killed {
    /// It did kill the owner.
    pub killed: bool,
    /// What the owner had started then.
    pub below: Vec<Proc>,
}

/// An owner, and who is to kill it.
pub struct Owned {
    pub running: Running,
    proc: Option<Proc>,
    killer: Option<(Sender<Tell>, JoinHandle<Killed>)>,
}

impl Owned {
    pub fn new(running: Running, kill: Option<Kill>) -> Self {
        let pid = running.pid();
        let killer = kill.map(|kill| {
            let (tell, told) = channel();
            let killer = std::thread::spawn(move || {
                if !is_time(&kill, &told) {
                    return Killed::default();
                }
                let below = procs::below(pid);
                // Until somebody waits for it, its number is its own.
                let pid = Pid::from_raw(pid).expect("a process");
                let killed = kill_process(pid, Signal::KILL);
                Killed { killed: killed.is_ok(), below }
            });
            (tell, killer)
        });
        Self { running, proc: procs::of(pid).pop(), killer }
    }

    /// Who is to be told of commands.
    pub fn killer(&self) -> Option<Sender<Tell>> {
        self.killer.as_ref().map(|(tell, _)| tell.clone())
    }

    /// A client of it; none: it is gone before it answers one.
    pub fn client(&self, home: &Home) -> Option<Control> {
        loop {
            if let Some(control) = Control::try_connect(home) {
                return Some(control);
            }
            if self.proc.as_ref().is_none_or(|proc| !procs::lives(proc)) {
                return None;
            }
            // There is nothing that tells of a socket.
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether it was killed before it was told to stay. What is left of it leaves.
    pub fn end(mut self) -> Killed {
        let killed = self.stop();
        self.running.signal(Signal::TERM);
        self.running.finish();
        killed
    }

    /// Its exit code, once it has ended by itself; none: it was killed.
    pub fn ended(mut self) -> (Option<i32>, Vec<Proc>) {
        let below = self.stop().below;
        (self.running.finish().code, below)
    }

    fn stop(&mut self) -> Killed {
        let Some((tell, killer)) = self.killer.take() else { return Killed::default() };
        // It may have done its work.
        let _ = tell.send(Tell::Stay);
        killer.join().expect("the killer")
    }
}

/// Waits until an owner is to be killed; false: it may stay.
fn is_time(kill: &Kill, told: &Receiver<Tell>) -> bool {
    let (until, mut commands) = (Instant::now() + kill.after, 0);
    loop {
        match (told.recv_timeout(until.saturating_duration_since(Instant::now())), kill.command) {
            (Err(RecvTimeoutError::Timeout), _) => return true,
            (Ok(Tell::Stay) | Err(RecvTimeoutError::Disconnected), _) => return false,
            (Ok(Tell::Command), Some((nth, after))) if commands == nth => {
                std::thread::sleep(after);
                return true;
            }
            (Ok(Tell::Command), _) => commands += 1,
        }
    }
}
