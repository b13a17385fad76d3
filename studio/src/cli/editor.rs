//! A text in the person's own editor.

use std::process::Command;

use super::fail::Failure;

/// The text as the person leaves it; `suffix` tells the editor what it is: `.md`.
pub fn edited(before: &str, suffix: &str) -> Result<String, Failure> {
    let file = tempfile::Builder::new().prefix("studio-").suffix(suffix).tempfile()?;
    std::fs::write(file.path(), before)?;
    let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|e| !e.trim().is_empty()));
    let editor = editor.unwrap_or_else(|| "vi".into());
    // As other tools do it: the variable may hold options.
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file.path()).status()?;
    if !status.success() {
        return Err(Failure::new("edit.editor", format!("{editor} ended with {status}"), "nothing was changed"));
    }
    let after = std::fs::read_to_string(file.path())?;
    if after == before {
        return Err(Failure::new("edit.same", "nothing was changed", ""));
    }
    Ok(after)
}
