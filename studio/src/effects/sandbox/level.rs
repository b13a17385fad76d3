//! The three levels of confinement, and who asks for which.

use std::{collections::BTreeMap, fmt, str::FromStr};

use studio_plugin_sdk::wire::{ProgramDecl, ProgramKind};

use super::{Confinement, SandboxError};

/// How well a program is confined. Later ones confine better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Its own process group and resource limits, nothing else.
    None,
    /// Landlock, seccomp without sockets, no new privileges, no capabilities, resource limits.
    Light,
    /// Namespaces of its own (bubblewrap), seccomp, no capabilities, resource limits.
    Full,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Light => "light",
            Self::Full => "full",
        })
    }
}

impl FromStr for Level {
    type Err = SandboxError;

    fn from_str(text: &str) -> Result<Self, SandboxError> {
        match text {
            "full" => Ok(Self::Full),
            "light" => Ok(Self::Light),
            "none" => Ok(Self::None),
            _ => Err(SandboxError::NotALevel(text.to_owned())),
        }
    }
}

/// Which level is wanted. The default is the best that the box offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelChoice {
    /// This one for every program (`STUDIO_SANDBOX`). Never lets hostile code run below full.
    pub forced: Option<Level>,
    /// A person's choice for single programs, by name; goes before all else, for hostile code too.
    pub programs: BTreeMap<String, Level>,
}

impl LevelChoice {
    /// One level for every program.
    pub fn forced(level: Level) -> Self {
        Self { forced: Some(level), programs: BTreeMap::new() }
    }

    /// The level at which `program` runs on a box that offers `found`.
    pub fn of(&self, program: &ProgramDecl, found: &Confinement) -> Result<Level, SandboxError> {
        let own = self.programs.get(&program.name).copied();
        let level = own.or(self.forced).unwrap_or(found.level);
        if own.is_none() && program.kind == ProgramKind::Code && level != Level::Full {
            return Err(SandboxError::Required { program: program.name.clone(), level, why: found.why.clone() });
        }
        if !found.offers(level) {
            return Err(SandboxError::Unavailable { level, why: found.why.clone() });
        }
        Ok(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use studio_plugin_sdk::wire::VersionKey;

    fn decl(kind: ProgramKind) -> ProgramDecl {
        ProgramDecl { name: "p".into(), kind, key: VersionKey::default(), version_args: vec![] }
    }

    fn found(level: Level) -> Confinement {
        Confinement { level, why: "apt install bubblewrap".into(), landlock_abi: 7, bwrap: None, new_proc: true }
    }

    #[test]
    fn hostile_code_needs_full_whatever_the_environment_says() {
        let (code, tool) = (decl(ProgramKind::Code), decl(ProgramKind::Tool));
        let auto = LevelChoice::default();
        assert_eq!(auto.of(&code, &found(Level::Full)).unwrap(), Level::Full);
        assert_eq!(auto.of(&tool, &found(Level::Light)).unwrap(), Level::Light);
        assert_eq!(auto.of(&tool, &found(Level::None)).unwrap(), Level::None);
        for weak in [Level::Light, Level::None] {
            assert!(matches!(auto.of(&code, &found(weak)), Err(SandboxError::Required { .. })));
            let forced = LevelChoice::forced(weak);
            assert!(matches!(forced.of(&code, &found(Level::Full)), Err(SandboxError::Required { .. })));
            assert_eq!(forced.of(&tool, &found(Level::Full)).unwrap(), weak);
        }
        let forced = LevelChoice::forced(Level::Full);
        assert!(matches!(forced.of(&tool, &found(Level::Light)), Err(SandboxError::Unavailable { .. })));
    }

    #[test]
    fn a_person_may_choose_for_one_program() {
        let choice = LevelChoice { forced: None, programs: [("p".to_owned(), Level::Light)].into() };
        assert_eq!(choice.of(&decl(ProgramKind::Code), &found(Level::Full)).unwrap(), Level::Light);
        assert!("fulll".parse::<Level>().is_err());
    }
}
