//! Frames that repeat the one before them: not encoded, and yet in the film.

use serde_json::json;
use studio_plugin_ffmpeg::{repeats, single};
use studio_plugin_sdk::{
    prelude::{Film, RenderRequest},
    timeline::{Rate, TrackKind, TransitionLook},
};

use crate::{
    scene::{Frame, HEIGHT, WIDTH, change, clip, cut, film, frames, still, video, words},
    studio::Studio,
};

/// Three seconds of a still with captions, and a film that it goes over into.
fn spoken(studio: &Studio, rate: Rate, style: &str) -> RenderRequest {
    let mut said = clip(
        "said",
        still(studio, "card", "gradients=s=480x480:seed=3:n=4:speed=0.00001,format=rgb24"),
        rate.frames_for(3.0),
    );
    said.captions = words("Rice grows in terraces. Water runs down.", 0.27);
    let moves = video(studio, "moves", "testsrc2=s=480x480:r=30:d=2", &["-pix_fmt", "yuv420p"]);
    let pictures = vec![said.into(), change(TransitionLook::Dissolve, 5, 5), clip("moves", moves, 30).into()];
    let caption_style = Some(serde_json::from_value(json!({ "kind": style })).unwrap());
    RenderRequest { caption_style, ..film(rate, vec![(TrackKind::Video, pictures)]) }
}

/// The pictures of a file, in the order in which they are shown.
fn shown(studio: &Studio, file: &str) -> Vec<Frame> {
    let args = ["-v", "error", "-xerror", "-y", "-i", file, "-map", "0:v:0", "-fps_mode", "passthrough"];
    studio.tool("ffmpeg", &[&args[..], &["-f", "rawvideo", "shown.yuv"]].concat());
    cut(&std::fs::read(studio.path().join("shown.yuv")).unwrap())
}

/// Mean square error of some frames.
fn error(drawn: &[Frame], shown: &[Frame]) -> f64 {
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let squares: f64 = drawn.iter().zip(shown).flat_map(|(a, b)| a.0.iter().zip(&b.0).map(square)).sum();
    squares / (drawn.len() * WIDTH * HEIGHT) as f64
}

/// Packets of a file's pictures that are as small as those of repeated ones.
fn small(studio: &Studio, film: &Film) -> usize {
    studio.save(&film.video, "film.mp4");
    let args = ["-v", "error", "-select_streams", "v", "-show_entries", "packet=size", "-of", "csv=p=0", "film.mp4"];
    studio.tool("ffprobe", &args).lines().filter(|size| size.trim_end_matches(',').parse::<u32>().unwrap() < 40).count()
}

#[test]
fn what_repeats_is_shown_as_it_was_drawn() {
    for (rate, style) in
        [(Rate::fps(24), "typewriter"), (Rate { num: 30_000, den: 1001 }, "pop"), (Rate::fps(60), "highlight")]
    {
        let studio = Studio::new();
        let request = spoken(&studio, rate, style);
        let (film, drawn) = frames(&studio, &request);
        let repeated = small(&studio, &film);
        let shown_film = shown(&studio, "film.mp4");
        assert_eq!(shown_film.len(), drawn.len(), "{style}");
        // Of those that repeat the one before them, all but one every two seconds are.
        let still = rate.frames_for(3.0) as usize - 5;
        let same = (1..still).filter(|&i| drawn[i] == drawn[i - 1]).count();
        let as_drawn = (1..still).filter(|&i| drawn[i] == drawn[i - 1] && shown_film[i] == shown_film[i - 1]).count();
        eprintln!("{style}: {same} of {still} repeat, {as_drawn} as drawn, {repeated} packets");
        assert!(same > still / 6 && as_drawn + 4 >= same && repeated + 4 >= same, "{style}");
        // All in all they are as near to what was drawn as those of one encode.
        let single = single::encoded(&request, &|blob| studio.bytes(blob)).unwrap();
        std::fs::write(studio.path().join("single.mp4"), studio.by_hand(&single.args, &single.blobs, &single.texts))
            .unwrap();
        let [ours, plain] =
            [&shown_film, &shown(&studio, "single.mp4")].map(|shown| error(&drawn[..still], &shown[..still]));
        eprintln!("{style}: error {ours:.3}, of one encode {plain:.3}");
        assert!(ours <= plain * 1.12, "{style}: {ours:.3} and {plain:.3}");
    }
}

#[test]
fn a_file_that_cannot_be_filled_is_left_alone() {
    let studio = Studio::new();
    let encoded = |name: &str, args: &[&str]| {
        let source = ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=480x480:r=30:d=1", "-pix_fmt", "yuv420p"];
        let fixed =
            ["-c:v", "libx264", "-preset", "veryfast", "-video_track_timescale", "15360", "-movflags", "+faststart"];
        studio.tool("ffmpeg", &[&source[..], &fixed, args, &[name]].concat());
        std::fs::read(studio.path().join(name)).unwrap()
    };
    let plain = encoded("plain.mp4", &["-x264-params", "b-bias=-100:ref=1:weightp=1"]);
    assert!(repeats::filled(&plain, 30, 512).is_some_and(|film| film.len() > plain.len() / 2));
    let longer = repeats::filled(&plain, 45, 512).unwrap();
    std::fs::write(studio.path().join("longer.mp4"), &longer).unwrap();
    let held = shown(&studio, "longer.mp4");
    assert!(held.len() == 45 && held[30..].iter().all(|frame| *frame == held[29]), "its last frame is held");
    // Frames that refer to several, other coders, slices, and no film at all.
    assert!(repeats::filled(&encoded("more.mp4", &["-x264-params", "ref=4:bframes=0"]), 30, 512).is_none());
    assert!(repeats::filled(&encoded("cavlc.mp4", &["-x264-params", "cabac=0"]), 30, 512).is_none());
    assert!(repeats::filled(&encoded("slices.mp4", &["-x264-params", "slices=4"]), 30, 512).is_none());
    assert!(repeats::filled(&plain, 20, 512).is_none() && repeats::filled(&plain, 30, 500).is_none());
    assert!(repeats::filled(&[], 30, 512).is_none() && repeats::filled(&plain[..plain.len() / 2], 30, 512).is_none());
    // Whatever is broken in it, nothing but that comes of it.
    let mut seed = 1_u32;
    for _ in 0..400 {
        let mut broken = plain.clone();
        for _ in 0..4 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (seed >> 8) as usize % 1500;
            broken[at] = seed as u8;
        }
        let _ = repeats::filled(&broken, 30, 512);
    }
}
