//! Colours, written as on the web: `#rrggbb` or `#rrggbbaa`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A colour in sRGB with its opacity: `#0b0f16`, or `#0b0f1680` where half of what is behind it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    /// Red, 0–255.
    pub red: u8,
    /// Green, 0–255.
    pub green: u8,
    /// Blue, 0–255.
    pub blue: u8,
    /// Opacity, 0–255.
    pub alpha: u8,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self::opaque(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self::opaque(255, 255, 255);

    /// A colour that hides what is behind it.
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// How much two colours differ in light, whatever their opacity: contrast after WCAG 2, 1 to 21. Text with 4.5 is read
    /// well, large type with 3.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let alpha = match digits.len() {
            6 => 255,
            8 => pair(6)?,
            _ => return None,
        };
        Some(Self { red: pair(0)?, green: pair(2)?, blue: pair(4)?, alpha })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha == 255 { Ok(()) } else { write!(f, "{:02x}", self.alpha) }
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("{text:?} is no colour. Write it as \"#rrggbb\" or \"#rrggbbaa\"."))
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Color {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Color".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A colour: `#rrggbb`, or `#rrggbbaa` with its opacity.",
            "type": "string",
            "pattern": "^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_web() {
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 1e-9);
        assert!((Color::opaque(0x77, 0x77, 0x77).contrast(Color::WHITE) - 4.48).abs() < 0.01);
    }

    #[test]
    fn colours_are_read_and_written_as_on_the_web() {
        let read = |text: &str| serde_json::from_value::<Color>(text.into());
        assert_eq!(read("#0B0f16").unwrap(), Color::opaque(11, 15, 22));
        assert_eq!(read("#0b0f1680").unwrap().to_string(), "#0b0f1680");
        assert_eq!(read("#ffffff").unwrap(), Color::WHITE);
        for bad in ["", "red", "#fff", "#0b0f1", "0b0f16", "#0b0f1g", "#äöüabc", "#+10b0f"] {
            assert!(read(bad).unwrap_err().to_string().contains("no colour"), "{bad}");
        }
    }
}
