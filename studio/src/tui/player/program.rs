//! The programs that decode and sound, as children that end when nobody wants them any more.

use std::{
    ffi::{OsStr, OsString},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use parking_lot::Mutex;
use rustix::process::{Pid, setpriority_process};

/// Decoding for the screen gives way to what is being made.
const NICENESS: i32 = 10;
/// The files that are decoded: none that names others, as playlists do.
const FORMATS: &str = "mov,matroska,webm,avi,ogg,wav,mp3,flac,aac,gif";

/// Where a program is; none: it is not installed.
pub fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        file.is_absolute() && file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(path).map(|folder| folder.join(name)).find(is_program)
}

/// FFmpeg on one file from a moment on: it reads that file and nothing else.
pub fn ffmpeg(program: &Path, file: &Path, from: f64, seconds: f64) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir("/").stdin(Stdio::null());
    command.args(["-nostdin", "-v", "quiet", "-threads", "2", "-protocol_whitelist", "file,pipe"]);
    command.args(["-format_whitelist", FORMATS]);
    command.args(["-ss", &format!("{:.3}", from.max(0.0)), "-t", &format!("{:.3}", seconds.max(0.0))]);
    let mut input = OsString::from("file:");
    input.push(file);
    command.arg("-i").arg(input);
    command
}

/// A program that runs; dropped, it is killed at once. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Program {
    child: Arc<Mutex<Child>>,
}

impl Program {
    /// Starts it, its output for us.
    pub fn reading(mut command: Command) -> Result<(Self, ChildStdout), String> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|e| e.to_string())?;
        let out = child.stdout.take().ok_or("it has no output")?;
        Ok((Self::kept(child), out))
    }

    /// Starts it, its input from us.
    pub fn writing(mut command: Command) -> Result<(Self, ChildStdin), String> {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        let input = child.stdin.take().ok_or("it has no input")?;
        Ok((Self::kept(child), input))
    }

    fn kept(child: Child) -> Self {
        // Where it may not give way, it plays all the same.
        let _ = setpriority_process(i32::try_from(child.id()).ok().and_then(Pid::from_raw), NICENESS);
        Self { child: Arc::new(Mutex::new(child)) }
    }

    /// It ends now.
    pub fn kill(&self) {
        // It may have ended already.
        let _ = self.child.lock().kill();
    }

    /// It ends now, and nothing is left of it.
    pub fn reap(&self) {
        let mut child = self.child.lock();
        let _ = child.kill();
        let _ = child.wait();
    }

    /// It ends by itself, once it has done what it was given: then nothing is left of it.
    pub fn finish(&self, patience: std::time::Duration) {
        let until = std::time::Instant::now() + patience;
        while std::time::Instant::now() < until {
            if !matches!(self.child.lock().try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.reap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn programs_are_looked_for_in_whole_folders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tool"), "").unwrap();
        let path = std::env::join_paths([Path::new("relative"), folder.path()]).unwrap();
        assert_eq!(find("tool", &path), None, "it cannot be run");
        std::fs::set_permissions(folder.path().join("tool"), PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(find("tool", &path), Some(folder.path().join("tool")));
    }

    #[test]
    fn a_program_that_is_killed_leaves_nothing() {
        let mut command = Command::new("sleep");
        command.arg("600");
        let (program, mut out) = Program::reading(command).unwrap();
        program.kill();
        // Its output ends with it.
        assert_eq!(out.read(&mut [0; 8]).unwrap(), 0);
        program.reap();
        assert!(program.child.lock().try_wait().unwrap().is_some());
    }
}
