//! How the terminal interface is started.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{engine::api::ApiError, remote};

/// What the terminal interface is told from outside; it reads no environment itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the store is reached.
    pub client: remote::Options,
    /// The project to open at once.
    pub project: Option<String>,
    /// The theme; none: the one that was chosen last, else by the terminal's ground.
    pub theme: Option<String>,
    /// Only ASCII.
    pub ascii: bool,
    /// Nothing turns or runs.
    pub still: bool,
    /// Films are seen and not heard.
    pub silent: bool,
    /// Colours may be used.
    pub colour: bool,
    /// The terminal is far away: fewer frames, smaller pictures.
    pub far: bool,
    /// The program that edits longer text: `$VISUAL`, `$EDITOR`, else `vi`.
    pub editor: String,
    /// The terminal is asked what it can do (pictures, its ground).
    pub probe: bool,
    /// For tests: F12 fails while it is taken, F11 has the page fail while it is drawn.
    #[cfg(debug_assertions)]
    pub faulty: bool,
}

impl Options {
    /// For a terminal on this box that nothing is known of: it is asked nothing, and can show colours.
    pub fn new(client: remote::Options) -> Self {
        Self {
            client,
            project: None,
            theme: None,
            ascii: false,
            still: false,
            silent: false,
            colour: true,
            far: false,
            editor: "vi".into(),
            probe: false,
            #[cfg(debug_assertions)]
            faulty: false,
        }
    }

    /// Where a user's own keymap is.
    pub fn keymap(&self) -> PathBuf {
        self.client.config.home.join("keymap.toml")
    }

    /// Where a user's own themes are.
    pub fn themes(&self) -> PathBuf {
        self.client.config.home.join("themes")
    }

    /// Where is kept what stays from one time to the next.
    pub fn session(&self) -> PathBuf {
        self.client.config.home.join("tui.json")
    }
}

/// Why the terminal interface cannot go on.
#[derive(Debug, Error)]
pub enum TuiError {
    /// The terminal fails.
    #[error("the terminal fails: {0}")]
    Terminal(#[from] io::Error),
    /// The store cannot be reached.
    #[error(transparent)]
    Engine(#[from] ApiError),
    /// It has a fault of its own: what it said last.
    #[error("the interface failed: {0}")]
    Failed(String),
}
