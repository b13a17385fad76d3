//! Pictures as terminals understand them: kitty's commands with the pictures that it keeps, sixel, iTerm2's files.
//! Where something is painted over cells, they show [`PAINT`] until something else is written there: so it is seen
//! what is left of a picture.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::pty::CELL;

/// What a cell shows that is painted over.
pub const PAINT: char = '▒';
/// What kitty's pictures are placed by.
pub const PLACEHOLDER: char = '\u{10EEEE}';
/// The most bytes of a chunk of kitty's.
const MOST_CHUNK: usize = 4096;

/// A screen, and the pictures on it.
pub struct Painted {
    parser: vt100::Parser,
    /// Rows and columns before it had another size.
    before: Option<(u16, u16)>,
    rest: Vec<u8>,
    /// What kitty keeps: pixels by number.
    pub kept: BTreeMap<u32, (usize, usize)>,
    coming: Option<(BTreeMap<String, String>, Vec<u8>)>,
    /// Pictures that were sent in all.
    pub sent: usize,
    /// The pixels of pictures that were painted over cells.
    pub sizes: Vec<(usize, usize)>,
}

impl Painted {
    /// An empty one.
    pub fn new(width: u16, height: u16) -> Self {
        let parser = vt100::Parser::new(height, width, 0);
        Self { parser, before: None, rest: Vec::new(), kept: BTreeMap::new(), coming: None, sent: 0, sizes: Vec::new() }
    }

