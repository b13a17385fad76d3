//! Joins to the frame, and segments that draw what one graph of the whole film draws.

use std::fs;

use serde_json::{Value, json};
use studio_plugin_ffmpeg::single;
use studio_plugin_sdk::{
    prelude::{Blob, Film, RenderRequest},
    timeline::{
        Blend, Clip, Color, CropKey, Ease, Fit, Framing, Media, Rate, Ratio, Rect, SpeedPoint, TrackKind,
        TransitionLook,
    },
};

use crate::{
    scene::{Frame, change, clip, cut, film, framed, frames, gap, still, video, words},
    studio::Studio,
};

const NTSC: Rate = Rate { num: 30000, den: 1001 };
const LOGO: Rect = Rect { x: 0.7, y: 0.05, width: 0.25, height: 0.2 };

/// Everything that may stand on a timeline, in two seconds.
fn everything(studio: &Studio) -> RenderRequest {
    let busy = |name: &str, rate: &str| {
        video(studio, name, &format!("testsrc2=s=480x480:r={rate}:d=3"), &["-g", "20", "-pix_fmt", "yuv420p"])
    };
    let picture = |seed: u32| {
        let source = format!("gradients=s=480x480:seed={seed}:n=4:speed=0.00001,format=rgb24");
        still(studio, &seed.to_string(), &source)
    };
    let cover = Framing { fit: Some(Fit::Cover), ..Framing::default() };
    let speed = |percent| Ratio { num: percent, den: 100 };
    let ramp = vec![SpeedPoint { frame: 5, speed: speed(50) }, SpeedPoint { frame: 14, speed: speed(300) }];
    let Media::Video { video: fast, .. } = busy("fast", "60000/1001") else { unreachable!() };
    let from = Media::Video { video: fast, from: 0.5.into() };
    let mut spoken = clip("still", picture(1), 17);
    spoken.captions = words("One two three.", 0.15);
    let pictures = vec![
        spoken.into(),
        change(TransitionLook::Dissolve, 5, 4),
        framed("fast", from, 19, cover.clone()).into(),
        change(TransitionLook::SlideLeft, 4, 4),
        Clip { ramp, ..framed("ramp", busy("slow", "24"), 23, cover.clone()) }.into(),
        clip("next", picture(2), 6).into(),
        change(TransitionLook::WipeUp, 2, 2),
        clip("last", picture(3), 7).into(),
    ];
    let logo = Framing { place: Some(LOGO), fade_in: 6, fade_out: 9, ..Framing::default() };
    let overlay = |framing| framed("logo", still(studio, "l", "color=red@0.6:s=120x60,format=rgba"), 41, framing);
    let corner = Rect { x: 0.05, y: 0.6, width: 0.3, height: 0.3 };
    let inset = Framing { place: Some(corner), blend: Blend::Screen, ..cover };
    let bar = Media::ProgressBar { color: Color::WHITE, rest: Some(Color::BLACK) };
    let mut aside = clip("aside", Media::Captions, 30);
    aside.captions = words("Four five six.", 0.2);
    film(
        NTSC,
        vec![
            (TrackKind::Video, pictures),
            (TrackKind::Overlay, vec![gap(8), overlay(logo).into()]),
            (TrackKind::Overlay, vec![gap(11), framed("inset", busy("inset", "25"), 33, inset).into()]),
            (TrackKind::Overlay, vec![clip("bar", bar, 72).into()]),
            (TrackKind::Caption, vec![gap(30), aside.into()]),
        ],
    )
}

#[test]
fn segments_draw_what_one_graph_of_the_film_draws() {
    let studio = Studio::new();
    let request = everything(&studio);
    let (_, drawn) = frames(&studio, &request);
    assert!(studio.joined.borrow().len() >= 8, "{:?}", studio.ran.borrow());
    let single = single::pictures(&request, &|blob| studio.bytes(blob)).unwrap();
    let whole = cut(&studio.by_hand(&single.args, &single.blobs, &single.texts));
    crate::scene::sheet(&studio, "everything", &drawn, 12);
    let other: Vec<usize> = (0..drawn.len()).filter(|&i| whole.get(i) != Some(&drawn[i])).collect();
    assert_eq!((whole.len(), other), (drawn.len(), vec![]));
}

