//! Languages of caption tracks: BCP 47 as people write it, ISO 639-2 as an MP4 has it.

use studio_plugin_sdk::error::{Result, StageError};

/// Codes of two letters and of three, the terminological ones.
const CODES: [(&str, &str); 74] = [
    ("af", "afr"),
    ("am", "amh"),
    ("ar", "ara"),
    ("az", "aze"),
    ("be", "bel"),
    ("bg", "bul"),
    ("bn", "ben"),
    ("bs", "bos"),
    ("ca", "cat"),
    ("cs", "ces"),
    ("cy", "cym"),
    ("da", "dan"),
    ("de", "deu"),
    ("el", "ell"),
    ("en", "eng"),
    ("eo", "epo"),
    ("es", "spa"),
    ("et", "est"),
    ("eu", "eus"),
    ("fa", "fas"),
    ("fi", "fin"),
    ("fr", "fra"),
    ("ga", "gle"),
    ("gl", "glg"),
    ("gu", "guj"),
    ("he", "heb"),
    ("hi", "hin"),
    ("hr", "hrv"),
    ("hu", "hun"),
    ("hy", "hye"),
    ("id", "ind"),
    ("is", "isl"),
    ("it", "ita"),
    ("ja", "jpn"),
    ("ka", "kat"),
    ("kk", "kaz"),
    ("km", "khm"),
    ("kn", "kan"),
    ("ko", "kor"),
    ("lo", "lao"),
    ("lt", "lit"),
    ("lv", "lav"),
    ("mk", "mkd"),
    ("ml", "mal"),
    ("mn", "mon"),
    ("mr", "mar"),
    ("ms", "msa"),
    ("my", "mya"),
    ("nb", "nob"),
    ("ne", "nep"),
    ("nl", "nld"),
    ("no", "nor"),
    ("pa", "pan"),
    ("pl", "pol"),
    ("pt", "por"),
    ("ro", "ron"),
    ("ru", "rus"),
    ("si", "sin"),
    ("sk", "slk"),
    ("sl", "slv"),
    ("sq", "sqi"),
    ("sr", "srp"),
    ("sv", "swe"),
    ("sw", "swa"),
    ("ta", "tam"),
    ("te", "tel"),
    ("th", "tha"),
    ("tl", "tgl"),
    ("tr", "tur"),
    ("uk", "ukr"),
    ("ur", "urd"),
    ("uz", "uzb"),
    ("vi", "vie"),
    ("zh", "zho"),
];

/// The code of three letters for a language; empty: not said.
///
/// # Errors
/// `caption.language`: it is no language, or none that is known here.
pub fn code(tag: &str, field: &str) -> Result<String> {
    let first = tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    if first.is_empty() {
        return Ok(first);
    }
    if first.len() == 3 && first.bytes().all(|b| b.is_ascii_lowercase()) {
        return Ok(first);
    }
    let known = CODES.iter().find(|(two, _)| *two == first).map(|(_, three)| (*three).to_owned());
    known.ok_or_else(|| {
        let message =
            format!("{tag:?} is no language that is known. Write it as `en` or `pt-BR`, or in three letters.");
        StageError::invalid(field, message).code("caption.language")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_get_the_code_that_files_have() {
        let code = |tag| code(tag, "language");
        assert_eq!(
            (code("").unwrap(), code("en").unwrap(), code("pt-BR").unwrap()),
            (String::new(), "eng".into(), "por".into())
        );
        assert_eq!((code("gsw").unwrap(), code("ZH_Hant").unwrap()), ("gsw".into(), "zho".into()));
        for bad in ["xx", "english", "e", "é"] {
            assert_eq!(code(bad).unwrap_err().field.as_deref(), Some("language"), "{bad}");
        }
    }
}
