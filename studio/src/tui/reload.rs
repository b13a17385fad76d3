//! Files that are saved while Studio runs: themes and keymaps hold at once, scripts are checked. What is wrong is said,
//! and what was good goes on.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::{App, Options, desk::Tone, keymap, theme};
use crate::engine::api::scripts;

/// Editors write a file in several steps; it is looked at once they have been still for so long.
const STILL: Duration = Duration::from_millis(80);

/// Watches the folders in which a person's own files are.
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    /// What is watched as soon as it is there.
    wanted: Vec<PathBuf>,
}

impl Watch {
    /// Begins to watch; `saved` is given the files of each burst.
    pub fn start(options: &Options, saved: impl Fn(BTreeSet<PathBuf>) + Send + 'static) -> Self {
        let (events, mut changed) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event
                && matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_))
            {
                // Nobody listens: Studio is being left.
                let _ = events.send(event.paths);
            }
        });
        tokio::spawn(async move {
            while let Some(first) = changed.recv().await {
                let mut files: BTreeSet<PathBuf> = first.into_iter().collect();
                while let Ok(Some(more)) = tokio::time::timeout(STILL, changed.recv()).await {
                    files.extend(more);
                }
                saved(files);
            }
        });
        let config = &options.client.config;
        let wanted = [config.home.clone(), options.themes()].into_iter().chain(config.script_dirs.iter().cloned());
        let wanted: Vec<PathBuf> = wanted.collect();
        let mut watch = Self { watcher: watcher.ok(), folders: BTreeSet::new(), wanted: wanted.clone() };
        wanted.iter().for_each(|folder| watch.add(folder));
        watch
    }

    /// Folders that a person has made since are watched, too.
    pub fn follow(&mut self, files: &BTreeSet<PathBuf>) {
        let came: Vec<PathBuf> = self.wanted.iter().filter(|folder| files.contains(*folder)).cloned().collect();
        came.iter().for_each(|folder| self.add(folder));
    }

    /// Watches another folder. One that is not there is not watched.
    pub fn add(&mut self, folder: &Path) {
        if let Some(watcher) = &mut self.watcher
            && folder.is_dir()
            && self.folders.insert(folder.to_owned())
        {
            // Some file systems cannot be watched: what is saved there holds at the next start.
            let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
        }
    }
}

/// Files were saved.
pub fn saved(app: &mut App, options: &Options, files: &BTreeSet<PathBuf>) {
    if files.contains(&options.keymap()) {
        match keymap::load(Some(&options.keymap())) {
            Ok(keymap) => {
                app.keymap = keymap;
                app.model.own.keymap_there = true;
                app.model.own.keymap_wrong = None;
                app.tell(Tone::Good, "the keymap holds from now on");
            }
            Err(e) => {
                app.model.own.keymap_wrong = Some(e.to_string());
                app.tell(Tone::Error, format!("{e} (the keys are as they were)"));
            }
        }
    }
    let themes = options.themes();
    let of_theme = |file: &PathBuf| file.parent() == Some(&themes) && file.extension().is_some_and(|e| e == "toml");
    // A folder that was just made may have come with themes in it.
    if files.iter().any(|file| *file == themes || of_theme(file)) {
        match theme::load(&app.look.theme.name, Some(&themes)) {
            Ok(theme) => app.look.theme = theme,
            Err(e) => app.tell(Tone::Error, format!("{e} (the theme is as it was)")),
        }
    }
    if files.iter().any(|file| file.extension().is_some_and(|e| e == "lua")) {
        check_script(app);
    }
    app.dirty = true;
}

/// The script of the open project was saved, or one that it may require.
fn check_script(app: &mut App) {
    let Some(script) = app.model.open.as_ref().map(|open| open.project.script.clone()) else { return };
    app.cx().ask(scripts::Get { script }, |app, reply| match reply {
        Ok(_) => app.tell(Tone::Good, "the script was saved and is well: r runs it"),
        Err(e) => app.tell_error(&e),
    });
}
