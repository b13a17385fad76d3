//! A whole film: checks and plans it, has its pieces made as stages of their own, and adds the caption files.

use std::{cell::Cell, cmp::Reverse, collections::BTreeMap};

use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    prelude::{Blob, Cx, try_join, try_join_all},
    roles::render::{CaptionMode, Film, Loudness, RenderRequest},
    timeline::{Media, Timeline},
};

use crate::{
    beside,
    caption::style::Dressed,
    check, join,
    piece::{Join, Mux, Part, Piece, Poster, Sound},
    plan::{self, Plan, Planned, Worded},
    preset::Format,
    probe::{self, Facts},
    sound,
};

/// Most pieces of a film: each is an effect of the stage, and a stage has 10,000.
const MAX_SEGMENTS: usize = 9_900;
/// How often the sound is encoded at most.
const TRIES: usize = 3;

/// Renders a film.
///
/// # Errors
/// `invalid_input` for a request that is not a film; what its pieces fail with.
pub async fn render(cx: &Cx, request: &RenderRequest) -> Result<Film> {
    let (timeline, format) = check::request(request)?;
    let facts = facts(cx, &timeline).await?;
    let dressed = if request.captions == CaptionMode::Off { None } else { Dressed::of(cx, request, &timeline)? };
    let worded = Worded { mode: request.captions, dressed: dressed.as_ref() };
    let plan = plan::plan(&timeline, &format, worded, &facts);
    if plan.segments.len() > MAX_SEGMENTS {
        let message =
            format!("The film has {} clips and transitions; at most {MAX_SEGMENTS} are possible.", plan.segments.len());
        return Err(StageError::invalid("timeline", message));
    }
    if plan.undrawn > 0 && request.captions.is_burnt() {
        let text = format!(
            "{} caption words have characters that the caption font lacks; they are in the caption files only (clips {})",
            plan.undrawn,
            plan.undrawn_in.join(", ")
        );
        cx.log(Level::Warn, text);
    }
    // The sound comes first: it is made in steps, one after another, and is to be ready when the pictures are.
    let (sound, (parts, poster)) = try_join(heard(cx, &plan, &[]), pictures(cx, &plan)).await?;
    let chapters = plan.chapters.clone();
    let parts = groups(cx, &format, parts).await?;
    let mut film = Film { poster: Some(poster), ..Film::default() };
    let captions = beside::captions(cx, request, &plan, (dressed.as_ref(), &format), &mut film)?;
    let mux = Mux { format, parts, sound, title: request.title.clone(), chapters, captions };
    let made = loud(cx, &plan, mux).await?;
    let Film { srt, vtt, ass, words, caption_style, poster, .. } = film;
    Ok(Film { srt, vtt, ass, words, caption_style, poster, chapters: plan.chapters, ..made })
}

/// The finished film, its sound made again until it is as loud as it should be; the nearest where that cannot be had.
async fn loud(cx: &Cx, plan: &Plan, mut mux: Mux) -> Result<Film> {
    let mut best: Option<Film> = None;
    let mut tries = Vec::new();
    loop {
        let film = piece(cx, &nth("mux", &tries), "the finished file", &Piece::Mux(mux.clone())).await?;
        let Some(measured) = film.loudness else { return Ok(film) };
        if sound::is_right(measured) {
            return Ok(film);
        }
        tries.push(measured);
        let wrong = |film: &Film| film.loudness.map_or(f64::INFINITY, sound::distance);
        let nearest = best.take().filter(|best| wrong(best) <= wrong(&film)).unwrap_or(film);
        if tries.len() == TRIES {
            let loudness = nearest.loudness.unwrap_or_default();
            let (level, peak) = (loudness.integrated, loudness.true_peak);
            cx.log(Level::Warn, format!("the sound is at {level} LUFS and {peak} dBTP, outside the target"));
            return Ok(nearest);
        }
        best = Some(nearest);
        mux.sound = heard(cx, plan, &tries).await?;
    }
}

/// The id of a piece that was tried before.
fn nth(name: &str, tries: &[Loudness]) -> String {
    if tries.is_empty() { name.into() } else { format!("{name}-{}", tries.len() + 1) }
}

