//! Which voice speaks, how fast and how high, in espeak-ng's own terms. Called by the stage before anything
//! runs; pure.

use studio_plugin_sdk::prelude::*;

/// Of the stock voices, a speech recogniser mistook this one least.
const DEFAULT: &str = "en-us";
/// Words a minute at speed 1: with espeak-ng's own pauses 162 words of prose a minute.
const WORDS_A_MINUTE: f64 = 145.0;
/// What espeak-ng can do.
const SLOWEST: f64 = 80.0;
const FASTEST: f64 = 450.0;

/// Languages whose voice has another name than their BCP 47 tag.
const NAMES: [(&str, &str); 11] = [
    ("en", DEFAULT),
    ("fr", "fr-fr"),
    ("zh", "cmn"),
    ("zh-hk", "yue"),
    ("zh-yue", "yue"),
    ("no", "nb"),
    ("nn", "nb"),
    ("iw", "he"),
    ("in", "id"),
    ("mo", "ro"),
    ("fil", "id"),
];

/// Who asked for the voice: the field that is to blame where it does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Voices {
    /// In order of liking; never empty.
    pub names: Vec<String>,
    /// `voice` or `language`.
    pub field: &'static str,
}

impl Voices {
    /// The voice asked for, or else those that speak the language.
    pub(crate) fn of(req: &SpeechRequest) -> Result<Self> {
        if let Some(voice) = req.voice.as_deref().map(str::trim).filter(|v| !v.is_empty()) {
            check(voice, "voice")?;
            return Ok(Self { names: vec![voice.to_string()], field: "voice" });
        }
        let Some(language) = req.language.as_deref().map(str::trim).filter(|l| !l.is_empty()) else {
            return Ok(Self { names: vec![DEFAULT.to_string()], field: "voice" });
        };
        check(language, "language")?;
        Ok(Self { names: for_language(language), field: "language" })
    }

    /// The error where none of them exists.
    pub(crate) fn missing(&self) -> StageError {
        let what = self.names.join(", ");
        let message = format!("espeak-ng has no voice {what}; `espeak-ng --voices` lists those it has");
        StageError::invalid(self.field, message).code("espeak.voice")
    }

    /// Is what they speak English, as far as the names tell?
    pub(crate) fn english(&self) -> bool {
        self.names.iter().any(|name| name.to_ascii_lowercase().starts_with("en"))
    }
}

/// Names become arguments and parts of paths: nothing but what names are made of.
fn check(name: &str, field: &str) -> Result<()> {
    let sane = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | ' ');
    if name.len() <= 60 && name.chars().all(sane) && name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let message = "this is no name of an espeak-ng voice: write one like en-us, de, or en-gb+f2 (`espeak-ng --voices`)";
    Err(StageError::invalid(field, message).code("espeak.voice"))
}

/// Voices for a BCP 47 tag, from the whole tag to its language alone.
fn for_language(tag: &str) -> Vec<String> {
    let mut tag = tag.to_ascii_lowercase().replace('_', "-");
    let mut names: Vec<String> = Vec::new();
    loop {
        let named = NAMES.iter().find(|(from, _)| *from == tag).map(|(_, to)| (*to).to_string());
        for name in named.into_iter().chain([tag.clone()]) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match tag.rfind('-') {
            Some(at) => tag.truncate(at),
            None => return names,
        }
    }
}

/// Words a minute for `-s`. Beyond what espeak-ng can do it stays at its slowest or fastest.
pub(crate) fn rate(speed: f64) -> Result<u32> {
    if !(0.25..=4.0).contains(&speed) {
        return Err(StageError::invalid("speed", "the speed is a factor from 0.25 to 4; 1 is the voice's own"));
    }
    Ok((WORDS_A_MINUTE * speed).round().clamp(SLOWEST, FASTEST) as u32)
}

/// Semitones as `-p`: 50 is the voice's own pitch, and espeak-ng's table doubles the frequency every 50 steps,
/// so a semitone is 50/12 of a step; 99 is its end.
pub(crate) fn pitch(semitones: f64) -> Result<u32> {
    if !(-12.0..=12.0).contains(&semitones) {
        return Err(StageError::invalid("pitch", "the pitch is in semitones from -12 to 12; 0 is the voice's own"));
    }
    Ok((50.0 + semitones * 50.0 / 12.0).round().clamp(0.0, 99.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(voice: Option<&str>, language: Option<&str>) -> Result<Voices> {
        let mut request = json!({"text": "x"});
        request["voice"] = json!(voice);
        request["language"] = json!(language);
        Voices::of(&serde_json::from_value(request).unwrap())
    }

    #[test]
    fn a_language_falls_back_from_its_region() {
        assert_eq!(asked(None, Some("de-AT")).unwrap().names, ["de-at", "de"]);
        assert_eq!(asked(None, Some("zh-Hant-HK")).unwrap().names, ["zh-hant-hk", "zh-hant", "cmn", "zh"]);
        assert_eq!(asked(None, Some("en")).unwrap().names, ["en-us", "en"]);
        assert_eq!(asked(None, None).unwrap().names, ["en-us"]);
        assert_eq!(asked(Some("en-gb+f2"), Some("de")).unwrap().names, ["en-gb+f2"]);
    }

    #[test]
    fn what_is_no_name_is_refused_by_field() {
        for name in ["../../etc/passwd", "-v", "en;ls", "é"] {
            assert_eq!(asked(Some(name), None).unwrap_err().field.as_deref(), Some("voice"), "{name}");
            assert_eq!(asked(None, Some(name)).unwrap_err().field.as_deref(), Some("language"), "{name}");
        }
    }

    #[test]
    fn speed_and_pitch_are_on_its_scales() {
        assert_eq!((rate(1.0).unwrap(), rate(2.0).unwrap()), (145, 290));
        assert_eq!((rate(0.25).unwrap(), rate(4.0).unwrap()), (80, 450));
        assert_eq!((pitch(0.0).unwrap(), pitch(-12.0).unwrap(), pitch(12.0).unwrap()), (50, 0, 99));
        for bad in [0.2, 4.1, f64::NAN, f64::INFINITY] {
            assert_eq!(rate(bad).unwrap_err().field.as_deref(), Some("speed"));
        }
        assert_eq!(pitch(13.0).unwrap_err().field.as_deref(), Some("pitch"));
    }
}
