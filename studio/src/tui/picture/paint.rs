//! Pictures as the terminal takes them: cells, of which the first carries the picture's bytes where the terminal
//! paints. A terminal that keeps pictures (kitty) is told once one is no longer needed.

use std::{fmt::Write, sync::Arc};

use image::DynamicImage;
use parking_lot::Mutex;
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Rect, Size},
    widgets::Widget,
};
use ratatui_image::{
    FilterType, Image, Resize,
    picker::{Picker, ProtocolType, cap_parser::Parser},
    protocol::{Protocol, halfblocks::Halfblocks, kitty::Kitty},
};

/// What stands in the cells of pictures that the terminal keeps.
const PLACEHOLDER: char = '\u{10EEEE}';
/// What a cell takes of memory, about.
const CELL_BYTES: usize = 64;

/// How the terminal shows pictures.
#[derive(Clone)]
pub struct Painter {
    picker: Picker,
    /// Pictures that the terminal keeps are sent in fewer bytes.
    compress: bool,
    /// The numbers of pictures that the terminal keeps and nobody needs any more.
    gone: Arc<Mutex<Vec<u32>>>,
}

impl Default for Painter {
    fn default() -> Self {
        Self::new(Picker::halfblocks(), false)
    }
}

impl Painter {
    /// By what the terminal said.
    pub fn new(picker: Picker, compress: bool) -> Self {
        Self { picker, compress, gone: Arc::default() }
    }

    /// In half-blocks: nothing is painted over the cells.
    pub fn is_halfblocks(&self) -> bool {
        self.picker.protocol_type() == ProtocolType::Halfblocks
    }

    /// What is painted lies over the cells, where it stays until it is painted over.
    pub fn lies_on_top(&self) -> bool {
        matches!(self.picker.protocol_type(), ProtocolType::Sixel | ProtocolType::Iterm2)
    }

    /// The pixels of a cell.
    pub fn cell(&self) -> (u32, u32) {
        if self.is_halfblocks() {
            return (1, 2);
        }
        let size = self.picker.font_size();
        (u32::from(size.width.max(1)), u32::from(size.height.max(1)))
    }

    /// How many pixels are seen in so many cells.
    pub fn pixels(&self, size: Size) -> (u32, u32) {
        let (width, height) = self.cell();
        (u32::from(size.width.max(1)) * width, u32::from(size.height.max(1)) * height)
    }

    /// The cells of an area that a picture of so many pixels takes, where it fills them all.
    pub fn fit(&self, (width, height): (u32, u32), area: Size) -> Size {
        let (cell_width, cell_height) = self.cell();
        let cells = |pixels: u32, cell: u32| f64::from(pixels.max(1)) / f64::from(cell);
        // A half-block is about as high as a cell is wide.
        let (wide, high) = (cells(width, cell_width), cells(height, cell_height));
        let scale = (f64::from(area.width) / wide).min(f64::from(area.height) / high);
        let within = |cells: f64, most: u16| ((cells * scale).round() as u16).clamp(1, most.max(1));
        Size { width: within(wide, area.width), height: within(high, area.height) }
    }

    /// A picture, as large as fits.
    pub fn paint(&self, image: &DynamicImage, room: Size) -> Result<Painting, String> {
        if self.is_halfblocks() {
            // What is not picture in the last cells would be black: no colour is seen through here.
            let size = self.fit((image.width(), image.height()), room);
            let (width, height) = self.pixels(size);
            return self.paint_scaled(image.resize_exact(width, height, FilterType::Triangle), size);
        }
        let (way, font) = (Resize::Scale(Some(FilterType::Triangle)), self.picker.font_size());
        let size = way.size_for(image, font, room);
        let scaled = way.resize(image, font, size, None);
        self.paint_scaled(scaled, size)
    }

