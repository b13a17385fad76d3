//! Renders films with FFmpeg, from a timeline to an MP4, and checks films.
//!
//! Three roles. `verify` looks at a finished film ([`mod@verify`]), `image` draws the waveform of a sound ([`waveform`]). `render` is asked at two levels. A request for a film
//! ([`film`]) plans it and asks the same stage for each piece ([`piece`]): segments ([`segment`]), the sound ([`sound`]),
//! the poster, the file with all of it ([`mux`]); very many segments are joined in groups first ([`join`]). Each piece
//! is kept under its own key, so an edit renders again only what it touches. A request for a [`moment`] is one frame of
//! the same plan, and nothing else; of its sources no more is decoded than it takes ([`glimpse`]).

mod beside;
mod caption;
mod check;
mod encoder;
mod estimate;
mod film;
mod frames;
#[doc(hidden)]
pub mod glimpse;
mod graph;
mod h264;
mod hardware;
mod join;
mod moment;
mod mp4;
mod mux;
mod parts;
mod piece;
mod plan;
mod poster;
mod preset;
mod preview;
#[doc(hidden)]
pub mod probe;
pub mod repeats;
mod segment;
mod shot;
#[doc(hidden)]
pub mod single;
mod sound;
mod still;
mod verify;
mod waveform;
mod work;

use studio_plugin_sdk::{json, prelude::*};

use crate::piece::Piece;

/// Renders a film, or a piece of one.
#[stage(render, rev = 3, plan = assume, programs = ["ffmpeg"], estimate = estimate::seconds)]
async fn render(cx: Cx, req: RenderRequest) -> Result<Film> {
    if let Some(wanted) = req.moment {
        return moment::moment(&cx, &req, wanted).await;
    }
    let Some(piece) = req.piece.clone() else { return film::render(&cx, &req).await };
    match json::typed(piece)? {
        Piece::Probe(source) => probe::probe(&cx, &source).await,
        Piece::Segment(segment) => segment::encode(&cx, &segment).await,
        Piece::Join(join) => join::join(&cx, &join).await,
        Piece::Heard(sound) => sound::sound(&cx, &sound).await,
        Piece::Mixed(mix) => sound::mix(&cx, &mix).await,
        Piece::Stem(stem) => sound::stem(&cx, &stem).await?.into_film(),
        Piece::Blend(blend) => sound::blend(&cx, &blend).await?.into_film(),
        Piece::Limited(limited) => sound::limited(&cx, &limited).await?.into_film(),
        Piece::Packets(packets) => sound::packets(&cx, &packets).await?.into_film(),
        Piece::Poster(poster) => poster::poster(&cx, &poster).await,
        Piece::Still(still) => segment::still(&cx, &still).await,
        Piece::Cover(cover) => poster::cover(&cx, &cover).await,
        Piece::Best(frames) => frames::best(&cx, &frames).await,
        Piece::Sheet(frames) => frames::sheet(&cx, &frames).await,
        Piece::Look(look) => verify::look(&cx, &look).await,
        Piece::Listen(listen) => verify::listen(&cx, &listen).await,
        Piece::Preview(preview) => preview::preview(&cx, &preview).await,
        Piece::Mux(mux) => mux::mux(&cx, &mux).await,
    }
}

/// Checks a film.
#[stage(verify, rev = 1, plan = assume, programs = ["ffmpeg"], estimate = verify::seconds)]
async fn verify(cx: Cx, req: VerifyRequest) -> Result<Report> {
    verify::verify(&cx, &req).await
}

/// Draws the waveform of a sound.
#[stage(image, rev = 1, plan = assume, programs = ["ffmpeg"], estimate = waveform::estimate)]
async fn picture(cx: Cx, req: ImageRequest) -> Result<Image> {
    waveform::draw(&cx, &req).await
}

fn capabilities() -> Capabilities {
    let program = |name: &str, key| ProgramDecl {
        name: name.into(),
        kind: ProgramKind::Tool,
        key,
        version_args: vec!["-version".into()],
    };
    Capabilities {
        programs: vec![program("ffmpeg", VersionKey::Major), program("ffprobe", VersionKey::None)],
        calls: vec![Role::Render],
        devices: vec![Device::Gpu],
        ..Capabilities::default()
    }
}

plugin! {
    id: "ffmpeg",
    description: "Renders films with FFmpeg, checks them, and draws waveforms.",
    stages: [render, verify, picture],
    capabilities: capabilities(),
    limits: Limits { memory_mib: 256, turn_seconds: 5 },
}
