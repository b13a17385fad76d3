//! A store with nothing in it and the program on it: what goes in is named, nothing of the box leaks in but PATH.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::events::Running;

/// A temporary home: store, key file, texts, exports.
pub struct Home {
    dir: TempDir,
    env: BTreeMap<String, OsString>,
}

/// A run of the program that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none: killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("studio-test-").tempdir().expect("a temporary folder");
        share_compiled_modules(&dir.path().join("store"));
        let mut env = BTreeMap::new();
        env.insert("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default());
        env.insert("HOME".to_owned(), dir.path().into());
        env.insert("STUDIO_HOME".to_owned(), dir.path().join("store").into());
        env.insert("STUDIO_KEY_FILE".to_owned(), dir.path().join("key").into());
        env.insert("TZ".to_owned(), "UTC".into());
        let runtime = dir.path().join("run");
        private(&runtime);
        env.insert("XDG_RUNTIME_DIR".to_owned(), runtime.into());
        Self { dir, env }
    }

    /// With another value of a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.set(name, value);
        self
    }

    /// Gives a variable another value from now on.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.env.insert(name.to_owned(), value.as_ref().to_owned());
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The store's folder.
    pub fn store(&self) -> PathBuf {
        PathBuf::from(&self.env["STUDIO_HOME"])
    }

    /// Writes a file below the home (not the store): its path as text.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("it is below the home")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path.to_string_lossy().into_owned()
    }

    /// A module for the store's folder of third parties' plugins.
    pub fn module(&self, id: &str, wasm: &[u8]) {
        let folder = self.store().join("plugins");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("{id}.wasm")), wasm).expect("a module");
    }

    /// A PATH with all programs of this one but those named.
    pub fn path_without(&self, programs: &[&str]) -> OsString {
        let folder = self.path().join("bin");
        fs::create_dir_all(&folder).expect("a folder");
        for dir in std::env::split_paths(&self.env["PATH"]) {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if !programs.iter().any(|p| name == **p) {
                    // The first one of a name wins, as on the real path.
                    let _ = std::os::unix::fs::symlink(entry.path(), folder.join(name));
                }
            }
        }
        folder.into_os_string()
    }

    /// The program with arguments, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.env_clear().envs(&self.env).args(args).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn studio(&self, args: &[&str]) -> Ran {
        Running::start(self.command(args)).finish()
    }

    /// Runs it with something on standard input.
    pub fn studio_fed(&self, args: &[&str], input: &[u8]) -> Ran {
        let file = self.path().join("stdin");
        fs::write(&file, input).expect("a file");
        let mut command = self.command(args);
        command.stdin(fs::File::open(file).expect("the file"));
        Running::start(command).finish()
    }

    /// Starts the program; its lines are read as they come.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::start(self.command(args))
    }

    /// Runs it with `--json`: what it printed. It must succeed.
    pub fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let ran = self.studio(&args);
        assert_eq!(ran.code, Some(0), "{args:?}: {ran:?}");
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", ran.out))
    }

    /// Runs it with `--json`: its exit code and its error.
    pub fn fails(&self, args: &[&str]) -> Failed {
        let mut args = args.to_vec();
        args.push("--json");
        let ran = self.studio(&args);
        let last = ran.out.lines().last().unwrap_or_default();
        let said: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("{args:?}: {e}: {ran:?}"));
        let field = |name: &str| said["error"][name].as_str().unwrap_or_default().to_owned();
        Failed {
            exit: ran.code,
            code: field("code"),
            message: field("message"),
            field: field("field"),
            help: field("help"),
        }
    }
}

/// A run that failed, as `--json` tells it.
#[derive(Debug)]
pub struct Failed {
    /// The exit code.
    pub exit: Option<i32>,
    /// `error.code`
    pub code: String,
    /// `error.message`
    pub message: String,
    /// `error.field`
    pub field: String,
    /// `error.help`
    pub help: String,
}

impl Failed {
    /// Checks exit code and error code, and that a person is told what is wrong.
    #[track_caller]
    pub fn is(&self, exit: i32, code: &str) -> &Self {
        assert_eq!((self.exit, self.code.as_str()), (Some(exit), code), "{self:?}");
        assert!(!self.message.is_empty() && !self.message.contains("panicked at"), "{self:?}");
        self
    }

    /// Checks that message, field or help say something.
    #[track_caller]
    pub fn says(&self, what: &str) -> &Self {
        let all = format!("{}\n{}\n{}", self.message, self.field, self.help);
        assert!(all.contains(what), "nothing of {what:?} in {self:?}");
        self
    }
}

/// All stores of the tests share what was compiled: it hangs on the modules' bytes alone, and takes seconds.
fn share_compiled_modules(store: &Path) {
    let shared = built().join("test-compile-cache");
    private(store);
    private(&shared);
    std::os::unix::fs::symlink(shared, store.join("cache")).expect("a link");
}

fn private(folder: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).expect("a folder");
}

/// The folder that cargo builds into: `target/debug`.
pub(crate) fn built() -> PathBuf {
    let test = std::env::current_exe().expect("this program's path");
    test.ancestors().nth(2).expect("target/debug/deps/test").to_owned()
}

/// The program: `STUDIO_BIN`, else the one that cargo built beside these tests.
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("STUDIO_BIN") {
        return path.into();
    }
    built().join("studio-under-test")
}
