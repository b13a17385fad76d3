//! Recognising a secret in the forms in which an answer may echo it: as it is, in base64 (alone or inside a
//! longer text) or hex, each with any mix of percent, JSON and HTML escapes. Pure; used by `scrub` alone.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Nothing.
    No,
    /// It may begin here; what follows decides.
    Open,
    /// It is here, in that many bytes.
    Here(usize),
}

/// Every text that gives the secret away. The secret is ASCII, and long enough that none occurs by chance.
pub(super) fn forms(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = vec![Zeroizing::new(secret.to_vec())];
    for before in 0..3 {
        forms.push(base64_core(&STANDARD_NO_PAD, before, secret));
        forms.push(base64_core(&URL_SAFE_NO_PAD, before, secret));
    }
    let hex = |upper: bool| {
        let digit = |n: u8| char::from_digit(n.into(), 16).map_or(b'0', |c| c as u8);
        let pair = |b: &u8| [digit(b >> 4), digit(b & 15)];
        let text: Vec<u8> = secret.iter().flat_map(pair).collect();
        Zeroizing::new(if upper { text.to_ascii_uppercase() } else { text })
    };
    forms.push(hex(false));
    forms.push(hex(true));
    forms.sort_by(|a, b| a.as_slice().cmp(b.as_slice()));
    forms.dedup();
    forms
}

/// The characters of base64 that the secret alone determines when it stands after `before` (mod 3) other bytes.
fn base64_core(engine: &impl Engine, before: usize, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(vec![0; before]);
    padded.extend_from_slice(secret);
    let text = Zeroizing::new(engine.encode(padded.as_slice()).into_bytes());
    let first = (before * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    Zeroizing::new(text[first..end].to_vec())
}

/// Most backslashes before one character: JSON in JSON in JSON.
const MOST_BACKSLASHES: usize = 8;
/// Longest HTML entity looked at.
const LONGEST_ENTITY: usize = 10;

/// May a form begin with this byte?
pub(super) fn may_begin(form: &[u8], byte: u8) -> bool {
    form.first() == Some(&byte) || is_escape(byte)
}

fn is_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'+')
}

/// Is `form` at the start of `at`, escaped or not? The longest way counts; `last`: nothing follows `at`.
pub(super) fn find(form: &[u8], at: &[u8], last: bool) -> Match {
    let plain = form.iter().zip(at).take_while(|(f, a)| f == a).count();
    match at.get(plain) {
        _ if plain == form.len() => return Match::Here(plain),
        None => return if last { Match::No } else { Match::Open },
        Some(b) if !is_escape(*b) && !at[..plain].iter().any(|b| is_escape(*b)) => return Match::No,
        Some(_) => {}
    }
    // Most escapes begin nothing: seen before anything is allocated.
    let mut begun = false;
    if !step(form[0], at, &mut |_| begun = true) && !begun {
        return Match::No;
    }
    let (mut open, mut places) = (false, vec![0]);
    for want in form {
        let mut next = Vec::with_capacity(places.len());
        for place in places {
            open |= step(*want, &at[place..], &mut |length| {
                if !next.contains(&(place + length)) {
                    next.push(place + length);
                }
            });
        }
        places = next;
        if places.is_empty() {
            return if open && !last { Match::Open } else { Match::No };
        }
    }
    if open && !last { Match::Open } else { places.into_iter().max().map_or(Match::No, Match::Here) }
}

/// Gives the lengths of every way in which `at` begins with one character; true: what follows may make one more.
fn step(want: u8, at: &[u8], hit: &mut dyn FnMut(usize)) -> bool {
    let Some(&first) = at.first() else { return true };
    if first == want || (want == b' ' && first == b'+') {
        hit(1);
    }
    match first {
        b'%' => percent(want, at, hit),
        b'\\' => backslash(want, at, hit),
        b'&' => entity(want, at, hit),
        _ => false,
    }
}

fn percent(want: u8, at: &[u8], hit: &mut dyn FnMut(usize)) -> bool {
    let digits = &at[1..at.len().min(3)];
    if digits.len() == 2 && number(digits, 16) == Some(want.into()) {
        hit(3);
    }
    digits.len() < 2 && digits.iter().all(u8::is_ascii_hexdigit)
}

