//! What a film becomes with the real FFmpeg: codecs and containers, sound alone, previews, posters, metadata; and what
//! several of them share.

mod studio;

use serde_json::Value;
use studio::Studio;
use studio_plugin_sdk::{
    prelude::{
        CaptionMode, CheckState, Film, Image, PosterChoice, RenderRequest, Speech, TimelineInput, VerifyRequest,
        VideoCodec, Word,
    },
    timeline::{SceneClip, TransitionLook},
};

fn picture(studio: &Studio, name: &str, source: &str) -> Image {
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1", name]);
    Image { image: studio.keep(name, "image/png"), ..Image::default() }
}

fn scenes(studio: &Studio) -> Vec<SceneClip> {
    let tone = "sine=frequency=300:sample_rate=22050:duration=0.6";
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", tone, "-af", "tremolo=f=4", "tone.wav"]);
    let audio = studio.keep("tone.wav", "audio/wav");
    let sources = ["color=0x202020:s=480x480", "testsrc2=s=480x480", "smptehdbars=s=480x480"];
    let scene = |(i, source): (usize, &&str)| SceneClip {
        id: ["a", "b", "c"][i].into(),
        title: format!("Part {i}"),
        picture: Some(picture(studio, &format!("{i}.png"), source)),
        narration: Some(Speech { audio: audio.clone(), seconds: 0.6, sample_rate: 22050, ..Speech::default() }),
        captions: vec![Word { text: "Tone.".into(), start: 0.0, end: 0.5, ..Word::default() }],
        transition: TransitionLook::Dissolve,
        transition_seconds: Some(0.2),
        ..SceneClip::default()
    };
    sources.iter().enumerate().map(scene).collect()
}

fn request(studio: &Studio, preset: &str) -> RenderRequest {
    let timeline = TimelineInput::Scenes(scenes(studio));
    RenderRequest { timeline, preset: preset.into(), title: "Three; parts".into(), ..RenderRequest::default() }
}

/// What `verify` finds wrong with a film.
fn faults(studio: &Studio, film: &Film) -> Vec<(String, String)> {
    let timeline = TimelineInput::Scenes(scenes(studio));
    let report = studio.verify(&VerifyRequest { film: film.clone(), timeline, ..VerifyRequest::default() }).unwrap();
    let wrong = report.checks.into_iter().filter(|check| check.state >= CheckState::Warn);
    wrong.map(|check| (check.name, check.message)).collect()
}

fn probe(studio: &Studio, film: &Film) -> Value {
    studio.save(&film.video, "film.bin");
    let args = ["-v", "error", "-count_packets", "-show_streams", "-show_format", "-show_chapters", "-of", "json"];
    serde_json::from_str(&studio.tool("ffprobe", &[&args[..], &["film.bin"]].concat())).unwrap()
}

