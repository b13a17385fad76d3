//! What confinement this box offers, found out by trying, and what a person can do to get more.

use std::{fmt, path::PathBuf};

use super::Level;

/// What this box offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// The best level.
    pub level: Level,
    /// What is missing and the command that mends it; empty: nothing is.
    pub why: String,
    /// The version of the kernel's Landlock interface; 0: it has none.
    pub landlock_abi: u32,
    /// The bubblewrap that was found.
    pub bwrap: Option<Bwrap>,
    /// Full confinement has a `/proc` of its own; otherwise (in most containers) an almost empty one.
    pub new_proc: bool,
}

/// An installed bubblewrap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bwrap {
    /// Absolute.
    pub path: PathBuf,
    /// As it tells it: `0.8.0`.
    pub version: String,
}

impl Confinement {
    /// Is this level to be had?
    pub fn offers(&self, level: Level) -> bool {
        match level {
            Level::None => true,
            Level::Light => self.landlock_abi > 0,
            Level::Full => self.level == Level::Full,
        }
    }
}

/// For people: `full (bubblewrap 0.8.0, Landlock 7)`, and what would give more.
impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bwrap = self.bwrap.as_ref().map_or("no bubblewrap".to_owned(), |b| format!("bubblewrap {}", b.version));
        let landlock =
            if self.landlock_abi > 0 { format!("Landlock {}", self.landlock_abi) } else { "no Landlock".to_owned() };
        write!(f, "{} ({bwrap}, {landlock})", self.level)?;
        if self.why.is_empty() { Ok(()) } else { write!(f, ". {}", self.why) }
    }
}

/// Finds out what this box offers, by running an empty program confined. Takes some ten milliseconds. Blocks.
#[cfg(target_os = "linux")]
pub fn probe() -> Confinement {
    linux::probe()
}

