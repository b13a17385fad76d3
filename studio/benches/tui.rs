//! The terminal interface: how soon it shows something, how long a frame takes, what it does while nothing happens.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use futures::channel::mpsc::unbounded;
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::Size,
};
use studio::{
    engine::{Board, Config, Engine, Event, NewProject, ProjectDetail, SceneState, SceneView, Told},
    model::{Money, NodeChange, NodeState, ProjectState, Run, RunId, Slot},
    remote::{self, Limits, Mode, Place},
    tui::{self, Input, Inputs, Open, Options, PageId, Screen, Session},
};
use studio_plugin_sdk::roles::{Role, llm::SceneDraft};

use crate::{Row, fixture::Home, median};

const SCENES: usize = 1_000;
const PROJECTS: usize = 1_000;
/// Events a second, and frames a second.
const EVENTS: usize = 10_000;
const FRAMES: usize = 60;

/// Where the interface writes: each whole frame is passed on with the time at which it was written.
struct Frames(Sender<(Instant, Vec<u8>)>, Vec<u8>);

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.1.ends_with(b"\x1b[?2026l") {
            // Nobody looks any more at the end.
            let _ = self.0.send((Instant::now(), std::mem::take(&mut self.1)));
        }
        Ok(())
    }
}

pub fn measure() -> Vec<Row> {
    let mut rows = vec![frames()];
    rows.extend(whole());
    rows
}

/// Frames of the page of a project of a thousand scenes, while events come.
fn frames() -> Row {
    let home = Home::new();
    let (mut app, _answers) = tui::begin(&options(&home), &Session::default()).expect("an application");
    let slots: Vec<Slot> = (0..SCENES).flat_map(|scene| [slot(scene, Role::Tts), slot(scene, Role::Image)]).collect();
    app.model.open = Some(open(&slots, SCENES));
    app.go(PageId::Studio);
    let mut terminal = Terminal::new(TestBackend::new(200, 50)).expect("a terminal");
    let mut samples = Vec::new();
    let mut n = 0;
    for _ in 0..600 {
        let began = Instant::now();
        for _ in 0..EVENTS / FRAMES {
            n += 1;
            let slot = slots[n % slots.len()].clone();
            let state = if n % 3 == 0 { NodeState::Done } else { NodeState::Running };
            let change = NodeChange::new(RunId::new("run"), slot, Role::Tts, state);
            app.follow(Told { event: Event::Node(change), seq: None, at_ms: None });
        }
        terminal.draw(|frame| app.draw(frame)).expect("a frame");
        samples.push(began.elapsed().as_secs_f64() * 1e3);
    }
    samples.sort_by(f64::total_cmp);
    let p99 = samples[samples.len() * 99 / 100];
    row("frame, p99: 1,000 scenes, 10,000 events a second", "≤ 2 ms", format!("{p99:.2} ms"), p99 <= 2.0)
}

/// The whole interface on an engine with a thousand projects.
fn whole() -> Vec<Row> {
    let home = Home::new();
    fill(&home);
    let (frames, shown) = channel();
    let (input, inputs) = unbounded();
    let options = options(&home);
    let began = Instant::now();
    let interface = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        let size = Arc::new(Size { width: 120, height: 40 });
        let screen = Screen::new(Frames(frames, Vec::new()), move || Ok(*size));
        let mut terminal = Terminal::new(screen).expect("a terminal");
        runtime.block_on(tui::turn(&mut terminal, &options, None, Some(Inputs::of(inputs)))).expect("it ends well");
    });
    let first = wait(&shown, |_| true).0.duration_since(began).as_secs_f64() * 1e3;
    let listed = wait(&shown, |frame| frame.windows(7).any(|part| part == b"Project"));
    let listed = listed.0.duration_since(began).as_secs_f64() * 1e3;
    quiet(&shown);
    let mut keys = Vec::new();
    for n in 0..50 {
        let key = KeyCode::Char(if n % 2 == 0 { 'l' } else { 'h' });
        let pressed = Instant::now();
        input.unbounded_send(Input::Key(KeyEvent::new(key, KeyModifiers::NONE))).expect("it listens");
        keys.push(wait(&shown, |_| true).0.duration_since(pressed).as_secs_f64() * 1e3);
        quiet(&shown);
    }
    let key = median(keys);
    let before = cpu();
    let idle = Instant::now();
    quiet_for(&shown, Duration::from_secs(5));
    let share = (cpu() - before) / idle.elapsed().as_secs_f64() * 100.0;
    input.unbounded_send(Input::Gone).expect("it listens");
    interface.join().expect("it does not panic");
    vec![
        row("first frame", "≤ 30 ms", format!("{first:.1} ms"), first <= 30.0),
        row("the list of 1,000 projects is there", "", format!("{listed:.0} ms"), true),
        row("key to screen", "≤ 16 ms", format!("{key:.1} ms"), key <= 16.0),
        row("processor while nothing happens", "0 %", format!("{share:.2} %"), share < 0.5),
    ]
}

