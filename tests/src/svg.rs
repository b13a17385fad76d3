//! A terminal's screen as a picture that scales.

use std::{collections::BTreeMap, fmt::Write};

/// The size of a cell in the picture, and of its letters.
const CELL: (f64, f64) = (8.43, 16.4);
const LETTER: f64 = 14.0;

/// What a screen shows.
pub fn of_screen(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (f64::from(columns) * CELL.0, f64::from(rows) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"'DejaVu Sans Mono', monospace\" \
         font-size=\"{LETTER}\" xml:space=\"preserve\">\n"
    );
    grounds(&mut svg, screen);
    blocks(&mut svg, screen);
    for row in 0..rows {
        letters(&mut svg, screen, row, columns);
    }
    svg += "</svg>\n";
    svg
}

/// The colours behind the letters, all of a colour as one shape; the most frequent is the ground of all.
fn grounds(svg: &mut String, screen: &vt100::Screen) {
    let (rows, columns) = screen.size();
    let mut shapes: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for row in 0..rows {
        let cell = |column: u16| screen.cell(row, column);
        // The second half of a wide sign has the ground of the first.
        let first =
            |column: u16| column - u16::from(column > 0 && cell(column).is_some_and(vt100::Cell::is_wide_continuation));
        let ground = |column: u16| cell(first(column)).map(|cell| colours(cell).1).unwrap_or_default();
        let mut column = 0;
        while column < columns {
            let (first, colour) = (column, ground(column));
            while column < columns && ground(column) == colour {
                column += 1;
            }
            let (x, y) = (f64::from(first) * CELL.0, f64::from(row) * CELL.1);
            let (width, height) = (f64::from(column - first) * CELL.0 + 0.3, CELL.1 + 0.3);
            let (cells, shape) = shapes.entry(colour).or_default();
            *cells += u32::from(column - first);
            write!(shape, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z").expect("a string takes it");
        }
    }
    let most = shapes.iter().max_by_key(|(_, (cells, _))| *cells).map(|(colour, _)| colour.clone());
    let most = most.unwrap_or_default();
    writeln!(svg, "<rect width=\"100%\" height=\"100%\" fill=\"{most}\"/>").expect("a string takes it");
    for (colour, (_, shape)) in shapes.iter().filter(|(colour, _)| **colour != most) {
        writeln!(svg, "<path fill=\"{colour}\" d=\"{shape}\"/>").expect("a string takes it");
    }
}

/// The letters, a word of one look at a time: fonts differ in how wide they are, and over a word that is not seen.
fn letters(svg: &mut String, screen: &vt100::Screen, row: u16, columns: u16) {
    let mut column = 0;
    while column < columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| is_letter(cell)) else {
            column += 1;
            continue;
        };
        let (x, look) = (f64::from(column) * CELL.0, look(cell));
        let mut word = cell.contents().to_owned();
        column += 1;
        while word.is_ascii()
            && let Some(next) = screen.cell(row, column).filter(|next| is_letter(next) && self::look(next) == look)
            && next.contents().is_ascii()
        {
            word += next.contents();
            column += 1;
        }
        let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let base = f64::from(row) * CELL.1 + CELL.1 * 0.79;
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{base:.1}\" {look}>{word}</text>").expect("a string takes it");
    }
}

/// Something is written there; blocks are drawn, not written.
fn is_letter(cell: &vt100::Cell) -> bool {
    cell.has_contents() && !cell.contents().trim().is_empty() && half(cell).is_none()
}

fn look(cell: &vt100::Cell) -> String {
    let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    let line = if cell.underline() { " text-decoration=\"underline\"" } else { "" };
    format!("fill=\"{}\"{weight}{line}", colours(cell).0)
}

/// The part of a cell that a block fills, from the top: from where, and how much.
fn half(cell: &vt100::Cell) -> Option<(f64, f64)> {
    let mut letters = cell.contents().chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    match letter {
        '▀' => Some((0.0, CELL.1 / 2.0)),
        '▁'..='█' => {
            let height = f64::from(letter as u32 - '▁' as u32 + 1) / 8.0 * CELL.1;
            Some((CELL.1 - height, height + 0.3))
        }
        _ => None,
    }
}

/// All blocks of a colour as one shape, runs of them as one part of it.
fn blocks(svg: &mut String, screen: &vt100::Screen) {
    let (rows, columns) = screen.size();
    let mut shapes: BTreeMap<String, String> = BTreeMap::new();
    for row in 0..rows {
        let block = |column: u16| {
            let cell = screen.cell(row, column)?;
            Some((half(cell)?, colours(cell).0))
        };
        let mut column = 0;
        while column < columns {
            let Some(((top, height), colour)) = block(column) else {
                column += 1;
                continue;
            };
            let first = column;
            while column < columns && block(column) == Some(((top, height), colour.clone())) {
                column += 1;
            }
            let (x, y) = (f64::from(first) * CELL.0, f64::from(row) * CELL.1 + top);
            let width = f64::from(column - first) * CELL.0 + 0.3;
            let shape = shapes.entry(colour).or_default();
            write!(shape, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z").expect("a string takes it");
        }
    }
    for (colour, shape) in shapes {
        writeln!(svg, "<path fill=\"{colour}\" d=\"{shape}\"/>").expect("a string takes it");
    }
}

/// Letters and ground of a cell.
fn colours(cell: &vt100::Cell) -> (String, String) {
    let (letters, ground) = (colour(cell.fgcolor(), "#d8dce5"), colour(cell.bgcolor(), "#16181d"));
    if cell.inverse() { (ground, letters) } else { (letters, ground) }
}

fn colour(colour: vt100::Color, default: &str) -> String {
    const NAMED: [&str; 16] = [
        "#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5", "#666666", "#f14c4c",
        "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff",
    ];
    match colour {
        vt100::Color::Default => default.to_owned(),
        vt100::Color::Idx(n @ 0..16) => NAMED[usize::from(n)].to_owned(),
        vt100::Color::Idx(n @ 16..232) => {
            let step = |part: u8| if part == 0 { 0 } else { 55 + part * 40 };
            let n = n - 16;
            format!("#{:02x}{:02x}{:02x}", step(n / 36), step(n / 6 % 6), step(n % 6))
        }
        vt100::Color::Idx(n) => format!("#{0:02x}{0:02x}{0:02x}", 8 + (n - 232) * 10),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}
