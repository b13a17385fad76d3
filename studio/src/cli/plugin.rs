//! `studio plugin`

use super::out::{line, note};
use std::{io::IsTerminal, path::PathBuf, sync::Arc};

use clap::Subcommand;
use studio_plugin_sdk::roles::Role;

use super::{fail::Failure, params::read_text, settings::Settings, table};
use crate::{engine::Engine, host::Loaded, model::Source};

#[derive(Subcommand)]
pub enum Command {
    /// List the plugins and what they do
    Ls,
    /// Show what a plugin is and what it asks for
    Inspect {
        /// A plugin's id, or the path of a .wasm file
        plugin: String,
    },
    /// Let a plugin do what it asks for
    Grant {
        /// A plugin's id, or the path of a .wasm file
        plugin: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Call a stage by hand: a request as JSON in, its response as JSON out
    Call {
        /// A plugin's id, or the path of a .wasm file
        plugin: String,
        /// The role: `tts`, `image` …
        role: String,
        /// The request, or a file with it as @FILE (@- is standard input)
        #[arg(default_value = "@-")]
        request: String,
        /// Where files go that the stage delivers
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
    },
}

pub async fn run(settings: &Settings, command: Command) -> Result<u8, Failure> {
    let engine = settings.engine().await?;
    match command {
        Command::Ls => list(settings, &engine),
        Command::Inspect { plugin } => inspect(settings, &*find(&engine, &plugin)?),
        Command::Grant { plugin, yes } => grant(settings, &engine, &*find(&engine, &plugin)?, yes).await?,
        Command::Call { plugin, role, request, out } => {
            let roles: Vec<_> = Role::ALL.iter().map(|r| r.name()).collect();
            let role = Role::from_name(&role)
                .ok_or_else(|| Failure::usage("role", format!("{role:?} is none of {}", roles.join(", "))))?;
            let text = match request.strip_prefix('@') {
                Some(file) => read_text(file)?,
                None => request,
            };
            let request =
                serde_json::from_str(&text).map_err(|e| Failure::usage("request", format!("is not JSON: {e}")))?;
            let response = engine.call(find(&engine, &plugin)?, role, request, std::path::absolute(out)?).await?;
            line(format_args!("{}", serde_json::to_string_pretty(&response).unwrap_or_default()));
        }
    }
    engine.close().await?;
    Ok(0)
}

fn find(engine: &Engine, plugin: &str) -> Result<Arc<Loaded>, Failure> {
    let path = PathBuf::from(plugin);
    if path.extension().is_none_or(|e| e != "wasm") {
        return Ok(engine.plugins().find(plugin).map_err(crate::engine::EngineError::from)?);
    }
    let wasm = std::fs::read(&path).map_err(|e| Failure::usage(plugin, format!("cannot be read: {e}")))?;
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(engine.load_module(&name, &wasm)?)
}

async fn grant(settings: &Settings, engine: &Engine, plugin: &Loaded, yes: bool) -> Result<(), Failure> {
    if !yes {
        inspect(settings, plugin);
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage("plugin grant", "nobody is there to agree: read the above, then add --yes"));
        }
        eprint!("grant all of this? [y/N] ");
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err(Failure::new("grant.refused", "nothing was granted", ""));
        }
    }
    engine.grant(plugin).await?;
    note(format_args!("granted to {} ({})", plugin.manifest.id, plugin.digest));
    Ok(())
}

fn list(settings: &Settings, engine: &Engine) {
    let all = engine.plugins().all();
    if settings.json {
        let manifests: Vec<_> = all.iter().map(|p| &p.manifest).collect();
        line(format_args!("{}", serde_json::to_string(&manifests).unwrap_or_default()));
        return;
    }
    let row = |p: &Arc<Loaded>| {
        let roles: Vec<_> = p.manifest.stages.iter().map(|s| format!("{} (rev {})", s.role, s.rev)).collect();
        vec![p.manifest.id.clone(), roles.join(", "), p.manifest.version.clone(), p.manifest.description.clone()]
    };
    table::print(&["PLUGIN", "ROLES", "VERSION", ""], &all.iter().map(row).collect::<Vec<_>>());
}

fn inspect(settings: &Settings, plugin: &Loaded) {
    let manifest = &plugin.manifest;
    if settings.json {
        let mut value = serde_json::to_value(manifest).unwrap_or_default();
        value["digest"] = plugin.digest.hex().into();
        value["asked"] = serde_json::to_value(&plugin.asked).unwrap_or_default();
        value["allowed"] = serde_json::to_value(&*plugin.allowed).unwrap_or_default();
        line(format_args!("{value}"));
        return;
    }
    let source = if plugin.source == Source::Shipped { "shipped with studio" } else { "a third party's module" };
    line(format_args!("{} {}: {}", manifest.id, manifest.version, manifest.description));
    line(format_args!("source   {source}, digest {}", plugin.digest));
    for stage in &manifest.stages {
        line(format_args!(
            "stage    {} (rev {}){}",
            stage.role,
            stage.rev,
            if stage.paid { ", may cost money" } else { "" }
        ));
    }
    let asked = &plugin.asked;
    if let Some(url) = plugin.moved_to() {
        line(format_args!("service  at {url}, as config.toml says"));
    }
    let mark = |granted: bool| if granted { "granted" } else { "not granted" };
    for rule in &asked.net {
        line(format_args!("network  {}: {}", rule.host, mark(plugin.allowed.net.contains(rule))));
    }
    for program in &asked.programs {
        line(format_args!("program  {}: {}", program.name, mark(plugin.allowed.programs.contains(program))));
    }
    for secret in &asked.secrets {
        line(format_args!(
            "secret   {} (for {}): {}",
            secret.name,
            secret.host,
            mark(plugin.allowed.secrets.contains(secret))
        ));
    }
    for role in &asked.calls {
        line(format_args!("calls    {role}: {}", mark(plugin.allowed.calls.contains(role))));
    }
    if asked.deliver {
        line(format_args!("delivers finished files: {}", mark(plugin.allowed.deliver)));
    }
    line(format_args!(
        "limits   {} MiB, {} s of computing a turn",
        manifest.limits.memory_mib, manifest.limits.turn_seconds
    ));
}
