//! What is kept from one time to the next: the theme that was chosen, how projects are sorted, what was open.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{App, page::PageId};
use crate::engine::Sort;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// The theme that was chosen; none: by the terminal's ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// How projects are sorted.
    pub sort: Sort,
    /// The project that was open on a page of its own when Studio was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl Session {
    /// What was kept; nothing, where nothing can be read.
    pub fn read(path: &Path) -> Self {
        fs::read_to_string(path).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// As it is now.
    pub fn of(app: &App, before: Self) -> Self {
        let open = app.model.open.as_ref().filter(|_| app.shown() != PageId::Projects);
        let project = open.map(|open| open.project.id.to_string());
        Self { sort: app.model.projects.query.sort, project, ..before }
    }

    /// Keeps it.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let fresh = path.with_extension("new");
        fs::write(&fresh, serde_json::to_vec_pretty(self)?)?;
        fs::rename(fresh, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_and_what_is_broken_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tui.json");
        assert_eq!(Session::read(&path), Session::default());
        let session = Session { theme: Some("light".into()), sort: Sort::Title, project: Some("p".into()) };
        session.write(&path).unwrap();
        assert_eq!(Session::read(&path), session);
        fs::write(&path, "{\"theme\": 3").unwrap();
        assert_eq!(Session::read(&path), Session::default());
    }
}
