//! A picture as the encoder wrote it: what its slice says of its place, and how it is given another.

use super::sets::Sets;
use crate::h264::{Reader, bare, guarded, put};

/// A picture of an encoded film.
#[derive(Debug)]
pub struct Picture {
    /// Its units; the slice among them without guards.
    units: Vec<Vec<u8>>,
    slice: usize,
    frame_at: usize,
    order_at: usize,
    /// A group of pictures begins with it.
    pub is_first: bool,
    /// Others may refer to it.
    pub is_reference: bool,
    /// It is made of those before and after it.
    pub is_between: bool,
    /// `frame_num`
    pub frame: u32,
    /// How much more its `frame_num` is than that of the picture it refers to.
    pub back: u32,
}

impl Picture {
    /// The picture in a sample of an MP4; none: it is not such as our encoder writes.
    pub fn read(sample: &[u8], sets: &Sets) -> Option<Self> {
        let units = units(sample)?;
        let kind = |unit: &[u8]| unit.first().map_or(0, |head| head & 31);
        let mut slices = (0..units.len()).filter(|n| (1..=5).contains(&kind(units[*n])));
        let (slice, None) = (slices.next()?, slices.next()) else { return None };
        let mut units: Vec<Vec<u8>> = units.into_iter().map(<[u8]>::to_vec).collect();
        let bytes = bare(&units[slice]);
        let (is_first, is_reference) = (kind(&bytes) == 5, bytes.first()? & 0x60 != 0);
        if !is_first && kind(&bytes) != 1 {
            return None;
        }
        let mut read = Reader::new(&bytes);
        read.at = 8;
        let (block, letter, set) = (read.unsigned(), read.unsigned() % 5, read.unsigned());
        let frame_at = read.at;
        let frame = read.bits(sets.frame_bits);
        if is_first {
            read.unsigned();
        }
        let order_at = read.at;
        read.bits(sets.order_bits);
        let (is_between, back) = match letter {
            0 => (false, referred(&mut read)?),
            1 => (true, between(&mut read)?),
            2 => (false, 0),
            _ => return None,
        };
        units[slice] = bytes;
        (block == 0 && set == sets.picture_set).then_some(Self {
            units,
            slice,
            frame_at,
            order_at,
            is_first,
            is_reference,
            is_between,
            frame,
            back,
        })
    }

    /// The sample, with another place.
    pub fn placed(mut self, sets: &Sets, frame: u32, order: u32) -> Vec<u8> {
        let slice = &mut self.units[self.slice];
        put(slice, self.frame_at, sets.frame_bits, frame);
        put(slice, self.order_at, sets.order_bits, order);
        *slice = guarded(slice);
        self.units.iter().flat_map(|unit| sample(unit)).collect()
    }
}

/// A unit as it stands in a sample.
pub fn sample(unit: &[u8]) -> Vec<u8> {
    let length = u32::try_from(unit.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), unit].concat()
}

/// To which picture a picture refers; none: to more than one.
fn referred(read: &mut Reader<'_>) -> Option<u32> {
    if read.bit() == 1 && read.unsigned() > 0 {
        return None;
    }
    if read.bit() == 0 {
        return Some(1);
    }
    (read.unsigned() == 0).then(|| read.unsigned() + 1)
}

/// A picture between others refers to the nearest ones.
fn between(read: &mut Reader<'_>) -> Option<u32> {
    let _direct = read.bit();
    if read.bit() == 1 && (read.unsigned() > 0 || read.unsigned() > 0) {
        return None;
    }
    (read.bits(2) == 0).then_some(0)
}

fn units(mut sample: &[u8]) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    while !sample.is_empty() {
        let length = u32::from_be_bytes(sample.get(..4)?.try_into().ok()?);
        let (unit, rest) = sample.get(4..)?.split_at_checked(usize::try_from(length).ok()?)?;
        units.push(unit);
        sample = rest;
    }
    Some(units)
}
