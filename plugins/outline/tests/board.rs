//! Drives the stage, and makes boards of the example texts.

use std::path::Path;

use studio_plugin_outline::plugin;
use studio_plugin_sdk::{
    card::Layout,
    prelude::*,
    testkit::{self, Native, Run},
};

fn asked(request: Value) -> Result<LlmResponse> {
    let mut run = Run::new(plugin(), Role::Llm, request);
    run.start().unwrap();
    run.replay().unwrap();
    run.response()
}

#[test]
fn only_storyboards_are_made() {
    let error = asked(json!({"text": "Hello there."})).unwrap_err();
    assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidInput, Some("task")));
    let board = asked(json!({"task": "storyboard", "text": "Hello there."})).unwrap();
    assert_eq!(board.scenes[0].narration, "Hello there.");
}

#[test]
fn the_recorded_board_is_made_again() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes/board.json");
    testkit::check(&path, &mut Native::new(plugin())).unwrap();
}

#[test]
fn the_example_texts_make_films() {
    let board = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        asked(json!({"task": "storyboard", "text": text})).unwrap()
    };
    let minutes = |board: &LlmResponse| {
        let words: usize = board.scenes.iter().map(|s| s.narration.split_whitespace().count()).sum();
        words as f64 / 160.0
    };
    let short = board("stairs-of-water.md");
    assert!((0.9..1.1).contains(&minutes(&short)) && (6..=8).contains(&short.scenes.len()));
    let long = board("what-time-is-it.md");
    assert!((4.5..5.2).contains(&minutes(&long)));
    for layout in [Layout::Title, Layout::Bullets, Layout::Quote, Layout::Number, Layout::Code, Layout::Comparison] {
        assert!(long.scenes.iter().any(|s| s.on_screen.layout == layout), "{layout:?}");
    }
}
