//! Programs that get the terminal for a while: the person's editor, the shell that put Studio into the background.

use std::{fs, io, io::Write, path::PathBuf, process::Command};

use rustix::process::{Signal, getpid, kill_process};

use crate::tui::App;

/// What is done with a text that was edited.
pub type Edited = Box<dyn FnOnce(&mut App, String) + Send>;

/// What the terminal is let go for.
pub enum Outside {
    /// The shell, until it brings us back.
    Suspend,
    /// A text in the person's editor.
    Edit {
        /// The text as it is.
        text: String,
        /// The ending of its file: `md`, `json`.
        kind: &'static str,
        /// What is done with it; not called where it was left as it is.
        then: Edited,
    },
}

/// Stops this process until somebody has it go on.
pub fn suspend() -> io::Result<()> {
    Ok(kill_process(getpid(), Signal::TSTP)?)
}

/// The text as the person leaves it; none: as it was.
pub fn edit(editor: &str, text: &str, kind: &str) -> io::Result<Option<String>> {
    let mut file = tempfile::Builder::new().prefix("studio-").suffix(&format!(".{kind}")).tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    let path: PathBuf = file.path().to_owned();
    // The setting may hold arguments: `code --wait`.
    let status = Command::new("sh").args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(&path).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{editor} ended with {status}")));
    }
    let edited = fs::read(&path)?;
    let edited = String::from_utf8(edited).map_err(|_| io::Error::other("what was saved is not UTF-8"))?;
    // Editors end the last line.
    let edited = if text.ends_with('\n') { edited } else { edited.trim_end_matches('\n').to_owned() };
    Ok((edited != text).then_some(edited))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_leaves_is_taken() {
        assert_eq!(edit("sed -i s/cat/dog/", "a cat", "md").unwrap(), Some("a dog".to_owned()));
        assert_eq!(edit("true", "a cat", "md").unwrap(), None);
        assert!(edit("false", "a cat", "md").is_err());
    }
}
