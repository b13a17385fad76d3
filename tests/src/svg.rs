//! A terminal's screen as a picture that scales.

use std::fmt::Write;

/// The size of a cell in the picture, and of its letters.
const CELL: (f64, f64) = (8.4, 18.0);
const LETTER: f64 = 14.0;

/// What a screen shows.
pub fn of_screen(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (f64::from(columns) * CELL.0, f64::from(rows) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"'DejaVu Sans Mono', monospace\" \
         font-size=\"{LETTER}\" xml:space=\"preserve\">\n<rect width=\"100%\" height=\"100%\" fill=\"#16181d\"/>\n"
    );
    for row in 0..rows {
        grounds(&mut svg, screen, row, columns);
        letters(&mut svg, screen, row, columns);
    }
    svg += "</svg>\n";
    svg
}

/// The colours behind the letters, runs of one colour as one rectangle.
fn grounds(svg: &mut String, screen: &vt100::Screen, row: u16, columns: u16) {
    let ground = |column: u16| screen.cell(row, column).map(|cell| colours(cell).1).unwrap_or_default();
    let mut column = 0;
    while column < columns {
        let colour = ground(column);
        let mut end = column + 1;
        while end < columns && ground(end) == colour {
            end += 1;
        }
        let (x, y) = (f64::from(column) * CELL.0, f64::from(row) * CELL.1);
        let width = f64::from(end - column) * CELL.0 + 0.3;
        let height = CELL.1 + 0.3;
        writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
        )
        .expect("a string takes it");
        column = end;
    }
}

/// The letters, each in its own cell: fonts differ in how wide they are. Half blocks are drawn, not written.
fn letters(svg: &mut String, screen: &vt100::Screen, row: u16, columns: u16) {
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| cell.has_contents()) else { continue };
        let text = cell.contents();
        if text.trim().is_empty() {
            continue;
        }
        let (x, y) = (f64::from(column) * CELL.0, f64::from(row) * CELL.1);
        let colour = colours(cell).0;
        let half = match text {
            "▀" => Some((y, CELL.1 / 2.0)),
            "▄" => Some((y + CELL.1 / 2.0, CELL.1 / 2.0 + 0.3)),
            "█" => Some((y, CELL.1 + 0.3)),
            _ => None,
        };
        let written = match half {
            Some((top, height)) => writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>",
                CELL.0 + 0.3
            ),
            None => {
                let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
                let line = if cell.underline() { " text-decoration=\"underline\"" } else { "" };
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let base = y + CELL.1 * 0.76;
                writeln!(svg, "<text x=\"{x:.1}\" y=\"{base:.1}\" fill=\"{colour}\"{weight}{line}>{text}</text>")
            }
        };
        written.expect("a string takes it");
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
