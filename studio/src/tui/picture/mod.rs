//! Pictures in cells: decoded and encoded for the terminal on a worker, kept by what they show and how large. Drawing
//! never waits: where a picture is not there yet, its place says so.

mod decode;
mod paint;
mod plain;
mod source;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

pub use decode::decoded;
pub use paint::{Painter, Painting};
pub use plain::plain;
pub use source::{bytes, windows};

use studio_plugin_sdk::blob::Blob;

use super::desk::Cx;
use crate::model::Digest;

/// Most encoded pictures that are kept, and most bytes of them.
const MOST_KEPT: usize = 256;
const MOST_BYTES: usize = 96 << 20;
/// Most pictures that are on their way at once.
const MOST_COMING: usize = 4;

/// A picture that is to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Picture {
    /// Its bytes' name.
    pub digest: Digest,
    /// Its file, on the box that has the store.
    pub path: Option<PathBuf>,
}

impl Picture {
    /// The picture of a blob; none: it is not named as one.
    pub fn of(blob: &Blob, path: Option<PathBuf>) -> Option<Self> {
        Some(Self { digest: blob.blob.parse().ok()?, path })
    }
}

/// A picture at a size in cells.
type Name = (Digest, (u16, u16));

enum State {
    Ready { painting: Box<Painting>, used: u64 },
    Failed(String),
}

/// The pictures that are shown, or will be.
pub struct Pictures {
    painter: Painter,
    /// Which painter it is, counted.
    way: u64,
    known: HashMap<Name, State>,
    coming: HashSet<Name>,
    /// What the last frame lacked: the latest is what is looked at.
    wanted: Vec<(Picture, Size)>,
    frame: u64,
    hidden: bool,
    /// Nothing may have a colour.
    colourless: bool,
}

/// How the place of a picture is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// By the picture.
    Picture,
    /// Not yet.
    Coming,
    /// Not at all: why.
    Failed(String),
}

impl Default for Pictures {
    fn default() -> Self {
        let (known, coming, wanted) = (HashMap::new(), HashSet::new(), Vec::new());
        let painter = Painter::default();
        Self { painter, way: 0, known, coming, wanted, frame: 0, hidden: false, colourless: false }
    }
}

impl Pictures {
    /// The terminal shows pictures so from now on.
    pub fn use_painter(&mut self, painter: Painter) {
        self.painter = painter;
        // What is on its way is for the one before.
        self.way += 1;
        self.coming.clear();
        self.clear();
    }

    /// No picture is needed any more.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// A frame begins. `covered`: something lies over the page; `colour`: something may have one.
    pub fn begin(&mut self, covered: bool, colour: bool) {
        self.frame += 1;
        self.wanted.clear();
        self.hidden = covered && self.painter.lies_on_top();
        self.colourless = !colour;
    }

    /// Why no picture can be shown here; none: they can.
    pub fn refused(&self) -> Option<String> {
        self.colourless.then(|| "it has colours, and NO_COLOR is set".to_owned())
    }

    /// Nothing is painted in this frame: it would lie over what covers the page.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Something that the last frame lacked can be asked for.
    pub fn wants(&self) -> bool {
        !self.wanted.is_empty() && self.coming.len() < MOST_COMING
    }

    /// A picture that the last frame lacked is on its way, or not yet asked for.
    pub fn is_waiting(&self) -> bool {
        !self.wanted.is_empty() || !self.coming.is_empty()
    }

    /// Draws a picture into the middle of an area, as large as fits.
    pub fn draw(&mut self, buffer: &mut Buffer, area: Rect, picture: &Picture) -> Shown {
        let area = area.intersection(buffer.area);
        if let Some(why) = self.refused() {
            return Shown::Failed(why);
        }
        if area.is_empty() || self.hidden {
            return Shown::Coming;
        }
        let size = Size { width: area.width, height: area.height };
        let name = (picture.digest, (area.width, area.height));
        match self.known.get_mut(&name) {
            Some(State::Ready { painting, used }) => {
                *used = self.frame;
                painting.put(buffer, area);
                return Shown::Picture;
            }
            Some(State::Failed(why)) => return Shown::Failed(why.clone()),
            None => (),
        }
        if !self.coming.contains(&name) {
            self.wanted.push((picture.clone(), size));
        }
        // While the size changes, the old one will do where it fits; one much smaller is no stand-in.
        let fits = |known: &Name| {
            let within = |known: u16, room: u16| known <= room && room <= known.saturating_mul(2);
            known.0 == picture.digest && within(known.1.0, area.width) && within(known.1.1, area.height)
        };
        let old = self.known.iter().filter(|(known, state)| fits(known) && matches!(state, State::Ready { .. }));
        let old = old.max_by_key(|(known, _)| u32::from(known.1.0) * u32::from(known.1.1)).map(|(name, _)| *name);
        if let Some(State::Ready { painting, used }) = old.and_then(|old| self.known.get_mut(&old)) {
            *used = self.frame;
            painting.put(buffer, area);
            return Shown::Picture;
        }
        Shown::Coming
    }

    /// Asks for what the last frame lacked.
    pub fn fetch(&mut self, cx: &mut Cx) {
        while let Some((picture, size)) = self.wanted.pop() {
            let name = (picture.digest, (size.width, size.height));
            if self.coming.len() >= MOST_COMING {
                return;
            }
            if self.known.contains_key(&name) || !self.coming.insert(name) {
                continue;
            }
            let (client, painter) = (cx.desk.client().cloned(), self.painter.clone());
            let work = async move {
                let bytes = bytes(client.as_ref(), &picture).await?;
                let encode = move || painter.paint(&decoded(&bytes)?, size);
                tokio::task::spawn_blocking(encode).await.map_err(|e| e.to_string())?
            };
            let way = self.way;
            cx.work(work, move |app, made| app.pictures.take(name, way, made));
        }
    }

    fn take(&mut self, name: Name, way: u64, made: Result<Painting, String>) {
        if way != self.way {
            return;
        }
        self.coming.remove(&name);
        let state = match made {
            Ok(painting) => State::Ready { painting: Box::new(painting), used: self.frame },
            Err(why) => State::Failed(why),
        };
        self.known.insert(name, state);
        let mut bytes: usize = self.known.values().map(State::bytes).sum();
        while self.known.len() > MOST_KEPT || bytes > MOST_BYTES {
            // What was just seen stays, however much it is.
            let seen = self.frame.saturating_sub(1);
            let old = self.known.iter().filter(|(_, state)| state.used() < seen);
            let Some(oldest) = old.min_by_key(|(_, state)| state.used()).map(|(name, _)| *name) else { return };
            bytes -= self.known.remove(&oldest).map_or(0, |state| state.bytes());
        }
    }

    /// How pictures are encoded: for those that are not kept, such as the frames of a film.
    pub fn painter(&self) -> &Painter {
        &self.painter
    }
}

impl State {
    fn used(&self) -> u64 {
        match self {
            Self::Ready { used, .. } => *used,
            Self::Failed(_) => 0,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Ready { painting, .. } => painting.bytes(),
            Self::Failed(_) => 0,
        }
    }
}
