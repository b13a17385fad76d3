//! Lines of bytes, with a limit: one that is too long is told and left out, and the next one is read as usual.

use std::io;

use bytes::{Buf, BytesMut};
use tokio_util::codec::Decoder;

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end.
    Whole(BytesMut),
    /// One that is longer than the limit.
    TooLong,
}

/// Reads lines of at most `most` bytes. Empty ones are left out, and so is a last one that has no end.
#[derive(Debug)]
pub struct Lines {
    /// The limit, in bytes.
    pub most: usize,
    /// Bytes that were looked at and hold no end.
    seen: usize,
    skipping: bool,
}

impl Lines {
    /// With a limit in bytes.
    pub fn new(most: usize) -> Self {
        Self { most, seen: 0, skipping: false }
    }
}

impl Decoder for Lines {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Line>> {
        loop {
            let end = bytes[self.seen..].iter().position(|b| *b == b'\n').map(|at| self.seen + at);
            let Some(end) = end else {
                if self.skipping || bytes.len() > self.most {
                    let told = std::mem::replace(&mut self.skipping, true);
                    bytes.clear();
                    self.seen = 0;
                    return Ok((!told).then_some(Line::TooLong));
                }
                self.seen = bytes.len();
                return Ok(None);
            };
            let mut line = bytes.split_to(end);
            bytes.advance(1);
            self.seen = 0;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if line.len() > self.most {
                return Ok(Some(Line::TooLong));
            }
            if line.last() == Some(&b'\r') {
                line.truncate(line.len() - 1);
            }
            if !line.is_empty() {
                return Ok(Some(Line::Whole(line)));
            }
        }
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Line>> {
        let line = self.decode(bytes)?;
        if line.is_none() {
            bytes.clear();
            self.seen = 0;
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All lines of bytes that come in these pieces.
    fn read(pieces: &[&[u8]], most: usize) -> Vec<Line> {
        let (mut lines, mut bytes, mut found) = (Lines::new(most), BytesMut::new(), Vec::new());
        for piece in pieces {
            bytes.extend_from_slice(piece);
            while let Some(line) = lines.decode(&mut bytes).unwrap() {
                found.push(line);
            }
            assert!(bytes.len() <= most, "more is held than a line may have");
        }
        while let Some(line) = lines.decode_eof(&mut bytes).unwrap() {
            found.push(line);
        }
        assert!(bytes.is_empty());
        found
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.into())
    }

    #[test]
    fn lines_are_cut_and_long_ones_left_out() {
        assert_eq!(read(&[b"a\n\r\n\nbc\r\nhalf"], 8), [whole("a"), whole("bc")]);
        assert_eq!(read(&[b"123456789", b"0\nnext\n"], 8), [Line::TooLong, whole("next")]);
        assert_eq!(read(&[b"1234567890\nnext\n"], 8), [Line::TooLong, whole("next")]);
        assert_eq!(read(&[b"123456789", b"123456789", b"123456789\n", b"x\n"], 8), [Line::TooLong, whole("x")]);
        assert_eq!(read(&[b"\xff\xfe\n"], 8), [Line::Whole((&b"\xff\xfe"[..]).into())]);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_up_changes_nothing(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(0_usize..200, 0..8),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|c| c.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            let lines = read(&pieces, 16);
            let expected: Vec<_> = bytes
                .split_inclusive(|b| *b == b'\n')
                .filter_map(|line| match line.strip_suffix(b"\n") {
                    Some(line) if line.len() > 16 => Some(Line::TooLong),
                    Some(line) => {
                        let line = line.strip_suffix(b"\r").unwrap_or(line);
                        (!line.is_empty()).then(|| Line::Whole(line.into()))
                    }
                    // Without an end it counts only where it is too long.
                    None => (line.len() > 16).then_some(Line::TooLong),
                })
                .collect();
            prop_assert_eq!(lines, expected);
        }
    }
}
