//! `studio serve`

use super::out::{line, note};
use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::Instant;

use super::{
    fail::Failure,
    settings::Settings,
    signals::{Signal, Signals},
};
use crate::{
    engine::api::{ApiError, runs},
    remote::{Client, Metrics, Mode, Owner},
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
    /// Answer Prometheus at http://ADDR/metrics, like 127.0.0.1:9464
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    /// Let --metrics be an address that other machines can reach: whoever does may read it
    #[arg(long, requires = "metrics")]
    metrics_any: bool,
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
    let bound = match args.metrics_address()? {
        Some(address) => Some(Metrics::bind(address).await?),
        None => None,
    };
    let Some(owner) = take_the_store(settings, args).await? else { return Ok(0) };
    let metrics = bound.map(|bound| bound.serve(Arc::clone(&owner)));
    let metrics_at = metrics.as_ref().map(Metrics::address);
    announce(settings, &owner, &owner.take_up_all().await?, metrics_at);
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
    drop(metrics);
    Ok(0)
}

impl Args {
    /// Where metrics are to be served: to others only where that is said.
    fn metrics_address(&self) -> Result<Option<SocketAddr>, Failure> {
        match self.metrics {
            Some(address) if !address.ip().to_canonical().is_loopback() && !self.metrics_any => {
                let message = format!("other machines could reach {address}, and whoever does may read the metrics");
                let help = "name a port of 127.0.0.1, or say --metrics-any as well";
                Err(Failure::usage("metrics", message).help(help))
            }
            address => Ok(address),
        }
    }
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

fn announce(settings: &Settings, owner: &Owner, taken: &runs::Resumed, metrics: Option<SocketAddr>) {
    let socket = owner.socket();
    if settings.json {
        let pid = std::process::id();
        let metrics = metrics.map(url);
        line(format_args!("{}", json!({ "socket": socket, "pid": pid, "runs": taken.runs, "metrics": metrics })));
        return;
    }
    note(format_args!("serving {}", socket.unwrap_or_default().display()));
    if let Some(metrics) = metrics {
        note(format_args!("metrics at {}", url(metrics)));
    }
    for taken in &taken.runs {
        match &taken.error {
            None => note(format_args!("took up run {}", taken.run)),
            Some(ApiError { message, .. }) => note(format_args!("run {} cannot be taken up: {message}", taken.run)),
        }
    }
}

fn url(metrics: SocketAddr) -> String {
    format!("http://{metrics}/metrics")
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
