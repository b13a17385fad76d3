//! What a plugin asks for, in plain words. Pure.

use studio_plugin_sdk::wire::{Device, NetRule, ProgramKind};

use crate::engine::api::PluginInfo;

/// Something that a plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What, in words.
    pub words: String,
    /// It was granted.
    pub granted: bool,
}

/// All that a plugin asks for, the widest first.
pub fn asks(plugin: &PluginInfo) -> Vec<Ask> {
    let (asked, allowed) = (&plugin.asked, &plugin.allowed);
    let mut all = Vec::new();
    let mut ask = |words: String, granted: bool| all.push(Ask { words, granted });
    for rule in &asked.net {
        ask(reach(rule), allowed.net.contains(rule));
    }
    for program in &asked.programs {
        let words = match program.kind {
            ProgramKind::Tool => format!("run the program {} on its data", program.name),
            ProgramKind::Code => {
                format!("run the program {} on code that a model or a stranger wrote, fully confined", program.name)
            }
        };
        ask(words, allowed.programs.contains(program));
    }
    for device in &asked.devices {
        let words = match device {
            Device::Gpu => "use the box's graphics card in programs that it runs",
        };
        ask(words.to_owned(), allowed.devices.contains(device));
    }
    for secret in &asked.secrets {
        let help = if secret.help.is_empty() { String::new() } else { format!(" ({})", secret.help) };
        let words = format!("have the secret {} sent to {}, and nowhere else{help}", secret.name, secret.host);
        ask(words, allowed.secrets.contains(secret));
    }
    for role in &asked.calls {
        ask(format!("have other plugins do {role}, at their cost"), allowed.calls.contains(role));
    }
    if asked.deliver {
        ask("put finished files into the project's export folder".to_owned(), allowed.deliver);
    }
    all
}

fn reach(rule: &NetRule) -> String {
    let private = if rule.private { ", also where that is this box or your own network" } else { "" };
    let limit = rule.per_minute.map(|most| format!(", at most {most} requests a minute")).unwrap_or_default();
    match rule.host.strip_prefix("*.") {
        Some(domain) => format!("reach every host below {domain} over the network{private}{limit}"),
        None => format!("reach {} over the network{private}{limit}", rule.host),
    }
}

/// How much of what it asks for was not granted.
pub fn missing(plugin: &PluginInfo) -> usize {
    asks(plugin).iter().filter(|ask| !ask.granted).count()
}

/// How it stands with its grant, in words.
pub fn standing(plugin: &PluginInfo) -> String {
    let (all, missing) = (asks(plugin).len(), missing(plugin));
    match (all, missing) {
        (0, _) => "asks for nothing".to_owned(),
        (_, 0) => "granted".to_owned(),
        (all, missing) if all == missing => "not granted".to_owned(),
        (_, missing) => format!("{missing} not granted"),
    }
}

/// What is worth knowing beside.
pub fn facts(plugin: &PluginInfo) -> Vec<String> {
    let manifest = &plugin.manifest;
    let source = if plugin.shipped { "comes with Studio" } else { "a third party's module" };
    let mut facts = vec![format!("version {}, {source}", manifest.version)];
    for stage in &manifest.stages {
        let paid = if stage.paid { ", may cost money" } else { "" };
        facts.push(format!("serves {} (rev {}){paid}", stage.role, stage.rev));
    }
    if let Some(url) = &plugin.moved_to {
        facts.push(format!("its service is at {url}, as config.toml says"));
    }
    facts.push(format!("at most {} MiB of memory", manifest.limits.memory_mib));
    facts.push(format!("at most {} s of computing in one go", manifest.limits.turn_seconds));
    facts.push(match plugin.limit {
        Some(limit) => format!("may spend {limit} a month"),
        None if manifest.stages.iter().any(|stage| stage.paid) => "may spend as much as budgets allow".to_owned(),
        None => "costs nothing".to_owned(),
    });
    facts.push(format!("digest {}", plugin.digest));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;
    use serde_json::json;

    fn plugin() -> PluginInfo {
        let net = json!([{ "host": "*.example.com", "per_minute": 30 }, { "host": "localhost:80", "private": true }]);
        let asked = json!({
            "net": net,
            "programs": [{ "name": "manim", "kind": "code" }],
            "secrets": [{ "name": "key", "host": "api.example.com" }],
            "deliver": true,
        });
        let manifest = json!({
            "protocol": 1, "id": "x", "version": "1", "description": "d",
            "stages": [{ "role": "llm", "rev": 1, "paid": true }],
        });
        PluginInfo {
            manifest: serde_json::from_value(manifest).unwrap(),
            digest: Digest::of(b""),
            shipped: false,
            asked: serde_json::from_value(asked).unwrap(),
            allowed: serde_json::from_value(json!({ "deliver": true })).unwrap(),
            moved_to: None,
            limit: None,
        }
    }

    #[test]
    fn every_ask_is_said_in_words() {
        let words: Vec<String> = asks(&plugin()).into_iter().map(|ask| ask.words).collect();
        assert_eq!(words[0], "reach every host below example.com over the network, at most 30 requests a minute");
        assert!(words[1].contains("localhost:80") && words[1].contains("your own network"));
        assert!(words[2].contains("manim") && words[2].contains("fully confined"));
        assert!(words[3].contains("the secret key sent to api.example.com, and nowhere else"));
        assert_eq!(words.len(), 5);
        assert_eq!((missing(&plugin()), standing(&plugin())), (4, "4 not granted".to_owned()));
        assert!(facts(&plugin()).contains(&"may spend as much as budgets allow".to_owned()));
    }
}
