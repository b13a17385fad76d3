//! The engine: promises and nodes, result names, scheduling, retries; commands in, events out.
//! Front ends use [`Engine`] alone; it alone uses the store, the host, the effects and the scripts.

mod activity;
mod by_hand;
mod config;
mod deliver;
mod doctor;
mod drive;
mod event;
mod gate;
mod history;
mod jobs;
mod journal;
mod naming;
mod node;
mod nodes;
mod open;
mod params;
mod pending;
mod perform;
mod permits;
mod plan;
mod projects;
mod results;
mod review;
mod run;
mod scripts;

pub use config::Config;
pub use doctor::{Check, Health};
pub use event::Live;
pub use history::History;
pub use open::{Engine, EngineError};
pub use plan::{Plan, Planned, Verdict};
pub use projects::{NewProject, ProjectDetail};
pub use review::{Place, TakeView, Verb};
pub use run::{RunHandle, RunOptions, RunReport};