/// What must be known of files: of all videos, and of pictures that move.
async fn facts(cx: &Cx, timeline: &Timeline) -> Result<BTreeMap<String, Facts>> {
    let mut files = BTreeMap::new();
    for (track, clip) in timeline.tracks.iter().flat_map(|track| track.clips().map(move |(_, clip)| (track, clip))) {
        let (file, is_video) = match &clip.media {
            Media::Video { video, .. } => (video, true),
            Media::Still { image } if clip.framing.crop.len() > 1 => (image, false),
            _ => continue,
        };
        files.entry(file.blob.clone()).or_insert((file, is_video, track.kind, &clip.id));
    }
    let probes = files.into_iter().map(|(id, (file, is_video, kind, clip))| async move {
        let facts = if is_video { probe::video(cx, file).await } else { probe::still(cx, file).await };
        let named = |error: StageError| {
            let message = format!("Clip {clip:?} on the {} track: {}", kind.name(), error.message);
            StageError { message, ..error }
        };
        Ok::<_, StageError>((id, facts.map_err(named)?))
    });
    Ok(try_join_all(probes).await?.into_iter().collect())
}

/// The segments in order, and the poster.
async fn pictures(cx: &Cx, plan: &Plan) -> Result<(Vec<Part>, Blob)> {
    let (done, poster) = (&Cell::new(0), &Cell::new(None));
    let total = f64::from(plan.frames.max(1));
    let calls = longest_first(plan).into_iter().map(|i| async move {
        let part = segment(cx, &plan.segments[i]).await?;
        done.set(done.get() + part.frames);
        cx.progress(f64::from(done.get()) / total * 0.9, "encoding");
        if i == plan.poster.0 {
            let format = plan.segments[i].segment.format.clone();
            let frame = Piece::Poster(Poster { video: part.video.clone(), format, frame: plan.poster.1 });
            poster.set(Some(piece(cx, "poster", "poster", &frame).await?.video));
        }
        Ok::<_, StageError>((i, part))
    });
    let mut parts = try_join_all(calls).await?;
    parts.sort_by_key(|(i, _)| *i);
    let missing = || StageError::permanent("The film has no picture for its poster.").code("poster.none");
    Ok((parts.into_iter().map(|(_, part)| part).collect(), poster.take().ok_or_else(missing)?))
}

/// Segments are encoded in this order, so that none that takes long is left alone at the end.
fn longest_first(plan: &Plan) -> Vec<usize> {
    let mut order: Vec<usize> = (0..plan.segments.len()).collect();
    order.sort_by_key(|&i| Reverse(plan.segments[i].segment.frames));
    order
}

async fn segment(cx: &Cx, planned: &Planned) -> Result<Part> {
    let piece_of = Piece::Segment(Box::new(planned.segment.clone()));
    let film = piece(cx, &planned.id, &planned.label, &piece_of).await?;
    Ok(Part { video: film.video, frames: planned.segment.frames, header: film.header })
}

/// All that is heard, encoded.
async fn heard(cx: &Cx, plan: &Plan, tries: &[Loudness]) -> Result<Blob> {
    let (rate, frames) = (plan.rate, plan.frames);
    let sound = Sound { rate, frames, tracks: plan.sound.clone(), tries: tries.to_vec() };
    Ok(piece(cx, &nth("sound", tries), "sound", &Piece::Sound(sound)).await?.video)
}

/// Parts few enough for one run of FFmpeg.
async fn groups(cx: &Cx, format: &Format, parts: Vec<Part>) -> Result<Vec<Part>> {
    if parts.len() <= join::GROUP {
        return Ok(parts);
    }
    let calls = parts.chunks(join::GROUP).enumerate().map(|(n, group)| async move {
        let join = Piece::Join(Join { format: format.clone(), parts: group.to_vec() });
        let film = piece(cx, &format!("join-{}", n + 1), "joining segments", &join).await?;
        Ok::<_, StageError>(Part { video: film.video, frames: film.frames, header: film.header })
    });
    try_join_all(calls).await
}

async fn piece(cx: &Cx, id: &str, label: &str, piece: &Piece) -> Result<Film> {
    let piece = serde_json::to_value(piece)
        .map_err(|e| StageError::permanent(format!("A piece cannot be written as JSON: {e}")).code("piece.json"))?;
    let request = RenderRequest { piece: Some(piece), ..RenderRequest::default() };
    cx.stage(id, &request).label(label).await.map_err(|mut error| {
        error.message = format!("{label}: {}", error.message);
        error
    })
}
