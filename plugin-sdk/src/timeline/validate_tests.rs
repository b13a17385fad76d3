//! Tests of what is refused, and of what is read and written.

use proptest::prelude::*;

use super::*;
use crate::{
    blob::Blob,
    timeline::{Blend, Chapter, Color, Ease, Fit, Marker, MediaTime, OpacityKey, RationalTime, SpeedPoint, Transition},
};

fn clip(id: &str, media: Media) -> Clip {
    Clip { id: id.into(), media, frames: 30, ..Clip::default() }
}

fn still(id: &str) -> Clip {
    clip(id, Media::Still { image: Blob::default() })
}

fn film(kind: TrackKind, items: Vec<Item>) -> Timeline {
    let mut tracks = vec![Track { kind: TrackKind::Video, items: vec![still("base").into()] }];
    if kind == TrackKind::Video {
        tracks[0].items = items;
    } else {
        tracks.push(Track { kind, items });
    }
    Timeline { rate: Rate::fps(30), tracks, chapters: vec![], markers: vec![] }
}

fn refused(kind: TrackKind, clip: Clip) -> (String, String) {
    let error = film(kind, vec![clip.into()]).validate().unwrap_err();
    assert!(error.message.contains("Clip \"bad\"") && error.message.contains(kind.name()), "{}", error.message);
    let field = error.field.unwrap();
    (error.code, field.split_once("items[0]").unwrap().1.to_string())
}

#[test]
fn faults_are_named_by_track_and_clip() {
    use TrackKind::{Caption, Music, Overlay, Video};
    let bad = || still("bad");
    let sound = || clip("bad", Media::Audio { audio: Blob::default(), from: MediaTime::default() });
    let framed = |framing| Clip { framing, ..bad() };
    let rect = |x, width| Rect { x, width, ..Rect::WHOLE };
    let key = |frame, rect| CropKey { frame, rect, ease: Ease::Linear };
    let point = |frame, num, den| SpeedPoint { frame, speed: Ratio { num, den } };
    let half = Ratio { num: 1, den: 2 };
    let from = |from| clip("bad", Media::Video { video: Blob::default(), from });
    let broken = RationalTime { value: 3, rate: Rate { num: 0, den: 1 } };
    let cases = [
        (Video, Clip { frames: 0, ..bad() }, "timeline.clip", ".frames"),
        (Video, Clip { gain_db: f64::NAN, ..bad() }, "timeline.clip", ".gain_db"),
        (Video, clip("bad", Media::Captions), "timeline.media", ".media"),
        (Caption, bad(), "timeline.media", ".media"),
        (Music, bad(), "timeline.media", ".media"),
        (Video, from(MediaTime::Seconds(f64::INFINITY)), "timeline.media", ".media.from"),
        (Video, from(MediaTime::Exact(broken)), "timeline.media", ".media.from"),
        (Video, Clip { speed: Ratio { num: 1, den: 0 }, ..bad() }, "timeline.speed", ".speed"),
        (Video, Clip { speed: Ratio { num: 101, den: 1 }, ..bad() }, "timeline.speed", ".speed"),
        (Video, Clip { speed: half, ramp: vec![point(0, 1, 1)], ..bad() }, "timeline.speed", ".speed"),
        (Video, Clip { ramp: vec![point(5, 1, 1), point(5, 2, 1)], ..bad() }, "timeline.speed", ".ramp[1].frame"),
        (Video, Clip { ramp: vec![point(5, 1, 0)], ..bad() }, "timeline.speed", ".ramp[0].speed"),
        (Music, Clip { speed: Ratio { num: 3, den: 1 }, ..sound() }, "timeline.speed", ".speed"),
        (
            Music,
            Clip { hearing: Hearing { denoise: 41.0, ..Hearing::default() }, ..sound() },
            "timeline.hearing",
            ".hearing.denoise",
        ),
        (
            Music,
            Clip { hearing: Hearing { ducks: true, ..Hearing::default() }, ..sound() },
            "timeline.hearing",
            ".hearing.ducks",
        ),
        (
            Music,
            Clip { hearing: Hearing { fit: true, trim: true, ..Hearing::default() }, ..sound() },
            "timeline.hearing",
            ".hearing.trim",
        ),
        (
            Music,
            Clip { hearing: Hearing { fade_in: 20, fade_out: 11, ..Hearing::default() }, ..sound() },
            "timeline.hearing",
            ".hearing.fade_out",
        ),
        (
            Video,
            Clip { hearing: Hearing { fade_in: 1, ..Hearing::default() }, ..bad() },
            "timeline.hearing",
            ".hearing",
        ),
        (
            Music,
            Clip { framing: Framing { fade_in: 3, ..Framing::default() }, ..sound() },
            "timeline.framing",
            ".framing",
        ),
        (
            Video,
            framed(Framing { crop: vec![key(0, rect(0.5, 0.6))], ..Framing::default() }),
            "timeline.framing",
            ".framing.crop[0].rect",
        ),
        (
            Video,
            framed(Framing { crop: vec![key(0, rect(f64::NAN, 0.6))], ..Framing::default() }),
            "timeline.framing",
            ".framing.crop[0].rect",
        ),
        (
            Video,
            framed(Framing { crop: vec![key(9, Rect::WHOLE), key(3, Rect::WHOLE)], ..Framing::default() }),
            "timeline.framing",
            ".framing.crop[1].frame",
        ),
        (
            Overlay,
            framed(Framing { place: Some(rect(0.0, 0.001)), ..Framing::default() }),
            "timeline.framing",
            ".framing.place",
        ),
        (
            Overlay,
            framed(Framing { opacity: vec![OpacityKey { frame: 0, opacity: 1.1 }], ..Framing::default() }),
            "timeline.framing",
            ".framing.opacity[0]",
        ),
    ];
    for (kind, clip, code, field) in cases {
        assert_eq!(refused(kind, clip), (code.to_string(), field.to_string()));
    }
}

