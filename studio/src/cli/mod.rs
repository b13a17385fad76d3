//! The command line: one file a command. Results go to standard output, words for people to standard
//! error. It asks for everything through a client, which finds the engine in this process or in another.

use std::{io, num::NonZero, panic, thread};

use clap::{Parser, Subcommand};
use parking_lot::Mutex;

mod batch;
mod brand;
mod budget;
mod cancel;
mod chat;
mod demo;
mod doctor;
mod editor;
mod export;
mod fail;
mod jobs;
mod lifecycle;
mod logging;
mod ls;
mod new;
mod out;
mod pack;
mod params;
mod plan;
mod plugin;
mod privacy;
mod profiles;
mod progress;
mod retry;
mod review;
mod run;
mod scene;
mod secret;
mod serve;
mod settings;
mod show;
mod signals;
mod stats;
mod store;
mod table;
mod templates;
mod traces;
mod tui;
mod verify;
mod webhook;

use fail::Failure;
use logging::{Logging, Place};
use settings::Settings;

/// A terminal studio for videos made with AI services and ordinary tools.
#[derive(Parser)]
#[command(name = "studio", version, about, max_term_width = 100, subcommand_precedence_over_arg = true)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    screen: tui::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Make a project
    New(new::Args),
    /// List the templates: what a project can begin with; or say what one takes
    Templates(templates::Args),
    /// Run a project's pipeline, or a script: what is kept is not made again
    Run(run::Args),
    /// Say what a run would do: kept, to run, and how long
    Plan(plan::Args),
    /// List the profiles: how much is spent on a film
    Profiles(profiles::Args),
    /// List projects
    Ls(ls::Args),
    /// Show a project: its params, its last run, its nodes
    Show(show::Args),
    /// Give a project another title
    Rename(lifecycle::Rename),
    /// Copy a project with all that is made already
    Duplicate(lifecycle::Duplicate),
    /// Put a project aside: it is not listed and not run
    Archive(lifecycle::Archive),
    /// Remove a project; it can be restored
    Rm(lifecycle::Remove),
    /// Bring a project back that was removed
    Restore(lifecycle::OfProject),
    /// Take a project's latest edit back
    Undo(lifecycle::OfProject),
    /// Do the edit again that was taken back last
    Redo(lifecycle::OfProject),
    /// List a project's scenes; move, add, remove or edit one
    Scene(scene::Args),
    /// Talk with a model about a project; accept what it proposes
    Chat(chat::Args),
    /// Write a project with its results to one file
    Pack(pack::Pack),
    /// Make a project of a packed file
    Unpack(pack::Unpack),
    /// Brands: colours, fonts, logo, intro and outro that films share; list, save, use
    #[command(subcommand)]
    Brand(brand::Command),
    /// Run a project again after a failure, from the last good answer on
    Retry(retry::Args),
    /// See what waits for you; approve it, edit it, or have it made again
    Review(review::Args),
    /// List what is under way in all projects, and what failed
    Jobs(jobs::Args),
    /// Make many videos in one go, from a list: what fails stops no other
    Batch(batch::Args),
    /// Give up a run that is under way
    Cancel(cancel::Args),
    /// See and set what may be spent: in all, in a run, in a month
    Budget(budget::Args),
    /// Say what was made, how well, how fast and for how much; list what was asked of services
    Stats(stats::Args),
    /// Own the store without a terminal: run what was interrupted, and answer other studios
    Serve(serve::Args),
    /// Write a finished film, its captions or its data to a file
    Export(export::Args),
    /// Say what is wrong with a film: streams, length, loudness, black, silence, captions
    Verify(verify::Args),
    /// Plugins: list, inspect, call by hand
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Secrets: set, list, remove (they are never shown)
    #[command(subcommand)]
    Secret(secret::Command),
    /// Look after the store: check it, back it up, restore it, free what nothing refers to
    #[command(subcommand)]
    Store(store::Command),
    /// Webhooks: list, try out, send again what did not arrive
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Say what is missing on this box, and the command that mends it
    Doctor(doctor::Args),
    /// Make a real video from an example text, and say where it is
    Demo(demo::Args),
}