/// How near pictures are to what they were encoded from, in dB (PSNR of all planes, by the mean of all frames).
fn nearness(drawn: &[Frame], shown: &[Frame]) -> f64 {
    assert_eq!(drawn.len(), shown.len());
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let squares: f64 = drawn.iter().zip(shown).flat_map(|(a, b)| a.0.iter().zip(&b.0).map(square)).sum();
    let mean = squares / drawn.iter().map(|frame| frame.0.len() as f64).sum::<f64>();
    10.0 * (255.0 * 255.0 / mean).log10()
}

#[test]
fn what_is_joined_of_segments_is_as_near_to_what_was_drawn_as_one_encode() {
    let studio = Studio::new();
    let request = everything(&studio);
    let read = |blob: &Blob| studio.bytes(blob);
    let (drawn, single) = (single::pictures(&request, &read).unwrap(), single::encoded(&request, &read).unwrap());
    let drawn = cut(&studio.by_hand(&drawn.args, &drawn.blobs, &drawn.texts));
    fs::write(studio.path().join("single.mp4"), studio.by_hand(&single.args, &single.blobs, &single.texts)).unwrap();
    studio.save(&studio.render(&request).unwrap().video, "joined.mp4");
    let shown = |name: &str| {
        let args = ["-v", "error", "-y", "-i", name, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo"];
        studio.tool("ffmpeg", &[&args[..], &["shown.yuv"]].concat());
        cut(&fs::read(studio.path().join("shown.yuv")).unwrap())
    };
    let [joined, single] = ["joined.mp4", "single.mp4"].map(|name| nearness(&drawn, &shown(name)));
    eprintln!("joined {joined:.2} dB, single {single:.2} dB");
    assert!(joined > 30.0 && joined >= single - 0.5, "joined {joined:.2} dB, single {single:.2} dB");
}

/// A still that is long enough to be cut into parts, and one that it goes over into in the middle of a caption.
fn spoken(studio: &Studio, style: Value) -> RenderRequest {
    let mut long =
        clip("long", still(studio, "long", "gradients=s=480x480:seed=3:n=4:speed=0.00001,format=rgb24"), 150);
    long.captions = words("Rice *grows* in water 🌾, warm. It feeds half. שלום עולם, and so on.", 0.33);
    long.translation = words("Reis_wächst_im_Wasser. Er_ernährt_viele.", 2.2);
    long.translation.iter_mut().for_each(|word| word.text = word.text.replace('_', " "));
    let mut next = clip("next", still(studio, "next", "color=gray:s=480x480,format=rgb24"), 40);
    next.captions = words("And then Donaudampfschifffahrtsgesellschaft.", 0.3);
    let items = vec![long.into(), change(TransitionLook::Dissolve, 9, 9), next.into()];
    let caption_style = Some(serde_json::from_value(style).unwrap());
    RenderRequest { caption_style, ..film(Rate::fps(30), vec![(TrackKind::Video, items)]) }
}

#[test]
fn every_kind_of_caption_is_the_same_wherever_the_film_is_cut() {
    for kind in ["lines", "boxed", "karaoke", "highlight", "pop", "typewriter"] {
        let studio = Studio::new();
        let request = spoken(&studio, json!({ "kind": kind, "keywords": ["half"] }));
        let (film, drawn) = frames(&studio, &request);
        assert!(studio.joined.borrow().len() >= 4, "{:?}", studio.ran.borrow());
        let single = single::pictures(&request, &|blob| studio.bytes(blob)).unwrap();
        let whole = cut(&studio.by_hand(&single.args, &single.blobs, &single.texts));
        let picked: Vec<_> = drawn.iter().step_by(12).cloned().collect();
        crate::scene::sheet(&studio, kind, &picked, 4);
        let other: Vec<usize> = (0..drawn.len()).filter(|&i| whole.get(i) != Some(&drawn[i])).collect();
        assert_eq!((whole.len(), other), (drawn.len(), vec![]), "{kind}");
        assert!(film.ass.is_some() && film.words.is_some() && film.caption_style.is_some());
    }
}

fn packets(studio: &Studio, film: &Film) -> Value {
    studio.save(&film.video, "film.mp4");
    let args = ["-v", "error", "-show_packets", "-show_streams", "-of", "json", "film.mp4"];
    serde_json::from_str(&studio.tool("ffprobe", &args)).unwrap()
}

/// Every frame once, at its time, decoded in order; picture and sound as long as planned, to a frame.
fn is_exact(studio: &Studio, film: &Film, rate: Rate) {
    let info = packets(studio, film);
    let of = |kind: &str| -> Vec<Value> {
        let all = info["packets"].as_array().unwrap();
        all.iter().filter(|p| p["codec_type"] == kind).cloned().collect()
    };
    let tick = if rate.num <= 120 { 512 * i64::from(rate.den) } else { i64::from(rate.den) };
    let (pictures, number) = (of("video"), |p: &Value, name: &str| p[name].as_i64().unwrap());
    assert_eq!(pictures.len(), film.frames as usize, "{rate:?}");
    let mut shown: Vec<i64> = pictures.iter().map(|p| number(p, "pts")).collect();
    shown.sort_unstable();
    assert!(shown.iter().zip(0..).all(|(pts, i)| *pts == i * tick), "{rate:?}: {shown:?}");
    let decoded: Vec<i64> = pictures.iter().map(|p| number(p, "dts")).collect();
    assert!(decoded.windows(2).all(|pair| pair[1] - pair[0] == tick), "{rate:?}: {decoded:?}");
    assert!(pictures.iter().all(|p| number(p, "duration") == tick), "{rate:?}");
    let length = |i: usize| info["streams"][i]["duration"].as_str().unwrap().parse::<f64>().unwrap();
    let seconds = f64::from(film.frames) * f64::from(rate.den) / f64::from(rate.num);
    assert!((length(0) - seconds).abs() < 1e-5, "{rate:?}: {} of {seconds}", length(0));
    assert!((length(0) - length(1)).abs() <= rate.seconds(1), "{rate:?}: {} and {}", length(0), length(1));
}

/// Clips of 1 to 17 frames of plain colours, some with transitions, and a sound.
fn short_clips(studio: &Studio, count: u32, rate: Rate) -> RenderRequest {
    let (mut items, mut total) = (Vec::new(), 0);
    for i in 0..count {
        let frames = 1 + (i * 7 + i / 5) % 17;
        let color = Color::opaque((i * 37 % 256) as u8, (i * 91 % 256) as u8, (i * 53 % 256) as u8);
        if i % 5 == 3 {
            items.push(change(TransitionLook::Dissolve, 1, 2.min(frames)));
        }
        items.push(clip(&i.to_string(), Media::Color { color }, frames).into());
        total += frames;
    }
    let tone = crate::scene::media(studio, "tone.wav", "sine=frequency=300:duration=4", &[], "audio/wav");
    let sound = clip("tone", Media::Audio { audio: tone, from: 0.0.into() }, total);
    film(rate, vec![(TrackKind::Video, items), (TrackKind::Narration, vec![sound.into()])])
}

const RATES: [Rate; 6] = [Rate::fps(24), Rate::fps(25), NTSC, Rate::fps(30), Rate::fps(50), Rate::fps(60)];

#[test]
fn short_segments_join_to_the_frame_at_every_rate() {
    for rate in RATES {
        let studio = Studio::new();
        let film = studio.render(&short_clips(&studio, 12, rate)).unwrap();
        is_exact(&studio, &film, rate);
    }
}

/// Takes minutes; `make soak` runs it.
#[test]
#[ignore = "takes minutes"]
fn five_hundred_segments_join_to_the_frame_at_every_rate() {
    for rate in RATES {
        let studio = Studio::new();
        let film = studio.render(&short_clips(&studio, 450, rate)).unwrap();
        assert!(studio.ran.borrow().len() >= 500, "{}", studio.ran.borrow().len());
        is_exact(&studio, &film, rate);
    }
}

#[test]
fn a_picture_moves_over_joins_as_if_there_were_none() {
    let studio = Studio::new();
    let key = |frame, x, width| CropKey { frame, rect: Rect { x, y: x, width, height: width }, ease: Ease::InOut };
    let pattern = |filter: &str| still(&studio, filter, &format!("testsrc2=s=480x480,{filter},format=rgb24"));
    let (first, second) = (pattern("hflip"), pattern("vflip"));
    let moved = |id: &str, picture: &Media| {
        let framing = Framing { crop: vec![key(0, 0.0, 1.0), key(29, 0.2, 0.7)], ..Framing::default() };
        framed(id, picture.clone(), 30, framing)
    };
    let alone = crate::scene::frames_of(&studio, moved("a", &first));
    let items = vec![moved("a", &first).into(), change(TransitionLook::Dissolve, 8, 8), moved("b", &second).into()];
    let (_, film) = frames(&studio, &film(Rate::fps(30), vec![(TrackKind::Video, items)]));
    // Up to the transition, and in its first frame, in which nothing of the next is seen.
    let other: Vec<usize> = (0..23).filter(|&i| film[i] != alone[i]).collect();
    assert_eq!(other, Vec::<usize>::new());
}
