//! `studio cancel`

use super::out::note;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{fail::Failure, owner::Owner, settings::Settings};
use crate::model::Project;

#[derive(clap::Args)]
pub struct Args {
    /// The project, or the id of its run
    target: String,
}

pub async fn run(settings: &Settings, args: &Args) -> Result<u8, Failure> {
    let home = settings.home()?;
    if let Some(owner) = Owner::read(&home)
        && (owner.project == Project::slug_of(&args.target) || owner.run == args.target)
        && let Some(pid) = i32::try_from(owner.pid).ok().and_then(Pid::from_raw)
        && test_kill_process(pid).is_ok()
        && is_studio(owner.pid)
    {
        kill_process(pid, Signal::INT).map_err(std::io::Error::from)?;
        note(format_args!("told process {} to cancel {}", owner.pid, owner.project));
        return Ok(0);
    }
    let engine = settings.engine().await?;
    let project = engine.project_of_run(&args.target)?;
    let ended = engine.cancel_interrupted(&project).await?;
    engine.close().await?;
    if ended == 0 {
        return Err(Failure::new("not_running", format!("nothing of {} is under way", project.slug), ""));
    }
    note(format_args!("cancelled {ended} interrupted run(s) of {}", project.slug));
    Ok(0)
}

/// A process id may have been given to somebody else meanwhile.
fn is_studio(pid: u32) -> bool {
    let same = |p: String| std::fs::read_link(p).ok();
    let (theirs, ours) = (same(format!("/proc/{pid}/exe")), std::env::current_exe().ok());
    // Where there is no /proc the lock of the store has said enough.
    !std::path::Path::new("/proc/self").exists()
        || theirs.and_then(|p| Some(p.file_name()? == ours?.file_name()?)).unwrap_or(false)
}