/// Runs the command line given to this process: its exit code.
pub fn main() -> u8 {
    let cli = Cli::parse();
    privacy::no_cores();
    let json = cli.settings.json;
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return failure.report(json),
    };
    // Dropped last: what ends with the runtime is still written down.
    let place = match cli.command {
        None => Place::Screen,
        Some(Command::Serve(_)) => Place::Long,
        Some(_) => Place::Command,
    };
    let logging = Logging::start(&cli.settings, place);
    let (outcome, _logging) = match logging {
        Ok(logging) => (runtime.block_on(cli.dispatch()), Some(logging)),
        Err(failure) => (Err(failure), None),
    };
    // Blocking work that was given up must not hold the exit.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(json),
    }
}

/// The threads that do the work. Where one cannot be started, tokio panics and then waits for those that were: so it is
/// tried before. What else goes wrong is an error like any other.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let built = threads_start().and_then(|()| {
        panic::catch_unwind(|| tokio::runtime::Builder::new_multi_thread().enable_all().build())
            .unwrap_or_else(|_| Err(io::Error::other("the system refuses")))
    });
    panic::set_hook(before);
    built.map_err(|e| {
        let help = "close other programs, or raise the limits of memory and processes (ulimit -v, ulimit -u)";
        Failure::new("box.threads", format!("threads cannot be started: {e}"), help)
    })
}

/// Starts as many threads at once as the runtime will have, one more to be sure, and waits until they have ended: then
/// their stacks are there for others.
fn threads_start() -> io::Result<()> {
    let count = 1 + thread::available_parallelism().map_or(1, NonZero::get);
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock();
        let start = || thread::Builder::new().spawn_scoped(scope, || drop(gate.lock()));
        let (started, failed): (Vec<_>, Vec<_>) = (0..count).map(|_| start()).partition(Result::is_ok);
        drop(closed);
        started.into_iter().flatten().for_each(|thread| drop(thread.join()));
        failed.into_iter().next().map_or(Ok(()), |failed| failed.map(drop))
    })
}

impl Cli {
    async fn dispatch(self) -> Result<u8, Failure> {
        let settings = &self.settings;
        let Some(command) = self.command else { return tui::run(settings, self.screen).await };
        match command {
            Command::New(args) => new::run(settings, args).await,
            Command::Templates(args) => templates::run(settings, args).await,
            Command::Run(args) => run::run(settings, args).await,
            Command::Plan(args) => plan::run(settings, args).await,
            Command::Profiles(args) => profiles::run(settings, &args).await,
            Command::Ls(args) => ls::run(settings, &args).await,
            Command::Show(args) => show::run(settings, &args).await,
            Command::Rename(args) => lifecycle::rename(settings, args).await,
            Command::Duplicate(args) => lifecycle::duplicate(settings, args).await,
            Command::Archive(args) => lifecycle::archive(settings, args).await,
            Command::Rm(args) => lifecycle::remove(settings, args).await,
            Command::Restore(args) => lifecycle::restore(settings, args).await,
            Command::Undo(args) => lifecycle::undo(settings, args.project).await,
            Command::Redo(args) => lifecycle::redo(settings, args.project).await,
            Command::Scene(args) => scene::run(settings, args).await,
            Command::Chat(args) => chat::run(settings, args).await,
            Command::Pack(args) => pack::pack(settings, args).await,
            Command::Unpack(args) => pack::unpack(settings, args).await,
            Command::Brand(command) => brand::run(settings, command).await,
            Command::Retry(args) => retry::run(settings, args).await,
            Command::Review(args) => review::run(settings, args).await,
            Command::Jobs(args) => jobs::run(settings, args).await,
            Command::Batch(args) => batch::run(settings, args).await,
            Command::Cancel(args) => cancel::run(settings, &args).await,
            Command::Budget(args) => budget::run(settings, args).await,
            Command::Stats(args) => stats::run(settings, args).await,
            Command::Serve(args) => serve::run(settings, &args).await,
            Command::Export(args) => export::run(settings, args).await,
            Command::Verify(args) => verify::run(settings, args).await,
            Command::Plugin(command) => plugin::run(settings, command).await,
            Command::Secret(command) => secret::run(settings, command).await,
            Command::Store(command) => store::run(settings, command).await,
            Command::Webhook(command) => webhook::run(settings, command).await,
            Command::Doctor(args) => doctor::run(settings, &args).await,
            Command::Demo(args) => demo::run(settings, args).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
