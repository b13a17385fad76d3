//! How well two colours can be told apart: relative luminance and contrast ratio of WCAG 2.2.

use ratatui::style::Color;

/// 1 (the same) to 21 (black on white); none: the terminal decides what one of the two looks like.
pub fn ratio(a: Color, b: Color) -> Option<f64> {
    let (a, b) = (luminance(a)?, luminance(b)?);
    let (lighter, darker) = if a > b { (a, b) } else { (b, a) };
    Some((lighter + 0.05) / (darker + 0.05))
}

fn luminance(colour: Color) -> Option<f64> {
    let Color::Rgb(r, g, b) = colour else { return None };
    let linear = |part: u8| {
        let share = f64::from(part) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_is_the_most_there_is() {
        let found = ratio(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)).unwrap();
        assert!((found - 21.0).abs() < 0.01, "{found}");
        let same = ratio(Color::Rgb(9, 9, 9), Color::Rgb(9, 9, 9)).unwrap();
        assert!((same - 1.0).abs() < 1e-9);
        // From the W3C's examples: #777777 on white just fails 4.5.
        let grey = ratio(Color::Rgb(0x77, 0x77, 0x77), Color::Rgb(255, 255, 255)).unwrap();
        assert!((grey - 4.48).abs() < 0.01, "{grey}");
        assert_eq!(ratio(Color::Red, Color::Black), None);
    }
}
