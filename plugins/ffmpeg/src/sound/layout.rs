//! In which parts a sound is encoded, and what each of them is made of.
//!
//! As a rule they lie on the grid that begins with the film ([`grid`]): what comes after an edit lies otherwise on it, and
//! is encoded anew. Where every stretch of the mix ends in silence, and a film does not mind when exactly the next one
//! begins, each stretch is a part by itself: it begins with a packet, up to 21 ms later than it would, with silence before
//! it, whatever was there. Then its packets are the same wherever in a film it stands.

use studio_plugin_sdk::roles::render::SoundPiece;

use super::{
    grid::{self, FRAME},
    mix::Mixed,
    pieces::Slice,
};

/// Packets of silence before a stretch that are its own: in them the encoder sees it come.
const AHEAD: u64 = 2;
/// Packets before these that are not kept, and frames of silence after a stretch that are encoded with it.
const LEAD: u64 = 12;
const TAIL: u64 = 3;
/// Samples of silence that a stretch ends with at least: its last frame may be cut off, the next one begins in silence,
/// and who listens to that hears nothing else before.
const QUIET: u64 = (LEAD + 5) * FRAME;

/// A part of what is encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What is encoded, in order.
    pub slices: Vec<Slice>,
    /// Packets at its start that are not kept.
    pub lead: u64,
    /// Packets after these that are: as many as the film has of it, and one more where that depends on where it stands.
    pub keep: u64,
    /// What the film has of it.
    pub told: SoundPiece,
}

/// The parts of a mix of `total` samples; `snaps`: what comes after silence may begin up to a packet later.
pub fn parts(mixed: &[Mixed], snaps: bool, total: u64) -> Vec<Part> {
    let [rest @ .., _] = mixed else { return Vec::new() };
    let is_quiet = |stretch: &Mixed| stretch.heard.known.quiet >= QUIET;
    if snaps && !rest.is_empty() && rest.iter().all(is_quiet) {
        by_stretches(mixed, total)
    } else {
        on_grid(mixed, total)
    }
}

/// What a film has of these parts.
pub fn told(parts: &[Part]) -> Vec<SoundPiece> {
    parts.iter().map(|part| part.told).collect()
}

fn on_grid(mixed: &[Mixed], total: u64) -> Vec<Part> {
    let part = |span: grid::Span| Part {
        slices: slices(mixed, span.start, span.end),
        lead: span.lead,
        keep: span.keep,
        told: SoundPiece { packets: span.keep, pause: 0 },
    };
    grid::spans(total).into_iter().map(part).collect()
}

/// What is heard between two samples of the film.
fn slices(mixed: &[Mixed], start: u64, end: u64) -> Vec<Slice> {
    let (mut at, mut slices) = (0, Vec::new());
    for part in mixed {
        let (from, to) = (start.max(at), end.min(at + part.samples));
        if from < to {
            slices.push(Slice { file: part.heard.file.clone(), from: from - at, samples: to - from });
        }
        at += part.samples;
    }
    slices
}

