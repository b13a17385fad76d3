//! Takes secrets out of what a server says, as it streams by. Pure; everything that reaches a guest, a log
//! or the disk goes through here.

use std::sync::Arc;

use super::forms::{self, Match};
use zeroize::Zeroizing;

/// The secrets to look for.
pub(super) struct Secrets {
    forms: Vec<Form>,
    /// By the byte they may begin with: few bytes of a body begin any.
    by_first: Vec<Vec<usize>>,
}

struct Form {
    mark: Arc<str>,
    text: Zeroizing<Vec<u8>>,
}

impl Secrets {
    /// From names and texts.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut forms = Vec::new();
        for (name, text) in secrets {
            let mark: Arc<str> = format!("[secret:{name}]").into();
            forms.extend(forms::forms(text.as_bytes()).into_iter().map(|text| Form { mark: Arc::clone(&mark), text }));
        }
        let begun_by = |byte| (0..forms.len()).filter(|i| forms::may_begin(&forms[*i].text, byte)).collect();
        let by_first = (0..=255).map(begun_by).collect();
        Self { forms, by_first }
    }

    /// Text with every secret in it replaced.
    pub fn clean(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.clean_bytes(text.as_bytes())).into_owned()
    }

    /// Is one of them in it?
    pub fn are_in(&self, text: &str) -> bool {
        self.clean_bytes(text.as_bytes()) != text.as_bytes()
    }

    fn clean_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        self.pass(bytes, true, &mut out);
        out
    }

    /// Copies `bytes` to `out` without secrets; gives how many were dealt with. Unless they are the last,
    /// those from which a secret may begin are left for when more is known.
    fn pass(&self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> usize {
        let mut done = 0;
        while let Some(skip) = bytes[done..].iter().position(|b| !self.by_first[usize::from(*b)].is_empty()) {
            let at = done + skip;
            out.extend_from_slice(&bytes[done..at]);
            done = at;
            match self.at(&bytes[at..], last) {
                Found::Open => return done,
                Found::Nothing => {
                    out.push(bytes[at]);
                    done = at + 1;
                }
                Found::Secret(form, length) => match self.overlapped(&bytes[at..], length, last) {
                    None => return done,
                    Some(length) => {
                        out.extend_from_slice(form.mark.as_bytes());
                        done = at + length;
                    }
                },
            }
        }
        out.extend_from_slice(&bytes[done..]);
        bytes.len()
    }

    fn at(&self, bytes: &[u8], last: bool) -> Found<'_> {
        let mut found = Found::Nothing;
        let first = bytes.first().map_or(0, |b| usize::from(*b));
        for form in self.by_first[first].iter().map(|i| &self.forms[*i]) {
            match forms::find(&form.text, bytes, last) {
                Match::No => {}
                Match::Open => return Found::Open,
                Match::Here(length) => {
                    if !matches!(found, Found::Secret(_, longest) if longest >= length) {
                        found = Found::Secret(form, length);
                    }
                }
            }
        }
        found
    }

    /// The length up to the end of the last secret that begins inside one of `length`; none: not known yet.
    fn overlapped(&self, bytes: &[u8], mut length: usize, last: bool) -> Option<usize> {
        let mut at = 1;
        while at < length {
            match self.at(&bytes[at..], last) {
                Found::Open => return None,
                Found::Nothing => {}
                Found::Secret(_, more) => length = length.max(at + more),
            }
            at += 1;
        }
        Some(length)
    }
}

enum Found<'a> {
    Nothing,
    Open,
    Secret(&'a Form, usize),
}

/// One stream of bytes being cleaned.
pub(super) struct Scrubber {
    secrets: Arc<Secrets>,
    held: Zeroizing<Vec<u8>>,
}

