//! What keys and clicks do, without an engine: what is asked of it is looked at.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::fixture::{Still, busy, screen, still, written};
use crate::tui::{action::Action, page::PageId, terminal::Input};

fn press(still: &mut Still, keys: &str) {
    for key in keys.chars() {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        still.app.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

fn text(still: &mut Still) -> String {
    written(&screen(&mut still.app, 100, 30))
}

fn names(still: &Still) -> Vec<&'static str> {
    still.app.asked().iter().map(|(name, _)| *name).collect()
}

#[test]
fn keys_that_wait_for_more_show_what_may_follow() {
    let mut still = busy("dark", false);
    press(&mut still, "g");
    let shown = text(&mut still);
    assert!(shown.contains("p go-projects") && shown.contains("s go-studio"), "{shown}");
    press(&mut still, "s");
    assert_eq!(still.app.shown(), PageId::Studio);
    assert!(!text(&mut still).contains("go-projects"));
}

#[test]
fn a_search_narrows_the_list_as_one_types() {
    let mut still = busy("dark", false);
    press(&mut still, "/rice");
    let asked = still.app.asked().last().cloned();
    // Each letter asks anew; without an engine the first is still on its way.
    assert_eq!(asked.map(|(name, _)| name), Some("project.list"));
    assert_eq!(still.app.model.projects.query.filter, "rice");
    press(&mut still, "\u{1b}");
    assert_eq!(still.app.model.projects.query.filter, "");
}

#[test]
fn what_is_thrown_away_several_at_once_is_asked_for_one_by_one() {
    let mut still = busy("dark", false);
    press(&mut still, "vvd");
    assert_eq!(names(&still).iter().filter(|name| **name == "project.remove").count(), 2);
}

#[test]
fn a_scene_is_moved_from_where_it_stands() {
    let mut still = busy("dark", false);
    still.app.go(PageId::Studio);
    press(&mut still, "ll>");
    let (name, params) = still.app.asked().last().cloned().unwrap();
    assert_eq!(name, "scene.edit");
    assert_eq!(params["change"], serde_json::json!({"what": "move", "id": "scene-3", "to": 4}));
}

#[test]
fn a_click_selects_and_a_second_opens() {
    let mut still = busy("dark", false);
    screen(&mut still.app, 100, 30);
    let click = |still: &mut Still, column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        still.app.input(Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    };
    click(&mut still, 45, 5);
    click(&mut still, 45, 5);
    let (name, params) = still.app.asked().last().cloned().unwrap();
    assert_eq!((name, params["project"].as_str()), ("project.get", Some("p1")));
    // The tabs.
    click(&mut still, 17, 0);
    assert_eq!(still.app.shown(), PageId::Studio);
}

#[test]
fn a_paste_of_a_megabyte_with_anything_in_it_is_taken_as_text() {
    let mut still = still("dark", false);
    still.app.act(Action::Search);
    let paste: String = "\u{1b}[2Jä\u{202e}日本\r\n\0".repeat(80_000);
    still.app.input(Input::Paste(paste));
    assert!(still.app.model.projects.query.filter.len() > 100_000);
    assert!(!still.app.model.projects.query.filter.contains(char::is_control));
    screen(&mut still.app, 80, 24);
}

#[test]
fn leaving_while_something_runs_asks_first() {
    let mut still = busy("dark", false);
    press(&mut still, "q");
    assert!(!still.app.ended && text(&mut still).contains("under way"));
    press(&mut still, "\u{1b}q");
    press(&mut still, "y");
    assert!(still.app.ended);
}

#[test]
fn every_page_can_do_what_its_keys_and_the_palette_offer() {
    for id in PageId::ALL {
        for action in Action::ALL.iter().filter(|action| action.scopes().contains(&id.scope())) {
            let mut still = busy("dark", false);
            let (pages, mut cx) = still.app.pages();
            assert!(pages.of(id).act(*action, &mut cx), "{id:?} knows nothing of {action}");
        }
    }
}

#[test]
fn what_a_page_cannot_do_is_said() {
    let mut still = busy("dark", false);
    still.app.go(PageId::Studio);
    press(&mut still, "/");
    assert!(text(&mut still).contains("Search: not on this page"));
}

#[test]
fn leaving_can_give_up_what_runs_in_the_project_that_is_open() {
    let mut still = busy("dark", false);
    // It is not among those that are listed.
    still.app.model.projects.entries.clear();
    press(&mut still, "qc");
    let (name, params) = still.app.asked().last().cloned().unwrap();
    assert_eq!((name, params["target"].as_str()), ("run.cancel", Some("p0")));
}

fn letter(still: &mut Still, code: KeyCode, modifiers: KeyModifiers) {
    still.app.input(Input::Key(KeyEvent::new(code, modifiers)));
}

#[test]
fn in_the_chat_keys_are_letters_until_escape_gives_them_back() {
    let mut still = busy("dark", false);
    // No answer is being written.
    still.app.model.open.as_mut().unwrap().chat.messages.pop();
    press(&mut still, "8");
    assert_eq!(still.app.shown(), PageId::Chat);
    press(&mut still, "q1x");
    letter(&mut still, KeyCode::Char('j'), KeyModifiers::CONTROL);
    press(&mut still, "ar\n");
    let (name, params) = still.app.asked().last().cloned().unwrap();
    assert_eq!((name, params["text"].as_str(), params["project"].as_str()), ("chat.send", Some("q1x\nar"), Some("p0")));
    // In an empty field, up takes what was said last.
    letter(&mut still, KeyCode::Up, KeyModifiers::NONE);
    press(&mut still, "\n");
    assert_eq!(still.app.asked().last().unwrap().1["text"], "Then another ending.");
    press(&mut still, "\u{1b}kkka");
    let (name, params) = still.app.asked().last().cloned().unwrap();
    assert_eq!((name, params["message"].as_str()), ("chat.apply", Some("m2")));
    press(&mut still, "iz\u{1b}1");
    assert_eq!(still.app.shown(), PageId::Projects);
}

#[test]
fn an_answer_is_stopped_from_the_field_and_from_the_messages() {
    let mut still = busy("dark", false);
    press(&mut still, "8hello\n");
    assert!(!names(&still).contains(&"chat.send"), "it waits for the end of the answer");
    letter(&mut still, KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(names(&still).last(), Some(&"chat.stop"));
    press(&mut still, "\u{1b}x");
    assert_eq!(names(&still).iter().filter(|name| **name == "chat.stop").count(), 2);
    assert!(!still.app.ended);
}

#[test]
fn the_end_of_a_chat_is_seen_unless_one_has_gone_up() {
    let mut still = busy("dark", false);
    let small = |still: &mut Still| written(&screen(&mut still.app, 60, 14));
    press(&mut still, "8\u{1b}");
    assert!(small(&mut still).contains("hold the moon"));
    let grow = |still: &mut Still, n: usize| {
        let chat = &mut still.app.model.open.as_mut().unwrap().chat;
        let (id, at) = chat.writing().map(|m| (m.id.clone(), m.text.len())).unwrap();
        assert!(chat.write(&id, at, &format!("\nline {n}")));
    };
    (0..20).for_each(|n| grow(&mut still, n));
    assert!(small(&mut still).contains("line 19"));
    letter(&mut still, KeyCode::PageUp, KeyModifiers::NONE);
    let before = small(&mut still);
    assert!(!before.contains("line 19") && before.contains("lines below"));
    grow(&mut still, 20);
    let text = |shown: &str| shown.lines().skip(2).take(5).map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(text(&small(&mut still)), text(&before), "what is read stays where it is");
    press(&mut still, "G");
    assert!(small(&mut still).contains("line 20"));
}
