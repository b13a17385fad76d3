//! Pictures in their place: fit, crop, opacity, blend modes, overlays, progress bars, speed.

use studio_plugin_sdk::timeline::{
    Blend, Clip, Color, CropKey, Ease, Fit, Framing, Item, Media, OpacityKey, Rate, Ratio, Rect, SpeedPoint, TrackKind,
};

use crate::{
    scene::{Frame, clip, film, framed, frames, frames_of, gap, sheet, still, video},
    studio::Studio,
};

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const BLACK: [u8; 3] = [0, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];
const GREY: Color = Color::opaque(128, 128, 128);
/// Half as high as wide: red in its middle half, blue on both sides.
const BANDS: &str = "color=blue:s=320x160:d=0.04,drawbox=x=80:w=160:h=160:color=red:t=fill,format=rgb24";

fn fitting(fit: Fit) -> Framing {
    Framing { fit: Some(fit), ..Framing::default() }
}

fn placed(x: f64, y: f64, width: f64, height: f64) -> Framing {
    Framing { place: Some(Rect { x, y, width, height }), ..Framing::default() }
}

/// The picture, grey or white, with clips over it, one on each track.
fn over(studio: &Studio, base: Color, overlays: Vec<Clip>) -> Vec<Frame> {
    let base = clip("base", Media::Color { color: base }, 12);
    let mut tracks: Vec<(TrackKind, Vec<Item>)> = vec![(TrackKind::Video, vec![base.into()])];
    tracks.extend(overlays.into_iter().map(|clip| (TrackKind::Overlay, vec![clip.into()])));
    frames(studio, &film(Rate::fps(30), tracks)).1
}

#[test]
fn a_picture_fills_its_place_as_it_is_told() {
    let studio = Studio::new();
    let moving = video(&studio, "bands", &format!("{BANDS},loop=loop=11:size=1"), &["-pix_fmt", "yuv444p"]);
    let mut shown = Vec::new();
    for media in [still(&studio, "bands", BANDS), moving] {
        let mut draw = |fit| {
            let frame = frames_of(&studio, framed("x", media.clone(), 4, fitting(fit))).remove(3);
            shown.push(frame.clone());
            frame
        };
        let cover = draw(Fit::Cover);
        assert!(cover.is((6, 6), RED) && cover.is((474, 474), RED), "{:?}", cover.rgb(6, 6));
        let contain = draw(Fit::Contain);
        assert!(contain.is((240, 60), BLACK) && contain.is((240, 420), BLACK) && contain.is((60, 240), BLUE));
        assert!(contain.is((240, 130), RED) && contain.is((240, 350), RED));
        let stretch = draw(Fit::Stretch);
        assert!(stretch.is((60, 6), BLUE) && stretch.is((240, 474), RED) && stretch.is((420, 474), BLUE));
        let blurred = draw(Fit::Blurred);
        assert!(
            blurred.is((60, 240), BLUE) && blurred.is((240, 240), RED),
            "{:?} {:?}",
            blurred.rgb(60, 240),
            blurred.rgb(240, 240)
        );
        let [red, _, blue] = blurred.rgb(240, 40);
        assert!((60.0..180.0).contains(&red) && blue < 60.0, "no darkened backdrop: {red} {blue}");
    }
    sheet(&studio, "fit", &shown, 4);
}

#[test]
fn only_the_part_that_is_wanted_is_seen() {
    let studio = Studio::new();
    let right = CropKey { frame: 0, rect: Rect { x: 0.75, width: 0.25, ..Rect::WHOLE }, ease: Ease::Linear };
    for media in [still(&studio, "b", BANDS), video(&studio, "b", &format!("{BANDS},loop=loop=5:size=1"), &[])] {
        let framing = Framing { crop: vec![right], ..fitting(Fit::Stretch) };
        let frame = frames_of(&studio, framed("x", media, 3, framing)).remove(2);
        assert!([(12, 12), (468, 240), (240, 468)].iter().all(|at| frame.is(*at, BLUE)), "{:?}", frame.rgb(12, 12));
    }
}