    /// A picture that has as many pixels as these cells already.
    pub fn paint_scaled(&self, image: DynamicImage, size: Size) -> Result<Painting, String> {
        let mut kept = None;
        let protocol = match self.picker.protocol_type() {
            ProtocolType::Kitty => {
                let id = fastrand::u32(1..);
                kept = Some(Kept { id, gone: Arc::clone(&self.gone) });
                Kitty::new(image, size, id, self.picker.tmux_detected(), self.compress).map(Protocol::Kitty)
            }
            ProtocolType::Halfblocks => Halfblocks::new(image, size).map(Protocol::Halfblocks),
            // It has the right size: nothing is scaled.
            _ => self.picker.new_protocol(image, size, Resize::Fit(None)),
        };
        let protocol = protocol.map_err(|e| e.to_string())?;
        let mut cells = Buffer::empty(Rect::from((ratatui::layout::Position::ORIGIN, protocol.size())));
        Image::new(&protocol).render(cells.area, &mut cells);
        if kept.is_some() {
            place(&mut cells);
        }
        Ok(Painting { cells, _kept: kept })
    }

    /// What has the terminal forget the pictures that nobody needs any more (kitty: delete by number, with the data).
    pub fn forget(&self) -> Option<String> {
        let gone = std::mem::take(&mut *self.gone.lock());
        let (start, escape, end) = Parser::tmux_start_escape_end(self.picker.tmux_detected());
        let mut bytes = String::new();
        for id in &gone {
            // A string takes all that is written to it.
            let _ = write!(bytes, "{start}{escape}_Ga=d,d=I,i={id},q=2{escape}\\{end}");
        }
        (!gone.is_empty()).then_some(bytes)
    }
}

/// Has every cell of a picture that the terminal keeps say which part of it it shows. By itself, only the first of
/// a row does: what lies over that one would move all the others.
fn place(cells: &mut Buffer) {
    let area = cells.area;
    let marks = marks(area.width.max(area.height));
    for y in 0..area.height {
        let first = cells[(0, y)].symbol().to_owned();
        let Some((sent, own)) = first.split_once(PLACEHOLDER) else { continue };
        let Some(number) = own.chars().nth(2) else { continue };
        for x in 0..area.width {
            let (Some(row), Some(column)) = (marks.get(usize::from(y)), marks.get(usize::from(x))) else { continue };
            let sent = if x == 0 { sent } else { "" };
            cells[(x, y)].set_symbol(&format!("{sent}{PLACEHOLDER}{row}{column}{number}"));
        }
    }
}

/// The marks that stand for numbers, from 0 on. The library has the table and does not give it: a picture one column
/// wide has all of them.
fn marks(count: u16) -> Vec<char> {
    let size = Size { width: 1, height: count };
    let Ok(column) = Kitty::new(DynamicImage::new_rgb8(1, 1), size, 1, false, false) else { return Vec::new() };
    let column = Protocol::Kitty(column);
    let mut cells = Buffer::empty(Rect::new(0, 0, 1, count));
    Image::new(&column).render(cells.area, &mut cells);
    let mark = |cell: &Cell| cell.symbol().split_once(PLACEHOLDER)?.1.chars().next();
    cells.content.iter().map_while(mark).collect()
}

/// A picture that the terminal keeps until it is told not to.
struct Kept {
    id: u32,
    gone: Arc<Mutex<Vec<u32>>>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.gone.lock().push(self.id);
    }
}

/// A picture, ready for the terminal.
pub struct Painting {
    cells: Buffer,
    _kept: Option<Kept>,
}

impl Painting {
    /// The cells that it takes.
    pub fn size(&self) -> Size {
        self.cells.area.as_size()
    }

    /// What it takes of memory, about.
    pub fn bytes(&self) -> usize {
        let painted = self.cells.content.first().map_or(0, |cell| cell.symbol().len());
        painted + self.cells.content.len() * CELL_BYTES
    }

