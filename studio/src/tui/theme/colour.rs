//! Colours as theme files write them.

use ratatui::style::Color;

/// `#1e2030`, a colour of the terminal's own palette (`red`, `bright-red`), or `default`.
pub fn parse(text: &str) -> Option<Color> {
    let name = text.trim().to_ascii_lowercase();
    if let Some(hex) = name.strip_prefix('#') {
        let digits = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| digits)?;
        let part = |shift: u32| (number >> shift) as u8;
        return Some(Color::Rgb(part(16), part(8), part(0)));
    }
    Some(match name.as_str() {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_hex_or_names_of_the_terminals_own() {
        assert_eq!(parse("#1e2030"), Some(Color::Rgb(0x1e, 0x20, 0x30)));
        assert_eq!(parse("Bright-Black"), Some(Color::DarkGray));
        assert_eq!(parse("default"), Some(Color::Reset));
        for wrong in ["#12", "#12345g", "mauve", "", "#+12345"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
