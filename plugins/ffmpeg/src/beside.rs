//! A film's captions as files beside it, and as tracks of its own.

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cx},
    roles::render::{Film, RenderRequest, TranslatedCaptions},
};

use crate::{
    caption::{Cue, files, language, style::Dressed},
    piece::SoftTrack,
    plan::Plan,
    preset::Format,
    segment,
    shot::Captions,
};

type Cues = [(u64, Cue)];

/// Captions as SubRip and as WebVTT.
fn written(cx: &Cx, cues: &Cues) -> Result<(Blob, Blob)> {
    let cues = || cues.iter().map(|(at, cue)| (*at, cue));
    let srt = cx.write_blob("application/x-subrip", files::srt(cues()).as_bytes())?;
    Ok((srt, cx.write_blob("text/vtt", files::vtt(cues()).as_bytes())?))
}

/// Writes the files, puts them into the film's data, and gives the tracks that its file is to have.
///
/// # Errors
/// `caption.language`; what the store says.
pub fn captions(
    cx: &Cx,
    request: &RenderRequest,
    plan: &Plan,
    (dressed, format): (Option<&Dressed>, &Format),
    film: &mut Film,
) -> Result<Vec<SoftTrack>> {
    let language = language::code(&request.language, "language")?;
    let second_language = language::code(&request.translation_language, "translation_language")?;
    let mode = request.captions;
    film.caption_style = dressed.filter(|_| mode.is_burnt()).map(|dressed| Box::new(dressed.style.clone()));
    if plan.cues.is_empty() {
        return Ok(Vec::new());
    }
    let (first, vtt) = written(cx, &plan.cues)?;
    (film.srt, film.vtt) = (Some(first.clone()), Some(vtt));
    if !plan.second_cues.is_empty() {
        let (srt, vtt) = written(cx, &plan.second_cues)?;
        let language = request.translation_language.clone();
        film.translation = Some(TranslatedCaptions { language, srt, vtt });
    }
    if dressed.is_some() || mode.is_soft() {
        let [cues, second] = plan.drawn.each_ref().map(|cues| files::in_film(cues));
        let (style, two) =
            dressed.map_or((None, false), |dressed| (Some(Box::new(dressed.drawn().style)), dressed.two));
        let captions = Captions { cues, second, style, two, ..Captions::default() };
        let script = segment::script(&captions, format, dressed.map(|dressed| &dressed.faces));
        film.ass = Some(cx.write_blob("text/x-ass", script.as_bytes())?);
        let words = files::words(&request.language, &plan.cues, &plan.second_cues)?;
        film.words = Some(cx.write_blob("application/json", words.as_bytes())?);
    }
    let mut tracks = Vec::new();
    if mode.is_soft() {
        tracks.push(SoftTrack { srt: first, language });
        if let Some(second) = &film.translation {
            tracks.push(SoftTrack { srt: second.srt.clone(), language: second_language });
        }
    }
    Ok(tracks)
}
