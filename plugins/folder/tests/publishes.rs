//! Drives the stage and replays its cassette.

use std::collections::BTreeMap;

use studio_plugin_folder::plugin;
use studio_plugin_sdk::{
    prelude::*,
    testkit::{self, Native, Run},
    wire::{Action, Answer, Effect},
};

fn film() -> Value {
    json!({
        "video": {"blob": "aa", "bytes": 9, "mime": "video/mp4"},
        "width": 1920, "height": 1080, "rate": "30/1", "frames": 90, "seconds": 3.0,
        "srt": {"blob": "bb", "bytes": 2, "mime": "application/x-subrip"},
        "poster": {"blob": "cc", "bytes": 3, "mime": "image/png"},
        "loudness": {"integrated": -14.1, "true_peak": -1.2},
        "chapters": [{"frame": 0, "title": "Stairs"}, {"frame": 45, "title": "Water"}],
    })
}

fn published(request: Value) -> (Vec<Effect>, Result<Publication>) {
    let mut run = Run::new(plugin(), Role::Publish, request);
    run.auto(|effect| {
        let Action::Deliver(deliver) = &effect.action else { panic!("{effect:?}") };
        let paths = deliver.files.keys().map(|name| (name.clone(), format!("/exports/{}/{name}", deliver.folder)));
        vec![Answer::Delivered { paths: paths.collect() }]
    })
    .unwrap();
    run.replay().unwrap();
    let effects = run.steps().iter().flat_map(|step| step.turn.effects.clone()).collect();
    (effects, run.response())
}

#[test]
fn a_film_is_delivered_with_what_belongs_to_it() {
    let request = json!({
        "video": film(), "title": "Stairs: \"Rice\" / Reis", "tags": ["rice"], "language": "en", "place": "films",
    });
    let (effects, publication) = published(request);
    let publication = publication.unwrap();
    assert_eq!(publication.url, "/exports/films/stairs-rice-reis.mp4");
    assert_eq!(publication.id, "films/stairs-rice-reis");
    let names: Vec<&str> = publication.files.keys().map(String::as_str).collect();
    let expected = ["stairs-rice-reis.json", "stairs-rice-reis.mp4", "stairs-rice-reis.png", "stairs-rice-reis.srt"];
    assert_eq!(names, expected);

    let Action::Deliver(deliver) = &effects[0].action else { panic!() };
    assert_eq!(deliver.folder, "films");
    let Body::Text(text) = &deliver.files["stairs-rice-reis.json"] else { panic!() };
    let data: Value = serde_json::from_str(text).unwrap();
    assert_eq!(data["title"], "Stairs: \"Rice\" / Reis");
    assert_eq!(data["chapters"][1], json!({"start": 1.5, "title": "Water"}));
    assert_eq!(data["files"]["srt"]["name"], "stairs-rice-reis.srt");
    assert_eq!((&data["fps"], &data["loudness"]["integrated"]), (&json!(30.0), &json!(-14.1)));
}

#[test]
fn captions_of_every_kind_are_delivered() {
    let mut film = film();
    for name in ["vtt", "ass", "words"] {
        film[name] = json!({"blob": name, "bytes": 2, "mime": "text/plain"});
    }
    let text = |name: &str| json!({"blob": name, "bytes": 2, "mime": "text/plain"});
    film["translation"] = json!({ "language": "pt-BR", "srt": text("s"), "vtt": text("v") });
    let publication = published(json!({ "video": film, "title": "Rice" })).1.unwrap();
    let names: Vec<&str> = publication.files.keys().map(String::as_str).collect();
    let captions = ["rice.ass", "rice.json", "rice.mp4", "rice.png", "rice.pt-BR.srt", "rice.pt-BR.vtt", "rice.srt"];
    assert_eq!(names, [&captions[..], &["rice.vtt", "rice.words.json"]].concat());
}

#[test]
fn what_cannot_be_published_is_named_before_anything_is_written() {
    let mut other = film();
    other["video"]["mime"] = json!("text/html");
    let mut rate = film();
    rate["rate"] = json!("thirty");
    for (request, field) in [
        (json!({"title": "x"}), "video"),
        (json!({"video": film(), "place": "../x"}), "place"),
        (json!({"video": other}), "video.video"),
        (json!({"video": rate}), "video.rate"),
        (json!({"video": film(), "thumbnail": {"blob": "dd", "bytes": 1, "mime": "image/tiff"}}), "thumbnail"),
    ] {
        let (effects, publication) = published(request);
        assert_eq!(publication.unwrap_err().field.as_deref(), Some(field));
        assert!(effects.is_empty());
    }
}

#[test]
fn a_thumbnail_stands_before_the_poster() {
    let request = json!({"video": film(), "thumbnail": {"blob": "dd", "bytes": 1, "mime": "image/jpeg"}});
    let files: BTreeMap<String, String> = published(request).1.unwrap().files;
    assert!(files.contains_key("film.jpg") && !files.contains_key("film.png"));
}

#[test]
fn podcasts_previews_and_sheets_have_names_of_their_own() {
    let delivered = |mime: &str, sheet: Value| {
        let mut film = film();
        film["video"]["mime"] = json!(mime);
        film["contact_sheet"] = sheet;
        let files = published(json!({"video": film})).1.unwrap().files;
        files.into_keys().filter(|name| !name.ends_with("json") && !name.ends_with("srt")).collect::<Vec<_>>()
    };
    assert_eq!(delivered("audio/mp4", Value::Null), ["film.m4a", "film.png"]);
    assert_eq!(delivered("audio/mpeg", Value::Null), ["film.mp3", "film.png"]);
    assert_eq!(delivered("image/gif", Value::Null), ["film.gif"]);
    let sheet = json!({"blob": "ee", "bytes": 3, "mime": "image/jpeg"});
    assert_eq!(delivered("video/webm", sheet), ["film-sheet.jpg", "film.png", "film.webm"]);
}

#[test]
fn a_recorded_run_replays() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes/film.json");
    testkit::check(&path, &mut Native::new(plugin())).unwrap();
}
