//! Tests of the planner.

use proptest::prelude::*;
use studio_plugin_sdk::{
    blob::Blob,
    roles::{
        image::Image,
        tts::{Speech, Word},
    },
    timeline::{Blend, Clip, CropKey, Ease, Framing, Item, Rect, SceneClip, Track, Transition, TransitionLook},
};

use super::*;
use crate::{caption::clock, preset};

fn format() -> Format {
    preset::usual()
}

fn image(name: &str) -> Blob {
    Blob { blob: name.into(), bytes: 1, mime: "image/png".into() }
}

fn scene(id: &str, text: &str) -> SceneClip {
    let mut at = 0.0;
    let words: Vec<Word> = text
        .split(' ')
        .map(|w| {
            let start = at;
            at += 0.08 * w.len() as f64;
            Word { text: w.into(), start, end: at - 0.02, speaker: String::new() }
        })
        .collect();
    SceneClip {
        id: id.into(),
        title: id.to_uppercase(),
        picture: Some(Image { image: image(id), ..Default::default() }),
        narration: Some(Speech { audio: image(text), seconds: at, ..Default::default() }),
        captions: words,
        transition: TransitionLook::Dissolve,
        ..SceneClip::default()
    }
}

fn planned(scenes: &[SceneClip]) -> Plan {
    let format = format();
    plan(&Timeline::from_scenes(scenes, format.rate).unwrap(), &format, CaptionMode::Burnt, &BTreeMap::new())
}

fn pieces(plan: &Plan) -> BTreeMap<String, String> {
    plan.segments.iter().map(|p| (p.id.clone(), serde_json::to_string(&p.segment).unwrap())).collect()
}

fn film() -> Vec<SceneClip> {
    vec![
        scene("a", "Rice is grown on every continent but one."),
        scene("b", "It feeds half of the world. Nothing else does."),
        scene("c", "That is all."),
    ]
}

