//! Models: those that are asked where neither a request nor the settings name one, and what a model can do, as far as
//! its name tells. Names come and go; people set theirs in `config.toml` (`[plugins.openai.llm] model = "…"`).

/// Text.
pub(crate) const LLM: &str = "gpt-5.4-mini";
/// Speech.
pub(crate) const TTS: &str = "gpt-4o-mini-tts";
/// A voice that all speech models have.
pub(crate) const VOICE: &str = "alloy";
/// Pictures.
pub(crate) const IMAGE: &str = "gpt-image-1.5";
/// Transcripts. The only one that says when each word is heard.
pub(crate) const ASR: &str = "whisper-1";
/// Transcripts that tell speakers apart.
pub(crate) const ASR_SPEAKERS: &str = "gpt-4o-transcribe-diarize";

/// Does a speech model take directions how to speak?
pub(crate) fn takes_directions(tts: &str) -> bool {
    !tts.starts_with("tts-1")
}

/// In which form a transcript can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// With the time of every word.
    Words,
    /// With who says what when.
    Speakers,
    /// Text alone.
    Text,
}

/// The best form that a model can give.
pub(crate) fn form(asr: &str) -> Form {
    match asr {
        _ if asr.contains("diarize") => Form::Speakers,
        _ if asr.starts_with("gpt-") => Form::Text,
        _ => Form::Words,
    }
}

/// What a picture model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// 1024 × 1024, 1536 × 1024, 1024 × 1536.
    Three,
    /// 1024 × 1024, 1792 × 1024, 1024 × 1792.
    Wide,
    /// 1024 × 1024.
    Square,
    /// Any, in steps of 16 pixels.
    Any,
}

/// Sizes of a picture model.
pub(crate) fn sizes(image: &str) -> Sizes {
    match image {
        _ if image.starts_with("dall-e-2") => Sizes::Square,
        _ if image.starts_with("dall-e-3") => Sizes::Wide,
        _ if image.starts_with("gpt-image-1") => Sizes::Three,
        _ => Sizes::Any,
    }
}

/// Longest prompt of a picture model, in characters.
pub(crate) fn longest_prompt(image: &str) -> usize {
    match image {
        _ if image.starts_with("dall-e-2") => 1_000,
        _ if image.starts_with("dall-e-3") => 4_000,
        _ => 32_000,
    }
}

/// Must a picture model be told to answer with the picture itself? Those that always do refuse to be told.
pub(crate) fn asks_for_base64(image: &str) -> bool {
    !image.starts_with("gpt-image")
}
