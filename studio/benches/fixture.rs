//! A store in a temporary folder with the `echo` fixture plugin in it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::{Value, json};
use studio::{
    engine::{Config, Engine, NewProject},
    model::Project,
};

use super::service::Service;

/// The echo plugin's module, built once.
pub fn echo() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = root.join("target/plugins");
        let status = Command::new("cargo")
            .args(["build", "--quiet", "--locked", "--profile", "plugin", "--target", "wasm32-unknown-unknown"])
            .args(["-p", "studio-plugin-echo", "--target-dir"])
            .arg(&target)
            .current_dir(&root)
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the echo plugin does not build");
        std::fs::read(target.join("wasm32-unknown-unknown/plugin/studio_plugin_echo.wasm"))
            .expect("the module is there")
    })
}

pub struct Home {
    pub folder: tempfile::TempDir,
    pub runtime: tokio::runtime::Runtime,
}

impl Home {
    pub fn new() -> Self {
        Self::with(echo())
    }

    /// One whose `echo` may ask a service.
    pub fn asking(service: &Service) -> Self {
        let (any, port) = (b"127.0.0.1:00000", service.address().as_bytes());
        assert_eq!(port.len(), any.len(), "a port of five digits: {}", service.address());
        let mut module = echo().to_vec();
        let mut found = false;
        while let Some(at) = module.windows(any.len()).position(|bytes| bytes == any) {
            module[at..at + port.len()].copy_from_slice(port);
            found = true;
        }
        assert!(found, "echo names no port");
        Self::with(&module)
    }

    fn with(echo: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let plugins = folder.path().join("store/plugins");
        std::fs::create_dir_all(&plugins).expect("a folder");
        std::fs::write(plugins.join("echo.wasm"), echo).expect("a file");
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        let home = Self { folder, runtime };
        let engine = home.engine();
        home.runtime.block_on(async {
            let echo = engine.plugins().get("echo").expect("echo is loaded");
            engine.grant(&echo, None).await.expect("a grant");
            engine.close().await.expect("it closes");
        });
        home
    }

    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub fn engine(&self) -> Engine {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let config = Config::new(self.store(), self.folder.path().join("key"), path);
        self.runtime.block_on(Engine::open(config)).expect("the engine opens")
    }

    /// Writes a script, or another one in its place.
    pub fn script(&self, name: &str, script: &str) -> PathBuf {
        let path = self.folder.path().join(format!("{name}.lua"));
        std::fs::write(&path, script).expect("a file");
        path
    }

    /// A project with a script of its own.
    pub fn project(&self, engine: &Engine, name: &str, script: &str) -> Project {
        let path = self.script(name, script);
        let new = NewProject { title: name.into(), script: path.to_string_lossy().into(), ..NewProject::default() };
        self.runtime.block_on(engine.create(new)).expect("a project")
    }
}

/// A request that makes the echo plugin do `op`.
pub fn llm(op: &Value) -> Value {
    json!({ "text": op.to_string() })
}
