//! Brands: all of one is in every film that has it; a version changes nothing until somebody says so, and then what it
//! touches and nothing else.

use std::{fs, path::PathBuf};

use rustix::process::Signal;
use serde_json::{Value, json};
use studio_tests::{Control, Home, control::serve, media::Frame, workspace};

const TEXT: &str = "# Cold brew\n\nCold brew takes a night.\n\n## Pour\n\nIce first, then coffee.\n";

/// The colours of the shipped brand: its cards, what it stresses, and the grounds of intro and outro.
const GROUND: [u8; 3] = [0x0a, 0x2a, 0x43];
const ACCENT: [u8; 3] = [0xff, 0x7a, 0x00];
const INTRO: [u8; 3] = [0xff, 0xf6, 0xea];
const OUTRO: [u8; 3] = ACCENT;
/// The seconds of intro and outro.
const EDGE: f64 = 2.0;
/// A place without a mark, in every shape.
const CORNER: (f64, f64) = (0.02, 0.02);

fn example() -> PathBuf {
    workspace().join("examples/brand")
}

/// A home with the shipped brand, and a project that uses it and another shape as well.
fn branded() -> Home {
    let home = Home::new();
    let saved = home.json(&["brand", "save", "harbour", &example().to_string_lossy()]);
    assert_eq!((&saved["name"], &saved["version"]), (&json!("harbour"), &json!(1)));
    let text = home.file("text.md", TEXT);
    let out = home.path().join("out").to_string_lossy().into_owned();
    let new = ["new", "Cold brew", "--text", &text, "--out", &out, "--brand", "harbour", "--profile", "draft"];
    let made = home.json(&[&new[..], &["--set", "formats=shorts-1080p"]].concat());
    assert_eq!(made["brand"], json!({ "name": "harbour", "version": 1 }));
    home
}

fn run(home: &Home) -> Value {
    home.json(&["run", "cold-brew"])
}

/// The film of the project, and the same in the other shape.
fn films(home: &Home) -> [PathBuf; 2] {
    let out = home.path().join("out");
    let in_folder = |folder: PathBuf| {
        let mut found = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("a file").path());
        found
            .find(|path| path.extension().is_some_and(|e| e == "mp4"))
            .unwrap_or_else(|| panic!("no film: {}", folder.display()))
    };
    [in_folder(out.clone()), in_folder(out.join("shorts-1080p"))]
}

/// The middle of each scene, in seconds, without intro and outro.
fn middles(home: &Home) -> Vec<f64> {
    let file = home.path().join("film.json");
    home.json(&["export", "cold-brew", "--as", "json", "-o", &file.to_string_lossy()]);
    let film: Value = serde_json::from_slice(&fs::read(file).expect("the data")).expect("JSON");
    let frames = film["frames"].as_f64().expect("frames");
    // The intro stands under the film's title, which is that of the first scene, too.
    let chapters = film["chapters"].as_array().expect("chapters").iter().filter_map(|c| c["frame"].as_f64()).skip(1);
    let starts: Vec<f64> = [EDGE * 30.0].into_iter().chain(chapters).chain([frames - EDGE * 30.0]).collect();
    assert_eq!(film["chapters"][0], json!({ "frame": 0, "title": "Cold brew" }), "{film}");
    starts.windows(2).map(|two| (two[0] + two[1]) / 60.0).collect()
}

/// The film in time, as interfaces show it.
fn timeline(home: &Home) -> Value {
    let serving = serve(home, &[]);
    let timeline = Control::connect(home).patiently("timeline.get", &json!({ "project": "cold-brew" })).expect("it");
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    timeline
}

/// Where the logo's colour is seen: beside the wave in it.
fn logo(shape: usize, corner: &str) -> (f64, f64) {
    // Its middle, in shares of the frame: within what is free of platforms, 0.1 of the shorter side high.
    let (right, top, left, bottom, high, wide) =
        [(0.965, 0.05, 0.035, 0.95, 0.1, 0.05625), (0.86, 0.115, 0.06, 0.76, 0.05625, 0.1)][shape];
    let x = if corner.ends_with("right") { right - wide / 2.0 } else { left + wide / 2.0 };
    let y = if corner.starts_with("top") { top + high / 2.0 } else { bottom - high / 2.0 };
    // Between its two waves.
    (x, y - high * 0.35)
}

