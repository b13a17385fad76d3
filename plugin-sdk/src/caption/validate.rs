//! Which styles can be drawn: what is wrong is named, with what to do.

use super::CaptionStyle;
use crate::error::{Result, StageError};

/// Most keywords of a style.
const MOST_KEYWORDS: usize = 1000;

impl CaptionStyle {
    /// Checks everything that a renderer relies on.
    ///
    /// # Errors
    /// `invalid_input` with the code `caption.style` and the field, below `caption_style`.
    pub fn validate(&self) -> Result<()> {
        let numbers = [
            ("scale", Some(self.scale), 0.25, 4.0),
            ("size", (self.size != 0.0).then_some(self.size), 0.01, 0.2),
            ("outline", self.outline, 0.0, 0.5),
            ("shadow", Some(self.shadow), 0.0, 0.5),
            ("box_pad_x", self.box_pad_x, 0.0, 2.0),
            ("box_pad_y", self.box_pad_y, 0.0, 2.0),
            ("box_radius", self.box_radius, 0.0, 2.0),
            ("margin", Some(self.margin), 0.0, 0.5),
            ("second.scale", Some(self.second.scale), 0.3, 1.0),
            ("weight", (self.weight != 0).then_some(f64::from(self.weight)), 100.0, 900.0),
            ("lines", (self.lines != 0).then_some(f64::from(self.lines)), 1.0, 4.0),
            ("words", Some(f64::from(self.words)), 0.0, 32.0),
        ];
        for (name, value, least, most) in numbers {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                return Err(wrong(name, format!("Choose a number between {least} and {most}.")));
            }
        }
        if self.keywords.len() > MOST_KEYWORDS || self.keywords.iter().any(|word| word.len() > 200) {
            return Err(wrong("keywords", format!("At most {MOST_KEYWORDS} of at most 200 bytes are possible.")));
        }
        if self.font.len() > 200 {
            return Err(wrong("font", "A family's name has at most 200 bytes.".into()));
        }
        if !self.from.is_empty() {
            let message = format!("The style {:?} was not put in. Give the style itself.", self.from);
            return Err(wrong("from", message));
        }
        Ok(())
    }
}

fn wrong(field: &str, message: String) -> StageError {
    StageError::invalid(format!("caption_style.{field}"), message).code("caption.style")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let default = CaptionStyle::default;
        assert!(default().validate().is_ok());
        let bad = [
            (CaptionStyle { scale: f64::NAN, ..default() }, "caption_style.scale"),
            (CaptionStyle { size: 0.5, ..default() }, "caption_style.size"),
            (CaptionStyle { outline: Some(-0.1), ..default() }, "caption_style.outline"),
            (CaptionStyle { lines: 5, ..default() }, "caption_style.lines"),
            (CaptionStyle { weight: 20, ..default() }, "caption_style.weight"),
            (CaptionStyle { from: "pop".into(), ..default() }, "caption_style.from"),
            (CaptionStyle { keywords: vec!["x".repeat(300)], ..default() }, "caption_style.keywords"),
        ];
        for (style, field) in bad {
            let error = style.validate().unwrap_err();
            assert_eq!((error.field.as_deref(), error.code.as_str()), (Some(field), "caption.style"));
        }
    }
}
