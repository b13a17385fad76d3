//! What the parts tell: as words on standard error, as JSON lines in a file, as spans to a collector. Codes, names and
//! numbers; no layer here knows a secret, and what is told at `info` holds nothing that a user or a model wrote.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use jiff::civil::Date;
use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterFn, LevelFilter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{fail::Failure, out::note, settings::Settings, traces::Traces};
use crate::model;

/// Other people's parts say nothing of use.
const QUIET: &str = "extism=off,wasmtime=off,cranelift=off,h2=error,hyper=error,reqwest=error";
/// Lines that may wait to be written, with room for all of them from the start; more than that are dropped.
const LINES_WAITING: usize = 16_384;
/// Files that are kept, the one that is written among them; each is of one day.
const KEPT: usize = 7;

type Layers = Box<dyn Layer<Registry> + Send + Sync>;

/// Everything that listens. Dropped, what is still to be written is written.
pub struct Logging {
    traces: Option<Traces>,
    _file: Option<WorkerGuard>,
}

/// Where the process tells things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A command that ends: on standard error.
    Command,
    /// A process that stays: also in a file.
    Long,
    /// A process that draws on the terminal: in a file alone.
    Screen,
}

impl Logging {
    /// Begins to listen.
    pub fn start(settings: &Settings, place: Place) -> Result<Self, Failure> {
        let mut layers: Vec<Layers> = Vec::new();
        if place != Place::Screen {
            let words = tracing_subscriber::fmt::layer().with_writer(io::stderr);
            let filter = EnvFilter::try_from_env("STUDIO_LOG").unwrap_or_else(|_| filter("warn"));
            layers.push(Box::new(words.with_filter(filter)));
        }
        let file = file(settings, place != Place::Command)?.map(|appender| {
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
        return Ok(Some(
            std::path::absolute(&folder).and_then(|folder| Private::open(&folder, clock())).map_err(failed)?,
        ));
    }
    if !long && !settings.wants_log_file() {
        return Ok(None);
    }
    let folder = settings.home()?.join("logs");
    match Private::open(&folder, clock()) {
        Ok(file) => Ok(Some(file)),
        Err(e) => {
            // The work can be done all the same.
            note(format_args!("no log is written: {}: {e}", folder.display()));
            Ok(None)
        }
    }
}

fn clock() -> Clock {
    Box::new(SystemTime::now)
}

/// What says how late it is.
type Clock = Box<dyn Fn() -> SystemTime + Send>;

/// A log file of each day, in UTC, that nobody but this user can read; `studio.jsonl` leads to the newest.
struct Private {
    folder: PathBuf,
    file: File,
    day: Date,
    clock: Clock,
}

impl Private {
    fn open(folder: &Path, clock: Clock) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let day = day_of(&clock);
        Ok(Self { folder: folder.to_owned(), file: file_of(folder, day)?, day, clock })
    }
}

impl Write for Private {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let day = day_of(&self.clock);
        if day != self.day {
            self.day = day;
            // A file that cannot be begun is no reason to lose a line: it goes to that of yesterday.
            if let Ok(file) = file_of(&self.folder, day) {
                self.file = file;
            }
        }
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn day_of(clock: &Clock) -> Date {
    let since = clock().duration_since(UNIX_EPOCH).unwrap_or_default();
    model::day_of(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Opens the file of a day, leads to it, and removes the oldest.
fn file_of(folder: &Path, day: Date) -> io::Result<File> {
    let name = format!("studio.{day}.jsonl");
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(folder.join(&name))?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    // Put in place at once: another process may be doing the same.
    let link = folder.join(format!(".studio.jsonl.{}", std::process::id()));
    let _ = fs::remove_file(&link);
    symlink(&name, &link)?;
    fs::rename(&link, folder.join("studio.jsonl"))?;
    let mut days: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect();
    days.retain(|name| name.to_str().is_some_and(is_of_a_day));
    days.sort_unstable();
    for old in &days[..days.len().saturating_sub(KEPT)] {
        // Another process may have removed it.
        let _ = fs::remove_file(folder.join(old));
    }
    Ok(file)
}

fn is_of_a_day(name: &str) -> bool {
    let day = name.strip_prefix("studio.").and_then(|rest| rest.strip_suffix(".jsonl"));
    day.is_some_and(|day| day.parse::<Date>().is_ok())
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use parking_lot::Mutex;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_day_ends_at_midnight_and_a_week_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("logs");
        let before_midnight = "2026-11-28T23:59:59.999Z".parse::<jiff::Timestamp>().unwrap();
        let now = Arc::new(Mutex::new(SystemTime::from(before_midnight)));
        let clock = Arc::clone(&now);
        let mut log = Private::open(&dir, Box::new(move || *clock.lock())).unwrap();
        fs::write(dir.join("notes.txt"), "mine").unwrap();
        log.write_all(b"late\n").unwrap();
        assert_eq!(fs::read_to_string(dir.join("studio.jsonl")).unwrap(), "late\n");
        *now.lock() += Duration::from_millis(1);
        log.write_all(b"early\n").unwrap();
        log.write_all(b"later\n").unwrap();
        assert_eq!(names(&dir), ["notes.txt", "studio.2026-11-28.jsonl", "studio.2026-11-29.jsonl", "studio.jsonl"]);
        assert_eq!(fs::read_to_string(dir.join("studio.2026-11-28.jsonl")).unwrap(), "late\n");
        assert_eq!(fs::read_to_string(dir.join("studio.jsonl")).unwrap(), "early\nlater\n");
        for n in 0..9 {
            *now.lock() += DAY;
            writeln!(log, "{n}").unwrap();
        }
        let kept: Vec<_> = (2..=8).map(|day| format!("studio.2026-12-{day:02}.jsonl")).collect();
        assert_eq!(names(&dir)[1..=KEPT], kept);
        assert_eq!(fs::read_to_string(dir.join("studio.jsonl")).unwrap(), "8\n");
        // A clock that was set back goes on with what is there.
        *now.lock() -= DAY;
        log.write_all(b"again\n").unwrap();
        assert_eq!(fs::read_to_string(dir.join("studio.jsonl")).unwrap(), "7\nagain\n");
        for name in names(&dir).iter().filter(|name| is_of_a_day(name)) {
            assert_eq!(fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
}
