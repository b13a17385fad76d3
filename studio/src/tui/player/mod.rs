//! Films that play in cells: what is played, from where to where, and how far it is. FFmpeg decodes on workers, which
//! hand over frames when they are due; pages say what is to be seen and where. Nothing is decoded that is not looked
//! at, and nothing runs on once it is stopped.

mod clock;
mod control;
mod decode;
mod file;
mod program;
mod scrub;
mod sound;

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};
use studio_plugin_sdk::roles::render::Film;

use super::{
    desk::{Cx, Then},
    picture::{Painter, Shown},
};
use crate::model::Digest;
use clock::Clock;
use decode::{Decoder, Frame, News, Order};
use file::Place;
use program::find;
use sound::Sound;

pub use control::{control, seek};
pub use file::place;
pub use program::{Program, ffmpeg, find as find_program};
pub use scrub::{picture, show};

/// Frames a second: in half-blocks, as pictures that the terminal paints, and to a terminal that is far away.
const RATE: u32 = 15;
const PAINTED_RATE: u32 = 12;
const FAR_RATE: u32 = 6;
/// While the size changes, nothing is decoded anew.
const SETTLES: Duration = Duration::from_millis(80);
/// How far before its end the last still is.
const BEFORE_END: f64 = 0.1;

/// A film that may be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Reel {
    /// Its bytes' name.
    pub digest: Digest,
    /// Its file, on the box that has the store.
    pub path: Option<PathBuf>,
    /// Pixels.
    pub pixels: (u32, u32),
}

impl Reel {
    /// A finished film; none: it is not named as one.
    pub fn of(film: &Film, path: Option<PathBuf>) -> Option<Self> {
        Some(Self { digest: film.video.blob.parse().ok()?, path, pixels: (film.width, film.height) })
    }
}

/// What is decoded next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// All from here on.
    Play,
    /// The frame here.
    Still,
}

/// Where the bytes of the film are.
#[derive(Debug, Default)]
enum Bytes {
    /// Nobody looked yet.
    #[default]
    Unknown,
    Coming,
    There(Place),
    Failed(String),
}

/// What is played, if anything is.
#[derive(Default)]
pub struct Player {
    /// The folders in which programs are looked for.
    path: OsString,
    far: bool,
    still: bool,
    silent: bool,
    reel: Option<Reel>,
    bytes: Bytes,
    /// The part of the film that is played, in seconds.
    span: (f64, f64),
    clock: Clock,
    playing: bool,
    want: Option<Want>,
    decoder: Option<Decoder>,
    sound: Option<Sound>,
    /// What is decoded now; what an older decoder says is not heard.
    turn: u64,
    frame: Option<Frame>,
    failed: Option<String>,
    /// The area in which it was drawn last; none: nobody looks.
    seen: Option<Size>,
    /// The area for which it was decoded last, and since when another one is seen.
    sized: Option<Size>,
    resized: Option<Instant>,
}

impl Player {
    /// Programs are in the folders of `path`. `still`: nothing moves; `silent`: nothing is heard.
    pub fn new(path: OsString, far: bool, still: bool, silent: bool) -> Self {
        Self { path, far, still, silent, ..Self::default() }
    }

    /// The folders in which programs are looked for.
    pub fn path(&self) -> &OsStr {
        &self.path
    }

    /// This film is looked at, between two moments of it; it stays where it is where it is that already.
    pub fn cue(&mut self, reel: &Reel, span: (f64, f64)) {
        let span = (span.0.max(0.0), span.1.max(span.0));
        if self.reel.as_ref() == Some(reel) && self.span == span {
            return;
        }
        self.stop();
        if self.reel.as_ref() != Some(reel) {
            self.bytes = Bytes::Unknown;
            self.reel = Some(reel.clone());
            self.frame = None;
        }
        // Where it is within what is played now, it stays.
        let at = self.position();
        let at = if (span.0..span.1).contains(&at) && self.frame.is_some() { at } else { span.0 };
        (self.span, self.failed) = (span, None);
        self.seek(at);
    }

    /// Nothing is looked at.
    pub fn clear(&mut self) {
        let kept = std::mem::take(self);
        *self = Self { turn: kept.turn + 1, ..Self::new(kept.path, kept.far, kept.still, kept.silent) };
    }

    /// The film that is looked at.
    pub fn reel(&self) -> Option<&Reel> {
        self.reel.as_ref()
    }

    /// It plays, or will as soon as it can.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Where it is, in seconds.
    pub fn position(&self) -> f64 {
        self.clock.position(Instant::now()).clamp(self.span.0, self.span.1)
    }

    /// From where to where it plays.
    pub fn span(&self) -> (f64, f64) {
        self.span
    }

    /// It plays on; from the beginning where it was at the end. False: nothing moves here.
    pub fn play(&mut self) -> bool {
        if self.still || self.reel.is_none() {
            return false;
        }
        if self.position() + BEFORE_END >= self.span.1 {
            self.clock = Clock::standing(self.span.0);
        }
        (self.playing, self.want, self.failed) = (true, Some(Want::Play), None);
        true
    }

    /// It stands where it is.
    pub fn stop(&mut self) {
        self.clock = Clock::standing(self.position());
        self.end();
        self.playing = false;
        self.want = self.want.filter(|want| *want == Want::Still);
    }

    /// It goes to a moment, and plays on there if it played.
    pub fn seek(&mut self, to: f64) {
        self.end();
        self.clock = Clock::standing(to.clamp(self.span.0, self.span.1));
        self.want = Some(if self.playing { Want::Play } else { Want::Still });
    }

    /// What decodes and sounds ends now.
    fn end(&mut self) {
        self.turn += 1;
        (self.decoder, self.sound) = (None, None);
    }

