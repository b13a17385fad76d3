//! Light confinement: which files a program may touch, as a Landlock ruleset. Needs no privilege.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, Scope,
};

use super::{Level, SandboxError, child::LightSetup, prepare::Confined, seccomp};

/// The newest interface whose rights are asked for; older kernels get what they know.
const NEWEST: ABI = ABI::V6;

/// Read and run: programs, libraries, what finds them.
const SYSTEM: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives"];
/// Read: how many processors there are, where libraries are.
const FACTS: &[&str] =
    &["/etc/ld.so.cache", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/devices/system/node"];
const DEVICES: &[&str] = &["/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Light confinement for a program, ready to be entered.
pub(super) fn setup(confined: &Confined<'_>) -> Result<LightSetup, SandboxError> {
    let ruleset = rules(confined).map_err(SandboxError::setup)?;
    let ruleset: Option<std::os::fd::OwnedFd> = ruleset.into();
    let ruleset = ruleset.ok_or_else(|| SandboxError::setup("Landlock is not there any more"))?;
    Ok(LightSetup { ruleset, filter: seccomp::filter(Level::Light)?.to_vec() })
}

fn rules(confined: &Confined<'_>) -> Result<RulesetCreated, landlock::RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = read | AccessFs::Execute;
    let never = AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::IoctlDev;
    let write = AccessFs::from_all(NEWEST) & !never;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for path in SYSTEM {
        ruleset = allow(ruleset, Path::new(path), run)?;
    }
    for path in &confined.roots.reads {
        ruleset = allow(ruleset, path, run)?;
    }
    let extra: Vec<PathBuf> = confined.extra_reads();
    for path in FACTS.iter().map(Path::new).chain(extra.iter().map(PathBuf::as_path)) {
        ruleset = allow(ruleset, path, read)?;
    }
    for path in DEVICES {
        ruleset = allow(ruleset, Path::new(path), AccessFs::ReadFile.into())?;
    }
    ruleset = allow(ruleset, Path::new("/dev/null"), AccessFs::ReadFile | AccessFs::WriteFile)?;
    for path in &confined.devices.nodes {
        ruleset = allow(ruleset, path, read | AccessFs::WriteFile | AccessFs::IoctlDev)?;
    }
    for path in &confined.devices.about {
        ruleset = allow(ruleset, path, read)?;
    }
    ruleset = allow(ruleset, &confined.scratch.inputs(), read)?;
    for (_, file) in confined.inputs {
        ruleset = allow(ruleset, file, AccessFs::ReadFile.into())?;
    }
    allow(ruleset, &confined.scratch.out(), write)
}

/// Allows `access` below a path, or to the file that it is. What is not there needs no rule.
fn allow(
    ruleset: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    let Ok(fd) = PathFd::new(path) else { return Ok(ruleset) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    ruleset.add_rule(PathBeneath::new(fd, access))
}
