//! `studio serve` as a process of its own, asked over its control socket; what it takes of the machine.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::program;

/// A studio that serves. Dropped, it is killed.
pub struct Serving {
    child: Child,
    to: UnixStream,
    from: BufReader<UnixStream>,
    next: u64,
}

impl Serving {
    /// Starts one on a store; its key lies beside it.
    pub fn start(store: &Path) -> Self {
        let mut child = Command::new(program())
            .args(["serve", "--json", "--rate", "1000000"])
            .env("STUDIO_HOME", store)
            .env("STUDIO_KEY_FILE", store.with_file_name("key"))
            .env("XDG_RUNTIME_DIR", store.parent().expect("a folder"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("studio starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let to = UnixStream::connect(told["socket"].as_str().expect("a socket")).expect("it listens");
        let from = BufReader::new(to.try_clone().expect("the other half"));
        let mut serving = Self { child, to, from, next: 0 };
        serving.ask("hello", &json!({ "protocol": 1, "client": "a bench" }));
        serving
    }

    /// Asks for something.
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.timed(method, params).0;
        serde_json::from_str(&answer).map(|mut answer: Value| answer["result"].take()).expect("JSON")
    }

    /// Asks for something: the line of the answer, and the milliseconds until it was there.
    pub fn timed(&mut self, method: &str, params: &Value) -> (String, f64) {
        self.next += 1;
        let line = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }).to_string() + "\n";
        let began = Instant::now();
        self.to.write_all(line.as_bytes()).expect("it listens");
        let mut answer = String::new();
        self.from.read_line(&mut answer).expect("an answer");
        let took = began.elapsed().as_secs_f64() * 1e3;
        let head = &answer[..answer.len().min(400)];
        assert!(!answer.is_empty() && !answer.contains("\"error\":{\"code\":"), "{method}: {head}");
        (answer, took)
    }

    /// Resident memory in MB.
    pub fn resident_mb(&self) -> f64 {
        resident_mb(self.child.id())
    }

    /// Seconds of processor time so far.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let after_name = stat.rsplit_once(')').expect("a name").1;
        let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        // Linux counts in hundredths of a second for everyone who asks.
        ticks as f64 / 100.0
    }

    /// Asks it to leave, and waits until it has: the seconds that took.
    pub fn leave(mut self) -> f64 {
        let began = Instant::now();
        let told = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill");
        assert!(told.success());
        let give_up = began + Duration::from_mins(2);
        while self.child.try_wait().expect("its state").is_none() {
            assert!(Instant::now() < give_up, "studio does not leave");
            std::thread::sleep(Duration::from_millis(5));
        }
        began.elapsed().as_secs_f64()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process in MB.
pub fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kilobytes = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next());
    kilobytes.and_then(|n| n.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
