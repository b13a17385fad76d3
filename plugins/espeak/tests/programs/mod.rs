//! Answers effects by running the programs of this machine, unconfined, in folders of their own.

use std::{fs, process::Command};

use studio_plugin_sdk::{
    testkit::MemoryHost,
    wire::{Action, Answer, Body, Exec, Exit},
};

/// Which programs there are.
pub struct Programs {
    missing: &'static str,
    library: bool,
}

impl Programs {
    pub fn all() -> Self {
        Self { missing: "", library: true }
    }

    pub fn without(program: &'static str) -> Self {
        Self { missing: program, library: true }
    }

    pub fn without_library() -> Self {
        Self { missing: "", library: false }
    }

    pub fn answer(&self, action: &Action, host: &MemoryHost) -> Answer {
        match action {
            Action::Probe { program } => {
                let here = *program != self.missing && path(program).is_some();
                Answer::Probe { version: here.then(|| "1".to_string()) }
            }
            Action::Exec(exec) => {
                assert_ne!(exec.program, self.missing);
                Answer::Exit(self.run(exec, host))
            }
            other => panic!("not an effect of this plugin: {other:?}"),
        }
    }

    fn run(&self, exec: &Exec, host: &MemoryHost) -> Exit {
        let (inputs, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, body) in &exec.inputs {
            let Body::Text(text) = body else { panic!("{body:?}") };
            let renamed = text.replace("libespeak-ng", "libnone");
            fs::write(inputs.path().join(name), if self.library { text } else { &renamed }).unwrap();
        }
        let place = |arg: &String| arg.replace("{in}", inputs.path().to_str().unwrap());
        let output = Command::new(path(&exec.program).unwrap())
            .args(exec.args.iter().map(place))
            .current_dir(scratch.path())
            .env_clear()
            .env("HOME", scratch.path())
            .env("LANG", "C.UTF-8")
            .output()
            .unwrap();
        let kept = exec.outputs.iter().filter_map(|out| {
            let bytes = fs::read(scratch.path().join(&out.name)).ok()?;
            Some((out.name.clone(), host.put(&out.mime, &bytes)))
        });
        Exit {
            code: output.status.code(),
            signal: None,
            outputs: kept.collect(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// As in the sandbox: what is on the system's own path.
fn path(program: &str) -> Option<String> {
    let path = format!("/usr/bin/{program}");
    fs::exists(&path).unwrap_or(false).then_some(path)
}
