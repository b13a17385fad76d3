//! Frames that show what the one before them shows, written without an encoder.
//!
//! Over a picture that stays, captions change a few times a second. The encoder is given the frames that differ, and
//! takes for each as long as for any other; what lies between them is filled here with pictures of H.264 in which
//! everything is skipped: 20 bytes each, decoded to what was there. Each of them may be referred to, and comes right
//! before the picture that follows it, so that this one refers to what the encoder had before its eyes. The file has all
//! frames, each as long as the others.

use studio_plugin_sdk::roles::render::VideoCodec;

use crate::{
    mp4,
    piece::Segment,
    preset::Format,
    shot::{Framed, Layer, Shot, Source},
};

mod sets;
mod skip;
mod slice;
mod table;
mod write;

use sets::Sets;
use slice::Picture;

/// Speeds of the encoder of which it takes no other options that its header tells of: [`ENCODER`] leaves that as it is.
const SPEEDS: [&str; 2] = ["superfast", "veryfast"];
/// Options of x264 for frames that differ: hardly any is made of one that comes after it, and each refers to the one
/// before it.
pub const ENCODER: &str = ":b-bias=-100:ref=1:weightp=1";

/// Is a segment of a picture that stays, with captions at most that change?
pub fn suits(segment: &Segment) -> bool {
    let Segment { format, frames, shot, change, layers, .. } = segment;
    let stay = |layer: &Layer| layer.start == 0 && layer.frames == *frames && stays(&layer.shot);
    are_filled(format) && change.is_none() && stays(shot) && layers.iter().all(stay)
}

/// Are frames that repeat the one before them filled, in films of that format?
pub fn are_filled(format: &Format) -> bool {
    format.hardware.is_none() && format.codec == VideoCodec::H264 && SPEEDS.contains(&&*format.speed)
}

fn stays(shot: &Shot) -> bool {
    let Framed { crop, within, levels, .. } = &shot.framed;
    let is_one = matches!(shot.source, Source::Black | Source::Color { .. } | Source::Still { .. });
    is_one && crop.len() <= 1 && within.is_none() && levels.len() <= 1
}

/// The filter that lets frames pass that differ from the one before, and one every two seconds. It does not look at the
/// eight leftmost columns: captions are wider.
pub fn filter(format: &Format) -> String {
    format!("mpdecimate=hi=0:lo=0:frac=0:max={}", format.key_frames() - 1)
}

/// A picture of the file.
struct Sample {
    data: Vec<u8>,
    /// The frame that shows it.
    shown: u32,
    is_first: bool,
}

/// The film of `frames` frames, each `tick` long, of a file that has those that differ from the one before them; none: the
/// file is not such as can be filled.
pub fn filled(file: &[u8], frames: u32, tick: u32) -> Option<Vec<u8>> {
    let index = mp4::read(&mut std::io::Cursor::new(file)).ok()?;
    let [track] = &index.tracks[..] else { return None };
    let sets = Sets::read(&bytes(&track.header))?;
    let coded = table::samples(file)?;
    let shown = table::shown(track, tick, coded.len())?;
    if coded.len() != shown.len() || track.samples() != coded.len() as u64 || shown.iter().any(|at| *at >= frames) {
        return None;
    }
    let pictures: Vec<(Picture, u32)> = coded
        .into_iter()
        .zip(shown)
        .map(|(sample, shown)| Some((Picture::read(sample, &sets)?, shown)))
        .collect::<Option<_>>()?;
    let samples = Filling::new(&sets).fill(pictures, frames)?;
    write::file(file, &samples, (tick, track))
}

/// A hexadecimal text's bytes.
fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits.filter_map(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()).collect()
}

/// Pictures in the order in which they are decoded, and what decides of the next one.
struct Filling<'a> {
    sets: &'a Sets,
    out: Vec<Sample>,
    /// The frame that is shown next.
    next: u32,
    /// The frame that shows the first picture of the group.
    group: u32,
    /// Pictures of the group that may be referred to: the next one's `frame_num`.
    references: u32,
    /// The same as the encoder counted them.
    counted: u32,
    /// `frame_num` of the picture that is shown last.
    last: u32,
}

impl<'a> Filling<'a> {
    fn new(sets: &'a Sets) -> Self {
        Self { sets, out: Vec::new(), next: 0, group: 0, references: 0, counted: 0, last: 0 }
    }

    fn fill(mut self, pictures: Vec<(Picture, u32)>, frames: u32) -> Option<Vec<Sample>> {
        let mut rest = pictures.into_iter().peekable();
        while let Some((picture, shown)) = rest.next() {
            let mut between = Vec::new();
            while let Some(picture) = rest.next_if(|(_, other)| *other < shown) {
                between.push(picture);
            }
            self.group(picture, shown, between)?;
        }
        self.repeat(frames)?;
        (self.next == frames).then_some(self.out)
    }

    /// A picture, and those between it and what was shown before.
    fn group(&mut self, picture: Picture, shown: u32, between: Vec<(Picture, u32)>) -> Option<()> {
        let first = between.iter().map(|(_, shown)| *shown).min().unwrap_or(shown);
        let is_row = shown - first == u32::try_from(between.len()).ok()?;
        if picture.is_between || !picture.is_reference || !is_row {
            return None;
        }
        let (back, repeats) = (self.references - self.last, first.checked_sub(self.next)?);
        // It is to refer to the picture that was shown last, or to one that repeats it.
        if picture.back > 0 && (picture.back != back || (repeats > 0 && back > repeats)) {
            return None;
        }
        self.repeat(first)?;
        if picture.is_first {
            (self.group, self.references, self.counted) = (shown, 0, 0);
        }
        self.last = self.references;
        self.place(picture, shown)?;
        for (picture, shown) in between {
            if !picture.is_between {
                return None;
            }
            self.place(picture, shown)?;
        }
        self.next = shown + 1;
        Some(())
    }

    fn place(&mut self, picture: Picture, shown: u32) -> Option<()> {
        let mask = (1 << self.sets.frame_bits) - 1;
        if picture.frame != self.counted & mask {
            return None;
        }
        let (is_first, is_reference) = (picture.is_first, picture.is_reference);
        let data = picture.placed(self.sets, self.references & mask, self.order(shown)?);
        self.out.push(Sample { data, shown, is_first });
        self.references += u32::from(is_reference);
        self.counted += u32::from(is_reference);
        Some(())
    }

    /// Shows the last picture until a frame.
    fn repeat(&mut self, until: u32) -> Option<()> {
        let mask = (1 << self.sets.frame_bits) - 1;
        while self.next < until {
            let back = self.references - self.last;
            let unit = skip::unit(self.sets, self.references & mask, self.order(self.next)?, back);
            self.out.push(Sample { data: slice::sample(&unit), shown: self.next, is_first: false });
            (self.last, self.references, self.next) = (self.references, self.references + 1, self.next + 1);
        }
        Some(())
    }

    /// `pic_order_cnt_lsb` of a frame.
    fn order(&self, shown: u32) -> Option<u32> {
        Some(shown.checked_sub(self.group)?.wrapping_mul(2) & ((1 << self.sets.order_bits) - 1))
    }
}
