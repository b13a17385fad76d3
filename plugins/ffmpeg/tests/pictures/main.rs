//! Draws small films with the real FFmpeg and looks at their pictures before they are encoded.

#[path = "../studio/mod.rs"]
mod studio;

mod exact;
mod framing;
mod glimpse;
mod motion;
mod repeats;
mod scene;
mod sources;
mod transitions;