#[test]
fn a_film_is_bodies_and_windows() {
    let plan = planned(&film());
    let names: Vec<_> = plan.segments.iter().map(|p| (p.id.as_str(), p.segment.frames)).collect();
    insta::assert_snapshot!(format!("{names:?} {} poster {:?}", plan.frames, plan.poster), @r#"[("body-a", 93), ("cut-a-b", 14), ("body-b", 96), ("cut-b-c", 14), ("body-c", 35)] 252 poster (0, 46)"#);
    assert!(plan.segments.iter().all(|p| p.segment.change.is_none() || p.segment.shot.captions.is_none()));
    assert_eq!(plan.sound[0].clips.len(), 3);
    assert_eq!(plan.undrawn, 0);
}

#[test]
fn editing_a_sentence_changes_one_body() {
    let mut edited = film();
    edited[1] = scene("b", "It feeds half of the whole wide world. Nothing else does.");
    let (before, after) = (pieces(&planned(&film())), pieces(&planned(&edited)));
    let changed: Vec<_> =
        before.iter().filter(|(id, piece)| after[*id] != **piece).map(|(id, _)| id.as_str()).collect();
    assert_eq!(changed, ["body-b"]);
    assert_eq!(before.len(), after.len());
}

#[test]
fn editing_the_end_of_a_long_clip_leaves_its_first_parts() {
    let text = "Rice is grown on every continent but one. It feeds half of the world. Nothing else does. \
                From one seed come three thousand grains. People have planted it for nine thousand years.";
    let before = pieces(&planned(&[scene("a", text)]));
    let after = pieces(&planned(&[scene("a", &text.replace("nine thousand years", "ten thousand long years"))]));
    assert_eq!(before.keys().collect::<Vec<_>>(), ["body-a", "body-a.2", "body-a.3", "body-a.4"]);
    let changed: Vec<_> = before.iter().filter(|(id, piece)| after[*id] != **piece).map(|(id, _)| id).collect();
    assert_eq!(changed, ["body-a.4"]);
}

#[test]
fn editing_the_start_of_a_long_clip_leaves_the_sentences_that_follow() {
    let text = "Rice is grown on every continent but one. It feeds half of the world. Nothing else does. \
                From one seed come three thousand grains. People have planted it for nine thousand years.";
    let before = pieces(&planned(&[scene("a", text)]));
    let edits = ["each continent", "every single continent", "all the continents there are", "the continents"];
    for edit in edits {
        let after = pieces(&planned(&[scene("a", &text.replace("every continent", edit))]));
        let kept = before.values().filter(|piece| after.values().any(|other| other == *piece)).count();
        assert!(kept + 1 >= before.len() && before.len() >= 4, "{edit}: {kept} of {}", before.len());
    }
}

#[test]
fn a_new_scene_leaves_the_others_alone() {
    let mut more = film();
    more.insert(1, scene("new", "Something in between."));
    let (before, after) = (pieces(&planned(&film())), pieces(&planned(&more)));
    let fresh: Vec<_> = after.keys().filter(|id| !before.contains_key(*id)).map(String::as_str).collect();
    assert_eq!(fresh, ["body-new", "cut-a-new", "cut-new-b"]);
    assert!(before.iter().all(|(id, piece)| id == "cut-a-b" || after[id] == *piece));
}

#[test]
fn a_piece_knows_nothing_of_the_film() {
    let piece = pieces(&planned(&film())).remove("body-b").unwrap();
    insta::assert_snapshot!(piece, @r#"{"format":{"width":1920,"height":1080,"rate":{"num":30,"den":1},"speed":"veryfast","crf":20},"frames":96,"shot":{"source":{"source":"still","image":{"blob":"b","bytes":1,"mime":"image/png"}},"captions":{"cues":[{"start":0,"end":1620,"lines":[[{"text":"It","start":60,"end":180},{"text":"feeds","start":210,"end":540},{"text":"half","start":570,"end":840},{"text":"of","start":840,"end":990},{"text":"the","start":990,"end":1200},{"text":"world.","start":1200,"end":1620}]]},{"start":1620,"end":2880,"lines":[[{"text":"Nothing","start":1650,"end":2130},{"text":"else","start":2160,"end":2430},{"text":"does.","start":2430,"end":2790}]]}]}}}"#);
}

#[test]
fn words_that_reach_into_a_window_are_seen_in_it() {
    let mut film = film();
    let last = film[0].captions.last_mut().unwrap();
    last.end += 0.3;
    let plan = planned(&film);
    let window = plan.segments.iter().find(|p| p.id == "cut-a-b").unwrap();
    let captions = window.segment.shot.captions.as_ref().unwrap();
    let body = plan.segments.iter().find(|p| p.id == "body-a").unwrap();
    let (last, rate) = (body.segment.shot.captions.as_ref().unwrap().cues.last().unwrap(), Rate::fps(30));
    let since = parts::appears(last, rate);
    assert_eq!(captions.cues, [clock::earlier(last.clone(), since.into(), rate)]);
    assert_eq!(captions.first, body.segment.frames - since);
}

#[test]
fn letters_that_the_font_lacks_are_left_out_of_the_picture_only() {
    let plan = planned(&[scene("a", "Rice is 水稻 and 🌾 here.")]);
    assert_eq!(plan.undrawn, 2);
    let drawn = serde_json::to_string(&plan.segments[0].segment).unwrap();
    assert!(drawn.contains("Rice") && !drawn.contains('水'));
    assert!(plan.cues.iter().any(|(_, cue)| cue.lines.iter().any(|l| Cue::line_text(l).contains("水稻"))));
}

/// Three stills of 40, 50 and 60 frames with transitions between them, and what is given over them.
fn row(over: Vec<Track>) -> Timeline {
    let still = |id: &str, frames| {
        let media = Media::Still { image: image(id) };
        Item::from(Clip { id: id.into(), media, frames, ..Clip::default() })
    };
    let fade = || {
        let look = TransitionLook::Dissolve;
        Item::Transition(Transition { look, in_frames: 5, out_frames: 5, ..Transition::default() })
    };
    let items = vec![still("a", 40), fade(), still("b", 50), fade(), still("c", 60)];
    let mut tracks = vec![Track { kind: TrackKind::Video, items }];
    tracks.extend(over);
    Timeline { rate: Rate::fps(30), tracks, chapters: vec![], markers: vec![] }
}

fn overlay(name: &str, from: u32, frames: u32, framing: Framing) -> Track {
    let clip =
        Clip { id: "over".into(), media: Media::Still { image: image(name) }, frames, framing, ..Clip::default() };
    Track { kind: TrackKind::Overlay, items: vec![Item::Gap { frames: from }, clip.into()] }
}

fn drawn(timeline: &Timeline) -> BTreeMap<String, String> {
    timeline.validate().unwrap();
    pieces(&plan(timeline, &format(), CaptionMode::Burnt, &BTreeMap::new()))
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    before.iter().filter(|(id, piece)| after.get(*id) != Some(*piece)).map(|(id, _)| id.clone()).collect()
}

#[test]
fn an_overlay_is_part_of_the_segments_in_which_it_is_seen_and_of_no_others() {
    let bare = drawn(&row(vec![]));
    let over = |name: &str, from, frames| drawn(&row(vec![overlay(name, from, frames, Framing::default())]));
    assert_eq!(changed(&bare, &over("logo", 100, 30)), ["body-c"]);
    assert_eq!(changed(&over("logo", 100, 30), &over("other", 100, 30)), ["body-c"]);
    assert_eq!(changed(&over("logo", 0, 150), &over("logo", 0, 100)), ["body-c"]);
    assert_eq!(changed(&bare, &over("logo", 33, 9)), ["body-a", "cut-a-b"]);
    // A logo that stays is the same wherever a segment lies under it.
    let layers =
        |pieces: &BTreeMap<String, String>, id: &str| pieces[id].split_once("\"layers\"").unwrap().1.to_string();
    let whole = over("logo", 0, 150);
    assert_eq!(layers(&whole, "cut-a-b"), layers(&whole, "cut-b-c"));
    // It fades out in the last scene only.
    let fading = Framing { fade_out: 20, ..Framing::default() };
    assert_eq!(changed(&whole, &drawn(&row(vec![overlay("logo", 0, 150, fading)]))), ["body-c"]);
}

#[test]
fn captions_of_a_track_of_their_own_are_seen_and_written() {
    let words = ["Rice", "grows."].into_iter().enumerate().map(|(i, text)| {
        let start = 0.5 * i as f64;
        Word { text: text.into(), start, end: start + 0.4, speaker: String::new() }
    });
    let clip = Clip { id: "said".into(), frames: 40, captions: words.collect(), ..Clip::default() };
    let track = Track { kind: TrackKind::Caption, items: vec![Item::Gap { frames: 60 }, clip.into()] };
    let timeline = row(vec![track]);
    let plan = plan(&timeline, &format(), CaptionMode::Burnt, &BTreeMap::new());
    let seen: Vec<_> = plan.segments.iter().filter(|p| !p.segment.captions.is_empty()).map(|p| p.id.as_str()).collect();
    assert_eq!(seen, ["body-b", "cut-b-c", "body-c"]);
    let seen = &plan.segments[2].segment.captions[0];
    assert_eq!((seen.first, parts::appears(&seen.cues[0], Rate::fps(30))), (0, 15));
    assert_eq!((plan.cues.len(), plan.cues[0].0), (1, 2000));
}

#[test]
fn a_body_is_cut_where_something_over_it_comes_and_goes() {
    let mut timeline = row(vec![overlay("logo", 200, 90, Framing::default())]);
    timeline.tracks[0].items.truncate(1);
    let Item::Clip(clip) = &mut timeline.tracks[0].items[0] else { panic!("no clip") };
    clip.frames = 400;
    let pieces = drawn(&timeline);
    assert_eq!(pieces.keys().collect::<Vec<_>>(), ["body-a", "body-a.2", "body-a.3"]);
    let with: Vec<_> = pieces.iter().filter(|(_, piece)| piece.contains("logo")).map(|(id, _)| id).collect();
    assert_eq!(with, ["body-a.2"]);
}

#[test]
fn a_moving_picture_fills_its_place() {
    let crop = |frame, x, width| CropKey { frame, rect: Rect { x, y: 0.0, width, height: 1.0 }, ease: Ease::InOut };
    let framing = Framing { crop: vec![crop(0, 0.0, 0.8), crop(59, 0.2, 0.8)], ..Framing::default() };
    let mut timeline = row(vec![]);
    let Item::Clip(clip) = &mut timeline.tracks[0].items[4] else { panic!("no clip") };
    clip.framing = framing;
    let square = Facts { width: 1000, height: 1000, ..Facts::default() };
    let plan = plan(&timeline, &format(), CaptionMode::Off, &BTreeMap::from([("c".to_string(), square)]));
    let framed = &plan.segments.last().unwrap().segment.shot.framed;
    let rect = framed.crop[1].rect;
    assert!((rect.width / rect.height - 16.0 / 9.0).abs() < 1e-9, "{rect:?}");
    assert!((rect.y + rect.height / 2.0 - 0.5).abs() < 1e-9);
    assert_eq!(framed.within.map(|r| (r.x, r.width)), Some((0.0, 1.0)));
    assert_eq!((framed.crop[0].at, framed.crop[1].at), (-5, 54));
}

fn any_timeline() -> impl Strategy<Value = Timeline> {
    let item = (0u8..4, 1u32..60, 0u32..30, 0u32..30);
    let over = (0u32..300, 1u32..200, 0u32..20, any::<bool>());
    (prop::collection::vec(item, 1..20), prop::collection::vec(over, 0..3)).prop_map(|(list, over)| {
        let mut items: Vec<Item> = Vec::new();
        for (i, (kind, frames, before, after)) in list.into_iter().enumerate() {
            if let (Some(last), true) = (items.last(), kind > 0) {
                let (in_frames, out_frames) = (before.min(last.frames()), after.min(frames));
                let look = TransitionLook::SlideLeft;
                items.push(Item::Transition(Transition { look, in_frames, out_frames, ..Transition::default() }));
            }
            items.push(if kind == 1 {
                Item::Gap { frames }
            } else {
                let media = Media::Still { image: image("x") };
                Clip { id: i.to_string(), media, frames, ..Clip::default() }.into()
            });
        }
        let mut tracks = vec![Track { kind: TrackKind::Video, items }];
        tracks.extend(over.into_iter().map(|(from, frames, fade_in, screen)| {
            let blend = if screen { Blend::Screen } else { Blend::Normal };
            overlay("logo", from, frames, Framing { fade_in, blend, ..Framing::default() })
        }));
        Timeline { rate: Rate::fps(30), tracks, chapters: vec![], markers: vec![] }
    })
}

/// The film's frames of each segment, and the segment.
fn spans(plan: &Plan) -> Vec<(std::ops::Range<u32>, &Segment)> {
    let mut at = 0;
    let span = |planned: &'_ Planned| {
        let start = at;
        at += planned.segment.frames;
        start..at
    };
    let ranges: Vec<_> = plan.segments.iter().map(span).collect();
    ranges.into_iter().zip(plan.segments.iter().map(|p| &p.segment)).collect()
}

proptest! {
    #[test]
    fn frames_are_kept_and_pieces_are_long_enough(timeline in any_timeline()) {
        let plan = plan(&timeline, &format(), CaptionMode::Burnt, &BTreeMap::new());
        let total: u32 = plan.segments.iter().map(|p| p.segment.frames).sum();
        prop_assert_eq!(total, timeline.frames());
        let ids: BTreeSet<_> = plan.segments.iter().map(|p| &p.id).collect();
        prop_assert_eq!(ids.len(), plan.segments.len());
        let shortest = timeline.tracks[0].items.iter().map(Item::frames).filter(|f| *f > 0).min().unwrap_or(0);
        prop_assert!(plan.segments.iter().all(|p| p.segment.frames >= LEAST.min(shortest)));
        prop_assert!(plan.segments.iter().all(|p| p.segment.change.is_none() || p.segment.frames >= LEAST));
        let (at, frame) = plan.poster;
        prop_assert!(plan.segments.get(at).is_some_and(|p| frame < p.segment.frames));
        for planned in &plan.segments {
            for layer in &planned.segment.layers {
                prop_assert!(layer.frames > 0 && layer.start + layer.frames <= planned.segment.frames);
                let levels: u32 = layer.shot.framed.levels.iter().map(|(count, _)| count).sum();
                prop_assert!(levels == 0 || levels == layer.frames);
            }
        }
    }

    #[test]
    fn what_is_seen_in_no_frame_of_a_segment_is_not_in_it(
        timeline in any_timeline(), from in 0u32..600, frames in 1u32..90,
    ) {
        let mut more = timeline.clone();
        more.tracks.push(overlay("new", from, frames, Framing::default()));
        let plan = |timeline| plan(timeline, &format(), CaptionMode::Burnt, &BTreeMap::new());
        let (before, after) = (plan(&timeline), plan(&more));
        let before = spans(&before);
        for (range, segment) in spans(&after) {
            let seen = range.start < from + frames && range.end > from;
            prop_assert_eq!(seen, serde_json::to_string(segment).unwrap().contains("\"new\""));
            if let (false, Some((_, same))) = (seen, before.iter().find(|(r, _)| *r == range)) {
                prop_assert_eq!(segment, *same);
            }
        }
    }

    #[test]
    fn an_edit_of_a_clip_changes_its_segments_and_its_two_windows(timeline in any_timeline(), pick in any::<prop::sample::Index>()) {
        let mut edited = timeline.clone();
        let clips: Vec<usize> =
            (0..edited.tracks[0].items.len()).filter(|&i| matches!(edited.tracks[0].items[i], Item::Clip(_))).collect();
        prop_assume!(!clips.is_empty());
        let Item::Clip(clip) = &mut edited.tracks[0].items[clips[pick.index(clips.len())]] else { unreachable!() };
        clip.media = Media::Still { image: image("edited") };
        let id = clip.id.clone();
        let plan = |timeline| pieces(&plan(timeline, &format(), CaptionMode::Burnt, &BTreeMap::new()));
        let (before, after) = (plan(&timeline), plan(&edited));
        let touched = changed(&before, &after);
        let of_clip = |name: &String| {
            name.split_once('-').is_some_and(|(_, rest)| rest.split(['-', '.']).any(|part| part == id))
        };
        prop_assert!(touched.iter().all(of_clip), "{touched:?} of {id}");
        prop_assert!(touched.iter().filter(|name| name.starts_with("cut")).count() <= 2);
    }
}
