//! A program under way: its lines as they come, its events as JSON, its end.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::JoinHandle,
    time::Duration,
};

use serde_json::Value;

use crate::Ran;

/// After this long without an end a test has hung; it says what it waited for instead of holding up everything.
const HUNG: Duration = Duration::from_mins(10);

/// A program that was started. Dropped, it is killed.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    err: Option<JoinHandle<String>>,
}

impl Running {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let out = child.stdout.take().expect("a pipe");
        let mut err = child.stderr.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut out = BufReader::new(out);
            let mut line = Vec::new();
            while out.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        let err = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = err.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self { child, lines, seen: Vec::new(), err: Some(err) }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// The next line; none: it has closed its output.
    pub fn line(&mut self, waiting_for: &str) -> Option<String> {
        match self.lines.recv_timeout(HUNG) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("hung while waiting for {waiting_for}; so far: {:#?}", self.seen),
        }
    }

    /// The next event that fits; none: it ended before.
    pub fn next_event(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        while let Some(line) = self.line(what) {
            if let Ok(event) = serde_json::from_str::<Value>(&line)
                && fits(&event)
            {
                return Some(event);
            }
        }
        None
    }

    /// Waits for an event of this name; fails with all that was seen where it never comes.
    pub fn wait_for(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let found = self.next_event(what, fits);
        found.unwrap_or_else(|| panic!("it ended without {what}; it said {:#?}", self.seen))
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid()).expect("a process");
        let _ = rustix::process::kill_process(pid, signal);
    }

    /// Waits for its end: exit code and all it said.
    pub fn finish(mut self) -> Ran {
        while self.line("its end").is_some() {}
        let status: ExitStatus = self.child.wait().expect("its end");
        let err = self.err.take().and_then(|t| t.join().ok()).unwrap_or_default();
        Ran { code: status.code(), out: self.seen.join("\n"), err }
    }

    /// The lines so far.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Ran {
    /// Its output as events.
    pub fn events(&self) -> Vec<Value> {
        events(self.out.lines())
    }
}

/// Lines as events; what is no JSON is left out (a line cut by a kill).
pub fn events<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    lines.into_iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Is it the change of a node into this state?
pub fn is_node(event: &Value, state: &str) -> bool {
    event["type"] == "node" && event["state"] == state
}

/// The places (without the project) of the nodes that came into a state, sorted.
pub fn places(events: &[Value], state: &str) -> Vec<String> {
    let mut places: Vec<_> = events.iter().filter(|e| is_node(e, state)).map(place).collect();
    places.sort();
    places.dedup();
    places
}

/// A node's place without its project.
pub fn place(event: &Value) -> String {
    let slot = event["slot"].as_str().unwrap_or_default();
    slot.split_once('/').map_or(slot, |(_, rest)| rest).to_owned()
}
