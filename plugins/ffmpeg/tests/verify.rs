//! Small films with a fault planted in each, looked at with the real FFmpeg: the fault is found and nothing else is.

mod studio;

use serde_json::{Value, json};
use studio::Studio;
use studio_plugin_sdk::prelude::{
    Blob, CaptionMode, CheckState, ErrorKind, Expected, Film, Image, Platform, RenderRequest, Report, Span, Speech,
    TimelineInput, VerifyRequest, Word,
};
use studio_plugin_sdk::{
    testkit::{self, Native},
    timeline::{Rate, SceneClip},
};

/// A moving picture and a voice-like sound, about as loud as a film is to be.
const PICTURE: &str = "testsrc2=s=320x180:r=30:d=6";
const SOUND: &str = "sine=frequency=220:sample_rate=48000:duration=6";
const LEVEL: &str = "tremolo=f=5:d=0.4,volume=10.2dB,aformat=channel_layouts=stereo";

/// A film of six seconds with filters over picture and sound, and other arguments of FFmpeg.
fn made(studio: &Studio, picture: &str, sound: &str, other: &[&str]) -> Film {
    let (video, audio) = (format!("[0:v]{picture}[v]"), format!("[1:a]{LEVEL},{sound}[a]"));
    let graph = format!("{video};{audio}");
    let mut args = vec!["-v", "error", "-y", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND];
    args.extend(["-filter_complex", &graph, "-map", "[v]", "-map", "[a]", "-pix_fmt", "yuv420p"]);
    args.extend(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-b:a", "192k"]);
    args.extend(["-preset", "ultrafast", "-movflags", "+faststart"]);
    args.extend(other);
    args.push("film.mp4");
    studio.tool("ffmpeg", &args);
    Film { video: studio.keep("film.mp4", "video/mp4"), ..Film::default() }
}

fn clean(studio: &Studio) -> Film {
    made(studio, "null", "anull", &[])
}

fn look(studio: &Studio, film: Film) -> Report {
    studio.verify(&VerifyRequest { film, ..VerifyRequest::default() }).unwrap()
}

fn state(report: &Report, name: &str) -> CheckState {
    report.checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no {name}: {report:#?}")).state
}

/// Names of the checks that did not pass, with their states.
fn faults(report: &Report) -> Vec<(&str, CheckState)> {
    let found = report.checks.iter().filter(|check| check.state >= CheckState::Warn);
    found.map(|check| (check.name.as_str(), check.state)).collect()
}

/// One fault, and about where it is.
#[track_caller]
fn only(report: &Report, name: &str, state: CheckState, place: Option<(f64, f64)>) {
    assert_eq!(faults(report), [(name, state)], "{report:#?}");
    let check = report.checks.iter().find(|check| check.name == name).unwrap();
    assert!(!check.message.is_empty() && !check.help.is_empty());
    if let Some((start, end)) = place {
        let at = check.at.first().unwrap_or_else(|| panic!("no place: {check:?}"));
        assert!((at.start - start).abs() < 0.15 && (at.end - end).abs() < 0.15, "{check:?}");
    }
}

#[test]
fn a_clean_film_passes() {
    let studio = Studio::new();
    let report = look(&studio, clean(&studio));
    assert_eq!((faults(&report), report.state), (vec![], CheckState::Pass), "{report:#?}");
    let facts = report.facts;
    assert_eq!(facts.video.as_ref().unwrap().rate, "30/1");
    assert!((facts.seconds - 6.0).abs() < 0.05 && facts.loudness.is_some() && report.film.is_none());
}

#[test]
fn a_black_second_is_found_where_it_is() {
    let studio = Studio::new();
    let black = "drawbox=color=black:t=fill:enable='between(t,2,3)'";
    only(&look(&studio, made(&studio, black, "anull", &[])), "black", CheckState::Fail, Some((2.0, 3.03)));
}

#[test]
fn a_picture_that_stands_still_is_found_where_it_was_to_move() {
    let studio = Studio::new();
    let film = made(&studio, "loop=loop=120:size=1:start=45,trim=end_frame=180,setpts=N/30/TB", "anull", &[]);
    assert_eq!(faults(&look(&studio, film.clone())), []);
    let expected: Expected = serde_json::from_value(json!({ "moving": [{ "start": 0, "end": 6 }] })).unwrap();
    let report = studio.verify(&VerifyRequest { film, expected, ..VerifyRequest::default() }).unwrap();
    only(&report, "frozen", CheckState::Warn, Some((1.5, 5.5)));

    // And any picture that nobody would look at for so long.
    let still = ["-v", "error", "-y", "-f", "lavfi", "-i", "color=teal:s=160x90:r=10:d=24", "-f", "lavfi", "-i"];
    let sound = format!("{SOUND},{LEVEL},aloop=loop=-1:size=288000,atrim=end=24");
    let rest = ["-pix_fmt", "yuv420p", "-colorspace", "bt709", "-movflags", "+faststart", "film.mp4"];
    studio.tool("ffmpeg", &[&still[..], &[&sound], &rest].concat());
    let film = Film { video: studio.keep("film.mp4", "video/mp4"), ..Film::default() };
    only(&look(&studio, film), "frozen", CheckState::Warn, Some((0.0, 24.0)));
}

#[test]
fn silence_is_found_and_weighs_more_where_somebody_speaks() {
    let studio = Studio::new();
    let film = made(&studio, "null", "volume=0:enable='between(t,1.5,4.2)'", &[]);
    only(&look(&studio, film.clone()), "silence", CheckState::Warn, Some((1.5, 4.2)));
    let expected: Expected = serde_json::from_value(json!({ "speech": [{ "start": 0.5, "end": 5.5 }] })).unwrap();
    let report = studio.verify(&VerifyRequest { film, expected, ..VerifyRequest::default() }).unwrap();
    only(&report, "silence", CheckState::Fail, Some((1.5, 4.2)));
    let end = made(&studio, "null", "volume=0:enable='gte(t,3)'", &[]);
    only(&look(&studio, end), "silence", CheckState::Warn, Some((3.0, 6.0)));
    let mute = look(&studio, made(&studio, "null", "volume=0", &[]));
    only(&mute, "silence", CheckState::Fail, Some((0.0, 6.0)));
}

#[test]
fn too_loud_and_clipped_are_told_apart() {
    let studio = Studio::new();
    let loud = look(&studio, made(&studio, "null", "volume=4dB", &[]));
    assert_eq!(state(&loud, "loudness"), CheckState::Fail);
    assert_eq!(state(&loud, "clipping"), CheckState::Pass);
    let quiet = look(&studio, made(&studio, "null", "volume=-8dB", &[]));
    only(&quiet, "loudness", CheckState::Fail, None);
    // One second far over full scale; the rest is as it should be.
    let cut = "volume=20dB:enable='between(t,2,3)',aformat=sample_fmts=s16";
    let clipped = look(&studio, made(&studio, "null", cut, &[]));
    assert_eq!(state(&clipped, "clipping"), CheckState::Fail);
    assert_eq!(state(&clipped, "true_peak"), CheckState::Fail);
    let check = clipped.checks.iter().find(|check| check.name == "clipping").unwrap();
    assert!(check.at.iter().all(|at| at.start > 1.8 && at.end < 3.2), "{check:?}");
}

#[test]
fn a_film_without_sound_or_of_uneven_frames_is_none() {
    let studio = Studio::new();
    clean(&studio);
    studio.tool(
        "ffmpeg",
        &["-v", "error", "-y", "-i", "film.mp4", "-an", "-c", "copy", "-movflags", "+faststart", "mute.mp4"],
    );
    let silent = look(&studio, Film { video: studio.keep("mute.mp4", "video/mp4"), ..Film::default() });
    only(&silent, "streams", CheckState::Fail, None);
    // Every third frame of the third second is left out, and the one before it stays.
    let uneven = "select='not(between(t,2,3)*not(mod(n,3)))'";
    let report = look(&studio, made(&studio, uneven, "anull", &["-fps_mode", "vfr"]));
    assert_eq!(state(&report, "frame_times"), CheckState::Fail, "{report:#?}");
    let check = report.checks.iter().find(|check| check.name == "frame_times").unwrap();
    assert!(check.measured.unwrap() >= 9.0 && check.at[0].start > 1.8 && check.at[0].end < 2.3, "{check:?}");
    let short = look(&studio, made(&studio, "null", "atrim=end=5.5", &[]));
    only(&short, "sync", CheckState::Fail, None);
    let late = look(&studio, made(&studio, "null", "anull", &["-movflags", "-faststart"]));
    only(&late, "fast_start", CheckState::Warn, None);
}

#[test]
fn a_damaged_film_has_errors_and_something_else_is_no_film() {
    let studio = Studio::new();
    let film = clean(&studio);
    let mut bytes = studio.bytes(&film.video);
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4000].fill(0xaa);
    let video = studio.host.put("video/mp4", &bytes);
    let report = look(&studio, Film { video, ..Film::default() });
    assert_eq!(state(&report, "decode"), CheckState::Fail, "{report:#?}");
    for bytes in [&b"no film at all"[..], b"ffconcat version 1.0\nfile /etc/passwd\n"] {
        let film = Film { video: studio.host.put("video/mp4", bytes), ..Film::default() };
        let error = studio.verify(&VerifyRequest { film, ..VerifyRequest::default() }).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::InvalidInput, "verify.unreadable"));
    }
    let none = studio.verify(&VerifyRequest::default()).unwrap_err();
    assert_eq!(none.field.as_deref(), Some("film"));
}

