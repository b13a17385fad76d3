//! The page Chat, by keys alone.

use serde_json::json;
use studio::{model::Settings, tui::Options};
use studio_tests::{
    Home,
    board::{run, scenes},
    openai::{Mood, OpenAi},
    terminal::{FakeTerminal, options},
};

use super::super::chat::{at, proposing};

/// How the interface is started on a home whose settings count, with a project open.
pub fn options_with_settings(home: &Home, theme: &str, project: Option<&str>) -> Options {
    let mut options = options(home);
    let text = std::fs::read_to_string(home.store().join("config.toml")).unwrap_or_default();
    options.client.config.settings = Settings::parse(&text).expect("settings");
    options.project = project.map(ToOwned::to_owned);
    options.theme = Some(theme.to_owned());
    options
}

/// The interface on a home whose settings count, with the project open.
fn start(home: &Home, width: u16, height: u16) -> FakeTerminal {
    let terminal = FakeTerminal::with(options_with_settings(home, "dark", Some("rice")), width, height);
    terminal.wait_for("preview");
    terminal
}

#[test]
fn a_person_talks_accepts_and_runs() {
    let server = OpenAi::start();
    let home = at(&server, "");
    run(&home, "rice");
    let terminal = start(&home, 120, 40);
    terminal.press("g c").wait_for("openai answers").picture("chat-empty");
    let block = json!({ "scenes": [
        { "id": "work-1", "narration": "Every terrace is blue." }, { "what": "remove", "id": "harvest-1" },
    ] });
    server.says(proposing("Blue it is, and a little shorter, so that nobody has to wait for the end of it.", &block));
    server.next("/chat", Mood::Halfway);
    // Keys that do something elsewhere are letters here.
    terminal.type_text("quite blue, please: 1 2 3?").wait_for("quite blue, please: 1 2 3?").press("enter");
    terminal.wait_for("writing").wait_for("Blue it is").picture("chat-writing");
    terminal.press("esc 2").wait_for("preview").wait_without("Chat (1)");
    server.go_on();
    terminal.wait_for("Chat (1)").press("8").wait_for("a accepts all 2").wait_without("Chat (1)");
    terminal.wait_without("```").wait_for("blue.").picture("chat-proposed");
    terminal.press("esc a").wait_for("2 accepted").wait_for("accepted").picture("chat-accepted");
    assert_eq!(scenes(&home, "rice"), ["opening-1", "work-1"]);
    // One scene alone has other words.
    let is_done = |text: &str| text.lines().nth(1).is_some_and(|line| line.ends_with("✓ done"));
    let has_run = |text: &str| text.contains("jobs · 1 done") && is_done(text);
    terminal.press("r").press("2").wait_until("it has run", has_run);
    // What was accepted is an edit like any other.
    terminal.press("8").wait_for("chat about").press("esc u").wait_for("taken back: scene harvest-1");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(scenes(&home, "rice").len(), 3);
    for (width, height) in [(80, 24), (200, 50)] {
        let terminal = start(&home, width, height);
        terminal.press("8").wait_for("Blue it is").picture(&format!("chat-{width}")).press("esc q");
        assert_eq!(terminal.ended(), 0);
    }
}

#[test]
fn an_answer_is_stopped_and_what_was_typed_is_not_lost() {
    let server = OpenAi::start();
    let home = at(&server, "");
    let terminal = start(&home, 80, 24);
    terminal.press("8").wait_for("openai answers").type_text("first").press("alt-enter").type_text("second");
    terminal.wait_for("first").wait_for("second");
    server.hold();
    terminal.press("enter").wait_for("writing").type_text("meanwhile").wait_for("meanwhile");
    server.wait_until_asked(1);
    terminal.press("enter").wait_for("an answer is being written");
    terminal.press("ctrl-c").wait_for("stopped").wait_for("meanwhile");
    server.release();
    server.wait_until_answered(1);
    assert_eq!(
        server.ledger().first().map(|e| e.request["messages"][1]["content"].clone()),
        Some(json!("first\nsecond"))
    );
    terminal.press("esc q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn where_nobody_answers_the_page_says_what_to_do() {
    let home = Home::new();
    studio_tests::board::project(&home);
    let mut options = options(&home);
    options.project = Some("rice".into());
    let terminal = FakeTerminal::with(options, 80, 24);
    terminal.wait_for("preview").press("8").wait_for("Nobody answers yet").wait_for("studio secret set openai");
    terminal.picture("chat-nobody").type_text("hello").press("enter").wait_for("no model is set up");
    terminal.wait_for("hello").press("esc q");
    assert_eq!(terminal.ended(), 0);
}
