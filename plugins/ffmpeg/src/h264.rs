//! Bits of H.264: units, fields and Exp-Golomb codes (ITU-T H.264, 7.2 and 9.1), and bytes that keep a start code from appearing.

/// Reads bits from the front; what is beyond the end is 0.
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// The next bit.
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn bit(&mut self) -> u32 {
        let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        bit.into()
    }

    pub fn bits(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| value << 1 | self.bit())
    }

    /// `ue(v)`
    pub fn unsigned(&mut self) -> u32 {
        let mut zeros = 0;
        while zeros < 31 && self.bit() == 0 {
            zeros += 1;
        }
        (1u32 << zeros) - 1 + self.bits(zeros)
    }

    /// `se(v)`
    pub fn signed(&mut self) -> i32 {
        let code = self.unsigned();
        let size = code.div_ceil(2).cast_signed();
        if code.is_multiple_of(2) { -size } else { size }
    }
}

/// A unit of an `avcC` box, with its length in front of it, and what follows.
pub fn unit(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u16::from_be_bytes(bytes.get(..2)?.try_into().ok()?).into();
    bytes.get(2..)?.split_at_checked(length)
}

/// Writes bits one after another.
#[derive(Default)]
pub struct Writer {
    bytes: Vec<u8>,
    count: usize,
}

impl Writer {
    pub fn bit(&mut self, bit: u32) {
        if self.count.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= (bit as u8 & 1) << (7 - self.count % 8);
        }
        self.count += 1;
    }

    pub fn bits(&mut self, value: u32, count: u32) {
        for i in (0..count).rev() {
            self.bit(value >> i);
        }
    }

    /// `ue(v)`
    pub fn unsigned(&mut self, value: u32) {
        let digits = 32 - (value + 1).leading_zeros();
        self.bits(0, digits - 1);
        self.bits(value + 1, digits);
    }

    /// `se(v)`
    pub fn signed(&mut self, value: i32) {
        let size = value.unsigned_abs();
        self.unsigned(if value > 0 { 2 * size - 1 } else { 2 * size });
    }

    /// Ones up to the next whole byte.
    pub fn align(&mut self) {
        while !self.count.is_multiple_of(8) {
            self.bit(1);
        }
    }

    /// What was written; the last byte is filled with zeros.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Puts another value into a field of `count` bits from the bit `at` on.
pub fn put(bytes: &mut [u8], at: usize, count: u32, value: u32) {
    for (i, bit) in (at..).zip((0..count).rev().map(|n| value >> n & 1)) {
        if let Some(byte) = bytes.get_mut(i / 8) {
            let mask = 1 << (7 - i % 8);
            *byte = if bit == 1 { *byte | mask } else { *byte & !mask };
        }
    }
}

/// A unit without the bytes that keep a start code from appearing in it (7.4.1).
pub fn bare(unit: &[u8]) -> Vec<u8> {
    let (mut out, mut zeros) = (Vec::with_capacity(unit.len()), 0);
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// The same with them.
pub fn guarded(unit: &[u8]) -> Vec<u8> {
    let (mut out, mut zeros) = (Vec::with_capacity(unit.len() + 8), 0);
    for &byte in unit {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(values in prop::collection::vec((any::<u16>(), any::<i16>(), 1u32..32), 0..20)) {
            let mut writer = Writer::default();
            for &(unsigned, signed, width) in &values {
                writer.unsigned(unsigned.into());
                writer.signed(signed.into());
                writer.bits(u32::from(unsigned) & ((1 << width) - 1), width);
            }
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            for (unsigned, signed, width) in values {
                prop_assert_eq!(reader.unsigned(), u32::from(unsigned));
                prop_assert_eq!(reader.signed(), i32::from(signed));
                prop_assert_eq!(reader.bits(width), u32::from(unsigned) & ((1 << width) - 1));
            }
        }

        #[test]
        fn no_start_code_is_in_a_guarded_unit(unit in prop::collection::vec(0u8..5, 0..60)) {
            let guarded = guarded(&unit);
            prop_assert!(!guarded.windows(3).any(|three| three[..2] == [0, 0] && three[2] < 3));
            prop_assert_eq!(bare(&guarded), unit);
        }

        #[test]
        fn a_field_is_put_where_it_is(mut bytes in prop::collection::vec(any::<u8>(), 8), at in 0usize..40, value in 0u32..64) {
            let before = bytes.clone();
            put(&mut bytes, at, 6, value);
            let mut reader = Reader::new(&bytes);
            reader.at = at;
            prop_assert_eq!(reader.bits(6), value);
            reader = Reader::new(&before);
            reader.at = at;
            let old = reader.bits(6);
            put(&mut bytes, at, 6, old);
            prop_assert_eq!(bytes, before);
        }
    }
}
