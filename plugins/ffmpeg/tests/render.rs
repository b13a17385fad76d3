//! Renders small films with the real FFmpeg and looks at what came out.

mod studio;

use serde_json::{Value, json};
use studio::Studio;
use studio_plugin_sdk::{
    error::ErrorKind,
    prelude::{Blob, CaptionMode, Film, FilmMoment, Image, RenderRequest, Speech, TimelineInput, Word},
    timeline::{Clip, Item, Media, MediaTime, Rate, SceneClip, Timeline, Track, TrackKind, Transition, TransitionLook},
};

fn tone(studio: &Studio, name: &str, hertz: u32, seconds: f64) -> Speech {
    let source = format!("sine=frequency={hertz}:sample_rate=22050:duration={seconds}");
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-af", "tremolo=f=4,volume=-9dB", name]);
    Speech { audio: studio.keep(name, "audio/wav"), seconds, sample_rate: 22050, ..Speech::default() }
}

fn picture(studio: &Studio, name: &str, colour: &str, size: &str) -> Image {
    let source = format!("color={colour}:s={size},drawgrid=w=40:h=40:c=black@0.3");
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-frames:v", "1", name]);
    Image { image: studio.keep(name, "image/png"), ..Image::default() }
}

fn words(text: &str, seconds: f64) -> Vec<Word> {
    let all: Vec<&str> = text.split(' ').collect();
    let each = seconds / all.len() as f64;
    let word = |(i, text): (usize, &&str)| Word {
        text: (*text).into(),
        start: each * i as f64,
        end: each * (i as f64 + 0.9),
        speaker: String::new(),
    };
    all.iter().enumerate().map(word).collect()
}

fn scene(studio: &Studio, id: &str, text: &str, seconds: f64, look: TransitionLook) -> SceneClip {
    let hertz = 200 + 40 * u32::from(id.as_bytes()[0] % 16);
    SceneClip {
        id: id.into(),
        title: format!("Part {id}"),
        picture: Some(picture(studio, &format!("{id}.png"), ["navy", "olive", "maroon"][id.len() % 3], "640x360")),
        narration: Some(tone(studio, &format!("{id}.wav"), hertz, seconds)),
        captions: words(text, seconds),
        transition: look,
        ..SceneClip::default()
    }
}

fn request(scenes: Vec<SceneClip>) -> RenderRequest {
    let (timeline, title) = (TimelineInput::Scenes(scenes), "Three tones".into());
    RenderRequest { timeline, preset: "draft-480p".into(), title, ..RenderRequest::default() }
}

fn three(studio: &Studio) -> Vec<SceneClip> {
    vec![
        scene(studio, "a", "One two three {four} five.", 2.01, TransitionLook::Dissolve),
        scene(studio, "bb", "Six seven eight.", 1.3, TransitionLook::SlideLeft),
        scene(studio, "ccc", "Nine ten.", 0.9, TransitionLook::Cut),
    ]
}

fn probe(studio: &Studio, film: &Film) -> Value {
    studio.save(&film.video, "film.mp4");
    let args =
        ["-v", "error", "-count_packets", "-show_streams", "-show_format", "-show_chapters", "-of", "json", "film.mp4"];
    serde_json::from_str(&studio.tool("ffprobe", &args)).unwrap()
}

#[test]
fn a_film_is_exact_loud_enough_and_the_same_again() {
    let studio = Studio::new();
    let request = request(three(&studio));
    let film = studio.render(&request).unwrap();
    let frames = 79 + 57 + 45;
    assert_eq!((film.frames, film.width, film.height), (frames, 854, 480));

    let info = probe(&studio, &film);
    let stream = |i: usize, name: &str| info["streams"][i][name].as_str().unwrap_or_default().to_string();
    assert_eq!(stream(0, "nb_read_packets"), frames.to_string());
    assert_eq!(
        (stream(0, "codec_name"), stream(0, "pix_fmt"), stream(0, "profile")),
        ("h264".into(), "yuv420p".into(), "High".into())
    );
    assert_eq!((stream(0, "color_space"), stream(0, "start_time")), ("bt709".into(), "0.000000".into()));
    assert_eq!(
        (stream(1, "codec_name"), stream(1, "sample_rate"), stream(1, "start_time")),
        ("aac".into(), "48000".into(), "0.000000".into())
    );
    let seconds = f64::from(frames) / 30.0;
    for i in 0..2 {
        let length: f64 = stream(i, "duration").parse().unwrap();
        assert!((length - seconds).abs() < 1.0 / 30.0, "stream {i}: {length} s, wanted {seconds} s");
    }
    assert_eq!(info["format"]["tags"]["title"], "Three tones");
    assert_eq!(info["chapters"][1]["tags"]["title"], "Part bb");
    assert_eq!(info["chapters"][1]["start_time"], format!("{:.6}", 79.0 / 30.0));

    let loudness = film.loudness.unwrap();
    assert!((loudness.integrated + 14.0).abs() <= 0.5 && loudness.true_peak <= -1.0, "{loudness:?}");
    let decoded =
        studio.tool("ffmpeg", &["-v", "error", "-xerror", "-i", "film.mp4", "-map", "0:v", "-f", "framecrc", "-"]);
    let times: Vec<&str> =
        decoded.lines().filter(|l| !l.starts_with('#')).map(|l| l.split(',').nth(2).unwrap().trim()).collect();
    assert_eq!(times, (0..frames).map(|i| i.to_string()).collect::<Vec<_>>());

    let srt = String::from_utf8(studio.bytes(film.srt.as_ref().unwrap())).unwrap();
    assert!(srt.starts_with("1\n00:00:00,") && srt.contains("{four} five."), "{srt}");
    assert!(studio.bytes(film.vtt.as_ref().unwrap()).starts_with(b"WEBVTT"));
    assert_eq!(&studio.bytes(film.poster.as_ref().unwrap())[..2], [0xff, 0xd8]);

    let other = Studio::new();
    let again = other.render(&self::request(three(&other))).unwrap();
    assert_eq!(again.video, film.video);
    assert_eq!(again, film);
}

