//! Templates: each makes a film of little, in its own way, that has nothing wrong with it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use studio_tests::{Home, media};

/// What a template made: the film's file, its data, and what `studio verify` says of it.
struct Made {
    film: media::Film,
    data: Value,
    loudness: f64,
    quiet: Vec<String>,
    captions: String,
}

/// A film of a template in draft. A fault that `verify` finds fails the run.
fn made(home: &Home, template: &str, text: &str, set: &[&str]) -> Made {
    let out = home.path().join("out");
    let file = home.file("text.md", text);
    let mut args =
        vec!["new", "Made", "--template", template, "--out", out.to_str().expect("UTF-8"), "--set", "draft=yes"];
    set.iter().for_each(|set| args.extend(["--set", *set]));
    if !text.is_empty() {
        args.extend(["--text", &file]);
    }
    home.json(&args);
    home.json(&["run", "made"]);
    let data = home.path().join("film.json");
    home.json(&["export", "made", "--as", "json", "-o", data.to_str().expect("UTF-8")]);
    let data = serde_json::from_slice(&std::fs::read(data).expect("the film's data")).expect("JSON");
    let file = |extension: &str| {
        studio_tests::files::below(&out).into_iter().find(|path| path.extension().is_some_and(|e| e == extension))
    };
    let film = file("mp4").expect("a film");
    // Where nobody speaks there are none.
    let captions = file("srt").map(|path| std::fs::read_to_string(path).expect("captions")).unwrap_or_default();
    let (loudness, quiet) = (media::loudness(&film), silences(&film));
    Made { film: media::probe(&film), data, loudness, quiet, captions }
}

/// Stretches of more than two seconds in which nothing is heard, as FFmpeg tells them.
fn silences(film: &PathBuf) -> Vec<String> {
    let args = ["-nostdin", "-hide_banner", "-vn", "-af", "silencedetect=n=-50dB:d=2", "-f", "null", "-"];
    let out = Command::new("ffmpeg").arg("-i").arg(film).args(args).output().expect("ffmpeg");
    let said = String::from_utf8_lossy(&out.stderr);
    said.lines().filter(|line| line.contains("silence_start")).map(ToOwned::to_owned).collect()
}

/// A file that FFmpeg makes: of a picture one frame, of a sound all of it.
fn media_file(home: &Home, name: &str, source: &str) -> String {
    let path = home.path().join(name);
    let one: &[&str] = if Path::new(name).extension().is_some_and(|e| e == "wav") { &[] } else { &["-frames:v", "1"] };
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", source]).args(one).arg(&path);
    assert!(command.status().expect("ffmpeg").success());
    path.to_string_lossy().into_owned()
}

impl Made {
    fn chapters(&self) -> Vec<&str> {
        let chapters = self.data["chapters"].as_array().map(Vec::as_slice).unwrap_or_default();
        chapters.iter().filter_map(|chapter| chapter["title"].as_str()).collect()
    }

    /// Is it of that size, heard as loud as it is to be, never silent, and as long in sound as in picture?
    #[track_caller]
    fn is_sound(&self, width: u64, height: u64) {
        let size = (self.film.video["width"].as_u64(), self.film.video["height"].as_u64());
        assert_eq!(size, (Some(width), Some(height)));
        assert!((self.loudness + 14.0).abs() <= 0.5, "{} LUFS", self.loudness);
        assert_eq!(self.quiet, [""; 0]);
        assert!((self.film.seconds.0 - self.film.seconds.1).abs() < 0.05, "{:?}", self.film.seconds);
    }
}

#[test]
fn an_explainer_has_a_chapter_for_each_part() {
    let home = Home::new();
    let text = "# Rain\n\nIt falls.\n\n## Why\n\nWarm air **holds water**.\n\n## How\n\n1. It rises: Up it goes.\n\
        2. It cools: Drops form.\n\n## In short\n\n- Up\n- Down\n";
    let made = made(&home, "explainer", text, &[]);
    made.is_sound(854, 480);
    assert_eq!(made.chapters(), ["Rain", "Why", "How", "In short"]);
    assert!(made.captions.contains("Drops form."), "{}", made.captions);
}

#[test]
fn a_listicle_counts_down_in_a_tall_frame() {
    let home = Home::new();
    let text = "# Two things\n\nBoth are free.\n\n- Sleep: It mends.\n- Walk: It clears the head.\n";
    let made = made(&home, "listicle", text, &["order=down", "aspect=9:16", "closing=And yours?"]);
    made.is_sound(480, 854);
    assert_eq!(made.chapters(), ["Two things", "Walk", "Sleep", "And yours?"]);
    assert!(made.captions.contains("2. Walk.") && made.captions.contains("1. Sleep."), "{}", made.captions);
}

