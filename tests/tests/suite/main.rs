//! Everything but crashes, in one program: linking it takes longer than running most of it.

mod cassettes;
mod commands;
mod film;
mod hostile;
mod input;
mod keys;
mod scripts;
