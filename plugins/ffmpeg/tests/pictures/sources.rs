//! What comes from cameras, phones and the web: turned, odd-sized, in other colours, with other sound or none.

use std::fs::File;

use studio_plugin_ffmpeg::probe::{self, plain};
use studio_plugin_sdk::{
    blob::Blob,
    timeline::{Fit, Framing, Media, Rate, Ratio, TrackKind},
};

use crate::{
    scene::{Frame, clip, film, framed, frames_of, media, still, video},
    studio::Studio,
};

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const BLACK: [u8; 3] = [0, 0, 0];
/// Red above, blue below, twice as wide as high.
const FLAG: &str = "color=red:s=320x160:d=1,drawbox=y=80:w=320:h=80:color=blue:t=fill";

fn drawn(studio: &Studio, media: Media, fit: Fit) -> Frame {
    let framing = Framing { fit: Some(fit), ..Framing::default() };
    frames_of(studio, framed("x", media, 3, framing)).remove(2)
}

#[test]
fn a_turned_film_stands_upright() {
    let studio = Studio::new();
    let _ = video(&studio, "lying", FLAG, &[]);
    let turn = ["-v", "error", "-y", "-i", "lying.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=90", "turned.mp4"];
    studio.tool("ffmpeg", &turn);
    let turned = Media::Video { video: studio.keep("turned.mp4", "video/mp4"), from: 0.0.into() };
    // Now half as wide as high.
    let frame = drawn(&studio, turned, Fit::Contain);
    assert!(frame.is((60, 240), BLACK) && frame.is((420, 240), BLACK), "{:?}", frame.rgb(60, 240));
    let (left, right) = (frame.rgb(150, 240), frame.rgb(330, 240));
    assert!((left[0] - right[0]).abs() > 200.0 && (left[2] - right[2]).abs() > 200.0, "{left:?} {right:?}");
}

#[test]
fn odd_sizes_and_pixels_that_are_not_square_are_taken_in() {
    let studio = Studio::new();
    let odd = "color=red:s=321x161:d=1,drawbox=y=80:w=321:h=81:color=blue:t=fill";
    let files = [still(&studio, "odd", odd), video(&studio, "odd", odd, &["-pix_fmt", "yuv444p"])];
    for media in files {
        for fit in [Fit::Blurred, Fit::Cover, Fit::Contain, Fit::Stretch] {
            let frame = drawn(&studio, media.clone(), fit);
            assert!(frame.is((240, 200), RED) && frame.is((240, 290), BLUE), "{fit:?}: {:?}", frame.rgb(240, 200));
        }
    }
    // 160 × 160 stored, 320 × 160 seen.
    let wide = video(&studio, "wide", "color=red:s=160x160:d=1,setsar=2", &[]);
    let frame = drawn(&studio, wide, Fit::Contain);
    assert!(frame.is((240, 100), BLACK) && frame.is((10, 240), RED), "{:?}", frame.rgb(240, 100));
}

#[test]
fn colours_stay_as_they_are() {
    let studio = Studio::new();
    let wanted = [32, 160, 90];
    let made = |name: &str, size: &str, matrix: &str, range: &str, args: &[&str]| {
        let source = format!(
            "color=0x20a05a:s={size}:d=0.2,format=gbrp,scale=out_color_matrix={matrix}:out_range={range},format=yuv420p"
        );
        let args = [&["-c:v", "libx264", "-qp", "1"], args].concat();
        Media::Video { video: media(&studio, name, &source, &args, "video/mp4"), from: 0.0.into() }
    };
    let tags = |space: &'static str, range: &'static str| ["-colorspace", space, "-color_range", range];
    let cases = [
        made("709.mp4", "320x320", "bt709", "tv", &tags("bt709", "tv")),
        made("601.mp4", "320x320", "bt601", "tv", &tags("smpte170m", "tv")),
        made("sd.mp4", "320x320", "bt601", "tv", &[]),
        made("hd.mp4", "720x720", "bt709", "tv", &[]),
        made("full.mp4", "320x320", "bt709", "pc", &tags("bt709", "pc")),
        still(&studio, "green", "color=0x20a05a:s=320x320,format=rgb24"),
    ];
    for (i, media) in cases.into_iter().enumerate() {
        for fit in [Fit::Blurred, Fit::Cover] {
            let frame = drawn(&studio, media.clone(), fit);
            let seen = frame.rgb(240, 240);
            let near = seen.iter().zip(wanted).all(|(a, b)| (a - f64::from(b)).abs() <= 4.0);
            assert!(near, "case {i}, {fit:?}: {seen:?}");
        }
    }
}

/// SMPTE ST 2084: the code, 0 to 1, of a light in cd/m².
fn pq(light: f64) -> f64 {
    let y = (light / 10_000.0).powf(0.159_301_757_8);
    ((0.835_937_5 + 18.851_562_5 * y) / (1.0 + 18.687_5 * y)).powf(78.843_75)
}

