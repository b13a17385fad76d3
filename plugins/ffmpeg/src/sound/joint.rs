//! Where music is like itself, so that one can go from one place of it to another without anybody hearing it; and with
//! that a way through it that has the length wanted and ends where the music does. Pure.

use std::ops::RangeInclusive;

/// Samples a second of what is looked at, and of a hop: what is known of the music is known hop by hop.
pub const HERTZ: u32 = 8000;
pub const HOP: usize = 160;
/// Samples of a hop in the film's sound.
pub const WIDE: u64 = 960;
/// Middles of the bands, in Hz.
const BANDS: [f32; 8] = [80.0, 160.0, 315.0, 630.0, 1000.0, 1600.0, 2400.0, 3300.0];
/// Notes that are told apart: two octaves from this one on, in Hz; what sounds an octave apart is one.
const LOWEST: f32 = 196.0;
const NOTES: usize = 24;
const TONES: usize = 12;
/// What is known of a hop: how loud each band is, how much louder than in the hop before, and which notes sound.
const WIDTH: usize = 2 * BANDS.len() + TONES;
type Feature = [f32; WIDTH];
/// Energy that counts as none.
const NOTHING: f32 = 1e-9;

/// Hops over which two places are compared, on both sides of a joint.
const AROUND: usize = 100;
/// Hops that are one where it is looked at roughly, and lags that are then looked at hop by hop.
const ROUGH: usize = 4;
const PROMISING: usize = 4;
/// Hops that may be left out at the start, so that the rest fits.
const SLACK: usize = 300;
/// Two places are alike where they differ by less than this share of what any two places differ by.
const ALIKE: f32 = 0.4;
/// Samples of a cross-fade between places that are alike, and of one between others.
const SHORT: u64 = 2880;
const LONG: u64 = 96_000;
/// Most jumps of a way.
const JUMPS: usize = 40;

/// Music, hop by hop.
#[derive(Debug, Default)]
pub struct Music {
    features: Vec<Feature>,
    /// In dB of full scale.
    levels: Vec<f32>,
    /// How much louder its bands get.
    onsets: Vec<f32>,
}

/// A way through music: from `start` on, at `leave` back or forward to `enter`, so many times, then on to its end. In
/// samples of the film's sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    pub start: u64,
    pub end: u64,
    pub jumps: usize,
    pub leave: u64,
    pub enter: u64,
    /// Length of a cross-fade.
    pub fade: u64,
    /// Both places are alike.
    pub alike: bool,
    /// Its end is that of the music.
    pub ends: bool,
}

impl Way {
    /// The parts of the music that are heard, in order; each goes over into the next in [`Way::fade`] samples.
    pub fn parts(&self) -> Vec<(u64, u64)> {
        let half = self.fade / 2;
        let mut parts = vec![(self.start, self.end)];
        for _ in 0..self.jumps {
            if let Some(last) = parts.last_mut() {
                last.1 = self.leave + half;
            }
            parts.push((self.enter - half, self.end));
        }
        parts
    }

    /// The same way with another place to enter at, `by` samples later; as it was where that does not fit.
    #[must_use]
    pub fn shifted(self, by: i64) -> Self {
        let moved = || {
            let enter = self.enter.checked_add_signed(by).filter(|enter| *enter >= self.fade)?;
            let start = self.start.checked_add_signed(-by * i64::try_from(self.jumps).ok()?)?;
            (start + self.fade < self.leave).then_some(Self { start, enter, ..self })
        };
        moved().unwrap_or(self)
    }
}

/// A band of a sound: coefficients of a band pass, what it remembers, and the energy that it let through.
#[derive(Clone, Copy)]
struct Band {
    factors: [f32; 3],
    memory: [f32; 2],
    energy: f32,
}

impl Band {
    /// Around a frequency, so narrow.
    fn new(middle: f32, quality: f32) -> Self {
        let turn = std::f32::consts::TAU * middle / HERTZ as f32;
        let alpha = turn.sin() / (2.0 * quality);
        let scale = 1.0 + alpha;
        let factors = [alpha / scale, -2.0 * turn.cos() / scale, (1.0 - alpha) / scale];
        Self { factors, memory: [0.0; 2], energy: 0.0 }
    }

    fn hear(&mut self, x: f32) {
        let [through, one, two] = self.factors;
        let y = through * x + self.memory[0];
        self.memory = [self.memory[1] - one * y, -through * x - two * y];
        self.energy += y * y;
    }

    /// Its energy since it was asked last.
    fn taken(&mut self) -> f32 {
        std::mem::take(&mut self.energy) / HOP as f32 + NOTHING
    }
}

/// Bands and notes of a sound, sample by sample.
pub struct Ear {
    bands: [Band; BANDS.len()],
    notes: [Band; NOTES],
    total: f32,
    samples: usize,
    hops: Vec<([f32; BANDS.len()], [f32; TONES])>,
    levels: Vec<f32>,
}