#[test]
fn what_is_seen_of_an_overlay_moves_in_its_place() {
    let studio = Studio::new();
    // From the left half, which is blue and then red, to the right one, which is the other way round.
    let half = |x: f64| Rect { x, y: 0.0, width: 0.5, height: 1.0 };
    let key = |frame, x| CropKey { frame, rect: half(x), ease: Ease::Linear };
    let moving = video(&studio, "bands", &format!("{BANDS},loop=loop=11:size=1"), &["-pix_fmt", "yuv444p"]);
    for media in [still(&studio, "bands", BANDS), moving] {
        let crop = vec![key(0, 0.0), key(11, 0.5)];
        let framing = Framing { crop, fit: Some(Fit::Cover), ..placed(0.5, 0.25, 0.5, 0.5) };
        let drawn = over(&studio, Color::WHITE, vec![framed("x", media, 12, framing)]);
        let sides = |n: usize| [(260, 240), (460, 240)].map(|at| drawn[n].is(at, RED));
        assert_eq!([sides(0), sides(11)], [[false, true], [true, false]]);
        assert!(drawn[0].is((260, 240), BLUE) && drawn[11].is((460, 240), BLUE));
        assert!(drawn.iter().all(|f| f.is((120, 240), WHITE) && f.is((360, 60), WHITE)), "it leaves its place");
        // Where red begins goes to the left, by as much from frame to frame, until it is out of sight.
        let edges = drawn.iter().map(|frame| (240..480).find(|&x| frame.rgb(x, 240)[0] > 128.0).unwrap());
        let edges: Vec<usize> = edges.collect();
        assert!(edges[..6].windows(2).all(|two| (20..=24).contains(&(two[0] - two[1]))), "{edges:?}");
    }
}

#[test]
fn pictures_stand_in_the_picture_and_side_by_side() {
    let studio = Studio::new();
    let (red, blue) = (still(&studio, "r", "color=red:s=64x48"), video(&studio, "v", "color=blue:s=64x48:d=1", &[]));
    let left = Framing { fit: Some(Fit::Cover), ..placed(0.0, 0.0, 0.5, 1.0) };
    let right = Framing { fit: Some(Fit::Cover), ..placed(0.5, 0.0, 0.5, 1.0) };
    let split =
        over(&studio, Color::WHITE, vec![framed("l", red.clone(), 12, left), framed("r", blue.clone(), 12, right)]);
    assert!(
        split
            .iter()
            .all(|f| f.is((2, 2), RED) && f.is((236, 476), RED) && f.is((243, 2), BLUE) && f.is((477, 476), BLUE))
    );
    // It keeps its shape in its place: 120 × 90 in 120 × 120, in the middle.
    let inset = over(&studio, Color::WHITE, vec![framed("p", blue, 5, placed(0.7, 0.05, 0.25, 0.25))]);
    assert!(inset[4].is((340, 45), BLUE) && inset[4].is((452, 122), BLUE));
    assert!(inset[4].is((396, 32), WHITE) && inset[4].is((396, 136), WHITE) && inset[4].is((330, 80), WHITE));
    assert!(inset[5].is((396, 84), WHITE), "it stays longer than its clip");
    // On the picture's own track it lies over black.
    let alone = frames_of(&studio, framed("x", red, 3, placed(0.25, 0.25, 0.5, 0.5)));
    assert!(alone[2].is((240, 240), RED) && alone[2].is((60, 240), BLACK));
    sheet(&studio, "places", &[split[3].clone(), inset[3].clone(), alone[2].clone()], 3);
}

#[test]
fn a_logo_has_clean_edges_and_is_seen_through() {
    let studio = Studio::new();
    // A white disc; what cannot be seen of it is black.
    let disc = "color=black:s=300x300,format=rgba,geq=r='255*lt(hypot(X-150,Y-150),140)':g='255*lt(hypot(X-150,Y-150),140)':\
                b='255*lt(hypot(X-150,Y-150),140)':a='255*lt(hypot(X-150,Y-150),140)'";
    let place = placed(0.1, 0.1, 0.23, 0.23);
    let frame = over(&studio, Color::WHITE, vec![framed("logo", still(&studio, "disc", disc), 12, place)]).remove(5);
    let darkest = frame.0[..480 * 480].iter().min().unwrap();
    assert!(*darkest >= 231, "a dark edge: {darkest}");
    let veil = still(&studio, "veil", "color=red@0.5:s=60x60,format=rgba");
    let half = over(&studio, Color::WHITE, vec![framed("veil", veil, 12, placed(0.5, 0.5, 0.25, 0.25))]).remove(5);
    assert!(half.is((300, 300), [255, 128, 128]), "{:?}", half.rgb(300, 300));
}

