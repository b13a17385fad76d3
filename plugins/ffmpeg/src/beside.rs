//! A film's captions as files beside it, and as tracks of its own.

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cx},
    roles::render::{Film, RenderRequest},
};

use crate::{
    caption::{files, language, style::Dressed},
    piece::SoftTrack,
    plan::Plan,
    preset::Format,
    segment,
    shot::Captions,
};

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
    let mode = request.captions;
    film.caption_style = dressed.filter(|_| mode.is_burnt()).map(|dressed| Box::new(dressed.style.clone()));
    if plan.cues.is_empty() {
        return Ok(Vec::new());
    }
    let srt = |cues: &[(u64, _)]| -> Result<Blob> {
        cx.write_blob("application/x-subrip", files::srt(cues.iter().map(|(at, cue)| (*at, cue))).as_bytes())
    };
    let first = srt(&plan.cues)?;
    let vtt = files::vtt(plan.cues.iter().map(|(at, cue)| (*at, cue)));
    film.vtt = Some(cx.write_blob("text/vtt", vtt.as_bytes())?);
    film.srt = Some(first.clone());
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
        if !plan.second_cues.is_empty() {
            tracks.push(SoftTrack {
                srt: srt(&plan.second_cues)?,
                language: language::code(&request.translation_language, "translation_language")?,
            });
        }
    }
    Ok(tracks)
}