fn backslash(want: u8, at: &[u8], hit: &mut dyn FnMut(usize)) -> bool {
    let run = at.iter().take(MOST_BACKSLASHES).take_while(|b| **b == b'\\').count();
    if want == b'\\' {
        for length in [2, 4, 8] {
            if length <= run {
                hit(length);
            }
        }
    }
    match at.get(run) {
        None => run < MOST_BACKSLASHES,
        Some(b'u') => {
            let digits = &at[run + 1..at.len().min(run + 5)];
            if digits.len() == 4 && number(digits, 16) == Some(want.into()) {
                hit(run + 5);
            }
            digits.len() < 4 && digits.iter().all(u8::is_ascii_hexdigit)
        }
        Some(b) if *b == want && want != b'\\' => {
            hit(run + 1);
            false
        }
        Some(_) => false,
    }
}

fn entity(want: u8, at: &[u8], hit: &mut dyn FnMut(usize)) -> bool {
    let window = &at[1..at.len().min(LONGEST_ENTITY)];
    let Some(end) = window.iter().position(|b| *b == b';') else {
        return window.len() < LONGEST_ENTITY - 1 && window.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'#');
    };
    let meant = match &window[..end] {
        b"amp" => Some(u32::from(b'&')),
        b"lt" => Some(u32::from(b'<')),
        b"gt" => Some(u32::from(b'>')),
        b"quot" => Some(u32::from(b'"')),
        b"apos" => Some(u32::from(b'\'')),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    };
    if meant == Some(want.into()) {
        hit(end + 2);
    }
    false
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_found_through_every_escape() {
        let secret = br#"a/b+c"d\e &f"#;
        for text in [
            r#"a/b+c"d\e &f"#,
            r"a%2Fb%2bc%22d%5Ce+%26f",
            r#"a\/b+c\"d\\e &f"#,
            r#"a\\\/b+c\\\"d\\\\e &f"#,
            r"a/b+c&quot;d\e &amp;f",
            r"\u0061\u002fb+c&#34;d&#x5c;e%20&f",
            r"%61\u002Fb%2Bc\u0022d\\e &amp;f",
        ] {
            assert_eq!(find(secret, text.as_bytes(), true), Match::Here(text.len()), "{text}");
            for cut in 1..text.len() {
                assert_eq!(find(secret, &text.as_bytes()[..cut], false), Match::Open, "{}", &text[..cut]);
                assert_eq!(find(secret, &text.as_bytes()[..cut], true), Match::No, "{}", &text[..cut]);
            }
        }
        for text in ["a/b-", "a%2", "a%2x", r"a\u002g", "a&amp;", "b"] {
            let got = find(secret, format!("{text}~~~~~~~~~~~~").as_bytes(), false);
            assert_eq!(got, Match::No, "{text}");
        }
    }

    #[test]
    fn base64_gives_it_away_at_every_place_in_a_longer_text() {
        let secret = b"sk-live-0123456789";
        for before in ["", "x", "xy", "user:", "user12:"] {
            for after in ["", "1", "22", "more text"] {
                let text = STANDARD_NO_PAD.encode(format!("{before}sk-live-0123456789{after}"));
                let found = forms(secret)
                    .iter()
                    .any(|f| (0..text.len()).any(|i| matches!(find(f, &text.as_bytes()[i..], true), Match::Here(_))));
                assert!(found, "{before} {after} {text}");
            }
        }
    }

    #[test]
    fn at_the_end_a_form_that_might_have_gone_on_is_still_found() {
        assert_eq!(find(br"ab\", br"\u0061b\\", false), Match::Open);
        assert!(matches!(find(br"ab\", br"\u0061b\\", true), Match::Here(_)));
    }

    #[test]
    fn a_secret_of_backslashes_takes_no_exponential_time() {
        let secret = [b'\\'; 64];
        let text = vec![b'\\'; 4096];
        assert!(matches!(find(&secret, &text, true), Match::Here(_)));
        let mut other = secret.to_vec();
        other.push(b'x');
        assert_eq!(find(&other, &text, true), Match::No);
    }
}
