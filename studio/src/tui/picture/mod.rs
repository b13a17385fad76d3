//! Pictures in cells: decoded and encoded for the terminal on a worker, kept by what they show and how large. Drawing
//! never waits: where a picture is not there yet, its place says so.

mod decode;
mod source;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use image::DynamicImage;
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};
use ratatui_image::{
    Image, Resize,
    picker::{Picker, ProtocolType},
    protocol::Protocol,
};

pub use decode::decoded;
pub use source::{bytes, windows};

use studio_plugin_sdk::blob::Blob;

use super::desk::Cx;
use crate::model::Digest;

/// Most encoded pictures that are kept.
const MOST_KEPT: usize = 256;
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
    Ready { protocol: Box<Protocol>, used: u64 },
    Failed(String),
}

/// The pictures that are shown, or will be.
pub struct Pictures {
    picker: Picker,
    known: HashMap<Name, State>,
    coming: HashSet<Name>,
    /// What the last frame lacked: the latest is what is looked at.
    wanted: Vec<(Picture, Size)>,
    frame: u64,
    hidden: bool,
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
        Self { picker: Picker::halfblocks(), known, coming, wanted, frame: 0, hidden: false }
    }
}

impl Pictures {
    /// The terminal shows pictures so from now on.
    pub fn use_picker(&mut self, picker: Picker) {
        self.picker = picker;
        self.known.clear();
    }

    /// A frame begins. `covered`: something lies over the page.
    pub fn begin(&mut self, covered: bool) {
        self.frame += 1;
        self.wanted.clear();
        self.hidden = covered && self.is_painted();
    }

    /// Nothing is painted in this frame: it would lie over what covers the page.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Something that the last frame lacked can be asked for.
    pub fn wants(&self) -> bool {
        !self.wanted.is_empty() && self.coming.len() < MOST_COMING
    }

    /// The terminal paints pictures over its cells, where they stay until they are painted over.
    pub fn is_painted(&self) -> bool {
        matches!(self.picker.protocol_type(), ProtocolType::Sixel | ProtocolType::Iterm2)
    }

    /// Draws a picture into the middle of an area, as large as fits.
    pub fn draw(&mut self, buffer: &mut Buffer, area: Rect, picture: &Picture) -> Shown {
        let area = area.intersection(buffer.area);
        if area.is_empty() || self.hidden {
            return Shown::Coming;
        }
        let size = Size { width: area.width, height: area.height };
        let name = (picture.digest, (area.width, area.height));
        match self.known.get_mut(&name) {
            Some(State::Ready { protocol, used }) => {
                *used = self.frame;
                put(buffer, area, protocol);
                return Shown::Picture;
            }
            Some(State::Failed(why)) => return Shown::Failed(why.clone()),
            None => (),
        }
        if !self.coming.contains(&name) {
            self.wanted.push((picture.clone(), size));
        }
        // While the size changes, the old one will do where it fits.
        let fits = |known: &Name| known.0 == picture.digest && known.1.0 <= area.width && known.1.1 <= area.height;
        let old = self.known.iter().filter(|(known, state)| fits(known) && matches!(state, State::Ready { .. }));
        let old = old.max_by_key(|(known, _)| u32::from(known.1.0) * u32::from(known.1.1)).map(|(_, state)| state);
        if let Some(State::Ready { protocol, .. }) = old {
            put(buffer, area, protocol);
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
            let (client, picker) = (cx.desk.client().cloned(), self.picker.clone());
            let work = async move {
                let bytes = bytes(client.as_ref(), &picture).await?;
                let encode = move || encoded(&picker, decoded(&bytes)?, size);
                tokio::task::spawn_blocking(encode).await.map_err(|e| e.to_string())?
            };
            cx.work(work, move |app, made| app.pictures.take(name, made));
        }
    }

    fn take(&mut self, name: Name, made: Result<Protocol, String>) {
        self.coming.remove(&name);
        if self.known.len() >= MOST_KEPT {
            let used = |state: &State| match state {
                State::Ready { used, .. } => *used,
                State::Failed(_) => 0,
            };
            let oldest = self.known.iter().min_by_key(|(_, state)| used(state)).map(|(name, _)| *name);
            oldest.map(|name| self.known.remove(&name));
        }
        let state = match made {
            Ok(protocol) => State::Ready { protocol: Box::new(protocol), used: self.frame },
            Err(why) => State::Failed(why),
        };
        self.known.insert(name, state);
    }

    /// How pictures are encoded: for those that are not kept, such as the frames of a film.
    pub fn picker(&self) -> &Picker {
        &self.picker
    }
}

/// A picture for the terminal, as large as fits.
pub fn encoded(picker: &Picker, image: DynamicImage, size: Size) -> Result<Protocol, String> {
    picker.new_protocol(image, size, Resize::Scale(None)).map_err(|e| e.to_string())
}

/// Draws an encoded picture into the middle of an area.
pub fn put(buffer: &mut Buffer, area: Rect, protocol: &Protocol) {
    use ratatui::widgets::Widget;
    let size = protocol.size();
    let (width, height) = (size.width.min(area.width), size.height.min(area.height));
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
    Image::new(protocol).render(Rect { x, y, width, height }, buffer);
}