#[test]
fn faults_of_tracks_are_named() {
    let error = |timeline: &Timeline| {
        let error = timeline.validate().unwrap_err();
        (error.code, error.field.unwrap())
    };
    let at = |code: &str, field: &str| (code.to_string(), field.to_string());
    let twice = film(TrackKind::Overlay, vec![still("a").into(), still("a").into()]);
    assert_eq!(error(&twice), at("timeline.id", "timeline.tracks[1].items[1].id"));
    let two = Timeline { tracks: vec![twice.tracks[0].clone(), twice.tracks[0].clone()], ..twice.clone() };
    assert_eq!(error(&two), at("timeline.tracks", "timeline.tracks"));
    assert_eq!(error(&film(TrackKind::Video, vec![])), at("timeline.length", "timeline.tracks[0]"));
    let fade = Transition { look: TransitionLook::Dissolve, in_frames: 31, out_frames: 3, ..Transition::default() };
    let fading = |kind| film(kind, vec![still("a").into(), Item::Transition(fade), still("b").into()]);
    let message = fading(TrackKind::Video).validate().unwrap_err().message;
    assert!(message.contains("between clip \"a\" and clip \"b\" on the video track"), "{message}");
    assert_eq!(error(&fading(TrackKind::Overlay)), at("timeline.transition", "timeline.tracks[1].items[1]"));
    let late = Timeline { chapters: vec![Chapter { frame: 31, title: "x".into() }], ..film(TrackKind::Music, vec![]) };
    assert_eq!(error(&late), at("timeline.chapter", "timeline.chapters[0]"));
    let slow = Timeline { rate: Rate { num: 1, den: 2 }, ..late };
    assert_eq!(error(&slow), at("timeline.rate", "timeline.rate"));
}

#[test]
fn timelines_are_read_and_written_as_they_always_were() {
    let text = r#"{"rate":{"num":30,"den":1},"tracks":[{"kind":"video","items":[{"kind":"clip","id":"a","media":{"type":"video","video":{"blob":"b","bytes":1,"mime":"m"},"from":0.5},"frames":60,"captions":[{"text":"hi","start":0.1,"end":0.2}]},{"kind":"transition","look":"fade_black","in_frames":10,"out_frames":10},{"kind":"clip","id":"b","media":{"type":"still","image":{"blob":"b","bytes":1,"mime":"m"}},"frames":40},{"kind":"gap","frames":15}]},{"kind":"music","items":[{"kind":"clip","id":"m","media":{"type":"audio","audio":{"blob":"b","bytes":1,"mime":"m"}},"frames":115,"gain_db":-3.0}]}],"chapters":[{"frame":0,"title":"One"}]}"#;
    let timeline: Timeline = serde_json::from_str(text).unwrap();
    timeline.validate().unwrap();
    assert_eq!(serde_json::to_string(&timeline).unwrap(), text);
    assert_eq!(timeline.tracks[0].clips().map(|(at, c)| (at, c.frames)).collect::<Vec<_>>(), [(0, 60), (60, 40)]);
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![3 => 0.0..1.0, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(-0.0)]
}

fn rect() -> impl Strategy<Value = Rect> {
    (number(), number(), number(), number()).prop_map(|(x, y, width, height)| Rect { x, y, width, height })
}

fn rate() -> impl Strategy<Value = Rate> {
    prop_oneof![
        4 => Just(Rate { num: 30000, den: 1001 }),
        1 => (any::<u32>(), any::<u32>()).prop_map(|(num, den)| Rate { num, den })
    ]
}

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        3 => Just(Ratio::ONE),
        1 => (any::<u32>(), any::<u32>()).prop_map(|(num, den)| Ratio { num, den }),
    ]
}

fn media() -> impl Strategy<Value = Media> {
    let time = prop_oneof![
        number().prop_map(MediaTime::Seconds),
        (any::<u64>(), rate()).prop_map(|(value, rate)| MediaTime::Exact(RationalTime { value, rate })),
    ];
    let color = any::<[u8; 4]>().prop_map(|[red, green, blue, alpha]| Color { red, green, blue, alpha });
    prop_oneof![
        Just(Media::Still { image: Blob::default() }),
        time.clone().prop_map(|from| Media::Video { video: Blob::default(), from }),
        time.prop_map(|from| Media::Audio { audio: Blob::default(), from }),
        color.clone().prop_map(|color| Media::Color { color }),
        (color.clone(), prop::option::of(color)).prop_map(|(color, rest)| Media::ProgressBar { color, rest }),
        Just(Media::Captions),
    ]
}

