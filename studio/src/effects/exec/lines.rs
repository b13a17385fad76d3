//! Turns a program's output into lines, tails and progress, in bounded memory whatever it writes. Pure.

use std::collections::VecDeque;

use studio_plugin_sdk::wire::ProgressLines;

/// Longer lines are cut.
const LINE_MAX: usize = 64 << 10;

/// Splits bytes into lines at `\n`, `\r` and `\r\n`.
#[derive(Default)]
pub(super) struct Splitter {
    line: Vec<u8>,
    after_return: bool,
}

impl Splitter {
    /// Hands each finished line to `each`.
    pub(super) fn feed(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(String)) {
        while let Some(at) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) {
            self.keep(&bytes[..at]);
            let second_half = bytes[at] == b'\n' && at == 0 && self.after_return && self.line.is_empty();
            if !second_half {
                each(self.take());
            }
            self.after_return = bytes[at] == b'\r';
            bytes = &bytes[at + 1..];
        }
        self.keep(bytes);
    }

    /// Hands over what stands after the last line end.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(String)) {
        if !self.line.is_empty() {
            each(self.take());
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.after_return = false;
        }
        let room = LINE_MAX - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn take(&mut self) -> String {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        line
    }
}

/// The last bytes of a stream.
pub(super) struct Tail {
    bytes: VecDeque<u8>,
    max: usize,
    cut: bool,
}

impl Tail {
    pub(super) fn new(max: usize) -> Self {
        Self { bytes: VecDeque::new(), max, cut: false }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.cut |= bytes.len() > self.max;
        let bytes = &bytes[bytes.len().saturating_sub(self.max)..];
        let over = (self.bytes.len() + bytes.len()).saturating_sub(self.max);
        self.cut |= over > 0;
        self.bytes.drain(..over);
        self.bytes.extend(bytes);
    }

    /// As text; a character that the cut went through is left out.
    pub(super) fn text(mut self) -> String {
        if self.cut {
            let torn = self.bytes.iter().take(3).take_while(|b| **b & 0xc0 == 0x80).count();
            self.bytes.drain(..torn);
        }
        String::from_utf8_lossy(self.bytes.make_contiguous()).into_owned()
    }
}

/// How far a program is, by a line of its output: 0 to 1.
pub(super) fn progress(line: &str, wanted: &ProgressLines) -> Option<f64> {
    let number = line.trim().strip_prefix(wanted.key.as_str())?.trim_start().strip_prefix('=')?;
    let done: f64 = number.trim().parse().ok()?;
    let part = done / wanted.total;
    part.is_finite().then(|| part.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        for chunk in chunks {
            splitter.feed(chunk, &mut |line| lines.push(line));
        }
        splitter.end(&mut |line| lines.push(line));
        lines
    }

    #[test]
    fn all_line_ends_count_once_across_chunks() {
        assert_eq!(split(&[b"a\nb\rc\r\nd"]), ["a", "b", "c", "d"]);
        assert_eq!(split(&[b"a\r", b"\nb"]), ["a", "b"]);
        assert_eq!(split(&[b"a\r", b"b\n"]), ["a", "b"]);
        assert_eq!(split(&[b"\n\nx\n"]), ["", "", "x"]);
        assert_eq!(split(&[b"\xff\n"]), ["\u{fffd}"]);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let mut splitter = Splitter::default();
        for _ in 0..100 {
            splitter.feed(&[b'x'; 10_000], &mut |_| panic!("no line has ended"));
        }
        assert_eq!(splitter.line.len(), LINE_MAX);
    }

    proptest! {
        #[test]
        fn chunking_changes_nothing(bytes in prop::collection::vec(prop::sample::select(&b"ab\r\n"[..]), 0..40), at in 0_usize..40) {
            let at = at.min(bytes.len());
            prop_assert_eq!(split(&[&bytes]), split(&[&bytes[..at], &bytes[at..]]));
        }

        #[test]
        fn a_tail_is_the_end(chunks in prop::collection::vec("[a-zé]{0,20}", 0..20), max in 4_usize..40) {
            let mut tail = Tail::new(max);
            for chunk in &chunks {
                tail.feed(chunk.as_bytes());
            }
            let text = tail.text();
            prop_assert!(text.len() <= max && chunks.concat().ends_with(&text), "{}", text);
        }
    }

    #[test]
    fn progress_is_read_from_its_own_key_only() {
        let wanted = ProgressLines { key: "frame".into(), total: 200.0 };
        assert_eq!(progress("frame=50", &wanted), Some(0.25));
        assert_eq!(progress(" frame = 500 ", &wanted), Some(1.0));
        for other in ["frames=50", "fps=50", "frame=", "frame=N/A", "frame=NaN", "frame", "dropframe=1"] {
            assert_eq!(progress(other, &wanted), None, "{other}");
        }
    }
}
