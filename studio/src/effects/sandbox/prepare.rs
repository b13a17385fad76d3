//! Puts a program's confinement together: the command that starts it at its level, ready to be spawned.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{
    Confinement, Devices, Level, Limits, SandboxError, Scratch,
    child::{self, ChildSetup},
    full,
    roots::Roots,
};

/// A program to be confined.
pub(crate) struct Confined<'a> {
    pub level: Level,
    /// Absolute.
    pub program: &'a Path,
    pub roots: &'a Roots,
    pub args: &'a [String],
    /// All of its environment.
    pub env: &'a BTreeMap<String, String>,
    /// Names, and the files of the host that are seen under them.
    pub inputs: &'a [(String, PathBuf)],
    /// Devices of the box that it may use.
    pub devices: &'a Devices,
    pub scratch: &'a Scratch,
    pub limits: Limits,
    /// It runs what others wrote.
    pub hostile: bool,
}

/// A command that starts a program confined.
pub(crate) struct Prepared {
    command: Command,
    status: Option<File>,
    #[cfg(target_os = "linux")]
    cgroup: Option<super::cgroup::Cgroup>,
}

/// A confined program that runs.
pub(crate) struct Started {
    pub child: Child,
    /// Where bubblewrap tells how it fares.
    pub status: Option<File>,
    #[cfg(target_os = "linux")]
    pub cgroup: Option<super::cgroup::Cgroup>,
}

impl Prepared {
    /// Starts it. The child dies with the calling thread.
    pub(crate) fn spawn(mut self, stdin: bool) -> io::Result<Started> {
        let stdin = if stdin { Stdio::piped() } else { Stdio::null() };
        let child = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        // With the command goes this side's copy of what only the child is to hold open.
        Ok(Started {
            child,
            status: self.status,
            #[cfg(target_os = "linux")]
            cgroup: self.cgroup,
        })
    }
}

/// The folders of inputs and of scratch as a program sees them at a level.
pub(crate) fn places(level: Level, scratch: &Scratch) -> Result<(String, String), SandboxError> {
    if level == Level::Full {
        return Ok((full::IN.to_owned(), full::OUT.to_owned()));
    }
    let text = |path: PathBuf| path.into_os_string().into_string();
    match (text(scratch.inputs()), text(scratch.out())) {
        (Ok(inputs), Ok(out)) => Ok((inputs, out)),
        _ => Err(SandboxError::setup("the path of the scratch folder is not UTF-8; choose another store")),
    }
}

impl Confined<'_> {
    /// The system's folders beyond programs and libraries that it may read: code sets text with the box's own
    /// fonts, a tool never sees them.
    pub(super) fn extra_reads(&self) -> Vec<PathBuf> {
        if self.hostile { full::typesetting() } else { Vec::new() }
    }

    /// The command that starts it.
    pub(crate) fn prepare(&self, found: &Confinement) -> Result<Prepared, SandboxError> {
        #[cfg(target_os = "linux")]
        // Enrolling waits for all processors once (about 10 ms), so only hostile code gets a group.
        let cgroup = if self.hostile { super::cgroup::Cgroup::new(&self.limits) } else { None };
        let mut setup = ChildSetup {
            limits: self.limits.resources(),
            keep: Vec::new(),
            #[cfg(target_os = "linux")]
            cgroup: cgroup.as_ref().map(super::cgroup::Cgroup::door).transpose().map_err(SandboxError::setup)?,
            #[cfg(not(target_os = "linux"))]
            cgroup: None,
            #[cfg(target_os = "linux")]
            light: None,
        };
        let mut status = None;
        let command = match self.level {
            #[cfg(target_os = "linux")]
            Level::Full => {
                let (command, read_end) = self.wrapped(found, &mut setup)?;
                status = Some(read_end);
                command
            }
            #[cfg(target_os = "linux")]
            Level::Light => {
                setup.light = Some(super::light::setup(self)?);
                self.bare()
            }
            Level::None => self.bare(),
            #[cfg(not(target_os = "linux"))]
            level => return Err(SandboxError::Unavailable { level, why: found.why.clone() }),
        };
        let mut command = command;
        child::install(&mut command, setup);
        Ok(Prepared {
            command,
            status,
            #[cfg(target_os = "linux")]
            cgroup,
        })
    }

    fn bare(&self) -> Command {
        let mut command = Command::new(self.program);
        command.args(self.args).env_clear().envs(self.env).current_dir(self.scratch.out());
        command
    }

    /// The program inside bubblewrap. Its environment goes in by option: bubblewrap itself runs outside and
    /// must not heed what a plugin sets.
    #[cfg(target_os = "linux")]
    fn wrapped(&self, found: &Confinement, setup: &mut ChildSetup) -> Result<(Command, File), SandboxError> {
        let Some(bwrap) = &found.bwrap else {
            return Err(SandboxError::Unavailable { level: Level::Full, why: found.why.clone() });
        };
        let options = full::options(self, found.new_proc);
        let filter = super::seccomp::bytes(super::seccomp::filter(Level::Full)?);
        let (read_end, write_end) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(SandboxError::setup)?;
        let options = in_memory(&full::joined(&options))?;
        let filter = in_memory(&filter)?;
        let mut command = Command::new(&bwrap.path);
        command.env_clear().current_dir("/");
        for (option, fd) in [("--args", &options), ("--seccomp", &filter), ("--json-status-fd", &write_end)] {
            command.arg(option).arg(fd.as_raw_fd().to_string());
        }
        command.arg("--").arg(self.program).args(self.args);
        setup.keep = vec![options, filter, write_end];
        Ok((command, read_end.into()))
    }
}

/// A file that is only in memory, read from its start.
#[cfg(target_os = "linux")]
fn in_memory(bytes: &[u8]) -> Result<OwnedFd, SandboxError> {
    use std::io::{Seek, SeekFrom};
    let fd = rustix::fs::memfd_create("studio", rustix::fs::MemfdFlags::CLOEXEC).map_err(SandboxError::setup)?;
    let mut file = File::from(fd);
    file.write_all(bytes).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(SandboxError::setup)?;
    Ok(file.into())
}