    /// A frame of the screen begins: who looks at it says so by drawing it.
    pub fn begin(&mut self) {
        self.seen = None;
    }

    /// Draws the frame that is due into the middle of an area.
    pub fn draw(&mut self, buffer: &mut Buffer, area: Rect) -> Shown {
        let area = area.intersection(buffer.area);
        if area.is_empty() || self.reel.is_none() {
            return Shown::Coming;
        }
        self.seen = Some(area.as_size());
        if let (Bytes::Failed(why), _) | (_, Some(why)) = (&self.bytes, &self.failed) {
            return Shown::Failed(why.clone());
        }
        match &self.frame {
            Some(frame) if fits(frame.painting.size(), area) => frame.painting.put(buffer, area),
            _ => return Shown::Coming,
        }
        Shown::Picture
    }

    /// When it is to be looked after again, though nothing happens, in milliseconds.
    pub fn wakes(&self) -> Option<u64> {
        self.seen?;
        let ready = matches!(self.bytes, Bytes::There(_) | Bytes::Unknown);
        let resized = self.sized.is_some_and(|sized| self.seen != Some(sized));
        let waits = resized.then_some(SETTLES.as_millis() as u64);
        waits.or_else(|| (ready && self.want.is_some()).then_some(1))
    }

    /// Begins what is wanted, once somebody looks and the film is there.
    pub fn settle(cx: &mut Cx, painter: &Painter) {
        let Cx { desk, player, .. } = cx;
        let (Some(reel), Some(area)) = (player.reel.clone(), player.seen) else { return };
        if matches!(player.bytes, Bytes::Unknown) {
            player.bytes = Bytes::Coming;
            let digest = reel.digest;
            let work = place(desk.client().cloned(), digest, reel.path);
            return desk.run(async move {
                let placed = work.await;
                Box::new(move |app: &mut super::App| app.player.placed(digest, placed)) as Then
            });
        }
        if player.sized.is_some_and(|sized| sized != area) {
            let since = *player.resized.get_or_insert_with(Instant::now);
            if since.elapsed() < SETTLES {
                return;
            }
            // It goes on at the new size where it is.
            player.clock = Clock::standing(player.position());
            player.want = Some(if player.playing { Want::Play } else { Want::Still });
        }
        let answers = desk.answers();
        if let Some(want) = player.want.take_if(|_| matches!(player.bytes, Bytes::There(_))) {
            player.end();
            (player.sized, player.resized) = (Some(area), None);
            if let Err(why) = player.start(want, &reel, area, painter, answers) {
                player.stop();
                player.failed = Some(why);
            }
        }
    }

    fn start(
        &mut self,
        want: Want,
        reel: &Reel,
        area: Size,
        painter: &Painter,
        answers: tokio::sync::mpsc::UnboundedSender<Then>,
    ) -> Result<(), String> {
        let Bytes::There(place) = &self.bytes else { return Ok(()) };
        let program = find("ffmpeg", &self.path).ok_or("films are decoded by ffmpeg, which is not installed")?;
        let painted = !painter.is_halfblocks();
        let rate = if self.far {
            FAR_RATE
        } else if painted {
            PAINTED_RATE
        } else {
            RATE
        };
        let position = self.position();
        let left = (self.span.1 - position).max(0.0);
        let still = position.min((self.span.1 - BEFORE_END).max(self.span.0));
        let plays = want == Want::Play;
        let order = Order {
            program: program.clone(),
            file: place.path.clone(),
            from: if plays { position } else { still },
            seconds: plays.then_some(left),
            rate,
            size: painter.fit(reel.pixels, area),
            painter: painter.clone(),
        };
        let mut first = None;
        if plays && !self.silent {
            let (sender, receiver) = mpsc::channel();
            self.sound = Sound::start(&self.path, &program, &place.path, (position, left), receiver);
            first = Some(sender);
        }
        let (turn, told) = (self.turn, Arc::new(Mutex::new(Vec::new())));
        let tell = move |news| {
            let mut waiting = told.lock();
            if !waiting.is_empty() {
                // Where the screen is slow, only the newest frame waits for it.
                waiting.pop_if(|last| matches!((last, &news), (News::Frame(_), News::Frame(_))));
                return waiting.push(news);
            }
            waiting.push(news);
            let taken = Arc::clone(&told);
            let take = move |app: &mut super::App| {
                let news = std::mem::take(&mut *taken.lock());
                news.into_iter().for_each(|news| app.player.hear(turn, news));
            };
            // The application is gone where nobody takes it.
            let _ = answers.send(Box::new(take) as Then);
        };
        self.decoder = Some(Decoder::start(order, first, tell)?);
        Ok(())
    }

    fn placed(&mut self, digest: Digest, placed: Result<Place, String>) {
        if self.reel.as_ref().is_some_and(|reel| reel.digest == digest) {
            self.bytes = placed.map_or_else(Bytes::Failed, Bytes::There);
        }
    }

    fn hear(&mut self, turn: u64, news: News) {
        if turn != self.turn {
            return;
        }
        match news {
            News::Frame(frame) => {
                if self.playing {
                    self.clock = Clock::going(frame.at, frame.due);
                }
                self.frame = Some(frame);
            }
            News::Ended if self.playing => {
                self.clock = Clock::standing(self.span.1);
                self.end();
                self.playing = false;
            }
            News::Failed(why) => {
                self.stop();
                self.failed = Some(why);
            }
            News::Ended => (),
        }
    }
}

/// The area may have become smaller since the frame was made.
fn fits(size: Size, area: Rect) -> bool {
    size.width <= area.width && size.height <= area.height
}

#[cfg(test)]
mod tests;
