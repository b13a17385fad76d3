//! Tests of how scenes are laid out.

use super::*;

fn scene(id: &str, seconds: f64) -> SceneClip {
    SceneClip {
        id: id.into(),
        title: id.into(),
        picture: Some(Image::default()),
        narration: Some(Speech { seconds, ..Speech::default() }),
        captions: vec![Word { text: "hi".into(), start: 0.1, end: 0.2, speaker: String::new() }],
        transition: TransitionLook::Dissolve,
        ..SceneClip::default()
    }
}

#[test]
fn tracks_are_equally_long_and_cuts_lie_in_silence() {
    let t = Timeline::from_scenes(&[scene("a", 2.01), scene("b", 1.0)], Rate::fps(30)).unwrap();
    let length = |kind| t.track(kind).unwrap().items.iter().map(Item::frames).sum::<u32>();
    assert_eq!(length(TrackKind::Video), 79 + 48);
    assert_eq!(length(TrackKind::Narration), length(TrackKind::Video));
    assert_eq!(t.chapters[1].frame, 79);
    let Item::Transition(x) = &t.tracks[0].items[1] else { panic!("no transition") };
    assert_eq!((x.in_frames, x.out_frames), (7, 7));
}

#[test]
fn a_scene_without_a_picture_is_named() {
    let mut bare = scene("b", 1.0);
    bare.picture = None;
    assert_eq!(Timeline::from_scenes(&[scene("a", 1.0), bare], Rate::fps(30)), Err(1));
}

#[test]
fn a_very_short_scene_keeps_a_body() {
    let mut short = scene("a", 0.0);
    short.narration = None;
    short.seconds = Some(0.1);
    let t = Timeline::from_scenes(&[short.clone(), short], Rate::fps(30)).unwrap();
    assert!(t.tracks[0].items.iter().all(|i| !matches!(i, Item::Transition(_))));
}

#[test]
fn what_lies_over_a_scene_stands_on_tracks_of_its_own() {
    let logo = |start, seconds| SceneOverlay {
        picture: Some(Image::default()),
        start,
        seconds,
        fade: 0.2,
        opacity: Some(0.5),
        ..SceneOverlay::default()
    };
    let with = |id: &str, overlays: Vec<SceneOverlay>| SceneClip { overlays, ..scene(id, 1.4) };
    let scenes =
        [with("a", vec![]), with("b", vec![logo(0.5, None), logo(1.0, Some(9.0))]), with("c", vec![logo(3.0, None)])];
    let t = Timeline::from_scenes(&scenes, Rate::fps(30)).unwrap();
    t.validate().unwrap();
    let over: Vec<_> = t.tracks.iter().filter(|t| t.kind == TrackKind::Overlay).collect();
    let spans = |track: &Track| track.clips().map(|(at, c)| (c.id.clone(), at, c.frames)).collect::<Vec<_>>();
    assert_eq!(spans(over[0]), [("b-over-1".to_string(), 75, 45)]);
    assert_eq!(spans(over[1]), [("b-over-2".to_string(), 90, 30)]);
    assert_eq!(over[0].clips().next().unwrap().1.framing.fade_in, 6);
}

#[test]
fn captions_lie_over_what_is_behind_them_and_bars_grow() {
    let words = vec![Word { text: "Hi".into(), start: 0.1, end: 0.4, speaker: String::new() }];
    let bar = SceneBar { color: Color::WHITE, rest: None };
    let veil = SceneOverlay {
        bar: Some(bar),
        fade: 0.2,
        fade_in: Some(0.0),
        behind_captions: true,
        ..SceneOverlay::default()
    };
    let logo = SceneOverlay { picture: Some(Image::default()), ..SceneOverlay::default() };
    let with = |id: &str, overlay| SceneClip { captions: words.clone(), overlays: vec![overlay], ..scene(id, 1.4) };
    let t = Timeline::from_scenes(&[with("a", logo), with("b", veil)], Rate::fps(30)).unwrap();
    t.validate().unwrap();
    let captions =
        |track: &Track| track.clips().map(|(at, c)| (c.id.clone(), at, c.captions.len())).collect::<Vec<_>>();
    assert_eq!(captions(&t.tracks[0]), [("a".into(), 0, 1), ("b".into(), 60, 0)]);
    assert_eq!(captions(t.track(TrackKind::Caption).unwrap()), [("b".into(), 60, 1)]);
    let (_, over) = t.track(TrackKind::Overlay).unwrap().clips().nth(1).unwrap();
    assert_eq!(over.media, Media::ProgressBar { color: Color::WHITE, rest: None });
    assert_eq!((over.framing.fade_in, over.framing.fade_out), (0, 6));
}

#[test]
fn a_scene_says_how_it_is_seen() {
    let film = SceneClip {
        video: Some(Blob::default()),
        from: 1.5,
        speed: Some(0.5),
        fit: Some(Fit::Cover),
        motion: Motion::ZoomIn,
        transition_seconds: Some(0.2),
        transition_ease: Ease::Out,
        ..scene("a", 1.4)
    };
    let t = Timeline::from_scenes(&[film, scene("b", 1.4)], Rate::fps(30)).unwrap();
    t.validate().unwrap();
    let (_, clip) = t.tracks[0].clips().next().unwrap();
    assert_eq!((clip.speed, clip.framing.fit), (Ratio { num: 1, den: 2 }, Some(Fit::Cover)));
    assert_eq!(clip.framing.crop.iter().map(|key| key.frame).collect::<Vec<_>>(), [0, 59]);
    let Item::Transition(x) = &t.tracks[0].items[1] else { panic!("no transition") };
    assert_eq!((x.in_frames, x.ease), (3, Ease::Out));
    for motion in [Motion::ZoomOut, Motion::PanLeft, Motion::PanRight, Motion::PanUp, Motion::PanDown] {
        let moving = SceneClip { motion, ..scene("a", 1.4) };
        Timeline::from_scenes(&[moving], Rate::fps(30)).unwrap().validate().unwrap();
    }
}
