//! `studio store`

use std::path::PathBuf;

use clap::Subcommand;
use indicatif::BinaryBytes;

use super::{
    fail::Failure,
    out::{line, note},
    settings::Settings,
};
use crate::{
    engine::{self, api::store},
    remote::Mode,
};

#[derive(Subcommand)]
pub enum Command {
    /// Check the journal, the index and the files: exit code 1 where something is wrong
    Check {
        /// Only look whether files are there; do not read them through
        #[arg(long)]
        quick: bool,
        /// Mend what can be mended: the index, files that are still in the trash
        #[arg(long)]
        repair: bool,
    },
    /// Write the store into one file, while it is used; a file that is an older backup is replaced
    Backup {
        /// The file
        file: PathBuf,
    },
    /// Put a backup in the place of the store, which nobody may be using
    Restore {
        /// The backup
        file: PathBuf,
        /// Where to put it [default: the store's folder]
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
        /// Move a store that is there aside
        #[arg(long)]
        replace: bool,
    },
    /// Throw away what nothing refers to: into a trash that is emptied after a day
    Gc {
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
        /// Free the room at once, without the day in the trash
        #[arg(long)]
        now: bool,
        /// Throw away earlier takes too, made more than so many days ago: those that are neither current nor chosen,
        /// approved or edited by hand, and cost nothing
        #[arg(long, value_name = "OLDER_THAN_DAYS")]
        takes: Option<u32>,
        /// With --takes: also those that cost money
        #[arg(long, requires = "takes")]
        paid: bool,
    },
}

pub async fn run(settings: &Settings, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Check { quick, repair } => check(settings, store::Check { quick, repair }).await,
        Command::Backup { file } => back_up(settings, file).await,
        Command::Restore { file, to, replace } => restore(settings, file, to, replace).await,
        Command::Gc { dry_run, now, takes, paid } => collect(settings, store::Gc { dry_run, now, takes, paid }).await,
    }
}

async fn check(settings: &Settings, how: store::Check) -> Result<u8, Failure> {
    let checked = match settings.options(Mode::Own).map(crate::remote::Client::open)?.await {
        Ok(client) => {
            let checked = client.call(how).await?;
            client.close().await?;
            checked
        }
        // It cannot be opened: what is wrong with it can be told all the same.
        Err(e) if e.code == "store.corrupt" => engine::check_closed(settings.home()?).await?,
        Err(e) => return Err(e.into()),
    };
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&checked).unwrap_or_default()));
        return Ok(u8::from(!checked.is_good()));
    }
    checked.repaired.iter().for_each(|what| note(format_args!("mended: {what}")));
    for name in &checked.cut {
        note(format_args!("journal/{name} has the end of a write that was cut short; nothing in it was announced"));
    }
    for fault in &checked.faults {
        line(format_args!("{}: {}", fault.code, fault.what));
    }
    if checked.more_faults > 0 {
        line(format_args!("and {} more", checked.more_faults));
    }
    let mut helps: Vec<_> = checked.faults.iter().map(|fault| fault.help.as_str()).collect();
    helps.dedup();
    helps.iter().for_each(|help| note(format_args!("  help: {help}")));
    if checked.is_good() {
        let how = if checked.blobs_read { "read through" } else { "there" };
        note(format_args!(
            "all is well: {} records, {} files {how} ({})",
            checked.records,
            checked.blobs,
            BinaryBytes(checked.blob_bytes)
        ));
    }
    Ok(u8::from(!checked.is_good()))
}

async fn back_up(settings: &Settings, file: PathBuf) -> Result<u8, Failure> {
    // The owner stands in another folder.
    let file = std::path::absolute(file)?;
    let client = settings.client(Mode::Own).await?;
    let made = client.call(store::Backup { file }).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&made).unwrap_or_default()));
    } else {
        let (size, file) = (BinaryBytes(made.bytes), made.file.display());
        note(format_args!("wrote {file}: {} records, {} files, {size}", made.seq, made.blobs));
        for fault in &made.faults {
            note(format_args!("it lacks what the store lacks: {}", fault.what));
        }
    }
    Ok(u8::from(!made.faults.is_empty()))
}

async fn restore(settings: &Settings, file: PathBuf, to: Option<PathBuf>, replace: bool) -> Result<u8, Failure> {
    let to = match to {
        Some(to) => std::path::absolute(to)?,
        None => settings.home()?,
    };
    let restored = engine::restore(std::path::absolute(file)?, to, replace).await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&restored).unwrap_or_default()));
        return Ok(0);
    }
    let (records, blobs, store) = (restored.seq, restored.blobs, restored.store.display());
    note(format_args!("restored {store}: {records} records, {blobs} files"));
    if let Some(replaced) = &restored.replaced {
        note(format_args!("what was there before is in {}", replaced.display()));
    }
    for fault in &restored.faults {
        note(format_args!("wrong already when it was backed up: {}", fault.what));
    }
    Ok(0)
}

async fn collect(settings: &Settings, how: store::Gc) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let collected = client.call(how).await?;
    client.close().await?;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(&collected).unwrap_or_default()));
        return Ok(0);
    }
    let size = BinaryBytes;
    let would = if collected.dry_run { "would be " } else { "" };
    note(format_args!("results that no project has: {} {would}forgotten", collected.results));
    if collected.takes > 0 {
        note(format_args!("earlier takes: {} {would}forgotten", collected.takes));
    }
    note(format_args!("{} {would}deleted: {} files", size(collected.deleted_bytes), collected.deleted));
    if collected.trashed > 0 {
        let (bytes, files) = (size(collected.trashed_bytes), collected.trashed);
        note(format_args!("{bytes} {would}in the trash: {files} files; a gc in a day deletes them"));
    }
    if collected.taken_back > 0 {
        note(format_args!("{} files {would}taken back from the trash", collected.taken_back));
    }
    note(format_args!("{} stay: {} files", size(collected.left_bytes), collected.left));
    if collected.results_left {
        note(format_args!("a run is under way, or the disk was full: results were left alone"));
    }
    Ok(0)
}
