//! How long a WAV file sounds, from its first bytes. Called where espeak-ng itself wrote it; pure.

/// What its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Samples a second.
    pub sample_rate: u32,
    /// Samples a channel.
    pub samples: u64,
}

/// Reads the header of a PCM file of `length` bytes. The data's own size is not believed where it is longer
/// than the file: streams carry a placeholder there.
pub(crate) fn header(head: &[u8], length: u64) -> Option<Header> {
    if head.get(..4)? != b"RIFF" || head.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut at = 12;
    let (mut sample_rate, mut frame) = (0, 0);
    loop {
        let name = head.get(at..at + 4)?;
        let size = u32_at(head, at + 4)?;
        let body = at + 8;
        if name == b"fmt " {
            sample_rate = u32_at(head, body + 4)?;
            frame = u64::from(u16::from_le_bytes(head.get(body + 12..body + 14)?.try_into().ok()?));
        }
        if name == b"data" {
            let bytes = u64::from(size).min(length.checked_sub(body as u64)?);
            return (sample_rate > 0 && frame > 0).then(|| Header { sample_rate, samples: bytes / frame });
        }
        at = body.checked_add(size as usize)?.checked_add(size as usize % 2)?;
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
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
        assert_eq!(header(&file(200), 244), Some(Header { sample_rate: 22050, samples: 100 }));
        assert_eq!(header(&file(0x7fff_f000), 244).unwrap().samples, 100);
    }

    #[test]
    fn cut_and_strange_files_have_none() {
        let whole = file(200);
        for n in 0..whole.len() {
            assert_eq!(header(&whole[..n], 244), None);
        }
        assert_eq!(header(b"OggS and more than twelve bytes", 31), None);
    }
}
