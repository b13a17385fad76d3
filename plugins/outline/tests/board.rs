//! Drives the stage, and makes boards of the example texts.

use std::path::Path;

use studio_plugin_outline::plugin;
use studio_plugin_sdk::{
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
