//! A whole film: checks and plans it, has its pieces made as stages of their own, and adds the caption files.

use std::{cell::Cell, collections::BTreeMap};

use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    prelude::{Cx, try_join_all},
    roles::render::{Film, RenderRequest},
    timeline::{Media, Timeline},
};

use crate::{
    caption::files,
    check,
    piece::{Join, Mux, Part, Piece},
    plan::{self, Plan, Planned},
    preset::Format,
    probe::{self, Facts},
};

/// Most pieces of a film: each is an effect of the stage, and a stage has 10,000.
const MAX_SEGMENTS: usize = 9_900;

/// Renders a film.
///
/// # Errors
/// `invalid_input` for a request that is not a film; what its pieces fail with.
pub async fn render(cx: &Cx, request: &RenderRequest) -> Result<Film> {
    let (timeline, format) = check::request(request)?;
    let facts = facts(cx, &timeline).await?;
    let plan = plan::plan(&timeline, &format, request.captions, &facts);
    if plan.segments.len() > MAX_SEGMENTS {
        let message =
            format!("The film has {} clips and transitions; at most {MAX_SEGMENTS} are possible.", plan.segments.len());
        return Err(StageError::invalid("timeline", message));
    }
    if plan.undrawn > 0 {
        let text = format!(
            "{} caption words have characters that the caption font lacks; they are in the caption files only",
            plan.undrawn
        );
        cx.log(Level::Warn, text);
    }
    let parts = segments(cx, &plan).await?;
    let join = Piece::Join(Join { format: format.clone(), parts });
    let joined = piece(cx, "join", "joining the segments", &join).await?;
    let mux = Piece::Mux(mux(&plan, request, format, &joined));
    let film = piece(cx, "mux", "sound", &mux).await?;
    with_files(cx, film, plan)
}

async fn facts(cx: &Cx, timeline: &Timeline) -> Result<BTreeMap<String, Facts>> {
    let mut videos = BTreeMap::new();
    for clip in timeline.tracks.iter().flat_map(|t| &t.items) {
        if let studio_plugin_sdk::timeline::Item::Clip(clip) = clip
            && let Media::Video { video, .. } = &clip.media
        {
            videos.insert(video.blob.clone(), video.clone());
        }
    }
    let probes =
        videos.into_iter().map(|(id, video)| async move { Ok::<_, StageError>((id, probe::video(cx, &video).await?)) });
    Ok(try_join_all(probes).await?.into_iter().collect())
}

async fn segments(cx: &Cx, plan: &Plan) -> Result<Vec<Part>> {
    let done = Cell::new(0);
    let done = &done;
    let total = f64::from(plan.frames.max(1));
    let calls = plan.segments.iter().map(|planned| async move {
        let part = segment(cx, planned).await?;
        done.set(done.get() + part.frames);
        cx.progress(f64::from(done.get()) / total * 0.9, "encoding");
        Ok::<_, StageError>(part)
    });
    try_join_all(calls).await
}

async fn segment(cx: &Cx, planned: &Planned) -> Result<Part> {
    let piece_of = Piece::Segment(planned.segment.clone());
    let film = piece(cx, &planned.id, &planned.label, &piece_of).await?;
    Ok(Part { video: film.video, frames: planned.segment.frames, header: film.header })
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

fn mux(plan: &Plan, request: &RenderRequest, format: Format, joined: &Film) -> Mux {
    Mux {
        video: joined.video.clone(),
        format,
        frames: plan.frames,
        tracks: plan.sound.clone(),
        title: request.title.clone(),
        chapters: plan.chapters.clone(),
        poster: plan.poster,
    }
}

/// The film with its captions beside it.
fn with_files(cx: &Cx, mut film: Film, plan: Plan) -> Result<Film> {
    if !plan.cues.is_empty() {
        let cues = || plan.cues.iter().map(|(at, cue)| (*at, cue));
        film.srt = Some(cx.write_blob("application/x-subrip", files::srt(cues()).as_bytes())?);
        film.vtt = Some(cx.write_blob("text/vtt", files::vtt(cues()).as_bytes())?);
    }
    film.chapters = plan.chapters;
    Ok(film)
}
