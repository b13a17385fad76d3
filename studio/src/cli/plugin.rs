//! `studio plugin`

use super::out::{line, note};
use std::{io::IsTerminal, path::PathBuf};

use clap::Subcommand;
use studio_plugin_sdk::{roles::Role, wire::Device};

use super::{fail::Failure, params::read_text, settings::Settings, table};
use crate::{
    engine::api::{PluginInfo, plugins},
    model::Money,
    remote::Mode,
};

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
        /// The most that it may spend in a calendar month (UTC), in US dollars
        #[arg(long, value_name = "USD", conflicts_with = "no_limit")]
        limit: Option<Money>,
        /// It may spend as much as budgets allow
        #[arg(long)]
        no_limit: bool,
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
    // A stage that is called by hand may take long.
    let mode = if matches!(command, Command::Call { .. }) { Mode::Serve } else { Mode::Own };
    if let Command::Grant { plugin, yes, limit, no_limit } = command {
        return grant(settings, &plugin, yes, limit, no_limit).await;
    }
    let client = settings.client(mode).await?;
    match command {
        Command::Ls => list(settings, &client.call(plugins::List {}).await?),
        Command::Inspect { plugin } => {
            inspect(settings, &client.call(plugins::Inspect { plugin: named(&plugin)? }).await?);
        }
        Command::Grant { .. } => (),
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
            let (plugin, out) = (named(&plugin)?, std::path::absolute(out)?);
            let response = client.call(plugins::Call { plugin, role, request, out }).await?;
            line(format_args!("{}", serde_json::to_string_pretty(&response).unwrap_or_default()));
        }
    }
    client.close().await?;
    Ok(0)
}

/// A plugin's id, or the whole path of its file: whoever has the store stands in another folder.
fn named(plugin: &str) -> Result<String, Failure> {
    if PathBuf::from(plugin).extension().is_none_or(|e| e != "wasm") {
        return Ok(plugin.to_owned());
    }
    Ok(std::path::absolute(plugin)?.to_string_lossy().into_owned())
}

async fn grant(
    settings: &Settings,
    plugin: &str,
    yes: bool,
    limit: Option<Money>,
    unlimited: bool,
) -> Result<u8, Failure> {
    let plugin = named(plugin)?;
    let client = settings.client(Mode::Own).await?;
    let info = client.call(plugins::Inspect { plugin: plugin.clone() }).await?;
    if !yes {
        inspect(settings, &info);
        if !std::io::stdin().is_terminal() {
            client.close().await?;
            return Err(Failure::usage("plugin grant", "nobody is there to agree: read the above, then add --yes"));
        }
        if let Some(limit) = limit {
            note(format_args!("may spend {limit} a month"));
        }
        eprint!("grant all of this? [y/N] ");
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            client.close().await?;
            return Err(Failure::new("grant.refused", "nothing was granted", ""));
        }
    }
    client.call(plugins::GrantAll { plugin, digest: info.digest, limit, unlimited }).await?;
    client.close().await?;
    note(format_args!("granted to {} ({})", info.manifest.id, info.digest));
    Ok(0)
}

fn list(settings: &Settings, all: &[PluginInfo]) {
    if settings.json {
        let manifests: Vec<_> = all.iter().map(|p| &p.manifest).collect();
        line(format_args!("{}", serde_json::to_string(&manifests).unwrap_or_default()));
        return;
    }
    let row = |p: &PluginInfo| {
        let roles: Vec<_> = p.manifest.stages.iter().map(|s| format!("{} (rev {})", s.role, s.rev)).collect();
        vec![p.manifest.id.clone(), roles.join(", "), p.manifest.version.clone(), p.manifest.description.clone()]
    };
    table::print(&["PLUGIN", "ROLES", "VERSION", ""], &all.iter().map(row).collect::<Vec<_>>());
}

fn inspect(settings: &Settings, plugin: &PluginInfo) {
    let manifest = &plugin.manifest;
    if settings.json {
        line(format_args!("{}", serde_json::to_string(plugin).unwrap_or_default()));
        return;
    }
    let source = if plugin.shipped { "shipped with studio" } else { "a third party's module" };
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
    if let Some(url) = &plugin.moved_to {
        line(format_args!("service  at {url}, as config.toml says"));
    }
    let mark = |granted: bool| if granted { "granted" } else { "not granted" };
    for rule in &asked.net {
        line(format_args!("network  {}: {}", rule.host, mark(plugin.allowed.net.contains(rule))));
    }
    for program in &asked.programs {
        line(format_args!("program  {}: {}", program.name, mark(plugin.allowed.programs.contains(program))));
    }
    for device in &asked.devices {
        let name = match device {
            Device::Gpu => "the graphics card",
        };
        line(format_args!("device   {name}: {}", mark(plugin.allowed.devices.contains(device))));
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
    if let Some(limit) = plugin.limit {
        line(format_args!("spends   at most {limit} a month"));
    }
    line(format_args!(
        "limits   {} MiB, {} s of computing a turn",
        manifest.limits.memory_mib, manifest.limits.turn_seconds
    ));
}
