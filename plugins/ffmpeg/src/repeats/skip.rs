//! A picture that is the one before it: a slice of H.264 in which every macroblock is skipped.

use super::sets::Sets;
use crate::h264::{Writer, guarded};

/// `nal_ref_idc` 1, and a slice of a picture that is not the first of its group.
const UNIT: u8 = 0x21;
/// The quantiser of a slice without coefficients: with it a skipped macroblock is very likely from the start.
const QUANTISER: i32 = 51;
/// State of the context of `mb_skip_flag` with that quantiser and `cabac_init_idc` 0 (9.3.1.1: m 23, n 33).
const STATE: usize = 42;
/// Ranges of the less likely value in the states from [`STATE`] to 62 (table 9-44).
const RANGES: [[u32; 4]; 21] = [
    [16, 20, 23, 27],
    [15, 19, 22, 25],
    [14, 18, 21, 24],
    [14, 17, 20, 23],
    [13, 16, 19, 22],
    [12, 15, 18, 21],
    [12, 14, 17, 20],
    [11, 14, 16, 19],
    [11, 13, 15, 18],
    [10, 12, 15, 17],
    [10, 12, 14, 16],
    [9, 11, 13, 15],
    [9, 11, 12, 14],
    [8, 10, 12, 14],
    [8, 9, 11, 13],
    [7, 9, 11, 12],
    [7, 9, 10, 12],
    [7, 8, 10, 11],
    [6, 8, 9, 11],
    [6, 7, 9, 10],
    [6, 7, 8, 9],
];

/// The unit of a picture that repeats the one whose `frame_num` is `back` before its own.
pub fn unit(sets: &Sets, frame: u32, order: u32, back: u32) -> Vec<u8> {
    let mut slice = Writer::default();
    slice.bits(UNIT.into(), 8);
    // The first macroblock; all slices of the picture are P.
    slice.unsigned(0);
    slice.unsigned(5);
    slice.unsigned(sets.picture_set);
    slice.bits(frame, sets.frame_bits);
    slice.bits(order, sets.order_bits);
    // One picture is referred to: the one so many before.
    slice.bit(1);
    slice.unsigned(0);
    slice.bit(1);
    slice.unsigned(0);
    slice.unsigned(back.saturating_sub(1));
    slice.unsigned(3);
    if sets.weighted {
        slice.unsigned(0);
        slice.unsigned(0);
        slice.bits(0, 2);
    }
    // References are kept as ever.
    slice.bit(0);
    slice.unsigned(0);
    slice.signed(QUANTISER - 26 - sets.quantiser);
    if sets.deblocking {
        slice.unsigned(1);
    }
    slice.align();
    skipped(&mut slice, sets.blocks);
    guarded(&slice.into_bytes())
}

/// So many skipped macroblocks (9.3.4.2).
fn skipped(slice: &mut Writer, blocks: u32) {
    let mut coder = Coder { slice, low: 0, range: 510, is_first: true, outstanding: 0 };
    for block in 0..blocks {
        let state = RANGES.len().min(block as usize + 1) - 1;
        coder.likely(state);
        coder.end(block + 1 == blocks);
    }
}

/// The arithmetic coder.
struct Coder<'a> {
    slice: &'a mut Writer,
    low: u32,
    range: u32,
    is_first: bool,
    outstanding: u32,
}

impl Coder<'_> {
    /// The likely value, in so many states after [`STATE`].
    fn likely(&mut self, state: usize) {
        self.range -= RANGES[state][(self.range >> 6 & 3) as usize];
        self.renormalise();
    }

    /// Whether the slice ends here.
    fn end(&mut self, ends: bool) {
        self.range -= 2;
        if ends {
            self.low += self.range;
            self.range = 2;
        }
        self.renormalise();
        if ends {
            self.put(self.low >> 9 & 1);
            // The last of these is the slice's own end.
            self.slice.bits(self.low >> 7 & 3 | 1, 2);
        }
    }

    fn renormalise(&mut self) {
        while self.range < 256 {
            if self.low < 256 {
                self.put(0);
            } else if self.low >= 512 {
                self.low -= 512;
                self.put(1);
            } else {
                self.low -= 256;
                self.outstanding += 1;
            }
            self.range <<= 1;
            self.low <<= 1;
        }
    }

    fn put(&mut self, bit: u32) {
        if self.is_first {
            self.is_first = false;
        } else {
            self.slice.bit(bit);
        }
        for _ in 0..std::mem::take(&mut self.outstanding) {
            self.slice.bit(1 - bit);
        }
    }
}

const _: () = assert!(STATE + RANGES.len() == 63);