impl Default for Ear {
    fn default() -> Self {
        let note = |n: usize| Band::new(LOWEST * 2f32.powf(n as f32 / TONES as f32), 17.0);
        let (bands, notes) = (BANDS.map(|middle| Band::new(middle, 1.4)), std::array::from_fn(note));
        Self { bands, notes, total: 0.0, samples: 0, hops: Vec::new(), levels: Vec::new() }
    }
}

impl Ear {
    /// Hears some samples, of 16 bits.
    pub fn hear(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(2) {
            let x = f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0;
            self.bands.iter_mut().chain(&mut self.notes).for_each(|band| band.hear(x));
            self.total += x * x;
            self.samples += 1;
            if self.samples == HOP {
                self.hop();
            }
        }
    }

    fn hop(&mut self) {
        let bands = std::array::from_fn(|b| self.bands[b].taken().log10());
        let mut tones = [0.0; TONES];
        for (n, note) in self.notes.iter_mut().enumerate() {
            tones[n % TONES] += note.taken();
        }
        // Which notes sound, not how loud.
        let all: f32 = tones.iter().sum();
        self.hops.push((bands, tones.map(|tone| (tone / all).sqrt())));
        self.levels.push(10.0 * (self.total / HOP as f32 + NOTHING).log10());
        (self.samples, self.total) = (0, 0.0);
    }

    /// What is known after all of it.
    pub fn music(self) -> Music {
        let mut features = vec![[0.0f32; WIDTH]; self.hops.len()];
        for (t, (bands, tones)) in self.hops.iter().enumerate() {
            let before = &self.hops[t.saturating_sub(1)].0;
            for b in 0..BANDS.len() {
                features[t][b] = bands[b];
                features[t][BANDS.len() + b] = (bands[b] - before[b]).max(0.0);
            }
            features[t][2 * BANDS.len()..].copy_from_slice(tones);
        }
        let onsets = features.iter().map(|f| f[BANDS.len()..2 * BANDS.len()].iter().sum()).collect();
        // Each counts as much as the others.
        let n = features.len().max(1) as f32;
        for d in 0..WIDTH {
            let mean = features.iter().map(|f| f[d]).sum::<f32>() / n;
            let spread = (features.iter().map(|f| (f[d] - mean).powi(2)).sum::<f32>() / n).sqrt().max(1e-6);
            for f in &mut features {
                f[d] = (f[d] - mean) / spread;
            }
        }
        Music { features, levels: self.levels, onsets }
    }
}

/// A joint: the later of its places, how far apart they are, and how different.
#[derive(Clone, Copy, Debug)]
struct Joint {
    later: usize,
    lag: usize,
    differs: f32,
}

/// The places that are so far apart and most alike, the earlier one from `within` on and the later one before its end.
fn alike(features: &[Feature], lag: usize, around: usize, within: (usize, usize)) -> Option<Joint> {
    let mut sums = Vec::with_capacity(features.len());
    let mut sum = 0.0f64;
    for (t, now) in features.iter().enumerate() {
        sums.push(sum);
        if t >= lag {
            let pairs = now.iter().zip(&features[t - lag]);
            sum += f64::from(pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>());
        }
    }
    // What any two places differ by: each of their features has a spread of one.
    let any = (2 * WIDTH * 2 * around) as f64;
    let places = (within.0 + lag).max(lag + around)..within.1.min(features.len().saturating_sub(around));
    let joint = |t: usize| Joint { later: t, lag, differs: ((sums[t + around] - sums[t - around]) / any) as f32 };
    places.map(joint).min_by(|a, b| a.differs.total_cmp(&b.differs))
}

fn mean(hops: &[Feature]) -> Feature {
    let mut mean = [0.0; WIDTH];
    for hop in hops {
        for (sum, value) in mean.iter_mut().zip(hop) {
            *sum += value / hops.len() as f32;
        }
    }
    mean
}

impl Music {
    /// The hops in which something sounds.
    pub fn sounding(&self) -> (usize, usize) {
        let least = self.levels.iter().copied().fold(f32::MIN, f32::max).max(-60.0) - 50.0;
        let first = self.levels.iter().position(|level| *level > least).unwrap_or(0);
        (first, self.levels.iter().rposition(|level| *level > least).map_or(0, |last| last + 1))
    }

    /// The hops from the first word to the last, of speech; none: there are none.
    pub fn spoken(&self) -> Option<(usize, usize)> {
        let loudest = self.levels.iter().copied().fold(f32::MIN, f32::max);
        let is_word = |level: &f32| *level > (loudest - 35.0).max(-80.0);
        let last = self.levels.iter().rposition(is_word)?;
        Some((self.levels.iter().position(is_word)?, last + 1))
    }

