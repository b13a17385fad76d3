//! Captions as tracks and files of real films, and styles that cannot be drawn.

mod studio;

use serde_json::{Value, json};
use studio::Studio;
use studio_plugin_sdk::{
    error::StageError,
    prelude::{CaptionMode, CheckState, Film, Image, RenderRequest, TimelineInput, VerifyRequest, Word},
    timeline::SceneClip,
};

fn words(text: &str) -> Vec<Word> {
    let word = |(i, text): (usize, &str)| {
        let start = 0.2 + 0.4 * i as f64;
        Word { text: text.into(), start, end: start + 0.35, speaker: String::new() }
    };
    text.split(' ').enumerate().map(word).collect()
}

fn request(studio: &Studio, text: &str, style: Value) -> RenderRequest {
    let draw = "color=navy:s=640x360,drawgrid=w=40:h=40:c=white@0.3";
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", draw, "-frames:v", "1", "card.png"]);
    let image = studio.keep("card.png", "image/png");
    let scene = SceneClip {
        id: "only".into(),
        picture: Some(Image { image, width: 640, height: 360, ..Image::default() }),
        captions: words(text),
        seconds: Some(4.0),
        ..SceneClip::default()
    };
    RenderRequest {
        timeline: TimelineInput::Scenes(vec![scene]),
        preset: "draft-480p".into(),
        caption_style: (!style.is_null()).then(|| serde_json::from_value(style).unwrap()),
        ..RenderRequest::default()
    }
}

fn text(studio: &Studio, blob: Option<&studio_plugin_sdk::blob::Blob>) -> String {
    String::from_utf8(studio.bytes(blob.unwrap())).unwrap()
}

fn streams(studio: &Studio, film: &Film) -> Vec<Value> {
    studio.save(&film.video, "film.mp4");
    let args = ["-v", "error", "-show_streams", "-of", "json", "film.mp4"];
    let info: Value = serde_json::from_str(&studio.tool("ffprobe", &args)).unwrap();
    info["streams"].as_array().unwrap().clone()
}

#[test]
fn soft_captions_are_a_track_with_a_language_and_the_film_passes() {
    let studio = Studio::new();
    let mut request = request(&studio, "Reis wächst im Wasser, sagt man.", Value::Null);
    request.captions = CaptionMode::Soft;
    request.language = "de-AT".into();
    let film = studio.render(&request).unwrap();
    let streams = streams(&studio, &film);
    assert_eq!(streams.len(), 3);
    assert_eq!((&streams[2]["codec_name"], &streams[2]["tags"]["language"]), (&json!("mov_text"), &json!("deu")));
    studio.tool("ffmpeg", &["-v", "error", "-y", "-i", "film.mp4", "-map", "0:s:0", "out.srt"]);
    let out = std::fs::read_to_string(studio.path().join("out.srt")).unwrap();
    assert_eq!(out.trim(), text(&studio, film.srt.as_ref()).trim());
    assert!(text(&studio, film.ass.as_ref()).contains("Dialogue: 1,"));
    let words: Value = serde_json::from_str(&text(&studio, film.words.as_ref())).unwrap();
    assert_eq!(words["captions"][0]["words"][1]["text"], "wächst");
    assert!(film.caption_style.is_none());
    let report =
        studio.verify(&VerifyRequest { film, timeline: request.timeline.clone(), ..VerifyRequest::default() }).unwrap();
    let bad: Vec<_> = report.checks.iter().filter(|check| check.state == CheckState::Fail).collect();
    assert!(bad.iter().all(|check| check.name == "streams" || check.name == "loudness"), "{bad:#?}");
}

#[test]
fn two_languages_are_two_tracks_and_an_edit_of_a_keyword_renders_what_says_it() {
    let studio = Studio::new();
    let style = json!({ "kind": "karaoke" });
    let mut request = request(&studio, "Rice grows 🌾 in water.", style);
    request.captions = CaptionMode::BurntSoft;
    (request.language, request.translation_language) = ("en".into(), "ja".into());
    let TimelineInput::Scenes(scenes) = &mut request.timeline else { unreachable!() };
    scenes[0].translation = vec![Word { text: "Reis wächst".into(), start: 0.2, end: 2.0, speaker: String::new() }];
    let film = studio.render(&request).unwrap();
    let languages: Vec<_> = streams(&studio, &film)[2..].iter().map(|s| s["tags"]["language"].clone()).collect();
    assert_eq!(languages, ["eng", "jpn"]);
    let second = film.translation.clone().unwrap();
    assert_eq!(second.language, "ja");
    let (srt, vtt) = (text(&studio, Some(&second.srt)), text(&studio, Some(&second.vtt)));
    assert!(srt.contains("Reis wächst") && srt.contains(" --> ") && vtt.starts_with("WEBVTT"), "{srt}{vtt}");
    assert!(vtt.contains("Reis wächst") && !text(&studio, film.srt.as_ref()).contains("Reis"));
    let before: Vec<String> = studio.ran.borrow_mut().drain(..).collect();
    assert!(before.iter().any(|id| id.starts_with("body-only")), "{before:?}");
    for (keyword, again) in [("barley", 0), ("water", 1)] {
        let style = json!({ "kind": "karaoke", "keywords": [keyword] });
        request.caption_style = Some(serde_json::from_value(style).unwrap());
        studio.render(&request).unwrap();
        let ran: Vec<String> = studio.ran.borrow_mut().drain(..).collect();
        assert_eq!(ran.iter().filter(|id| id.starts_with("body")).count(), again, "{keyword}: {ran:?}");
    }
    let report =
        studio.verify(&VerifyRequest { film, timeline: request.timeline, ..VerifyRequest::default() }).unwrap();
    for name in ["safe_area", "glyphs", "caption_words", "caption_times"] {
        let check = report.checks.iter().find(|check| check.name == name).unwrap();
        assert_eq!(check.state, CheckState::Pass, "{check:#?}");
    }
}

#[test]
fn styles_that_cannot_be_drawn_are_refused_with_their_field() {
    let studio = Studio::new();
    let refused = |style: Value| -> StageError { studio.render(&request(&studio, "Rice", style)).unwrap_err() };
    let found = |style: Value| {
        let error = refused(style);
        (error.code.clone(), error.field.clone().unwrap_or_default())
    };
    let is = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    assert_eq!(found(json!("wobble")), is("caption.style", "caption_style"));
    assert_eq!(found(json!({ "from": "pop" })), is("caption.style", "caption_style.from"));
    assert_eq!(found(json!({ "scale": 9 })), is("caption.style", "caption_style.scale"));
    assert_eq!(found(json!({ "font": "Papyrus" })), is("caption.font", "caption_style.font"));
    let font = studio.host.put("font/ttf", b"no font at all");
    assert_eq!(found(json!({ "font_file": font })), is("caption.font", "caption_style.font_file"));
    let language = RenderRequest { language: "klingon".into(), ..request(&studio, "Rice", Value::Null) };
    assert_eq!(studio.render(&language).unwrap_err().code, "caption.language");
}
