//! Where the samples of a track of an MP4 lie, and their bytes.

use std::{
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{BlobReader, Cx},
};

use crate::mp4::{
    self,
    samples::{Sample, of_kind},
};

/// Largest sample that is read, in bytes.
const LARGEST: u32 = 64 << 20;
/// Smaller ones that lie together are read together, up to so many bytes.
const TOGETHER: u32 = 1 << 16;

/// The samples of a track.
pub struct Samples {
    file: BlobReader,
    samples: Vec<Sample>,
}

impl Samples {
    /// Those of the first track of a kind: `vide`, `soun`.
    ///
    /// # Errors
    /// `verify.samples`: it is no MP4, or its index is damaged.
    pub fn open(cx: &Cx, blob: &Blob, kind: [u8; 4]) -> Result<Self> {
        let mut file = cx.open_blob(blob)?;
        let moov = mp4::moov(&mut file, mp4::MAX_INDEX).map_err(|e| unread(&e))?.0;
        let samples = of_kind(&moov, kind).ok_or_else(|| unread(&"its index is damaged"))?;
        Ok(Self { file, samples })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.samples.len()
    }

    /// The bytes of some, one after another: those that lie together are read together.
    ///
    /// # Errors
    /// `verify.samples`: there are no such samples, or they cannot be read.
    pub fn each(&mut self, range: Range<usize>, mut take: impl FnMut(&[u8])) -> Result<()> {
        let mut rest = self.samples.get(range).ok_or_else(|| unread(&"its index"))?;
        while let Some(first) = rest.first().copied() {
            if first.bytes > LARGEST {
                return Err(unread(&"its index"));
            }
            let mut end = first.at;
            let lies_on = |sample: &&Sample| {
                let fits = sample.at == end && end + u64::from(sample.bytes) - first.at <= u64::from(TOGETHER);
                end += u64::from(sample.bytes);
                fits
            };
            let count = rest.iter().take_while(lies_on).count().max(1);
            let (run, after) = rest.split_at(count);
            let mut bytes = vec![0; run.iter().map(|sample| sample.bytes as usize).sum()];
            read_at(&mut self.file, first.at, &mut bytes)?;
            let mut left = &bytes[..];
            for sample in run {
                let (this, more) = left.split_at(sample.bytes as usize);
                take(this);
                left = more;
            }
            rest = after;
        }
        Ok(())
    }
}

fn read_at(file: &mut BlobReader, at: u64, bytes: &mut [u8]) -> Result<()> {
    file.seek(SeekFrom::Start(at)).map_err(|e| unread(&e))?;
    file.read_exact(bytes).map_err(|e| unread(&e))
}

fn unread(why: &dyn std::fmt::Display) -> StageError {
    StageError::permanent(format!("The film cannot be read: {why}. Render it again, or `studio store check`"))
        .code("verify.samples")
}