#[test]
fn hdr_becomes_sdr() {
    let studio = Studio::new();
    let patch = |name: &str, rgb: [f64; 3], trc: &str| {
        // 10 bits, BT.2020, full chroma: codes in, codes out.
        let [r, g, b] = rgb.map(|code| (code * 65535.0).round());
        let source = format!(
            "color=black:s=64x64:d=0.2,format=gbrp16,geq=r='{r}':g='{g}':b='{b}',scale=out_color_matrix=bt2020:out_range=tv,\
             format=yuv444p10"
        );
        let args = ["-c:v", "ffv1", "-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", trc];
        let video = media(&studio, name, &source, &[&args[..], &["-color_range", "tv"]].concat(), "video/x-matroska");
        let frame = drawn(&studio, Media::Video { video, from: 0.0.into() }, Fit::Stretch);
        frame.rgb(240, 240)
    };
    let neutral = |name: &str, code: f64, trc: &str| {
        let [r, g, b] = patch(name, [code; 3], trc);
        assert!((r - g).abs() < 4.0 && (b - g).abs() < 4.0, "{name} is not grey: {r} {g} {b}");
        g
    };
    let black = neutral("black.mkv", pq(0.0), "smpte2084");
    let dim = neutral("dim.mkv", pq(20.0), "smpte2084");
    let paper = neutral("paper.mkv", pq(203.0), "smpte2084");
    let light = neutral("light.mkv", pq(1000.0), "smpte2084");
    assert!(black < 3.0 && (60.0..110.0).contains(&dim), "{black} {dim}");
    assert!((175.0..205.0).contains(&paper) && light > 245.0, "{paper} {light}");
    // BT.709's red, as BT.2020 says it.
    let red = patch("red.mkv", [pq(0.6274 * 203.0), pq(0.0691 * 203.0), pq(0.0164 * 203.0)], "smpte2084");
    assert!(red[0] > 180.0 && red[1] < 70.0 && red[2] < 60.0, "{red:?}");
    // HLG: paper white is at 75 % of the signal.
    let paper = neutral("hlg.mkv", 0.75, "arib-std-b67");
    assert!((175.0..205.0).contains(&paper), "{paper}");
}

/// The loudest of each tenth of a second, 0 to 1.
fn levels(studio: &Studio, film: &Blob) -> Vec<f64> {
    studio.save(film, "heard.mp4");
    studio.tool(
        "ffmpeg",
        &["-v", "error", "-y", "-i", "heard.mp4", "-ac", "1", "-ar", "8000", "-f", "s16le", "heard.raw"],
    );
    let raw = std::fs::read(studio.path().join("heard.raw")).unwrap();
    let samples: Vec<f64> =
        raw.chunks_exact(2).map(|s| f64::from(i16::from_le_bytes([s[0], s[1]])) / 32768.0).collect();
    samples.chunks(800).map(|part| part.iter().fold(0.0, |most: f64, s| most.max(s.abs()))).collect()
}

#[test]
fn every_kind_of_sound_is_heard_and_none_is_no_fault() {
    let studio = Studio::new();
    let sound = |name: &str, layout: &str, hertz: u32| {
        let source = format!("sine=f=330:r={hertz}:d=1,volume=-6dB,aformat=channel_layouts={layout}");
        Media::Audio { audio: media(&studio, name, &source, &[], "audio/wav"), from: 0.0.into() }
    };
    let mute = video(&studio, "mute", FLAG, &[]);
    let twice = Ratio { num: 2, den: 1 };
    let narration = vec![
        clip("mono", sound("mono.wav", "mono", 22050), 15).into(),
        clip("mute", mute.clone(), 15).into(),
        clip("surround", sound("surround.wav", "5.1", 48000), 15).into(),
        crate::scene::gap(15),
        clip("fine", sound("fine.wav", "stereo", 96000), 15).into(),
        studio_plugin_sdk::timeline::Clip { speed: twice, ..clip("fast", sound("fast.wav", "mono", 48000), 30) }.into(),
    ];
    let effects = vec![crate::scene::gap(48), clip("ding", sound("ding.wav", "mono", 44100), 9).into()];
    let tracks = vec![
        (TrackKind::Video, vec![framed("mute", mute, 105, Framing::default()).into()]),
        (TrackKind::Narration, narration),
        (TrackKind::Effect, effects),
    ];
    let film = studio.render(&film(Rate::fps(30), tracks)).unwrap();
    assert!(film.loudness.is_some_and(|l| (l.integrated + 14.0).abs() <= 0.5), "{:?}", film.loudness);
    let heard = levels(&studio, &film.video);
    let is_loud = |from: usize, to: usize| heard[from..to].iter().all(|level| *level > 0.05);
    let is_quiet = |from: usize, to: usize| heard[from..to].iter().all(|level| *level < 0.01);
    assert!(is_loud(0, 5) && is_quiet(6, 10) && is_loud(10, 15), "{heard:?}");
    assert!(is_loud(16, 19) && is_loud(20, 30), "{heard:?}");
    assert!(is_quiet(31, 35), "twice as fast is half as long: {heard:?}");
}

