//! The pictures of a film: FFmpeg decodes them at the size at which they are seen, a thread makes them ready for the
//! terminal and hands each over when it is due.

use std::{
    io::Read,
    path::PathBuf,
    process::ChildStdout,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::Instant,
};

use image::{DynamicImage, RgbImage};
use ratatui::layout::Size;

use super::{
    clock::Pace,
    program::{Program, ffmpeg},
};
use crate::tui::picture::{Painter, Painting};

/// What is to be decoded.
#[derive(Clone)]
pub struct Order {
    /// FFmpeg.
    pub program: PathBuf,
    /// The film.
    pub file: PathBuf,
    /// From when on, in seconds.
    pub from: f64,
    /// For how long; none: one frame.
    pub seconds: Option<f64>,
    /// Frames a second.
    pub rate: u32,
    /// How large it is seen.
    pub size: Size,
    /// How the terminal shows pictures.
    pub painter: Painter,
}

/// What comes of it.
pub enum News {
    /// A frame is due.
    Frame(Frame),
    /// There are no more.
    Ended,
    /// There was none.
    Failed(String),
}

/// A frame, ready for the terminal.
pub struct Frame {
    /// Where in the film, in seconds.
    pub at: f64,
    /// When it was due.
    pub due: Instant,
    /// The picture.
    pub painting: Painting,
}

/// A film that is being decoded; dropped, it ends at once.
#[derive(Debug)]
pub struct Decoder {
    program: Program,
    stopped: Arc<AtomicBool>,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        self.program.kill();
    }
}

impl Decoder {
    /// Begins. Whoever waits at `first` is told when the first frame is shown.
    pub fn start(
        order: Order,
        first: Option<Sender<Instant>>,
        tell: impl Fn(News) + Send + 'static,
    ) -> Result<Self, String> {
        let (width, height) = order.painter.pixels(order.size);
        let mut command = ffmpeg(&order.program, &order.file, order.from, order.seconds.unwrap_or(1.0));
        command.args(["-map", "0:v:0", "-an", "-sn", "-dn", "-filter_threads", "1"]);
        let scale = format!("scale={width}:{height}:flags=area");
        match order.seconds {
            Some(_) => command.args(["-vf", &format!("fps={},{scale}", order.rate)]),
            None => command.args(["-frames:v", "1", "-vf", &scale]),
        };
        command.args(["-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"]);
        let (program, out) = Program::reading(command)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (reaped, stop) = (program.clone(), Arc::clone(&stopped));
        thread::spawn(move || {
            let ended = decode(out, &order, (width, height), first, &tell, &stop);
            reaped.reap();
            if !stop.load(Ordering::Acquire) {
                tell(ended.map_or_else(News::Failed, |()| News::Ended));
            }
        });
        Ok(Self { program, stopped })
    }
}

fn decode(
    mut out: ChildStdout,
    order: &Order,
    (width, height): (u32, u32),
    first: Option<Sender<Instant>>,
    tell: &impl Fn(News),
    stopped: &AtomicBool,
) -> Result<(), String> {
    let mut pace: Option<Pace> = None;
    let mut first = first;
    for number in 0_u32.. {
        let mut bytes = vec![0; width as usize * height as usize * 3];
        if out.read_exact(&mut bytes).is_err() {
            if let Some(pace) = pace {
                wait_until(pace.due(number), stopped);
            }
            return if number == 0 { Err("no picture can be decoded there".into()) } else { Ok(()) };
        }
        if stopped.load(Ordering::Acquire) {
            return Ok(());
        }
        if pace.is_some_and(|pace| pace.drops(number, Instant::now())) {
            continue;
        }
        let image = RgbImage::from_raw(width, height, bytes).ok_or("a frame has another size")?;
        let painting = order.painter.paint_scaled(DynamicImage::ImageRgb8(image), order.size)?;
        let pace = pace.get_or_insert_with(|| Pace::new(Instant::now(), order.rate));
        let due = pace.due(number);
        wait_until(due, stopped);
        pace.shows(Instant::now());
        if let Some(first) = first.take() {
            // Where nothing is heard, nobody waits.
            let _ = first.send(due);
        }
        tell(News::Frame(Frame { at: order.from + f64::from(number) / f64::from(order.rate), due, painting }));
    }
    Ok(())
}

/// A frame is due in a moment: whoever stops this meanwhile waits no longer than for one frame.
fn wait_until(due: Instant, stopped: &AtomicBool) {
    let left = due.saturating_duration_since(Instant::now());
    if !left.is_zero() && !stopped.load(Ordering::Acquire) {
        thread::sleep(left);
    }
}