#[test]
fn captions_are_read_with_the_film() {
    let studio = Studio::new();
    let srt = "1\n00:00:00,500 --> 00:00:02,500\nRice grows 水\n\n2\n00:00:02,000 --> 00:00:03,000\n\
               in water that stands a hand deep all summer\n";
    let film = Film { srt: Some(studio.host.put("application/x-subrip", srt.as_bytes())), ..clean(&studio) };
    let report = look(&studio, film.clone());
    let found =
        [("caption_times", CheckState::Fail), ("caption_speed", CheckState::Warn), ("glyphs", CheckState::Warn)];
    assert_eq!(faults(&report), found, "{report:#?}");
    let expected = Expected { captions: Some(CaptionMode::Burnt), ..Expected::default() };
    let platform = Some(Platform::Shorts);
    let report = studio.verify(&VerifyRequest { film, expected, platform, ..VerifyRequest::default() }).unwrap();
    assert_eq!((state(&report, "glyphs"), state(&report, "safe_area")), (CheckState::Fail, CheckState::Fail));
}

fn speech(studio: &Studio) -> Speech {
    let source = "sine=frequency=260:sample_rate=22050:duration=2.4";
    studio
        .tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, "-af", "tremolo=f=4,volume=-9dB", "a.wav"]);
    let word = |(i, text): (usize, &str)| {
        let start = 0.1 + 0.5 * i as f64;
        Word { text: text.into(), start, end: start + 0.4, speaker: String::new() }
    };
    let words = ["Rice", "grows", "in", "water."].into_iter().enumerate().map(word).collect();
    Speech { audio: studio.keep("a.wav", "audio/wav"), seconds: 2.4, sample_rate: 22050, words, ..Speech::default() }
}

