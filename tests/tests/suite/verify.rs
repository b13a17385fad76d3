//! Films are looked at: by hand, from the command line, and before they are published.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use studio_tests::{Home, short};

/// A film of four seconds with a filter over its picture.
fn film(home: &Home, name: &str, picture: &str) -> String {
    let path = home.path().join(name);
    let graph = format!("[0:v]{picture}[v];[1:a]tremolo=f=5:d=0.4,volume=10.2dB,aformat=channel_layouts=stereo[a]");
    let args = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=4", "-f", "lavfi", "-i"];
    let sound =
        ["sine=frequency=220:sample_rate=48000:duration=4", "-filter_complex", &graph, "-map", "[v]", "-map", "[a]"];
    let rest = ["-pix_fmt", "yuv420p", "-colorspace", "bt709", "-preset", "ultrafast", "-movflags", "+faststart"];
    let ran = Command::new("ffmpeg").args(args).args(sound).args(rest).arg(&path).status().expect("ffmpeg");
    assert!(ran.success());
    path.to_string_lossy().into_owned()
}

/// What `--json` says of a film, and what it exits with.
fn looked(home: &Home, args: &[&str]) -> (Option<i32>, Value) {
    let ran = home.studio(&[&["verify", "--json"], args].concat());
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:#?}"));
    (ran.code, report)
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}: {report:#}"))
}

#[test]
fn a_file_is_looked_at_and_a_fault_is_told_to_scripts_and_people() {
    let home = Home::new();
    let clean = film(&home, "clean.mp4", "null");
    let (code, report) = looked(&home, &[&clean]);
    assert_eq!((code, &report["state"]), (Some(0), &json!("pass")), "{report:#}");
    assert_eq!(report["facts"]["video"]["rate"], "30/1");

    let black = film(&home, "black.mp4", "drawbox=color=black:t=fill:enable='between(t,1,2)'");
    let (code, report) = looked(&home, &[&black]);
    assert_eq!((code, &report["state"]), (Some(1), &json!("fail")));
    let found = check(&report, "black");
    assert!((found["where"][0]["start"].as_f64().expect("a time") - 1.0).abs() < 0.1, "{found}");
    let told = home.studio(&["verify", &black]);
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("✗ fail") && told.out.contains("at 0:01.0–0:02.0"), "{}", told.out);

    let srt = home.file("bad.srt", "1\n00:00:00,000 --> 00:00:02,000\nOne\n\n2\n00:00:01,000 --> 00:00:03,000\nTwo\n");
    let (code, report) = looked(&home, &[&clean, "--captions", &srt]);
    assert_eq!((code, &check(&report, "caption_times")["state"]), (Some(1), &json!("fail")));
    let expect = home.file("expect.json", r#"{"seconds": 4, "loudness": -23}"#);
    let (code, report) = looked(&home, &[&clean, "--expect", &expect]);
    assert_eq!((code, &check(&report, "loudness")["state"]), (Some(1), &json!("fail")));
    assert_eq!(check(&report, "length")["state"], "pass");
    // A warning alone is no failure.
    let (code, report) = looked(
        &home,
        &[
            &film(&home, "stuck.mp4", "loop=loop=200:size=1:start=20,trim=end_frame=120,setpts=N/30/TB"),
            "--expect",
            &home.file("moves.json", r#"{"moving": [{"start": 0, "end": 4}]}"#),
        ],
    );
    assert_eq!((code, &report["state"]), (Some(0), &json!("warn")), "{report:#}");
}

#[test]
fn what_cannot_be_looked_at_is_named() {
    let home = Home::new();
    home.fails(&["verify", "no/film.mp4"]).is(2, "usage").says("no/film.mp4");
    home.fails(&["verify", "nobody"]).is(1, "not_found");
    let text = home.file("text.mp4", "no film");
    home.fails(&["verify", &text]).is(1, "verify.unreadable").says("MP4");
    let clean = film(&home, "clean.mp4", "null");
    let wrong = home.file("wrong.json", r#"{"length": 4}"#);
    home.fails(&["verify", &clean, "--expect", &wrong]).is(2, "usage").says("length");
    home.fails(&["verify", &clean, "--captions", "none.srt"]).is(2, "usage").says("none.srt");
    home.fails(&["verify", "rice", "--captions", &wrong]).is(2, "usage").says("--captions");
    assert_eq!(home.studio(&["verify", &clean, "--platform", "cinema"]).code, Some(2));
    let rate = home.file("rate.json", r#"{"rate": "fast"}"#);
    let refused = home.fails(&["verify", &clean, "--expect", &rate]);
    assert_eq!((refused.exit, refused.field.as_str()), (Some(1), "expected.rate"), "{refused:?}");
}

#[test]
fn a_projects_film_is_looked_at_with_what_its_scenes_say() {
    let home = Home::new();
    short::project(&home);
    home.fails(&["verify", "rice"]).is(1, "not_found").says("studio run rice");
    short::run(&home);
    let (code, report) = looked(&home, &["rice"]);
    assert_eq!(code, Some(0), "{report:#}");
    let known = ["length", "narration", "caption_times", "caption_words", "safe_area", "glyphs", "single_generation"];
    for name in known {
        assert_eq!(check(&report, name)["state"], "pass", "{report:#}");
    }
    // Its file is known again by its bytes.
    let file = short::delivered(&home, "mp4").to_string_lossy().into_owned();
    let (code, same) = looked(&home, &[&file]);
    assert_eq!((code, same), (Some(0), report));
    // One that was encoded again is not.
    let again = home.path().join("again.mp4").to_string_lossy().into_owned();
    let args = ["-v", "error", "-i", &file, "-c:a", "copy", "-movflags", "+faststart", &again];
    assert!(Command::new("ffmpeg").args(args).status().expect("ffmpeg").success());
    let (_, other) = looked(&home, &[&again]);
    assert_eq!(check(&other, "single_generation")["state"], "skipped");
}

#[test]
fn a_fault_stops_a_film_before_it_is_published() {
    let home = Home::new();
    let out = home.path().join("out");
    let published = |name: &str| Path::new(&out).join(name).exists();
    let run = |stop: bool| {
        let script = format!(
            "return studio.pipeline {{ title = \"Tea\", run = function(p)\n\
             local speech = tts {{ text = \"Tea is a leaf.\" }}\n\
             local card = image {{ text = {{ heading = \"Tea\" }}, short_side = 480 }}\n\
             local clips = {{ clip {{ picture = card, narration = speech, captions = speech.words }} }}\n\
             local film = render {{ timeline = clips, preset = \"draft-480p\" }}\n\
             local seen = verify {{ film = film, timeline = clips, expected = {{ loudness = -30 }}, stop = {stop} }}\n\
             return publish {{ video = seen.film, title = \"Tea\" }} end }}"
        );
        home.file("tea.lua", script)
    };
    let script = run(true);
    let new = ["new", "Tea", "--script", &script, "--out", &out.to_string_lossy()];
    home.json(&new);
    let failed = home.fails(&["run", "tea"]);
    failed.is(1, "verify.failed").says("loudness").says("verify=warn");
    assert!(!published("tea.mp4"), "it was published all the same");
    run(false);
    home.json(&["run", "tea"]);
    assert!(published("tea.mp4") && fs::metadata(out.join("tea.mp4")).expect("the film").len() > 1000);
}
