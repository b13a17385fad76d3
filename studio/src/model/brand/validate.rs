//! Which kits can be: each wrong value is named by its field, with what to do.

use std::ops::RangeInclusive;

use studio_plugin_sdk::caption::CaptionLook;

use super::{BrandClip, BrandColors, BrandFile, BrandKit, BrandMark};

/// Longest tone of voice, and what it is for, in characters.
const MOST_TONE: usize = 4_000;
const MOST_HELP: usize = 400;
/// Longest name of a file, in bytes.
const MOST_FILE_NAME: usize = 200;

/// What is wrong with a brand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BrandError {
    /// The field to blame: `logo.height`.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl BrandError {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl<F> BrandKit<F> {
    /// Can it be?
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn validate(&self) -> Result<(), BrandError> {
        short("help", &self.help, MOST_HELP)?;
        short("tone", &self.tone, MOST_TONE)?;
        self.colors.validate()?;
        for (name, font) in [("heading", &self.fonts.heading), ("body", &self.fonts.body)] {
            let Some(font) = font else { continue };
            if font.family.is_empty() && font.file.is_none() {
                let message = "give a family or a file";
                return Err(BrandError::new(format!("fonts.{name}"), message));
            }
            short(&format!("fonts.{name}.family"), &font.family, 100)?;
        }
        for (name, mark) in [("logo", &self.logo), ("watermark", &self.watermark)] {
            mark.as_ref().map_or(Ok(()), |mark| mark.validate(name))?;
        }
        for (name, clip) in [("intro", &self.intro), ("outro", &self.outro)] {
            clip.as_ref().map_or(Ok(()), |clip: &BrandClip<F>| {
                within(&format!("{name}.seconds"), clip.seconds, 0.5..=120.0, "seconds")
            })?;
        }
        if let Some(music) = &self.music {
            within("music.gain_db", Some(music.gain_db), -40.0..=20.0, "dB")?;
            within("music.fade_in", Some(music.fade_in), 0.0..=60.0, "seconds")?;
            within("music.fade_out", Some(music.fade_out), 0.0..=60.0, "seconds")?;
        }
        match &self.captions {
            Some(CaptionLook::Style(style)) if style.font_file.is_some() => {
                Err(BrandError::new("captions.font_file", "name the file in fonts.body"))
            }
            Some(CaptionLook::Style(style)) => style.validate().map_err(|e| BrandError::new("captions", e.message)),
            Some(CaptionLook::Name(name)) => short("captions", name, 100),
            None => Ok(()),
        }
    }
}

impl BrandKit {
    /// Can it be, and are its files such as are kept?
    ///
    /// # Errors
    /// As [`Self::validate`]; and names of files that could be paths.
    pub fn validate_kept(&self) -> Result<(), BrandError> {
        self.validate()?;
        match self.files().find(|file| !file.is_plain()) {
            Some(file) => Err(BrandError::new("file", format!("{:?} is no name of a file", file.name))),
            None => Ok(()),
        }
    }
}

impl BrandFile {
    fn is_plain(&self) -> bool {
        let plain = |c: char| !c.is_control() && c != '/' && c != '\\';
        let name = &self.name;
        !name.is_empty() && name.len() <= MOST_FILE_NAME && !name.starts_with('.') && name.chars().all(plain)
    }
}

impl BrandColors {
    fn validate(&self) -> Result<(), BrandError> {
        let all = [
            ("primary", self.primary),
            ("secondary", self.secondary),
            ("accent", self.accent),
            ("background", self.background),
            ("text", self.text),
        ];
        match all.into_iter().find(|(_, color)| color.is_some_and(|color| color.alpha != u8::MAX)) {
            Some((name, _)) => Err(BrandError::new(format!("colors.{name}"), "write it as \"#rrggbb\"")),
            None => Ok(()),
        }
    }
}

impl<F> BrandMark<F> {
    fn validate(&self, name: &str) -> Result<(), BrandError> {
        within(&format!("{name}.height"), self.height, 0.02..=1.0, "of the shorter side")?;
        within(&format!("{name}.margin"), self.margin, 0.0..=0.3, "of the shorter side")?;
        within(&format!("{name}.opacity"), self.opacity, 0.0..=1.0, "of it")
    }
}

fn short(field: &str, text: &str, most: usize) -> Result<(), BrandError> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(BrandError::new(field, format!("{most} characters at most")))
}

fn within(field: &str, value: Option<f64>, range: RangeInclusive<f64>, unit: &str) -> Result<(), BrandError> {
    match value.filter(|value| !range.contains(value)) {
        None => Ok(()),
        Some(value) => {
            let message = format!("{value} cannot be; {} to {} {unit}", range.start(), range.end());
            Err(BrandError::new(field, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let kit: BrandKit<String> = toml::from_str(text).unwrap();
        kit.validate().unwrap_err().field
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (wrong, text) in [
            ("colors.accent", "colors.accent = \"#11223344\""),
            ("fonts.body", "fonts.body = {}"),
            ("logo.height", "logo = { file = \"a.png\", height = 0.0 }"),
            ("watermark.opacity", "watermark = { file = \"a.png\", opacity = 1.1 }"),
            ("logo.margin", "logo = { file = \"a.png\", margin = nan }"),
            ("intro.seconds", "intro = { file = \"a.png\", seconds = 0.1 }"),
            ("music.gain_db", "music = { file = \"a.mp3\", gain_db = 99 }"),
            ("captions", "captions = { size = 3.0 }"),
        ] {
            assert_eq!(field(text), wrong, "{text}");
        }
        let long = format!("tone = \"{}\"", "x".repeat(MOST_TONE + 1));
        assert_eq!(field(&long), "tone");
        for text in ["colors.accent = \"red\"", "colour = 1", "logo = {}", "logo = { file = \"a\", corner = \"left\" }"]
        {
            assert!(toml::from_str::<BrandKit<String>>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_kept_files_are_no_paths() {
        let kit = |name: &str| {
            let kit: BrandKit<String> = toml::from_str("logo = { file = \"a.png\" }").unwrap();
            kit.with_files(|_, _, _| Ok::<_, ()>(BrandFile { name: name.into(), ..BrandFile::default() })).unwrap()
        };
        assert!(kit("logo.png").validate_kept().is_ok());
        for bad in ["", "../logo.png", "/etc/passwd", ".hidden", "a\\b", "a\nb"] {
            assert!(kit(bad).validate_kept().is_err(), "{bad:?}");
        }
    }
}