/// What a plan would run, by role.
fn planned(home: &Home, more: &[&str]) -> Vec<String> {
    let plan = home.json(&[&["plan", "cold-brew"], more].concat());
    let open = plan["nodes"].as_array().expect("nodes").iter().filter(|node| node["verdict"] != "kept");
    let mut roles: Vec<String> = open.map(|node| node["role"].as_str().expect("a role").to_owned()).collect();
    roles.sort();
    roles.dedup();
    roles
}

/// Exports the brand, changes its file, and saves it again.
fn edit(home: &Home, folder: &str, change: impl Fn(String) -> String) -> Value {
    let folder = home.path().join(folder).to_string_lossy().into_owned();
    let written = home.json(&["brand", "export", "harbour", &folder]);
    let path = PathBuf::from(written["path"].as_str().expect("a path"));
    let text = fs::read_to_string(&path).expect("the kit");
    let changed = change(text.clone());
    assert_ne!(changed, text, "nothing was changed");
    fs::write(&path, changed).expect("the kit");
    home.json(&["brand", "save", "harbour", &folder])
}

#[test]
fn every_film_has_all_of_it_and_a_version_changes_what_it_touches() {
    let home = branded();
    run(&home);
    let middles = middles(&home);
    assert_eq!(middles.len(), 2);
    for (shape, film) in films(&home).iter().enumerate() {
        let last = studio_tests::media::probe(film).seconds.0 - 0.2;
        // In the tall film the intro has a blurred enlargement of itself above and below.
        Frame::at(film, 0.2).is((0.5, [0.361, 0.4][shape]), [ACCENT, INTRO][shape]);
        Frame::at(film, last).is((0.1, 0.5), OUTRO);
        if shape == 0 {
            Frame::at(film, 0.2).is(CORNER, INTRO).is(logo(shape, "top_right"), INTRO);
        }
        for at in &middles {
            Frame::at(film, *at).is(CORNER, GROUND).is(logo(shape, "top_right"), ACCENT);
        }
    }
    assert_eq!(run(&home)["ran"], 0, "the brand is the same");
    // Interfaces find each moment of the film in its scenes.
    let timeline = timeline(&home);
    assert_eq!(
        (&timeline["current"], timeline["scenes"].as_array().map(Vec::len)),
        (&json!(true), Some(4)),
        "{timeline}"
    );
    assert_eq!(timeline["scenes"][1]["start"], EDGE);

    // Another corner: nothing changes until the project uses it, and then pictures are encoded, and nothing else.
    let second =
        edit(&home, "second", |kit| kit.replace("top_right", "bottom_left").replace("when = \"scenes\"\n", ""));
    assert_eq!(second["version"], 2);
    assert_eq!(home.json(&["show", "cold-brew"])["newer_brand"], 2);
    assert_eq!(home.json(&["ls"])[0]["newer_brand"], 2);
    assert_eq!((run(&home)["ran"].clone(), planned(&home, &[])), (json!(0), vec![]));
    assert_eq!(planned(&home, &["--brand", "harbour"]), ["publish", "render", "verify"]);
    let project = home.json(&["brand", "use", "cold-brew", "harbour"]);
    assert_eq!(project["brand"]["version"], 2);
    assert!(home.json(&["show", "cold-brew"])["newer_brand"].is_null());
    let plan = home.json(&["plan", "cold-brew"]);
    let made = |role: &str| {
        plan["nodes"].as_array().expect("nodes").iter().any(|n| n["role"] == role && n["verdict"] != "kept")
    };
    assert!(!made("image") && !made("tts") && !made("llm"), "{plan}");
    let sound = |n: &Value| n["slot"].as_str().is_some_and(|slot| slot.ends_with("/sound")) && n["verdict"] != "kept";
    assert!(!plan["nodes"].as_array().expect("nodes").iter().any(sound), "the sound is the same: {plan}");
    run(&home);
    for (shape, film) in films(&home).iter().enumerate() {
        Frame::at(film, 0.2).is(logo(shape, "bottom_left"), ACCENT);
        for at in &middles {
            let frame = Frame::at(film, *at);
            frame.is(logo(shape, "bottom_left"), ACCENT).is(logo(shape, "top_right"), GROUND);
        }
    }

    // Another ground: cards are drawn again, and nothing is said again.
    let third = edit(&home, "third", |kit| kit.replace("background = \"#0a2a43\"", "background = \"#203010\""));
    assert_eq!(third["version"], 3);
    assert_eq!(planned(&home, &["--brand", "harbour@3"]), ["image", "publish", "render", "verify"]);
    // Back to the first: all of it is kept. An edit like any other.
    home.json(&["brand", "use", "cold-brew", "harbour@1"]);
    assert_eq!(run(&home)["ran"], 0);
    assert_eq!(home.json(&["undo", "cold-brew"])["project"]["brand"]["version"], 2);
    home.json(&["brand", "use", "cold-brew", "none"]);
    assert!(planned(&home, &[]).contains(&"image".to_owned()));
    // Saved as it is, it is no new version.
    let again = home.json(&["brand", "save", "harbour", &home.path().join("third").to_string_lossy()]);
    assert_eq!(again["version"], 3);
}

