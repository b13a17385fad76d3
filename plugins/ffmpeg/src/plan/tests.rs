//! Tests of the planner.

use proptest::prelude::*;
use studio_plugin_sdk::{
    blob::Blob,
    roles::{
        image::Image,
        tts::{Speech, Word},
    },
    timeline::{Clip, Item, SceneClip, Track, Transition, TransitionLook},
};

use super::*;
use crate::preset;

fn format() -> Format {
    preset::format("", None).unwrap()
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
    insta::assert_snapshot!(piece, @r#"{"format":{"width":1920,"height":1080,"rate":{"num":30,"den":1},"speed":"veryfast","crf":20},"frames":96,"shot":{"source":{"source":"still","image":{"blob":"b","bytes":1,"mime":"image/png"}},"captions":{"first":7,"cues":[{"start":233,"end":2040,"lines":[[{"text":"It","start":300,"end":440},{"text":"feeds","start":460,"end":840},{"text":"half","start":860,"end":1160},{"text":"of","start":1180,"end":1320},{"text":"the","start":1340,"end":1560},{"text":"world.","start":1580,"end":2040}]]},{"start":2040,"end":3433,"lines":[[{"text":"Nothing","start":2060,"end":2600},{"text":"else","start":2620,"end":2920},{"text":"does.","start":2940,"end":3320}]]}]}}}"#);
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
    assert_eq!(captions.cues.last(), body.segment.shot.captions.as_ref().unwrap().cues.last());
    assert_eq!(captions.first, i64::from(plan.segments[0].segment.frames));
}

#[test]
fn letters_that_the_font_lacks_are_left_out_of_the_picture_only() {
    let plan = planned(&[scene("a", "Rice is 水稻 and 🌾 here.")]);
    assert_eq!(plan.undrawn, 2);
    let drawn = serde_json::to_string(&plan.segments[0].segment).unwrap();
    assert!(drawn.contains("Rice") && !drawn.contains('水'));
    assert!(plan.cues.iter().any(|(_, cue)| cue.lines.iter().any(|l| Cue::line_text(l).contains("水稻"))));
}

fn any_timeline() -> impl Strategy<Value = Timeline> {
    let item = (0u8..4, 1u32..60, 0u32..30, 0u32..30);
    prop::collection::vec(item, 1..20).prop_map(|list| {
        let mut items: Vec<Item> = Vec::new();
        for (i, (kind, frames, before, after)) in list.into_iter().enumerate() {
            if let (Some(last), true) = (items.last(), kind > 0) {
                let (in_frames, out_frames) = (before.min(last.frames()), after.min(frames));
                items.push(Item::Transition(Transition {
                    look: TransitionLook::SlideLeft,
                    in_frames,
                    out_frames,
                    ..Transition::default()
                }));
            }
            items.push(if kind == 1 {
                Item::Gap { frames }
            } else {
                let media = Media::Still { image: image("x") };
                Clip { id: i.to_string(), media, frames, ..Clip::default() }.into()
            });
        }
        Timeline {
            rate: Rate::fps(30),
            tracks: vec![Track { kind: TrackKind::Video, items }],
            chapters: vec![],
            markers: vec![],
        }
    })
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
    }
}
