//! Forms: no larger than what stands in them, and the field that has the keys is seen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::fixture::{Still, screen, still, written};
use crate::tui::{
    overlay::{Field, FieldKind, Form},
    terminal::Input,
    widget::field::TextField,
};

const NAMES: [&str; 8] = ["title", "text", "language", "aspect", "voice", "brief", "captions", "music"];

/// A form with two texts, of which nothing is given.
fn form() -> Still {
    let mut still = still("mono", false);
    let kind = |name: &str| match name {
        "text" | "brief" => FieldKind::Text(TextField::lines("")),
        "aspect" => FieldKind::Choice(vec!["16:9".into(), "9:16".into()], None),
        "captions" => FieldKind::Switch(None),
        _ => FieldKind::Line(TextField::line("")),
    };
    let field = |name: &&str| {
        let (help, default) = (format!("what {name} is for"), String::new());
        Field { name: (*name).to_owned(), help, default, required: *name == "title", kind: kind(name) }
    };
    let fields = NAMES.iter().map(field).collect();
    still.app.cx().push(Form::new("new project", fields, |_, _| ()));
    still.app.settle();
    still
}

fn press(still: &mut Still, code: KeyCode) {
    still.app.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

/// The lines of the form's box.
fn lines(still: &mut Still, width: u16, height: u16) -> Vec<String> {
    let shown = written(&screen(&mut still.app, width, height));
    let letters = shown.split("---").next().unwrap_or_default();
    let from = letters.lines().skip_while(|line| !line.contains("╭ new project"));
    let mut lines: Vec<String> = Vec::new();
    for line in from {
        lines.push(line.to_owned());
        if line.contains('╰') {
            break;
        }
    }
    lines
}

/// How many rows each field takes, up to the next.
fn rows(lines: &[String]) -> Vec<usize> {
    let begins = |name: &str| lines.iter().position(|line| line.split([' ', '│', '▸', '*']).any(|word| word == name));
    let at: Vec<usize> = NAMES.iter().filter_map(|name| begins(name)).collect();
    at.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn empty_texts_take_a_row_and_some_more_to_write_in() {
    let mut still = form();
    let at_rest = lines(&mut still, 80, 24);
    assert_eq!(rows(&at_rest), [1; 7], "{at_rest:#?}");
    press(&mut still, KeyCode::Tab);
    let writing = lines(&mut still, 80, 24);
    assert_eq!(rows(&writing), [1, 3, 1, 1, 1, 1, 1], "{writing:#?}");
    assert_eq!(writing.len(), at_rest.len(), "the box stays as large");
    for _ in 0..4 {
        still.app.input(Input::Paste("Rice grows in terraces.\n".into()));
    }
    let long = lines(&mut still, 80, 24);
    assert_eq!(rows(&long), [1, 5, 1, 1, 1, 1, 1], "{long:#?}");
    still.app.input(Input::Paste("Rice\n".repeat(40)));
    press(&mut still, KeyCode::Tab);
    let full = lines(&mut still, 80, 24);
    assert_eq!(rows(&full), [1, 6, 1, 1, 1, 1, 1], "{full:#?}");
}

#[test]
fn the_field_that_has_the_keys_is_seen_in_little_room() {
    for (width, height) in [(40, 12), (40, 7), (80, 24), (120, 36), (200, 50)] {
        let mut still = form();
        for name in NAMES {
            let lines = lines(&mut still, width, height);
            let seen = lines.iter().any(|line| line.contains(&format!("▸{name}")));
            assert!(seen && lines.len() <= usize::from(height), "{name} at {width}×{height}: {lines:#?}");
            let told = lines.iter().any(|line| line.contains(&format!("what {name} is for")));
            assert!(told, "what {name} is for, at {width}×{height}: {lines:#?}");
            press(&mut still, KeyCode::Tab);
        }
    }
}
