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
        ("references", json!({"text": {}, "references": [blob.clone()]})),
        ("model", json!({"text": {}, "model": "flux"})),
        (
            "waveform",
            json!({"waveform": {"audio": blob, "seconds": 1.0, "ground": "#000000", "width": 300, "height": 40}}),
        ),
        ("look.heading.family", json!({"text": {}, "look": {"heading": {"family": "papyrus"}}})),
        ("look.body.family", json!({"text": {}, "look": {"body": {}}})),
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

/// How much each pixel of a card hides of what is behind it.
fn alpha(request: Value) -> Vec<u8> {
    let (_, bytes) = picture(&run(request));
    let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    assert_eq!(reader.info().color_type, png::ColorType::Rgba);
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels.chunks_exact(4).map(|pixel| pixel[3]).collect()
}

#[test]
fn what_lies_over_a_picture_lets_it_be_seen() {
    let share =
        |alpha: &[u8], of: &dyn Fn(u8) -> bool| alpha.iter().filter(|a| of(**a)).count() as f64 / alpha.len() as f64;
    let third = alpha(
        json!({"text": {"layout": "lower_third", "heading": "Warm for six hours", "caption": "even outside"}, "short_side": 360}),
    );
    let panel = share(&third, &|a| a == 255);
    assert!(third[0] == 0 && (0.02..0.2).contains(&panel), "a panel on nothing: {panel}");
    let veil = alpha(json!({"text": {"layout": "quote", "heading": "Warm", "ground": "veil"}, "short_side": 360}));
    assert!(share(&veil, &|a| a == veil[0]) > 0.9 && (128..230).contains(&veil[0]) && veil.contains(&255));
    let clear = alpha(
        json!({"text": {"layout": "item", "heading": "Warm", "number": 3, "ground": "clear"}, "short_side": 360}),
    );
    assert!(share(&clear, &|a| a == 0) > 0.8 && clear.contains(&255));
}

/// The colour of the upper left corner, and how many pixels have a colour.
fn pixels(bytes: &[u8], color: [u8; 3]) -> ([u8; 3], usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a picture");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut rgb).expect("its pixels");
    ([rgb[0], rgb[1], rgb[2]], rgb.chunks_exact(3).filter(|pixel| *pixel == color).count())
}

#[test]
fn a_card_has_colours_and_fonts_of_a_brand() {
    let text = json!({"heading": "Water first", "lines": ["It runs downhill."], "emphasis": ["first"]});
    let look = json!({"background": "#0a2a43", "text": "#ffffff", "accent": "#ff7a00"});
    let dressed = json!({"text": text, "short_side": 240, "look": look});
    let (_, bytes) = picture(&run(dressed));
    let (corner, stressed) = pixels(&bytes, [0xff, 0x7a, 0x00]);
    assert_eq!(corner, [0x0a, 0x2a, 0x43]);
    assert!(stressed > 50, "{stressed} pixels are stressed");

    // Each family looks otherwise, and so does a font file.
    let mut seen = vec![bytes];
    for font in ["serif", "mono"] {
        let mut look = look.clone();
        (look["heading"], look["body"]) = (json!({"family": font}), json!({"family": font}));
        seen.push(picture(&run(json!({"text": text, "short_side": 240, "look": look}))).1);
    }
    let file = std::fs::read("fonts/serif-display-regular.ttf").expect("a font");
    seen.push(picture(&with_font(&text, &file)).1);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

/// A card with a heading in the font of a file.
fn with_font(text: &Value, file: &[u8]) -> Run {
    let blob = run(json!({"text": {}})).host().put("font/ttf", file);
    let request = json!({"text": text, "short_side": 240, "look": {"heading": {"file": blob}}});
    let mut run = Run::new(studio_plugin_cards::plugin(), Role::Image, request);
    run.host().put("font/ttf", file);
    run.auto(|_| Vec::new()).expect("a card takes one turn");
    run
}

#[test]
fn a_file_that_is_no_font_is_refused_and_faint_colours_are_told() {
    let error = with_font(&json!({"heading": "Rice"}), b"no font").response::<Image>().expect_err("a refusal");
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("cards.font", Some("look.heading.file")));
    // A font without Latin letters sets none: what it lacks is taken from another only sign by sign.
    let hebrew = std::fs::read("fonts/hebrew.ttf").expect("a font");
    let error = with_font(&json!({"heading": "Rice"}), &hebrew).response::<Image>();
    assert!(error.is_err_and(|e| e.code == "cards.font"));
    let faint =
        json!({"text": {"heading": "Rice"}, "short_side": 240, "look": {"background": "#ffffff", "text": "#eeeeee"}});
    let run = run(faint);
    picture(&run);
    assert!(run.host().log_seen().iter().any(|(_, text)| text.contains("contrast of 1.2")));
}
