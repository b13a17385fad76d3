//! Every transition, drawn.

use studio_plugin_sdk::timeline::{Color, Ease, Item, Media, Rate, TrackKind, Transition, TransitionLook};

use crate::{
    scene::{Frame, clip, film, frames, sheet, still},
    studio::Studio,
};

/// Frames of a clip, and of a transition on each side of the cut.
const BODY: u32 = 3;
const SIDE: u32 = 6;
const ORANGE: Color = Color::opaque(220, 60, 20);

/// The pictures of transitions, each from the first picture to the second, with one frame before and after it.
fn windows(studio: &Studio, pictures: &[Media; 2], all: &[Transition]) -> Vec<Vec<Frame>> {
    let mut items: Vec<Item> = Vec::new();
    for (i, transition) in all.iter().enumerate() {
        items.push(clip(&format!("one{i}"), pictures[0].clone(), BODY + SIDE).into());
        items.push(Item::Transition(Transition { in_frames: SIDE, out_frames: SIDE, ..*transition }));
        items.push(clip(&format!("two{i}"), pictures[1].clone(), SIDE + BODY).into());
    }
    let (_, drawn) = frames(studio, &film(Rate::fps(30), vec![(TrackKind::Video, items)]));
    let (whole, body) = ((2 * (BODY + SIDE)) as usize, BODY as usize);
    drawn.chunks(whole).map(|film| film[body - 1..=whole - body].to_vec()).collect()
}

fn looked(look: TransitionLook) -> Transition {
    let color = (look == TransitionLook::FadeColor).then_some(ORANGE);
    Transition { look, color, ..Transition::default() }
}

fn pictures(studio: &Studio) -> [Media; 2] {
    let one = "testsrc2=s=480x480,format=rgb24";
    let two = "smptehdbars=s=480x480,vflip,drawgrid=w=60:h=60:t=4:c=white,format=rgb24";
    [still(studio, "one", one), still(studio, "two", two)]
}

#[test]
fn every_transition_goes_from_one_picture_to_the_other() {
    let studio = Studio::new();
    let pictures = pictures(&studio);
    let mut shown = Vec::new();
    let mut middles: Vec<(TransitionLook, Frame)> = Vec::new();
    let drawn = windows(&studio, &pictures, &TransitionLook::ALL.map(looked));
    for (look, frames) in TransitionLook::ALL.into_iter().zip(drawn) {
        let (before, after) = (&frames[0], &frames[frames.len() - 1]);
        shown.extend([1, 4, 6, 7, 9, 12].map(|i| frames[i].clone()));
        if look == TransitionLook::Cut {
            assert!(frames[6] == *before && frames[7] == *after, "a cut");
            continue;
        }
        let (first, middle, last) = (&frames[1], &frames[7], &frames[frames.len() - 2]);
        // It begins with the one alone, to a rounding, and its last frame is nearer to the other.
        assert!(first.difference(before) < 1.0, "{look:?} begins {}", first.difference(before));
        let (still, going) = (last.difference(before), last.difference(after));
        assert!(still > going, "{look:?} ends {going} from the other, {still} from the one");
        let (from, to) = (middle.difference(before), middle.difference(after));
        assert!(from > 8.0 && to > 8.0, "{look:?} in the middle: {from} from one, {to} from the other");
        if let Some((other, _)) = middles.iter().find(|(_, frame)| frame.difference(middle) < 0.5) {
            panic!("{look:?} looks as {other:?} does");
        }
        middles.push((look, middle.clone()));
    }
    sheet(&studio, "transitions", &shown, 6);
}

#[test]
fn a_transition_gathers_speed_and_loses_it() {
    let studio = Studio::new();
    let pictures = pictures(&studio);
    let eases = [Ease::In, Ease::InOut, Ease::Linear, Ease::Out];
    for look in [TransitionLook::WipeLeft, TransitionLook::FadeWhite, TransitionLook::CoverUp] {
        let drawn = windows(&studio, &pictures, &eases.map(|ease| Transition { ease, ..looked(look) }));
        assert!(drawn.iter().all(|frames| frames[1].difference(&frames[0]) < 1.0), "{look:?}");
        let done: Vec<f64> = drawn.iter().map(|frames| frames[4].difference(&frames[0])).collect();
        assert!(done.windows(2).all(|pair| pair[0] < pair[1]), "{look:?}: {done:?}");
    }
}

#[test]
fn a_fade_goes_through_its_colour() {
    let studio = Studio::new();
    let pictures = pictures(&studio);
    let fades = [TransitionLook::FadeBlack, TransitionLook::FadeWhite, TransitionLook::FadeColor].map(looked);
    let colours = [[0, 0, 0], [255, 255, 255], [220, 60, 20]];
    for (frames, rgb) in windows(&studio, &pictures, &fades).iter().zip(colours) {
        // Half of it is done in its seventh frame.
        for place in [(40, 40), (240, 240), (440, 300)] {
            assert!(frames[7].is(place, rgb), "{rgb:?}: {:?}", frames[7].rgb(place.0, place.1));
        }
    }
}

#[test]
fn a_picture_that_stays_is_the_same_to_the_bit_through_a_transition() {
    let studio = Studio::new();
    let [one, _] = pictures(&studio);
    let frames = windows(&studio, &[one.clone(), one], &[looked(TransitionLook::WipeLeft)]).remove(0);
    assert!(frames.iter().all(|frame| *frame == frames[0]), "colours are not kept on the way through 4:4:4");
}
