//! A client of the control socket that knows nothing of Studio but the protocol: lines of JSON over a socket.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{Home, Running, raw::Act, raw::Raw};

/// After this long without a line something is stuck; the test says what it waited for.
const STUCK: Duration = Duration::from_mins(5);

/// A connection.
pub struct Control {
    to: UnixStream,
    from: BufReader<UnixStream>,
    next: u64,
    /// What was said beside answers, in order.
    pub said: Vec<Value>,
}

/// The socket that a store names.
pub fn socket(home: &Home) -> PathBuf {
    let noted = fs::read_to_string(home.store().join("socket")).expect("the store names its socket");
    PathBuf::from(noted.trim_end())
}

/// Starts `studio serve` and waits until it serves.
pub fn serve(home: &Home, args: &[&str]) -> Running {
    let mut all = vec!["serve", "--json"];
    all.extend(args);
    let mut serving = home.start(&all);
    let line = serving.line("the socket").unwrap_or_else(|| panic!("it does not serve: {:?}", serving.seen()));
    let told: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(told["socket"], json!(socket(home)), "{told}");
    serving
}

/// A project whose one node sleeps for so long; its params are `text` and `c0` to `c19`.
pub fn slow_project(home: &Home, slug: &str, ms: u64) {
    let script = slow_script(home, ms);
    assert_eq!(home.json(&["new", slug, "--script", &script])["slug"], slug);
}

/// The script of such projects, with the plugin that sleeps.
pub fn slow_script(home: &Home, ms: u64) -> String {
    let id = format!("slow-{ms}");
    let sleep = json!({ "id": 1, "effect": "sleep", "ms": ms });
    home.module(&id, &Raw::new(&id, Act::asks(&[sleep]), Act::done("slept")).wasm());
    let param = |all: String, n: u32| all + &format!("c{n} = param.text {{ default = \"\" }}, ");
    let params = (0..20).fold(String::new(), param);
    let script = format!(
        "return studio.pipeline {{ title = \"Slow\", params = {{ text = param.text {{ default = \"\" }}, {params} }}, \
         run = function(p) return llm {{ provider = \"{id}\", text = p.text }}:get().text end }}"
    );
    home.file(&format!("{id}.lua"), script)
}

impl Control {
    /// Connects to a store's owner and says hello.
    pub fn connect(home: &Home) -> Self {
        let path = socket(home);
        Self::silent(&path).greeted().unwrap_or_else(|| panic!("{}: the owner is gone", path.display()))
    }

    /// As [`Self::connect`]; none: nobody answers there, or not any more.
    pub fn try_connect(home: &Home) -> Option<Self> {
        let noted = fs::read_to_string(home.store().join("socket")).ok()?;
        Self::over(UnixStream::connect(noted.trim_end()).ok()?).greeted()
    }

    /// Connects and says nothing.
    pub fn silent(path: &Path) -> Self {
        Self::over(UnixStream::connect(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    fn over(to: UnixStream) -> Self {
        to.set_read_timeout(Some(STUCK)).expect("a time limit");
        let from = BufReader::new(to.try_clone().expect("the other half"));
        Self { to, from, next: 1, said: Vec::new() }
    }

    /// Once hello is said and answered.
    fn greeted(mut self) -> Option<Self> {
        let hello = self.try_request("hello", json!({ "protocol": 1, "client": "a test" }))?.expect("a hello");
        assert_eq!(hello["protocol"], 1, "{hello}");
        Some(self)
    }

    /// Sends bytes as they are; false: the other side takes none.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.to.write_all(bytes).is_ok()
    }

    /// The next line; none: the other side is gone.
    pub fn line(&mut self, waiting_for: &str) -> Option<Value> {
        let mut line = String::new();
        match self.from.read_line(&mut line) {
            // A killed owner may have said half of it.
            Ok(_) if !line.ends_with('\n') => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"))),
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(e) => panic!("stuck while waiting for {waiting_for}: {e}"),
        }
    }

    /// Asks for something: the result, or the error's data.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.try_request(method, params).unwrap_or_else(|| panic!("{method}: the owner is gone"))
    }

    /// As [`Self::request`]; none: the owner is gone.
    pub fn try_request(&mut self, method: &str, params: Value) -> Option<Result<Value, Value>> {
        let id = self.next;
        self.next += 1;
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string() + "\n";
        if !self.send(line.as_bytes()) {
            return None;
        }
        loop {
            let mut line = self.line(method)?;
            if line["id"] != id {
                self.said.push(line);
                continue;
            }
            return Some(match line.get_mut("error") {
                Some(error) => Err(error["data"].take()),
                None => Ok(line["result"].take()),
            });
        }
    }

    /// As [`Self::request`], but waits as long as it is told to where the owner is busy.
    pub fn patiently(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.try_patiently(method, params).unwrap_or_else(|| panic!("{method}: the owner is gone"))
    }

    /// As [`Self::patiently`]; none: the owner is gone.
    pub fn try_patiently(&mut self, method: &str, params: &Value) -> Option<Result<Value, Value>> {
        loop {
            match self.try_request(method, params.clone())? {
                Err(error) if error["code"] == "busy" => {
                    let wait = error["retry_after"].as_f64().expect("how long");
                    std::thread::sleep(Duration::from_secs_f64(wait));
                }
                answer => return Some(answer),
            }
        }
    }

    /// The next event that fits.
    pub fn wait_for(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = if self.said.is_empty() { self.line(what) } else { Some(self.said.remove(0)) };
            let line = line.unwrap_or_else(|| panic!("the owner is gone; no {what}"));
            if line["method"] == "event" && fits(&line["params"]) {
                return line["params"].clone();
            }
        }
    }
}