    /// How loud it is where it is quiet, in its first `hops`: in a tenth of them it is quieter. Where nothing sounds at
    /// all, there is no noise either.
    pub fn floor(&self, hops: usize) -> f32 {
        let mut levels: Vec<f32> = self.levels.iter().take(hops).copied().filter(|level| *level > -85.0).collect();
        levels.sort_by(f32::total_cmp);
        levels.get(levels.len() / 10).copied().unwrap_or(-85.0)
    }

    /// Does it end, and is not cut off?
    fn ends(&self, (head, end): (usize, usize)) -> bool {
        let mean = |levels: &[f32]| levels.iter().sum::<f32>() / levels.len().max(1) as f32;
        let last = end.saturating_sub(20).max(head);
        mean(&self.levels[last..end]) < mean(&self.levels[head..last]) - 12.0
    }

    /// A way of `want` samples through it.
    pub fn way(&self, want: u64) -> Way {
        let (head, end) = self.sounding();
        let (length, wanted) = (end - head, usize::try_from(want.div_ceil(WIDE)).unwrap_or(usize::MAX));
        let (begin, to) = (head as u64 * WIDE, end as u64 * WIDE);
        let ends = self.ends((head, end));
        let plain = Way { start: begin, end: begin.saturating_add(want).min(to), ..Way::default() };
        let slack = SLACK.min(length / 4);
        if wanted <= length && length - wanted <= slack {
            return Way { start: to.saturating_sub(want), end: to, ends, ..plain };
        }
        let (jumps, lags) = if wanted > length {
            let extra = wanted - length;
            let jumps = extra.div_ceil((length * 7 / 10).max(1));
            (jumps, extra.div_ceil(jumps)..=(extra + slack) / jumps)
        } else {
            (1, length - wanted - slack..=length - wanted)
        };
        let forward = wanted < length;
        // Hops of the music that are heard before and after a joint at least.
        let margin = (wanted.min(length) / 5).min(AROUND / 2);
        if jumps > JUMPS || lags.is_empty() || *lags.end() < 10 {
            return plain;
        }
        // Of places that are left, music is heard for a while before.
        let first = |lag: usize| if forward { (end - lag).saturating_sub(wanted) } else { head } + margin;
        let Some(joint) = self.joint(lags, first, end - margin) else { return plain };
        let from = first(joint.lag);
        let alike = joint.differs < ALIKE;
        if forward && !alike {
            return plain;
        }
        let later = if alike { self.on_beat(&joint, from, end - margin) } else { joint.later };
        let most = [LONG, joint.lag as u64 * WIDE / 3, margin as u64 * WIDE * 2].into_iter().min().unwrap_or(SHORT);
        let fade = if alike { SHORT.min(most) } else { most } / 2 * 2;
        // A cross-fade between places that are alike is over before the beat.
        let later = later as u64 * WIDE - if alike { fade / 2 } else { 0 };
        let earlier = later - joint.lag as u64 * WIDE;
        let (leave, enter) = if forward { (earlier, later) } else { (later, earlier) };
        let heard = i128::from(to) + jumps as i128 * (i128::from(leave) - i128::from(enter));
        let start = u64::try_from(heard - i128::from(want)).unwrap_or(0);
        if enter < fade / 2 || start + fade > leave {
            return plain;
        }
        Way { start, end: to, jumps, leave, enter, fade, alike, ends }
    }

    /// The two places, so far apart, that are most alike, the earlier one from `first` on and the later one before `to`.
    /// Lags are looked at roughly first; those that promise most then hop by hop.
    fn joint(&self, lags: RangeInclusive<usize>, first: impl Fn(usize) -> usize, to: usize) -> Option<Joint> {
        let around = AROUND.min(self.features.len() / 16).max(1);
        let rough: Vec<Feature> = self.features.chunks_exact(ROUGH).map(mean).collect();
        let rough_lags = lags.start() / ROUGH..=lags.end() / ROUGH;
        let within = |lag: usize| (first(lag * ROUGH).div_ceil(ROUGH), to / ROUGH);
        let mut found: Vec<Joint> =
            rough_lags.filter_map(|lag| alike(&rough, lag, (around / ROUGH).max(1), within(lag))).collect();
        found.sort_by(|a, b| a.differs.total_cmp(&b.differs));
        let near = |joint: &Joint| (joint.lag * ROUGH).saturating_sub(ROUGH)..=(joint.lag + 2) * ROUGH;
        let mut exact: Vec<usize> =
            found.iter().take(PROMISING).flat_map(near).filter(|lag| lags.contains(lag)).collect();
        if found.is_empty() {
            exact.extend([*lags.start(), *lags.end()]);
        }
        exact.sort_unstable();
        exact.dedup();
        let joints = exact.into_iter().filter_map(|lag| alike(&self.features, lag, around, (first(lag), to)));
        joints.min_by(|a, b| a.differs.total_cmp(&b.differs))
    }