impl Scrubber {
    /// For one body.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, held: Zeroizing::new(Vec::new()) }
    }

    /// Takes bytes in; appends to `out` what is known to be clean.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let done = self.secrets.pass(bytes, false, out);
            self.held.extend_from_slice(&bytes[done..]);
            return;
        }
        self.held.extend_from_slice(bytes);
        let done = self.secrets.pass(&self.held, false, out);
        self.held.drain(..done);
    }

    /// The end: appends what was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.secrets.pass(&self.held, true, out);
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "sk-Live/0123+45=67";

    fn secrets() -> Arc<Secrets> {
        Arc::new(Secrets::new([("openai", KEY), ("other", "sk-Live/0123+45=67-and-more")]))
    }

    fn in_pieces(text: &[u8], cuts: &[usize]) -> Vec<u8> {
        let (mut scrubber, mut out, mut from) = (Scrubber::new(secrets()), Vec::new(), 0);
        let mut cuts: Vec<usize> = cuts.iter().map(|c| c % (text.len() + 1)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            scrubber.push(&text[from..cut], &mut out);
            from = cut;
        }
        scrubber.push(&text[from..], &mut out);
        scrubber.finish(&mut out);
        out
    }

    fn percent_all(text: &str) -> String {
        text.bytes().fold(String::new(), |s, b| s + &format!("%{b:02x}"))
    }

    fn echoes() -> Vec<String> {
        vec![
            KEY.to_owned(),
            STANDARD.encode(KEY),
            STANDARD.encode(format!("user:{KEY}")),
            percent_all(KEY),
            KEY.replace('/', "\\/"),
            KEY.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            KEY.bytes().fold(String::new(), |s, b| s + &format!("\\u{b:04X}")),
            KEY.bytes().fold(String::new(), |s, b| s + &format!("{b:02x}")),
        ]
    }

    #[test]
    fn the_longest_of_two_secrets_and_overlaps_go_whole() {
        let s = secrets();
        assert_eq!(s.clean(&format!("x{KEY}-and-more!")), "x[secret:other]!");
        assert_eq!(s.clean(&format!("x{KEY}-and!")), "x[secret:openai]-and!");
        let s = Secrets::new([("a", "aaaabbbb"), ("b", "bbbbcccc")]);
        assert_eq!(s.clean("aaaabbbbcccc"), "[secret:a]");
        assert_eq!(Secrets::new([]).clean("any %41 text \\"), "any %41 text \\");
    }

    #[test]
    fn json_that_echoes_stays_json() {
        let text = serde_json::json!({ "message": format!("bad key: {KEY}"), "n": 1 }).to_string();
        let clean: serde_json::Value = serde_json::from_str(&secrets().clean(&text)).unwrap();
        assert_eq!(clean["message"], "bad key: [secret:openai]");
    }

    proptest! {
        #[test]
        fn no_echo_survives_any_cutting(
            before in "[ -~]{0,12}", after in "[ -~]{0,12}", which in 0usize..8, cuts in prop::collection::vec(any::<usize>(), 0..24),
        ) {
            let echo = &echoes()[which];
            let out = in_pieces(format!("{before} {echo} {after}").as_bytes(), &cuts);
            let text = String::from_utf8(out).unwrap();
            prop_assert!(!text.contains(echo.as_str()), "{}", text);
            prop_assert!(text.contains("[secret:openai]"), "{}", text);
            prop_assert!(text.starts_with(&before) && text.ends_with(&after), "{}", text);
        }

        #[test]
        fn bytes_without_a_secret_pass_unchanged(bytes: Vec<u8>, cuts in prop::collection::vec(any::<usize>(), 0..8)) {
            prop_assert_eq!(in_pieces(&bytes, &cuts), bytes);
        }

        #[test]
        fn cutting_changes_nothing(parts in prop::collection::vec("(sk-Live/0123\\+45=67|-and|sk-|%73|\\\\u0073|[a-z]){0,6}", 0..6), cuts in prop::collection::vec(any::<usize>(), 0..24)) {
            let text = parts.concat();
            prop_assert_eq!(in_pieces(text.as_bytes(), &cuts), in_pieces(text.as_bytes(), &[]));
        }

        #[test]
        fn little_is_held_back(bytes in prop::collection::vec(prop::sample::select(b"sk-Live/01%\\u&+;2".to_vec()), 0..4000)) {
            let mut scrubber = Scrubber::new(secrets());
            scrubber.push(&bytes, &mut Vec::new());
            prop_assert!(scrubber.held.len() < 1000, "{}", scrubber.held.len());
        }
    }
}
