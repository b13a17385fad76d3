//! What the parts tell: as words on standard error, as JSON lines in a file, as spans to a collector. Codes, names and
//! numbers; no layer here knows a secret, and what is told at `info` holds nothing that a user or a model wrote.

use std::{
    env, fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::{Level, Metadata};
use tracing_appender::{
    non_blocking::{NonBlockingBuilder, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterFn, LevelFilter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{fail::Failure, out::note, settings::Settings, traces::Traces};

/// Other people's parts say nothing of use.
const QUIET: &str = "extism=off,wasmtime=off,cranelift=off,h2=error,hyper=error,reqwest=error";
/// Lines that may wait to be written, with room for all of them from the start; more than that are dropped.
const LINES_WAITING: usize = 16_384;
/// Files that are kept, the one that is written among them; each is of one day.
const KEPT: usize = 7;
/// Seconds of a day: the appender begins its files in UTC.
const DAY: u64 = 24 * 60 * 60;
/// Another process may be putting the name of the newest file in place at the same moment.
const TRIES: u32 = 3;

type Layers = Box<dyn Layer<Registry> + Send + Sync>;

/// Everything that listens. Dropped, what is still to be written is written.
pub struct Logging {
    traces: Option<Traces>,
    _file: Option<WorkerGuard>,
}

impl Logging {
    /// Begins to listen. `long`: this process stays, so what it does is written down.
    pub fn start(settings: &Settings, long: bool) -> Result<Self, Failure> {
        let mut layers: Vec<Layers> = vec![Box::new(
            tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .with_filter(EnvFilter::try_from_env("STUDIO_LOG").unwrap_or_else(|_| filter("warn"))),
        )];
        let file = file(settings, long)?.map(|appender| {
            let lines = NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING);
            let (writer, guard) = lines.finish(appender);
            let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
            // Not `STUDIO_LOG`: what is told at `debug` may hold words of users and models.
            layers.push(Box::new(lines.with_writer(writer).with_filter(filter("info"))));
            guard
        });
        let traces = Traces::start()?;
        if let Some(traces) = &traces {
            let ours = FilterFn::new(is_traced).with_max_level_hint(LevelFilter::DEBUG);
            layers.push(Box::new(traces.layer().with_filter(ours)));
        }
        let _ = tracing_subscriber::registry().with(layers).try_init();
        Ok(Self { traces, _file: file })
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        if let Some(traces) = self.traces.take() {
            traces.end();
        }
    }
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::new(format!("{level},{QUIET}"))
}

/// Our spans, and what is told in them; at `debug` only spans, as in the log.
fn is_traced(told: &Metadata<'_>) -> bool {
    let most = if told.is_span() { Level::DEBUG } else { Level::INFO };
    told.target().starts_with("studio") && *told.level() <= most
}

/// Where lines go; none: nobody asked for them, or nobody can write there who did not ask for them either.
fn file(settings: &Settings, long: bool) -> Result<Option<Private>, Failure> {
    let named = env::var_os("STUDIO_LOG_FILE").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    if let Some(folder) = named {
        let failed =
            |e: io::Error| Failure::usage("STUDIO_LOG_FILE", format!("{} cannot be used: {e}", folder.display()));
        return Ok(Some(std::path::absolute(&folder).and_then(|folder| Private::open(&folder)).map_err(failed)?));
    }
    if !long && !settings.wants_log_file() {
        return Ok(None);
    }
    let folder = settings.home()?.join("logs");
    match Private::open(&folder) {
        Ok(file) => Ok(Some(file)),
        Err(e) => {
            // The work can be done all the same.
            note(format_args!("no log is written: {}: {e}", folder.display()));
            Ok(None)
        }
    }
}

/// A log file of each day that nobody but this user can read.
struct Private {
    appender: RollingFileAppender,
    newest: PathBuf,
    day: u64,
}

impl Private {
    fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let appender = || {
            RollingFileAppender::builder()
                .rotation(Rotation::DAILY)
                .filename_prefix("studio")
                .filename_suffix("jsonl")
                .latest_symlink("studio.jsonl")
                .max_log_files(KEPT)
                .build(folder)
        };
        let mut built = appender();
        for _ in 1..TRIES {
            if built.is_err() {
                built = appender();
            }
        }
        let appender = built.map_err(io::Error::other)?;
        let file = Self { appender, newest: folder.join("studio.jsonl"), day: today() };
        file.close_to_others()?;
        Ok(file)
    }

    /// The appender leaves it to the umask.
    fn close_to_others(&self) -> io::Result<()> {
        fs::set_permissions(&self.newest, fs::Permissions::from_mode(0o600))
    }
}

impl Write for Private {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.appender.write(buf)?;
        if self.day != today() {
            self.day = today();
            self.close_to_others()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.appender.flush()
    }
}

fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / DAY)
}
