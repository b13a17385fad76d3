//! A whole film: checks and plans it, has its pieces made as stages of their own, and adds the caption files.

use std::{cell::OnceCell, cmp::Reverse, collections::BTreeMap, pin::pin};

use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    prelude::{Blob, Cx, Either, select, try_join, try_join_all},
    roles::render::{CaptionMode, Film, PosterChoice, RenderRequest, TimelineInput},
    timeline::{Clip, Media, Timeline},
};

use crate::{
    beside,
    caption::{language, style::Dressed},
    check, frames, hardware, join,
    piece::{About, Cover, Frames, Join, Mux, Part, Piece, Poster, Preview, SoftTrack, Sound, Still},
    plan::{self, Plan, Planned, Worded},
    preset::{Format, Output, SoundCodec},
    preview,
    probe::{self, Facts},
    sound::{self, Goal},
    work::Work,
};

/// Most pieces of a film: each is an effect of the stage, and a stage has 10,000.
const MAX_SEGMENTS: usize = 9_900;

/// Renders a film.
///
/// # Errors
/// `invalid_input` for a request that is not a film; what its pieces fail with.
pub async fn render(cx: &Cx, request: &RenderRequest) -> Result<Film> {
    let timeline = sound::trimmed(cx, &request.timeline).await?;
    let request = &RenderRequest { timeline, ..request.clone() };
    let (timeline, mut output) = check::request(request)?;
    if request.hardware && output.container.is_seen() {
        output.format.hardware = hardware::found(cx, &output.format).await?;
    }
    let facts = facts(cx, &timeline, |_, _| true).await?;
    let dressed = if request.captions == CaptionMode::Off { None } else { Dressed::of(cx, request, &timeline)? };
    let worded = Worded { mode: request.captions, dressed: dressed.as_ref() };
    let mut plan = plan::plan(&timeline, &output.format, worded, &facts);
    if !output.container.is_heard() {
        plan.end_at(output.format.rate.frames_for(preview::LONGEST));
    }
    let plan = plan;
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
    if !output.container.is_seen() {
        return podcast(cx, request, (&output, dressed.as_ref()), plan).await;
    }
    let format = &output.format;
    if !output.container.is_heard() {
        let parts = pictures(cx, &plan, &Work::of(&plan, false), async |_, _| Ok(())).await?;
        let preview = Preview { format: format.clone(), parts, container: output.container };
        return piece(cx, "preview", "preview", &Piece::Preview(preview)).await;
    }
    let asked = Asked { output: &output, request, plan: &plan };
    let (sound, parts, poster) = asked.pieces(cx).await?;
    let videos: Vec<String> = parts.iter().map(|part| part.video.blob.clone()).collect();
    let poster = async {
        match poster {
            Some(poster) => Ok(poster),
            None => asked.poster(cx, &parts).await,
        }
    };
    let images = try_join(poster, asked.sheet(cx, &parts));
    let finished = async {
        let (parts, mut film) = (groups(cx, format, parts.clone()).await?, Film::default());
        let captions = beside::captions(cx, request, &plan, (dressed.as_ref(), format), &mut film)?;
        let made = asked.finished(cx, asked.mux(parts, sound.video.clone(), captions)?, &sound).await?;
        Ok((film, made))
    };
    let assembled = try_join(images, finished).await;
    let ((poster, contact_sheet), (film, made)) = assembled.map_err(|error| with_clip(error, &videos, &plan))?;
    let film = Film { poster: Some(poster), contact_sheet, ..film };
    Ok(together(film, made, plan))
}

/// Says of which clip a piece is that an error names by its file alone.
fn with_clip(error: StageError, videos: &[String], plan: &Plan) -> StageError {
    let named = videos.iter().position(|video| error.message.contains(video));
    let Some(planned) = named.and_then(|n| plan.segments.get(n)) else { return error };
    of_clip(error, planned)
}

fn of_clip(error: StageError, planned: &Planned) -> StageError {
    StageError { message: format!("{}: {}", planned.label, error.message), ..error }
}