    /// It has another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.before = Some(self.screen().size());
        self.parser.screen_mut().set_size(height, width);
    }

    /// The screen.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// What is shown, line by line.
    pub fn text(&self) -> String {
        let (_, width) = self.screen().size();
        let rows = self.screen().rows(0, width);
        rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// How many cells are painted over, or are parts of a picture that is kept.
    pub fn cells(&self) -> usize {
        self.text().chars().filter(|c| matches!(*c, PAINT | PLACEHOLDER)).count()
    }

    /// Cells that are parts of a picture that is not there.
    pub fn lost(&self) -> usize {
        let (height, width) = self.screen().size();
        let cells = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        let is_lost = |cell: &vt100::Cell| {
            let vt100::Color::Rgb(r, g, b) = cell.fgcolor() else { return true };
            let low = u32::from_be_bytes([0, r, g, b]);
            !self.kept.keys().any(|id| id & 0x00ff_ffff == low)
        };
        let cells = cells.filter_map(|(row, column)| self.screen().cell(row, column));
        cells.filter(|cell| cell.contents().starts_with(PLACEHOLDER) && is_lost(cell)).count()
    }

    /// Takes what was sent.
    pub fn process(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let rest = std::mem::take(&mut self.rest);
        let mut left = &rest[..];
        while let Some(at) = left.windows(2).position(|two| matches!(two, b"\x1b_" | b"\x1bP" | b"\x1b]")) {
            self.parser.process(&left[..at]);
            left = &left[at..];
            let ends = |end: &[u8]| left.windows(end.len()).position(|part| part == end).map(|at| (at, end.len()));
            let end = if left[1] == b']' { ends(b"\x07").or(ends(b"\x1b\\")) } else { ends(b"\x1b\\") };
            let Some((end, length)) = end else { return self.rest = left.to_vec() };
            let (kind, body) = (left[1], left[2..end].to_vec());
            left = &left[end + length..];
            match kind {
                b'_' => self.kitty(&body),
                b'P' => self.sixel(&body),
                _ if body.starts_with(b"1337;File=") => self.file(&body),
                _ => (),
            }
        }
        // A sequence may go on in what comes next.
        let whole = left.len() - usize::from(left.ends_with(b"\x1b"));
        self.parser.process(&left[..whole]);
        self.rest = left[whole..].to_vec();
    }

    /// Marks the cells of a picture of so many pixels at the cursor.
    fn paint(&mut self, width: usize, height: usize) {
        self.sent += 1;
        self.sizes.push((width, height));
        let (row, column) = self.screen().cursor_position();
        let (wide, high) = (width.div_ceil(CELL.0), height.div_ceil(CELL.1));
        // On the last line, a terminal would scroll.
        let fits = |(rows, columns): (u16, u16)| {
            usize::from(column) + wide <= usize::from(columns) && usize::from(row) + high < usize::from(rows)
        };
        if !fits(self.screen().size()) {
            assert!(self.before.is_some_and(fits), "{width}×{height} at {row}:{column} is too large");
            // It was under way when the size changed.
            return;
        }
        let mut marks = String::from("\x1b7");
        for line in 0..high {
            marks += &format!("\x1b[{};{}H", usize::from(row) + line + 1, column + 1);
            marks.extend(std::iter::repeat_n(PAINT, wide));
        }
        marks += "\x1b8";
        self.parser.process(marks.as_bytes());
    }

    /// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>
    fn kitty(&mut self, body: &[u8]) {
        let body = std::str::from_utf8(body).expect("text").strip_prefix('G').expect("a command of graphics");
        let (keys, payload) = body.split_once(';').unwrap_or((body, ""));
        let keys: BTreeMap<String, String> =
            keys.split(',').filter_map(|key| key.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let key = |name: &str| keys.get(name).map(String::as_str);
        match key("a") {
            Some("q") => return,
            Some("d") => {
                assert_eq!((key("d"), key("q")), (Some("I"), Some("2")), "{keys:?}");
                let id = key("i").and_then(|id| id.parse::<u32>().ok()).expect("a number");
                self.kept.remove(&id);
                return;
            }
            _ => (),
        }
        assert!(payload.len() <= MOST_CHUNK, "a chunk of {} bytes", payload.len());
        let more = key("m") == Some("1");
        assert!(!more || payload.len() % 4 == 0, "a chunk ends within four letters");
        let bytes = BASE64_STANDARD.decode(payload).expect("base64");
        let (head, all) = self.coming.get_or_insert_with(|| (keys.clone(), Vec::new()));
        all.extend(bytes);
        if more {
            return;
        }
        let number = |name: &str| head.get(name).and_then(|n| n.parse::<usize>().ok()).expect("a number");
        let (id, width, height) = (number("i"), number("s"), number("v"));
        assert_eq!((head["a"].as_str(), head["U"].as_str(), head["q"].as_str()), ("T", "1", "2"), "{head:?}");
        let deep = if head["f"] == "32" { 4 } else { 3 };
        assert_eq!(all.len(), width * height * deep, "{head:?}");
        self.kept.insert(u32::try_from(id).expect("32 bits"), (width, height));
        self.coming = None;
        self.sent += 1;
    }

    /// DEC's sixel: <https://vt100.net/docs/vt3xx-gp/chapter14.html>
    fn sixel(&mut self, body: &[u8]) {
        let at = body.iter().position(|byte| *byte == b'q').expect("a sixel string");
        assert!(body[..at].iter().all(|byte| byte.is_ascii_digit() || *byte == b';'), "its parameters");
        let (mut x, mut y, mut width, mut height, mut times) = (0, 0, 0, 0, 1);
        let mut declared = None;
        let mut left = &body[at + 1..];
        while let Some((byte, rest)) = left.split_first() {
            left = rest;
            let mut numbers = || {
                let end = left.iter().position(|b| !b.is_ascii_digit() && *b != b';').unwrap_or(left.len());
                let (numbers, after) = left.split_at(end);
                left = after;
                let numbers = String::from_utf8_lossy(numbers).into_owned();
                numbers.split(';').filter_map(|n| n.parse().ok()).collect::<Vec<usize>>()
            };
            match byte {
                b'"' => {
                    let numbers = numbers();
                    declared = Some((numbers[2], numbers[3]));
                }
                b'#' => assert!(matches!(numbers().len(), 1 | 5), "a colour"),
                b'!' => times = numbers()[0],
                b'$' => x = 0,
                b'-' => (x, y) = (0, y + 6),
                0x3f..=0x7e => {
                    x += times;
                    times = 1;
                    let rows = 8 - (byte - 0x3f).leading_zeros() as usize;
                    (width, height) = (width.max(x), height.max(y + rows));
                }
                b'\n' | b'\r' => (),
                other => panic!("{other:#x} in a sixel string"),
            }
        }
        let (declared_width, declared_height) = declared.unwrap_or((width, height));
        assert!(width <= declared_width && height <= declared_height, "{width}×{height} of {declared:?}");
        assert!(width > 0 && height > 0, "nothing is painted");
        self.paint(declared_width, declared_height);
    }

    /// <https://iterm2.com/documentation-images.html>
    fn file(&mut self, body: &[u8]) {
        let body = std::str::from_utf8(body).expect("text").strip_prefix("1337;File=").expect("a file");
        let (arguments, payload) = body.split_once(':').expect("a payload");
        let argument = |name: &str| arguments.split(';').find_map(|a| a.strip_prefix(name)?.strip_prefix('='));
        assert_eq!(argument("inline"), Some("1"), "{arguments}");
        let bytes = BASE64_STANDARD.decode(payload).expect("base64");
        assert_eq!(argument("size").and_then(|n| n.parse().ok()), Some(bytes.len()), "{arguments}");
        let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().expect("a PNG");
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        assert_eq!(argument("width"), Some(format!("{width}px").as_str()));
        assert_eq!(argument("height"), Some(format!("{height}px").as_str()));
        self.paint(width, height);
    }
}