#[test]
fn an_edit_renders_one_scene_again() {
    let studio = Studio::new();
    let mut scenes = three(&studio);
    let before = studio.render(&request(scenes.clone())).unwrap();
    assert_eq!(
        *studio.ran.borrow(),
        ["sound", "body-a", "body-bb", "body-ccc", "cut-a-bb", "cut-bb-ccc", "poster", "mux"]
    );

    studio.ran.borrow_mut().clear();
    scenes[1] = scene(&studio, "bb", "Six, and then seven, and eight.", 1.9, TransitionLook::SlideLeft);
    let after = studio.render(&request(scenes)).unwrap();
    assert_eq!(*studio.ran.borrow(), ["sound", "body-bb", "mux"]);
    // 0.6 s are 18 frames; the end is counted from the last phrase, whose own frame is rounded.
    assert_eq!(after.frames, before.frames + 19);
}

#[test]
fn a_moment_is_what_the_film_shows_then() {
    let studio = Studio::new();
    let film = studio.render(&request(three(&studio))).unwrap();
    studio.save(&film.video, "film.mp4");
    let at =
        |seconds, height| RenderRequest { moment: Some(FilmMoment { seconds, height }), ..request(three(&studio)) };
    // In a body, under a caption, in each of both transitions, in the last frame and after it.
    for (seconds, frame) in [(0.1, 3), (1.2, 36), (2.6, 78), (4.55, 136), (6.01, 180), (99.0, 180)] {
        studio.ran.borrow_mut().clear();
        let moment = studio.render(&at(seconds, 480)).unwrap();
        assert_eq!((moment.width, moment.height, moment.video.bytes), (854, 480, 0));
        assert_eq!(*studio.ran.borrow(), Vec::<String>::new(), "nothing is rendered for it");
        studio.save(moment.poster.as_ref().unwrap(), "moment.jpg");
        let off = difference(&studio, ("moment.jpg", 0), ("film.mp4", frame), "in_w:in_h:0:0");
        assert!(off < 2.0, "frame {frame}: {off}");
        let other = difference(&studio, ("moment.jpg", 0), ("film.mp4", (frame + 90) % 181), "in_w:in_h:0:0");
        assert!(off < other / 2.0, "frame {frame}: {off}, another one {other}");
    }
    let small = studio.render(&at(1.0, 180)).unwrap();
    assert_eq!((small.width, small.height), (320, 180));
    for (seconds, height, field) in
        [(-1.0, 180, "moment.seconds"), (f64::NAN, 180, "moment.seconds"), (1.0, 9, "moment.height")]
    {
        let refused = studio.render(&at(seconds, height));
        // A request is JSON, which knows no NaN.
        if seconds.is_nan() {
            assert!(refused.is_err());
        } else {
            assert_eq!(refused.unwrap_err().field.as_deref(), Some(field));
        }
    }
}

/// Mean absolute difference of two frames in a region, 0–255.
fn difference(studio: &Studio, a: (&str, u32), b: (&str, u32), region: &str) -> f64 {
    let pick = |n: u32| format!("select=eq(n\\,{n}),crop={region},format=rgb24");
    let raw = |(file, n): (&str, u32), out: &str| {
        studio.tool(
            "ffmpeg",
            &["-v", "error", "-y", "-i", file, "-vf", &pick(n), "-frames:v", "1", "-f", "rawvideo", out],
        );
        std::fs::read(studio.path().join(out)).unwrap()
    };
    let (a, b) = (raw(a, "a.raw"), raw(b, "b.raw"));
    assert!(!a.is_empty() && a.len() == b.len());
    a.iter().zip(&b).map(|(x, y)| f64::from(x.abs_diff(*y))).sum::<f64>() / a.len() as f64
}

