//! All that a person can do: one table, which the keymap, the palette, the help and the mouse share.

use std::fmt;

use serde::Deserialize;

/// Where an action makes sense. Keys of the narrower one win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everywhere.
    Global,
    /// The list of projects.
    Projects,
    /// One project: its scenes, jobs and preview.
    Studio,
    /// The film in time.
    Timeline,
    /// What waits for a person.
    Review,
    /// What was spent.
    Costs,
    /// Plugins and what they may do.
    Plugins,
    /// Keys, providers, profiles, themes.
    Settings,
    /// What is said with a model about a project.
    Chat,
}

impl Scope {
    /// All of them, with their names in keymap files.
    pub const ALL: [(Self, &str); 9] = [
        (Self::Global, "global"),
        (Self::Projects, "projects"),
        (Self::Studio, "studio"),
        (Self::Timeline, "timeline"),
        (Self::Review, "review"),
        (Self::Costs, "costs"),
        (Self::Plugins, "plugins"),
        (Self::Settings, "settings"),
        (Self::Chat, "chat"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(scope, _)| *scope == self).map_or("", |(_, name)| name)
    }
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal in $($scope:ident)|+;)*) => {
        /// Something that a person can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in keymap files and in the palette.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it does, in a few words.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)* }
            }

            /// Where it makes sense.
            pub fn scopes(self) -> &'static [Scope] {
                match self { $(Self::$variant => &[$(Scope::$scope),+],)* }
            }
        }
    };
}

actions! {
    /// Go up
    Up = "up" in Global;
    /// Go down
    Down = "down" in Global;
    /// Go left
    Left = "left" in Global;
    /// Go right
    Right = "right" in Global;
    /// Go to the first
    First = "first" in Global;
    /// Go to the last
    Last = "last" in Global;
    /// Go up a page
    PageUp = "page-up" in Global;
    /// Go down a page
    PageDown = "page-down" in Global;
    /// Open what is selected
    Open = "open" in Global;
    /// Go back, or close what lies on top
    Back = "back" in Global;
    /// Go to the next pane
    NextPane = "next-pane" in Global;
    /// Go to the pane before
    PreviousPane = "previous-pane" in Global;
    /// Mark or unmark what is selected
    Mark = "mark" in Global;
    /// Mark all, or none
    MarkAll = "mark-all" in Global;
    /// Search
    Search = "search" in Global;
    /// Show all commands
    Palette = "palette" in Global;
    /// Show the keys
    Help = "help" in Global;
    /// Leave Studio
    Quit = "quit" in Global;
    /// Put Studio in the background
    Suspend = "suspend" in Global;
    /// Draw all anew
    Redraw = "redraw" in Global;
    /// Show what was said so far
    Messages = "messages" in Global;
    /// Go to the projects
    GoProjects = "go-projects" in Global;
    /// Go to the project that is open
    GoStudio = "go-studio" in Global;
    /// Go to the timeline
    GoTimeline = "go-timeline" in Global;
    /// Go to what waits for you
    GoReview = "go-review" in Global;
    /// Go to the costs
    GoCosts = "go-costs" in Global;
    /// Go to the plugins
    GoPlugins = "go-plugins" in Global;
    /// Go to the settings
    GoSettings = "go-settings" in Global;
    /// Go to the chat
    GoChat = "go-chat" in Global;
    /// Choose a theme
    Theme = "theme" in Global;
    /// Make a project
    New = "new" in Projects;
    /// Make the demo film
    Demo = "demo" in Projects;
    /// Give the project another title
    Rename = "rename" in Projects | Studio;
    /// Copy the project with its results
    Duplicate = "duplicate" in Projects | Studio;
    /// Put the project aside, or take it back
    Archive = "archive" in Projects;
    /// Throw the project away
    Remove = "remove" in Projects;
    /// Bring back what was thrown away last
    Restore = "restore" in Projects;
    /// Sort by something else
    Sort = "sort" in Projects;
    /// Show the archive, the trash, or the projects
    Shelf = "shelf" in Projects;
    /// Run the pipeline: what is kept is not made again
    Run = "run" in Projects | Studio | Timeline | Review | Chat;
    /// Give up what is under way
    Cancel = "cancel" in Projects | Studio | Chat;
    /// Try again what failed
    Retry = "retry" in Studio;
    /// Say what a run would do and cost
    Plan = "plan" in Projects | Studio;
    /// Change the project's params
    Params = "params" in Projects | Studio;
    /// Choose a profile
    Profile = "profile" in Projects | Studio;
    /// Choose a brand, and which version of it
    Brand = "brand" in Projects | Studio;
    /// Take the latest edit back
    Undo = "undo" in Studio | Timeline | Review | Chat;
    /// Do again what was taken back
    Redo = "redo" in Studio | Timeline | Review | Chat;
    /// Edit what is selected
    Edit = "edit" in Studio | Timeline | Review;
    /// Edit it in $EDITOR
    EditOutside = "edit-outside" in Studio | Review | Chat;
    /// Add a scene after this one
    AddScene = "add-scene" in Studio | Timeline;
    /// Remove the scene
    RemoveScene = "remove-scene" in Studio | Timeline;
    /// Move the scene towards the beginning
    MoveEarlier = "move-earlier" in Studio | Timeline;
    /// Move the scene towards the end
    MoveLater = "move-later" in Studio | Timeline;
    /// Set how long the scene lasts at least
    Seconds = "seconds" in Studio | Timeline;
    /// Approve it as it is
    Approve = "approve" in Studio | Review;
    /// Make it again, with a note
    Regenerate = "regenerate" in Studio | Review;
    /// Use the take that is shown
    Choose = "choose" in Review;
    /// Drop what was made by hand
    DropEdit = "drop-edit" in Review;
    /// Show the next take
    NextTake = "next-take" in Review;
    /// Show the take before
    PreviousTake = "previous-take" in Review;
    /// Play or stop
    Play = "play" in Studio | Timeline;
    /// Go back a second
    SeekBack = "seek-back" in Studio | Timeline;
    /// Go on a second
    SeekOn = "seek-on" in Studio | Timeline;
    /// Show the finished film instead of the scene
    ShowFilm = "show-film" in Studio;
    /// Enlarge the preview, or make it small again
    Zoom = "zoom" in Studio | Review;
    /// Show less time at once, and that wider
    ZoomIn = "zoom-in" in Timeline;
    /// Show more time at once
    ZoomOut = "zoom-out" in Timeline;
    /// Copy the path of the published files
    CopyPath = "copy-path" in Studio | Projects;
    /// Set what may be spent
    Budget = "budget" in Studio | Costs;
    /// Count by something else
    By = "by" in Costs;
    /// Show all projects, or the one that is open
    Everywhere = "everywhere" in Review | Costs;
    /// Say something
    Say = "say" in Chat;
    /// Accept what the message proposes
    Accept = "accept" in Chat;
    /// Forget all that was said
    ClearChat = "clear-chat" in Chat;
    /// Grant what it asks for
    Grant = "grant" in Plugins;
    /// Store a secret
    Secret = "secret" in Settings;
    /// Remove a secret
    Forget = "forget" in Settings;
}

impl Action {
    /// It only goes somewhere within a page: where there is nowhere to go, nothing needs to be said.
    pub fn is_moving(self) -> bool {
        matches!(
            self,
            Self::Up | Self::Down | Self::Left | Self::Right | Self::First | Self::Last | Self::PageUp | Self::PageDown
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Action {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|action| action.name() == name).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_their_actions() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(*action));
            assert!(!action.help().is_empty() && !action.help().ends_with('.'), "{action}");
        }
    }
}