fn scenes(studio: &Studio) -> Vec<SceneClip> {
    let draw = "color=navy:s=640x360,drawgrid=w=40:h=40:c=white@0.3";
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", draw, "-frames:v", "1", "card.png"]);
    let picture: Blob = studio.keep("card.png", "image/png");
    let scene = |id: &str| {
        let narration = speech(studio);
        let scene: Value = json!({ "id": id, "transition": "dissolve" });
        SceneClip {
            picture: Some(Image { image: picture.clone(), width: 640, height: 360, ..Image::default() }),
            captions: narration.words.clone(),
            narration: Some(narration),
            ..serde_json::from_value(scene).unwrap()
        }
    };
    vec![scene("a"), scene("b")]
}

#[test]
fn what_is_rendered_passes_and_its_frames_were_encoded_once() {
    let studio = Studio::new();
    let timeline = TimelineInput::Scenes(scenes(&studio));
    let preset = "draft-480p".to_owned();
    let film =
        studio.render(&RenderRequest { timeline: timeline.clone(), preset, ..RenderRequest::default() }).unwrap();
    assert!(film.pieces.len() >= 3, "{:?}", film.pieces);
    let request = VerifyRequest { film: film.clone(), timeline, stop: true, ..VerifyRequest::default() };
    let report = studio.verify(&request).unwrap();
    assert_eq!(faults(&report), [], "{report:#?}");
    for name in ["length", "narration", "caption_words", "safe_area", "glyphs", "single_generation"] {
        assert_eq!(state(&report, name), CheckState::Pass, "{report:#?}");
    }
    assert_eq!(report.film.as_ref(), Some(&film));

    // The same film encoded once more, with the data of the first.
    studio.save(&film.video, "film.mp4");
    let again = ["-v", "error", "-y", "-i", "film.mp4", "-c:a", "copy", "-movflags", "+faststart", "again.mp4"];
    studio.tool("ffmpeg", &again);
    let twice = Film { video: studio.keep("again.mp4", "video/mp4"), ..film };
    let report = studio.verify(&VerifyRequest { film: twice.clone(), ..VerifyRequest::default() }).unwrap();
    only(&report, "single_generation", CheckState::Fail, None);
    let error = studio.verify(&VerifyRequest { film: twice, ..request }).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Permanent, "verify.failed"));
    assert!(error.message.contains("single_generation") && error.message.contains("verify=warn"), "{error}");
}