    /// The beat near a joint: both places are alike there too.
    fn on_beat(&self, joint: &Joint, from: usize, to: usize) -> usize {
        let near = (joint.later - AROUND / 2).max(from + joint.lag)..(joint.later + AROUND / 2).min(to);
        near.max_by(|a, b| self.onsets[*a].total_cmp(&self.onsets[*b])).unwrap_or(joint.later)
    }
}

/// How many samples later `b` has to be read to be most like `a`; `b` is longer, by as much before as behind.
pub fn aligned(a: &[i16], b: &[i16]) -> i64 {
    let spare = b.len().saturating_sub(a.len());
    let likeness = |shift: usize| {
        let (mut product, mut energy) = (0.0f64, 1.0f64);
        for (x, y) in a.iter().zip(&b[shift..]) {
            product += f64::from(*x) * f64::from(*y);
            energy += f64::from(*y).powi(2);
        }
        product / energy.sqrt()
    };
    let best = (0..=spare).max_by(|x, y| likeness(*x).total_cmp(&likeness(*y))).unwrap_or(spare / 2);
    best as i64 - (spare / 2) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes of half a second, each bar of four repeated with another one after it, and a last note that dies away.
    fn tune(bars: usize) -> Vec<i16> {
        let notes = [220.0, 330.0, 275.0, 440.0, 247.0, 370.0, 294.0, 196.0f64];
        let note = |n: usize, i: usize| {
            let t = i as f64 / f64::from(HERTZ);
            let fall = if n + 1 == bars * 4 { (-t * 8.0).exp() } else { (-t * 4.0).exp() };
            ((t * notes[n % 8] * std::f64::consts::TAU).sin() * fall * 20_000.0) as i16
        };
        (0..bars * 4).flat_map(|n| (0..4000).map(move |i| note(n, i))).collect()
    }

    fn heard(samples: &[i16]) -> Music {
        let mut ear = Ear::default();
        ear.hear(&samples.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<_>>());
        ear.music()
    }

    fn length(way: &Way) -> u64 {
        let parts = way.parts();
        parts.iter().map(|(from, to)| to - from).sum::<u64>() - way.fade * (parts.len() as u64 - 1)
    }

    /// A bar and the one after next are alike: four seconds, in samples of the film's sound.
    const ROUND: u64 = 4 * 48_000;

    #[test]
    fn music_that_is_too_short_comes_again_where_it_is_like_itself() {
        let music = heard(&tune(8));
        for want in [25 * 48_000, 39 * 48_000 + 17] {
            let way = music.way(want);
            assert!(way.alike && way.jumps >= 1, "{way:?}");
            assert_eq!(length(&way), want, "{way:?}");
            let off = (way.leave - way.enter) % ROUND;
            assert!(off.min(ROUND - off) <= 2 * WIDE, "{off} samples off the bar: {way:?}");
        }
    }

    #[test]
    fn music_that_is_too_long_goes_on_to_its_own_end() {
        let way = heard(&tune(16)).way(18 * 48_000);
        assert!(way.alike && way.ends && way.enter > way.leave, "{way:?}");
        assert_eq!(length(&way), 18 * 48_000);
        let off = (way.enter - way.leave) % ROUND;
        assert!(off.min(ROUND - off) <= 2 * WIDE, "{off}: {way:?}");
    }

    #[test]
    fn what_is_never_like_itself_is_cut_or_comes_again_in_a_long_fade() {
        let mut state = 1u64;
        let mut noise = |i: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Slowly louder, so that no two places are alike.
            ((state >> 48) as u16).cast_signed() / (2 + ((400_000 - i.min(399_999)) / 2000) as i16)
        };
        let music = heard(&(0..160_000).map(&mut noise).collect::<Vec<_>>());
        let cut = music.way(8 * 48_000);
        assert_eq!((cut.jumps, cut.ends, length(&cut)), (0, false, 8 * 48_000));
        let longer = music.way(31 * 48_000);
        assert_eq!(length(&longer), 31 * 48_000, "{longer:?}");
        assert!(longer.jumps > 0, "{longer:?}");
    }

    #[test]
    fn silence_and_very_little_music_have_a_way() {
        for samples in [vec![], vec![0; 80_000], vec![9000; 300], tune(1)] {
            for want in [0, 1, 480, 48_000, 40 * 48_000, 1 << 40] {
                let way = heard(&samples).way(want);
                assert!(way.start <= way.end && length(&way) <= want.max(1), "{way:?}");
            }
        }
    }

    #[test]
    fn waves_are_laid_over_one_another() {
        let wave = tune(1);
        assert_eq!(aligned(&wave[500..2500], &wave[420..2500]), 40);
        assert_eq!(aligned(&[0; 10], &[0; 10]), 0);
    }
}