    /// Draws it into the middle of an area; where it does not fit, nothing is drawn.
    pub fn put(&self, buffer: &mut Buffer, area: Rect) {
        let (area, size) = (area.intersection(buffer.area), self.size());
        if size.width > area.width || size.height > area.height {
            return;
        }
        let (left, top) = (area.x + (area.width - size.width) / 2, area.y + (area.height - size.height) / 2);
        for y in 0..size.height {
            for x in 0..size.width {
                let ground = buffer[(left + x, top + y)].bg;
                let cell = &mut buffer[(left + x, top + y)];
                cell.clone_from(&self.cells[(x, y)]);
                if cell.bg == ratatui::style::Color::Reset {
                    cell.bg = ground;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painter(way: ProtocolType) -> Painter {
        let mut picker = Picker::halfblocks();
        picker.set_protocol_type(way);
        Painter::new(picker, false)
    }

    fn picture() -> DynamicImage {
        DynamicImage::new_rgb8(160, 90)
    }

    const ROOM: Size = Size { width: 20, height: 10 };

    #[test]
    fn a_picture_keeps_its_shape_in_every_way() {
        let ways = [ProtocolType::Halfblocks, ProtocolType::Kitty, ProtocolType::Sixel, ProtocolType::Iterm2];
        for way in ways {
            let painting = painter(way).paint(&picture(), ROOM).unwrap();
            let size = painting.size();
            assert!(size.width == 20 && (5..=6).contains(&size.height), "{way:?}: {size:?}");
            let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 12));
            painting.put(&mut buffer, Rect::new(5, 1, 20, 10));
            assert_ne!(buffer, Buffer::empty(buffer.area), "{way:?}");
            // It is drawn whole, or not at all.
            let mut small = Buffer::empty(Rect::new(0, 0, 10, 3));
            painting.put(&mut small, Rect::new(0, 0, 10, 3));
            assert_eq!(small, Buffer::empty(small.area), "{way:?}");
        }
    }

    #[test]
    fn a_film_keeps_its_shape() {
        let painter = Painter::default();
        let size = |width, height| Size { width, height };
        assert_eq!(painter.fit((1920, 1080), size(64, 40)), size(64, 18));
        assert_eq!(painter.fit((1080, 1920), size(64, 18)), size(20, 18));
        assert_eq!(painter.fit((0, 0), size(0, 0)), size(1, 1));
        assert_eq!(painter.pixels(size(64, 18)), (64, 36));
    }

    #[test]
    fn half_blocks_are_filled_by_the_picture() {
        let mut white = DynamicImage::new_rgb8(852, 480);
        white.invert();
        for room in [Size { width: 12, height: 3 }, Size { width: 35, height: 9 }, Size { width: 118, height: 34 }] {
            let painting = painter(ProtocolType::Halfblocks).paint(&white, room).unwrap();
            let edge = ratatui::style::Color::Rgb(255, 255, 255);
            assert!(painting.cells.content.iter().all(|cell| cell.bg == edge), "{room:?}");
        }
    }

    #[test]
    fn a_terminal_that_keeps_pictures_is_told_once_they_are_gone() {
        let painter = painter(ProtocolType::Kitty);
        let first = painter.paint(&picture(), ROOM).unwrap();
        assert!(first.bytes() > 160 * 90, "{}", first.bytes());
        let sent = first.cells.content[0].symbol().to_owned();
        let id = sent.split(",i=").nth(1).or(sent.split("i=").nth(1)).and_then(|rest| rest.split(',').next()).unwrap();
        // Every cell says which part it shows.
        let parts: std::collections::BTreeSet<&str> =
            first.cells.content.iter().filter_map(|cell| Some(cell.symbol().split_once(PLACEHOLDER)?.1)).collect();
        assert_eq!(parts.len(), first.cells.content.len());
        assert_eq!(painter.forget(), None);
        drop(first);
        assert_eq!(painter.forget(), Some(format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\")));
        assert_eq!(painter.forget(), None);
        // Other ways keep nothing.
        drop(self::painter(ProtocolType::Sixel).paint(&picture(), ROOM).unwrap());
        assert_eq!(painter.forget(), None);
    }
}
