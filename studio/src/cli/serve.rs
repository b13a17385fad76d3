//! `studio serve`

use super::out::{line, note};
use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::Instant;

use super::{
    fail::Failure,
    settings::Settings,
    signals::{Signal, Signals},
};
use crate::{
    engine::api::{ApiError, runs},
    remote::{Client, Mode, Owner},
};

/// Between two looks whether anybody needs it, and two tries to get the store.
const LOOK: Duration = Duration::from_millis(250);

#[derive(clap::Args)]
pub struct Args {
    /// Leave after so many seconds without clients and runs
    #[arg(long, value_name = "SECONDS")]
    idle_exit: Option<u64>,
    /// Requests a second that are taken of one client
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// In a session of its own: what a command that leaves starts
    #[arg(long, hide = true)]
    background: bool,
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    if args.background {
        // The terminal that it was started from may go. Who leads a session already has none to lose.
        let _ = rustix::process::setsid();
    }
    let mut signals = Signals::new()?;
    let Some(owner) = take_the_store(settings, args).await? else { return Ok(0) };
    announce(settings, &owner, &owner.take_up_all().await?);
    let left = async {
        loop {
            // The terminal that is gone is no reason to leave.
            if signals.next().await != Signal::Hangup {
                return;
            }
        }
    };
    tokio::select! {
        () = left => (),
        () = idle(&owner, args.idle_exit) => (),
    }
    owner.leave(None).await?;
    Ok(0)
}

/// Waits for the store where its owner is about to leave. None: somebody else serves it already, and has been told to
/// take up what was interrupted.
async fn take_the_store(settings: &Settings, args: &Args) -> Result<Option<Arc<Owner>>, Failure> {
    let mut options = settings.options(Mode::Own)?;
    options.limits.per_second = args.rate;
    let until = Instant::now() + options.wait;
    loop {
        let busy = match Owner::serving(options.config.clone(), &options, options.limits).await {
            Ok(owner) => return Ok(Some(owner)),
            Err(e) if e.code == "store.busy" => e,
            Err(e) => return Err(e.into()),
        };
        if options.place.noted().is_some() {
            if !args.background {
                return Err(busy.into());
            }
            let client = Client::open(settings.options(Mode::Own)?).await?;
            client.call(runs::Resume { run: None }).await?;
            client.close().await?;
            return Ok(None);
        }
        if Instant::now() > until {
            return Err(busy.into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn announce(settings: &Settings, owner: &Owner, taken: &runs::Resumed) {
    let socket = owner.socket();
    if settings.json {
        let pid = std::process::id();
        line(format_args!("{}", json!({ "socket": socket, "pid": pid, "runs": taken.runs })));
        return;
    }
    note(format_args!("serving {}", socket.unwrap_or_default().display()));
    for taken in &taken.runs {
        match &taken.error {
            None => note(format_args!("took up run {}", taken.run)),
            Some(ApiError { message, .. }) => note(format_args!("run {} cannot be taken up: {message}", taken.run)),
        }
    }
}

/// Waits until nobody has needed it for so long; without a limit for ever.
async fn idle(owner: &Owner, seconds: Option<u64>) {
    let Some(seconds) = seconds else { return std::future::pending().await };
    let patience = Duration::from_secs(seconds);
    let mut needed = Instant::now();
    while needed.elapsed() < patience {
        tokio::time::sleep(LOOK.min(patience)).await;
        if owner.is_needed() {
            needed = Instant::now();
        }
    }
}