#[test]
fn a_film_is_looked_at_by_its_pieces_and_after_an_edit_only_by_what_changed() {
    let studio = Studio::new();
    // A card for thirteen seconds, twice, with one that is black between them: in pieces, since captions come and go.
    let scenes = |last: &str| {
        let picture = |colour: &str| {
            let name = format!("{colour}.png");
            let source = format!("color={colour}:s=854x480");
            studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-frames:v", "1", &name]);
            Some(Image { image: studio.keep(&name, "image/png"), ..Image::default() })
        };
        let words: Vec<Word> = (0..12)
            .map(|n| Word {
                text: format!("word{n}."),
                start: f64::from(n),
                end: f64::from(n) + 0.4,
                speaker: String::new(),
            })
            .collect();
        let scene = |id: &str, colour: &str, seconds: f64, captions: &[Word]| SceneClip {
            id: id.into(),
            picture: picture(colour),
            seconds: Some(seconds),
            captions: captions.to_vec(),
            ..SceneClip::default()
        };
        vec![
            scene("a", "teal", 13.0, &words),
            scene("b", "teal", 13.0, &[]),
            scene("c", "black", 2.0, &[]),
            scene("d", last, 3.0, &words[..3]),
        ]
    };
    let render = |last: &str| {
        let timeline = TimelineInput::Scenes(scenes(last));
        studio.render(&RenderRequest { timeline, preset: "draft-480p".into(), ..RenderRequest::default() }).unwrap()
    };
    let film = render("navy");
    assert!(film.pieces.len() >= 6, "{} pieces", film.pieces.len());
    studio.ran.borrow_mut().clear();
    let by_pieces = look(&studio, film.clone());
    let looked = studio.ran.borrow().iter().filter(|id| id.starts_with("look-")).count();
    assert!(looked >= 1, "{:?}", studio.ran.borrow());
    // The same as where all of it is decoded.
    let whole = look(&studio, Film { pieces: Vec::new(), ..film });
    for name in ["black", "frozen", "decode"] {
        let of = |report: &Report| report.checks.iter().find(|check| check.name == name).unwrap().clone();
        let (a, b) = (of(&by_pieces), of(&whole));
        assert_eq!((a.state, a.at.len()), (b.state, b.at.len()), "{a:?}, {b:?}");
        let near = |(a, b): (&Span, &Span)| (a.start - b.start).abs() < 0.05 && (a.end - b.end).abs() < 0.05;
        assert!(a.at.iter().zip(&b.at).all(near), "{a:?}, {b:?}");
    }
    assert_eq!(state(&by_pieces, "black"), CheckState::Fail);

    studio.ran.borrow_mut().clear();
    let edited = render("maroon");
    look(&studio, edited);
    let again = studio.ran.borrow().iter().filter(|id| id.starts_with("look-")).count();
    assert!(again >= 1 && (again < looked || looked == 1), "{again} of {looked}: {:?}", studio.ran.borrow());
}