/// Frames that differ from those of another film by more than encoders do, of all its frames.
fn likeness(studio: &Studio, film: &Film, other: &Film) -> f64 {
    studio.save(&film.video, "one.bin");
    studio.save(&other.video, "two.bin");
    let graph = "[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]psnr";
    let said = studio.tool("ffmpeg", &["-i", "one.bin", "-i", "two.bin", "-filter_complex", graph, "-f", "null", "-"]);
    let rest = &said[said.find("min:").unwrap() + 4..];
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn every_codec_joins_to_the_frame_in_its_container() {
    let studio = Studio::new();
    let plain = studio.render(&request(&studio, "draft-square")).unwrap();
    let frames = 3 * 36;
    let all = [
        (VideoCodec::Hevc, "hevc", "hvc1", "aac", "mp4"),
        (VideoCodec::Av1, "av1", "av01", "aac", "mp4"),
        (VideoCodec::Vp9, "vp9", "", "opus", "webm"),
        (VideoCodec::Prores, "prores", "apco", "pcm_s24le", "mov"),
    ];
    for (codec, name, tag, sound, container) in all {
        let request = RenderRequest { codec: Some(codec), ..request(&studio, "draft-square") };
        let film = studio.render(&request).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(film.frames, frames);
        let info = probe(&studio, &film);
        let of = |i: usize, field: &str| info["streams"][i][field].as_str().unwrap_or_default().to_string();
        assert_eq!((of(0, "codec_name"), of(1, "codec_name")), (name.into(), sound.into()));
        assert_eq!(of(0, "nb_read_packets"), frames.to_string(), "{name}");
        assert!(tag.is_empty() || of(0, "codec_tag_string") == tag, "{name}: {}", of(0, "codec_tag_string"));
        assert!(info["format"]["format_name"].as_str().unwrap().contains(container), "{info}");
        assert_eq!(info["format"]["tags"]["title"], "Three; parts", "{name}");
        assert_eq!(info["chapters"][2]["tags"]["title"], "Part 2", "{name}");
        let length: f64 = info["format"]["duration"].as_str().unwrap().parse().unwrap();
        assert!((length - film.seconds).abs() < 0.035, "{name}: {length} s, wanted {}", film.seconds);
        let decode = ["-v", "error", "-xerror", "-i", "film.bin", "-map", "0:v", "-f", "framecrc", "-"];
        let decoded = studio.tool("ffmpeg", &decode);
        assert_eq!(decoded.lines().filter(|l| !l.starts_with('#')).count(), frames as usize, "{name}");
        if let Some(folder) = std::env::var_os("STUDIO_TEST_KEEP") {
            std::fs::copy(studio.path().join("film.bin"), std::path::Path::new(&folder).join(name)).unwrap();
            std::fs::write(std::path::Path::new(&folder).join("h264"), studio.bytes(&plain.video)).unwrap();
        }
        let worst = likeness(&studio, &film, &plain);
        assert!(worst > 24.0, "{name}: a frame is only {worst} dB like the same one in H.264");
        let loudness = film.loudness.unwrap();
        assert!((loudness.integrated + 14.0).abs() <= 0.5 && loudness.true_peak <= -1.0, "{name}: {loudness:?}");
        assert_eq!(faults(&studio, &film), [], "{name}");
    }
}

#[test]
fn a_podcast_is_the_sound_of_the_film() {
    let studio = Studio::new();
    let loud = Some(studio_plugin_sdk::prelude::LoudnessGoal::Named("web".into()));
    let film = RenderRequest { loudness: loud, captions: CaptionMode::Files, ..request(&studio, "draft-square") };
    let video = studio.render(&film).unwrap();
    studio.ran.borrow_mut().clear();
    let podcast = RenderRequest {
        preset: "podcast".into(),
        description: "About tones".into(),
        author: "Nobody".into(),
        date: "2026-05-01".into(),
        language: "en-GB".into(),
        ..film.clone()
    };
    let podcast = studio.render(&podcast).unwrap();
    // The sound is that of the film: nothing is mixed or encoded again, and no picture is encoded at all.
    assert_eq!(*studio.ran.borrow(), ["poster", "mux"]);
    assert_eq!(podcast.video.mime, "audio/mp4");
    assert_eq!((podcast.width, podcast.frames, podcast.loudness), (0, video.frames, video.loudness));
    let info = probe(&studio, &podcast);
    assert_eq!(info["streams"][0]["codec_name"], "aac");
    let cover = info["streams"].as_array().unwrap().iter().find(|stream| stream["codec_name"] == "mjpeg").unwrap();
    assert_eq!(cover["disposition"]["attached_pic"], 1);
    assert_eq!((&cover["width"], &cover["height"]), (&1400.into(), &1400.into()));
    assert_eq!(info["chapters"].as_array().unwrap().len(), 3);
    assert_eq!(info["streams"][0]["tags"]["language"], "eng");
    let tags = &info["format"]["tags"];
    assert_eq!(
        (&tags["artist"], &tags["date"], &tags["description"]),
        (&"Nobody".into(), &"2026-05-01".into(), &"About tones".into())
    );

    studio.ran.borrow_mut().clear();
    let mp3 = RenderRequest { preset: "podcast-mp3".into(), loudness: None, ..film.clone() };
    let mp3 = studio.render(&mp3).unwrap();
    assert_eq!(*studio.ran.borrow(), ["sound", "mix", "mux"]);
    let info = probe(&studio, &mp3);
    assert_eq!(
        (&info["streams"][0]["codec_name"], &info["chapters"][1]["tags"]["title"]),
        (&"mp3".into(), &"Part 1".into())
    );
    assert!((mp3.loudness.unwrap().integrated + 16.0).abs() <= 0.5 && mp3.loudness.unwrap().true_peak <= -1.0);
    assert!((mp3.wanted.unwrap().integrated + 16.0).abs() < 1e-9);
    assert!(mp3.srt.is_some());
    assert_eq!((faults(&studio, &podcast), faults(&studio, &mp3)), (vec![], vec![]));
}

#[test]
fn films_of_all_sizes_share_their_sound_and_titles_their_pictures() {
    let studio = Studio::new();
    let square = request(&studio, "draft-square");
    studio.render(&square).unwrap();
    studio.ran.borrow_mut().clear();
    let high = studio.render(&RenderRequest { preset: "draft-shorts".into(), ..square.clone() }).unwrap();
    assert_eq!((high.width, high.height), (480, 854));
    assert!(!studio.ran.borrow().iter().any(|id| id.starts_with("sound")), "{:?}", studio.ran.borrow());
    studio.ran.borrow_mut().clear();
    let titled = RenderRequest { title: "Another".into(), description: "Of the same".into(), ..square };
    studio.render(&titled).unwrap();
    assert_eq!(*studio.ran.borrow(), ["mux"]);
}

#[test]
fn previews_move_by_themselves() {
    let studio = Studio::new();
    for (preset, name, size) in [("preview-gif-square", "gif", 360), ("preview-webp-square", "webp", 480)] {
        let film = studio.render(&request(&studio, preset)).unwrap();
        assert_eq!((film.width, film.video.mime.as_str()), (size, format!("image/{name}").as_str()));
        let bytes = studio.bytes(&film.video);
        assert!(bytes.starts_with(b"GIF89a") || &bytes[8..12] == b"WEBP");
        assert_eq!((film.frames, film.rate.as_str()), (45, "25/2"));
        if name == "gif" {
            assert_eq!(probe(&studio, &film)["streams"][0]["nb_read_packets"], "45");
        }
        assert_eq!(faults(&studio, &film), []);
        let again = Studio::new();
        assert_eq!(again.render(&request(&again, preset)).unwrap().video, film.video);
    }
    assert!(!studio.ran.borrow().iter().any(|id| id == "sound"));
}

#[test]
fn a_film_is_stood_for_by_its_best_frame_or_a_card() {
    let studio = Studio::new();
    let plain = request(&studio, "draft-square");
    let first = studio.render(&plain).unwrap();
    studio.ran.borrow_mut().clear();
    let best = RenderRequest { poster: PosterChoice::Best, contact_sheet: true, ..plain.clone() };
    let best = studio.render(&best).unwrap();
    assert_eq!(*studio.ran.borrow(), ["best", "sheet", "poster"]);
    assert_eq!(best.video, first.video);
    assert_ne!(best.poster, first.poster);
    studio.save(best.poster.as_ref().unwrap(), "best.jpg");
    studio.save(best.contact_sheet.as_ref().unwrap(), "sheet.jpg");
    let size = |name: &str| {
        studio.tool("ffprobe", &["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", name])
    };
    assert_eq!((size("best.jpg").trim(), size("sheet.jpg").trim()), ("480,480", "1960,2448"));

    let cover = picture(&studio, "cover.png", "testsrc2=s=1200x800").image;
    let covered = studio.render(&RenderRequest { cover: Some(cover), ..plain }).unwrap();
    studio.save(covered.poster.as_ref().unwrap(), "cover.jpg");
    assert_eq!((size("cover.jpg").trim(), covered.video), ("480,320", first.video));
    if let Some(folder) = std::env::var_os("STUDIO_TEST_KEEP") {
        for name in ["best.jpg", "sheet.jpg", "cover.jpg"] {
            std::fs::copy(studio.path().join(name), std::path::Path::new(&folder).join(name)).unwrap();
        }
    }
}

#[test]
fn hardware_that_is_not_there_leaves_the_processor_to_do_it() {
    let studio = Studio::new();
    let plain = request(&studio, "draft-square");
    let film = studio.render(&plain).unwrap();
    let wanted = studio.render(&RenderRequest { hardware: true, ..plain }).unwrap();
    // Where there is hardware, its film is another one, under keys of its own; else it is the very same.
    let (same, logs) = (wanted.video == film.video, format!("{:?}", studio.host.log_seen()));
    assert!(logs.contains(if same { "no hardware encodes here" } else { "pictures are encoded by" }), "{logs}");
    assert_eq!(wanted.frames, film.frames);
}