#[test]
fn a_quote_is_spoken_or_shown_with_music_alone() {
    let home = Home::new();
    let picture = media_file(&home, "sky.png", "gradients=s=640x360:c0=navy:c1=orange");
    let text = "> Water is patient.\n> — Proverb\n";
    let spoken = made(&home, "quote", text, &[&format!("picture={picture}")]);
    spoken.is_sound(480, 854);
    assert_eq!(spoken.chapters(), ["Proverb"]);
    let home = Home::new();
    let music = media_file(&home, "bed.wav", "sine=frequency=220:duration=3");
    let set = ["spoken=no", "aspect=1:1", &format!("music={music}")];
    let shown = made(&home, "quote", "Water is patient. — Proverb\n", &set);
    assert_eq!(shown.captions, "");
    assert!((shown.film.seconds.0 - 4.0).abs() < 0.1, "{:?}", shown.film.seconds);
    assert!((shown.loudness + 14.0).abs() <= 0.5, "{} LUFS", shown.loudness);
}

#[test]
fn a_product_is_shown_in_its_pictures_and_offered() {
    let home = Home::new();
    let one = media_file(&home, "one.png", "testsrc2=s=640x360");
    let two = media_file(&home, "two.jpg", "testsrc=s=360x640");
    let text = "# Halo\n\nA lamp.\n\n## Warm\n\nAt night.\n\n## Cool\n\nBy day.\n";
    let pictures = format!("pictures={one},{two}");
    let made = made(&home, "product", text, &[&pictures, "price=€ 89", "action=Order today"]);
    made.is_sound(854, 480);
    assert_eq!(made.chapters(), ["Halo", "Warm", "Cool", "Offer"]);
    assert!(made.captions.contains("Order today."), "{}", made.captions);
}

#[test]
fn a_podcast_clip_is_as_long_as_it_is_told_and_has_its_words_in_time() {
    let home = Home::new();
    let sound = media_file(&home, "talk.wav", "aevalsrc='0.4*sin(500*t)*(0.6+0.4*sin(9*t))':d=8");
    let transcript = home.file(
        "talk.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nNot this.\n\n2\n00:00:02,500 --> 00:00:04,000\nOnly these words.\n",
    );
    let set = [&format!("audio={sound}"), &format!("transcript=@{transcript}"), "start=2", "title=Words", "show=Talk"];
    let made = made(&home, "podcast", "", &set.map(|s| s as &str));
    made.is_sound(480, 854);
    // From its start to where the transcript ends, and a pad on both sides.
    assert!((made.film.seconds.0 - 2.6).abs() < 0.1, "{:?}", made.film.seconds);
    assert!(made.captions.contains("Only these words.") && !made.captions.contains("Not this"), "{}", made.captions);
    let cues = media::cues(&made.captions);
    assert!((cues[0].0 - 0.8).abs() < 0.1, "half a second after the clip's pad: {cues:?}");
}

#[test]
fn a_story_has_a_page_for_each_paragraph() {
    let home = Home::new();
    let text = "# The crow\n\nShe was thirsty.\n\nShe dropped a **stone**.\n";
    let made = made(&home, "story", text, &["author=Aesop", "aspect=1:1"]);
    made.is_sound(480, 480);
    assert_eq!(made.chapters(), ["The crow", "1", "2", "The end"]);
}

#[test]
fn templates_are_listed_and_told_apart_from_what_is_none() {
    let home = Home::new();
    let all = home.json(&["templates"]);
    let all = all.as_array().expect("a list");
    let names: Vec<&str> = all.iter().filter_map(|t| t["script"].as_str()).collect();
    assert_eq!(names, ["explainer", "listicle", "podcast", "product", "quote", "story"]);
    assert!(all.iter().all(|t| t["help"].as_str().is_some_and(|help| !help.is_empty())), "{all:?}");
    let quote = home.json(&["templates", "quote"]);
    let first = &quote["params"][0];
    assert_eq!((first["name"].as_str(), first["kind"].as_str()), (Some("text"), Some("text")));
    home.fails(&["new", "X", "--template", "nonesuch"]).is(1, "not_found").says("listicle");
    let list = home.json(&["new", "List", "--template", "listicle", "--set", "text=Nothing to count here."]);
    home.fails(&["run", list["slug"].as_str().expect("a slug")]).is(1, "script.runtime").says("has no list");
    let gone = home.json(&["new", "Gone", "--template", "story", "--set", "pictures=/nowhere.png"]);
    home.fails(&["run", gone["slug"].as_str().expect("a slug")]).says("pictures");
}

#[test]
fn pictures_of_a_project_go_along_when_it_is_packed() {
    let home = Home::new();
    let one = media_file(&home, "one.png", "testsrc2=s=64x36");
    let two = media_file(&home, "two.png", "testsrc=s=64x36");
    home.json(&["new", "Halo", "--template", "product", "--set", &format!("pictures={one}, {two}")]);
    assert_eq!(home.json(&["show", "halo"])["params"]["pictures"], serde_json::json!([one, two]));
    let packed = home.path().join("halo.studio").to_string_lossy().into_owned();
    home.json(&["pack", "halo", "-o", &packed]);
    let other = Home::new();
    other.json(&["unpack", &packed]);
    let params = other.json(&["show", "halo"])["params"].clone();
    let pictures: Vec<&str> = params["pictures"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let bytes = |path: &str| std::fs::read(other.store().join(path.strip_prefix("store:").expect("below the store")));
    assert_eq!(pictures.len(), 2, "{params}");
    assert_eq!(bytes(pictures[0]).expect("the first"), std::fs::read(one).expect("it"));
    assert_eq!(bytes(pictures[1]).expect("the second"), std::fs::read(two).expect("it"));
}
