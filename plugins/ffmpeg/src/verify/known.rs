//! What a film is to be, gathered from what the request says, from the timeline, and from the film's own data.

use studio_plugin_sdk::{
    error::{Result, StageError},
    roles::{
        rank::Span,
        render::{CaptionMode, Film, RenderRequest, TimelineInput},
        tts::Word,
        verify::{Expected, Platform, VerifyRequest},
    },
    timeline::{Clip, Color, Item, Media, Rate, Timeline, Track, TrackKind, Transition, TransitionLook},
};

use crate::{check, sound::Goal};

/// How far from the wanted loudness is near enough, in LU.
pub const LOUDNESS: f64 = 0.5;

/// Of a picture of which less than this share is seen, over black, nothing is seen.
const SEEN: f64 = 0.05;
/// A colour none of whose parts is above this is black, of 255.
const DARK: u8 = 24;

/// What is known of a film before it is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Length in seconds.
    pub seconds: Option<f64>,
    /// Width and height.
    pub size: (Option<u32>, Option<u32>),
    /// Frames a second.
    pub rate: Option<(u32, u32)>,
    /// Integrated loudness in LUFS.
    pub loudness: f64,
    /// Highest true peak in dBTP.
    pub true_peak: f64,
    /// Where its captions are; none: not known.
    pub captions: Option<CaptionMode>,
    /// When somebody speaks.
    pub speech: Vec<Span>,
    /// What is said when.
    pub words: Vec<Word>,
    /// When the picture moves.
    pub moving: Vec<Span>,
    /// When it is black on purpose.
    pub black: Vec<Span>,
    /// It was rendered, without any sound.
    pub silent: bool,
    /// It was rendered as sound alone.
    pub sound_only: bool,
    /// It comes from `render`.
    pub rendered: bool,
    /// Where it is to be shown.
    pub platform: Option<Platform>,
    /// It has captions in two languages.
    pub two: bool,
    /// Its captions break between signs of scripts without spaces.
    pub opened: bool,
}

impl Known {
    /// Puts together what a request says.
    ///
    /// # Errors
    /// `invalid_input` naming a field that cannot be.
    pub fn of(request: &VerifyRequest) -> Result<Self> {
        let mut known = Self::of_film(&request.film);
        if request.timeline != TimelineInput::default() {
            let film = RenderRequest { timeline: request.timeline.clone(), ..RenderRequest::default() };
            let timeline = check::request(&film)?.0;
            known.add_timeline(&timeline);
            if let TimelineInput::Scenes(scenes) = &request.timeline {
                let spoken = |id: &str| scenes.iter().find(|s| s.id == id)?.narration.as_ref().map(|n| n.seconds);
                known.shorten_speech(&timeline, spoken);
            }
        }
        known.add(&request.expected)?;
        known.platform = request.platform;
        Ok(known)
    }

    fn of_film(film: &Film) -> Self {
        let rendered = film.frames > 0;
        let side = |pixels: u32| (pixels > 0).then_some(pixels);
        Self {
            seconds: rendered.then_some(film.seconds),
            size: (side(film.width), side(film.height)),
            rate: rate(&film.rate),
            loudness: film.wanted.map_or(Goal::WEB.integrated, |wanted| wanted.integrated),
            true_peak: film.wanted.map_or(Goal::WEB.true_peak, |wanted| wanted.true_peak),
            sound_only: rendered && film.width == 0,
            silent: rendered && film.loudness.is_none(),
            rendered,
            opened: film.words.is_some(),
            ..Self::default()
        }
    }

    fn add_timeline(&mut self, timeline: &Timeline) {
        self.seconds = Some(timeline.rate.seconds(timeline.frames()));
        for track in &timeline.tracks {
            for (item, span) in placed(track, timeline) {
                if let Item::Clip(clip) = item {
                    self.two |= !clip.translation.is_empty();
                }
                match (track.kind, item) {
                    (TrackKind::Video, Item::Gap { .. }) => self.black.push(span),
                    (TrackKind::Video, Item::Transition(transition)) if goes_through_dark(transition) => {
                        self.black.push(around(transition, span.start, timeline.rate));
                    }
                    (TrackKind::Video, Item::Clip(clip)) => {
                        self.words.extend(words(clip, span.start));
                        self.black.extend(dark(clip, span, timeline.rate));
                        if matches!(clip.media, Media::Video { .. }) && plays(clip) {
                            self.moving.push(span);
                        }
                    }
                    (TrackKind::Caption, Item::Clip(clip)) => self.words.extend(words(clip, span.start)),
                    (TrackKind::Narration, Item::Clip(_)) => self.speech.push(span),
                    _ => {}
                }
            }
        }
        self.words.sort_by(|a, b| a.start.total_cmp(&b.start));
    }