#[test]
fn a_picture_appears_and_goes() {
    let studio = Studio::new();
    let red = || still(&studio, "red", "color=red:s=64x64");
    let seen = |frames: &[Frame]| -> Vec<u32> {
        frames.iter().map(|f| ((255.0 - f.rgb(240, 240)[2]) / 25.5).round() as u32).collect()
    };
    let fading = Framing { fade_in: 5, fade_out: 2, ..fitting(Fit::Cover) };
    let frames = over(&studio, Color::WHITE, vec![framed("x", red(), 12, fading)]);
    assert_eq!(seen(&frames), [0, 2, 4, 6, 8, 10, 10, 10, 10, 10, 5, 0]);
    let key = |frame, opacity| OpacityKey { frame, opacity };
    let keyed = Framing { opacity: vec![key(2, 0.2), key(6, 1.0), key(8, 0.4)], ..fitting(Fit::Cover) };
    let frames = over(&studio, Color::WHITE, vec![framed("x", red(), 12, keyed.clone())]);
    assert_eq!(seen(&frames), [2, 2, 2, 4, 6, 8, 10, 7, 4, 4, 4, 4]);
    // On the picture's own track, from black.
    let alone = frames_of(&studio, framed("x", red(), 4, Framing { fade_in: 2, ..Framing::default() }));
    let reds: Vec<f64> = alone.iter().map(|f| (f.rgb(240, 240)[0] / 25.5).round()).collect();
    assert_eq!(reds, [0.0, 5.0, 10.0, 10.0]);
}

#[test]
fn pictures_are_mixed_with_what_is_behind_them() {
    let studio = Studio::new();
    let light = || Media::Color { color: Color::opaque(200, 200, 200) };
    let cases = [
        (Blend::Normal, 200),
        (Blend::Multiply, 100),
        (Blend::Screen, 228),
        (Blend::Overlay, 200),
        (Blend::Add, 255),
        (Blend::Darken, 128),
        (Blend::Lighten, 200),
        (Blend::Difference, 72),
    ];
    let mut shown = Vec::new();
    for (blend, wanted) in cases {
        let framing = Framing { blend, ..placed(0.25, 0.25, 0.5, 0.5) };
        let frames = over(&studio, GREY, vec![framed("x", light(), 6, framing)]);
        assert!(frames[5].is((240, 240), [wanted; 3]), "{blend:?}: {:?}", frames[5].rgb(240, 240));
        assert!(frames[5].is((60, 60), [128; 3]) && frames[6].is((240, 240), [128; 3]), "{blend:?}");
        shown.push(frames[5].clone());
    }
    sheet(&studio, "blend", &shown, 4);
}

#[test]
fn a_progress_bar_grows_with_the_film() {
    let studio = Studio::new();
    let bar = Media::ProgressBar { color: Color::opaque(255, 0, 0), rest: Some(Color::opaque(0, 0, 255)) };
    let frames = over(&studio, Color::WHITE, vec![framed("bar", bar, 12, placed(0.0, 0.9, 1.0, 0.1))]);
    for (i, frame) in frames.iter().enumerate() {
        let red = (0..480).filter(|x| frame.is((*x, 470), RED)).count();
        assert!(red.abs_diff(40 * i) <= 2, "{i}: {red}");
        assert!(frame.is((240, 400), WHITE) && (i == 11 || frame.is((470, 470), BLUE)));
    }
    // Without a colour for the rest, what is behind it is seen; it has a place of its own, thin, below.
    let bar = Media::ProgressBar { color: Color::opaque(255, 0, 0), rest: None };
    let frames = over(&studio, Color::WHITE, vec![clip("bar", bar, 12)]);
    assert!(frames[6].is((100, 478), RED) && frames[6].is((400, 478), WHITE) && frames[6].is((100, 460), WHITE));
}

/// A film that shows its frame's number as its brightness: 16 + 2 × number.
fn counting(studio: &Studio, name: &str, rate: &str, frames: u32, filter: &str) -> Media {
    let source = format!("color=gray:s=64x64:r={rate},trim=end_frame={frames},geq=lum='16+2*N':cb=128:cr=128{filter}");
    video(studio, name, &source, &["-g", "12", "-pix_fmt", "yuv420p", "-fps_mode", "vfr"])
}

