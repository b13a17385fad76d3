//! A studio in the middle of its work, and screens as text.

use std::collections::BTreeMap;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Style};
use serde_json::json;
use studio_plugin_sdk::roles::{Role as PluginRole, llm::SceneDraft};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    engine::{Board, ProjectDetail, ProjectEntry, SceneState, SceneView},
    model::{
        BrandUse, ChatId, ChatMessage, ChatState, Key, NodeChange, NodeError, NodeState, Project, ProjectId,
        ProjectState, Proposal, ProposedChange, Run, RunId, SceneChange, SceneText, Slot,
    },
    tui::{
        App,
        desk::Then,
        keymap,
        look::Look,
        model::{Engine, LogLine, Open},
        page::PageId,
        theme::{Glyphs, shipped},
    },
};

/// A moment, in milliseconds since 1970.
pub const NOW: i64 = 1_800_000_000_000;

const TITLES: [&str; 7] = [
    "Stairs of water",
    "What time is it?",
    "日本の棚田 — a title that is far too long for a card of that width",
    "Rice",
    "Coffee ad, 9:16",
    "شلالات الماء",
    "Untitled",
];

/// An application at rest: nothing is asked, nothing answers.
pub struct Still {
    pub app: App,
    _answers: UnboundedReceiver<Then>,
}

pub fn still(theme: &str, ascii: bool) -> Still {
    let (answers, answered) = unbounded_channel();
    let look = Look {
        theme: shipped(theme).unwrap(),
        glyphs: Glyphs::new(ascii),
        motion: false,
        colour: theme != "mono",
        now_ms: NOW,
    };
    let mut app = App::new(look, keymap::load(None).unwrap(), answers);
    app.model.engine = Engine::Here;
    app.model.projects.known = true;
    Still { app, _answers: answered }
}

/// With projects in every state, and one of them open in the middle of a run.
pub fn busy(theme: &str, ascii: bool) -> Still {
    let mut still = still(theme, ascii);
    still.app.model.projects.entries = TITLES.iter().enumerate().map(|(n, title)| entry(n, title)).collect();
    still.app.model.open = Some(open());
    still
}

pub fn project(n: usize, title: &str) -> Project {
    let params = BTreeMap::from([("aspect".to_owned(), json!("9:16")), ("text".to_owned(), json!("Rice grows."))]);
    Project {
        id: ProjectId::new(format!("p{n}")),
        title: title.to_owned(),
        slug: Project::slug_of(title),
        script: "narrated".into(),
        params,
        profile: (n == 0).then(|| "draft".to_owned()),
        brand: (n < 2).then(|| BrandUse { name: "acme".into(), version: 2 }),
        export_dir: None,
        created_ms: NOW - 90_000_000,
        updated_ms: NOW - 1_700_000 * n as i64,
        archived: false,
        removed_ms: None,
        former_slugs: Vec::new(),
    }
}

fn entry(n: usize, title: &str) -> ProjectEntry {
    ProjectEntry {
        project: project(n, title),
        exports: "/films".into(),
        newer_brand: (n == 0).then_some(3),
        state: ProjectState::ALL[n % ProjectState::ALL.len()],
        last_run: None,
        spent: if n % 3 == 1 { "1.25".parse().unwrap() } else { "0".parse().unwrap() },
        gone_ms: None,
        cursor: n.to_string(),
    }
}

fn run() -> Run {
    Run {
        id: RunId::new("run"),
        project: ProjectId::new("p0"),
        sources: BTreeMap::new(),
        entry: "narrated.lua".into(),
        params: BTreeMap::new(),
        profile: None,
        brand: None,
        started_ms: NOW - 60_000,
        unattended: false,
        refresh: crate::model::Refresh::None,
        batch: None,
        outcome: None,
    }
}

const SAYS: [&str; 8] = [
    "Seedlings stand in a hand of water, and the water stands still until somebody opens the gate above it.",
    "Stone by stone the walls were laid.",
    "Water runs from step to step.",
    "Nobody remembers who began.",
    "In the dry months the steps are gold.",
    "A buffalo, a plough, and a man who knows each stone by its name.",
    "The rain comes from the sea.",
    "At night the steps hold the moon.",
];

fn open() -> Open {
    let mut open = Open::new(ProjectDetail {
        project: project(0, TITLES[0]),
        exports: "/films/stairs".into(),
        newer_brand: Some(3),
        state: ProjectState::Running,
        last_run: Some(run()),
        nodes: Vec::new(),
        more: false,
        spent: "0.42".parse().unwrap(),
        reserved: "0".parse().unwrap(),
    });
    open.budget = Some("2.00".parse().unwrap());
    let scenes = SAYS.iter().enumerate().map(|(n, says)| SceneView {
        number: n + 1,
        scene: SceneDraft {
            id: format!("scene-{}", n + 1),
            title: says.split(' ').take(3).collect::<Vec<_>>().join(" "),
            narration: (*says).to_owned(),
            prompt: "terraces at dawn, mist between the steps".into(),
            seconds: (n == 2).then_some(8.0),
            ..SceneDraft::default()
        },
        state: SceneState::New,
        edited: n == 1,
        spoken: (n < 4).then_some(4.2 + n as f64),
        picture: None,
    });
    open.board = Some(Board {
        place: "llm".into(),
        title: TITLES[0].into(),
        by_hand: true,
        stale_edit: false,
        scenes: scenes.collect(),
        changed: None,
    });
    nodes().into_iter().for_each(|node| open.nodes.put(node, NOW - 12_000));
    let video = slot(4, PluginRole::Video);
    open.nodes.progressed(&video, 0.62, "rendering".into(), NOW);
    open.nodes.progressed(&slot(5, PluginRole::Tts), 0.25, String::new(), NOW);
    chat().into_iter().for_each(|message| open.chat.put(message));
    (open.chat.known, open.chat.unread) = (true, 1);
    open.say(LogLine { slot: None, level: "info".into(), text: "8 scenes".into() });
    open.say(LogLine { slot: Some(video), level: "warn".into(), text: "the service is slow today".into() });
    open
}