#[test]
fn a_film_is_listened_to_in_parts_once_and_after_an_edit_only_to_what_sounds_otherwise() {
    let studio = Studio::new();
    let scene = |(n, hertz): (usize, u32)| {
        let name = format!("{hertz}.wav");
        // Silent over the place where parts meet, at 28.8 s.
        let level = if n == 4 { "volume=0" } else { "tremolo=f=5:d=0.4" };
        let source = format!("sine=frequency={hertz}:sample_rate=48000:duration=6");
        studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-af", level, &name]);
        studio.tool(
            "ffmpeg",
            &["-v", "error", "-y", "-f", "lavfi", "-i", "color=teal:s=160x90", "-frames:v", "1", "p.png"],
        );
        let narration = Speech { audio: studio.keep(&name, "audio/wav"), seconds: 6.0, ..Speech::default() };
        SceneClip {
            id: format!("s{n}"),
            picture: Some(Image { image: studio.keep("p.png", "image/png"), ..Image::default() }),
            narration: Some(narration),
            seconds: Some(6.0),
            ..SceneClip::default()
        }
    };
    let scenes = |last: u32| {
        let tones = [200, 230, 260, 290, 320, 350, 380, 410, 440, last];
        let timeline = TimelineInput::Scenes(tones.into_iter().enumerate().map(scene).collect());
        RenderRequest { timeline, preset: "draft-480p".into(), ..RenderRequest::default() }
    };
    // As tracks, whose sound is encoded in parts on a grid.
    let render = |last: u32| {
        let scenes = scenes(last);
        let timeline = TimelineInput::Timeline(scenes.laid_out(Rate::fps(30)).unwrap());
        studio.render(&RenderRequest { timeline, ..scenes }).unwrap()
    };
    let listened = || studio.ran.borrow_mut().drain(..).filter(|id| id.starts_with("listen-")).count();
    let film = render(470);
    assert_eq!(listened(), 5);
    let in_parts = look(&studio, film.clone());
    assert_eq!(listened(), 0, "its sound is, to the byte, what was heard when it was made");
    // The same as where all of it is decoded.
    let whole = look(&studio, Film { pieces: Vec::new(), ..film.clone() });
    let of = |report: &Report, name: &str| report.checks.iter().find(|check| check.name == name).unwrap().clone();
    for name in ["loudness", "true_peak", "clipping", "silence", "decode"] {
        let (a, b) = (of(&in_parts, name), of(&whole, name));
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() <= 0.11;
        assert!(a.state == b.state && near(a.measured, b.measured) && a.at.len() == b.at.len(), "{a:?}, {b:?}");
        let near = |(a, b): (&Span, &Span)| (a.start - b.start).abs() < 0.03 && (a.end - b.end).abs() < 0.03;
        assert!(a.at.iter().zip(&b.at).all(near), "{a:?}, {b:?}");
    }
    let silence = of(&in_parts, "silence").at;
    assert!(silence.iter().any(|span| span.start < 27.0 && span.end > 31.0), "{silence:?}");

    let edited = render(500);
    assert_eq!(listened(), 1, "only the end sounds otherwise");
    look(&studio, edited);
    // As scenes, which are each encoded by themselves.
    let by_scenes = studio.render(&scenes(470)).unwrap();
    assert!(by_scenes.sound_pieces.len() > 2);
    assert_eq!(listened(), by_scenes.sound_pieces.len());
    let report = look(&studio, by_scenes);
    assert_eq!((listened(), of(&report, "silence").state), (0, of(&in_parts, "silence").state));
    // Sound that another program cut is heard anew.
    studio.save(&film.video, "film.mp4");
    let louder = ["-v", "error", "-y", "-i", "film.mp4", "-c:v", "copy", "-af", "volume=-6dB", "-ar", "48000"];
    let rest = ["-ac", "2", "-movflags", "+faststart", "-fflags", "+bitexact", "quiet.mp4"];
    studio.tool("ffmpeg", &[&louder[..], &rest].concat());
    studio.ran.borrow_mut().clear();
    let quiet = look(&studio, Film { video: studio.keep("quiet.mp4", "video/mp4"), ..film });
    assert_eq!((state(&quiet, "single_generation"), state(&quiet, "loudness")), (CheckState::Pass, CheckState::Fail));
    assert_eq!(listened(), 5);
}

#[test]
fn recorded_runs_replay() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes");
    for name in ["verify-faults", "verify-stop", "verify-no-film"] {
        let path = folder.join(name).with_extension("json");
        testkit::check(&path, &mut Native::new(studio_plugin_ffmpeg::plugin())).unwrap();
    }
}
