//! Languages as files name them: three letters of ISO 639-2 for the two of a BCP 47 tag.

const CODES: [(&str, &str); 48] = [
    ("af", "afr"),
    ("ar", "ara"),
    ("bg", "bul"),
    ("bn", "ben"),
    ("ca", "cat"),
    ("cs", "cze"),
    ("cy", "wel"),
    ("da", "dan"),
    ("de", "ger"),
    ("el", "gre"),
    ("en", "eng"),
    ("es", "spa"),
    ("et", "est"),
    ("eu", "baq"),
    ("fa", "per"),
    ("fi", "fin"),
    ("fr", "fre"),
    ("ga", "gle"),
    ("gl", "glg"),
    ("he", "heb"),
    ("hi", "hin"),
    ("hr", "hrv"),
    ("hu", "hun"),
    ("id", "ind"),
    ("is", "ice"),
    ("it", "ita"),
    ("ja", "jpn"),
    ("ko", "kor"),
    ("lt", "lit"),
    ("lv", "lav"),
    ("ms", "may"),
    ("nl", "dut"),
    ("no", "nor"),
    ("pl", "pol"),
    ("pt", "por"),
    ("ro", "rum"),
    ("ru", "rus"),
    ("sk", "slo"),
    ("sl", "slv"),
    ("sr", "srp"),
    ("sv", "swe"),
    ("sw", "swa"),
    ("ta", "tam"),
    ("th", "tha"),
    ("tr", "tur"),
    ("uk", "ukr"),
    ("vi", "vie"),
    ("zh", "chi"),
];

/// Three letters for a BCP 47 tag; empty: not known.
pub fn code(tag: &str) -> &str {
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    let known = CODES.iter().find(|(two, three)| first.eq_ignore_ascii_case(two) || first.eq_ignore_ascii_case(three));
    known.map_or("", |(_, three)| three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_three_letters() {
        assert_eq!([code("en"), code("pt-BR"), code("ger"), code("x"), code("")], ["eng", "por", "ger", "", ""]);
    }
}