fn chat() -> Vec<ChatMessage> {
    let project = || ProjectId::new("p0");
    let person = |n: u8, text: &str| {
        ChatMessage::of_person(
            ChatId::new(format!("m{n}")),
            project(),
            text.into(),
            NOW - 600_000 + i64::from(n) * 60_000,
        )
    };
    let answer = |n: u8, text: &str| {
        let answer = ChatMessage::answer(ChatId::new(format!("m{n}")), project(), NOW - 500_000, Key::new("k"));
        let (provider, model) = ("openai".to_owned(), "gpt-5.4-mini".to_owned());
        ChatMessage { text: text.into(), state: ChatState::Done, provider, model, ..answer }
    };
    let edit =
        SceneText { narration: Some("Water runs from step to step, and is blue.".into()), ..SceneText::default() };
    let edit = ProposedChange::Scene { change: Box::new(SceneChange::Edit { id: "scene-3".into(), scene: edit }) };
    let param = |name: &str, value| ProposedChange::Param { name: name.into(), value };
    let proposal = |change, was: &str| Proposal { change, was: was.into(), accepted: false, wrong: None };
    let proposals = vec![
        Proposal { accepted: true, ..proposal(param("aspect", json!("1:1")), "9:16") },
        proposal(edit, "Water runs from step to step."),
        Proposal { wrong: Some("there is no parameter `colour`".into()), ..proposal(param("colour", json!(1)), "") },
    ];
    let refused = NodeError::permanent("budget", "the budget of stairs-of-water is $2.00").help("allow more");
    vec![
        person(1, "Make the circle blue, and the third scene about it. 日本の棚田"),
        ChatMessage {
            proposals,
            cost: Some("0.0021".parse().unwrap()),
            ..answer(2, "Blue it is.\n\nI propose three changes.")
        },
        person(3, "And the music?"),
        ChatMessage { state: ChatState::Failed, error: Some(refused), ..answer(4, "") },
        person(5, "Then another ending."),
        ChatMessage { state: ChatState::Writing, ..answer(6, "At night the steps hold the moon, and then") },
    ]
}

fn slot(scene: usize, role: PluginRole) -> Slot {
    Slot::new(&ProjectId::new("p0"), &[format!("scene-{scene}")], role, 1)
}

fn nodes() -> Vec<NodeChange> {
    let node = |scene: usize, role: PluginRole, plugin: &str, state: NodeState| {
        let made = matches!(state, NodeState::Done | NodeState::Review);
        NodeChange {
            plugin: plugin.into(),
            seconds: made.then_some(3.4),
            cost: made.then(|| "0.04".parse().unwrap()),
            ..NodeChange::new(RunId::new("run"), slot(scene, role), role, state)
        }
    };
    use NodeState::{Cancelled, Done, Failed, Kept, Ready, Review, Running, Waiting};
    let refused = NodeError::permanent("content_refused", "refused: the prompt names a person");
    vec![
        node(1, PluginRole::Tts, "espeak", Kept),
        node(1, PluginRole::Image, "flux", Done),
        node(2, PluginRole::Tts, "espeak", Done),
        node(2, PluginRole::Image, "flux", Kept),
        node(3, PluginRole::Tts, "espeak", Done),
        node(3, PluginRole::Image, "flux", Review),
        node(4, PluginRole::Video, "veo", Running),
        node(5, PluginRole::Tts, "elevenlabs", Running),
        NodeChange { error: Some(refused), ..node(6, PluginRole::Image, "stability", Failed) },
        node(7, PluginRole::Image, "flux", Ready),
        node(8, PluginRole::Image, "flux", Waiting),
        node(8, PluginRole::Tts, "espeak", Cancelled),
    ]
}

/// What an application shows at a size.
pub fn screen(app: &mut App, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| app.draw(frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// A page at a size.
pub fn page(still: &mut Still, page: PageId, width: u16, height: u16) -> Buffer {
    still.app.go(page);
    screen(&mut still.app, width, height)
}

/// The letters of a screen, then the styles: a letter for each of them, and which it is.
pub fn written(buffer: &Buffer) -> String {
    let mut styles: Vec<Style> = Vec::new();
    let (mut letters, mut looks) = (String::new(), String::new());
    for y in 0..buffer.area.height {
        let (mut row, mut look) = (String::new(), String::new());
        let mut covered = 0;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            if covered > 0 {
                covered -= 1;
            } else {
                row += cell.symbol();
                covered = ratatui::text::Span::raw(cell.symbol()).width().saturating_sub(1);
            }
            let style = cell.style();
            let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            look.push(if at == 0 { ' ' } else { char::from(b'a' + (at as u8 - 1) % 26) });
        }
        letters += row.trim_end();
        letters.push('\n');
        looks += look.trim_end();
        looks.push('\n');
    }
    let named = styles.iter().enumerate().skip(1).map(|(n, style)| {
        let letter = char::from(b'a' + (n as u8 - 1) % 26);
        let (fg, bg) = (style.fg.unwrap_or_default(), style.bg.unwrap_or_default());
        format!("{letter} {fg} on {bg} {:?}\n", style.add_modifier)
    });
    format!("{letters}---\n{looks}---\n{}", named.collect::<String>())
}