fn numbers(frames: &[Frame]) -> Vec<u32> {
    frames.iter().map(|f| ((f64::from(f.luma(240, 240)) - 16.0) / 2.0).round() as u32).collect()
}

#[test]
fn films_play_fast_slow_and_stand_still() {
    let studio = Studio::new();
    let media = counting(&studio, "count", "30", 90, "");
    let shown = |clip: Clip| numbers(&frames_of(&studio, Clip { framing: fitting(Fit::Stretch), ..clip }));
    let base = |frames| clip("x", media.clone(), frames);
    let speed = |num, den| Ratio { num, den };
    assert_eq!(shown(base(5)), [0, 1, 2, 3, 4]);
    assert_eq!(shown(Clip { speed: speed(2, 1), ..base(5) }), [0, 2, 4, 6, 8]);
    assert_eq!(shown(Clip { speed: speed(1, 2), ..base(6) }), [0, 0, 1, 1, 2, 2]);
    let Media::Video { video, .. } = &media else { unreachable!() };
    let later = |from: f64| Media::Video { video: video.clone(), from: from.into() };
    assert_eq!(shown(Clip { media: later(0.5), ..base(4) }), [15, 16, 17, 18]);
    assert_eq!(shown(Clip { media: later(1.2), speed: Ratio::ZERO, ..base(4) }), [36; 4]);
    assert_eq!(shown(Clip { media: later(2.9), ..base(6) }), [87, 88, 89, 89, 89, 89], "the last frame stays");
    assert_eq!(shown(Clip { media: later(9.0), ..base(3) }), [89; 3], "it begins after the film's end");
    // Slower, to a stop, on again at twice the speed.
    let point = |frame, num, den| SpeedPoint { frame, speed: speed(num, den) };
    let ramp = vec![point(2, 1, 1), point(10, 0, 1), point(14, 0, 1), point(20, 2, 1)];
    let clip = Clip { ramp, ..base(26) };
    let wanted: Vec<f64> = (0..26).map(|k| clip.played(f64::from(k))).collect();
    let seen = shown(clip);
    for (k, (seen, wanted)) in seen.iter().zip(&wanted).enumerate() {
        // A frame is seen from its time on: slow ones stay.
        assert!((f64::from(*seen) - wanted).abs() <= 1.01, "frame {k} shows {seen}, wanted {wanted}: {seen:?}");
    }
    assert_eq!(seen[11..15], [6; 4], "it stands still: {seen:?}");
}

#[test]
fn films_of_other_rates_keep_their_time() {
    let studio = Studio::new();
    let shown = |name: &str, rate: &str, filter: &str, from: f64| {
        let Media::Video { video, .. } = counting(&studio, name, rate, 60, filter) else { unreachable!() };
        let media = Media::Video { video, from: from.into() };
        numbers(&frames_of(&studio, framed(name, media, 10, fitting(Fit::Stretch))))
    };
    assert_eq!(shown("sixty", "60", "", 0.0), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    assert_eq!(shown("slow", "15", "", 0.2), [3, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
    // Uneven times: every third frame is missing.
    let uneven = shown("uneven", "30", ",select='mod(n,3)-1'", 0.0);
    assert_eq!(uneven, [0, 0, 2, 3, 3, 5, 6, 6, 8, 9]);
    // A frame that stays for seconds is still seen where a clip begins long after it.
    assert_eq!(shown("long", "1/2", "", 5.0)[..3], [2, 2, 2]);
}

#[test]
fn an_overlay_comes_when_it_should() {
    let studio = Studio::new();
    let base = clip("base", Media::Color { color: Color::WHITE }, 20);
    let media = counting(&studio, "late", "30", 30, "");
    let late = framed("late", media, 6, Framing { fit: Some(Fit::Stretch), ..placed(0.25, 0.25, 0.5, 0.5) });
    let tracks = vec![(TrackKind::Video, vec![base.into()]), (TrackKind::Overlay, vec![gap(7), late.into()])];
    let (_, frames) = frames(&studio, &film(Rate::fps(30), tracks));
    assert_eq!(numbers(&frames[7..13]), [0, 1, 2, 3, 4, 5]);
    assert!([0, 6, 13, 19].iter().all(|&i| frames[i].is((240, 240), WHITE)));
}
