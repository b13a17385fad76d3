//! Taking the terminal over and giving it back: at the end, for a while, and when something panics.

use std::{
    io::{self, Write},
    panic,
    sync::{Arc, Mutex},
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
        EnableMouseCapture,
    },
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};

/// The window's title is put aside and taken back (XTWINOPS 22 and 23); the window's own bar goes away.
const KEEP_TITLE: &str = "\x1b[22;2t";
const GIVE_TITLE: &str = "\x1b[23;2t\x1b]9;4;0;0\x07";

/// The terminal is ours until this is dropped.
pub struct Guard {
    last_words: Arc<Mutex<Option<String>>>,
    ours: bool,
}

impl Guard {
    /// Takes the terminal over. What panics meanwhile writes nothing on it.
    pub fn enter() -> io::Result<Self> {
        let last_words = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&last_words);
        panic::set_hook(Box::new(move |info| {
            tracing::error!(code = "tui.panic", "{info}");
            if let Ok(mut kept) = kept.lock() {
                *kept = Some(info.to_string());
            }
        }));
        let mut guard = Self { last_words, ours: false };
        guard.take()?;
        Ok(guard)
    }

    /// Takes it again.
    pub fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.ours = true;
        let mut out = io::stdout();
        out.write_all(KEEP_TITLE.as_bytes())?;
        execute!(out, EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, EnableFocusChange)
    }

    /// Gives it back for a while.
    pub fn give(&mut self) -> io::Result<()> {
        self.ours = false;
        let mut out = io::stdout();
        out.write_all(GIVE_TITLE.as_bytes())?;
        execute!(out, DisableFocusChange, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show)?;
        disable_raw_mode()
    }

    /// What the last panic said.
    pub fn last_words(&self) -> Option<String> {
        self.last_words.lock().ok()?.take()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.ours {
            // Nobody is left to be told.
            let _ = self.give();
        }
        if !std::thread::panicking() {
            drop(panic::take_hook());
        }
    }
}