    /// A scene's speech ends before the scene does.
    fn shorten_speech(&mut self, timeline: &Timeline, spoken: impl Fn(&str) -> Option<f64>) {
        let clips = timeline.track(TrackKind::Narration).map(|track| placed(track, timeline)).into_iter().flatten();
        let clips = clips.filter_map(|(item, span)| match item {
            Item::Clip(clip) => Some((clip, span)),
            _ => None,
        });
        self.speech = clips
            .map(|(clip, span)| match spoken(&clip.id) {
                Some(seconds) => Span { end: span.end.min(span.start + seconds), ..span },
                None => span,
            })
            .collect();
    }

    fn add(&mut self, expected: &Expected) -> Result<()> {
        let is_time = |seconds: f64| seconds.is_finite() && (0.0..=1e6).contains(&seconds);
        if expected.seconds.is_some_and(|s| !is_time(s)) {
            return Err(StageError::invalid("expected.seconds", "A length is a number of seconds from 0 on."));
        }
        let spans = [("speech", &expected.speech), ("moving", &expected.moving), ("black", &expected.black)];
        for (name, list) in spans {
            if let Some(i) = list.iter().position(|s| !is_time(s.start) || !is_time(s.end) || s.end < s.start) {
                let message = "A stretch has a start and an end in seconds, the end not before the start.";
                return Err(StageError::invalid(format!("expected.{name}[{i}]"), message));
            }
        }
        if let Some(i) = expected.words.iter().position(|w| !is_time(w.start) || !is_time(w.end)) {
            return Err(StageError::invalid(
                format!("expected.words[{i}]"),
                "A word has times in seconds of the film.",
            ));
        }
        if let Some(text) = &expected.rate {
            let read = rate(text).ok_or_else(|| {
                StageError::invalid("expected.rate", format!("{text:?} is no rate. Write `30/1` or `30000/1001`."))
            })?;
            self.rate = Some(read);
        }
        self.seconds = expected.seconds.or(self.seconds);
        self.size = (expected.width.or(self.size.0), expected.height.or(self.size.1));
        self.loudness = expected.loudness.unwrap_or(self.loudness);
        self.true_peak = expected.true_peak.unwrap_or(self.true_peak);
        self.captions = expected.captions.or(self.captions);
        let lists = [(&mut self.speech, &expected.speech), (&mut self.moving, &expected.moving)];
        for (list, given) in lists.into_iter().chain([(&mut self.black, &expected.black)]) {
            if !given.is_empty() {
                list.clone_from(given);
            }
        }
        if !expected.words.is_empty() {
            self.words.clone_from(&expected.words);
        }
        Ok(())
    }
}

/// A track's items, each with where it stands in the film.
fn placed<'a>(track: &'a Track, timeline: &Timeline) -> Vec<(&'a Item, Span)> {
    let mut frame = 0;
    let place = |item: &'a Item| {
        let start = timeline.rate.seconds(frame);
        frame += item.frames();
        (item, Span { start, end: timeline.rate.seconds(frame) })
    };
    track.items.iter().map(place).collect()
}

fn words(clip: &Clip, start: f64) -> impl Iterator<Item = Word> + '_ {
    clip.captions.iter().map(move |w| Word { start: w.start + start, end: w.end + start, ..w.clone() })
}

/// A video that does not stand still anywhere.
fn plays(clip: &Clip) -> bool {
    clip.stretches().iter().all(|stretch| stretch.from > 0.0 || stretch.to > 0.0)
}

/// When a clip is black on purpose: it is a dark colour, or one sees little of it.
fn dark(clip: &Clip, span: Span, rate: Rate) -> Vec<Span> {
    if matches!(clip.media, Media::Color { color } if is_dark(color)) {
        return vec![span];
    }
    let framing = &clip.framing;
    if framing.opacity.is_empty() && framing.fade_in == 0 && framing.fade_out == 0 {
        return Vec::new();
    }
    let is_gone = |frame: u32| framing.opacity_at(frame, clip.frames) < SEEN;
    let mut spans: Vec<Span> = Vec::new();
    for frame in (0..clip.frames).filter(|frame| is_gone(*frame)) {
        let (start, end) = (span.start + rate.seconds(frame), span.start + rate.seconds(frame + 1));
        match spans.last_mut().filter(|last| start - last.end < rate.seconds(1) / 2.0) {
            Some(last) => last.end = end,
            None => spans.push(Span { start, end }),
        }
    }
    spans
}

fn goes_through_dark(transition: &Transition) -> bool {
    match transition.look {
        TransitionLook::FadeBlack => true,
        TransitionLook::FadeColor => is_dark(transition.color.unwrap_or(Color::BLACK)),
        _ => false,
    }
}

