//! A small studio for tests: drives the plugin natively, runs its programs for real in a temporary folder
//! (two at a time, unconfined), and runs its pieces as stages of their own, each kept under its request.

#![allow(
    dead_code,
    missing_docs,
    clippy::large_enum_variant,
    clippy::result_large_err,
    clippy::unwrap_used,
    clippy::expect_used
)]

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use studio_plugin_ffmpeg::plugin;
use studio_plugin_sdk::{
    Driver,
    blob::Blob,
    error::StageError,
    prelude::{Film, RenderRequest, Report, VerifyRequest},
    roles::{Role, RoleRequest},
    testkit::MemoryHost,
    wire::{Action, Answer, Body, Event, Exec, Exit, Outcome, Start, Take, Turn},
};

/// Programs that run at once.
const LANES: usize = 2;

/// Blobs, finished stages and what was run.
pub struct Studio {
    pub host: MemoryHost,
    folder: tempfile::TempDir,
    kept: RefCell<BTreeMap<String, Value>>,
    /// Ids of the stages that ran, and how long their programs took.
    pub ran: RefCell<Vec<String>>,
    pub spent: RefCell<BTreeMap<String, Duration>>,
    /// Pictures of segments are wanted as they are before they are encoded …
    pub draws: Cell<bool>,
    /// … by the segments' files: frames of yuv420p.
    pub drawn: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The files that were joined last, in order.
    pub joined: RefCell<Vec<String>>,
}

struct Node {
    driver: Driver,
    id: String,
    key: String,
    /// Who waits for it: a node and its effect.
    parent: Option<(usize, u32)>,
    /// The file of which frames were drawn.
    drew: Option<String>,
}

struct Job {
    node: usize,
    effect: u32,
    folder: PathBuf,
    exec: Exec,
    draws: bool,
}

struct Done {
    node: usize,
    effect: u32,
    folder: PathBuf,
    exec: Exec,
    exit: Exit,
    took: Duration,
}

