//! What is known of a plain film without asking ffprobe: H.264 in MP4, as encoders and services write it. Only the file's
//! index is read. What is out of the ordinary in any way is left to ffprobe, and so is what is said twice and not alike;
//! a test holds both against each other.

use std::io::{Read, Seek};

use super::{Facts, length_ms, untagged};
use crate::{
    h264::{Reader, bare, unit},
    mp4::{self, Track, be32, be64, boxes, child},
    shot::Colours,
};

/// Largest index that is read, in bytes: that of two hours has some four million.
pub const MOST: u64 = 8 << 20;
/// A picture that is neither turned nor stretched (ISO/IEC 14496-12, 8.3.2).
const UPRIGHT: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];
/// Boxes of an index that say nothing that changes what is seen; others may.
const FAMILIAR: [&[u8; 4]; 5] = [b"mvhd", b"trak", b"udta", b"iods", b"free"];
/// Codes of "unspecified", and of the transfer characteristics and matrices that are plain: BT.709, BT.470, BT.601
/// (ITU-T H.273, tables 3 and 4).
const UNSPECIFIED: u16 = 2;
const TRANSFERS: [u16; 5] = [1, UNSPECIFIED, 4, 5, 6];
const MATRICES: [u16; 4] = [1, UNSPECIFIED, 5, 6];

/// What is known of a film; none: it is not plain.
pub fn facts(file: &mut (impl Read + Seek)) -> Option<Facts> {
    of(&mp4::moov(file, MOST).ok()?.0)
}

/// The same of a film whose index has been read.
pub fn of(moov: &[u8]) -> Option<Facts> {
    let index = mp4::index(moov);
    let is_familiar = boxes(moov).all(|(kind, _)| FAMILIAR.contains(&&kind));
    let mut beside = boxes(moov).filter(|b| &b.0 == b"udta");
    // A picture of the cover is a track for ffprobe.
    let has_cover = beside.any(|(_, data)| data.windows(4).any(|name| name == b"covr"));
    let tracks: Vec<&[u8]> = boxes(moov).filter(|b| &b.0 == b"trak").map(|b| b.1).collect();
    let (seen, heard) = index.tracks.iter().fold((0, 0), |(seen, heard), track| match track.kind.as_str() {
        "vide" => (seen + 1, heard),
        "soun" => (seen, heard + 1),
        _ => (seen, heard),
    });
    if !is_familiar || has_cover || seen != 1 || seen + heard != tracks.len() {
        return None;
    }
    let (track, data) = index.tracks.iter().zip(&tracks).find(|(track, _)| track.kind == "vide")?;
    let header = child(moov, &[b"mvhd"])?;
    let (ticks, _) = mp4::times(header)?;
    let seconds = seconds(track, data, ticks)?;
    let (width, height, tagged) = picture(data)?;
    if matrix(header, if *header.first()? == 1 { 48 } else { 36 })? != UPRIGHT {
        return None;
    }
    let guessed = !tagged && untagged(width.min(height));
    Some(Facts {
        length_ms: length_ms(seconds),
        width,
        height,
        colours: if guessed { Colours::Bt709 } else { Colours::Tagged },
        alpha: false,
        sound: heard > 0,
    })
}

/// How long a track is, in seconds, whose edits leave nothing of it out.
fn seconds(track: &Track, data: &[u8], ticks: u32) -> Option<f64> {
    let total = track.steps.iter().try_fold(0u64, |sum, s| sum.checked_add(u64::from(s.0) * u64::from(s.1)))?;
    if total == 0 || total != track.duration || track.timescale == 0 || ticks == 0 {
        return None;
    }
    if let Some(edits) = child(data, &[b"edts", b"elst"]) {
        let long = *edits.first()? == 1;
        let (length, from, speed) = if long {
            (be64(edits, 8)?, be64(edits, 16)?, be32(edits, 24)?)
        } else {
            (u64::from(be32(edits, 8)?), u64::from(be32(edits, 12)?), be32(edits, 16)?)
        };
        let length = u128::from(length) * u128::from(track.timescale) / u128::from(ticks);
        let is_whole = length + u128::from(from) >= u128::from(total) && i64::try_from(from).ok()? == track.delay();
        if be32(edits, 4)? != 1 || !is_whole || speed != 0x0001_0000 {
            return None;
        }
    }
    Some(total as f64 / f64::from(track.timescale))
}

/// Pixels across and down, and whether the colours' matrix is told.
fn picture(trak: &[u8]) -> Option<(u32, u32, bool)> {
    let shown = child(trak, &[b"tkhd"])?;
    let at = if *shown.first()? == 1 { 52 } else { 40 };
    let entries = child(trak, &[b"mdia", b"minf", b"stbl", b"stsd"])?;
    let mut kinds = boxes(entries.get(8..)?);
    let (kind, entry) = kinds.next()?;
    let size = [24, 26].map(|at| entry.get(at..at + 2).map(|two| u32::from(two[0]) << 8 | u32::from(two[1])));
    let (width, height) = (size[0]?, size[1]?);
    let is_plain = matrix(shown, at)? == UPRIGHT
        && (be32(shown, at + 36)?, be32(shown, at + 40)?) == (width << 16, height << 16)
        && &kind == b"avc1"
        && kinds.next().is_none();
    let (mut sequence, mut told) = (None, None);
    for (kind, data) in boxes(entry.get(78..)?) {
        match &kind {
            b"avcC" => sequence = Some(Sequence::read(data)?),
            b"colr" => told = Some(colours(data)?),
            b"pasp" if be32(data, 0)? == be32(data, 4)? => (),
            b"btrt" => (),
            _ => return None,
        }
    }
    let sequence = sequence?;
    let is_alike =
        told.is_none_or(|told| told == sequence.colours) && (sequence.width, sequence.height) == (width, height);
    (is_plain && is_alike && width > 0 && height > 0).then_some((width, height, sequence.colours.1 != UNSPECIFIED))
}