fn row(what: &'static str, target: &'static str, measured: String, holds: bool) -> Row {
    Row { what, target, measured, holds }
}

fn wait(shown: &Receiver<(Instant, Vec<u8>)>, fits: impl Fn(&[u8]) -> bool) -> (Instant, Vec<u8>) {
    loop {
        let frame = shown.recv_timeout(Duration::from_mins(1)).expect("a frame within a minute");
        if fits(&frame.1) {
            return frame;
        }
    }
}

/// Waits until nothing was drawn for a while.
fn quiet(shown: &Receiver<(Instant, Vec<u8>)>) {
    while shown.recv_timeout(Duration::from_millis(120)).is_ok() {}
}

/// Lets time pass.
fn quiet_for(shown: &Receiver<(Instant, Vec<u8>)>, time: Duration) {
    let until = Instant::now() + time;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        let _ = shown.recv_timeout(left);
    }
}

/// Seconds of processor time that this process has taken.
fn cpu() -> f64 {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    clock.tv_sec as f64 + clock.tv_nsec as f64 / 1e9
}

/// The interface on a home, by which nothing moves or sounds by itself.
pub fn options(home: &Home) -> Options {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let config = Config::new(home.store(), home.folder.path().join("key"), path);
    let place = Place { store: home.store(), runtime: Some(home.folder.path().to_owned()) };
    let (mode, wait) = (Mode::Own, Duration::from_secs(30));
    let client = remote::Options { config, place, mode, wait, limits: Limits::default(), program: crate::program() };
    Options { theme: Some("dark".into()), still: true, silent: true, ..Options::new(client) }
}

fn fill(home: &Home) {
    let engine: Engine = home.engine();
    home.runtime.block_on(async {
        for n in 0..PROJECTS {
            let new = NewProject {
                title: format!("Project {n}"),
                script: "narrated".into(),
                params: [("text".to_owned(), "Rice grows.".into())].into(),
                ..NewProject::default()
            };
            engine.create(new).await.expect("a project");
        }
        engine.close().await.expect("it closes");
    });
}

fn slot(scene: usize, role: Role) -> Slot {
    Slot::new(&studio::model::ProjectId::new("p"), &[format!("scene-{scene}")], role, 1)
}

/// A project under way, with so many scenes.
pub fn open(slots: &[Slot], scenes: usize) -> Open {
    let id = studio::model::ProjectId::new("p");
    let project = serde_json::from_value(serde_json::json!({
        "id": id, "title": "A long film", "slug": "long", "script": "narrated", "params": {},
        "created_ms": 0, "updated_ms": 0
    }));
    let run = Run {
        id: RunId::new("run"),
        project: id,
        sources: std::collections::BTreeMap::new(),
        entry: "narrated.lua".into(),
        params: std::collections::BTreeMap::new(),
        profile: None,
        brand: None,
        started_ms: 0,
        unattended: false,
        refresh: studio::model::Refresh::None,
        batch: None,
        outcome: None,
    };
    let node = |slot: &Slot| NodeChange::new(RunId::new("run"), slot.clone(), Role::Tts, NodeState::Ready);
    let mut open = Open::new(ProjectDetail {
        project: project.expect("a project"),
        exports: "/films".into(),
        newer_brand: None,
        state: ProjectState::Running,
        last_run: Some(run),
        nodes: slots.iter().map(node).collect(),
        more: false,
        spent: Money::default(),
        reserved: Money::default(),
    });
    let scene = |n: usize| SceneView {
        number: n + 1,
        scene: SceneDraft {
            id: format!("scene-{n}"),
            title: format!("Scene {n}"),
            narration: "Water runs from step to step.".into(),
            ..SceneDraft::default()
        },
        state: SceneState::New,
        edited: false,
        spoken: Some(3.0),
        picture: None,
    };
    open.board = Some(Board {
        place: "llm".into(),
        title: "A long film".into(),
        by_hand: false,
        stale_edit: false,
        scenes: (0..scenes).map(scene).collect(),
        changed: None,
    });
    open
}