#[test]
fn a_plain_film_is_known_as_ffprobe_knows_it() {
    let studio = Studio::new();
    let base = ["-v", "error", "-y", "-f", "lavfi", "-i"];
    let encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
    let (picture, tone) = ("testsrc2=s=320x180:r=25:d=1", ["-f", "lavfi", "-i", "sine=d=1"]);
    let of = |source: &str, before: &[&str], args: &[&str], name: &str| {
        studio.tool("ffmpeg", &[&base[..], &[source], before, &encoder, args, &[name]].concat());
    };
    let plain_ones: [(&str, &[&str], &[&str]); 12] = [
        (picture, &tone, &[]),
        (picture, &[], &["-movflags", "+faststart"]),
        (picture, &tone, &["-preset", "medium"]),
        (picture, &[], &["-bf", "0", "-g", "5"]),
        (picture, &[], &["-profile:v", "baseline"]),
        (picture, &[], &["-preset", "fast", "-profile:v", "main"]),
        ("testsrc2=s=1280x720:r=30000/1001:d=1.4", &tone, &["-preset", "veryfast"]),
        ("testsrc2=s=1280x720:r=30:d=0.1", &[], &["-colorspace", "bt709", "-color_trc", "bt709"]),
        ("testsrc2=s=638x358:r=24:d=0.7", &[], &["-color_range", "pc"]),
        ("testsrc2=s=720x1280:r=24:d=0.3", &[], &["-metadata", "title=A film"]),
        ("testsrc2=s=320x180:r=25:d=1,setpts=N*N/25/TB", &[], &["-fps_mode", "vfr"]),
        (picture, &[], &["-x264-params", "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500:pic-struct=1"]),
    ];
    for (n, (source, before, args)) in plain_ones.into_iter().enumerate() {
        of(source, before, args, &format!("plain-{n}.mp4"));
    }
    let others: [(&str, &[&str]); 12] = [
        ("square.mp4", &["-vf", "setsar=2"]),
        ("full.mp4", &["-pix_fmt", "yuv444p"]),
        ("deep.mp4", &["-pix_fmt", "yuv420p10le"]),
        ("fields.mp4", &["-preset", "fast", "-flags", "+ildct+ilme"]),
        ("hevc.mp4", &["-c:v", "libx265", "-x265-params", "log-level=error"]),
        ("mpeg4.mp4", &["-c:v", "mpeg4"]),
        ("pq.mp4", &["-color_trc", "smpte2084", "-colorspace", "bt2020nc"]),
        ("hlg.mp4", &["-color_trc", "arib-std-b67"]),
        ("pieces.mp4", &["-movflags", "frag_keyframe+empty_moov"]),
        ("later.mp4", &["-output_ts_offset", "1.5"]),
        ("film.mkv", &[]),
        ("film.mov", &[]),
    ];
    for (name, args) in others {
        of(picture, &[], args, name);
    }
    let copied = |args: &[&str], name: &str| {
        studio.tool("ffmpeg", &[&["-v", "error", "-y"][..], args, &["-c", "copy", name]].concat());
    };
    copied(&["-i", "plain-2.mp4", "-metadata:s:v:0", "rotate=90"], "turned.mp4");
    copied(&["-ss", "0.5", "-i", "plain-2.mp4"], "cut.mp4");
    copied(&["-i", "plain-2.mp4", "-t", "0.5"], "short.mp4");
    studio.tool("ffmpeg", &["-v", "error", "-y", "-i", "plain-0.mp4", "-frames:v", "1", "cover.jpg"]);
    copied(
        &["-i", "plain-0.mp4", "-i", "cover.jpg", "-map", "0", "-map", "1", "-disposition:v:1", "attached_pic"],
        "covered.mp4",
    );
    let names = others.iter().map(|other| other.0).chain(["turned.mp4", "cut.mp4", "short.mp4", "covered.mp4"]);
    let names = (0..12).map(|n| format!("plain-{n}.mp4")).chain(names.map(String::from));
    for name in names {
        let told = studio.tool("ffprobe", &["-v", "error", "-show_entries", probe::ENTRIES, "-of", "json", &name]);
        let told = probe::facts(&told).unwrap();
        let read = plain::facts(&mut File::open(studio.path().join(&name)).unwrap());
        assert!(read.is_none_or(|read| read == told), "{name}: {read:?}, ffprobe: {told:?}");
        let by_itself = name.starts_with("plain") || name == "film.mov";
        assert_eq!(read.is_some(), by_itself, "{name}: {told:?}");
    }
}