fn matrix(header: &[u8], at: usize) -> Option<[u32; 9]> {
    let mut matrix = [0; 9];
    for (n, number) in matrix.iter_mut().enumerate() {
        *number = be32(header, at + 4 * n)?;
    }
    Some(matrix)
}

/// Transfer characteristics and matrix of a `colr` box.
fn colours(data: &[u8]) -> Option<(u16, u16)> {
    let number = |at: usize| Some(u16::from_be_bytes(data.get(at..at + 2)?.try_into().ok()?));
    if data.get(..4)? == b"nclx" { Some((number(6)?, number(8)?)) } else { None }
}

/// What H.264's sequence parameter set says (ITU-T H.264, 7.3.2.1 and E.1.1).
struct Sequence {
    width: u32,
    height: u32,
    /// Transfer characteristics and matrix.
    colours: (u16, u16),
}

impl Sequence {
    /// That of an `avcC` box; none: its pictures are not plain, or there are several.
    fn read(header: &[u8]) -> Option<Self> {
        let (count, (sequence, _)) = (header.get(5)? & 31, unit(header.get(6..)?)?);
        if count != 1 {
            return None;
        }
        Self::of(&mut Reader::new(&bare(sequence.get(1..)?)))
    }

    fn of(read: &mut Reader<'_>) -> Option<Self> {
        let profile = read.bits(24) >> 16;
        let _id = read.unsigned();
        let is_usual = match profile {
            66 | 77 => true,
            // 4:2:0 of 8 bits, without matrices of its own.
            100 => read.unsigned() == 1 && read.unsigned() == 0 && read.unsigned() == 0 && read.bits(2) == 0,
            _ => false,
        };
        let _frame_bits = read.unsigned();
        let is_ordered = match read.unsigned() {
            0 => {
                let _order_bits = read.unsigned();
                true
            }
            order => order == 2,
        };
        let (_references, _gaps) = (read.unsigned(), read.bit());
        let blocks = [read.unsigned(), read.unsigned()];
        let (is_progressive, _direct) = (read.bit() == 1, read.bit());
        let mut cut = [0; 4];
        if read.bit() == 1 {
            cut.fill_with(|| read.unsigned());
        }
        // In units of the chroma, which has half as many pixels each way.
        let pixels = |blocks: u32, cut: &[u32]| {
            let cut = cut.iter().try_fold(0u32, |sum, cut| sum.checked_add(*cut))?.checked_mul(2)?;
            blocks.checked_add(1)?.checked_mul(16)?.checked_sub(cut)
        };
        let (width, height) = (pixels(blocks[0], &cut[..2])?, pixels(blocks[1], &cut[2..])?);
        let colours = described(read)?;
        let is_plain = is_usual && is_ordered && is_progressive;
        let is_told = TRANSFERS.contains(&colours.0) && MATRICES.contains(&colours.1);
        (is_plain && is_told).then_some(Self { width, height, colours })
    }
}

/// Transfer characteristics and matrix of what stands behind a sequence's sizes; none: pixels are not square.
fn described(read: &mut Reader<'_>) -> Option<(u16, u16)> {
    if read.bit() == 0 {
        return Some((UNSPECIFIED, UNSPECIFIED));
    }
    // 0: not said, 1: square.
    if read.bit() == 1 && read.bits(8) > 1 {
        return None;
    }
    if read.bit() == 1 {
        let _overscan = read.bit();
    }
    if read.bit() == 0 {
        return Some((UNSPECIFIED, UNSPECIFIED));
    }
    let _format_and_range = read.bits(4);
    if read.bit() == 0 {
        return Some((UNSPECIFIED, UNSPECIFIED));
    }
    let _primaries = read.bits(8);
    Some((read.bits(8) as u16, read.bits(8) as u16))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_file_makes_it_panic(data in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..400) {
            let mut file = b"\0\0\0\x08ftyp\0\0\x01\x80moov\0\0\0\x74mvhd\0\0\0\0\0\0\x01\0trak\0\0\0\x5ctkhd".to_vec();
            file.truncate(at.min(file.len()));
            file.extend(data);
            prop_assert_eq!(facts(&mut Cursor::new(file)), None);
        }

        #[test]
        fn no_header_makes_it_panic(header in prop::collection::vec(any::<u8>(), 0..80), size in 0u8..80) {
            let _ = Sequence::read(&header);
            let set = [&[1, 100, 0, 30, 255, 225, 0, size, 103][..], &header].concat();
            let _ = Sequence::read(&set);
        }
    }
}
