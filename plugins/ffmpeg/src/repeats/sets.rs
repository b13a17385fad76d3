//! What H.264's parameter sets say that is needed to write a slice (ITU-T H.264, 7.3.2.1 and 7.3.2.2).

use crate::h264::{Reader, bare, unit};

/// Most macroblocks of a picture (table A-1, level 6.2).
const MOST_BLOCKS: u32 = 139_264;

/// What is needed of both sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Sets {
    /// Bits of `frame_num`.
    pub frame_bits: u32,
    /// Bits of `pic_order_cnt_lsb`.
    pub order_bits: u32,
    /// Macroblocks of a picture.
    pub blocks: u32,
    pub picture_set: u32,
    pub weighted: bool,
    /// `pic_init_qp_minus26`
    pub quantiser: i32,
    /// Slices say how they are deblocked.
    pub deblocking: bool,
}

impl Sets {
    /// Those of an `avcC` box; none: they are not such as our encoder writes.
    pub fn read(header: &[u8]) -> Option<Self> {
        // Four bytes of profile and level, the size of lengths (4 bytes), one set of each kind.
        let lengths = header.get(4)? & 3;
        let (count, rest) = (header.get(5)? & 31, header.get(6..)?);
        let (sequence, rest) = unit(rest)?;
        let (pictures, rest) = (rest.first()?, rest.get(1..)?);
        let (picture, _) = unit(rest)?;
        if lengths != 3 || count != 1 || *pictures != 1 {
            return None;
        }
        Self::of(&bare(sequence.get(1..)?), &bare(picture.get(1..)?))
    }

    fn of(sequence: &[u8], picture: &[u8]) -> Option<Self> {
        let mut read = Reader::new(sequence);
        let high = read.bits(24) >> 16 == 100;
        let plain = read.unsigned() == 0 && read.unsigned() == 1 && read.unsigned() == 0 && read.unsigned() == 0;
        let scaled = read.bits(2) != 0;
        let frame_bits = read.unsigned() + 4;
        let by_number = read.unsigned() == 0;
        let order_bits = read.unsigned() + 4;
        let (_references, _gaps) = (read.unsigned(), read.bit());
        let blocks = read.unsigned().checked_add(1)?.checked_mul(read.unsigned().checked_add(1)?)?;
        let frames_only = read.bit() == 1;
        if !high
            || !plain
            || scaled
            || !by_number
            || !frames_only
            || frame_bits > 16
            || order_bits > 16
            || blocks > MOST_BLOCKS
        {
            return None;
        }
        let mut read = Reader::new(picture);
        let (picture_set, _sequence_set) = (read.unsigned(), read.unsigned());
        let arithmetic = read.bit() == 1;
        let plain = read.bit() == 0 && read.unsigned() == 0;
        let (_first, _second) = (read.unsigned(), read.unsigned());
        let (weighted, _both) = (read.bit() == 1, read.bits(2));
        let (quantiser, _switching, _chroma) = (read.signed(), read.signed(), read.signed());
        let deblocking = read.bit() == 1;
        let (_intra, redundant) = (read.bit(), read.bit() == 1);
        (arithmetic && plain && !redundant).then_some(Self {
            frame_bits,
            order_bits,
            blocks,
            picture_set,
            weighted,
            quantiser,
            deblocking,
        })
    }
}