/// A part for each stretch. The one that begins at sample `s` has its first frame at the next whole one, `m`, and its
/// packets from `m - AHEAD` on; between its whole frames and the next one's there is room for no frame or for one.
fn by_stretches(mixed: &[Mixed], total: u64) -> Vec<Part> {
    let (mut end, mut packets) = (0, 0);
    let part = |(n, stretch): (usize, &Mixed)| {
        let (is_first, is_last) = (n == 0, n + 1 == mixed.len());
        end += stretch.samples;
        let next = if is_last { grid::packets(total) } else { end.div_ceil(FRAME) - AHEAD };
        let in_film = next - packets;
        packets = next;

        let silence = |frames: u64| Slice::silence(frames * FRAME);
        let before = (!is_first).then(|| silence(LEAD + 1 + AHEAD));
        let whole = stretch.samples / FRAME;
        let samples = if is_last { stretch.samples } else { whole * FRAME };
        let heard = Slice { file: stretch.heard.file.clone(), from: 0, samples };
        let after = (!is_last).then(|| silence(TAIL));
        let (keep, pause) = match (is_first, is_last) {
            (_, true) => (stretch.samples.div_ceil(FRAME) + AHEAD + 1, 0),
            (true, _) => (whole + 1 - AHEAD, in_film + AHEAD - whole),
            _ => (whole + 1, in_film - whole),
        };
        Part {
            slices: before.into_iter().chain([heard]).chain(after).collect(),
            lead: if is_first { 0 } else { LEAD + 1 },
            keep,
            told: SoundPiece { packets: in_film, pause },
        }
    };
    mixed.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use studio_plugin_sdk::blob::Blob;

    use super::{
        super::pieces::{Heard, Known},
        *,
    };

    fn mixed(lengths: &[u64], quiet: u64) -> (Vec<Mixed>, u64) {
        let stretch = |(n, samples): (usize, &u64)| {
            let file = Blob { blob: n.to_string(), ..Blob::default() };
            let heard = Heard { file, known: Known { quiet, ..Known::default() } };
            Mixed { samples: *samples, heads: n == 0, heard }
        };
        (lengths.iter().enumerate().map(stretch).collect(), lengths.iter().sum())
    }

    fn lengths() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(200_000u64..900_000, 2..20)
    }

    proptest! {
        #[test]
        fn every_packet_is_there_once(lengths in lengths(), snaps in any::<bool>()) {
            let (mixed, total) = mixed(&lengths, QUIET);
            let parts = parts(&mixed, snaps, total);
            prop_assert_eq!(parts.iter().map(|part| part.told.packets).sum::<u64>(), grid::packets(total));
            for (n, part) in parts.iter().enumerate() {
                let samples: u64 = part.slices.iter().map(|slice| slice.samples).sum();
                prop_assert!(part.lead + part.keep <= grid::packets(samples), "{n}: {part:?}");
                prop_assert!(part.told.pause <= 1 && part.told.packets <= part.keep && part.keep <= part.told.packets + 1);
            }
        }

        #[test]
        fn a_stretch_begins_less_than_a_packet_later(lengths in lengths()) {
            let (mixed, total) = mixed(&lengths, QUIET);
            let (mut packets, mut at) = (0, 0);
            for (part, stretch) in parts(&mixed, true, total).iter().zip(&mixed) {
                // Local packet `lead` is the film's packet `packets`; an encoder's packet n begins with frame n - 1.
                let before: u64 = part.slices.iter().take_while(|slice| slice.file.blob.is_empty()).map(|s| s.samples).sum();
                let begins = packets * FRAME + before - part.lead * FRAME;
                prop_assert!((at..at + FRAME).contains(&begins), "{begins} for {at}");
                packets += part.told.packets;
                at += stretch.samples;
            }
        }

        #[test]
        fn what_comes_after_an_edit_is_as_it_was(lengths in lengths(), more in 1u64..100_000) {
            let (before, total) = mixed(&lengths, QUIET);
            let mut edited = lengths.clone();
            edited[1] += more;
            let (after, longer) = mixed(&edited, QUIET);
            let (before, after) = (parts(&before, true, total), parts(&after, true, longer));
            let asked = |part: &Part| (part.slices.clone(), part.lead, part.keep);
            for (n, (before, after)) in before.iter().zip(&after).enumerate().filter(|(n, _)| *n != 1) {
                prop_assert_eq!(asked(before), asked(after), "part {}", n);
            }
        }
    }

    #[test]
    fn what_does_not_end_in_silence_is_cut_on_the_grid() {
        let (loud, total) = mixed(&[2_000_000, 1_000_000], QUIET - 1);
        assert_eq!(parts(&loud, true, total), on_grid(&loud, total));
        let (quiet, total) = mixed(&[2_000_000, 1_000_000], QUIET);
        assert_eq!(parts(&quiet, false, total), on_grid(&quiet, total));
        assert_ne!(parts(&quiet, true, total), on_grid(&quiet, total));
    }
}
