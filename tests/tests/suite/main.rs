//! Everything but crashes, in one program: linking it takes longer than running most of it.

mod batch;
mod billing;
mod cassettes;
mod commands;
mod costs;
mod film;
mod hostile;
mod input;
mod keys;
mod once;
mod openai;
mod pack;
mod profiles;
mod projects;
mod remote;
mod review;
mod scenes;
mod scripts;
mod sdk;
mod signals;
mod store;
mod storm;
mod tui;
mod versions;
mod watch;
mod webhooks;