#[test]
fn captions_are_in_the_picture_where_and_when_they_should_be() {
    let studio = Studio::new();
    let burnt = request(three(&studio));
    let plain = RenderRequest { captions: CaptionMode::Files, ..burnt.clone() };
    studio.save(&studio.render(&burnt).unwrap().video, "burnt.mp4");
    let plain = studio.render(&plain).unwrap();
    assert!(plain.srt.is_some());
    studio.save(&plain.video, "plain.mp4");
    let at = |n, region| difference(&studio, ("burnt.mp4", n), ("plain.mp4", n), region);
    let (lower, upper) = ("400:80:227:390", "854:300:0:0");
    assert!(at(40, lower) > 20.0, "no caption: {}", at(40, lower));
    assert!(at(40, upper) < 3.0, "the caption is not only below: {}", at(40, upper));
    assert!(at(1, lower) < 3.0, "a caption before the first word: {}", at(1, lower));
    assert!(at(78, lower) < 3.0, "a caption in the transition: {}", at(78, lower));
}

#[test]
fn a_transition_goes_from_one_picture_to_the_other() {
    let studio = Studio::new();
    let film = studio.render(&RenderRequest { captions: CaptionMode::Off, ..request(three(&studio)) }).unwrap();
    assert!(film.srt.is_none());
    studio.save(&film.video, "film.mp4");
    let from_first = |n| difference(&studio, ("film.mp4", 20), ("film.mp4", n), "854:480:0:0");
    let series: Vec<f64> = (70..90).map(from_first).collect();
    assert!(series[0] < 2.0 && series[19] > 20.0, "{series:?}");
    assert!(series.windows(2).all(|p| p[1] > p[0] - 1.5), "it goes back: {series:?}");
    let step = series.windows(2).map(|p| p[1] - p[0]).fold(0.0, f64::max);
    assert!(step < series[19] / 5.0, "it jumps: {series:?}");
}

fn clip(id: &str, media: Media, frames: u32) -> Item {
    Clip { id: id.into(), media, frames, ..Clip::default() }.into()
}

fn video(studio: &Studio, rate: &str, seconds: u32) -> Blob {
    let source = format!("testsrc2=s=320x240:r={rate}:d={seconds}");
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", "clip.mp4"]);
    studio.keep("clip.mp4", "video/mp4")
}

#[test]
fn a_timeline_of_videos_gaps_and_music_renders() {
    let studio = Studio::new();
    let video = video(&studio, "24", 2);
    let fade = |look| Item::Transition(Transition { look, in_frames: 10, out_frames: 10, ..Transition::default() });
    let pictures = vec![
        clip("one", Media::Video { video: video.clone(), from: 0.5.into() }, 60),
        fade(TransitionLook::FadeBlack),
        clip("two", Media::Video { video: video.clone(), from: MediaTime::default() }, 90),
        fade(TransitionLook::WipeLeft),
        clip("three", Media::Still { image: picture(&studio, "tall.png", "teal", "300x500").image }, 40),
        Item::Gap { frames: 15 },
    ];
    let speech = vec![
        Item::Gap { frames: 60 },
        clip("s", Media::Audio { audio: tone(&studio, "s.wav", 300, 2.0).audio, from: MediaTime::default() }, 60),
    ];
    let music = vec![clip(
        "m",
        Media::Audio { audio: tone(&studio, "m.wav", 110, 7.0).audio, from: MediaTime::default() },
        205,
    )];
    let track = |kind, items| Track { kind, items };
    let tracks =
        vec![track(TrackKind::Video, pictures), track(TrackKind::Narration, speech), track(TrackKind::Music, music)];
    let timeline = Timeline { rate: Rate { num: 30000, den: 1001 }, tracks, chapters: vec![], markers: vec![] };
    let timeline = TimelineInput::Timeline(timeline);
    let film =
        studio.render(&RenderRequest { timeline, preset: "draft-480p".into(), ..RenderRequest::default() }).unwrap();
    assert_eq!((film.frames, film.rate.as_str()), (205, "30000/1001"));
    let info = probe(&studio, &film);
    assert_eq!(info["streams"][0]["nb_read_packets"], "205");
    assert_eq!(info["streams"][0]["r_frame_rate"], "30000/1001");
    assert!((film.loudness.unwrap().integrated + 14.0).abs() <= 0.5);
    let still = |a, b| difference(&studio, ("film.mp4", a), ("film.mp4", b), "854:480:0:0");
    assert!(still(15, 30) > 3.0, "the video does not move");
    assert!(still(130, 138) < 1.0, "the last frame does not stay");
    assert!(still(195, 204) < 1.0);
}