#[test]
fn an_intro_is_heard_and_music_lies_under_films_without_their_own() {
    let home = Home::new();
    let folder = home.path().join("brand");
    fs::create_dir_all(&folder).expect("a folder");
    let make = |name: &str, args: &[&str]| {
        let mut ffmpeg = std::process::Command::new("ffmpeg");
        let out = ffmpeg.args(["-nostdin", "-v", "error"]).args(args).arg(folder.join(name)).output().expect("ffmpeg");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    let tone = "sine=frequency=440:duration=1.5";
    make("intro.mp4", &["-f", "lavfi", "-i", "color=0x00aa00:s=320x180:d=1.5", "-f", "lavfi", "-i", tone, "-shortest"]);
    make("bed.wav", &["-f", "lavfi", "-i", "sine=frequency=220:duration=3"]);
    fs::copy(workspace().join("plugins/cards/fonts/mono-regular.ttf"), folder.join("own.ttf")).expect("a font");
    home.file(
        "brand/brand.toml",
        "captions = { kind = \"karaoke\", scale = 1.2 }\n[colors]\naccent = \"#00aa00\"\n\
         [fonts.body]\nfile = \"own.ttf\"\n[intro]\nfile = \"intro.mp4\"\n[music]\nfile = \"bed.wav\"\n",
    );
    let saved = home.json(&["brand", "save", "heard", &folder.to_string_lossy()]);
    let seconds = saved["kit"]["intro"]["file"]["seconds"].as_f64().expect("a length");
    assert!((seconds - 1.5).abs() < 0.1, "{saved}");
    let script = home.file(
        "heard.lua",
        "local brand = require(\"lib.brand\")\n\
         return studio.pipeline { title = \"x\", run = function()\n\
         local words = { { text = \"Rice\", start = 0.1, [\"end\"] = 0.5 } }\n\
         local card = image(brand.card { text = { heading = \"Rice\" }, short_side = 240 })\n\
         local clips = map({ { id = \"a\" } }, function()\n\
         return clip { picture = card, captions = words, seconds = 2 } end)\n\
         return render(brand.film({ timeline = clips, preset = \"draft-480p\" }, \"16:9\"))\nend }",
    );
    home.json(&["new", "Heard", "--script", &script, "--brand", "heard"]);
    let film = &home.json(&["run", "heard"])["value"];
    let style = &film["caption_style"];
    assert_eq!((&style["kind"], &style["active_color"]), (&json!("karaoke"), &json!("#00aa00")), "{style}");
    assert_eq!((&style["scale"], style["font_file"].is_object()), (&json!(1.2), true), "{style}");
    assert!((film["seconds"].as_f64().expect("seconds") - 2.0 - seconds).abs() < 0.1, "{film}");
    assert!(film["loudness"].is_object(), "it has sound: {film}");

    // The timeline that would be handed to an editor has both sounds.
    let otio = home.path().join("heard.otio");
    home.json(&["export", "heard", "--as", "otio", "-o", &otio.to_string_lossy()]);
    let text = fs::read_to_string(otio).expect("a timeline");
    assert!(text.contains("intro") && text.contains("music"), "{text}");
}

#[test]
fn what_is_wrong_with_a_brand_is_named_and_nothing_is_saved() {
    let home = Home::new();
    let folder = home.path().join("bad").to_string_lossy().into_owned();
    let save = |kit: &str| {
        home.file("bad/brand.toml", kit);
        home.fails(&["brand", "save", "bad", &folder])
    };
    home.file("bad/notes.png", "no picture at all");
    save("[logo]\nfile = \"nowhere.png\"\n").is(1, "brand.file").says("logo.file");
    save("[logo]\nfile = \"notes.png\"\n").is(1, "brand.file").says("PNG, JPEG or WebP");
    save("[intro]\nfile = \"notes.png\"\n").is(1, "brand.file").says("intro.file");
    save("[music]\nfile = \"notes.png\"\n").is(1, "brand.file").says("music.file");
    save("[fonts.body]\nfile = \"notes.png\"\n").is(1, "brand.file").says("TrueType");
    save("[fonts.body]\nfamily = \"Nobody Has This\"\n").is(1, "brand.font").says("fonts.body.family");
    save("[colors]\naccent = \"orange\"\n").is(1, "brand.kit").says("#rrggbb");
    save("[colors]\naccent = \"#ff7a0080\"\n").is(1, "brand.kit").says("colors.accent");
    save("[colors]\nhighlight = \"#ff7a00\"\n").is(1, "brand.kit").says("highlight");
    save("[logo]\nfile = \"a.png\"\nheight = 7\n").is(1, "brand.kit").says("logo.height");
    save("captions = \"wobble\"\n").is(1, "caption.style").says("karaoke");
    home.fails(&["brand", "save", "Bad Name", &folder]).is(1, "brand.name");
    home.fails(&["brand", "save", "bad@2", &folder]).is(1, "invalid_input");
    home.fails(&["brand", "save", "bad", "/nowhere/at/all"]).is(1, "file.missing");
    home.fails(&["brand", "show", "bad"]).is(1, "brand.unknown").says("there is none yet");
    assert_eq!(home.json(&["brand", "list"]), json!([]));
}

#[test]
fn a_brand_in_use_goes_only_where_that_is_said() {
    let home = branded();
    home.fails(&["brand", "use", "cold-brew", "harbour@9"]).is(1, "brand.unknown").says("newest is 1");
    home.fails(&["brand", "use", "cold-brew", "harbor"]).is(1, "brand.unknown").says("there are harbour");
    home.fails(&["plan", "cold-brew", "--brand", "harbour@0"]).is(1, "brand.name");
    home.fails(&["brand", "delete", "harbour"]).is(1, "brand.in_use").says("cold-brew");
    let folder = home.path().join("copy").to_string_lossy().into_owned();
    home.json(&["brand", "export", "harbour", &folder]);
    home.fails(&["brand", "export", "harbour", &folder]).is(1, "brand.in_the_way");
    // What nothing else names is kept for the brand's sake.
    home.json(&["store", "gc", "--now"]);
    let (was, is) = (example().join("intro.png"), home.path().join("copy/intro.png"));
    assert_eq!(fs::read(was).expect("the intro"), fs::read(is).expect("the copy"));
    home.json(&["brand", "export", "harbour@1", &home.path().join("more").to_string_lossy()]);
    assert_eq!(home.json(&["store", "check"])["faults"], json!([]));

    home.json(&["brand", "delete", "harbour", "--force"]);
    assert!(home.json(&["show", "cold-brew"])["brand"].is_null());
    // Its numbers are not given again, so nothing takes another brand for it.
    assert_eq!(home.json(&["brand", "save", "harbour", &folder])["version"], 2);
    assert_eq!(home.json(&["undo", "cold-brew"])["project"]["brand"]["version"], 1);
    home.fails(&["run", "cold-brew"]).is(1, "brand.unknown").says("studio brand use");
}

#[test]
fn a_packed_project_takes_its_brand_along() {
    let (here, there) = (branded(), Home::new());
    edit(&here, "second", |kit| kit.replace("top_right", "top_left"));
    let file = here.path().join("film.studio").to_string_lossy().into_owned();
    here.json(&["pack", "cold-brew", "-o", &file]);
    // Another brand has the name there.
    let own = there.file("own/brand.toml", "help = \"another one\"\n");
    there.json(&["brand", "save", "harbour", &own]);
    assert_eq!(there.json(&["unpack", &file])["brand"], json!({ "name": "harbour-2", "version": 1 }));
    let kit = |home: &Home, name: &str| home.json(&["brand", "show", name])["kit"].clone();
    assert_eq!(kit(&there, "harbour-2"), kit(&here, "harbour@1"));
    // The same once more is the same.
    let again = there.json(&["unpack", &file, "--as", "Again"]);
    assert_eq!(again["brand"], json!({ "name": "harbour-2", "version": 1 }));
    let folder = there.path().join("out").to_string_lossy().into_owned();
    there.json(&["brand", "export", "harbour-2", &folder]);
    assert!(there.path().join("out/logo.png").is_file());
}