impl Studio {
    pub fn new() -> Self {
        Self {
            host: MemoryHost::default(),
            folder: tempfile::tempdir().unwrap(),
            kept: RefCell::default(),
            ran: RefCell::default(),
            spent: RefCell::default(),
            draws: Cell::default(),
            drawn: RefCell::default(),
            joined: RefCell::default(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs ffmpeg or another program in the folder, to make or to look at media.
    pub fn tool(&self, program: &str, args: &[&str]) -> String {
        let out = Command::new(program).args(args).current_dir(self.path()).output().expect(program);
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{program} {args:?}: {said}");
        said
    }

    pub fn keep(&self, name: &str, mime: &str) -> Blob {
        self.host.put(mime, &fs::read(self.path().join(name)).unwrap())
    }

    pub fn save(&self, blob: &Blob, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, self.bytes(blob)).unwrap();
        path
    }

    pub fn bytes(&self, blob: &Blob) -> Vec<u8> {
        self.host.get(&blob.blob).expect("a kept blob")
    }

    /// Renders; pieces rendered before are not rendered again.
    pub fn render(&self, request: &RenderRequest) -> Result<Film, StageError> {
        self.run(request)
    }

    /// Checks a film.
    pub fn verify(&self, request: &VerifyRequest) -> Result<Report, StageError> {
        self.run(request)
    }

    fn run<R: RoleRequest>(&self, request: &R) -> Result<R::Response, StageError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut waiting: VecDeque<Job> = VecDeque::new();
        let (done, arrived): (Sender<Done>, Receiver<Done>) = channel();
        let mut running = 0;
        let mut turns: VecDeque<(usize, Turn)> = VecDeque::new();
        let request = serde_json::to_value(request).unwrap();
        self.begin(&mut nodes, &mut turns, "film", (R::ROLE, request), None);
        loop {
            while let Some((at, turn)) = turns.pop_front() {
                for effect in turn.effects {
                    match effect.action {
                        Action::Exec(exec) => waiting.push_back(self.job(at, effect.id, exec)),
                        Action::Stage(call) => {
                            assert_eq!(call.role, Role::Render);
                            if let Some(parts) = call.request.pointer("/piece/parts").and_then(Value::as_array) {
                                let file = |part: &Value| part["video"]["blob"].as_str().unwrap().to_string();
                                *self.joined.borrow_mut() = parts.iter().map(file).collect();
                            }
                            let key = call.request.to_string();
                            let kept = self.kept.borrow().get(&key).cloned();
                            if let Some(response) = kept {
                                let event = Event { id: effect.id, answer: Answer::Stage { response } };
                                let turn = nodes[at].driver.resume(vec![event]);
                                turns.push_back((at, turn));
                            } else {
                                let wanted = (call.role, call.request);
                                self.begin(&mut nodes, &mut turns, &call.id, wanted, Some((at, effect.id)));
                            }
                        }
                        Action::Sleep { .. } => {
                            let turn = nodes[at].driver.resume(vec![Event { id: effect.id, answer: Answer::Woke {} }]);
                            turns.push_back((at, turn));
                        }
                        Action::Cancel { .. } | Action::Partial(_) => {}
                        other => panic!("unexpected effect {other:?}"),
                    }
                }
                let (parent, answer) = match turn.outcome {
                    Outcome::None => continue,
                    Outcome::Done { response, .. } => {
                        self.kept.borrow_mut().insert(nodes[at].key.clone(), response.clone());
                        if let (Some(drew), Some(video)) = (&nodes[at].drew, response["video"]["blob"].as_str()) {
                            let raw = self.drawn.borrow()[drew].clone();
                            self.drawn.borrow_mut().insert(video.to_owned(), raw);
                        }
                        (nodes[at].parent, Ok(response))
                    }
                    Outcome::Failed { error, .. } => (nodes[at].parent, Err(error)),
                };
                let Some((parent, effect)) = parent else {
                    return answer.map(|response| serde_json::from_value(response).unwrap());
                };
                let answer = match answer {
                    Ok(response) => Answer::Stage { response },
                    Err(error) => Answer::Failed { error },
                };
                let turn = nodes[parent].driver.resume(vec![Event { id: effect, answer }]);
                turns.push_back((parent, turn));
            }
            while running < LANES
                && let Some(job) = waiting.pop_front()
            {
                running += 1;
                let done = done.clone();
                thread::spawn(move || done.send(run(job)));
            }
            assert!(running > 0, "nothing runs and nothing has ended");
            let finished = arrived.recv().unwrap();
            running -= 1;
            *self.spent.borrow_mut().entry(nodes[finished.node].id.clone()).or_default() += finished.took;
            let event = self.exit(&finished, &mut nodes[finished.node].drew);
            let turn = nodes[finished.node].driver.resume(vec![event]);
            turns.push_back((finished.node, turn));
        }
    }

    fn begin(
        &self,
        nodes: &mut Vec<Node>,
        turns: &mut VecDeque<(usize, Turn)>,
        id: &str,
        (role, request): (Role, Value),
        parent: Option<(usize, u32)>,
    ) {
        if parent.is_some() {
            self.ran.borrow_mut().push(id.to_string());
        }
        let key = request.to_string();
        let mut driver = Driver::new(plugin(), Rc::new(self.host.clone()));
        let turn =
            driver.start(Start { role, request, take: Take::default(), seed: 1, resume_hint: None, service: None });
        nodes.push(Node { driver, id: id.to_string(), key, parent, drew: None });
        turns.push_back((nodes.len() - 1, turn));
    }

    /// Lays out a program's inputs and scratch folder.
    fn job(&self, node: usize, effect: u32, exec: Exec) -> Job {
        let folder = tempfile::tempdir_in(self.path()).unwrap().keep();
        let (inputs, scratch) = (folder.join("in"), folder.join("out"));
        fs::create_dir(&inputs).unwrap();
        fs::create_dir(&scratch).unwrap();
        for (name, body) in &exec.inputs {
            let bytes = match body {
                Body::Text(text) => text.clone().into_bytes(),
                Body::Blob(blob) => self.bytes(blob),
                other => panic!("unexpected input {other:?}"),
            };
            fs::write(inputs.join(name), bytes).unwrap();
        }
        Job { node, effect, folder, exec, draws: self.draws.get() }
    }

    /// Runs a command of the plugin's by itself; what it writes is handed back.
    pub fn by_hand(
        &self,
        args: &[String],
        blobs: &BTreeMap<String, Blob>,
        texts: &BTreeMap<String, String>,
    ) -> Vec<u8> {
        let folder = tempfile::tempdir_in(self.path()).unwrap();
        let inside = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
        for (name, blob) in blobs {
            fs::write(inside(name), self.bytes(blob)).unwrap();
        }
        for (name, text) in texts {
            fs::write(inside(name), text).unwrap();
        }
        let here = inside("");
        let place = |text: &String| text.replace("{in}/", &here).replace("{out}/", &here);
        let mut command = Command::new("ffmpeg");
        command.args(args.iter().map(place)).env("FONTCONFIG_FILE", inside("fonts.conf"));
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        fs::read(place(args.last().unwrap())).unwrap()
    }

    fn exit(&self, done: &Done, drew: &mut Option<String>) -> Event {
        let mut exit = done.exit.clone();
        for output in &done.exec.outputs {
            if let Ok(bytes) = fs::read(done.folder.join("out").join(&output.name)) {
                let blob = self.host.put(&output.mime, &bytes);
                if let Ok(raw) = fs::read(done.folder.join("raw.yuv")) {
                    self.drawn.borrow_mut().insert(blob.blob.clone(), raw);
                    *drew = Some(blob.blob.clone());
                }
                exit.outputs.insert(output.name.clone(), blob);
            } else {
                assert!(output.optional || exit.code != Some(0), "no output {}", output.name);
            }
        }
        fs::remove_dir_all(&done.folder).unwrap();
        Event { id: done.effect, answer: Answer::Exit(exit) }
    }
}

fn run(job: Job) -> Done {
    let Job { node, effect, folder, exec, draws } = job;
    let (inputs, scratch) = (folder.join("in"), folder.join("out"));
    let place = |text: &str| text.replace("{in}", inputs.to_str().unwrap()).replace("{out}", scratch.to_str().unwrap());
    let began = Instant::now();
    let mut command = Command::new(&exec.program);
    command.args(exec.args.iter().map(|a| place(a))).current_dir(&scratch).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &scratch).env("LANG", "C.UTF-8");
    command.envs(exec.env.iter().map(|(name, value)| (name, place(value))));
    let out = command.output().expect("the program is installed");
    let encoder = exec.args.iter().position(|a| a == "-c:v").filter(|_| exec.args.contains(&"-filter_complex".into()));
    if let (true, Some(end)) = (draws, encoder) {
        let mut command = Command::new(&exec.program);
        // All frames are looked at, those too that are not encoded because they are like the one before.
        let all = |arg: &String| match arg.split_once("mpdecimate=") {
            Some((graph, rest)) => format!("{graph}null{}", rest.trim_start_matches(|c| c != '[')),
            None => arg.clone(),
        };
        command.args(exec.args[..end].iter().map(|arg| place(&all(arg))));
        command.args(["-f", "rawvideo"]).arg(folder.join("raw.yuv"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(exec.env.iter().map(|(name, value)| (name, place(value))));
        assert!(command.output().unwrap().status.success());
    }
    if std::env::var_os("STUDIO_TEST_VERBOSE").is_some() {
        eprintln!("{:?} {} {}", began.elapsed(), exec.program, exec.args.join(" "));
    }
    let tail =
        |bytes: &[u8], most: usize| String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(most)..]).into_owned();
    let exit = Exit {
        code: out.status.code(),
        signal: None,
        stdout: tail(&out.stdout, 64 << 10),
        stderr: tail(&out.stderr, 16 << 10),
        outputs: BTreeMap::new(),
    };
    Done { node, effect, folder, exec, exit, took: began.elapsed() }
}
