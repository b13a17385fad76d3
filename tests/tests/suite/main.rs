//! Everything but crashes, in one program: linking it takes longer than running most of it.

mod batch;
mod billing;
#[allow(dead_code, reason = "the build script of the program, for its way to build plugins")]
#[path = "../../../studio/build.rs"]
mod build;
mod cassettes;
mod commands;
mod costs;
mod film;
mod hostile;
mod input;
mod keeping;
mod keys;
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
mod versions;
mod watch;
mod webhooks;