#[test]
fn a_long_body_is_made_in_parts_and_nobody_sees_where() {
    let studio = Studio::new();
    let text = "One sentence for a start, then another one. And a third one that is longer, with a comma in it. \
                Whoever counts has four by now. Here is the last one of them all.";
    let film = studio.render(&request(vec![scene(&studio, "long", text, 14.0, TransitionLook::Cut)])).unwrap();
    let parts = studio.ran.borrow().iter().filter(|id| id.starts_with("body-long")).count();
    assert!(parts >= 3, "{:?}", studio.ran.borrow());
    studio.save(&film.video, "film.mp4");
    // The lower edge of the captions' box, frame by frame: dark all the while, also where one part follows another.
    let brightness = "crop=60:2:397:455,scale=1:1:flags=area,format=gray";
    let args = ["-v", "error", "-y", "-i", "film.mp4", "-vf", brightness, "-f", "rawvideo", "bright.raw"];
    studio.tool("ffmpeg", &args);
    let bright = std::fs::read(studio.path().join("bright.raw")).unwrap();
    assert_eq!(bright.len(), film.frames as usize);
    let (shown, bare) = (&bright[20..bright.len() - 20], bright[0]);
    let brightest = shown.iter().max().copied().unwrap_or_default();
    assert!(brightest + 40 < bare, "{brightest} of {bare}: {bright:?}");
}

#[test]
fn hundreds_of_segments_join_to_the_frame() {
    let studio = Studio::new();
    let still = picture(&studio, "p.png", "navy", "160x90").image;
    let format = json!({ "width": 160, "height": 90, "rate": { "num": 30, "den": 1 }, "speed": "veryfast", "crf": 30 });
    let lengths = [12u32, 1, 7, 2, 5];
    let mut parts = Vec::new();
    for frames in lengths {
        let shot = json!({ "source": { "source": "still", "image": &still } });
        let piece = json!({ "piece": "segment", "format": &format, "frames": frames, "shot": shot });
        let film = studio.render(&RenderRequest { piece: Some(piece), ..RenderRequest::default() }).unwrap();
        parts.push(json!({ "video": film.video, "frames": frames, "header": film.header }));
    }
    let many: Vec<&Value> = parts.iter().cycle().take(450).collect();
    let join = |parts: &[&Value]| {
        let piece = json!({ "piece": "join", "format": &format, "parts": parts });
        studio.render(&RenderRequest { piece: Some(piece), ..RenderRequest::default() })
    };
    let film = join(&many).unwrap();
    assert_eq!(film.frames, 90 * lengths.iter().sum::<u32>());
    let info = probe(&studio, &film);
    assert_eq!(info["streams"][0]["nb_read_packets"], film.frames.to_string());
    assert_eq!(info["streams"][0]["duration"], format!("{:.6}", film.seconds));

    let mut other = parts[0].clone();
    other["header"] = json!("0164");
    let error = join(&[&parts[0], &other]).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Permanent, "join.header"));
    let mut longer = parts[0].clone();
    longer["frames"] = json!(13);
    assert_eq!(join(&[&parts[1], &longer]).unwrap_err().code, "join.frames");
}

#[test]
fn a_film_without_sound_has_a_silent_track() {
    let studio = Studio::new();
    let silent = SceneClip { narration: None, captions: vec![], seconds: Some(0.5), ..three(&studio).remove(0) };
    let film = studio.render(&request(vec![silent])).unwrap();
    assert_eq!((film.frames, film.loudness), (15, None));
    let info = probe(&studio, &film);
    assert_eq!(info["streams"][1]["codec_name"], "aac");
    assert!(film.srt.is_none());
}

#[test]
fn broken_media_is_a_typed_error() {
    let studio = Studio::new();
    let mut scenes = three(&studio);
    scenes[1].picture.as_mut().unwrap().image =
        studio.host.put("image/png", b"ffconcat version 1.0\nfile /etc/passwd\n");
    let error = studio.render(&request(scenes)).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Permanent, "exec.exit"));
    assert!(error.message.contains(" bb: ") || error.message.contains(" to bb"), "{}", error.message);

    let mut scenes = three(&studio);
    scenes[0].video = Some(studio.host.put("video/mp4", b"nothing"));
    let error = studio.render(&request(scenes)).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::InvalidInput, "video.unreadable"));
    assert!(error.message.starts_with("Clip \"a\" on the video track: "), "{}", error.message);

    let piece = Some(json!({ "piece": "segment" }));
    assert_eq!(
        studio.render(&RenderRequest { piece, ..RenderRequest::default() }).unwrap_err().kind,
        ErrorKind::InvalidInput
    );
}