/// Sound alone: no picture is encoded.
async fn podcast(
    cx: &Cx,
    request: &RenderRequest,
    (output, dressed): (&Output, Option<&Dressed>),
    plan: Plan,
) -> Result<Film> {
    let asked = Asked { output, request, plan: &plan };
    let cover = async {
        if request.cover.is_some() {
            return asked.poster(cx, &[]).await;
        }
        let (segment, frame) = plan.poster;
        let mut segment = plan.segments.get(segment).ok_or_else(no_poster)?.segment.clone();
        (segment.shot.captions, segment.captions) = (None, Vec::new());
        Ok(piece(cx, "poster", "poster", &Piece::Still(Box::new(Still { segment, frame }))).await?.video)
    };
    let (sound, cover) = try_join(asked.heard(cx), cover).await?;
    let mut film = Film { poster: Some(cover.clone()), ..Film::default() };
    // What is heard alone has captions beside it, and none in it.
    beside::captions(cx, request, &plan, (dressed, &output.format), &mut film)?;
    let mux =
        Mux { cover: Some(cover), length: plan.frames, ..asked.mux(Vec::new(), sound.video.clone(), Vec::new())? };
    let made = asked.finished(cx, mux, &sound).await?;
    Ok(together(film, made, plan))
}

/// A film that was `made`, with what stands beside it.
fn together(beside: Film, made: Film, plan: Plan) -> Film {
    let Film { srt, vtt, translation, ass, words, caption_style, poster, contact_sheet, .. } = beside;
    let beside = Film { srt, vtt, translation, ass, words, caption_style, poster, contact_sheet, ..made };
    Film { chapters: plan.chapters, ..beside }
}

/// What is asked for, and how it is made.
struct Asked<'a> {
    output: &'a Output,
    request: &'a RenderRequest,
    plan: &'a Plan,
}

impl Asked<'_> {
    /// What is heard, and what is seen: segments, and the poster where one of them has it, which is drawn while others are
    /// encoded.
    async fn pieces(&self, cx: &Cx) -> Result<(Film, Vec<Part>, Option<Blob>)> {
        let (plan, work, poster) = (self.plan, Work::of(self.plan, true), OnceCell::new());
        let has_poster = self.request.cover.is_none() && self.request.poster == PosterChoice::First;
        let drawn = async |n: usize, part: &Part| {
            let (shown, frame) = plan.poster;
            if has_poster && n == shown {
                let drawn = self.frame(cx, &part.video, frame).await;
                let _ = poster.set(drawn.map_err(|error| of_clip(error, &plan.segments[n]))?);
            }
            Ok(())
        };
        // The sound comes first: it is made in steps, one after another, and is to be ready when the pictures are.
        let heard = async {
            let sound = self.heard(cx).await?;
            work.heard(cx);
            Ok(sound)
        };
        let made = pin!(try_join(heard, pictures(cx, plan, &work, drawn)));
        let (sound, parts) = match select(made, pin!(work.settle(cx))).await {
            Either::Left((made, _)) => made?,
            Either::Right((never, _)) => match never? {},
        };
        Ok((sound, parts, poster.get().cloned()))
    }

    /// The file, of parts and a sound.
    fn mux(&self, parts: Vec<Part>, sound: Blob, captions: Vec<SoftTrack>) -> Result<Mux> {
        let request = self.request;
        let about = About {
            description: request.description.clone(),
            author: request.author.clone(),
            date: request.date.clone(),
            language: language::code(&request.language, "language")?,
        };
        Ok(Mux {
            title: request.title.clone(),
            chapters: self.plan.chapters.clone(),
            captions,
            about,
            container: self.output.container,
            ..Mux::plain(self.output.format.clone(), parts, Some(sound))
        })
    }

    /// What stands for the film.
    async fn poster(&self, cx: &Cx, parts: &[Part]) -> Result<Blob> {
        let format = self.output.format.clone();
        if let Some(image) = &self.request.cover {
            let cover = Cover { image: image.clone(), format };
            return Ok(piece(cx, "cover", "cover", &Piece::Cover(cover)).await?.video);
        }
        let chosen = match self.request.poster {
            // Drawn with its segment: there is none.
            PosterChoice::First => None,
            PosterChoice::Best => {
                let frames = frames_of(parts, frames::LOOKED_AT);
                let best = Piece::Best(Frames { format: format.clone(), frames: frames.clone() });
                let best = piece(cx, "best", "the best frame", &best).await?.frames;
                frames.into_iter().nth(best as usize)
            }
        };
        let (video, frame) = chosen.ok_or_else(no_poster)?;
        self.frame(cx, &video, frame).await
    }

    /// A frame of a part as the poster.
    async fn frame(&self, cx: &Cx, video: &Blob, frame: u32) -> Result<Blob> {
        let poster = Poster { video: video.clone(), format: self.output.format.clone(), frame };
        Ok(piece(cx, "poster", "poster", &Piece::Poster(poster)).await?.video)
    }

    async fn sheet(&self, cx: &Cx, parts: &[Part]) -> Result<Option<Blob>> {
        if !self.request.contact_sheet {
            return Ok(None);
        }
        let frames = Frames { format: self.output.format.clone(), frames: frames_of(parts, frames::ON_A_SHEET) };
        Ok(Some(piece(cx, "sheet", "contact sheet", &Piece::Sheet(frames)).await?.video))
    }

    /// All that is heard, encoded and measured.
    async fn heard(&self, cx: &Cx) -> Result<Film> {
        let (plan, goal, codec) = (self.plan, self.output.goal, self.output.sound);
        let sound = Sound {
            rate: plan.rate,
            frames: plan.frames,
            tracks: plan.sound.clone(),
            goal,
            codec,
            // Scenes are laid out here; tracks are somebody's own, and begin where they say.
            snaps: matches!(self.request.timeline, TimelineInput::Scenes(_)),
            shared: self.request.music.is_some() || goal != Goal::default() || codec != SoundCodec::default(),
        };
        piece(cx, "sound", "sound", &Piece::Heard(sound)).await
    }

    /// The finished film, with what is known of its sound.
    async fn finished(&self, cx: &Cx, mux: Mux, sound: &Film) -> Result<Film> {
        let film = piece(cx, "mux", "the finished file", &Piece::Mux(Box::new(mux))).await?;
        let (loudness, sound_pieces) = (sound.loudness, sound.sound_pieces.clone());
        Ok(Film { loudness, sound_pieces, wanted: self.output.goal.told(), ..film })
    }
}

