//! A screen that bytes are sent to: the process's own terminal, or one that a test looks at.

use std::io::{self, Stdout, Write};

use base64::Engine;
use crossterm::{queue, terminal};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

type SizeOf = Box<dyn Fn() -> io::Result<Size> + Send>;

/// Draws cells as bytes to a terminal of whatever kind.
pub struct Screen<W: Write> {
    inner: CrosstermBackend<W>,
    size: SizeOf,
}

impl Screen<Stdout> {
    /// The terminal of this process.
    pub fn of_process() -> Self {
        let size = || terminal::size().map(|(width, height)| Size { width: width.max(1), height: height.max(1) });
        Self::new(io::stdout(), size)
    }
}

impl<W: Write> Screen<W> {
    /// Bytes go to `out`; `size` says how large the terminal is.
    pub fn new(out: W, size: impl Fn() -> io::Result<Size> + Send + 'static) -> Self {
        Self { inner: CrosstermBackend::new(out), size: Box::new(size) }
    }

    /// From here on, the terminal shows nothing until [`Self::end`]: it never shows half a frame.
    pub fn begin(&mut self) -> io::Result<()> {
        queue!(self.inner, terminal::BeginSynchronizedUpdate)
    }

    /// The frame is whole.
    pub fn end(&mut self) -> io::Result<()> {
        queue!(self.inner, terminal::EndSynchronizedUpdate)?;
        Write::flush(&mut self.inner)
    }

    /// Tells the terminal something that it does not show.
    pub fn say(&mut self, sequences: &str) -> io::Result<()> {
        self.inner.write_all(sequences.as_bytes())?;
        Write::flush(&mut self.inner)
    }

    /// Puts a text on the clipboard of the person's own box (OSC 52), where the terminal lets it.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let text = base64::engine::general_purpose::STANDARD.encode(text);
        self.say(&format!("\x1b]52;c;{text}\x07"))
    }

    /// Tells a person who looks elsewhere (OSC 9, and the bell where that is not known).
    pub fn notify(&mut self, text: &str) -> io::Result<()> {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        write!(self.inner, "\x1b]9;{text}\x07\x07")?;
        Write::flush(&mut self.inner)
    }

    /// The window's title, and how far the work is for the window's own bar (OSC 9;4): none takes it away.
    pub fn announce(&mut self, title: &str, percent: Option<u8>) -> io::Result<()> {
        let title: String = title.chars().filter(|c| !c.is_control()).collect();
        write!(self.inner, "\x1b]2;{title}\x07")?;
        match percent {
            Some(percent) => write!(self.inner, "\x1b]9;4;1;{}\x07", percent.min(100))?,
            None => write!(self.inner, "\x1b]9;4;0;0\x07")?,
        }
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    /// It is never asked: the answer would come among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}
