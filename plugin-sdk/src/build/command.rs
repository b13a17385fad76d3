//! A program's command line in the making.

use std::time::Duration;

use crate::wire::{Body, Device, Exec, Lines, Output, ProgressLines};

/// A program to run; [`cmd`] makes it, `cx.exec` runs it. No shell is involved.
///
/// In arguments and environment values `{in}` is the folder of the inputs and `{out}` the scratch folder, which
/// is also the working directory.
#[derive(Clone, Debug)]
#[must_use = "a program does nothing until cx runs it"]
pub struct Cmd(Exec);

/// A program of the manifest, without arguments.
pub fn cmd(program: impl Into<String>) -> Cmd {
    Cmd(Exec { program: program.into(), ..Exec::default() })
}

#[allow(clippy::needless_pass_by_value, reason = "callers pass what they have at hand")]
impl Cmd {
    /// Adds an argument: `.arg("-threads").arg(2)`.
    pub fn arg(mut self, arg: impl ToString) -> Self {
        self.0.args.push(arg.to_string());
        self
    }

    /// Adds arguments.
    pub fn args<A: ToString>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.0.args.extend(args.into_iter().map(|arg| arg.to_string()));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.env.insert(name.into(), value.into());
        self
    }

    /// What it reads on standard input.
    pub fn stdin(mut self, body: impl Into<Body>) -> Self {
        self.0.stdin = body.into();
        self
    }

    /// A read-only file: `{in}/NAME`.
    pub fn input(mut self, name: impl Into<String>, body: impl Into<Body>) -> Self {
        self.0.inputs.insert(name.into(), body.into());
        self
    }

    /// A file it leaves in the scratch folder, kept as a blob of that media type.
    pub fn output(self, name: impl Into<String>, mime: impl Into<String>) -> Self {
        self.add_output(name.into(), mime.into(), false)
    }

    /// The same for a file that may be missing.
    pub fn maybe_output(self, name: impl Into<String>, mime: impl Into<String>) -> Self {
        self.add_output(name.into(), mime.into(), true)
    }

    fn add_output(mut self, name: String, mime: String, optional: bool) -> Self {
        self.0.outputs.push(Output { name, mime, optional });
        self
    }

    /// Which of its lines the stage wants to read as they come.
    pub fn lines(mut self, lines: Lines) -> Self {
        self.0.lines = lines;
        self
    }

    /// Lines `KEY=NUMBER` on standard output are shown as progress towards `total` (ffmpeg `-progress pipe:1`).
    pub fn progress(mut self, key: impl Into<String>, total: impl Into<f64>) -> Self {
        self.0.progress = Some(ProgressLines { key: key.into(), total: total.into() });
        self
    }

    /// Running it twice does harm: it is never repeated by itself.
    pub fn once(mut self) -> Self {
        self.0.once = true;
        self
    }

    /// It uses a device of the box.
    pub fn device(mut self, device: Device) -> Self {
        self.0.devices.push(device);
        self
    }

    /// Threads it will use: that many processor permits.
    pub fn threads(mut self, n: u32) -> Self {
        self.0.threads = Some(n);
        self
    }

    /// It is killed after this long; without this an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout_s = Some(u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX).max(1));
        self
    }

    /// Most memory in MiB; without this 4096.
    pub fn memory_mib(mut self, mib: u32) -> Self {
        self.0.memory_mib = Some(mib);
        self
    }

    /// The command as it goes over the wire.
    pub fn into_wire(self) -> Exec {
        self.0
    }
}

impl From<Exec> for Cmd {
    fn from(exec: Exec) -> Self {
        Self(exec)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_built_as_it_reads() {
        let built = cmd("ffmpeg")
            .arg("-i")
            .arg("{in}/a.wav")
            .args(["-threads".to_string(), 2.to_string()])
            .input("a.wav", "x")
            .output("o.mp4", "video/mp4")
            .maybe_output("log", "text/plain")
            .progress("frame", 30)
            .threads(2)
            .into_wire();
        assert_eq!(
            serde_json::to_value(&built).unwrap(),
            json!({
                "program": "ffmpeg",
                "args": ["-i", "{in}/a.wav", "-threads", "2"],
                "inputs": {"a.wav": {"text": "x"}},
                "outputs": [
                    {"name": "o.mp4", "mime": "video/mp4"},
                    {"name": "log", "mime": "text/plain", "optional": true},
                ],
                "progress": {"key": "frame", "total": 30.0},
                "threads": 2,
            })
        );
    }
}
