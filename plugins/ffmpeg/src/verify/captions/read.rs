//! Reads SubRip and WebVTT. What cannot be read is counted, not refused: it is a finding.

use super::Cue;

/// What a caption file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The captions, as they follow one another in the file.
    pub cues: Vec<Cue>,
    /// Lines that are to be times and are none.
    pub unread: usize,
}

/// Reads a file of either kind.
pub fn file(text: &str) -> File {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut file = File::default();
    for block in text.split("\n\n") {
        let mut lines = block.lines().skip_while(|line| !line.contains("-->"));
        let Some(line) = lines.next() else { continue };
        match times(line) {
            Some((start, end)) => {
                let lines = lines.map(plain).filter(|line| !line.is_empty()).collect();
                file.cues.push(Cue { start, end, lines });
            }
            None => file.unread += 1,
        }
    }
    file
}

/// `00:00:01,200 --> 00:00:03,000`, with what WebVTT adds behind.
fn times(line: &str) -> Option<(f64, f64)> {
    let (start, rest) = line.split_once("-->")?;
    Some((stamp(start.trim())?, stamp(rest.split_whitespace().next()?)?))
}

/// `00:00:01,200`, `00:01.200`
fn stamp(text: &str) -> Option<f64> {
    let text = text.replace(',', ".");
    let mut seconds = 0.0;
    let parts: Vec<&str> = text.split(':').collect();
    for part in parts.iter().filter(|_| (2..=3).contains(&parts.len())) {
        let value: f64 = part.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0)?;
        seconds = seconds * 60.0 + value;
    }
    (2..=3).contains(&parts.len()).then_some(seconds)
}

/// A line without tags and with its escapes undone.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        match tag.split_once('>') {
            Some((_, after)) => rest = after,
            None => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_kinds_are_read() {
        let srt = "\u{feff}1\r\n00:00:01,200 --> 00:00:03,000\r\nTom <i>and</i>\r\nJo\r\n\r\n2\r\n01:00:00,000 --> x\r\nBad\r\n";
        let cue =
            |start, end, lines: &[&str]| Cue { start, end, lines: lines.iter().map(|l| (*l).to_owned()).collect() };
        assert_eq!(file(srt), File { cues: vec![cue(1.2, 3.0, &["Tom and", "Jo"])], unread: 1 });
        let vtt = "WEBVTT\n\nNOTE nothing\n\nid\n00:01.500 --> 00:02.000 line:10%\nA &amp; B &lt;c&gt;\n";
        assert_eq!(file(vtt), File { cues: vec![cue(1.5, 2.0, &["A & B <c>"])], unread: 0 });
        assert_eq!(file(""), File::default());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([0-9:,.<>& \n-]|-->){0,80}") {
            let read = file(&text);
            prop_assert!(read.cues.iter().all(|cue| cue.start.is_finite() && cue.end.is_finite()));
        }
    }
}
