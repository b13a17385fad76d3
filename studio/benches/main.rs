//! Measures the targets of the design that exist so far and prints each beside its target.
//! `make bench`; a row's name as an argument measures that row alone. Medians of several runs in one go:
//! compare figures of one run only, boxes are noisy.

#![allow(clippy::print_stdout, clippy::expect_used, missing_docs)]

mod engine;
mod film;
mod fixture;
mod jitter;
mod loudness;
mod media;
mod process;
mod render;
mod service;
mod serving;
mod shell;
mod size;
mod slides;
mod switching;
mod tui;
mod turns;
mod waiting;

/// The program's own.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// One line of the table.
pub struct Row {
    pub what: &'static str,
    pub target: &'static str,
    pub measured: String,
    pub holds: bool,
}

type Measure = fn() -> Vec<Row>;

const ALL: &[(&str, Measure)] = &[
    ("turns", turns::measure),
    ("engine", engine::measure),
    ("waiting", waiting::measure),
    ("size", size::measure),
    ("process", process::measure),
    ("render", render::measure),
    ("film", film::measure),
    ("slides", slides::measure),
    ("loudness", loudness::measure),
    ("tui", tui::measure),
    ("switching", switching::measure),
];

fn main() {
    if std::env::args().any(|arg| arg == service::ARGUMENT) {
        return service::serve();
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    println!("{:58} {:>14} {:>14}", "what", "target", "measured");
    for (name, measure) in ALL {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            for row in measure() {
                let mark = if row.holds { "" } else { "  ← missed" };
                println!("{:58} {:>14} {:>14}{mark}", row.what, row.target, row.measured);
            }
        }
    }
}

/// The program, built beside this one.
pub fn program() -> std::path::PathBuf {
    std::env::current_exe().expect("a path").with_file_name("studio")
}

/// The middle one.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