/// Finds out what this box offers.
#[cfg(not(target_os = "linux"))]
pub fn probe() -> Confinement {
    Confinement {
        level: Level::None,
        why: "Programs can be confined on Linux only; use a Linux box for code that others wrote.".to_owned(),
        landlock_abi: 0,
        bwrap: None,
        new_proc: false,
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        os::unix::process::CommandExt as _,
        path::{Path, PathBuf},
        process::{Command, Output, Stdio},
    };

    use super::{Bwrap, Confinement};
    use crate::effects::sandbox::{Level, child::landlock_abi, full};

    /// The first bubblewrap that can switch off further user namespaces.
    const OLDEST: (u32, u32) = (0, 8);
    /// Where it is looked for: not on the user's path, since it runs unconfined.
    const PLACES: &[&str] =
        &["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

    pub(super) fn probe() -> Confinement {
        let abi = landlock_abi();
        let light = if abi > 0 { Level::Light } else { Level::None };
        let (bwrap, tried) = match find() {
            Ok(bwrap) => {
                let tried = try_full(&bwrap);
                (Some(bwrap), tried)
            }
            Err(why) => (None, Err(why)),
        };
        let (level, why, new_proc) = match tried {
            Ok((new_proc, why)) => (Level::Full, why, new_proc),
            Err(why) if light == Level::Light => (light, why, false),
            Err(why) => (light, format!("{why} {}", no_landlock()), false),
        };
        Confinement { level, why, landlock_abi: abi, bwrap, new_proc }
    }

    fn find() -> Result<Bwrap, String> {
        let Some(path) = PLACES.iter().map(PathBuf::from).find(|p| p.is_file()) else {
            return Err("bubblewrap is not installed: `sudo apt install bubblewrap` (or dnf, pacman, apk).".to_owned());
        };
        let printed = run(&path, &[]).map_err(|e| format!("{} could not be started ({e}).", path.display()))?;
        let printed = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
        let version = printed.rsplit(' ').next().unwrap_or_default().to_owned();
        if numbers(&version).is_some_and(|v| v >= OLDEST) {
            return Ok(Bwrap { path, version });
        }
        Err(format!(
            "{} is version `{version}`, but 0.8 or later is needed: `sudo apt install bubblewrap` from a newer release.",
            path.display()
        ))
    }

    fn numbers(version: &str) -> Option<(u32, u32)> {
        let mut parts = version.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Does full confinement work: with a new `/proc`, and if not, with an almost empty one? What to know about it.
    fn try_full(bwrap: &Bwrap) -> Result<(bool, String), String> {
        let attempt = |new_proc| {
            let mut options = full::base(new_proc);
            options.extend(["--remount-ro", "/dev", "--remount-ro", "/", "--", "/usr/bin/true"].map(Into::into));
            match run(&bwrap.path, &options) {
                Ok(out) if out.status.success() => Ok(()),
                Ok(out) => Err(String::from_utf8_lossy(&out.stderr).trim().to_owned()),
                Err(e) => Err(e.to_string()),
            }
        };
        let Err(first) = attempt(true) else { return Ok((true, String::new())) };
        if attempt(false).is_ok() {
            return Ok((
                false,
                format!(
                    "Confined programs get an almost empty /proc, since a new one is refused here ({first}); {}",
                    "in a container, `--security-opt systempaths=unconfined` (Docker) or `--security-opt unmask=ALL` (Podman) allows it."
                ),
            ));
        }
        Err(format!("bubblewrap does not work here ({first}): {}", mend(&first, &Facts::read())))
    }

    fn run(bwrap: &Path, options: &[std::ffi::OsString]) -> std::io::Result<Output> {
        let mut command = Command::new(bwrap);
        if options.is_empty() {
            command.arg("--version");
        }
        // Where the terminal goes away meanwhile, its signal would kill one of bubblewrap's processes and not the other, which
        // then waits for ever; in a group of its own it gets none, and comes to its end.
        command.process_group(0);
        command.args(options).env_clear().current_dir("/").stdin(Stdio::null()).output()
    }

    /// Settings of the kernel that forbid namespaces, and whether this is a container.
    #[derive(Default)]
    struct Facts {
        apparmor_restricts: bool,
        unprivileged_off: bool,
        none_allowed: bool,
        container: bool,
    }

    impl Facts {
        fn read() -> Self {
            let is = |path: &str, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
            Self {
                apparmor_restricts: is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
                unprivileged_off: is("/proc/sys/kernel/unprivileged_userns_clone", "0"),
                none_allowed: is("/proc/sys/user/max_user_namespaces", "0"),
                container: ["/.dockerenv", "/run/.containerenv"].iter().any(|p| Path::new(p).exists()),
            }
        }
    }

    fn mend(message: &str, facts: &Facts) -> &'static str {
        if facts.container {
            return "start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined` (Docker), or `--security-opt unmask=ALL` (Podman).";
        }
        if facts.none_allowed {
            return "`sudo sysctl -w user.max_user_namespaces=15000` allows user namespaces.";
        }
        if facts.unprivileged_off {
            return "`sudo sysctl -w kernel.unprivileged_userns_clone=1` allows them to ordinary users.";
        }
        if facts.apparmor_restricts {
            return "AppArmor keeps user namespaces from it: `sudo apt install apparmor-profiles && sudo ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload apparmor`, or `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`.";
        }
        if message.contains("No space left") {
            return "the user namespaces are used up: `sudo sysctl -w user.max_user_namespaces=15000`.";
        }
        "the kernel or the container refuses namespaces; allow user namespaces there."
    }

    fn no_landlock() -> &'static str {
        if fs::read_to_string("/sys/kernel/security/lsm").is_ok_and(|l| !l.contains("landlock")) {
            return "Landlock is switched off: add `landlock` to the `lsm=` parameter of the kernel.";
        }
        "Landlock is missing too: it needs Linux 5.13, and a container that allows its system calls."
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_hindrance_has_a_remedy_of_its_own() {
            let facts = [
                Facts { container: true, ..Facts::default() },
                Facts { none_allowed: true, ..Facts::default() },
                Facts { unprivileged_off: true, ..Facts::default() },
                Facts { apparmor_restricts: true, ..Facts::default() },
                Facts::default(),
            ];
            let mut told: Vec<&str> = facts.iter().map(|f| mend("Operation not permitted", f)).collect();
            told.push(mend("Creating new namespace failed: No space left on device", &Facts::default()));
            told.sort_unstable();
            told.dedup();
            assert_eq!(told.len(), 6);
        }

        #[test]
        fn versions_are_compared_by_number() {
            assert!(numbers("0.11.0").unwrap() >= OLDEST);
            assert!(numbers("0.4.1").unwrap() < OLDEST);
            assert_eq!(numbers("x"), None);
        }
    }
}