/// The frames of a transition that lies over a cut.
fn around(transition: &Transition, cut: f64, rate: Rate) -> Span {
    let start = cut - rate.seconds(transition.in_frames);
    Span { start: start.max(0.0), end: cut + rate.seconds(transition.out_frames) }
}

fn is_dark(color: Color) -> bool {
    [color.red, color.green, color.blue].into_iter().all(|part| part <= DARK)
}

/// A rate as a fraction: `30/1`, `30`.
pub fn rate(text: &str) -> Option<(u32, u32)> {
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    let (num, den) = (num.trim().parse().ok()?, den.trim().parse().ok()?);
    (num > 0 && den > 0).then_some((num, den))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(request: Value) -> Result<Known> {
        Known::of(&serde_json::from_value(request).unwrap())
    }

    fn film() -> Value {
        json!({ "video": { "blob": "b", "bytes": 1, "mime": "video/mp4" }, "frames": 60, "seconds": 2.0, "rate": "30/1" })
    }

    #[test]
    fn scenes_say_when_somebody_speaks_and_what_moves() {
        let blob = |mime: &str| json!({ "blob": "b", "bytes": 1, "mime": mime });
        let speech = json!({ "audio": blob("audio/wav"), "seconds": 1.4, "sample_rate": 1, "words": [], "voice": "" });
        let word = json!({ "text": "Rice", "start": 0.5, "end": 0.9 });
        let scenes = json!([
            { "id": "a", "video": blob("video/mp4"), "seconds": 2 },
            { "id": "b", "picture": { "image": blob("image/png"), "width": 1, "height": 1 }, "narration": speech,
              "captions": [word], "seconds": 9 },
        ]);
        let known = of(json!({ "film": film(), "timeline": scenes })).unwrap();
        assert_eq!(known.seconds, Some(11.0));
        assert_eq!(known.moving, [Span { start: 0.0, end: 2.0 }]);
        assert_eq!(known.speech.len(), 1);
        assert!((known.speech[0].start - 2.3).abs() < 1e-9 && (known.speech[0].end - 3.7).abs() < 1e-9);
        assert!((known.words[0].start - 2.8).abs() < 1e-9);
        assert!(known.silent && known.rendered);
    }

    #[test]
    fn what_is_dark_on_purpose_and_what_stands_still_on_purpose_is_known() {
        let video = json!({ "type": "video", "video": { "blob": "b", "bytes": 1, "mime": "video/mp4" } });
        let clip = |id: &str, media: &Value| json!({ "kind": "clip", "id": id, "media": media, "frames": 60 });
        let with = |mut clip: Value, name: &str, value: Value| {
            clip[name] = value;
            clip
        };
        let word = json!({ "text": "Rice", "start": 0.5, "end": 0.9 });
        let captions = with(clip("c", &json!({ "type": "captions" })), "captions", json!([word]));
        let timeline = json!({ "rate": { "num": 30, "den": 1 }, "tracks": [
            { "kind": "video", "items": [
                with(clip("a", &video), "framing", json!({ "fade_in": 30 })),
                { "kind": "transition", "look": "fade_black", "in_frames": 15, "out_frames": 15 },
                with(clip("b", &video), "speed", json!({ "num": 0 })),
                clip("night", &json!({ "type": "color", "color": "#0a0a0a" })),
                clip("day", &json!({ "type": "color", "color": "#c0c0c0" })),
            ] },
            { "kind": "caption", "items": [captions] },
        ] });
        let known = of(json!({ "film": film(), "timeline": timeline })).unwrap();
        assert_eq!(known.moving, [Span { start: 0.0, end: 2.0 }]);
        assert_eq!(known.words.len(), 1);
        let black: Vec<(u32, u32)> =
            known.black.iter().map(|s| ((s.start * 30.0).round() as u32, (s.end * 30.0).round() as u32)).collect();
        assert_eq!(black, [(0, 2), (45, 75), (120, 180)]);
    }

    #[test]
    fn what_is_asked_for_stands_before_what_the_film_says() {
        let known = of(json!({ "film": film(), "expected": { "seconds": 3, "rate": "25", "loudness": -16 } })).unwrap();
        assert_eq!((known.seconds, known.rate, known.loudness), (Some(3.0), Some((25, 1)), -16.0));
        for (expected, field) in [
            (json!({ "seconds": -1 }), "expected.seconds"),
            (json!({ "rate": "fast" }), "expected.rate"),
            (json!({ "speech": [{ "start": 2, "end": 1 }] }), "expected.speech[0]"),
        ] {
            assert_eq!(of(json!({ "film": film(), "expected": expected })).unwrap_err().field.as_deref(), Some(field));
        }
    }
}
