//! Is a manifest one that the host can work with?

use std::collections::HashSet;

use studio_plugin_sdk::wire::{Limits, Manifest, NetRule, PROTOCOL, Service};

use crate::model::check_service;

/// Most memory a plugin may ask for, in MiB.
const MOST_MEMORY: u32 = 1024;
/// Most seconds' worth of fuel a turn may ask for.
const MOST_SECONDS: u32 = 10;

/// What is wrong with it; `Ok` if nothing.
pub fn check(m: &Manifest) -> Result<(), String> {
    if m.protocol != PROTOCOL {
        return Err(format!("it speaks protocol {}, this studio speaks {PROTOCOL}", m.protocol));
    }
    if !is_id(&m.id) {
        return Err(format!("id {:?} is not 1–40 of a–z, 0–9 and -", m.id));
    }
    if m.stages.is_empty() {
        return Err("it serves no stage".into());
    }
    let mut roles = HashSet::new();
    for stage in &m.stages {
        if !roles.insert(stage.role) {
            return Err(format!("it serves role {} twice", stage.role));
        }
        for program in &stage.programs {
            if !m.capabilities.programs.iter().any(|p| p.name == *program) {
                return Err(format!("stage {} counts program {program}, which capabilities do not name", stage.role));
            }
        }
    }
    for program in &m.capabilities.programs {
        if program.name.is_empty() || program.name.contains('/') || program.name.starts_with('.') {
            return Err(format!("program {:?} is not a plain name", program.name));
        }
    }
    m.capabilities.net.iter().try_for_each(check_net)?;
    if let Some(service) = &m.capabilities.service {
        let service = Service { url: service.url.clone(), secret: service.secret.clone() };
        check_service(&service).map_err(|why| format!("service.{why}"))?;
    }
    for secret in &m.capabilities.secrets {
        if !is_id(&secret.name.replace('_', "-")) {
            return Err(format!("secret name {:?} is not 1–40 of a–z, 0–9, - and _", secret.name));
        }
    }
    Ok(())
}

fn check_net(rule: &NetRule) -> Result<(), String> {
    let host = rule.host.strip_prefix("*.").unwrap_or(&rule.host);
    if host.is_empty() || host.contains(['*', '/', '@', ' ']) {
        return Err(format!("net host {:?} is not a host name", rule.host));
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The limits that hold: those asked for, up to what the host allows.
pub fn capped(limits: Limits) -> Limits {
    Limits {
        memory_mib: limits.memory_mib.clamp(1, MOST_MEMORY),
        turn_seconds: limits.turn_seconds.clamp(1, MOST_SECONDS),
    }
}
