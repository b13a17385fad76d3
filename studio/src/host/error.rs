//! What can go wrong with a plugin, as the node or the person is told.

use studio_plugin_sdk::error::ErrorKind;

use crate::model::{NodeError, damaged};

/// A plugin could not be loaded, or broke a rule while it ran.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HostError {
    /// The module is no plugin of this protocol.
    #[error("plugin {plugin} cannot be loaded: {why}")]
    Load {
        /// Its id or file name.
        plugin: String,
        /// What is wrong with it.
        why: String,
    },
    /// Its manifest does not hold together.
    #[error("plugin {plugin}: its manifest is wrong: {why}")]
    Manifest {
        /// Its id or file name.
        plugin: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody serves a role.
    #[error("{0}")]
    Unknown(String),
    /// A turn used up its fuel.
    #[error("plugin {plugin} computed for too long in one turn (limit: about {seconds} s)")]
    Fuel {
        /// Its id.
        plugin: String,
        /// The limit.
        seconds: u32,
    },
    /// It asked for more memory than it may have.
    #[error("plugin {plugin} ran out of memory (limit: {mib} MiB)")]
    Memory {
        /// Its id.
        plugin: String,
        /// The limit.
        mib: u32,
    },
    /// It crashed.
    #[error("plugin {plugin} crashed: {why}")]
    Crash {
        /// Its id.
        plugin: String,
        /// The panic's message or the trap.
        why: String,
    },
    /// It answered with something that is no turn.
    #[error("plugin {plugin} broke the protocol: {why}")]
    Protocol {
        /// Its id.
        plugin: String,
        /// What was wrong.
        why: String,
    },
    /// On replay it asked for other things than the first time.
    #[error("plugin {plugin} does not replay: turn {turn} asks for other effects than when it first ran")]
    Diverged {
        /// Its id.
        plugin: String,
        /// The turn.
        turn: u32,
    },
    /// A blob that it wanted to read is not what it was when it was kept.
    #[error("{}", damaged(blobs))]
    Damaged {
        /// The blob's name.
        blobs: Vec<String>,
    },
    /// The pool is shutting down.
    #[error("the engine is stopping")]
    Stopping,
}

impl HostError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Load { .. } => "plugin.load",
            Self::Manifest { .. } => "plugin.manifest",
            Self::Unknown(_) => "plugin.unknown",
            Self::Fuel { .. } => "plugin.fuel",
            Self::Memory { .. } => "plugin.memory",
            Self::Crash { .. } => "plugin.crash",
            Self::Protocol { .. } => "plugin.protocol",
            Self::Diverged { .. } => "plugin.diverged",
            Self::Damaged { .. } => "blob.damaged",
            Self::Stopping => "engine.stopping",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "`studio plugin ls` shows what there is",
            Self::Load { .. } | Self::Manifest { .. } => "it may be built for another version of Studio",
            Self::Fuel { .. } => "its author can raise limits.turn_seconds, or yield between steps",
            Self::Memory { .. } => "its author can raise limits.memory_mib",
            Self::Damaged { .. } => "the disk is to be suspected; `studio store check` reads everything through",
            Self::Stopping => "start it again",
            _ => "this is a fault of the plugin; tell its author",
        }
    }
}

impl From<HostError> for NodeError {
    fn from(e: HostError) -> Self {
        Self::new(e.code(), ErrorKind::Permanent, e.to_string()).help(e.help())
    }
}
