//! AAC as a row of packets, each with a head that says how long it is: cut without decoding, and joined as it is.

use std::ops::Range;

/// Bytes of a head.
const HEAD: usize = 7;

/// Adds a packet of AAC of low complexity, in stereo, of 48,000 samples a second, with its head (ISO/IEC 13818-7, 6.2).
pub fn push(stream: &mut Vec<u8>, packet: &[u8]) {
    let length = packet.len() + HEAD;
    stream.extend([
        0xff,
        0xf1,
        0x4c,
        0x80 | (length >> 11 & 3) as u8,
        (length >> 3) as u8,
        (length << 5) as u8 | 0x1f,
        0xfc,
    ]);
    stream.extend_from_slice(packet);
}

/// Where the packets stand that come after `lead` others, `keep` of them; none: there are not so many, or something
/// else is between them.
pub fn cut(stream: &[u8], lead: u64, keep: u64) -> Option<Range<usize>> {
    let (mut at, mut start) = (0, 0);
    for n in 0..lead.saturating_add(keep) {
        if n == lead {
            start = at;
        }
        at += length(stream.get(at..)?)?;
    }
    (at <= stream.len()).then_some(start..at)
}

/// The length of the packet at the start, with its head.
fn length(stream: &[u8]) -> Option<usize> {
    let head = stream.get(..HEAD)?;
    let sync = head[0] == 0xff && head[1] & 0xf6 == 0xf0;
    let length = usize::from(head[3] & 3) << 11 | usize::from(head[4]) << 3 | usize::from(head[5] >> 5);
    (sync && length >= HEAD).then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(bytes: usize) -> Vec<u8> {
        let mut stream = Vec::new();
        push(&mut stream, &vec![7; bytes]);
        stream
    }

    #[test]
    fn packets_are_cut_whole() {
        let stream = [packet(3), packet(400), packet(5000), packet(1)].concat();
        assert_eq!(cut(&stream, 1, 2), Some(10..10 + 407 + 5007));
        assert_eq!(cut(&stream, 0, 4), Some(0..stream.len()));
        assert_eq!(cut(&stream, 2, 3), None);
        assert_eq!(cut(&stream[..stream.len() - 1], 0, 4), None);
        assert_eq!(cut(&stream[1..], 0, 1), None);
    }

    proptest! {
        #[test]
        fn no_stream_makes_it_panic(mut stream in prop::collection::vec(any::<u8>(), 0..60), lead in 0u64..4) {
            let _ = cut(&stream, lead, 3);
            stream.splice(0..0, packet(4));
            let _ = cut(&stream, lead, 3);
        }
    }
}
