//! The engine: promises and nodes, result names, scheduling, retries; commands in, events out.
//! Front ends use [`Engine`] alone; it alone uses the store, the host, the effects and the scripts.

mod active;
mod activity;
pub mod api;
mod by_file;
mod by_hand;
mod config;
mod deliver;
mod doctor;
mod drive;
mod event;
mod feed;
mod gate;
mod history;
mod jobs;
mod journal;
mod leave;
mod naming;
mod node;
mod nodes;
mod once;
mod open;
mod params;
mod pending;
mod perform;
mod permits;
mod plan;
mod projects;
mod results;
mod retry;
mod review;
mod run;
mod scripts;

pub use active::{Active, RunEnd, RunReport};
pub use config::Config;
pub use doctor::{Check, Health};
pub use event::{Event, Live, Told};
pub use feed::{Feed, News};
pub use history::{History, Typical};
pub use open::{Engine, EngineError};
pub use plan::{Plan, Planned, Verdict};
pub use projects::{Edit, NewProject, ProjectDetail};
pub use review::{Place, TakeView, Verb};
pub use run::{RunHandle, RunOptions};