fn no_poster() -> StageError {
    StageError::permanent("The film has no picture for its poster.").code("poster.none")
}

/// Frames from all over a film, with the files that they are in.
fn frames_of(parts: &[Part], count: u32) -> Vec<(Blob, u32)> {
    frames::spread(parts, count).into_iter().map(|(part, frame)| (parts[part].video.clone(), frame)).collect()
}

/// What must be known of files: of all videos, and of pictures that move. Clips are told by the frame in which they
/// start; of those that are not `seen` nothing must be known.
pub async fn facts(cx: &Cx, timeline: &Timeline, seen: impl Fn(u32, &Clip) -> bool) -> Result<BTreeMap<String, Facts>> {
    let mut files = BTreeMap::new();
    let clips = timeline.tracks.iter().flat_map(|track| track.clips().map(move |(start, clip)| (track, start, clip)));
    for (track, _, clip) in clips.filter(|(_, start, clip)| seen(*start, clip)) {
        let (file, is_video) = match &clip.media {
            Media::Video { video, .. } => (video, true),
            Media::Still { image } if clip.framing.crop.len() > 1 => (image, false),
            _ => continue,
        };
        files.entry(file.blob.clone()).or_insert((file, is_video, track.kind, &clip.id));
    }
    let probes = files.into_iter().map(|(id, (file, is_video, kind, clip))| async move {
        let facts = probe::known(cx, file, !is_video).await;
        let named = |error: StageError| {
            let message = format!("Clip {clip:?} on the {} track: {}", kind.name(), error.message);
            StageError { message, ..error }
        };
        Ok::<_, StageError>((id, facts.map_err(named)?))
    });
    Ok(try_join_all(probes).await?.into_iter().collect())
}

/// The segments in order; with each that is there, what is `drawn` of it.
async fn pictures(
    cx: &Cx,
    plan: &Plan,
    work: &Work,
    drawn: impl AsyncFn(usize, &Part) -> Result<()>,
) -> Result<Vec<Part>> {
    let drawn = &drawn;
    let calls = longest_first(plan).into_iter().map(|i| async move {
        let part = segment(cx, &plan.segments[i]).await?;
        work.drew(cx, &plan.segments[i].segment);
        drawn(i, &part).await?;
        Ok::<_, StageError>((i, part))
    });
    let mut parts = try_join_all(calls).await?;
    parts.sort_by_key(|(i, _)| *i);
    Ok(parts.into_iter().map(|(_, part)| part).collect())
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

/// Has a piece made, as a stage of its own.
pub async fn piece(cx: &Cx, id: &str, label: &str, piece: &Piece) -> Result<Film> {
    let piece = serde_json::to_value(piece)
        .map_err(|e| StageError::permanent(format!("A piece cannot be written as JSON: {e}")).code("piece.json"))?;
    let request = RenderRequest { piece: Some(piece), ..RenderRequest::default() };
    cx.stage(id, &request).label(label).await.map_err(|mut error| {
        error.message = format!("{label}: {}", error.message);
        error
    })
}
