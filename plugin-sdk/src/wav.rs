//! How long a WAV file sounds, from its first bytes; and a header that says so. For stages that get speech; pure.

/// Bytes of the header that [`plain_header`] writes.
pub const HEADER: usize = 44;
/// The format of samples that are whole numbers (`WAVE_FORMAT_PCM`).
const PCM: u16 = 1;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Samples a second.
    pub sample_rate: u32,
    /// Samples a channel.
    pub samples: u64,
    /// Channels.
    pub channels: u16,
    /// Bits a sample.
    pub bits: u16,
    /// Are samples whole numbers? Else they are what an extension of the format says, or a sound that is compressed.
    pub pcm: bool,
    /// Where the samples begin in the file.
    pub data: u64,
    /// Is the length that the header itself gives the true one? Streams carry a placeholder there.
    pub whole: bool,
}

impl Header {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate)
    }
}

/// Reads the header of a PCM file of `length` bytes. The data's own size is not believed where it is longer
/// than the file: streams carry a placeholder there.
pub fn header(head: &[u8], length: u64) -> Option<Header> {
    if head.get(..4)? != b"RIFF" || head.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut at = 12;
    let mut format = None;
    loop {
        let name = head.get(at..at + 4)?;
        let size = u32_at(head, at + 4)?;
        let body = at + 8;
        if name == b"fmt " {
            let (sample_rate, frame) = (u32_at(head, body + 4)?, u16_at(head, body + 12)?);
            let pcm = u16_at(head, body)? == PCM;
            format = Some((sample_rate, frame, u16_at(head, body + 2)?, u16_at(head, body + 14)?, pcm));
        }
        if name == b"data" {
            let (sample_rate, frame, channels, bits, pcm) = format.filter(|f| f.0 > 0 && f.1 > 0)?;
            let data = body as u64;
            let left = length.checked_sub(data)?;
            let bytes = u64::from(size).min(left);
            let samples = bytes / u64::from(frame);
            let whole = u64::from(size) <= left;
            return Some(Header { sample_rate, samples, channels, bits, pcm, data, whole });
        }
        at = body.checked_add(size as usize)?.checked_add(size as usize % 2)?;
    }
}

/// The header of a file of PCM samples of 16 bits, by the bytes that follow; none: too many for a WAV file.
pub fn plain_header(sample_rate: u32, channels: u16, bytes: u64) -> Option<[u8; HEADER]> {
    let frame = channels.checked_mul(2)?;
    let size = u32::try_from(bytes).ok()?;
    let mut header = [0; HEADER];
    let parts: [&[u8]; 12] = [
        b"RIFF",
        &size.checked_add(36)?.to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &PCM.to_le_bytes(),
        &channels.to_le_bytes(),
        &sample_rate.to_le_bytes(),
        &sample_rate.checked_mul(u32::from(frame))?.to_le_bytes(),
        &frame.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &size.to_le_bytes(),
    ];
    header.copy_from_slice(&parts.concat());
    Some(header)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(data_size: u32) -> Vec<u8> {
        let mut head = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        head.extend(22050_u32.to_le_bytes());
        head.extend(44100_u32.to_le_bytes());
        head.extend(b"\x02\0\x10\0data");
        head.extend(data_size.to_le_bytes());
        head
    }

    #[test]
    fn a_length_is_the_datas_or_the_files() {
        let whole = header(&file(200), 244).unwrap();
        assert_eq!((whole.sample_rate, whole.samples, whole.channels, whole.bits), (22050, 100, 1, 16));
        assert_eq!((whole.data, whole.pcm, whole.whole), (44, true, true));
        let streamed = header(&file(0x7fff_f000), 244).unwrap();
        assert_eq!((streamed.samples, streamed.whole), (100, false));
    }

    #[test]
    fn samples_that_are_no_whole_numbers_are_told() {
        let mut floats = file(200);
        floats[20] = 3;
        assert!(header(&floats, 244).is_some_and(|header| !header.pcm));
    }

    #[test]
    fn cut_and_strange_files_have_none() {
        let whole = file(200);
        for n in 0..whole.len() {
            assert_eq!(header(&whole[..n], 244), None);
        }
        assert_eq!(header(b"OggS and more than twelve bytes", 31), None);
    }

    #[test]
    fn a_written_header_is_read_again() {
        let read = header(&plain_header(24_000, 2, 400).unwrap(), 444).unwrap();
        let expected =
            Header { sample_rate: 24_000, samples: 100, channels: 2, bits: 16, pcm: true, data: 44, whole: true };
        assert_eq!(read, expected);
        assert_eq!(plain_header(24_000, 1, u64::from(u32::MAX)), None);
    }
}
