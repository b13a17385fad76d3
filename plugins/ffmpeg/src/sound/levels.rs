//! How loud a sound is, in parts that can be added up: of its blocks of 400 ms, one every 100 ms, how many are how loud.
//! From those of all parts follows the loudness of the whole, gated as ITU-R BS.1770-4 has it.

use std::{collections::BTreeMap, iter::Sum};

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::render::Loudness;

/// Below this a block is silence, in hundredths of a LUFS.
const ABSOLUTE: i32 = -7000;
/// No block is louder, in LUFS.
const LOUDEST: f64 = 100.0;
/// So far below the loudness of all that is louder than silence, a block is a pause, in LU.
const RELATIVE: f64 = 10.0;
/// What a filter of FFmpeg's says of each block.
pub const KEY: &str = "lavfi.r128.M";
/// Blocks that FFmpeg tells before the first whole one.
pub const UNFILLED: usize = 3;

/// The levels of a sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// How many blocks are how loud, in hundredths of a LUFS. Silent ones are left out.
    pub blocks: BTreeMap<i32, u32>,
    /// The highest true peak, in dBTP, where it was measured; else as of silence.
    pub peak: f64,
}

impl Levels {
    pub const SILENT: Self = Self { blocks: BTreeMap::new(), peak: -70.0 };

    /// From what FFmpeg tells of each block, without the first ones.
    pub fn read(told: &str, without: usize, peak: f64) -> Self {
        let number = |line: &str| line.strip_prefix(KEY)?.strip_prefix('=')?.trim().parse::<f64>().ok();
        let mut levels = Self { peak, ..Self::SILENT };
        for lufs in told.lines().filter_map(number).skip(without) {
            levels.add(lufs);
        }
        levels
    }

    /// One block more, which is so loud, in LUFS.
    pub fn add(&mut self, lufs: f64) {
        let block = (lufs.min(LOUDEST) * 100.0).round() as i32;
        if lufs.is_finite() && block > ABSOLUTE {
            *self.blocks.entry(block).or_default() += 1;
        }
    }

    /// Integrated loudness, in LUFS; of silence −70.
    pub fn integrated(&self) -> f64 {
        let Some(whole) = self.mean(f64::NEG_INFINITY) else { return f64::from(ABSOLUTE) / 100.0 };
        self.mean(whole - RELATIVE).unwrap_or(whole)
    }

    /// The mean of blocks that are at least so loud, by their energy.
    fn mean(&self, gate: f64) -> Option<f64> {
        let lufs = |block: i32| f64::from(block) / 100.0;
        let loud = self.blocks.iter().filter(|(block, _)| lufs(**block) >= gate);
        let (sum, count) = loud.fold((0.0, 0u64), |(sum, count), (block, n)| {
            (sum + 10f64.powf(lufs(*block) / 10.0) * f64::from(*n), count + u64::from(*n))
        });
        (count > 0).then(|| 10.0 * (sum / count as f64).log10())
    }

    pub fn loudness(&self) -> Loudness {
        // As precise as meters are; what is kept of a film has no more digits than mean something.
        let tenth = |level: f64| (level * 10.0).round() / 10.0;
        Loudness { integrated: tenth(self.integrated()), true_peak: tenth(self.peak) }
    }
}

impl<'a> Sum<&'a Levels> for Levels {
    fn sum<I: Iterator<Item = &'a Levels>>(parts: I) -> Self {
        parts.fold(Self::SILENT, |mut all, part| {
            for (block, n) in &part.blocks {
                *all.blocks.entry(*block).or_default() += n;
            }
            Self { peak: all.peak.max(part.peak), ..all }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(blocks: &[f64]) -> String {
        let frames: Vec<String> = blocks.iter().map(|m| format!("frame:0 pts:0\n{KEY}={m:.3}")).collect();
        frames.join("\n")
    }

    #[test]
    fn pauses_and_silence_do_not_count() {
        let blocks = [-120.691, -120.691, -120.691, -20.0, -20.0, -45.0, -45.0, -80.0];
        let levels = Levels::read(&told(&blocks), UNFILLED, -3.0);
        assert_eq!(levels.blocks, BTreeMap::from([(-2000, 2), (-4500, 2)]));
        assert!((levels.integrated() + 20.0).abs() < 1e-9);
        assert_eq!(levels.loudness(), Loudness { integrated: -20.0, true_peak: -3.0 });
        assert!(Levels::SILENT.integrated() <= -70.0);
        assert!(Levels::read("nonsense\nlavfi.r128.M=nan\n", 0, -70.0).integrated() <= -70.0);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(blocks in prop::collection::vec(-90.0..0.0f64, 1..200), cut in 0usize..200) {
            let cut = cut.min(blocks.len());
            let whole = Levels::read(&told(&blocks), 0, -1.0);
            let parts = [Levels::read(&told(&blocks[..cut]), 0, -1.0), Levels::read(&told(&blocks[cut..]), 0, -9.0)];
            prop_assert_eq!(parts.iter().sum::<Levels>(), whole);
        }

        #[test]
        fn louder_is_louder_by_as_much(blocks in prop::collection::vec(-4000..-1000i32, 1..100), by in 0..20) {
            let of = |by: i32| {
                let blocks: Vec<f64> = blocks.iter().map(|block| f64::from(block + by * 100) / 100.0).collect();
                Levels::read(&told(&blocks), 0, 0.0).integrated()
            };
            prop_assert!((of(by) - of(0) - f64::from(by)).abs() < 0.02);
        }

        #[test]
        fn nothing_that_is_told_makes_it_panic(told in ".{0,200}", number in any::<f64>()) {
            let levels = Levels::read(&format!("{told}\n{KEY}={number}\n"), 0, 0.0);
            prop_assert!(levels.integrated().is_finite());
        }
    }
}
