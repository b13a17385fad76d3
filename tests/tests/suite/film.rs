//! A text becomes a film: the file is right, what is kept is kept, and what changed is all that is made again.

use std::fs;

use studio_tests::{Home, events::places, media, short};

const FRAME: f64 = 1.0 / 30.0;

/// What `plan` says would run, sorted.
fn planned(home: &Home, text: &str) -> Vec<String> {
    let plan = home.json(&["plan", "rice", "--text", text]);
    assert_eq!(plan["complete"], true, "{plan}");
    let nodes = plan["nodes"].as_array().expect("nodes");
    let open = nodes.iter().filter(|n| n["verdict"] != "kept");
    assert!(open.clone().all(|n| n["why"] == "changed"), "{plan}");
    open.map(|n| n["slot"].as_str().expect("a slot").to_owned()).collect()
}

#[test]
fn a_text_becomes_a_film() {
    let home = Home::new();
    let ran = short::run(short::project(&home));
    assert!(places(&ran.events(), "failed").is_empty());
    let film = media::probe(&short::delivered(&home, "mp4"));

    let video = |name: &str| film.video[name].as_str().unwrap_or_default().to_owned();
    assert_eq!([video("codec_name"), video("pix_fmt"), video("r_frame_rate")], ["h264", "yuv420p", "30/1"]);
    assert_eq!((&film.video["width"], &film.video["height"]), (&854.into(), &480.into()));
    let audio = |name: &str| film.audio[name].as_str().unwrap_or_default().to_owned();
    assert_eq!([audio("codec_name"), audio("sample_rate")], ["aac", "48000"]);
    let place = |name: &str| film.boxes.iter().position(|b| b == name).expect("a box");
    assert!(place("moov") < place("mdat"), "faststart: {:?}", film.boxes);
    media::decodes(&short::delivered(&home, "mp4")).expect("it decodes");

    // Each scene is as long as its speech and the pads around it, in whole frames that are counted phrase by phrase.
    let scenes = short::lasting(&home, short::TEXT);
    assert_eq!(film.frames, scenes.iter().sum::<u64>(), "{scenes:?}");
    let length = film.frames as f64 * FRAME;
    assert!((film.seconds.0 - length).abs() < 1e-3, "{:?}", film.seconds);
    assert!((film.seconds.1 - length).abs() <= FRAME, "sound {:?} of a picture of {length}", film.seconds);
    let loudness = media::loudness(&short::delivered(&home, "mp4"));
    assert!((loudness + 14.0).abs() <= 1.0, "{loudness} LUFS");

    for extension in ["srt", "vtt"] {
        let text = fs::read_to_string(short::delivered(&home, extension)).expect("captions");
        let cues = media::cues(&text);
        assert!(cues.len() >= 3, "{text}");
        assert!(cues.iter().all(|(from, to)| 0.0 <= *from && from < to && *to <= length + 1e-3), "{text}");
        assert!(cues.windows(2).all(|w| w[0].1 <= w[1].0 + 1e-3), "{text}");
        assert!(text.contains("Nothing is pumped."), "{text}");
        // A cue of every scene lies where that scene is.
        let mut start = 0;
        for frames in &scenes {
            let (from, to) = (start as f64 * FRAME, (start + frames) as f64 * FRAME);
            assert!(cues.iter().any(|c| from <= c.0 && c.1 <= to + 1e-3), "none in {from}–{to}: {text}");
            start += frames;
        }
    }
}

#[test]
fn a_second_run_keeps_everything() {
    let home = Home::new();
    short::run(short::project(&home));
    let first = short::files(&home);
    let again = short::run(&home);
    let events = again.events();
    assert_eq!(places(&events, "running"), [""; 0]);
    assert!(places(&events, "kept").contains(&"publish".to_owned()), "{again:#?}");
    assert!(first == short::files(&home));

    let film = short::delivered(&home, "mp4");
    fs::remove_file(&film).expect("the film goes");
    fs::write(short::delivered(&home, "srt"), "spoilt").expect("the captions too");
    let restored = short::run(&home);
    assert_eq!(places(&restored.events(), "running"), [""; 0]);
    assert!(first == short::files(&home), "the files are not as they were");
}

#[test]
fn a_changed_sentence_makes_only_what_hangs_on_it() {
    let home = Home::new();
    short::run(short::project(&home));
    let text = home.file("changed.md", short::TEXT.replace("cut the rice by hand", "cut the stalks with great care"));
    // The list of nodes that stand above the change (the storyboard, the whole film) and those that it is made of.
    let wanted = ["harvest-1/tts", "llm", "publish", "render", "render/body-harvest-1.2", "render/mux", "render/sound"];
    assert_eq!(planned(&home, &text), wanted);
    let ran = home.studio(&["run", "rice", "--text", &text, "--events", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(places(&ran.events(), "running"), wanted);
    let film = media::probe(&short::delivered(&home, "mp4"));
    assert_eq!(film.boxes.iter().filter(|b| *b == "moov").count(), 1);
    media::decodes(&short::delivered(&home, "mp4")).expect("it decodes");

    // Back to the old text: all of it is there.
    let text = home.file("text.md", short::TEXT);
    let back = home.studio(&["run", "rice", "--text", &text, "--events", "json"]);
    assert_eq!(places(&back.events(), "running"), [""; 0]);
}

#[test]
fn a_change_of_words_on_the_card_makes_the_card_again() {
    let home = Home::new();
    short::run(short::project(&home));
    let text = home.file("changed.md", short::TEXT.replace("Every terrace holds a hand", "Every terrace keeps a foot"));
    let ran = home.studio(&["run", "rice", "--text", &text, "--events", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let wanted = [
        "llm",
        "publish",
        "render",
        "render/body-work-1",
        "render/cut-opening-1-work-1",
        "render/cut-work-1-harvest-1",
        "render/mux",
        "render/sound",
        "work-1/image",
        "work-1/tts",
    ];
    assert_eq!(places(&ran.events(), "running"), wanted);
}

#[test]
fn light_confinement_gives_the_same_bytes() {
    let (full, light) = (Home::new(), Home::new().with("STUDIO_SANDBOX", "light"));
    for home in [&full, &light] {
        short::run(short::project(home));
    }
    assert!(short::files(&full) == short::files(&light));
    let doctor = light.studio(&["doctor", "--json"]);
    let checks: Vec<serde_json::Value> = serde_json::from_str(&doctor.out).expect("JSON");
    let sandbox = checks.iter().find(|c| c["name"] == "sandbox").expect("a check of the sandbox");
    assert!(sandbox["found"].as_str().is_some_and(|f| f.starts_with("light")), "{sandbox}");
}

#[test]
fn the_shipped_script_makes_a_whole_film() {
    let home = Home::new();
    let text = home.file("text.md", "# Tea\n\nTea is a leaf.\n");
    let out = home.path().join("out").to_string_lossy().into_owned();
    home.json(&["new", "Tea", "--text", &text, "--set", "aspect=9:16", "--out", &out]);
    let summary = home.json(&["run", "tea"]);
    // Four for the scene, the film and its five pieces, two looks at it: one at its pictures, one at its sound.
    assert_eq!(summary["ran"].as_u64(), Some(12), "{summary}");
    let film = media::probe(&home.path().join("out/tea.mp4"));
    assert_eq!((&film.video["width"], &film.video["height"]), (&1080.into(), &1920.into()));
}
