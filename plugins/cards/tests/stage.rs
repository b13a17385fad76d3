//! The stage as the host meets it.

use serde_json::{Value, json};
use studio_plugin_sdk::{
    error::{ErrorKind, StageError},
    roles::{Role, image::Image},
    testkit::Run,
};

fn run(request: Value) -> Run {
    let mut run = Run::new(studio_plugin_cards::plugin(), Role::Image, request);
    run.auto(|_| Vec::new()).expect("a card takes one turn");
    run
}

fn refused(request: Value) -> StageError {
    run(request).response::<Image>().expect_err("a refusal")
}

fn picture(run: &Run) -> (Image, Vec<u8>) {
    let image: Image = run.response().expect("a picture");
    let bytes = run.host().get(&image.image.blob).expect("its bytes");
    (image, bytes)
}

#[test]
fn a_request_becomes_a_png_of_its_size_every_time() {
    let request =
        json!({"text": {"kicker": "Part one", "heading": "Water first"}, "aspect": "9:16", "short_side": 360});
    let (image, bytes) = picture(&run(request.clone()));
    assert_eq!((image.width, image.height, image.image.mime.as_str()), (360, 640, "image/png"));
    assert_eq!(image.description, "Part one. Water first");
    let decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
    let info = decoder.read_info().unwrap();
    assert_eq!((info.info().width, info.info().height), (360, 640));
    assert_eq!(picture(&run(request)).1, bytes);
}

#[test]
fn replay_takes_the_same_turns() {
    run(json!({"text": {"layout": "quote", "heading": "So be it."}, "short_side": 240})).replay().unwrap();
}

#[test]
fn wrong_requests_name_the_field() {
    let blob = json!({"blob": "00", "bytes": 1, "mime": "image/png"});
    for (field, request) in [
        ("text", json!({})),
        ("short_side", json!({"text": {}, "short_side": 239})),
        ("short_side", json!({"text": {}, "short_side": 4000})),
        ("style", json!({"text": {}, "style": "neon"})),
        ("references", json!({"text": {}, "references": [blob]})),
        ("model", json!({"text": {}, "model": "flux"})),
    ] {
        let error = refused(request);
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidInput, Some(field)), "{error}");
        assert!(error.code.starts_with("cards."), "{error:?}");
    }
}

#[test]
fn characters_without_a_font_are_named_in_a_warning() {
    let run = run(json!({"text": {"heading": "Rice 米 and ಅಕ್ಕಿ"}, "short_side": 240}));
    picture(&run);
    let log = run.host().log_seen();
    assert!(log.iter().any(|(_, text)| text.contains("米 (U+7C73)") && text.contains("Chinese")), "{log:?}");
}

#[test]
fn text_that_is_cut_is_told() {
    let run = run(json!({"text": {"heading": "many words ".repeat(400)}, "short_side": 240}));
    picture(&run);
    assert!(run.host().log_seen().iter().any(|(_, text)| text.contains("too long")));
}