fn framing() -> impl Strategy<Value = Framing> {
    let fit = prop::option::of(prop::sample::select(vec![Fit::Blurred, Fit::Cover, Fit::Contain, Fit::Stretch]));
    let crop = prop::collection::vec((any::<u32>(), rect()), 0..3);
    let opacity = prop::collection::vec((any::<u32>(), number()), 0..3);
    (fit, crop, prop::option::of(rect()), opacity, any::<u32>(), any::<u32>()).prop_map(
        |(fit, crop, place, opacity, fade_in, fade_out)| Framing {
            fit,
            crop: crop.into_iter().map(|(frame, rect)| CropKey { frame, rect, ease: Ease::InOut }).collect(),
            place,
            opacity: opacity.into_iter().map(|(frame, opacity)| OpacityKey { frame, opacity }).collect(),
            fade_in,
            fade_out,
            blend: Blend::Screen,
        },
    )
}

prop_compose! {
    fn any_clip()(
        id in "[a-c]{0,2}", media in media(), frames in prop_oneof![3 => 1u32..90, 1 => any::<u32>()], gain in number(),
        speed in ratio(), ramp in prop::collection::vec((any::<u32>(), ratio()), 0..3),
        framing in prop_oneof![Just(Framing::default()), framing()], word in prop::option::of(number()),
    ) -> Clip {
        let ramp = ramp.into_iter().map(|(frame, speed)| SpeedPoint { frame, speed }).collect();
        let word = word.map(|start| Word { text: "word".into(), start, end: start + 0.5, speaker: String::new() });
        let captions: Vec<Word> = word.into_iter().collect();
        let translation = captions.clone();
        Clip { id, media, frames, captions, translation, keywords: vec![], gain_db: gain, speed, ramp, framing, hearing: Hearing::default() }
    }
}

fn any_timeline() -> impl Strategy<Value = Timeline> {
    use TrackKind::{Caption, Effect, Music, Narration, Overlay, Video};
    let item = prop_oneof![
        4 => any_clip().prop_map(Item::from),
        1 => any::<u32>().prop_map(|frames| Item::Gap { frames }),
        1 => (prop::sample::select(TransitionLook::ALL.to_vec()), any::<u32>(), 0u32..9).prop_map(
            |(look, in_frames, out_frames)| Item::Transition(Transition { look, in_frames, out_frames, ..Transition::default() })
        ),
    ];
    let kind = prop::sample::select(vec![Video, Overlay, Caption, Narration, Music, Effect]);
    let track = (kind, prop::collection::vec(item, 0..4)).prop_map(|(kind, items)| Track { kind, items });
    (rate(), prop::collection::vec(track, 0..4), any::<u32>()).prop_map(|(rate, tracks, frame)| Timeline {
        rate,
        tracks,
        chapters: vec![Chapter { frame, title: "x".into() }],
        markers: vec![Marker { frame, name: "here".into(), ..Marker::default() }],
    })
}

proptest! {
    #[test]
    fn hostile_timelines_are_refused_and_nothing_breaks(timeline in any_timeline()) {
        let length: u64 = timeline.track(TrackKind::Video)
            .map_or(0, |t| t.items.iter().map(|i| u64::from(i.frames())).sum());
        match timeline.validate() {
            Ok(()) => prop_assert_eq!(u64::from(timeline.frames()), length),
            Err(error) => {
                prop_assert!(error.field.is_some() && error.code.starts_with("timeline."), "{error:?}");
                prop_assert!(error.message.ends_with('.'), "{}", error.message);
            }
        }
        for (_, clip) in timeline.tracks.iter().flat_map(Track::clips) {
            let _ = (clip.played(7.0), clip.framing.opacity_at(7, clip.frames));
        }
    }

    #[test]
    fn what_is_written_is_read_again(clip in any_clip()) {
        // JSON has no such numbers.
        let text = serde_json::to_string(&clip).unwrap();
        prop_assume!(!text.contains("null"));
        prop_assert_eq!(serde_json::from_str::<Clip>(&text).unwrap(), clip);
    }

    #[test]
    fn a_ramp_never_plays_backwards(points in prop::collection::vec((1u32..40, 0u32..400), 0..5), frame in 0u32..300) {
        let mut at = 0;
        let ramp = points.into_iter().map(|(step, percent)| {
            at += step;
            SpeedPoint { frame: at, speed: Ratio { num: percent, den: 100 } }
        });
        let clip = Clip { ramp: ramp.collect(), ..Clip::default() };
        let (now, next) = (clip.played(f64::from(frame)), clip.played(f64::from(frame + 1)));
        prop_assert!(next >= now && next - now <= 4.0 + 1e-9, "{now} {next}");
    }
}
